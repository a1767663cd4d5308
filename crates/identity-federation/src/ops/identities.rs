//! Identities: found, made, linked, seen, removed.

use std::collections::BTreeSet;

use document_store::Versioned;
use document_store::error::StorageErrorKind;
use document_store::page::{Page, PageRequest};

use crate::error::Error;
use crate::model::identity::{Identity, Login, MOST_LOGINS};
use crate::model::ids::{IdentityId, IdentityPoolId};
use crate::model::pool::IdentityPool;
use crate::ops::logins::{Logins, Verified};
use crate::ports::{Action, Details, Outcome};
use crate::reasons::{Invalid, Kind, LoginConflict, Refusal};
use crate::service::IdentityPools;
use crate::storage::IdentityWrite;

/// Who a caller is, after every check.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) pool: IdentityPool,
    pub(crate) identity: Identity,
    pub(crate) logins: Vec<Verified>,
}

impl IdentityPools {
    /// The identity of these logins, made if there is none; without logins, a new guest.
    ///
    /// Logins that lead nowhere yet are linked to the identity of those that do.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::NotAuthorized`] if a login does not hold or the pool takes no guests;
    /// [`Error::ResourceConflict`] if logins lead to different identities.
    pub async fn get_id(&self, pool: &IdentityPoolId, logins: &Logins) -> Result<IdentityId, Error> {
        let found = self.find_or_make(pool, logins).await;
        let details = Details {
            pool: Some(pool.clone()),
            identity: found.as_ref().ok().cloned(),
            providers: logins.keys().cloned().collect(),
            ..Details::default()
        };
        self.record(Action::GetId, details, Outcome::of(&found)).await;
        found
    }

