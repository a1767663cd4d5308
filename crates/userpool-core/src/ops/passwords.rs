//! What a new password must be for the user who shall have it.

use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::password;
use crate::model::pool::UserPool;
use crate::model::user::{Credential, User};
use crate::reasons::PasswordProblem;
use crate::service::UserPools;

impl UserPools {
    /// Holds a new password to the pool's policy and, where the pool refuses weak ones, to what guessers try first.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidPassword`].
    pub(crate) fn check_password(pool: &UserPool, user: &User, given: &SecretString) -> Result<(), Error> {
        let given = SecretString::from(password::normalized(given.expose()));
        let weak = || {
            let refused = pool.settings.account_rules.refuse_weak_passwords;
            refused.then(|| password::weakness(given.expose(), names(user))).flatten()
        };
        match pool.settings.password_policy.problem(given.expose()).or_else(weak) {
            Some(problem) => Err(problem.into()),
            None => Ok(()),
        }
    }

    /// Holds a password that takes the place of a temporary one to the same, and to being another.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidPassword`]; [`Error::TooManyRequests`] if too many passwords wait to be hashed.
    pub(crate) async fn check_replacement(
        &self,
        pool: &UserPool,
        user: &User,
        kept: Option<&Credential>,
        given: &SecretString,
    ) -> Result<(), Error> {
        Self::check_password(pool, user, given)?;
        let Some(credential) = kept else { return Ok(()) };
        if self.is_password(given, &credential.hash).await? {
            return Err(PasswordProblem::Temporary.into());
        }
        Ok(())
    }

    /// Whether `hash` is of this password, in whichever form it was written.
    ///
    /// # Errors
    ///
    /// [`Error::TooManyRequests`] if too many passwords wait to be hashed.
    pub(crate) async fn is_password(&self, given: &SecretString, hash: &str) -> Result<bool, Error> {
        let given = SecretString::from(password::normalized(given.expose()));
        Ok(self.hasher.verify(&given, hash).await?)
    }
}

/// What others know the user by.
fn names(user: &User) -> impl Iterator<Item = &str> {
    let attributes = ["email", "phone_number", "preferred_username"];
    let known = attributes.into_iter().filter_map(|name| user.attributes.get(name)).map(String::as_str);
    known.chain([user.username.as_str()])
}
