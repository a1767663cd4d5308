//! Restorations, done some records at a time. What was done stands in one commit with how far the restoration has come, so that
//! whoever finds it goes on where it stands, after a crash or on another node.

use std::collections::{BTreeMap, BTreeSet};

use document_store::Versioned;
use document_store::error::StorageErrorKind;
use document_store::page::{Page, PageRequest};

use crate::error::Error;
use crate::model::cleanup::CleanupTask;
use crate::model::group::Group;
use crate::model::history::{Phase, UnderWay};
use crate::model::ids::{GroupName, Subject, UserPoolId};
use crate::model::past::{Plan, PlanKey, PlanSubject, Standing};
use crate::model::past_goal::Goal;
use crate::model::pool::UserPool;
use crate::model::restoration::{Restoration, RestorationStatus, Step};
use crate::ops::restoring::{Restored, released, restored_group, restored_user};
use crate::ops::rounds::is_overtaken;
use crate::ports::Job;
use crate::service::UserPools;
use crate::storage::{HistoryWrite, RestorationWrite, Write};

/// How many changes are collected at once.
const COLLECTED_AT_ONCE: usize = 200;

/// How many plans are counted or removed at once.
const COUNTED_AT_ONCE: usize = 100;

/// How many users and groups one commit sets back.
const RESTORED_AT_ONCE: usize = 25;

/// A page of plans, each with what stands now.
struct Now {
    users: BTreeMap<Subject, Standing>,
    groups: BTreeMap<GroupName, Versioned<Group>>,
}

impl UserPools {
    /// Goes on with a pool's restoration, by one job of this process at a time.
    pub(crate) async fn restore_in_background(&self, pool: &UserPoolId) {
        let (service, pool) = (self.clone(), pool.clone());
        let work = async move {
            let Some(mut turn) = service.restoring.take(&pool) else { return Ok(()) };
            loop {
                service.restore(&pool).await?;
                match turn.end() {
                    Ok(()) => return Ok(()),
                    Err(still) => turn = still,
                }
            }
        };
        self.background.start(Job { name: "restoration", work: Box::pin(work) }).await;
    }

    /// Goes on with a pool's restoration that was broken off, and settles what has expired.
    pub(crate) async fn resume_restorations(&self, pool: &UserPool) -> Result<(), Error> {
        if pool.history.since.is_some() {
            self.restore_in_background(&pool.id).await;
        }
        Ok(())
    }

    async fn restore(&self, id: &UserPoolId) -> Result<(), Error> {
        while let Some(pool) = self.find_pool(id).await? {
            let Some(under_way) = &pool.history.restoration else { break };
            let found = self.storage.histories().restoration(id, &under_way.id).await?;
            let Some(found) = found else { break };
            if found.status == RestorationStatus::PreviewGenerated
                && !found.record.clone().at(self.now()).status.is_final()
            {
                break;
            }
            match self.restoration_step(pool, found).await {
                // Another node has done it, or somebody cancels.
                Err(Error::Concurrent) => {}
                other => other?,
            }
        }
        self.clear_restorations(id).await
    }

    async fn restoration_step(&self, pool: Versioned<UserPool>, found: Versioned<Restoration>) -> Result<(), Error> {
        match found.status {
            RestorationStatus::PreviewGenerating => match self.preview_step(&pool, &found).await {
                Err(Error::Storage(error)) if is_lasting(error.kind()) => {
                    let after = found.record.clone().ended(RestorationStatus::PreviewFailed, self.now());
                    self.turn_restoration(pool, found, &after, None).await
                }
                other => other,
            },
            RestorationStatus::Restoring if found.step == Step::Release => self.release_names(pool, found).await,
            RestorationStatus::Restoring => self.restore_page(pool, found).await,
            _ => {
                let after = found.record.clone().at(self.now());
                self.turn_restoration(pool, found, &after, None).await
            }
        }
    }

