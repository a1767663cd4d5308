//! Counts the work of matching in the crate's own tests, and does nothing elsewhere: a bound is proven by steps, not by time.

#[cfg(test)]
thread_local! {
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// So many characters were looked at, copied or compared.
#[cfg(test)]
pub(crate) fn count(steps: usize) {
    STEPS.set(STEPS.get() + steps);
}

#[cfg(not(test))]
pub(crate) fn count(_steps: usize) {}

/// How many steps this takes, on this thread.
#[cfg(test)]
pub(crate) fn of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = STEPS.get();
    let answer = work();
    (answer, STEPS.get() - before)
}
