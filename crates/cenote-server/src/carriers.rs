//! Who brings messages: a mail server, an SMS service, and the outbox for what neither brings.

use std::sync::Arc;

use async_trait::async_trait;
use cenote::adapters::{HttpClient, SmsOverHttp, SmsSettings, SmtpMessenger, SmtpSecurity, SmtpSettings};
use cenote::kernel::entropy::SystemEntropy;
use cenote::kernel::secret::SecretString;
use cenote::userpool::model::pool::Contact;
use cenote::userpool::ports::{DeliveryError, Message, Messenger};
use url::Url;

use crate::Failure;
use crate::messengers::Everywhere;

/// What the operator has said of mails and text messages.
#[derive(Default)]
pub(crate) struct CarrierSettings {
    pub(crate) smtp: Option<SmtpSettings>,
    pub(crate) sms: Option<SmsSettings>,
}

/// The mail server at this address.
pub(crate) fn smtp(
    url: &Url,
    from: String,
    login: Option<(String, SecretString)>,
    authorities: Vec<Vec<u8>>,
) -> Result<SmtpSettings, Failure> {
    let (security, usual) = match url.scheme() {
        "smtp" => (SmtpSecurity::StartTls, 587),
        "smtps" => (SmtpSecurity::Tls, 465),
        "smtp-plain" => (SmtpSecurity::PlainOnLoopback, 25),
        _ => return Err(format!("--smtp-url {url}: neither smtp:// nor smtps:// nor smtp-plain://").into()),
    };
    let host = url.host_str().ok_or_else(|| format!("--smtp-url {url}: it names no host"))?.to_owned();
    if !url.username().is_empty() || url.password().is_some() {
        return Err("--smtp-url: the name and password are given by --smtp-login".into());
    }
    Ok(SmtpSettings { host, port: url.port().unwrap_or(usual), security, login, from, authorities })
}

/// The SMS service at this address.
pub(crate) fn sms(url: Url, template: Option<&[u8]>, token: Option<&str>) -> Result<SmsSettings, Failure> {
    let mut settings = SmsSettings::new(url);
    if let Some(template) = template {
        settings.template =
            serde_json::from_slice(template).map_err(|error| format!("--sms-template: not JSON: {error}"))?;
    }
    settings.token = token.map(SecretString::from);
    Ok(settings)
}

/// Hands each message to whoever brings its kind. The outbox keeps what nobody brings.
struct Carriers {
    mail: Option<SmtpMessenger>,
    sms: Option<SmsOverHttp>,
    outbox: Everywhere,
}

#[async_trait]
impl Messenger for Carriers {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        match (message.medium, &self.mail, &self.sms) {
            (Contact::Email, Some(mail), _) => mail.send(message).await,
            (Contact::PhoneNumber, _, Some(sms)) => sms.send(message).await,
            _ => self.outbox.send(message).await,
        }
    }
}

/// The messenger that the operator asks for.
pub(crate) fn messenger(
    settings: &CarrierSettings,
    outbox: Everywhere,
    http: &Arc<HttpClient>,
) -> Result<Arc<dyn Messenger>, Failure> {
    let mail = settings.smtp.clone().map(|settings| SmtpMessenger::new(settings, Arc::new(SystemEntropy::new())));
    let mail = mail.transpose().map_err(|error| format!("--smtp-url, --smtp-from: {error}"))?;
    let sms = settings.sms.clone().map(|settings| SmsOverHttp::new(settings, Arc::clone(http) as _));
    Ok(Arc::new(Carriers { mail, sms, outbox }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_servers_address_says_how_it_is_spoken_to_and_holds_no_password() {
        let of = |url: &str| smtp(&url.parse().unwrap(), "a@b.example".to_owned(), None, Vec::new());

        for (url, security, port) in [
            ("smtp://mail.example.com", SmtpSecurity::StartTls, 587),
            ("smtps://mail.example.com:2465", SmtpSecurity::Tls, 2465),
            ("smtp-plain://localhost", SmtpSecurity::PlainOnLoopback, 25),
        ] {
            let settings = of(url).unwrap();
            assert_eq!((settings.security, settings.port), (security, port), "{url}");
        }
        for bad in ["http://mail.example.com", "smtp://robot:pw@mail.example.com", "smtp:mail"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }
}
