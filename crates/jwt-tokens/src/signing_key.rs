use std::fmt;

use identity_kernel::secret::{SecretBytes, SecretString};
use jsonwebtoken::jwk::Jwk;
use serde::Serialize;
use serde_json::json;

use crate::algorithm::Algorithm;
use crate::backend::{self, Private, Public};
use crate::base64url;
use crate::error::KeyError;
use crate::key_formats::{self, PrivateJwk};
use crate::key_set::LONGEST_KID;
use crate::sound::sound;
use crate::verifying_key::{VerifyingKey, jwk, thumbprint};

/// A private key bound to one algorithm, parsed once. Does not print itself.
///
/// Its `kid` is the JWK thumbprint (RFC 7638), so the same key has the same name everywhere, unless a private JWK brought
/// another or [`with_kid`](Self::with_kid) gave it one.
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
        match algorithm {
            Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => true,
            #[cfg(feature = "danger-hs256")]
            Algorithm::Hs256 => false,
            _ => cfg!(feature = "aws-lc"),
        }
    }

    /// A key from its PKCS#8 DER form (RFC 5958).
    ///
    /// # Errors
    ///
    /// [`KeyError::Unreadable`], [`KeyError::OtherAlgorithm`], [`KeyError::Weak`], or [`KeyError::Inconsistent`] if the
    /// numbers of an RSA key do not belong together.
    pub fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        key_formats::check_pkcs8(algorithm.family(), der)?;
        let private = Private::from_pkcs8(algorithm, der)?;
        let public = sound(algorithm.family(), private.public())?;
        let kid = thumbprint(&public);
        let prefix = prefix(algorithm, &kid, None);
        Ok(Self { algorithm, kid, private, public, pkcs8: der.to_vec().into(), prefix })
    }

    /// The same key under a name of your own, 1 to 256 bytes: for verifiers that know it by that.
    ///
    /// # Errors
    ///
    /// [`KeyError::KidTooLong`]; an empty name is [`KeyError::Unsupported`].
    pub fn with_kid(self, kid: &str) -> Result<Self, KeyError> {
        match kid.len() {
            0 => Err(KeyError::Unsupported),
            1..=LONGEST_KID => Ok(Self { prefix: prefix(self.algorithm, kid, None), kid: kid.to_owned(), ..self }),
            _ => Err(KeyError::KidTooLong),
        }
    }

    /// A key from a PEM text: `PRIVATE KEY` (RFC 7468 §10), `RSA PRIVATE KEY` or `EC PRIVATE KEY`.
    ///
    /// # Errors
    ///
    /// As [`from_pkcs8`](Self::from_pkcs8); [`KeyError::Unsupported`] if the text holds something else, or an encrypted key.
    pub fn from_pem(algorithm: Algorithm, pem: &str) -> Result<Self, KeyError> {
        Self::from_pkcs8(algorithm, &key_formats::pkcs8_from_pem(algorithm.family(), pem)?)
    }

    /// A key from a private JWK. Its `alg` binds it; without one the key type's first algorithm does (RSA: `RS256`).
    /// RSA keys need the members `p`, `q`, `dp`, `dq` and `qi` (RFC 7518 §6.3.2). A `kid` in it is the key's name.
    ///
    /// # Errors
    ///
    /// As [`from_pkcs8`](Self::from_pkcs8); [`KeyError::NotForSignatures`] by its `use` or `key_ops`;
    /// [`KeyError::Inconsistent`] if the public half in it is another key's.
    pub fn from_jwk(json: &[u8]) -> Result<Self, KeyError> {
        let jwk = PrivateJwk::read(json)?;
        let algorithm = jwk.algorithm()?;
        let family = algorithm.family();
        let key = Self::from_pkcs8(algorithm, &jwk.pkcs8(family)?)?;
        if sound(family, jwk.public(family)?)? != key.public {
            return Err(KeyError::Inconsistent);
        }
        match jwk.kid() {
            Some(kid) => key.with_kid(kid),
            None => Ok(key),
        }
    }

    /// The PKCS#8 DER form, to be sealed and stored.
    pub fn expose_pkcs8(&self) -> &[u8] {
        self.pkcs8.expose()
    }

    /// The PEM form, `PRIVATE KEY`: for another program.
    ///
    /// # Errors
    ///
    /// None that is known: the key was parsed from the same form.
    pub fn to_pem(&self) -> Result<SecretString, KeyError> {
        key_formats::pkcs8_to_pem(self.pkcs8.expose()).map(|text| text.as_str().into())
    }

    /// The private JWK, with `kid`, `use` and `alg`: for another program.
    ///
    /// # Errors
    ///
    /// None that is known: the key was parsed from an equal form.
    pub fn to_private_jwk(&self) -> Result<SecretString, KeyError> {
        let jwk = PrivateJwk::write(self.algorithm, &self.kid, &self.public, self.pkcs8.expose())?;
        serde_json::to_string(&jwk).map(SecretString::from).map_err(|_| KeyError::Unreadable)
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
        jwk(self.algorithm, &self.kid, &self.public)
    }

    /// The public half, ready to check.
    ///
    /// # Errors
    ///
    /// None that is known: a weak key is refused when it is read.
    pub fn verifying_key(&self) -> Result<VerifyingKey, KeyError> {
        VerifyingKey::from_public(self.algorithm, self.public.clone())
    }

    /// `claims` as a signed token in compact form (RFC 7515 §3.1). The header has `kid` and `alg`, as Cognito's has.
    ///
    /// # Errors
    ///
    /// [`KeyError::Claims`] or [`KeyError::NoRandomness`].
    pub fn sign<C: Serialize>(&self, claims: &C) -> Result<String, KeyError> {
        self.sign_under(&self.prefix, claims)
    }

    /// As [`sign`](Self::sign), with a header that says what kind of token it is (`typ`, RFC 8725 §3.11): `at+jwt`, say.
    ///
    /// # Errors
    ///
    /// As [`sign`](Self::sign).
    pub fn sign_typed<C: Serialize>(&self, typ: &str, claims: &C) -> Result<String, KeyError> {
        self.sign_under(&prefix(self.algorithm, &self.kid, Some(typ)), claims)
    }

    fn sign_under<C: Serialize>(&self, prefix: &str, claims: &C) -> Result<String, KeyError> {
        let body = serde_json::to_vec(claims).map_err(|_| KeyError::Claims)?;
        let mut token = String::with_capacity(prefix.len() + body.len() * 4 / 3 + 360);
        token.push_str(prefix);
        let mut token = base64url::encode_onto(&body, token);
        let signature = self.signature(token.as_bytes())?;
        token.push('.');
        Ok(base64url::encode_onto(&signature, token))
    }

    /// The signature over these bytes, in the form of RFC 7518 §3: for what is not a token.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoRandomness`].
    pub fn signature(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        self.private.sign(message).ok_or(KeyError::NoRandomness)
    }
}

/// The header, encoded, and its full stop.
fn prefix(algorithm: Algorithm, kid: &str, typ: Option<&str>) -> String {
    let mut header = json!({"kid": kid, "alg": algorithm.name()});
    if let (Some(typ), Some(header)) = (typ, header.as_object_mut()) {
        header.insert("typ".to_owned(), typ.into());
    }
    base64url::encode(header.to_string()) + "."
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} {}, ..)", self.algorithm, self.kid)
    }
}
