//! Storages with one planted fault each, and which rule notices it.

pub(crate) mod documents;
mod held;
pub(crate) mod records;

use storage_conformance::Rule;

use held::{Outcome, hold};

/// A fault, what a storage does that has it, and the rule that notices.
pub(crate) type Case<F> = (F, &'static str, &'static str);

/// What a storage says that is asked without end.
pub(crate) const ENDLESS: &str = "the rule does not end";

/// Holds the storage without a fault to every rule, and each with a fault to the rule that is to notice it. Prints the list.
pub(crate) fn judge<F: Copy, S: ?Sized>(
    what: &str,
    cases: &[Case<F>],
    rules: &[Rule<S>],
    make: impl Fn(Option<F>) -> Box<S>,
) {
    for (name, rule) in rules {
        assert_eq!(hold(*rule, &*make(None)), Outcome::Kept, "{name} by a {what} without a fault");
    }
    let mut unnoticed = Vec::new();
    for (fault, does, noticed_by) in cases {
        let found = rules.iter().find(|(name, _)| name == noticed_by);
        let (_, rule) = found.unwrap_or_else(|| panic!("there is no rule {noticed_by}"));
        match hold(*rule, &*make(Some(*fault))) {
            Outcome::Broken(at) => println!("a {what} that {does}: {noticed_by} ({at})"),
            other => unnoticed.push(format!("{does}: {other:?} by {noticed_by}")),
        }
    }
    assert_eq!(unnoticed, [""; 0], "every fault is noticed");
    println!("{} faults of a {what}, each noticed", cases.len());
}

/// The rules that notice no planted fault: what they are worth has not been shown.
pub(crate) fn idle<F, S: ?Sized>(cases: &[Case<F>], rules: &[Rule<S>]) -> Vec<&'static str> {
    let names = rules.iter().map(|(name, _)| *name);
    names.filter(|name| cases.iter().all(|(_, _, noticed_by)| noticed_by != name)).collect()
}
