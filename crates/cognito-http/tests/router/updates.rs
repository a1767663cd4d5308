//! Updates take back nothing that was set while they were under way.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cenote::Cenote;
use cenote::documents::{Batch, Document, DocumentStore, Key, Range, StorageError};
use cenote::kernel::sealing::MasterKey;
use cenote::memory::MemoryStore;
use cenote::userpool::model::factors::{MfaMode, MfaSettings, SecondFactor};
use cognito_http::Options;
use cognito_wire::Service::UserPools;
use serde_json::{Value, json};

use crate::world::World;

type Other = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A store on which something else is done right after a document is read whose key holds these bytes, once.
#[derive(Default)]
struct Overtaken {
    store: Arc<MemoryStore>,
    other: Mutex<Option<(Vec<u8>, Other)>>,
}

impl Overtaken {
    async fn overtake(&self, keys: &[Key]) {
        let reads = |wanted: &[u8]| keys.iter().any(|key| key.as_bytes().windows(wanted.len()).any(|at| at == wanted));
        let other = self.other.lock().unwrap().take_if(|(wanted, _)| reads(wanted));
        if let Some((_, other)) = other {
            other.await;
        }
    }
}

#[async_trait]
impl DocumentStore for Overtaken {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        let found = self.store.get(key).await;
        self.overtake(std::slice::from_ref(key)).await;
        found
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        let found = self.store.get_many(keys).await;
        self.overtake(keys).await;
        found
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        self.store.scan(range).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        self.store.commit(batch).await
    }
}

struct Nodes {
    store: Arc<Overtaken>,
    world: World,
    other: Cenote,
}

impl Nodes {
    async fn new() -> Self {
        let store = Arc::new(Overtaken::default());
        let key = || MasterKey::new([7; 32]);
        let (ours, theirs) = (Arc::clone(&store) as Arc<dyn DocumentStore>, Arc::clone(&store.store) as _);
        let world = World::over(Cenote::builder().store(ours, key()), Options::default()).await;
        let other = Cenote::builder().store(theirs, key()).build().await.unwrap();
        Self { store, world, other }
    }

    /// Calls an operation, while the other node does something else as soon as a document with `wanted` in its key was read.
    async fn call_while(&self, operation: &str, body: Value, wanted: &str, other: Other) -> String {
        *self.store.other.lock().unwrap() = Some((wanted.as_bytes().to_vec(), other));
        let answer = self.world.call(UserPools, operation, body).await;
        assert!(self.store.other.lock().unwrap().is_none(), "nothing was done meanwhile");
        answer.code()
    }
}

#[tokio::test]
async fn an_update_of_a_pool_that_is_overtaken_turns_second_factors_off_no_more() {
    let nodes = Nodes::new().await;
    let pool = nodes.world.user_pool("people").await;
    let (users, id) = (Arc::clone(nodes.other.user_pools()), pool.parse().unwrap());
    let on = MfaSettings { mode: MfaMode::On, kinds: [SecondFactor::SoftwareToken].into(), ..MfaSettings::default() };
    let other = async move { drop(users.set_user_pool_mfa_config(&id, on, None).await.unwrap()) };

    let code = nodes.call_while("UpdateUserPool", json!({"UserPoolId": pool}), &pool, Box::pin(other)).await;

    assert_eq!(code, "ConcurrentModificationException");
    let config = nodes.world.call(UserPools, "GetUserPoolMfaConfig", json!({"UserPoolId": pool})).await.ok();
    assert_eq!(config["MfaConfiguration"], "ON");
}

#[tokio::test]
async fn an_update_of_a_client_that_is_overtaken_gives_no_old_name_back() {
    let nodes = Nodes::new().await;
    let pool = nodes.world.user_pool("people").await;
    let made = json!({"UserPoolId": pool, "ClientName": "old"});
    let made = nodes.world.call(UserPools, "CreateUserPoolClient", made).await.ok();
    let client = made["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned();
    let (users, id, named) = (Arc::clone(nodes.other.user_pools()), pool.parse().unwrap(), client.parse().unwrap());
    let other = async move {
        let rename = users.change_user_pool_client(&id, &named, |settings| settings.name = "new".to_owned());
        drop(rename.await.unwrap());
    };

    let of_client = json!({"UserPoolId": pool, "ClientId": client});
    let code = nodes.call_while("UpdateUserPoolClient", of_client.clone(), &client, Box::pin(other)).await;

    assert_eq!(code, "ConcurrentModificationException");
    let shown = nodes.world.call(UserPools, "DescribeUserPoolClient", of_client).await.ok();
    assert_eq!(shown["UserPoolClient"]["ClientName"], "new");
}

#[tokio::test]
async fn an_update_that_says_nothing_of_second_factors_and_passkeys_leaves_them() {
    let world = World::new().await;
    let pool = world.user_pool("people").await;
    let set = json!({
        "UserPoolId": pool,
        "MfaConfiguration": "ON",
        "SoftwareTokenMfaConfiguration": {"Enabled": true},
        "WebAuthnConfiguration": {"RelyingPartyId": "example.com", "UserVerification": "required"},
    });
    let before = world.call(UserPools, "SetUserPoolMfaConfig", set).await.ok();

    world.call(UserPools, "UpdateUserPool", json!({"UserPoolId": pool})).await.ok();

    let after = world.call(UserPools, "GetUserPoolMfaConfig", json!({"UserPoolId": pool})).await.ok();
    assert_eq!(after["MfaConfiguration"], "ON");
    assert_eq!(after["SoftwareTokenMfaConfiguration"], before["SoftwareTokenMfaConfiguration"]);
    assert_eq!(after["WebAuthnConfiguration"], before["WebAuthnConfiguration"]);
}
