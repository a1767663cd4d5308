//! The stored bytes of each kind of record: those of each release stay readable, and none changes unnoticed.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use credential_vending::model::managed_policy::{ManagedPolicy, PolicyVersion};
use credential_vending::model::saml::{SamlProvider, UsedAssertion};
use credential_vending::model::{AuditedSession, NumberedKey, OidcProvider, OperatorKey, Revocation, Revoked, Role};
use credential_vending::storage::{
    AuditedWrite, ManagedPolicyWrite, OidcProviderWrite, OperatorWrite, RevocationWrite, RoleWrite, SamlWrite,
    VendingKeysWrite,
};
use credential_vending::{
    AuditChain, DocumentVending, IdentityStamp, LoginRecord, OriginIdentity, RoleReason, VendingStorage,
};
use identity_kernel::time::Timestamp;
use storage_memory::MemoryStore;
use test_support::stored;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");
const AT: Timestamp = Timestamp::from_epoch_seconds(1_700_000_000);

fn role() -> Role {
    Role {
        name: "App".to_owned(),
        path: "/team/".to_owned(),
        arn: "arn:aws:iam::123456789012:role/team/App".to_owned(),
        id: "AROAEXAMPLE".to_owned(),
        description: Some("reads".to_owned()),
        trust: "{}".to_owned(),
        policies: BTreeMap::from([("objects".to_owned(), "{\"Statement\":[]}".to_owned())]),
        attached: BTreeSet::from([policy().arn]),
        boundary: Some("{}".to_owned()),
        boundary_arn: Some("arn:aws:iam::123456789012:policy/bound".to_owned()),
        max_session_seconds: 3600,
        tags: BTreeMap::from([("team".to_owned(), "one".to_owned())]),
        created_at: AT,
    }
}

fn policy() -> ManagedPolicy {
    ManagedPolicy {
        name: "Read".to_owned(),
        path: "/team/".to_owned(),
        arn: "arn:aws:iam::123456789012:policy/team/Read".to_owned(),
        id: "ANPAEXAMPLE".to_owned(),
        description: Some("reads".to_owned()),
        versions: BTreeMap::from([(2, PolicyVersion { document: "{}".to_owned(), created_at: AT })]),
        default_version: 2,
        last_version: 3,
        attached: 1,
        bounding: 2,
        tags: BTreeMap::from([("team".to_owned(), "one".to_owned())]),
        created_at: AT,
        updated_at: AT.plus_seconds(1),
    }
}

fn provider() -> OidcProvider {
    OidcProvider {
        arn: "arn:aws:iam::123456789012:oidc-provider/idp.example".to_owned(),
        host_and_path: "idp.example".to_owned(),
        client_ids: vec!["app".to_owned()],
        created_at: AT,
    }
}

fn saml_provider() -> SamlProvider {
    SamlProvider {
        arn: "arn:aws:iam::123456789012:saml-provider/corp".to_owned(),
        name: "corp".to_owned(),
        metadata: "<EntityDescriptor/>".to_owned(),
        uuid: "11111111-2222-4333-8444-555555555555".to_owned(),
        tags: BTreeMap::from([("team".to_owned(), "one".to_owned())]),
        created_at: AT,
    }
}

fn used() -> UsedAssertion {
    UsedAssertion { provider: saml_provider().arn, id: "_1".to_owned(), usable_until: AT }
}

fn operator() -> OperatorKey {
    OperatorKey {
        access_key_id: "OPA".to_owned(),
        sealed_secret: vec![0, 128, 255],
        arn: "arn:aws:iam::123456789012:user/OPA".to_owned(),
        policy: "{}".to_owned(),
        created_at: AT,
    }
}

fn revoked() -> [Revoked; 4] {
    let name = |name: &str| name.to_owned();
    [
        Revoked::Everything,
        Revoked::Session(name("ASIA1")),
        Revoked::Identity(name("eu-west-1:1")),
        Revoked::Role(name("arn:aws:iam::123456789012:role/team/App")),
    ]
}

fn revocations() -> Vec<Revocation> {
    (1..).zip(revoked()).map(|(id, what)| Revocation { id, what, at: AT }).collect()
}

fn audited() -> AuditedSession {
    let name = |name: &str| name.to_owned();
    let login = LoginRecord { provider: name("idp.example"), subject: name("ada"), ..LoginRecord::default() };
    AuditedSession {
        access_key_id: name("ASIA1"),
        session_arn: name("arn:aws:sts::123456789012:assumed-role/App/s1"),
        role_arn: name("arn:aws:iam::123456789012:role/team/App"),
        identity: Some(IdentityStamp { identity: name("eu-west-1:1"), pool: name("eu-west-1:2"), amr: Vec::new() }),
        chain: AuditChain { logins: vec![login], role: RoleReason::Rule { mapping: name("m"), number: 1 } },
        via: Vec::new(),
        source_identity: Some(name("ada")),
        origin: Some(OriginIdentity { subject: name("ada"), ..OriginIdentity::default() }),
        description: Some(name("once")),
        issued_at: AT,
        expires_at: AT.plus_seconds(900),
        kept_until: AT.plus_seconds(1800),
    }
}

fn keys() -> Vec<NumberedKey> {
    let key = |number: &str, retires_at| NumberedKey { number: number.to_owned(), vends_from: AT, retires_at };
    vec![key("1", Some(AT.plus_seconds(1))), key("2", None)]
}

#[tokio::test]
async fn what_is_stored_today_is_what_the_newest_version_stored() {
    let store = Arc::new(MemoryStore::new());
    let storage = DocumentVending::new(Arc::clone(&store));
    let mut writes = vec![
        RoleWrite::Insert { role: role() }.into(),
        ManagedPolicyWrite::Insert { policy: policy() }.into(),
        OidcProviderWrite::Insert { provider: provider() }.into(),
        SamlWrite::Insert { provider: saml_provider() }.into(),
        SamlWrite::Use { used: used() }.into(),
        OperatorWrite::Put { key: operator() }.into(),
        VendingKeysWrite::Set { before: None, after: keys() }.into(),
        AuditedWrite::Insert { session: audited() }.into(),
    ];
    writes.extend(revocations().into_iter().map(|revocation| RevocationWrite::Put { revocation }.into()));
    storage.commit(writes).await.unwrap();

    stored::hold(FOLDER, &store).await;
}

#[tokio::test]
async fn what_every_version_stored_is_read() {
    for store in stored::of_every_version(FOLDER, MemoryStore::new).await {
        let storage = DocumentVending::new(store);

        assert_eq!(storage.roles().get("app").await.unwrap().unwrap().record, role());
        let found = storage.managed_policies().named(&["read"]).await.unwrap();
        assert_eq!(found.into_iter().map(|found| found.record).collect::<Vec<_>>(), [policy()]);
        assert_eq!(storage.oidc_providers().get(&provider().arn).await.unwrap().unwrap().record, provider());
        assert_eq!(storage.saml_providers().get(&saml_provider().arn).await.unwrap().unwrap().record, saml_provider());
        assert!(storage.saml_providers().is_used(&used().provider, &used().id).await.unwrap());
        assert_eq!(storage.operators().get("OPA").await.unwrap().unwrap().record, operator());
        assert_eq!(storage.revocations().of(&revoked()).await.unwrap(), revocations());
        assert_eq!(storage.audited().of(&["ASIA1"]).await.unwrap(), [audited()]);
        assert_eq!(storage.vending_keys().get().await.unwrap().unwrap().record, keys());
    }
}
