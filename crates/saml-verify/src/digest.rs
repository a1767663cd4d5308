//! Digests of references (XML Signature §6.2, RFC 9231 §2.1).

use ring::digest::{self, Algorithm, SHA256, SHA384, SHA512};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Digest(&'static Algorithm);

impl Digest {
    pub(crate) fn from_uri(uri: &str) -> Option<Self> {
        Some(Self(match uri {
            "http://www.w3.org/2001/04/xmlenc#sha256" => &SHA256,
            "http://www.w3.org/2001/04/xmldsig-more#sha384" => &SHA384,
            "http://www.w3.org/2001/04/xmlenc#sha512" => &SHA512,
            #[cfg(test)]
            "http://www.w3.org/2000/09/xmldsig#sha1" if crate::old_algorithms::sha1_is_judged() => {
                &digest::SHA1_FOR_LEGACY_USE_ONLY
            }
            _ => return None,
        }))
    }

    pub(crate) fn of(self, bytes: &[u8]) -> Vec<u8> {
        digest::digest(self.0, bytes).as_ref().to_vec()
    }
}
