//! The functions that a pool calls in what it does: Amazon's `LambdaConfig`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::reasons::Trigger;

/// Which form of event a function before tokens is sent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum TokenEventVersion {
    /// Claims of the ID token, as text, and groups.
    #[default]
    V1,
    /// Claims of both tokens, of any type, and scopes.
    V2,
    /// The same, of machines too.
    V3,
}

/// The functions that a pool calls, by the ARN under which whoever runs them knows them.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct LambdaSettings {
    /// The function of each trigger.
    #[serde(default)]
    pub functions: BTreeMap<Trigger, String>,
    /// The form of the event before tokens.
    #[serde(default)]
    pub token_event: TokenEventVersion,
    /// The key under which codes are encrypted for custom senders.
    #[serde(default)]
    pub key: Option<String>,
}

impl LambdaSettings {
    /// The function of this trigger; `None` if the pool calls none.
    pub fn function(&self, trigger: Trigger) -> Option<&str> {
        self.functions.get(&trigger).map(String::as_str)
    }
}
