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
use crate::sound::{rsa_is_consistent, sound};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A private key's bytes, wiped when they are dropped.
pub(crate) type Der = Zeroizing<Vec<u8>>;

fn unreadable<E>(_: E) -> KeyError {
    KeyError::Unreadable
}

#[cfg_attr(not(feature = "danger-hs256"), expect(clippy::unnecessary_wraps, reason = "a shared secret has none"))]
fn identifier(family: Family) -> Result<AlgorithmIdentifierRef<'static>, KeyError> {
    let (oid, parameters) = match family {
        Family::Rsa => (RSA, Some(AnyRef::NULL)),
        Family::P256 => (EC, Some(AnyRef::from(&P256))),
        Family::P384 => (EC, Some(AnyRef::from(&P384))),
        Family::Ed25519 => (ED25519, None),
        #[cfg(feature = "danger-hs256")]
        Family::Hmac => return Err(KeyError::Unsupported),
    };
    Ok(AlgorithmIdentifierRef { oid, parameters })
}

/// The PEM text in lines of 64 characters without blanks around them, which is all that the decoder reads. As it stands in
/// configuration, such a text is often indented or in one line (RFC 7468 §2 lets readers take that).
fn usual_lines(text: &str) -> Zeroizing<String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (mut out, mut width) = (Zeroizing::new(String::with_capacity(2 * text.len())), 0);
    for line in lines {
        if line.starts_with("-----") {
            let end = if width == 0 { "" } else { "\n" };
            out.extend([end, line, "\n"]);
            width = 0;
            continue;
        }
        for character in line.chars() {
            if width == 64 {
                out.push('\n');
                width = 0;
            }
            out.push(character);
            width += 1;
        }
    }
    out
}

/// The PKCS#8 form of a PEM text: of `PRIVATE KEY`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`.
pub(crate) fn pkcs8_from_pem(family: Family, text: &str) -> Result<Der, KeyError> {
    let text = usual_lines(text);
    let (label, der) = pem::decode_vec(text.as_bytes()).map_err(unreadable)?;
    let der = Zeroizing::new(der);
    match label {
        "PRIVATE KEY" => Ok(der),
        "RSA PRIVATE KEY" if family == Family::Rsa => pkcs8(family, &der),
        "EC PRIVATE KEY" if matches!(family, Family::P256 | Family::P384) => pkcs8(family, &der),
        "RSA PRIVATE KEY" | "EC PRIVATE KEY" => Err(KeyError::OtherAlgorithm),
        _ => Err(KeyError::Unsupported),
    }
}

pub(crate) fn pkcs8_to_pem(der: &[u8]) -> Result<Zeroizing<String>, KeyError> {
    pem::encode_string("PRIVATE KEY", LineEnding::LF, der).map(Zeroizing::new).map_err(unreadable)
}

/// Puts a family's own private form into PKCS#8.
fn pkcs8(family: Family, inner: &[u8]) -> Result<Der, KeyError> {
    let key = OctetStringRef::new(inner).map_err(unreadable)?;
    PrivateKeyInfoRef::new(identifier(family)?, key).to_der().map(Zeroizing::new).map_err(unreadable)
}

pub(crate) fn spki_to_der(family: Family, public: &Public) -> Result<Vec<u8>, KeyError> {
    let bytes = match public {
        Public::Rsa { n, e } => rsa_public(n, e)?,
        Public::Ec(bytes) | Public::Ed(bytes) => bytes.clone(),
    };
    let subject_public_key = BitStringRef::from_bytes(&bytes).map_err(unreadable)?;
    SubjectPublicKeyInfoRef { algorithm: identifier(family)?, subject_public_key }.to_der().map_err(unreadable)
}

fn rsa_public(n: &[u8], e: &[u8]) -> Result<Vec<u8>, KeyError> {
    let part = |bytes| pkcs1::UintRef::new(bytes).map_err(unreadable);
    pkcs1::RsaPublicKey { modulus: part(n)?, public_exponent: part(e)? }.to_der().map_err(unreadable)
}

pub(crate) fn spki_to_pem(der: &[u8]) -> Result<String, KeyError> {
    pem::encode_string("PUBLIC KEY", LineEnding::LF, der).map_err(unreadable)
}

