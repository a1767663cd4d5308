//! Connections: taken, limited, and led to the router.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::header::{STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Request, Response};
use axum::response::IntoResponse as _;
use cenote::adapters::{Source, accept};
use cognito_http::Peer;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tower::Service as _;

use crate::net::bodies::Bodies;
use crate::net::proxies::Proxies;
use crate::net::shares::{Share, Shares};
use crate::tls::Certificate;

/// What one server gives its callers at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Connections at once.
    pub(crate) connections: usize,
    /// Connections of one source at once, proxies that are trusted aside.
    pub(crate) connections_each: usize,
    /// From a connection's begin to its first byte, for a TLS handshake, and from the end of a request to the end of the next
    /// one's head.
    pub(crate) head: Duration,
    /// For a body.
    pub(crate) body: Duration,
    /// For anything at all to move.
    pub(crate) idle: Duration,
    /// Requests at once on one HTTP/2 connection.
    pub(crate) streams: u32,
    /// Bytes of bodies that are being read or worked on; a source has a quarter of it.
    pub(crate) memory: usize,
    /// For calls that have begun, when the server is told to stop.
    pub(crate) farewell: Duration,
}

impl Limits {
    /// For so many connections; a source has a quarter of them.
    pub(crate) fn with_connections(connections: usize) -> Self {
        Self {
            connections,
            connections_each: connections.div_ceil(4),
            head: Duration::from_secs(30),
            body: Duration::from_secs(20),
            idle: Duration::from_mins(1),
            streams: 32,
            memory: 64 * 1024 * 1024,
            farewell: Duration::from_secs(10),
        }
    }
}

/// Where callers come in.
pub(crate) struct HttpServer {
    app: Router,
    certificate: Option<Certificate>,
    proxies: Proxies,
    limits: Limits,
    connections: Arc<Shares>,
    bodies: Bodies,
}

impl HttpServer {
    pub(crate) fn new(app: Router, certificate: Option<Certificate>, proxies: Proxies, limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            app,
            certificate,
            proxies,
            limits,
            connections: Shares::new(limits.connections, limits.connections_each),
            bodies: Bodies { memory: Shares::new(limits.memory, limits.memory / 4), time: limits.body },
        })
    }

    /// Serves until `told`, and then lets calls that have begun end.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener, told: impl Future<Output = ()>) {
        let (graceful, mut told) = (GracefulShutdown::new(), pin!(told));
        loop {
            let (stream, from) = tokio::select! {
                accepted = accept(&listener) => accepted,
                () = &mut told => break,
            };
            // One connection too many is closed at once.
            let Some(place) = self.place(from) else { continue };
            tokio::spawn(Arc::clone(&self).attend(stream, from, graceful.watcher(), place));
        }
        drop(listener);
        let _ = tokio::time::timeout(self.limits.farewell, graceful.shutdown()).await;
    }

    fn place(&self, from: SocketAddr) -> Option<Share> {
        let proxied = self.proxies.trusts(from.ip());
        self.connections.take((!proxied).then(|| Source::of(from.ip())), 1)
    }

    /// One connection, from its begin to its end.
    async fn attend(self: Arc<Self>, stream: TcpStream, from: SocketAddr, watcher: Watcher, _place: Share) {
        let _ = stream.set_nodelay(true);
        if !matches!(tokio::time::timeout(self.limits.head, stream.peek(&mut [0])).await, Ok(Ok(1))) {
            return;
        }
        let mut stream = TimeoutStream::new(stream);
        stream.set_read_timeout(Some(self.limits.idle));
        stream.set_write_timeout(Some(self.limits.idle));
        let stream = Box::pin(stream);
        let Some(certificate) = &self.certificate else { return self.converse(stream, from, false, watcher).await };
        let handshake = certificate.acceptor().accept(stream);
        if let Ok(Ok(stream)) = tokio::time::timeout(self.limits.head, handshake).await {
            self.converse(stream, from, true, watcher).await;
        }
    }

    /// Requests and answers. A connection that breaks is its caller's matter.
    async fn converse<S>(self: Arc<Self>, stream: S, from: SocketAddr, tls: bool, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (head, streams) = (self.limits.head, self.limits.streams);
        let answer = service_fn(move |request| {
            let server = Arc::clone(&self);
            async move { server.answer(request, from, tls).await }
        });
        let mut builder = Builder::new(TokioExecutor::new());
        builder.http1().timer(TokioTimer::new()).header_read_timeout(head).max_buf_size(64 * 1024);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(streams)
            .max_header_list_size(16 * 1024)
            .initial_stream_window_size(64 * 1024)
            .initial_connection_window_size(256 * 1024);
        let _ = watcher.watch(builder.serve_connection(TokioIo::new(stream), answer)).await;
    }

    async fn answer(
        &self,
        request: Request<Incoming>,
        from: SocketAddr,
        tls: bool,
    ) -> Result<Response<Body>, Infallible> {
        let (mut head, body) = request.into_parts();
        let caller = self.proxies.caller(from.ip(), tls, &head.headers);
        let source = Source::of(caller.address);
        head.extensions.insert(Peer { address: Some(caller.address), secure: caller.secure });
        head.extensions.insert(ConnectInfo(SocketAddr::new(caller.address, from.port())));
        let mut answer = if is_upload(&head) {
            // A file of users goes into the storage as it comes; whether it may, is judged before its first byte is read.
            let request = Request::from_parts(head, Body::new(body));
            Source::serve(Some(source), self.app.clone().call(request)).await?
        } else {
            self.answer_whole(head, body, source).await?
        };
        let headers = answer.headers_mut();
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if caller.secure {
            headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000"));
        }
        Ok(answer)
    }

    /// The answer to a request whose body is read before anybody works on it.
    async fn answer_whole(&self, head: Parts, body: Incoming, source: Source) -> Result<Response<Body>, Infallible> {
        Ok(match self.bodies.read(&head, body, Some(source)).await {
            Ok((body, _memory)) => {
                let request = Request::from_parts(head, Body::from(body));
                Source::serve(Some(source), self.app.clone().call(request)).await?
            }
            Err(refused) => refused.into_response(),
        })
    }
}

/// Whether the body is a file of users.
fn is_upload(head: &Parts) -> bool {
    head.method == Method::PUT && head.uri.path().starts_with("/imports/")
}

#[cfg(test)]
mod tests {
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
            let _ =
                tokio::time::timeout(Duration::from_secs(20), reading).await.expect("the connection must be closed");
            String::from_utf8_lossy(&answer).into_owned()
        }
    }
}
