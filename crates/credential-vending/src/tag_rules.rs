//! What AWS takes as tags, of resources and of sessions.

use std::collections::{BTreeMap, BTreeSet};

use crate::reasons::Invalid;

/// The most tags of a session, and of a resource.
pub const MOST_TAGS: usize = 50;

/// Whether a tag may have this key: 1 to 128 letters, digits, blanks and `_.:/=+-@`, and not `aws:` in front.
pub fn is_key(key: &str) -> bool {
    let reserved = key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    well_formed(key, 1..=128) && !reserved
}

/// Whether a tag may have this value: up to 256 letters, digits, blanks and `_.:/=+-@`.
pub fn is_value(value: &str) -> bool {
    well_formed(value, 0..=256)
}

fn well_formed(text: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    let allowed = |one: char| one.is_alphanumeric() || one == ' ' || "_.:/=+-@".contains(one);
    length.contains(&text.chars().count()) && text.chars().all(allowed)
}

/// Takes tags that a session may have: 50 at most, with keys that differ in more than case.
///
/// # Errors
///
/// [`Invalid::SessionTag`] with the key that is none or has a value that is none, [`Invalid::SessionTags`].
pub fn check_session_tags(tags: &BTreeMap<String, String>) -> Result<(), Invalid> {
    if let Some((key, _)) = tags.iter().find(|(key, value)| !is_key(key) || !is_value(value)) {
        return Err(Invalid::SessionTag(key.clone()));
    }
    let distinct: BTreeSet<String> = tags.keys().map(|key| key.to_lowercase()).collect();
    if tags.len() > MOST_TAGS || distinct.len() < tags.len() {
        return Err(Invalid::SessionTags);
    }
    Ok(())
}
