//! Users, as administrators see and change them.

use document_store::Versioned;
use document_store::error::StorageError;
use identity_kernel::entropy;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::attributes::Attributes;
use crate::model::delivery;
use crate::model::ids::UserPoolId;
use crate::model::notices::Notice;
use crate::model::password::PasswordPolicy;
use crate::model::pool::{Contact, UserPool};
use crate::model::user::{User, UserStatus};
use crate::ops::attributes::{self, Author};
use crate::ops::device_cap::forget_devices;
use crate::ops::messages::Letter;
use crate::ops::removal::removal_of;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::ops::taken::name_taken;
use crate::ops::taken::taken_alias;
use crate::ports::{Action, MessageReason, SignUpSource};
use crate::reasons::Invalid;
use crate::service::UserPools;
use crate::storage::{UserWrite, Write};

/// What is told to a user whom an administrator made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Invitation {
    /// The name and temporary password are sent.
    Send,
    /// They are sent again to a user who is there already, with a new password that lives anew.
    Resend,
    /// Nothing.
    Suppress,
}

/// An administrator makes a user.
#[derive(Clone, Debug)]
pub struct AdminCreateUser {
    /// The pool that it belongs to.
    pub pool: UserPoolId,
    /// The name, or, where pools ask for it, an address.
    pub username: String,
    /// What is known, verified flags included.
    pub attributes: Attributes,
    /// The password for the first sign-in; `None` makes one.
    pub temporary_password: Option<SecretString>,
    /// What the user is told.
    pub invitation: Invitation,
    /// By what; empty for whatever address the user has.
    pub mediums: Vec<Contact>,
}

impl AdminCreateUser {
    /// A user with a password of the service's making, which is sent to whatever address the user has.
    pub fn new(pool: UserPoolId, username: impl Into<String>) -> Self {
        Self {
            pool,
            username: username.into(),
            attributes: Attributes::new(),
            temporary_password: None,
            invitation: Invitation::Send,
            mediums: Vec::new(),
        }
    }

    /// The same with one more attribute.
    #[must_use]
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }
}

impl UserPools {
    /// Makes a user who must choose a new password at the first sign-in.
    ///
    /// # Errors
    ///
    /// [`Error::UsernameExists`], also when two calls race for a name; [`Error::AliasExists`] if a verified address
    /// leads to another user; [`Error::InvalidPassword`] and [`Error::InvalidParameter`] for what the pool does not
    /// allow, or a medium the user has no address for; [`Error::NotFound`] and [`Error::UnsupportedUserState`]
    /// when an invitation shall be sent again to nobody, or to somebody who has a password of their own.
    pub async fn admin_create_user(&self, request: AdminCreateUser) -> Result<User, Error> {
        let (pool, username) = (request.pool.clone(), request.username.clone());
        self.by_administrator(Action::CreateUser, (&pool, &username), self.make_user(request)).await
    }

    async fn make_user(&self, request: AdminCreateUser) -> Result<User, Error> {
        let pool = self.pool(&request.pool).await?;
        attributes::check(&pool, Author::Administrator, &request.attributes)?;
        let password = match request.temporary_password.clone() {
            Some(password) => password,
            None => self.temporary_password(pool.settings.password_policy),
        };
        if request.invitation == Invitation::Resend {
            return self.invite_again(&pool, &request, password).await;
        }
        let status = UserStatus::ForceChangePassword;
        let mut user = self.new_user(&pool, &request.username, request.attributes.clone(), status)?;
        keep_to_what_was_said(&mut user, &request.attributes);
        Self::check_password(&pool, &user, &password)?;
        self.check_name_is_free(&pool, &user).await?;
        let recipient = recipient(&user, &request)?;
        self.pre_sign_up(&pool, None, &user, SignUpSource::AdminCreateUser).await?;
        let invited = recipient.as_ref().filter(|_| request.invitation == Invitation::Send);
        self.count_invitation(&pool, &user, invited).await?;
        let expires_at = self.now().plus_seconds(pool.settings.password_policy.temporary_days * 86400);
        let kept = self.new_password(&pool, &user, &password, Some(expires_at)).await?;
        let commit = self.storage.commit(vec![UserWrite::Insert { user: user.clone() }.into(), kept.into()]).await;
        commit.map_err(|error| name_taken(&pool, error))?;
        if request.invitation == Invitation::Send {
            self.invite(&pool, &user, recipient, password).await?;
        }
        Ok(user)
    }

