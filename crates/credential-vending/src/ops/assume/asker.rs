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
}

impl Asker {
    /// What the role must trust the asker to do.
    pub fn action(&self) -> &'static str {
        match self {
            Self::WebIdentity(_) => "sts:AssumeRoleWithWebIdentity",
            Self::Saml(_) => "sts:AssumeRoleWithSAML",
        }
    }

    /// Whom the trust policy must name.
    pub fn principal(&self) -> Principal {
        match self {
            Self::WebIdentity(provider) | Self::Saml(provider) => Principal::Federated(provider.clone()),
        }
    }
}
