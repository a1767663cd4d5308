//! Messages unpacked, within bounds.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use crate::refused::Refused;

/// The most that a message may become, in bytes.
const MOST_BYTES: usize = 1024 * 1024;
/// How many times as long as its packed form it may be.
const MOST_RATIO: usize = 100;

/// What a raw deflate stream holds, all of which must be one (RFC 1951).
pub(crate) fn inflated(packed: &[u8]) -> Result<String, Refused> {
    let mut text = vec![0; packed.len().saturating_mul(MOST_RATIO).min(MOST_BYTES)];
    let flags = TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let (status, read, written) = decompress(&mut DecompressorOxide::new(), packed, &mut text, 0, flags);
    if status != TINFLStatus::Done || read != packed.len() {
        return Err(Refused::Inflation);
    }
    text.truncate(written);
    String::from_utf8(text).map_err(|_| Refused::Inflation)
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec;

    use super::*;

    #[test]
    fn line_98_what_was_packed_is_what_comes_out() {
        for text in ["", "<a/>", &"ab".repeat(50)] {
            assert_eq!(inflated(&compress_to_vec(text.as_bytes(), 9)).as_deref(), Ok(text));
        }
    }

    #[test]
    fn line_98_at_most_a_hundred_times_the_packed_length_is_inflated() {
        let packed = |length: usize| compress_to_vec("a".repeat(length).as_bytes(), 9);
        let most = (1..3_000).rev().find(|length| packed(*length).len() * 100 >= *length).unwrap();

        assert_eq!(inflated(&packed(most)).map(|text| text.len()), Ok(most));
        assert_eq!(inflated(&packed(most + 1)), Err(Refused::Inflation));
        assert_eq!(inflated(&packed(1024 * 1024)), Err(Refused::Inflation));
    }

    #[test]
    fn line_98_at_most_a_mebibyte_is_inflated_however_it_was_packed() {
        let stored = |length: usize| {
            let mut state = 1_u32;
            let mut digit = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                b'0' + u8::try_from(state >> 29).unwrap()
            };
            compress_to_vec(&(0..length).map(|_| digit()).collect::<Vec<_>>(), 1)
        };
        assert!(stored(MOST_BYTES + 1).len() * 100 > MOST_BYTES, "the ratio alone would let it through");

        assert_eq!(inflated(&stored(MOST_BYTES)).map(|text| text.len()), Ok(MOST_BYTES));
        assert_eq!(inflated(&stored(MOST_BYTES + 1)), Err(Refused::Inflation));
    }

    #[test]
    fn nothing_stands_before_or_behind_the_packed_text() {
        let packed = compress_to_vec(b"<a/>", 9);

        assert_eq!(inflated(&[&packed[..], &[0]].concat()), Err(Refused::Inflation));
        assert_eq!(inflated(&packed[..packed.len() - 1]), Err(Refused::Inflation));
        assert_eq!(inflated(&[]), Err(Refused::Inflation));
        assert_eq!(inflated(&compress_to_vec(&[0xFF], 9)), Err(Refused::Inflation));
    }
}
