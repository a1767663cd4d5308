//! What goes with a session into those that are assumed by it.

use std::collections::{BTreeMap, BTreeSet};

use iam_policy::Context;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::reasons::Invalid;

/// What a session carries into every session that is assumed by it.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Carried {
    /// Who is behind it, as whoever assumed the first role of the chain said: 2 to 64 letters, digits and `+=,.@-_`. Once it
    /// is set nobody changes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// The keys of the tags that go on. What a session was given so no later one changes.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub transitive: BTreeSet<String>,
    /// The person or workload whose login was verified, as its provider names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<OriginIdentity>,
    /// The callers by whose credentials the roles of the chain were assumed, the first of them first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<Via>,
}

/// A caller by whose credentials a session was made. Whatever revokes the caller's session revokes what was made by it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Via {
    /// The access key id that signed.
    pub access_key_id: String,
    /// The caller's ARN: of a session or of an operator.
    pub arn: String,
    /// The ARN of the role that the caller's session was of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// The identity whose session the caller's was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// That identity's pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<String>,
    /// When the caller's session was vended; `None` of an operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<Timestamp>,
}

/// Who stands behind a session: whose login it was.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct OriginIdentity {
    /// As the issuer names them: `sub`, or a SAML name.
    pub subject: String,
    /// A person or a program.
    pub subject_type: SubjectType,
    /// Who says so: the issuer, without scheme.
    pub issuer: String,
    /// The ARN of the provider that is registered for it, if one is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider_arn: Option<String>,
    /// What the provider says of this one login (`amr`, `acr`, `sid`, …): values of 128 characters at most.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub transaction: BTreeMap<String, String>,
}

/// A person or a program.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum SubjectType {
    /// A person.
    #[default]
    User,
    /// A program that signs in for itself.
    Workload,
}

impl SubjectType {
    /// `user` or `workload`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Workload => "workload",
        }
    }
}

impl Carried {
    /// Takes what a session with these tags may carry.
    pub(crate) fn check(&self, tags: &BTreeMap<String, String>) -> Result<(), Invalid> {
        if self.source_identity.as_deref().is_some_and(|source| !is_source_identity(source)) {
            return Err(Invalid::SourceIdentity);
        }
        if self.transitive.iter().any(|key| !tags.contains_key(key)) {
            return Err(Invalid::TransitiveTags);
        }
        Ok(())
    }

    /// Adds to `context` what policies may ask of it.
    #[must_use]
    pub(crate) fn describe(&self, mut context: Context) -> Context {
        if let Some(source) = &self.source_identity {
            context = context.with("aws:SourceIdentity", source);
        }
        match &self.origin {
            Some(origin) => origin.describe(context),
            None => context,
        }
    }
}

impl OriginIdentity {
    fn describe(&self, context: Context) -> Context {
        let mut context = context
            .with("aws:OriginIdentity/Subject", &self.subject)
            .with("aws:OriginIdentity/SubjectType", self.subject_type.as_str())
            .with("aws:OriginIdentity/Issuer", &self.issuer);
        if let Some(arn) = &self.provider_arn {
            context = context.with("aws:OriginIdentity/FederatedProviderArn", arn);
        }
        for (key, value) in &self.transaction {
            context = context.with(&format!("aws:TransactionContext/IdentityProvider/{key}"), value);
        }
        context
    }
}

/// What AWS takes: 2 to 64 letters, digits and `+=,.@-_`, and not `aws:` in front, which has no such letter anyway.
fn is_source_identity(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte);
    (2..=64).contains(&text.len()) && text.bytes().all(letter)
}
