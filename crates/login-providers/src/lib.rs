#![doc = include_str!("../README.md")]

mod access_tokens;
mod assertion;
mod fetch;
pub mod http;
mod id_token;
mod issuers;
mod provider_kind;
pub mod relying_party;
mod verifiers;

pub use crate::access_tokens::{AMAZON, AccessTokenChecks, AccessTokens, FACEBOOK};
pub use crate::assertion::{Assertion, LoginError};
pub use crate::fetch::HttpFetch;
pub use crate::id_token::{GOOGLE, OidcIdTokens, judge_id_token};
pub use crate::issuers::{Issuers, TrustedIssuer, Unreachable};
pub use crate::provider_kind::ProviderKind;
pub use crate::verifiers::{LoginVerifier, LoginVerifiers, PresentedLogin, TrustedClients};
