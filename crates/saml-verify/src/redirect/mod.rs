//! The redirect binding: messages in the query of a URL (SAML Bindings §3.4).

mod authn_request;
mod inflated;
mod message;
mod query;

pub use authn_request::{AuthnRequest, InvalidRequest, Redirect, RedirectAlgorithm};
pub use message::{LogoutRequest, LogoutResponse, Message, Redirected};
#[cfg(test)]
pub(crate) use query::signed_query;