    async fn preview_step(&self, pool: &Versioned<UserPool>, found: &Versioned<Restoration>) -> Result<(), Error> {
        match found.step {
            Step::Collect => self.collect_changes(found.clone()).await,
            _ => self.count_plans(pool.clone(), found.clone()).await,
        }
    }

    /// Collects who and what was changed since, from a page of the history.
    async fn collect_changes(&self, found: Versioned<Restoration>) -> Result<(), Error> {
        let (histories, page) = (self.storage.histories(), page_of(&found, COLLECTED_AT_ONCE));
        let changes = histories.changes(&found.pool, found.moment, &page).await?;
        let keys: BTreeSet<PlanKey> = changes.items.iter().map(|change| change.before.plan()).collect();
        let keys: Vec<PlanKey> = keys.into_iter().collect();
        let known = histories.plans_about(&found.pool, &found.id, &keys).await?;
        let mut plans: BTreeMap<PlanKey, Plan> = known.into_iter().map(|plan| (plan.key(), plan)).collect();
        for change in changes.items {
            match plans.entry(change.before.plan()) {
                std::collections::btree_map::Entry::Occupied(mut plan) => plan.get_mut().learn(change.before),
                std::collections::btree_map::Entry::Vacant(none) => {
                    none.insert(Plan::of(&found.pool, &found.id, change.before));
                }
            }
        }
        let mut writes: Vec<Write> =
            plans.into_values().map(|plan| RestorationWrite::PutPlan { plan }.into()).collect();
        let after = self.worked(&found, changes.next, Step::Count);
        writes.push(RestorationWrite::Update { before: found, after }.into());
        Ok(self.storage.commit(writes).await?)
    }

    /// Counts what a page of plans comes to; behind the last one the preview is there.
    async fn count_plans(&self, pool: Versioned<UserPool>, found: Versioned<Restoration>) -> Result<(), Error> {
        let plans = self.plans_of(&found, &page_of(&found, COUNTED_AT_ONCE)).await?;
        let now = self.what_stands(&pool, &plans.items).await?;
        let more = plans.next.is_some();
        let mut after = self.worked(&found, plans.next, Step::Nothing);
        for plan in &plans.items {
            match &plan.subject {
                PlanSubject::Group(name, then) => {
                    after.counts.count_group(now.groups.get(name).map(|group| &group.record), then.as_ref());
                }
                PlanSubject::User(plan) => {
                    let standing = now.user(&plan.sub);
                    after.counts.count_user(&standing, &plan.goal(&pool, &standing));
                }
            }
        }
        if more {
            return Ok(self.storage.commit(vec![RestorationWrite::Update { before: found, after }.into()]).await?);
        }
        let end = self.answered_before();
        after.status = RestorationStatus::PreviewGenerated;
        after.start_before = Some(end);
        let under_way = UnderWay { id: found.id.clone(), phase: Phase::Waiting(end) };
        self.turn_restoration(pool, found, &after, Some(under_way)).await
    }

    /// Has users of a page give up the names and passkeys that others had then, and removes who was not there: whatever comes
    /// back afterwards finds its names free.
    async fn release_names(&self, pool: Versioned<UserPool>, found: Versioned<Restoration>) -> Result<(), Error> {
        if found.page.is_none() {
            self.end_sessions_of_the_gone(&pool.id).await?;
        }
        let plans = self.plans_of(&found, &page_of(&found, RESTORED_AT_ONCE)).await?;
        let now = self.what_stands(&pool, &plans.items).await?;
        let mut writes = vec![self.keep_history(&pool)];
        for plan in &plans.items {
            if let PlanSubject::User(user) = &plan.subject {
                let standing = now.user(&user.sub);
                let goal = user.goal(&pool, &standing);
                let gone = goal.user.is_none();
                writes.extend(released(standing, &goal, self.now()));
                writes.extend(gone.then(|| done(plan)));
            }
        }
        let after = self.worked(&found, plans.next, Step::Restore);
        writes.push(RestorationWrite::Update { before: found, after }.into());
        Ok(self.storage.commit(writes).await?)
    }

