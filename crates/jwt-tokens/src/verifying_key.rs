use std::fmt;
use std::sync::Arc;

use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters, EllipticCurveKeyType, Jwk,
    KeyOperations, OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse, RSAKeyParameters, RSAKeyType,
};
use ring::digest;

use crate::algorithm::Algorithm;
use crate::backend::{Checker, Public};
use crate::base64url::{decode, encode};
use crate::error::KeyError;
use crate::key_formats::{self, coordinates};
use crate::sound::sound;

/// A public key bound to one algorithm, parsed once.
///
/// Cheap to clone. Two are equal if they are the same key for the same algorithm.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    check: Check,
}

/// How a key checks.
#[derive(Clone)]
enum Check {
    Public(Arc<(Public, Checker)>),
    #[cfg(feature = "danger-hs256")]
    Shared(Arc<ring::hmac::Key>),
}

impl VerifyingKey {
    /// A key from a JWK. Its `alg` binds it; without one the key type's first algorithm does (RSA: `RS256`).
    ///
    /// `jku`, `x5u` and `x5c` are never looked at.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotForSignatures`], [`KeyError::Unsupported`], [`KeyError::OtherAlgorithm`] if it disagrees with its
    /// `alg`, [`KeyError::Unreadable`] if a member is not canonical base64url of the right length, [`KeyError::OffCurve`],
    /// [`KeyError::Weak`].
    pub fn from_jwk(jwk: &Jwk) -> Result<Self, KeyError> {
        let verifies = |uses: &Vec<KeyOperations>| uses.contains(&KeyOperations::Verify);
        let for_signatures = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature))
            && jwk.common.key_operations.as_ref().is_none_or(verifies);
        if !for_signatures {
            return Err(KeyError::NotForSignatures);
        }
        let decode = |text: &str| decode(text).map_err(|_| KeyError::Unreadable);
        let (public, first) = match &jwk.algorithm {
            AlgorithmParameters::RSA(rsa) => (Public::Rsa { n: decode(&rsa.n)?, e: decode(&rsa.e)? }, Algorithm::Rs256),
            AlgorithmParameters::EllipticCurve(ec) => {
                let algorithm = match ec.curve {
                    EllipticCurve::P256 => Algorithm::Es256,
                    EllipticCurve::P384 => Algorithm::Es384,
                    _ => return Err(KeyError::Unsupported),
                };
                (Public::Ec(point(&decode(&ec.x)?, &decode(&ec.y)?)?), algorithm)
            }
            AlgorithmParameters::OctetKeyPair(okp) if okp.curve == EllipticCurve::Ed25519 => {
                (Public::Ed(decode(&okp.x)?), Algorithm::EdDsa)
            }
            _ => return Err(KeyError::Unsupported),
        };
        let algorithm = match jwk.common.key_algorithm {
            None => first,
            Some(named) => Algorithm::from_jwk(named).ok_or(KeyError::Unsupported)?,
        };
        if algorithm.family() != first.family() {
            return Err(KeyError::OtherAlgorithm);
        }
        Self::from_public(algorithm, public)
    }

    /// A key from its SPKI DER form (RFC 5280 §4.1).
    ///
    /// # Errors
    ///
    /// [`KeyError::Unreadable`], [`KeyError::OtherAlgorithm`], [`KeyError::OffCurve`] or [`KeyError::Weak`].
    pub fn from_spki(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        Self::from_public(algorithm, key_formats::public_from_spki(algorithm.family(), der)?)
    }

    /// A key from a PEM text that says `PUBLIC KEY` (RFC 7468 §13).
    ///
    /// # Errors
    ///
    /// As [`from_spki`](Self::from_spki).
    pub fn from_pem(algorithm: Algorithm, pem: &str) -> Result<Self, KeyError> {
        Self::from_spki(algorithm, &key_formats::spki_from_pem(pem)?)
    }

    pub(crate) fn from_public(algorithm: Algorithm, public: Public) -> Result<Self, KeyError> {
        let public = sound(algorithm.family(), public)?;
        let checker = Checker::new(algorithm, &public)?;
        Ok(Self { algorithm, check: Check::Public(Arc::new((public, checker))) })
    }

    #[cfg(feature = "danger-hs256")]
    pub(crate) fn shared(key: Arc<ring::hmac::Key>) -> Self {
        Self { algorithm: Algorithm::Hs256, check: Check::Shared(key) }
    }

    /// The one algorithm it checks.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key's SPKI DER form.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoPublicForm`] for a shared secret.
    pub fn spki(&self) -> Result<Vec<u8>, KeyError> {
        key_formats::spki_to_der(self.algorithm.family(), self.public()?)
    }

    /// The key as a PEM text.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoPublicForm`] for a shared secret.
    pub fn pem(&self) -> Result<String, KeyError> {
        key_formats::spki_to_pem(&self.spki()?)
    }

    /// The key as a JWK of this name, with `use` and `alg`.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoPublicForm`] for a shared secret.
    pub fn jwk(&self, kid: &str) -> Result<Jwk, KeyError> {
        Ok(jwk(self.algorithm, kid, self.public()?))
    }

    /// The JWK thumbprint with SHA-256, base64url (RFC 7638 §3).
    ///
    /// # Errors
    ///
    /// [`KeyError::NoPublicForm`] for a shared secret.
    pub fn thumbprint(&self) -> Result<String, KeyError> {
        Ok(thumbprint(self.public()?))
    }

    #[cfg_attr(not(feature = "danger-hs256"), expect(clippy::unnecessary_wraps, reason = "a shared secret has none"))]
    fn public(&self) -> Result<&Public, KeyError> {
        match &self.check {
            Check::Public(key) => Ok(&key.0),
            #[cfg(feature = "danger-hs256")]
            Check::Shared(_) => Err(KeyError::NoPublicForm),
        }
    }

    /// Whether `signature` is this key's over `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.check {
            Check::Public(key) => key.1.verify(message, signature),
            #[cfg(feature = "danger-hs256")]
            Check::Shared(key) => ring::hmac::verify(key, message, signature).is_ok(),
        }
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        let same = match (&self.check, &other.check) {
            (Check::Public(own), Check::Public(others)) => own.0 == others.0,
            #[cfg(feature = "danger-hs256")]
            (Check::Shared(own), Check::Shared(others)) => Arc::ptr_eq(own, others),
            #[cfg(feature = "danger-hs256")]
            _ => false,
        };
        same && self.algorithm == other.algorithm
    }
}

