//! The public test vectors that tests read. `README.md` beside this says where each comes from and how it is put in place.
//!
//! A test without its vectors is told of at the end of `cargo xtask test`, and fails in CI.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc, reason = "tests")]

use std::path::{Path, PathBuf};

use serde_json::Value;
use test_support::{missing, root, shared};

/// The file or folder of this name, if the vectors are there: in this repository, among the shared ones, or among those that
/// `cargo xtask vectors` has fetched.
pub fn path(name: &str) -> Option<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("own");
    let places = [own, shared().join("vectors"), root().join("target/vectors")];
    let found = places.iter().map(|place| place.join(name)).find(|path| path.exists());
    if found.is_none() {
        missing::report(&format!("vectors {name}"), "tests/vectors/README.md says how they are put in place");
    }
    found
}

/// The JSON file of this name, if the vectors are there.
pub fn json(name: &str) -> Option<Value> {
    path(name).map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
}
