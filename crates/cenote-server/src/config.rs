//! What the operator says: by flag, by environment variable, in a file; in that order of weight.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Deserialize;

use crate::Failure;

/// The flags of `cenote serve`. Each is also a key of the configuration file (without the dashes in front) and an
/// environment variable (`CENOTE_` and the name in upper case).
#[derive(Args, Clone, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ServeFlags {
    /// A configuration file (TOML).
    #[arg(long, env = "CENOTE_CONFIG")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:9229].
    #[arg(long, env = "CENOTE_LISTEN")]
    listen: Option<SocketAddr>,
    /// Serve TLS with this certificate chain (PEM), read again when the file changes.
    #[arg(long, env = "CENOTE_TLS_CERT")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM).
    #[arg(long, env = "CENOTE_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// Base of issuers, discovery and key sets [default: http:// and where it listens].
    #[arg(long, env = "CENOTE_PUBLIC_URL")]
    public_url: Option<String>,
    /// How the issuer of tokens is written [default: own].
    #[arg(long, env = "CENOTE_ISSUER", value_enum)]
    issuer: Option<Issuer>,
    /// The region of pools that are created without a signature [default: us-east-1].
    #[arg(long, env = "CENOTE_REGION")]
    region: Option<String>,
    /// The account in ARNs, twelve digits [default: 123456789012].
    #[arg(long, env = "CENOTE_ACCOUNT_ID")]
    account_id: Option<String>,
    /// The folder that keeps everything; with --database-url, only the master key and the outbox [default: ./cenote-data].
    #[arg(long, env = "CENOTE_DATA", conflicts_with = "memory")]
    data: Option<PathBuf>,
    /// Keep everything in memory, and forget it at the end.
    #[arg(long, env = "CENOTE_MEMORY")]
    memory: bool,
    /// Keep everything in this PostgreSQL database (postgresql://...; `sslmode=require` to encrypt the connection). Nodes
    /// that share it need the same `master.key` in their data folders.
    #[arg(long, env = "CENOTE_DATABASE_URL", conflicts_with = "memory")]
    database_url: Option<String>,
    /// An operator's access key, as KEY:SECRET; may be repeated. Without any, one is made at first start.
    #[arg(long, env = "CENOTE_ADMIN_KEY", value_delimiter = ',')]
    admin_key: Vec<String>,
    /// Append each message to this file as a JSON line [default: outbox.jsonl in the data folder].
    #[arg(long, env = "CENOTE_OUTBOX")]
    outbox: Option<PathBuf>,
    /// Begin pools with Cognito's looser defaults, as unmodified SDKs, Amplify and Terraform need them.
    #[arg(long, env = "CENOTE_COMPAT")]
    compat: bool,
    /// Serve /_cenote/reset, /_cenote/outbox and /_cenote/clock. Only on loopback.
    #[arg(long, env = "CENOTE_TEST_API")]
    test_api: bool,
}

/// How the issuer of tokens is written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Issuer {
    /// {public-url}/{pool id}
    Own,
    /// `https://cognito-idp.{region}.amazonaws.com/{pool id}`
    Aws,
}

/// What the server goes by. Not printed: the database's URL may hold a password.
pub(crate) struct Config {
    pub(crate) listen: SocketAddr,
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) public_url: Option<String>,
    pub(crate) issuer: Issuer,
    pub(crate) region: String,
    pub(crate) account_id: String,
    pub(crate) data: Option<PathBuf>,
    pub(crate) database_url: Option<String>,
    pub(crate) admin_keys: Vec<(String, String)>,
    pub(crate) outbox: Option<PathBuf>,
    pub(crate) compat: bool,
    pub(crate) test_api: bool,
}

/// The files of a certificate.
#[derive(Clone, Debug)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl ServeFlags {
    /// The configuration, checked.
    pub(crate) fn into_config(self) -> Result<Config, Failure> {
        let file = match &self.config {
            Some(path) => read_file(path)?,
            None => Self::default(),
        };
        let database_url = self.database_url.or(file.database_url);
        let listen = self.listen.or(file.listen).unwrap_or(SocketAddr::from(([127, 0, 0, 1], 9229)));
        let test_api = self.test_api || file.test_api;
        if test_api && !listen.ip().is_loopback() {
            return Err("--test-api is refused: it is for loopback addresses only".into());
        }
        let memory = self.memory || (file.memory && self.data.is_none());
        let data = self.data.or(file.data).unwrap_or_else(|| PathBuf::from("cenote-data"));
        let tls = match (self.tls_cert.or(file.tls_cert), self.tls_key.or(file.tls_key)) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            _ => return Err("--tls-cert and --tls-key go together".into()),
        };
        let admin_key = if self.admin_key.is_empty() { file.admin_key } else { self.admin_key };
        let account_id = self.account_id.or(file.account_id).unwrap_or_else(|| "123456789012".to_owned());
        if account_id.len() != 12 || !account_id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("--account-id: an account has twelve digits".into());
        }
        let public_url = self.public_url.or(file.public_url).map(|url| url.trim_end_matches('/').to_owned());
        if public_url.as_ref().is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://")) {
            return Err("--public-url must begin with http:// or https://".into());
        }
        Ok(Config {
            listen,
            tls,
            public_url,
            issuer: self.issuer.or(file.issuer).unwrap_or(Issuer::Own),
            region: self.region.or(file.region).unwrap_or_else(|| "us-east-1".to_owned()),
            account_id,
            outbox: self.outbox.or(file.outbox).or((!memory).then(|| data.join("outbox.jsonl"))),
            data: (!memory).then_some(data),
            database_url,
            admin_keys: admin_key.iter().map(|text| admin_key_of(text)).collect::<Result<_, _>>()?,
            compat: self.compat || file.compat,
            test_api,
        })
    }
}

fn read_file(path: &Path) -> Result<ServeFlags, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("--config {}: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("--config {}: {error}", path.display()).into())
}

/// The secret is not repeated in the error.
fn admin_key_of(text: &str) -> Result<(String, String), Failure> {
    let (key, secret) = text.split_once(':').ok_or("--admin-key must be KEY:SECRET")?;
    Ok((key.to_owned(), secret.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_outweighs_the_file_and_the_file_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cenote.toml");
        std::fs::write(&path, "region = \"eu-west-1\"\nlisten = \"127.0.0.1:1\"\nadmin-key = [\"a:b:c\"]\n").unwrap();
        let flags = ServeFlags {
            config: Some(path),
            listen: Some(SocketAddr::from(([127, 0, 0, 1], 2))),
            ..ServeFlags::default()
        };

        let config = flags.into_config().unwrap();

        assert_eq!((config.listen.port(), config.region.as_str()), (2, "eu-west-1"));
        assert_eq!(config.admin_keys, [("a".to_owned(), "b:c".to_owned())]);
        assert_eq!(config.account_id, "123456789012");
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_flag() {
        let refused = |flags: ServeFlags| flags.into_config().err().unwrap().to_string();

        let public = ServeFlags { listen: "0.0.0.0:1".parse().ok(), test_api: true, ..ServeFlags::default() };
        assert!(refused(public).contains("--test-api"));
        let half = ServeFlags { tls_cert: Some("c".into()), ..ServeFlags::default() };
        assert!(refused(half).contains("--tls-key"));
        let key = ServeFlags { admin_key: vec!["nosecret".into()], ..ServeFlags::default() };
        assert!(!refused(key).contains("nosecret"));
    }
}
