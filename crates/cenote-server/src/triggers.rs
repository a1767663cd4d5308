//! What pools' triggers call: functions behind an Invoke endpoint, and webhooks.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use cenote::adapters::triggers::{
    Functions, LambdaEndpoint, LambdaInvoke, Routes, SenderKey, TracedDeliveries, Triggers, WebhookSecret, Webhooks,
};
use cenote::adapters::{HttpClient, HttpSettings};
use cenote::kernel::entropy::SystemEntropy;
use cenote::kernel::secret::SecretString;
use cenote::kernel::time::Clock;
use cenote::userpool::ports::Hooks;
use url::Url;

use crate::Failure;

/// What the operator has said of triggers.
#[derive(Default)]
pub(crate) struct TriggerSettings {
    /// In front of `/2015-03-31/functions/`.
    pub(crate) lambda_endpoint: Option<Url>,
    /// The key that calls are signed with.
    pub(crate) lambda_key: Option<(String, SecretString)>,
    /// Functions by name, each with its address.
    pub(crate) webhooks: BTreeMap<String, Url>,
    /// Signs webhooks.
    pub(crate) webhook_secret: Option<SecretString>,
    /// Holds the key of custom senders.
    pub(crate) sender_key_file: Option<PathBuf>,
}

/// `NAME=URL`.
pub(crate) fn webhook(text: &str) -> Result<(String, Url), Failure> {
    let wrong =
        || Failure::from(format!("--webhook {text}: not a function's name and an address, as hello=https://..."));
    let (name, url) = text.split_once('=').ok_or_else(wrong)?;
    let url: Url = url.parse().map_err(|_| wrong())?;
    let sound = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if sound && url.has_host() { Ok((name.to_owned(), url)) } else { Err(wrong()) }
}

/// The hooks of every pool; `None` if the operator has named nothing that they could call.
pub(crate) fn hooks(
    settings: &TriggerSettings,
    outbound: &HttpSettings,
    region: &str,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Arc<dyn Hooks>>, Failure> {
    let mut routes: Vec<Arc<dyn Functions>> = Vec::new();
    // The operator has written these addresses, and nobody else chooses among them: one on this machine needs no TLS.
    let mut allowed = outbound.clone();
    allowed.http_on_loopback = true;
    let http = Arc::new(HttpClient::new(allowed).map_err(|error| error.to_string())?);
    let (entropy, log) = (Arc::new(SystemEntropy::new()), Arc::new(TracedDeliveries));
    if !settings.webhooks.is_empty() {
        let secret = settings.webhook_secret.as_ref().and_then(|secret| WebhookSecret::from_text(secret.expose()));
        let secret = secret.ok_or("--webhook wants a --webhook-secret: whsec_ and 24 to 64 bytes in Base64")?;
        let (http, clock) = (Arc::clone(&http), Arc::clone(clock));
        let (targets, entropy, log) = (settings.webhooks.clone(), Arc::clone(&entropy), Arc::clone(&log));
        routes.push(Arc::new(Webhooks::new(targets, secret, http, clock, entropy, log)));
    }
    if let Some(url) = settings.lambda_endpoint.clone() {
        let (access_key_id, secret) = settings.lambda_key.clone().ok_or("--lambda-endpoint wants a --lambda-key")?;
        let endpoint = LambdaEndpoint { url, region: region.to_owned(), access_key_id, secret, session_token: None };
        routes.push(Arc::new(LambdaInvoke::new(endpoint, http, Arc::clone(clock), Arc::clone(&entropy) as _, log)));
    }
    if routes.is_empty() {
        return Ok(None);
    }
    let key = settings.sender_key_file.as_deref().map(sender_key).transpose()?;
    Ok(Some(Arc::new(Triggers::new(Arc::new(Routes(routes)), entropy, key))))
}

fn sender_key(path: &std::path::Path) -> Result<SenderKey, Failure> {
    let named = |error: &dyn std::fmt::Display| Failure::from(format!("--sender-key-file {}: {error}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| named(&error))?;
    SenderKey::from_text(&text).ok_or_else(|| named(&"not 32 bytes in Base64"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_a_name_and_an_address() {
        assert!(webhook("pre-sign-up=https://hooks.example.com/x?a=b").is_ok());
        for bad in
            ["", "name", "=https://hooks.example.com", "a b=https://hooks.example.com", "name=x", "name=mailto:a"]
        {
            assert!(webhook(bad).is_err(), "{bad}");
        }
    }
}
