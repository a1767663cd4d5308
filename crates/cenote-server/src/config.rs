//! What the operator says: by flag, by environment variable, in a file; in that order of weight.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};

use cenote::adapters::HttpSettings;
use cenote::aws::{CrossOrigin, Options as FrontEndOptions, Origins, RequestLimits};
use cenote::kernel::secret::SecretString;
use cenote::userpool::model::ids::UserPoolId;
use cenote::userpool::model::message_limits::MessageLimits;
use cenote::userpool::model::passkeys::Origin;
use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args, ValueEnum};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::Failure;
use crate::carriers::{self, CarrierSettings};
use crate::message_limits::Said;
use crate::net::Proxies;
use crate::triggers::{self, TriggerSettings};

/// The flags of `cenote serve`. Each is also a key of the configuration file (without the dashes in front) and an
/// environment variable (`CENOTE_` and the name in upper case).
#[derive(Args, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ServeFlags {
    /// A configuration file (TOML).
    #[arg(long, env = "CENOTE_CONFIG")]
    #[serde(skip)]
    config: Option<PathBuf>,
    /// Where to listen: address and port, name and port, or a port alone on 127.0.0.1 [default: 127.0.0.1:9229].
    #[arg(long, env = "CENOTE_LISTEN")]
    listen: Option<String>,
    /// Serve TLS with this certificate chain (PEM), read again when the file changes.
    #[arg(long, env = "CENOTE_TLS_CERT")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM).
    #[arg(long, env = "CENOTE_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// Serve plain http on an address that others reach: TLS ends in front of this server.
    #[arg(long, env = "CENOTE_INSECURE_HTTP", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    insecure_http: bool,
    /// A proxy's address or network, whose X-Forwarded-For and X-Forwarded-Proto are believed; may be repeated.
    #[arg(long, env = "CENOTE_TRUSTED_PROXY", value_delimiter = ',', value_parser = network)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    trusted_proxy: Vec<IpNet>,
    /// The most connections at once; one source gets a quarter of them [default: 768].
    #[arg(long, env = "CENOTE_MAX_CONNECTIONS")]
    max_connections: Option<usize>,
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
    #[arg(long, env = "CENOTE_MEMORY", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    memory: bool,
    /// Keep everything in this PostgreSQL database (postgresql://...). A connection to another machine is encrypted, unless
    /// the URL says `sslmode=disable`. Nodes that share it need the same `master.key` in their data folders.
    #[arg(long, env = "CENOTE_DATABASE_URL", conflicts_with = "memory")]
    database_url: Option<String>,
    /// An operator's access key, as KEY:SECRET, for as long as this server runs; may be repeated. Other users of the machine
    /// see it in the list of processes: prefer `CENOTE_ADMIN_KEY` or `--admin-key-file`.
    #[arg(long, env = "CENOTE_ADMIN_KEY", value_delimiter = ',', hide_env_values = true)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    admin_key: Vec<String>,
    /// A file of such keys, one a line. Without any key, one is made at first start, and kept.
    #[arg(long, env = "CENOTE_ADMIN_KEY_FILE")]
    admin_key_file: Option<PathBuf>,
    /// Append each message to this file as a JSON line [default: outbox.jsonl in the data folder].
    #[arg(long, env = "CENOTE_OUTBOX")]
    outbox: Option<PathBuf>,
    /// The mail server that mails go through: `smtp://host:587` (TLS is begun before anything is said), `smtps://host:465`, or
    /// `smtp-plain://localhost:25` for a relay on this machine. Mails go to the outbox without one.
    #[arg(long, env = "CENOTE_SMTP_URL", requires = "smtp_from")]
    smtp_url: Option<Url>,
    /// From whom mails come: `no-reply@example.com`, or `Example <no-reply@example.com>`.
    #[arg(long, env = "CENOTE_SMTP_FROM")]
    smtp_from: Option<String>,
    /// Who logs in at the mail server, as NAME:PASSWORD. Prefer `CENOTE_SMTP_LOGIN`: other users of the machine see flags.
    #[arg(long, env = "CENOTE_SMTP_LOGIN", hide_env_values = true)]
    smtp_login: Option<String>,
    /// Where text messages are handed over, as JSON by `POST`: https, or plain http to this machine. They go to the outbox
    /// without one.
    #[arg(long, env = "CENOTE_SMS_URL")]
    sms_url: Option<Url>,
    /// A file of what is sent there: JSON in whose texts `{destination}` is the number and `{body}` the message
    /// [default: {"to": "{destination}", "text": "{body}"}].
    #[arg(long, env = "CENOTE_SMS_TEMPLATE")]
    sms_template: Option<PathBuf>,
    /// A token that goes along as `Authorization: Bearer`. Prefer `CENOTE_SMS_TOKEN`.
    #[arg(long, env = "CENOTE_SMS_TOKEN", hide_env_values = true)]
    sms_token: Option<String>,
    /// How many mails a pool sends in a day of UTC, unless it has a limit of its own (`cenote pool message-limits`); 0 for any
    /// number [default: 50000, with --compat any].
    #[arg(long, env = "CENOTE_MAILS_A_DAY")]
    mails_a_day: Option<u32>,
    /// The same for text messages [default: 1000, with --compat any].
    #[arg(long, env = "CENOTE_TEXTS_A_DAY")]
    texts_a_day: Option<u32>,
    /// The same for text messages in a month [default: 10000, with --compat any].
    #[arg(long, env = "CENOTE_TEXTS_A_MONTH")]
    texts_a_month: Option<u32>,
    /// A network whose addresses may be called although they are private: of an identity provider in the same cluster, say;
    /// may be repeated.
    #[arg(long, env = "CENOTE_OUTBOUND_ALLOW", value_delimiter = ',', value_parser = network)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outbound_allow: Vec<IpNet>,
    /// A file of certificate authorities (PEM) that identity providers may stand under, beside the web's.
    #[arg(long, env = "CENOTE_OUTBOUND_CA")]
    outbound_ca: Option<PathBuf>,
    /// A proxy through which identity providers are called (http://host:port).
    #[arg(long, env = "CENOTE_OUTBOUND_PROXY")]
    outbound_proxy: Option<Url>,
    /// Where pools' trigger functions run: an address in front of `/2015-03-31/functions/`, as of Lambda's Invoke operation.
    #[arg(long, env = "CENOTE_LAMBDA_ENDPOINT")]
    lambda_endpoint: Option<Url>,
    /// The access key that calls of functions are signed with, as KEY:SECRET. Prefer `CENOTE_LAMBDA_KEY`: other users of the
    /// machine see flags.
    #[arg(long, env = "CENOTE_LAMBDA_KEY", hide_env_values = true)]
    lambda_key: Option<String>,
    /// A trigger function that is a webhook, as NAME=URL: a pool names it as `arn:aws:lambda:...:function:NAME`; may be
    /// repeated.
    #[arg(long, env = "CENOTE_WEBHOOK", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    webhook: Vec<String>,
    /// What webhooks are signed with: `whsec_` and 24 to 64 bytes in Base64. Prefer `CENOTE_WEBHOOK_SECRET`.
    #[arg(long, env = "CENOTE_WEBHOOK_SECRET", hide_env_values = true)]
    webhook_secret: Option<String>,
    /// A file of 32 bytes in Base64, under which codes are encrypted for custom senders.
    #[arg(long, env = "CENOTE_SENDER_KEY_FILE")]
    sender_key_file: Option<PathBuf>,
    /// A web origin (`https://app.example.com`) whose pages may sign users in; may be repeated. Every origin's may if none is
    /// named.
    #[arg(long, env = "CENOTE_WEB_ORIGIN", value_delimiter = ',', value_parser = origin)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    web_origin: Vec<String>,
    /// A web origin whose pages may administer, with signed calls; may be repeated. None may if none is named.
    #[arg(long, env = "CENOTE_ADMIN_ORIGIN", value_delimiter = ',', value_parser = origin)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    admin_origin: Vec<String>,
    /// An origin whose pages or apps register and use passkeys, besides https:// and a pool's relying party or what is below it:
    /// another port, `http://localhost:3000` while developing, `android:apk-key-hash:…`; may be repeated. No wildcards.
    #[arg(long, env = "CENOTE_PASSKEY_ORIGIN", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    passkey_origin: Vec<String>,
    /// Take each signed call that changes something once only, on each node.
    #[arg(long, env = "CENOTE_REFUSE_REPLAYS", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    refuse_replays: bool,
    /// Limit requests by category, of each pool or client and from each source [default: on, with --compat off].
    #[arg(long, env = "CENOTE_REQUEST_LIMITS", value_enum)]
    request_limits: Option<Switch>,
    /// A folder of range files of breached passwords (Have I Been Pwned's downloader writes them: a file for each five hexadecimal
    /// digits), for pools that refuse such passwords [default: the most common passwords alone].
    #[arg(long, env = "CENOTE_BREACHED_PASSWORDS")]
    breached_passwords: Option<PathBuf>,
    /// Append the events of users to this file as JSON lines, of pools that have a log delivery for them.
    #[arg(long, env = "CENOTE_USER_EVENT_LOG")]
    user_event_log: Option<PathBuf>,
    /// Post them to this address too (https, or an address that --outbound-allow names).
    #[arg(long, env = "CENOTE_USER_EVENT_WEBHOOK")]
    user_event_webhook: Option<Url>,
    /// Begin pools with Cognito's looser defaults, as unmodified SDKs, Amplify and Terraform need them.
    #[arg(long, env = "CENOTE_COMPAT", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    compat: bool,
    /// Serve /_cenote/reset, /_cenote/outbox and /_cenote/clock. Only on loopback.
    #[arg(long, env = "CENOTE_TEST_API", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    test_api: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

