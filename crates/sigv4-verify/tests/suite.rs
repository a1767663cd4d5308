//! Line 106: the shared signing suite, its requests signed in the header and signed ahead, and every way to bend them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use serde_json::Value;
use sigv4_verify::{Body, HttpRequest, Payload, Rules, Scope, SignatureError, Timestamp, read};

const NOW: u64 = 1_440_938_160;

struct Case {
    name: String,
    /// Signed in its header.
    request: HttpRequest,
    body: Vec<u8>,
    context: Value,
}

/// The suite, all of it: a folder that lost cases is no suite.
fn cases() -> Vec<Case> {
    let Some(folder) = shared_vectors::path("sigv4-aws-c-auth/v4") else { return Vec::new() };
    let mut folders: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let cases: Vec<Case> = folders.iter().map(|folder| case(folder)).collect();
    assert_eq!(cases.len(), 38);
    cases
}

fn case(folder: &Path) -> Case {
    let text = std::fs::read_to_string(folder.join("header-signed-request.txt")).unwrap();
    let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
    Case {
        name: folder.file_name().unwrap().to_string_lossy().into_owned(),
        request: parse(head),
        body: body.strip_suffix('\n').unwrap_or(body).as_bytes().to_vec(),
        context: serde_json::from_slice(&std::fs::read(folder.join("context.json")).unwrap()).unwrap(),
    }
}

impl Case {
    fn secret(&self) -> &str {
        self.context["credentials"]["secret_access_key"].as_str().unwrap()
    }

    fn normalizes(&self) -> bool {
        self.context["normalize"].as_bool().unwrap()
    }

    fn rules(&self) -> Rules {
        let scope = Scope::new(self.context["region"].as_str().unwrap(), self.context["service"].as_str().unwrap());
        let rules = Rules::for_service(scope);
        if self.normalizes() { rules } else { rules.keep_path() }
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

/// The same headers behind another request line.
fn elsewhere(request: &HttpRequest, method: &str, target: &str) -> HttpRequest {
    request.headers().fold(HttpRequest::new(method, target), |all, (name, value)| all.header(name, value))
}

fn verify(case: &Case, request: &HttpRequest, body: &[u8]) -> Result<Payload, SignatureError> {
    // Whoever has another key id has another secret, and whoever has no signature none.
    let known = read(request)?.filter(|signature| signature.access_key_id() == "AKIDEXAMPLE");
    let signature = known.ok_or(SignatureError::Mismatch)?;
    let now = Timestamp::from_epoch_seconds(i64::try_from(NOW).unwrap());
    signature.verify(request, &Body::Bytes(body), case.secret(), &case.rules(), now)
}

#[test]
fn line_106_every_signed_request_of_the_suite_is_accepted() {
    for case in cases() {
        assert_eq!(verify(&case, &case.request, &case.body), Ok(Payload::Hashed), "{}", case.name);
    }
}

/// The case's request signed ahead by Amazon's own signer for Rust; `None` if that cannot even read its path.
fn presigned(case: &Case) -> Option<HttpRequest> {
    let own = ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"];
    let kept: Vec<(&str, &str)> = case
        .request
        .headers()
        .filter(|(name, _)| !own.contains(name))
        .map(|(name, value)| (name, std::str::from_utf8(value).unwrap()))
        .collect();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_hours(1));
    if !case.normalizes() {
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    let token = case.context["credentials"]["token"].as_str().map(str::to_owned);
    let identity = Credentials::new("AKIDEXAMPLE", case.secret(), token, None, "suite").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(case.context["region"].as_str().unwrap())
        .name(case.context["service"].as_str().unwrap())
        .time(SystemTime::UNIX_EPOCH + Duration::from_secs(NOW))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let url = format!("http://example.amazonaws.com{}", case.request.target());
    let body = SignableBody::Bytes(&case.body);
    let signable = SignableRequest::new(case.request.method(), url, kept.iter().copied(), body).ok()?;
    let (instructions, _) = sign(signable, &parameters).ok()?.into_parts();
    let added: Vec<String> =
        instructions.params().iter().map(|(name, value)| format!("{name}={}", escape(value))).collect();
    let (path, query) = (case.request.path(), case.request.query());
    let query = if query.is_empty() { added.join("&") } else { format!("{query}&{}", added.join("&")) };
    let bare = HttpRequest::new(case.request.method(), &format!("{path}?{query}"));
    Some(kept.iter().fold(bare, |request, (name, value)| request.header(name, *value)))
}

fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[test]
fn line_106_every_request_of_the_suite_signed_ahead_is_accepted() {
    let mut unread = Vec::new();
    for case in cases() {
        match presigned(&case) {
            Some(request) => assert_eq!(verify(&case, &request, &case.body), Ok(Payload::Hashed), "{}", case.name),
            None => unread.push(case.name),
        }
    }
    // Amazon's signer for Rust takes no path with a blank in it.
    assert!(unread.iter().all(|name| name.starts_with("get-space")), "{unread:?}");
}

/// The path that a request means where dots and doubled slashes are resolved (RFC 3986 §5.2.4).
fn meaning(case: &Case, path: &str) -> String {
    if !case.normalizes() {
        return path.to_owned();
    }
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            kept.pop();
        } else {
            kept.push(part);
        }
    }
    let slash = if path.ends_with('/') { "/" } else { "" };
    format!("/{}{slash}", kept.join("/")).replace("//", "/")
}

