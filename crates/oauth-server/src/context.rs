use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::request::Parts as Head;
use axum::http::{Extensions, header};
use identity_kernel::context::RequestContext;
use userpool_core::UserPools;
use userpool_core::model::ids::UserPoolId;

use crate::Parts;

/// Who is at the other end of a request's connection, as far as the server trusts what it is told.
///
/// Whoever serves the router puts it into each request's extensions. Without it the address of [`ConnectInfo`] counts, and the
/// connection counts as plain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Peer {
    /// The caller's address; `None` where it is not known, as on a Unix socket.
    pub address: Option<IpAddr>,
    /// Whether the request came over TLS, up to the first proxy that is trusted.
    pub secure: bool,
}

impl Peer {
    fn of(extensions: &Extensions) -> Self {
        let connected = || extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip());
        extensions.get::<Self>().copied().unwrap_or_else(|| Self { address: connected(), secure: false })
    }
}

/// One request: the pool that it speaks of, the domain as seen from it, and how its cookies are called.
pub(crate) struct Call {
    pub(crate) pool: UserPoolId,
    pub(crate) users: UserPools,
    /// Whether cookies are for `https` alone.
    pub(crate) secure: bool,
}

impl Call {
    /// `None` for what is no id of a pool.
    pub(crate) fn of(parts: &Parts, pool: &str, head: &Head) -> Option<Self> {
        let pool = pool.parse().ok()?;
        let peer = Peer::of(&head.extensions);
        let agent = head.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let context = RequestContext {
            source: peer.address,
            user_agent: agent.map(str::to_owned),
            request_id: Some(identity_kernel::entropy::uuid(parts.entropy.as_ref())),
            ..RequestContext::default()
        };
        let secure = peer.secure || parts.public_url.starts_with("https://");
        Some(Self { pool, users: parts.user_pools.for_request(context), secure })
    }
}
