//! A document store in memory that does one thing wrong.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use document_store::error::{StorageError, StorageErrorKind};
use document_store::{Batch, Change, Direction, Document, DocumentStore, Effect, Key, Range, check_batch, judge};

use super::Case;

/// What a store does wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    AfterIsFoundAgain,
    AfterMustExist,
    AfterSkipsOne,
    BackwardBeginsAtTheLowEnd,
    BackwardFindsAfterAgain,
    BackwardIsForward,
    BodiesAreCut,
    BodiesAreText,
    ChecksThenWrites,
    ClearOfNothingIsRefused,
    ClearDoesNothing,
    ExpectIsIgnored,
    GetIsCached,
    GetIsStale,
    HalfABatch,
    InsertGoesOver,
    KeysAreCut,
    KeysAreFolded,
    KeysEndAtNul,
    KindsAreConfused,
    LimitIsOneMore,
    LimitZeroIsAll,
    LongKeysAreTaken,
    ManyAreCapped,
    ManyAreOfSeveralMoments,
    ManyAreSorted,
    ManyComeOnce,
    ManyDropTheMissing,
    NoneAreAllOfThem,
    NoWriteIsNamed,
    OrderIsThatOfPeople,
    PrefixIsText,
    PutBeginsAnew,
    PutOverIsRefused,
    RefusedBatchLeavesItsBeginning,
    RemovalIsForgotten,
    RemovesAnyVersion,
    ReplaceCreates,
    ReplacesAnyVersion,
    ScansAreCapped,
    ScansAreOfSeveralMoments,
    ScansMissTheLastWrite,
    SeventhWriteIsLost,
    TenantsAreMixed,
    TenantsAreOne,
    TwiceAKeyIsTaken,
    VersionsGoOnAfterRemoval,
    VersionStands,
    WrongWriteIsNamed,
}

use Fault::*;

