//! A code that a client redeems for tokens (RFC 6749 §4.1).

use identity_kernel::time::Timestamp;

use crate::model::ceremony::KeptProofs;
use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::model::pool::InvalidationMark;

/// What an authorization grants, besides to whom.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Granted {
    /// Scopes, in the order of the request.
    pub scopes: Vec<String>,
    /// The application's `nonce`.
    pub nonce: Option<String>,
    /// The resource that access tokens are for (RFC 8707).
    pub resource: Option<String>,
}

/// A code. The code itself is stored nowhere: 256 random bits, by whose hash it is found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthorizationCode {
    /// The pool.
    pub pool: UserPoolId,
    /// The hash of the code.
    pub id: String,
    /// The client that asked, and redeems.
    pub client: ClientId,
    /// Where it was sent.
    pub redirect_uri: String,
    /// Whether the request named that place: then redeeming names it too.
    pub names_redirect_uri: bool,
    /// The challenge that the redeemer's verifier answers (RFC 7636), `S256`.
    pub challenge: Option<String>,
    /// What is granted.
    pub granted: Granted,
    /// Who signed in.
    pub sub: Subject,
    /// The user's epoch then.
    pub epoch: u64,
    /// The pool's mark then.
    pub mark: InvalidationMark,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
    /// What was proved.
    pub proofs: KeptProofs,
    /// From when on it is not redeemed any more.
    pub expires_at: Timestamp,
    /// The session that it was redeemed for.
    pub spent: Option<String>,
    /// Until when it is remembered, so that a second use is known for one.
    pub kept_until: Timestamp,
}
