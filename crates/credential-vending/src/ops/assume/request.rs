use std::collections::BTreeMap;

use iam_policy::Context;

use crate::asker::Asker;
use crate::audit_chain::AuditChain;
use crate::carried::Carried;
use crate::session::IdentityStamp;

/// Somebody asks to assume a role.
#[derive(Clone, Debug)]
pub struct AssumeRole {
    /// The role's ARN.
    pub role_arn: String,
    /// The session's name: 2 to 64 letters, digits and `+=,.@-_`.
    pub session_name: String,
    /// How long, 900 to 43,200 seconds and no longer than the role allows.
    pub duration_seconds: i64,
    /// Who asks, and by what.
    pub asker: Asker,
    /// What the login says of itself, as trust policies ask for it: `cognito-identity.amazonaws.com:aud` and so on.
    pub login: Context,
    /// The identity, if one asks.
    pub identity: Option<IdentityStamp>,
    /// The logins behind it, and why it is this role.
    pub chain: AuditChain,
    /// Session tags; a role must trust `sts:TagSession` to take any. As AWS has it: 50 at most, keys of 1 to 128 characters
    /// that do not begin with `aws:` and differ in more than case, values of up to 256; letters, digits, blanks and
    /// `_.:/=+-@`.
    pub tags: BTreeMap<String, String>,
    /// Policies that narrow the session. `None` narrows nothing.
    pub session_policies: Option<Vec<String>>,
    /// The ARNs of managed policies that narrow the session too, 10 at most: what any of them or of `session_policies` allows is
    /// left. They count as they are when the session is vended.
    pub policy_arns: Vec<String>,
    /// What guests may do at most; `None` for somebody who has logged in.
    pub ceiling: Option<Vec<String>>,
    /// What to do about a role that nobody has created.
    pub undefined: UndefinedRole,
    /// What goes with the session into those that are assumed by it.
    pub carried: Carried,
    /// The session token has so many characters at least, 0 to 4,096.
    pub minimum_token_size: usize,
}

/// What to do about a role that nobody has created.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UndefinedRole {
    /// Refuse, as if it did not trust the caller.
    Refuse,
    /// Vend: somebody who may say so has said that this role is the caller's. Such a session may do nothing.
    GrantNothing,
}
