//! Functions behind plain HTTPS: the same events, signed as Standard Webhooks are.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use identity_kernel::entropy::{self, Entropy};
use identity_kernel::time::Clock;
use login_providers::http::{HttpPort, HttpRequest, HttpResponse};
use ring::hmac;
use serde_json::Value;
use url::Url;
use userpool_core::ports::HookError;

use crate::triggers::delivery::{Courier, DeliveryLog};
use crate::triggers::functions::{Functions, Mode, name_of};

/// What events are signed with: 24 to 64 random bytes, shared with whoever takes them.
#[derive(Clone)]
pub struct WebhookSecret(hmac::Key);

impl WebhookSecret {
    /// Reads `whsec_` and Base64, as Standard Webhooks writes secrets. `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.trim().strip_prefix("whsec_")?).ok()?;
        (24..=64).contains(&bytes.len()).then(|| Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    /// The value of `webhook-signature`: HMAC-SHA256 over the id, the seconds since 1970 and the body, parted by full stops.
    fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(format!("{id}.{seconds}.").as_bytes());
        context.update(body);
        format!("v1,{}", STANDARD.encode(context.sign()))
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(..)")
    }
}

/// Calls functions by name at addresses of their own: `POST` with the event as JSON, signed as Standard Webhooks 1.0 say
/// (`webhook-id`, `webhook-timestamp`, `webhook-signature`).
///
/// A status of 200 with the event is an answer, 204 one without words. 400 to 499 refuse: the text of `errorMessage` in the body is told to
/// whoever caused the call. An event keeps its id in every try, so that whoever takes it can tell one that comes twice.
pub struct Webhooks {
    targets: BTreeMap<String, Url>,
    secret: WebhookSecret,
    clock: Arc<dyn Clock>,
    courier: Courier,
}

impl Webhooks {
    /// Calls these functions, by name, through `http`.
    pub fn new(
        targets: BTreeMap<String, Url>,
        secret: WebhookSecret,
        http: Arc<dyn HttpPort>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
        log: Arc<dyn DeliveryLog>,
    ) -> Self {
        Self { targets, secret, clock, courier: Courier { http, entropy, log } }
    }

    fn target(&self, function: &str) -> Option<&Url> {
        self.targets.get(name_of(function)?)
    }

    /// The signed request. Each try has the time at which it is made.
    fn request(&self, url: &Url, id: &str, body: &[u8]) -> Result<HttpRequest, HookError> {
        let seconds = self.clock.now().epoch_seconds();
        let headers = [
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", self.secret.sign(id, seconds, body)),
        ];
        let mut request = HttpRequest::post(url.clone(), "application/json", body.to_vec());
        for (name, value) in headers {
            let value = HeaderValue::try_from(value).map_err(|error| HookError::Failed(Box::new(error)))?;
            request.headers.insert(name, value);
        }
        Ok(request)
    }
}

#[async_trait]
impl Functions for Webhooks {
    fn calls(&self, function: &str) -> bool {
        self.target(function).is_some()
    }

    async fn invoke(&self, function: &str, event: &Value, mode: Mode) -> Result<Value, HookError> {
        let no_target = || HookError::Failed(format!("{function} has no address").into());
        let url = self.target(function).ok_or_else(no_target)?;
        let body = serde_json::to_vec(event).map_err(|error| HookError::Failed(Box::new(error)))?;
        let id = entropy::uuid(self.courier.entropy.as_ref());
        let answer = self.courier.deliver(function, &id, || self.request(url, &id, &body)).await?;
        read(&answer, mode, event)
    }
}

/// What was answered. Whoever has nothing to say leaves the event as it was.
fn read(answer: &HttpResponse, mode: Mode, event: &Value) -> Result<Value, HookError> {
    if answer.status.is_client_error() {
        let words: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let words = words.as_ref().and_then(|words| words.get("errorMessage")).and_then(Value::as_str);
        return Err(match words {
            Some(words) => HookError::Refused(words.chars().take(1000).collect()),
            None => HookError::Failed(format!("the call was answered with {}", answer.status).into()),
        });
    }
    if !answer.status.is_success() {
        return Err(HookError::Failed(format!("the call was answered with {}", answer.status).into()));
    }
    if mode == Mode::HandedOver {
        return Ok(Value::Null);
    }
    if answer.body.is_empty() {
        return Ok(event.clone());
    }
    serde_json::from_slice(&answer.body).map_err(|error| HookError::Invalid(Box::new(error)))
}

impl fmt::Debug for Webhooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhooks").field("targets", &self.targets.keys()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification's reference libraries.
    #[test]
    fn a_signature_is_what_standard_webhooks_libraries_make() {
        let secret = WebhookSecret::from_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();

        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);

        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_has_its_prefix_and_24_bytes_at_least() {
        for bad in ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_short", "whsec_c2hvcnQ=", "whsec_!!!"] {
            assert!(WebhookSecret::from_text(bad).is_none(), "{bad}");
        }
    }
}