    /// Sets a page of plans back; behind the last one the restoration is complete.
    async fn restore_page(&self, pool: Versioned<UserPool>, found: Versioned<Restoration>) -> Result<(), Error> {
        let plans = self.plans_of(&found, &PageRequest { limit: RESTORED_AT_ONCE, after: None }).await?;
        if plans.items.is_empty() {
            return self.complete_restoration(pool, found).await;
        }
        let now = self.what_stands(&pool, &plans.items).await?;
        let restored: Vec<Restored> = plans.items.iter().map(|plan| self.restored(&pool, plan, &now)).collect();
        let mut writes = vec![self.keep_history(&pool)];
        writes.extend(restored.iter().flat_map(|restored| restored.writes.iter().cloned()));
        writes.extend(plans.items.iter().map(done));
        let after = Restoration { worked_at: self.now(), ..found.record.clone() };
        writes.push(RestorationWrite::Update { before: found.clone(), after }.into());
        let names: Vec<&String> = restored.iter().flat_map(|restored| &restored.names).collect();
        let twice = names.iter().collect::<BTreeSet<_>>().len() < names.len();
        if !twice {
            match self.storage.commit(writes).await {
                Err(error) if error.kind() == StorageErrorKind::AlreadyExists => {}
                outcome => return Ok(outcome?),
            }
        }
        self.restore_one_by_one(&pool, found, plans, restored).await
    }

    /// Sets plans back each by itself, and passes over those whose names are somebody's who is not part of it.
    async fn restore_one_by_one(
        &self,
        pool: &Versioned<UserPool>,
        mut found: Versioned<Restoration>,
        plans: Page<Plan>,
        restored: Vec<Restored>,
    ) -> Result<(), Error> {
        for (plan, restored) in plans.items.iter().zip(restored) {
            let after = Restoration { worked_at: self.now(), ..found.record.clone() };
            let progress = |after: &Restoration| -> Vec<Write> {
                let update = RestorationWrite::Update { before: found.clone(), after: after.clone() };
                vec![self.keep_history(pool), done(plan), update.into()]
            };
            let after = match self.storage.commit([progress(&after), restored.writes].concat()).await {
                Ok(()) => after,
                Err(error) if error.kind() == StorageErrorKind::AlreadyExists => {
                    let after = Restoration { skipped: after.skipped + 1, ..after };
                    self.storage.commit(progress(&after)).await?;
                    after
                }
                Err(error) => return Err(error.into()),
            };
            found = found.written(after);
        }
        Ok(())
    }

    async fn complete_restoration(
        &self,
        pool: Versioned<UserPool>,
        found: Versioned<Restoration>,
    ) -> Result<(), Error> {
        let (id, after) = (pool.id.clone(), found.record.clone().ended(RestorationStatus::Completed, self.now()));
        self.turn_restoration(pool, found, &after, None).await?;
        // What could not be done meanwhile.
        self.start_cleanups(&id).await;
        self.resume_imports(&id).await
    }

    /// Removes the plans of restorations that have ended.
    async fn clear_restorations(&self, pool: &UserPoolId) -> Result<(), Error> {
        let mut page = PageRequest::default();
        loop {
            let found = self.storage.histories().restorations(pool, &page).await?;
            for restoration in found.items.into_iter().filter(|restoration| restoration.step == Step::Clear) {
                self.clear_plans(restoration).await?;
            }
            if found.next.is_none() {
                return Ok(());
            }
            page.after = found.next;
        }
    }

