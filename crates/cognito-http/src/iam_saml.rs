//! SAML identity providers of IAM, over the wire.

use cognito_wire::iam as wire;
use credential_vending::model::saml::SamlProvider;
use document_store::page::PageRequest;
use identity_kernel::time::Timestamp;

use crate::call::Call;
use crate::entry::Entry;
use crate::error::Failure;

pub(crate) fn entries() -> Vec<Entry> {
    vec![
        Entry::new(wire::CreateSAMLProvider, create),
        Entry::new(wire::GetSAMLProvider, get),
        Entry::new(wire::ListSAMLProviders, list),
        Entry::new(wire::UpdateSAMLProvider, update),
        Entry::new(wire::DeleteSAMLProvider, delete),
    ]
}

async fn create(
    call: Call,
    input: wire::CreateSAMLProviderRequest,
) -> Result<wire::CreateSAMLProviderResponse, Failure> {
    let wire::CreateSAMLProviderRequest {
        saml_metadata_document,
        name,
        tags,
        assertion_encryption_mode,
        add_private_key,
    } = input;
    refuse_encryption(assertion_encryption_mode.is_some() || add_private_key.is_some())?;
    let tags = tags.unwrap_or_default().into_iter().map(|wire::Tag { key, value }| (key, value));
    let provider = call.vending().create_saml_provider(&name, saml_metadata_document, tags.collect()).await?;
    let tags = tags_of(&provider);
    Ok(wire::CreateSAMLProviderResponse { saml_provider_arn: Some(provider.arn), tags })
}

async fn get(call: Call, input: wire::GetSAMLProviderRequest) -> Result<wire::GetSAMLProviderResponse, Failure> {
    let wire::GetSAMLProviderRequest { saml_provider_arn } = input;
    let provider = call.vending().saml_provider(&saml_provider_arn).await?;
    Ok(wire::GetSAMLProviderResponse {
        saml_provider_uuid: Some(provider.uuid.clone()),
        create_date: Some(provider.created_at.epoch_seconds_f64()),
        valid_until: provider.valid_until().map(Timestamp::epoch_seconds_f64),
        tags: tags_of(&provider),
        assertion_encryption_mode: None,
        private_key_list: None,
        saml_metadata_document: Some(provider.metadata),
    })
}

async fn list(call: Call, _: wire::ListSAMLProvidersRequest) -> Result<wire::ListSAMLProvidersResponse, Failure> {
    let (mut entries, mut page) = (Vec::new(), PageRequest { limit: 1000, after: None });
    loop {
        let found = call.vending().list_saml_providers(page).await?;
        entries.extend(found.items.into_iter().map(entry));
        if found.next.is_none() {
            return Ok(wire::ListSAMLProvidersResponse { saml_provider_list: Some(entries) });
        }
        page = PageRequest { limit: 1000, after: found.next };
    }
}

async fn update(
    call: Call,
    input: wire::UpdateSAMLProviderRequest,
) -> Result<wire::UpdateSAMLProviderResponse, Failure> {
    let wire::UpdateSAMLProviderRequest {
        saml_metadata_document,
        saml_provider_arn,
        assertion_encryption_mode,
        add_private_key,
        remove_private_key,
    } = input;
    let encrypts = assertion_encryption_mode.is_some() || add_private_key.is_some() || remove_private_key.is_some();
    refuse_encryption(encrypts)?;
    let metadata = saml_metadata_document
        .ok_or_else(|| Failure::new("InvalidInput", 400, "SAMLMetadataDocument says what is to be changed."))?;
    let provider = call.vending().update_saml_provider(&saml_provider_arn, metadata).await?;
    Ok(wire::UpdateSAMLProviderResponse { saml_provider_arn: Some(provider.arn) })
}

async fn delete(call: Call, input: wire::DeleteSAMLProviderRequest) -> Result<wire::Empty, Failure> {
    let wire::DeleteSAMLProviderRequest { saml_provider_arn } = input;
    call.vending().delete_saml_provider(&saml_provider_arn).await?;
    Ok(wire::Empty::default())
}

/// Encrypted assertions are not read: a provider that must encrypt would be one that nobody can use.
fn refuse_encryption(asked: bool) -> Result<(), Failure> {
    if asked {
        return Err(Failure::new(
            "InvalidInput",
            400,
            "Encrypted SAML assertions are not supported by this server yet.",
        ));
    }
    Ok(())
}

fn entry(provider: SamlProvider) -> wire::SAMLProviderListEntry {
    wire::SAMLProviderListEntry {
        valid_until: provider.valid_until().map(Timestamp::epoch_seconds_f64),
        create_date: Some(provider.created_at.epoch_seconds_f64()),
        arn: Some(provider.arn),
    }
}

fn tags_of(provider: &SamlProvider) -> Option<Vec<wire::Tag>> {
    let tags = provider.tags.iter().map(|(key, value)| wire::Tag { key: key.clone(), value: value.clone() });
    (!provider.tags.is_empty()).then(|| tags.collect())
}
