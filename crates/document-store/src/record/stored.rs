//! How a kind of record is declared.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::StorageError;
use crate::key::Key;

/// A kind of record: its stored form, its versions, and how it is found.
///
/// A change of the form raises [`VERSION`](Self::VERSION), and [`upgrade`](Self::upgrade) learns the step. If an older node
/// that keeps what it does not know would still do harm by writing the record, [`LEAST_WRITER`](Self::LEAST_WRITER) rises
/// too; if it would do harm by reading it (a restriction that it does not know), [`LEAST_READER`](Self::LEAST_READER).
pub trait Stored: Sized + Send + Sync + 'static {
    /// What is written: plain data, with serde. `Self` where a struct is stored as it is.
    type Form: Serialize + DeserializeOwned;

    /// The kind's name in keys. Never changed.
    const KIND: &'static str;
    /// The version of the form, from 1.
    const VERSION: u32;
    /// The least version whose nodes may write what is written now.
    const LEAST_WRITER: u32 = 1;
    /// The least version whose nodes may read what is written now.
    const LEAST_READER: u32 = 1;

    /// The form of this record.
    fn to_form(&self) -> Self::Form;

    /// The record of a form.
    ///
    /// # Errors
    ///
    /// `Corrupt` if the form is none that was ever written.
    fn from_form(form: Self::Form) -> Result<Self, StorageError>;

    /// The data of version `from`, one version on. `None` for a version that never was.
    fn upgrade(from: u32, data: Value) -> Option<Value> {
        let _ = (from, data);
        None
    }

    /// The record's own key parts within its tenant and kind.
    fn id(&self) -> Vec<&str>;

    /// Names that lead to this record and to no other of its kind.
    fn names(&self) -> Vec<Name> {
        Vec::new()
    }

    /// By which values records are searched.
    fn indexes() -> &'static [Index<Self>] {
        &[]
    }

    /// From when on the record is of no use to anybody, in milliseconds since 1970. `None` for ever useful.
    fn ends_at_millis(&self) -> Option<i64> {
        None
    }
}

/// A name that only one record of its kind may have.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Name {
    /// The name, folded as it is looked up. All names of a kind share one space, whatever their label.
    pub name: String,
    /// What sort of name it is: a refused commit names it as the [condition](StorageError::condition) that failed.
    pub label: &'static str,
}

/// A search that a kind of record is declared for.
pub struct Index<T> {
    /// Its name in keys. Never changed, and never used again for something else.
    pub name: &'static str,
    /// The first [`Stored::VERSION`] that writes it. Records that were written before are indexed by
    /// [`reindex`](super::reindex).
    pub since: u32,
    /// The values under which a record is found.
    pub values: fn(&T) -> Vec<String>,
}

/// Whose records: the first two parts of every key.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Tenant {
    namespace: &'static str,
    owner: String,
}

impl Tenant {
    /// The records of `owner` in a crate's or service's namespace.
    pub fn new(namespace: &'static str, owner: impl Into<String>) -> Self {
        Self { namespace, owner: owner.into() }
    }

    /// The key of these parts within the tenant.
    pub fn key(&self, parts: &[&str]) -> Key {
        Key::new(&self.parts(parts))
    }

    /// What every key of the tenant begins with whose next parts are `parts`, and the one after begins with `start`.
    pub fn prefix(&self, parts: &[&str], start: &str) -> Key {
        Key::prefix(&self.parts(parts), start)
    }

    /// Where the record of this kind and id stands.
    pub fn record<T: Stored>(&self, id: &[&str]) -> Key {
        self.key(&[&[T::KIND, "record"], id].concat())
    }

    pub(crate) fn name<T: Stored>(&self, name: &str) -> Key {
        self.key(&[T::KIND, "name", name])
    }

    fn parts<'a>(&'a self, parts: &[&'a str]) -> Vec<&'a str> {
        [&[self.namespace, self.owner.as_str()], parts].concat()
    }
}

/// A time in milliseconds since 1970 as text that sorts by time. What is before 1970 is 1970.
pub fn sortable(millis: i64) -> String {
    format!("{:020}", millis.max(0))
}
