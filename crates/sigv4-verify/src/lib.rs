//! AWS Signature Version 4 on the server's side.
//!
//! [`read`] finds who claims to have signed a request, so that the secret can be looked up or derived;
//! [`Signature::verify`] then holds every byte that matters to it: method, path, query, signed headers, payload,
//! scope and time. Pure: no store, no clock.
//!
//! ```
//! use identity_kernel::time::Timestamp;
//! use sigv4_verify::{Body, HttpRequest, Rules, Scope, Signer, read};
//!
//! # fn main() -> Result<(), sigv4_verify::SignatureError> {
//! let now = Timestamp::from_epoch_seconds(1_700_000_000);
//! let scope = Scope::new("us-east-1", "cognito-idp");
//! let mut request = HttpRequest::new("POST", "/").header("host", "127.0.0.1:9229");
//!
//! let signer = Signer { access_key_id: "AKIDEXAMPLE", secret: "secret", session_token: None, scope: scope.clone() };
//! signer.sign(&mut request, &Body::Bytes(b"{}"), now);
//!
//! let signature = read(&request)?.expect("the request is signed");
//! assert_eq!(signature.access_key_id(), "AKIDEXAMPLE");
//! signature.verify(&request, &Body::Bytes(b"{}"), "secret", &Rules::for_service(scope), now)?;
//! # Ok(())
//! # }
//! ```

mod canonical;
mod chunks;
mod error;
mod request;
mod signature;
mod signer;

pub use chunks::{ChunkedBody, LARGEST_CHUNK};
pub use error::SignatureError;
pub use request::{Body, HttpRequest};
pub use signature::{Payload, Rules, Scope, Signature, read};
pub use signer::Signer;
