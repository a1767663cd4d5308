//! Lines 107 and 108: what a server demands of a signed request, one demand at a time.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use sigv4_verify::{Body, HttpRequest, Payload, Rules, Scope, SignatureError, Signer, Timestamp, read};

const NOW: i64 = 1_440_938_160;
const TWICE: SignatureError = SignatureError::Incomplete("a header stands twice");

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_epoch_seconds(seconds)
}

fn signer(region: &str, service: &str) -> Signer<'static> {
    Signer { access_key_id: "AKID", secret: "secret", session_token: Some("token"), scope: Scope::new(region, service) }
}

/// An upload to S3.
fn signed(body: &[u8]) -> HttpRequest {
    let mut request =
        HttpRequest::new("PUT", "/bucket/a%20b?x=1").header("host", "s3.example").header("x-amz-acl", "private");
    signer("us-east-1", "s3").sign(&mut request, &Body::Bytes(body), at(NOW)).unwrap();
    request
}

/// A call of another service.
fn call(service: &str, request: HttpRequest) -> HttpRequest {
    let mut request = request.header("host", "api.example");
    signer("us-east-1", service).sign(&mut request, &Body::Bytes(b""), at(NOW)).unwrap();
    request
}

fn check(request: &HttpRequest, body: &[u8], rules: &Rules, now: i64) -> Result<Payload, SignatureError> {
    check_body(request, &Body::Bytes(body), rules, now)
}

fn check_body(request: &HttpRequest, body: &Body<'_>, rules: &Rules, now: i64) -> Result<Payload, SignatureError> {
    read(request)?.expect("signed").verify(request, body, "secret", rules, at(now))
}

/// The request with one header's value replaced.
fn replaced(request: &HttpRequest, name: &str, change: impl Fn(&str) -> String) -> HttpRequest {
    let bare = HttpRequest::new(request.method(), &request.target());
    request.headers().fold(bare, |all, (own, value)| {
        let text = std::str::from_utf8(value).unwrap();
        if own == name { all.header(own, change(text)) } else { all.header(own, value) }
    })
}

#[test]
fn method_path_query_body_and_service_are_bound() {
    let rules = Rules::for_s3();
    let good = signed(b"body");
    let elsewhere = |method: &str, target: &str| {
        good.headers().fold(HttpRequest::new(method, target), |request, (name, value)| request.header(name, value))
    };

    assert_eq!(check(&good, b"body", &rules, NOW), Ok(Payload::Hashed));
    assert_eq!(check(&good, b"Body", &rules, NOW), Err(SignatureError::Payload));
    for (method, target) in [
        ("GET", "/bucket/a%20b?x=1"),
        ("PUT", "/bucket/a%20c?x=1"),
        ("PUT", "/bucket/a%20b?x=2"),
        ("PUT", "/bucket/a%20b"),
    ] {
        let bent = elsewhere(method, target);
        assert_eq!(check(&bent, b"body", &rules, NOW), Err(SignatureError::Mismatch), "{method} {target}");
    }
    let other = Rules::for_service(Scope::new("us-east-1", "sts"));
    assert_eq!(check(&good, b"body", &other, NOW), Err(SignatureError::Scope));
    assert!(matches!(check(&elsewhere("PUT\n/", "/"), b"body", &rules, NOW), Err(SignatureError::Incomplete(_))));
}

#[test]
fn line_107_an_amz_header_that_is_not_signed_is_refused() {
    let unsigned = signed(b"").header("x-amz-copy-source", "/other/key");

    assert_eq!(check(&unsigned, b"", &Rules::for_s3(), NOW), Err(SignatureError::UnsignedHeader));
}

#[test]
fn a_content_type_need_be_signed_only_where_the_rules_say_so() {
    let unsigned = signed(b"").header("content-type", "text/html");

    assert_eq!(check(&unsigned, b"", &Rules::for_s3(), NOW), Ok(Payload::Hashed));
    let strict = Rules::for_s3().signed_header("Content-Type");
    assert_eq!(check(&unsigned, b"", &strict, NOW), Err(SignatureError::UnsignedHeader));
    assert_eq!(check(&signed(b""), b"", &strict, NOW), Ok(Payload::Hashed));
}

