//! Triggers as calls of functions: what is sent, how it is signed, and what each answer comes to. The functions' side is a
//! server on loopback that writes down what it is told and answers what the test has put there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use host_adapters::triggers::{
    Attempt, DeliveryLog, Functions, LambdaEndpoint, LambdaInvoke, Mode, Routes, TracedDeliveries, Triggers,
    WebhookSecret, Webhooks,
};
use host_adapters::{Argon2Hasher, HashingCost, HttpClient, HttpSettings, MemoryOutbox};
use identity_kernel::context::RequestContext;
use identity_kernel::entropy::{Entropy, SeededEntropy};
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, ManualClock, Timestamp};
use serde_json::{Value, json};
use sigv4_verify::{Body, HttpRequest as SignedRequest, Rules, Scope};
use storage_memory::MemoryStore;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use url::Url;
use userpool_core::model::client::AllowedFlow;
use userpool_core::model::triggers::{LambdaSettings, TokenEventVersion, Trigger};
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::ops::sign_in::{AuthOutcome, Caller, InitiateAuth, SignInFlow};
use userpool_core::ops::sign_up::SignUp;
use userpool_core::ports::HookError;
use userpool_core::{Defaults, DocumentUserPools, Error, Parts, UserPools};

const PASSWORD: &str = "Corr3ct!horse-battery";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:hello";
const AT: Timestamp = Timestamp::from_epoch_seconds(1_793_696_707);

/// A request as it came.
#[derive(Clone, Debug)]
struct Seen {
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Seen {
    fn header(&self, name: &str) -> &str {
        &self.headers.iter().find(|(own, _)| own == name).unwrap_or_else(|| panic!("no {name}: {self:?}")).1
    }

    fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What is answered, once each; then the event as it came.
type Answers = VecDeque<(u16, Vec<(&'static str, &'static str)>, Value)>;

struct Peer {
    url: Url,
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<Answers>>,
}

impl Peer {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
        let (seen, answers) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Answers::new())));
        let peer = Self { url, seen: Arc::clone(&seen), answers: Arc::clone(&answers) };
        tokio::spawn(async move {
            loop {
                let (mut socket, _) = listener.accept().await.unwrap();
                let Some(request) = read(&mut socket).await else { continue };
                let event = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
                seen.lock().unwrap().push(request);
                let (status, headers, body) = answers.lock().unwrap().pop_front().unwrap_or((200, Vec::new(), event));
                let headers: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                let headers = headers.concat();
                let body = body.to_string();
                let length = body.len();
                let text = format!(
                    "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
                );
                let _ = socket.write_all(text.as_bytes()).await;
            }
        });
        peer
    }

    fn answer(&self, status: u16, headers: &[(&'static str, &'static str)], body: Value) {
        self.answers.lock().unwrap().push_back((status, headers.to_vec(), body));
    }

    fn responds(&self, response: &Value) {
        self.answer(200, &[], json!({"response": response}));
    }

    fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.seen.lock().unwrap())
    }
}

async fn read(socket: &mut tokio::net::TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    loop {
        let mut chunk = [0; 4096];
        let count = socket.read(&mut chunk).await.ok()?;
        bytes.extend_from_slice(&chunk[..count]);
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            if count == 0 {
                return None;
            }
            continue;
        };
        let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
        let mut lines = head.split("\r\n");
        let target = lines.next()?.split(' ').nth(1)?.to_owned();
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
        let headers: Vec<(String, String)> = lines.filter_map(header).collect();
        let length =
            headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, value)| value.parse().unwrap());
        if bytes.len() >= end + 4 + length {
            return Some(Seen { target, headers, body: bytes[end + 4..].to_vec() });
        }
    }
}

fn http() -> Arc<HttpClient> {
    let mut settings = HttpSettings::default();
    settings.http_on_loopback = true;
    Arc::new(HttpClient::new(settings).unwrap())
}

fn entropy() -> Arc<dyn Entropy> {
    Arc::new(SeededEntropy::new(7))
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::at(AT))
}

fn lambda(peer: &Peer) -> LambdaInvoke {
    let endpoint = LambdaEndpoint {
        url: peer.url.clone(),
        region: "us-east-1".to_owned(),
        access_key_id: "caller".to_owned(),
        secret: "secret".into(),
        session_token: None,
    };
    LambdaInvoke::new(endpoint, http(), clock(), entropy(), Arc::new(TracedDeliveries))
}

