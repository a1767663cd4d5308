//! Text messages by somebody's HTTP API.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use identity_kernel::secret::SecretString;
use login_providers::http::{HttpPort, HttpRequest};
use serde_json::Value;
use url::Url;
use userpool_core::model::pool::Contact;
use userpool_core::ports::{DeliveryError, Message, Messenger};

/// Whom text messages are handed to, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SmsSettings {
    /// Where to.
    pub url: Url,
    /// What is sent: JSON in whose texts `{destination}` is the number, `{body}` the message and `{username}` the user's name.
    pub template: Value,
    /// A token that goes along as `Authorization: Bearer`.
    pub token: Option<SecretString>,
}

impl SmsSettings {
    /// A body of `to` and `text`, for whoever takes that.
    pub fn new(url: Url) -> Self {
        Self { url, template: serde_json::json!({"to": "{destination}", "text": "{body}"}), token: None }
    }
}

/// Hands text messages to an HTTP API as JSON. What goes by mail it refuses.
///
/// A message is sent once: whoever did not hear the answer cannot know whether it left, and the user can ask for another code.
pub struct SmsOverHttp {
    settings: SmsSettings,
    http: Arc<dyn HttpPort>,
}

impl SmsOverHttp {
    /// Hands messages over through `http`.
    pub fn new(settings: SmsSettings, http: Arc<dyn HttpPort>) -> Self {
        Self { settings, http }
    }

    fn headers(&self) -> Result<HeaderMap, DeliveryError> {
        let mut headers = HeaderMap::new();
        if let Some(token) = &self.settings.token {
            let value = HeaderValue::try_from(format!("Bearer {}", token.expose()));
            let mut value = value.map_err(|error| DeliveryError(Box::new(error)))?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(headers)
    }
}

#[async_trait]
impl Messenger for SmsOverHttp {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        if message.medium != Contact::PhoneNumber {
            return Err(DeliveryError("an SMS service brings text messages alone".into()));
        }
        let values = [
            ("{destination}", message.destination.as_str()),
            ("{body}", message.body.expose()),
            ("{username}", message.username.as_str()),
        ];
        let body = filled(&self.settings.template, &values).to_string().into_bytes();
        let mut request = HttpRequest::post(self.settings.url.clone(), "application/json", body);
        request.headers.extend(self.headers()?);
        let answer = self.http.send(request).await.map_err(|error| DeliveryError(Box::new(error)))?;
        if !answer.status.is_success() {
            return Err(DeliveryError(format!("the SMS service answered with {}", answer.status).into()));
        }
        Ok(())
    }
}

/// The template with its texts filled in. What is filled in is a part of a text, whatever it holds, and no placeholder.
fn filled(template: &Value, values: &[(&str, &str)]) -> Value {
    match template {
        Value::String(text) => Value::String(fill(text, values)),
        Value::Array(items) => items.iter().map(|item| filled(item, values)).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), filled(value, values))).collect())
        }
        other => other.clone(),
    }
}

fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let first =
        values.iter().filter_map(|(placeholder, value)| Some((text.find(placeholder)?, placeholder, value))).min();
    match first {
        Some((at, placeholder, value)) => {
            let (before, rest) = text.split_at(at);
            format!("{before}{value}{}", fill(rest.get(placeholder.len()..).unwrap_or_default(), values))
        }
        None => text.to_owned(),
    }
}

impl fmt::Debug for SmsOverHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmsOverHttp").field("url", &self.settings.url.as_str()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_filled_in_is_text_and_no_placeholder() {
        let template = json!({"messages": [{"to": "{destination}", "text": "{username}: {body}!"}], "flash": false});
        let values = [("{destination}", "+1\""), ("{body}", "{username}"), ("{username}", "{body}")];

        let filled = filled(&template, &values);

        assert_eq!(filled, json!({"messages": [{"to": "+1\"", "text": "{body}: {username}!"}], "flash": false}));
    }
}
