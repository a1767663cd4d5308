//! What stood before changes, over documents.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use document_store::{Changes, DocumentStore, Key, Records, Stored, Versioned, history_onward};
use identity_kernel::time::Timestamp;

use super::DocumentUserPools;
use crate::model::group::Group;
use crate::model::ids::{RestorationId, Subject, UserPoolId};
use crate::model::passkeys::UserPasskeys;
use crate::model::past::{Past, PastChange, Plan, PlanKey, Standing};
use crate::model::restoration::Restoration;
use crate::model::user::User;
use crate::storage::{Histories, RestorationWrite};
use crate::stored::{StoredPassword, StoredPlan, StoredSecondFactors, plan_id, tenant};

/// The most changes of one page.
const LARGEST_PAGE: usize = 1000;

#[async_trait]
impl<S: DocumentStore> Histories for DocumentUserPools<S> {
    async fn changes(
        &self,
        pool: &UserPoolId,
        since: Timestamp,
        page: &PageRequest,
    ) -> Result<Page<PastChange>, StorageError> {
        let limit = if page.limit == 0 { 60 } else { page.limit.min(LARGEST_PAGE) };
        let after = page.after.as_ref().map(|token| URL_SAFE_NO_PAD.decode(token).map(Key::from_bytes));
        let after = after.transpose().map_err(StorageError::corrupt)?;
        let found = history_onward(&self.0, &tenant(pool), since.epoch_millis(), after, limit).await?;
        let last = found.last().filter(|_| found.len() == limit);
        let next = last.map(|(key, _)| URL_SAFE_NO_PAD.encode(key.as_bytes()));
        let items = found.into_iter().filter_map(|(_, past)| change(&past).transpose()).collect::<Result<_, _>>()?;
        Ok(Page { items, next })
    }

    async fn standing(&self, pool: &UserPoolId, subs: &[&Subject]) -> Result<Vec<Standing>, StorageError> {
        let tenant = tenant(pool);
        let keys = |sub: &&Subject| {
            let id = [sub.as_str()];
            [
                tenant.record::<User>(&id),
                tenant.record::<StoredPassword>(&id),
                tenant.record::<UserPasskeys>(&id),
                tenant.record::<StoredSecondFactors>(&id),
            ]
        };
        let keys: Vec<Key> = subs.iter().flat_map(keys).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = self.0.get_many(&keys).await?.into_iter();
        let mut standing = Vec::with_capacity(subs.len());
        for _ in subs {
            let mut next = || found.next().flatten();
            let (user, password, passkeys, factors) = (next(), next(), next(), next());
            let factors: Option<Versioned<StoredSecondFactors>> = factors.map(Versioned::of).transpose()?;
            let password: Option<Versioned<StoredPassword>> = password.map(Versioned::of).transpose()?;
            standing.push(Standing {
                user: user.map(Versioned::of).transpose()?,
                password: password.map(|found| found.map(|stored| stored.credential)),
                passkeys: passkeys.map(Versioned::of).transpose()?,
                factors: factors.map(|found| found.map(|stored| stored.factors)),
            });
        }
        Ok(standing)
    }

    async fn restoration(
        &self,
        pool: &UserPoolId,
        id: &RestorationId,
    ) -> Result<Option<Versioned<Restoration>>, StorageError> {
        self.0.record(&tenant(pool), &[id.as_str()]).await
    }

    async fn restorations(
        &self,
        pool: &UserPoolId,
        page: &PageRequest,
    ) -> Result<Page<Versioned<Restoration>>, StorageError> {
        self.0.list(&tenant(pool), page).await
    }

    async fn plans(
        &self,
        pool: &UserPoolId,
        restoration: &RestorationId,
        page: &PageRequest,
    ) -> Result<Page<Plan>, StorageError> {
        let found = self.0.list_below::<StoredPlan>(&tenant(pool), &[restoration.as_str()], page).await?;
        Ok(found.map(|found| found.record.plan))
    }

    async fn plans_about(
        &self,
        pool: &UserPoolId,
        restoration: &RestorationId,
        keys: &[PlanKey],
    ) -> Result<Vec<Plan>, StorageError> {
        let tenant = tenant(pool);
        let key = |about: &PlanKey| {
            let (kind, about) = plan_id(about);
            tenant.record::<StoredPlan>(&[restoration.as_str(), kind, &about])
        };
        let found = self.0.records::<StoredPlan>(&keys.iter().map(key).collect::<Vec<_>>()).await?;
        Ok(found.into_iter().map(|found| found.record.plan).collect())
    }
}

/// What stood before a change of a kind that is restored; `None` of others.
fn change(past: &document_store::Past) -> Result<Option<PastChange>, StorageError> {
    let Some(id) = past.id.first() else { return Ok(None) };
    let sub = || id.parse().map_err(StorageError::corrupt);
    let before = match past.kind.as_str() {
        User::KIND => Past::User(sub()?, past.before()?.map(|found| found.record)),
        StoredPassword::KIND => {
            Past::Password(sub()?, past.before::<StoredPassword>()?.map(|found| found.record.credential))
        }
        StoredSecondFactors::KIND => {
            Past::Factors(sub()?, past.before::<StoredSecondFactors>()?.map(|found| found.record.factors))
        }
        UserPasskeys::KIND => Past::Passkeys(sub()?, past.before()?.map(|found| found.record)),
        Group::KIND => {
            Past::Group(id.parse().map_err(StorageError::corrupt)?, past.before()?.map(|found| found.record))
        }
        _ => return Ok(None),
    };
    Ok(Some(PastChange { at: Timestamp::from_epoch_millis(past.at_millis), before }))
}

/// The changes that one write comes to.
pub(super) fn add(changes: &mut Changes, write: &RestorationWrite) -> Result<(), StorageError> {
    match write {
        RestorationWrite::Insert { restoration } => changes.insert(&tenant(&restoration.pool), restoration),
        RestorationWrite::Update { before, after } => changes.update(&tenant(&after.pool), before, after),
        RestorationWrite::PutPlan { plan } => changes.put(&tenant(&plan.pool), &StoredPlan::from(plan.clone())),
        RestorationWrite::RemovePlan { pool, restoration, about } => {
            let (kind, about) = plan_id(about);
            changes.clear::<StoredPlan>(&tenant(pool), &[restoration.as_str(), kind, &about]);
            Ok(())
        }
    }
}
