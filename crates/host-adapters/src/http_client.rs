//! The way out, over reqwest and rustls.

use std::error::Error as StdError;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use async_trait::async_trait;
use ipnet::IpNet;
use login_providers::http::{Cause, HttpError, HttpPort, HttpRequest, HttpResponse};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, Response};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use crate::reach::Reach;

/// What the operator allows beyond the contract of [`HttpPort`].
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct HttpSettings {
    /// Networks that may be called although they are not of the public Internet: an identity provider in the same
    /// cluster, say. Default none.
    pub allowed_networks: Vec<IpNet>,
    /// Certificate authorities (PEM, any number in each text) that are trusted beside the web's. Default none.
    pub authorities: Vec<Vec<u8>>,
    /// A proxy through which everything goes (`http://[user:password@]host:port`). It finds the addresses behind
    /// names then, and has to refuse the private ones among them; those that are written are refused here all the
    /// same. Default none; the environment is not asked.
    pub proxy: Option<Url>,
    /// Whether plain `http` to `localhost`, `127.0.0.0/8` and `::1` is allowed: for development. Default no.
    pub http_on_loopback: bool,
}

/// An [`HttpPort`] that trusts the web's certificate authorities, by the list that is compiled in, and what
/// [`HttpSettings`] adds. Nothing is installed process-wide; the environment's proxies are not asked.
pub struct HttpClient {
    client: Client,
    reach: Reach,
    http_on_loopback: bool,
}

impl HttpClient {
    /// A client with these settings.
    ///
    /// # Errors
    ///
    /// [`HttpError::InvalidRequest`] if an authority cannot be read or the proxy is none.
    pub fn new(settings: HttpSettings) -> Result<Self, HttpError> {
        let HttpSettings { mut allowed_networks, authorities, proxy, http_on_loopback } = settings;
        if http_on_loopback {
            let loopback = ["127.0.0.0/8", "::1/128"];
            allowed_networks.extend(loopback.iter().filter_map(|network| network.parse::<IpNet>().ok()));
        }
        let reach = Reach::with(allowed_networks);
        let proxy_host = proxy.as_ref().and_then(Url::host_str).map(str::to_owned);
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls(&authorities).map_err(HttpError::InvalidRequest)?)
            .no_proxy()
            .redirect(Policy::none())
            .dns_resolver(Arc::new(Names { reach: reach.clone(), proxy_host }));
        if let Some(proxy) = proxy {
            builder = builder.proxy(Proxy::all(proxy).map_err(invalid)?);
        }
        Ok(Self { client: builder.build().map_err(invalid)?, reach, http_on_loopback })
    }

    /// Whether this is an address that may be called, as far as can be told before names are resolved.
    fn vet(&self, url: &Url) -> Result<(), HttpError> {
        let host = url.host().ok_or_else(|| HttpError::InvalidRequest("the URL names no host".into()))?;
        let loopback = match &host {
            Host::Domain(name) => is_localhost(name),
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        if url.scheme() != "https" && !(url.scheme() == "http" && loopback && self.http_on_loopback) {
            return Err(HttpError::NotHttps);
        }
        let allowed = match host {
            Host::Domain(_) => true,
            Host::Ipv4(address) => self.reach.allows(address.into()),
            Host::Ipv6(address) => self.reach.allows(address.into()),
        };
        if allowed { Ok(()) } else { Err(HttpError::AddressNotAllowed) }
    }
}

#[async_trait]
impl HttpPort for HttpClient {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let HttpRequest { method, url, headers, body, limits, .. } = request;
        self.vet(&url)?;
        let failed = |error| reason(error, limits.timeout);
        let call = self.client.request(method, url).headers(headers).timeout(limits.timeout);
        let call = if body.is_empty() { call } else { call.body(body) };
        let mut answer = call.send().await.map_err(failed)?;
        if answer.status().is_redirection() {
            return Err(HttpError::Redirected);
        }
        let body = read(&mut answer, limits.body_bytes, failed).await?;
        Ok(HttpResponse { status: answer.status(), headers: std::mem::take(answer.headers_mut()), body })
    }
}

