//! The tags of a pool: an operator's labels, which policies may ask for.

use std::collections::BTreeMap;

use identity_kernel::tag_rules::{is_key, is_reserved, is_value};

pub use identity_kernel::tag_rules::MOST_TAGS;

use crate::reasons::TagProblem;

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
        if !is_value(value) {
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
    match (is_reserved(key), is_key(key)) {
        (true, _) => Err(TagProblem::Reserved),
        (false, true) => Ok(()),
        (false, false) => Err(TagProblem::Key),
    }
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
