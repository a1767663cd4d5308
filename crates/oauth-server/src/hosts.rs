//! Each pool under its own host: `people.auth.localhost` while developing, or a domain of one's own.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use tracing::error;
use userpool_core::UserPools;
use userpool_core::model::domain::DomainName;

/// That a request came under a domain of its pool.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByDomain;

/// Which hosts lead where.
#[derive(Clone)]
pub struct Hosts {
    /// The user pools, whose domains are looked up.
    pub user_pools: Arc<UserPools>,
    /// The host of this server itself, without port: a request for it is no pool's.
    pub own: String,
    /// What stands behind the prefix of a pool: `auth.localhost`.
    pub below: String,
}

impl std::fmt::Debug for Hosts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hosts").field("own", &self.own).field("below", &self.below).finish_non_exhaustive()
    }
}

impl Hosts {
    /// The hosts of a server that is reached under this URL: prefixes stand below `auth.` and its host, and on a machine of one's
    /// own below `auth.localhost`.
    pub fn of(user_pools: Arc<UserPools>, public_url: &str) -> Self {
        let authority = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
        let own = name_of(authority.split('/').next().unwrap_or_default()).to_ascii_lowercase();
        let is_name = own.parse::<std::net::IpAddr>().is_err() && !own.starts_with('[');
        let below = if is_name { format!("auth.{own}") } else { "auth.localhost".to_owned() };
        Self { user_pools, own, below }
    }

    /// The domain that a host may be; `None` for this server's own, and for what cannot be one.
    fn domain(&self, host: &str) -> Option<DomainName> {
        let host = name_of(host).to_ascii_lowercase();
        if host == self.own || host.parse::<std::net::IpAddr>().is_ok() || !host.contains('.') {
            return None;
        }
        match host.strip_suffix(&self.below).and_then(|rest| rest.strip_suffix('.')) {
            Some(prefix) => prefix.parse().ok().filter(DomainName::is_prefix),
            None => host.parse().ok().filter(|domain: &DomainName| !domain.is_prefix()),
        }
    }
}

/// A host without its port.
fn name_of(host: &str) -> &str {
    match host.rfind(':').filter(|_| !host.ends_with(']')) {
        Some(at) => host.get(..at).unwrap_or(host),
        None => host,
    }
}

/// What `app` serves below a pool's id, under the domains of that pool too: the host of a request finds its pool, and goes
/// nowhere else. A host that is no pool's is served as before.
pub fn by_host(app: Router, hosts: Hosts) -> Router {
    // Around the router, so that its routes see the path that was found.
    Router::new().fallback_service(app).layer(from_fn_with_state(Arc::new(hosts), lead))
}

async fn lead(State(hosts): State<Arc<Hosts>>, mut request: Request, next: Next) -> Response {
    let named = request.headers().get(header::HOST).and_then(|host| host.to_str().ok()).map(str::to_owned);
    let host = named.or_else(|| request.uri().host().map(str::to_owned)).unwrap_or_default();
    if let Some(domain) = hosts.domain(&host) {
        match hosts.user_pools.describe_user_pool_domain(&domain).await {
            Ok(Some(found)) => {
                if let Some(uri) = below(request.uri(), found.pool.as_str()) {
                    request.extensions_mut().insert(ByDomain);
                    *request.uri_mut() = uri;
                }
            }
            Ok(None) => {}
            Err(failed) => error!(error = %failed, "a domain could not be looked up"),
        }
    }
    next.run(request).await
}

/// The same place below a pool's id.
fn below(uri: &Uri, pool: &str) -> Option<Uri> {
    format!("/{pool}{}", uri.path_and_query().map_or("/", |place| place.as_str())).parse().ok()
}
