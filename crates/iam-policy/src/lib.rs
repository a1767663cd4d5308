#![doc = include_str!("../README.md")]

mod condition;
mod context;
mod context_keys;
mod decision;
mod error;
mod kind;
mod names;
mod parse;
mod pattern;
mod policy;
mod principal;
mod simulation;
mod statement;
mod steps;
mod trace;
mod variable;
mod wild;

pub use context::Context;
pub use decision::{Decision, Layer, Policies, Reason, Request, Verdict, assumes, decide, trusts};
pub use error::{PolicyError, SyntaxFault};
pub use kind::PolicyKind;
pub use policy::{LONGEST_POLICY, Policy};
pub use principal::Principal;
pub use simulation::{Simulation, simulate};
pub use trace::{ConditionTrace, StatementTrace, explain};
