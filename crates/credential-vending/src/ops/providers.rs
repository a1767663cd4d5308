//! Outside login providers whose tokens may assume roles.

use document_store::error::StorageErrorKind;
use document_store::page::{Page, PageRequest};

use crate::error::Error;
use crate::model::OidcProvider;
use crate::ports::Action;
use crate::reasons::{Invalid, Kind};
use crate::service::{CredentialVending, page_of};
use crate::storage::OidcProviderWrite;

impl CredentialVending {
    /// Registers an OpenID Connect provider by its issuer URL.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] unless the URL is `https` without query; [`Error::EntityAlreadyExists`].
    pub async fn create_oidc_provider(&self, url: &str, client_ids: Vec<String>) -> Result<OidcProvider, Error> {
        self.recorded(Action::CreateOidcProvider, url, self.insert_provider(url, client_ids)).await
    }

    async fn insert_provider(&self, url: &str, client_ids: Vec<String>) -> Result<OidcProvider, Error> {
        let host_and_path = url.strip_prefix("https://").unwrap_or_default().trim_end_matches('/');
        if host_and_path.is_empty() || host_and_path.contains(['?', '#', ' ', '@']) || client_ids.len() > 100 {
            return Err(Invalid::ProviderUrl.into());
        }
        let provider = OidcProvider {
            arn: self.account_region.iam_arn(format!("oidc-provider/{host_and_path}")),
            host_and_path: host_and_path.to_owned(),
            client_ids,
            created_at: self.now(),
        };
        let commit = self.storage.commit(vec![OidcProviderWrite::Insert { provider: provider.clone() }.into()]).await;
        commit.map_err(|error| match error.kind() {
            StorageErrorKind::AlreadyExists => Error::EntityAlreadyExists(Kind::OidcProvider(provider.arn.clone())),
            _ => error.into(),
        })?;
        Ok(provider)
    }

    /// The provider of this ARN.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`].
    pub async fn oidc_provider(&self, arn: &str) -> Result<OidcProvider, Error> {
        let found = self.storage.oidc_providers().get(arn).await?;
        Ok(found.ok_or_else(|| no_provider(arn))?.record)
    }

    /// Providers by ARN. The default page has 100.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`] alone.
    pub async fn list_oidc_providers(&self, page: PageRequest) -> Result<Page<OidcProvider>, Error> {
        Ok(self.storage.oidc_providers().list(&page_of(page)).await?.map(|provider| provider.record))
    }

    /// Removes a provider: its tokens are refused from now on.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchEntity`].
    pub async fn delete_oidc_provider(&self, arn: &str) -> Result<(), Error> {
        self.recorded(Action::DeleteOidcProvider, arn, async {
            let found = self.storage.oidc_providers().get(arn).await?.ok_or_else(|| no_provider(arn))?;
            Ok(self.storage.commit(vec![OidcProviderWrite::Delete { before: found }.into()]).await?)
        })
        .await
    }
}

fn no_provider(arn: &str) -> Error {
    Error::NoSuchEntity(Kind::OidcProvider(arn.to_owned()))
}