/// Each with the rule that notices it.
pub(crate) const FAULTS: &[Case<Fault>] = &[
    (
        AfterIsFoundAgain,
        "gives the last document of a page on the next one again",
        "a_scan_gives_its_prefix_in_order_in_pages",
    ),
    (
        AfterMustExist,
        "begins from the start when the document behind which a page begins is gone",
        "a_scan_may_begin_anywhere",
    ),
    (AfterSkipsOne, "skips a document between two pages", "a_scan_gives_its_prefix_in_order_in_pages"),
    (BackwardBeginsAtTheLowEnd, "turns the lowest page round for a scan backward", "a_scan_goes_backward_too"),
    (BackwardFindsAfterAgain, "gives the last document of a page backward again", "a_scan_goes_backward_too"),
    (BackwardIsForward, "scans forward only", "a_scan_goes_backward_too"),
    (BodiesAreCut, "cuts bodies at 64 KiB", "keys_and_bodies_may_be_hostile_or_large"),
    (BodiesAreText, "keeps bodies as text", "keys_and_bodies_may_be_hostile_or_large"),
    (ChecksThenWrites, "lets two commits in between a check and its write", "of_many_that_spend_one_wins"),
    (
        ClearOfNothingIsRefused,
        "refuses to clear what is not there",
        "a_replacement_or_removal_needs_the_stored_version",
    ),
    (ClearDoesNothing, "clears nothing", "a_batch_is_written_as_a_whole"),
    (ExpectIsIgnored, "ignores what a batch expects", "an_expectation_guards_what_it_does_not_change"),
    (GetIsCached, "remembers what it read and does not look again", "a_document_is_found_as_it_was_written"),
    (GetIsStale, "reads one write behind", "no_write_is_lost_among_many"),
    (HalfABatch, "writes the first half of a batch", "a_batch_is_written_as_a_whole"),
    (InsertGoesOver, "inserts over what is there", "of_many_that_insert_one_wins"),
    (KeysAreCut, "cuts keys at 255 bytes", "the_longest_keys_are_taken_and_longer_ones_refused"),
    (KeysAreFolded, "takes two keys for one that differ in case", "a_scan_gives_its_prefix_in_order_in_pages"),
    (KeysEndAtNul, "ends a part of a key at its first zero byte", "keys_and_bodies_may_be_hostile_or_large"),
    (KindsAreConfused, "calls a taken key a conflict", "an_insert_over_something_is_refused_and_named"),
    (LimitIsOneMore, "gives one more than a page may hold", "a_scan_gives_its_prefix_in_order_in_pages"),
    (LimitZeroIsAll, "gives everything where nothing was asked for", "a_scan_gives_its_prefix_in_order_in_pages"),
    (LongKeysAreTaken, "takes keys that other engines refuse", "the_longest_keys_are_taken_and_longer_ones_refused"),
    (ManyAreCapped, "reads the first hundred of many", "many_may_be_a_thousand"),
    (ManyAreOfSeveralMoments, "reads many one after the other", "what_one_call_reads_is_of_one_moment"),
    (ManyAreSorted, "gives many in the order of their keys", "many_are_read_in_the_order_asked"),
    (ManyComeOnce, "gives each of many once, however often it was asked for", "many_are_read_in_the_order_asked"),
    (ManyDropTheMissing, "leaves out what is missing among many", "many_are_read_in_the_order_asked"),
    (NoneAreAllOfThem, "gives all documents when asked for none", "many_are_read_in_the_order_asked"),
    (NoWriteIsNamed, "does not say which change was refused", "an_insert_over_something_is_refused_and_named"),
    (OrderIsThatOfPeople, "sorts keys without regard to case", "a_scan_gives_its_prefix_in_order_in_pages"),
    (PrefixIsText, "takes a part for its neighbour that begins with it", "a_scan_gives_its_prefix_in_order_in_pages"),
    (PutBeginsAnew, "gives what is put over something the version 1", "a_document_is_found_as_it_was_written"),
    (PutOverIsRefused, "refuses to put over something", "what_was_removed_begins_anew"),
    (RefusedBatchLeavesItsBeginning, "writes what stands before the refused change", "a_refused_batch_writes_nothing"),
    (
        RemovalIsForgotten,
        "answers a removal and keeps the document",
        "a_replacement_or_removal_needs_the_stored_version",
    ),
    (RemovesAnyVersion, "removes whatever version is there", "a_replacement_or_removal_needs_the_stored_version"),
    (ReplaceCreates, "makes what it was to replace", "a_replacement_or_removal_needs_the_stored_version"),
    (ReplacesAnyVersion, "lets the last of two writers win", "no_write_is_lost_among_many"),
    (ScansAreCapped, "gives a hundred documents of a thousand and no more", "many_may_be_a_thousand"),
    (ScansAreOfSeveralMoments, "scans document by document", "what_one_call_reads_is_of_one_moment"),
    (ScansMissTheLastWrite, "scans an index that lags one write behind", "a_batch_is_written_as_a_whole"),
    (SeventhWriteIsLost, "answers every seventh commit and forgets it", "pages_stay_whole_under_writes"),
    (TenantsAreMixed, "takes a batch of two tenants", "a_batch_of_two_tenants_is_refused"),
    (TenantsAreOne, "tells tenants not apart", "removing_everything_leaves_nothing"),
    (TwiceAKeyIsTaken, "takes a key twice in a batch", "a_batch_with_a_key_twice_is_refused"),
    (VersionsGoOnAfterRemoval, "counts on from what was removed", "what_was_removed_begins_anew"),
    (VersionStands, "leaves the version of what it replaces", "a_document_is_found_as_it_was_written"),
    (WrongWriteIsNamed, "names the first change for whichever was refused", "a_refused_batch_writes_nothing"),
];

/// Versions and bodies by key.
type Documents = BTreeMap<Key, (u64, Vec<u8>)>;

/// Documents in memory, with a fault or none.
#[derive(Debug, Default)]
pub(crate) struct BrokenStore {
    fault: Option<Fault>,
    documents: Mutex<Documents>,
    /// What stood there before the last commit.
    before: Mutex<Documents>,
    /// The last versions of what was removed.
    removed: Mutex<BTreeMap<Key, u64>>,
    cache: Mutex<BTreeMap<Key, Option<Document>>>,
    commits: AtomicUsize,
    calls: AtomicUsize,
}

impl BrokenStore {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        Self { fault, ..Self::default() }
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// A rule that goes on for ever because of a fault has not noticed it.
    fn count(&self) {
        assert!(self.calls.fetch_add(1, Ordering::Relaxed) < 100_000, "{}", super::ENDLESS);
    }

    /// A key as this store keeps it.
    fn key(&self, key: &Key) -> Key {
        let bytes = key.as_bytes();
        Key::from_bytes(match self.fault {
            Some(KeysAreCut) => bytes[..bytes.len().min(255)].to_vec(),
            Some(KeysAreFolded) => bytes.to_ascii_lowercase(),
            Some(KeysEndAtNul) => match bytes.windows(2).position(|pair| pair == [0, 0xff]) {
                Some(end) => [&bytes[..end], &[0, 1]].concat(),
                None => bytes.to_vec(),
            },
            Some(TenantsAreOne) => match key.parts().as_slice() {
                [namespace, _, rest @ ..] if !rest.is_empty() => {
                    let parts: Vec<&str> = [namespace].into_iter().chain(rest).map(String::as_str).collect();
                    Key::new(&parts).as_bytes().to_vec()
                }
                _ => bytes.to_vec(),
            },
            _ => bytes.to_vec(),
        })
    }

