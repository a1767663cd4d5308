//! What the router knows of a call reaches the domains, and whoever hears of what happens there.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cenote::kernel::context::RequestContext;
use cenote::{Cenote, federation, userpool, vending};
use cognito_wire::Service::{Iam, IdentityPools, UserPools};
use serde_json::json;
use tracing::Level;
use tracing::instrument::WithSubscriber as _;

use crate::world::{Answer, Keys, Outgoing, TRUST, World, operation, peer};

/// What was done, and in which context, of all three domains.
#[derive(Default)]
struct Heard(Mutex<Vec<(&'static str, RequestContext)>>);

impl Heard {
    fn note(&self, action: &'static str, context: &RequestContext) {
        self.0.lock().unwrap().push((action, context.clone()));
    }

    fn take(&self) -> Vec<(&'static str, RequestContext)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[async_trait]
impl userpool::ports::Events for Heard {
    async fn record(&self, event: &userpool::ports::Event) {
        self.note(event.action.as_str(), &event.context);
    }
}

#[async_trait]
impl federation::ports::Events for Heard {
    async fn record(&self, event: &federation::ports::Event) {
        self.note(event.action.as_str(), &event.context);
    }
}

#[async_trait]
impl vending::ports::Events for Heard {
    async fn record(&self, event: &vending::ports::Event) {
        self.note(event.action.as_str(), &event.context);
    }
}

async fn world() -> (World, Arc<Heard>) {
    let heard = Arc::new(Heard::default());
    let builder = Cenote::in_memory()
        .events(Arc::clone(&heard) as Arc<dyn userpool::ports::Events>)
        .federation_events(Arc::clone(&heard) as Arc<dyn federation::ports::Events>)
        .vending_events(Arc::clone(&heard) as Arc<dyn vending::ports::Events>);
    let world = World::over(builder, cognito_http::Options::default()).await;
    (world, heard)
}

/// The request id that an answer names.
fn request_id(answer: &Answer) -> Option<String> {
    Some(answer.headers.get("x-amzn-requestid")?.to_str().unwrap().to_owned())
}

/// From this address and program.
fn from(mut outgoing: Outgoing) -> Outgoing {
    outgoing.headers.push(("user-agent".to_owned(), "tests/1".to_owned()));
    outgoing.peer = Some(peer("192.0.2.7", true));
    outgoing
}

#[tokio::test]
async fn a_signed_call_is_told_with_its_request_id_address_program_and_signer() {
    let (world, heard) = world().await;
    for (service, name, body, action) in [
        (Iam, "CreateRole", json!({"RoleName": "r", "AssumeRolePolicyDocument": TRUST}), "create-role"),
        (
            IdentityPools,
            "CreateIdentityPool",
            json!({"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true}),
            "create-identity-pool",
        ),
    ] {
        let mut outgoing = Outgoing::of(operation(service, name), &body);
        world.sign(&mut outgoing, &Keys::operator());
        heard.take();

        let answer = world.send(from(outgoing)).await;

        assert_eq!(answer.status, 200, "{}", answer.text);
        let context = RequestContext {
            source: Some([192, 0, 2, 7].into()),
            principal: Some("arn:aws:iam::123456789012:user/OPERATOR".to_owned()),
            user_agent: Some("tests/1".to_owned()),
            request_id: request_id(&answer),
            ..RequestContext::default()
        };
        assert!(context.request_id.is_some());
        assert_eq!(heard.take(), [(action, context)]);
    }
}

#[tokio::test]
async fn an_unsigned_call_is_told_in_both_halves_without_a_signer() {
    let (world, heard) = world().await;
    let pool = world.identity_pool("p").await;
    let users = world.user_pool("u").await;
    let body = json!({"UserPoolId": users, "ClientName": "c", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]});
    let client = world.call(UserPools, "CreateUserPoolClient", body).await.ok();
    let sign_in = json!({
        "ClientId": client["UserPoolClient"]["ClientId"], "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "nobody", "PASSWORD": "wrong"}
    });
    for (service, name, body, action) in [
        (IdentityPools, "GetId", json!({"IdentityPoolId": pool}), "get-id"),
        (UserPools, "InitiateAuth", sign_in, "sign-in"),
    ] {
        heard.take();

        let answer = world.send(from(Outgoing::of(operation(service, name), &body))).await;

        let context = RequestContext {
            source: Some([192, 0, 2, 7].into()),
            user_agent: Some("tests/1".to_owned()),
            request_id: request_id(&answer),
            ..RequestContext::default()
        };
        assert!(context.request_id.is_some());
        assert_eq!(heard.take(), [(action, context)], "{}", answer.text);
    }
}

/// The log, as it was written.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn what_is_logged_of_a_call_stands_in_a_span_with_its_request_id_and_operation() {
    let (world, _) = world().await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_ansi(false)
        .with_max_level(Level::DEBUG)
        .with_writer(move || writer.clone())
        .finish();
    let mut signed = Outgoing::of(operation(UserPools, "ListUserPools"), &json!({"MaxResults": 1}));
    world.sign(&mut signed, &Keys::operator());
    let unsigned =
        Outgoing::of(operation(UserPools, "DescribeUserPool"), &json!({"UserPoolId": "us-east-1_Ab3dEf9hJ"}));

    let (answered, refused) =
        async { (world.send(signed).await, world.send(unsigned).await) }.with_subscriber(subscriber).await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for (answer, operation, outcome) in
        [(answered, "ListUserPools", "answered"), (refused, "DescribeUserPool", "refused")]
    {
        let span = format!("call{{request_id={} operation=\"{operation}\"}}", request_id(&answer).unwrap());
        assert!(log.lines().any(|line| line.contains(&span) && line.contains(outcome)), "{span} {outcome} in\n{log}");
    }
}
