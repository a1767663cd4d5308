//! An outside login becomes a verified assertion.
//!
//! A provider is named without scheme, as identity pools name it: `accounts.google.com`,
//! `cognito-idp.us-east-1.amazonaws.com/us-east-1_Ab3dEf9hJ`. What a caller presents and the trust that a pool states for
//! that provider become one [`Assertion`], or a reason: by a [`LoginVerifier`] for each kind of provider. The verifier of
//! OpenID Connect ID tokens, [`OidcIdTokens`], is here; an issuer's keys come to it through a port, [`Issuers`], and
//! whatever is asked of the outside goes through one way out, [`http::HttpPort`].

mod assertion;
mod fetch;
pub mod http;
mod id_token;
mod issuers;
mod provider_kind;
mod verifiers;

pub use crate::assertion::{Assertion, LoginError};
pub use crate::fetch::HttpFetch;
pub use crate::id_token::{OidcIdTokens, judge_id_token};
pub use crate::issuers::{Issuers, TrustedIssuer, Unreachable};
pub use crate::provider_kind::ProviderKind;
pub use crate::verifiers::{LoginVerifier, LoginVerifiers, PresentedLogin};