    async fn find_or_make(&self, pool: &IdentityPoolId, logins: &Logins) -> Result<IdentityId, Error> {
        let pool = self.pool(pool).await?.record;
        if logins.is_empty() {
            if !pool.settings.allow_guests {
                return Err(Refusal::GuestsNotAllowed.into());
            }
            return Ok(self.insert(&pool, BTreeSet::new()).await?.id);
        }
        let verified = self.verify_logins(&pool, logins).await?;
        let wanted: BTreeSet<Login> = verified.iter().map(Verified::login).collect();
        // A second round finds what another call has made meanwhile.
        for _ in 0..3 {
            let outcome = match self.owner(&pool.id, &wanted).await? {
                Some(identity) => self.link(identity, &wanted).await,
                None => self.insert(&pool, wanted.clone()).await,
            };
            match outcome {
                Ok(identity) => return Ok(identity.id),
                Err(Error::Concurrent) => {}
                Err(Error::Storage(error)) if error.kind() == StorageErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::Concurrent)
    }

    async fn insert(&self, pool: &IdentityPool, logins: BTreeSet<Login>) -> Result<Identity, Error> {
        let now = self.now();
        let id = self.new_identity_id(&pool.id)?;
        let identity = Identity { id, pool: pool.id.clone(), logins, created_at: now, modified_at: now };
        self.storage.commit(vec![IdentityWrite::Insert { identity: identity.clone() }.into()]).await?;
        Ok(identity)
    }

    /// The identity to which these logins lead, if any does.
    async fn owner(
        &self,
        pool: &IdentityPoolId,
        logins: &BTreeSet<Login>,
    ) -> Result<Option<Versioned<Identity>>, Error> {
        let logins: Vec<&Login> = logins.iter().collect();
        let mut owners = self.storage.identities().of_logins(pool, &logins).await?;
        let owner = owners.pop();
        if !owners.is_empty() {
            return Err(LoginConflict::DifferentIdentities.into());
        }
        Ok(owner)
    }

    /// Links what is not linked yet; of one provider there is one login at most.
    async fn link(&self, before: Versioned<Identity>, wanted: &BTreeSet<Login>) -> Result<Identity, Error> {
        let fresh: BTreeSet<Login> = wanted.difference(&before.logins).cloned().collect();
        if fresh.is_empty() {
            return Ok(before.record);
        }
        let taken = |login: &Login| before.logins.iter().any(|own| own.provider == login.provider);
        if fresh.iter().any(taken) {
            return Err(LoginConflict::LinkedElsewhere.into());
        }
        let mut after = before.record.clone();
        after.logins.extend(fresh);
        if after.logins.len() > MOST_LOGINS {
            return Err(Invalid::TooManyLinkedLogins(MOST_LOGINS).into());
        }
        after.modified_at = self.now();
        self.storage.commit(vec![IdentityWrite::Update { before, after: after.clone() }.into()]).await?;
        Ok(after)
    }

    /// Who the caller is that names this identity and shows these logins. All or nothing: a login that does not hold
    /// changes nothing.
    pub(crate) async fn resolve(&self, id: &IdentityId, logins: &Logins) -> Result<Resolved, Error> {
        let identity = self.identity(id).await?;
        let pool = self.pool(&identity.pool).await?.record;
        if logins.is_empty() {
            if !identity.logins.is_empty() {
                return Err(Refusal::IdentityNotYours(id.clone()).into());
            }
            if !pool.settings.allow_guests {
                return Err(Refusal::GuestsNotAllowed.into());
            }
            return Ok(Resolved { pool, identity: identity.record, logins: Vec::new() });
        }
        let verified = self.verify_logins(&pool, logins).await?;
        let wanted: BTreeSet<Login> = verified.iter().map(Verified::login).collect();
        // What stands in the identity leads to it.
        let fresh: BTreeSet<Login> = wanted.difference(&identity.logins).cloned().collect();
        let is_known = fresh.len() < wanted.len();
        if self.owner(&pool.id, &fresh).await?.is_some() {
            let conflict = if is_known { LoginConflict::DifferentIdentities } else { LoginConflict::LinkedElsewhere };
            return Err(conflict.into());
        }
        if !is_known && !identity.logins.is_empty() {
            return Err(Refusal::LoginsNotOfIdentity.into());
        }
        let identity = self.link(identity, &wanted).await.map_err(|error| match error {
            Error::Storage(error) if error.kind() == StorageErrorKind::AlreadyExists => {
                LoginConflict::LinkedElsewhere.into()
            }
            other => other,
        })?;
        Ok(Resolved { pool, identity, logins: verified })
    }

    async fn identity(&self, id: &IdentityId) -> Result<Versioned<Identity>, Error> {
        let found = self.storage.identities().get(id).await?;
        found.ok_or_else(|| Error::NotFound(Kind::Identity(id.clone())))
    }

    /// The identity of this id: for administrators.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn describe_identity(&self, id: &IdentityId) -> Result<Identity, Error> {
        Ok(self.identity(id).await?.record)
    }

    /// A pool's identities by id; 60 a page at most.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn list_identities(&self, pool: &IdentityPoolId, page: PageRequest) -> Result<Page<Identity>, Error> {
        self.pool(pool).await?;
        let page = PageRequest { limit: page.limit.min(60), ..page };
        Ok(self.storage.identities().list(pool, &page).await?.map(|identity| identity.record))
    }

    /// Removes identities; ids of nobody are passed over. Returns those that could not be removed.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone, if looking them up failed.
    pub async fn delete_identities(&self, ids: &[IdentityId]) -> Result<Vec<IdentityId>, Error> {
        let mut left = Vec::new();
        for id in ids {
            let Some(identity) = self.storage.identities().get(id).await? else { continue };
            let pool = Some(identity.pool.clone());
            let commit = self.storage.commit(vec![IdentityWrite::Delete { before: identity }.into()]).await;
            let removed = commit.map_err(Error::from);
            let details = Details { pool, identity: Some(id.clone()), ..Details::default() };
            self.record(Action::DeleteIdentity, details, Outcome::of(&removed)).await;
            if removed.is_err() {
                left.push(id.clone());
            }
        }
        Ok(left)
    }
}
