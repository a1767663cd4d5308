//! A service with one role, and who assumes it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use credential_vending::ops::assume::{Asker, AssumeRole, AssumedRole, UndefinedRole};
use credential_vending::ops::roles::CreateRole;
use credential_vending::ports::{Event, Events};
use credential_vending::{
    AuditChain, Caller, Carried, CredentialError, CredentialVending, DocumentVending, IdentityStamp, Parts,
    SessionVerifier, VendingKey,
};
use iam_policy::Context;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, ManualClock, Timestamp};
use storage_memory::MemoryStore;

pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/app";
pub(crate) const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
    "Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity",
    "Condition":{"StringEquals":{"cognito-identity.amazonaws.com:aud":"pool"}}}]}"#;
pub(crate) const GET_ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}]}"#;

pub(crate) struct World {
    pub vending: CredentialVending,
    pub clock: Arc<ManualClock>,
    pub events: Arc<Heard>,
}

/// Every event so far.
#[derive(Default)]
pub(crate) struct Heard(Mutex<Vec<Event>>);

#[async_trait]
impl Events for Heard {
    async fn record(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Heard {
    /// What was heard since this was last asked.
    pub(crate) fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

pub(crate) async fn world() -> World {
    world_with(|_| {}).await
}

pub(crate) async fn world_with(change: impl FnOnce(&mut Parts)) -> World {
    let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_700_000_000)));
    let storage = Arc::new(DocumentVending::new(MemoryStore::new()));
    let events = Arc::new(Heard::default());
    let mut parts = Parts::new(storage, MasterKey::new([4; 32]));
    parts.clock = Arc::clone(&clock) as Arc<dyn Clock>;
    parts.events = Arc::clone(&events) as Arc<dyn Events>;
    change(&mut parts);
    let vending = CredentialVending::new(parts);
    vending.create_role(CreateRole::named("app", TRUST)).await.unwrap();
    vending.put_role_policy("app", "get", GET_ALL.to_owned()).await.unwrap();
    World { vending, clock, events }
}

pub(crate) fn request() -> AssumeRole {
    AssumeRole {
        role_arn: ROLE.to_owned(),
        session_name: "s1".to_owned(),
        duration_seconds: 3600,
        asker: Asker::WebIdentity("cognito-identity.amazonaws.com".to_owned()),
        login: Context::new().with("cognito-identity.amazonaws.com:aud", "pool"),
        identity: Some(IdentityStamp { identity: "ada".to_owned(), pool: "pool".to_owned(), amr: Vec::new() }),
        chain: AuditChain::default(),
        tags: BTreeMap::new(),
        session_policies: None,
        policy_arns: Vec::new(),
        ceiling: None,
        undefined: UndefinedRole::Refuse,
        carried: Carried::default(),
        minimum_token_size: 0,
    }
}

impl World {
    pub(crate) async fn caller(&self, assumed: &AssumedRole) -> Result<Caller, CredentialError> {
        let keys = &assumed.credentials;
        let (caller, secret) = self.vending.holder(&keys.access_key_id, Some(keys.session_token.expose())).await?;
        assert_eq!(secret, keys.secret);
        Ok(caller)
    }

    pub(crate) async fn allows(&self, assumed: &AssumedRole, action: &str) -> bool {
        let caller = self.caller(assumed).await.unwrap();
        self.vending.decide(&caller, action, "arn:aws:s3:::b/k", Context::new()).await.unwrap().is_allowed()
    }
}

/// A resource server that has been given the keys as they are now.
pub(crate) async fn verifier(world: &World) -> SessionVerifier {
    let texts = world.vending.vending_key_texts().await.unwrap();
    let keys = texts.iter().map(|text| VendingKey::from_text(text.expose()).unwrap()).collect();
    SessionVerifier::new(keys, 300)
}
