//! What a run could not judge, said at its end: a list that a green run shows too, and that CI does not let pass.

use std::fs;
use std::path::PathBuf;

use test_support::{in_ci, missing};

use crate::{Failure, root};

/// Where tests and steps write down what they missed.
pub(crate) fn list() -> PathBuf {
    root().join("target/missing")
}

/// What was not checked and need not be in CI. `docs/decisions/0039-advisories-are-not-a-gate.md` says why.
fn unchecked_list() -> PathBuf {
    root().join("target/unchecked")
}

/// Forgets what an earlier run missed.
pub(crate) fn begin() -> Result<(), Failure> {
    fs::create_dir_all(root().join("target"))?;
    for list in [list(), unchecked_list()] {
        if list.exists() {
            fs::remove_file(list)?;
        }
    }
    Ok(())
}

/// Something that this step needs is not here. The run goes on without it, and fails at its end in CI.
pub(crate) fn missing(step: &str, what: &str, how: &str) -> Result<(), Failure> {
    println!("missing: {what}: {how}");
    Ok(missing::note(&list(), step, what, how)?)
}

/// Something was not checked, which does not fail a run.
pub(crate) fn unchecked(step: &str, what: &str, why: &str) -> Result<(), Failure> {
    println!("{what}: not checked: {why}");
    Ok(missing::note(&unchecked_list(), step, &format!("{what}: not checked"), why)?)
}

/// Prints what was missed, and says how the run ended.
pub(crate) fn close(outcome: Result<(), Failure>) -> Result<(), Failure> {
    let unchecked = missing::told(&unchecked_list())?;
    if !unchecked.is_empty() {
        println!("\n=== not checked\n{unchecked}");
    }
    let missed = missing::told(&list())?;
    if missed.is_empty() {
        println!("\n=== nothing was missing");
        return outcome;
    }
    println!("\n=== missing, and so not judged\n{missed}");
    outcome.and_then(|()| verdict(in_ci()))
}

/// Of a run that judged all it could, but not everything.
fn verdict(in_ci: bool) -> Result<(), Failure> {
    if in_ci { Err("in CI nothing may be missing".into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::verdict;

    #[test]
    fn what_is_missing_fails_a_run_in_ci_alone() {
        assert!(verdict(true).is_err());
        assert!(verdict(false).is_ok());
    }
}