    fn body(&self, body: &[u8]) -> Vec<u8> {
        match self.fault {
            Some(BodiesAreCut) => body[..body.len().min(65_536)].to_vec(),
            Some(BodiesAreText) => String::from_utf8_lossy(body).into_owned().into_bytes(),
            _ => body.to_vec(),
        }
    }

    fn find(&self, key: &Key) -> Option<Document> {
        let documents = if self.has(GetIsStale) { &self.before } else { &self.documents }.lock().unwrap();
        let stored = documents.get(&self.key(key));
        stored.map(|(version, body)| Document { key: key.clone(), version: *version, body: body.clone() })
    }

    /// What a scan looks at.
    fn scanned(&self) -> Documents {
        if self.has(ScansMissTheLastWrite) { &self.before } else { &self.documents }.lock().unwrap().clone()
    }

    /// The range as this store takes it.
    fn range(&self, range: &Range) -> (Vec<u8>, Vec<u8>) {
        let mut range = Range { prefix: self.key(&range.prefix), ..range.clone() };
        if self.has(PrefixIsText) && range.prefix.as_bytes().ends_with(&[0, 1]) {
            let bytes = range.prefix.as_bytes();
            range.prefix = Key::from_bytes(bytes[..bytes.len() - 2].to_vec());
        }
        if self.has(AfterMustExist) {
            let documents = self.scanned();
            range.after = range.after.filter(|after| documents.contains_key(after));
        }
        let (mut low, mut high) = range.bounds();
        let after = range.after.as_ref().map(Key::as_bytes);
        match range.direction {
            Direction::Forward if self.has(AfterIsFoundAgain) && after == low.split_last().map(|(_, low)| low) => {
                low.pop();
            }
            Direction::Backward if self.has(BackwardFindsAfterAgain) && after == Some(&high) => high.push(0),
            _ => {}
        }
        (low, high)
    }

    fn limit(&self, range: &Range) -> usize {
        match self.fault {
            Some(LimitIsOneMore) => range.limit + 1,
            Some(LimitZeroIsAll) if range.limit == 0 => usize::MAX,
            Some(ScansAreCapped) => range.limit.min(100),
            _ => range.limit,
        }
    }

    fn in_order(&self, range: &Range) -> Vec<Document> {
        let (low, high) = self.range(range);
        let inside = |key: &Key| key.as_bytes() >= low.as_slice() && key.as_bytes() < high.as_slice();
        let found = self.scanned().into_iter().filter(|(key, _)| inside(key));
        let mut found: Vec<Document> = found.map(|(key, (version, body))| Document { key, version, body }).collect();
        if self.has(OrderIsThatOfPeople) {
            found.sort_by_key(|document| document.key.as_bytes().to_ascii_lowercase());
        }
        if self.has(AfterSkipsOne) && range.after.is_some() && !found.is_empty() {
            found.remove(0);
        }
        found
    }

