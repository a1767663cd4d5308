#![doc = include_str!("../README.md")]

mod algorithm;
mod backend;
mod base64url;
mod claims;
#[doc(hidden)]
pub mod claims_json;
mod discovery;
mod error;
mod fetch;
mod issuer_form;
mod jws;
mod key_formats;
mod key_ring;
mod key_set;
mod registered;
mod remote_keys;
mod roca;
#[cfg(feature = "danger-hs256")]
mod shared_secret;
mod signing_key;
mod sound;
mod trusted_issuers;
mod verified;
mod verifier;
mod verifying_key;

pub use algorithm::Algorithm;
pub use claims::{AccessClaims, IdClaims, IdentityPoolClaims, SessionTags};
pub use error::{KeyError, TokenError};
pub use fetch::{Fetch, FetchError, Fetched};
pub use identity_kernel::entropy::{Entropy, SystemEntropy};
pub use identity_kernel::sealing::MasterKey;
pub use identity_kernel::secret::{SecretBytes, SecretString};
pub use identity_kernel::time::{Clock, SystemClock, Timestamp};
pub use issuer_form::IssuerForm;
pub use jsonwebtoken::jwk::{Jwk, JwkSet};
pub use key_ring::{KeyRing, KeyRings, KeyUse, Rotated, Rotation, SealedKey};
pub use key_set::{DroppedKey, KeySet};
pub use remote_keys::RemoteKeys;
#[cfg(feature = "danger-hs256")]
pub use shared_secret::SharedSecret;
pub use signing_key::SigningKey;
pub use trusted_issuers::{TrustedIssuers, VerifyError};
pub use verified::{LazyToken, VerifiedToken};
pub use verifier::{UnboundVerifier, Verifier};
pub use verifying_key::VerifyingKey;

/// A token longer than this is refused before anything is decoded (16 KiB).
pub const LONGEST_TOKEN: usize = 16 * 1024;

/// A token's header longer than this is refused, in encoded characters (4 KiB).
pub const LONGEST_HEADER: usize = 4 * 1024;
