//! The gate on a socket.

use host_adapters::S3Gate;
use sigv4_verify::{Body, HttpRequest};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::world::{allow, now, world};

async fn exchange(address: std::net::SocketAddr, request: &HttpRequest) -> String {
    let mut head = format!("{} {} HTTP/1.1\r\nconnection: close\r\n", request.method(), request.target());
    for (name, value) in request.headers() {
        head = format!("{head}{name}: {}\r\n", std::str::from_utf8(value).unwrap());
    }
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn a_server_answers_behind_the_gate_and_outlives_a_connection_that_breaks() {
    let world = world(&allow("s3:GetObject", "*")).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let gate = S3Gate::new(world.vending.clone(), world.gate_clock.clone());
    let bucket = world.bucket.clone();
    tokio::spawn(async move { gate.serve(listener, bucket).await });

    let mut broken = TcpStream::connect(address).await.unwrap();
    broken.write_all(b"no HTTP at all\r\n\r\n").await.unwrap();
    drop(broken);
    let mut signed = HttpRequest::new("GET", "/photos/cat.txt").header("host", address.to_string());
    let unsigned = exchange(address, &signed).await;
    world.keys.signer().sign(&mut signed, &Body::Bytes(b""), now()).unwrap();
    let answer = exchange(address, &signed).await;

    assert!(unsigned.starts_with("HTTP/1.1 403 "), "{unsigned}");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(world.passed(), ["get photos/cat.txt"]);
}
