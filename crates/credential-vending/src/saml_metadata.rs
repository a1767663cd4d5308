//! Metadata of SAML identity providers, read once.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use document_store::Versioned;
use saml_verify::Metadata;

use crate::model::saml::SamlProvider;

/// So many providers' metadata are kept read. Keys and a name take some KiB.
const MOST_KEPT: usize = 256;

/// What metadata say, by provider: 256 at most, of which any goes when another comes.
#[derive(Debug, Default)]
pub(crate) struct KnownMetadata(RwLock<HashMap<String, Known>>);

/// What a record's metadata say, and which record it was: another may bear the same ARN.
#[derive(Debug)]
struct Known {
    uuid: String,
    version: u64,
    metadata: Arc<Metadata>,
}

impl KnownMetadata {
    /// What the metadata of this very record say, if they were read.
    pub(crate) fn get(&self, provider: &Versioned<SamlProvider>) -> Option<Arc<Metadata>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &&Known| known.version == provider.version && known.uuid == provider.uuid;
        known.get(&provider.arn).filter(same).map(|known| Arc::clone(&known.metadata))
    }

    pub(crate) fn insert(&self, provider: &Versioned<SamlProvider>, metadata: Metadata) -> Arc<Metadata> {
        let metadata = Arc::new(metadata);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KEPT && !known.contains_key(&provider.arn) {
            let any = known.keys().next().cloned();
            any.and_then(|any| known.remove(&any));
        }
        let (uuid, version) = (provider.uuid.clone(), provider.version);
        known.insert(provider.arn.clone(), Known { uuid, version, metadata: Arc::clone(&metadata) });
        metadata
    }

    pub(crate) fn forget(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use identity_kernel::time::Timestamp;
    use test_support::saml::IdentityProvider;

    use super::*;

    fn provider(arn: &str, uuid: &str, version: u64) -> Versioned<SamlProvider> {
        let provider = SamlProvider {
            arn: arn.to_owned(),
            name: "corp".to_owned(),
            metadata: String::new(),
            uuid: uuid.to_owned(),
            tags: BTreeMap::new(),
            created_at: Timestamp::default(),
        };
        Versioned::new(provider, version)
    }

    #[test]
    fn metadata_are_known_for_the_record_that_they_were_read_from_alone() {
        let known = KnownMetadata::default();
        let metadata = Metadata::parse(&IdentityProvider::new("https://idp.example").metadata("")).unwrap();

        known.insert(&provider("arn/a", "u1", 3), metadata.clone());

        assert_eq!(known.get(&provider("arn/a", "u1", 3)).as_deref(), Some(&metadata));
        for other in [provider("arn/a", "u1", 4), provider("arn/a", "u2", 3), provider("arn/b", "u1", 3)] {
            assert_eq!(known.get(&other), None);
        }
        for number in 0..300 {
            known.insert(&provider(&format!("arn/{number}"), "u", 1), metadata.clone());
        }
        assert_eq!(known.0.read().unwrap().len(), MOST_KEPT);
        known.forget();
        assert_eq!(known.get(&provider("arn/299", "u", 1)), None);
    }
}
