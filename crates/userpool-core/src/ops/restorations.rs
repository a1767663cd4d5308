//! A pool's directory, set back to how it was: asked for, previewed, started, cancelled and watched.

use document_store::Versioned;
use document_store::page::{Page, PageRequest};
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::history::{Phase, PoolHistory, UnderWay};
use crate::model::ids::{RestorationId, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::restoration::{ANSWERED_WITHIN_SECONDS, Restoration, RestorationCounts, RestorationStatus, Step};
use crate::reasons::{Invalid, Kind, Quota};
use crate::service::UserPools;
use crate::storage::{PoolWrite, RestorationWrite, Write};

/// Who watches a restoration that nobody has worked on for so long, in seconds, goes on with it: a minute.
const TAKEN_OVER_AFTER_SECONDS: i64 = 60;

impl UserPools {
    /// Counts, in the background, what it would change to set a pool's users, groups, memberships, passwords and passkeys
    /// back to how they were at a moment. From now on until the restoration has ended, was cancelled or has expired, the
    /// directory is not written: [`Error::RestorationUnderWay`]. Sign-ins that change nothing of it go on.
    ///
    /// What was changed at the moment or later is taken back, once [`start`](Self::start_point_in_time_recovery) is called
    /// within a day after the preview is there.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::HistoryOff`] if the pool keeps no history; [`Error::InvalidParameter`] if the moment
    /// is less than a quarter of an hour ago, or before what is kept, and while the pool's case rule is being changed; [`Error::CountExceeded`] while another restoration
    /// of the pool is under way; [`Error::Concurrent`] if another one begins at this moment.
    pub async fn initiate_point_in_time_recovery(
        &self,
        pool: &UserPoolId,
        moment: Timestamp,
    ) -> Result<Restoration, Error> {
        let (before, now) = (self.pool(pool).await?, self.now());
        if before.history.since.is_none() {
            return Err(Error::HistoryOff);
        }
        if before.case_change.is_some() {
            return Err(Invalid::CaseChangeState.into());
        }
        if before.history.is_paused(now) {
            return Err(Quota::Restorations.into());
        }
        let restorable = before.history.restorable(before.settings.history.days, now);
        if !restorable.is_some_and(|(first, last)| (first..=last).contains(&moment)) {
            return Err(Invalid::RestorationMoment.into());
        }
        let id: RestorationId =
            self.uuid().parse().map_err(|error| Error::internal("making a restoration's id", error))?;
        let restoration = Restoration {
            pool: pool.clone(),
            id: id.clone(),
            status: RestorationStatus::PreviewGenerating,
            moment,
            triggered_at: now,
            start_before: None,
            started_at: None,
            ended_at: None,
            counts: RestorationCounts::default(),
            skipped: 0,
            step: Step::Collect,
            page: None,
            worked_at: now,
        };
        let mut writes = self.expiring(&before).await?;
        writes.push(RestorationWrite::Insert { restoration: restoration.clone() }.into());
        writes.push(in_phase(before, Some(UnderWay { id, phase: Phase::Counting })));
        self.storage.commit(writes).await?;
        self.restore_in_background(pool).await;
        Ok(restoration)
    }

    /// The end of a restoration that stands as under way in the pool though nobody has started it in time.
    async fn expiring(&self, pool: &UserPool) -> Result<Vec<Write>, Error> {
        let Some(old) = &pool.history.restoration else { return Ok(Vec::new()) };
        let found = self.storage.histories().restoration(&pool.id, &old.id).await?;
        let now = self.now();
        let end = |before: Versioned<Restoration>| {
            let after = before.record.clone().at(now);
            RestorationWrite::Update { before, after }.into()
        };
        Ok(found.map(end).into_iter().collect())
    }

    /// Has what was previewed done, in the background: the directory is set back some records at a time, and goes on
    /// elsewhere if this process ends.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] unless the preview is there and waits; [`Error::Concurrent`] if
    /// somebody else starts or cancels it at this moment.
    pub async fn start_point_in_time_recovery(
        &self,
        pool: &UserPoolId,
        id: &RestorationId,
    ) -> Result<Restoration, Error> {
        let (pool, before) = self.restoration_under_way(pool, id).await?;
        let now = self.now();
        if before.record.clone().at(now).status != RestorationStatus::PreviewGenerated {
            return Err(Invalid::RestorationState.into());
        }
        let started = Restoration {
            status: RestorationStatus::Restoring,
            started_at: Some(now),
            worked_at: now,
            ..before.record.clone()
        };
        let after = started.next(Step::Release);
        let under_way = UnderWay { id: id.clone(), phase: Phase::Restoring };
        let id = pool.id.clone();
        self.turn_restoration(pool, before, &after, Some(under_way)).await?;
        self.restore_in_background(&id).await;
        Ok(after)
    }

    /// Ends a restoration before it is started: nothing was changed, and the directory is written again.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] if it was started, or has ended; [`Error::Concurrent`] if
    /// somebody else starts or cancels it at this moment.
    pub async fn cancel_point_in_time_recovery(
        &self,
        pool: &UserPoolId,
        id: &RestorationId,
    ) -> Result<Restoration, Error> {
        for _ in 0..crate::ops::rounds::MOST_ROUNDS {
            let (pool, before) = self.restoration_under_way(pool, id).await?;
            let now = self.now();
            let generated = match before.record.clone().at(now).status {
                RestorationStatus::PreviewGenerating => false,
                RestorationStatus::PreviewGenerated => true,
                _ => return Err(Invalid::RestorationState.into()),
            };
            let after = before.record.clone().ended(RestorationStatus::PreviewCancelled, now);
            let pool_id = pool.id.clone();
            match self.turn_restoration(pool, before, &after, None).await {
                // Another page was counted meanwhile.
                Err(Error::Concurrent) if !generated => {}
                Err(error) => return Err(error),
                Ok(()) => {
                    self.restore_in_background(&pool_id).await;
                    return Ok(after);
                }
            }
        }
        Err(Error::Concurrent)
    }

    /// A restoration, and how far it has come.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn describe_point_in_time_recovery(
        &self,
        pool: &UserPoolId,
        id: &RestorationId,
    ) -> Result<Restoration, Error> {
        self.pool(pool).await?;
        let (found, now) = (self.restoration(pool, id).await?.record.at(self.now()), self.now());
        let working = matches!(found.status, RestorationStatus::PreviewGenerating | RestorationStatus::Restoring);
        if working && now.seconds_since(found.worked_at) >= TAKEN_OVER_AFTER_SECONDS {
            self.restore_in_background(pool).await;
        }
        Ok(found)
    }

    /// A pool's restorations by id; 60 a page at most. One that has ended stands for 90 days.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn list_point_in_time_recoveries(
        &self,
        pool: &UserPoolId,
        page: PageRequest,
    ) -> Result<Page<Restoration>, Error> {
        self.pool(pool).await?;
        let limit = if page.limit == 0 { 60 } else { page.limit.min(60) };
        let found = self.storage.histories().restorations(pool, &PageRequest { limit, ..page }).await?;
        let now = self.now();
        Ok(found.map(|restoration| restoration.record.at(now)))
    }

    /// That the directory may be written, for what is stored apart from it and written into it later.
    ///
    /// # Errors
    ///
    /// [`Error::RestorationUnderWay`].
    pub(crate) fn check_not_restoring(&self, pool: &UserPool) -> Result<(), Error> {
        if pool.history.is_paused(self.now()) { Err(Error::RestorationUnderWay) } else { Ok(()) }
    }

    async fn restoration(&self, pool: &UserPoolId, id: &RestorationId) -> Result<Versioned<Restoration>, Error> {
        let found = self.storage.histories().restoration(pool, id).await?;
        found.ok_or(Error::NotFound(Kind::Restoration))
    }

    /// A restoration that the pool says is under way, with the pool.
    async fn restoration_under_way(
        &self,
        pool: &UserPoolId,
        id: &RestorationId,
    ) -> Result<(Versioned<UserPool>, Versioned<Restoration>), Error> {
        let pool = self.pool(pool).await?;
        let found = self.restoration(&pool.id, id).await?;
        if pool.history.restoration.as_ref().is_none_or(|under_way| under_way.id != *id) {
            return Err(Invalid::RestorationState.into());
        }
        Ok((pool, found))
    }

    /// Turns a restoration and what the pool says of it, in one commit: of two that do so at once, one wins, and a write
    /// that was decided before is refused.
    pub(crate) async fn turn_restoration(
        &self,
        pool: Versioned<UserPool>,
        before: Versioned<Restoration>,
        after: &Restoration,
        under_way: Option<UnderWay>,
    ) -> Result<(), Error> {
        let update = RestorationWrite::Update { before, after: after.clone() };
        Ok(self.storage.commit(vec![update.into(), in_phase(pool, under_way)]).await?)
    }

    /// When a preview that is there now is void.
    pub(crate) fn answered_before(&self) -> Timestamp {
        self.now().plus_seconds(ANSWERED_WITHIN_SECONDS)
    }
}

fn in_phase(before: Versioned<UserPool>, restoration: Option<UnderWay>) -> Write {
    let history = PoolHistory { restoration, ..before.history.clone() };
    let after = UserPool { history, ..before.record.clone() };
    PoolWrite::Update { before, after }.into()
}
