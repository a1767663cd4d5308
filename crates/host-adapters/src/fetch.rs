//! Documents from outside, over HTTPS, fetched with suspicion.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jwt_tokens::{Fetch, FetchError, Fetched};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::CACHE_CONTROL;
use reqwest::redirect::Policy;
use url::{Host, Url};

/// The largest answer that is read (1 MiB).
const LARGEST: usize = 1024 * 1024;

/// Fetches over `https` only, without redirects, for 5 seconds and 1 MiB at most, and from no address of a private
/// network: neither written as such nor found behind a name.
pub struct HttpsFetch(reqwest::Client);

impl HttpsFetch {
    /// A fetcher that trusts the web's certificate authorities. Nothing is installed process-wide.
    ///
    /// # Errors
    ///
    /// Whatever TLS says of its own set-up.
    pub fn new() -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .https_only(true)
            .no_proxy()
            .redirect(Policy::none())
            .dns_resolver(Arc::new(PublicNames))
            .timeout(Duration::from_secs(5))
            .build()?;
        Ok(Self(client))
    }
}

#[async_trait]
impl Fetch for HttpsFetch {
    async fn fetch(&self, url: &str) -> Result<Fetched, FetchError> {
        let url = Url::parse(url).map_err(|error| FetchError(error.into()))?;
        let public = match url.host() {
            Some(Host::Domain(_)) => true,
            Some(Host::Ipv4(address)) => is_public(address.into()),
            Some(Host::Ipv6(address)) => is_public(address.into()),
            None => false,
        };
        if !public {
            return Err(FetchError("the address is of a private network".into()));
        }
        let mut answer = self.0.get(url).send().await.map_err(lost)?;
        if answer.status() != reqwest::StatusCode::OK {
            return Err(FetchError(format!("the answer is {}", answer.status()).into()));
        }
        let max_age_seconds = answer.headers().get(CACHE_CONTROL).and_then(|value| max_age(value.to_str().ok()?));
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST {
                return Err(FetchError("the answer is larger than 1 MiB".into()));
            }
        }
        Ok(Fetched { body, max_age_seconds })
    }
}

impl fmt::Debug for HttpsFetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpsFetch(..)")
    }
}

fn lost(error: reqwest::Error) -> FetchError {
    FetchError(error.into())
}

/// `max-age` of a `Cache-Control` header (RFC 9111 §5.2.2.1).
fn max_age(header: &str) -> Option<i64> {
    let seconds = header.split(',').find_map(|part| part.trim().strip_prefix("max-age="))?;
    seconds.parse().ok()
}

/// Resolves names, and finds only addresses of the public Internet: what was checked is what is connected to.
struct PublicNames;

impl Resolve for PublicNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name leads to no address of the public Internet".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Outside the special ranges of RFC 6890.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = matches!((a, b, c), (0 | 10 | 127, _, _) | (100, 64..=127, _) | (169, 254, _) | (172, 16..=31, _))
        || matches!((a, b, c), (192, 168, _) | (192, 0, 0 | 2) | (192, 88, 99) | (198, 18..=19, _))
        || matches!((a, b, c), (198, 51, 100) | (203, 0, 113) | (224..=255, _, _));
    !special
}

/// Global unicast (RFC 4291 §2.5.4), without the ranges that lead back to IPv4 or are for documentation.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let [a, b, ..] = address.segments();
    let tunnelled = a == 0x2002 || (a == 0x2001 && b < 0x200) || (a == 0x2001 && b == 0xdb8);
    (a & 0xe000) == 0x2000 && !tunnelled
}

#[cfg(test)]
mod tests {
    use super::{HttpsFetch, is_public, max_age};
    use jwt_tokens::Fetch as _;

    #[test]
    fn line_13_private_addresses_are_told_from_public_ones() {
        let is_public = |text: &str| is_public(text.parse().expect("an address"));
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "::ffff:10.0.0.1",
            "2002:a00:1::",
            "64:ff9b::a00:1",
        ] {
            assert!(!is_public(private), "{private}");
        }
        for public in ["8.8.8.8", "100.128.0.1", "172.32.0.1", "2606:4700::1111"] {
            assert!(is_public(public), "{public}");
        }
    }

    #[tokio::test]
    async fn line_13_only_https_and_no_private_address_is_asked() {
        let fetch = HttpsFetch::new().expect("TLS");
        for url in [
            "http://93.184.216.34/keys",
            "https://127.0.0.1/keys",
            "https://[::1]/keys",
            "https://0x7f.1/keys",
            "https://localhost/keys",
            "file:///etc/passwd",
            "keys",
        ] {
            assert!(fetch.fetch(url).await.is_err(), "{url}");
        }
    }

    #[test]
    fn the_age_is_read_from_its_header() {
        assert_eq!(max_age("public, max-age=300"), Some(300));
        assert_eq!(max_age("no-store"), None);
    }
}
