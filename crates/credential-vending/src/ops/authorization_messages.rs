//! Why something was denied, sealed for whoever may know: `DecodeAuthorizationMessage`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use iam_policy::{Context, StatementTrace, Verdict};
use serde_json::{Value, json};

use crate::authority::Authority;
use crate::callers::Caller;
use crate::error::Error;
use crate::ports::Action;
use crate::reasons::Invalid;
use crate::service::CredentialVending;

/// What was denied, and to whom.
#[derive(Debug)]
pub struct Denied<'a> {
    /// Who asked.
    pub caller: &'a Caller,
    /// What the caller may do.
    pub authority: &'a Authority<'a>,
    /// What was asked.
    pub action: &'a str,
    /// On what.
    pub resource: &'a str,
    /// Under which circumstances.
    pub context: Context,
}

/// For what explanations are sealed.
const PURPOSE: &str = "authorization-message";
/// The longest encoded message that clients may send back, in characters.
const LONGEST_MESSAGE: usize = 10_240;

impl CredentialVending {
    /// What the caller is told of a denial. Where the service was made so, an explanation goes along that only
    /// [`decode_authorization_message`](Self::decode_authorization_message) opens.
    pub fn denial(&self, denied: &Denied<'_>) -> String {
        let Denied { caller, action, resource, .. } = denied;
        let arn = caller.arn();
        let sentence = format!("User: {arn} is not authorized to perform: {action} on resource: {resource}");
        if !self.encode_denials {
            return sentence;
        }
        let whole = self.encoded(&explained(denied, true));
        let encoded = if whole.len() > LONGEST_MESSAGE { self.encoded(&explained(denied, false)) } else { whole };
        if encoded.len() > LONGEST_MESSAGE {
            return sentence;
        }
        format!("{sentence}. Encoded authorization failure message: {encoded}")
    }

    fn encoded(&self, explanation: &Value) -> String {
        let account = self.account_region.account.as_bytes();
        let plain = explanation.to_string();
        URL_SAFE_NO_PAD.encode(self.master_key.seal(self.entropy.as_ref(), PURPOSE, account, plain.as_bytes()))
    }

    /// The explanation that this service has sealed into a denial, as JSON. It is for whoever may know what policies say.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] with [`Invalid::AuthorizationMessage`] for any other text.
    pub async fn decode_authorization_message(&self, encoded: &str) -> Result<String, Error> {
        self.recorded(Action::DecodeAuthorizationMessage, "", async { self.decoded(encoded) }).await
    }

    fn decoded(&self, encoded: &str) -> Result<String, Error> {
        let account = self.account_region.account.as_bytes();
        let sealed = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| Invalid::AuthorizationMessage)?;
        let plain = self.master_key.open(PURPOSE, account, &sealed).map_err(|_| Invalid::AuthorizationMessage)?;
        Ok(String::from_utf8(plain.to_vec()).map_err(|_| Invalid::AuthorizationMessage)?)
    }
}

/// As AWS writes it.
fn explained(denied: &Denied<'_>, with_conditions: bool) -> Value {
    let Denied { caller, authority, action, resource, context } = denied;
    let decision = authority.decide(action, resource, context.clone());
    let matched = authority.explain(action, resource, context.clone());
    let matched: Vec<Value> = matched.iter().filter(|trace| trace.applies()).map(statement).collect();
    let value = |value: &String| json!({"value": value});
    let condition = |(key, values): (&str, &[String])| json!({"key": key, "values": {"items": values.iter().map(value).collect::<Vec<_>>()}});
    let conditions: Vec<Value> = context.entries().filter(|_| with_conditions).map(condition).collect();
    json!({
        "allowed": decision.is_allowed(),
        "explicitDeny": decision.verdict == Verdict::ExplicitDeny,
        "matchedStatements": {"items": matched},
        "failures": {"items": []},
        "reason": decision.reason.to_string(),
        "context": {
            "principal": {"id": caller.user_id(), "arn": caller.arn()},
            "action": action,
            "resource": resource,
            "conditions": {"items": conditions},
        },
    })
}

fn statement(trace: &StatementTrace) -> Value {
    json!({
        "statementId": trace.statement,
        "effect": if trace.denies { "DENY" } else { "ALLOW" },
        "sourcePolicyId": trace.policy,
        "sourcePolicyType": trace.layer.to_string(),
    })
}
