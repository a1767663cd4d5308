//! Second factors.

use std::collections::BTreeSet;

use document_store::Stored;
use document_store::error::StorageError;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::Bytes;
use crate::model::factors::{SecondFactor, SecondFactors, SoftwareToken};
use crate::model::ids::Subject;

/// A user's second factors, with whose they are.
pub(crate) struct StoredSecondFactors {
    pub(crate) sub: Subject,
    pub(crate) factors: SecondFactors,
}

/// How second factors are stored.
#[derive(Serialize, Deserialize)]
pub(crate) struct SecondFactorsForm {
    sub: Subject,
    software_token: Option<SoftwareTokenForm>,
    pending_seed: Option<Bytes>,
    active: BTreeSet<SecondFactor>,
    preferred: Option<SecondFactor>,
    passkey: bool,
}

#[derive(Serialize, Deserialize)]
struct SoftwareTokenForm {
    sealed_seed: Bytes,
    name: String,
    last_step: i64,
    proved_at: Timestamp,
}

impl Stored for StoredSecondFactors {
    type Form = SecondFactorsForm;
    const KIND: &'static str = "second-factors";
    const VERSION: u32 = 1;

    fn to_form(&self) -> SecondFactorsForm {
        let SecondFactors { software_token, pending_seed, active, preferred, passkey } = self.factors.clone();
        let software_token = software_token.map(|SoftwareToken { sealed_seed, name, last_step, proved_at }| {
            SoftwareTokenForm { sealed_seed: Bytes(sealed_seed), name, last_step, proved_at }
        });
        let pending_seed = pending_seed.map(Bytes);
        SecondFactorsForm { sub: self.sub.clone(), software_token, pending_seed, active, preferred, passkey }
    }

    fn from_form(form: SecondFactorsForm) -> Result<Self, StorageError> {
        let SecondFactorsForm { sub, software_token, pending_seed, active, preferred, passkey } = form;
        let software_token = software_token.map(|token| {
            let SoftwareTokenForm { sealed_seed: Bytes(sealed_seed), name, last_step, proved_at } = token;
            SoftwareToken { sealed_seed, name, last_step, proved_at }
        });
        let pending_seed = pending_seed.map(|Bytes(sealed)| sealed);
        Ok(Self { sub, factors: SecondFactors { software_token, pending_seed, active, preferred, passkey } })
    }

    fn id(&self) -> Vec<&str> {
        vec![self.sub.as_str()]
    }
}