    async fn invite_again(
        &self,
        pool: &UserPool,
        request: &AdminCreateUser,
        password: SecretString,
    ) -> Result<User, Error> {
        let before = self.named_user(pool, &request.username).await?;
        if before.status != UserStatus::ForceChangePassword {
            return Err(Error::UnsupportedUserState);
        }
        Self::check_password(pool, &before, &password)?;
        let recipient = recipient(&before, request)?;
        self.count_invitation(pool, &before, recipient.as_ref()).await?;
        let expires_at = self.now().plus_seconds(pool.settings.password_policy.temporary_days * 86400);
        let kept = self.new_password(pool, &before, &password, Some(expires_at)).await?;
        let waits = |user: &mut User| match user.status {
            UserStatus::ForceChangePassword => Ok(()),
            _ => Err(Error::UnsupportedUserState),
        };
        let after = self.change_user_with(pool, before.sub.as_str(), waits, &[kept.into()]).await?;
        self.invite(pool, &after, recipient, password).await?;
        Ok(after)
    }

    /// Counts an invitation before anything is done for it.
    async fn count_invitation(
        &self,
        pool: &UserPool,
        user: &User,
        recipient: Option<&(Contact, String)>,
    ) -> Result<(), Error> {
        match recipient {
            Some((contact, _)) => self.count_message(pool, &user.sub, *contact).await,
            None => Ok(()),
        }
    }

    async fn invite(
        &self,
        pool: &UserPool,
        user: &User,
        recipient: Option<(Contact, String)>,
        password: SecretString,
    ) -> Result<(), Error> {
        let Some((contact, address)) = recipient else { return Ok(()) };
        let reason = MessageReason::AdminCreateUser;
        self.send(Letter { pool, client: None, user, contact, address, reason, secret: password }).await?;
        Ok(())
    }

