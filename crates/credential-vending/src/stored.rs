//! The stored forms of the records.

mod managed_policy;
mod saml;

use document_store::error::StorageError;
use document_store::{Index, Stored};
use identity_kernel::time::{CLOCK_STEP_SECONDS, Timestamp};
use serde::{Deserialize, Serialize};

pub(crate) use managed_policy::StoredPolicy;

use crate::model::{AuditedSession, NumberedKey, OidcProvider, OperatorKey, Revocation, Role};

/// A struct that is stored as it is.
macro_rules! stored_as_it_is {
    ($record:ty, $kind:literal, |$it:ident| $id:expr) => {
        impl Stored for $record {
            type Form = Self;
            const KIND: &'static str = $kind;
            const VERSION: u32 = 1;

            fn to_form(&self) -> Self {
                self.clone()
            }

            fn from_form(form: Self) -> Result<Self, StorageError> {
                Ok(form)
            }

            fn id(&self) -> Vec<&str> {
                let $it = self;
                $id
            }
        }
    };
}

stored_as_it_is!(OidcProvider, "oidc-provider", |provider| vec![&provider.arn]);

impl Stored for AuditedSession {
    type Form = Self;
    const KIND: &'static str = "audited-session";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Self {
        self.clone()
    }

    fn from_form(form: Self) -> Result<Self, StorageError> {
        Ok(form)
    }

    fn id(&self) -> Vec<&str> {
        vec![&self.access_key_id]
    }

    fn ends_at_millis(&self) -> Option<i64> {
        Some(self.kept_until.plus_seconds(CLOCK_STEP_SECONDS).epoch_millis())
    }
}

/// What a role's id in keys is: its name in lower case, which the record does not hold.
pub(crate) struct StoredRole {
    pub(crate) folded: String,
    pub(crate) role: Role,
}

impl StoredRole {
    pub(crate) fn new(role: Role) -> Self {
        Self { folded: role.name.to_lowercase(), role }
    }
}

impl Stored for StoredRole {
    type Form = Role;
    const KIND: &'static str = "role";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Role {
        self.role.clone()
    }

    fn from_form(role: Role) -> Result<Self, StorageError> {
        Ok(Self::new(role))
    }

    fn id(&self) -> Vec<&str> {
        vec![&self.folded]
    }

    fn indexes() -> &'static [Index<Self>] {
        &[ROLES_BY_POLICY]
    }
}

/// The managed policies that a role depends on.
pub(crate) const ROLES_BY_POLICY: Index<StoredRole> = Index {
    name: "policy",
    since: 1,
    values: |stored| {
        let own = stored.role.boundary_arn.iter().filter(|arn| !stored.role.attached.contains(*arn));
        stored.role.attached.iter().chain(own).cloned().collect()
    },
};

/// How an operator's key is stored.
#[derive(Serialize, Deserialize)]
pub struct OperatorForm {
    access_key_id: String,
    #[serde(with = "document_store::base64_bytes")]
    sealed_secret: Vec<u8>,
    arn: String,
    policy: String,
    created_at: Timestamp,
}

impl Stored for OperatorKey {
    type Form = OperatorForm;
    const KIND: &'static str = "operator-key";
    const VERSION: u32 = 1;

    fn to_form(&self) -> OperatorForm {
        let Self { access_key_id, sealed_secret, arn, policy, created_at } = self.clone();
        OperatorForm { access_key_id, sealed_secret, arn, policy, created_at }
    }

    fn from_form(form: OperatorForm) -> Result<Self, StorageError> {
        let OperatorForm { access_key_id, sealed_secret, arn, policy, created_at } = form;
        Ok(Self { access_key_id, sealed_secret, arn, policy, created_at })
    }

    fn id(&self) -> Vec<&str> {
        vec![&self.access_key_id]
    }
}

/// A revocation under its label.
pub(crate) struct StoredRevocation {
    label: String,
    pub(crate) revocation: Revocation,
}

impl StoredRevocation {
    pub(crate) fn new(revocation: Revocation) -> Self {
        Self { label: revocation.what.label(), revocation }
    }
}

impl Stored for StoredRevocation {
    type Form = Revocation;
    const KIND: &'static str = "revocation";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Revocation {
        self.revocation.clone()
    }

    fn from_form(revocation: Revocation) -> Result<Self, StorageError> {
        Ok(Self::new(revocation))
    }

    fn id(&self) -> Vec<&str> {
        vec![&self.label]
    }

    fn ends_at_millis(&self) -> Option<i64> {
        let seconds = Revocation::LONGEST_SESSION_SECONDS + CLOCK_STEP_SECONDS;
        Some(self.revocation.at.plus_seconds(seconds).epoch_millis())
    }
}

/// The places in time of all vending keys: one record, so that of two rotations one wins.
pub(crate) struct StoredKeyTimes(pub(crate) Vec<NumberedKey>);

impl Stored for StoredKeyTimes {
    type Form = Vec<NumberedKey>;
    const KIND: &'static str = "vending-keys";
    const VERSION: u32 = 1;

    fn to_form(&self) -> Vec<NumberedKey> {
        self.0.clone()
    }

    fn from_form(form: Vec<NumberedKey>) -> Result<Self, StorageError> {
        Ok(Self(form))
    }

    fn id(&self) -> Vec<&str> {
        vec!["all"]
    }
}
