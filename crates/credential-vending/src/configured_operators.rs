use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use identity_kernel::secret::SecretString;

use crate::model::OperatorKey;

/// The operators' keys that the process was given, beside those that are stored.
#[derive(Default)]
pub(crate) struct ConfiguredOperators(RwLock<Keys>);

/// Keys with their secrets, by access key id.
type Keys = BTreeMap<String, (OperatorKey, SecretString)>;

impl ConfiguredOperators {
    pub(crate) fn get(&self, access_key_id: &str) -> Option<(OperatorKey, SecretString)> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(access_key_id).cloned()
    }

    /// Puts these in the place of those that were there.
    pub(crate) fn set(&self, keys: Keys) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    pub(crate) fn are_there(&self) -> bool {
        !self.0.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }
}
