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
        let (address, secure) = (Some(caller.address), caller.secure);
        head.extensions.insert(cenote::oauth::Peer { address, secure });
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
mod tests;
