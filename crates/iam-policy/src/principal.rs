//! Who asks, and whom a policy means.

/// Who makes a request.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Principal {
    /// Somebody who holds a login of this provider and asks to assume a role: `cognito-identity.amazonaws.com`,
    /// `accounts.google.com`, or an OIDC provider's ARN.
    Federated(String),
    /// A session of a role.
    RoleSession {
        /// The role's ARN, `arn:aws:iam::123456789012:role/app`.
        role: String,
        /// The session's ARN, `arn:aws:sts::123456789012:assumed-role/app/session`.
        session: String,
    },
    /// Somebody with permanent keys.
    User(String),
}

impl Principal {
    /// The session `name` of the role of this ARN.
    pub fn role_session(role: &str, name: &str) -> Self {
        let account = account_of(role);
        let role_name = role.rsplit('/').next().unwrap_or_default();
        let session = format!("arn:aws:sts::{account}:assumed-role/{role_name}/{name}");
        Self::RoleSession { role: role.to_owned(), session }
    }

    /// Whether a `NotPrincipal` of these names excepts this principal.
    ///
    /// AWS wants the account of whoever is excepted named too, "or ... both the ARN of a role and the ARN of the account
    /// containing that role", because it may judge the account first, then the role, and then the session (IAM user
    /// guide, "`NotPrincipal`"). Where sessions of the role are named besides, as in its example, only those are excepted.
    pub(crate) fn is_excepted_by(&self, named: &[Named]) -> bool {
        let is_named = |arn: &str| named.iter().any(|own| matches!(own, Named::Aws(own) if own == arn));
        let account = self.account();
        let account_is_named = || is_named(account) || is_named(&format!("arn:aws:iam::{account}:root"));
        match self {
            Self::Federated(provider) => {
                named.iter().any(|own| matches!(own, Named::Federated(own) if own == provider))
            }
            _ if named.contains(&Named::Everyone) => true,
            Self::RoleSession { role, session } => {
                let of_role = session.rsplit_once('/').map_or("", |(of_role, _)| of_role);
                let is_session = |own: &str| own.strip_prefix(of_role).is_some_and(|rest| rest.starts_with('/'));
                let by_session = named.iter().any(|own| matches!(own, Named::Aws(own) if is_session(own)));
                is_named(role) && account_is_named() && (is_named(session) || !by_session)
            }
            Self::User(arn) => is_named(arn) && account_is_named(),
        }
    }

    /// The account it belongs to; empty for a federated login, which belongs to none.
    pub(crate) fn account(&self) -> &str {
        match self {
            Self::Federated(_) => "",
            Self::RoleSession { role, .. } => account_of(role),
            Self::User(arn) => account_of(arn),
        }
    }
}

fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

/// Whom a statement means.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Named {
    Everyone,
    Aws(String),
    Federated(String),
    /// A service or canonical user: nobody who asks here.
    Other,
}

/// How a principal was meant, from the widest to the most exact. It decides whether limits apply to a grant.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Meant {
    /// By the account: a delegation to the account's own policies, no grant.
    ByAccount,
    /// By the role, or as everyone: a grant that boundary and session policy limit. AWS's text frees from an implicit deny
    /// of these only what is granted to the ARN of the session or user itself (IAM user guide, "Permissions boundaries",
    /// "Evaluating effective permissions"), so `*` is not read as that.
    ByRole,
    /// By its own ARN: a grant that nothing limits.
    Itself,
}

impl Named {
    /// How this means `principal`, if it does. Names are compared whole: no wildcards, no prefixes.
    pub(crate) fn means(&self, principal: &Principal) -> Option<Meant> {
        match (self, principal) {
            (Self::Everyone, Principal::Federated(_)) | (Self::Other, _) => None,
            (Self::Everyone, _) => Some(Meant::ByRole),
            (Self::Federated(own), Principal::Federated(provider)) => (own == provider).then_some(Meant::Itself),
            (Self::Federated(_), _) | (Self::Aws(_), Principal::Federated(_)) => None,
            (Self::Aws(own), Principal::RoleSession { role, session }) => {
                if own == session {
                    Some(Meant::Itself)
                } else if own == role {
                    Some(Meant::ByRole)
                } else {
                    by_account(own, principal)
                }
            }
            (Self::Aws(own), Principal::User(arn)) => {
                if own == arn {
                    Some(Meant::Itself)
                } else {
                    by_account(own, principal)
                }
            }
        }
    }
}

fn by_account(own: &str, principal: &Principal) -> Option<Meant> {
    let account = principal.account();
    (own == account || own == format!("arn:aws:iam::{account}:root")).then_some(Meant::ByAccount)
}
