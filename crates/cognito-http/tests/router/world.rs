//! A router over memory, an operator who may do everything, and others who may do less.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request};
use cenote::kernel::secret::SecretString;
use cenote::kernel::time::{Clock, ManualClock, Timestamp};
use cenote::policy::Context;
use cenote::vending::ops::assume::{Asker, AssumeRole, UndefinedRole};
use cenote::vending::ops::roles::CreateRole;
use cenote::vending::{AuditChain, Carried, Credentials};
use cenote::{Builder, Cenote};
use cognito_http::{Options, Peer};
use cognito_wire::{OperationInfo, Protocol, Service};
use serde_json::{Value, json};
use sigv4_verify::{HttpRequest, Scope, Signer};
use tower::ServiceExt;

pub(crate) const REGION: &str = "us-east-1";
pub(crate) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity",
    "Condition":{"StringEquals":{"cognito-identity.amazonaws.com:aud":"pool"}}}]}"#;

/// Somebody's keys.
#[derive(Clone)]
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
}

impl Keys {
    pub(crate) fn operator() -> Self {
        Self { id: "OPERATOR".to_owned(), secret: "operator-secret".to_owned(), token: None }
    }

    fn of(credentials: &Credentials) -> Self {
        Self {
            id: credentials.access_key_id.clone(),
            secret: credentials.secret.expose().to_owned(),
            token: Some(credentials.session_token.expose().to_owned()),
        }
    }
}

pub(crate) struct World {
    pub(crate) cenote: Cenote,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) router: Router,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The error's code; empty for success.
    pub(crate) fn code(&self) -> String {
        self.headers.get("x-amzn-errortype").map(|code| code.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }
}

/// One call, as it goes out.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) service: Service,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) uri: String,
    pub(crate) body: Bytes,
    pub(crate) region: String,
    pub(crate) peer: Option<Peer>,
}

pub(crate) fn operation(service: Service, name: &str) -> &'static OperationInfo {
    service.operations().iter().find(|info| info.name == name).unwrap()
}

impl Outgoing {
    pub(crate) fn of(info: &OperationInfo, body: &Value) -> Self {
        let mut headers = vec![("host".to_owned(), "cenote.test".to_owned())];
        let body = match info.service.protocol() {
            Protocol::Json => {
                let prefix = match info.service {
                    Service::UserPools => "AWSCognitoIdentityProviderService",
                    _ => "AWSCognitoIdentityService",
                };
                headers.push(("content-type".to_owned(), "application/x-amz-json-1.1".to_owned()));
                headers.push(("x-amz-target".to_owned(), format!("{prefix}.{}", info.name)));
                body.to_string()
            }
            Protocol::Query => {
                headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
                form(info.name, body)
            }
        };
        Self {
            service: info.service,
            headers,
            uri: "/".to_owned(),
            body: Bytes::from(body),
            region: REGION.to_owned(),
            peer: None,
        }
    }
}

