//! A wire between clients and a server that keeps what goes over it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;

/// Passes bytes on, and keeps them. It takes connections until it is dropped.
pub(crate) struct Wire {
    address: SocketAddr,
    ends: Arc<Ends>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Ends {
    server: OnceLock<String>,
    cut: AtomicBool,
    /// What went over each connection: to the server, and back.
    tapes: Mutex<Vec<[Vec<u8>; 2]>>,
}

impl Wire {
    /// Listens on a port of loopback.
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let ends = Arc::new(Ends::default());
        let thread = std::thread::spawn({
            let ends = Arc::clone(&ends);
            move || accept(&listener, &ends)
        });
        Self { address, ends, thread: Some(thread) }
    }

    /// Where clients find it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Leads to the server at this URL.
    pub(crate) fn lead_to(&self, url: &str) {
        self.ends.server.set(url.trim_start_matches("http://").to_owned()).unwrap();
    }

    /// What went over it, one tape for each way of each connection.
    pub(crate) fn tapes(&self) -> Vec<Vec<u8>> {
        self.conversations().into_iter().flatten().collect()
    }

    /// What went over each connection: to the server, and back.
    pub(crate) fn conversations(&self) -> Vec<[Vec<u8>; 2]> {
        self.ends.tapes.lock().unwrap().clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.ends.cut.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn accept(listener: &TcpListener, ends: &Arc<Ends>) {
    for client in listener.incoming().map_while(Result::ok) {
        if ends.cut.load(Ordering::SeqCst) {
            return;
        }
        let server = ends.server.get().and_then(|address| TcpStream::connect(address).ok());
        let Some(server) = server else { continue };
        let connection = {
            let mut tapes = ends.tapes.lock().unwrap();
            tapes.push([Vec::new(), Vec::new()]);
            tapes.len() - 1
        };
        for (way, (from, to)) in [(&client, &server), (&server, &client)].into_iter().enumerate() {
            let (from, to, ends) = (from.try_clone().unwrap(), to.try_clone().unwrap(), Arc::clone(ends));
            std::thread::spawn(move || pass_on(from, to, &ends, (connection, way)));
        }
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, ends: &Ends, (connection, way): (usize, usize)) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let bytes = buffer.get(..length).unwrap();
        let mut tapes = ends.tapes.lock().unwrap();
        tapes.get_mut(connection).unwrap().get_mut(way).unwrap().extend_from_slice(bytes);
        drop(tapes);
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
