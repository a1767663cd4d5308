//! Who is let in.

use credential_vending::Revoked;
use sigv4_verify::{Body, HttpRequest, Scope, Signer};

use crate::world::{Answer, Keys, World, allow, now, request, session, world};

const CAT: &str = "/photos/cat.txt";

async fn open() -> World {
    world(&allow("s3:*", "*")).await
}

fn assert_refused(world: &World, answer: &Answer, code: &str) {
    assert_eq!(answer.code, code, "{answer:?}");
    assert!(world.passed().is_empty());
}

#[tokio::test]
async fn a_session_gets_what_its_role_allows() {
    let world = open().await;

    let answer = world.call("GET", CAT).await;

    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(world.passed(), ["get photos/cat.txt"]);
}

#[tokio::test]
async fn a_request_that_is_not_signed_is_refused() {
    let world = open().await;

    assert_refused(&world, &world.send(&request("GET", CAT), b"").await, "AccessDenied");
}

#[tokio::test]
async fn a_wrong_secret_is_a_signature_that_does_not_match() {
    let world = open().await;
    let keys = Keys { secret: "x".repeat(40), ..world.keys.clone() };

    assert_refused(&world, &world.call_with(&keys, request("GET", CAT), b"").await, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn a_signature_is_good_for_its_own_request_alone() {
    let world = open().await;
    let mut signed = request("GET", CAT);
    world.keys.signer().sign(&mut signed, &Body::Bytes(b""), now()).unwrap();
    let mut moved = HttpRequest::new("GET", "/photos/dog.txt");
    for (name, value) in signed.headers() {
        moved.push_header(name, value);
    }

    assert_refused(&world, &world.send(&moved, b"").await, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn an_expired_session_is_refused_as_such() {
    let world = open().await;

    world.clock.advance_seconds(3599);
    assert_eq!(world.call("GET", CAT).await.status, 200);
    assert_eq!(world.passed().len(), 1);
    world.clock.advance_seconds(1);

    assert_refused(&world, &world.call("GET", CAT).await, "ExpiredToken");
}

#[tokio::test]
async fn a_revoked_session_is_refused_as_such() {
    let world = open().await;
    let other = world.assume(session()).await;

    world.vending.revoke(Revoked::Session(world.keys.id.clone())).await.unwrap();

    assert_refused(&world, &world.call("GET", CAT).await, "InvalidToken");
    assert_eq!(world.call_with(&other, request("GET", CAT), b"").await.status, 200);
}

#[tokio::test]
async fn a_vended_key_without_its_token_or_with_another_s_is_nobody_s() {
    let world = open().await;
    let other = world.assume(session()).await;

    for token in [None, other.token, Some("no token".to_owned())] {
        let keys = Keys { token, ..world.keys.clone() };
        assert_refused(&world, &world.call_with(&keys, request("GET", CAT), b"").await, "InvalidAccessKeyId");
    }
}

#[tokio::test]
async fn a_key_that_nobody_has_is_said_to_be_none() {
    let world = open().await;

    for id in ["AKIANOBODY", "ASIANOBODY", "ASIA77ABCDEFGHIJKLMN"] {
        let keys = Keys { id: id.to_owned(), secret: "x".repeat(40), token: None };
        assert_refused(&world, &world.call_with(&keys, request("GET", CAT), b"").await, "InvalidAccessKeyId");
    }
}

#[tokio::test]
async fn an_operator_does_what_the_own_policy_allows_until_the_key_is_removed() {
    let world = open().await;
    let keys = Keys { id: "AKIAOPERATOR".to_owned(), secret: "a secret of forty letters".to_owned(), token: None };
    world.vending.put_operator_key(&keys.id, &keys.secret.as_str().into()).await.unwrap();
    world.vending.set_operator_policy(&keys.id, allow("s3:GetObject", "arn:aws:s3:::photos/*")).await.unwrap();

    assert_eq!(world.call_with(&keys, request("GET", CAT), b"").await.status, 200);
    assert_eq!(world.passed(), ["get photos/cat.txt"]);
    let refused = world.call_with(&keys, request("DELETE", CAT), b"").await;
    assert_refused(&world, &refused, "AccessDenied");
    assert!(refused.message.contains(":user/AKIAOPERATOR is not authorized"), "{refused:?}");

    world.vending.remove_operator_key(&keys.id).await.unwrap();
    assert_refused(&world, &world.call_with(&keys, request("GET", CAT), b"").await, "InvalidAccessKeyId");
}

#[tokio::test]
async fn a_signature_counts_for_five_minutes_by_the_gate_s_clock() {
    let world = open().await;

    world.gate_clock.advance_seconds(290);
    assert_eq!(world.call("GET", CAT).await.status, 200);
    assert_eq!(world.passed().len(), 1);
    world.gate_clock.advance_seconds(20);

    assert_refused(&world, &world.call("GET", CAT).await, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn a_signature_for_another_service_is_refused() {
    let world = open().await;
    let mut signed = request("GET", CAT);
    let signer = Signer { scope: Scope::new("us-east-1", "sts"), ..world.keys.signer() };
    signer.sign(&mut signed, &Body::Bytes(b""), now()).unwrap();

    let answer = world.send(&signed, b"").await;

    assert!(answer.status >= 400, "{answer:?}");
    assert!(world.passed().is_empty());
}

#[tokio::test]
async fn a_presigned_address_is_good_for_its_object_and_its_time() {
    let world = open().await;
    let mut signed = request("GET", CAT);
    world.keys.signer().presign(&mut signed, &Body::Bytes(b""), 60, now()).unwrap();

    assert_eq!(world.send(&signed, b"").await.status, 200);
    assert_eq!(world.passed(), ["get photos/cat.txt"]);

    let other = request("GET", &signed.target().replace("cat.txt", "dog.txt"));
    assert_refused(&world, &world.send(&other, b"").await, "SignatureDoesNotMatch");
    world.gate_clock.advance_seconds(62);
    assert_refused(&world, &world.send(&signed, b"").await, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn a_presigned_address_ends_with_its_session() {
    let world = open().await;
    let mut signed = request("GET", CAT);
    world.keys.signer().presign(&mut signed, &Body::Bytes(b""), 60, now()).unwrap();

    world.vending.revoke(Revoked::Session(world.keys.id.clone())).await.unwrap();

    assert_refused(&world, &world.send(&signed, b"").await, "InvalidToken");
}

#[tokio::test]
async fn a_gate_prints_nothing_of_what_it_holds() {
    let world = open().await;

    let gate = host_adapters::S3Gate::new(world.vending.clone(), world.clock.clone());

    assert_eq!(format!("{gate:?}"), "S3Gate");
}
