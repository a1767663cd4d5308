//! Identities: found, made, seen, removed.

use std::collections::BTreeSet;

use document_store::page::{Page, PageRequest};

use crate::error::Error;
use crate::model::identity::Identity;
use crate::model::ids::{IdentityId, IdentityPoolId};
use crate::ops::linking::logins_of;
use crate::ops::logins::Logins;
use crate::ports::{Action, Details, Outcome};
use crate::reasons::Refusal;
use crate::service::IdentityPools;
use crate::storage::IdentityWrite;

/// Which identities of a pool are listed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Listed {
    /// All of them.
    #[default]
    All,
    /// All but those that were merged into others.
    WithoutDisabled,
}

impl IdentityPools {
    /// The identity of these logins, made if there is none; without logins, a new guest.
    ///
    /// Logins that lead nowhere yet are linked to the identity of those that do; identities to which several lead are merged.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::NotAuthorized`] if a login does not hold or the pool takes no guests;
    /// [`Error::ResourceConflict`] if the logins cannot be one identity's; [`Error::InvalidParameter`] for users of the
    /// developer provider, and more logins than one identity has.
    pub async fn get_id(&self, pool: &IdentityPoolId, logins: &Logins) -> Result<IdentityId, Error> {
        let mut details =
            Details { pool: Some(pool.clone()), providers: logins.keys().cloned().collect(), ..Details::default() };
        let found = self.find_or_make(pool, logins, &mut details).await;
        details.identity = found.as_ref().ok().cloned();
        self.record(Action::GetId, details, Outcome::of(&found)).await;
        found
    }

    async fn find_or_make(
        &self,
        pool: &IdentityPoolId,
        logins: &Logins,
        details: &mut Details,
    ) -> Result<IdentityId, Error> {
        let pool = self.pool(pool).await?.record;
        if logins.is_empty() {
            if !pool.settings.allow_guests {
                return Err(Refusal::GuestsNotAllowed.into());
            }
            let guest = self.new_identity(&pool, BTreeSet::new())?;
            self.storage.commit(vec![IdentityWrite::Insert { identity: guest.clone() }.into()]).await?;
            return Ok(guest.id);
        }
        let verified = self.verify_logins(&pool, logins).await?;
        Ok(self.join(&pool, None, &logins_of(&verified), details).await?.id)
    }

    /// The identity of this id: for administrators.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn describe_identity(&self, id: &IdentityId) -> Result<Identity, Error> {
        Ok(self.identity(id).await?.record)
    }

    /// A pool's identities by id; 60 a page at most, and fewer where some are left out.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn list_identities(
        &self,
        pool: &IdentityPoolId,
        listed: Listed,
        page: PageRequest,
    ) -> Result<Page<Identity>, Error> {
        self.pool(pool).await?;
        let page = PageRequest { limit: page.limit.min(60), ..page };
        let mut found = self.storage.identities().list(pool, &page).await?.map(|identity| identity.record);
        if listed == Listed::WithoutDisabled {
            found.items.retain(|identity| !identity.is_disabled());
        }
        Ok(found)
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
