//! Whether case counts in a pool's names, changed later: planned, started, watched, taken back, finished.

use crate::error::Error;
use crate::model::case_change::{CaseChange, CasePhase, CaseRule};
use crate::model::ids::UserPoolId;
use crate::model::pool::UserPool;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::reasons::Invalid;
use crate::service::UserPools;
use crate::storage::PoolWrite;

/// The case rule of a pool, and the change of it under way.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CaseState {
    /// The rule in force.
    pub rule: CaseRule,
    /// The change under way.
    pub change: Option<CaseChange>,
}

impl CaseState {
    fn of(pool: &UserPool) -> Self {
        Self { rule: pool.case_rule(), change: pool.case_change.clone() }
    }
}

impl UserPools {
    /// Begins to change whether case counts in the names of a pool. In the background every user gets the names of the new rule
    /// beside those of the old one, and new users have both: so nobody takes a name that would be two users' afterwards. Nothing
    /// stands still meanwhile. Then the new rule is in force, and either [`finish`](Self::finish_case_change) or
    /// [`revert`](Self::revert_case_change) follows.
    ///
    /// If two users would have one name, the change [stops](CasePhase::Stopped), with the old rule in force: rename or change
    /// one of them ([`plan_case_change`](Self::plan_case_change) says which), and start again, or revert.
    ///
    /// It takes a quarter of an hour at least, for calls that began before to end, and goes on after a crash where it stands, on
    /// any node.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] if the pool has the rule, or another change is under way;
    /// [`Error::RestorationUnderWay`]; [`Error::Concurrent`] if the pool was changed meanwhile.
    pub async fn start_case_change(&self, pool: &UserPoolId, to: CaseRule) -> Result<CaseState, Error> {
        self.turned(pool, |pool| {
            self.check_not_restoring(pool)?;
            let may = pool.case_change.as_ref().is_none_or(|change| change.phase == CasePhase::Stopped);
            if !may || pool.case_rule() == to {
                return Err(Invalid::CaseChangeState.into());
            }
            Ok((CasePhase::Claiming, pool.case_rule()))
        })
        .await
    }

    /// The case rule of a pool, and how far a change of it has come. Goes on with one that was broken off.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn describe_case_change(&self, pool: &UserPoolId) -> Result<CaseState, Error> {
        let pool = self.pool(pool).await?;
        self.resume_case_change(&pool).await;
        let now = self.pool(&pool.id).await?;
        Ok(CaseState::of(&now))
    }

    /// Gives up the names of the old rule, once the new one is in force: from then on the change is over, and taking it back is
    /// another one.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] unless the new rule is in force; [`Error::Concurrent`].
    pub async fn finish_case_change(&self, pool: &UserPoolId) -> Result<CaseState, Error> {
        self.turned(pool, |pool| match pool.case_change.as_ref().map(|change| change.phase) {
            Some(CasePhase::InForce) => Ok((CasePhase::Releasing, pool.case_rule())),
            _ => Err(Invalid::CaseChangeState.into()),
        })
        .await
    }

    /// Takes a change back that is not [finished](Self::finish_case_change): the old rule is in force at once, or stays so, and
    /// the names of the new one are given up in the background.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] if no change is under way, or it is being finished;
    /// [`Error::Concurrent`].
    pub async fn revert_case_change(&self, pool: &UserPoolId) -> Result<CaseState, Error> {
        self.turned(pool, |pool| match pool.case_change.as_ref().map(|change| change.phase) {
            Some(CasePhase::Claiming | CasePhase::Stopped) => Ok((CasePhase::Releasing, pool.case_rule())),
            Some(CasePhase::InForce) => Ok((CasePhase::Releasing, pool.case_rule().other())),
            Some(CasePhase::Releasing) | None => Err(Invalid::CaseChangeState.into()),
        })
        .await
    }

    /// Begins the phase that follows by what the pool says, under this rule, and goes on in the background. That the change came
    /// farther meanwhile is no matter, if the same still follows.
    async fn turned(
        &self,
        id: &UserPoolId,
        next: impl Fn(&UserPool) -> Result<(CasePhase, CaseRule), Error> + Send + Sync,
    ) -> Result<CaseState, Error> {
        for _ in 0..MOST_ROUNDS {
            let before = self.pool(id).await?;
            let (phase, rule) = next(&before)?;
            let (case_sensitive, case_change) = (rule.is_sensitive(), Some(CaseChange::begin(phase, self.now())));
            let after = UserPool { case_sensitive, case_change, modified_at: self.now(), ..before.record.clone() };
            match self.storage.commit(vec![PoolWrite::Update { before, after: after.clone() }.into()]).await {
                Err(error) if is_overtaken(&error) => {}
                outcome => {
                    outcome?;
                    self.resume_case_change(&after).await;
                    self.attend_case_change(&after).await;
                    return Ok(CaseState::of(&after));
                }
            }
        }
        Err(Error::Concurrent)
    }
}
