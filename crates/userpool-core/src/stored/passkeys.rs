//! Passkeys.

use document_store::error::StorageError;
use document_store::{Name, Stored};
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::Bytes;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::passkeys::{Passkey, UserPasskeys};

/// How a user's passkeys are stored.
#[derive(Serialize, Deserialize)]
pub struct PasskeysForm {
    pool: UserPoolId,
    sub: Subject,
    list: Vec<PasskeyForm>,
}

#[derive(Serialize, Deserialize)]
struct PasskeyForm {
    id: String,
    public_key: Bytes,
    relying_party: String,
    name: String,
    transports: Vec<String>,
    attachment: Option<String>,
    aaguid: String,
    sign_count: u32,
    backup_eligible: bool,
    backed_up: bool,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

impl From<Passkey> for PasskeyForm {
    fn from(passkey: Passkey) -> Self {
        let Passkey {
            id,
            public_key,
            relying_party,
            name,
            transports,
            attachment,
            aaguid,
            sign_count,
            backup_eligible,
            backed_up,
            created_at,
            last_used_at,
        } = passkey;
        Self {
            id,
            public_key: Bytes(public_key),
            relying_party,
            name,
            transports,
            attachment,
            aaguid,
            sign_count,
            backup_eligible,
            backed_up,
            created_at,
            last_used_at,
        }
    }
}

impl From<PasskeyForm> for Passkey {
    fn from(form: PasskeyForm) -> Self {
        let PasskeyForm {
            id,
            public_key: Bytes(public_key),
            relying_party,
            name,
            transports,
            attachment,
            aaguid,
            sign_count,
            backup_eligible,
            backed_up,
            created_at,
            last_used_at,
        } = form;
        Self {
            id,
            public_key,
            relying_party,
            name,
            transports,
            attachment,
            aaguid,
            sign_count,
            backup_eligible,
            backed_up,
            created_at,
            last_used_at,
        }
    }
}

impl Stored for UserPasskeys {
    type Form = PasskeysForm;
    const KIND: &'static str = "passkeys";
    const VERSION: u32 = 1;

    fn to_form(&self) -> PasskeysForm {
        let Self { pool, sub, list } = self.clone();
        PasskeysForm { pool, sub, list: list.into_iter().map(Into::into).collect() }
    }

    fn from_form(form: PasskeysForm) -> Result<Self, StorageError> {
        let PasskeysForm { pool, sub, list } = form;
        Ok(Self { pool, sub, list: list.into_iter().map(Into::into).collect() })
    }

    fn id(&self) -> Vec<&str> {
        vec![self.sub.as_str()]
    }

    fn names(&self) -> Vec<Name> {
        self.list.iter().map(|passkey| Name { name: passkey.id.clone(), label: "passkey" }).collect()
    }
}
