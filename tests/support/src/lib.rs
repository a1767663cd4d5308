//! What tests share: a list of what they could not find, so that a test which had nothing to judge is seen.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::missing_panics_doc, reason = "tests")]

pub mod authenticator;
pub mod missing;
pub mod mmdb;
pub mod saml;
pub mod stored;

use std::path::PathBuf;

/// Where specifications, service models, vectors and client scripts lie that are not of this repository: what
/// `CENOTE_SHARED` names, or `shared` beside the repository.
pub fn shared() -> PathBuf {
    std::env::var_os("CENOTE_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from)
}

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Whether this is a run that may leave nothing out: `CI` is set, and not to `false`, `0` or nothing.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !["", "0", "false"].contains(&value.as_str()))
}
