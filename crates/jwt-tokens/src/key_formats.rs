//! Keys as DER, PEM and JWK: PKCS#8 (RFC 5958), SPKI (RFC 5280 §4.1), PKCS#1 (RFC 8017 §A.1), SEC 1 (RFC 5915), PEM
//! (RFC 7468), JWK (RFC 7517).

use pkcs8::der::asn1::{BitStringRef, OctetStringRef};
use pkcs8::der::pem::{self, LineEnding};
use pkcs8::der::{AnyRef, Decode, Encode};
use pkcs8::{AlgorithmIdentifierRef, ObjectIdentifier, PrivateKeyInfoRef};
use sec1::EcPrivateKey;
use serde::{Deserialize, Serialize};
use spki::SubjectPublicKeyInfoRef;
use zeroize::Zeroizing;

use crate::algorithm::{Algorithm, Family};
use crate::backend::Public;
use crate::base64url::{decode, encode};
use crate::error::KeyError;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A private key's bytes, wiped when they are dropped.
pub(crate) type Der = Zeroizing<Vec<u8>>;

fn malformed<E>(_: E) -> KeyError {
    KeyError::Malformed
}

#[cfg_attr(not(feature = "danger-hs256"), expect(clippy::unnecessary_wraps, reason = "a shared secret has none"))]
fn identifier(family: Family) -> Result<AlgorithmIdentifierRef<'static>, KeyError> {
    let (oid, parameters) = match family {
        Family::Rsa => (RSA, Some(AnyRef::NULL)),
        Family::P256 => (EC, Some(AnyRef::from(&P256))),
        Family::P384 => (EC, Some(AnyRef::from(&P384))),
        Family::Ed25519 => (ED25519, None),
        #[cfg(feature = "danger-hs256")]
        Family::Hmac => return Err(KeyError::Malformed),
    };
    Ok(AlgorithmIdentifierRef { oid, parameters })
}

/// The PKCS#8 form of a PEM text: of `PRIVATE KEY`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`.
pub(crate) fn pkcs8_from_pem(family: Family, text: &str) -> Result<Der, KeyError> {
    let (label, der) = pem::decode_vec(text.as_bytes()).map_err(malformed)?;
    let der = Zeroizing::new(der);
    match label {
        "PRIVATE KEY" => Ok(der),
        "RSA PRIVATE KEY" if family == Family::Rsa => pkcs8(family, &der),
        "EC PRIVATE KEY" if matches!(family, Family::P256 | Family::P384) => pkcs8(family, &der),
        _ => Err(KeyError::Malformed),
    }
}

pub(crate) fn pkcs8_to_pem(der: &[u8]) -> Result<Zeroizing<String>, KeyError> {
    pem::encode_string("PRIVATE KEY", LineEnding::LF, der).map(Zeroizing::new).map_err(malformed)
}

/// Puts a family's own private form into PKCS#8.
fn pkcs8(family: Family, inner: &[u8]) -> Result<Der, KeyError> {
    let key = OctetStringRef::new(inner).map_err(malformed)?;
    PrivateKeyInfoRef::new(identifier(family)?, key).to_der().map(Zeroizing::new).map_err(malformed)
}

pub(crate) fn spki_to_der(family: Family, public: &Public) -> Result<Vec<u8>, KeyError> {
    let bytes = match public {
        Public::Rsa { n, e } => rsa_public(n, e)?,
        Public::Ec(bytes) | Public::Ed(bytes) => bytes.clone(),
    };
    let subject_public_key = BitStringRef::from_bytes(&bytes).map_err(malformed)?;
    SubjectPublicKeyInfoRef { algorithm: identifier(family)?, subject_public_key }.to_der().map_err(malformed)
}

fn rsa_public(n: &[u8], e: &[u8]) -> Result<Vec<u8>, KeyError> {
    let part = |bytes| pkcs1::UintRef::new(bytes).map_err(malformed);
    pkcs1::RsaPublicKey { modulus: part(n)?, public_exponent: part(e)? }.to_der().map_err(malformed)
}

