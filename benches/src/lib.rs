//! The operations that are measured, in groups: the first of each group is what the others are held against.
#![allow(clippy::disallowed_methods, reason = "measurements read the real clock and draw real randomness")]

pub mod policies;
pub mod resource_server;
mod roles;
pub mod secrets;
pub mod sign_ins;
pub mod storage;
pub mod tokens;

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a figure should be.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub enum Aim {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Aim {
    /// Whether a figure misses it.
    pub fn is_missed_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(aim) => value > aim,
            Self::AtLeast(aim) => value < aim,
        }
    }
}

impl fmt::Display for Aim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(aim) => write!(f, "at most {aim}"),
            Self::AtLeast(aim) => write!(f, "at least {aim}"),
        }
    }
}

/// An aim and whether a figure misses it, as the report says it.
pub fn told(aim: Option<Aim>, value: f64) -> String {
    let missed = |aim: Aim| if aim.is_missed_by(value) { ", **missed**" } else { "" };
    aim.map_or_else(String::new, |aim| format!("{aim}{}", missed(aim)))
}

/// An operation.
pub struct Operation {
    /// What it is called in the report.
    pub name: &'static str,
    /// The ratio to the first of its group that it should have; `None` where there is no such aim.
    pub aim: Option<Aim>,
    /// Does it once.
    pub run: Box<dyn FnMut()>,
}

impl Operation {
    /// An operation without aim.
    pub fn new(name: &'static str, run: impl FnMut() + 'static) -> Self {
        Self { name, aim: None, run: Box::new(run) }
    }

    /// The same with an aim for what is ours: no larger ratio than this.
    #[must_use]
    pub fn at_most(self, aim: f64) -> Self {
        Self { aim: Some(Aim::AtMost(aim)), ..self }
    }

    /// The same with an aim for a peer's: it should take at least so many times as long.
    #[must_use]
    pub fn at_least(self, aim: f64) -> Self {
        Self { aim: Some(Aim::AtLeast(aim)), ..self }
    }
}

/// Operations to be compared.
pub struct Group {
    /// What the group is called in the report.
    pub name: &'static str,
    /// The operations.
    pub operations: Vec<Operation>,
}

/// Every group but the storages'.
pub fn groups() -> Vec<Group> {
    [tokens::groups(), secrets::groups(), policies::groups(), roles::groups(), resource_server::groups()]
        .into_iter()
        .flatten()
        .collect()
}

/// The backend under tokens.
pub fn backend() -> &'static str {
    if cfg!(feature = "aws-lc") { "aws-lc-rs" } else { "ring" }
}