/// The SPKI form of a PEM text that says `PUBLIC KEY`.
pub(crate) fn spki_from_pem(text: &str) -> Result<Vec<u8>, KeyError> {
    match pem::decode_vec(usual_lines(text).as_bytes()).map_err(unreadable)? {
        ("PUBLIC KEY", der) => Ok(der),
        _ => Err(KeyError::Unsupported),
    }
}

pub(crate) fn public_from_spki(family: Family, der: &[u8]) -> Result<Public, KeyError> {
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(unreadable)?;
    if info.algorithm != identifier(family)? {
        return Err(KeyError::OtherAlgorithm);
    }
    let bytes = info.subject_public_key.as_bytes().ok_or(KeyError::Unreadable)?;
    match family {
        Family::Rsa => {
            let key = pkcs1::RsaPublicKey::<pkcs1::UintRef<'_>>::from_der(bytes).map_err(unreadable)?;
            Ok(Public::Rsa { n: key.modulus.as_bytes().to_vec(), e: key.public_exponent.as_bytes().to_vec() })
        }
        Family::P256 | Family::P384 => Ok(Public::Ec(bytes.to_vec())),
        Family::Ed25519 => Ok(Public::Ed(bytes.to_vec())),
        #[cfg(feature = "danger-hs256")]
        Family::Hmac => Err(KeyError::Unsupported),
    }
}

/// Holds a private key against the family it is to be of, and an RSA key's numbers against the limits and each other.
pub(crate) fn check_pkcs8(family: Family, der: &[u8]) -> Result<(), KeyError> {
    let info = PrivateKeyInfoRef::try_from(der).map_err(unreadable)?;
    let wanted = identifier(family)?;
    // The parameters of RSA keys may be absent in practice, and are the curve of the others.
    if info.algorithm.oid != wanted.oid || (family != Family::Rsa && info.algorithm.parameters != wanted.parameters) {
        return Err(KeyError::OtherAlgorithm);
    }
    if family == Family::Rsa {
        let key =
            pkcs1::RsaPrivateKey::<pkcs1::UintRef<'_>>::from_der(info.private_key.as_bytes()).map_err(unreadable)?;
        sound(family, Public::Rsa { n: key.modulus.as_bytes().to_vec(), e: key.public_exponent.as_bytes().to_vec() })?;
        return rsa_is_consistent(&key).filter(|sound| *sound).map(drop).ok_or(KeyError::Inconsistent);
    }
    Ok(())
}

/// A private key as a JWK (RFC 7518 §6, RFC 8037 §2).
#[derive(Serialize, Deserialize)]
pub(crate) struct PrivateJwk {
    kty: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_ops: Option<Vec<String>>,
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
    /// Of this text.
    pub(crate) fn read(json: &[u8]) -> Result<Self, KeyError> {
        let jwk: Self = serde_json::from_slice(json).map_err(unreadable)?;
        let signs = |uses: &Vec<String>| uses.iter().any(|one| one == "sign");
        if !matches!(jwk.usage.as_deref(), None | Some("sig")) || !jwk.key_ops.as_ref().is_none_or(signs) {
            return Err(KeyError::NotForSignatures);
        }
        Ok(jwk)
    }

