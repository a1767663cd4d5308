//! The lines of an import, made users some at a time. What was done stands in one commit with how far the job has come, so that
//! a line is done once, wherever and however often the job is broken off.

use std::collections::{BTreeMap, BTreeSet};

use cognito_srp::Salt;
use document_store::Versioned;
use document_store::error::StorageErrorKind;

use crate::error::Error;
use crate::model::group::Group;
use crate::model::ids::{GroupName, ImportJobId, UserPoolId};
use crate::model::import::{
    ImportFile, ImportForm, ImportJob, ImportReport, ImportStatus, LineOutcome, LineReport, PART_BYTES,
};
use crate::model::pool::UserPool;
use crate::model::user::{Credential, User, UserStatus};
use crate::model::user_file::{self, Reader, Row};
use crate::ops::attributes::{self, Author};
use crate::ops::groups::GroupSpec;
use crate::ops::rounds::is_overtaken;
use crate::ports::Job;
use crate::service::UserPools;
use crate::storage::{GroupWrite, ImportWrite, PasswordWrite, UserWrite, Write};

/// How many lines one commit does.
const AT_ONCE: usize = 100;

/// The part of a file that is held open.
#[derive(Default)]
struct Window {
    /// Where it begins.
    from: u64,
    bytes: Vec<u8>,
}

/// A line of a file, without its end.
struct Line<'a> {
    bytes: &'a [u8],
    /// How many bytes of the file it takes, its end included.
    takes: u64,
}

/// A user of a line, and the password.
type NewUser = (User, Option<PasswordWrite>);

/// What a line comes to.
struct Entry {
    line: u64,
    outcome: Result<Vec<Write>, LineOutcome>,
}

impl UserPools {
    /// Has a job done in the background, by one task of this process at a time.
    pub(crate) async fn import_in_background(&self, pool: &UserPoolId, job: &ImportJobId) {
        let (service, pool, job) = (self.clone(), pool.clone(), job.clone());
        let work = async move {
            let Some(mut turn) = service.importing.take(&pool) else { return Ok(()) };
            loop {
                service.import(&pool, &job).await?;
                match turn.end() {
                    Ok(()) => return Ok(()),
                    Err(still) => turn = still,
                }
            }
        };
        self.background.start(Job { name: "import", work: Box::pin(work) }).await;
    }

    async fn import(&self, pool: &UserPoolId, id: &ImportJobId) -> Result<(), Error> {
        let mut window = Window::default();
        loop {
            let Some(pool) = self.find_pool(pool).await? else { return Ok(()) };
            let Some(job) = self.storage.imports().get(&pool.id, id).await? else { return Ok(()) };
            let step = match job.status {
                ImportStatus::InProgress => self.import_step(&pool, job, &mut window).await,
                ImportStatus::Stopping => self.end_import(job, ImportStatus::Stopped, "The import was stopped").await,
                _ => return Ok(()),
            };
            match step {
                // Another node has done it, or somebody stops the job.
                Err(Error::Concurrent) => {}
                other => other?,
            }
        }
    }

    async fn import_step(&self, pool: &UserPool, job: Versioned<ImportJob>, window: &mut Window) -> Result<(), Error> {
        let Some(file) = job.file else { return self.end_import(job, ImportStatus::Failed, "There is no file").await };
        if job.done >= file.length {
            return self.end_import(job, ImportStatus::Succeeded, "Import Job Completed Successfully").await;
        }
        if !self.fill(window, &job, file).await? {
            return self.end_import(job, ImportStatus::Failed, "A part of the file is missing").await;
        }
        let lines = window.lines(job.done, file.length);
        let Some(first) = lines.first() else {
            let message = format!("Line {} is too long", job.lines + 1);
            return self.end_import(job, ImportStatus::Failed, &message).await;
        };
        if job.columns.is_empty() {
            return match user_file::read_header(first.bytes, pool, job.form, job.algorithm) {
                Err(message) => self.end_import(job, ImportStatus::Failed, &message).await,
                Ok(columns) => {
                    let after = ImportJob { columns, done: first.takes, lines: 1, ..job.record.clone() };
                    Ok(self.storage.commit(vec![ImportWrite::Update { before: job, after }.into()]).await?)
                }
            };
        }
        self.import_lines(pool, job, &lines).await
    }

