//! Mails by SMTP.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use identity_kernel::entropy::{self, Entropy};
use identity_kernel::secret::SecretString;
use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport as _, Message as Mail, Tokio1Executor};
use userpool_core::model::pool::Contact;
use userpool_core::ports::{DeliveryError, Message, Messenger};

/// How long the mail server is waited for at each step, in seconds.
const PATIENCE: Duration = Duration::from_secs(10);

/// How a connection to the mail server is kept private.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum SmtpSecurity {
    /// Plain at first, TLS before anything is said (RFC 3207), and nothing is said where the server has none. Usually port 587.
    #[default]
    StartTls,
    /// TLS from the first byte (RFC 8314). Usually port 465.
    Tls,
    /// Plain: for a relay on this machine alone.
    PlainOnLoopback,
}

/// Which mail server, and as whom.
#[derive(Clone)]
pub struct SmtpSettings {
    /// Its name, which its certificate must bear.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept private.
    pub security: SmtpSecurity,
    /// The name and password to log in with; `None` to log in as nobody.
    pub login: Option<(String, SecretString)>,
    /// From whom mails come: `no-reply@example.com`, or `Example <no-reply@example.com>`.
    pub from: String,
    /// Certificate authorities (PEM) that are trusted beside the web's.
    pub authorities: Vec<Vec<u8>>,
}

impl fmt::Debug for SmtpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, security, login: _, from, authorities: _ } = self;
        f.debug_struct("SmtpSettings")
            .field("host", host)
            .field("port", port)
            .field("security", security)
            .field("from", from)
            .finish_non_exhaustive()
    }
}

/// Why a mail server cannot be used as it is described.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SmtpError {
    /// Not an address that mails can come from.
    #[error("mails cannot come from this address")]
    From(#[source] lettre::address::AddressError),
    /// A plain connection to another machine.
    #[error("a mail server on another machine is spoken to over TLS alone")]
    NotLoopback,
    /// A certificate authority cannot be read.
    #[error("the certificate authorities cannot be used")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// Sends mails through a mail server. What goes by telephone it refuses.
///
/// Connections are kept and used again. The body is HTML; the subject is one line, whatever the pool's text says.
pub struct SmtpMessenger {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    entropy: Arc<dyn Entropy>,
}

impl SmtpMessenger {
    /// Sends through this server. It is not asked yet.
    ///
    /// # Errors
    ///
    /// [`SmtpError`].
    pub fn new(settings: SmtpSettings, entropy: Arc<dyn Entropy>) -> Result<Self, SmtpError> {
        let SmtpSettings { host, port, security, login, from, authorities } = settings;
        let tls = match security {
            SmtpSecurity::StartTls => Tls::Required(parameters(&host, &authorities)?),
            SmtpSecurity::Tls => Tls::Wrapper(parameters(&host, &authorities)?),
            SmtpSecurity::PlainOnLoopback if is_loopback(&host) => Tls::None,
            SmtpSecurity::PlainOnLoopback => return Err(SmtpError::NotLoopback),
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host).port(port).tls(tls);
        if let Some((name, password)) = login {
            builder = builder.credentials(Credentials::new(name, password.expose().to_owned()));
        }
        let transport = builder.timeout(Some(PATIENCE)).build();
        Ok(Self { transport, from: from.parse().map_err(SmtpError::From)?, entropy })
    }

    fn mail(&self, message: &Message) -> Result<Mail, DeliveryError> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| DeliveryError(error);
        let to: Address = message.destination.parse().map_err(|error| failed(Box::new(error)))?;
        let domain = self.from.email.domain();
        let id = format!("<{}@{domain}>", entropy::uuid(self.entropy.as_ref()));
        let seconds = u64::try_from(message.time.epoch_seconds()).unwrap_or_default();
        let mail = Mail::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(one_line(&message.subject))
            .date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
            .message_id(Some(id))
            .header(ContentType::TEXT_HTML)
            .body(message.body.expose().to_owned());
        let mut mail = mail.map_err(|error| failed(Box::new(error)))?;
        // So that no robot answers (RFC 3834 §5).
        let name = HeaderName::new_from_ascii_str("Auto-Submitted");
        mail.headers_mut().insert_raw(HeaderValue::new(name, "auto-generated".to_owned()));
        Ok(mail)
    }
}

#[async_trait]
impl Messenger for SmtpMessenger {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        if message.medium != Contact::Email {
            return Err(DeliveryError("a mail server brings mails alone".into()));
        }
        let mail = self.mail(message)?;
        self.transport.send(mail).await.map(drop).map_err(|error| DeliveryError(Box::new(error)))
    }
}

fn parameters(host: &str, authorities: &[Vec<u8>]) -> Result<TlsParameters, SmtpError> {
    let mut builder = TlsParameters::builder(host.to_owned());
    for pem in authorities {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(SmtpError::Tls)?);
    }
    builder.build_rustls().map_err(SmtpError::Tls)
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.to_canonical().is_loopback())
}

/// A text without line breaks and other controls, which would end the header.
fn one_line(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

impl fmt::Debug for SmtpMessenger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpMessenger").field("from", &self.from).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_connection_is_for_this_machine_alone() {
        for (host, is) in
            [("localhost", true), ("127.0.0.1", true), ("::1", true), ("mail.example.com", false), ("10.0.0.1", false)]
        {
            assert_eq!(is_loopback(host), is, "{host}");
        }
    }

    #[test]
    fn a_subject_is_one_line() {
        assert_eq!(one_line("Hi\r\nBcc: eve@example.com"), "Hi  Bcc: eve@example.com");
    }
}