/// A request of the Query protocol.
fn form(action: &str, body: &Value) -> String {
    fn fill(out: &mut form_urlencoded::Serializer<'_, String>, at: &str, value: &Value) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    fill(out, &if at.is_empty() { name.clone() } else { format!("{at}.{name}") }, value);
                }
            }
            Value::Array(items) => {
                for (number, item) in items.iter().enumerate() {
                    fill(out, &format!("{at}.member.{}", number + 1), item);
                }
            }
            Value::String(text) => drop(out.append_pair(at, text)),
            other => drop(out.append_pair(at, &other.to_string())),
        }
    }
    let mut out = form_urlencoded::Serializer::new(String::new());
    out.append_pair("Action", action);
    fill(&mut out, "", body);
    out.finish()
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        Self::over(Cenote::in_memory(), options).await
    }

    pub(crate) async fn over(builder: Builder, options: Options) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_700_000_000)));
        let cenote = builder.clock(Arc::clone(&clock) as Arc<dyn Clock>).build().await.unwrap();
        let keys = Keys::operator();
        cenote.vending().put_operator_key(&keys.id, &SecretString::from(keys.secret)).await.unwrap();
        let router = cenote.aws_router_with(options);
        Self { cenote, clock, router }
    }

    /// Somebody who may do what this policy says, and nothing else.
    pub(crate) async fn with_policy(&self, name: &str, statements: &Value) -> Keys {
        let vending = self.cenote.vending();
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        let role = vending.create_role(CreateRole::named(name, TRUST)).await.unwrap();
        vending.put_role_policy(name, "policy", policy.to_string()).await.unwrap();
        let request = AssumeRole {
            role_arn: role.arn,
            session_name: "s1".to_owned(),
            duration_seconds: 3600,
            asker: Asker::WebIdentity("cognito-identity.amazonaws.com".to_owned()),
            login: Context::new().with("cognito-identity.amazonaws.com:aud", "pool"),
            identity: None,
            chain: AuditChain::default(),
            tags: std::collections::BTreeMap::new(),
            session_policies: None,
            policy_arns: Vec::new(),
            ceiling: None,
            undefined: UndefinedRole::Refuse,
            carried: Carried::default(),
            minimum_token_size: 0,
        };
        Keys::of(&vending.assume_role(request).await.unwrap().credentials)
    }

    pub(crate) fn sign(&self, outgoing: &mut Outgoing, keys: &Keys) {
        let mut head = HttpRequest::new("POST", &outgoing.uri);
        let already = outgoing.headers.len();
        for (name, value) in &outgoing.headers {
            head.push_header(name, value.as_str());
        }
        let signer = Signer {
            access_key_id: &keys.id,
            secret: &keys.secret,
            session_token: keys.token.as_deref(),
            scope: Scope::new(outgoing.region.as_str(), outgoing.service.name()),
        };
        signer.sign(&mut head, &sigv4_verify::Body::Bytes(&outgoing.body), self.clock.now()).unwrap();
        let text = |value: &[u8]| String::from_utf8(value.to_vec()).unwrap();
        let added = head.headers().skip(already).map(|(name, value)| (name.to_owned(), text(value)));
        outgoing.headers.extend(added);
    }

    pub(crate) async fn send(&self, outgoing: Outgoing) -> Answer {
        let mut request = Request::post(&outgoing.uri);
        for (name, value) in &outgoing.headers {
            request = request.header(name, value);
        }
        if let Some(peer) = outgoing.peer {
            request = request.extension(peer);
        }
        let response = self.router.clone().oneshot(request.body(Body::from(outgoing.body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            text: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// Calls an operation, signed by `keys`.
    pub(crate) async fn call_as(&self, keys: &Keys, service: Service, name: &str, body: Value) -> Answer {
        let mut outgoing = Outgoing::of(operation(service, name), &body);
        self.sign(&mut outgoing, keys);
        self.send(outgoing).await
    }

    /// Calls an operation as the operator.
    pub(crate) async fn call(&self, service: Service, name: &str, body: Value) -> Answer {
        self.call_as(&Keys::operator(), service, name, body).await
    }

    pub(crate) async fn user_pool(&self, name: &str) -> String {
        let answer = self.call(Service::UserPools, "CreateUserPool", json!({"PoolName": name})).await.ok();
        answer["UserPool"]["Id"].as_str().unwrap().to_owned()
    }

    /// An identity pool that knows guests.
    pub(crate) async fn identity_pool(&self, name: &str) -> String {
        let body = json!({"IdentityPoolName": name, "AllowUnauthenticatedIdentities": true});
        let answer = self.call(Service::IdentityPools, "CreateIdentityPool", body).await.ok();
        answer["IdentityPoolId"].as_str().unwrap().to_owned()
    }

    /// A guest of an identity pool.
    pub(crate) async fn guest(&self, pool: &str) -> String {
        let info = operation(Service::IdentityPools, "GetId");
        let answer = self.send(Outgoing::of(info, &json!({"IdentityPoolId": pool}))).await.ok();
        answer["IdentityId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn role(&self, name: &str, path: &str) -> String {
        let request = CreateRole { path: path.to_owned(), ..CreateRole::named(name, TRUST) };
        self.cenote.vending().create_role(request).await.unwrap().arn
    }
}

pub(crate) fn user_pool_arn(id: &str) -> String {
    format!("arn:aws:cognito-idp:us-east-1:123456789012:userpool/{id}")
}

pub(crate) fn identity_pool_arn(id: &str) -> String {
    format!("arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{id}")
}

pub(crate) fn peer(address: &str, secure: bool) -> Peer {
    let address: IpAddr = address.parse().unwrap();
    Peer { address: Some(address), secure }
}
