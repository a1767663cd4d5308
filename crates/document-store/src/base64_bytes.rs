//! Bytes in stored JSON as Base64 (RFC 4648 section 4), for `#[serde(with = "document_store::base64_bytes")]`: 4 letters
//! for 3 bytes, where a list of numbers takes 11.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serializer};

/// Writes bytes.
///
/// # Errors
///
/// As the serializer's.
pub fn serialize<S: Serializer>(bytes: &impl AsRef<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&STANDARD.encode(bytes))
}

/// Reads bytes.
///
/// # Errors
///
/// If the text is not Base64, or not as many bytes as are wanted.
pub fn deserialize<'de, D: Deserializer<'de>, B: TryFrom<Vec<u8>>>(deserializer: D) -> Result<B, D::Error> {
    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
    let bytes = STANDARD.decode(text.as_ref()).map_err(serde::de::Error::custom)?;
    B::try_from(bytes).map_err(|_| serde::de::Error::custom("another number of bytes is wanted"))
}
