//! What stands between the network and the router: connections, bodies, and who is at the other end.

mod bodies;
mod listen;
mod proxies;
mod shares;

pub(crate) use listen::{HttpServer, Limits};
pub(crate) use proxies::Proxies;
