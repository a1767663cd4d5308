//! What the operator says: by flag, by environment variable, in a file; in that order of weight.

mod flags;

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};

use cenote::adapters::HttpSettings;
use cenote::aws::{CrossOrigin, Options as FrontEndOptions, Origins, RequestLimits};
use cenote::kernel::secret::SecretString;
use cenote::logins::AccessTokenChecks;
use cenote::userpool::model::ids::UserPoolId;
use cenote::userpool::model::message_limits::MessageLimits;
use cenote::userpool::model::passkeys::Origin;
use url::Url;

use crate::Failure;
use crate::access_tokens;
use crate::carriers::{self, CarrierSettings};
use crate::message_limits::Said;
use crate::net::Proxies;
use crate::other_sts::{self, OtherSts};
use crate::otlp::Collector;
use crate::triggers::{self, TriggerSettings};

use flags::origin;
pub(crate) use flags::{Issuer, ServeFlags, Switch};

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
    pub(crate) keep_audit_days: Option<u32>,
    pub(crate) encode_denials: bool,
    pub(crate) outbound_tokens: bool,
    pub(crate) outbox: Option<PathBuf>,
    pub(crate) triggers: TriggerSettings,
    pub(crate) other_sts: Vec<OtherSts>,
    pub(crate) access_tokens: AccessTokenChecks,
    pub(crate) carriers: CarrierSettings,
    pub(crate) message_limits: MessageLimits,
    pub(crate) front_end: FrontEndOptions,
    pub(crate) breached_passwords: Option<PathBuf>,
    pub(crate) maxmind_file: Option<PathBuf>,
    pub(crate) user_event_log: Option<PathBuf>,
    pub(crate) user_event_webhook: Option<Url>,
    pub(crate) user_event_otlp: Option<Collector>,
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
            keep_audit_days: flags.keep_audit_days,
            encode_denials: flags.encode_denials,
            outbound_tokens: flags.outbound_tokens,
            outbound: flags.outbound()?,
            triggers: flags.triggers()?,
            other_sts: other_sts::read(&flags.aws_sts, &flags.s3_sts)?,
            access_tokens: access_tokens::read(
                &flags.facebook_app_secret,
                flags.facebook_url.as_ref(),
                flags.amazon_login_url.as_ref(),
            )?,
            carriers: flags.carriers()?,
            message_limits: flags.message_limits(),
            front_end: flags.front_end()?,
            passkey_origins: flags.passkey_origins()?,
            user_event_otlp: flags.collector()?,
            proxies: Proxies::new(flags.trusted_proxy),
            issuer: flags.issuer.unwrap_or(Issuer::Own),
            outbox: flags.outbox.or(in_data),
            data: (!flags.memory).then_some(data),
            database_url: flags.database_url,
            breached_passwords: flags.breached_passwords,
            maxmind_file: flags.maxmind_file,
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

    fn collector(&self) -> Result<Option<Collector>, Failure> {
        let token = self.user_event_otlp_token.as_deref();
        self.user_event_otlp.as_deref().map(|url| Collector::at(url, token)).transpose()
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
mod tests;
