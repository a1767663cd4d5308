//! Logins of this process's own user pools are checked with the keys that they hold.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cenote::documents::error::StorageError;
use cenote::documents::{Batch, Document, DocumentStore, Key, Range};
use cenote::federation::{Error, ErrorCode, Refusal};
use cenote::kernel::sealing::MasterKey;
use cenote::kernel::secret::SecretString;
use cenote::logins::{Issuers, TrustedIssuer, Unreachable};
use cenote::prelude::*;
use storage_memory::MemoryStore;

/// A store where what lies under keys with one text in them cannot be read while it is down.
#[derive(Default)]
struct Flaky {
    inner: MemoryStore,
    down: AtomicBool,
    about: Mutex<String>,
}

impl Flaky {
    fn check(&self, key: &Key) -> Result<(), StorageError> {
        let about = self.about.lock().unwrap().clone();
        let hit = String::from_utf8_lossy(key.as_bytes()).contains(&about);
        if self.down.load(Ordering::SeqCst) && hit {
            return Err(StorageError::unavailable("the disk is gone"));
        }
        Ok(())
    }
}

#[async_trait]
impl DocumentStore for Flaky {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        self.check(key)?;
        self.inner.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        for key in keys {
            self.check(key)?;
        }
        self.inner.get_many(keys).await
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        self.check(&range.prefix)?;
        self.inner.scan(range).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        self.inner.commit(batch).await
    }
}

/// The Internet, which counts how often it is asked.
#[derive(Default)]
struct Outside(AtomicUsize);

#[async_trait]
impl Issuers for Outside {
    async fn issuer_of(&self, _: &str, _: Option<&str>) -> Result<Option<TrustedIssuer>, Unreachable> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Err(Unreachable("nobody is there".into()))
    }
}

#[tokio::test]
async fn an_own_pool_that_cannot_be_read_is_a_fault_of_this_side_and_nobody_outside_is_asked_for_its_keys() {
    let (store, outside) = (Arc::new(Flaky::default()), Arc::new(Outside::default()));
    let cenote = Cenote::builder()
        .store(Arc::clone(&store) as Arc<dyn DocumentStore>, MasterKey::new([1; 32]))
        .outside_issuers(Arc::clone(&outside) as Arc<dyn Issuers>)
        .build()
        .await
        .unwrap();
    let users = cenote.user_pools();
    let pool = users.create_user_pool(CreateUserPool::named("p", users)).await.unwrap().id;
    let provider = users.issuer(&pool).trim_start_matches("http://").to_owned();
    let border = border(&cenote, &provider).await;
    // Of no own pool's making: enough to be looked at.
    let token: SecretString = "eyJhbGciOiJSUzI1NiIsImtpZCI6Im5vbmUifQ.e30.AAAA".into();
    let logins = [(provider, token)].into();

    *store.about.lock().unwrap() = pool.to_string();
    store.down.store(true, Ordering::SeqCst);
    let failed = cenote.identity_pools().get_id(&border, &logins).await.unwrap_err();
    store.down.store(false, Ordering::SeqCst);
    let refused = cenote.identity_pools().get_id(&border, &logins).await.unwrap_err();

    assert_eq!(failed.code(), ErrorCode::Internal, "{failed:?}");
    assert_eq!(refused, Error::NotAuthorized(Refusal::LoginInvalid), "{refused:?}");
    assert_eq!(outside.0.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_own_pool_that_is_gone_is_refused_and_nobody_outside_is_asked_for_its_keys() {
    let outside = Arc::new(Outside::default());
    let cenote = Cenote::in_memory().outside_issuers(Arc::clone(&outside) as Arc<dyn Issuers>).build().await.unwrap();
    let users = cenote.user_pools();
    let pool = users.create_user_pool(CreateUserPool::named("p", users)).await.unwrap().id;
    let provider = users.issuer(&pool).trim_start_matches("http://").to_owned();
    let border = border(&cenote, &provider).await;
    users.delete_user_pool(&pool).await.unwrap();

    let logins = [(provider, SecretString::from("eyJhbGciOiJSUzI1NiJ9.e30.AAAA"))].into();
    let refused = cenote.identity_pools().get_id(&border, &logins).await.unwrap_err();

    assert_eq!(refused, Error::NotAuthorized(Refusal::LoginClientNotTrusted), "{refused:?}");
    assert_eq!(outside.0.load(Ordering::SeqCst), 0);
}

/// An identity pool that takes logins of this user pool.
async fn border(cenote: &Cenote, provider: &str) -> cenote::federation::model::ids::IdentityPoolId {
    let provider = UserPoolProvider {
        provider_name: provider.to_owned(),
        client_id: "client".to_owned(),
        server_side_check: None,
    };
    let settings = IdentityPoolSettings { user_pools: vec![provider], ..IdentityPoolSettings::default() };
    cenote.identity_pools().create_identity_pool(None, settings).await.unwrap().id
}
