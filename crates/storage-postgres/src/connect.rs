//! Connections.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use document_store::error::StorageError;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::{Config, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How to connect.
#[derive(Clone, Debug)]
pub struct Options {
    /// The most connections that are open at once; 16 by default.
    pub max_connections: usize,
    /// How long a call waits for a connection before it fails, in seconds; 5 by default.
    pub wait_seconds: u64,
    /// Certificate authorities to trust beside the web's, as PEM; none by default.
    pub root_certificates_pem: Vec<u8>,
    /// What is done with a server that does not flush what it commits to its disk (`fsync = off`): refused by default.
    pub unflushed: Unflushed,
}

/// What is done with a server that says `fsync = off`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Unflushed {
    /// It is refused: a power cut may take what was answered, and break the rest.
    #[default]
    Refused,
    /// It is accepted: for tests, and for services that keep what is committed elsewhere than on the server's disk.
    Accepted,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_connections: 16, wait_seconds: 5, root_certificates_pem: Vec::new(), unflushed: Unflushed::Refused }
    }
}

pub(crate) fn pool(url: &str, options: &Options) -> Result<Pool, StorageError> {
    let mut config: Config = url.parse().map_err(StorageError::unavailable)?;
    let wait = Duration::from_secs(options.wait_seconds);
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(wait);
    }
    // A server that went away without a word is noticed in seconds, not in the hours that TCP takes by itself.
    config.keepalives_idle(Duration::from_secs(10));
    config.tcp_user_timeout(wait);

    let how = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = if is_encrypted(&config) {
        config.ssl_mode(SslMode::Require);
        Manager::from_config(config, tls(&options.root_certificates_pem)?, how)
    } else {
        config.ssl_mode(SslMode::Disable);
        Manager::from_config(config, NoTls, how)
    };
    Pool::builder(manager)
        .max_size(options.max_connections.max(1))
        .wait_timeout(Some(wait))
        .create_timeout(Some(wait))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(StorageError::unavailable)
}

/// Whether the connection is encrypted. `prefer`, the default, would go on in the clear if somebody between says that the
/// server speaks no TLS: so it means `require`, but for a server of this machine; `disable` has to be said.
fn is_encrypted(config: &Config) -> bool {
    match config.get_ssl_mode() {
        SslMode::Disable => false,
        SslMode::Prefer => !is_local(config),
        _ => true,
    }
}

/// Whether every host is this machine: a socket, a loopback address, or `localhost`.
fn is_local(config: &Config) -> bool {
    let here = |name: &str| {
        name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
    };
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => here(name),
        #[cfg(unix)]
        Host::Unix(_) => true,
    });
    hosts && config.get_hostaddrs().iter().all(|address| address.to_canonical().is_loopback())
}

fn tls(more_roots: &[u8]) -> Result<MakeRustlsConnect, StorageError> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    for certificate in CertificateDer::pem_slice_iter(more_roots) {
        let certificate = certificate.map_err(StorageError::unavailable)?;
        roots.add(certificate).map_err(StorageError::unavailable)?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(StorageError::unavailable)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_of_this_machine_is_local() {
        let local = |url: &str| is_local(&url.parse().expect("a url"));

        for here in [
            "postgresql://u@localhost/d",
            "postgresql://u@127.0.0.1/d",
            "postgresql://u@[::1]/d",
            "host=/run/postgresql",
        ] {
            assert!(local(here), "{here}");
        }
        for elsewhere in [
            "postgresql://u@db.example/d",
            "postgresql://u@10.0.0.1/d",
            "postgresql://u@localhost,db.example/d",
            "host=localhost hostaddr=10.0.0.1",
        ] {
            assert!(!local(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn a_connection_to_another_machine_is_encrypted_unless_the_url_says_otherwise() {
        let modes = [
            ("postgresql://u@db.example/d", true),
            ("postgresql://u@db.example/d?sslmode=prefer", true),
            ("postgresql://u@db.example/d?sslmode=disable", false),
            ("postgresql://u@localhost/d", false),
            ("postgresql://u@localhost/d?sslmode=require", true),
        ];

        for (url, encrypted) in modes {
            assert_eq!(is_encrypted(&url.parse().expect("a url")), encrypted, "{url}");
        }
    }
}