fn webhooks(peer: &Peer, log: Arc<dyn DeliveryLog>) -> Webhooks {
    let targets = BTreeMap::from([("hello".to_owned(), peer.url.join("hook").unwrap())]);
    let secret = WebhookSecret::from_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    Webhooks::new(targets, secret, http(), clock(), entropy(), log)
}

/// A pool whose triggers are functions at `peer`, and a client.
struct World {
    pools: UserPools,
    client: userpool_core::model::client::AppClient,
    pool: userpool_core::model::pool::UserPool,
}

async fn world(peer: &Peer, triggers: &[Trigger], token_event: TokenEventVersion) -> World {
    let storage = Arc::new(DocumentUserPools::new(Arc::new(MemoryStore::new())));
    let hasher = Arc::new(Argon2Hasher::new(HashingCost { memory_kib: 64, passes: 1 }, 4));
    let mut parts = Parts::new(storage, hasher, MasterKey::new([9; 32]));
    parts.messenger = Arc::new(MemoryOutbox::new());
    parts.defaults = Defaults { algorithm: jwt_tokens::Algorithm::Es256, ..Defaults::hardened() };
    parts.hooks = Arc::new(Triggers::new(Arc::new(lambda(peer)), entropy(), None));
    let pools = UserPools::new(parts);
    let mut request = CreateUserPool::named("p", &pools);
    let functions = triggers.iter().map(|trigger| (*trigger, FUNCTION.to_owned())).collect();
    request.settings.lambda = LambdaSettings { functions, token_event, key: None };
    let pool = pools.create_user_pool(request).await.unwrap();
    let mut settings = pools.default_client_settings("app");
    settings.allow(AllowedFlow::UserPassword);
    let client = CreateClient { pool: pool.id.clone(), settings, with_secret: false };
    let client = pools.create_user_pool_client(client).await.unwrap().client;
    World { pools, client, pool }
}

impl World {
    async fn sign_up(&self, name: &str) -> Result<bool, Error> {
        let request = SignUp::new(self.client.id.clone(), name, PASSWORD).attribute("email", "ada@example.com");
        self.pools.sign_up(request).await.map(|made| made.confirmed)
    }

    async fn sign_in(&self, name: &str) -> Result<Value, Error> {
        let flow = SignInFlow::UserPassword { username: name.to_owned(), password: PASSWORD.into() };
        let request = InitiateAuth { client: self.client.id.clone(), caller: Caller::Public, secret_hash: None, flow };
        let outcome = self.pools.initiate_auth(request).await?;
        let AuthOutcome::Tokens(tokens) = outcome else { panic!("{outcome:?}") };
        let read = |token: &str| {
            use base64::Engine as _;
            let body = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap());
            serde_json::from_slice::<Value>(&body.unwrap()).unwrap()
        };
        Ok(json!({"id": read(tokens.id_token.expose()), "access": read(tokens.access_token.expose())}))
    }
}

