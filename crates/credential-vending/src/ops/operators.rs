//! Operators' keys: stored, configured, listed, removed.

use std::collections::BTreeMap;

use document_store::Versioned;
use document_store::page::{Page, PageRequest};
use iam_policy::{Policy, PolicyKind};
use identity_kernel::entropy;
use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;

use crate::error::Error;
use crate::model::OperatorKey;
use crate::ports::Action;
use crate::reasons::{Invalid, Kind};
use crate::service::{CredentialVending, page_of};
use crate::storage::OperatorWrite;

/// A stored key of an operator, as it is listed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct OperatorSummary {
    /// The access key id.
    pub access_key_id: String,
    /// The operator's ARN.
    pub arn: String,
    /// What the operator may do: an identity policy.
    pub policy: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What an operator may do who was given no policy: everything.
const EVERYTHING: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

impl CredentialVending {
    /// Stores an operator's key, which may do everything until [`set_operator_policy`](Self::set_operator_policy) says less.
    /// One of the same id is replaced. It counts, on every node, until it is removed.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for an id that is not 1 to 128 letters and digits, or one that begins like a vended key.
    pub async fn put_operator_key(&self, access_key_id: &str, secret: &SecretString) -> Result<(), Error> {
        self.recorded(Action::PutOperatorKey, access_key_id, self.store_operator(access_key_id, secret)).await
    }

    async fn store_operator(&self, access_key_id: &str, secret: &SecretString) -> Result<(), Error> {
        check_operator(access_key_id, secret)?;
        let sealed_secret = self.master_key.seal(
            self.entropy.as_ref(),
            "operator-secret",
            access_key_id.as_bytes(),
            secret.expose().as_bytes(),
        );
        let key = OperatorKey { sealed_secret, ..self.operator(access_key_id) };
        Ok(self.storage.commit(vec![OperatorWrite::Put { key }.into()]).await?)
    }

    /// Makes these keys, and no others, the ones that this process was given from outside, on its command line say. They may
    /// do everything, are not stored, and count until they are set anew or the process ends: a key that is configured no
    /// more is gone. One of them takes the place of a stored one of the same id.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] as [`put_operator_key`](Self::put_operator_key); then nothing is changed.
    pub fn set_configured_operators<'a>(
        &self,
        keys: impl IntoIterator<Item = (&'a str, &'a SecretString)>,
    ) -> Result<(), Error> {
        let mut configured = BTreeMap::new();
        for (id, secret) in keys {
            check_operator(id, secret)?;
            configured.insert(id.to_owned(), (self.operator(id), secret.clone()));
        }
        self.operators.set(configured);
        Ok(())
    }

    /// The stored keys of operators by id, without their secrets. The default page has 100.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn list_operator_keys(&self, page: PageRequest) -> Result<Page<OperatorSummary>, Error> {
        let page = self.storage.operators().list(&page_of(page)).await?;
        Ok(page.map(|key| {
            let OperatorKey { access_key_id, arn, policy, created_at, .. } = key.record;
            OperatorSummary { access_key_id, arn, policy, created_at }
        }))
    }

    /// Removes a stored key: it is refused from now on.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`].
    pub async fn remove_operator_key(&self, access_key_id: &str) -> Result<(), Error> {
        self.recorded(Action::RemoveOperatorKey, access_key_id, async {
            let before = self.stored_operator(access_key_id).await?;
            Ok(self.storage.commit(vec![OperatorWrite::Delete { before }.into()]).await?)
        })
        .await
    }

    /// Says what the holder of a stored key may do: an identity policy.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`], [`Error::MalformedPolicy`].
    pub async fn set_operator_policy(&self, access_key_id: &str, policy: String) -> Result<(), Error> {
        self.recorded(Action::SetOperatorPolicy, access_key_id, async {
            Policy::parse("operator", PolicyKind::Identity, &policy)?;
            let before = self.stored_operator(access_key_id).await?;
            let after = OperatorKey { policy, ..before.record.clone() };
            Ok(self.storage.commit(vec![OperatorWrite::Update { before, after }.into()]).await?)
        })
        .await
    }

    async fn stored_operator(&self, access_key_id: &str) -> Result<Versioned<OperatorKey>, Error> {
        let found = self.storage.operators().get(access_key_id).await?;
        found.ok_or_else(|| Error::NoSuchEntity(Kind::OperatorKey(access_key_id.to_owned())))
    }

    async fn has_stored_operators(&self) -> Result<bool, Error> {
        let any = PageRequest { limit: 1, after: None };
        Ok(!self.storage.operators().list(&any).await?.items.is_empty())
    }

    /// An operator who may do everything, without a secret.
    fn operator(&self, access_key_id: &str) -> OperatorKey {
        OperatorKey {
            access_key_id: access_key_id.to_owned(),
            sealed_secret: Vec::new(),
            arn: self.account_region.iam_arn(format!("user/{access_key_id}")),
            policy: EVERYTHING.to_owned(),
            created_at: self.now(),
        }
    }

    /// Makes an operator's key if there is none yet, neither stored nor configured, and shows it this once.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn first_operator_key(&self) -> Result<Option<(String, SecretString)>, Error> {
        if self.operators.are_there() || self.has_stored_operators().await? {
            return Ok(None);
        }
        let source = self.entropy.as_ref();
        let id = format!("AKIA{}", entropy::text(source, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16));
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let secret = SecretString::from(entropy::text(source, letters, 40));
        self.put_operator_key(&id, &secret).await?;
        Ok(Some((id, secret)))
    }
}

fn check_operator(access_key_id: &str, secret: &SecretString) -> Result<(), Error> {
    let well_formed = (1..=128).contains(&access_key_id.len())
        && access_key_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !access_key_id.starts_with("ASIA");
    if well_formed && !secret.expose().is_empty() { Ok(()) } else { Err(Invalid::OperatorKey.into()) }
}
