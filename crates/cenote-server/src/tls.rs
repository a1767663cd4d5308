//! Serving TLS, with a certificate that may change while we serve.

use std::fs;
use std::io::BufReader;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::Failure;
use crate::config::TlsFiles;

/// How often the files are looked at.
const LOOK_SECONDS: u64 = 5;

/// The certificate in force.
#[derive(Clone)]
pub(crate) struct Certificate(Arc<RwLock<Arc<ServerConfig>>>);

impl Certificate {
    /// The certificate of these files, which follows them when they change. A file that cannot be read later leaves the
    /// certificate in force, and the operator hears of it.
    pub(crate) fn follow(files: TlsFiles) -> Result<Self, Failure> {
        let certificate = Self(Arc::new(RwLock::new(Arc::new(load(&files)?))));
        let followed = certificate.clone();
        tokio::spawn(async move {
            let mut seen = changed_at(&files);
            let mut looks = tokio::time::interval(Duration::from_secs(LOOK_SECONDS));
            loop {
                looks.tick().await;
                let now = changed_at(&files);
                if now == seen {
                    continue;
                }
                seen = now;
                match load(&files) {
                    Ok(fresh) => *followed.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh),
                    Err(error) => {
                        tracing::warn!(%error, "the changed certificate cannot be used; the one before goes on");
                    }
                }
            }
        });
        Ok(certificate)
    }

    /// What greets the next connection.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)).into()
    }
}

fn changed_at(files: &TlsFiles) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key].map(|file| fs::metadata(file).and_then(|data| data.modified()).ok())
}

fn load(files: &TlsFiles) -> Result<ServerConfig, Failure> {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_reader_iter(open("--tls-cert", &files.certificate)?)
        .collect::<Result<_, _>>()
        .map_err(|error| format!("--tls-cert {}: {error}", files.certificate.display()))?;
    let key = PrivateKeyDer::from_pem_reader(open("--tls-key", &files.key)?)
        .map_err(|error| format!("--tls-key {}: {error}", files.key.display()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| format!("--tls-cert {}: {error}", files.certificate.display()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn open(flag: &str, path: &Path) -> Result<BufReader<fs::File>, Failure> {
    let file = fs::File::open(path).map_err(|error| format!("{flag} {}: {error}", path.display()))?;
    Ok(BufReader::new(file))
}
