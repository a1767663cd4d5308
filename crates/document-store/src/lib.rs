#![doc = include_str!("../README.md")]

pub mod base64_bytes;
mod change;
pub mod error;
mod key;
pub mod page;
mod record;
mod store;

pub use change::{Batch, Change, Effect, check_batch, judge};
pub use error::{StorageError, StorageErrorKind};
pub use key::Key;
pub use page::{Page, PageRequest};
pub use record::{
    Changes, Index, IndexState, Match, Name, Past, Prepared, Records, Reindexed, Remember, Stored, Tenant, Versioned,
    forget_history, history, history_onward, index_state, reindex, sortable, sweep,
};
pub use store::{Direction, Document, DocumentStore, Range, remove_everything};
