#![doc = include_str!("../README.md")]
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    reason = "a broken rule panics: that is how a test fails"
)]

mod counting;
pub mod documents;
pub mod federation;
mod macros;
pub mod user_pools;
pub mod vending;
mod yielding;

use std::future::Future;
use std::pin::Pin;

use document_store::error::{StorageError, StorageErrorKind};
use document_store::page::PageRequest;

pub use counting::Counting;
pub use yielding::Yielding;

/// A rule and its name. It panics if a storage breaks it.
pub type Rule<S> = (&'static str, for<'a> fn(&'a S) -> Running<'a>);

/// A rule that is being held against a storage.
pub type Running<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// The kind of a refusal, and the write that was refused.
fn refused(outcome: Result<(), StorageError>) -> (StorageErrorKind, Option<usize>) {
    let error = outcome.unwrap_err();
    (error.kind(), error.write())
}

/// One of them went through, and every other was refused for this reason.
fn one_won(outcomes: Vec<Result<(), StorageError>>, lost: StorageErrorKind) {
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.into_iter().filter_map(Result::err).all(|error| error.kind() == lost));
}

/// A page that holds all that a rule writes.
fn everything() -> PageRequest {
    PageRequest { limit: 1000, after: None }
}

#[doc(hidden)]
pub use credential_vending::{DocumentVending, VendingStorage};
#[doc(hidden)]
pub use document_store::DocumentStore as Store;
#[doc(hidden)]
pub use identity_federation::{DocumentFederation, FederationStorage};
#[doc(hidden)]
pub use userpool_core::{DocumentUserPools, UserPoolStorage};
