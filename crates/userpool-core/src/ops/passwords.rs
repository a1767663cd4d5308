//! What a new password must be for the user who shall have it.

use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::client::AppClient;
use crate::model::password;
use crate::model::pool::UserPool;
use crate::model::risk::CredentialEvent;
use crate::model::user::{Credential, User};
use crate::ops::case::Case;
use crate::reasons::PasswordProblem;
use crate::service::UserPools;
use crate::storage::PasswordWrite;

impl UserPools {
    /// Holds a new password to the pool's policy alone: what can be told to anybody, whoever the user is.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidPassword`].
    pub(crate) fn check_policy(pool: &UserPool, given: &SecretString) -> Result<(), Error> {
        let given = SecretString::from(password::normalized(given.expose()));
        pool.settings.password_policy.problem(given.expose()).map_or(Ok(()), |problem| Err(problem.into()))
    }

    /// Holds a new password to the pool's policy and, where the pool refuses weak ones, to what guessers try first.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidPassword`].
    pub(crate) fn check_password(pool: &UserPool, user: &User, given: &SecretString) -> Result<(), Error> {
        Self::check_policy(pool, given)?;
        let given = SecretString::from(password::normalized(given.expose()));
        let refused = pool.settings.account_rules.refuse_weak_passwords;
        match refused.then(|| password::weakness(given.expose(), names(user))).flatten() {
            Some(problem) => Err(problem.into()),
            None => Ok(()),
        }
    }

    /// Holds a password that takes the place of another (`kept`) to the same, and to being none of those that the pool's
    /// history remembers. At most [`LONGEST_HISTORY`](password::LONGEST_HISTORY) hashes are compared, one after the other.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidPassword`]; [`Error::PasswordHistory`]; [`Error::TooManyRequests`] if too many passwords wait to be
    /// hashed.
    pub(crate) async fn check_new_password(
        &self,
        pool: &UserPool,
        user: &User,
        kept: Option<&Credential>,
        given: &SecretString,
    ) -> Result<(), Error> {
        Self::check_password(pool, user, given)?;
        for hash in kept.iter().flat_map(|kept| kept.remembered(pool.settings.password_policy.history_size)) {
            if self.is_password(given, hash).await? {
                return Err(Error::PasswordHistory);
            }
        }
        Ok(())
    }

    /// Holds a password that a user chooses to the same, and to being unknown to others where that is asked for.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidPassword`]; [`Error::PasswordHistory`]; [`Error::TooManyRequests`] if too many passwords wait to be
    /// hashed.
    pub(crate) async fn check_chosen_password(
        &self,
        (case, (pool, client)): (&mut Case, (&UserPool, Option<&AppClient>)),
        user: &User,
        kept: Option<&Credential>,
        given: &SecretString,
    ) -> Result<(), Error> {
        self.check_new_password(pool, user, kept, given).await?;
        self.check_not_compromised(case, (pool, client), CredentialEvent::PasswordChange, given).await
    }

    /// Holds a password that takes the place of a temporary one to the same, and to being another.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidPassword`]; [`Error::PasswordHistory`]; [`Error::TooManyRequests`] if too many passwords wait to be
    /// hashed.
    pub(crate) async fn check_replacement(
        &self,
        pool: &UserPool,
        user: &User,
        kept: Option<&Credential>,
        given: &SecretString,
    ) -> Result<(), Error> {
        Self::check_password(pool, user, given)?;
        if let Some(credential) = kept
            && self.is_password(given, &credential.hash).await?
        {
            return Err(PasswordProblem::Temporary.into());
        }
        self.check_new_password(pool, user, kept, given).await
    }

    /// The write that puts a password in the place of the one before, which the history remembers.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyRequests`] if too many passwords wait to be hashed.
    pub(crate) async fn replacing_password(
        &self,
        pool: &UserPool,
        user: &User,
        before: Option<&Credential>,
        given: &SecretString,
        expires_at: Option<Timestamp>,
    ) -> Result<PasswordWrite, Error> {
        let mut write = self.new_password(pool, user, given, expires_at).await?;
        if let (PasswordWrite::Put { password, .. }, Some(before)) = (&mut write, before) {
            password.history = before.history_after(pool.settings.password_policy.history_size);
        }
        Ok(write)
    }

    /// Whether `hash` is of this password, in whichever form it was written.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyRequests`] if too many passwords wait to be hashed.
    pub(crate) async fn is_password(&self, given: &SecretString, hash: &str) -> Result<bool, Error> {
        let normalized = SecretString::from(password::normalized(given.expose()));
        if self.hasher.verify(&normalized, hash).await? {
            return Ok(true);
        }
        // Other systems hash what was typed.
        Ok(normalized != *given && self.hasher.verify(given, hash).await?)
    }
}

/// What others know the user by.
fn names(user: &User) -> impl Iterator<Item = &str> {
    let attributes = ["email", "phone_number", "preferred_username"];
    let known = attributes.into_iter().filter_map(|name| user.attributes.get(name)).map(String::as_str);
    known.chain([user.username.as_str()])
}
