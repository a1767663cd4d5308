//! The operations that are measured, in groups: the first of each group is what the others are held against.

pub mod policies;
pub mod roles;
pub mod secrets;
pub mod storage;
pub mod tokens;

/// An operation.
pub struct Operation {
    /// What it is called in the report.
    pub name: &'static str,
    /// The largest ratio to the first of its group that it should have; `None` where there is no such aim.
    pub aim: Option<f64>,
    /// Does it once.
    pub run: Box<dyn FnMut()>,
}

impl Operation {
    /// An operation without aim.
    pub fn new(name: &'static str, run: impl FnMut() + 'static) -> Self {
        Self { name, aim: None, run: Box::new(run) }
    }

    /// The same with an aim.
    #[must_use]
    pub fn at_most(self, aim: f64) -> Self {
        Self { aim: Some(aim), ..self }
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
    [tokens::groups(), secrets::groups(), policies::groups(), roles::groups()].into_iter().flatten().collect()
}

/// The backend under tokens.
pub fn backend() -> &'static str {
    if cfg!(feature = "aws-lc") { "aws-lc-rs" } else { "ring" }
}
