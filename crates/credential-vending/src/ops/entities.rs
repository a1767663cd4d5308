//! What roles and policies have in common.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::reasons::Invalid;
use crate::tag_rules;

/// How often a change is tried again that others overtook: whoever sets an account up changes much of it at once.
pub(crate) const TRIES: usize = 16;

/// A path begins and ends with a slash.
pub(crate) fn check_path(path: &str) -> Result<(), Error> {
    let sound = path.starts_with('/') && path.ends_with('/') && !path.contains("//") && path.len() <= 512;
    if sound { Ok(()) } else { Err(Invalid::RolePath.into()) }
}

/// Takes the tags that a role or a policy may have.
pub(crate) fn check_tags(tags: &BTreeMap<String, String>) -> Result<(), Error> {
    if let Some((key, _)) = tags.iter().find(|(key, value)| !tag_rules::is_key(key) || !tag_rules::is_value(value)) {
        return Err(Invalid::Tag(key.clone()).into());
    }
    if tags.len() > tag_rules::MOST_TAGS { Err(Invalid::Tags.into()) } else { Ok(()) }
}

pub(crate) fn check_name(name: &str, most: usize) -> Result<(), Error> {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte);
    if (1..=most).contains(&name.len()) && name.bytes().all(letter) { Ok(()) } else { Err(Invalid::Name.into()) }
}
