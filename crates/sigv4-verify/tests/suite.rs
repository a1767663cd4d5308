//! Lines 106 to 108: the shared signing suite, and every way to bend a signed request.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used, reason = "tests")]

use std::path::{Path, PathBuf};

use identity_kernel::time::Timestamp;
use serde_json::Value;
use sigv4_verify::{Body, HttpRequest, Payload, Rules, Scope, SignatureError, Signer, read};

const NOW: i64 = 1_440_938_160;

struct Case {
    name: String,
    request: HttpRequest,
    body: Vec<u8>,
    secret: String,
    rules: Rules,
}

fn cases() -> Vec<Case> {
    let Some(folder) = shared_vectors::path("sigv4-aws-c-auth/v4") else { return Vec::new() };
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders.iter().map(|folder| case(folder)).collect()
}

fn case(folder: &Path) -> Case {
    let context: Value = serde_json::from_slice(&std::fs::read(folder.join("context.json")).unwrap()).unwrap();
    let text = std::fs::read_to_string(folder.join("header-signed-request.txt")).unwrap();
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    let scope = Scope::new(context["region"].as_str().unwrap(), context["service"].as_str().unwrap());
    let rules = Rules::for_service(scope);
    Case {
        name: folder.file_name().unwrap().to_string_lossy().into_owned(),
        request: parse(head),
        body: body.strip_suffix('\n').unwrap_or(body).as_bytes().to_vec(),
        secret: context["credentials"]["secret_access_key"].as_str().unwrap().to_owned(),
        rules: if context["normalize"].as_bool().unwrap() { rules } else { rules.keep_path() },
    }
}

fn parse(head: &str) -> HttpRequest {
    let mut lines = head.lines();
    let first = lines.next().unwrap();
    let (method, rest) = first.split_once(' ').unwrap();
    let target = rest.rsplit_once(" HTTP/").unwrap().0;
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        match line.split_once(':') {
            Some((name, value)) if !line.starts_with(' ') => headers.push((name.to_owned(), value.to_owned())),
            _ => {
                let last = headers.last_mut().unwrap();
                last.1 = format!("{} {}", last.1, line.trim());
            }
        }
    }
    headers.into_iter().fold(HttpRequest::new(method, target), |request, (name, value)| request.header(&name, value))
}

fn verify(case: &Case, request: &HttpRequest, body: &[u8], now: i64) -> Result<Payload, SignatureError> {
    // Whoever has another key id has another secret.
    let known = read(request)?.filter(|signature| signature.access_key_id() == "AKIDEXAMPLE");
    let signature = known.ok_or(SignatureError::Mismatch)?;
    signature.verify(request, &Body::Bytes(body), &case.secret, &case.rules, Timestamp::from_epoch_seconds(now))
}

#[test]
fn line_106_every_signed_request_of_the_suite_is_accepted() {
    let cases = cases();

    let refused: Vec<_> = cases
        .iter()
        .filter_map(|case| {
            let answer = verify(case, &case.request, &case.body, NOW);
            (answer != Ok(Payload::Hashed)).then_some((&case.name, answer))
        })
        .collect();

    println!("{} of {} accepted", cases.len() - refused.len(), cases.len());
    assert!(refused.is_empty(), "{refused:?}");
}

#[test]
fn line_106_every_single_character_change_of_a_signed_header_is_refused() {
    for case in cases() {
        for (at, (name, value)) in case.request.headers().iter().enumerate() {
            if name == "x-amz-security-token" && case.name == "post-sts-header-after" {
                continue;
            }
            for index in (0..value.len()).filter(|index| value.as_bytes()[*index].is_ascii_alphanumeric()) {
                let mut bytes = value.clone().into_bytes();
                bytes[index] = if bytes[index] == b'0' { b'1' } else { b'0' };
                let mut bent = HttpRequest::new(method(&case), &target(&case));
                for (other, (name, value)) in case.request.headers().iter().enumerate() {
                    let value = if other == at { String::from_utf8(bytes.clone()).unwrap() } else { value.clone() };
                    bent.push_header(name, value);
                }
                assert!(verify(&case, &bent, &case.body, NOW).is_err(), "{}: {name} at {index}", case.name);
            }
        }
    }
}

#[test]
fn line_106_every_single_byte_change_of_method_path_query_and_body_is_refused() {
    for case in cases() {
        let (method, target) = (method(&case), target(&case));
        let with = |method: &str, target: &str| {
            let bare = HttpRequest::new(method, target);
            case.request.headers().iter().fold(bare, |request, (name, value)| request.header(name, value.clone()))
        };
        assert!(verify(&case, &with(&method.replace(['G', 'P'], "X"), &target), &case.body, NOW).is_err());
        // Where paths are resolved, what stands in front of `..` is not there.
        let whole = !case.name.contains("relative");
        for at in (1..target.len()).filter(|_| whole) {
            let mut bent = target.clone().into_bytes();
            bent[at] = if bent[at] == b'Z' { b'Y' } else { b'Z' };
            let Ok(bent) = String::from_utf8(bent) else { continue };
            assert!(verify(&case, &with(&method, &bent), &case.body, NOW).is_err(), "{}: {bent}", case.name);
        }
        for at in 0..case.body.len() {
            let mut bent = case.body.clone();
            bent[at] ^= 1;
            assert!(verify(&case, &case.request, &bent, NOW).is_err(), "{}: body at {at}", case.name);
        }
    }
}

fn method(case: &Case) -> String {
    format!("{:?}", case.request).split('"').nth(1).unwrap().to_owned()
}

