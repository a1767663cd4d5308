//! Guesses: counted before they are judged, by account and by source.

use document_store::error::StorageErrorKind;

use crate::error::Error;
use crate::model::attempts::{ACCOUNT, Attempts, Limit, SOURCE};
use crate::model::client::AppClient;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::user::User;
use crate::ops::case::Case;
use crate::ops::codes::network;
use crate::ops::outcome::{AuthOutcome, Caller};
use crate::reasons::{Kind, Refusal};
use crate::service::UserPools;
use crate::storage::{AttemptsWrite, Write};

/// How often a count is tried again that others overtook.
const TRIES: usize = 16;

impl UserPools {
    /// Counts a try before it is judged, together with `writes`, so that no number of parallel guesses is free.
    ///
    /// Tries at names of nobody are counted too, in a bounded number of counters. What strangers try through the public API does
    /// not keep the owner from coming by an administrator's: that has a counter of its own, under the same limit.
    pub(crate) async fn count_attempt(
        &self,
        pool: &UserPool,
        caller: &Caller,
        user: Option<&User>,
        username: &str,
        writes: Vec<Write>,
    ) -> Result<(), Error> {
        let account = user.map_or_else(|| self.nobodys_counter(pool, username), |user| user.sub.to_string());
        self.count(&pool.id, &counter_of(caller, &account), &ACCOUNT, writes).await
    }

    /// Refuses somebody who must wait for the next guess, in a step that guesses at nothing itself.
    pub(crate) async fn check_attempts(&self, pool: &UserPool, caller: &Caller, user: &User) -> Result<(), Error> {
        let counter = counter_of(caller, user.sub.as_str());
        if let Some(counted) = self.storage.attempts().get(&pool.id, &counter).await? {
            counted.one_more(&ACCOUNT, self.now()).map_err(too_early)?;
        }
        Ok(())
    }

    fn nobodys_counter(&self, pool: &UserPool, username: &str) -> String {
        let hash = self.master_key.keyed_hash("attempts", pool.fold(username).as_bytes());
        let bucket = u16::from_be_bytes([hash.first().copied().unwrap_or(0), hash.get(1).copied().unwrap_or(0)]);
        format!("nobody-{bucket:04x}")
    }

    /// Forgets the tries under a counter.
    pub(crate) fn forget_attempts(pool: &UserPoolId, counter: String) -> Write {
        AttemptsWrite::Forget { pool: pool.clone(), name: counter }.into()
    }

    /// Forgets the tries at an account, by whomever.
    pub(crate) fn forget_all_attempts(pool: &UserPoolId, sub: &Subject) -> [Write; 2] {
        [sub.to_string(), admin_counter(sub.as_str())].map(|counter| Self::forget_attempts(pool, counter))
    }

    async fn count(&self, pool: &UserPoolId, counter: &str, limit: &Limit, writes: Vec<Write>) -> Result<(), Error> {
        for _ in 0..TRIES {
            let before = self.storage.attempts().get(pool, counter).await?;
            let counted: Attempts = before.as_deref().copied().unwrap_or_default();
            let counted = counted.one_more(limit, self.now()).map_err(too_early)?;
            let (pool, name) = (pool.clone(), counter.to_owned());
            let mut batch = vec![AttemptsWrite::Set { pool, name, before, after: counted }.into()];
            batch.extend(writes.iter().cloned());
            match self.storage.commit(batch).await {
                Ok(()) => return Ok(()),
                Err(error) if error.write() == Some(0) && error.kind() != StorageErrorKind::Unavailable => {}
                Err(error) if error.kind() == StorageErrorKind::AlreadyExists => return Err(Error::wrong_password()),
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::TooManyRequests)
    }

    /// Where the call comes from, as guesses are counted by it. A client with a secret is a server that calls for many
    /// people: where it stands says nothing of them.
    pub(crate) fn source_of(&self, client: Option<&AppClient>) -> Option<String> {
        let is_server = client.is_some_and(AppClient::is_confidential);
        self.context.source.filter(|_| !is_server).map(network)
    }

    fn counter_of_source(&self, client: &AppClient) -> Option<String> {
        let hash = self.master_key.keyed_hash("source", self.source_of(Some(client))?.as_bytes());
        Some(hash.iter().take(8).fold("source-".to_owned(), |name, byte| format!("{name}{byte:02x}")))
    }

    /// Refuses a source from which too much has failed; otherwise gives the counter that a failure counts in.
    pub(crate) async fn check_source(
        &self,
        caller: &Caller,
        pool: &UserPool,
        client: &AppClient,
    ) -> Result<Option<String>, Error> {
        self.check_address(pool, client)?;
        let counter = self.counter_of_source(client).filter(|_| caller.is_user());
        let Some(counter) = counter else { return Ok(None) };
        if let Some(counted) = self.storage.attempts().get(&pool.id, &counter).await? {
            counted.one_more(&SOURCE, self.now()).map_err(too_early)?;
        }
        Ok(Some(counter))
    }

    /// Counts a failure against the source that it came from. What succeeds costs a source nothing.
    pub(crate) async fn mind_source(
        &self,
        case: &Case,
        outcome: Result<AuthOutcome, Error>,
    ) -> Result<AuthOutcome, Error> {
        let failed = matches!(
            outcome,
            Err(Error::NotAuthorized(Refusal::WrongCredentials | Refusal::RefreshTokenInvalid)
                | Error::NotFound(Kind::User))
        );
        if let (true, Some(pool), Some(counter)) = (failed, &case.pool, &case.source) {
            match self.count(pool, counter, &SOURCE, Vec::new()).await {
                Ok(()) | Err(Error::TooManyAttempts { .. } | Error::TooManyRequests) => {}
                Err(error) => return Err(error),
            }
        }
        outcome
    }
}

/// The counter of tries at an account by this API.
pub(crate) fn counter_of(caller: &Caller, account: &str) -> String {
    match caller {
        Caller::Public | Caller::Page(_) => account.to_owned(),
        Caller::Admin(_) => admin_counter(account),
    }
}

fn admin_counter(account: &str) -> String {
    format!("{account}-admin")
}

fn too_early(retry_after_seconds: i64) -> Error {
    Error::TooManyAttempts { retry_after_seconds }
}