/// A network, or one address.
fn network(text: &str) -> Result<IpNet, String> {
    let one = || text.parse().map(|address: std::net::IpAddr| IpNet::from(address));
    text.parse().or_else(|_| one()).map_err(|_| "neither an address nor a network (192.0.2.0/24)".to_owned())
}

/// An origin as browsers write it (RFC 6454 §6.2): scheme, host, and a port that is not the scheme's own.
fn origin(text: &str) -> Result<String, String> {
    let origin = Url::parse(text).map(|url| url.origin().ascii_serialization());
    match origin {
        Ok(origin) if origin == text => Ok(origin),
        Ok(origin) if origin != "null" => Err(format!("not an origin as browsers write it: {origin}")),
        _ => Err("not an origin, as https://app.example.com is".to_owned()),
    }
}

/// Whether something is done.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// How the issuer of tokens is written.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ValueEnum)]
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
    pub(crate) proxies: Proxies,
    pub(crate) max_connections: usize,
    pub(crate) outbound: HttpSettings,
    pub(crate) public_url: Option<String>,
    pub(crate) issuer: Issuer,
    pub(crate) region: String,
    pub(crate) account_id: String,
    pub(crate) data: Option<PathBuf>,
    pub(crate) database_url: Option<String>,
    pub(crate) admin_keys: Vec<(String, SecretString)>,
    pub(crate) outbox: Option<PathBuf>,
    pub(crate) triggers: TriggerSettings,
    pub(crate) carriers: CarrierSettings,
    pub(crate) message_limits: MessageLimits,
    pub(crate) front_end: FrontEndOptions,
    pub(crate) breached_passwords: Option<PathBuf>,
    pub(crate) user_event_log: Option<PathBuf>,
    pub(crate) user_event_webhook: Option<Url>,
    pub(crate) passkey_origins: Vec<Origin>,
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
        let flags = self.over_file()?;
        let listen = address_of(flags.listen.as_deref().unwrap_or("127.0.0.1:9229"))?;
        let tls = flags.tls_files()?;
        if flags.test_api && !listen.ip().is_loopback() {
            return Err("--test-api is refused: it is for loopback addresses only".into());
        }
        if tls.is_none() && !flags.insecure_http && !listen.ip().is_loopback() {
            return Err(format!(
                "--listen {listen} is refused: others reach it, and passwords would cross the network in the clear. Give it a \
                 certificate (--tls-cert, --tls-key), or say --insecure-http if TLS ends in front of it"
            )
            .into());
        }
        let data = flags.data.clone().unwrap_or_else(|| PathBuf::from("cenote-data"));
        let in_data = (!flags.memory).then(|| data.join("outbox.jsonl"));
        Ok(Config {
            listen,
            tls,
            max_connections: flags.max_connections.unwrap_or(768).max(1),
            public_url: flags.public_url()?,
            region: flags.region()?,
            account_id: flags.account_id()?,
            admin_keys: flags.admin_keys()?,
            outbound: flags.outbound()?,
            triggers: flags.triggers()?,
            carriers: flags.carriers()?,
            message_limits: flags.message_limits(),
            front_end: flags.front_end()?,
            passkey_origins: flags.passkey_origins()?,
            proxies: Proxies::new(flags.trusted_proxy),
            issuer: flags.issuer.unwrap_or(Issuer::Own),
            outbox: flags.outbox.or(in_data),
            data: (!flags.memory).then_some(data),
            database_url: flags.database_url,
            breached_passwords: flags.breached_passwords,
            user_event_log: flags.user_event_log,
            user_event_webhook: flags.user_event_webhook,
            compat: flags.compat,
            test_api: flags.test_api,
        })
    }

    /// These flags, and where they say nothing what the file says.
    fn over_file(self) -> Result<Self, Failure> {
        let Some(path) = &self.config else { return Ok(self) };
        let named = |error: &dyn std::fmt::Display| Failure::from(format!("--config {}: {error}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
        let from_file: Self = toml::from_str(&text).map_err(|error| named(&error))?;
        let mut merged = toml::Table::try_from(&from_file)?;
        let flags = toml::Table::try_from(&self)?;
        if flags.contains_key("data") {
            merged.remove("memory");
        }
        merged.extend(flags);
        merged.try_into().map_err(|error| named(&error))
    }

    fn tls_files(&self) -> Result<Option<TlsFiles>, Failure> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Ok(Some(TlsFiles { certificate: certificate.clone(), key: key.clone() })),
            (None, None) => Ok(None),
            _ => Err("--tls-cert and --tls-key go together".into()),
        }
    }

    fn public_url(&self) -> Result<Option<String>, Failure> {
        let Some(url) = &self.public_url else { return Ok(None) };
        let sound = Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !sound {
            return Err(format!("--public-url {url}: not an address that begins with http:// or https://").into());
        }
        Ok(Some(url.trim_end_matches('/').to_owned()))
    }

    /// A region that a user pool's id can begin with.
    fn region(&self) -> Result<String, Failure> {
        let region = self.region.as_deref().unwrap_or("us-east-1");
        if format!("{region}_Aa0000000").parse::<UserPoolId>().is_err() {
            return Err(format!("--region {region:?}: not a region's name, as us-east-1 is").into());
        }
        Ok(region.to_owned())
    }

    fn account_id(&self) -> Result<String, Failure> {
        let account = self.account_id.as_deref().unwrap_or("123456789012");
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("--account-id {account:?}: an account has twelve digits").into());
        }
        Ok(account.to_owned())
    }

    fn admin_keys(&self) -> Result<Vec<(String, SecretString)>, Failure> {
        let file = match &self.admin_key_file {
            Some(path) => read("--admin-key-file", path)?,
            None => Vec::new(),
        };
        let file = String::from_utf8(file).map_err(|_| "--admin-key-file: not a text")?;
        let lines = file.lines().map(str::trim).filter(|line| !line.is_empty());
        self.admin_key.iter().map(String::as_str).chain(lines).map(admin_key_of).collect()
    }

    /// Origins in a configuration file are held to the same form as flags.
    fn front_end(&self) -> Result<FrontEndOptions, Failure> {
        for (flag, origins) in [("--web-origin", &self.web_origin), ("--admin-origin", &self.admin_origin)] {
            for given in origins {
                origin(given).map_err(|error| format!("{flag} {given}: {error}"))?;
            }
        }
        let these = |origins: &Vec<String>| (!origins.is_empty()).then(|| Origins::These(origins.clone()));
        Ok(FrontEndOptions {
            cross_origin: CrossOrigin {
                unsigned: these(&self.web_origin).unwrap_or_default(),
                signed: these(&self.admin_origin),
            },
            refuse_replays: self.refuse_replays,
            request_limits: match self.request_limits {
                Some(Switch::On) => RequestLimits::On,
                None if !self.compat => RequestLimits::On,
                Some(Switch::Off) | None => RequestLimits::Off,
            },
            // Known once the server listens.
            public_url: None,
        })
    }

    fn triggers(&self) -> Result<TriggerSettings, Failure> {
        let named = self.webhook.iter().map(|text| triggers::webhook(text));
        Ok(TriggerSettings {
            lambda_endpoint: self.lambda_endpoint.clone(),
            lambda_key: self.lambda_key.as_deref().map(|key| key_of("--lambda-key", key)).transpose()?,
            webhooks: named.collect::<Result<_, _>>()?,
            webhook_secret: self.webhook_secret.as_deref().map(SecretString::from),
            sender_key_file: self.sender_key_file.clone(),
        })
    }

    fn carriers(&self) -> Result<CarrierSettings, Failure> {
        let login = self.smtp_login.as_deref().map(|login| key_of("--smtp-login", login)).transpose()?;
        let authorities = match &self.outbound_ca {
            Some(path) => vec![read("--outbound-ca", path)?],
            None => Vec::new(),
        };
        let smtp = self.smtp_url.as_ref().map(|url| {
            let from = self.smtp_from.clone().ok_or("--smtp-url wants a --smtp-from")?;
            carriers::smtp(url, from, login, authorities)
        });
        let template = self.sms_template.as_deref().map(|path| read("--sms-template", path)).transpose()?;
        let sms = self.sms_url.clone().map(|url| carriers::sms(url, template.as_deref(), self.sms_token.as_deref()));
        Ok(CarrierSettings { smtp: smtp.transpose()?, sms: sms.transpose()? })
    }

    fn message_limits(&self) -> MessageLimits {
        let Self { mails_a_day, texts_a_day, texts_a_month, .. } = *self;
        let default = if self.compat { MessageLimits::NONE } else { MessageLimits::HARDENED };
        Said { mails_a_day, texts_a_day, texts_a_month }.over(default)
    }

    fn passkey_origins(&self) -> Result<Vec<Origin>, Failure> {
        let origin = |given: &String| {
            let wrong = "not an origin, as http://localhost:3000 and https://app.example.com:8443 are";
            given.parse().map_err(|_| Failure::from(format!("--passkey-origin {given}: {wrong}")))
        };
        self.passkey_origin.iter().map(origin).collect()
    }

    fn outbound(&self) -> Result<HttpSettings, Failure> {
        let mut settings = HttpSettings::default();
        settings.allowed_networks.clone_from(&self.outbound_allow);
        settings.proxy.clone_from(&self.outbound_proxy);
        if let Some(path) = &self.outbound_ca {
            settings.authorities.push(read("--outbound-ca", path)?);
        }
        Ok(settings)
    }
}

