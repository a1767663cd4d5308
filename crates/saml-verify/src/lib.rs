#![doc = include_str!("../README.md")]

mod assertion;
mod base64_text;
mod canonical;
mod der;
mod digest;
mod expected;
mod instant;
mod malformed;
mod metadata;
mod names;
#[cfg(test)]
mod old_algorithms;
mod redirect;
mod refused;
mod response;
#[cfg(test)]
mod samples;
mod signature;
mod signed_info;
mod signing_key;
mod statements;
mod validity;
mod xml;

pub use assertion::{Assertion, Attribute, NameId};
pub use expected::{Answers, Expected};
pub use malformed::Malformed;
pub use metadata::{InvalidMetadata, Metadata};
pub use redirect::{
    AuthnRequest, InvalidRequest, LogoutRequest, LogoutResponse, Message, Redirect, RedirectAlgorithm, Redirected,
};
pub use refused::Refused;
pub use signing_key::{SigningKey, UnusableCertificate};
