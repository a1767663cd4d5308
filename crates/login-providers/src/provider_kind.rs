use std::fmt;

/// What kind of thing a provider's users present.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum ProviderKind {
    /// An OpenID Connect ID token of an outside issuer.
    OidcIdToken,
    /// An OAuth access token that says nothing by itself: its provider is asked whose it is.
    OpaqueToken,
    /// An ID token of a user pool of this very service.
    OwnUserPool,
    /// A SAML response.
    Saml,
}

impl ProviderKind {
    /// What is presented, as a person would say it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OidcIdToken => "an openid connect id token",
            Self::OpaqueToken => "an opaque access token",
            Self::OwnUserPool => "a token of an own user pool",
            Self::Saml => "a saml response",
        }
    }
}

impl fmt::Display for ProviderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
