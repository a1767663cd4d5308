//! The AWS policy language: parse, evaluate, and say which statement decided.
//!
//! Pure: no store, no clock, no account. A [`Request`] says who wants what under which circumstances; [`Policies`]
//! holds the documents of each layer; [`decide`] answers with the deciding statement, and [`explain`] with every
//! statement and each of its conditions. Explicit deny wins, limits only
//! ever narrow, and whatever cannot be read or resolved denies.
//!
//! ```
//! use iam_policy::{Context, Policies, Policy, PolicyKind, Principal, Request, Verdict, decide};
//!
//! # fn main() -> Result<(), iam_policy::PolicyError> {
//! let own_folder = Policy::parse("own-folder", PolicyKind::Identity, r#"{
//!   "Version": "2012-10-17",
//!   "Statement": {
//!     "Effect": "Allow",
//!     "Action": "s3:PutObject",
//!     "Resource": "arn:aws:s3:::photos/${cognito-identity.amazonaws.com:sub}/*"
//!   }
//! }"#)?;
//! let policies = Policies::of_identity(std::slice::from_ref(&own_folder));
//!
//! let context = Context::new().with("cognito-identity.amazonaws.com:sub", "us-east-1:ada");
//! let mut request = Request {
//!     principal: Principal::role_session("arn:aws:iam::123456789012:role/app", "s1"),
//!     action: "s3:PutObject".to_owned(),
//!     resource: "arn:aws:s3:::photos/us-east-1:ada/cat.png".to_owned(),
//!     context,
//! };
//! assert_eq!(decide(&policies, &request).verdict, Verdict::Allowed);
//!
//! request.resource = "arn:aws:s3:::photos/us-east-1:eve/cat.png".to_owned();
//! assert_eq!(decide(&policies, &request).verdict, Verdict::ImplicitDeny);
//! # Ok(())
//! # }
//! ```

mod condition;
mod context;
mod decision;
mod error;
mod parse;
mod pattern;
mod policy;
mod principal;
mod statement;
mod trace;

pub use context::Context;
pub use decision::{Decision, Layer, Policies, Reason, Request, Verdict, decide, trusts};
pub use error::PolicyError;
pub use policy::{Policy, PolicyKind};
pub use principal::Principal;
pub use trace::{ConditionTrace, StatementTrace, explain};
