//! Every parser of outside bytes, as a function of bytes that may do anything but panic, hang, or accept what it must not.
//! `cargo xtask fuzz TARGET` runs one under libFuzzer; the tests here run all of them for a moment.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a fuzz target panics when a rule is broken")]

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use cenote::Cenote;
use cenote::documents::page::PageRequest;
use cenote::prelude::*;
use cognito_srp::{PublicValue, Salt};
use iam_policy::{Context, Policies, Policy, PolicyKind, Principal, decide};
use identity_kernel::strict_json;
use identity_kernel::time::Timestamp;
use jwt_tokens::claims_json::Text;
use jwt_tokens::{Algorithm, KeySet, SigningKey, Verifier, VerifyingKey};
use saml_verify::Metadata;
use serde_json::{Map, Value};
use sigv4_verify::{HttpRequest, Rules, SignatureError};
use test_support::saml::IdentityProvider;
use tower::ServiceExt as _;
use webauthn_verify::{AssertionResponse, CredentialId, Expected, PublicKey, RegistrationResponse, UserVerification};

/// A target: its name, what it does, and an input from which others are bent.
pub type Target = (&'static str, fn(&[u8]), &'static [u8]);

/// All targets.
pub const TARGETS: [Target; 14] = [
    ("jwt", jwt, b"eyJhbGciOiJFZERTQSIsImtpZCI6ImsifQ.eyJpc3MiOiJpIiwiZXhwIjo5fQ.AAAA"),
    ("claims", claims, br#"{"iss":"i","aud":["a","b"],"exp":9,"email_verified":true,"nonce":null}"#),
    ("jwk", jwk, br#"{"keys":[{"kty":"RSA","kid":"k","n":"AQAB","e":"AQAB","alg":"RS256","use":"sig"}]}"#),
    ("sigv4", sigv4, b"GET /b?X-Amz-Signature=0\nauthorization:AWS4-HMAC-SHA256 Credential=a/20150830/r/s/aws4_request, SignedHeaders=host, Signature=00\nx-amz-date:20150830T123600Z"),
    ("chunks", chunks, b"3\r\nabc\r\n0\r\nx-amz-checksum-crc32: AAAAAA==\r\n\r\n"),
    ("policy", policy, br#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"aws:k":"${aws:v}*"}}}]}"#),
    ("policy_variables", policy_variables, b"a/${aws:v, 'd'}/*?\nvalue*"),
    ("srp", srp, b"0123456789abcdef"),
    ("aws_json", aws_json, br#"{"ClientId":"c","Username":"u","Password":"p","UserAttributes":[{"Name":"email","Value":"a@b"}]}"#),
    ("aws_query", aws_query, b"Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=a&RoleSessionName=b&WebIdentityToken=c"),
    ("list_users_filter", list_users_filter, b"email ^= \"a\\\"b\""),
    ("saml", saml, br#"<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="a" Version="2.0"><ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/></samlp:Response>"#),
    ("saml_redirect", saml_redirect, b"SAMLRequest=BcEBDQAAAMKg909tDjcIqCg4&RelayState=a%20b&SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256&Signature=AAAA"),
    ("webauthn", webauthn, b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58\x03abc"),
];

fn text(data: &[u8]) -> &str {
    std::str::from_utf8(data).unwrap_or_default()
}

/// No token but the signer's own passes.
pub fn jwt(data: &[u8]) {
    static KEYS: LazyLock<KeySet> =
        LazyLock::new(|| KeySet::from_jwks([SigningKey::generate(Algorithm::EdDsa).unwrap().public_jwk()]));
    let now = Timestamp::from_epoch_seconds(1);
    assert!(Verifier::new("i").any_audience().verify(&KEYS, text(data), now).is_err());
    let _ = Verifier::unverified_claim(text(data), "iss");
}

/// Claims for which a glance is enough say what they say by the book.
pub fn claims(data: &[u8]) {
    let Some(glanced) = Text::new(data.to_vec()) else { return };
    if glanced.plain_members().is_some() {
        assert_eq!(glanced.read::<Map<String, Value>>(), strict_json::object(data));
    }
}

/// Whatever key is read can be written and read again.
pub fn jwk(data: &[u8]) {
    let _ = KeySet::from_json(data);
    let _ = SigningKey::from_jwk(data);
    for algorithm in Algorithm::ASYMMETRIC {
        if let Ok(key) = VerifyingKey::from_spki(algorithm, data) {
            assert_eq!(VerifyingKey::from_spki(algorithm, &key.spki().unwrap()).unwrap(), key);
        }
        let _ = VerifyingKey::from_pem(algorithm, text(data));
        let _ = SigningKey::from_pem(algorithm, text(data));
    }
}

/// No request passes under a secret that nobody knows.
pub fn sigv4(data: &[u8]) {
    let mut lines = text(data).lines();
    let (method, target) = lines.next().and_then(|line| line.split_once(' ')).unwrap_or(("GET", "/"));
    let request = lines
        .filter_map(|line| line.split_once(':'))
        .fold(HttpRequest::new(method, target), |all, (name, value)| all.header(name, value));
    let Ok(Some(signature)) = sigv4_verify::read(&request) else { return };
    let now = Timestamp::from_epoch_seconds(1_440_938_160);
    for rules in [Rules::for_s3(), Rules::for_services(&["s", "sts"])] {
        let outcome = signature.verify(&request, &sigv4_verify::Body::Bytes(b""), "unknown", &rules, now);
        assert!(outcome.is_err(), "{outcome:?}");
    }
}

/// The pieces in which a body comes change nothing.
pub fn chunks(data: &[u8]) {
    let read = |piece: usize| -> Result<Vec<u8>, SignatureError> {
        let request = HttpRequest::new("PUT", "/")
            .header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            .header("x-amz-date", "20150830T123600Z")
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=a/20150830/r/s3/aws4_request, SignedHeaders=host, Signature=00",
            );
        let signature = sigv4_verify::read(&request)?.unwrap();
        let mut body = signature.chunked_body(&request, "").unwrap();
        let mut plain = Vec::new();
        for piece in data.chunks(piece) {
            plain.extend(body.feed(piece)?);
        }
        body.finish().map(|_| plain)
    };
    let whole = read(data.len().max(1));
    assert_eq!(read(1).ok(), whole.ok());
}

fn request(resource: &str, context: Context) -> iam_policy::Request {
    let principal = Principal::role_session("arn:aws:iam::123456789012:role/app", "s");
    iam_policy::Request { principal, action: "s3:GetObject".to_owned(), resource: resource.to_owned(), context }
}

/// A policy that cannot be read allows nothing, and one that can is decided.
pub fn policy(data: &[u8]) {
    for kind in [PolicyKind::Identity, PolicyKind::Resource, PolicyKind::Trust] {
        if let Ok(policy) = Policy::parse("p", kind, text(data)) {
            let _ = decide(&Policies::of_identity(&[policy]), &request("arn:aws:s3:::b/k", Context::new()));
        }
    }
}

/// A value never acts as a pattern: what matches with it, matches with its text put in place.
pub fn policy_variables(data: &[u8]) {
    let (resource, value) = text(data).split_once('\n').unwrap_or((text(data), ""));
    let json = serde_json::json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "s3:*", "Resource": format!("arn:aws:s3:::{resource}")}});
    let Ok(policy) = Policy::parse("p", PolicyKind::Identity, &json.to_string()) else { return };
    let context = Context::new().with("aws:v", value);
    let asked = request(&format!("arn:aws:s3:::{}", resource.replace("${aws:v}", value)), context);
    let allowed = decide(&Policies::of_identity(&[policy]), &asked).is_allowed();
    let plain = !resource.replace("${aws:v}", "").contains("${");
    assert!(allowed || !plain, "{resource:?} with {value:?}");
}

/// Values of the other side are taken or refused.
pub fn srp(data: &[u8]) {
    if let Ok(value) = PublicValue::from_hex(text(data)) {
        assert!(PublicValue::from_hex(&value.to_hex()).is_ok());
    }
    let _ = Salt::from_hex(text(data));
    let _ = cognito_srp::parse_timestamp(text(data));
}

struct Service {
    runtime: tokio::runtime::Runtime,
    cenote: Cenote,
    router: Router,
    pool: cenote::userpool::model::ids::UserPoolId,
}

static SERVICE: LazyLock<Service> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (cenote, pool) = runtime.block_on(async {
        let cenote = Cenote::in_memory().build().await.unwrap();
        let users = cenote.user_pools();
        let pool = users.create_user_pool(CreateUserPool::named("p", users)).await.unwrap().id;
        (cenote, pool)
    });
    Service { runtime, router: cenote.aws_router(), cenote, pool }
});

