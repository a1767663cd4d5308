//! Who brings messages: a mail server, an SMS service, and the outbox for what neither brings.

use std::sync::Arc;

use async_trait::async_trait;
use cenote::adapters::{HttpClient, HttpSettings, SmsOverHttp, SmsSettings, SmtpMessenger, SmtpSecurity, SmtpSettings};
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

    fn is_prompt(&self) -> bool {
        self.mail.is_none() && self.sms.is_none() && self.outbox.is_prompt()
    }
}

/// The messenger that the operator asks for.
pub(crate) fn messenger(
    settings: &CarrierSettings,
    outbox: Everywhere,
    outbound: &HttpSettings,
) -> Result<Arc<dyn Messenger>, Failure> {
    let mail = settings.smtp.clone().map(|settings| SmtpMessenger::new(settings, Arc::new(SystemEntropy::new())));
    let mail = mail.transpose().map_err(|error| format!("--smtp-url, --smtp-from: {error}"))?;
    // The operator has written this address, and nobody else chooses it: one on this machine needs no TLS.
    let mut allowed = outbound.clone();
    allowed.http_on_loopback = true;
    let http = Arc::new(HttpClient::new(allowed).map_err(|error| error.to_string())?);
    let sms = settings.sms.clone().map(|settings| SmsOverHttp::new(settings, http));
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

    #[tokio::test]
    async fn text_messages_are_handed_over_in_the_clear_on_this_machine_alone() {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

        let service = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = format!("http://{}/send", service.local_addr().unwrap());
        let heard = tokio::spawn(async move {
            let (mut socket, _) = service.accept().await.unwrap();
            let mut request = vec![0; 4096];
            let length = socket.read(&mut request).await.unwrap();
            socket.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        let send = async |url: &str| {
            let settings =
                CarrierSettings { sms: Some(sms(url.parse().unwrap(), None, None).unwrap()), ..Default::default() };
            let messenger = messenger(&settings, Everywhere(Vec::new()), &HttpSettings::default()).unwrap();
            messenger.send(&text_message()).await
        };

        send(&near).await.unwrap();
        assert!(heard.await.unwrap().starts_with("POST /send HTTP/1.1"));
        for away in ["http://sms.example.com/send", "http://10.0.0.7/send"] {
            assert!(send(away).await.is_err(), "{away}");
        }
    }

    fn text_message() -> Message {
        Message {
            time: cenote::kernel::time::Timestamp::from_epoch_seconds(1_700_000_000),
            pool: "eu-west-1_AbCdEf123".parse().unwrap(),
            client: None,
            username: "ada".parse().unwrap(),
            sub: "00000000-0000-4000-8000-0000000000ff".parse().unwrap(),
            medium: Contact::PhoneNumber,
            destination: "+14155550199".to_owned(),
            reason: cenote::userpool::ports::MessageReason::SignUp,
            code: "123456".into(),
            subject: "Hello".to_owned(),
            body: "123456".into(),
        }
    }
}
