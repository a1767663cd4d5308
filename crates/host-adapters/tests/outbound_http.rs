//! What the way out refuses, each for its own reason: asked of a TLS server on loopback under a throw-away authority, which
//! would answer gladly. Requirement line 13, its transport half.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use host_adapters::{HttpClient, HttpSettings};
use http::{Method, StatusCode};
use login_providers::http::{HttpError, HttpPort as _, HttpRequest, HttpResponse, Limits};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use url::Url;

const OK: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 5\r\n\r\nhello";

#[tokio::test]
async fn what_the_operator_allows_is_asked_over_tls() {
    let server = Server::answering(OK).await;
    let client = client(|settings| server.allow(settings));

    for host in ["localhost", "127.0.0.1"] {
        let answer = get(&client, &server.url("https", host)).await.unwrap();

        assert_eq!((answer.status, answer.body.as_slice()), (StatusCode::OK, b"hello".as_slice()), "{host}");
    }
}

#[tokio::test]
async fn a_request_carries_its_method_headers_and_body() {
    let server = Server::echoing().await;
    let client = client(|settings| server.allow(settings));
    let mut request = HttpRequest::post(server.url("https", "localhost"), "text/plain", b"grant_type=code".to_vec());
    request.headers.insert("authorization", "Basic eDp5".parse().unwrap());

    let answer = client.send(request).await.unwrap();

    let seen = String::from_utf8(answer.body).unwrap().to_lowercase();
    assert!(seen.starts_with("post /path http/1.1\r\n"), "{seen}");
    assert!(seen.contains("content-type: text/plain") && seen.contains("authorization: basic edp5"), "{seen}");
    assert!(seen.ends_with("grant_type=code"), "{seen}");
}

#[tokio::test]
async fn line_13_plain_http_is_refused() {
    let server = Server::plain(OK).await;
    let client = client(|settings| server.allow(settings));

    for host in ["localhost", "127.0.0.1"] {
        let refused = get(&client, &server.url("http", host)).await;

        assert!(matches!(refused, Err(HttpError::NotHttps)), "{host}: {refused:?}");
    }
}

#[tokio::test]
async fn plain_http_is_allowed_to_this_machine_alone_and_only_where_the_operator_says_so() {
    let server = Server::plain(OK).await;
    let client = client(|settings| settings.http_on_loopback = true);

    for host in ["localhost", "127.0.0.1"] {
        assert!(get(&client, &server.url("http", host)).await.is_ok(), "{host}");
    }
    for elsewhere in ["http://192.0.2.1/", "http://10.0.0.1/", "http://idp.example/"] {
        let refused = get(&client, &elsewhere.parse().unwrap()).await;

        assert!(matches!(refused, Err(HttpError::NotHttps)), "{elsewhere}: {refused:?}");
    }
}

#[tokio::test]
async fn line_13_a_private_address_that_is_written_is_refused() {
    let server = Server::answering(OK).await;
    let client = client(|settings| settings.authorities.push(server.authority.clone()));

    for host in ["127.0.0.1", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433"] {
        let refused = get(&client, &server.url("https", host)).await;

        assert!(matches!(refused, Err(HttpError::AddressNotAllowed)), "{host}: {refused:?}");
    }
}

#[tokio::test]
async fn line_13_a_name_that_leads_to_a_private_address_is_refused() {
    let server = Server::answering(OK).await;
    let client = client(|settings| settings.authorities.push(server.authority.clone()));

    let refused = get(&client, &server.url("https", "localhost")).await;

    assert!(matches!(refused, Err(HttpError::AddressNotAllowed)), "{refused:?}");
}

#[tokio::test]
async fn line_13_a_redirect_is_refused() {
    for status in ["301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent"] {
        let target = Server::answering(OK).await;
        let away = target.url("https", "localhost");
        let server =
            Server::answering(&format!("HTTP/1.1 {status}\r\nlocation: {away}\r\ncontent-length: 0\r\n\r\n")).await;
        let client = client(|settings| {
            server.allow(settings);
            target.allow(settings);
        });

        let refused = get(&client, &server.url("https", "localhost")).await;

        assert!(matches!(refused, Err(HttpError::Redirected)), "{status}: {refused:?}");
    }
}

#[tokio::test]
async fn line_13_an_answer_larger_than_the_limit_is_refused_whether_it_says_its_length_or_not() {
    let body = "x".repeat(1001);
    for head in ["connection: close\r\ncontent-length: 1001", "connection: close"] {
        let server = Server::answering(&format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}")).await;
        let client = client(|settings| server.allow(settings));
        let ask = |body_bytes| {
            let limits = Limits { body_bytes, ..Limits::default() };
            client.send(HttpRequest::get(server.url("https", "localhost")).within(limits))
        };

        let refused = ask(1000).await;

        assert!(matches!(refused, Err(HttpError::AnswerTooLarge { limit: 1000 })), "{head}: {refused:?}");
        assert_eq!(ask(1001).await.unwrap().body.len(), 1001, "{head}");
    }
}

#[tokio::test]
async fn line_13_the_limits_are_one_mebibyte_and_five_seconds_unless_something_else_is_said() {
    let limits = HttpRequest::get("https://idp.example".parse().unwrap()).limits;

    assert_eq!(limits, Limits { body_bytes: 1_048_576, timeout: Duration::from_secs(5) });
}

