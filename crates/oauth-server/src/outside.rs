//! The way to outside providers, and what is known of them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use identity_kernel::time::{Clock, Timestamp};
use login_providers::HttpFetch;
use login_providers::http::HttpPort;
use login_providers::relying_party::{Endpoints, Registration, RelyingParty, RelyingPartyError};
use url::Url;
use userpool_core::model::identity_provider::{IdentityProvider, ProviderKind};
use userpool_core::model::ids::{ProviderName, UserPoolId};
use userpool_core::ops::identity_providers::ProviderWithSecrets;

/// So many providers are known at once.
const MOST_KNOWN: usize = 256;

/// The way to outside providers. Keep it for as long as the server runs: it holds their keys.
#[derive(Clone)]
pub struct Outside {
    http: Arc<dyn HttpPort>,
    clock: Arc<dyn Clock>,
    known: Arc<Mutex<HashMap<(UserPoolId, ProviderName), Known>>>,
}

/// A provider as it was when it was last asked.
struct Known {
    record: IdentityProvider,
    party: Arc<RelyingParty>,
}

/// Why a provider cannot be asked.
pub(crate) enum Unasked {
    /// Its kind is not built yet.
    Kind,
    /// It cannot be reached, or says of itself what cannot be.
    Failed(RelyingPartyError),
}

impl Outside {
    /// Reaches providers through `http`.
    pub fn new(http: Arc<dyn HttpPort>, clock: Arc<dyn Clock>) -> Self {
        Self { http, clock, known: Arc::default() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The provider, ready to be asked. Discovery is read once for each version of its record.
    pub(crate) async fn party(&self, provider: &ProviderWithSecrets) -> Result<Arc<RelyingParty>, Unasked> {
        let record = &provider.provider;
        let key = (record.pool.clone(), record.name.clone());
        if let Some(party) = self.at_hand(&key, record) {
            return Ok(party);
        }
        let registration = self.registration(provider).await?;
        let party = Arc::new(RelyingParty::new(registration, Arc::clone(&self.http), Arc::clone(&self.clock)));
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN && !known.contains_key(&key) {
            let any = known.keys().next().cloned();
            any.and_then(|any| known.remove(&any));
        }
        known.insert(key, Known { record: record.clone(), party: Arc::clone(&party) });
        Ok(party)
    }

    fn at_hand(&self, key: &(UserPoolId, ProviderName), record: &IdentityProvider) -> Option<Arc<RelyingParty>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(key).filter(|known| known.record == *record).map(|known| Arc::clone(&known.party))
    }

    async fn registration(&self, provider: &ProviderWithSecrets) -> Result<Registration, Unasked> {
        let ProviderWithSecrets { provider, secrets } = provider;
        if !matches!(provider.kind, ProviderKind::Oidc | ProviderKind::Google) {
            return Err(Unasked::Kind);
        }
        let said = |name: &str| provider.details.get(name).cloned().unwrap_or_default();
        let issuer = said("oidc_issuer");
        let endpoints = if let Some(said) = said_endpoints(provider) {
            said
        } else {
            let fetch = HttpFetch::over(Arc::clone(&self.http));
            Endpoints::discover(&fetch, &issuer).await.map_err(Unasked::Failed)?
        };
        Ok(Registration {
            issuer,
            client_id: said("client_id"),
            client_secret: secrets.get("client_secret").map_or_else(|| "".into(), |secret| secret.expose().into()),
            endpoints,
            user_info_by_post: said("attributes_request_method") == "POST",
        })
    }
}

/// The addresses that were said of a provider of OpenID Connect, if all that are needed were. Those of Google are Google's own.
fn said_endpoints(provider: &IdentityProvider) -> Option<Endpoints> {
    let said = |name: &str| provider.details.get(name).and_then(|text| Url::parse(text).ok());
    if provider.kind != ProviderKind::Oidc {
        return None;
    }
    Some(Endpoints {
        authorize: said("authorize_url")?,
        token: said("token_url")?,
        user_info: said("attributes_url"),
        keys: said("jwks_uri")?,
        answers_say_issuer: false,
    })
}

impl fmt::Debug for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Outside(..)")
    }
}
