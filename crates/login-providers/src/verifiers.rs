//! A verifier for each kind of provider.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;

use crate::assertion::{Assertion, LoginError};
use crate::provider_kind::ProviderKind;

/// A login as a caller presents it, and the trust that the pool or role states for its provider.
#[derive(Clone, Copy, Debug)]
pub struct PresentedLogin<'a> {
    /// The provider's name.
    pub provider: &'a str,
    /// What is presented: a token, a response.
    pub credential: &'a SecretString,
    /// The clients whose logins are trusted.
    pub trusted_clients: TrustedClients<'a>,
}

/// The clients whose logins are trusted.
#[derive(Clone, Copy, Debug)]
pub enum TrustedClients<'a> {
    /// These. None are if there are none.
    These(&'a [&'a str]),
    /// Every client, for whoever decides by [`Assertion::authorized_party`] afterwards, as trust policies of roles do.
    Every,
}

impl TrustedClients<'_> {
    /// Whether logins of this client are trusted.
    pub fn contains(&self, client: &str) -> bool {
        match self {
            Self::These(clients) => clients.contains(&client),
            Self::Every => true,
        }
    }
}

/// Verifies logins of one kind of provider.
///
/// # Contract
///
/// - An [`Assertion`] says only what the provider vouches for, and its authorized party is one of the trusted clients.
/// - A login is refused with the reason. Where the reason cannot be known, because a storage or a network fails, the error
///   says that: [`LoginError::Unavailable`] for this side, [`LoginError::Unreachable`] for the provider's. It is never
///   taken for a "no", and never a cause to ask somebody else.
#[async_trait]
pub trait LoginVerifier: Send + Sync {
    /// Which kind.
    fn kind(&self) -> ProviderKind;

    /// Whether this provider is one that this verifier answers for. Asked of verifiers whose providers are not named
    /// by the pool's settings: a user pool looks there like any other issuer. Decided by the name alone.
    fn answers_for(&self, _provider: &str) -> bool {
        true
    }

    /// Whether two names are of one provider. Decided by the names alone.
    fn name_one(&self, name: &str, other: &str) -> bool {
        name == other
    }

    /// Verifies what is presented, as of `now`.
    ///
    /// # Errors
    ///
    /// [`LoginError`].
    async fn verify(&self, login: PresentedLogin<'_>, now: Timestamp) -> Result<Assertion, LoginError>;
}

/// At most one verifier for each kind. A kind that has none is refused by its name.
#[derive(Clone, Default)]
pub struct LoginVerifiers(BTreeMap<ProviderKind, Arc<dyn LoginVerifier>>);

impl LoginVerifiers {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this one too, in place of another of its kind.
    #[must_use]
    pub fn with(mut self, verifier: Arc<dyn LoginVerifier>) -> Self {
        self.0.insert(verifier.kind(), verifier);
        self
    }

    /// Whose ID tokens this provider's are: an own user pool's, or an outside issuer's.
    pub fn id_token_kind(&self, provider: &str) -> ProviderKind {
        let own = self.0.get(&ProviderKind::OwnUserPool);
        if own.is_some_and(|own| own.answers_for(provider)) {
            ProviderKind::OwnUserPool
        } else {
            ProviderKind::OidcIdToken
        }
    }

    /// Whether two names are of one own user pool.
    pub fn name_one_user_pool(&self, name: &str, other: &str) -> bool {
        self.0.get(&ProviderKind::OwnUserPool).is_some_and(|own| own.name_one(name, other))
    }

    /// Has a login verified by the verifier of its kind.
    ///
    /// # Errors
    ///
    /// [`LoginError::KindNotSupported`] if there is none, and what it says.
    pub async fn verify(
        &self,
        kind: ProviderKind,
        login: PresentedLogin<'_>,
        now: Timestamp,
    ) -> Result<Assertion, LoginError> {
        let verifier = self.0.get(&kind).ok_or(LoginError::KindNotSupported(kind))?;
        verifier.verify(login, now).await
    }
}

impl fmt::Debug for LoginVerifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_kind_that_nobody_verifies_is_refused_by_its_name() {
        let login = PresentedLogin {
            provider: "idp.example",
            credential: &"token".into(),
            trusted_clients: TrustedClients::These(&["client"]),
        };
        for kind in [ProviderKind::OpaqueToken, ProviderKind::Saml] {
            let refused = LoginVerifiers::new().verify(kind, login, Timestamp::from_epoch_seconds(0)).await;

            assert!(matches!(refused, Err(LoginError::KindNotSupported(named)) if named == kind), "{refused:?}");
        }
    }
}
