//! Guesses and messages, counted in the budgets they draw on.

use document_store::Versioned;
use document_store::error::StorageError;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::code_budget::{CodeBudget, CodeBudgets, Requester};
use crate::model::rate::TooEarly;
use crate::ops::code_target::{CodeTarget, Counting};
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::service::UserPools;
use crate::storage::{CodeWrite, Write};

/// The budgets of a target as they are stored.
pub(crate) struct Drawn {
    before: [Option<Versioned<CodeBudget>>; 4],
    budgets: CodeBudgets,
    /// The budget of the kind of message.
    volume: Option<Versioned<CodeBudget>>,
}

impl Drawn {
    /// The writes that store `after` under the names of the user and the address.
    pub(crate) fn of_user(&self, target: &CodeTarget, after: &CodeBudgets) -> Vec<Write> {
        let [user, address, ..] = self.before.clone();
        vec![
            set(target, &target.names.user, user, after.user),
            set(target, &target.names.address, address, after.address),
        ]
    }

    /// The write that stores `after` under the name of the source, if there is one.
    fn of_source(&self, target: &CodeTarget, after: &CodeBudgets) -> Option<Write> {
        let [.., source] = self.before.clone();
        Some(set(target, target.names.source.as_ref()?, source, after.source?))
    }

    fn of_pool(&self, target: &CodeTarget, after: &CodeBudgets) -> Write {
        let [_, _, pool, _] = self.before.clone();
        set(target, &target.names.pool, pool, after.pool)
    }

    /// What is stored under the names of the user and the address once `after` is.
    pub(crate) fn with_user_after(self, after: &CodeBudgets) -> Self {
        let [user, address, pool, source] = self.before;
        let written = |before: Option<Versioned<CodeBudget>>, after| match before {
            Some(before) => before.written(after),
            None => Versioned::new(after, 1),
        };
        let before = [Some(written(user, after.user)), Some(written(address, after.address)), pool, source];
        Self { before, ..self }
    }

    /// The write that counts a message of its kind in the pool, as big for one that is only pretended.
    fn of_volume(&self, target: &CodeTarget, now: Timestamp) -> Result<Option<Write>, TooEarly> {
        let Some((allowance, counting)) = &target.volume else { return Ok(None) };
        let mut after = self.volume.as_deref().copied().unwrap_or_default();
        let counted = after.volume.one_more(allowance, now)?;
        after.volume = match counting {
            Counting::Sent => counted,
            Counting::Pretended => after.volume.none_more(now),
        };
        Ok(Some(set(target, &allowance.name, self.volume.clone(), after)))
    }
}

fn set(target: &CodeTarget, name: &str, before: Option<Versioned<CodeBudget>>, after: CodeBudget) -> Write {
    CodeWrite::SetBudget { pool: target.pool.clone(), name: name.to_owned(), before, after }.into()
}
impl UserPools {
    /// Counts a guess against its user and address.
    pub(crate) async fn count_guess(
        &self,
        target: &CodeTarget,
        requester: Requester,
    ) -> Result<(Drawn, CodeBudgets), Error> {
        for _ in 0..MOST_ROUNDS {
            let drawn = self.drawn(target).await?;
            let after = drawn.budgets.guess(requester, self.now()).map_err(throttled)?;
            match self.storage.commit(drawn.of_user(target, &after)).await {
                Ok(()) => return Ok((drawn, after)),
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::TooManyRequests)
    }

    /// Counts a wrong guess against the source and the pool. Under so many at once that this cannot be written, each has
    /// been counted against its user and address all the same.
    pub(crate) async fn count_wrong(&self, target: &CodeTarget) -> Result<(), Error> {
        for _ in 0..MOST_ROUNDS {
            let drawn = self.drawn(target).await?;
            let after = drawn.budgets.wrong(self.now());
            let mut writes = vec![drawn.of_pool(target, &after)];
            writes.extend(drawn.of_source(target, &after));
            match self.storage.commit(writes).await {
                Err(error) if is_overtaken(&error) => {}
                other => return Ok(other?),
            }
        }
        Ok(())
    }

    /// Commits `writes` and, with them, that a code is sent. Other commits that come between are waited for.
    ///
    /// # Errors
    ///
    /// [`Error::LimitExceeded`] if there were too many messages; what `refused` makes of a refusal of `writes`.
    pub(crate) async fn commit_send(
        &self,
        target: &CodeTarget,
        writes: Vec<Write>,
        refused: impl Fn(StorageError) -> Error + Send,
    ) -> Result<(), Error> {
        let own = writes.len();
        for _ in 0..MOST_ROUNDS {
            let drawn = self.drawn(target).await?;
            let after = drawn.budgets.send(self.now()).map_err(throttled)?;
            let mut all = writes.clone();
            match drawn.of_volume(target, self.now()) {
                Ok(counted) => all.extend(counted),
                Err(spent) => {
                    Box::pin(self.tell_spent(&target.pool, Some(&target.sub))).await;
                    return Err(throttled(spent));
                }
            }
            all.extend(drawn.of_user(target, &after));
            all.extend(drawn.of_source(target, &after));
            match self.storage.commit(all).await {
                Ok(()) => return Ok(()),
                Err(error) if is_overtaken(&error) && error.write().is_some_and(|at| at >= own) => {}
                Err(error) => return Err(refused(error)),
            }
        }
        Err(Error::TooManyRequests)
    }

    async fn drawn(&self, target: &CodeTarget) -> Result<Drawn, Error> {
        let mut names = target.names.all();
        names.extend(target.volume.as_ref().map(|(allowance, _)| allowance.name.clone()));
        let mut found = self.storage.codes().budgets(&target.pool, &names).await?.into_iter();
        let volume = target.volume.as_ref().and_then(|_| found.next_back().flatten());
        let mut next = || {
            let budget = found.next().flatten();
            let count = budget.as_deref().copied().unwrap_or_default();
            (budget, count)
        };
        let ((user, user_budget), (address, address_budget), (pool, pool_budget)) = (next(), next(), next());
        let (source, source_budget) = next();
        let source_budget: Option<CodeBudget> = target.names.source.is_some().then_some(source_budget);
        let budgets =
            CodeBudgets { user: user_budget, address: address_budget, source: source_budget, pool: pool_budget };
        Ok(Drawn { before: [user, address, pool, source], budgets, volume })
    }
}

fn throttled(TooEarly(retry_after_seconds): TooEarly) -> Error {
    Error::LimitExceeded { retry_after_seconds }
}
