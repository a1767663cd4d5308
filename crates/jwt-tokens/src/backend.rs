//! The signature primitives, from ring or from aws-lc-rs. Both crates have the same names but for what stands here.

#[cfg(feature = "aws-lc")]
use aws_lc_rs as provider;
#[cfg(not(feature = "aws-lc"))]
use ring as provider;

use provider::rand::SystemRandom;
use provider::rsa::{KeyPair as RsaKeyPair, PublicKeyComponents};
use provider::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaEncoding, RsaParameters};

use crate::algorithm::Algorithm;
use crate::error::KeyError;

/// A private key, parsed.
pub(crate) enum Private {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair),
    Ed(Ed25519KeyPair),
}

/// A public key, in the parts a JWK shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Public {
    /// Modulus and exponent, big-endian.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// `04 || x || y` on P-256.
    Ec(Vec<u8>),
    /// 32 bytes.
    Ed(Vec<u8>),
}

#[allow(clippy::disallowed_methods, reason = "the backends take randomness from nothing else; aws-lc's is not listed")]
fn random() -> SystemRandom {
    SystemRandom::new()
}

impl Private {
    pub(crate) fn from_pkcs8(algorithm: Algorithm, der: &[u8]) -> Result<Self, KeyError> {
        let rsa = |encoding| RsaKeyPair::from_pkcs8(der).map(|pair| Self::Rsa(pair, encoding));
        match algorithm {
            Algorithm::Rs256 => rsa(&signature::RSA_PKCS1_SHA256),
            Algorithm::Rs384 => rsa(&signature::RSA_PKCS1_SHA384),
            Algorithm::Rs512 => rsa(&signature::RSA_PKCS1_SHA512),
            Algorithm::Es256 => ec_from_pkcs8(der).map(Self::Ec),
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map(Self::Ed),
        }
        .map_err(|_| KeyError::Malformed)
        .and_then(Self::check_strength)
    }

    fn check_strength(self) -> Result<Self, KeyError> {
        match &self {
            Self::Rsa(pair, _) if pair.public_key().modulus_len() < 256 => Err(KeyError::Malformed),
            _ => Ok(self),
        }
    }

    pub(crate) fn public(&self) -> Public {
        match self {
            Self::Rsa(pair, _) => {
                let parts = PublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                Public::Rsa { n: parts.n, e: parts.e }
            }
            Self::Ec(pair) => Public::Ec(pair.public_key().as_ref().to_vec()),
            Self::Ed(pair) => Public::Ed(pair.public_key().as_ref().to_vec()),
        }
    }

    /// The signature over `message`; `None` only if the system gives no randomness.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Rsa(pair, encoding) => {
                let mut out = vec![0; pair.public_key().modulus_len()];
                pair.sign(*encoding, &random(), message, &mut out).ok()?;
                Some(out)
            }
            Self::Ec(pair) => pair.sign(&random(), message).ok().map(|signature| signature.as_ref().to_vec()),
            Self::Ed(pair) => Some(pair.sign(message).as_ref().to_vec()),
        }
    }
}

impl Public {
    pub(crate) fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match (self, algorithm) {
            (Self::Rsa { n, e }, Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512) => {
                PublicKeyComponents { n: n.as_slice(), e: e.as_slice() }
                    .verify(rsa_parameters(algorithm), message, signature)
                    .is_ok()
            }
            (Self::Ec(point), Algorithm::Es256) => {
                signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
                    .verify(message, signature)
                    .is_ok()
            }
            (Self::Ed(key), Algorithm::EdDsa) => {
                signature::UnparsedPublicKey::new(&signature::ED25519, key).verify(message, signature).is_ok()
            }
            _ => false,
        }
    }
}

fn rsa_parameters(algorithm: Algorithm) -> &'static RsaParameters {
    match algorithm {
        Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        _ => &signature::RSA_PKCS1_2048_8192_SHA256,
    }
}

#[cfg(feature = "aws-lc")]
fn ec_from_pkcs8(der: &[u8]) -> Result<EcdsaKeyPair, provider::error::KeyRejected> {
    EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, der)
}

#[cfg(not(feature = "aws-lc"))]
fn ec_from_pkcs8(der: &[u8]) -> Result<EcdsaKeyPair, provider::error::KeyRejected> {
    EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, der, &random())
}

/// A fresh private key as PKCS#8 DER. RSA keys have 2048 bits.
pub(crate) fn generate_pkcs8(algorithm: Algorithm) -> Result<Vec<u8>, KeyError> {
    let ec_or_ed = match algorithm {
        Algorithm::Es256 => EcdsaKeyPair::generate_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, &random()),
        Algorithm::EdDsa => Ed25519KeyPair::generate_pkcs8(&random()),
        _ => return generate_rsa(),
    };
    ec_or_ed.map(|document| document.as_ref().to_vec()).map_err(|_| KeyError::CannotGenerate)
}

#[cfg(feature = "aws-lc")]
fn generate_rsa() -> Result<Vec<u8>, KeyError> {
    use provider::encoding::{AsDer, Pkcs8V1Der};

    let pair = RsaKeyPair::generate(provider::rsa::KeySize::Rsa2048).map_err(|_| KeyError::CannotGenerate)?;
    let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::CannotGenerate)?;
    Ok(der.as_ref().to_vec())
}

#[cfg(not(feature = "aws-lc"))]
fn generate_rsa() -> Result<Vec<u8>, KeyError> {
    Err(KeyError::CannotGenerate)
}
