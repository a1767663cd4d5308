//! A user's name, changed for another.

use crate::error::Error;
use crate::model::ids::UserPoolId;
use crate::model::pool::SignInNames;
use crate::model::user::{Credential, User};
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::ops::sign_up::resolve_username;
use crate::ops::taken::name_taken;
use crate::reasons::Invalid;
use crate::service::UserPools;
use crate::storage::{PasswordWrite, UserWrite, Write};

impl UserPools {
    /// Gives a user another username. Subject, sessions and everything else stay; the old name is free at once, while tokens that
    /// were made before tell it until they expire. What SRP needs is bound to the name: the user's next sign-in is by
    /// `USER_PASSWORD_AUTH`, and SRP works again after it.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::UsernameExists`] if the name is taken; [`Error::InvalidParameter`] for a name that the pool
    /// does not allow, and in pools whose names are addresses: there the address is changed.
    pub async fn admin_rename_user(&self, pool: &UserPoolId, username: &str, new: &str) -> Result<User, Error> {
        let pool = self.pool(pool).await?;
        if matches!(pool.sign_in_names, SignInNames::Address(_)) {
            return Err(Invalid::Username.into());
        }
        let mut before = self.named_user(&pool, username).await?;
        let (new, _) = resolve_username(&pool, new, before.attributes.clone(), &before.sub)?;
        for _ in 0..MOST_ROUNDS {
            let sub = before.sub.clone();
            let mut after = User { username: new.clone(), modified_at: self.now(), ..before.record.clone() };
            after.refresh_names(&pool);
            let mut writes: Vec<Write> = vec![UserWrite::Update { before, after: after.clone() }.into()];
            if let Some(kept) = self.storage.passwords().get(&pool.id, &sub).await? {
                let unbound = Credential { sealed_verifier: Vec::new(), ..kept.record.clone() };
                let (pool, sub) = (pool.id.clone(), sub.clone());
                writes.push(PasswordWrite::Update { pool, sub, before: kept, after: unbound }.into());
            }
            match self.storage.commit(writes).await {
                Ok(()) => return Ok(after),
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(name_taken(&pool, error)),
            }
            before = self.storage.users().get(&pool.id, &sub).await?.ok_or_else(Error::no_user)?;
        }
        Err(Error::Concurrent)
    }
}
