//! [`UserPoolStorage`] over any ordered document store.

use std::collections::BTreeMap;

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use document_store::{Batch, Change, DocumentStore, Key, LooseRecords, Range, Versioned, body, purge, scan_page};
use identity_kernel::time::{CLOCK_STEP_SECONDS, Timestamp};
use jwt_tokens::SealedKey;
use serde::Serialize;

use crate::model::attempts::Attempts;
use crate::model::client::AppClient;
use crate::model::code::{Code, CodePurpose};
use crate::model::code_budget::CodeBudget;
use crate::model::group::Group;
use crate::model::ids::{ClientId, GroupName, Subject, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::session::Session;
use crate::model::user::User;
use crate::storage::{SEARCHABLE, Search, UserPoolStorage, Write};

/// [`UserPoolStorage`] over a [`DocumentStore`]: records as JSON documents, indexes as documents beside them, all keys
/// beginning with the pool.
///
/// | key | document |
/// |---|---|
/// | `pools`, pool | the pool |
/// | `clients`, client | its pool's id |
/// | pool, `key`, kid | a signing key |
/// | pool, `client`, client | an app client |
/// | pool, `user`, sub | a user |
/// | pool, `name`, folded name | the subject it leads to |
/// | pool, `by`, attribute, value, sub | nothing: an index |
/// | pool, `group`, name | a group |
/// | pool, `member`, group, sub | nothing: an index |
/// | pool, `session`, id | a session |
/// | pool, `ending`, end, id | nothing: which sessions end when |
/// | pool, `code`, sub, purpose | a code |
/// | pool, `code-budget`, name | what is spent of a budget for codes |
/// | pool, `attempts`, name | tries |
/// | pool, `spent`, end, id | when it may be forgotten |
#[derive(Clone, Debug)]
pub struct DocumentUserPools<S>(S);

impl<S: DocumentStore> DocumentUserPools<S> {
    /// Keeps user pools in `store`, beside whatever else is there.
    pub fn new(store: S) -> Self {
        Self(store)
    }

    /// The removal of a little of what has ended, so that neither sessions nor spent challenges pile up for ever. A spent
    /// challenge is remembered for longer than it lives: a clock that is set back must not revive it.
    async fn ended_before(&self, write: &Write) -> Result<Batch, StorageError> {
        let (pool, index, now) = match write {
            Write::InsertSession(session) => (&session.pool, "ending", session.auth_time),
            Write::SpendChallenge(pool, _, until) => (pool, "spent", until.plus_seconds(-LONGEST_CHALLENGE)),
            _ => return Ok(Batch::new()),
        };
        let all = Key::new(&[pool.as_str(), index]);
        let end = Key::prefix(&[pool.as_str(), index], &instant(now.plus_seconds(-CLOCK_STEP_SECONDS)));
        let mut batch = Batch::new();
        for document in self.0.scan(&Range::of(all, FORGOTTEN_AT_ONCE)).await? {
            if document.key >= end {
                break;
            }
            if index == "ending" {
                let session = Key::new(&[pool.as_str(), "session", &document.key.last_part()]);
                batch.push((session, Change::Clear));
            }
            batch.push((document.key, Change::Clear));
        }
        Ok(batch)
    }

    /// The users that the last parts of these index documents name.
    async fn indexed(
        &self,
        pool: &UserPoolId,
        found: Page<document_store::Document>,
    ) -> Result<Page<Versioned<User>>, StorageError> {
        let mut items = Vec::with_capacity(found.items.len());
        for entry in &found.items {
            let key = Key::new(&[pool.as_str(), "user", &entry.key.last_part()]);
            // A user who was deleted since the index was read is not found: the page is shorter.
            items.extend(self.0.record(&key).await?);
        }
        Ok(Page { items, next: found.next })
    }
}

/// The documents that one write changes, and what a refusal of each of them means.
struct Changes {
    batch: Batch,
    /// For each change, the write it belongs to and the condition it stands for.
    meaning: Vec<(usize, Option<&'static str>)>,
}

impl Changes {
    /// A name that one user gives up and another takes in the same commit is put in the other's hands: that the first
    /// had it, the version of the first says.
    fn push(&mut self, write: usize, condition: Option<&'static str>, key: Key, change: Change) {
        let given_up = |(other, change): &&mut (Key, Change)| *other == key && matches!(change, Change::Clear);
        if let Change::Insert(body) = &change
            && let Some((_, cleared)) = self.batch.iter_mut().find(given_up)
        {
            *cleared = Change::Put(body.clone());
            return;
        }
        self.batch.push((key, change));
        self.meaning.push((write, condition));
    }

    fn insert<T: Serialize>(&mut self, write: usize, parts: &[&str], record: &T) -> Result<(), StorageError> {
        self.push(write, None, Key::new(parts), Change::Insert(body(record)?));
        Ok(())
    }

    fn replace<T: Serialize>(
        &mut self,
        write: usize,
        parts: &[&str],
        version: u64,
        record: &T,
    ) -> Result<(), StorageError> {
        self.push(write, None, Key::new(parts), Change::Replace(version, body(record)?));
        Ok(())
    }

    fn remove(&mut self, write: usize, parts: &[&str], version: u64) {
        self.push(write, None, Key::new(parts), Change::Remove(version));
    }

    fn add(&mut self, at: usize, write: &Write) -> Result<(), StorageError> {
        match write {
            Write::InsertPool(pool, key) => {
                self.insert(at, &["pools", pool.id.as_str()], pool)?;
                self.insert(at, &[pool.id.as_str(), "key", &key.kid], key)
            }
            Write::UpdatePool(version, pool) => self.replace(at, &["pools", pool.id.as_str()], *version, pool),
            Write::DeletePool(version, pool) => {
                self.remove(at, &["pools", pool.as_str()], *version);
                Ok(())
            }
            Write::PutKey(pool, key) => {
                self.push(at, None, Key::new(&[pool.as_str(), "key", &key.kid]), Change::Put(body(key)?));
                Ok(())
            }
            Write::RemoveKey(pool, kid) => {
                self.push(at, None, Key::new(&[pool.as_str(), "key", kid]), Change::Clear);
                Ok(())
            }
            Write::InsertClient(client) => {
                self.insert(at, &["clients", client.id.as_str()], &client.pool)?;
                self.insert(at, &[client.pool.as_str(), "client", client.id.as_str()], client)
            }
            Write::UpdateClient(version, client) => {
                self.replace(at, &[client.pool.as_str(), "client", client.id.as_str()], *version, client)
            }
            Write::DeleteClient(version, client) => {
                self.push(at, None, Key::new(&["clients", client.id.as_str()]), Change::Clear);
                self.remove(at, &[client.pool.as_str(), "client", client.id.as_str()], *version);
                Ok(())
            }
            Write::InsertUser(user) => {
                self.insert(at, &[user.pool.as_str(), "user", user.sub.as_str()], user)?;
                self.reindex(at, None, Some(user))
            }
            Write::UpdateUser(before, after) => {
                self.replace(at, &[after.pool.as_str(), "user", after.sub.as_str()], before.version, after)?;
                self.reindex(at, Some(before), Some(after))
            }
            Write::DeleteUser(before) => {
                self.remove(at, &[before.pool.as_str(), "user", before.sub.as_str()], before.version);
                for purpose in CodePurpose::ALL {
                    let code = [before.pool.as_str(), "code", before.sub.as_str(), purpose.label()];
                    self.push(at, None, Key::new(&code), Change::Clear);
                }
                self.reindex(at, Some(before), None)
            }
            Write::InsertGroup(group) => self.insert(at, &[group.pool.as_str(), "group", group.name.as_str()], group),
            Write::UpdateGroup(version, group) => {
                self.replace(at, &[group.pool.as_str(), "group", group.name.as_str()], *version, group)
            }
            Write::DeleteGroup(version, pool, name) => {
                self.remove(at, &[pool.as_str(), "group", name.as_str()], *version);
                Ok(())
            }
            Write::InsertSession(session) => {
                let ending = [session.pool.as_str(), "ending", &instant(session.expires_at), &session.id];
                self.push(at, None, Key::new(&ending), Change::Put(Vec::new()));
                self.insert(at, &[session.pool.as_str(), "session", &session.id], session)
            }
            Write::UpdateSession(version, session) => {
                self.replace(at, &[session.pool.as_str(), "session", &session.id], *version, session)
            }
            Write::PutCode(code) => {
                self.push(at, None, code_key(code), Change::Put(body(code)?));
                Ok(())
            }
            Write::SpendCode(version, code) => {
                self.push(at, None, code_key(code), Change::Remove(*version));
                Ok(())
            }
            Write::PutCodeBudget(pool, name, version, budget) => {
                let parts = [pool.as_str(), "code-budget", name];
                match version {
                    None => self.insert(at, &parts, budget),
                    Some(version) => self.replace(at, &parts, *version, budget),
                }
            }
            Write::SpendChallenge(pool, id, until) => {
                self.insert(at, &[pool.as_str(), "spent", &instant(*until), id], until)
            }
            Write::CountAttempt(pool, name, version, attempts) => {
                let parts = [pool.as_str(), "attempts", name];
                match version {
                    None => self.insert(at, &parts, attempts),
                    Some(version) => self.replace(at, &parts, *version, attempts),
                }
            }
            Write::ForgetAttempts(pool, name) => {
                self.push(at, None, Key::new(&[pool.as_str(), "attempts", name]), Change::Clear);
                Ok(())
            }
        }
    }

    /// Moves a user's index documents from what they were to what they are.
    fn reindex(&mut self, at: usize, before: Option<&User>, after: Option<&User>) -> Result<(), StorageError> {
        let (old, new) = (before.map(index).unwrap_or_default(), after.map(index).unwrap_or_default());
        for key in old.keys().filter(|key| !new.contains_key(key)) {
            self.push(at, None, key.clone(), Change::Clear);
        }
        for (key, entry) in new.iter().filter(|(key, _)| !old.contains_key(key)) {
            let change = match entry {
                Entry::Name(_, sub) => Change::Insert(body(sub)?),
                Entry::Mark => Change::Put(Vec::new()),
            };
            let condition = if let Entry::Name(label, _) = entry { Some(*label) } else { None };
            self.push(at, condition, key.clone(), change);
        }
        Ok(())
    }
}

/// An instant as text that sorts by time.
fn instant(time: Timestamp) -> String {
    format!("{:020}", time.epoch_millis().max(0))
}

/// Challenges live 15 minutes at most: one that died so much earlier than another, which still counts, is dead.
const LONGEST_CHALLENGE: i64 = 900;

/// How much of what has ended is forgotten with each new session or spent challenge: more than is added.
const FORGOTTEN_AT_ONCE: usize = 2;

enum Entry {
    /// A name that only one user may have.
    Name(&'static str, Subject),
    /// A mark in an index.
    Mark,
}

fn code_key(code: &Code) -> Key {
    Key::new(&[code.pool.as_str(), "code", code.sub.as_str(), code.purpose.label()])
}

/// The index documents of a user.
fn index(user: &User) -> BTreeMap<Key, Entry> {
    let (pool, sub) = (user.pool.as_str(), user.sub.as_str());
    let names = user
        .names
        .iter()
        .map(|(kind, name)| (Key::new(&[pool, "name", name]), Entry::Name(kind.label(), user.sub.clone())));
    let searchable = SEARCHABLE.iter().filter_map(|attribute| {
        let value = match *attribute {
            "username" => Some(user.username.as_str()),
            other => user.attributes.get(other).map(String::as_str),
        };
        Some((Key::new(&[pool, "by", attribute, value?, sub]), Entry::Mark))
    });
    let groups = user.groups.iter().map(|group| (Key::new(&[pool, "member", group.as_str(), sub]), Entry::Mark));
    names.chain(searchable).chain(groups).collect()
}

#[async_trait]
impl<S: DocumentStore> UserPoolStorage for DocumentUserPools<S> {
    async fn pool(&self, id: &UserPoolId) -> Result<Option<Versioned<UserPool>>, StorageError> {
        self.0.record(&Key::new(&["pools", id.as_str()])).await
    }

    async fn pools(&self, page: &PageRequest) -> Result<Page<Versioned<UserPool>>, StorageError> {
        self.0.records(&["pools"], page).await
    }

    async fn keys(&self, pool: &UserPoolId) -> Result<Vec<SealedKey>, StorageError> {
        let page = PageRequest { limit: 100, after: None };
        let found = self.0.records(&[pool.as_str(), "key"], &page).await?;
        Ok(found.items.into_iter().map(|key| key.record).collect())
    }

    async fn client(&self, pool: &UserPoolId, id: &ClientId) -> Result<Option<Versioned<AppClient>>, StorageError> {
        self.0.record(&Key::new(&[pool.as_str(), "client", id.as_str()])).await
    }

    async fn pool_of_client(&self, id: &ClientId) -> Result<Option<UserPoolId>, StorageError> {
        let found = self.0.record(&Key::new(&["clients", id.as_str()])).await?;
        Ok(found.map(|pool| pool.record))
    }

    async fn clients(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<AppClient>>, StorageError> {
        self.0.records(&[pool.as_str(), "client"], page).await
    }

    async fn user(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<Versioned<User>>, StorageError> {
        self.0.record(&Key::new(&[pool.as_str(), "user", sub.as_str()])).await
    }

    async fn user_named(&self, pool: &UserPoolId, name: &str) -> Result<Option<Versioned<User>>, StorageError> {
        match self.0.record::<Subject>(&Key::new(&[pool.as_str(), "name", name])).await? {
            Some(sub) => self.user(pool, &sub).await,
            None => Ok(None),
        }
    }

    async fn users(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<User>>, StorageError> {
        self.0.records(&[pool.as_str(), "user"], page).await
    }

    async fn users_where(
        &self,
        pool: &UserPoolId,
        search: &Search,
        page: &PageRequest,
    ) -> Result<Page<Versioned<User>>, StorageError> {
        let attribute = search.attribute.as_str();
        if !search.prefix {
            let found = scan_page(&self.0, &[pool.as_str(), "by", attribute, &search.value], "", page).await?;
            return self.indexed(pool, found).await;
        }
        // The keys of several values are passed over: the token carries the value and the subject.
        let prefix = Key::prefix(&[pool.as_str(), "by", attribute], &search.value);
        let after = page.after.as_ref().and_then(|token| token.rsplit_once('\n'));
        let after = after.map(|(value, sub)| Key::new(&[pool.as_str(), "by", attribute, value, sub]));
        let limit = page.limit.clamp(1, 1000);
        let mut found = self.0.scan(&Range::of(prefix, limit + 1).after(after)).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let mut users = self.indexed(pool, Page { items: found, next: None }).await?;
        if more && let Some(last) = users.items.last() {
            let value = match attribute {
                "username" => last.username.to_string(),
                other => last.attributes.get(other).cloned().unwrap_or_default(),
            };
            users.next = Some(format!("{value}\n{}", last.sub));
        }
        Ok(users)
    }

    async fn group(&self, pool: &UserPoolId, name: &GroupName) -> Result<Option<Versioned<Group>>, StorageError> {
        self.0.record(&Key::new(&[pool.as_str(), "group", name.as_str()])).await
    }

    async fn groups(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<Group>>, StorageError> {
        self.0.records(&[pool.as_str(), "group"], page).await
    }

    async fn members(
        &self,
        pool: &UserPoolId,
        group: &GroupName,
        page: &PageRequest,
    ) -> Result<Page<Versioned<User>>, StorageError> {
        let found = scan_page(&self.0, &[pool.as_str(), "member", group.as_str()], "", page).await?;
        self.indexed(pool, found).await
    }

    async fn session(&self, pool: &UserPoolId, id: &str) -> Result<Option<Versioned<Session>>, StorageError> {
        self.0.record(&Key::new(&[pool.as_str(), "session", id])).await
    }

    async fn code(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        purpose: CodePurpose,
    ) -> Result<Option<Versioned<Code>>, StorageError> {
        self.0.record(&Key::new(&[pool.as_str(), "code", sub.as_str(), purpose.label()])).await
    }

    async fn code_budgets(
        &self,
        pool: &UserPoolId,
        names: &[String],
    ) -> Result<Vec<Option<Versioned<CodeBudget>>>, StorageError> {
        let mut found = Vec::with_capacity(names.len());
        for name in names {
            found.push(self.0.record(&Key::new(&[pool.as_str(), "code-budget", name])).await?);
        }
        Ok(found)
    }

    async fn attempts(&self, pool: &UserPoolId, name: &str) -> Result<Option<Versioned<Attempts>>, StorageError> {
        self.0.record(&Key::new(&[pool.as_str(), "attempts", name])).await
    }

    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError> {
        let mut changes = Changes { batch: Vec::new(), meaning: Vec::new() };
        for (at, write) in writes.iter().enumerate() {
            changes.add(at, write)?;
        }
        let meaning = changes.meaning;
        for write in &writes {
            changes.batch.extend(self.ended_before(write).await?);
        }
        self.0.commit(changes.batch).await.map_err(|error| match error.write().and_then(|at| meaning.get(at)) {
            Some((write, condition)) => StorageError::refused(error.kind(), *write, *condition),
            None => error,
        })
    }

    async fn purge(&self, pool: &UserPoolId) -> Result<(), StorageError> {
        let beside = |key: &Key| {
            let client = key.last_part();
            (*key == Key::new(&[pool.as_str(), "client", &client])).then(|| Key::new(&["clients", &client]))
        };
        purge(&self.0, pool.as_str(), beside).await
    }
}
