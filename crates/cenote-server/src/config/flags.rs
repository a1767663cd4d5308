//! The flags of `cenote serve`.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args, ValueEnum};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use url::Url;

/// The flags of `cenote serve`. Each is also a key of the configuration file (without the dashes in front) and an
/// environment variable (`CENOTE_` and the name in upper case).
#[derive(Args, Clone, Default, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ServeFlags {
    /// A configuration file (TOML).
    #[arg(long, env = "CENOTE_CONFIG")]
    #[serde(skip)]
    pub(super) config: Option<PathBuf>,
    /// Where to listen: address and port, name and port, or a port alone on 127.0.0.1 [default: 127.0.0.1:9229].
    #[arg(long, env = "CENOTE_LISTEN")]
    pub(super) listen: Option<String>,
    /// Serve TLS with this certificate chain (PEM), read again when the file changes.
    #[arg(long, env = "CENOTE_TLS_CERT")]
    pub(super) tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM).
    #[arg(long, env = "CENOTE_TLS_KEY")]
    pub(super) tls_key: Option<PathBuf>,
    /// Serve plain http on an address that others reach: TLS ends in front of this server.
    #[arg(long, env = "CENOTE_INSECURE_HTTP", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    pub(super) insecure_http: bool,
    /// A proxy's address or network, whose X-Forwarded-For and X-Forwarded-Proto are believed; may be repeated.
    #[arg(long, env = "CENOTE_TRUSTED_PROXY", value_delimiter = ',', value_parser = network)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) trusted_proxy: Vec<IpNet>,
    /// The most connections at once; one source gets a quarter of them [default: 768].
    #[arg(long, env = "CENOTE_MAX_CONNECTIONS")]
    pub(super) max_connections: Option<usize>,
    /// Base of issuers, discovery and key sets [default: http:// and where it listens].
    #[arg(long, env = "CENOTE_PUBLIC_URL")]
    pub(super) public_url: Option<String>,
    /// How the issuer of tokens is written [default: own].
    #[arg(long, env = "CENOTE_ISSUER", value_enum)]
    pub(super) issuer: Option<Issuer>,
    /// The region of pools that are created without a signature [default: us-east-1].
    #[arg(long, env = "CENOTE_REGION")]
    pub(super) region: Option<String>,
    /// The account in ARNs, twelve digits [default: 123456789012].
    #[arg(long, env = "CENOTE_ACCOUNT_ID")]
    pub(super) account_id: Option<String>,
    /// The folder that keeps everything; with --database-url, only the master key and the outbox [default: ./cenote-data].
    #[arg(long, env = "CENOTE_DATA", conflicts_with = "memory")]
    pub(super) data: Option<PathBuf>,
    /// Keep everything in memory, and forget it at the end.
    #[arg(long, env = "CENOTE_MEMORY", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    pub(super) memory: bool,
    /// Keep everything in this PostgreSQL database (postgresql://...). A connection to another machine is encrypted, unless
    /// the URL says `sslmode=disable`. Nodes that share it need the same `master.key` in their data folders.
    #[arg(long, env = "CENOTE_DATABASE_URL", conflicts_with = "memory")]
    pub(super) database_url: Option<String>,
    /// An operator's access key, as KEY:SECRET, for as long as this server runs; may be repeated. Other users of the machine
    /// see it in the list of processes: prefer `CENOTE_ADMIN_KEY` or `--admin-key-file`.
    #[arg(long, env = "CENOTE_ADMIN_KEY", value_delimiter = ',', hide_env_values = true)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) admin_key: Vec<String>,
    /// A file of such keys, one a line. Without any key, one is made at first start, and kept.
    #[arg(long, env = "CENOTE_ADMIN_KEY_FILE")]
    pub(super) admin_key_file: Option<PathBuf>,
    /// Keep who is behind vended credentials for so many days after they have ended, for `cenote audit`. It is a write for each
    /// session that is vended. [default: nothing is kept]
    #[arg(long, env = "CENOTE_KEEP_AUDIT_DAYS")]
    pub(super) keep_audit_days: Option<u32>,
    /// Send an explanation along with denials by policies, sealed for `DecodeAuthorizationMessage` of STS.
    #[arg(long, env = "CENOTE_ENCODE_DENIALS", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    pub(super) encode_denials: bool,
    /// Give who holds credentials tokens about themselves for other services, by `GetWebIdentityToken` of STS.
    #[arg(long, env = "CENOTE_OUTBOUND_TOKENS", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    pub(super) outbound_tokens: bool,
    /// Append each message to this file as a JSON line [default: outbox.jsonl in the data folder].
    #[arg(long, env = "CENOTE_OUTBOX")]
    pub(super) outbox: Option<PathBuf>,
    /// The mail server that mails go through: `smtp://host:587` (TLS is begun before anything is said), `smtps://host:465`, or
    /// `smtp-plain://localhost:25` for a relay on this machine. Mails go to the outbox without one.
    #[arg(long, env = "CENOTE_SMTP_URL", requires = "smtp_from")]
    pub(super) smtp_url: Option<Url>,
    /// From whom mails come: `no-reply@example.com`, or `Example <no-reply@example.com>`.
    #[arg(long, env = "CENOTE_SMTP_FROM")]
    pub(super) smtp_from: Option<String>,
    /// Who logs in at the mail server, as NAME:PASSWORD. Prefer `CENOTE_SMTP_LOGIN`: other users of the machine see flags.
    #[arg(long, env = "CENOTE_SMTP_LOGIN", hide_env_values = true)]
    pub(super) smtp_login: Option<String>,
    /// Where text messages are handed over, as JSON by `POST`: https, or plain http to this machine. They go to the outbox
    /// without one.
    #[arg(long, env = "CENOTE_SMS_URL")]
    pub(super) sms_url: Option<Url>,
    /// A file of what is sent there: JSON in whose texts `{destination}` is the number and `{body}` the message
    /// [default: {"to": "{destination}", "text": "{body}"}].
    #[arg(long, env = "CENOTE_SMS_TEMPLATE")]
    pub(super) sms_template: Option<PathBuf>,
    /// A token that goes along as `Authorization: Bearer`. Prefer `CENOTE_SMS_TOKEN`.
    #[arg(long, env = "CENOTE_SMS_TOKEN", hide_env_values = true)]
    pub(super) sms_token: Option<String>,
    /// How many mails a pool sends in a day of UTC, unless it has a limit of its own (`cenote pool message-limits`); 0 for any
    /// number [default: 50000, with --compat any].
    #[arg(long, env = "CENOTE_MAILS_A_DAY")]
    pub(super) mails_a_day: Option<u32>,
    /// The same for text messages [default: 1000, with --compat any].
    #[arg(long, env = "CENOTE_TEXTS_A_DAY")]
    pub(super) texts_a_day: Option<u32>,
    /// The same for text messages in a month [default: 10000, with --compat any].
    #[arg(long, env = "CENOTE_TEXTS_A_MONTH")]
    pub(super) texts_a_month: Option<u32>,
    /// A network whose addresses may be called although they are private: of an identity provider in the same cluster, say;
    /// may be repeated.
    #[arg(long, env = "CENOTE_OUTBOUND_ALLOW", value_delimiter = ',', value_parser = network)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) outbound_allow: Vec<IpNet>,
    /// A file of certificate authorities (PEM) that identity providers may stand under, beside the web's.
    #[arg(long, env = "CENOTE_OUTBOUND_CA")]
    pub(super) outbound_ca: Option<PathBuf>,
    /// A proxy through which identity providers are called (http://host:port).
    #[arg(long, env = "CENOTE_OUTBOUND_PROXY")]
    pub(super) outbound_proxy: Option<Url>,
    /// An account whose roles' credentials Amazon's STS vends, as ACCOUNT=URL: `111122223333=https://sts.eu-west-1.amazonaws.com/`. It
    /// must trust the identity pools' issuers; may be repeated.
    #[arg(long, env = "CENOTE_AWS_STS", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) aws_sts: Vec<String>,
    /// The same for the STS of an S3 store (`MinIO`, Ceph, `SeaweedFS`), which takes no session tags.
    #[arg(long, env = "CENOTE_S3_STS", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) s3_sts: Vec<String>,
    /// The secret of an app of Facebook's, as APP=SECRET: by it the server asks whose an access token of that app is. Other users
    /// of the machine see it in the list of processes: prefer `CENOTE_FACEBOOK_APP_SECRET`. May be repeated.
    #[arg(long, env = "CENOTE_FACEBOOK_APP_SECRET", value_delimiter = ',', hide_env_values = true)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) facebook_app_secret: Vec<String>,
    /// Where Facebook's Graph API is asked about access tokens [default: `https://graph.facebook.com`].
    #[arg(long, env = "CENOTE_FACEBOOK_URL")]
    pub(super) facebook_url: Option<Url>,
    /// Where Login with Amazon is asked about access tokens [default: `https://api.amazon.com`].
    #[arg(long, env = "CENOTE_AMAZON_LOGIN_URL")]
    pub(super) amazon_login_url: Option<Url>,
    /// Where pools' trigger functions run: an address in front of `/2015-03-31/functions/`, as of Lambda's Invoke operation.
    #[arg(long, env = "CENOTE_LAMBDA_ENDPOINT")]
    pub(super) lambda_endpoint: Option<Url>,
    /// The access key that calls of functions are signed with, as KEY:SECRET. Prefer `CENOTE_LAMBDA_KEY`: other users of the
    /// machine see flags.
    #[arg(long, env = "CENOTE_LAMBDA_KEY", hide_env_values = true)]
    pub(super) lambda_key: Option<String>,
    /// A trigger function that is a webhook, as NAME=URL: a pool names it as `arn:aws:lambda:...:function:NAME`; may be
    /// repeated.
    #[arg(long, env = "CENOTE_WEBHOOK", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) webhook: Vec<String>,
    /// What webhooks are signed with: `whsec_` and 24 to 64 bytes in Base64. Prefer `CENOTE_WEBHOOK_SECRET`.
    #[arg(long, env = "CENOTE_WEBHOOK_SECRET", hide_env_values = true)]
    pub(super) webhook_secret: Option<String>,
    /// A file of 32 bytes in Base64, under which codes are encrypted for custom senders.
    #[arg(long, env = "CENOTE_SENDER_KEY_FILE")]
    pub(super) sender_key_file: Option<PathBuf>,
    /// A web origin (`https://app.example.com`) whose pages may sign users in; may be repeated. Every origin's may if none is
    /// named.
    #[arg(long, env = "CENOTE_WEB_ORIGIN", value_delimiter = ',', value_parser = origin)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) web_origin: Vec<String>,
    /// A web origin whose pages may administer, with signed calls; may be repeated. None may if none is named.
    #[arg(long, env = "CENOTE_ADMIN_ORIGIN", value_delimiter = ',', value_parser = origin)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) admin_origin: Vec<String>,
    /// An origin whose pages or apps register and use passkeys, besides https:// and a pool's relying party or what is below it:
    /// another port, `http://localhost:3000` while developing, `android:apk-key-hash:…`; may be repeated. No wildcards.
    #[arg(long, env = "CENOTE_PASSKEY_ORIGIN", value_delimiter = ',')]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) passkey_origin: Vec<String>,
    /// Take each signed call that changes something once only, on each node.
    #[arg(long, env = "CENOTE_REFUSE_REPLAYS", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    pub(super) refuse_replays: bool,
    /// Limit requests by category, of each pool or client and from each source [default: on, with --compat off].
    #[arg(long, env = "CENOTE_REQUEST_LIMITS", value_enum)]
    pub(super) request_limits: Option<Switch>,
    /// A folder of range files of breached passwords (Have I Been Pwned's downloader writes them: a file for each five hexadecimal
    /// digits), or the file that `cenote breached-passwords` makes of them, for pools that refuse such passwords [default: the most
    /// common passwords alone].
    #[arg(long, env = "CENOTE_BREACHED_PASSWORDS")]
    pub(super) breached_passwords: Option<PathBuf>,
    /// A database of MaxMind's form (`.mmdb`, GeoLite2 City or Country, say) that tells where addresses are, for pools that judge
    /// sign-ins [default: networks stand for places].
    #[arg(long, env = "CENOTE_MAXMIND_FILE")]
    pub(super) maxmind_file: Option<PathBuf>,
    /// Append the events of users to this file as JSON lines, of pools that have a log delivery for them.
    #[arg(long, env = "CENOTE_USER_EVENT_LOG")]
    pub(super) user_event_log: Option<PathBuf>,
    /// Post them to this address too (https, or an address that --outbound-allow names).
    #[arg(long, env = "CENOTE_USER_EVENT_WEBHOOK")]
    pub(super) user_event_webhook: Option<Url>,
    /// And to this OpenTelemetry collector, as logs (OTLP/HTTP in JSON; `/v1/logs` is put behind it): https, or plain http to this
    /// machine, as `http://localhost:4318`.
    #[arg(long, env = "CENOTE_USER_EVENT_OTLP")]
    pub(super) user_event_otlp: Option<String>,
    /// A token that goes along as `Authorization: Bearer`. Prefer `CENOTE_USER_EVENT_OTLP_TOKEN`.
    #[arg(long, env = "CENOTE_USER_EVENT_OTLP_TOKEN", hide_env_values = true)]
    pub(super) user_event_otlp_token: Option<String>,
    /// Begin pools with Cognito's looser defaults, as unmodified SDKs, Amplify and Terraform need them.
    #[arg(long, env = "CENOTE_COMPAT", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    pub(super) compat: bool,
    /// Serve /_cenote/reset, /_cenote/outbox and /_cenote/clock. Only on loopback.
    #[arg(long, env = "CENOTE_TEST_API", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    #[serde(skip_serializing_if = "is_false")]
    pub(super) test_api: bool,
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
pub(super) fn origin(text: &str) -> Result<String, String> {
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
