//! Integers as bytes: the shortest two's-complement form that Cognito hashes.

use crypto_bigint::U3072;

/// Bytes of the group's prime, and so of the longest integer.
pub(crate) const BYTES: usize = 384;

/// The shortest big-endian two's-complement form of a non-negative integer: no leading zeros, but one zero byte in
/// front if the first bit is set, and one zero byte for zero (`BigInteger.toByteArray` of Java).
pub(crate) fn pad(big_endian: &[u8]) -> Vec<u8> {
    let significant = strip(big_endian);
    let sign = significant.first().is_none_or(|first| first & 0x80 != 0);
    let mut out = Vec::with_capacity(significant.len() + 1);
    if sign {
        out.push(0);
    }
    out.extend_from_slice(significant);
    out
}

/// The bytes behind the leading zeros.
pub(crate) fn strip(big_endian: &[u8]) -> &[u8] {
    let start = big_endian.iter().position(|byte| *byte != 0).unwrap_or(big_endian.len());
    big_endian.get(start..).unwrap_or_default()
}

/// The integer of at most 384 big-endian bytes; of more, the last 384.
pub(crate) fn from_bytes(big_endian: &[u8]) -> U3072 {
    let mut wide = [0; BYTES];
    for (to, from) in wide.iter_mut().rev().zip(big_endian.iter().rev()) {
        *to = *from;
    }
    U3072::from_be_slice(&wide)
}

/// All 384 big-endian bytes of an integer.
pub(crate) fn to_bytes(integer: &U3072) -> Vec<u8> {
    integer.to_be_bytes().as_ref().to_vec()
}

/// The bytes of hexadecimal text, which may have an odd number of digits. `None` if it is empty or not hexadecimal.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() {
        return None;
    }
    let digits: Option<Vec<u8>> =
        text.chars().map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let mut digits = digits?;
    if digits.len() % 2 == 1 {
        digits.insert(0, 0);
    }
    Some(digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect())
}

/// Lower-case hexadecimal of the bytes behind the leading zeros; `0` for zero.
pub(crate) fn to_hex(big_endian: &[u8]) -> String {
    let digits = strip(big_endian).iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let hex: String = digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect();
    let short = hex.trim_start_matches('0');
    if short.is_empty() { "0".to_owned() } else { short.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_the_shortest_twos_complement_form() {
        for (plain, padded) in
            [("1", "01"), ("80", "0080"), ("7f", "7f"), ("123", "0123"), ("8123", "008123"), ("0", "00")]
        {
            assert_eq!(pad(&from_hex(plain).unwrap()), from_hex(padded).unwrap(), "{plain}");
        }
    }

    /// Line 53: Cognito's clients pad negative numbers too. None occur in the protocol; the form of one is the complement of
    /// that of the number before its amount, so that every row judges the same function.
    #[test]
    fn line_53_padding_equals_all_513_rows_of_amplify() {
        let Some(file) = shared_vectors::json("cognito-srp/pad_hex.json") else { return };
        let rows = file["pad_hex"].as_array().unwrap();

        for row in rows {
            let (number, expected) = (row[0].as_i64().unwrap(), row[1].as_str().unwrap());
            let amount = if number < 0 { -number - 1 } else { number };
            let mut padded = pad(&amount.to_be_bytes());
            if number < 0 {
                for byte in &mut padded {
                    *byte = !*byte;
                }
            }
            assert_eq!(padded, from_hex(expected).unwrap(), "{number}");
        }
        assert_eq!(rows.len(), 513);
    }

    #[test]
    fn what_is_not_hexadecimal_is_no_number() {
        for bad in ["", "0x12", "-1", " 1", "g", "１"] {
            assert!(from_hex(bad).is_none(), "{bad}");
        }
    }
}
