//! The step in which a temporary password gives way to one of the user's own.

use document_store::Versioned;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::attributes::Attributes;
use crate::model::ceremony::{Ceremony, Challenge, Evidence};
use crate::model::client::AppClient;
use crate::model::pool::UserPool;
use crate::model::user::{User, UserStatus};
use crate::ops::attributes::{self, Author};
use crate::ops::case::Case;
use crate::ops::ceremonies::stopped;
use crate::ops::sign_in::AuthOutcome;
use crate::reasons::{Invalid, Refusal};
use crate::service::UserPools;
use crate::storage::Write;

impl UserPools {
    pub(crate) async fn choose_password(
        &self,
        case: &mut Case,
        (pool, client): (&UserPool, &AppClient),
        username: &str,
        ceremony: Ceremony,
        (password, given): (&SecretString, Attributes),
    ) -> Result<AuthOutcome, Error> {
        let challenge = Challenge::NewPassword {};
        ceremony.check(pool, client, self.now()).map_err(|stop| stopped(&challenge, stop))?;
        let user = self.storage.user(&pool.id, &ceremony.user).await?.ok_or(Refusal::SessionInvalid)?;
        case.user = Some(user.sub.clone());
        if !self.is_named(pool, &user, username).await? {
            return Err(Refusal::SessionInvalid.into());
        }
        let spend = Write::SpendChallenge(pool.id.clone(), ceremony.id.clone(), ceremony.expires_at);
        let kept = self.password_of(Some(&user)).await?;
        let step = self.advance(ceremony, Evidence::NewPassword, (pool, client), Some(&user), kept.as_ref());
        let step = step.map_err(|stop| stopped(&challenge, stop))?;
        self.check_replacement(pool, &user, password).await?;
        attributes::check(pool, Author::User(client), &given)?;
        let after = self.with_new_password(pool, &user, password, given).await?;
        let writes = vec![spend, Write::UpdateUser(user.clone(), after.clone())];
        let user = Versioned::new(after, user.version + 1);
        self.go_on((pool, client), &user, step, writes).await
    }

    async fn with_new_password(
        &self,
        pool: &UserPool,
        before: &User,
        password: &SecretString,
        given: Attributes,
    ) -> Result<User, Error> {
        let mut after = before.clone();
        attributes::apply(pool, &mut after, given)?;
        if let Some(name) = attributes::missing(pool, &after.attributes).next() {
            return Err(Invalid::AttributeMissing(name.to_owned()).into());
        }
        after.credential = Some(self.credential(pool, &before.username, &before.sub, password, None).await?);
        after.status = UserStatus::Confirmed;
        after.refresh_names(pool);
        after.modified_at = self.now();
        Ok(after)
    }
}
