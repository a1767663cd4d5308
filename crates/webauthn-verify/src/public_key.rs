//! Public keys of credentials: COSE keys (RFC 9053 §7) bound to one algorithm.

use std::fmt;

use ring::agreement::{self, ECDH_P256, ECDH_P384, EphemeralPrivateKey};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};

use crate::cbor::{self, Map, Value};
use crate::refused::{Malformed, Refused};

/// A signature algorithm of credentials.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
    /// RSA with PKCS #1 v1.5 and SHA-256, from 2,048 bits on.
    Rs256,
}

impl Algorithm {
    /// Every algorithm, the one that most authenticators have first.
    pub const ALL: [Self; 4] = [Self::Es256, Self::Rs256, Self::EdDsa, Self::Es384];

    /// Its number among COSE's algorithms.
    pub fn number(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Es384 => -35,
            Self::Rs256 => -257,
        }
    }

    /// The algorithm of this number, if it is known here.
    pub fn of_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.number() == number)
    }
}

/// The public key of a credential. It prints its algorithm.
#[derive(Clone, Eq, PartialEq)]
pub struct PublicKey {
    cose: Vec<u8>,
    material: Material,
}

#[derive(Clone, Eq, PartialEq)]
enum Material {
    /// The uncompressed point.
    Es256(Vec<u8>),
    /// The uncompressed point.
    Es384(Vec<u8>),
    EdDsa(Vec<u8>),
    Rs256 {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
}

const MALFORMED: Refused = Refused::Malformed(Malformed::PublicKey);

impl PublicKey {
    /// The key that a COSE key holds: as it was registered, or as [`as_cose`](Self::as_cose) gave it to be stored.
    ///
    /// # Errors
    ///
    /// [`Refused::Algorithm`] for an algorithm that is not known here; [`Malformed::PublicKey`] for anything but one key
    /// whose type, curve and algorithm agree. That its point is on the curve is asked at registration, and at every verification.
    pub fn from_cose(cose: &[u8]) -> Result<Self, Refused> {
        match Self::beginning(cose)? {
            (key, []) => Ok(key),
            _ => Err(MALFORMED),
        }
    }

    /// The key that `bytes` begin with, and what follows it.
    pub(crate) fn beginning(bytes: &[u8]) -> Result<(Self, &[u8]), Refused> {
        let (map, rest) = cbor::map(bytes).ok_or(MALFORMED)?;
        let cose = bytes.get(..bytes.len() - rest.len()).ok_or(MALFORMED)?.to_vec();
        let Some(Value::Integer(number)) = map.numbered(3) else { return Err(MALFORMED) };
        let algorithm = Algorithm::of_number(*number).ok_or(Refused::Algorithm(*number))?;
        let material = material(algorithm, &map).ok_or(MALFORMED)?;
        Ok((Self { cose, material }, rest))
    }

    /// The key as COSE, to be stored.
    pub fn as_cose(&self) -> &[u8] {
        &self.cose
    }

    /// Its algorithm: the only one by which it verifies.
    pub fn algorithm(&self) -> Algorithm {
        match self.material {
            Material::Es256(_) => Algorithm::Es256,
            Material::Es384(_) => Algorithm::Es384,
            Material::EdDsa(_) => Algorithm::EdDsa,
            Material::Rs256 { .. } => Algorithm::Rs256,
        }
    }

    /// Whether the point of an ECDSA key is on its curve.
    pub(crate) fn is_on_its_curve(&self) -> bool {
        match &self.material {
            Material::Es256(point) => is_on(&ECDH_P256, point),
            Material::Es384(point) => is_on(&ECDH_P384, point),
            Material::EdDsa(_) | Material::Rs256 { .. } => true,
        }
    }

    /// Whether the signature over the message is this key's.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let verified = match &self.material {
            Material::Es256(point) => UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature),
            Material::Es384(point) => UnparsedPublicKey::new(&ECDSA_P384_SHA384_ASN1, point).verify(message, signature),
            Material::EdDsa(point) => UnparsedPublicKey::new(&ED25519, point).verify(message, signature),
            Material::Rs256 { modulus, exponent } => {
                let key = RsaPublicKeyComponents { n: modulus, e: exponent };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
        };
        verified.is_ok()
    }
}

// The labels of COSE keys: of all, of elliptic curves, of RSA.
const KEY_TYPE: i64 = 1;
const CURVE: i64 = -1;
const X: i64 = -2;
const Y: i64 = -3;
const MODULUS: i64 = -1;
const EXPONENT: i64 = -2;

fn material(algorithm: Algorithm, map: &Map) -> Option<Material> {
    let is = |label, number| map.numbered(label) == Some(&Value::Integer(number));
    match algorithm {
        Algorithm::Es256 if is(KEY_TYPE, 2) && is(CURVE, 1) => point(map, 32).map(Material::Es256),
        Algorithm::Es384 if is(KEY_TYPE, 2) && is(CURVE, 2) => point(map, 48).map(Material::Es384),
        Algorithm::EdDsa if is(KEY_TYPE, 1) && is(CURVE, 6) => {
            bytes(map, X, 32).map(<[u8]>::to_vec).map(Material::EdDsa)
        }
        Algorithm::Rs256 if is(KEY_TYPE, 3) => rsa(map),
        _ => None,
    }
}

fn bytes(map: &Map, label: i64, length: usize) -> Option<&[u8]> {
    match map.numbered(label)? {
        Value::Bytes(bytes) if bytes.len() == length => Some(bytes),
        _ => None,
    }
}

/// The uncompressed point.
fn point(map: &Map, length: usize) -> Option<Vec<u8>> {
    Some([&[4], bytes(map, X, length)?, bytes(map, Y, length)?].concat())
}

/// Whether the point is on the curve: what every key agreement asks first. The secret that it ends in is thrown away.
fn is_on(curve: &'static agreement::Algorithm, point: &[u8]) -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "the answer does not depend on it: it makes a key that is thrown away"
    )]
    let Ok(own) = EphemeralPrivateKey::generate(curve, &SystemRandom::new()) else { return false };
    agreement::agree_ephemeral(own, &agreement::UnparsedPublicKey::new(curve, point), |_| ()).is_ok()
}

/// An RSA key of 2,048 to 8,192 bits with an odd exponent of at most four bytes, from 3 on.
fn rsa(map: &Map) -> Option<Material> {
    let (Value::Bytes(modulus), Value::Bytes(exponent)) = (map.numbered(MODULUS)?, map.numbered(EXPONENT)?) else {
        return None;
    };
    let plain =
        |bytes: &[u8]| bytes.first().is_some_and(|first| *first != 0) && bytes.last().is_some_and(|last| last % 2 == 1);
    let sized = (256..=1024).contains(&modulus.len()) && exponent.len() <= 4 && exponent != &[1];
    let wide = modulus.len() > 256 || modulus.first().is_some_and(|first| *first >= 0x80);
    (plain(modulus) && plain(exponent) && sized && wide)
        .then(|| Material::Rs256 { modulus: modulus.clone(), exponent: exponent.clone() })
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({:?})", self.algorithm())
    }
}
