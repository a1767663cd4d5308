//! Logins: from what a caller sends to verified assertions that this pool takes.

use std::collections::BTreeMap;

use credential_vending::ops::saml_logins::SamlLogin;
use credential_vending::{Error as VendingError, LoginRecord};
use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;
use jwt_tokens::TokenError;
use login_providers::http::Cause;
use login_providers::{Assertion, LoginError, PresentedLogin, ProviderKind, TrustedClients};
use serde_json::Value;

use crate::error::Error;
use crate::model::identity::Login;
use crate::model::pool::IdentityPool;
use crate::model::role_choice::KeyedAssertion;
use crate::ports::{LoginState, Unavailable};
use crate::reasons::{Invalid, Refusal};
use crate::service::IdentityPools;

/// How trust policies, and calls that show an identity pool's own token, name identity pools.
pub const PROVIDER: &str = "cognito-identity.amazonaws.com";

/// What a caller sends: a token for each provider.
pub type Logins = BTreeMap<String, SecretString>;

/// The most logins of one call.
const MOST_LOGINS: usize = 10;

/// A verified login that the pool takes.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    pub(crate) assertion: Assertion,
    /// Under which key its role mapping stands.
    pub(crate) mapping_key: String,
    /// The response, if it is one of SAML: to be used once.
    pub(crate) saml: Option<SamlLogin>,
}

impl Verified {
    pub(crate) fn login(&self) -> Login {
        Login { provider: self.assertion.provider.clone(), subject: self.assertion.subject.clone() }
    }

    /// What sort of login it is, as the pool's own tokens call it.
    pub(crate) fn kind(&self) -> &'static str {
        let Self { assertion: Assertion { provider, .. }, mapping_key, saml } = self;
        if saml.is_some() {
            return "SAML";
        }
        if mapping_key == provider || mapping_key.starts_with("arn:") { "OIDC" } else { "CognitoSignIn" }
    }

    pub(crate) fn keyed(&self) -> KeyedAssertion<'_> {
        KeyedAssertion { assertion: &self.assertion, mapping_key: self.mapping_key.clone() }
    }
}

/// What is kept of a login in the sessions it leads to.
pub(crate) fn login_record(assertion: &Assertion) -> LoginRecord {
    let texts = |name: &str| assertion.texts(name).into_iter().map(str::to_owned).collect();
    LoginRecord {
        provider: assertion.provider.clone(),
        subject: assertion.subject.clone(),
        client: assertion.authorized_party.clone(),
        signed_in_at: assertion.claims.get("auth_time").and_then(Value::as_i64).map(Timestamp::from_epoch_seconds),
        methods: texts("amr"),
        sign_in: assertion.text("origin_jti").map(str::to_owned),
    }
}

