//! What the service tells the outside.

use std::sync::Arc;

use async_trait::async_trait;
use identity_kernel::context::RequestContext;
use identity_kernel::time::Timestamp;

use crate::error::{Error, ErrorCode};

/// Hears what happened to roles, keys and credentials: for audit, risk and webhooks.
///
/// # Contract
///
/// - [`record`](Self::record) is called once for each attempt to change or to vend something, after what it tells of was
///   committed or refused. Reading is not told,
///   but for what a denial was about, which tells of policies.
/// - It cannot refuse. The caller's answer waits for it: hand over and return.
/// - An event holds no secret: no secret key, no session token, no policy document.
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
    /// What it was done to, as the call named it; a caller may write anything here. The ARN of the role that was assumed;
    /// the name of a role, the ARN or URL of a provider, an operator's access key id; what was revoked, as
    /// [`Revoked::label`](crate::Revoked::label) writes it; the access key id of what was narrowed; nothing of vending keys and
    /// explanations.
    pub target: String,
    /// The access key id that was vended, by which later requests are joined to this event.
    pub access_key_id: Option<String>,
    /// What narrowed credentials are for, as whoever narrowed them says.
    pub description: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// From where, by whom, and in which request.
    pub context: Arc<RequestContext>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Credentials of a role were vended.
    AssumeRole,
    /// A managed policy was attached to a role.
    AttachRolePolicy,
    /// A managed policy was made.
    CreateManagedPolicy,
    /// A login provider was registered.
    CreateOidcProvider,
    /// A managed policy was given another version.
    CreatePolicyVersion,
    /// A role was made.
    CreateRole,
    /// A SAML identity provider was registered.
    CreateSamlProvider,
    /// A sealed explanation of a denial was opened.
    DecodeAuthorizationMessage,
    /// A managed policy was removed.
    DeleteManagedPolicy,
    /// A version of a managed policy was removed.
    DeletePolicyVersion,
    /// A login provider was removed.
    DeleteOidcProvider,
    /// A role was removed.
    DeleteRole,
    /// A policy was taken from a role.
    DeleteRolePolicy,
    /// An operator made temporary credentials for somebody.
    GetFederationToken,
    /// An operator made temporary credentials of their own.
    GetSessionToken,
    /// Credentials were narrowed.
    NarrowCredentials,
    /// A SAML identity provider was removed.
    DeleteSamlProvider,
    /// A managed policy was detached from a role.
    DetachRolePolicy,
    /// An operator's key was stored.
    PutOperatorKey,
    /// A policy was put to a role.
    PutRolePolicy,
    /// An operator's key was removed.
    RemoveOperatorKey,
    /// Sessions were revoked.
    Revoke,
    /// A new vending key took the place of the one before.
    RotateVendingKey,
    /// Another version of a managed policy counts.
    SetDefaultPolicyVersion,
    /// What an operator may do was said anew.
    SetOperatorPolicy,
    /// A SAML identity provider was given other metadata.
    UpdateSamlProvider,
    /// The most that may ever be done with a role was said anew.
    SetRoleBoundary,
    /// A managed policy's tags were changed.
    TagManagedPolicy,
    /// A role's tags were changed.
    TagRole,
    /// A role's description or longest session was said anew.
    UpdateRole,
    /// Whom a role trusts was said anew.
    UpdateTrust,
}

impl Action {
    /// Its name in logs. Never renamed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AssumeRole => "assume-role",
            Self::AttachRolePolicy => "attach-role-policy",
            Self::CreateManagedPolicy => "create-policy",
            Self::CreateOidcProvider => "create-oidc-provider",
            Self::CreateRole => "create-role",
            Self::CreateSamlProvider => "create-saml-provider",
            Self::CreatePolicyVersion => "create-policy-version",
            Self::DecodeAuthorizationMessage => "decode-authorization-message",
            Self::DeleteManagedPolicy => "delete-policy",
            Self::DeletePolicyVersion => "delete-policy-version",
            Self::DetachRolePolicy => "detach-role-policy",
            Self::DeleteOidcProvider => "delete-oidc-provider",
            Self::DeleteRole => "delete-role",
            Self::DeleteRolePolicy => "delete-role-policy",
            Self::GetFederationToken => "get-federation-token",
            Self::GetSessionToken => "get-session-token",
            Self::NarrowCredentials => "narrow-credentials",
            Self::DeleteSamlProvider => "delete-saml-provider",
            Self::PutOperatorKey => "put-operator-key",
            Self::PutRolePolicy => "put-role-policy",
            Self::RemoveOperatorKey => "remove-operator-key",
            Self::Revoke => "revoke",
            Self::RotateVendingKey => "rotate-vending-key",
            Self::SetDefaultPolicyVersion => "set-default-policy-version",
            Self::SetRoleBoundary => "set-role-boundary",
            Self::TagManagedPolicy => "tag-policy",
            Self::TagRole => "tag-role",
            Self::UpdateRole => "update-role",
            Self::SetOperatorPolicy => "set-operator-policy",
            Self::UpdateSamlProvider => "update-saml-provider",
            Self::UpdateTrust => "update-trust",
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
