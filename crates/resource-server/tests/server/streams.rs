//! Bodies of S3's forms, which stream past.

use axum::body::Body;
use axum::extract::Request;
use axum::routing::put;
use axum::{Extension, Router};
use credential_vending::Credentials;
use http_body_util::BodyExt as _;
use resource_server::{Access, Admitted, CheckedBody, HttpRequest, SignedRequests};
use ring::{digest, hmac};
use tower::ServiceExt as _;

use crate::world::{World, world_of};

const OBJECT: &str = "arn:aws:notes:::engines/cat";

/// What a handler gets of this body, piece by piece, behind the request's signature: the bytes, and the error that ended them.
async fn read(world: &World, request: &HttpRequest, pieces: Vec<Vec<u8>>) -> Result<(Vec<u8>, Option<String>), u16> {
    let signed = SignedRequests::new(world.server.clone(), |_| Some(Access::to("s3:PutObject", OBJECT)));
    let (sender, receiver) = std::sync::mpsc::channel();
    let handler = move |Extension(_): Extension<Admitted>, request: Request| async move {
        let (mut body, mut got, mut error) = (request.into_body(), Vec::new(), None);
        while let Some(frame) = body.frame().await {
            match frame {
                Ok(frame) => {
                    assert!(!frame.data_ref().unwrap().is_empty(), "a piece of nothing");
                    got.extend_from_slice(frame.data_ref().unwrap());
                }
                Err(broken) => error = Some(broken.to_string()),
            }
        }
        sender.send((got, error)).unwrap();
    };
    let app = Router::new().route("/engines/cat", put(handler)).layer(signed);
    let mut wire = Request::builder().method("PUT").uri(request.target());
    for (name, value) in request.headers() {
        wire = wire.header(name, value);
    }
    let body = Body::from_stream(futures::stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>)));
    let answer = app.oneshot(wire.body(body).unwrap()).await.unwrap();
    if answer.status().is_success() { Ok(receiver.recv().unwrap()) } else { Err(answer.status().as_u16()) }
}

fn put_request(content: &str) -> HttpRequest {
    HttpRequest::new("PUT", "/engines/cat").header("x-amz-content-sha256", content)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |out, byte| out + &format!("{byte:02x}"))
}

fn hash(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

#[tokio::test]
async fn a_declared_hash_is_compared_at_the_end_of_what_streamed_past() {
    let world = world_of("s3");
    let request = world.signed(&world.ada(), "s3", put_request(&hash(b"a cat")), &resource_server::Body::Streaming);
    let pieces = |text: &[&str]| text.iter().map(|piece| piece.as_bytes().to_vec()).collect();

    assert_eq!(read(&world, &request, pieces(&["a", " ", "cat"])).await, Ok((b"a cat".to_vec(), None)));
    for other in [&["a ", "cow"][..], &["a cat", "s"], &["a ca"], &[]] {
        let (_, error) = read(&world, &request, pieces(other)).await.unwrap();
        assert!(error.is_some(), "{other:?}");
    }
}

#[tokio::test]
async fn an_unsigned_payload_passes_as_it_is_and_only_where_the_signature_says_so() {
    let world = world_of("s3");
    let ada = world.ada();
    let request = world.signed(&ada, "s3", put_request("UNSIGNED-PAYLOAD"), &resource_server::Body::Streaming);
    assert_eq!(read(&world, &request, vec![b"any".to_vec()]).await, Ok((b"any".to_vec(), None)));

    let signed = world.signed(&ada, "s3", put_request(&hash(b"a cat")), &resource_server::Body::Streaming);
    let bent = signed.headers().fold(HttpRequest::new("PUT", "/engines/cat"), |all, (name, value)| {
        all.header(name, if name == "x-amz-content-sha256" { b"UNSIGNED-PAYLOAD" } else { value })
    });
    assert_eq!(read(&world, &bent, vec![b"any".to_vec()]).await, Err(403));
}

/// The signing key of the day and the seed of a request's chunks.
fn chain(with: &Credentials, request: &HttpRequest) -> (hmac::Key, String, String) {
    let time = request.text("x-amz-date").unwrap().to_owned();
    let key = |key: &[u8], text: &str| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    let day = key(format!("AWS4{}", with.secret.expose()).as_bytes(), &time[..8]);
    let service = key(key(day.as_ref(), "us-east-1").as_ref(), "s3");
    let key = hmac::Key::new(hmac::HMAC_SHA256, key(service.as_ref(), "aws4_request").as_ref());
    let seed = request.text("authorization").unwrap().rsplit('=').next().unwrap().to_owned();
    (key, time, seed)
}

/// These chunks as they go over the wire, each with the signature that continues the one before.
fn chunked(with: &Credentials, request: &HttpRequest, chunks: &[&str]) -> Vec<u8> {
    let (key, time, mut previous) = chain(with, request);
    let mut wire = Vec::new();
    for chunk in chunks.iter().chain(&[""]) {
        let (scope, hash) = (format!("{}/us-east-1/s3/aws4_request", &time[..8]), hash(chunk.as_bytes()));
        let empty = self::hash(b"");
        let text = format!("AWS4-HMAC-SHA256-PAYLOAD\n{time}\n{scope}\n{previous}\n{empty}\n{hash}");
        previous = hex(hmac::sign(&key, text.as_bytes()).as_ref());
        wire.extend(format!("{:x};chunk-signature={previous}\r\n{chunk}\r\n", chunk.len()).into_bytes());
    }
    wire
}

#[tokio::test]
async fn signed_chunks_are_given_out_when_their_signature_holds_and_nothing_behind_a_bent_one() {
    let world = world_of("s3");
    let ada = world.ada();
    let request = put_request("STREAMING-AWS4-HMAC-SHA256-PAYLOAD").header("x-amz-decoded-content-length", "8");
    let request = world.signed(&ada, "s3", request, &resource_server::Body::Streaming);
    let wire = chunked(&ada, &request, &["a cat", "and"]);

    for piece in [1, 7, 1000] {
        let pieces = wire.chunks(piece).map(<[u8]>::to_vec).collect();
        assert_eq!(read(&world, &request, pieces).await, Ok((b"a catand".to_vec(), None)), "{piece}");
    }
    let bent = String::from_utf8(wire.clone()).unwrap().replace("\r\nand\r\n", "\r\ndog\r\n").into_bytes();
    let (got, error) = read(&world, &request, vec![bent]).await.unwrap();
    assert!(error.is_some() && !String::from_utf8_lossy(&got).contains("dog"), "{got:?}");
    let (_, error) = read(&world, &request, vec![wire[..wire.len() - 4].to_vec()]).await.unwrap();
    assert!(error.is_some(), "a body without its end");
}

#[test]
fn a_body_can_be_sent_on_by_any_thread() {
    fn sent<T: Send + Unpin>() {}
    sent::<CheckedBody<Body>>();
}