#[tokio::test]
async fn line_13_an_answer_that_does_not_come_or_does_not_end_in_time_is_refused() {
    for begun in ["", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel"] {
        let server = Server::falling_silent_after(begun).await;
        let client = client(|settings| server.allow(settings));
        let limits = Limits { timeout: Duration::from_millis(300), ..Limits::default() };
        let call = client.send(HttpRequest::get(server.url("https", "localhost")).within(limits));

        let refused = tokio::time::timeout(Duration::from_secs(20), call).await.expect("an end");

        assert!(matches!(refused, Err(HttpError::TimedOut { after }) if after == limits.timeout), "{refused:?}");
    }
}

#[tokio::test]
async fn a_server_under_an_authority_that_nobody_has_named_is_not_trusted() {
    let server = Server::answering(OK).await;
    let client = client(|settings| settings.allowed_networks.push("127.0.0.0/8".parse().unwrap()));

    let refused = get(&client, &server.url("https", "127.0.0.1")).await;

    assert!(matches!(refused, Err(HttpError::NotTrusted(_))), "{refused:?}");
}

#[tokio::test]
async fn a_place_where_nobody_listens_is_a_failed_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let client = client(|settings| settings.allowed_networks.push("127.0.0.0/8".parse().unwrap()));

    let refused = get(&client, &url).await;

    assert!(matches!(refused, Err(HttpError::Connection(_))), "{refused:?}");
}

#[tokio::test]
async fn everything_goes_through_the_proxy_that_the_operator_names() {
    let proxy = Server::plain("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await;
    let client = client(|settings| settings.proxy = Some(proxy.url("http", "localhost")));

    let refused = get(&client, &"https://idp.example/keys".parse().unwrap()).await;
    let private = get(&client, &"https://10.0.0.1/keys".parse().unwrap()).await;

    assert!(matches!(refused, Err(HttpError::Connection(_))), "{refused:?}");
    assert!(matches!(private, Err(HttpError::AddressNotAllowed)), "{private:?}");
    assert_eq!(proxy.first_lines(), ["CONNECT idp.example:443 HTTP/1.1"]);
}

#[test]
fn an_authority_that_cannot_be_read_is_told() {
    let mut settings = HttpSettings::default();
    settings.authorities.push(b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n".to_vec());

    assert!(matches!(HttpClient::new(settings), Err(HttpError::InvalidRequest(_))));
}

fn client(set: impl FnOnce(&mut HttpSettings)) -> HttpClient {
    let mut settings = HttpSettings::default();
    set(&mut settings);
    HttpClient::new(settings).expect("a client")
}

async fn get(client: &HttpClient, url: &Url) -> Result<HttpResponse, HttpError> {
    assert_eq!(HttpRequest::get(url.clone()).method, Method::GET);
    client.send(HttpRequest::get(url.clone())).await
}

/// A server on loopback that answers every call alike.
struct Server {
    address: SocketAddr,
    /// The certificate authority it stands under, as PEM.
    authority: Vec<u8>,
    seen: Arc<std::sync::Mutex<Vec<String>>>,
}

#[derive(Clone)]
enum Answer {
    Text(String),
    Echo,
    Silence(String),
}

impl Server {
    async fn answering(answer: &str) -> Self {
        Self::start(Answer::Text(answer.to_owned()), true).await
    }

    async fn plain(answer: &str) -> Self {
        Self::start(Answer::Text(answer.to_owned()), false).await
    }

    async fn echoing() -> Self {
        Self::start(Answer::Echo, true).await
    }

    async fn falling_silent_after(begun: &str) -> Self {
        Self::start(Answer::Silence(begun.to_owned()), true).await
    }

    async fn start(answer: Answer, tls: bool) -> Self {
        let (authority, config) = certificate();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let lines = Arc::clone(&seen);
        tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(Arc::new(config));
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, answer, lines) = (acceptor.clone(), answer.clone(), Arc::clone(&lines));
                tokio::spawn(async move {
                    if !tls {
                        serve(stream, answer, &lines).await;
                    } else if let Ok(stream) = acceptor.accept(stream).await {
                        serve(stream, answer, &lines).await;
                    }
                });
            }
        });
        Self { address, authority, seen }
    }

    fn allow(&self, settings: &mut HttpSettings) {
        settings.allowed_networks.push("127.0.0.0/8".parse().unwrap());
        settings.authorities.push(self.authority.clone());
    }

    fn url(&self, scheme: &str, host: &str) -> Url {
        format!("{scheme}://{host}:{}/path", self.address.port()).parse().unwrap()
    }

    fn first_lines(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// A certificate for this machine, and the authority that has signed it.
fn certificate() -> (Vec<u8>, ServerConfig) {
    let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let authority = parameters.self_signed(&authority_key).unwrap();
    let issuer = rcgen::Issuer::new(parameters, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let names = ["localhost", "127.0.0.1"].map(str::to_owned).to_vec();
    let own = rcgen::CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let chain = vec![CertificateDer::from(own.der().to_vec())];
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key.into())
        .unwrap();
    (authority.pem().into_bytes(), config)
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    answer: Answer,
    lines: &std::sync::Mutex<Vec<String>>,
) {
    let asked = request(&mut stream).await;
    lines.lock().unwrap().push(asked.lines().next().unwrap_or_default().to_owned());
    let text = match &answer {
        Answer::Text(text) | Answer::Silence(text) => text.clone(),
        Answer::Echo => {
            format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{asked}", asked.len())
        }
    };
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.flush().await;
    if matches!(answer, Answer::Silence(_)) {
        // Until the other side goes away.
        let _ = stream.read(&mut [0; 1]).await;
    }
    let _ = stream.shutdown().await;
}

/// A whole request, as far as its head and a `content-length` say.
async fn request<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return text;
            }
        }
        match stream.read(&mut chunk).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&chunk[..read]),
            _ => return text,
        }
    }
}
