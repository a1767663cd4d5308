//! Requests signed ahead, in their query.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use sigv4_verify::{Body, HttpRequest, Payload, Rules, Scope, SignatureError, Signer, Timestamp, read};

const NOW: i64 = 1_440_938_160;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_epoch_seconds(seconds)
}

fn signer(service: &str) -> Signer<'static> {
    let scope = Scope::new("us-east-1", service);
    Signer { access_key_id: "AKID", secret: "secret", session_token: Some("to/ken+="), scope }
}

fn signed(target: &str, seconds: i64) -> HttpRequest {
    let mut request = HttpRequest::new("GET", target).header("host", "s3.example");
    signer("s3").presign(&mut request, &Body::Bytes(b""), seconds, at(NOW)).unwrap();
    request
}

fn check(request: &HttpRequest, rules: &Rules, now: i64) -> Result<Payload, SignatureError> {
    let signature = read(request)?.expect("signed");
    signature.verify(request, &Body::Bytes(b""), "secret", rules, at(now))
}

/// The same headers behind another target.
fn retarget(request: &HttpRequest, change: impl Fn(String) -> String) -> HttpRequest {
    let bare = HttpRequest::new(request.method(), &change(request.target()));
    request.headers().fold(bare, |all, (name, value)| all.header(name, value))
}

/// The example of "Authenticating Requests: Using Query Parameters" in Amazon's documentation of S3.
#[test]
fn the_published_example_is_accepted_and_made() {
    let now = at(1_369_353_600);
    let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    let target = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1\
        %2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
        &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    let request = HttpRequest::new("GET", target).header("host", "examplebucket.s3.amazonaws.com");

    let answer = read(&request).unwrap().unwrap().verify(&request, &Body::Streaming, secret, &Rules::for_s3(), now);
    assert_eq!(answer, Ok(Payload::Unsigned));

    let mut own = HttpRequest::new("GET", "/test.txt").header("host", "examplebucket.s3.amazonaws.com");
    let scope = Scope::new("us-east-1", "s3");
    let signer = Signer { access_key_id: "AKIAIOSFODNN7EXAMPLE", secret, session_token: None, scope };
    signer.presign(&mut own, &Body::Streaming, 86_400, now).unwrap();
    assert_eq!(own.target(), target);
}

#[test]
fn it_lives_as_long_as_it_says_and_seven_days_at_most() {
    let request = signed("/b/k?prefix=a%2Fb", 60);
    let rules = Rules::for_s3();

    assert!(read(&request).unwrap().unwrap().is_presigned());
    assert_eq!(read(&request).unwrap().unwrap().session_token(), Some("to/ken+="));
    assert_eq!(check(&request, &rules, NOW), Ok(Payload::Unsigned));
    assert_eq!(check(&request, &rules, NOW + 60), Ok(Payload::Unsigned));
    assert_eq!(check(&request, &rules, NOW + 61), Err(SignatureError::Expired));
    assert_eq!(check(&signed("/b/k", 604_800), &rules, NOW + 604_800), Ok(Payload::Unsigned));
    for bad in ["0", "-1", "604801", "x", "+", ""] {
        let bent = retarget(&request, |target| target.replace("X-Amz-Expires=60", &format!("X-Amz-Expires={bad}")));
        assert!(matches!(read(&bent), Err(SignatureError::Incomplete(_))), "{bad}");
    }
}

#[test]
fn line_108_one_from_the_future_is_refused() {
    let request = signed("/b/k", 3600);

    assert!(check(&request, &Rules::for_s3(), NOW - 300).is_ok());
    assert_eq!(check(&request, &Rules::for_s3(), NOW - 301), Err(SignatureError::NotYetCurrent));
}

#[test]
fn line_107_an_amz_header_that_is_not_signed_is_refused() {
    let request = signed("/b/k", 60);

    for name in ["x-amz-copy-source", "x-amz-acl", "x-amz-content-sha256"] {
        let bent = request.clone().header(name, "x");
        assert_eq!(check(&bent, &Rules::for_s3(), NOW), Err(SignatureError::UnsignedHeader), "{name}");
    }
}

