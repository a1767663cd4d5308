//! Responses of SAML identity providers: verified, and used once.

use std::sync::Arc;

use document_store::Versioned;
use document_store::error::StorageErrorKind;
use identity_kernel::time::Timestamp;
use saml_verify::{Answers, Assertion, Expected, Metadata, Refused};

use crate::error::Error;
use crate::model::saml::{SamlProvider, SamlService, UsedAssertion};
use crate::ops::saml_providers::read_metadata;
use crate::service::CredentialVending;
use crate::storage::SamlWrite;

/// How far a provider's clock may differ, in seconds.
const SKEW_SECONDS: i64 = 60;
/// The longest that an assertion may be usable, in seconds (a day): so long it must be remembered that it was used.
const LONGEST_USE_SECONDS: i64 = 86_400;

/// A response that was verified.
#[derive(Clone, Debug)]
pub struct SamlLogin {
    /// Whose it is.
    pub provider: SamlProvider,
    /// What it says.
    pub assertion: Assertion,
}

/// Why a response leads nowhere.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SamlError {
    /// The response does not hold.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The provider's metadata hold no more, by their own word.
    #[error("the metadata of the provider have expired")]
    MetadataExpired,
    /// The response does not say how its session is called.
    #[error("the response names no session")]
    NoSessionName,
    /// `SessionDuration` is not one number from 900 to 43,200.
    #[error("SessionDuration in the response must be one number from 900 to 43200")]
    SessionDuration,
    /// The provider's session ends before the shortest session of a role would.
    #[error("SessionNotOnOrAfter of the response is less than 900 seconds away")]
    SessionEndsSoon,
    /// Not one name of 2 to 64 letters, digits and `_+=,.@-`.
    #[error("the session's name in the response is not one of 2 to 64 letters, digits and _+=,.@-")]
    SessionName,
    /// Not one name of 2 to 64 letters, digits and `_+=,.@-`, or one that begins with `aws:`.
    #[error("the source identity in the response is not one of 2 to 64 letters, digits and _+=,.@-")]
    SourceIdentity,
    /// The tag of this key has not exactly one value.
    #[error("the principal tag {0} in the response must have one value")]
    Tag(String),
    /// The assertion was used before.
    #[error("the assertion was used before")]
    Used,
    /// The assertion is usable for longer than a day, and cannot be remembered so long.
    #[error("the assertion is usable for longer than a day")]
    UsableTooLong,
    /// There is no such provider, or the storage failed.
    #[error(transparent)]
    Vending(#[from] Error),
}

impl CredentialVending {
    /// Verifies a response by the provider's keys of today, without using it: for who has more to check before.
    ///
    /// # Errors
    ///
    /// [`SamlError`].
    pub async fn verify_saml(&self, provider_arn: &str, response: &str) -> Result<SamlLogin, SamlError> {
        let found = self.read_saml(provider_arn).await?;
        let metadata = self.metadata_of(&found).await?;
        if metadata.valid_until.is_some_and(|until| self.now() >= until) {
            return Err(SamlError::MetadataExpired);
        }
        let (service, response, now) = (Arc::clone(&self.saml_service), response.to_owned(), self.now());
        let assertion = self.compute(move || verified(&metadata, &service, &response, now)).await??;
        if self.storage.saml_providers().is_used(provider_arn, &assertion.id).await.map_err(Error::from)? {
            return Err(SamlError::Used);
        }
        if assertion.usable_until > self.now().plus_seconds(LONGEST_USE_SECONDS) {
            return Err(SamlError::UsableTooLong);
        }
        Ok(SamlLogin { provider: found.record, assertion })
    }

    /// What a provider's metadata say, read once for each record.
    async fn metadata_of(&self, provider: &Versioned<SamlProvider>) -> Result<Arc<Metadata>, Error> {
        if let Some(known) = self.saml_metadata.get(provider) {
            return Ok(known);
        }
        let text = provider.metadata.clone();
        let metadata = self.compute(move || read_metadata(&text)).await??;
        Ok(self.saml_metadata.insert(provider, metadata))
    }

    /// Uses a verified response: of all that use it, on any node, one does.
    ///
    /// # Errors
    ///
    /// [`SamlError::Used`]; [`SamlError::Vending`] if the storage fails.
    pub async fn use_saml(&self, login: &SamlLogin) -> Result<(), SamlError> {
        let SamlLogin { provider, assertion } = login;
        let (id, usable_until) = (assertion.id.clone(), assertion.usable_until);
        let used = UsedAssertion { provider: provider.arn.clone(), id, usable_until };
        let commit = self.storage.commit(vec![SamlWrite::Use { used }.into()]).await;
        commit.map_err(|error| match error.kind() {
            StorageErrorKind::AlreadyExists => SamlError::Used,
            _ => SamlError::Vending(error.into()),
        })
    }
}

/// A response for this service, by the provider's keys.
fn verified(metadata: &Metadata, service: &SamlService, response: &str, now: Timestamp) -> Result<Assertion, Refused> {
    let audiences: Vec<&str> = service.audiences.iter().map(String::as_str).collect();
    let recipients: Vec<&str> = service.recipients.iter().map(String::as_str).collect();
    let expected = Expected {
        issuer: &metadata.entity_id,
        keys: &metadata.keys,
        audiences: &audiences,
        recipients: &recipients,
        // Whoever calls is no browser that was sent with a request of ours.
        answers: Answers::Anything,
        skew_seconds: SKEW_SECONDS,
    };
    expected.verify(response, now)
}
