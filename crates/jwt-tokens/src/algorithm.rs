use std::fmt;
use std::str::FromStr;

use jsonwebtoken::jwk::KeyAlgorithm;
use serde::{Deserialize, Serialize};

use crate::error::KeyError;

/// How a key signs (RFC 7518 §3.1, RFC 8037 §3.1). A key has exactly one.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[serde(rename = "RS256")]
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    #[serde(rename = "RS384")]
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    #[serde(rename = "RS512")]
    Rs512,
    /// RSASSA-PSS with SHA-256, MGF1 with SHA-256, and a salt of 32 bytes.
    #[serde(rename = "PS256")]
    Ps256,
    /// RSASSA-PSS with SHA-384, MGF1 with SHA-384, and a salt of 48 bytes.
    #[serde(rename = "PS384")]
    Ps384,
    /// RSASSA-PSS with SHA-512, MGF1 with SHA-512, and a salt of 64 bytes.
    #[serde(rename = "PS512")]
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    #[serde(rename = "ES256")]
    Es256,
    /// ECDSA on P-384 with SHA-384.
    #[serde(rename = "ES384")]
    Es384,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// HMAC with SHA-256: whoever can check such a token can make one.
    #[cfg(feature = "danger-hs256")]
    #[serde(rename = "HS256")]
    Hs256,
}

/// What kind of key an algorithm needs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Family {
    Rsa,
    P256,
    P384,
    Ed25519,
    #[cfg(feature = "danger-hs256")]
    Hmac,
}

impl Algorithm {
    /// The algorithms of public keys: everything but HMAC.
    pub const ASYMMETRIC: [Self; 9] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// The name in a token's header.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
            #[cfg(feature = "danger-hs256")]
            Self::Hs256 => "HS256",
        }
    }

    /// Whether one signature takes longer than 100 us, so that a thread that serves should not make it: with RSA.
    pub fn signs_slowly(self) -> bool {
        self.family() == Family::Rsa
    }

    pub(crate) fn family(self) -> Family {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => Family::Rsa,
            Self::Es256 => Family::P256,
            Self::Es384 => Family::P384,
            Self::EdDsa => Family::Ed25519,
            #[cfg(feature = "danger-hs256")]
            Self::Hs256 => Family::Hmac,
        }
    }

    pub(crate) fn in_jwk(self) -> KeyAlgorithm {
        match self {
            Self::Rs256 => KeyAlgorithm::RS256,
            Self::Rs384 => KeyAlgorithm::RS384,
            Self::Rs512 => KeyAlgorithm::RS512,
            Self::Ps256 => KeyAlgorithm::PS256,
            Self::Ps384 => KeyAlgorithm::PS384,
            Self::Ps512 => KeyAlgorithm::PS512,
            Self::Es256 => KeyAlgorithm::ES256,
            Self::Es384 => KeyAlgorithm::ES384,
            Self::EdDsa => KeyAlgorithm::EdDSA,
            #[cfg(feature = "danger-hs256")]
            Self::Hs256 => KeyAlgorithm::HS256,
        }
    }

    pub(crate) fn from_jwk(algorithm: KeyAlgorithm) -> Option<Self> {
        Self::ASYMMETRIC.into_iter().find(|own| own.in_jwk() == algorithm)
    }
}

/// The name in a token's header, letter for letter.
///
/// ```
/// # use jwt_tokens::Algorithm;
/// assert_eq!("ES256".parse(), Ok(Algorithm::Es256));
/// assert!("es256".parse::<Algorithm>().is_err() && "none".parse::<Algorithm>().is_err());
/// ```
impl FromStr for Algorithm {
    type Err = KeyError;

    fn from_str(name: &str) -> Result<Self, KeyError> {
        #[cfg(feature = "danger-hs256")]
        if name == Self::Hs256.name() {
            return Ok(Self::Hs256);
        }
        Self::ASYMMETRIC.into_iter().find(|own| own.name() == name).ok_or(KeyError::Unsupported)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