#[test]
fn line_107_a_header_that_has_one_meaning_stands_once() {
    let rules = Rules::for_s3();
    let good = signed(b"");

    for name in ["host", "x-amz-acl", "x-amz-content-sha256"] {
        let value = good.text(name).unwrap().to_owned();
        assert_eq!(check(&good.clone().header(name, value), b"", &rules, NOW), Err(TWICE), "{name}");
    }
    let types = good.clone().header("content-type", "a/b").header("content-type", "a/b");
    assert_eq!(check(&types, b"", &rules, NOW), Err(TWICE));
    for name in ["x-amz-date", "x-amz-security-token", "authorization"] {
        let value = good.text(name).unwrap().to_owned();
        assert!(matches!(read(&good.clone().header(name, value)), Err(SignatureError::Incomplete(_))), "{name}");
    }
}

#[test]
fn an_operation_named_twice_is_refused_although_both_are_signed() {
    let header = |request: HttpRequest| request.header("host", "h").header("x-amz-target", "A.B");
    let mut once = header(HttpRequest::new("POST", "/"));
    let mut twice = header(HttpRequest::new("POST", "/")).header("x-amz-target", "A.C");
    let signer = signer("us-east-1", "cognito-idp");

    assert_eq!(signer.sign(&mut once, &Body::Bytes(b""), at(NOW)), Ok(()));
    assert_eq!(signer.sign(&mut twice, &Body::Bytes(b""), at(NOW)), Err(TWICE));
}

#[test]
fn line_107_a_signature_in_header_and_query_is_refused() {
    let good = signed(b"");
    let bare = HttpRequest::new("PUT", "/?X-Amz-Signature=00");
    let both = good.headers().fold(bare, |request, (name, value)| request.header(name, value));

    assert!(matches!(read(&both), Err(SignatureError::Incomplete(_))));
}

#[test]
fn line_108_a_signature_lives_five_minutes_either_way() {
    let good = signed(b"");
    let rules = Rules::for_s3();

    assert!(check(&good, b"", &rules, NOW + 300).is_ok());
    assert_eq!(check(&good, b"", &rules, NOW + 301), Err(SignatureError::Expired));
    assert!(check(&good, b"", &rules, NOW - 300).is_ok());
    assert_eq!(check(&good, b"", &rules, NOW - 301), Err(SignatureError::NotYetCurrent));
    assert!(check(&good, b"", &rules.clone().skew_seconds(900), NOW + 900).is_ok());
}

#[test]
fn line_108_the_scope_names_the_region_and_the_day_of_the_signature() {
    let good = signed(b"");

    assert!(check(&good, b"", &Rules::for_s3().in_region("us-east-1"), NOW).is_ok());
    let elsewhere = Rules::for_s3().in_region("eu-west-1");
    assert_eq!(check(&good, b"", &elsewhere, NOW), Err(SignatureError::Scope));
    let elsewhere = Rules::for_service(Scope::new("eu-west-1", "s3"));
    assert_eq!(check(&good, b"", &elsewhere, NOW), Err(SignatureError::Scope));
    let other_day = replaced(&good, "authorization", |text| text.replace("/20150830/", "/20150831/"));
    assert_eq!(check(&other_day, b"", &Rules::for_s3(), NOW), Err(SignatureError::Scope));
}

#[test]
fn no_part_of_the_scope_may_be_empty() {
    let good = signed(b"");
    for part in ["AKID", "20150830", "us-east-1", "s3"] {
        let bent = replaced(&good, "authorization", |text| text.replacen(part, "", 1));
        assert!(matches!(read(&bent), Err(SignatureError::Incomplete(_))), "{part}");
    }
}