/// `127.0.0.1:9229`, `localhost:9229`, or `9229`.
fn address_of(text: &str) -> Result<SocketAddr, Failure> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    let found = text.to_socket_addrs().map_err(|error| format!("--listen {text}: {error}"))?;
    // Of two addresses of one name, the one of IPv4: it is what the default is.
    let mut found: Vec<SocketAddr> = found.collect();
    found.sort_by_key(|address| !address.is_ipv4());
    found.into_iter().next().ok_or_else(|| format!("--listen {text}: the name has no address").into())
}

fn read(flag: &str, path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| format!("{flag} {}: {error}", path.display()).into())
}

/// The secret is not repeated in the error.
fn admin_key_of(text: &str) -> Result<(String, SecretString), Failure> {
    key_of("an operator's key", text)
}

/// `KEY:SECRET`. What was given instead is not told: it may be a secret.
fn key_of(what: &str, text: &str) -> Result<(String, SecretString), Failure> {
    let (key, secret) = text.split_once(':').ok_or_else(|| format!("{what} is KEY:SECRET"))?;
    Ok((key.to_owned(), secret.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(set: impl FnOnce(&mut ServeFlags)) -> ServeFlags {
        let mut flags = ServeFlags::default();
        set(&mut flags);
        flags
    }

    fn refused(set: impl FnOnce(&mut ServeFlags)) -> String {
        with(set).into_config().err().unwrap().to_string()
    }

    #[test]
    fn a_flag_outweighs_the_file_and_the_file_the_default() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cenote.toml");
        std::fs::write(
            &path,
            "region = \"eu-west-1\"\nlisten = \"127.0.0.1:1\"\nadmin-key = [\"a:b:c\"]\nmemory = true\n\
             trusted-proxy = [\"10.0.0.0/8\"]\n",
        )
        .unwrap();

        let config = with(|flags| {
            flags.config = Some(path.clone());
            flags.listen = Some("127.0.0.1:2".to_owned());
        });
        let config = config.into_config().unwrap();

        assert_eq!((config.listen.port(), config.region.as_str()), (2, "eu-west-1"));
        assert_eq!(config.admin_keys, [("a".to_owned(), "b:c".into())]);
        assert_eq!(config.account_id, "123456789012");
        assert!(config.proxies.trusts([10, 1, 2, 3].into()) && config.data.is_none());
        let with_data = with(|flags| {
            flags.config = Some(path);
            flags.data = Some("here".into());
        });
        assert_eq!(with_data.into_config().unwrap().data, Some("here".into()), "--data outweighs the file's memory");
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_flag() {
        let public = |flags: &mut ServeFlags| {
            flags.listen = Some("0.0.0.0:1".to_owned());
            flags.insecure_http = true;
            flags.test_api = true;
        };
        assert!(refused(public).contains("--test-api"));
        assert!(refused(|flags| flags.tls_cert = Some("c".into())).contains("--tls-key"));
        assert!(!refused(|flags| flags.admin_key = vec!["nosecret".into()]).contains("nosecret"));
        assert!(refused(|flags| flags.region = Some("x y".into())).contains("--region"));
        assert!(refused(|flags| flags.public_url = Some("ftp://x".into())).contains("--public-url"));
        assert!(refused(|flags| flags.passkey_origin = vec!["https://*.x".into()]).contains("--passkey-origin"));
        let missing = |set: fn(&mut ServeFlags, PathBuf)| refused(|flags| set(flags, "/nowhere/at/all".into()));
        for refusal in [
            missing(|flags, path| flags.config = Some(path)),
            missing(|flags, path| flags.admin_key_file = Some(path)),
            missing(|flags, path| flags.outbound_ca = Some(path)),
        ] {
            assert!(refusal.contains("/nowhere/at/all"), "{refusal}");
        }
    }

    #[test]
    fn plain_http_on_an_address_that_others_reach_has_to_be_asked_for() {
        let public = |flags: &mut ServeFlags| flags.listen = Some("0.0.0.0:1".to_owned());
        assert!(refused(public).contains("--insecure-http"));

        let asked = with(|flags| {
            public(flags);
            flags.insecure_http = true;
        });
        assert!(asked.into_config().is_ok());
        let tls = with(|flags| {
            public(flags);
            (flags.tls_cert, flags.tls_key) = (Some("c".into()), Some("k".into()));
        });
        assert!(tls.into_config().is_ok());
    }

    #[test]
    fn an_address_is_written_as_people_write_it() {
        for (text, address) in
            [("9317", "127.0.0.1:9317"), ("localhost:9317", "127.0.0.1:9317"), ("[::1]:9317", "[::1]:9317")]
        {
            assert_eq!(address_of(text).unwrap().to_string(), address);
        }
        assert!(address_of("9317x").is_err() && address_of("localhost").is_err());
    }

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        assert_eq!(origin("https://app.example.com").unwrap(), "https://app.example.com");
        assert_eq!(origin("http://localhost:5173").unwrap(), "http://localhost:5173");
        for bent in [
            "https://app.example.com/",
            "https://app.example.com:443",
            "https://APP.example.com",
            "app.example.com",
            "*",
            "null",
        ] {
            assert!(origin(bent).is_err(), "{bent}");
        }
        assert!(refused(|flags| flags.admin_origin = vec!["*".into()]).contains("--admin-origin *"));
    }

    #[test]
    fn without_a_word_every_origin_signs_in_and_none_administers() {
        let unsaid = with(|_| ()).into_config().unwrap().front_end;
        assert_eq!(unsaid, FrontEndOptions { request_limits: RequestLimits::On, ..FrontEndOptions::default() });
        assert_eq!((unsaid.cross_origin.unsigned, unsaid.cross_origin.signed), (Origins::Any, None));

        let app = || vec!["https://app.example.com".to_owned()];
        let said =
            with(|flags| (flags.web_origin, flags.refuse_replays) = (app(), true)).into_config().unwrap().front_end;
        assert_eq!((said.cross_origin.unsigned, said.cross_origin.signed), (Origins::These(app()), None));
        assert!(said.refuse_replays);
        let admin = with(|flags| flags.admin_origin = app()).into_config().unwrap().front_end.cross_origin;
        assert_eq!((admin.unsigned, admin.signed), (Origins::Any, Some(Origins::These(app()))));
    }

    #[test]
    fn operators_keys_come_from_a_file_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        std::fs::write(&path, "one:secret\n\ntwo:other\n").unwrap();

        let config = with(|flags| flags.admin_key_file = Some(path)).into_config().unwrap();

        assert_eq!(config.admin_keys, [("one".to_owned(), "secret".into()), ("two".to_owned(), "other".into())]);
    }
}