#[tokio::test]
async fn a_function_is_invoked_with_amazons_event_signed_by_the_configured_key() {
    let peer = Peer::start().await;
    let mut world = world(&peer, &[Trigger::PreSignUp], TokenEventVersion::V1).await;
    let words = |name: &str| [(name.to_owned(), "x".to_owned())].into();
    world.pools = world.pools.for_request(RequestContext {
        client_metadata: words("meta"),
        validation_data: words("data"),
        user_agent: Some("aws-sdk-js-3".to_owned()),
        ..RequestContext::default()
    });
    peer.responds(&json!({"autoConfirmUser": true, "autoVerifyEmail": true, "autoVerifyPhone": false}));

    assert!(world.sign_up("ada").await.unwrap());

    let seen = peer.seen();
    let [request] = seen.as_slice() else { panic!("{seen:?}") };
    let arn = "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Ahello";
    assert_eq!(request.target, format!("/2015-03-31/functions/{arn}/invocations"));
    assert_eq!(request.header("x-amz-invocation-type"), "RequestResponse");
    assert_eq!(
        request.event(),
        json!({
            "version": "1",
            "triggerSource": "PreSignUp_SignUp",
            "region": "us-east-1",
            "userPoolId": world.pool.id.as_str(),
            "userName": "ada",
            "callerContext": {"awsSdkVersion": "aws-sdk-js-3", "clientId": world.client.id.as_str()},
            "request": {
                "userAttributes": {"email": "ada@example.com"},
                "validationData": {"data": "x"},
                "clientMetadata": {"meta": "x"},
            },
            "response": {"autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false},
        })
    );
    let mut signed = SignedRequest::new("POST", &request.target);
    for (name, value) in &request.headers {
        signed.push_header(name, value.as_bytes());
    }
    let rules = Rules::for_service(Scope::new("us-east-1", "lambda"));
    let claim = sigv4_verify::read(&signed).unwrap().unwrap();
    assert!(claim.verify(&signed, &Body::Bytes(&request.body), "secret", &rules, AT).is_ok());
    assert!(claim.verify(&signed, &Body::Bytes(&request.body), "another", &rules, AT).is_err());
}

#[tokio::test]
async fn what_a_function_throws_is_told_and_what_is_no_answer_or_no_function_is_a_failure() {
    let peer = Peer::start().await;
    let world = world(&peer, &[Trigger::PreSignUp], TokenEventVersion::V1).await;

    peer.answer(
        200,
        &[("X-Amz-Function-Error", "Unhandled")],
        json!({"errorMessage": "Domain not allowed.", "errorType": "Error"}),
    );
    let refused = Error::HookRefused(Trigger::PreSignUp, "Domain not allowed.".to_owned());
    assert_eq!(world.sign_up("ada").await.unwrap_err(), refused);

    for answer in [json!("fine"), json!({"response": null}), json!({"response": {"autoConfirmUser": "yes"}})] {
        peer.answer(200, &[], answer.clone());
        assert_eq!(world.sign_up("ada").await.unwrap_err().code().as_str(), "HookInvalid", "{answer}");
    }
    for status in [400, 403, 404] {
        peer.answer(status, &[], json!({"message": "no"}));
        assert_eq!(world.sign_up("ada").await.unwrap_err().code().as_str(), "HookFailed", "{status}");
    }
    assert_eq!(peer.seen().len(), 7, "nothing of that is tried again");
    assert!(!world.sign_up("ada").await.unwrap(), "nobody was made by any of them");
}

#[tokio::test]
async fn a_function_that_cannot_answer_now_is_called_three_times_in_all() {
    let peer = Peer::start().await;
    let world = world(&peer, &[Trigger::PreSignUp], TokenEventVersion::V1).await;
    peer.answer(500, &[], json!({}));
    peer.answer(429, &[], json!({}));

    assert!(world.sign_up("ada").await.is_ok());
    assert_eq!(peer.seen().len(), 3);

    for _ in 0..3 {
        peer.answer(503, &[], json!({}));
    }
    assert_eq!(world.sign_up("bob").await.unwrap_err().code().as_str(), "HookFailed");
    assert_eq!(peer.seen().len(), 3);
}

#[tokio::test]
async fn a_function_changes_the_id_token_as_text_and_both_tokens_by_the_later_form() {
    let peer = Peer::start().await;
    let first = world(&peer, &[Trigger::PreSignUp, Trigger::PreTokenGeneration], TokenEventVersion::V1).await;
    peer.responds(&json!({"autoConfirmUser": true}));
    first.sign_up("ada").await.unwrap();
    peer.seen();
    let details = json!({
        "claimsToAddOrOverride": {"tier": "gold", "sub": "x"},
        "claimsToSuppress": ["email"],
        "groupOverrideDetails": {"groupsToOverride": ["staff"], "iamRolesToOverride": ["r"], "preferredRole": "r"},
    });
    peer.responds(&json!({"claimsOverrideDetails": details}));

    let tokens = first.sign_in("ada").await.unwrap();

    let event = peer.seen()[0].event();
    assert_eq!(event["triggerSource"], "TokenGeneration_Authentication");
    assert_eq!(
        event["request"]["groupConfiguration"],
        json!({"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": null})
    );
    assert_eq!(event["request"]["userAttributes"]["cognito:user_status"], "CONFIRMED");
    assert_eq!((&event["version"], event["request"].get("scopes")), (&json!("1"), None));
    assert_eq!(
        (&tokens["id"]["tier"], &tokens["access"]["tier"], &tokens["id"]["email"]),
        (&json!("gold"), &Value::Null, &Value::Null)
    );
    assert_eq!(
        (&tokens["access"]["cognito:groups"], &tokens["id"]["cognito:preferred_role"]),
        (&json!(["staff"]), &json!("r"))
    );
    assert_ne!(tokens["id"]["sub"], "x");

    let second = world(&peer, &[Trigger::PreSignUp, Trigger::PreTokenGeneration], TokenEventVersion::V2).await;
    peer.responds(&json!({"autoConfirmUser": true}));
    second.sign_up("ada").await.unwrap();
    peer.seen();
    let access = json!({"claimsToAddOrOverride": {"rights": {"orders": ["read"]}}, "scopesToAdd": ["orders/read"]});
    peer.responds(&json!({"claimsAndScopeOverrideDetails": {"accessTokenGeneration": access}}));

    let tokens = second.sign_in("ada").await.unwrap();

    let event = peer.seen()[0].event();
    assert_eq!(
        (&event["version"], &event["request"]["scopes"]),
        (&json!("2"), &json!(["aws.cognito.signin.user.admin"]))
    );
    assert_eq!(tokens["access"]["rights"], json!({"orders": ["read"]}));
    assert_eq!(tokens["access"]["scope"], "aws.cognito.signin.user.admin orders/read");
}

/// Keeps the statuses of the tries.
#[derive(Default)]
struct Kept(Mutex<Vec<(String, u32, Option<u16>)>>);

impl DeliveryLog for Kept {
    fn record(&self, attempt: &Attempt<'_>) {
        self.0.lock().unwrap().push((attempt.id.to_owned(), attempt.number, attempt.status));
    }
}

#[tokio::test]
async fn a_webhook_is_signed_over_id_time_and_body_and_each_try_is_logged() {
    use base64::Engine as _;
    let (peer, log) = (Peer::start().await, Arc::new(Kept::default()));
    let hooks = webhooks(&peer, Arc::clone(&log) as _);
    peer.answer(503, &[], json!({}));
    let event = json!({"triggerSource": "PreSignUp_SignUp", "response": {}});

    let answer = hooks.invoke(FUNCTION, &event, Mode::Answered).await.unwrap();

    assert_eq!(answer, event);
    let seen = peer.seen();
    assert_eq!((seen.len(), seen[0].header("webhook-id")), (2, seen[1].header("webhook-id")));
    let key = base64::engine::general_purpose::STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let text = [format!("{}.{}.", seen[1].header("webhook-id"), AT.epoch_seconds()).as_bytes(), &seen[1].body].concat();
    let mac = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key), &text);
    let expected = format!("v1,{}", base64::engine::general_purpose::STANDARD.encode(mac));
    assert_eq!((seen[1].header("webhook-signature"), seen[1].target.as_str()), (expected.as_str(), "/hook"));
    let kept = log.0.lock().unwrap();
    let tries: Vec<(u32, Option<u16>)> = kept.iter().map(|(_, number, status)| (*number, *status)).collect();
    assert_eq!(tries, [(1, Some(503)), (2, Some(200))]);
}

#[tokio::test]
async fn a_webhook_refuses_in_its_own_words_and_calls_nothing_that_was_not_named() {
    let peer = Peer::start().await;
    let hooks = webhooks(&peer, Arc::new(TracedDeliveries));
    peer.answer(403, &[], json!({"errorMessage": "not today"}));

    let refused = hooks.invoke(FUNCTION, &json!({}), Mode::Answered).await.unwrap_err();
    assert!(matches!(refused, HookError::Refused(ref words) if words == "not today"), "{refused:?}");
    let another = FUNCTION.replace("hello", "another");
    assert!(hooks.calls(FUNCTION) && !hooks.calls(&another));
    assert!(matches!(hooks.invoke(&another, &json!({}), Mode::Answered).await, Err(HookError::Failed(_))));
    assert!(!Routes(Vec::new()).calls(FUNCTION));

    peer.answer(302, &[("location", "http://169.254.169.254/")], json!({}));
    assert!(matches!(hooks.invoke(FUNCTION, &json!({}), Mode::Answered).await, Err(HookError::Failed(_))));
}
