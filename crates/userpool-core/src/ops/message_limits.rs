//! How many messages a pool sends at most: set, shown, and counted for messages without a code.

use std::sync::Arc;

use document_store::Versioned;

use crate::error::{Error, ErrorCode};
use crate::model::code_budget::CodeBudget;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::message_limits::{Allowance, MessageLimits, Volume};
use crate::model::pool::{Contact, UserPool};
use crate::model::rate::TooEarly;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::ports::{Action, Actor, Event, Outcome};
use crate::service::UserPools;
use crate::storage::{CodeWrite, PoolWrite};

impl UserPools {
    /// Sets how many messages a pool sends at most; with `None` as many as the service's defaults say. What it has sent
    /// today and this month counts, unless it counts in other parts from now on: those begin anew.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Concurrent`].
    pub async fn set_message_limits(&self, pool: &UserPoolId, limits: Option<MessageLimits>) -> Result<(), Error> {
        let before = self.pool(pool).await?;
        let mut after = before.record.clone();
        after.message_limits = limits;
        after.modified_at = self.now();
        Ok(self.storage.commit(vec![PoolWrite::Update { before, after }.into()]).await?)
    }

    /// How many messages this pool sends at most: its own word, or the service's defaults.
    pub fn message_limits_of(&self, pool: &UserPool) -> MessageLimits {
        pool.message_limits.unwrap_or(self.defaults.message_limits)
    }

    /// Counts a message that brings no code of a user's asking, before it is sent. Nothing is read where any number may be.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`].
    pub(crate) async fn count_message(&self, pool: &UserPool, sub: &Subject, contact: Contact) -> Result<(), Error> {
        Box::pin(self.count_volume(pool, sub, contact, |volume, allowance| volume.one_more(allowance, self.now())))
            .await
    }

    /// Counts a message that is sent whatever the limits are. One that cannot be counted is sent all the same.
    pub(crate) async fn count_anyway(&self, pool: &UserPool, sub: &Subject, contact: Contact) {
        let _ = Box::pin(self.count_volume(pool, sub, contact, |volume, _| Ok(volume.one_anyway(self.now())))).await;
    }

    async fn count_volume(
        &self,
        pool: &UserPool,
        sub: &Subject,
        contact: Contact,
        one: impl Fn(Volume, &Allowance) -> Result<Volume, TooEarly> + Send + Sync,
    ) -> Result<(), Error> {
        let Some(allowance) = Allowance::of(&self.message_limits_of(pool), contact, sub) else { return Ok(()) };
        let names = [allowance.name.clone()];
        for _ in 0..MOST_ROUNDS {
            let before = self.storage.codes().budgets(&pool.id, &names).await?.into_iter().next().flatten();
            let so_far: CodeBudget = before.as_deref().copied().unwrap_or_default();
            let volume = match one(so_far.volume, &allowance) {
                Ok(volume) => volume,
                Err(TooEarly(retry_after_seconds)) => {
                    Box::pin(self.tell_spent(&pool.id, Some(sub))).await;
                    return Err(Error::LimitExceeded { retry_after_seconds });
                }
            };
            let written = self.storage.commit(vec![set(pool, &allowance, before, volume, so_far)]).await;
            match written {
                Err(error) if is_overtaken(&error) => {}
                other => return Ok(other?),
            }
        }
        Err(Error::TooManyRequests)
    }

    /// Tells whoever hears of events that a pool may send no more today, or this month.
    pub(crate) async fn tell_spent(&self, pool: &UserPoolId, user: Option<&Subject>) {
        let event = Event {
            id: self.uuid(),
            time: self.now(),
            pool: Some(pool.clone()),
            client: None,
            actor: Actor::User,
            username: None,
            user: user.cloned(),
            action: Action::SendMessage,
            outcome: Outcome::Refused(ErrorCode::LimitExceeded, "the pool's limit of messages is spent".to_owned()),
            context: Arc::clone(&self.context),
            kept: None,
            log_to: None,
        };
        self.events.record(&event).await;
    }
}

fn set(
    pool: &UserPool,
    allowance: &Allowance,
    before: Option<Versioned<CodeBudget>>,
    volume: Volume,
    so_far: CodeBudget,
) -> crate::storage::Write {
    let (pool, name) = (pool.id.clone(), allowance.name.clone());
    CodeWrite::SetBudget { pool, name, before, after: CodeBudget { volume, ..so_far } }.into()
}
