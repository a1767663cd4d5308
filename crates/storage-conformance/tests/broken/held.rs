//! A rule, held against a storage.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use storage_conformance::Running;

/// What came of it.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    /// The storage keeps the rule.
    Kept,
    /// It does not: where the rule says so.
    Broken(String),
    /// The rule goes on for ever, and so notices nothing.
    Endless,
    /// The storage itself failed, and not the rule.
    Failed(String),
}

thread_local! {
    /// Where the rule that this thread holds a storage to has failed, and what it said.
    static FAILED: RefCell<Option<(String, String)>> = const { RefCell::new(None) };
    static HOLDING: RefCell<bool> = const { RefCell::new(false) };
}

/// Rules panic by the dozen here: each leaves its place, and prints nothing.
fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |said: &PanicHookInfo<'_>| {
            if !HOLDING.with_borrow(|holding| *holding) {
                return before(said);
            }
            let place = said.location().map(ToString::to_string).unwrap_or_default();
            let words = said.payload_as_str().unwrap_or_default().to_owned();
            FAILED.with_borrow_mut(|failed| *failed = Some((place, words)));
        }));
    });
}

pub(crate) fn hold<S: ?Sized>(rule: for<'a> fn(&'a S) -> Running<'a>, storage: &S) -> Outcome {
    listen();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    HOLDING.with_borrow_mut(|holding| *holding = true);
    let outcome = catch_unwind(AssertUnwindSafe(|| runtime.block_on(rule(storage))));
    HOLDING.with_borrow_mut(|holding| *holding = false);
    if outcome.is_ok() {
        return Outcome::Kept;
    }
    let (place, words) = FAILED.take().unwrap();
    match place.split_once("storage-conformance/src/") {
        Some((_, line)) => Outcome::Broken(line.to_owned()),
        None if words == super::ENDLESS => Outcome::Endless,
        None => Outcome::Failed(format!("{words} at {place}")),
    }
}
