//! Outside providers whose users sign in to the pool: social ones, any that speaks OpenID Connect, and SAML 2.0.

use std::collections::BTreeMap;
use std::fmt;

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::acr::Level;
use crate::model::ids::UserPoolId;
use crate::reasons::Invalid;

pub use crate::model::ids::{OWN_PROVIDER, ProviderIdentifier, ProviderName};

/// The most providers of a pool.
pub const MOST_PROVIDERS: usize = 300;

/// The most identifiers of a provider.
pub const MOST_IDENTIFIERS: usize = 50;

/// What a provider speaks.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum ProviderKind {
    /// Facebook Login.
    Facebook,
    /// Sign in with Google.
    Google,
    /// Login with Amazon.
    LoginWithAmazon,
    /// Any provider of OpenID Connect.
    Oidc,
    /// Any provider of SAML 2.0.
    Saml,
    /// Sign in with Apple.
    SignInWithApple,
}

impl ProviderKind {
    /// Every one.
    pub const ALL: [Self; 6] =
        [Self::Facebook, Self::Google, Self::LoginWithAmazon, Self::Oidc, Self::Saml, Self::SignInWithApple];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Facebook => "Facebook",
            Self::Google => "Google",
            Self::LoginWithAmazon => "LoginWithAmazon",
            Self::Oidc => "OIDC",
            Self::Saml => "SAML",
            Self::SignInWithApple => "SignInWithApple",
        }
    }

    /// The kind of this name on the wire.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether there is one in the world, and so one in a pool.
    pub fn is_social(self) -> bool {
        !matches!(self, Self::Oidc | Self::Saml)
    }

    /// What tells its users apart: the claim or attribute that becomes the username, if the mapping does not say.
    pub fn subject_claim(self) -> &'static str {
        match self {
            Self::Facebook => "id",
            Self::LoginWithAmazon => "user_id",
            Self::Saml => "NameID",
            Self::Google | Self::Oidc | Self::SignInWithApple => "sub",
        }
    }

    /// Whether a provider of this kind may be called so.
    ///
    /// # Errors
    ///
    /// [`Invalid::ProviderNameFixed`], [`Invalid::ProviderNameTaken`].
    pub fn check_name(self, name: &ProviderName) -> Result<(), Invalid> {
        if self.is_social() {
            return if name.as_str() == self.name() { Ok(()) } else { Err(Invalid::ProviderNameFixed(self.name())) };
        }
        let reserved = |kind: Self| kind.is_social() && name.as_str().eq_ignore_ascii_case(kind.name());
        let is_own = name.as_str().eq_ignore_ascii_case(OWN_PROVIDER);
        if is_own || Self::ALL.into_iter().any(reserved) { Err(Invalid::ProviderNameTaken) } else { Ok(()) }
    }
}

/// The member of a mapping that says what becomes the username.
pub const MAPPED_USERNAME: &str = "username";

/// An outside provider of a pool.
#[derive(Clone, Eq, PartialEq)]
pub struct IdentityProvider {
    /// The pool.
    pub pool: UserPoolId,
    /// Its name. It never changes.
    pub name: ProviderName,
    /// What it speaks. It never changes.
    pub kind: ProviderKind,
    /// How it is reached and what it is asked for, by the names of Cognito's API: [`ProviderKind::members`] lists them. Secrets
    /// are not among them.
    pub details: BTreeMap<String, String>,
    /// Its secrets under seal, by the same names.
    pub secrets: BTreeMap<String, Vec<u8>>,
    /// Which of its claims becomes which attribute of the user; [`MAPPED_USERNAME`] says what becomes the username.
    pub mapping: BTreeMap<String, String>,
    /// Other names that lead to it, as they were given. Each stands once in the pool.
    pub identifiers: Vec<ProviderIdentifier>,
    /// What it calls the levels of the pool.
    pub levels: BTreeMap<Level, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
}

impl IdentityProvider {
    /// The claim that becomes the username.
    pub fn subject_claim(&self) -> &str {
        self.mapping.get(MAPPED_USERNAME).map_or(self.kind.subject_claim(), String::as_str)
    }
}

/// Secrets are not printed, nor is what stands in documents of the provider.
impl fmt::Debug for IdentityProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pool, name, kind, .. } = self;
        f.debug_struct("IdentityProvider")
            .field("pool", pool)
            .field("name", name)
            .field("kind", kind)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_social_provider_is_called_as_its_kind_is_and_no_other_is_called_so() {
        let name = |text: &str| text.parse::<ProviderName>().unwrap();

        assert_eq!(ProviderKind::Google.check_name(&name("Google")), Ok(()));
        assert_eq!(ProviderKind::Google.check_name(&name("Facebook")), Err(Invalid::ProviderNameFixed("Google")));
        for kind in [ProviderKind::Oidc, ProviderKind::Saml] {
            assert_eq!(kind.check_name(&name("Corporate")), Ok(()));
            for taken in ["Google", "FACEBOOK", "signinwithapple", "COGNITO", "Cognito"] {
                assert_eq!(kind.check_name(&name(taken)), Err(Invalid::ProviderNameTaken), "{taken}");
            }
        }
    }

    #[test]
    fn a_provider_prints_neither_secrets_nor_details() {
        let printed = format!(
            "{:?}",
            IdentityProvider {
                pool: "eu-west-1_Pool".parse().unwrap(),
                name: "Google".parse().unwrap(),
                kind: ProviderKind::Google,
                details: BTreeMap::from([("client_id".to_owned(), "detail".to_owned())]),
                secrets: BTreeMap::from([("client_secret".to_owned(), vec![201, 202])]),
                mapping: BTreeMap::new(),
                identifiers: Vec::new(),
                levels: BTreeMap::new(),
                created_at: Timestamp::from_epoch_seconds(0),
                modified_at: Timestamp::from_epoch_seconds(0),
            }
        );

        assert!(printed.contains("Google") && !printed.contains("detail") && !printed.contains("201"), "{printed}");
    }
}