/// Answers that are our fault are faults.
fn send(content_type: &str, target: Option<&str>, data: &[u8]) {
    let mut request = Request::post("/").header("content-type", content_type);
    if let Some(target) = target {
        request = request.header("x-amz-target", target);
    }
    let answer = SERVICE.router.clone().oneshot(request.body(Body::from(data.to_vec())).unwrap());
    let answer = SERVICE.runtime.block_on(answer).unwrap();
    assert!(!answer.status().is_server_error(), "{}", answer.status());
}

/// JSON bodies.
pub fn aws_json(data: &[u8]) {
    for target in [
        "AWSCognitoIdentityProviderService.SignUp",
        "AWSCognitoIdentityProviderService.InitiateAuth",
        "AWSCognitoIdentityService.GetId",
        "AWSCognitoIdentityService.GetCredentialsForIdentity",
    ] {
        send("application/x-amz-json-1.1", Some(target), data);
    }
}

/// What the service answers to a JSON body.
pub fn answer_to_json(data: &[u8]) -> String {
    let request = Request::post("/")
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", "AWSCognitoIdentityService.GetId")
        .body(Body::from(data.to_vec()))
        .unwrap();
    SERVICE.runtime.block_on(async {
        let answer = SERVICE.router.clone().oneshot(request).await.unwrap();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        String::from_utf8_lossy(&body).into_owned()
    })
}

