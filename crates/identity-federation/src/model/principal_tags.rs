//! Which claims of a login become tags of the session, for policies to ask for.

use std::collections::BTreeMap;

use login_providers::Assertion;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Which claims of a provider's logins become session tags.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct PrincipalTagMap {
    /// Whether it is the usual two: `client` from `aud` and `username` from `sub`.
    pub use_defaults: bool,
    /// Claims by the key of the tag: 50 at most. None where the usual two are used.
    pub claims: BTreeMap<String, String>,
}

impl PrincipalTagMap {
    /// Claims by the key of the tag, the usual ones included.
    pub fn tags(&self) -> BTreeMap<String, String> {
        if self.use_defaults { Self::usual() } else { self.claims.clone() }
    }

    /// The usual two.
    pub fn usual() -> BTreeMap<String, String> {
        [("client", "aud"), ("username", "sub")].map(|(tag, claim)| (tag.to_owned(), claim.to_owned())).into()
    }
}

/// The value of the tag that is made of a claim. A claim that is absent, or is no single value, makes no tag: an array's
/// elements might be anything that the last one who changed it liked. `aud` is the client that the login was made for.
pub(crate) fn value_of(login: &Assertion, claim: &str) -> Option<String> {
    match login.claims.get(claim)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(_) if claim == "aud" => Some(login.authorized_party.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_tag_has_the_one_value_of_its_claim_or_is_not_there() {
        let claims =
            json!({"t": "x", "n": 7, "b": true, "e": "", "a": ["one"], "o": {}, "z": null, "aud": ["app", "api"]});
        let Value::Object(claims) = claims else { return };
        let login = Assertion { provider: "p".into(), subject: "s".into(), authorized_party: "app".into(), claims };

        for (claim, value) in [("t", "x"), ("n", "7"), ("b", "true"), ("e", ""), ("aud", "app")] {
            assert_eq!(value_of(&login, claim).as_deref(), Some(value), "{claim}");
        }
        for claim in ["a", "o", "z", "absent"] {
            assert_eq!(value_of(&login, claim), None, "{claim}");
        }
    }
}
