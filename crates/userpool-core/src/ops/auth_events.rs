//! A user's events, seen and spoken of.

use document_store::page::{Page, PageRequest};
use identity_kernel::secret::constant_time_eq;

use crate::error::Error;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::risk::ProtectionMode;
use crate::model::sign_in_history::{AuthEvent, Feedback, FeedbackBy};
use crate::ops::rounds::is_overtaken;
use crate::reasons::{Kind, Refusal};
use crate::service::UserPools;
use crate::storage::ProtectionWrite;

/// How often a word on an event is written again that others overtook.
const TRIES: usize = 16;
/// Seconds that the token of a notification is good for: seven days.
const TOKEN_LIFE: i64 = 7 * 86_400;
/// Events of a page, if nothing is said, and at most.
const LARGEST_PAGE: usize = 60;

impl UserPools {
    /// A user's last events, the newest first: at most a hundred are kept, and two years.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::ProtectionOff`] in a pool that does not watch sign-ins.
    pub async fn admin_list_user_auth_events(
        &self,
        pool: &UserPoolId,
        username: &str,
        page: &PageRequest,
    ) -> Result<Page<AuthEvent>, Error> {
        let pool = self.watching_pool(pool).await?;
        let user = self.named_user(&pool, username).await?;
        let history = self.storage.protections().history(&pool.id, &user.sub).await?;
        let events = history.map(|history| history.record.events).unwrap_or_default();
        Ok(page_of(events, page))
    }

    /// Says of an event whether it was the user.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::ProtectionOff`].
    pub async fn admin_update_auth_event_feedback(
        &self,
        pool: &UserPoolId,
        username: &str,
        event: &str,
        valid: bool,
    ) -> Result<(), Error> {
        let pool = self.watching_pool(pool).await?;
        let user = self.named_user(&pool, username).await?;
        self.say(&pool, &user.sub, event, (valid, FeedbackBy::Administrator)).await
    }

    /// Says of an event whether it was the user, with the token of the notification of it: good once, for seven days, for this
    /// event alone. Whoever has no token for the event learns nothing of who is there.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`]; [`Error::ProtectionOff`].
    pub async fn update_auth_event_feedback(
        &self,
        pool: &UserPoolId,
        username: &str,
        (event, token): (&str, &str),
        valid: bool,
    ) -> Result<(), Error> {
        let began = self.pace.moment();
        let outcome = self.say_with_token(pool, username, (event, token), valid).await;
        if outcome.is_err() {
            self.wait_for_step(began).await;
        }
        outcome
    }

    async fn say_with_token(
        &self,
        pool: &UserPoolId,
        username: &str,
        (event, token): (&str, &str),
        valid: bool,
    ) -> Result<(), Error> {
        let pool = self.watching_pool(pool).await?;
        let sub = match self.find_user(&pool, username).await? {
            Some(user) => user.sub.clone(),
            None => self.pretended_subject(&pool, username),
        };
        let right = self.feedback_token(&pool.id, &sub, event);
        if !constant_time_eq(right.as_bytes(), token.as_bytes()) {
            return Err(Refusal::FeedbackTokenInvalid.into());
        }
        self.say(&pool, &sub, event, (valid, FeedbackBy::User)).await
    }

    async fn watching_pool(&self, pool: &UserPoolId) -> Result<UserPool, Error> {
        let pool = self.pool(pool).await?.record;
        if pool.settings.protection.mode == ProtectionMode::Off { Err(Error::ProtectionOff) } else { Ok(pool) }
    }

    async fn say(
        &self,
        pool: &UserPool,
        sub: &Subject,
        event: &str,
        (valid, by): (bool, FeedbackBy),
    ) -> Result<(), Error> {
        for _ in 0..TRIES {
            let before = self.storage.protections().history(&pool.id, sub).await?;
            let before = before.ok_or(Error::NotFound(Kind::Event))?;
            let mut after = before.record.clone();
            let found = after.events.iter_mut().find(|kept| kept.id == event).ok_or(Error::NotFound(Kind::Event))?;
            let now = self.now();
            let spent = found.feedback.is_some() || now.seconds_since(found.at) >= TOKEN_LIFE;
            if by == FeedbackBy::User && spent {
                return Err(Refusal::FeedbackTokenInvalid.into());
            }
            found.feedback = Some(Feedback { valid, by, at: now });
            let (pool, sub, before) = (pool.id.clone(), sub.clone(), Some(before));
            match self.storage.commit(vec![ProtectionWrite::SetHistory { pool, sub, before, after }.into()]).await {
                Err(error) if is_overtaken(&error) => {}
                other => return Ok(other?),
            }
        }
        Err(Error::Concurrent)
    }
}

/// The part of the events that a page asks for, the newest first. It goes on behind the event that its token names.
fn page_of(mut events: Vec<AuthEvent>, page: &PageRequest) -> Page<AuthEvent> {
    events.reverse();
    let begins = page.after.as_ref().map(|after| events.iter().position(|event| event.id == *after));
    let rest = match begins {
        None => events,
        Some(Some(at)) => events.split_off(at + 1),
        // The event that the page before ended with is kept no more: those behind it are neither.
        Some(None) => Vec::new(),
    };
    let limit = if page.limit == 0 { LARGEST_PAGE } else { page.limit.min(LARGEST_PAGE) };
    let more = rest.len() > limit;
    let items: Vec<AuthEvent> = rest.into_iter().take(limit).collect();
    let next = items.last().filter(|_| more).map(|event| event.id.clone());
    Page { items, next }
}
