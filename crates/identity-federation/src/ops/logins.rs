//! Logins: from what a caller sends to verified assertions that this pool takes.

use std::collections::BTreeMap;

use credential_vending::LoginRecord;
use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;
use jwt_tokens::TokenError;
use login_providers::{Assertion, LoginError, verify_id_token};
use serde_json::Value;

use crate::error::Error;
use crate::model::identity::Login;
use crate::model::pool::IdentityPool;
use crate::model::role_choice::KeyedAssertion;
use crate::ports::LoginState;
use crate::service::IdentityPools;

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
}

impl Verified {
    pub(crate) fn login(&self) -> Login {
        Login { provider: self.assertion.provider.clone(), subject: self.assertion.subject.clone() }
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
        client: assertion.party.clone(),
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
    /// A registered provider, by its ARN.
    Registered(&'a str),
}

impl IdentityPools {
    /// Verifies every login; if one fails, all fail. Requirement lines 101, 102 and 6 to 8.
    pub(crate) async fn verify_logins(&self, pool: &IdentityPool, logins: &Logins) -> Result<Vec<Verified>, Error> {
        if logins.len() > MOST_LOGINS {
            return Err(Error::invalid("A call carries at most 10 logins."));
        }
        let mut verified = Vec::with_capacity(logins.len());
        for (provider, token) in logins {
            verified.push(self.verify_login(pool, provider, token).await?);
        }
        Ok(verified)
    }

    async fn verify_login(&self, pool: &IdentityPool, provider: &str, token: &SecretString) -> Result<Verified, Error> {
        let provider = self.configured_name(pool, provider).await;
        let entry = self.entry(pool, provider).ok_or_else(|| {
            Error::not_authorized(
                "Logins don't match. Please include at least one valid login for this identity or identity pool.",
            )
        })?;
        let found = verify_id_token(self.issuers.as_ref(), provider, token.expose(), self.now()).await;
        let assertion = found.map_err(refused_login)?;
        let unsupported = || Error::not_authorized("Token is not from a supported provider of this identity pool.");
        let mapping_key = match entry {
            Entry::UserPool(clients) => {
                let (client, ask) =
                    clients.into_iter().find(|(client, _)| *client == assertion.party).ok_or_else(unsupported)?;
                // An access token names a client too; only an ID token says who signed in.
                if assertion.text("token_use") != Some("id") {
                    return Err(unsupported());
                }
                if ask {
                    self.check_state(&assertion).await?;
                }
                format!("{provider}:{client}")
            }
            Entry::Public(application) if application == assertion.party => provider.to_owned(),
            Entry::Public(_) => return Err(unsupported()),
            Entry::Registered(arn) => {
                let registered = self.vending.oidc_provider(arn).await.map_err(|_| unsupported())?;
                if !registered.client_ids.contains(&assertion.party) {
                    return Err(unsupported());
                }
                arn.to_owned()
            }
        };
        Ok(Verified { assertion, mapping_key })
    }

    /// The name under which the pool knows a provider. A user pool has two, its issuer without scheme and the one that
    /// Amazon gives it: a login under either is one under the name that the pool was configured with.
    ///
    /// Nobody is asked about a name of the caller's choice but Amazon's own.
    async fn configured_name<'a>(&self, pool: &'a IdentityPool, provider: &'a str) -> &'a str {
        let names = pool.settings.user_pools.iter().map(|entry| entry.provider_name.as_str());
        if names.clone().any(|name| name == provider) {
            return provider;
        }
        let Some((_, id)) = provider.rsplit_once('/') else { return provider };
        for name in names.filter(|name| name.rsplit_once('/').is_some_and(|(_, own)| own == id)) {
            let Some(issuer) = self.issuer_named(name).await else { continue };
            let is_issuer = issuer.split_once("://").is_some_and(|(_, rest)| rest == provider);
            if is_issuer || (is_amazons_name(provider, id) && self.issuer_named(provider).await == Some(issuer)) {
                return name;
            }
        }
        provider
    }

    async fn issuer_named(&self, provider: &str) -> Option<String> {
        Some(self.issuers.issuer_of(provider, None).await.ok()??.issuer)
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
        let arn = self.place().iam_arn(format!("oidc-provider/{provider}"));
        settings.oidc_provider_arns.iter().find(|own| **own == arn).map(|arn| Entry::Registered(arn))
    }

    async fn check_state(&self, assertion: &Assertion) -> Result<(), Error> {
        match self.login_states.state_of(assertion).await {
            LoginState::Alive => Ok(()),
            LoginState::Ended => Err(Error::not_authorized("Token has been revoked.")),
            LoginState::Unknown => Err(Error::not_authorized("Token could not be checked with its provider.")),
        }
    }
}

/// Whether a provider's name is the one that Amazon gives the user pool `id`.
fn is_amazons_name(provider: &str, id: &str) -> bool {
    let region = id.split_once('_').map_or("", |(region, _)| region);
    provider == format!("cognito-idp.{region}.amazonaws.com/{id}")
}

fn refused_login(error: LoginError) -> Error {
    match error {
        LoginError::Unreachable(source) => Error::ExternalService(source),
        LoginError::Token(TokenError::Expired { .. }) => Error::not_authorized("Invalid login token. Token expired."),
        LoginError::Token(TokenError::Issuer) => {
            Error::not_authorized("Invalid login token. Issuer doesn't match providerName")
        }
        LoginError::Token(TokenError::ClaimMissing(claim)) => {
            Error::not_authorized(format!("Invalid login token. Missing a required claim: {claim}"))
        }
        LoginError::Token(TokenError::Signature) => {
            Error::not_authorized("Invalid login token. Can't verify its signature.")
        }
        LoginError::Token(_) => {
            Error::not_authorized("Invalid login token. Not a valid OpenID Connect identity token.")
        }
        _ => Error::not_authorized("Token is not from a supported provider of this identity pool."),
    }
}
