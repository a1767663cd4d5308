//! The plain function.

use credential_vending::Credentials;
use credential_vending::model::Revoked;
use resource_server::{Access, Body, HttpRequest, Reason, Refusal, Scope, SignatureError};
use sigv4_verify::Signer;

use crate::world::{ROLE, World, signer, world};

const OWN: &str = "arn:aws:notes:::engines/1";

/// What the server says of a request for the own team's note: the name of the session, or status and code.
fn said(world: &World, request: &HttpRequest) -> Result<String, (u16, &'static str)> {
    let checked = world.server.check(request, &Body::Bytes(b""), &Access::to("notes:Read", OWN));
    checked.map(|admitted| admitted.caller.session.session_name).map_err(|refusal| (refusal.status(), refusal.code()))
}

#[test]
fn a_signed_request_of_an_open_session_is_admitted_to_what_its_role_allows_with_the_reason() {
    let world = world();
    let request = world.get(&world.ada(), "/engines/1");

    let admitted = world.server.check(&request, &Body::Bytes(b""), &Access::to("notes:Read", OWN)).unwrap();

    assert_eq!(admitted.caller.session.session_arn(), "arn:aws:sts::123456789012:assumed-role/notes/ada");
    assert!(
        matches!(&admitted.decisions[..], [one] if matches!(&one.reason, Reason::Statement { policy, .. } if policy == "notes"))
    );
}

#[test]
fn every_wanted_action_must_be_allowed() {
    let world = world();
    let request = world.get(&world.ada(), "/engines/1");
    let outcome = |access: Access| world.server.check(&request, &Body::Bytes(b""), &access);

    let own = || Access::to("notes:Read", OWN);
    assert_eq!(outcome(own().and("s3:PutObject", OWN)).unwrap().decisions.len(), 2);
    for more in [("notes:Write", OWN), ("notes:Read", "arn:aws:notes:::looms/1")] {
        let refusal = outcome(own().and(more.0, more.1)).unwrap_err();
        assert_eq!((refusal.status(), refusal.code()), (403, "AccessDenied"));
        let text = refusal.to_string();
        assert!(text.contains("assumed-role/notes/ada may not perform") && text.contains(more.1), "{text}");
    }
}

#[test]
fn the_time_is_the_servers_own_whatever_the_access_says_of_it() {
    let world = world();
    let ada = world.ada();
    let late = Access::to("notes:Late", "*").given("aws:CurrentTime", "2030-01-01T00:00:00Z");
    let check = || world.server.check(&world.get(&ada, "/"), &Body::Bytes(b""), &late);

    assert!(check().is_err());
    world.clock.advance_seconds(200);
    assert!(check().is_ok());
}

#[test]
fn whoever_has_no_session_of_ours_is_refused_by_its_reason() {
    let world = world();
    let ada = world.ada();
    let unsigned = HttpRequest::new("GET", "/engines/1").header("host", "notes.example");
    assert_eq!(said(&world, &unsigned), Err((403, "MissingAuthenticationToken")));

    let mut permanent = unsigned.clone();
    let signer = Signer { session_token: None, ..signer(&ada, "notes") };
    signer.sign(&mut permanent, &Body::Bytes(b""), world.now()).unwrap();
    assert_eq!(said(&world, &permanent), Err((403, "InvalidClientTokenId")));

    let guessed = Credentials { secret: "guessed".into(), ..ada.clone() };
    assert_eq!(said(&world, &world.get(&guessed, "/engines/1")), Err((403, "SignatureDoesNotMatch")));
    let of_another = Credentials { session_token: world.ada().session_token, ..ada.clone() };
    assert_eq!(said(&world, &world.get(&of_another, "/engines/1")), Err((403, "InvalidToken")));
    assert_eq!(said(&world, &world.get(&world.vend("AROAOTHER"), "/engines/1")), Err((403, "AccessDenied")));
    assert_eq!(said(&world, &world.get(&ada, "/engines/1")), Ok("ada".to_owned()));
}

