use std::collections::HashMap;

use jsonwebtoken::jwk::{Jwk, JwkSet};
use serde_json::Value;

use crate::base64url;
use crate::error::KeyError;
use crate::verifying_key::VerifyingKey;

/// The public keys of one issuer, by `kid`.
///
/// A `kid` is an opaque name of at most 256 bytes: it is compared, and nothing is ever built from it.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: HashMap<String, VerifyingKey>,
    /// The one key without a name, if the set has such.
    unnamed: Option<VerifyingKey>,
    /// The usual headers of tokens under these keys, in order, as they stand encoded in the token: what needs no reading.
    headers: Vec<(String, VerifyingKey)>,
}

/// A key set larger than this is refused (1 MiB).
const LARGEST: usize = 1024 * 1024;

/// A `kid` longer than this names no key.
pub(crate) const LONGEST_KID: usize = 256;

impl KeySet {
    /// The keys of a JSON key set (RFC 7517 §5). Keys of kinds that are not understood are passed over, as the RFC
    /// asks.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotAKeySet`] if it is not JSON, has no `keys`, or is larger than 1 MiB.
    pub fn from_json(json: &[u8]) -> Result<Self, KeyError> {
        if json.len() > LARGEST {
            return Err(KeyError::NotAKeySet);
        }
        let value: Value = serde_json::from_slice(json).map_err(|_| KeyError::NotAKeySet)?;
        let keys = value.get("keys").and_then(Value::as_array).ok_or(KeyError::NotAKeySet)?;
        let jwks = keys.iter().filter_map(|key| serde_json::from_value::<Jwk>(key.clone()).ok());
        Ok(Self::from_jwks(jwks))
    }

    /// The keys of these JWKs; keys that are not understood are passed over.
    pub fn from_jwks(jwks: impl IntoIterator<Item = Jwk>) -> Self {
        let keys = jwks.into_iter().filter_map(|jwk| {
            let key = VerifyingKey::from_jwk(&jwk).ok()?;
            Some((jwk.common.key_id, key))
        });
        Self::from_keys(keys)
    }

    /// These keys under these names. A name longer than 256 bytes names no key, nor does one that several keys bear.
    pub fn from_keys(keys: impl IntoIterator<Item = (Option<String>, VerifyingKey)>) -> Self {
        let (mut named, mut unnamed) = (HashMap::<String, Vec<VerifyingKey>>::new(), Vec::new());
        for (kid, key) in keys {
            match kid {
                Some(kid) => named.entry(kid).or_default().push(key),
                None => unnamed.push(key),
            }
        }
        let only = |keys: Vec<VerifyingKey>| <[VerifyingKey; 1]>::try_from(keys).ok().map(|[key]| key);
        named.retain(|kid, keys| kid.len() <= LONGEST_KID && keys.len() == 1);
        let keys: HashMap<_, _> = named.into_iter().filter_map(|(kid, keys)| Some((kid, only(keys)?))).collect();
        let headers = keys.iter().flat_map(|(kid, key)| usual_headers(kid, key).map(|header| (header, key.clone())));
        let mut headers: Vec<_> = headers.collect();
        headers.sort_by(|(one, _), (other, _)| one.cmp(other));
        Self { headers, keys, unnamed: only(unnamed) }
    }

    /// The key set to publish for these public keys.
    pub fn publish(jwks: impl IntoIterator<Item = Jwk>) -> JwkSet {
        JwkSet { keys: jwks.into_iter().collect() }
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.keys.len() + usize::from(self.unnamed.is_some())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is a key of this name.
    pub fn has(&self, kid: &str) -> bool {
        self.keys.contains_key(kid)
    }

    /// The key of this name; a token without `kid` gets the only key, if the set has just one.
    pub(crate) fn find(&self, kid: Option<&str>) -> Option<&VerifyingKey> {
        match kid {
            Some(kid) => self.keys.get(kid),
            None if self.len() == 1 => self.unnamed.as_ref().or_else(|| self.keys.values().next()),
            None => None,
        }
    }

    /// The key of a token whose encoded header is one of the usual ones.
    pub(crate) fn of_header(&self, encoded: &str) -> Option<&VerifyingKey> {
        let at = self.headers.binary_search_by(|(header, _)| header.as_str().cmp(encoded)).ok()?;
        self.headers.get(at).map(|(_, key)| key)
    }
}

/// The headers that signers commonly write, encoded.
fn usual_headers(kid: &str, key: &VerifyingKey) -> impl Iterator<Item = String> + use<> {
    let (kid, alg) = (Value::from(kid).to_string(), key.algorithm().name());
    [
        format!(r#"{{"kid":{kid},"alg":"{alg}"}}"#),
        format!(r#"{{"alg":"{alg}","kid":{kid}}}"#),
        format!(r#"{{"alg":"{alg}","kid":{kid},"typ":"JWT"}}"#),
        format!(r#"{{"alg":"{alg}","typ":"JWT","kid":{kid}}}"#),
        format!(r#"{{"typ":"JWT","alg":"{alg}","kid":{kid}}}"#),
    ]
    .into_iter()
    .map(base64url::encode)
}
