//! Cenote's ports on a real machine.
//!
//! - [`Argon2Hasher`] hashes passwords off the serving threads, behind permits.
//! - [`FileOutbox`] and [`MemoryOutbox`] take messages, where no mail server is.

mod hasher;
mod outbox;

pub use hasher::{Argon2Hasher, HashingCost};
pub use outbox::{FileOutbox, MemoryOutbox, row};