    /// The user to whom this name, alias or subject leads.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn admin_get_user(&self, pool: &UserPoolId, username: &str) -> Result<User, Error> {
        let pool = self.pool(pool).await?;
        Ok(self.named_user(&pool, username).await?.record)
    }

    /// Sets a user's password: for good, or as a temporary one that must be replaced at the next sign-in. Ends the
    /// user's sessions, unless the password is for good and the pool keeps them; failed tries are forgotten.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::InvalidPassword`], [`Error::PasswordHistory`].
    pub async fn admin_set_user_password(
        &self,
        pool: &UserPoolId,
        username: &str,
        password: &SecretString,
        lifetime: PasswordLifetime,
    ) -> Result<(), Error> {
        let work = self.set_password(pool, username, password, lifetime);
        self.by_administrator(Action::SetPassword, (pool, username), work).await.map(drop)
    }

    async fn set_password(
        &self,
        pool: &UserPoolId,
        username: &str,
        password: &SecretString,
        lifetime: PasswordLifetime,
    ) -> Result<User, Error> {
        let pool = self.pool(pool).await?;
        let named = self.named_user(&pool, username).await?;
        let before = self.storage.passwords().get(&pool.id, &named.sub).await?;
        self.check_new_password(&pool, &named, before.as_deref(), password).await?;
        let rules = pool.settings.account_rules;
        let (status, expires_at, ends_sessions) = match lifetime {
            PasswordLifetime::Permanent => (UserStatus::Confirmed, None, rules.new_password_ends_sessions),
            PasswordLifetime::Temporary => {
                let days = pool.settings.password_policy.temporary_days;
                (UserStatus::ForceChangePassword, Some(self.now().plus_seconds(days * 86400)), true)
            }
        };
        let kept = self.replacing_password(&pool, &named, before.as_deref(), password, expires_at).await?;
        let change = |user: &mut User| {
            user.status = status;
            user.epoch += u64::from(ends_sessions);
            user.refresh_names(&pool);
            Ok(())
        };
        let mut writes: Vec<Write> = vec![kept.into()];
        writes.extend(Self::forget_all_attempts(&pool.id, &named.sub));
        writes.extend(forget_devices(&pool, &named.sub));
        let after = self.change_user_with(&pool, named.sub.as_str(), change, &writes).await?;
        if before.is_some() {
            Box::pin(self.tell_user(&pool, None, &named, Notice::PasswordChanged)).await;
        }
        Ok(after)
    }

    /// Lets nothing of a user work any more, until enabled again; sessions are over for good.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn admin_disable_user(&self, pool: &UserPoolId, username: &str) -> Result<(), Error> {
        let change = |user: &mut User| {
            user.enabled = false;
            user.epoch += 1;
            Ok(())
        };
        let work = async { self.change_user(&*self.pool(pool).await?, username, change).await };
        self.by_administrator(Action::DisableUser, (pool, username), work).await.map(drop)
    }

    /// Lets a user sign in again.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn admin_enable_user(&self, pool: &UserPoolId, username: &str) -> Result<(), Error> {
        let change = |user: &mut User| {
            user.enabled = true;
            Ok(())
        };
        let work = async { self.change_user(&*self.pool(pool).await?, username, change).await };
        self.by_administrator(Action::EnableUser, (pool, username), work).await.map(drop)
    }

    /// Ends every session of a user: no refresh token and no access token counts any more at this API.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn admin_user_global_sign_out(&self, pool: &UserPoolId, username: &str) -> Result<(), Error> {
        let change = |user: &mut User| {
            user.epoch += 1;
            Ok(())
        };
        let work = async { self.change_user(&*self.pool(pool).await?, username, change).await };
        self.by_administrator(Action::SignOutEverywhere, (pool, username), work).await.map(drop)
    }

    /// Removes a user. The name is free again, the subject never is.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn admin_delete_user(&self, pool: &UserPoolId, username: &str) -> Result<(), Error> {
        let work = self.delete_named_user(pool, username);
        self.by_administrator(Action::DeleteUser, (pool, username), work).await.map(drop)
    }

    async fn delete_named_user(&self, pool: &UserPoolId, username: &str) -> Result<User, Error> {
        let pool = self.pool(pool).await?;
        for _ in 0..MOST_ROUNDS {
            let user = self.named_user(&pool, username).await?;
            let gone = user.record.clone();
            match self.remove_user(user).await {
                Err(error) if is_overtaken(&error) => {}
                Ok(()) => return Ok(gone),
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Concurrent)
    }

    /// Removes a user with everything that is the user's, and has the sessions removed in the background.
    pub(crate) async fn remove_user(&self, user: Versioned<User>) -> Result<(), StorageError> {
        let pool = user.pool.clone();
        let passkeys = self.storage.passkeys().of_user(&pool, &user.sub).await?;
        self.storage.commit(removal_of(user, passkeys)).await?;
        self.start_cleanups(&pool).await;
        Ok(())
    }

    /// Changes a user as an administrator does: changes that come between are waited for, so that nobody fends an
    /// administrator off. A change that changes nothing is not written.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::AliasExists`]; what `change` says.
    pub(crate) async fn change_user(
        &self,
        pool: &UserPool,
        username: &str,
        change: impl Fn(&mut User) -> Result<(), Error> + Send + Sync,
    ) -> Result<User, Error> {
        self.change_user_with(pool, username, change, &[]).await
    }

    pub(crate) async fn change_user_with(
        &self,
        pool: &UserPool,
        username: &str,
        change: impl Fn(&mut User) -> Result<(), Error> + Send + Sync,
        more: &[Write],
    ) -> Result<User, Error> {
        for _ in 0..MOST_ROUNDS {
            let before = self.named_user(pool, username).await?;
            let mut after = before.record.clone();
            change(&mut after)?;
            if after == before.record && more.is_empty() {
                return Ok(after);
            }
            after.modified_at = self.now();
            let mut writes: Vec<Write> = vec![UserWrite::Update { before, after: after.clone() }.into()];
            writes.extend_from_slice(more);
            match self.storage.commit(writes).await {
                Ok(()) => return Ok(after),
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(taken_alias(error)),
            }
        }
        Err(Error::Concurrent)
    }

    pub(crate) async fn commit_change(
        &self,
        before: Versioned<User>,
        change: impl FnOnce(&mut User) + Send,
    ) -> Result<(), Error> {
        let mut after = before.record.clone();
        change(&mut after);
        after.modified_at = self.now();
        Ok(self.storage.commit(vec![UserWrite::Update { before, after }.into()]).await?)
    }

    /// A random password that any policy accepts: all four classes, and as long as asked for.
    fn temporary_password(&self, policy: PasswordPolicy) -> SecretString {
        let classes: [&[u8]; 4] =
            [b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"abcdefghijkmnpqrstuvwxyz", b"23456789", b"!@#%&*-_=+"];
        let source = self.entropy.as_ref();
        let mut text: String = classes.iter().map(|class| entropy::text(source, class, 1)).collect();
        let length = policy.minimum_length.max(16);
        text.push_str(&entropy::text(source, &classes.concat(), length - classes.len()));
        SecretString::from(text)
    }
}

/// How long a password that an administrator sets lives.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PasswordLifetime {
    /// Until it is changed.
    Permanent,
    /// For the pool's number of days, and one sign-in.
    Temporary,
}

/// Whether an address is verified is said of an administrator's user only if the administrator says so, as with Cognito: tools that
/// compare what they asked for would find a difference otherwise. An address of which nothing is said is not verified.
fn keep_to_what_was_said(user: &mut User, given: &Attributes) {
    for contact in Contact::ALL {
        if !given.contains_key(contact.verified_attribute()) {
            user.attributes.remove(contact.verified_attribute());
        }
    }
}

/// Where the invitation goes: by the mediums asked for, or by whatever address there is.
fn recipient(user: &User, request: &AdminCreateUser) -> Result<Option<(Contact, String)>, Error> {
    let wanted = |contact: Contact| request.mediums.is_empty() || request.mediums.contains(&contact);
    let found = delivery::choose(user, wanted);
    if found.is_none() && !request.mediums.is_empty() && request.invitation != Invitation::Suppress {
        return Err(Invalid::NoAddressForMedium.into());
    }
    Ok(found)
}
