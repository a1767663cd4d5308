//! The steps by which a role was chosen, or was not: the reason that a refusal carries.

use std::fmt;

use serde::Serialize;

use crate::model::role_mapping::{AmbiguousRoleResolution, MatchType};

/// One step of a choice.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub enum TraceStep {
    /// The caller has no login.
    Guest,
    /// The caller is a user of the operator's own system, by a token of the pool's own.
    DevelopersUser,
    /// A login of this provider is looked at, under this mapping key.
    Login {
        /// The provider.
        provider: String,
        /// The key of its mapping, whether there is one or not.
        mapping_key: String,
    },
    /// The provider has no mapping.
    NoMapping,
    /// The token was looked at.
    Token {
        /// `cognito:preferred_role`.
        preferred: Option<String>,
        /// `cognito:roles`.
        roles: Vec<String>,
    },
    /// A rule was looked at.
    Rule {
        /// Its place in the mapping, from 1.
        number: usize,
        /// The claim that it looks at.
        claim: String,
        /// How it compares.
        match_type: MatchType,
        /// What the claim is compared with.
        value: String,
        /// The claim as JSON; `None` if the token does not have it.
        seen: Option<String>,
        /// Whether it matched.
        matched: bool,
    },
    /// The caller asked for a role.
    Asked {
        /// The role.
        role: String,
        /// Whether it is one of the caller's.
        allowed: bool,
    },
    /// The mapping found no role, or not a single one.
    Ambiguous(AmbiguousRoleResolution),
    /// Logins of several providers came to different roles.
    Several(Vec<String>),
    /// This is the role.
    Chosen(String),
    /// There is no role.
    Denied,
}

impl fmt::Display for TraceStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guest => f.write_str("no login: a guest"),
            Self::DevelopersUser => f.write_str("a developer's user: the pool's authenticated role"),
            Self::Login { provider, mapping_key } => write!(f, "login of {provider}, mapping {mapping_key}"),
            Self::NoMapping => f.write_str("the provider has no mapping: the pool's authenticated role"),
            Self::Token { preferred, roles } => {
                let preferred = preferred.as_deref().unwrap_or("none");
                write!(f, "the token's preferred role is {preferred}, its roles are [{}]", roles.join(", "))
            }
            Self::Rule { number, claim, match_type, value, seen, matched } => {
                let seen = seen.as_deref().unwrap_or("absent");
                let outcome = if *matched { "matches" } else { "does not match" };
                write!(f, "rule {number}: {claim} {match_type:?} \"{value}\" {outcome} (seen: {seen})")
            }
            Self::Asked { role, allowed: true } => write!(f, "asked for {role}, which is one of the caller's"),
            Self::Asked { role, allowed: false } => write!(f, "asked for {role}, which is not one of the caller's"),
            Self::Ambiguous(AmbiguousRoleResolution::AuthenticatedRole) => {
                f.write_str("no single role found: the pool's authenticated role")
            }
            Self::Ambiguous(AmbiguousRoleResolution::Deny) => {
                f.write_str("no single role found: denied, as the mapping says")
            }
            Self::Several(roles) => write!(f, "the logins come to different roles: [{}]", roles.join(", ")),
            Self::Chosen(role) => write!(f, "the role is {role}"),
            Self::Denied => f.write_str("no role"),
        }
    }
}
