//! Pools and clients that are opened by name: made at the first start, found at every later one.

use std::sync::Mutex;

use document_store::error::StorageErrorKind;
use identity_kernel::entropy::{self, Entropy};

use crate::error::Error;
use crate::model::pool::UserPool;
use crate::ops::clients::{ClientWithSecret, CreateClient, client_id};
use crate::ops::pools::{CreateUserPool, SUFFIX_LENGTH, SUFFIX_LETTERS};
use crate::service::UserPools;

impl UserPools {
    /// The pool that was ensured under this name, made now if it is not there.
    ///
    /// Its id follows from the name and the master key: the same at every start and on every node that shares them, and of
    /// nodes that start together one makes it. One that was deleted is made anew. A pool that is there already stays as it is; what the request says besides
    /// the name and the region counts when it is made. Pools made by [`create_user_pool`](Self::create_user_pool) are
    /// others, whatever their names.
    ///
    /// # Errors
    ///
    /// Those of [`create_user_pool`](Self::create_user_pool).
    pub async fn ensure_user_pool(&self, request: CreateUserPool) -> Result<UserPool, Error> {
        let source = Derived::of(self.master_key.keyed_hash("ensured-pool", request.name.as_bytes()));
        let id = self.pool_id(&request, &entropy::text(&source, SUFFIX_LETTERS, SUFFIX_LENGTH))?;
        let made = match self.storage.pools().get(&id).await? {
            Some(found) if found.deleted_at.is_none() => return Ok(found.record),
            Some(deleted) => self.replace_deleted_pool(request, deleted).await,
            None => self.insert_pool(request, id.clone()).await,
        };
        match made {
            Err(error) if is_there_now(&error) => self.describe_user_pool(&id).await,
            outcome => outcome,
        }
    }

    /// The client that was ensured under this name in its pool, made now if it is not there. As with
    /// [`ensure_user_pool`](Self::ensure_user_pool), its id follows from the name, and one that is there stays as it is.
    ///
    /// # Errors
    ///
    /// Those of [`create_user_pool_client`](Self::create_user_pool_client).
    pub async fn ensure_client(&self, request: CreateClient) -> Result<ClientWithSecret, Error> {
        let name = format!("{}\n{}", request.pool, request.settings.name);
        let id = client_id(&Derived::of(self.master_key.keyed_hash("ensured-client", name.as_bytes())))?;
        let pool = request.pool.clone();
        if self.storage.clients().get(&pool, &id).await?.is_some() {
            return self.describe_user_pool_client(&pool, &id).await;
        }
        match self.insert_client(request, id.clone()).await {
            Err(error) if is_there_now(&error) => self.describe_user_pool_client(&pool, &id).await,
            outcome => outcome,
        }
    }
}

/// Whether another start was faster.
fn is_there_now(error: &Error) -> bool {
    matches!(error, Error::Concurrent)
        || matches!(error, Error::Storage(error) if error.kind() == StorageErrorKind::AlreadyExists)
}

/// The bytes of a keyed hash, over and over: what an id is drawn from that shall come out the same each time. An id needs
/// to be unlike others, not secret.
struct Derived {
    hash: [u8; 32],
    at: Mutex<usize>,
}

impl Derived {
    fn of(hash: [u8; 32]) -> Self {
        Self { hash, at: Mutex::new(0) }
    }
}

impl Entropy for Derived {
    fn fill(&self, buffer: &mut [u8]) {
        let mut at = self.at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for to in buffer {
            *to = self.hash.get(*at % 32).copied().unwrap_or_default();
            *at += 1;
        }
    }
}
