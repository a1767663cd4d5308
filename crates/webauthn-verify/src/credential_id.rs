//! Ids of credentials.

use std::fmt;

use crate::base64url;
use crate::refused::{Malformed, Refused};

/// The id of a credential: 1 to 1,023 bytes that the authenticator chose (WebAuthn §4). As text it is Base64 in the alphabet
/// for URLs, without padding.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CredentialId(Box<[u8]>);

impl CredentialId {
    /// The most bytes that an id has.
    pub const LONGEST: usize = 1023;

    /// The id of these bytes.
    ///
    /// # Errors
    ///
    /// [`Malformed::CredentialId`] if they are none or too many.
    pub fn new(bytes: &[u8]) -> Result<Self, Refused> {
        let fits = (1..=Self::LONGEST).contains(&bytes.len());
        if fits { Ok(Self(bytes.into())) } else { Err(Refused::Malformed(Malformed::CredentialId)) }
    }

    /// The id of this text.
    ///
    /// # Errors
    ///
    /// [`Malformed::CredentialId`] if the text is not Base64 of such an id.
    pub fn from_text(text: &str) -> Result<Self, Refused> {
        Self::new(&base64url::read(text).ok_or(Refused::Malformed(Malformed::CredentialId))?)
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base64url::write(&self.0))
    }
}

impl fmt::Debug for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialId({self})")
    }
}
