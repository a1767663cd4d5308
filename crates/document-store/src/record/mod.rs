//! Records: what stands in documents, version by version.
//!
//! A record is not the struct that a service works with but its stored form, an envelope around JSON:
//!
//! ```json
//! {"v": 3, "min_writer": 2, "by": 3, "ends": 1700000000000, "data": {"email": "ada@example.com"}}
//! ```
//!
//! - `v` is the version of the form ([`Stored::VERSION`]). An older one is brought forward by [`Stored::upgrade`] when it is
//!   read; a newer one is read as far as this node understands it.
//! - `min_writer` is the least version that may write the record. A node below it refuses with
//!   [`NewerRecord`](crate::StorageErrorKind::NewerRecord); `min_reader`, where it stands, does the same for reading.
//! - Members of `data` that this node does not know, in objects at any depth, are kept when it writes the record: a node of
//!   the version before does not take away what one of the version after has added. Inside of lists they are not kept: a
//!   form that adds members to a list's elements raises [`Stored::LEAST_WRITER`].
//! - `by` is the version that wrote last: what [`reindex`] looks at. `ends` is when the record may be removed by [`sweep`].

mod changes;
mod envelope;
mod history;
mod lookup;
mod reindex;
mod stored;
mod sweep;

pub use changes::{Changes, Prepared, Remember};
pub use envelope::Versioned;
pub use history::{Past, forget_history, history, history_onward};
pub use lookup::{Match, Records};
pub use reindex::{IndexState, Reindexed, index_state, reindex};
pub use stored::{Index, Name, Stored, Tenant, sortable};
pub use sweep::sweep;