/// Query bodies.
pub fn aws_query(data: &[u8]) {
    send("application/x-www-form-urlencoded", None, data);
}

/// Filters of `ListUsers`.
pub fn list_users_filter(data: &[u8]) {
    let page = PageRequest { limit: 10, after: None };
    let found = SERVICE.cenote.user_pools().list_users(&SERVICE.pool, text(data), page);
    let _ = SERVICE.runtime.block_on(found);
}

/// What a service provider demands whose provider signs by this key, which signs nothing here.
fn saml_expected() -> saml_verify::Expected<'static> {
    static KEYS: LazyLock<[saml_verify::SigningKey; 1]> = LazyLock::new(|| {
        let certificate = IdentityProvider::new("i").certificate();
        [saml_verify::SigningKey::from_certificate(&certificate).unwrap()]
    });
    saml_verify::Expected {
        issuer: "i",
        keys: &*KEYS,
        audiences: &["a"],
        recipients: &["r"],
        answers: saml_verify::Answers::Anything,
        skew_seconds: 60,
    }
}

/// No query passes that the provider has not signed.
pub fn saml_redirect(data: &[u8]) {
    assert!(saml_expected().verify_redirect(text(data), Timestamp::from_epoch_seconds(1)).is_err());
}

/// No response passes that the provider has not signed, and no metadata without a key.
pub fn saml(data: &[u8]) {
    let expected = saml_expected();
    let now = Timestamp::from_epoch_seconds(1);
    assert!(expected.verify_xml(text(data), now).is_err());
    assert!(expected.verify(text(data), now).is_err());
    assert!(!Metadata::parse(text(data)).is_ok_and(|metadata| metadata.keys.is_empty()));
}

/// No bytes are a passkey for a challenge that nobody has answered.
pub fn webauthn(data: &[u8]) {
    let relying_party = "example.com".parse().unwrap();
    let expected = Expected {
        challenge: &[0; 16],
        relying_party: &relying_party,
        other_origins: &[],
        framing_origins: &[],
        user_verification: UserVerification::Preferred,
        algorithms: &webauthn_verify::Algorithm::ALL,
    };
    let client_data =
        br#"{"type":"webauthn.create","challenge":"AAAAAAAAAAAAAAAAAAAAAA","origin":"https://example.com"}"#;
    let response = RegistrationResponse {
        id: CredentialId::new(&[0]).unwrap(),
        client_data: client_data.to_vec(),
        attestation_object: data.to_vec(),
        transports: Vec::new(),
        attachment: None,
    };
    // A registration without statement proves nothing but that it is well formed.
    if let Ok(new) = expected.verify_registration(&response) {
        assert_eq!(PublicKey::from_cose(new.public_key.as_cose()), Ok(new.public_key));
    }
    let _ = PublicKey::from_cose(data);
    let _ = AssertionResponse::from_json(data);
    let _ = RegistrationResponse::from_json(data);
}
