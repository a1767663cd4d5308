//! Serving TLS, with a certificate that may change while we serve.

use std::fs;
use std::io::BufReader;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum_server::tls_rustls::RustlsConfig;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::Failure;
use crate::config::TlsFiles;

/// How often the files are looked at.
const LOOK_SECONDS: u64 = 5;

/// The configuration of these files, which follows them when they change. A file that cannot be read later leaves the
/// certificate in force, and the operator hears of it.
pub(crate) fn follow(files: TlsFiles) -> Result<RustlsConfig, Failure> {
    let config = RustlsConfig::from_config(Arc::new(load(&files)?));
    let followed = config.clone();
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
                Ok(fresh) => followed.reload_from_config(Arc::new(fresh)),
                Err(error) => tracing::warn!(%error, "the changed certificate cannot be used; the one before goes on"),
            }
        }
    });
    Ok(config)
}

fn changed_at(files: &TlsFiles) -> [Option<SystemTime>; 2] {
    [&files.certificate, &files.key].map(|file| fs::metadata(file).and_then(|data| data.modified()).ok())
}

fn load(files: &TlsFiles) -> Result<ServerConfig, Failure> {
    let open = |path: &std::path::Path| fs::File::open(path).map(BufReader::new);
    let chain: Vec<CertificateDer<'static>> =
        CertificateDer::pem_reader_iter(open(&files.certificate)?).collect::<Result<_, _>>()?;
    let key = PrivateKeyDer::from_pem_reader(open(&files.key)?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
