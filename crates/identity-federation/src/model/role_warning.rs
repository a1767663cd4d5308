//! Warnings about rules that anybody can bend to their wish.

use std::fmt;

/// A rule that gives a role for a claim which the user may have written.
///
/// Whoever can write the claim can take the role. The rule works all the same: that its claim is trustworthy for other
/// reasons cannot be known here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RoleWarning {
    /// The key of the mapping.
    pub mapping: String,
    /// The rule's place in it, from 1.
    pub number: usize,
    /// The claim that the rule reads.
    pub claim: String,
    /// The role that it gives.
    pub role_arn: String,
    /// How sure it is that users write the claim.
    pub written: Written,
}

/// A session tag that is made of a claim which the user may have written: whoever can write the claim can have any tag that
/// policies ask for, or none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TagWarning {
    /// The provider.
    pub provider: String,
    /// The key of the tag.
    pub tag: String,
    /// The claim that it is made of.
    pub claim: String,
    /// How sure it is that users write the claim.
    pub written: Written,
}

/// A warning of either kind.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// Of a rule that gives a role.
    Role(RoleWarning),
    /// Of a session tag.
    Tag(TagWarning),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(warning) => warning.fmt(f),
            Self::Tag(warning) => warning.fmt(f),
        }
    }
}

/// How sure it is that users write a claim.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Written {
    /// A client of the user pool lets them.
    Certainly,
    /// The provider does not say, but the claim is one of a user's profile (OpenID Connect Core §5.1), which users mostly
    /// write themselves.
    Probably,
}

impl Written {
    /// What to think of a claim of a provider that says nothing.
    pub(crate) fn by_name(claim: &str) -> Option<Self> {
        let of_profile = matches!(
            claim,
            "name"
                | "given_name"
                | "family_name"
                | "middle_name"
                | "nickname"
                | "preferred_username"
                | "profile"
                | "picture"
                | "website"
                | "gender"
                | "birthdate"
                | "zoneinfo"
                | "locale"
                | "address"
        );
        of_profile.then_some(Self::Probably)
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certainly => "may write",
            Self::Probably => "can probably write",
        })
    }
}

impl fmt::Display for TagWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { provider, tag, claim, written } = self;
        write!(
            f,
            "the tag {tag} of logins of {provider} is made of the claim {claim}, which users {written} themselves"
        )
    }
}

impl fmt::Display for RoleWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mapping, number, claim, role_arn, written } = self;
        write!(
            f,
            "rule {number} of mapping {mapping} gives {role_arn} for the claim {claim}, which users {written} themselves"
        )
    }
}
