//! What another security token service is asked, and what its answers lead to.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use credential_vending::ops::assume::{Asker, AssumeRole, UndefinedRole};
use credential_vending::{AuditChain, BackendError, Carried, CredentialBackend, Credentials, Restriction};
use host_adapters::{StsClient, StsKind};
use http::{HeaderMap, StatusCode};
use iam_policy::Context;
use login_providers::http::{HttpError, HttpPort, HttpRequest, HttpResponse};

const CREDENTIALS: &str = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>
    <AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>
    <Expiration>2026-11-26T07:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>
    </AssumeRoleWithWebIdentityResponse>";

/// Another service: its answer, and what it was asked.
struct Service {
    answer: Option<(u16, &'static str)>,
    asked: Mutex<Vec<HttpRequest>>,
}

#[async_trait]
impl HttpPort for Service {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.asked.lock().unwrap().push(request);
        let (status, body) = self.answer.ok_or(HttpError::AddressNotAllowed)?;
        let status = StatusCode::from_u16(status).unwrap();
        Ok(HttpResponse { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() })
    }
}

fn request() -> AssumeRole {
    AssumeRole {
        role_arn: "arn:aws:iam::111122223333:role/app".to_owned(),
        session_name: "CognitoIdentityCredentials".to_owned(),
        duration_seconds: 3600,
        asker: Asker::WebIdentity("cognito-identity.amazonaws.com".to_owned()),
        login: Context::new(),
        identity: None,
        chain: AuditChain::default(),
        tags: BTreeMap::new(),
        session_policies: None,
        policy_arns: Vec::new(),
        ceiling: None,
        undefined: UndefinedRole::Refuse,
        carried: Carried::default(),
        minimum_token_size: 0,
    }
}

/// What a service of this kind that answers so is asked, and what comes of it.
async fn ask(
    kind: StsKind,
    answer: Option<(u16, &'static str)>,
    request: AssumeRole,
) -> (Vec<HttpRequest>, Result<Credentials, BackendError>) {
    let service = Arc::new(Service { answer, asked: Mutex::default() });
    let client = StsClient::new(service.clone(), "https://sts.example/".parse().unwrap(), kind);
    let outcome = client.assume_role(request, Some(&"jwt.of.identity".into())).await;
    let asked = service.asked.lock().unwrap().clone();
    (asked, outcome)
}

#[tokio::test]
async fn the_identity_s_token_is_exchanged_for_credentials_of_the_role() {
    let narrowed = AssumeRole { session_policies: Some(vec!["{\"a\": 1}".to_owned()]), ..request() };
    let (asked, vended) = ask(StsKind::Aws, Some((200, CREDENTIALS)), narrowed).await;

    let [asked] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((asked.method.as_str(), asked.url.as_str()), ("POST", "https://sts.example/"));
    assert_eq!(asked.headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(
        String::from_utf8(asked.body.clone()).unwrap(),
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fapp&\
         RoleSessionName=CognitoIdentityCredentials&DurationSeconds=3600&WebIdentityToken=jwt.of.identity&\
         Policy=%7B%22a%22%3A+1%7D"
    );
    let vended = vended.unwrap();
    assert_eq!((vended.access_key_id.as_str(), vended.secret.expose()), ("ASIAX", "secret"));
    assert_eq!(vended.session_token.expose(), "token");
}

#[tokio::test]
async fn what_a_service_cannot_express_is_refused_and_it_is_not_asked() {
    let tags = AssumeRole { tags: [("team".to_owned(), "a".to_owned())].into(), ..request() };
    let policies = |count: usize, length: usize| Some(vec!["x".repeat(length); count]);
    let both = AssumeRole { session_policies: policies(1, 9), ceiling: policies(1, 9), ..request() };
    let cases = [
        (StsKind::S3Store, tags.clone(), Restriction::Tags),
        (StsKind::Aws, both.clone(), Restriction::SeveralPolicies),
        (StsKind::Aws, AssumeRole { ceiling: policies(2, 9), ..request() }, Restriction::SeveralPolicies),
        (StsKind::Aws, AssumeRole { policy_arns: vec!["arn".to_owned()], ..request() }, Restriction::ManagedPolicies),
        (StsKind::Aws, AssumeRole { ceiling: policies(0, 9), ..request() }, Restriction::SeveralPolicies),
        (StsKind::S3Store, AssumeRole { ceiling: policies(1, 2049), ..request() }, Restriction::LongPolicy),
    ];
    for (kind, request, why) in cases {
        let (asked, outcome) = ask(kind, Some((200, CREDENTIALS)), request).await;
        assert!(matches!(outcome, Err(BackendError::CannotExpress(own)) if own == why), "{why:?}: {outcome:?}");
        assert!(asked.is_empty());
    }

    assert!(ask(StsKind::Aws, Some((200, CREDENTIALS)), tags).await.1.is_ok(), "AWS reads tags from the token");
    let longest = AssumeRole { ceiling: policies(1, 2048), ..request() };
    assert!(ask(StsKind::S3Store, Some((200, CREDENTIALS)), longest).await.1.is_ok());
}

#[tokio::test]
async fn a_refusal_is_told_in_the_service_s_words_and_anything_else_is_no_answer() {
    let denied =
        "<ErrorResponse><Error><Code>AccessDenied</Code><Message>Not authorized</Message></Error></ErrorResponse>";
    let (_, outcome) = ask(StsKind::Aws, Some((403, denied)), request()).await;
    assert!(
        matches!(&outcome, Err(BackendError::Refused { code, message }) if code == "AccessDenied" && message == "Not authorized"),
        "{outcome:?}"
    );
    for answer in [None, Some((500, denied)), Some((403, "no xml")), Some((200, "<x/>")), Some((302, CREDENTIALS))] {
        let (_, outcome) = ask(StsKind::Aws, answer, request()).await;
        assert!(matches!(outcome, Err(BackendError::Unavailable(_))), "{answer:?}: {outcome:?}");
    }
}

#[test]
fn what_is_printed_of_a_client_holds_no_credentials_of_the_address() {
    let service = Arc::new(Service { answer: None, asked: Mutex::default() });
    let client = StsClient::new(service, "https://sts.example/".parse().unwrap(), StsKind::Aws);

    assert_eq!(format!("{client:?}"), "StsClient { url: \"https://sts.example/\", kind: Aws, .. }");
}
