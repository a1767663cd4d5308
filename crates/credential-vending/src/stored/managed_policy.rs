use document_store::Stored;
use document_store::error::StorageError;

use crate::model::managed_policy::ManagedPolicy;

/// What a managed policy's id in keys is: its name in lower case, which the record does not hold.
pub(crate) struct StoredPolicy {
    pub(crate) folded: String,
    pub(crate) policy: ManagedPolicy,
}

impl StoredPolicy {
    pub(crate) fn new(policy: ManagedPolicy) -> Self {
        Self { folded: policy.name.to_lowercase(), policy }
    }
}

impl Stored for StoredPolicy {
    type Form = ManagedPolicy;
    const KIND: &'static str = "managed-policy";
    const VERSION: u32 = 1;

    fn to_form(&self) -> ManagedPolicy {
        self.policy.clone()
    }

    fn from_form(policy: ManagedPolicy) -> Result<Self, StorageError> {
        Ok(Self::new(policy))
    }

    fn id(&self) -> Vec<&str> {
        vec![&self.folded]
    }
}
