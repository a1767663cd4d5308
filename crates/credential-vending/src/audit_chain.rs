use std::fmt;

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

/// How a session came to be: the logins that were verified, and why they led to its role. With the identity and the access
/// key id, this joins a request to the person who signed in.
///
/// It is sealed into the session token: a resource server that opens one can write all of it into its own log, and no
/// database has to be asked. It has no secret in it, but it names people.
///
/// ```
/// use credential_vending::{RoleReason, SessionStamp};
///
/// fn log_line(access_key_id: &str, session: &SessionStamp, action: &str) -> String {
///     let who: Vec<_> = session.chain.logins.iter().map(|login| format!("{}/{}", login.provider, login.subject)).collect();
///     format!("{action} by {access_key_id}: {}, {}", who.join("+"), session.chain.role)
/// }
///
/// # let now = identity_kernel::time::Timestamp::from_epoch_seconds(1_700_000_000);
/// let mut session = SessionStamp::of_role("arn:aws:iam::123456789012:role/guest", "AROAEXAMPLE", "s1", now, 900);
/// session.chain.role = RoleReason::Guest;
/// assert_eq!(log_line("ASIAEXAMPLE", &session, "notes:Read"), "notes:Read by ASIAEXAMPLE: , the pool's role for guests");
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct AuditChain {
    /// The logins; none of a guest.
    pub logins: Vec<LoginRecord>,
    /// Why it is this role.
    pub role: RoleReason,
}

/// A login that was verified.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct LoginRecord {
    /// The provider: a user pool's, a host, or another's name.
    pub provider: String,
    /// The user within it: `sub`.
    pub subject: String,
    /// The client that the login was made for.
    pub client: String,
    /// When the user signed in (`auth_time`), if the provider says so.
    pub signed_in_at: Option<Timestamp>,
    /// How the user signed in (`amr`), as far as the provider says so.
    pub methods: Vec<String>,
    /// Which sign-in it was, where the provider is a user pool: `origin_jti`, which its tokens keep over every refresh.
    pub sign_in: Option<String>,
}

/// Why a session has its role.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum RoleReason {
    /// The caller named it, and the role trusts the caller.
    #[default]
    Named,
    /// It is the pool's role for guests.
    Guest,
    /// The login's provider has no mapping: it is the pool's role for everybody who has logged in.
    NoMapping,
    /// The mapping found no role, or several: it is the pool's role for everybody who has logged in.
    Otherwise {
        /// The mapping's key.
        mapping: String,
    },
    /// The token itself names it.
    Token {
        /// The mapping's key.
        mapping: String,
    },
    /// A rule gives it.
    Rule {
        /// The mapping's key.
        mapping: String,
        /// The rule's place in the mapping, from 1.
        number: usize,
    },
}

impl fmt::Display for RoleReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named => f.write_str("named by the caller"),
            Self::Guest => f.write_str("the pool's role for guests"),
            Self::NoMapping => f.write_str("the pool's authenticated role, without a mapping"),
            Self::Otherwise { mapping } => {
                write!(f, "the pool's authenticated role, as mapping {mapping} falls back to it")
            }
            Self::Token { mapping } => write!(f, "the token's own role, by mapping {mapping}"),
            Self::Rule { mapping, number } => write!(f, "rule {number} of mapping {mapping}"),
        }
    }
}
