//! Who asks to assume a role.

use iam_policy::Principal;

/// Who asks to assume a role, and by what.
///
/// A kind of login is a variant: what trust policies call the action, and whom they name.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Asker {
    /// Somebody with a verified token of this provider, as trust policies name it: `cognito-identity.amazonaws.com`, or an OIDC
    /// provider's ARN.
    WebIdentity(String),
    /// Somebody with a verified SAML response of the provider of this ARN.
    Saml(String),
    /// Somebody with credentials of this account, whose own policies have a say too:
    /// [`assume_role_by_keys`](crate::CredentialVending::assume_role_by_keys) asks them.
    Keys(Principal),
}

impl Asker {
    /// What the role must trust the asker to do.
    pub fn action(&self) -> &'static str {
        match self {
            Self::WebIdentity(_) => "sts:AssumeRoleWithWebIdentity",
            Self::Saml(_) => "sts:AssumeRoleWithSAML",
            Self::Keys(_) => "sts:AssumeRole",
        }
    }

    /// Whom the trust policy must name.
    pub fn principal(&self) -> Principal {
        match self {
            Self::WebIdentity(provider) | Self::Saml(provider) => Principal::Federated(provider.clone()),
            Self::Keys(principal) => principal.clone(),
        }
    }
}
