#![doc = include_str!("../README.md")]

pub mod check;
pub mod query;
pub mod schema;
mod sensitive;
mod target;

#[rustfmt::skip]
#[path = "generated/cognito_identity.rs"]
pub mod cognito_identity;
#[rustfmt::skip]
#[path = "generated/cognito_idp.rs"]
pub mod cognito_idp;
#[rustfmt::skip]
#[path = "generated/iam.rs"]
pub mod iam;
#[rustfmt::skip]
#[path = "generated/sts.rs"]
pub mod sts;

pub use schema::{Auth, OperationInfo, Protocol, Service};
pub use sensitive::Sensitive;
pub use target::Target;

/// One operation of a service, as a type.
pub trait Operation {
    /// What a caller sends.
    type Input: serde::de::DeserializeOwned + Send + Sync;
    /// What the caller gets.
    type Output: serde::Serialize + Send;
    /// The operation's name, as in `X-Amz-Target` or `Action`.
    const NAME: &'static str;
    /// What the service model says of it.
    const INFO: &'static OperationInfo;

    /// What this request is about, by the members that the operation declares: what policies are judged on. Empty for an
    /// operation that is about nothing in particular.
    fn targets(_: &Self::Input) -> Vec<Target<'_>> {
        Vec::new()
    }

    /// The ARNs of the roles that this request hands to a service, which acts in them later: for each of them the caller
    /// needs `iam:PassRole`.
    fn passed_roles(_: &Self::Input) -> Vec<&str> {
        Vec::new()
    }

    /// The tags that this request gives to what it makes or changes, by key: `aws:RequestTag` in policies.
    fn tags(_: &Self::Input) -> Vec<(&str, &str)> {
        Vec::new()
    }

    /// The keys of the tags that this request takes away. With those of [`tags`](Self::tags) they are `aws:TagKeys`.
    fn removed_tags(_: &Self::Input) -> Vec<&str> {
        Vec::new()
    }
}