#[test]
fn signed_headers_stand_in_order_in_lower_case_and_are_there() {
    let good = signed(b"");
    let with = |names: &str| {
        replaced(&good, "authorization", |text| {
            let (front, rest) = text.split_once("SignedHeaders=").unwrap();
            format!("{front}SignedHeaders={names},{}", rest.split_once(',').unwrap().1)
        })
    };
    for names in ["x-amz-date;host", "host;host", "Host", "host;", "", "host;a b", "host;x:y"] {
        assert!(matches!(read(&with(names)), Err(SignatureError::Incomplete(_))), "{names}");
    }
    let rules = Rules::for_s3();
    assert_eq!(check(&with("x-amz-date"), b"", &rules, NOW), Err(SignatureError::UnsignedHeader));
    // What is signed and taken away, and what is signed as absent.
    let all = "absent;host;x-amz-acl;x-amz-content-sha256;x-amz-date;x-amz-security-token";
    assert_eq!(check(&with(all), b"", &rules, NOW), Err(SignatureError::Mismatch));
}

#[test]
fn a_signature_tells_what_it_covers_and_that_it_was_not_made_ahead() {
    let signature = read(&signed(b"")).unwrap().unwrap();

    let covered = ["host", "x-amz-acl", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"];
    assert_eq!(signature.signed_headers(), covered);
    assert!(!signature.is_presigned());
}

/// Made by botocore 1.43.
#[test]
fn services_other_than_s3_encode_a_path_twice() {
    let request =
        HttpRequest::new("GET", "/a%20b/c").header("host", "api.example").header("x-amz-date", "20150830T123600Z");
    let request = request.header(
        "authorization",
        "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/execute-api/aws4_request, SignedHeaders=host;x-amz-date, \
         Signature=f440eb26864646f86cf468b39c84805ab9898beb2eebd65e78133b7db30a7cf1",
    );

    assert_eq!(check(&request, b"", &Rules::for_services(&["execute-api"]), NOW), Ok(Payload::Hashed));
}

#[test]
fn a_header_that_is_signed_as_empty_is_not_one_that_is_absent() {
    let mut request = HttpRequest::new("GET", "/").header("host", "h").header("x-note", "");
    signer("us-east-1", "sts").sign(&mut request, &Body::Bytes(b""), at(NOW)).unwrap();
    let without = request
        .headers()
        .filter(|(name, _)| *name != "x-note")
        .fold(HttpRequest::new("GET", "/"), |all, (name, value)| all.header(name, value));
    let rules = Rules::for_services(&["sts"]);

    assert_eq!(check(&request, b"", &rules, NOW), Ok(Payload::Hashed));
    assert_eq!(check(&without, b"", &rules, NOW), Err(SignatureError::Mismatch));
}

#[test]
fn line_107_unsigned_and_chunked_payloads_are_s3s_alone() {
    let forms = [
        "UNSIGNED-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
    ];
    for form in forms {
        let with = |service: &str| {
            let mut request = HttpRequest::new("POST", "/").header("host", "h").header("x-amz-content-sha256", form);
            let signed = signer("us-east-1", service).sign(&mut request, &Body::Streaming, at(NOW));
            (signed, request)
        };
        assert_eq!(with("cognito-idp").0, Err(SignatureError::Payload), "{form}");

        // Rules that take S3 beside another service take its forms for S3 alone.
        let (made, request) = with("s3");
        assert_eq!(made, Ok(()));
        let both = Rules::for_services(&["s3", "cognito-idp"]);
        assert!(matches!(check(&request, b"x", &both, NOW), Ok(Payload::Unsigned | Payload::Chunked)), "{form}");
        let as_other = replaced(&request, "authorization", |text| text.replace("/s3/", "/cognito-idp/"));
        assert_eq!(check(&as_other, b"x", &both, NOW), Err(SignatureError::Payload), "{form}");
    }
}

#[test]
fn a_body_that_streams_has_its_declared_hash_handed_out_to_be_checked() {
    let request = signed(b"body");
    let hash = ring::digest::digest(&ring::digest::SHA256, b"body");

    let answer = check_body(&request, &Body::Streaming, &Rules::for_s3(), NOW);
    assert_eq!(answer, Ok(Payload::Declared(hash.as_ref().try_into().unwrap())));

    let odd = replaced(&request, "x-amz-content-sha256", str::to_uppercase);
    assert_eq!(check_body(&odd, &Body::Streaming, &Rules::for_s3(), NOW), Err(SignatureError::Payload));
    let bare = call("sts", HttpRequest::new("POST", "/"));
    let rules = Rules::for_services(&["sts"]);
    assert_eq!(check_body(&bare, &Body::Streaming, &rules, NOW), Err(SignatureError::Payload));
}

#[test]
fn query_bytes_that_are_no_utf8_are_bound_like_any_other() {
    let rules = Rules::for_services(&["sts"]);
    for (sent, others) in [
        ("%ff", ["%fe", "%EF%BF%BD"]),
        ("%C3%28", ["%C2%28", "%EF%BF%BD%28"]),
        ("%80%80", ["%81%bf", "%80"]),
        ("%E4%F6%FC", ["%E4%F6%FD", "%e4%F6"]),
    ] {
        let good = call("sts", HttpRequest::new("GET", format!("/?x={sent}&y").as_str()));
        assert_eq!(check(&good, b"", &rules, NOW), Ok(Payload::Hashed), "{sent}");
        for other in others {
            let bare = HttpRequest::new("GET", &format!("/?x={other}&y"));
            let bent = good.headers().fold(bare, |request, (name, value)| request.header(name, value));
            assert_eq!(check(&bent, b"", &rules, NOW), Err(SignatureError::Mismatch), "{sent} {other}");
        }
    }
}

/// Signed here step by step, as Amazon's documentation says, without this crate's signer.
#[test]
fn a_right_signature_over_bytes_that_are_no_utf8_is_accepted() {
    let canonical = "GET\n/\nx=%FF\nhost:h\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n\
        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let hash = hex(ring::digest::digest(&ring::digest::SHA256, canonical.as_bytes()).as_ref());
    let to_sign = format!("AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/sts/aws4_request\n{hash}");
    let hmac = |key: &[u8], text: &[u8]| {
        ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key), text).as_ref().to_vec()
    };
    let key = ["20150830", "us-east-1", "sts", "aws4_request"]
        .iter()
        .fold(b"AWS4secret".to_vec(), |key, part| hmac(&key, part.as_bytes()));
    let signature = hex(&hmac(&key, to_sign.as_bytes()));
    let request =
        HttpRequest::new("GET", "/?x=%FF").header("host", "h").header("x-amz-date", "20150830T123600Z").header(
            "authorization",
            format!(
                "AWS4-HMAC-SHA256 Credential=AKID/20150830/us-east-1/sts/aws4_request, SignedHeaders=host;x-amz-date, \
             Signature={signature}"
            ),
        );

    assert_eq!(check(&request, b"", &Rules::for_services(&["sts"]), NOW), Ok(Payload::Hashed));
}

