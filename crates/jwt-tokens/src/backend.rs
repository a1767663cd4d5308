//! The signature primitives, from ring or from aws-lc-rs. Both crates have the same names but for what stands here.

#[cfg(feature = "aws-lc")]
use aws_lc_rs as provider;
#[cfg(not(feature = "aws-lc"))]
use ring as provider;

use provider::rand::SystemRandom;
use provider::rsa::{KeyPair as RsaKeyPair, PublicKeyComponents};
use provider::signature::{self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaEncoding};

use crate::algorithm::{Algorithm, Family};
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
    /// `04 || x || y` on P-256 or P-384.
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
        let key = match algorithm.family() {
            Family::Rsa => {
                RsaKeyPair::from_pkcs8(der).ok().zip(encoding(algorithm)).map(|(pair, how)| Self::Rsa(pair, how))
            }
            Family::P256 | Family::P384 => ec_from_pkcs8(curve(algorithm), der).ok().map(Self::Ec),
            Family::Ed25519 => Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok().map(Self::Ed),
            #[cfg(feature = "danger-hs256")]
            Family::Hmac => None,
        };
        key.ok_or(KeyError::Unreadable)
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

fn encoding(algorithm: Algorithm) -> Option<&'static dyn RsaEncoding> {
    Some(match algorithm {
        Algorithm::Rs256 => &signature::RSA_PKCS1_SHA256,
        Algorithm::Rs384 => &signature::RSA_PKCS1_SHA384,
        Algorithm::Rs512 => &signature::RSA_PKCS1_SHA512,
        Algorithm::Ps256 => &signature::RSA_PSS_SHA256,
        Algorithm::Ps384 => &signature::RSA_PSS_SHA384,
        Algorithm::Ps512 => &signature::RSA_PSS_SHA512,
        _ => return None,
    })
}

fn curve(algorithm: Algorithm) -> &'static EcdsaSigningAlgorithm {
    if algorithm == Algorithm::Es384 {
        &signature::ECDSA_P384_SHA384_FIXED_SIGNING
    } else {
        &signature::ECDSA_P256_SHA256_FIXED_SIGNING
    }
}

#[cfg(feature = "aws-lc")]
fn ec_from_pkcs8(
    curve: &'static EcdsaSigningAlgorithm,
    der: &[u8],
) -> Result<EcdsaKeyPair, provider::error::KeyRejected> {
    EcdsaKeyPair::from_pkcs8(curve, der)
}

#[cfg(not(feature = "aws-lc"))]
fn ec_from_pkcs8(
    curve: &'static EcdsaSigningAlgorithm,
    der: &[u8],
) -> Result<EcdsaKeyPair, provider::error::KeyRejected> {
    EcdsaKeyPair::from_pkcs8(curve, der, &random())
}

