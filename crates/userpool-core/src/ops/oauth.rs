//! The OAuth 2 and OpenID Connect endpoints of a pool, as operations: whoever serves them turns parameters and answers alone.

mod authorize;
mod browser;
mod client_auth;
mod error;
mod federation;
mod introspect;
mod logout;
mod metadata;
mod redeem;
mod token;
mod user_info;

pub use authorize::{Authorization, Decision, SignedIn, Unanswerable};
pub use client_auth::ClientProof;
pub use error::OAuthError;
pub use federation::{FederationBegun, FederationReturned};
pub use logout::AfterSignOut;
pub use redeem::Redemption;
pub use token::Granting;

pub use crate::model::authorization::{AnswerTo, AuthorizationRequest, OAuthCode, Refused};
pub use crate::ops::outcome::BrowserSecret;