    /// Reads on until the window has enough lines, or two parts. Whether every part was there.
    async fn fill(&self, window: &mut Window, job: &ImportJob, file: ImportFile) -> Result<bool, Error> {
        window.begin_at(job.done);
        while !window.is_full(file.length) {
            let next = window.from + window.bytes.len() as u64;
            let number = ImportFile::part_of(file.upload, next);
            let Some(part) = self.storage.imports().part(&job.pool, &job.id, number).await? else { return Ok(false) };
            let within = usize::try_from(next % PART_BYTES as u64).unwrap_or(0);
            let Some(bytes) = part.bytes.get(within..).filter(|bytes| !bytes.is_empty()) else { return Ok(false) };
            window.bytes.extend_from_slice(bytes);
        }
        Ok(true)
    }

    /// Does some lines as one commit.
    async fn import_lines(&self, pool: &UserPool, job: Versioned<ImportJob>, lines: &[Line<'_>]) -> Result<(), Error> {
        let reader = Reader { pool, form: job.form, algorithm: job.algorithm, columns: &job.columns };
        let numbered = (job.lines + 1..).zip(lines).filter(|(_, line)| !line.bytes.trim_ascii().is_empty());
        let rows: Vec<(u64, Result<Row, String>)> = numbered.map(|(at, line)| (at, reader.read(line.bytes))).collect();
        let groups = self.groups_for(pool, &rows).await?;
        let mut entries = Vec::new();
        let mut users = Vec::new();
        for (line, row) in rows {
            let made = row.and_then(|row| self.imported(pool, job.form, row, &groups));
            users.push((line, made));
        }
        let mut taken = self.taken_names(pool, &users).await?;
        for (line, made) in users {
            let outcome = match made {
                Err(why) => Err(LineOutcome::Failed(why)),
                // Names of the lines before count too.
                Ok((user, _)) if user.names.values().any(|name| taken.contains(name)) => Err(LineOutcome::Skipped),
                Ok((user, password)) => {
                    taken.extend(user.names.values().cloned());
                    let insert: Write = UserWrite::Insert { user }.into();
                    Ok(std::iter::once(insert).chain(password.map(Write::from)).collect())
                }
            };
            entries.push(Entry { line, outcome });
        }
        let done = job.done + lines.iter().map(|line| line.takes).sum::<u64>();
        let progress = ImportJob { done, lines: job.lines + lines.len() as u64, ..job.record.clone() };
        self.commit_lines(job, progress, entries, groups.into_values().collect()).await
    }

    async fn commit_lines(
        &self,
        before: Versioned<ImportJob>,
        progress: ImportJob,
        mut entries: Vec<Entry>,
        groups: Vec<Versioned<Group>>,
    ) -> Result<(), Error> {
        loop {
            let (writes, owners) = writes_of(&before, &progress, &entries, &groups);
            let Err(error) = self.storage.commit(writes).await else { return Ok(()) };
            let owner = error.write().and_then(|at| owners.get(at).copied().flatten());
            match owner.and_then(|owner| entries.get_mut(owner)) {
                // Somebody has taken the name meanwhile.
                Some(entry) if error.kind() == StorageErrorKind::AlreadyExists => {
                    entry.outcome = Err(LineOutcome::Skipped);
                }
                _ if is_overtaken(&error) => return Err(Error::Concurrent),
                _ => return Err(error.into()),
            }
        }
    }

    /// The names of these users that the pool has already. One read for all.
    async fn taken_names(
        &self,
        pool: &UserPool,
        users: &[(u64, Result<NewUser, String>)],
    ) -> Result<BTreeSet<String>, Error> {
        let names = users.iter().filter_map(|(_, made)| made.as_ref().ok()).flat_map(|(user, _)| user.names.values());
        let names: Vec<String> = names.cloned().collect::<BTreeSet<_>>().into_iter().collect();
        let found = self.storage.users().named_many(&pool.id, &names).await?;
        Ok(found.into_iter().flat_map(|user| user.record.names.into_values()).collect())
    }

    /// The groups that lines name, made if they are not there.
    async fn groups_for(
        &self,
        pool: &UserPool,
        rows: &[(u64, Result<Row, String>)],
    ) -> Result<BTreeMap<GroupName, Versioned<Group>>, Error> {
        let named = rows.iter().filter_map(|(_, row)| row.as_ref().ok()).flat_map(|row| &row.groups);
        let names: BTreeSet<&GroupName> = named.collect();
        let mut found = BTreeMap::new();
        for round in 0..2 {
            let missing: Vec<&GroupName> = names.iter().copied().filter(|name| !found.contains_key(*name)).collect();
            for group in self.storage.groups().get_many(&pool.id, &missing).await? {
                found.insert(group.name.clone(), group);
            }
            for name in missing.into_iter().filter(|name| round == 0 && !found.contains_key(*name)) {
                match self.create_group(GroupSpec::new(pool.id.clone(), name.clone())).await {
                    Err(Error::GroupExists) | Ok(_) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(found)
    }

    /// The user of a line, and the password.
    fn imported(
        &self,
        pool: &UserPool,
        form: ImportForm,
        row: Row,
        groups: &BTreeMap<GroupName, Versioned<Group>>,
    ) -> Result<NewUser, String> {
        let Row { username, attributes: given, hash, status, enabled, groups: joined } = row;
        let said = |error: Error| error.to_string();
        attributes::check(pool, Author::Administrator, &given).map_err(said)?;
        if form == ImportForm::Cognito
            && let Some(name) = attributes::missing(pool, &given).next()
        {
            return Err(format!("The attribute {name} is required."));
        }
        let mut user = self.new_user(pool, &username, given, status).map_err(said)?;
        user.enabled = enabled;
        for name in joined {
            let group = groups.get(&name).ok_or("A group has gone.")?;
            user.memberships.insert(name, group.id.clone());
        }
        if user.memberships.len() > crate::ops::groups::MOST_GROUPS {
            return Err("The user is in too many groups.".to_owned());
        }
        let days = pool.settings.password_policy.temporary_days;
        let expires_at = (status == UserStatus::ForceChangePassword).then(|| self.now().plus_seconds(days * 86400));
        let password = hash.map(|hash| Credential::of_hash(hash, &Salt::new(self.random()), expires_at));
        let put = |password| PasswordWrite::Put { pool: pool.id.clone(), sub: user.sub.clone(), password };
        let password = password.map(put);
        Ok((user, password))
    }
}

/// The writes of one commit, and to which entry each belongs.
fn writes_of(
    before: &Versioned<ImportJob>,
    progress: &ImportJob,
    entries: &[Entry],
    groups: &[Versioned<Group>],
) -> (Vec<Write>, Vec<Option<usize>>) {
    let (mut writes, mut owners, mut lines, mut after) = (Vec::new(), Vec::new(), Vec::new(), progress.clone());
    for (at, Entry { line, outcome }) in entries.iter().enumerate() {
        match outcome {
            Ok(own) => {
                after.imported += 1;
                owners.extend(own.iter().map(|_| Some(at)));
                writes.extend(own.iter().cloned());
            }
            Err(outcome) => {
                match outcome {
                    LineOutcome::Skipped => after.skipped += 1,
                    LineOutcome::Failed(_) => after.failed += 1,
                }
                lines.push(LineReport { line: *line, outcome: outcome.clone() });
            }
        }
    }
    writes.extend(groups.iter().map(|group| GroupWrite::Expect { before: group.clone() }.into()));
    if !lines.is_empty() {
        let (pool, job) = (before.pool.clone(), before.id.clone());
        writes.push(ImportWrite::Report { report: ImportReport { pool, job, lines } }.into());
    }
    writes.push(ImportWrite::Update { before: before.clone(), after }.into());
    (writes, owners)
}

impl Window {
    /// Forgets what stands before this place; everything, if it is not in the window.
    fn begin_at(&mut self, at: u64) {
        let skipped = at.checked_sub(self.from).and_then(|skipped| usize::try_from(skipped).ok());
        match skipped.filter(|skipped| *skipped <= self.bytes.len()) {
            Some(skipped) => drop(self.bytes.drain(..skipped)),
            None => self.bytes.clear(),
        }
        self.from = at;
    }

    fn is_full(&self, length: u64) -> bool {
        let ends = |byte: &&u8| **byte == b'\n';
        self.from + self.bytes.len() as u64 >= length
            || self.bytes.len() > 2 * PART_BYTES
            || self.bytes.iter().filter(ends).count() >= AT_ONCE
    }

    /// The whole lines of the window, which begins at `at`: so many as are done at once.
    fn lines(&self, at: u64, length: u64) -> Vec<Line<'_>> {
        let is_last = at + self.bytes.len() as u64 >= length;
        let whole = self.bytes.split_inclusive(|byte| *byte == b'\n');
        let whole = whole.filter(|line| is_last || line.ends_with(b"\n"));
        let line = |line: &'_ [u8]| -> (usize, usize) {
            let bare = line.strip_suffix(b"\n").unwrap_or(line);
            (bare.strip_suffix(b"\r").unwrap_or(bare).len(), line.len())
        };
        whole
            .take(AT_ONCE)
            .map(|bytes| {
                let (bare, takes) = line(bytes);
                Line { bytes: bytes.get(..bare).unwrap_or(bytes), takes: takes as u64 }
            })
            .collect()
    }
}
