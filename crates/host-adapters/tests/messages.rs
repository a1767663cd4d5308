//! Messages over the network: mails by SMTP to a server on loopback, text messages by HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use host_adapters::{SmsOverHttp, SmsSettings, SmtpError, SmtpMessenger, SmtpSecurity, SmtpSettings};
use http::{HeaderMap, StatusCode};
use identity_kernel::entropy::SeededEntropy;
use identity_kernel::time::Timestamp;
use login_providers::http::{HttpError, HttpPort, HttpRequest, HttpResponse};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use userpool_core::model::pool::Contact;
use userpool_core::ports::{Message, MessageReason, Messenger as _};

fn message(medium: Contact, destination: &str) -> Message {
    Message {
        time: Timestamp::from_epoch_seconds(1_793_696_707),
        pool: "us-east-1_Messages1".parse().unwrap(),
        client: None,
        username: "ada".parse().unwrap(),
        sub: "01234567-89ab-4cde-8f01-23456789abcd".parse().unwrap(),
        medium,
        destination: destination.to_owned(),
        reason: MessageReason::SignUp,
        code: "123456".into(),
        subject: "Ünï code\r\nBcc: eve@example.com".to_owned(),
        body: "<p>Your code is <b>123456</b>. Grüße</p>".into(),
    }
}

/// A mail server that takes everything and writes the dialogue down.
struct MailServer {
    port: u16,
    authority: Vec<u8>,
    said: Arc<Mutex<Vec<String>>>,
}

/// How the server on loopback speaks.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Speaks {
    Plain,
    StartTls,
    Tls,
}

impl MailServer {
    async fn start(speaks: Speaks) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let chain = vec![CertificateDer::from(certified.cert.der().to_vec())];
        let config = config.with_no_client_auth().with_single_cert(chain, key.into()).unwrap();
        let (tls, said) = (TlsAcceptor::from(Arc::new(config)), Arc::new(Mutex::new(Vec::new())));
        let server = Self { port, authority: certified.cert.pem().into_bytes(), said: Arc::clone(&said) };
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (tls, said) = (tls.clone(), Arc::clone(&said));
                tokio::spawn(async move {
                    match speaks {
                        Speaks::Plain => drop(dialogue(socket, &said, false, true).await),
                        Speaks::StartTls => {
                            let Some(socket) = dialogue(socket, &said, true, true).await else { return };
                            let Ok(socket) = tls.accept(socket).await else { return };
                            said.lock().unwrap().push("(tls)".to_owned());
                            drop(dialogue(socket, &said, false, false).await);
                        }
                        Speaks::Tls => {
                            let Ok(socket) = tls.accept(socket).await else { return };
                            drop(dialogue(socket, &said, false, true).await);
                        }
                    }
                });
            }
        });
        server
    }

    fn settings(&self, security: SmtpSecurity) -> SmtpSettings {
        SmtpSettings {
            host: "localhost".to_owned(),
            port: self.port,
            security,
            login: Some(("robot".to_owned(), "hunter2".into())),
            from: "Example <no-reply@example.com>".to_owned(),
            authorities: vec![self.authority.clone()],
        }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }
}

/// Speaks SMTP until the client leaves, or asks for TLS: then it gives the connection back.
async fn dialogue<S: AsyncRead + AsyncWrite + Unpin>(
    socket: S,
    said: &Mutex<Vec<String>>,
    tls: bool,
    greet: bool,
) -> Option<S> {
    let mut socket = BufReader::new(socket);
    if greet {
        socket.write_all(b"220 localhost ESMTP\r\n").await.ok()?;
    }
    let mut in_data = false;
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        said.lock().unwrap().push(line.clone());
        let command = line.to_uppercase();
        let answer = match command.split(' ').next().unwrap_or_default() {
            _ if in_data && line == "." => {
                in_data = false;
                "250 taken\r\n"
            }
            _ if in_data => continue,
            "EHLO" if tls => "250-localhost\r\n250-8BITMIME\r\n250 STARTTLS\r\n",
            "EHLO" => "250-localhost\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n",
            "STARTTLS" if tls => {
                socket.write_all(b"220 go on\r\n").await.ok()?;
                return Some(socket.into_inner());
            }
            "AUTH" => "235 welcome\r\n",
            "DATA" => {
                in_data = true;
                "354 go on\r\n"
            }
            "RCPT" if command.contains("NOBODY@") => "550 no such mailbox\r\n",
            "QUIT" => "221 bye\r\n",
            _ => "250 ok\r\n",
        };
        socket.write_all(answer.as_bytes()).await.ok()?;
    }
}

fn smtp(settings: SmtpSettings) -> SmtpMessenger {
    SmtpMessenger::new(settings, Arc::new(SeededEntropy::new(7))).unwrap()
}

