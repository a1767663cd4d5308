//! What a user pool asks of a storage for authorizations: codes, and sign-ins of browsers.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;

use crate::model::authorization_code::AuthorizationCode;
use crate::model::browser_session::BrowserSession;
use crate::model::ids::UserPoolId;

/// Looks authorizations up.
#[async_trait]
pub trait Authorizations: Send + Sync {
    /// The code of this hash.
    async fn code(&self, pool: &UserPoolId, id: &str) -> Result<Option<Versioned<AuthorizationCode>>, StorageError>;
    /// The sign-in of the browser whose secret has this hash.
    async fn browser(&self, pool: &UserPoolId, id: &str) -> Result<Option<Versioned<BrowserSession>>, StorageError>;
}

/// A change of an authorization.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a write is made, committed and dropped; a commit holds a handful")]
pub enum AuthorizationWrite {
    /// Adds a code. `AlreadyExists` if there is one of this hash.
    InsertCode {
        /// The code.
        code: AuthorizationCode,
    },
    /// Marks a code as spent. `Conflict` unless it stands as it was read: of two that redeem it, one wins.
    SpendCode {
        /// As it was read.
        before: Versioned<AuthorizationCode>,
        /// As it is to be.
        after: AuthorizationCode,
    },
    /// Adds a browser's sign-in. `AlreadyExists` if there is one of this hash.
    InsertBrowser {
        /// The sign-in.
        session: BrowserSession,
    },
    /// Removes a browser's sign-in. `Conflict` unless it stands as it was read.
    DeleteBrowser {
        /// As it was read.
        before: Versioned<BrowserSession>,
    },
}
