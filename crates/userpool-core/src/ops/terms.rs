//! Terms of clients: what their sign-in pages link to.

use std::collections::BTreeMap;

use document_store::Versioned;
use document_store::error::{StorageError, StorageErrorKind};
use document_store::page::{Page, PageRequest};

use crate::error::Error;
use crate::model::ids::{ClientId, UserPoolId};
use crate::model::terms::{MOST_TERMS, Terms, TermsId, TermsName, check_links};
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::reasons::{Kind, Quota};
use crate::service::UserPools;
use crate::storage::{ClientWrite, PoolWrite, TermsWrite, Write};

/// Terms that are to be made.
#[derive(Clone, Debug)]
pub struct NewTerms {
    /// The pool.
    pub pool: UserPoolId,
    /// The client.
    pub client: ClientId,
    /// What is linked to.
    pub name: TermsName,
    /// Where it stands, by language.
    pub links: BTreeMap<String, String>,
}

impl UserPools {
    /// Makes terms of a client. A client has one of each name, a pool 40 at most.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for the pool and the client; [`Error::InvalidParameter`] for a link that is no address of the Web;
    /// [`Error::TermsExist`]; [`Error::CountExceeded`].
    pub async fn create_terms(&self, new: NewTerms) -> Result<Terms, Error> {
        check_links(&new.links)?;
        let now = self.now();
        let id = self.uuid().parse().map_err(|error| Error::internal("making an id of terms", error))?;
        let NewTerms { pool, client, name, links } = new;
        let terms = Terms { pool, id, client, name, links, created_at: now, modified_at: now };
        for _ in 0..MOST_ROUNDS {
            let pool = self.pool(&terms.pool).await?;
            let client = self.client(&pool.id, &terms.client).await?;
            let page = PageRequest { limit: MOST_TERMS, after: None };
            if self.storage.terms().list(&pool.id, &page).await?.items.len() >= MOST_TERMS {
                return Err(Quota::Terms.into());
            }
            // Of two that are made at once, the second is counted with the first; a client that is removed meanwhile has none.
            let same = PoolWrite::Update { after: pool.record.clone(), before: pool };
            let there = ClientWrite::Update { after: client.record.clone(), before: client };
            let insert = TermsWrite::Insert { terms: terms.clone() };
            match self.storage.commit(vec![same.into(), there.into(), insert.into()]).await {
                Ok(()) => return Ok(terms),
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(refused(error)),
            }
        }
        Err(Error::Concurrent)
    }

    /// The terms of this id.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn describe_terms(&self, pool: &UserPoolId, id: &TermsId) -> Result<Terms, Error> {
        Ok(self.terms(pool, id).await?.record)
    }

    /// A client's terms of this name.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn terms_of_client(&self, pool: &UserPoolId, client: &ClientId, name: TermsName) -> Result<Terms, Error> {
        self.pool(pool).await?;
        self.client(pool, client).await?;
        let found = self.storage.terms().of_client(pool, client, name).await?;
        Ok(found.ok_or(Error::NotFound(Kind::Terms))?.record)
    }

    /// Changes terms; what is `None` stays.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`]; [`Error::TermsExist`] if the client has others of the new name;
    /// [`Error::Concurrent`].
    pub async fn update_terms(
        &self,
        pool: &UserPoolId,
        id: &TermsId,
        name: Option<TermsName>,
        links: Option<BTreeMap<String, String>>,
    ) -> Result<Terms, Error> {
        links.as_ref().map_or(Ok(()), check_links)?;
        let before = self.terms(pool, id).await?;
        let mut after = Terms { modified_at: self.now(), ..before.record.clone() };
        after.name = name.unwrap_or(after.name);
        after.links = links.unwrap_or(after.links);
        let update = TermsWrite::Update { before, after: after.clone() };
        self.storage.commit(vec![update.into()]).await.map_err(refused)?;
        Ok(after)
    }

    /// Removes terms.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::Concurrent`].
    pub async fn delete_terms(&self, pool: &UserPoolId, id: &TermsId) -> Result<(), Error> {
        let before = self.terms(pool, id).await?;
        Ok(self.storage.commit(vec![TermsWrite::Delete { before }.into()]).await?)
    }

    /// A pool's terms by id; 60 a page at most.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] if there is no such pool.
    pub async fn list_terms(&self, pool: &UserPoolId, page: PageRequest) -> Result<Page<Terms>, Error> {
        self.pool(pool).await?;
        let limit = if page.limit == 0 { 60 } else { page.limit.min(60) };
        let found = self.storage.terms().list(pool, &PageRequest { limit, ..page }).await?;
        Ok(found.map(|terms| terms.record))
    }

    /// What removes a client's terms with it.
    pub(crate) async fn removal_of_terms(&self, pool: &UserPoolId, client: &ClientId) -> Result<Vec<Write>, Error> {
        let mut writes = Vec::new();
        for name in TermsName::ALL {
            let found = self.storage.terms().of_client(pool, client, name).await?;
            writes.extend(found.map(|before| TermsWrite::Delete { before }.into()));
        }
        Ok(writes)
    }

    async fn terms(&self, pool: &UserPoolId, id: &TermsId) -> Result<Versioned<Terms>, Error> {
        self.pool(pool).await?;
        self.storage.terms().get(pool, id).await?.ok_or(Error::NotFound(Kind::Terms))
    }
}

fn refused(error: StorageError) -> Error {
    match error.kind() {
        StorageErrorKind::AlreadyExists => Error::TermsExist,
        _ => error.into(),
    }
}
