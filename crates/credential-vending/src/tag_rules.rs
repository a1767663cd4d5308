//! What AWS takes as tags, of resources and of sessions.

use std::collections::{BTreeMap, BTreeSet};

pub use identity_kernel::tag_rules::{MOST_TAGS, is_key, is_value};

use crate::reasons::Invalid;

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
