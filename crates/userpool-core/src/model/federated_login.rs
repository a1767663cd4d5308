//! What an outside provider says of somebody who has signed in there.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::attributes::Attributes;
use crate::model::identity_provider::{IdentityProvider, MAPPED_USERNAME, ProviderName};

/// Somebody who has signed in at an outside provider, as it says. Whoever makes one has verified it: signature, issuer, audience,
/// times and nonce, or what the provider has in their place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FederatedLogin {
    /// The provider.
    pub provider: ProviderName,
    /// Its claims, or the attributes of its assertion, as text.
    pub claims: BTreeMap<String, String>,
}

impl FederatedLogin {
    /// The login that these claims tell: texts as they are, several values as `[one,two]`, in which all but letters, digits and
    /// `.-*_` are encoded as in forms, anything else as JSON. A claim that is null is not there.
    pub fn from_claims(provider: ProviderName, claims: &Map<String, Value>) -> Self {
        let text = |(name, value): (&String, &Value)| Some((name.clone(), as_text(value)?));
        Self { provider, claims: claims.iter().filter_map(text).collect() }
    }
}

impl IdentityProvider {
    /// Who the provider says that somebody is; `None` if it does not say.
    pub fn subject_of<'a>(&self, login: &'a FederatedLogin) -> Option<&'a str> {
        login.claims.get(self.subject_claim()).map(String::as_str).filter(|subject| !subject.is_empty())
    }

    /// What of the provider's claims become attributes. A claim that is missing or empty changes nothing.
    pub fn mapped(&self, login: &FederatedLogin) -> Attributes {
        let mapped = self.mapping.iter().filter(|(attribute, _)| *attribute != MAPPED_USERNAME);
        let said = mapped.filter_map(|(attribute, claim)| Some((attribute.clone(), login.claims.get(claim)?.clone())));
        said.filter(|(_, value)| !value.is_empty()).collect()
    }
}

fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => {
            let values: Vec<String> = values.iter().filter_map(as_text).map(|text| encoded(&text)).collect();
            Some(format!("[{}]", values.join(",")))
        }
        other => Some(other.to_string()),
    }
}

/// Encoded as `application/x-www-form-urlencoded` has it.
fn encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn several_values_are_one_text_that_no_value_can_break_out_of() {
        let claims =
            json!({"groups": ["staff", "a,b]", "ä b"], "verified": true, "age": 7, "none": null, "name": "A,b"});

        let login = FederatedLogin::from_claims("Corporate".parse().unwrap(), claims.as_object().unwrap());

        assert_eq!(login.claims["groups"], "[staff,a%2Cb%5D,%C3%A4+b]");
        assert_eq!((login.claims["verified"].as_str(), login.claims["age"].as_str()), ("true", "7"));
        assert_eq!(login.claims["name"], "A,b");
        assert!(!login.claims.contains_key("none"));
    }
}
