//! Outside providers of a pool: which there are, how they are reached, and what of theirs becomes a user's.

use std::collections::{BTreeMap, BTreeSet};

use document_store::Versioned;
use document_store::error::StorageErrorKind;
use document_store::page::{Page, PageRequest};
use identity_kernel::secret::SecretString;

use crate::error::Error;
use crate::model::acr::Level;
use crate::model::attributes::is_protected;
use crate::model::identity_provider::{
    IdentityProvider, MAPPED_USERNAME, MOST_IDENTIFIERS, MOST_PROVIDERS, OWN_PROVIDER, ProviderIdentifier,
    ProviderKind, ProviderName,
};
use crate::model::ids::UserPoolId;
use crate::model::pool::UserPool;
use crate::model::provider_details::Details;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::reasons::{Invalid, Kind, Quota};
use crate::service::UserPools;
use crate::storage::{IdentityProviderWrite, PoolWrite};

/// The purpose under which providers' secrets are sealed.
const SEAL: &str = "provider-secret";

/// The longest name of a claim, in characters.
const LONGEST_CLAIM: usize = 2048;

/// An outside provider that is to be made.
#[derive(Clone, Debug)]
pub struct NewProvider {
    /// The pool.
    pub pool: UserPoolId,
    /// Its name.
    pub name: ProviderName,
    /// What it speaks.
    pub kind: ProviderKind,
    /// What is said of it.
    pub said: ProviderChange,
}

/// What is said of a provider. What is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ProviderChange {
    /// How it is reached, all of it: [`ProviderKind::members`]. Required when one is made.
    pub details: Option<BTreeMap<String, String>>,
    /// Which of its claims becomes which attribute of the user.
    pub mapping: Option<BTreeMap<String, String>>,
    /// Other names that lead to it: 50 at most.
    pub identifiers: Option<Vec<ProviderIdentifier>>,
    /// What it calls the levels of the pool: 1 to 64 characters each.
    pub levels: Option<BTreeMap<Level, String>>,
}

/// A provider, with its secrets.
#[derive(Clone, Debug)]
pub struct ProviderWithSecrets {
    /// The provider.
    pub provider: IdentityProvider,
    /// Its secrets by the names of Cognito's API.
    pub secrets: BTreeMap<String, SecretString>,
}

impl UserPools {
    /// Makes an outside provider. A pool has 300 at most, and one of each social kind.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such pool; [`Error::ProviderExists`]; [`Error::InvalidParameter`] for a name that is
    /// not of the kind, details that do not do, a mapping to what the schema does not have or providers may not write, and an
    /// identifier that leads to another; [`Error::CountExceeded`].
    pub async fn create_identity_provider(&self, new: NewProvider) -> Result<ProviderWithSecrets, Error> {
        let NewProvider { pool, name, kind, said } = new;
        kind.check_name(&name)?;
        let now = self.now();
        let empty = IdentityProvider {
            pool,
            name,
            kind,
            details: BTreeMap::new(),
            secrets: BTreeMap::new(),
            mapping: BTreeMap::new(),
            identifiers: Vec::new(),
            levels: BTreeMap::new(),
            created_at: now,
            modified_at: now,
        };
        let said = ProviderChange {
            details: Some(said.details.unwrap_or_default()),
            mapping: Some(said.mapping.unwrap_or_default()),
            ..said
        };
        for _ in 0..MOST_ROUNDS {
            let pool = self.pool(&empty.pool).await?;
            let provider = self.changed(&pool, &empty, &said)?;
            let page = PageRequest { limit: MOST_PROVIDERS, after: None };
            let there = self.storage.identity_providers().list(&pool.id, &page).await?.items;
            if there.iter().any(|other| other.name == provider.name) {
                return Err(Error::ProviderExists(provider.name));
            }
            if there.len() >= MOST_PROVIDERS {
                return Err(Quota::IdentityProviders.into());
            }
            // Of two that are made at once, the second is counted with the first.
            let same = PoolWrite::Update { after: pool.record.clone(), before: pool };
            let insert = IdentityProviderWrite::Insert { provider: provider.clone() };
            match self.storage.commit(vec![same.into(), insert.into()]).await {
                Ok(()) => return self.with_secrets(provider),
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(refused(error)),
            }
        }
        Err(Error::Concurrent)
    }

