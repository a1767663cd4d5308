//! Credentials narrower than one's own, made by whoever holds the wider ones and nobody else.
//!
//! The session token grows by a layer that says how it is narrowed. The access key id grows by a hash of that token, and the
//! secret is an HMAC of that access key id under the secret before. So whoever holds credentials can narrow them without
//! asking anybody; whoever holds the narrow ones cannot come back to the wide ones, for that is a secret further up; and a
//! verifier, who knows the first secret, comes to the last one by the access key id alone.

mod chain;
mod layer;
mod narrow;

pub use layer::Scope;
pub use narrow::{Narrowing, ScopedCredentials};

pub(crate) use chain::{ids, secret_after, split};
pub(crate) use layer::read;
