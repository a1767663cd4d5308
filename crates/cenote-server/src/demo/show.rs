//! What the journey prints.

use std::fmt::Display;

use cenote::federation::TraceStep;

use crate::Failure;

/// A part of the journey begins.
pub(crate) fn chapter(title: &str) {
    println!("\n{title}");
}

/// Something to know.
pub(crate) fn line(what: &str, value: impl Display) {
    println!("    {what:<14} {value}");
}

/// Something that is allowed.
pub(crate) fn allowed(what: &str, how: &str) {
    println!("  ✓ {what}: {how}");
}

/// Something that must be refused; fails if it was not.
pub(crate) fn refused<T, E: Display>(what: &str, outcome: Result<T, E>) -> Result<(), Failure> {
    match outcome {
        Ok(_) => Err(format!("{what}: this must be refused, and was not").into()),
        Err(why) => {
            println!("  ✗ {what}: {why}");
            Ok(())
        }
    }
}

/// How a role was chosen.
pub(crate) fn trace(steps: &[TraceStep]) {
    for step in steps {
        println!("      - {step}");
    }
}
