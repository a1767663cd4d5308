//! A store that is set back to a backup while a service goes on.

use std::sync::{Arc, RwLock};

use async_trait::async_trait;
use credential_vending::model::Role;
use credential_vending::ops::roles::CreateRole;
use credential_vending::storage::RoleWrite;
use credential_vending::{Clock, CredentialVending, DocumentVending, MasterKey, Parts, VendingStorage as _};
use document_store::{Batch, Document, DocumentStore, Key, Range, StorageError};
use iam_policy::Context;
use identity_kernel::time::{ManualClock, Timestamp};
use storage_memory::MemoryStore;

use crate::world::{GET_ALL, TRUST, request};

/// A store in whose place another can be put.
#[derive(Clone)]
struct Replaced(Arc<RwLock<Arc<MemoryStore>>>);

impl Replaced {
    fn now(&self) -> Arc<MemoryStore> {
        Arc::clone(&self.0.read().unwrap())
    }
}

#[async_trait]
impl DocumentStore for Replaced {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        self.now().get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        self.now().get_many(keys).await
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        self.now().scan(range).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        self.now().commit(batch).await
    }
}

#[tokio::test]
async fn a_service_that_forgets_all_judges_by_the_store_that_is_there_now() {
    let store = Replaced(Arc::new(RwLock::new(Arc::new(MemoryStore::new()))));
    let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_700_000_000)));
    let mut parts = Parts::new(Arc::new(DocumentVending::new(store.clone())), MasterKey::new([4; 32]));
    parts.clock = Arc::clone(&clock) as Arc<dyn Clock>;
    let vending = CredentialVending::new(parts);
    vending.create_role(CreateRole::named("app", TRUST)).await.unwrap();
    vending.put_role_policy("app", "get", GET_ALL.to_owned()).await.unwrap();
    let keys = vending.assume_role(request()).await.unwrap().credentials;
    let allows = async || {
        let token = keys.session_token.expose();
        let (caller, _) = vending.holder(&keys.access_key_id, Some(token)).await.unwrap();
        vending.decide(&caller, "s3:GetObject", "arn:aws:s3:::b/k", Context::new()).await.unwrap().is_allowed()
    };
    assert!(allows().await);

    // The same role at the same version, which says something else: as after a restore and another change.
    let role = Role { policies: [].into(), ..vending.get_role("app").await.unwrap() };
    let other = Arc::new(MemoryStore::new());
    let storage = DocumentVending::new(Arc::clone(&other));
    storage.commit(vec![RoleWrite::Insert { role: role.clone() }.into()]).await.unwrap();
    let before = storage.roles().get("app").await.unwrap().unwrap();
    storage.commit(vec![RoleWrite::Update { before, after: role }.into()]).await.unwrap();
    *store.0.write().unwrap() = other;
    vending.forget_all();

    assert!(!allows().await);
}
