//! The public test vectors: in `shared/vectors` beside the checkout, or where `CENOTE_VECTORS` says. With `CI` set they
//! must be there; elsewhere a test without them says so and passes.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "tests")]

use std::path::{Path, PathBuf};

use serde_json::Value;

/// The file or folder of this name, if the vectors are there.
pub fn path(name: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors");
    let path = std::env::var_os("CENOTE_VECTORS").map_or_else(beside, PathBuf::from).join(name);
    if path.exists() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "needed in CI: {}", path.display());
    println!("ignored: no vectors at {}; set CENOTE_VECTORS", path.display());
    None
}

/// The JSON file of this name, if the vectors are there.
pub fn json(name: &str) -> Option<Value> {
    path(name).map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}
