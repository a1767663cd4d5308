//! Sign-ins at a provider of OpenID Connect as an application that is registered there has them: by code and PKCE (OpenID Connect
//! Core 1.0 §3.1, RFC 7636).

mod authorization;
mod endpoints;
mod error;
mod exchange;
#[cfg(test)]
mod tests;

pub use authorization::AuthorizationRequest;
pub use endpoints::Endpoints;
pub use error::RelyingPartyError;
pub use exchange::{Callback, Expected};

use std::fmt;
use std::sync::Arc;

use identity_kernel::secret::SecretString;
use identity_kernel::time::Clock;
use jwt_tokens::RemoteKeys;

use crate::fetch::HttpFetch;
use crate::http::HttpPort;

/// What the provider and the application know of each other.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The issuer, byte for byte as tokens name it.
    pub issuer: String,
    /// The application's id there.
    pub client_id: String,
    /// Its secret there, which is sent in the form to the token endpoint (`client_secret_post`).
    pub client_secret: SecretString,
    /// Where the provider is asked.
    pub endpoints: Endpoints,
    /// Whether the userinfo endpoint is asked by `POST`.
    pub user_info_by_post: bool,
}

/// An application that is registered at a provider. Keep it: it holds the provider's keys.
pub struct RelyingParty {
    registration: Registration,
    http: Arc<dyn HttpPort>,
    keys: RemoteKeys,
}

impl RelyingParty {
    /// An application that reaches its provider through `http`. Nothing is fetched yet.
    pub fn new(registration: Registration, http: Arc<dyn HttpPort>, clock: Arc<dyn Clock>) -> Self {
        let fetch = Arc::new(HttpFetch::over(Arc::clone(&http)));
        let keys = RemoteKeys::new(registration.endpoints.keys.as_str(), fetch, clock);
        Self { registration, http, keys }
    }

    /// What the provider and the application know of each other.
    pub fn registration(&self) -> &Registration {
        &self.registration
    }
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelyingParty").field("registration", &self.registration).finish_non_exhaustive()
    }
}