/// The body, if it is no larger than `limit`.
async fn read(
    answer: &mut Response,
    limit: usize,
    failed: impl Fn(reqwest::Error) -> HttpError,
) -> Result<Vec<u8>, HttpError> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(&failed)? {
        if body.len() + chunk.len() > limit {
            return Err(HttpError::AnswerTooLarge { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn tls(authorities: &[Vec<u8>]) -> Result<ClientConfig, Cause> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for pem in authorities {
        for certificate in CertificateDer::pem_slice_iter(pem) {
            roots.add(certificate?)?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}

fn invalid(error: reqwest::Error) -> HttpError {
    HttpError::InvalidRequest(error.without_url().into())
}

/// The reason beneath a failure. The URL stays out of it: it may carry what only the other side is to see.
fn reason(error: reqwest::Error, after: std::time::Duration) -> HttpError {
    if beneath::<NotAllowed>(&error) {
        return HttpError::AddressNotAllowed;
    }
    if error.is_timeout() {
        return HttpError::TimedOut { after };
    }
    let untrusted = beneath::<rustls::Error>(&error);
    let (builder, cause) = (error.is_builder(), error.without_url().into());
    match (untrusted, builder) {
        (true, _) => HttpError::NotTrusted(cause),
        (false, true) => HttpError::InvalidRequest(cause),
        (false, false) => HttpError::Connection(cause),
    }
}

/// Whether an error of this type lies beneath; `std::io::Error` hides the one within it from `source`.
fn beneath<E: StdError + 'static>(error: &(dyn StdError + 'static)) -> bool {
    let inner = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    error.is::<E>()
        || inner.is_some_and(|inner| beneath::<E>(inner))
        || error.source().is_some_and(|source| beneath::<E>(source))
}

/// Every address behind a name is one that may not be called.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no address that may be called")]
struct NotAllowed;

/// Resolves names, and finds only addresses that may be called: what was checked is what is connected to.
struct Names {
    reach: Reach,
    /// The operator has named it: it may be anywhere.
    proxy_host: Option<String>,
}

impl Names {
    fn allows(&self, name: &str, address: SocketAddr) -> bool {
        let address = address.ip();
        if self.proxy_host.as_deref() == Some(name) {
            return true;
        }
        // `localhost` is this machine, whatever a resolver says (RFC 6761 §6.3).
        self.reach.allows(address) && (!is_localhost(name) || address.to_canonical().is_loopback())
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let names = Self { reach: self.reach.clone(), proxy_host: self.proxy_host.clone() };
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| names.allows(name.as_str(), *address)).collect();
            if allowed.is_empty() {
                return Err(NotAllowed.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn is_localhost(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost")
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").field("reach", &self.reach).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_to_public_addresses_alone_and_localhost_to_this_machine_alone() {
        let address = |text: &str| SocketAddr::new(text.parse().expect("an address"), 443);
        let allowed = vec!["127.0.0.0/8".parse().expect("a network")];
        let names = |allowed: &[IpNet], proxy: Option<&str>| Names {
            reach: Reach::with(allowed.to_vec()),
            proxy_host: proxy.map(str::to_owned),
        };

        let default = names(&[], None);
        assert!(default.allows("idp.example", address("8.8.8.8")));
        assert!(!default.allows("idp.example", address("10.0.0.1")));
        assert!(!default.allows("localhost", address("127.0.0.1")));
        let loopback = names(&allowed, None);
        assert!(
            loopback.allows("localhost", address("127.0.0.1")) && loopback.allows("LocalHost", address("127.0.0.1"))
        );
        assert!(!loopback.allows("localhost", address("8.8.8.8")), "whatever a resolver says");
        assert!(loopback.allows("localhost.example", address("8.8.8.8")));
        let proxied = names(&[], Some("proxy.local"));
        assert!(proxied.allows("proxy.local", address("10.0.0.1")));
        assert!(!proxied.allows("other.local", address("10.0.0.1")));
    }
}
