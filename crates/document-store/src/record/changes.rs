//! Writes of a typed storage, turned into one batch.

use std::collections::{BTreeMap, BTreeSet};

use super::envelope::{Versioned, as_it_stood, changed, check_writer, fresh};
use super::history::past_key;
use super::stored::{Index, Name, Stored, Tenant, sortable};
use super::sweep::pack;
use crate::change::{Batch, Change};
use crate::error::StorageError;
use crate::key::Key;
use crate::store::DocumentStore;

/// The changes that a typed storage's writes come to, each traced back to its write: a refused commit names the write, and
/// which of its conditions failed.
///
/// ```
/// use document_store::{Changes, DocumentStore, StorageError, Stored, Tenant};
///
/// /// Adds records, all or none. A refusal says which of them.
/// async fn add<T: Stored>(store: &impl DocumentStore, tenant: &Tenant, records: &[T]) -> Result<(), StorageError> {
///     let mut changes = Changes::default();
///     for (at, record) in records.iter().enumerate() {
///         changes.write(at).insert(tenant, record)?;
///     }
///     changes.commit(store).await
/// }
/// ```
#[derive(Debug, Default)]
pub struct Changes {
    batch: Batch,
    meaning: Meaning,
    write: usize,
    remember: Option<Remember>,
}

/// For each change of a batch, the write it belongs to and the condition it stands for.
type Meaning = Vec<(usize, Option<&'static str>)>;

/// The batch that writes come to. It is applied as a whole or not at all; see [`Changes::prepare`].
#[derive(Debug)]
pub struct Prepared {
    batch: Batch,
    meaning: Meaning,
}

impl Prepared {
    /// The changes: of one tenant, none if the writes come to nothing.
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Commits the batch to a store, and tells a refusal by the write that was refused.
    ///
    /// # Errors
    ///
    /// As the store's, with [`write`](StorageError::write) and [`condition`](StorageError::condition) of the typed write.
    pub async fn commit<S: DocumentStore + ?Sized>(self, store: &S) -> Result<(), StorageError> {
        let Self { batch, meaning } = self;
        if batch.is_empty() {
            return Ok(());
        }
        store.commit(batch).await.map_err(|error| told(&meaning, error))
    }

    /// A refusal of the batch as one of the write that it comes from.
    pub fn told(&self, refusal: StorageError) -> StorageError {
        told(&self.meaning, refusal)
    }
}

fn told(meaning: &Meaning, refusal: StorageError) -> StorageError {
    match refusal.write().and_then(|at| meaning.get(at)) {
        Some((write, condition)) => StorageError::refused(refusal.kind(), *write, *condition),
        None => refusal,
    }
}

/// That records are kept as they were before.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Remember {
    /// When the change is made, in milliseconds since 1970.
    pub at_millis: i64,
}

impl Changes {
    /// What follows belongs to this write, by its place in what was asked to be committed.
    pub fn write(&mut self, at: usize) -> &mut Self {
        self.write = at;
        self
    }

    /// From here on every record that is changed or removed is kept as it was before, until
    /// [`forget_history`](super::forget_history).
    pub fn remembering(&mut self, remember: Option<Remember>) -> &mut Self {
        self.remember = remember;
        self
    }

    /// Adds a record. `AlreadyExists` if its id or one of its names is taken; of a name, with its label as condition.
    ///
    /// # Errors
    ///
    /// `Corrupt` if it has no JSON form.
    pub fn insert<T: Stored>(&mut self, tenant: &Tenant, record: &T) -> Result<(), StorageError> {
        self.push(None, tenant.record::<T>(&record.id()), Change::Insert(fresh(record)?));
        self.move_beside(tenant, None, Some(record));
        self.remember_as(tenant, record, 0, Vec::new());
        Ok(())
    }

    /// Writes a record over whatever stands there: for records that are written whole and never edited.
    ///
    /// A kind with names or indexes is never put: what stood there is not known, and its entries would stay.
    ///
    /// # Errors
    ///
    /// `Corrupt` if it has no JSON form.
    pub fn put<T: Stored>(&mut self, tenant: &Tenant, record: &T) -> Result<(), StorageError> {
        self.push(None, tenant.record::<T>(&record.id()), Change::Put(fresh(record)?));
        self.move_beside(tenant, None, Some(record));
        Ok(())
    }

    /// Replaces a record. `Conflict` unless it stands as it was read; `AlreadyExists` if a new name is taken.
    ///
    /// # Errors
    ///
    /// `NewerRecord` if this node is too old to write it.
    pub fn update<T: Stored>(&mut self, tenant: &Tenant, before: &Versioned<T>, after: &T) -> Result<(), StorageError> {
        let body = changed(before, after).map_err(|error| error.at(self.write))?;
        self.push(None, tenant.record::<T>(&after.id()), Change::Replace(before.version, body));
        self.move_beside(tenant, Some(&before.record), Some(after));
        self.remember(tenant, before)
    }

    /// Removes a record with its names and index entries. `Conflict` unless it stands as it was read.
    ///
    /// # Errors
    ///
    /// `NewerRecord` if this node is too old to write it.
    pub fn remove<T: Stored>(&mut self, tenant: &Tenant, before: &Versioned<T>) -> Result<(), StorageError> {
        check_writer(before).map_err(|error| error.at(self.write))?;
        self.push(None, tenant.record::<T>(&before.id()), Change::Remove(before.version));
        self.move_beside(tenant, Some(&before.record), None);
        self.remember(tenant, before)
    }

