//! The port of Cenote's storage engines: an ordered store of versioned documents, and records on it.
//!
//! A new engine (SQLite, PostgreSQL, a replicated log) implements [`DocumentStore`]; every domain then behaves alike on it.

mod documents;
pub mod error;
pub mod page;

pub use documents::{
    Batch, Change, Document, DocumentStore, Effect, Key, Records, Versioned, body, judge, purge, read, scan_page,
};
pub use error::{StorageError, StorageErrorKind};
pub use page::{Page, PageRequest};
