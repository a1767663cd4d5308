//! Records that count something.

use document_store::error::StorageError;
use document_store::{Changes, Stored, Tenant, Versioned};

use crate::stored::Counted;

/// Sets what is counted under a name, if it stands as it was read.
pub(super) fn set_counted<T: Clone>(
    changes: &mut Changes,
    tenant: &Tenant,
    name: &str,
    before: Option<&Versioned<T>>,
    after: &T,
) -> Result<(), StorageError>
where
    Counted<T>: Stored,
{
    let counted = |count: T| Counted { name: name.to_owned(), count };
    match before {
        None => changes.insert(tenant, &counted(after.clone())),
        Some(before) => changes.update(tenant, &before.clone().map(counted), &counted(after.clone())),
    }
}