    fn judge<'a>(&self, change: &'a Change, stored: Option<u64>) -> Result<Effect<'a>, StorageErrorKind> {
        match (self.fault, change, stored) {
            (Some(ExpectIsIgnored), Change::Expect(_), _) => Ok(Effect::Nothing),
            (Some(InsertGoesOver), Change::Insert(body), Some(version)) => Ok(Effect::Write(version + 1, body)),
            (Some(ReplacesAnyVersion), Change::Replace(_, body), Some(version)) => Ok(Effect::Write(version + 1, body)),
            (Some(ReplaceCreates), Change::Replace(_, body), None) => Ok(Effect::Write(1, body)),
            (Some(RemovesAnyVersion), Change::Remove(_), Some(_)) => Ok(Effect::Remove),
            (Some(RemovalIsForgotten), Change::Remove(version), Some(stored)) if *version == stored => {
                Ok(Effect::Nothing)
            }
            (Some(ClearDoesNothing), Change::Clear, _) => Ok(Effect::Nothing),
            (Some(ClearOfNothingIsRefused), Change::Clear, None) => Err(StorageErrorKind::Conflict),
            (Some(PutOverIsRefused), Change::Put(_), Some(_)) => Err(StorageErrorKind::AlreadyExists),
            (Some(PutBeginsAnew), Change::Put(body), _) => Ok(Effect::Write(1, body)),
            (Some(VersionStands), Change::Replace(version, body), Some(stored)) if *version == stored => {
                Ok(Effect::Write(stored, body))
            }
            (Some(KindsAreConfused), Change::Insert(_), Some(_)) => Err(StorageErrorKind::Conflict),
            _ => judge(change, stored),
        }
    }

    /// What each change of a batch does, or which is refused.
    fn effects<'a>(&self, batch: &'a Batch) -> Result<Vec<(Key, Effect<'a>)>, StorageError> {
        let documents = self.documents.lock().unwrap();
        let mut effects = Vec::new();
        for (at, (key, change)) in batch.iter().enumerate() {
            let key = self.key(key);
            match self.judge(change, documents.get(&key).map(|(version, _)| *version)) {
                Ok(effect) => effects.push((key, effect)),
                Err(kind) => {
                    drop(documents);
                    if self.has(RefusedBatchLeavesItsBeginning) {
                        self.write(effects);
                    }
                    return Err(match self.fault {
                        Some(NoWriteIsNamed) => StorageError::of_kind(kind),
                        Some(WrongWriteIsNamed) => StorageError::refused(kind, 0, None),
                        _ => StorageError::refused(kind, at, None),
                    });
                }
            }
        }
        Ok(effects)
    }

    fn write(&self, effects: Vec<(Key, Effect<'_>)>) {
        let mut documents = self.documents.lock().unwrap();
        self.before.lock().unwrap().clone_from(&documents);
        let mut removed = self.removed.lock().unwrap();
        let half = effects.len().div_ceil(2);
        let written = if self.has(HalfABatch) { half } else { effects.len() };
        for (key, effect) in effects.into_iter().take(written) {
            match effect {
                Effect::Write(version, body) => {
                    let gone = removed.get(&key).filter(|_| self.has(VersionsGoOnAfterRemoval)).copied();
                    documents.insert(key, (version + gone.unwrap_or_default(), self.body(body)));
                }
                Effect::Remove => {
                    if let Some((version, _)) = documents.remove(&key) {
                        removed.insert(key, version);
                    }
                }
                Effect::Nothing => {}
            }
        }
    }
}

#[async_trait]
impl DocumentStore for BrokenStore {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        self.count();
        if self.has(GetIsCached) {
            return Ok(self.cache.lock().unwrap().entry(key.clone()).or_insert_with(|| self.find(key)).clone());
        }
        Ok(self.find(key))
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        self.count();
        let mut keys = keys.to_vec();
        match self.fault {
            Some(ManyAreSorted) => keys.sort(),
            Some(ManyComeOnce) => {
                keys = keys
                    .iter()
                    .enumerate()
                    .filter(|(at, key)| !keys[..*at].contains(key))
                    .map(|(_, key)| key.clone())
                    .collect();
            }
            Some(NoneAreAllOfThem) if keys.is_empty() => keys = vec![Key::new(&["pool", "a"])],
            _ => {}
        }
        let mut found = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            if self.has(ManyAreOfSeveralMoments) {
                tokio::task::yield_now().await;
            }
            found.push(if self.has(ManyAreCapped) && at >= 100 { None } else { self.find(key) });
        }
        if self.has(ManyDropTheMissing) {
            found.retain(Option::is_some);
        }
        Ok(found)
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        self.count();
        let (mut found, limit) = (self.in_order(range), self.limit(range));
        match range.direction {
            Direction::Backward if self.has(BackwardIsForward) => {}
            Direction::Backward if self.has(BackwardBeginsAtTheLowEnd) => {
                found.truncate(limit);
                found.reverse();
            }
            Direction::Backward => found.reverse(),
            Direction::Forward => {}
        }
        found.truncate(limit);
        if self.has(ScansAreOfSeveralMoments) {
            for document in &mut found {
                tokio::task::yield_now().await;
                *document = self.find(&document.key).unwrap_or_else(|| document.clone());
            }
        }
        Ok(found)
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        self.count();
        let mixed = batch.windows(2).any(|pair| pair[0].0.tenant() != pair[1].0.tenant());
        match (self.fault, check_batch(&batch)) {
            (Some(LongKeysAreTaken), Err(error)) if error.kind() == StorageErrorKind::TooLarge => {}
            (Some(TenantsAreMixed), _) if mixed => {}
            (Some(TwiceAKeyIsTaken), Err(_)) if !mixed => {}
            (_, checked) => checked?,
        }
        let effects = self.effects(&batch)?;
        if self.has(ChecksThenWrites) {
            tokio::task::yield_now().await;
        }
        if self.has(SeventhWriteIsLost) && self.commits.fetch_add(1, Ordering::Relaxed) % 7 == 6 {
            return Ok(());
        }
        self.write(effects);
        Ok(())
    }
}
