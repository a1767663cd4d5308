//! Policies that stand by themselves and are attached to roles.

use std::collections::BTreeMap;

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A policy with an ARN of its own, in up to five versions, of which one counts.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ManagedPolicy {
    /// Its name: 1 to 128 letters, digits and `+=,.@-_`. Unique in the account, without regard to case.
    pub name: String,
    /// Its path, `/` or `/team/a/`.
    pub path: String,
    /// Its ARN, path included.
    pub arn: String,
    /// Its id for ever, `ANPA…`.
    pub id: String,
    /// What it is for, shown to people and judged by nobody.
    pub description: Option<String>,
    /// Its versions by number.
    pub versions: BTreeMap<u32, PolicyVersion>,
    /// The version that counts.
    pub default_version: u32,
    /// The highest number that a version has had: none is given twice.
    pub last_version: u32,
    /// To how many roles it is attached.
    pub attached: u32,
    /// Of how many roles it is the boundary.
    pub bounding: u32,
    /// The operator's labels.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it had other versions last, or another one that counts.
    pub updated_at: Timestamp,
}

/// One version of a policy.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct PolicyVersion {
    /// The policy.
    pub document: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl ManagedPolicy {
    /// The most versions at a time.
    pub const MOST_VERSIONS: usize = 5;

    /// What counts of it; nothing that can be read if the version that counts is missing.
    pub fn document(&self) -> &str {
        self.versions.get(&self.default_version).map_or("", |version| version.document.as_str())
    }

    /// Whether roles depend on it.
    pub fn is_in_use(&self) -> bool {
        self.attached > 0 || self.bounding > 0
    }
}
