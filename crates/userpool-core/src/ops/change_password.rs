//! A user changes the password.

use document_store::Versioned;
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::notices::Notice;
use crate::model::session::Session;
use crate::model::user::Credential;
use crate::ops::account::{Authenticated, Proof};
use crate::ops::case::Case;
use crate::ops::device_cap::forget_devices;
use crate::ops::outcome::Caller;
use crate::ops::watched::Watched;
use crate::ports::Action;
use crate::reasons::Refusal;
use crate::service::UserPools;
use crate::storage::{PasswordWrite, SessionWrite, UserWrite, Write};

impl UserPools {
    /// Sets my password: `previous` is the one I have, `None` if I have none yet. Where the pool's rules say so, my other
    /// sessions end; this one goes on. I am told.
    ///
    /// Guesses at the previous password are counted as at a sign-in.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] also for a wrong previous password; [`Error::TooManyAttempts`];
    /// [`Error::InvalidPassword`]; [`Error::PasswordHistory`]; [`Error::Concurrent`] if it was changed meanwhile.
    pub async fn change_password<'a>(
        &self,
        caller: impl Into<Proof<'a>>,
        previous: Option<&SecretString>,
        proposed: &SecretString,
    ) -> Result<(), Error> {
        let me = self.self_service(caller.into()).await?;
        let mut case = Case::new(Action::ChangePassword, &me.client.id);
        (case.pool, case.user) = (Some(me.pool.id.clone()), Some(me.user.sub.clone()));
        case.watched = Watched::of(&me.pool, Some(&me.client));
        let outcome = self.change_own_password(&mut case, &me, previous, proposed).await;
        self.record(case, &outcome).await;
        outcome
    }

    async fn change_own_password(
        &self,
        case: &mut Case,
        me: &Authenticated,
        previous: Option<&SecretString>,
        proposed: &SecretString,
    ) -> Result<(), Error> {
        let (pool, sub) = (&me.pool, &me.user.sub);
        Self::check_policy(pool, proposed)?;
        let kept = self.storage.passwords().get(&pool.id, sub).await?;
        let counted = self.prove_previous(me, kept.as_ref(), previous).await?;
        let by = (case, (pool, Some(&me.client)));
        self.check_chosen_password(by, &me.user, kept.as_deref(), proposed).await?;
        let password = self.replacing_password(pool, &me.user, kept.as_deref(), proposed, None).await?;
        let mut writes: Vec<Write> = vec![unless_changed(password, kept).into()];
        writes.extend(counted);
        writes.extend(forget_devices(pool, sub));
        if pool.settings.account_rules.new_password_ends_sessions {
            writes.extend(self.end_other_sessions(me).await?);
        }
        self.storage.commit(writes).await?;
        Box::pin(self.tell_user(pool, Some(&me.client), &me.user, Notice::PasswordChanged)).await;
        Ok(())
    }

    /// The write that forgets the tries, if the password that the user has was given.
    async fn prove_previous(
        &self,
        me: &Authenticated,
        kept: Option<&Versioned<Credential>>,
        previous: Option<&SecretString>,
    ) -> Result<Option<Write>, Error> {
        let Some(kept) = kept else {
            return if previous.is_none() { Ok(None) } else { Err(Refusal::WrongCredentials.into()) };
        };
        let previous = previous.ok_or(Refusal::WrongCredentials)?;
        let name = me.user.username.as_str();
        self.count_attempt(&me.pool, &Caller::Public, Some(&me.user), name, Vec::new()).await?;
        if !self.is_password(previous, &kept.hash).await? {
            return Err(Error::wrong_password());
        }
        Ok(Some(Self::forget_attempts(&me.pool.id, me.user.sub.to_string())))
    }

    /// The writes that end the user's sessions but for the caller's, which follows into the new epoch.
    async fn end_other_sessions(&self, me: &Authenticated) -> Result<Vec<Write>, Error> {
        let mut after = me.user.record.clone();
        after.epoch += 1;
        after.modified_at = self.now();
        let epoch = after.epoch;
        let mut writes = vec![UserWrite::Update { before: me.user.clone(), after }.into()];
        let own = me.claims.origin_jti.as_deref().ok_or(Refusal::AccessTokenInvalid)?;
        if let Some(before) = self.storage.sessions().get(&me.pool.id, own).await? {
            let after = Session { epoch, ..before.record.clone() };
            writes.push(SessionWrite::Update { before, after }.into());
        }
        Ok(writes)
    }
}

/// The same write under the condition that the password stands as it was read: the one that was proved is the one that is
/// replaced.
fn unless_changed(write: PasswordWrite, kept: Option<Versioned<Credential>>) -> PasswordWrite {
    match (write, kept) {
        (PasswordWrite::Put { pool, sub, password }, Some(before)) => {
            PasswordWrite::Update { pool, sub, before, after: password }
        }
        (write, _) => write,
    }
}