    /// Changes nothing. `Conflict` unless the record stands as it was read: for a decision that leans on it.
    pub fn expect<T: Stored>(&mut self, tenant: &Tenant, before: &Versioned<T>) {
        self.push(None, tenant.record::<T>(&before.id()), Change::Expect(before.version));
    }

    /// Removes the record of this id, if there is one. For kinds without names and indexes.
    pub fn clear<T: Stored>(&mut self, tenant: &Tenant, id: &[&str]) {
        self.push(None, tenant.record::<T>(id), Change::Clear);
    }

    /// Adds a change of a document that is no record. A name that one record gives up and another takes in the same commit,
    /// in whichever order, is put in the other's hands: that the first had it, the version of the first says.
    pub fn push(&mut self, condition: Option<&'static str>, key: Key, change: Change) {
        let other = self.batch.iter_mut().zip(&self.meaning).find(|((other, _), _)| *other == key);
        if let Some(((_, other), (_, label))) = other {
            let handed_over = match (&*other, &change) {
                (Change::Clear, Change::Insert(body)) => Some(body.clone()),
                // A name, and not a record that is made and removed.
                (Change::Insert(body), Change::Clear) if label.is_some() => Some(body.clone()),
                _ => None,
            };
            if let Some(body) = handed_over {
                *other = Change::Put(body);
                return;
            }
        }
        // What the batch changes has a condition of its own.
        match self.batch.iter().position(|(other, _)| *other == key) {
            Some(_) if matches!(change, Change::Expect(_)) => return,
            Some(at) if matches!(self.batch.get(at), Some((_, Change::Expect(_)))) => {
                self.batch.remove(at);
                self.meaning.remove(at);
            }
            _ => {}
        }
        self.batch.push((key, change));
        self.meaning.push((self.write, condition));
    }

    /// Commits, and tells a refusal by the write that was refused.
    ///
    /// # Errors
    ///
    /// As the store's, with [`write`](StorageError::write) and [`condition`](StorageError::condition) of the typed write.
    pub async fn commit<S: DocumentStore + ?Sized>(self, store: &S) -> Result<(), StorageError> {
        self.prepare().commit(store).await
    }

    /// What is to be committed, for whoever applies it in one transaction with changes of their own.
    pub fn prepare(self) -> Prepared {
        Prepared { batch: self.batch, meaning: self.meaning }
    }

    /// Moves what stands beside a record from what it was to what it is.
    fn move_beside<T: Stored>(&mut self, tenant: &Tenant, before: Option<&T>, after: Option<&T>) {
        let names = |record: Option<&T>| record.map(T::names).unwrap_or_default().into_iter().collect::<BTreeSet<_>>();
        let (old, new) = (names(before), names(after));
        let has = |names: &BTreeSet<Name>, name: &str| names.iter().any(|other| other.name == name);
        for gone in old.iter().filter(|name| !has(&new, &name.name)) {
            self.push(None, tenant.name::<T>(&gone.name), Change::Clear);
        }
        let (old_entries, new_entries) = (entries(tenant, before), entries(tenant, after));
        for gone in old_entries.keys().filter(|key| !new_entries.contains_key(key)) {
            self.push(None, gone.clone(), Change::Clear);
        }
        if let Some(after) = after {
            let leads_to = tenant.record::<T>(&after.id()).as_bytes().to_vec();
            for name in new.iter().filter(|name| !has(&old, &name.name)) {
                self.push(Some(name.label), tenant.name::<T>(&name.name), Change::Insert(leads_to.clone()));
            }
        }
        for (fresh, body) in new_entries.into_iter().filter(|(key, body)| old_entries.get(key) != Some(body)) {
            self.push(None, fresh, Change::Put(body));
        }
    }

    fn remember<T: Stored>(&mut self, tenant: &Tenant, before: &Versioned<T>) -> Result<(), StorageError> {
        if self.remember.is_some() {
            self.remember_as(tenant, &before.record, before.version, as_it_stood(before)?);
        }
        Ok(())
    }

    fn remember_as<T: Stored>(&mut self, tenant: &Tenant, record: &T, version: u64, body: Vec<u8>) {
        if let Some(remember) = self.remember {
            self.push(None, past_key(tenant, remember.at_millis, record, version), Change::Put(body));
        }
    }
}

/// The index entries of a record, each with the record's key, and the one that says when it ends, with all that goes then.
fn entries<T: Stored>(tenant: &Tenant, record: Option<&T>) -> BTreeMap<Key, Vec<u8>> {
    let Some(record) = record else { return BTreeMap::new() };
    let key = tenant.record::<T>(&record.id());
    let indexed = T::indexes()
        .iter()
        .flat_map(|index| (index.values)(record).into_iter().map(|value| tenant.index_entry(index, &value, record)));
    let mut entries: BTreeMap<Key, Vec<u8>> = indexed.map(|entry| (entry, key.as_bytes().to_vec())).collect();
    if let Some(end) = record.ends_at_millis() {
        let names = record.names().into_iter().map(|name| tenant.name::<T>(&name.name));
        let goes: Vec<Key> = std::iter::once(key).chain(names).chain(entries.keys().cloned()).collect();
        entries.insert(tenant.ending(end, record), pack(&goes));
    }
    entries
}

impl Tenant {
    pub(super) fn index_entry<T: Stored>(&self, index: &Index<T>, value: &str, record: &T) -> Key {
        self.key(&[&[T::KIND, "by", index.name, value], record.id().as_slice()].concat())
    }

    pub(super) fn ending<T: Stored>(&self, millis: i64, record: &T) -> Key {
        self.key(&[&["ending", sortable(millis).as_str(), T::KIND], record.id().as_slice()].concat())
    }
}
