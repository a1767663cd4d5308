use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::Extensions;

/// Who is at the other end of a request's connection, as far as the server trusts what it is told.
///
/// Whoever serves the router puts it into each request's extensions: the server of this project fills it in from the
/// connection, or from the forwarding headers of proxies that its configuration names. Without it the address of
/// [`ConnectInfo`] counts, and the connection counts as plain.
///
/// It is what policies see as `aws:SourceIp` and `aws:SecureTransport`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Peer {
    /// The caller's address; `None` where it is not known, as on a Unix socket.
    pub address: Option<IpAddr>,
    /// Whether the request came over TLS, up to the first proxy that is trusted.
    pub secure: bool,
}

impl Peer {
    /// The peer of a request with these extensions.
    pub(crate) fn of(extensions: &Extensions) -> Self {
        let connected = || extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        extensions.get::<Self>().copied().unwrap_or_else(|| Self { address: connected(), secure: false })
    }
}
