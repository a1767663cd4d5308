//! Base64 in the alphabet for URLs, as WebAuthn's JSON writes bytes.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Writes without padding, reads with or without.
const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &URL_SAFE,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(crate) fn write(bytes: &[u8]) -> String {
    ENGINE.encode(bytes)
}

pub(crate) fn read(text: &str) -> Option<Vec<u8>> {
    ENGINE.decode(text).ok()
}
