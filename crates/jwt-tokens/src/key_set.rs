use std::collections::HashMap;

use identity_kernel::strict_json;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use serde::Deserialize;
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
    /// What was not taken into the set.
    dropped: Vec<DroppedKey>,
}

/// A key that was not taken into a set, and why: for the log of whoever wonders why tokens are refused.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct DroppedKey {
    /// Its name, if it has one.
    pub kid: Option<String>,
    /// What is wrong with it.
    pub why: KeyError,
}

/// A key set larger than this is refused (1 MiB).
const LARGEST: usize = 1024 * 1024;

/// A `kid` longer than this names no key.
pub(crate) const LONGEST_KID: usize = 256;

impl KeySet {
    /// The keys of a JSON key set (RFC 7517 §5). Keys that are not understood or not sound are passed over, as the RFC asks,
    /// and named by [`dropped`](Self::dropped).
    ///
    /// # Errors
    ///
    /// [`KeyError::NotAKeySet`] if it is not strict JSON (a member may stand once, nothing behind the end), has no array
    /// `keys`, or is larger than 1 MiB.
    pub fn from_json(json: &[u8]) -> Result<Self, KeyError> {
        if json.len() > LARGEST {
            return Err(KeyError::NotAKeySet);
        }
        let object = strict_json::object(json).ok_or(KeyError::NotAKeySet)?;
        let keys = object.get("keys").and_then(Value::as_array).ok_or(KeyError::NotAKeySet)?;
        Ok(Self::of(keys.iter().map(|key| {
            let kid = key.get("kid").and_then(Value::as_str).map(str::to_owned);
            let jwk = Jwk::deserialize(key).map_err(|_| KeyError::Unsupported);
            (kid, jwk.and_then(|jwk| VerifyingKey::from_jwk(&jwk)))
        })))
    }

    /// The keys of these JWKs. Keys that are not understood or not sound are passed over, and named by
    /// [`dropped`](Self::dropped).
    pub fn from_jwks(jwks: impl IntoIterator<Item = Jwk>) -> Self {
        Self::of(jwks.into_iter().map(|jwk| {
            let key = VerifyingKey::from_jwk(&jwk);
            (jwk.common.key_id, key)
        }))
    }

    /// These keys under these names. A name longer than 256 bytes names no key, nor does one that several keys bear.
    pub fn from_keys(keys: impl IntoIterator<Item = (Option<String>, VerifyingKey)>) -> Self {
        Self::of(keys.into_iter().map(|(kid, key)| (kid, Ok(key))))
    }

    fn of(keys: impl Iterator<Item = (Option<String>, Result<VerifyingKey, KeyError>)>) -> Self {
        let (mut by_kid, mut dropped) = (HashMap::<Option<String>, Vec<VerifyingKey>>::new(), Vec::new());
        for (kid, key) in keys {
            match key {
                Ok(_) if kid.as_ref().is_some_and(|kid| kid.len() > LONGEST_KID) => {
                    dropped.push(DroppedKey { kid, why: KeyError::KidTooLong });
                }
                Ok(key) => by_kid.entry(kid).or_default().push(key),
                Err(why) => dropped.push(DroppedKey { kid, why }),
            }
        }
        let mut set = Self { dropped, ..Self::default() };
        for (kid, keys) in by_kid {
            set.add(kid, keys);
        }
        set.headers.sort_by(|(one, _), (other, _)| one.cmp(other));
        set
    }

    /// Takes what bears one name, if it is one key.
    fn add(&mut self, kid: Option<String>, keys: Vec<VerifyingKey>) {
        match (<[VerifyingKey; 1]>::try_from(keys), kid) {
            (Ok([key]), Some(kid)) => {
                self.headers.extend(usual_headers(&kid, &key).map(|header| (header, key.clone())));
                self.keys.insert(kid, key);
            }
            (Ok([key]), None) => self.unnamed = Some(key),
            (Err(keys), kid) => {
                let twice = keys.iter().map(|_| DroppedKey { kid: kid.clone(), why: KeyError::KidTwice });
                self.dropped.extend(twice);
            }
        }
    }

    /// The keys that were not taken into the set, each with the reason.
    pub fn dropped(&self) -> &[DroppedKey] {
        &self.dropped
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

/// The headers that signers commonly write, encoded: to read one costs about a thirtieth of the cheapest signature check
/// (`docs/decisions/0015-shortcuts-of-the-token-reader.md`). Any other header is read, with the same outcome.
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
