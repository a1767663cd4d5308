//! A caller of the server.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use identity_kernel::time::{Clock as _, SystemClock};
use serde_json::{Value, json};
use sigv4_verify::{Body, HttpRequest, Scope, Signer};

/// Calls one server; keeps its connections.
#[derive(Clone)]
pub(crate) struct Caller {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
}

impl Caller {
    pub(crate) fn new(url: &str) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), url: url.to_owned() }
    }

    /// A user pool operation without signature. `None` if no answer came.
    pub(crate) async fn call(&self, operation: &str, body: &Value) -> Option<(StatusCode, Value)> {
        self.send(self.request(operation), body).await
    }

    /// A user pool operation signed with the operator's key.
    pub(crate) async fn admin(&self, operation: &str, body: &Value) -> Option<(StatusCode, Value)> {
        let mut request = self.request(operation);
        let scope = Scope { region: "us-east-1".to_owned(), service: "cognito-idp".to_owned() };
        let signer = Signer { access_key_id: "test", secret: "test", session_token: None, scope };
        signer.sign(&mut request, &Body::Bytes(body.to_string().as_bytes()), SystemClock.now()).ok()?;
        self.send(request, body).await
    }

    /// Puts a file where a presigned address of the server says.
    pub(crate) async fn put(&self, url: &str, file: String) -> Option<StatusCode> {
        let request = Request::put(url).header("x-amz-server-side-encryption", "aws:kms");
        Some(self.client.request(request.body(Full::from(file)).ok()?).await.ok()?.status())
    }

    /// The newest code that was sent to a user from this node.
    pub(crate) async fn code_for(&self, username: &str) -> Option<String> {
        let url = format!("{}/_cenote/outbox?username={username}", self.url);
        let answer = self.client.request(Request::get(url).body(Full::default()).ok()?).await.ok()?;
        let rows: Value = serde_json::from_slice(&answer.into_body().collect().await.ok()?.to_bytes()).ok()?;
        Some(rows.as_array()?.last()?.get("code")?.as_str()?.to_owned())
    }

    fn request(&self, operation: &str) -> HttpRequest {
        let host = self.url.trim_start_matches("http://");
        HttpRequest::new("POST", "/")
            .header("host", host)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"))
    }

    async fn send(&self, request: HttpRequest, body: &Value) -> Option<(StatusCode, Value)> {
        let mut sent = Request::post(&self.url);
        for (name, value) in request.headers() {
            sent = sent.header(name, value);
        }
        let answer = self.client.request(sent.body(Full::from(body.to_string())).ok()?).await.ok()?;
        let status = answer.status();
        let body = answer.into_body().collect().await.ok()?.to_bytes();
        Some((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }

    /// A pool and a client that may sign in by password and whose refresh tokens rotate.
    pub(crate) async fn pool(&self) -> (String, String) {
        let pool = json!({"PoolName": "campaign", "AutoVerifiedAttributes": ["email"]});
        let pool = text(&self.admin("CreateUserPool", &pool).await.unwrap().1["UserPool"]["Id"]);
        let client = json!({"UserPoolId": pool, "ClientName": "c", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
            "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}});
        let (status, made) = self.admin("CreateUserPoolClient", &client).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{made}");
        (pool, text(&made["UserPoolClient"]["ClientId"]))
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_owned()
}
