//! Codes of authenticator apps (RFC 6238, over RFC 4226): HMAC-SHA-1, six digits, steps of 30 seconds.

use identity_kernel::secret::constant_time_eq;
use identity_kernel::time::Timestamp;
use ring::hmac;

/// Bytes of a seed: the 160 bits that RFC 4226 §4 recommends.
pub const SEED_BYTES: usize = 20;

/// Seconds of a step.
const STEP_SECONDS: i64 = 30;
/// How many steps a code may be early or late (RFC 6238 §5.2).
const WINDOW: i64 = 1;
/// Digits of a code.
const DIGITS: usize = 6;

/// What a code that was typed comes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Typed {
    /// It is the code of this step, which is after every step whose code was taken before.
    Right(i64),
    /// It is the code of a step that was taken, or of an earlier one.
    Used,
    /// It is no code of these minutes.
    Wrong,
}

/// Judges a code. Exactly six ASCII digits count. `last_step` is that of the last code that was taken.
pub fn judge(seed: &[u8], typed: &str, last_step: Option<i64>, now: Timestamp) -> Typed {
    let current = now.epoch_seconds().div_euclid(STEP_SECONDS);
    let matches = |step: &i64| constant_time_eq(code(seed, *step).as_bytes(), typed.as_bytes());
    // Every step is compared, whichever matches.
    let matching: Vec<i64> = (current - WINDOW..=current + WINDOW).filter(matches).collect();
    match matching.iter().find(|step| last_step.is_none_or(|last| **step > last)) {
        Some(step) => Typed::Right(*step),
        None if matching.is_empty() => Typed::Wrong,
        None => Typed::Used,
    }
}

/// The code of a step.
fn code(seed: &[u8], step: i64) -> String {
    let number = hotp(seed, step);
    format!("{:0DIGITS$}", number % 1_000_000)
}

/// The number of RFC 4226 §5.3, before it is cut to its digits.
fn hotp(seed: &[u8], counter: i64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, seed);
    let tag = hmac::sign(&key, &counter.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or(0) & 0xf);
    let four = tag.iter().skip(offset).take(4);
    four.fold(0_u32, |number, byte| number << 8 | u32::from(*byte)) & 0x7fff_ffff
}

/// A seed as apps take it: Base32 (RFC 4648 §6) without padding.
pub fn base32(seed: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits = seed.len() * 8;
    let bit = |at: usize| seed.get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
    let letter = |start: usize| (start..start + 5).fold(0, |value, at| value << 1 | bit(at));
    (0..bits).step_by(5).filter_map(|start| LETTERS.get(letter(start)).map(|letter| char::from(*letter))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_epoch_seconds(seconds)
    }

    #[test]
    fn codes_are_those_of_rfc_4226_appendix_d() {
        let expected =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (counter, expected) in (0..).zip(expected) {
            assert_eq!(code(SEED, counter), expected);
        }
    }

    #[test]
    fn codes_are_the_last_six_digits_of_rfc_6238_appendix_b() {
        for (time, eight) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(format!("{:08}", hotp(SEED, time / 30) % 100_000_000), eight);
            assert_eq!(judge(SEED, &eight[2..], None, at(time)), Typed::Right(time / 30));
        }
    }

    #[test]
    fn line_58_a_code_is_taken_one_step_early_or_late_and_once() {
        let now = 1_111_111_111;
        let step = now / 30;
        for (offset, right) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let typed = code(SEED, step + offset);
            let expected = if right { Typed::Right(step + offset) } else { Typed::Wrong };
            assert_eq!(judge(SEED, &typed, None, at(now)), expected, "{offset}");
        }
        assert_eq!(judge(SEED, &code(SEED, step), Some(step), at(now)), Typed::Used);
        assert_eq!(judge(SEED, &code(SEED, step - 1), Some(step), at(now)), Typed::Used);
        assert_eq!(judge(SEED, &code(SEED, step + 1), Some(step), at(now)), Typed::Right(step + 1));
    }

    #[test]
    fn line_58_a_code_is_exactly_six_ascii_digits() {
        let right = code(SEED, 0);
        let wide: String =
            right.chars().map(|digit| char::from_u32(0xff10 + digit.to_digit(10).unwrap()).unwrap()).collect();
        for typed in
            [format!(" {right}"), format!("{right} "), format!("+{right}"), wide, right[..5].to_owned(), String::new()]
        {
            assert_eq!(judge(SEED, &typed, None, at(0)), Typed::Wrong, "{typed:?}");
        }
    }

    #[test]
    fn a_seed_is_written_as_rfc_4648_section_10_writes_bytes() {
        for (bytes, text) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(base32(SEED), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }
}