#[test]
fn only_blanks_and_tabs_count_as_blanks() {
    let rules = Rules::for_services(&["sts"]);
    let good = call("sts", HttpRequest::new("GET", "/").header("x-note", "a  b"));

    for same in ["a b", " a \t b ", "a\tb"] {
        assert_eq!(check(&replaced(&good, "x-note", |_| same.to_owned()), b"", &rules, NOW), Ok(Payload::Hashed));
    }
    for other in ["a\u{a0}b", "a\u{2003}b", "a\u{3000}b", "a\u{85}b", "ab"] {
        let bent = replaced(&good, "x-note", |_| other.to_owned());
        assert_eq!(check(&bent, b"", &rules, NOW), Err(SignatureError::Mismatch), "{other:?}");
    }
}

#[test]
fn a_signed_header_with_a_control_character_is_refused() {
    let rules = Rules::for_services(&["sts"]);
    let good = call("sts", HttpRequest::new("GET", "/").header("x-note", "a b"));

    for control in ['\n', '\r', '\0', '\u{b}', '\u{c}', '\u{7f}'] {
        let bent = replaced(&good, "x-note", |_| format!("a{control}b"));
        assert!(matches!(check(&bent, b"", &rules, NOW), Err(SignatureError::Incomplete(_))), "{control:?}");
    }
}

