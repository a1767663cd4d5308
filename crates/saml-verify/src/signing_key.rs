//! Public keys of identity providers, and the algorithms that are believed.

use std::fmt;
use std::ops::RangeInclusive;

use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey, VerificationAlgorithm,
};

use crate::der::{self, Der};

/// 1.2.840.113549.1.1.1
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01];
/// 1.2.840.10045.2.1
const EC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01];
/// 1.2.840.10045.3.1.7
const P256: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];
/// 1.3.132.0.34
const P384: &[u8] = &[0x2B, 0x81, 0x04, 0x00, 0x22];

pub(crate) const RSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256";
pub(crate) const ECDSA_SHA256: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256";
pub(crate) const ECDSA_SHA384: &str = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384";

/// How long an RSA modulus may be, in bits.
const RSA_BITS: RangeInclusive<usize> = 2048..=8192;

/// A public key by which an identity provider signs: RSA from 2,048 to 8,192 bits, or of the curves P-256 and P-384.
#[derive(Clone, Eq, PartialEq)]
pub struct SigningKey {
    kind: Kind,
    key: Box<[u8]>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Rsa,
    P256,
    P384,
}

/// The certificate holds no key that is believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnusableCertificate;

impl fmt::Display for UnusableCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the certificate has no key of RSA from 2,048 bits, P-256 or P-384")
    }
}

impl std::error::Error for UnusableCertificate {}

impl SigningKey {
    /// The key of an X.509 certificate in DER. Nothing else in it is read, its dates neither: metadata use certificates as
    /// envelopes of keys (SAML V2.0 Metadata Interoperability Profile §2.6.1).
    ///
    /// # Errors
    ///
    /// [`UnusableCertificate`].
    pub fn from_certificate(der: &[u8]) -> Result<Self, UnusableCertificate> {
        let (algorithm, key) = der::public_key_of_certificate(der).ok_or(UnusableCertificate)?;
        let kind = kind_of(algorithm, key).ok_or(UnusableCertificate)?;
        Ok(Self { kind, key: key.into() })
    }

    /// Whether this key has made the signature by this algorithm.
    pub(crate) fn has_signed(&self, algorithm: SignatureAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        algorithm
            .of(self.kind)
            .is_some_and(|algorithm| UnparsedPublicKey::new(algorithm, &self.key).verify(message, signature).is_ok())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.kind)
    }
}

fn kind_of(algorithm: &[u8], key: &[u8]) -> Option<Kind> {
    let mut algorithm = Der::new(algorithm);
    match algorithm.expect(der::OBJECT)? {
        RSA => {
            let mut parts = Der::new(Der::new(key).only(der::SEQUENCE)?);
            let modulus = parts.expect(der::INTEGER)?;
            let modulus = modulus.strip_prefix(&[0]).unwrap_or(modulus);
            let bits = modulus.len() * 8 - usize::try_from(modulus.first()?.leading_zeros()).ok()?;
            RSA_BITS.contains(&bits).then_some(Kind::Rsa)
        }
        EC => match algorithm.only(der::OBJECT)? {
            P256 => Some(Kind::P256),
            P384 => Some(Kind::P384),
            _ => None,
        },
        _ => None,
    }
}

/// How a signature is made (RFC 9231 §2.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum SignatureAlgorithm {
    RsaSha256,
    RsaSha384,
    RsaSha512,
    EcdsaSha256,
    EcdsaSha384,
    /// Judged in tests alone: most public samples are old.
    #[cfg(test)]
    RsaSha1,
}

impl SignatureAlgorithm {
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            RSA_SHA256 => Self::RsaSha256,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => Self::RsaSha384,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => Self::RsaSha512,
            ECDSA_SHA256 => Self::EcdsaSha256,
            ECDSA_SHA384 => Self::EcdsaSha384,
            #[cfg(test)]
            "http://www.w3.org/2000/09/xmldsig#rsa-sha1" if crate::old_algorithms::sha1_is_judged() => Self::RsaSha1,
            _ => return None,
        })
    }

    /// Its implementation for a kind of key, if it is for that kind.
    fn of(self, kind: Kind) -> Option<&'static dyn VerificationAlgorithm> {
        match (self, kind) {
            (Self::RsaSha256, Kind::Rsa) => Some(&RSA_PKCS1_2048_8192_SHA256),
            (Self::RsaSha384, Kind::Rsa) => Some(&RSA_PKCS1_2048_8192_SHA384),
            (Self::RsaSha512, Kind::Rsa) => Some(&RSA_PKCS1_2048_8192_SHA512),
            (Self::EcdsaSha256, Kind::P256) => Some(&ECDSA_P256_SHA256_FIXED),
            (Self::EcdsaSha384, Kind::P384) => Some(&ECDSA_P384_SHA384_FIXED),
            #[cfg(test)]
            (Self::RsaSha1, Kind::Rsa) => Some(&ring::signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY),
            _ => None,
        }
    }
}