fn target(case: &Case) -> String {
    let debug = format!("{:?}", case.request);
    let parts: Vec<&str> = debug.split('"').collect();
    if parts[5].is_empty() { parts[3].to_owned() } else { format!("{}?{}", parts[3], parts[5]) }
}

fn signed(scope: &Scope, body: &[u8]) -> HttpRequest {
    let mut request =
        HttpRequest::new("PUT", "/bucket/a%20b?x=1").header("host", "s3.example").header("x-amz-acl", "private");
    signer(scope).sign(&mut request, &Body::Bytes(body), Timestamp::from_epoch_seconds(NOW));
    request
}

fn signer(scope: &Scope) -> Signer<'static> {
    Signer { access_key_id: "AKID", secret: "secret", session_token: Some("token"), scope: scope.clone() }
}

fn check(request: &HttpRequest, body: &[u8], rules: &Rules, now: i64) -> Result<Payload, SignatureError> {
    let signature = read(request)?.expect("signed");
    signature.verify(request, &Body::Bytes(body), "secret", rules, Timestamp::from_epoch_seconds(now))
}

#[test]
fn method_path_query_body_and_scope_are_bound() {
    let scope = Scope::new("us-east-1", "s3");
    let rules = Rules::for_s3();
    let good = signed(&scope, b"body");
    let elsewhere = |method: &str, target: &str| {
        good.headers().iter().fold(HttpRequest::new(method, target), |request, (n, v)| request.header(n, v.clone()))
    };

    assert_eq!(check(&good, b"body", &rules, NOW), Ok(Payload::Hashed));
    assert_eq!(check(&good, b"Body", &rules, NOW), Err(SignatureError::Payload));
    for (method, target) in [
        ("GET", "/bucket/a%20b?x=1"),
        ("PUT", "/bucket/a%20c?x=1"),
        ("PUT", "/bucket/a%20b?x=2"),
        ("PUT", "/bucket/a%20b"),
    ] {
        assert_eq!(
            check(&elsewhere(method, target), b"body", &rules, NOW),
            Err(SignatureError::Mismatch),
            "{method} {target}"
        );
    }
    let other = Rules::for_service(Scope::new("us-east-1", "sts"));
    assert_eq!(check(&good, b"body", &other, NOW), Err(SignatureError::Scope));
}

#[test]
fn line_107_unsigned_amz_headers_doubled_headers_and_two_credentials_are_refused() {
    let good = signed(&Scope::new("us-east-1", "s3"), b"");
    let rules = Rules::for_s3();
    let with = |name: &str, value: &str| good.clone().header(name, value);

    assert_eq!(check(&with("x-amz-copy-source", "/other/key"), b"", &rules, NOW), Err(SignatureError::UnsignedHeader));
    assert_eq!(check(&with("content-type", "text/html"), b"", &rules, NOW), Err(SignatureError::UnsignedHeader));
    assert!(matches!(check(&with("host", "s3.example"), b"", &rules, NOW), Err(SignatureError::Incomplete(_))));
    assert!(matches!(read(&with("authorization", "AWS4-HMAC-SHA256 x")), Err(SignatureError::Incomplete(_))));
    assert!(matches!(read(&with("x-amz-date", "20150830T123600Z")), Err(SignatureError::Incomplete(_))));
    let both =
        good.headers().iter().fold(HttpRequest::new("PUT", "/?X-Amz-Signature=00"), |r, (n, v)| r.header(n, v.clone()));
    assert!(matches!(read(&both), Err(SignatureError::Incomplete(_))));
}

#[test]
fn line_108_a_signature_lives_five_minutes_either_way() {
    let good = signed(&Scope::new("us-east-1", "s3"), b"");
    let rules = Rules::for_s3();

    assert!(check(&good, b"", &rules, NOW + 300).is_ok());
    assert_eq!(check(&good, b"", &rules, NOW + 301), Err(SignatureError::Expired));
    assert_eq!(check(&good, b"", &rules, NOW - 301), Err(SignatureError::NotYetCurrent));
    assert!(check(&good, b"", &rules.clone().skew_seconds(900), NOW + 900).is_ok());
}

#[test]
fn a_request_without_signature_or_with_a_bearer_token_is_unsigned() {
    assert!(read(&HttpRequest::new("POST", "/")).unwrap().is_none());
    assert!(read(&HttpRequest::new("POST", "/").header("authorization", "Bearer x")).unwrap().is_none());
}

#[test]
fn a_presigned_request_lives_as_long_as_it_says_and_seven_days_at_most() {
    let url = |expires: &str| {
        format!(
            "/b/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20150830%2Fus-east-1%2Fs3%2Faws4_request\
             &X-Amz-Date=20150830T123600Z&X-Amz-Expires={expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=00"
        )
    };
    let request = HttpRequest::new("GET", &url("60")).header("host", "s3.example");
    let signature = read(&request).unwrap().unwrap();
    let at = |now| {
        signature.verify(&request, &Body::Streaming, "secret", &Rules::for_s3(), Timestamp::from_epoch_seconds(now))
    };

    assert!(signature.is_presigned());
    assert_eq!(at(NOW), Err(SignatureError::Mismatch));
    assert_eq!(at(NOW + 61), Err(SignatureError::Expired));
    for bad in ["0", "-1", "604801", "x"] {
        assert!(matches!(read(&HttpRequest::new("GET", &url(bad))), Err(SignatureError::Incomplete(_))), "{bad}");
    }
}
