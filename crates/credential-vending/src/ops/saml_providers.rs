//! SAML identity providers whose responses may assume roles.

use std::collections::BTreeMap;

use document_store::Versioned;
use document_store::error::StorageErrorKind;
use document_store::page::{Page, PageRequest};
use identity_kernel::entropy;
use saml_verify::Metadata;

use crate::error::Error;
use crate::model::saml::SamlProvider;
use crate::ports::Action;
use crate::reasons::{Invalid, Kind};
use crate::service::{CredentialVending, page_of};
use crate::storage::SamlWrite;

impl CredentialVending {
    /// Registers a SAML identity provider by its metadata.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] for a name that is none, and for metadata that name no provider or no key that is believed;
    /// [`Error::EntityAlreadyExists`].
    pub async fn create_saml_provider(
        &self,
        name: &str,
        metadata: String,
        tags: BTreeMap<String, String>,
    ) -> Result<SamlProvider, Error> {
        let arn = self.account_region.iam_arn(format!("saml-provider/{name}"));
        self.recorded(Action::CreateSamlProvider, &arn, self.insert_saml(arn.clone(), name, metadata, tags)).await
    }

    async fn insert_saml(
        &self,
        arn: String,
        name: &str,
        metadata: String,
        tags: BTreeMap<String, String>,
    ) -> Result<SamlProvider, Error> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if !(1..=128).contains(&name.len()) || !name.bytes().all(word) {
            return Err(Invalid::SamlProviderName.into());
        }
        read_metadata(&metadata)?;
        let uuid = entropy::uuid(self.entropy.as_ref());
        let provider = SamlProvider { arn, name: name.to_owned(), metadata, uuid, tags, created_at: self.now() };
        let commit = self.storage.commit(vec![SamlWrite::Insert { provider: provider.clone() }.into()]).await;
        commit.map_err(|error| match error.kind() {
            StorageErrorKind::AlreadyExists => Error::EntityAlreadyExists(Kind::SamlProvider(provider.arn.clone())),
            _ => error.into(),
        })?;
        Ok(provider)
    }

    /// The provider of this ARN.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`].
    pub async fn saml_provider(&self, arn: &str) -> Result<SamlProvider, Error> {
        Ok(self.read_saml(arn).await?.record)
    }

    pub(crate) async fn read_saml(&self, arn: &str) -> Result<Versioned<SamlProvider>, Error> {
        let found = self.storage.saml_providers().get(arn).await?;
        found.ok_or_else(|| Error::NoSuchEntity(Kind::SamlProvider(arn.to_owned())))
    }

    /// Providers by ARN. The default page has 100.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn list_saml_providers(&self, page: PageRequest) -> Result<Page<SamlProvider>, Error> {
        Ok(self.storage.saml_providers().list(&page_of(page)).await?.map(|provider| provider.record))
    }

    /// Gives a provider other metadata: keys that they do not name are believed no more.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`]; [`Error::InvalidInput`]; [`Error::Concurrent`].
    pub async fn update_saml_provider(&self, arn: &str, metadata: String) -> Result<SamlProvider, Error> {
        self.recorded(Action::UpdateSamlProvider, arn, async {
            read_metadata(&metadata)?;
            let before = self.read_saml(arn).await?;
            let after = SamlProvider { metadata, ..before.record.clone() };
            self.storage.commit(vec![SamlWrite::Update { before, after: after.clone() }.into()]).await?;
            Ok(after)
        })
        .await
    }

    /// Removes a provider: its responses are refused from now on.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`]; [`Error::Concurrent`].
    pub async fn delete_saml_provider(&self, arn: &str) -> Result<(), Error> {
        self.recorded(Action::DeleteSamlProvider, arn, async {
            let before = self.read_saml(arn).await?;
            Ok(self.storage.commit(vec![SamlWrite::Delete { before }.into()]).await?)
        })
        .await
    }
}

/// What the metadata say.
pub(crate) fn read_metadata(metadata: &str) -> Result<Metadata, Error> {
    Metadata::parse(metadata).map_err(|invalid| Invalid::SamlMetadata(invalid).into())
}
