//! What a power cut leaves of a program's files.
//!
//! A killed program leaves to the system what it had handed over, so killing it shows nothing about a disk. Here a program
//! runs under `strace`, which writes down every change of its files and every sync, in order, together with the program's
//! own word of what is durable. From this record [`Disk`] makes the files as they may stand after a cut at any moment: what was
//! synced is there; of what was not, nothing, all, or any of its sectors.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "tests"
)]

mod disk;
mod record;
mod watch;

pub use disk::{Disk, Left};
pub use record::Event;
pub use watch::{Watched, watch};
