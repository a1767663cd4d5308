use axum::routing::post;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::oneshot;

use super::*;

#[tokio::test]
async fn a_call_is_answered_with_who_called() {
    let server = Server::start(limits(), &[]).await;

    let answer = server.exchange(CLOSING).await;

    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("hi of 127.0.0.1, secure: false"),
        "{answer}"
    );
    assert!(answer.contains("x-content-type-options: nosniff\r\n"), "{answer}");
    assert!(!answer.contains("strict-transport-security"), "{answer}");
}

#[tokio::test]
async fn behind_a_trusted_proxy_the_caller_is_whom_the_proxy_names_and_browsers_are_told_to_stay_with_tls() {
    let server = Server::start(limits(), &["127.0.0.0/8"]).await;
    let told = b"POST / HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 203.0.113.9\r\nx-forwarded-proto: https\r\n\
                 connection: close\r\ncontent-length: 2\r\n\r\nhi";

    let answer = server.exchange(told).await;

    assert!(answer.ends_with("hi of 203.0.113.9, secure: true"), "{answer}");
    assert!(answer.contains("strict-transport-security: max-age=63072000\r\n"), "{answer}");
}

#[tokio::test]
async fn line_119_a_connection_that_sends_no_whole_head_in_time_is_closed() {
    for sent in [b"".as_slice(), b"POST / HTTP/1.1\r\nhost: x\r\n"] {
        let server = Server::start(Limits { head: Duration::from_millis(200), ..limits() }, &[]).await;

        server.exchange(sent).await;
    }
}

#[tokio::test]
async fn line_119_a_connection_on_which_nothing_moves_is_closed() {
    let server = Server::start(Limits { idle: Duration::from_millis(200), ..limits() }, &[]).await;

    // As HTTP/2 begins, whose heads have no time of their own.
    server.exchange(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await;
}

#[tokio::test]
async fn line_119_a_body_that_does_not_end_in_time_is_refused_and_its_connection_closed() {
    let server = Server::start(Limits { body: Duration::from_millis(200), ..limits() }, &[]).await;

    let answer = server.exchange(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nhi").await;

    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

#[tokio::test]
async fn line_119_a_source_has_its_part_of_the_connections_and_no_more() {
    let server = Server::start(Limits { connections_each: 2, ..limits() }, &[]).await;
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    for connection in [&mut first, &mut second] {
        connection.write_all(REQUEST).await.unwrap();
        assert!(connection.read(&mut [0; 64]).await.unwrap() > 0);
    }

    let third = server.exchange(REQUEST).await;
    assert_eq!(third, "");

    first.shutdown().await.unwrap();
    first.read_to_end(&mut Vec::new()).await.unwrap();
    // The place is free a moment after the connection has ended.
    let again = async {
        loop {
            if server.exchange(CLOSING).await.starts_with("HTTP/1.1 200") {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), again).await.expect("a place");
}

#[tokio::test]
async fn line_119_an_http_2_connection_carries_32_requests_at_once() {
    let server = Server::start(Limits { idle: Duration::from_millis(500), ..limits() }, &[]).await;
    let mut connection = server.connect().await;
    connection.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();

    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(20), connection.read_to_end(&mut answer)).await;

    // SETTINGS_MAX_CONCURRENT_STREAMS is 3 (RFC 9113 §6.5.2).
    let streams = answer.get(9..).unwrap_or_default().chunks(6).find(|setting| setting.starts_with(&[0, 3]));
    assert_eq!(streams, Some([0, 3, 0, 0, 0, 32].as_slice()), "{answer:?}");
}

#[tokio::test]
async fn a_call_that_has_begun_ends_before_the_server_does() {
    let server = Server::start(limits(), &[]).await;
    let mut connection = server.connect().await;
    connection.write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nh").await.unwrap();
    let mut first = [0; 1];
    // The answer to another call shows that the first one has come in.
    assert!(server.exchange(CLOSING).await.starts_with("HTTP/1.1 200"));

    let Server { stop, ended, .. } = server;
    stop.send(()).unwrap();
    connection.write_all(b"i").await.unwrap();

    assert_eq!(connection.read(&mut first).await.unwrap(), 1);
    tokio::time::timeout(Duration::from_secs(20), ended).await.expect("an end").unwrap();
}

const REQUEST: &[u8] = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi";
const CLOSING: &[u8] = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi";

fn limits() -> Limits {
    Limits::with_connections(64)
}

struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<()>,
}

impl Server {
    async fn start(limits: Limits, trusted: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let echo = |axum::Extension(peer): axum::Extension<Peer>, body: String| async move {
            let address = peer.address.map(|address| address.to_string()).unwrap_or_default();
            format!("{body} of {address}, secure: {}", peer.secure)
        };
        let proxies = Proxies::new(trusted.iter().map(|network| network.parse().unwrap()).collect());
        let server = HttpServer::new(Router::new().route("/", post(echo)), None, proxies, limits);
        let (stop, told) = oneshot::channel();
        let ended = tokio::spawn(server.serve(listener, async { drop(told.await) }));
        Self { address, stop, ended }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// What comes back until the server closes the connection, which it must.
    async fn exchange(&self, sent: &[u8]) -> String {
        let mut connection = self.connect().await;
        let _ = connection.write_all(sent).await;
        let mut answer = Vec::new();
        let reading = connection.read_to_end(&mut answer);
        let _ = tokio::time::timeout(Duration::from_secs(20), reading).await.expect("the connection must be closed");
        String::from_utf8_lossy(&answer).into_owned()
    }
}
