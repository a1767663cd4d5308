//! SHA-1, which is judged in tests alone: most public samples are old.

use std::cell::Cell;

thread_local! {
    pub(crate) static SHA1: Cell<bool> = const { Cell::new(false) };
}

/// Whether this test judges SHA-1 like other algorithms.
pub(crate) fn sha1_is_judged() -> bool {
    SHA1.get()
}
