//! Logins at outside providers that lead to users of a pool.

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::identity_provider::{ProviderKind, ProviderName};

/// What a login is known by, unless an attribute was named: who the provider says it is.
pub const BY_SUBJECT: &str = "Cognito_Subject";

/// The most logins that can be linked to a user.
pub const MOST_LOGINS: usize = 5;

/// The longest name of a login at its provider, in characters.
pub const LONGEST_LOGIN: usize = 2048;

/// Which login: at which provider, and known by what there.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct LoginKey {
    /// The provider.
    pub provider: ProviderName,
    /// What it is known by: [`BY_SUBJECT`], or an attribute of the pool that the provider's mapping fills.
    pub by: String,
    /// The value, as the provider says it: case counts.
    pub value: String,
}

impl LoginKey {
    /// The login of whoever the provider says is this.
    pub fn subject(provider: ProviderName, value: impl Into<String>) -> Self {
        Self { provider, by: BY_SUBJECT.to_owned(), value: value.into() }
    }
}

/// A login that leads to a user. Each leads to one user of a pool.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Login {
    /// Which.
    pub key: LoginKey,
    /// What the provider speaks.
    pub kind: ProviderKind,
    /// Who vouches for it, where the provider has a name of that sort.
    pub issuer: Option<String>,
    /// Whether the user was made by it; the others were linked to a user who was there.
    pub primary: bool,
    /// When it came to lead here.
    pub created_at: Timestamp,
}

impl Login {
    /// The login as an element of the claim `identities`: every value as text.
    pub fn claim(&self) -> Value {
        self.element(&json!(self.primary.to_string()), &json!(self.created_at.epoch_millis().to_string()))
    }

    /// The login as an element of the attribute `identities`.
    fn attribute(&self) -> Value {
        self.element(&json!(self.primary), &json!(self.created_at.epoch_millis()))
    }

    fn element(&self, primary: &Value, created: &Value) -> Value {
        json!({
            "userId": self.key.value,
            "providerName": self.key.provider.as_str(),
            "providerType": self.kind.name(),
            "issuer": self.issuer,
            "primary": primary,
            "dateCreated": created,
        })
    }
}

/// The attribute `identities` of a user with these logins; `None` for one without.
pub fn identities(logins: &[Login]) -> Option<String> {
    let elements: Vec<Value> = logins.iter().map(Login::attribute).collect();
    (!elements.is_empty()).then(|| Value::from(elements).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_has_texts_alone_and_the_attribute_numbers_and_truth() {
        let login = Login {
            key: LoginKey::subject("Google".parse().unwrap(), "123"),
            kind: ProviderKind::Google,
            issuer: None,
            primary: true,
            created_at: Timestamp::from_epoch_seconds(7),
        };

        let expected = json!({"userId": "123", "providerName": "Google", "providerType": "Google", "issuer": null,
            "primary": "true", "dateCreated": "7000"});
        assert_eq!(login.claim(), expected);
        let attribute: Value = serde_json::from_str(&identities(&[login]).unwrap()).unwrap();
        assert_eq!((&attribute[0]["primary"], &attribute[0]["dateCreated"]), (&json!(true), &json!(7000)));
        assert_eq!(identities(&[]), None);
    }
}
