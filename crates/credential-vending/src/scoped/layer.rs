//! One layer of a narrowed session token.
//!
//! Verifiers of other versions read it: as in a sealed session, a member of `limits` that they do not know refuses.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::CredentialError;

/// The form that is written and read here. A higher one cannot be read at all.
const FORM: u16 = 1;

/// How a session was narrowed once, after it was vended.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Scope {
    /// The narrowed session's own id.
    pub id: String,
    /// What it is for, as whoever narrowed it says: 2 to 256 characters. Whoever holds the credentials can read it.
    pub description: Option<String>,
    /// The policy that allows at most what is done with it; `None` narrows the time alone.
    pub policy: Option<String>,
    /// When it ends, if not before.
    pub expires_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Written {
    form: u16,
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    limits: Limits,
    /// Nothing, so that a token has the size that was asked for.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pad: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    expires_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
}

/// The layer as it stands in a token, of `least` characters at least.
pub(super) fn write(scope: &Scope, least: usize) -> String {
    let encoded = |pad: usize| URL_SAFE_NO_PAD.encode(json(scope, pad));
    let bare = encoded(0);
    if bare.len() >= least {
        return bare;
    }
    // Three characters of padding become four.
    encoded((least - bare.len()).div_ceil(4) * 3)
}

#[expect(clippy::expect_used, reason = "a layer is text and numbers")]
fn json(scope: &Scope, pad: usize) -> Vec<u8> {
    let Scope { id, description, policy, expires_at } = scope.clone();
    let limits = Limits { expires_at, policy };
    // INVARIANT: text and numbers have a JSON form.
    serde_json::to_vec(&Written { form: FORM, id, description, limits, pad: "-".repeat(pad) })
        .expect("text and numbers")
}

/// The layer that stands so in a token.
///
/// # Errors
///
/// [`CredentialError::UnknownRestriction`]: whoever wrote it knew the secret, and does not write what cannot be read. It is of
/// another version.
pub(crate) fn read(layer: &str) -> Result<Scope, CredentialError> {
    let json = URL_SAFE_NO_PAD.decode(layer).map_err(|_| CredentialError::Invalid)?;
    let Written { form, id, description, limits, pad: _ } =
        serde_json::from_slice(&json).map_err(|_| CredentialError::UnknownRestriction)?;
    let Limits { expires_at, policy } = limits;
    if form == FORM {
        Ok(Scope { id, description, policy, expires_at })
    } else {
        Err(CredentialError::UnknownRestriction)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn scope() -> Scope {
        Scope {
            id: "one".to_owned(),
            description: Some("for the helper".to_owned()),
            policy: Some("{}".to_owned()),
            expires_at: Timestamp::from_epoch_seconds(1_700_000_000),
        }
    }

    fn changed(change: impl Fn(&mut Value)) -> Result<Scope, CredentialError> {
        let mut value: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(write(&scope(), 0)).unwrap()).unwrap();
        change(&mut value);
        read(&URL_SAFE_NO_PAD.encode(value.to_string()))
    }

    #[test]
    fn a_layer_is_read_as_it_was_written_and_is_as_long_as_was_asked() {
        let bare = write(&scope(), 0);

        for least in [0, bare.len(), bare.len() + 1, bare.len() + 7, 4096] {
            let layer = write(&scope(), least);
            assert!(layer.len() >= least && layer.len() < least.max(bare.len()) + 20, "{least}: {}", layer.len());
            assert_eq!(read(&layer).unwrap(), scope());
        }
    }

    #[test]
    fn a_restriction_or_form_of_a_newer_version_refuses_and_news_of_it_is_passed_over() {
        assert_eq!(changed(|layer| layer["lately"] = json!("news")).unwrap(), scope());
        for change in [
            (|layer| layer["limits"]["source_networks"] = json!(["10.0.0.0/8"])) as fn(&mut Value),
            |layer| layer["form"] = json!(2),
            |layer| layer["limits"]["policy"] = json!(["{}"]),
            |layer| drop(layer["limits"].as_object_mut().unwrap().remove("expires_at")),
            |layer| drop(layer.as_object_mut().unwrap().remove("limits")),
        ] {
            assert!(matches!(changed(change), Err(CredentialError::UnknownRestriction)));
        }
    }
}