#[test]
fn line_107_a_part_that_stands_twice_or_is_missing_is_refused() {
    let request = signed("/b/k", 60);
    for part in ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature", "Security-Token"] {
        let doubled = retarget(&request, |target| format!("{target}&X-Amz-{part}=x"));
        assert!(matches!(read(&doubled), Err(SignatureError::Incomplete(_))), "{part}");
    }
    for part in ["Algorithm", "Credential", "Date", "Expires", "SignedHeaders"] {
        let missing = retarget(&request, |target| target.replace(&format!("X-Amz-{part}="), "X-Other="));
        assert!(matches!(read(&missing), Err(SignatureError::Incomplete(_))), "{part}");
    }
}

#[test]
fn rules_without_presigned_requests_refuse_the_good_ones_too() {
    let mut request = HttpRequest::new("POST", "/").header("host", "h");
    signer("cognito-idp").presign(&mut request, &Body::Bytes(b""), 604_800, at(NOW)).unwrap();
    let rules = Rules::for_service(Scope::new("us-east-1", "cognito-idp"));

    assert_eq!(check(&request, &rules, NOW + 604_800), Ok(Payload::Hashed));
    assert_eq!(check(&request, &rules.without_presigned(), NOW), Err(SignatureError::Presigned));
}

#[test]
fn a_token_that_is_added_behind_the_signature_is_refused() {
    let mut request = HttpRequest::new("GET", "/b/k").header("host", "h");
    let plain = Signer { session_token: None, ..signer("s3") };
    plain.presign(&mut request, &Body::Bytes(b""), 60, at(NOW)).unwrap();
    let later = retarget(&request, |target| format!("{target}&X-Amz-Security-Token=token"));

    assert_eq!(check(&later, &Rules::for_s3(), NOW), Err(SignatureError::Mismatch));
}

#[test]
fn a_payload_declared_in_the_query_is_held_to() {
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let request = signed("/b/k?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD", 60);
    assert_eq!(check(&request, &Rules::for_s3(), NOW), Ok(Payload::Unsigned));

    let mut bound = HttpRequest::new("PUT", &format!("/b/k?X-Amz-Content-Sha256={hash}")).header("host", "h");
    signer("s3").presign(&mut bound, &Body::Bytes(b""), 60, at(NOW)).unwrap();
    assert_eq!(check(&bound, &Rules::for_s3(), NOW), Ok(Payload::Hashed));
    let signature = read(&bound).unwrap().unwrap();
    let other = signature.verify(&bound, &Body::Bytes(b"x"), "secret", &Rules::for_s3(), at(NOW));
    assert_eq!(other, Err(SignatureError::Payload));
}

#[test]
fn nothing_is_signed_ahead_that_would_be_refused() {
    let bare = || HttpRequest::new("GET", "/b/k").header("host", "h");
    let made = |mut request: HttpRequest, body: &Body<'_>, seconds: i64, service: &str| {
        signer(service).presign(&mut request, body, seconds, at(NOW))
    };
    let empty = Body::Bytes(b"");

    assert_eq!(made(bare(), &empty, 1, "s3"), Ok(()));
    for seconds in [0, -1, 604_801] {
        assert!(matches!(made(bare(), &empty, seconds, "s3"), Err(SignatureError::Incomplete(_))));
    }
    assert_eq!(made(bare(), &Body::Streaming, 60, "sts"), Err(SignatureError::Payload));
    assert_eq!(made(HttpRequest::new("GET", "/"), &empty, 60, "s3"), Err(SignatureError::UnsignedHeader));
    let again = signed("/b/k", 60);
    assert!(matches!(made(again, &empty, 60, "s3"), Err(SignatureError::Incomplete(_))));
}
