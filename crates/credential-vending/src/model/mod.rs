//! Records: roles, login providers, operators' keys.

mod audited;
pub mod managed_policy;
pub mod saml;

use std::collections::{BTreeMap, BTreeSet};

use identity_kernel::time::{CLOCK_STEP_SECONDS, Timestamp};
use serde::{Deserialize, Serialize};

pub use audited::AuditedSession;

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
    /// What it is for, shown to people and judged by nobody.
    pub description: Option<String>,
    /// Who may assume it: a trust policy.
    pub trust: String,
    /// What may be done: identity policies by name.
    pub policies: BTreeMap<String, String>,
    /// What may be done besides: managed policies by ARN.
    #[serde(default)]
    pub attached: BTreeSet<String>,
    /// The most that may ever be done, if there is a bound.
    pub boundary: Option<String>,
    /// The managed policy that is the bound, by ARN, in the place of a bound of the role's own.
    #[serde(default)]
    pub boundary_arn: Option<String>,
    /// The longest session in seconds, 3,600 to 43,200.
    pub max_session_seconds: i64,
    /// The operator's labels.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
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
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum Revoked {
    /// Every session that was vended before.
    Everything,
    /// One session, by its access key id, and every session that is narrower than it.
    Session(String),
    /// Every session of an identity that was vended before.
    Identity(String),
    /// Every session of a role, by its ARN, that was vended before.
    Role(String),
    /// Every session of an identity pool's identities that was vended before.
    Pool(String),
    /// Every session that was vended before this time, by the clock of the node that vended it. It need not be now; of two, the
    /// later time counts.
    IssuedBefore(Timestamp),
}

/// A revocation: sessions that were vended before it was made count no more.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Revocation {
    /// A number of its own, by which a session knows that it was vended later.
    #[serde(default)]
    pub id: u64,
    /// What it is about.
    pub what: Revoked,
    /// When it was made, by the clock of the node that made it.
    pub at: Timestamp,
}

impl Revocation {
    /// The longest session in seconds (36 hours): an older revocation has nothing left to revoke. It is kept for two hours
    /// more, for the case that the clock ran ahead.
    pub const LONGEST_SESSION_SECONDS: i64 = 129_600;

    /// Whether any session can still be alive that it is about.
    pub fn matters(&self, now: Timestamp) -> bool {
        now < self.at.plus_seconds(Self::LONGEST_SESSION_SECONDS + CLOCK_STEP_SECONDS)
    }
}

/// A vending key's place in time. The key itself is derived from the master key and this number.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct NumberedKey {
    /// Two letters, which stand in every access key id: `AA`, `AB`, ...
    pub number: String,
    /// From when on it vends.
    pub vends_from: Timestamp,
    /// From when on nothing it vended counts; `None` until a younger key has taken its place.
    pub retires_at: Option<Timestamp>,
}

impl Revoked {
    /// The revocation as a storage key.
    pub fn label(&self) -> String {
        match self {
            Self::Everything => "everything".to_owned(),
            Self::Role(arn) => format!("role/{arn}"),
            Self::Session(id) => format!("session/{id}"),
            Self::Identity(id) => format!("identity/{id}"),
            Self::Pool(id) => format!("pool/{id}"),
            Self::IssuedBefore(_) => "issued-before".to_owned(),
        }
    }
}
