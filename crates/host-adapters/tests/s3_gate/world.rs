//! A bucket behind the gate, and a session that may do what a test says.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use credential_vending::ops::assume::{Asker, AssumeRole, UndefinedRole};
use credential_vending::ops::roles::CreateRole;
use credential_vending::{AuditChain, Carried, CredentialVending, Credentials, DocumentVending, Parts};
use futures::TryStreamExt as _;
use host_adapters::S3Gate;
use iam_policy::Context;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, ManualClock, SystemClock, Timestamp};
use s3s::dto::{GetObjectInput, GetObjectOutput, PutObjectInput, PutObjectOutput};
use s3s::service::S3Service;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use serde_json::json;
use sigv4_verify::{Body, HttpRequest, Scope, Signer};
use storage_memory::MemoryStore;

use crate::outage::Outage;

const ROLE: &str = "arn:aws:iam::123456789012:role/app";

/// What came through the gate: the method's name, the object, and what was uploaded.
#[derive(Clone, Default)]
pub(crate) struct Bucket(pub Arc<Mutex<Vec<String>>>);

#[async_trait]
impl S3 for Bucket {
    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        self.0.lock().unwrap().push(format!("get {}/{}", request.input.bucket, request.input.key));
        Ok(S3Response::new(GetObjectOutput::default()))
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        let PutObjectInput { bucket, key, body, .. } = request.input;
        let parts: Vec<_> = match body {
            Some(body) => body.try_collect().await.map_err(|error| s3_error!(IncompleteBody, "{error}"))?,
            None => Vec::new(),
        };
        let text = String::from_utf8(parts.concat()).unwrap();
        self.0.lock().unwrap().push(format!("put {bucket}/{key}: {text}"));
        Ok(S3Response::new(PutObjectOutput::default()))
    }
}

pub(crate) struct World {
    pub vending: Arc<CredentialVending>,
    /// The vending side's clock, at first the real time, which `s3s` goes by.
    pub clock: Arc<ManualClock>,
    /// The clock by which the gate judges signatures.
    pub gate_clock: Arc<ManualClock>,
    pub outage: Outage,
    pub bucket: Bucket,
    pub service: S3Service,
    pub keys: Keys,
}

/// Credentials to sign with.
#[derive(Clone)]
pub(crate) struct Keys {
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
}

impl Keys {
    pub(crate) fn signer(&self) -> Signer<'_> {
        Signer {
            access_key_id: &self.id,
            secret: &self.secret,
            session_token: self.token.as_deref(),
            scope: Scope::new("us-east-1", "s3"),
        }
    }
}

impl From<&Credentials> for Keys {
    fn from(vended: &Credentials) -> Self {
        Self {
            id: vended.access_key_id.clone(),
            secret: vended.secret.expose().to_owned(),
            token: Some(vended.session_token.expose().to_owned()),
        }
    }
}

/// What the gate answered: the status, and of an error its code and sentence.
#[derive(Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub code: String,
    pub message: String,
}

/// A policy of statements.
pub(crate) fn policy(statements: &serde_json::Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

pub(crate) fn allow(action: &str, resource: &str) -> String {
    policy(&json!([{ "Effect": "Allow", "Action": action, "Resource": resource }]))
}

/// A session of a role with this policy.
pub(crate) async fn world(policy: &str) -> World {
    let now = SystemClock.now();
    let clock = Arc::new(ManualClock::at(now));
    let gate_clock = Arc::new(ManualClock::at(now));
    let outage = Outage::over(MemoryStore::new());
    let mut parts = Parts::new(Arc::new(DocumentVending::new(outage.clone())), MasterKey::new([4; 32]));
    parts.clock = Arc::clone(&clock) as Arc<dyn Clock>;
    let vending = Arc::new(CredentialVending::new(parts));
    let trust = json!([{ "Effect": "Allow", "Principal": { "Federated": "cognito-identity.amazonaws.com" },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": { "StringEquals": { "cognito-identity.amazonaws.com:aud": "pool" } } }]);
    vending.create_role(CreateRole::named("app", self::policy(&trust))).await.unwrap();
    vending.put_role_policy("app", "may", policy.to_owned()).await.unwrap();
    let assumed = vending.assume_role(session()).await.unwrap();
    let gate = S3Gate::new(Arc::clone(&vending), Arc::clone(&gate_clock) as Arc<dyn Clock>);
    let bucket = Bucket::default();
    let service = gate.guard(bucket.clone());
    World { vending, clock, gate_clock, outage, bucket, service, keys: Keys::from(&assumed.credentials) }
}

/// An hour of the role, narrowed by nothing.
pub(crate) fn session() -> AssumeRole {
    AssumeRole {
        role_arn: ROLE.to_owned(),
        session_name: "s1".to_owned(),
        duration_seconds: 3600,
        asker: Asker::WebIdentity("cognito-identity.amazonaws.com".to_owned()),
        login: Context::new().with("cognito-identity.amazonaws.com:aud", "pool"),
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

pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

pub(crate) fn request(method: &str, target: &str) -> HttpRequest {
    HttpRequest::new(method, target).header("host", "127.0.0.1")
}

impl World {
    pub(crate) async fn assume(&self, request: AssumeRole) -> Keys {
        Keys::from(&self.vending.assume_role(request).await.unwrap().credentials)
    }

    /// Signs with the world's session and sends.
    pub(crate) async fn call(&self, method: &str, target: &str) -> Answer {
        self.call_with(&self.keys, request(method, target), b"").await
    }

    pub(crate) async fn call_with(&self, keys: &Keys, mut request: HttpRequest, body: &[u8]) -> Answer {
        keys.signer().sign(&mut request, &Body::Bytes(body), now()).unwrap();
        self.send(&request, body).await
    }

    /// Sends a request as it is.
    pub(crate) async fn send(&self, request: &HttpRequest, body: &[u8]) -> Answer {
        let mut http = http::Request::builder().method(request.method()).uri(request.target());
        for (name, value) in request.headers() {
            http = http.header(name, value);
        }
        let answer = self.service.call(http.body(s3s::Body::from(body.to_vec())).unwrap()).await.unwrap();
        let status = answer.status().as_u16();
        let text = String::from_utf8(answer.into_body().bytes().unwrap_or_default().to_vec()).unwrap();
        let part = |name: &str| text.split(&format!("<{name}>")).nth(1)?.split('<').next().map(str::to_owned);
        Answer { status, code: part("Code").unwrap_or_default(), message: part("Message").unwrap_or_default() }
    }

    /// What came through since this was last asked.
    pub(crate) fn passed(&self) -> Vec<String> {
        std::mem::take(&mut self.bucket.0.lock().unwrap())
    }
}
