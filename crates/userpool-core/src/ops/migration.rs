//! Users whom another directory knows, taken over at their first sign-in here.

use document_store::Versioned;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::attributes::Attributes;
use crate::model::client::AppClient;
use crate::model::password::LONGEST_PASSWORD;
use crate::model::pool::UserPool;
use crate::model::user::{User, UserStatus};
use crate::ops::attributes::{self, Author};
use crate::ops::taken::name_taken;
use crate::ports::{MigratedUser, Migration};
use crate::reasons::{NameKind, Trigger};
use crate::service::UserPools;
use crate::storage::{UserAndPassword, UserWrite, Write};

impl UserPools {
    /// Takes over whoever has this name and password in another directory. `None` if nobody has, or somebody has the name
    /// here by now.
    ///
    /// The pool's demands on passwords are not made: it is the password that they have. The sign-in goes on as if they had
    /// been here before, through every check.
    pub(crate) async fn migrate(
        &self,
        pool: &UserPool,
        client: &AppClient,
        username: &str,
        password: &SecretString,
    ) -> Result<Option<UserAndPassword>, Error> {
        if password.expose().chars().count() > LONGEST_PASSWORD {
            return Ok(None);
        }
        let about = Migration { username, password: Some(password) };
        let Some(found) = self.ask_migration(pool, client, &about).await? else { return Ok(None) };
        match self.take_over(pool, username, found, Some(password)).await {
            // Another sign-in was faster: the password is judged as anybody's.
            Ok(()) | Err(Error::UsernameExists(NameKind::Username)) => {
                self.find_user_and_password(pool, username).await
            }
            Err(error @ (Error::UsernameExists(_) | Error::AliasExists(_))) => Err(unusable(error)),
            Err(error) => Err(error),
        }
    }

    /// Takes over whoever has this name in another directory and has lost the password.
    pub(crate) async fn migrate_forgetful(
        &self,
        pool: &UserPool,
        client: &AppClient,
        username: &str,
    ) -> Result<Option<Versioned<User>>, Error> {
        let about = Migration { username, password: None };
        let Some(found) = self.ask_migration(pool, client, &about).await? else { return Ok(None) };
        match self.take_over(pool, username, found, None).await {
            Ok(()) | Err(Error::UsernameExists(NameKind::Username)) => self.find_user(pool, username).await,
            Err(error @ (Error::UsernameExists(_) | Error::AliasExists(_))) => Err(unusable(error)),
            Err(error) => Err(error),
        }
    }

    /// Makes the user that another directory told of.
    pub(crate) async fn take_over(
        &self,
        pool: &UserPool,
        username: &str,
        found: MigratedUser,
        password: Option<&SecretString>,
    ) -> Result<(), Error> {
        let MigratedUser { attributes: given, confirmed, force_alias } = found;
        let given = own_attributes(pool, username, given)?;
        attributes::check(pool, Author::Administrator, &given).map_err(unusable)?;
        let status = if confirmed { UserStatus::Confirmed } else { UserStatus::ResetRequired };
        let user = self.new_user(pool, username, given, status).map_err(unusable)?;
        let mut writes: Vec<Write> = Vec::new();
        if force_alias {
            writes.extend(self.take_aliases(pool, &user).await?);
        }
        writes.push(UserWrite::Insert { user: user.clone() }.into());
        if let Some(password) = password {
            writes.push(self.new_password(pool, &user, password, None).await?.into());
        }
        self.storage.commit(writes).await.map_err(|error| name_taken(pool, error))
    }
}

/// The attributes without the name, which must be the one that was typed.
fn own_attributes(pool: &UserPool, username: &str, mut given: Attributes) -> Result<Attributes, Error> {
    match given.remove("username") {
        Some(other) if pool.fold(&other) != pool.fold(username) => {
            let other = "the answer is of somebody with another name";
            Err(Error::HookInvalid(Trigger::UserMigration, other.into()))
        }
        _ => Ok(given),
    }
}

fn unusable(error: Error) -> Error {
    Error::HookInvalid(Trigger::UserMigration, Box::new(error))
}