impl Eq for VerifyingKey {}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.algorithm)
    }
}

fn point(x: &[u8], y: &[u8]) -> Result<Vec<u8>, KeyError> {
    if x.len() == y.len() { Ok([&[4], x, y].concat()) } else { Err(KeyError::Unreadable) }
}

/// A public key as a JWK.
pub(crate) fn jwk(algorithm: Algorithm, kid: &str, public: &Public) -> Jwk {
    let parameters = match public {
        Public::Rsa { n, e } => {
            AlgorithmParameters::RSA(RSAKeyParameters { key_type: RSAKeyType::RSA, n: encode(n), e: encode(e) })
        }
        Public::Ec(point) => {
            let (x, y) = coordinates(point);
            AlgorithmParameters::EllipticCurve(EllipticCurveKeyParameters {
                key_type: EllipticCurveKeyType::EC,
                curve: if algorithm == Algorithm::Es384 { EllipticCurve::P384 } else { EllipticCurve::P256 },
                x: encode(x),
                y: encode(y),
            })
        }
        Public::Ed(key) => AlgorithmParameters::OctetKeyPair(OctetKeyPairParameters {
            key_type: OctetKeyPairType::OctetKeyPair,
            curve: EllipticCurve::Ed25519,
            x: encode(key),
        }),
    };
    let common = CommonParameters {
        public_key_use: Some(PublicKeyUse::Signature),
        key_algorithm: Some(algorithm.in_jwk()),
        key_id: Some(kid.to_owned()),
        ..CommonParameters::default()
    };
    Jwk { common, algorithm: parameters }
}

/// The JWK thumbprint with SHA-256 (RFC 7638 §3): the required members in order, without white space.
pub(crate) fn thumbprint(public: &Public) -> String {
    let members = match public {
        Public::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n)),
        Public::Ec(point) => {
            let (x, y) = coordinates(point);
            let curve = if point.len() == 97 { "P-384" } else { "P-256" };
            format!(r#"{{"crv":"{curve}","kty":"EC","x":"{}","y":"{}"}}"#, encode(x), encode(y))
        }
        Public::Ed(key) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(key)),
    };
    encode(digest::digest(&digest::SHA256, members.as_bytes()))
}
