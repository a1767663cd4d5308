//! The step in which a temporary password gives way to one of the user's own.

use document_store::Versioned;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::attributes::Attributes;
use crate::model::ceremony::{Ceremony, Challenge, Evidence};
use crate::model::client::AppClient;
use crate::model::pool::UserPool;
use crate::model::risk::CredentialEvent;
use crate::model::user::{User, UserStatus};
use crate::ops::address_guard::{keep_second_factor, keep_sign_in_address};
use crate::ops::attributes::{self, Author};
use crate::ops::case::Case;
use crate::ops::ceremonies::{spend, stopped};
use crate::ops::device_cap::forget_devices;
use crate::ops::outcome::{AuthOutcome, Caller};
use crate::reasons::{Invalid, Refusal};
use crate::service::UserPools;
use crate::storage::UserWrite;

impl UserPools {
    pub(crate) async fn choose_password(
        &self,
        case: &mut Case,
        (pool, client, caller): (&UserPool, &AppClient, &Caller),
        username: &str,
        ceremony: Ceremony,
        (password, given): (&SecretString, Attributes),
    ) -> Result<AuthOutcome, Error> {
        let challenge = Challenge::NewPassword {};
        ceremony.check(pool, client, self.now()).map_err(|stop| stopped(&challenge, stop))?;
        let found = self.storage.passwords().with_user(&pool.id, &ceremony.user).await?;
        let (user, kept) = found.ok_or(Refusal::SessionInvalid)?;
        case.user = Some(user.sub.clone());
        if !self.is_named(pool, &user, username).await? {
            return Err(Refusal::SessionInvalid.into());
        }
        self.check_attempts(pool, caller, &user).await?;
        let spend = spend(&ceremony);
        let found = (Some(user), kept);
        let mut attempt = self.attempt((pool, client, caller), username, found).await?;
        let step = self.advance(&attempt, ceremony, Evidence::NewPassword);
        let step = step.map_err(|stop| stopped(&challenge, stop))?;
        let Some(user) = attempt.user else { return Err(Refusal::SessionInvalid.into()) };
        self.check_replacement(pool, &user, attempt.password.as_deref(), password).await?;
        let event = CredentialEvent::PasswordChange;
        self.check_not_compromised(case, (pool, Some(client)), event, password).await?;
        attributes::check(pool, Author::User(client), &given)?;
        let after = self.confirmed_with(pool, &user, given)?;
        keep_sign_in_address(pool, (&user, &after))?;
        keep_second_factor(pool, attempt.second.as_deref(), (&user, &after))?;
        let write = self.replacing_password(pool, &after, attempt.password.as_deref(), password, None).await?;
        let chosen = write.credential().cloned().map(|chosen| Versioned::new(chosen, 1));
        let update = UserWrite::Update { before: user.clone(), after: after.clone() };
        let mut writes = vec![spend, update.into(), write.into()];
        writes.extend(forget_devices(pool, &user.sub));
        attempt.user = Some(user.written(after));
        attempt.password = chosen;
        self.go_on(&attempt, step, writes).await
    }

    /// The user with these attributes, and done with what a temporary password asks for.
    fn confirmed_with(&self, pool: &UserPool, before: &User, given: Attributes) -> Result<User, Error> {
        let mut after = before.clone();
        attributes::apply(pool, &mut after, given)?;
        if let Some(name) = attributes::missing(pool, &after.attributes).next() {
            return Err(Invalid::AttributeMissing(name.to_owned()).into());
        }
        after.status = UserStatus::Confirmed;
        after.refresh_names(pool);
        after.modified_at = self.now();
        Ok(after)
    }
}
