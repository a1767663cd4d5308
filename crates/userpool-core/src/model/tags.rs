//! The tags of a pool: an operator's labels, which policies may ask for.

use std::collections::BTreeMap;

use crate::reasons::TagProblem;

/// The most tags that a pool has.
pub const MOST_TAGS: usize = 50;

/// The most characters of a key.
const LONGEST_KEY: usize = 128;

/// The most characters of a value.
const LONGEST_VALUE: usize = 256;

/// What tags begin with that are AWS's own.
const RESERVED: &str = "aws:";

/// Holds all tags that a pool is to have to the rules of AWS: how many, how long, of what characters.
///
/// # Errors
///
/// [`TagProblem`].
pub fn check(tags: &BTreeMap<String, String>) -> Result<(), TagProblem> {
    if tags.len() > MOST_TAGS {
        return Err(TagProblem::TooMany);
    }
    for (key, value) in tags {
        check_key(key)?;
        if value.chars().count() > LONGEST_VALUE || !value.chars().all(is_sound) {
            return Err(TagProblem::Value);
        }
    }
    Ok(())
}

/// Holds a key to the rules.
///
/// # Errors
///
/// [`TagProblem::Key`], [`TagProblem::Reserved`].
pub fn check_key(key: &str) -> Result<(), TagProblem> {
    if key.get(..RESERVED.len()).is_some_and(|start| start.eq_ignore_ascii_case(RESERVED)) {
        return Err(TagProblem::Reserved);
    }
    let is_long_enough = (1..=LONGEST_KEY).contains(&key.chars().count());
    if is_long_enough && key.chars().all(is_sound) { Ok(()) } else { Err(TagProblem::Key) }
}

fn is_sound(character: char) -> bool {
    character.is_alphanumeric() || character == ' ' || "_.:/=+-@".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(key: &str, value: &str) -> Result<(), TagProblem> {
        check(&BTreeMap::from([(key.to_owned(), value.to_owned())]))
    }

    #[test]
    fn a_key_has_1_to_128_sound_characters_and_no_reserved_beginning() {
        for key in ["a", "Ünï 1_.:/=+-@", "xaws:", "aws", &"ä".repeat(128)] {
            assert_eq!(one(key, ""), Ok(()), "{key}");
        }
        for (key, problem) in [
            ("", TagProblem::Key),
            ("a\tb", TagProblem::Key),
            ("a?", TagProblem::Key),
            (&"a".repeat(129), TagProblem::Key),
            ("aws:team", TagProblem::Reserved),
            ("AwS:team", TagProblem::Reserved),
        ] {
            assert_eq!(one(key, ""), Err(problem), "{key}");
        }
    }

    #[test]
    fn a_value_has_256_sound_characters_at_most() {
        assert_eq!(one("a", &"ä".repeat(256)), Ok(()));
        assert_eq!(one("a", &"a".repeat(257)), Err(TagProblem::Value));
        assert_eq!(one("a", "a\nb"), Err(TagProblem::Value));
    }

    #[test]
    fn a_pool_has_fifty_tags_at_most() {
        let tags = |count: usize| (0..count).map(|number| (format!("t{number}"), String::new())).collect();

        assert_eq!(check(&tags(50)), Ok(()));
        assert_eq!(check(&tags(51)), Err(TagProblem::TooMany));
    }
}
