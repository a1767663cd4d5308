//! Taking connections, whatever happens to some of them.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

/// How long is waited after a failure that is not the connection's own: there are too many open files, say.
const PAUSE: Duration = Duration::from_millis(100);

/// The next connection. One that is broken off before it is taken is passed over; while the system has no room for more, it
/// is asked again every tenth of a second.
pub async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    first_taken(|| listener.accept()).await
}

/// What the first try gives that does not fail.
#[expect(clippy::disallowed_methods, reason = "nothing tells that the system has room for a connection again")]
async fn first_taken<T, F: Future<Output = io::Result<T>>>(accept: impl Fn() -> F) -> T {
    loop {
        match accept().await {
            Ok(accepted) => return accepted,
            Err(error) if is_the_connections_own(error.kind()) => {}
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

fn is_the_connections_own(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::time::Instant;

    use super::*;

    /// Tries connections that end like this, and says how long it took until one was taken.
    async fn after(outcomes: impl IntoIterator<Item = io::Result<u8>>) -> (u8, Duration) {
        let outcomes = Mutex::new(outcomes.into_iter().collect::<Vec<_>>().into_iter());
        let next = || outcomes.lock().unwrap().next().unwrap();
        let began = Instant::now();
        (first_taken(|| async { next() }).await, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_was_broken_off_costs_the_next_one_nothing() {
        for kind in [ErrorKind::ConnectionAborted, ErrorKind::ConnectionReset, ErrorKind::ConnectionRefused] {
            assert_eq!(after([Err(kind.into()), Ok(7)]).await, (7, Duration::ZERO));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn while_there_are_too_many_open_files_the_system_is_asked_ten_times_a_second() {
        let too_many = || Err(io::Error::from_raw_os_error(24));

        let (taken, took) = after([too_many(), too_many(), too_many(), Ok(7)]).await;

        assert_eq!((taken, took.as_millis()), (7, 300));
    }
}
