//! Base64url without padding (RFC 7515 §2), in its one canonical form.

use base64_simd::AsOut;

use crate::error::TokenError;

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes)
}

pub(crate) fn encode_onto(bytes: &[u8], text: String) -> String {
    let mut text = text;
    base64_simd::URL_SAFE_NO_PAD.encode_append(bytes, &mut text);
    text
}

/// Anything but the canonical form is malformed: padding, white space, other alphabets, bits that encode nothing.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, TokenError> {
    base64_simd::URL_SAFE_NO_PAD.decode_to_vec(text).map_err(|_| TokenError::Malformed)
}

/// The same into a buffer; what does not fit in is malformed too.
pub(crate) fn decode_into<'b>(text: &str, buffer: &'b mut [u8]) -> Result<&'b [u8], TokenError> {
    let length = base64_simd::URL_SAFE_NO_PAD.decoded_length(text.as_bytes()).map_err(|_| TokenError::Malformed)?;
    let buffer = buffer.get_mut(..length).ok_or(TokenError::Malformed)?;
    let decoded = base64_simd::URL_SAFE_NO_PAD.decode(text.as_bytes(), buffer.as_out());
    decoded.map(|bytes| &*bytes).map_err(|_| TokenError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_into, encode};

    #[test]
    fn only_the_canonical_form_is_read() {
        assert_eq!(decode("_-8").unwrap(), [0xff, 0xef]);
        for bent in ["_-8=", "_-9", "/+8", " _-8", "_-8\n", "_", "_-8A_", "é"] {
            assert!(decode(bent).is_err(), "{bent}");
            assert!(decode_into(bent, &mut [0; 9]).is_err(), "{bent}");
        }
        for length in 0..100_u8 {
            let bytes: Vec<u8> = (0..length).collect();
            assert_eq!(decode(&encode(&bytes)).unwrap(), bytes);
            assert_eq!(decode_into(&encode(&bytes), &mut [0; 64]).is_ok(), bytes.len() <= 64);
        }
    }
}
