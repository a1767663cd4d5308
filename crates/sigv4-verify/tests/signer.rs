//! The signer signs what its own verifier takes, and nothing else.
#![allow(clippy::unwrap_used, reason = "tests")]

use sigv4_verify::{Body, HttpRequest, Payload, Rules, Scope, SignatureError, Signer, Timestamp, read};

const NOW: Timestamp = Timestamp::from_epoch_seconds(1_440_938_160);

fn signer(service: &str) -> Signer<'static> {
    let scope = Scope::new("us-east-1", service);
    Signer { access_key_id: "AKID", secret: "secret", session_token: Some("token"), scope }
}

fn bare() -> HttpRequest {
    HttpRequest::new("PUT", "/b/k").header("host", "h")
}

fn check(request: &HttpRequest, body: &[u8]) -> Result<Payload, SignatureError> {
    let rules = Rules::for_services(&["s3", "sts"]);
    read(request)?.unwrap().verify(request, &Body::Bytes(body), "secret", &rules, NOW)
}

#[test]
fn a_request_that_is_signed_again_has_each_header_once() {
    for service in ["s3", "sts"] {
        let mut request = bare();
        signer(service).sign(&mut request, &Body::Bytes(b"x"), NOW.plus_seconds(-600)).unwrap();
        signer(service).sign(&mut request, &Body::Bytes(b"x"), NOW).unwrap();

        let mut names: Vec<&str> = request.headers().map(|(name, _)| name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert_eq!(check(&request, b"x"), Ok(Payload::Hashed));
    }
}

#[test]
fn a_payload_form_that_the_caller_names_is_kept() {
    for (form, payload) in
        [("UNSIGNED-PAYLOAD", Payload::Unsigned), ("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", Payload::Chunked)]
    {
        let mut request = bare().header("x-amz-content-sha256", form);
        signer("s3").sign(&mut request, &Body::Streaming, NOW).unwrap();
        assert_eq!(request.text("x-amz-content-sha256"), Some(form));
        assert_eq!(check(&request, b"x"), Ok(payload));
    }
    let mut streaming = bare();
    signer("s3").sign(&mut streaming, &Body::Streaming, NOW).unwrap();
    assert_eq!(check(&streaming, b"x"), Ok(Payload::Unsigned));
}

#[test]
fn nothing_is_signed_that_would_be_refused() {
    let sign = |mut request: HttpRequest, body: &Body<'_>, signer: Signer<'_>| signer.sign(&mut request, body, NOW);
    let empty = Body::Bytes(b"");

    assert_eq!(sign(bare(), &Body::Streaming, signer("sts")), Err(SignatureError::Payload));
    assert_eq!(sign(HttpRequest::new("GET", "/"), &empty, signer("sts")), Err(SignatureError::UnsignedHeader));
    let other = bare().header("x-amz-content-sha256", "0".repeat(64));
    assert_eq!(sign(other, &empty, signer("s3")), Err(SignatureError::Payload));
    for request in [
        bare().header("host", "i"),
        bare().header("x-amz-acl", "a").header("x-amz-acl", "b"),
        bare().header("x-note", "a\nb"),
        bare().header("x note", "a"),
        HttpRequest::new("GET /", "/").header("host", "h"),
    ] {
        assert!(matches!(sign(request, &empty, signer("sts")), Err(SignatureError::Incomplete(_))));
    }
    for broken in [
        Signer { access_key_id: "", ..signer("sts") },
        Signer { access_key_id: "a/b", ..signer("sts") },
        Signer { scope: Scope::new("", "sts"), ..signer("sts") },
        Signer { scope: Scope::new("us east", "sts"), ..signer("sts") },
        Signer { scope: Scope::new("us-east-1", ""), ..signer("sts") },
    ] {
        assert!(matches!(sign(bare(), &empty, broken), Err(SignatureError::Incomplete(_))));
    }
}

#[cfg(feature = "http")]
#[test]
fn a_request_of_the_http_crate_is_taken_byte_by_byte() {
    let with = |uri: &str| http::Request::builder().method("POST").uri(uri);
    let (parts, ()) =
        with("/a%20b?x=%FF").header("Host", "h").header("X-Note", &b"\xfe"[..]).body(()).unwrap().into_parts();
    let request = HttpRequest::from(&parts);

    assert_eq!((request.method(), request.path(), request.query()), ("POST", "/a%20b", "x=%FF"));
    assert_eq!(request.headers().collect::<Vec<_>>(), [("host", &b"h"[..]), ("x-note", b"\xfe")]);

    let (parts, ()) = with("https://example.com:8443/").body(()).unwrap().into_parts();
    assert_eq!(HttpRequest::from(&parts).text("host"), Some("example.com:8443"));
}