#[test]
fn header_bytes_that_are_no_utf8_are_bound() {
    let rules = Rules::for_services(&["sts"]);
    let good = call("sts", HttpRequest::new("GET", "/").header("x-note", b"\xfe".as_slice()));
    let bare = HttpRequest::new("GET", "/");
    let bent = good.headers().fold(bare, |request, (name, value)| {
        request.header(name, if name == "x-note" { b"\xff".as_slice() } else { value })
    });

    assert_eq!(check(&good, b"", &rules, NOW), Ok(Payload::Hashed));
    assert_eq!(check(&bent, b"", &rules, NOW), Err(SignatureError::Mismatch));
}

#[test]
fn a_request_without_signature_or_of_another_scheme_is_unsigned() {
    let with =
        |value: &str| read(&HttpRequest::new("POST", "/").header("authorization", value)).map(|found| found.is_some());

    assert!(read(&HttpRequest::new("POST", "/")).unwrap().is_none());
    assert_eq!(with("Bearer x"), Ok(false));
    assert!(matches!(with("AWS4-HMAC-SHA256"), Err(SignatureError::Incomplete(_))));
    assert!(matches!(with("AWS4-HMAC-SHA256 x"), Err(SignatureError::Incomplete(_))));
}

#[test]
fn blanks_around_the_authorization_do_not_make_a_request_unsigned() {
    let bent = replaced(&signed(b""), "authorization", |text| format!(" \t{text} "));

    assert_eq!(check(&bent, b"", &Rules::for_s3(), NOW), Ok(Payload::Hashed));
}

/// botocore signs so when the caller sets `Date`.
#[test]
fn a_blank_parts_the_scheme_from_what_it_says() {
    let bent = replaced(&signed(b""), "authorization", |text| text.replace("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256"));

    assert!(matches!(check(&bent, b"", &Rules::for_s3(), NOW), Err(SignatureError::Incomplete(_))));
}

#[test]
fn the_time_may_stand_in_the_date_header() {
    let rules = Rules::for_services(&["sts"]);
    let good = call("sts", HttpRequest::new("GET", "/"));
    // The time's text is part of what is signed, and the header's own name is not among the signed ones.
    let with = |date: &str| {
        let bare = HttpRequest::new("GET", "/").header("date", date);
        let rest = good.headers().filter(|(name, _)| *name != "x-amz-date");
        rest.fold(bare, |all, (name, value)| all.header(name, value))
    };
    let claimed = |date: &str| read(&with(date)).map(|found| found.is_some());

    for date in ["Sun, 30 Aug 2015 12:36:00 GMT", "Sun, 30 Aug 2015 12:36:00 -0000", "20150830T123600Z"] {
        assert_eq!(claimed(date), Ok(true), "{date}");
    }
    for date in ["Mon, 30 Aug 2015 12:36:00 GMT", "Sun, 30 Aug 2015 12:36:00 +0200", ""] {
        assert!(matches!(claimed(date), Err(SignatureError::Incomplete(_))), "{date}");
    }
    // Amazon's own date goes first.
    let late = good.clone().header("date", "Sun, 30 Aug 2015 18:00:00 GMT");
    assert_eq!(check(&late, b"", &rules, NOW), Ok(Payload::Hashed));
}

#[test]
fn a_session_token_in_a_header_need_not_be_signed() {
    let mut request = HttpRequest::new("GET", "/").header("host", "h");
    let plain = Signer { session_token: None, ..signer("us-east-1", "sts") };
    plain.sign(&mut request, &Body::Bytes(b""), at(NOW)).unwrap();
    let later = request.header("x-amz-security-token", "token");

    assert_eq!(read(&later).unwrap().unwrap().session_token(), Some("token"));
    assert_eq!(check(&later, b"", &Rules::for_services(&["sts"]), NOW), Ok(Payload::Hashed));
}

#[test]
fn debug_shows_neither_secret_nor_token_nor_signature() {
    let request = signed(b"");
    let signature = read(&request).unwrap().unwrap();
    let shown = format!("{:?} {signature:?}", signer("r", "s"));

    assert!(shown.contains("AKID"));
    for secret in ["secret", "token", request.text("authorization").unwrap().rsplit('=').next().unwrap()] {
        assert!(!shown.contains(&format!("\"{secret}\"")), "{shown}");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