pub(crate) fn spki_to_pem(der: &[u8]) -> Result<String, KeyError> {
    pem::encode_string("PUBLIC KEY", LineEnding::LF, der).map_err(malformed)
}

/// The SPKI form of a PEM text that says `PUBLIC KEY`.
pub(crate) fn spki_from_pem(text: &str) -> Result<Vec<u8>, KeyError> {
    match pem::decode_vec(text.as_bytes()).map_err(malformed)? {
        ("PUBLIC KEY", der) => Ok(der),
        _ => Err(KeyError::Malformed),
    }
}

pub(crate) fn public_from_spki(family: Family, der: &[u8]) -> Result<Public, KeyError> {
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(malformed)?;
    if info.algorithm != identifier(family)? {
        return Err(KeyError::Malformed);
    }
    let bytes = info.subject_public_key.as_bytes().ok_or(KeyError::Malformed)?;
    match family {
        Family::Rsa => {
            let key = pkcs1::RsaPublicKey::<pkcs1::UintRef<'_>>::from_der(bytes).map_err(malformed)?;
            Ok(Public::Rsa { n: key.modulus.as_bytes().to_vec(), e: key.public_exponent.as_bytes().to_vec() })
        }
        Family::P256 | Family::P384 => Ok(Public::Ec(bytes.to_vec())),
        Family::Ed25519 => Ok(Public::Ed(bytes.to_vec())),
        #[cfg(feature = "danger-hs256")]
        Family::Hmac => Err(KeyError::Malformed),
    }
}

/// A private key as a JWK (RFC 7518 §6, RFC 8037 §2).
#[derive(Serialize, Deserialize)]
pub(crate) struct PrivateJwk {
    kty: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<Algorithm>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(flatten)]
    numbers: Numbers,
}

/// The members that hold numbers, each base64url.
#[derive(Default, Serialize, Deserialize)]
struct Numbers {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    d: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    p: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    q: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dp: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dq: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    qi: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<Zeroizing<String>>,
}

impl PrivateJwk {
    /// The algorithm that the key's `alg` names, or the first of its type, and the PKCS#8 form.
    pub(crate) fn read(json: &[u8]) -> Result<(Algorithm, Der), KeyError> {
        let jwk: Self = serde_json::from_slice(json).map_err(malformed)?;
        if !matches!(jwk.usage.as_deref(), None | Some("sig")) {
            return Err(KeyError::Malformed);
        }
        let first = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", None) => Algorithm::Rs256,
            ("EC", Some("P-256")) => Algorithm::Es256,
            ("EC", Some("P-384")) => Algorithm::Es384,
            ("OKP", Some("Ed25519")) => Algorithm::EdDsa,
            _ => return Err(KeyError::Malformed),
        };
        let algorithm = jwk.alg.unwrap_or(first);
        if algorithm.family() != first.family() {
            return Err(KeyError::Malformed);
        }
        Ok((algorithm, pkcs8(algorithm.family(), &jwk.numbers.inner(algorithm.family())?)?))
    }

    /// The key of this PKCS#8 form.
    pub(crate) fn write(algorithm: Algorithm, kid: &str, public: &Public, der: &[u8]) -> Result<Self, KeyError> {
        let info = PrivateKeyInfoRef::try_from(der).map_err(malformed)?;
        let inner = info.private_key.as_bytes();
        let (kty, crv) = match algorithm.family() {
            Family::Rsa => ("RSA", None),
            Family::P256 => ("EC", Some("P-256")),
            Family::P384 => ("EC", Some("P-384")),
            Family::Ed25519 => ("OKP", Some("Ed25519")),
            #[cfg(feature = "danger-hs256")]
            Family::Hmac => return Err(KeyError::Malformed),
        };
        Ok(Self {
            kty: kty.to_owned(),
            crv: crv.map(str::to_owned),
            alg: Some(algorithm),
            kid: Some(kid.to_owned()),
            usage: Some("sig".to_owned()),
            numbers: Numbers::of(public, inner)?,
        })
    }
}

