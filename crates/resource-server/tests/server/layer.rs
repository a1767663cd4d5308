//! The layer, around a router of axum.

use std::convert::Infallible;
use std::future::Ready;
use std::task::{Context, Poll, Waker};

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::routing::post;
use axum::{Extension, Router};
use credential_vending::Credentials;
use http_body_util::BodyExt as _;
use resource_server::{Access, Admitted, CheckedBody, HttpRequest, SignedRequests};
use tower::{Layer as _, Service, ServiceExt as _};

use crate::world::{World, world};

async fn told(Extension(who): Extension<Admitted>, body: String) -> String {
    format!("{} sent {body}", who.caller.session.session_name)
}

/// A router that takes notes of at most 64 bytes, one of whose paths nothing is known of.
fn app(world: &World) -> Router {
    let signed = SignedRequests::new(world.server.clone(), |request| {
        let resource = format!("arn:aws:notes:::{}", request.uri.path().trim_start_matches('/'));
        (request.uri.path() != "/unknown").then(|| Access::to("notes:Read", resource))
    });
    Router::new().route("/{*note}", post(told)).layer(signed.longest_body(64))
}

fn over_the_wire(request: &HttpRequest, body: impl Into<Body>) -> Request {
    let mut wire = Request::builder().method(request.method()).uri(request.target());
    for (name, value) in request.headers() {
        wire = wire.header(name, value);
    }
    wire.body(body.into()).unwrap()
}

/// Status and body of the answer to a note that was signed as `signed` and is sent as `sent`.
async fn answer(world: &World, with: &Credentials, path: &str, signed: &str, sent: &str) -> (u16, String) {
    let body = resource_server::Body::Bytes(signed.as_bytes());
    let request = world.signed(with, "notes", HttpRequest::new("POST", path), &body);
    let answer = app(world).oneshot(over_the_wire(&request, sent.to_owned())).await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn a_handler_behind_the_layer_knows_who_sent_what() {
    let world = world();

    let answered = answer(&world, &world.ada(), "/engines/1", "a note", "a note").await;

    assert_eq!(answered, (200, "ada sent a note".to_owned()));
}

#[tokio::test]
async fn a_request_that_is_not_admitted_reaches_no_handler_and_is_answered_with_the_reason() {
    let world = world();
    let ada = world.ada();

    let (status, body) = answer(&world, &ada, "/engines/1", "a note", "another").await;
    assert!(status == 403 && body.starts_with(r#"{"__type":"SignatureDoesNotMatch","message":""#), "{status} {body}");
    let (status, body) = answer(&world, &ada, "/looms/1", "", "").await;
    assert!(status == 403 && body.contains("AccessDenied") && body.contains("arn:aws:notes:::looms/1"), "{body}");
    let (status, body) = answer(&world, &ada, "/unknown", "", "").await;
    assert!(status == 403 && body.contains("AccessDenied"), "{body}");
    let unsigned = Request::post("/engines/1").body(Body::empty()).unwrap();
    assert_eq!(app(&world).oneshot(unsigned).await.unwrap().status().as_u16(), 403);
}

#[tokio::test]
async fn a_body_is_gathered_up_to_the_limit_and_for_holders_of_open_sessions_alone() {
    let world = world();
    let ada = world.ada();
    let (fits, long) = ("x".repeat(64), "x".repeat(65));

    assert_eq!(answer(&world, &ada, "/engines/1", &fits, &fits).await.0, 200);
    let (status, body) = answer(&world, &ada, "/engines/1", &long, &long).await;
    assert!(status == 413 && body.contains("EntityTooLarge"), "{body}");
    let forged = Credentials { session_token: "AA.forged".into(), ..ada };
    assert_eq!(answer(&world, &forged, "/engines/1", &long, &long).await.0, 403);
}

#[tokio::test]
async fn a_body_that_breaks_off_is_no_note() {
    let world = world();
    let request = world.signed(
        &world.ada(),
        "notes",
        HttpRequest::new("POST", "/engines/1"),
        &resource_server::Body::Bytes(b"ab"),
    );
    let pieces = [Ok("ab"), Err(std::io::Error::other("broken"))];
    let body = Body::from_stream(futures::stream::iter(pieces));

    let answer = app(&world).oneshot(over_the_wire(&request, body)).await.unwrap();

    assert_eq!(answer.status().as_u16(), 400);
}

#[tokio::test]
async fn a_gathered_body_says_how_long_it_is_and_when_it_has_ended() {
    let world = world();
    for (sent, said) in [("", "Some(0) true, then true"), ("a note", "Some(6) false, then true")] {
        let body = resource_server::Body::Bytes(sent.as_bytes());
        let request = world.signed(&world.ada(), "notes", HttpRequest::new("POST", "/engines/1"), &body);
        let inner = tower::service_fn(|request: axum::http::Request<CheckedBody<Body>>| async move {
            let mut body = request.into_body();
            let (size, ended) = (body.size_hint().exact(), body.is_end_stream());
            while body.frame().await.is_some() {}
            let said = format!("{size:?} {ended}, then {}", body.is_end_stream());
            Ok::<_, Infallible>(axum::http::Response::new(said))
        });
        let signed =
            SignedRequests::new(world.server.clone(), |_| Some(Access::to("notes:Read", "arn:aws:notes:::engines/1")));

        let answer = signed.layer(inner).oneshot(over_the_wire(&request, sent)).await.unwrap();

        assert_eq!(answer.into_body(), said);
    }
}

#[tokio::test]
async fn a_mebibyte_is_gathered_where_nobody_has_said_more_or_less() {
    let world = world();
    let signed =
        SignedRequests::new(world.server.clone(), |_| Some(Access::to("notes:Read", "arn:aws:notes:::engines/1")));
    let app = Router::new().route("/{*note}", post(told)).layer(signed);
    for (length, status) in [(1024 * 1024, 200), (1024 * 1024 + 1, 413)] {
        let note = "x".repeat(length);
        let body = resource_server::Body::Bytes(note.as_bytes());
        let request = world.signed(&world.ada(), "notes", HttpRequest::new("POST", "/engines/1"), &body);

        let answer = app.clone().oneshot(over_the_wire(&request, note)).await.unwrap();

        assert_eq!(answer.status().as_u16(), status, "{length}");
    }
}

/// A service that is never ready.
#[derive(Clone)]
struct Never;

impl Service<axum::http::Request<CheckedBody<Body>>> for Never {
    type Response = axum::http::Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Pending
    }

    fn call(&mut self, _: axum::http::Request<CheckedBody<Body>>) -> Self::Future {
        unreachable!("called before it was ready")
    }
}

#[test]
fn the_layer_is_ready_when_the_service_behind_it_is() {
    let world = world();
    let signed = SignedRequests::new(world.server.clone(), |_| None);

    let ready = Service::<Request>::poll_ready(&mut signed.layer(Never), &mut Context::from_waker(Waker::noop()));

    assert!(ready.is_pending());
}