#[tokio::test]
async fn a_mail_reaches_a_mail_server_over_tls_of_either_kind() {
    for (speaks, security) in [(Speaks::StartTls, SmtpSecurity::StartTls), (Speaks::Tls, SmtpSecurity::Tls)] {
        let server = MailServer::start(speaks).await;

        smtp(server.settings(security)).send(&message(Contact::Email, "ada@example.com")).await.unwrap();

        let said = server.said();
        assert!(
            said.contains("RCPT TO:<ada@example.com>") && said.contains("MAIL FROM:<no-reply@example.com>"),
            "{said}"
        );
        assert!(said.contains("AUTH PLAIN AHJvYm90AGh1bnRlcjI="), "{said}");
        assert!(said.contains("To: ada@example.com") && said.contains("Auto-Submitted: auto-generated"), "{said}");
        assert!(said.contains("Date: Tue, 03 Nov 2026") && said.contains("@example.com>"), "{said}");
        assert!(said.contains("Content-Type: text/html; charset=utf-8") && said.contains("<b>123456</b>"), "{said}");
        assert!(!said.lines().any(|line| line.starts_with("Bcc")), "{said}");
        if security == SmtpSecurity::StartTls {
            let plain: Vec<&str> = said.lines().take_while(|line| *line != "(tls)").collect();
            assert!(plain.iter().all(|line| line.starts_with("EHLO") || *line == "STARTTLS"), "{plain:?}");
        }
    }
}

#[tokio::test]
async fn nothing_is_said_to_a_mail_server_without_tls_or_with_a_certificate_that_nobody_trusts() {
    let plain = MailServer::start(Speaks::Plain).await;
    let refused = smtp(plain.settings(SmtpSecurity::StartTls)).send(&message(Contact::Email, "ada@example.com")).await;
    assert!(refused.is_err());
    assert!(plain.said().lines().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{}", plain.said());

    let server = MailServer::start(Speaks::Tls).await;
    let settings = SmtpSettings { authorities: Vec::new(), ..server.settings(SmtpSecurity::Tls) };
    assert!(smtp(settings).send(&message(Contact::Email, "ada@example.com")).await.is_err());
    assert_eq!(server.said(), "");
}

#[tokio::test]
async fn a_plain_connection_is_refused_but_to_this_machine() {
    let server = MailServer::start(Speaks::Plain).await;
    let away = SmtpSettings { host: "mail.example.com".to_owned(), ..server.settings(SmtpSecurity::PlainOnLoopback) };
    let refused = SmtpMessenger::new(away, Arc::new(SeededEntropy::new(7)));
    assert!(matches!(refused, Err(SmtpError::NotLoopback)));

    let near = SmtpSettings { login: None, ..server.settings(SmtpSecurity::PlainOnLoopback) };
    smtp(near).send(&message(Contact::Email, "ada@example.com")).await.unwrap();
    assert!(server.said().contains("RCPT TO:<ada@example.com>"));
}

#[tokio::test]
async fn a_mailbox_that_is_none_is_told_and_an_address_adds_no_command() {
    let server = MailServer::start(Speaks::Tls).await;
    let messenger = smtp(server.settings(SmtpSecurity::Tls));

    assert!(messenger.send(&message(Contact::Email, "nobody@example.com")).await.is_err());
    for forged in ["ada@example.com>\r\nRCPT TO:<eve@example.com", "ada@example.com, eve@example.com", "no address"] {
        assert!(messenger.send(&message(Contact::Email, forged)).await.is_err(), "{forged}");
    }
    assert!(messenger.send(&message(Contact::PhoneNumber, "+14155550199")).await.is_err());
    assert!(!server.said().contains("eve@example.com"));
}

/// Keeps what is sent, and answers with a status.
struct Api(Mutex<Vec<HttpRequest>>, StatusCode);

#[async_trait]
impl HttpPort for Api {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.0.lock().unwrap().push(request);
        Ok(HttpResponse { status: self.1, headers: HeaderMap::new(), body: Vec::new() })
    }
}

#[tokio::test]
async fn a_text_message_is_handed_to_an_http_api_once() {
    for (status, taken) in [(StatusCode::ACCEPTED, true), (StatusCode::INTERNAL_SERVER_ERROR, false)] {
        let api = Arc::new(Api(Mutex::default(), status));
        let mut settings = SmsSettings::new("https://sms.example.com/send".parse().unwrap());
        settings.token = Some("t0ken".into());
        let messenger = SmsOverHttp::new(settings, Arc::clone(&api) as _);

        let sent = messenger.send(&message(Contact::PhoneNumber, "+14155550199")).await;

        assert_eq!(sent.is_ok(), taken);
        assert!(messenger.send(&message(Contact::Email, "ada@example.com")).await.is_err());
        let requests = api.0.lock().unwrap();
        let [request] = requests.as_slice() else { panic!("{requests:?}") };
        let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body, serde_json::json!({"to": "+14155550199", "text": message(Contact::Email, "").body.expose()}));
        assert_eq!(request.headers["authorization"], "Bearer t0ken");
    }
}
