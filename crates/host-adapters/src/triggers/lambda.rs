//! The Invoke operation of Amazon's Lambda, and of what speaks its protocol.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use async_trait::async_trait;
use http::{HeaderName, HeaderValue, Method};
use identity_kernel::entropy::{self, Entropy};
use identity_kernel::secret::SecretString;
use identity_kernel::time::Clock;
use login_providers::http::{HttpPort, HttpRequest, HttpResponse};
use serde_json::Value;
use sigv4_verify::{Body, HttpRequest as SignedRequest, Scope, Signer};
use url::Url;
use userpool_core::ports::HookError;

use crate::triggers::delivery::{Courier, DeliveryLog};
use crate::triggers::functions::{Functions, Mode, name_of};

/// The largest event that is handed over: what the Invoke operation takes.
const LARGEST_EVENT: usize = 6 * 1024 * 1024;

/// Where functions run, and who calls them there.
#[derive(Clone)]
pub struct LambdaEndpoint {
    /// The address in front of `/2015-03-31/functions/`.
    pub url: Url,
    /// The region of the signature.
    pub region: String,
    /// The access key id that calls are signed with.
    pub access_key_id: String,
    /// Its secret.
    pub secret: SecretString,
    /// The session token of temporary credentials.
    pub session_token: Option<SecretString>,
}

impl fmt::Debug for LambdaEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LambdaEndpoint").field("url", &self.url.as_str()).finish_non_exhaustive()
    }
}

/// Calls functions by the Invoke operation, signed by Signature Version 4: `POST /2015-03-31/functions/{arn}/invocations`.
///
/// An answer with `X-Amz-Function-Error` is what the function threw: its `errorMessage` is told to whoever caused the call.
pub struct LambdaInvoke {
    endpoint: LambdaEndpoint,
    clock: Arc<dyn Clock>,
    courier: Courier,
}

impl LambdaInvoke {
    /// Calls functions at this endpoint through `http`.
    pub fn new(
        endpoint: LambdaEndpoint,
        http: Arc<dyn HttpPort>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        log: Arc<dyn DeliveryLog>,
    ) -> Self {
        Self { endpoint, clock, courier: Courier { http, entropy, log } }
    }

    /// The signed request. Each try is signed anew: a signature is good for some minutes only.
    fn request(&self, function: &str, body: &[u8], mode: Mode) -> Result<HttpRequest, HookError> {
        let url = self.url_of(function)?;
        let host = host_of(&url);
        let kind = match mode {
            Mode::Answered => "RequestResponse",
            Mode::HandedOver => "Event",
        };
        let mut signed = SignedRequest::new("POST", url.path())
            .header("host", host.as_str())
            .header("content-type", "application/json")
            .header("x-amz-invocation-type", kind);
        let LambdaEndpoint { region, access_key_id, secret, session_token, .. } = &self.endpoint;
        let signer = Signer {
            access_key_id,
            secret: secret.expose(),
            session_token: session_token.as_ref().map(SecretString::expose),
            scope: Scope::new(region.as_str(), "lambda"),
        };
        let failed = |error| HookError::Failed(Box::new(error));
        signer.sign(&mut signed, &Body::Bytes(body), self.clock.now()).map_err(failed)?;
        let mut request = HttpRequest::post(url, "application/json", body.to_vec());
        request.method = Method::POST;
        for (name, value) in signed.headers().filter(|(name, _)| *name != "host" && *name != "content-type") {
            let name = HeaderName::try_from(name).map_err(|error| HookError::Failed(Box::new(error)))?;
            let value = HeaderValue::from_bytes(value).map_err(|error| HookError::Failed(Box::new(error)))?;
            request.headers.insert(name, value);
        }
        Ok(request)
    }

    fn url_of(&self, function: &str) -> Result<Url, HookError> {
        let mut url = self.endpoint.url.clone();
        let mut path = url.path().trim_end_matches('/').to_owned();
        path.push_str("/2015-03-31/functions/");
        for byte in function.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => path.push(char::from(byte)),
                other => {
                    let _ = write!(path, "%{other:02X}");
                }
            }
        }
        path.push_str("/invocations");
        url.set_path(&path);
        url.host().is_some().then_some(url).ok_or_else(|| HookError::Failed("the endpoint names no host".into()))
    }
}

/// The host as the transport writes it into `Host`.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[async_trait]
impl Functions for LambdaInvoke {
    fn calls(&self, function: &str) -> bool {
        name_of(function).is_some()
    }

    async fn invoke(&self, function: &str, event: &Value, mode: Mode) -> Result<Value, HookError> {
        let body = serde_json::to_vec(event).map_err(|error| HookError::Failed(Box::new(error)))?;
        if body.len() > LARGEST_EVENT {
            return Err(HookError::Failed("the event is larger than functions are handed".into()));
        }
        let id = entropy::uuid(self.courier.entropy.as_ref());
        let answer = self.courier.deliver(function, &id, || self.request(function, &body, mode)).await?;
        read(&answer, mode)
    }
}

/// What the function has answered.
fn read(answer: &HttpResponse, mode: Mode) -> Result<Value, HookError> {
    if !answer.status.is_success() {
        return Err(HookError::Failed(format!("the call was answered with {}", answer.status).into()));
    }
    if answer.headers.contains_key("x-amz-function-error") {
        return Err(HookError::Refused(thrown(&answer.body)));
    }
    if mode == Mode::HandedOver {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&answer.body).map_err(|error| HookError::Invalid(Box::new(error)))
}

/// What a function threw, in its own words.
fn thrown(body: &[u8]) -> String {
    let thrown: Option<Value> = serde_json::from_slice(body).ok();
    let words = thrown.as_ref().and_then(|thrown| thrown.get("errorMessage")).and_then(Value::as_str);
    words.unwrap_or("of the function").chars().take(1000).collect()
}

impl fmt::Debug for LambdaInvoke {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LambdaInvoke").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
