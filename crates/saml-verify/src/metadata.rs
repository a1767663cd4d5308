//! Metadata of identity providers (SAML V2.0 Metadata).

use std::fmt;

use identity_kernel::time::Timestamp;

use crate::base64_text;
use crate::instant;
use crate::malformed::Malformed;
use crate::names::{DS, METADATA, PROTOCOL};
use crate::signing_key::SigningKey;
use crate::xml::{Element, Limits, parse};

/// More than providers have while they change keys.
const MOST_KEYS: usize = 16;

/// What an identity provider's metadata say: who it is, and by which keys it signs.
///
/// A signature over the metadata is not judged: they are believed because an operator has given them.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Metadata {
    /// Its entity id.
    pub entity_id: String,
    /// The keys of its certificates for signing, or for no named use; at least one.
    pub keys: Vec<SigningKey>,
    /// Until when it says that this holds.
    pub valid_until: Option<Timestamp>,
}

/// Why metadata are not taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum InvalidMetadata {
    /// The text is not XML as it is taken here.
    Malformed(Malformed),
    /// They do not describe exactly one identity provider of SAML 2.0 with an entity id of 1 to 1,024 bytes.
    NoProvider,
    /// No certificate for signing holds a key that is believed, or there are more than 16.
    NoUsableKey,
}

impl Metadata {
    /// Reads metadata: an `EntityDescriptor` of at most 1 MiB.
    ///
    /// # Errors
    ///
    /// [`InvalidMetadata`]. A key that is not believed is left out; metadata without any other are refused.
    pub fn parse(xml: &str) -> Result<Self, InvalidMetadata> {
        let entity = parse(xml, Limits::METADATA).map_err(InvalidMetadata::Malformed)?;
        let entity_id = entity.attribute("entityID").filter(|id| (1..=1024).contains(&id.len()));
        let entity_id = entity_id.filter(|_| entity.is(METADATA, "EntityDescriptor"));
        let mut providers = entity.named(METADATA, "IDPSSODescriptor").filter(|provider| speaks_saml_2(provider));
        let (Some(entity_id), Some(provider), None) = (entity_id, providers.next(), providers.next()) else {
            return Err(InvalidMetadata::NoProvider);
        };
        let valid_until = [entity.attribute("validUntil"), provider.attribute("validUntil")];
        let valid_until: Option<Vec<_>> = valid_until.into_iter().flatten().map(instant::parse).collect();
        let valid_until = valid_until.ok_or(InvalidMetadata::NoProvider)?.into_iter().min();
        let keys = signing_keys(provider);
        if keys.is_empty() || keys.len() > MOST_KEYS {
            return Err(InvalidMetadata::NoUsableKey);
        }
        Ok(Self { entity_id: entity_id.to_owned(), keys, valid_until })
    }
}

fn speaks_saml_2(provider: &Element<'_>) -> bool {
    let protocols = provider.attribute("protocolSupportEnumeration").unwrap_or_default();
    protocols.split_ascii_whitespace().any(|protocol| protocol == PROTOCOL)
}

fn signing_keys(provider: &Element<'_>) -> Vec<SigningKey> {
    let described = provider.named(METADATA, "KeyDescriptor");
    let signing = described.filter(|key| key.attribute("use").is_none_or(|usage| usage == "signing"));
    let data = signing.flat_map(|key| key.named(DS, "KeyInfo")).flat_map(|info| info.named(DS, "X509Data"));
    let certificates = data.flat_map(|data| data.named(DS, "X509Certificate")).filter_map(Element::text);
    let keys = certificates.filter_map(|text| SigningKey::from_certificate(&base64_text::decode(text)?).ok());
    keys.take(MOST_KEYS + 1).collect()
}

impl fmt::Display for InvalidMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(malformed) => write!(f, "the metadata cannot be read: {malformed}"),
            Self::NoProvider => f.write_str("the metadata do not describe one identity provider of saml 2.0"),
            Self::NoUsableKey => f.write_str("the metadata have no certificate for signing whose key is believed"),
        }
    }
}

impl std::error::Error for InvalidMetadata {}
