//! Reading records.

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::envelope::{Versioned, read};
use super::stored::{Index, Stored, Tenant};
use crate::error::StorageError;
use crate::key::Key;
use crate::page::{Page, PageRequest};
use crate::store::{Document, DocumentStore, Range};

/// The most records of one page.
const LARGEST_PAGE: usize = 1000;

/// What is searched for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Match<'a> {
    /// The value itself.
    Exactly(&'a str),
    /// A value that begins so.
    Beginning(&'a str),
}

impl Match<'_> {
    fn fits(self, value: &str) -> bool {
        match self {
            Self::Exactly(wanted) => value == wanted,
            Self::Beginning(start) => value.starts_with(start),
        }
    }
}

/// Reads records.
///
/// The token of a page is made of the last key that was looked at: it stays good when the record behind it has gone.
#[async_trait]
pub trait Records: DocumentStore {
    /// The record of this id.
    async fn record<T: Stored>(&self, tenant: &Tenant, id: &[&str]) -> Result<Option<Versioned<T>>, StorageError> {
        self.get(&tenant.record::<T>(id)).await?.map(read).transpose()
    }

    /// The records at these keys that are there, in the order of the keys. One read.
    async fn records<T: Stored>(&self, keys: &[Key]) -> Result<Vec<Versioned<T>>, StorageError> {
        Ok(self.records_at(keys).await?.into_iter().flatten().collect())
    }

    /// The records at these keys, each in its key's place. One read.
    async fn records_at<T: Stored>(&self, keys: &[Key]) -> Result<Vec<Option<Versioned<T>>>, StorageError> {
        match keys {
            [] => Ok(Vec::new()),
            keys => self.get_many(keys).await?.into_iter().map(|found| found.map(read).transpose()).collect(),
        }
    }

    /// Two records of one tenant, of different kinds, as they are at one moment. One read.
    async fn pair<A: Stored, B: Stored>(
        &self,
        tenant: &Tenant,
        one: &[&str],
        other: &[&str],
    ) -> Result<(Option<Versioned<A>>, Option<Versioned<B>>), StorageError> {
        let keys = [tenant.record::<A>(one), tenant.record::<B>(other)];
        let mut found = self.get_many(&keys).await?.into_iter();
        let (one, other) = (found.next().flatten(), found.next().flatten());
        Ok((one.map(read).transpose()?, other.map(read).transpose()?))
    }

    /// The record to which a name leads. Two reads.
    async fn named<T: Stored>(&self, tenant: &Tenant, name: &str) -> Result<Option<Versioned<T>>, StorageError> {
        let Some(found) = self.get(&tenant.name::<T>(name)).await? else { return Ok(None) };
        self.get(&Key::from_bytes(found.body)).await?.map(read).transpose()
    }

    /// The id of the record to which a name leads: its key parts within its kind. One read.
    async fn id_named<T: Stored>(&self, tenant: &Tenant, name: &str) -> Result<Option<Vec<String>>, StorageError> {
        let found = self.get(&tenant.name::<T>(name)).await?;
        Ok(found.map(|name| Key::from_bytes(name.body).parts().into_iter().skip(4).collect()))
    }

    /// The records to which these names lead, as far as they do, each as often as names lead to it. Two reads.
    async fn named_many<T: Stored>(
        &self,
        tenant: &Tenant,
        names: &[String],
    ) -> Result<Vec<Versioned<T>>, StorageError> {
        let names: Vec<Key> = names.iter().map(|name| tenant.name::<T>(name)).collect();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let found = self.get_many(&names).await?.into_iter().flatten();
        self.records(&found.map(|name| Key::from_bytes(name.body)).collect::<Vec<_>>()).await
    }

    /// Every record of a kind, by id: for kinds of which a tenant has few.
    async fn all<T: Stored>(&self, tenant: &Tenant) -> Result<Vec<Versioned<T>>, StorageError> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.list(tenant, &PageRequest { limit: LARGEST_PAGE, after }).await?;
            all.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }

    /// Records of a kind by id. `limit` 0 is 60.
    async fn list<T: Stored>(&self, tenant: &Tenant, page: &PageRequest) -> Result<Page<Versioned<T>>, StorageError> {
        self.list_beginning(tenant, "", page).await
    }

    /// Records of a kind, by id, whose ids begin so. `limit` 0 is 60.
    async fn list_beginning<T: Stored>(
        &self,
        tenant: &Tenant,
        start: &str,
        page: &PageRequest,
    ) -> Result<Page<Versioned<T>>, StorageError> {
        let all = tenant.key(&[T::KIND, "record"]);
        let found = self.page_of(&tenant.prefix(&[T::KIND, "record"], start), &all, page).await?;
        let items = found.items.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, next: found.next })
    }

    /// Records of a kind by id, whose ids begin with these parts. `limit` 0 is 60.
    async fn list_below<T: Stored>(
        &self,
        tenant: &Tenant,
        parts: &[&str],
        page: &PageRequest,
    ) -> Result<Page<Versioned<T>>, StorageError> {
        let all = tenant.record::<T>(parts);
        let found = self.page_of(&all, &all, page).await?;
        let items = found.items.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Page { items, next: found.next })
    }

    /// Records by an index, in the order of the values and then of the ids: two reads. A record that was changed or
    /// removed since the index was read is passed over, so a page may hold less than its limit and not be the last.
    async fn search<T: Stored>(
        &self,
        tenant: &Tenant,
        index: &Index<T>,
        wanted: Match<'_>,
        page: &PageRequest,
    ) -> Result<Page<Versioned<T>>, StorageError> {
        let within = tenant.key(&[T::KIND, "by", index.name]);
        let prefix = match wanted {
            Match::Exactly(value) => tenant.key(&[T::KIND, "by", index.name, value]),
            Match::Beginning(start) => tenant.prefix(&[T::KIND, "by", index.name], start),
        };
        let found = self.page_of(&prefix, &within, page).await?;
        let keys: Vec<Key> = found.items.into_iter().map(|entry| Key::from_bytes(entry.body)).collect();
        let mut items = self.records::<T>(&keys).await?;
        items.retain(|record| (index.values)(record).iter().any(|value| wanted.fits(value)));
        Ok(Page { items, next: found.next })
    }

    /// One page of the documents under `prefix`; tokens are positions behind `within`.
    async fn page_of(&self, prefix: &Key, within: &Key, page: &PageRequest) -> Result<Page<Document>, StorageError> {
        let limit = if page.limit == 0 { 60 } else { page.limit.min(LARGEST_PAGE) };
        let after = page.after.as_ref().map(|token| position(within, token));
        let mut items = self.scan(&Range::of(prefix.clone(), limit + 1).after(after)).await?;
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        let next = last.and_then(|last| last.key.as_bytes().strip_prefix(within.as_bytes()));
        let next = next.map(|position| URL_SAFE_NO_PAD.encode(position));
        Ok(Page { items, next })
    }
}

impl<S: DocumentStore + ?Sized> Records for S {}

/// Where a token points. What is no token of ours points somewhere, too: nothing outside the listing is reached by it.
fn position(within: &Key, token: &str) -> Key {
    let behind = URL_SAFE_NO_PAD.decode(token).unwrap_or_else(|_| token.as_bytes().to_vec());
    Key::from_bytes([within.as_bytes(), &behind].concat())
}
