//! Domains: the names under which a pool's pages and OAuth endpoints are reached.

use document_store::Versioned;
use document_store::error::StorageErrorKind;

use crate::error::Error;
use crate::model::domain::{DomainName, OwnDomain, PoolDomain};
use crate::model::ids::UserPoolId;
use crate::model::pool::UserPool;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::reasons::{Invalid, Kind};
use crate::service::UserPools;
use crate::storage::{DomainWrite, PoolWrite};

/// What is said of a domain.
#[derive(Clone, Debug)]
pub struct DomainSpec {
    /// The pool that it leads to.
    pub pool: UserPoolId,
    /// The domain: a prefix, or, with `own`, one of the operator's own.
    pub name: DomainName,
    /// What is said of the certificate of a domain of one's own.
    pub own: Option<OwnDomain>,
    /// Which generation of pages is asked for, 1 or 2; `None` for the one that stands, or 1.
    pub managed_login_version: Option<u8>,
}

impl UserPools {
    /// Makes a domain. A pool has one prefix and one domain of its own at most, and no two pools share one.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such pool; [`Error::InvalidParameter`] if the domain is taken, the pool has one of this
    /// kind, or a prefix has dots and a domain of one's own none.
    pub async fn create_user_pool_domain(&self, spec: DomainSpec) -> Result<PoolDomain, Error> {
        let DomainSpec { pool: id, name, own, managed_login_version } = spec;
        if name.is_prefix() != own.is_none() {
            return Err(Invalid::DomainForm.into());
        }
        let managed_login_version = version(managed_login_version.unwrap_or(1))?;
        let now = self.now();
        let domain = PoolDomain { pool: id, name, own, managed_login_version, created_at: now, modified_at: now };
        for _ in 0..MOST_ROUNDS {
            let pool = self.pool(&domain.pool).await?;
            let there = self.storage.domains().of_pool(&pool.id).await?;
            if there.iter().any(|other| other.name.is_prefix() == domain.name.is_prefix()) {
                return Err(Invalid::DomainThere.into());
            }
            match self.insert(pool, domain.clone()).await {
                // The name of a domain leads to the pool, whichever it is: nobody has two of them.
                Err(error) if error.kind() == StorageErrorKind::AlreadyExists => {
                    return Err(Invalid::DomainTaken.into());
                }
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => return Ok(domain),
            }
        }
        Err(Error::Concurrent)
    }

    /// Of two that are made at once, and of one that is made while the pool is deleted, one wins.
    async fn insert(
        &self,
        pool: Versioned<UserPool>,
        domain: PoolDomain,
    ) -> Result<(), document_store::error::StorageError> {
        let same = PoolWrite::Update { after: pool.record.clone(), before: pool };
        self.storage.commit(vec![same.into(), DomainWrite::Insert { domain }.into()]).await
    }

    /// The domain of this name, of whatever pool; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`].
    pub async fn describe_user_pool_domain(&self, name: &DomainName) -> Result<Option<PoolDomain>, Error> {
        let found = self.storage.domains().with_pool(name).await?;
        Ok(found.filter(|(_, pool)| pool.deleted_at.is_none()).map(|(domain, _)| domain.record))
    }

    /// The domains of a pool by name: two at most.
    ///
    /// # Errors
    ///
    /// [`Error::Storage`].
    pub async fn domains_of(&self, pool: &UserPoolId) -> Result<Vec<PoolDomain>, Error> {
        let found = self.storage.domains().of_pool(pool).await?;
        Ok(found.into_iter().map(|domain| domain.record).collect())
    }

    /// Changes what is said of a domain. What is not said stays.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the pool has none of this name; [`Error::InvalidParameter`] for a certificate of a prefix;
    /// [`Error::Concurrent`].
    pub async fn update_user_pool_domain(&self, spec: DomainSpec) -> Result<PoolDomain, Error> {
        let DomainSpec { pool, name, own, managed_login_version } = spec;
        let before = self.domain(&pool, &name).await?;
        if own.is_some() && name.is_prefix() {
            return Err(Invalid::DomainForm.into());
        }
        let managed_login_version = version(managed_login_version.unwrap_or(before.managed_login_version))?;
        let own = own.or_else(|| before.own.clone());
        let after = PoolDomain { own, managed_login_version, modified_at: self.now(), ..before.record.clone() };
        self.storage.commit(vec![DomainWrite::Update { before, after: after.clone() }.into()]).await?;
        Ok(after)
    }

    /// Removes a domain.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if the pool has none of this name; [`Error::Concurrent`].
    pub async fn delete_user_pool_domain(&self, pool: &UserPoolId, name: &DomainName) -> Result<(), Error> {
        let before = self.domain(pool, name).await?;
        Ok(self.storage.commit(vec![DomainWrite::Delete { before }.into()]).await?)
    }

    async fn domain(&self, pool: &UserPoolId, name: &DomainName) -> Result<Versioned<PoolDomain>, Error> {
        self.pool(pool).await?;
        let found = self.storage.domains().with_pool(name).await?.map(|(domain, _)| domain);
        found.filter(|domain| domain.pool == *pool).ok_or_else(|| Error::NotFound(Kind::Domain(name.clone())))
    }
}

fn version(asked: u8) -> Result<u8, Error> {
    if matches!(asked, 1 | 2) { Ok(asked) } else { Err(Invalid::ManagedLoginVersion.into()) }
}
