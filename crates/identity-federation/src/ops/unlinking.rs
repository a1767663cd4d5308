//! Logins are parted from their identity.

use std::collections::BTreeSet;

use document_store::Versioned;

use crate::error::Error;
use crate::model::identity::{Identity, Login};
use crate::model::ids::IdentityId;
use crate::model::pool::IdentityPool;
use crate::ops::linking::{TRIES, is_overtaken, logins_of};
use crate::ops::logins::Logins;
use crate::ports::{Action, Details, Outcome};
use crate::reasons::{Invalid, Refusal};
use crate::service::IdentityPools;
use crate::storage::IdentityWrite;

impl IdentityPools {
    /// Parts logins from an identity, by the names of their providers; the caller shows at least one login of it, and none that
    /// is not. What was parted is a new identity when next seen. An identity without any login left is nobody's, and no guest.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::NotAuthorized`] if a login does not hold or is not the identity's;
    /// [`Error::InvalidParameter`] if the identity has no login of a provider, or it is the developer provider, whose users the
    /// operator alone parts; [`Error::ExternalService`].
    pub async fn unlink_identity(
        &self,
        identity: &IdentityId,
        logins: &Logins,
        providers: &[String],
    ) -> Result<(), Error> {
        let mut details = Details {
            identity: Some(identity.clone()),
            providers: logins.keys().cloned().collect(),
            linked: providers.to_vec(),
            ..Details::default()
        };
        let parted = self.unlink(identity, logins, providers, &mut details).await;
        self.record(Action::UnlinkIdentity, details, Outcome::of(&parted)).await;
        parted
    }

    async fn unlink(
        &self,
        id: &IdentityId,
        logins: &Logins,
        providers: &[String],
        details: &mut Details,
    ) -> Result<(), Error> {
        let mut identity = self.identity(id).await?;
        let pool = self.pool(&identity.pool).await?.record;
        details.pool = Some(pool.id.clone());
        let shown = logins_of(&self.verify_logins(&pool, logins).await?);
        for _ in 0..TRIES {
            if shown.is_empty() || !shown.is_subset(&identity.logins) {
                return Err(Refusal::LoginsNotOfIdentity.into());
            }
            let gone = self.providers_to_part(&pool, &identity, providers)?;
            match self.part(identity, |login| gone.contains(&login.provider)).await {
                Err(error) if is_overtaken(&error) => identity = self.identity(id).await?,
                outcome => return outcome,
            }
        }
        Err(Error::Concurrent)
    }

    /// The providers under the names that the identity's logins have.
    fn providers_to_part(
        &self,
        pool: &IdentityPool,
        identity: &Identity,
        providers: &[String],
    ) -> Result<BTreeSet<String>, Error> {
        let own = |name: &String| {
            if pool.settings.developer_provider.as_ref() == Some(name) {
                return Err(Invalid::DeveloperLoginStays.into());
            }
            let configured = self.configured_name(pool, name);
            let linked =
                [name.as_str(), configured].into_iter().find(|name| identity.subjects_of(name).next().is_some());
            linked.map(str::to_owned).ok_or_else(|| Invalid::NotLinked(name.clone()).into())
        };
        providers.iter().map(own).collect()
    }

    /// Parts the logins for which `gone` holds from their identity.
    pub(crate) async fn part(
        &self,
        before: Versioned<Identity>,
        gone: impl Fn(&Login) -> bool + Send,
    ) -> Result<(), Error> {
        let mut after = before.record.clone();
        after.logins.retain(|login| !gone(login));
        if after.logins == before.logins {
            return Ok(());
        }
        after.modified_at = self.now();
        Ok(self.storage.commit(vec![IdentityWrite::Update { before, after }.into()]).await?)
    }
}
