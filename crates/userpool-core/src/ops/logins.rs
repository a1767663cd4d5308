//! Which logins at outside providers lead to which users.

use document_store::Versioned;
use document_store::error::{StorageError, StorageErrorKind};

use crate::error::Error;
use crate::model::identity_provider::{IdentityProvider, ProviderName};
use crate::model::ids::UserPoolId;
use crate::model::login::{BY_SUBJECT, LONGEST_LOGIN, Login, LoginKey, MOST_LOGINS};
use crate::model::pool::UserPool;
use crate::model::user::{User, UserStatus};
use crate::ops::device_cap::forget_devices;
use crate::reasons::{Invalid, Quota};
use crate::service::UserPools;
use crate::storage::{PasswordWrite, Write};

/// The user that a login shall lead to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LinkTo {
    /// One by name, as an administrator says it.
    User(String),
    /// One whom a login leads to already.
    Login(LoginKey),
}

impl UserPools {
    /// Lets a login lead to a user who is there: from its next sign-in on, whoever comes with it is that user. Whoever links by an
    /// attribute believes the provider what it says of that.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for the pool, the user or the provider; [`Error::InvalidParameter`] if the login leads somewhere
    /// already, or is known by an attribute that the provider's mapping does not fill; [`Error::CountExceeded`] for more than
    /// five; [`Error::Concurrent`].
    pub async fn admin_link_provider_for_user(
        &self,
        pool: &UserPoolId,
        destination: &LinkTo,
        login: LoginKey,
    ) -> Result<User, Error> {
        let pool = self.pool(pool).await?;
        let provider = self.provider_of(&pool.id, &login.provider).await?;
        check_key(&provider, &login)?;
        let user = self.linked_to(&pool, destination).await?;
        if let Some(other) = self.storage.users().of_login(&pool.id, &login).await? {
            return Err(if other.sub == user.sub { Invalid::LoginLinked } else { Invalid::LoginOfAnother }.into());
        }
        let login = Login {
            key: login,
            kind: provider.kind,
            issuer: provider.details.get("oidc_issuer").filter(|_| !provider.kind.is_social()).cloned(),
            primary: false,
            created_at: self.now(),
        };
        let change = |user: &mut User| {
            if user.logins.iter().filter(|login| !login.primary).count() >= MOST_LOGINS {
                return Err(Quota::Logins.into());
            }
            user.logins.push(login.clone());
            Ok(())
        };
        self.change_user_with(&pool, user.sub.as_str(), change, &[]).await.map_err(login_taken)
    }

    /// Lets a login lead nowhere any more: whoever comes with it next is somebody new. The sessions that it began end.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Concurrent`].
    pub async fn admin_unlink_provider_for_user(&self, pool: &UserPoolId, login: &LoginKey) -> Result<User, Error> {
        let pool = self.pool(pool).await?;
        let found = self.storage.users().of_login(&pool.id, login).await?.ok_or_else(Error::no_user)?;
        let change = |user: &mut User| {
            user.logins.retain(|own| own.key != *login);
            user.epoch += 1;
            Ok(())
        };
        self.change_user_with(&pool, found.sub.as_str(), change, &[]).await
    }

    /// Takes the password from a user, who signs in through outside providers from now on.
    /// [`admin_set_user_password`](Self::admin_set_user_password) gives one back.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Concurrent`].
    pub async fn admin_disable_password(&self, pool: &UserPoolId, username: &str) -> Result<User, Error> {
        let pool = self.pool(pool).await?;
        let named = self.named_user(&pool, username).await?;
        let mut writes: Vec<Write> =
            vec![PasswordWrite::Delete { pool: pool.id.clone(), sub: named.sub.clone() }.into()];
        writes.extend(forget_devices(&pool, &named.sub));
        let change = |user: &mut User| {
            user.status = UserStatus::ExternalProvider;
            user.epoch += 1;
            user.refresh_names(&pool);
            Ok(())
        };
        self.change_user_with(&pool, named.sub.as_str(), change, &writes).await
    }

    async fn linked_to(&self, pool: &UserPool, destination: &LinkTo) -> Result<Versioned<User>, Error> {
        match destination {
            LinkTo::User(name) => self.named_user(pool, name).await,
            LinkTo::Login(login) => self.storage.users().of_login(&pool.id, login).await?.ok_or_else(Error::no_user),
        }
    }

    pub(crate) async fn provider_of(&self, pool: &UserPoolId, name: &ProviderName) -> Result<IdentityProvider, Error> {
        let found = self.storage.identity_providers().get(pool, name).await?;
        Ok(found.ok_or_else(|| Invalid::ProviderUnknown(name.to_string(), pool.clone()))?.record)
    }
}

/// What a login can be known by: social ones by who they are, the others also by what the mapping fills.
fn check_key(provider: &IdentityProvider, login: &LoginKey) -> Result<(), Invalid> {
    let is_mapped = !provider.kind.is_social() && provider.mapping.contains_key(&login.by);
    if login.by != BY_SUBJECT && !is_mapped {
        return Err(Invalid::LoginBy(login.by.clone()));
    }
    if (1..=LONGEST_LOGIN).contains(&login.value.chars().count()) { Ok(()) } else { Err(Invalid::LoginValue) }
}

/// A login that somebody else was linked to at the same moment.
fn login_taken(error: Error) -> Error {
    match error {
        Error::Storage(refused) if is_of_login(&refused) => Invalid::LoginOfAnother.into(),
        other => other,
    }
}

fn is_of_login(refused: &StorageError) -> bool {
    refused.kind() == StorageErrorKind::AlreadyExists && refused.condition() == Some("login")
}
