use std::sync::Arc;

use async_trait::async_trait;
use identity_kernel::context::RequestContext;
use identity_kernel::time::Timestamp;

use crate::error::{Error, ErrorCode};
use crate::model::ids::{IdentityId, IdentityPoolId};
use crate::model::role_warning::Warning;

/// Hears what happened to identity pools and their identities: for audit, risk and webhooks.
///
/// # Contract
///
/// - [`record`](Self::record) is called once for each attempt to change or to vend something, after what it tells of was
///   committed or refused. Reading is not told.
/// - It cannot refuse. The caller's answer waits for it: hand over and return.
/// - An event holds no secret: no token, no credentials but the access key id.
#[async_trait]
pub trait Events: Send + Sync {
    /// Hears of `event`.
    async fn record(&self, event: &Event);
}

/// Something that happened, or was tried.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// Its own id, a UUID.
    pub id: String,
    /// When it ended.
    pub time: Timestamp,
    /// What was done.
    pub action: Action,
    /// To what it was done, and what came of it.
    pub details: Details,
    /// How it ended.
    pub outcome: Outcome,
    /// From where, by whom, and in which request.
    pub context: Arc<RequestContext>,
}

/// To what something was done, and what came of it, as far as it is known.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Details {
    /// The pool; `None` if the call named none, or an identity that does not exist.
    pub pool: Option<IdentityPoolId>,
    /// The identity.
    pub identity: Option<IdentityId>,
    /// The providers whose logins were shown, as the call named them; a caller may write anything here.
    pub providers: Vec<String>,
    /// The role that was asked for or chosen, as an ARN.
    pub role_arn: Option<String>,
    /// The access key id that was vended, by which later requests are joined to this event.
    pub access_key_id: Option<String>,
    /// The providers whose logins were linked, and led to no identity before, or were unlinked.
    pub linked: Vec<String>,
    /// The identities that were merged into this one, and are disabled since.
    pub merged: Vec<IdentityId>,
    /// For whom a token for other services was asked for.
    pub audiences: Vec<String>,
    /// What was done and had better not have been: rules and tags that trust what users write themselves (requirement line 104).
    pub warnings: Vec<Warning>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Credentials of a role that the caller names were vended.
    AssumeRoleWithWebIdentity,
    /// A pool was made.
    CreatePool,
    /// Identities were removed: an event for each.
    DeleteIdentity,
    /// A pool was removed with everything in it.
    DeletePool,
    /// Credentials of the role that the pool chose were vended.
    GetCredentials,
    /// The identity of logins was asked for, and made if there was none.
    GetId,
    /// An OpenID token was made.
    GetOpenIdToken,
    /// An OpenID token was made for a user of the operator's own system.
    GetOpenIdTokenForDeveloper,
    /// A token for other services was made.
    GetWebIdentityToken,
    /// The identities of two users of the operator's own system were merged.
    MergeDeveloperIdentities,
    /// The account's issuer of tokens for other services was given a new signing key.
    RotateOutboundKey,
    /// A pool was given a new signing key.
    RotateSigningKey,
    /// A pool's roles and mappings were replaced.
    SetPoolRoles,
    /// It was said which claims become session tags.
    SetPrincipalTags,
    /// A pool was given tags.
    TagPool,
    /// A user of the operator's own system was parted from its identity.
    UnlinkDeveloperIdentity,
    /// Logins were parted from their identity.
    UnlinkIdentity,
    /// Tags were taken away from a pool.
    UntagPool,
    /// A pool's settings were replaced.
    UpdatePool,
}

impl Action {
    /// Its name in logs. Never renamed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AssumeRoleWithWebIdentity => "assume-role-with-web-identity",
            Self::CreatePool => "create-identity-pool",
            Self::DeleteIdentity => "delete-identity",
            Self::DeletePool => "delete-identity-pool",
            Self::GetCredentials => "get-credentials",
            Self::GetId => "get-id",
            Self::GetOpenIdToken => "get-open-id-token",
            Self::GetOpenIdTokenForDeveloper => "get-open-id-token-for-developer-identity",
            Self::GetWebIdentityToken => "get-web-identity-token",
            Self::MergeDeveloperIdentities => "merge-developer-identities",
            Self::RotateOutboundKey => "rotate-outbound-key",
            Self::RotateSigningKey => "rotate-signing-key",
            Self::SetPoolRoles => "set-identity-pool-roles",
            Self::SetPrincipalTags => "set-principal-tag-attribute-map",
            Self::TagPool => "tag-identity-pool",
            Self::UnlinkDeveloperIdentity => "unlink-developer-identity",
            Self::UnlinkIdentity => "unlink-identity",
            Self::UntagPool => "untag-identity-pool",
            Self::UpdatePool => "update-identity-pool",
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was refused: the error's code, and its text.
    Refused(ErrorCode, String),
}

impl Outcome {
    /// How a call ended that gave this.
    pub fn of<T>(result: &Result<T, Error>) -> Self {
        match result {
            Ok(_) => Self::Success,
            Err(error) => Self::Refused(error.code(), error.to_string()),
        }
    }
}

/// Hears nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoEvents;

#[async_trait]
impl Events for NoEvents {
    async fn record(&self, _: &Event) {}
}