/// A fresh private key as PKCS#8 DER. RSA keys have 2048 bits.
pub(crate) fn generate_pkcs8(algorithm: Algorithm) -> Result<Vec<u8>, KeyError> {
    let ec_or_ed = match algorithm.family() {
        Family::P256 | Family::P384 => EcdsaKeyPair::generate_pkcs8(curve(algorithm), &random()),
        Family::Ed25519 => Ed25519KeyPair::generate_pkcs8(&random()),
        Family::Rsa => return generate_rsa(),
        #[cfg(feature = "danger-hs256")]
        Family::Hmac => return Err(KeyError::CannotGenerate),
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

pub(crate) use checking::Checker;

/// aws-lc-rs parses a public key once.
#[cfg(feature = "aws-lc")]
mod checking {
    use aws_lc_rs::digest;
    use aws_lc_rs::signature::{self, ParsedPublicKey};
    use pkcs1::der::Encode;

    use super::Public;
    use crate::algorithm::Algorithm;
    use crate::error::KeyError;

    /// A public key ready to check signatures of one algorithm.
    #[derive(Debug)]
    pub(crate) struct Checker {
        key: ParsedPublicKey,
        /// Hashing here is faster than leaving it to the key; `None` where the key takes whole messages only.
        hash: Option<&'static digest::Algorithm>,
    }

    impl Checker {
        pub(crate) fn new(algorithm: Algorithm, public: &Public) -> Result<Self, KeyError> {
            let bytes = match public {
                Public::Rsa { n, e } => rsa_der(n, e)?,
                Public::Ec(bytes) | Public::Ed(bytes) => bytes.clone(),
            };
            let parsed = match algorithm {
                Algorithm::Rs256 => ParsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, bytes),
                Algorithm::Rs384 => ParsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA384, bytes),
                Algorithm::Rs512 => ParsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA512, bytes),
                Algorithm::Ps256 => ParsedPublicKey::new(&signature::RSA_PSS_2048_8192_SHA256, bytes),
                Algorithm::Ps384 => ParsedPublicKey::new(&signature::RSA_PSS_2048_8192_SHA384, bytes),
                Algorithm::Ps512 => ParsedPublicKey::new(&signature::RSA_PSS_2048_8192_SHA512, bytes),
                Algorithm::Es256 => ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, bytes),
                Algorithm::Es384 => ParsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, bytes),
                Algorithm::EdDsa => ParsedPublicKey::new(&signature::ED25519, bytes),
                #[cfg(feature = "danger-hs256")]
                Algorithm::Hs256 => return Err(KeyError::Unsupported),
            };
            let key = parsed.map_err(|_| KeyError::Unreadable)?;
            Ok(Self { key, hash: hash(algorithm) })
        }

        pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
            let result = match self.hash {
                Some(hash) => self.key.verify_digest_sig(&digest::digest(hash, message), signature),
                None => self.key.verify_sig(message, signature),
            };
            result.is_ok()
        }
    }

    fn hash(algorithm: Algorithm) -> Option<&'static digest::Algorithm> {
        Some(match algorithm {
            Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => &digest::SHA256,
            Algorithm::Rs384 | Algorithm::Ps384 | Algorithm::Es384 => &digest::SHA384,
            Algorithm::Rs512 | Algorithm::Ps512 => &digest::SHA512,
            _ => return None,
        })
    }

    fn rsa_der(n: &[u8], e: &[u8]) -> Result<Vec<u8>, KeyError> {
        let part = |bytes| pkcs1::UintRef::new(bytes).map_err(|_| KeyError::Unreadable);
        let key = pkcs1::RsaPublicKey { modulus: part(n)?, public_exponent: part(e)? };
        key.to_der().map_err(|_| KeyError::Unreadable)
    }
}

/// ring reads the key again for each signature.
#[cfg(not(feature = "aws-lc"))]
mod checking {
    use ring::rsa::PublicKeyComponents;
    use ring::signature::{self, RsaParameters, UnparsedPublicKey, VerificationAlgorithm};

    use super::Public;
    use crate::algorithm::Algorithm;
    use crate::error::KeyError;

    /// A public key ready to check signatures of one algorithm.
    #[derive(Debug)]
    pub(crate) enum Checker {
        Rsa(PublicKeyComponents<Vec<u8>>, &'static RsaParameters),
        Other(UnparsedPublicKey<Vec<u8>>),
    }

    impl Checker {
        pub(crate) fn new(algorithm: Algorithm, public: &Public) -> Result<Self, KeyError> {
            let rsa: &'static RsaParameters = match algorithm {
                Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
                Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
                Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
                Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
                Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
                Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
                Algorithm::Es256 => return Self::other(&signature::ECDSA_P256_SHA256_FIXED, public),
                Algorithm::Es384 => return Self::other(&signature::ECDSA_P384_SHA384_FIXED, public),
                Algorithm::EdDsa => return Self::other(&signature::ED25519, public),
                #[cfg(feature = "danger-hs256")]
                Algorithm::Hs256 => return Err(KeyError::Unsupported),
            };
            match public {
                Public::Rsa { n, e } => Ok(Self::Rsa(PublicKeyComponents { n: n.clone(), e: e.clone() }, rsa)),
                _ => Err(KeyError::OtherAlgorithm),
            }
        }

        fn other(algorithm: &'static dyn VerificationAlgorithm, public: &Public) -> Result<Self, KeyError> {
            match public {
                Public::Ec(bytes) | Public::Ed(bytes) => {
                    Ok(Self::Other(UnparsedPublicKey::new(algorithm, bytes.clone())))
                }
                Public::Rsa { .. } => Err(KeyError::OtherAlgorithm),
            }
        }

        pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
            match self {
                Self::Rsa(key, parameters) => key.verify(parameters, message, signature).is_ok(),
                Self::Other(key) => key.verify(message, signature).is_ok(),
            }
        }
    }
}
