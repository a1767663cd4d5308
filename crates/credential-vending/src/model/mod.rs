//! Records: roles, login providers, operators' keys.

use std::collections::BTreeMap;

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A role: what may be done, and who may assume it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Role {
    /// Its name: 1 to 64 letters, digits and `+=,.@-_`. Unique in the account, without regard to case.
    pub name: String,
    /// Its path, `/` or `/team/a/`.
    pub path: String,
    /// Its ARN, path included.
    pub arn: String,
    /// Its id for ever, `AROA…`.
    pub id: String,
    /// For people.
    pub description: Option<String>,
    /// Who may assume it: a trust policy.
    pub trust: String,
    /// What may be done: identity policies by name.
    pub policies: BTreeMap<String, String>,
    /// The most that may ever be done, if there is a bound.
    pub boundary: Option<String>,
    /// The longest session in seconds, 3,600 to 43,200.
    pub max_session_seconds: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// An outside OpenID Connect provider whose tokens may assume roles.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct OidcProvider {
    /// `arn:aws:iam::123456789012:oidc-provider/host/path`.
    pub arn: String,
    /// Its issuer without scheme: `host/path`.
    pub host_and_path: String,
    /// The clients whose tokens are taken.
    pub client_ids: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A permanent key of an operator.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct OperatorKey {
    /// The access key id.
    pub access_key_id: String,
    /// The secret under seal.
    pub sealed_secret: Vec<u8>,
    /// The operator's ARN.
    pub arn: String,
    /// What the operator may do: an identity policy.
    pub policy: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What a revocation is about.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Revoked {
    /// One session, by its access key id.
    Session(String),
    /// Every session of an identity that was vended until then.
    Identity(String),
}

impl Revoked {
    /// The revocation as a storage key.
    pub fn label(&self) -> String {
        match self {
            Self::Session(id) => format!("session/{id}"),
            Self::Identity(id) => format!("identity/{id}"),
        }
    }
}
