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
/// use credential_vending::{NewSession, RoleReason, SessionStamp, Timestamp};
///
/// fn log_line(access_key_id: &str, session: &SessionStamp, action: &str) -> String {
///     let who: Vec<_> = session.chain.logins.iter().map(|login| format!("{}/{}", login.provider, login.subject)).collect();
///     format!("{action} by {access_key_id}: {}, {}", who.join("+"), session.chain.role)
/// }
///
/// let mut session = SessionStamp::new(NewSession {
///     role_arn: "arn:aws:iam::123456789012:role/guest",
///     role_id: "AROAEXAMPLE",
///     session_name: "s1",
///     issued_at: Timestamp::from_epoch_seconds(1_700_000_000),
///     seconds: 900,
/// });
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

impl AuditChain {
    /// The chain behind an identity pool's own token, as far as its `amr` tells it: `authenticated`, the provider, and
    /// `provider:kind:subject`. When and how the login was made is not in it.
    ///
    /// ```
    /// use credential_vending::AuditChain;
    ///
    /// let chain = AuditChain::from_amr(&["authenticated", "idp.example", "idp.example:OIDC:ada"].map(String::from));
    /// assert_eq!((chain.logins[0].provider.as_str(), chain.logins[0].subject.as_str()), ("idp.example", "ada"));
    /// assert!(AuditChain::from_amr(&["unauthenticated".to_owned()]).logins.is_empty());
    /// ```
    pub fn from_amr(amr: &[String]) -> Self {
        let login = |provider: &String| {
            let rest = amr.iter().find_map(|one| one.strip_prefix(provider.as_str())?.strip_prefix(':'))?;
            let (_, subject) = rest.split_once(':')?;
            Some(LoginRecord { provider: provider.clone(), subject: subject.to_owned(), ..LoginRecord::default() })
        };
        let is_known = amr.first().is_some_and(|first| first == "authenticated");
        let logins = amr.iter().skip(1).filter(|_| is_known).filter_map(login).collect();
        Self { logins, role: RoleReason::Named }
    }
}

/// A login that was verified.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
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