    /// The provider of this name.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn describe_identity_provider(
        &self,
        pool: &UserPoolId,
        name: &ProviderName,
    ) -> Result<ProviderWithSecrets, Error> {
        self.with_secrets(self.identity_provider(pool, name).await?.record)
    }

    /// The provider to which this identifier leads, in whatever case.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn identity_provider_by_identifier(
        &self,
        pool: &UserPoolId,
        identifier: &ProviderIdentifier,
    ) -> Result<ProviderWithSecrets, Error> {
        self.pool(pool).await?;
        let found = self.storage.identity_providers().identified(pool, identifier).await?;
        let found = found.ok_or_else(|| Error::NotFound(Kind::IdentityProvider(identifier.to_string())))?;
        self.with_secrets(found.record)
    }

    /// Changes what is said of a provider. What becomes the username stays as it was said first.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] as
    /// [`create_identity_provider`](Self::create_identity_provider), and for a mapping that makes another claim the username;
    /// [`Error::Concurrent`].
    pub async fn update_identity_provider(
        &self,
        pool: &UserPoolId,
        name: &ProviderName,
        said: ProviderChange,
    ) -> Result<ProviderWithSecrets, Error> {
        let in_pool = self.pool(pool).await?;
        let before = self.identity_provider(pool, name).await?;
        let after = self.changed(&in_pool, &before, &said)?;
        if after.subject_claim() != before.subject_claim() {
            return Err(Invalid::MappedUsernameFixed.into());
        }
        let update = IdentityProviderWrite::Update { before, after: after.clone() };
        self.storage.commit(vec![update.into()]).await.map_err(refused)?;
        self.with_secrets(after)
    }

    /// Removes a provider: nobody signs in through it any more.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Concurrent`].
    pub async fn delete_identity_provider(&self, pool: &UserPoolId, name: &ProviderName) -> Result<(), Error> {
        let before = self.identity_provider(pool, name).await?;
        Ok(self.storage.commit(vec![IdentityProviderWrite::Delete { before }.into()]).await?)
    }

    /// A pool's providers by name; 60 a page at most.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such pool.
    pub async fn list_identity_providers(
        &self,
        pool: &UserPoolId,
        page: PageRequest,
    ) -> Result<Page<IdentityProvider>, Error> {
        self.pool(pool).await?;
        let limit = if page.limit == 0 { 60 } else { page.limit.min(60) };
        let found = self.storage.identity_providers().list(pool, &PageRequest { limit, ..page }).await?;
        Ok(found.map(|provider| provider.record))
    }

    /// Whether a client may list these providers: the pool itself (`COGNITO`) and those that it has. One read, and none where no
    /// other than the pool is listed.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidParameter`] with the first that is not there.
    pub(crate) async fn check_providers(&self, pool: &UserPoolId, names: &[ProviderName]) -> Result<(), Error> {
        let outside: Vec<&ProviderName> = names.iter().filter(|name| name.as_str() != OWN_PROVIDER).collect();
        if outside.is_empty() {
            return Ok(());
        }
        let there = self.storage.identity_providers().get_many(pool, &outside).await?;
        match outside.into_iter().find(|name| there.iter().all(|provider| provider.name != **name)) {
            Some(missing) => Err(Invalid::ProviderUnknown(missing.to_string(), pool.clone()).into()),
            None => Ok(()),
        }
    }

    async fn identity_provider(
        &self,
        pool: &UserPoolId,
        name: &ProviderName,
    ) -> Result<Versioned<IdentityProvider>, Error> {
        self.pool(pool).await?;
        let found = self.storage.identity_providers().get(pool, name).await?;
        found.ok_or_else(|| Error::NotFound(Kind::IdentityProvider(name.to_string())))
    }

    /// The provider with what is said of it now.
    fn changed(
        &self,
        pool: &UserPool,
        before: &IdentityProvider,
        said: &ProviderChange,
    ) -> Result<IdentityProvider, Error> {
        let ProviderChange { details, mapping, identifiers, levels } = said.clone();
        let mut after = IdentityProvider { modified_at: self.now(), ..before.clone() };
        if let Some(details) = details {
            let Details { open, secrets } = Details::read(after.kind, &details)?;
            after.details = open;
            after.secrets =
                secrets.iter().map(|(name, secret)| (name.clone(), self.sealed(before, name, secret))).collect();
        }
        if let Some(mut mapping) = mapping {
            mapping.entry(MAPPED_USERNAME.to_owned()).or_insert_with(|| after.kind.subject_claim().to_owned());
            check_mapping(pool, &mapping)?;
            after.mapping = mapping;
        }
        if let Some(identifiers) = identifiers {
            check_identifiers(&identifiers)?;
            after.identifiers = identifiers;
        }
        if let Some(levels) = levels {
            check_levels(&levels)?;
            after.levels = levels;
        }
        Ok(after)
    }

    fn sealed(&self, provider: &IdentityProvider, name: &str, secret: &SecretString) -> Vec<u8> {
        self.seal(SEAL, &context(provider, name), secret.expose().as_bytes())
    }

    /// The provider with its secrets opened.
    fn with_secrets(&self, provider: IdentityProvider) -> Result<ProviderWithSecrets, Error> {
        let open = |(name, sealed): (&String, &Vec<u8>)| {
            let plain = self.open(SEAL, &context(&provider, name), sealed)?;
            let text = String::from_utf8(plain.to_vec()).map_err(|error| Error::internal("opening a secret", error))?;
            Ok::<_, Error>((name.clone(), SecretString::from(text)))
        };
        let secrets = provider.secrets.iter().map(open).collect::<Result<_, _>>()?;
        Ok(ProviderWithSecrets { provider, secrets })
    }
}

