//! Outside providers.

use std::collections::BTreeMap;

use document_store::error::StorageError;
use document_store::{Name, Stored};
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::Bytes;
use crate::model::acr::Level;
use crate::model::identity_provider::{IdentityProvider, ProviderIdentifier, ProviderKind, ProviderName};
use crate::model::ids::UserPoolId;

/// How a provider is stored.
#[derive(Serialize, Deserialize)]
pub struct ProviderForm {
    pool: UserPoolId,
    name: ProviderName,
    kind: ProviderKind,
    details: BTreeMap<String, String>,
    secrets: BTreeMap<String, Bytes>,
    mapping: BTreeMap<String, String>,
    identifiers: Vec<ProviderIdentifier>,
    levels: BTreeMap<Level, String>,
    created_at: Timestamp,
    modified_at: Timestamp,
}

/// An identifier as it is compared: case does not count, as in the domains of mail addresses.
pub(crate) fn provider_entry(identifier: &ProviderIdentifier) -> String {
    identifier.as_str().to_lowercase()
}

impl Stored for IdentityProvider {
    type Form = ProviderForm;
    const KIND: &'static str = "identity-provider";
    const VERSION: u32 = 1;

    fn to_form(&self) -> ProviderForm {
        let Self { pool, name, kind, details, secrets, mapping, identifiers, levels, created_at, modified_at } =
            self.clone();
        let secrets = secrets.into_iter().map(|(name, sealed)| (name, Bytes(sealed))).collect();
        ProviderForm { pool, name, kind, details, secrets, mapping, identifiers, levels, created_at, modified_at }
    }

    fn from_form(form: ProviderForm) -> Result<Self, StorageError> {
        let ProviderForm { pool, name, kind, details, secrets, mapping, identifiers, levels, created_at, modified_at } =
            form;
        let secrets = secrets.into_iter().map(|(name, Bytes(sealed))| (name, sealed)).collect();
        Ok(Self { pool, name, kind, details, secrets, mapping, identifiers, levels, created_at, modified_at })
    }

    fn id(&self) -> Vec<&str> {
        vec![self.name.as_str()]
    }

    fn names(&self) -> Vec<Name> {
        let name = |identifier| Name { name: provider_entry(identifier), label: "identifier" };
        self.identifiers.iter().map(name).collect()
    }
}
