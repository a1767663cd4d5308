use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, PublicKeyUse};
use serde_json::Value;

use crate::algorithm::Algorithm;
use crate::backend::Public;
use crate::error::KeyError;

/// A public key bound to one algorithm.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VerifyingKey {
    pub(crate) algorithm: Algorithm,
    public: Public,
}

impl VerifyingKey {
    /// A key from a JWK. Its `alg` binds it; without one the key type's first algorithm does (RSA: `RS256`).
    ///
    /// `jku`, `x5u` and `x5c` are never looked at.
    ///
    /// # Errors
    ///
    /// [`KeyError::Malformed`] if the key is of another kind, is for encryption, disagrees with its `alg`, or is weak
    /// (RSA below 2048 or above 8192 bits, an even modulus, an exponent of 1 or even).
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
            return Err(KeyError::Malformed);
        }
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| KeyError::Malformed);
        let (public, first) = match &jwk.algorithm {
            AlgorithmParameters::RSA(rsa) => (rsa_key(decode(&rsa.n)?, decode(&rsa.e)?)?, Algorithm::Rs256),
            AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => {
                (Public::Ec(point(&decode(&ec.x)?, &decode(&ec.y)?)?), Algorithm::Es256)
            }
            AlgorithmParameters::OctetKeyPair(okp) if okp.curve == EllipticCurve::Ed25519 => {
                (Public::Ed(of_length(decode(&okp.x)?, 32)?), Algorithm::EdDsa)
            }
            _ => return Err(KeyError::Malformed),
        };
        let algorithm = match jwk.common.key_algorithm {
            None => first,
            Some(named) => Algorithm::from_jwk(named).filter(|own| suits(*own, &public)).ok_or(KeyError::Malformed)?,
        };
        Ok(Self { algorithm, public })
    }

    /// Whether `signature` is this key's over `message`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify(self.algorithm, message, signature)
    }
}

fn suits(algorithm: Algorithm, public: &Public) -> bool {
    match public {
        Public::Rsa { .. } => matches!(algorithm, Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512),
        Public::Ec(_) => algorithm == Algorithm::Es256,
        Public::Ed(_) => algorithm == Algorithm::EdDsa,
    }
}

fn rsa_key(n: Vec<u8>, e: Vec<u8>) -> Result<Public, KeyError> {
    let strip =
        |bytes: Vec<u8>| bytes.iter().position(|byte| *byte != 0).and_then(|at| bytes.get(at..)).map(<[u8]>::to_vec);
    let (n, e) = (strip(n).ok_or(KeyError::Malformed)?, strip(e).ok_or(KeyError::Malformed)?);
    let odd = |bytes: &[u8]| bytes.last().is_some_and(|byte| byte % 2 == 1);
    let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let sound = (2048..=8192).contains(&bits) && odd(&n) && odd(&e) && e != [1] && e.len() <= 4;
    sound.then_some(Public::Rsa { n, e }).ok_or(KeyError::Malformed)
}

fn point(x: &[u8], y: &[u8]) -> Result<Vec<u8>, KeyError> {
    if x.len() != 32 || y.len() != 32 {
        return Err(KeyError::Malformed);
    }
    Ok([&[4], x, y].concat())
}

fn of_length(bytes: Vec<u8>, length: usize) -> Result<Vec<u8>, KeyError> {
    if bytes.len() == length { Ok(bytes) } else { Err(KeyError::Malformed) }
}

/// The public keys of one issuer, by `kid`.
///
/// A `kid` is an opaque name of at most 256 bytes: it is compared, and nothing is ever built from it.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    keys: HashMap<String, VerifyingKey>,
    /// The one key without a name, if the set has such.
    unnamed: Option<VerifyingKey>,
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
        let mut set = Self::default();
        for jwk in jwks {
            let Ok(key) = VerifyingKey::from_jwk(&jwk) else { continue };
            match jwk.common.key_id {
                Some(kid) if kid.len() <= LONGEST_KID => {
                    set.keys.insert(kid, key);
                }
                Some(_) => {}
                None => set.unnamed = Some(key),
            }
        }
        set
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

    /// The key of this name; a token without `kid` gets the only key, if the set has just one.
    pub(crate) fn find(&self, kid: Option<&str>) -> Option<&VerifyingKey> {
        match kid {
            Some(kid) => self.keys.get(kid),
            None if self.len() == 1 => self.unnamed.as_ref().or_else(|| self.keys.values().next()),
            None => None,
        }
    }
}