    async fn clear_plans(&self, found: Versioned<Restoration>) -> Result<(), Error> {
        loop {
            let plans = self.plans_of(&found, &PageRequest { limit: COUNTED_AT_ONCE, after: None }).await?;
            if plans.items.is_empty() {
                break;
            }
            self.storage.commit(plans.items.iter().map(done).collect()).await?;
        }
        let after = found.record.clone().next(Step::Nothing);
        match self.storage.commit(vec![RestorationWrite::Update { before: found, after }.into()]).await {
            Err(error) if !is_overtaken(&error) => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Ends what was left of deleted users, so that whoever comes back has neither a session nor a device of before, and keeps
    /// those that come.
    async fn end_sessions_of_the_gone(&self, pool: &UserPoolId) -> Result<(), Error> {
        let mut page = PageRequest::default();
        loop {
            let found = self.storage.cleanups().of_pool(pool, &page).await?;
            for cleanup in found.items {
                if matches!(cleanup.task, CleanupTask::Sessions(_)) {
                    while !self.remove_slice(&cleanup).await? {}
                    self.end_cleanup(cleanup).await?;
                }
            }
            if found.next.is_none() {
                return Ok(());
            }
            page.after = found.next;
        }
    }

    async fn plans_of(&self, found: &Restoration, page: &PageRequest) -> Result<Page<Plan>, Error> {
        Ok(self.storage.histories().plans(&found.pool, &found.id, page).await?)
    }

    /// What stands of everybody and everything that these plans are about. Two reads.
    async fn what_stands(&self, pool: &UserPool, plans: &[Plan]) -> Result<Now, Error> {
        let subs: Vec<&Subject> = plans
            .iter()
            .filter_map(|plan| match &plan.subject {
                PlanSubject::User(user) => Some(&user.sub),
                PlanSubject::Group(..) => None,
            })
            .collect();
        let names: Vec<&GroupName> = plans
            .iter()
            .filter_map(|plan| match &plan.subject {
                PlanSubject::Group(name, _) => Some(name),
                PlanSubject::User(_) => None,
            })
            .collect();
        let users = self.storage.histories().standing(&pool.id, &subs).await?;
        let groups = self.storage.groups().get_many(&pool.id, &names).await?;
        Ok(Now {
            users: subs.into_iter().cloned().zip(users).collect(),
            groups: groups.into_iter().map(|group| (group.name.clone(), group)).collect(),
        })
    }

    fn restored(&self, pool: &UserPool, plan: &Plan, now: &Now) -> Restored {
        match &plan.subject {
            PlanSubject::Group(name, then) => restored_group(&pool.id, now.groups.get(name).cloned(), then.clone()),
            PlanSubject::User(user) => {
                let standing = now.user(&user.sub);
                let goal: Goal = user.goal(pool, &standing);
                restored_user(&pool.id, standing, goal, self.now())
            }
        }
    }

    /// What stood before is kept of what a restoration changes, too: it can be taken back by another one.
    fn keep_history(&self, pool: &Versioned<UserPool>) -> Write {
        HistoryWrite::Keep { pool: pool.id.clone(), version: pool.version, at: self.now() }.into()
    }

    /// The restoration after a page of its step; `then` follows the last one.
    fn worked(&self, found: &Restoration, page: Option<String>, then: Step) -> Restoration {
        let worked = Restoration { worked_at: self.now(), ..found.clone() };
        match page {
            Some(page) => Restoration { page: Some(page), ..worked },
            None => worked.next(then),
        }
    }
}

impl Now {
    fn user(&self, sub: &Subject) -> Standing {
        self.users.get(sub).cloned().unwrap_or_default()
    }
}

fn page_of(found: &Restoration, limit: usize) -> PageRequest {
    PageRequest { limit, after: found.page.clone() }
}

/// The plan was carried out.
fn done(plan: &Plan) -> Write {
    let (pool, restoration) = (plan.pool.clone(), plan.restoration.clone());
    RestorationWrite::RemovePlan { pool, restoration, about: plan.key() }.into()
}

/// Whether trying again does not help.
fn is_lasting(kind: StorageErrorKind) -> bool {
    matches!(kind, StorageErrorKind::Corrupt | StorageErrorKind::NewerRecord | StorageErrorKind::TooLarge)
}