    /// The algorithm that the key's `alg` names, or the first of its type.
    pub(crate) fn algorithm(&self) -> Result<Algorithm, KeyError> {
        let first = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", None) => Algorithm::Rs256,
            ("EC", Some("P-256")) => Algorithm::Es256,
            ("EC", Some("P-384")) => Algorithm::Es384,
            ("OKP", Some("Ed25519")) => Algorithm::EdDsa,
            _ => return Err(KeyError::Unsupported),
        };
        let algorithm = self.alg.as_deref().map_or(Ok(first), str::parse)?;
        if algorithm.family() == first.family() { Ok(algorithm) } else { Err(KeyError::OtherAlgorithm) }
    }

    /// The PKCS#8 form.
    pub(crate) fn pkcs8(&self, family: Family) -> Result<Der, KeyError> {
        pkcs8(family, &self.numbers.inner(family)?)
    }

    /// The public half, as it stands beside the private one.
    pub(crate) fn public(&self, family: Family) -> Result<Public, KeyError> {
        let part = |part: &Option<Zeroizing<String>>| number(part.as_ref()).map(|bytes| bytes.to_vec());
        let numbers = &self.numbers;
        Ok(match family {
            Family::Rsa => Public::Rsa { n: part(&numbers.n)?, e: part(&numbers.e)? },
            Family::P256 | Family::P384 => Public::Ec([vec![4], part(&numbers.x)?, part(&numbers.y)?].concat()),
            Family::Ed25519 => Public::Ed(part(&numbers.x)?),
            #[cfg(feature = "danger-hs256")]
            Family::Hmac => return Err(KeyError::Unsupported),
        })
    }

    /// The name that the key brings along.
    pub(crate) fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The key of this PKCS#8 form.
    pub(crate) fn write(algorithm: Algorithm, kid: &str, public: &Public, der: &[u8]) -> Result<Self, KeyError> {
        let info = PrivateKeyInfoRef::try_from(der).map_err(unreadable)?;
        let inner = info.private_key.as_bytes();
        let (kty, crv) = match algorithm.family() {
            Family::Rsa => ("RSA", None),
            Family::P256 => ("EC", Some("P-256")),
            Family::P384 => ("EC", Some("P-384")),
            Family::Ed25519 => ("OKP", Some("Ed25519")),
            #[cfg(feature = "danger-hs256")]
            Family::Hmac => return Err(KeyError::Unsupported),
        };
        Ok(Self {
            kty: kty.to_owned(),
            crv: crv.map(str::to_owned),
            alg: Some(algorithm.name().to_owned()),
            kid: Some(kid.to_owned()),
            usage: Some("sig".to_owned()),
            key_ops: None,
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
                OctetStringRef::new(&seed).and_then(|seed| seed.to_der()).map(Zeroizing::new).map_err(unreadable)
            }
            #[cfg(feature = "danger-hs256")]
            Family::Hmac => Err(KeyError::Unsupported),
        }
    }

    fn pkcs1(&self) -> Result<Der, KeyError> {
        let parts = [&self.n, &self.e, &self.d, &self.p, &self.q, &self.dp, &self.dq, &self.qi];
        let parts = parts.into_iter().map(|part| number(part.as_ref())).collect::<Result<Vec<_>, _>>()?;
        let parts = parts.iter().map(|part| pkcs1::UintRef::new(part).map_err(unreadable));
        let parts: Vec<_> = parts.collect::<Result<_, _>>()?;
        let [modulus, public_exponent, private_exponent, prime1, prime2, exponent1, exponent2, coefficient] = parts[..]
        else {
            return Err(KeyError::Unreadable);
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
        key.to_der().map(Zeroizing::new).map_err(unreadable)
    }

    fn sec1(&self, size: usize) -> Result<Der, KeyError> {
        let part = |part: &Option<Zeroizing<String>>| exactly(size, number(part.as_ref())?);
        let (private_key, x, y) = (part(&self.d)?, part(&self.x)?, part(&self.y)?);
        let point = [&[4], x.as_slice(), y.as_slice()].concat();
        let key = EcPrivateKey { private_key: &private_key, parameters: None, public_key: Some(&point) };
        key.to_der().map(Zeroizing::new).map_err(unreadable)
    }

    fn of(public: &Public, inner: &[u8]) -> Result<Self, KeyError> {
        let text = |bytes: &[u8]| Some(Zeroizing::new(encode(bytes)));
        Ok(match public {
            Public::Rsa { .. } => {
                let key = pkcs1::RsaPrivateKey::from_der(inner).map_err(unreadable)?;
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
                let key = EcPrivateKey::from_der(inner).map_err(unreadable)?;
                let (x, y) = coordinates(point);
                Self { d: text(key.private_key), x: text(x), y: text(y), ..Self::default() }
            }
            Public::Ed(x) => {
                let seed = <&OctetStringRef>::from_der(inner).map_err(unreadable)?;
                Self { d: text(seed.as_bytes()), x: text(x), ..Self::default() }
            }
        })
    }
}

fn number(part: Option<&Zeroizing<String>>) -> Result<Der, KeyError> {
    let text = part.ok_or(KeyError::Unreadable)?;
    decode(text).map(Zeroizing::new).map_err(unreadable)
}

fn exactly(size: usize, bytes: Der) -> Result<Der, KeyError> {
    if bytes.len() == size { Ok(bytes) } else { Err(KeyError::Unreadable) }
}

/// The halves of an uncompressed point `04 || x || y`.
pub(crate) fn coordinates(point: &[u8]) -> (&[u8], &[u8]) {
    let body = point.get(1..).unwrap_or_default();
    body.split_at(body.len() / 2)
}