/// What a secret is sealed for: no other provider's, and no other pool's, opens in its place.
fn context(provider: &IdentityProvider, name: &str) -> String {
    format!("{}\n{}\n{name}", provider.pool, provider.name)
}

/// An identifier that leads elsewhere is the caller's mistake.
fn refused(error: document_store::error::StorageError) -> Error {
    match error.kind() {
        StorageErrorKind::AlreadyExists => Invalid::ProviderIdentifierTaken.into(),
        _ => error.into(),
    }
}

/// Attributes that the schema has, and none that is the pool's alone to write but whether an address is verified, which whoever
/// writes the mapping says outright.
fn check_mapping(pool: &UserPool, mapping: &BTreeMap<String, String>) -> Result<(), Invalid> {
    for (attribute, claim) in mapping {
        let verified = matches!(attribute.as_str(), "email_verified" | "phone_number_verified");
        let writable = attribute == MAPPED_USERNAME || verified || !is_protected(attribute);
        let known = attribute == MAPPED_USERNAME || pool.attribute(attribute).is_some();
        let fits = (1..=LONGEST_CLAIM).contains(&claim.chars().count());
        if !writable || !known || !fits {
            return Err(Invalid::ProviderMapping(attribute.clone()));
        }
    }
    Ok(())
}

fn check_identifiers(identifiers: &[ProviderIdentifier]) -> Result<(), Invalid> {
    let distinct: BTreeSet<String> = identifiers.iter().map(|identifier| identifier.as_str().to_lowercase()).collect();
    if identifiers.len() > MOST_IDENTIFIERS || distinct.len() < identifiers.len() {
        return Err(Invalid::ProviderIdentifiers);
    }
    Ok(())
}

fn check_levels(levels: &BTreeMap<Level, String>) -> Result<(), Invalid> {
    let distinct: BTreeSet<&String> = levels.values().collect();
    let fits = levels.values().all(|name| (1..=64).contains(&name.chars().count()));
    if fits && distinct.len() == levels.len() { Ok(()) } else { Err(Invalid::AcrNames) }
}
