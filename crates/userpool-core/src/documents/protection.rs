//! Over documents: histories of sign-ins, and the rates of requests.

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::{Changes, DocumentStore, Records, Tenant, Versioned};

use super::DocumentUserPools;
use super::counted::set_counted;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::limits::ProvisionedRates;
use crate::model::sign_in_history::SignInHistory;
use crate::storage::{ProtectionWrite, Protections};
use crate::stored::{Counted, tenant};

/// The rates are of no pool: they have a tenant of their own.
fn rates_tenant() -> Tenant {
    Tenant::new("directory", "request-rates")
}

/// There is one record of rates.
const RATES: &str = "rates";

#[async_trait]
impl<S: DocumentStore> Protections for DocumentUserPools<S> {
    async fn history(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
    ) -> Result<Option<Versioned<SignInHistory>>, StorageError> {
        let found = self.0.record::<Counted<SignInHistory>>(&tenant(pool), &[sub.as_str()]).await?;
        Ok(found.map(|found| found.map(|counted| counted.count)))
    }

    async fn rates(&self) -> Result<Option<Versioned<ProvisionedRates>>, StorageError> {
        let found = self.0.record::<Counted<ProvisionedRates>>(&rates_tenant(), &[RATES]).await?;
        Ok(found.map(|found| found.map(|counted| counted.count)))
    }
}

pub(super) fn add(changes: &mut Changes, write: &ProtectionWrite) -> Result<(), StorageError> {
    match write {
        ProtectionWrite::SetHistory { pool, sub, before, after } => {
            set_counted(changes, &tenant(pool), sub.as_str(), before.as_ref(), after)
        }
        ProtectionWrite::ForgetHistory { pool, sub } => {
            changes.clear::<Counted<SignInHistory>>(&tenant(pool), &[sub.as_str()]);
            Ok(())
        }
        ProtectionWrite::SetRates { before, after } => {
            set_counted(changes, &rates_tenant(), RATES, before.as_ref(), after)
        }
    }
}
