//! Taking connections, whatever happens to some of them.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

/// How long is waited after a failure that is not the connection's own: there are too many open files, say.
const PAUSE: Duration = Duration::from_millis(100);

/// The next connection. One that is broken off before it is taken is passed over; while the system has no room for more, it
/// is asked again every tenth of a second.
#[expect(clippy::disallowed_methods, reason = "nothing tells that the system has room for a connection again")]
pub async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_the_connections_own(error.kind()) => {}
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

fn is_the_connections_own(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}