#[test]
fn a_request_for_another_service_path_or_body_than_was_signed_is_refused() {
    let world = world();
    let ada = world.ada();
    let foreign = world.signed(&ada, "s3", HttpRequest::new("GET", "/engines/1"), &Body::Bytes(b""));
    assert_eq!(said(&world, &foreign), Err((403, "SignatureDoesNotMatch")));

    let request = world.get(&ada, "/engines/1");
    let moved =
        request.headers().fold(HttpRequest::new("GET", "/engines/2"), |all, (name, value)| all.header(name, value));
    assert_eq!(said(&world, &moved), Err((403, "SignatureDoesNotMatch")));
    let refusal = world.server.check(&request, &Body::Bytes(b"more"), &Access::to("notes:Read", OWN)).unwrap_err();
    assert!(matches!(refusal, Refusal::Signature(SignatureError::Mismatch | SignatureError::Payload)));
}

#[test]
fn a_presigned_request_is_admitted_until_it_or_its_session_ends() {
    let world = world();
    let ada = world.ada();
    let mut request = HttpRequest::new("GET", "/engines/1").header("host", "notes.example");
    let signer = Signer { scope: Scope::new("us-east-1", "notes"), ..signer(&ada, "notes") };
    signer.presign(&mut request, &Body::Bytes(b""), 200, world.now()).unwrap();

    assert_eq!(said(&world, &request), Ok("ada".to_owned()));
    world.clock.advance_seconds(201);
    assert_eq!(said(&world, &request), Err((403, "SignatureDoesNotMatch")));
    world.clock.advance_seconds(700);
    world.hear(&[]);
    assert_eq!(said(&world, &request), Err((403, "ExpiredToken")));
}

#[test]
fn line_105_revocations_end_sessions_with_the_next_list_and_without_a_recent_list_everything_is_refused() {
    let world = world();
    let ada = world.ada();

    world.clock.advance_seconds(1);
    world.hear(&[Revoked::Session(ada.access_key_id.clone())]);
    assert_eq!(said(&world, &world.get(&ada, "/engines/1")), Err((403, "InvalidToken")));
    let another = world.ada();
    assert_eq!(said(&world, &world.get(&another, "/engines/1")), Ok("ada".to_owned()));
    world.clock.advance_seconds(1);
    world.hear(&[Revoked::Role(ROLE.to_owned())]);
    assert_eq!(said(&world, &world.get(&another, "/engines/1")), Err((403, "InvalidToken")));

    world.clock.advance_seconds(300);
    assert_eq!(said(&world, &world.get(&world.ada(), "/engines/1")), Err((503, "ServiceUnavailable")));
}

#[test]
fn what_a_role_may_do_is_what_was_told_last() {
    let world = world();
    let ada = world.ada();
    let nothing = resource_server::RolePolicies::from_documents("AROANOTES", [], None).unwrap();

    world.server.set_role(nothing);

    assert_eq!(said(&world, &world.get(&ada, "/engines/1")), Err((403, "AccessDenied")));
}

#[test]
fn neither_secret_nor_token_stands_in_what_is_printed() {
    let world = world();
    let ada = world.ada();
    let request = world.get(&ada, "/engines/1");

    let admitted = world.server.check(&request, &Body::Bytes(b""), &Access::to("notes:Read", OWN)).unwrap();
    let printed = format!("{admitted:?} {:?}", world.server);

    assert!(!printed.contains(ada.secret.expose()) && !printed.contains(ada.session_token.expose()), "{printed}");
}

#[test]
fn another_verifier_of_sessions_takes_the_place_of_the_usual_one() {
    let world = world();
    let rules = resource_server::Rules::for_service(resource_server::Scope::new("us-east-1", "notes"));
    let strict = resource_server::SessionVerifier::new(vec![world.key.clone()], 10);
    let server = resource_server::ResourceServer::new(Vec::new(), rules).with_sessions(strict);
    let server = server.with_clock(world.clock.clone());
    let list = credential_vending::RevocationList { issued_at: world.now(), revocations: Vec::new() };
    server.take_revocations(&list.sign(&world.key)).unwrap();
    let request = world.get(&world.ada(), "/engines/1");

    assert!(server.authenticate(&request, &resource_server::Body::Bytes(b"")).is_ok());
    world.clock.advance_seconds(10);
    let late = server.authenticate(&request, &resource_server::Body::Bytes(b"")).map(|_| ()).unwrap_err();

    assert_eq!(late.status(), 503, "its list may be 10 seconds old");
}
