//! Base64 with white space in it, as XML and forms carry it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let packed: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).collect();
    BASE64_STANDARD.decode(packed).ok()
}
