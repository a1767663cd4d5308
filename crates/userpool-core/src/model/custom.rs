//! Sign-ins of the application's own making: challenges that its hooks define, create and judge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A challenge of a custom sign-in that was answered.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnsweredChallenge {
    /// Its name: `CUSTOM_CHALLENGE`, `SRP_A`, `PASSWORD_VERIFIER`, ...
    pub name: String,
    /// Whether the answer was right.
    pub right: bool,
    /// What the application said of it, for itself.
    pub metadata: Option<String>,
}

/// What a custom sign-in comes to next.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NextStep {
    /// A challenge of this name.
    Challenge(String),
    /// It has failed.
    Fail,
    /// Every factor has passed, as far as the application is concerned.
    IssueTokens,
}

/// A challenge of the application's own.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomChallenge {
    /// What the client is shown.
    pub public: BTreeMap<String, String>,
    /// What the answer is judged by; sealed while the challenge is under way.
    pub private: BTreeMap<String, String>,
    /// What is told of it when the next step is defined.
    pub metadata: Option<String>,
}