#[test]
fn line_106_every_single_byte_change_of_a_signed_request_is_refused() {
    for case in cases() {
        for request in [Some(case.request.clone()), presigned(&case)].into_iter().flatten() {
            refuses_other_lines(&case, &request);
            refuses_other_headers(&case, &request);
            for at in 0..case.body.len() {
                let mut bent = case.body.clone();
                bent[at] ^= 1;
                assert!(verify(&case, &request, &bent).is_err(), "{}: body at {at}", case.name);
            }
        }
    }
}

fn refuses_other_lines(case: &Case, request: &HttpRequest) {
    let (method, target) = (request.method(), request.target());
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).ok();
    for bent in changes(method.as_bytes(), &[1, 0x20]).filter_map(text) {
        let bent = elsewhere(request, &bent, &target);
        assert!(verify(case, &bent, &case.body).is_err(), "{}: {}", case.name, bent.method());
    }
    for bent in changes(target.as_bytes(), &[1]).filter_map(text) {
        let bent = elsewhere(request, method, &bent);
        if meaning(case, bent.path()) == meaning(case, request.path()) && bent.query() == request.query() {
            continue;
        }
        assert!(verify(case, &bent, &case.body).is_err(), "{}: {}", case.name, bent.target());
    }
}

fn refuses_other_headers(case: &Case, request: &HttpRequest) {
    let headers: Vec<(&str, &[u8])> = request.headers().collect();
    for (at, (name, value)) in headers.iter().enumerate() {
        // This case adds its token behind the signature.
        if *name == "x-amz-security-token" && case.name == "post-sts-header-after" {
            continue;
        }
        for changed in changes(value, &[1, 0x20, 0x80]) {
            let mut bent = HttpRequest::new(request.method(), &request.target());
            for (other, (name, value)) in headers.iter().enumerate() {
                bent.push_header(name, if other == at { changed.as_slice() } else { value });
            }
            let shown = String::from_utf8_lossy(&changed).into_owned();
            assert!(verify(case, &bent, &case.body).is_err(), "{}: {name}: {shown}", case.name);
        }
    }
}

/// Every change of one byte by these bits.
fn changes(bytes: &[u8], bits: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len()).flat_map(move |at| {
        bits.iter().map(move |bits| {
            let mut bent = bytes.to_vec();
            bent[at] ^= bits;
            bent
        })
    })
}