/// How a provider stands in the pool.
enum Entry<'a> {
    /// A user pool, with the clients whose tokens are taken and whether to ask if they count.
    UserPool(Vec<(&'a str, bool)>),
    /// A public provider and the one application.
    Public(&'a str),
    /// A registered OpenID Connect provider, by its ARN.
    Registered(&'a str),
    /// A SAML provider.
    Saml,
    /// The operator's own system.
    Developer,
}

/// Public providers whose users present an access token that says nothing by itself.
const OPAQUE: [&str; 4] = ["api.twitter.com", "graph.facebook.com", "www.amazon.com", "www.digits.com"];

impl IdentityPools {
    /// Verifies every login; if one fails, all fail. Requirement lines 101, 102 and 6 to 8.
    pub(crate) async fn verify_logins(&self, pool: &IdentityPool, logins: &Logins) -> Result<Vec<Verified>, Error> {
        if logins.len() > MOST_LOGINS {
            return Err(Invalid::TooManyLogins(MOST_LOGINS).into());
        }
        let mut verified = Vec::with_capacity(logins.len());
        for (provider, token) in logins {
            verified.push(self.verify_login(pool, provider, token).await?);
        }
        Ok(verified)
    }

    /// By the kind of the provider, against the trust that the pool states for it.
    async fn verify_login(&self, pool: &IdentityPool, provider: &str, token: &SecretString) -> Result<Verified, Error> {
        if provider == PROVIDER {
            return Err(Refusal::OwnTokenNotTaken.into());
        }
        let provider = self.configured_name(pool, provider);
        let entry = self.entry(pool, provider).ok_or(Refusal::ProviderNotInPool)?;
        let verify = async |kind, clients: &[&str]| {
            let login = PresentedLogin { provider, credential: token, trusted_clients: TrustedClients::These(clients) };
            self.verifiers.verify(kind, login, self.now()).await.map_err(refused_login)
        };
        let (assertion, mapping_key) = match entry {
            Entry::UserPool(clients) => {
                let names: Vec<&str> = clients.iter().map(|(client, _)| *client).collect();
                let assertion = verify(self.verifiers.id_token_kind(provider), &names).await?;
                self.check_sign_in(&assertion, &clients).await?;
                let key = format!("{provider}:{}", assertion.authorized_party);
                (assertion, key)
            }
            Entry::Public(application) => {
                let opaque = OPAQUE.contains(&provider);
                let kind = if opaque { ProviderKind::OpaqueToken } else { self.verifiers.id_token_kind(provider) };
                (verify(kind, &[application]).await?, provider.to_owned())
            }
            Entry::Registered(arn) => {
                let registered = self.vending.oidc_provider(arn).await.map_err(not_registered)?;
                let clients: Vec<&str> = registered.client_ids.iter().map(String::as_str).collect();
                (verify(self.verifiers.id_token_kind(provider), &clients).await?, arn.to_owned())
            }
            Entry::Saml => {
                let (assertion, login) = self.saml_login(provider, token).await?;
                return Ok(Verified { assertion, mapping_key: provider.to_owned(), saml: Some(login) });
            }
            // Whoever calls without a signature cannot speak for the operator's own system.
            Entry::Developer => return Err(Invalid::DeveloperProviderInPublic.into()),
        };
        Ok(Verified { assertion, mapping_key, saml: None })
    }

    /// The clients of a provider whose logins the pool takes, and under which key the mapping of this one's stands.
    pub(crate) async fn trusted_clients(
        &self,
        pool: &IdentityPool,
        provider: &str,
        client: &str,
    ) -> Result<(Vec<String>, String), Error> {
        Ok(match self.entry(pool, provider).ok_or(Refusal::ProviderNotInPool)? {
            Entry::UserPool(clients) => {
                let names = clients.iter().map(|(client, _)| (*client).to_owned());
                (names.collect(), format!("{provider}:{client}"))
            }
            Entry::Public(application) => (vec![application.to_owned()], provider.to_owned()),
            Entry::Registered(arn) => {
                let registered = self.vending.oidc_provider(arn).await.map_err(not_registered)?;
                (registered.client_ids.clone(), arn.to_owned())
            }
            Entry::Saml => return Err(Refusal::ProviderKindNotSupported(ProviderKind::Saml).into()),
            Entry::Developer => return Err(Invalid::DeveloperProviderInPublic.into()),
        })
    }

    /// The name under which the pool knows a provider. An own user pool has two, its issuer without scheme and the one that
    /// Amazon gives it: a login under either is one under the name that the pool was configured with.
    pub(crate) fn configured_name<'a>(&self, pool: &'a IdentityPool, provider: &'a str) -> &'a str {
        let names = || pool.settings.user_pools.iter().map(|entry| entry.provider_name.as_str());
        if names().any(|name| name == provider) {
            return provider;
        }
        names().find(|name| self.verifiers.name_one_user_pool(name, provider)).unwrap_or(provider)
    }

    fn entry<'a>(&self, pool: &'a IdentityPool, provider: &str) -> Option<Entry<'a>> {
        let settings = &pool.settings;
        let clients: Vec<(&str, bool)> = settings
            .user_pools
            .iter()
            .filter(|entry| entry.provider_name == provider)
            .map(|entry| (entry.client_id.as_str(), entry.server_side_check.unwrap_or(self.defaults.server_side_check)))
            .collect();
        if !clients.is_empty() {
            return Some(Entry::UserPool(clients));
        }
        if let Some(application) = settings.public_providers.get(provider) {
            return Some(Entry::Public(application));
        }
        if settings.saml_provider_arns.iter().any(|own| own == provider) {
            return Some(Entry::Saml);
        }
        if settings.developer_provider.as_deref() == Some(provider) {
            return Some(Entry::Developer);
        }
        let arn = self.account_region().iam_arn(format!("oidc-provider/{provider}"));
        settings.oidc_provider_arns.iter().find(|own| **own == arn).map(|arn| Entry::Registered(arn))
    }

    /// That a user pool's token says who signed in, and, where the pool wants to know, that the sign-in still counts.
    async fn check_sign_in(&self, assertion: &Assertion, clients: &[(&str, bool)]) -> Result<(), Error> {
        // An access token names a client too; only an ID token says who signed in.
        if assertion.text("token_use") != Some("id") {
            return Err(Refusal::LoginClientNotTrusted.into());
        }
        let ask = clients.iter().any(|(client, ask)| *client == assertion.authorized_party && *ask);
        if !ask {
            return Ok(());
        }
        match self.login_states.state_of(assertion).await.map_err(|Unavailable(cause)| unavailable(cause))? {
            LoginState::Alive => Ok(()),
            LoginState::Ended => Err(Refusal::LoginRevoked.into()),
            LoginState::Unknown => Err(Refusal::LoginStateUnknown.into()),
        }
    }
}

fn unavailable(cause: Cause) -> Error {
    Error::internal("a login could not be checked", cause)
}

fn not_registered(error: VendingError) -> Error {
    match error {
        VendingError::NoSuchEntity(_) => Refusal::ProviderNotInPool.into(),
        other => Error::Vending(other),
    }
}

fn refused_login(error: LoginError) -> Error {
    let reason = match error {
        LoginError::Unreachable(source) => return Error::ExternalService(source),
        LoginError::Unavailable(cause) => return unavailable(cause),
        LoginError::KindNotSupported(kind) => Refusal::ProviderKindNotSupported(kind),
        LoginError::Token(TokenError::Expired { .. }) => Refusal::LoginExpired,
        LoginError::Token(TokenError::Issuer) => Refusal::LoginIssuer,
        LoginError::Token(TokenError::ClaimMissing(claim)) => Refusal::LoginClaimMissing(claim.to_owned()),
        LoginError::Token(TokenError::Signature) => Refusal::LoginSignature,
        LoginError::Token(_) => Refusal::LoginInvalid,
        _ => Refusal::LoginClientNotTrusted,
    };
    reason.into()
}
