//! What AWS takes as tags, of pools, resources and sessions.

use std::ops::RangeInclusive;

/// The most tags of a resource, and of a session.
pub const MOST_TAGS: usize = 50;

/// What keys begin with, in any case, that are AWS's own.
const RESERVED: &str = "aws:";

/// Whether a tag may have this key: 1 to 128 letters, digits, blanks and `_.:/=+-@`, and not [reserved](is_reserved).
pub fn is_key(key: &str) -> bool {
    well_formed(key, 1..=128) && !is_reserved(key)
}

/// Whether a key begins with `aws:`, in any case.
pub fn is_reserved(key: &str) -> bool {
    key.get(..RESERVED.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED))
}

/// Whether a tag may have this value: up to 256 letters, digits, blanks and `_.:/=+-@`.
pub fn is_value(value: &str) -> bool {
    well_formed(value, 0..=256)
}

fn well_formed(text: &str, length: RangeInclusive<usize>) -> bool {
    let allowed = |one: char| one.is_alphanumeric() || one == ' ' || "_.:/=+-@".contains(one);
    length.contains(&text.chars().count()) && text.chars().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_1_to_128_sound_characters_and_no_reserved_beginning() {
        for key in ["a", "Ünï 1_.:/=+-@", "xaws:", "aws", &"ä".repeat(128)] {
            assert!(is_key(key), "{key}");
        }
        for key in ["", "a\tb", "a?", &"a".repeat(129), "aws:team", "AwS:team"] {
            assert!(!is_key(key), "{key}");
        }
    }

    #[test]
    fn a_value_has_256_sound_characters_at_most() {
        for (value, sound) in [("", true), (&"ä".repeat(256), true), (&"a".repeat(257), false), ("a\nb", false)] {
            assert_eq!(is_value(value), sound, "{value}");
        }
    }
}
