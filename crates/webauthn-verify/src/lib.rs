#![doc = include_str!("../README.md")]

mod assertion;
mod attestation;
mod authenticator_data;
mod base64url;
mod cbor;
mod client_data;
mod credential_id;
mod expected;
mod json;
mod options;
mod origin;
mod public_key;
mod refused;
mod registration;

pub use assertion::{Assertion, Known};
pub use attestation::Attestation;
pub use authenticator_data::Flags;
pub use credential_id::CredentialId;
pub use expected::{Expected, UserVerification};
pub use json::{AssertionResponse, RegistrationResponse};
pub use options::{CreationOptions, RequestOptions};
pub use origin::{Origin, RelyingPartyId};
pub use public_key::{Algorithm, PublicKey};
pub use refused::{Malformed, Refused};
pub use registration::Registered;
