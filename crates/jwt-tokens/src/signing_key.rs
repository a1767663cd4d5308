use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_kernel::secret::SecretBytes;
use jsonwebtoken::jwk::{
    AlgorithmParameters, CommonParameters, EllipticCurve, EllipticCurveKeyParameters, EllipticCurveKeyType, Jwk,
    OctetKeyPairParameters, OctetKeyPairType, PublicKeyUse, RSAKeyParameters, RSAKeyType,
};
use ring::digest;
use serde::Serialize;
use serde_json::json;

use crate::algorithm::Algorithm;
use crate::backend::{self, Private, Public};
use crate::error::KeyError;

/// A private key bound to one algorithm, parsed once. Does not print itself.
///
/// Its `kid` is the JWK thumbprint (RFC 7638), so the same key has the same name everywhere.
pub struct SigningKey {
    algorithm: Algorithm,
    kid: String,
    private: Private,
    public: Public,
    pkcs8: SecretBytes,
    /// `base64url(header) + "."`, the same for every token.
    prefix: String,
}

impl SigningKey {
    /// A fresh key. RSA keys have 2048 bits and take about a tenth of a second.
    ///
    /// # Errors
    ///
    /// [`KeyError::CannotGenerate`] for RSA without the feature `aws-lc`: ring cannot.
    pub fn generate(algorithm: Algorithm) -> Result<Self, KeyError> {
        Self::from_pkcs8(algorithm, &backend::generate_pkcs8(algorithm)?)
    }

    /// Whether [`generate`](Self::generate) can make keys of `algorithm` with this backend.
    pub fn can_generate(algorithm: Algorithm) -> bool {
        cfg!(feature = "aws-lc") || matches!(algorithm, Algorithm::Es256 | Algorithm::EdDsa)
    }

    /// A key from its PKCS#8 DER form.
    ///
    /// # Errors
    ///
    /// [`KeyError::Malformed`] if the bytes are no key of `algorithm`, or an RSA key below 2048 bits.
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        let private = Private::from_pkcs8(algorithm, der)?;
        let public = private.public();
        let kid = thumbprint(&public);
        let header = json!({"kid": kid, "alg": algorithm.name()});
        let prefix = URL_SAFE_NO_PAD.encode(header.to_string()) + ".";
        Ok(Self { algorithm, kid, private, public, pkcs8: der.to_vec().into(), prefix })
    }

    /// The PKCS#8 DER form, to be sealed and stored.
    pub fn expose_pkcs8(&self) -> &[u8] {
        self.pkcs8.expose()
    }

    /// What it signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key's name in token headers and key sets.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public half, with `kid`, `use` and `alg`.
    pub fn public_jwk(&self) -> Jwk {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let algorithm = match &self.public {
            Public::Rsa { n, e } => {
                AlgorithmParameters::RSA(RSAKeyParameters { key_type: RSAKeyType::RSA, n: encode(n), e: encode(e) })
            }
            Public::Ec(point) => {
                let (x, y) = coordinates(point);
                AlgorithmParameters::EllipticCurve(EllipticCurveKeyParameters {
                    key_type: EllipticCurveKeyType::EC,
                    curve: EllipticCurve::P256,
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
            key_algorithm: Some(self.algorithm.in_jwk()),
            key_id: Some(self.kid.clone()),
            ..CommonParameters::default()
        };
        Jwk { common, algorithm }
    }

    /// `claims` as a signed token in compact form (RFC 7515 §3.1). The header has `kid` and `alg`, as Cognito's has.
    ///
    /// # Errors
    ///
    /// [`KeyError::Malformed`] if the claims have no JSON form or the system gives no randomness.
    pub fn sign<C: Serialize>(&self, claims: &C) -> Result<String, KeyError> {
        let body = serde_json::to_vec(claims).map_err(|_| KeyError::Malformed)?;
        let mut token = String::with_capacity(self.prefix.len() + body.len() * 4 / 3 + 360);
        token.push_str(&self.prefix);
        URL_SAFE_NO_PAD.encode_string(body, &mut token);
        let signature = self.private.sign(token.as_bytes()).ok_or(KeyError::Malformed)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {}, ..)", self.algorithm, self.kid)
    }
}

/// The halves of an uncompressed point `04 || x || y`.
fn coordinates(point: &[u8]) -> (&[u8], &[u8]) {
    let body = point.get(1..).unwrap_or_default();
    body.split_at(body.len() / 2)
}

/// The JWK thumbprint with SHA-256 (RFC 7638 §3): the required members in order, without white space.
fn thumbprint(public: &Public) -> String {
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let members = match public {
        Public::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n)),
        Public::Ec(point) => {
            let (x, y) = coordinates(point);
            format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, encode(x), encode(y))
        }
        Public::Ed(key) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(key)),
    };
    encode(digest::digest(&digest::SHA256, members.as_bytes()).as_ref())
}