impl Numbers {
    /// The family's own private form: PKCS#1, SEC 1, or an octet string (RFC 8410 §7).
    fn inner(&self, family: Family) -> Result<Der, KeyError> {
        match family {
            Family::Rsa => self.pkcs1(),
            Family::P256 => self.sec1(32),
            Family::P384 => self.sec1(48),
            Family::Ed25519 => {
                let seed = exactly(32, number(self.d.as_ref())?)?;
                OctetStringRef::new(&seed).and_then(|seed| seed.to_der()).map(Zeroizing::new).map_err(malformed)
            }
            #[cfg(feature = "danger-hs256")]
            Family::Hmac => Err(KeyError::Malformed),
        }
    }

    fn pkcs1(&self) -> Result<Der, KeyError> {
        let parts = [&self.n, &self.e, &self.d, &self.p, &self.q, &self.dp, &self.dq, &self.qi];
        let parts = parts.into_iter().map(|part| number(part.as_ref())).collect::<Result<Vec<_>, _>>()?;
        let parts = parts.iter().map(|part| pkcs1::UintRef::new(part).map_err(malformed));
        let parts: Vec<_> = parts.collect::<Result<_, _>>()?;
        let [modulus, public_exponent, private_exponent, prime1, prime2, exponent1, exponent2, coefficient] = parts[..]
        else {
            return Err(KeyError::Malformed);
        };
        let key = pkcs1::RsaPrivateKey {
            modulus,
            public_exponent,
            private_exponent,
            prime1,
            prime2,
            exponent1,
            exponent2,
            coefficient,
            other_prime_infos: None,
        };
        key.to_der().map(Zeroizing::new).map_err(malformed)
    }

    fn sec1(&self, size: usize) -> Result<Der, KeyError> {
        let part = |part: &Option<Zeroizing<String>>| exactly(size, number(part.as_ref())?);
        let (private_key, x, y) = (part(&self.d)?, part(&self.x)?, part(&self.y)?);
        let point = [&[4], x.as_slice(), y.as_slice()].concat();
        let key = EcPrivateKey { private_key: &private_key, parameters: None, public_key: Some(&point) };
        key.to_der().map(Zeroizing::new).map_err(malformed)
    }

    fn of(public: &Public, inner: &[u8]) -> Result<Self, KeyError> {
        let text = |bytes: &[u8]| Some(Zeroizing::new(encode(bytes)));
        Ok(match public {
            Public::Rsa { .. } => {
                let key = pkcs1::RsaPrivateKey::from_der(inner).map_err(malformed)?;
                let text = |part: pkcs1::UintRef<'_>| text(part.as_bytes());
                Self {
                    n: text(key.modulus),
                    e: text(key.public_exponent),
                    d: text(key.private_exponent),
                    p: text(key.prime1),
                    q: text(key.prime2),
                    dp: text(key.exponent1),
                    dq: text(key.exponent2),
                    qi: text(key.coefficient),
                    ..Self::default()
                }
            }
            Public::Ec(point) => {
                let key = EcPrivateKey::from_der(inner).map_err(malformed)?;
                let (x, y) = coordinates(point);
                Self { d: text(key.private_key), x: text(x), y: text(y), ..Self::default() }
            }
            Public::Ed(x) => {
                let seed = <&OctetStringRef>::from_der(inner).map_err(malformed)?;
                Self { d: text(seed.as_bytes()), x: text(x), ..Self::default() }
            }
        })
    }
}

fn number(part: Option<&Zeroizing<String>>) -> Result<Der, KeyError> {
    let text = part.ok_or(KeyError::Malformed)?;
    decode(text).map(Zeroizing::new).map_err(malformed)
}

fn exactly(size: usize, bytes: Der) -> Result<Der, KeyError> {
    if bytes.len() == size { Ok(bytes) } else { Err(KeyError::Malformed) }
}

/// The halves of an uncompressed point `04 || x || y`.
pub(crate) fn coordinates(point: &[u8]) -> (&[u8], &[u8]) {
    let body = point.get(1..).unwrap_or_default();
    body.split_at(body.len() / 2)
}
