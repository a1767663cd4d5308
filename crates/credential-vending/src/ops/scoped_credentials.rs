//! `GetScopedCredentials`: narrower credentials, made by the server for who holds wider ones.

use identity_kernel::secret::SecretString;

use crate::callers::Caller;
use crate::error::{CredentialError, Error};
use crate::ports::{Action, Event, Outcome};
use crate::reasons::Fault;
use crate::scoped::{Narrowing, ScopedCredentials};
use crate::service::CredentialVending;
use crate::session::SessionStamp;
use crate::vending_key::Credentials;

/// Asks for narrower credentials.
#[derive(Clone, Debug)]
pub struct GetScopedCredentials {
    /// The access key id of the credentials that are narrowed.
    pub access_key_id: String,
    /// Their session token; none of an operator's, which cannot be narrowed.
    pub session_token: Option<SecretString>,
    /// How.
    pub narrowing: Narrowing,
}

/// A session, narrowed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ScopedSession {
    /// The narrowed credentials.
    pub scoped: ScopedCredentials,
    /// The session that was narrowed.
    pub outer: SessionStamp,
}

impl CredentialVending {
    /// Narrows credentials of a session as [`Credentials::narrow`] does, and tells whoever hears. Whether the caller holds
    /// their secret, the signature of the request has told: this must not be called for anybody else.
    ///
    /// # Errors
    ///
    /// As [`Credentials::narrow`]; [`Error::NotNarrowable`] also for an operator's key, and for credentials that have ended or
    /// were revoked; [`Error::Storage`].
    pub async fn get_scoped_credentials(&self, request: GetScopedCredentials) -> Result<ScopedSession, Error> {
        let outer_id = request.access_key_id.clone();
        let description = request.narrowing.description.clone();
        let narrowed = self.narrow(request).await;
        let access_key_id = narrowed.as_ref().ok().map(|done| done.scoped.credentials.access_key_id.clone());
        let event = self.event(Action::NarrowCredentials, &outer_id, Outcome::of(&narrowed));
        self.tell(Event { access_key_id, description, ..event }).await;
        narrowed
    }

    async fn narrow(&self, request: GetScopedCredentials) -> Result<ScopedSession, Error> {
        let GetScopedCredentials { access_key_id, session_token, narrowing } = request;
        let session_token = session_token.ok_or(Error::NotNarrowable)?;
        let holder = self.holder(&access_key_id, Some(session_token.expose())).await.map_err(|error| match error {
            CredentialError::Storage(error) => error.into(),
            _ => Error::NotNarrowable,
        })?;
        let (Caller::Session(outer), secret) = holder else { return Err(Error::NotNarrowable) };
        let expires_at = outer.expires_at;
        let wide = Credentials { access_key_id, secret, session_token, expires_at };
        let scoped = wide.narrow(&narrowing, self.entropy.as_ref(), self.now())?;
        let inner = &scoped.credentials;
        let key = self.vending_key_of(&inner.access_key_id).await.map_err(|_| Error::NotNarrowable)?;
        let session = key.open(&inner.access_key_id, inner.session_token.expose(), self.now());
        let session =
            session.map_err(|error| Error::Internal(Fault::new("narrowed credentials do not open", error)))?;
        self.keep_for_audit(&session, &inner.access_key_id).await?;
        Ok(ScopedSession { scoped, outer: *outer })
    }
}
