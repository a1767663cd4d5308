//! The rules of a credential vending storage.

use std::collections::{BTreeMap, BTreeSet};

use credential_vending::model::managed_policy::{ManagedPolicy, PolicyVersion};
use credential_vending::model::saml::{SamlProvider, UsedAssertion};
use credential_vending::model::{AuditedSession, NumberedKey, OidcProvider, OperatorKey, Revocation, Revoked, Role};
use credential_vending::storage::{
    AuditedWrite, ManagedPolicyWrite, OidcProviderWrite, OperatorWrite, RevocationWrite, RoleWrite, SamlWrite,
    VendingKeysWrite,
};
use credential_vending::{AuditChain, IdentityStamp, LoginRecord, OriginIdentity, RoleReason, VendingStorage};
use document_store::Versioned;
use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use futures::future::join_all;
use identity_kernel::time::Timestamp;

use crate::macros::{commit, walk};
use crate::{one_won, refused};

const AT: Timestamp = Timestamp::from_epoch_seconds(1_700_000_000);

/// A role that says something in each of its members, some of it at length.
fn role(name: &str) -> Role {
    let long = format!("{{\"Statement\":[\"{}\"]}}", "s".repeat(8000));
    Role {
        name: name.to_owned(),
        path: "/team/".to_owned(),
        arn: format!("arn:aws:iam::123456789012:role/team/{name}"),
        id: "AROAEXAMPLE".to_owned(),
        description: Some("reads".to_owned()),
        trust: long.clone(),
        policies: BTreeMap::from([("objects".to_owned(), long.clone())]),
        tags: BTreeMap::from([("team".to_owned(), "one".to_owned())]),
        attached: BTreeSet::from([policy("read").arn]),
        boundary: Some(long),
        boundary_arn: Some(policy("bound").arn),
        max_session_seconds: 3600,
        created_at: AT,
    }
}

fn policy(name: &str) -> ManagedPolicy {
    let version = |document: &str| PolicyVersion { document: document.repeat(2000), created_at: AT };
    ManagedPolicy {
        name: name.to_owned(),
        path: "/team/".to_owned(),
        arn: format!("arn:aws:iam::123456789012:policy/team/{name}"),
        id: "ANPAEXAMPLE".to_owned(),
        description: Some("reads".to_owned()),
        versions: BTreeMap::from([(1, version("one ")), (3, version("three "))]),
        default_version: 3,
        last_version: 4,
        attached: 5,
        bounding: 6,
        tags: BTreeMap::from([("team".to_owned(), "one".to_owned())]),
        created_at: AT,
        updated_at: AT.plus_seconds(1),
    }
}

fn provider(host: &str) -> OidcProvider {
    OidcProvider {
        arn: format!("arn:aws:iam::123456789012:oidc-provider/{host}"),
        host_and_path: host.to_owned(),
        client_ids: vec!["app".to_owned()],
        created_at: AT,
    }
}

fn operator(id: &str, policy: &str) -> OperatorKey {
    OperatorKey {
        access_key_id: id.to_owned(),
        sealed_secret: vec![0, 255],
        arn: format!("arn:aws:iam::123456789012:user/{id}"),
        policy: policy.to_owned(),
        created_at: AT,
    }
}

fn places(numbers: &[&str]) -> Vec<NumberedKey> {
    let place = |number: &&str| NumberedKey { number: (*number).to_owned(), vends_from: AT, retires_at: None };
    numbers.iter().map(place).collect()
}

async fn read_role(storage: &dyn VendingStorage, name: &str) -> Option<Versioned<Role>> {
    storage.roles().get(name).await.unwrap()
}

/// As it was written, in any case, once.
pub async fn a_role_is_known_in_any_case(storage: &dyn VendingStorage) {
    commit!(storage, RoleWrite::Insert { role: role("App") }).unwrap();
    for name in ["App", "app", "APP"] {
        assert_eq!(read_role(storage, name).await.unwrap().record, role("App"));
    }
    assert!(read_role(storage, "Ap").await.is_none());
    assert_eq!(refused(commit!(storage, RoleWrite::Insert { role: role("aPP") })), (AlreadyExists, Some(0)));
    assert_eq!(read_role(storage, "app").await.unwrap().name, "App");
}

/// Of many that change one version, one wins; a removal of what has changed is refused, and what was removed is gone.
pub async fn a_role_is_changed_from_the_version_that_was_read(storage: &dyn VendingStorage) {
    commit!(storage, RoleWrite::Insert { role: role("App") }).unwrap();
    let before = read_role(storage, "App").await.unwrap();
    let update = |number: i64| {
        let after = Role { max_session_seconds: number, ..before.record.clone() };
        storage.commit(vec![RoleWrite::Update { before: before.clone(), after }.into()])
    };
    one_won(join_all((1..=16).map(update)).await, Conflict);
    assert_eq!(refused(commit!(storage, RoleWrite::Delete { before: before.clone() })).0, Conflict);
    let now = read_role(storage, "App").await.unwrap();
    assert!((1..=16).contains(&now.max_session_seconds));
    commit!(storage, RoleWrite::Delete { before: now }).unwrap();
    assert!(read_role(storage, "App").await.is_none());
    commit!(storage, RoleWrite::Insert { role: role("app") }).unwrap();
}

/// By name, without regard to case.
pub async fn roles_come_in_pages(storage: &dyn VendingStorage) {
    for name in ["c", "B", "a", "aa", "D"] {
        commit!(storage, RoleWrite::Insert { role: role(name) }).unwrap();
    }
    let found = walk!(|page| storage.roles().list(&page));
    let found: Vec<String> = found.into_iter().map(|role| role.record.name).collect();
    assert_eq!(found, ["a", "aa", "B", "c", "D"]);
}

/// By what they depend on now: attached policies and the boundary, in pages, each role once.
pub async fn roles_are_found_by_their_managed_policies(storage: &dyn VendingStorage) {
    let (read, write, bound) = (policy("read").arn, policy("write").arn, policy("bound").arn);
    let of = |name: &str, attached: &[&String], boundary: Option<&String>| Role {
        attached: attached.iter().map(|arn| (*arn).clone()).collect(),
        boundary_arn: boundary.cloned(),
        ..role(name)
    };
    for role in [of("c", &[&read], None), of("B", &[&read, &write], Some(&read)), of("a", &[], Some(&read))] {
        commit!(storage, RoleWrite::Insert { role }).unwrap();
    }
    let found = async |arn: &str| {
        let found = walk!(|page| storage.roles().of_policy(arn, &page));
        found.into_iter().map(|role| role.record.name).collect::<Vec<_>>()
    };
    assert_eq!(found(&read).await, ["a", "B", "c"]);
    assert_eq!((found(&write).await, found(&bound).await), (vec!["B".to_owned()], Vec::new()));

    let before = read_role(storage, "b").await.unwrap();
    commit!(storage, RoleWrite::Update { before, after: of("B", &[&write], Some(&bound)) }).unwrap();
    commit!(storage, RoleWrite::Delete { before: read_role(storage, "c").await.unwrap() }).unwrap();

    assert_eq!(found(&read).await, ["a"]);
    assert_eq!((found(&write).await, found(&bound).await), (vec!["B".to_owned()], vec!["B".to_owned()]));
}

/// As it was written, in any case, once; changed and removed as it was read; several at once, and in pages.
pub async fn managed_policies_are_known_in_any_case_and_changed_as_read(storage: &dyn VendingStorage) {
    let named = async |names: &[&str]| {
        let mut found = storage.managed_policies().named(names).await.unwrap();
        found.sort_by(|one, two| one.name.cmp(&two.name));
        found
    };
    for name in ["c", "Read", "b"] {
        commit!(storage, ManagedPolicyWrite::Insert { policy: policy(name) }).unwrap();
    }
    assert_eq!(refused(commit!(storage, ManagedPolicyWrite::Insert { policy: policy("rEAD") })).0, AlreadyExists);
    let found = named(&["b", "READ", "nobody"]).await;
    let found: Vec<ManagedPolicy> = found.into_iter().map(|policy| policy.record).collect();
    assert_eq!(found, [policy("Read"), policy("b")]);
    assert!(named(&[]).await.is_empty());
    let listed = walk!(|page| storage.managed_policies().list(&page));
    assert_eq!(listed.into_iter().map(|policy| policy.record.name).collect::<Vec<_>>(), ["b", "c", "Read"]);

    let before = named(&["read"]).await.remove(0);
    let update = |attached: u32| {
        let after = ManagedPolicy { attached, ..before.record.clone() };
        storage.commit(vec![ManagedPolicyWrite::Update { before: before.clone(), after }.into()])
    };
    one_won(join_all((10..26).map(update)).await, Conflict);
    assert_eq!(refused(commit!(storage, ManagedPolicyWrite::Delete { before })).0, Conflict);
    let now = named(&["read"]).await.remove(0);
    assert!((10..26).contains(&now.attached));
    commit!(storage, ManagedPolicyWrite::Delete { before: now }).unwrap();
    assert!(named(&["read"]).await.is_empty());
}

/// Once, by its ARN, in pages, and gone when it was removed.
pub async fn a_provider_is_found_by_its_arn(storage: &dyn VendingStorage) {
    for host in ["c.example", "a.example", "b.example"] {
        commit!(storage, OidcProviderWrite::Insert { provider: provider(host) }).unwrap();
    }
    let again = OidcProvider { client_ids: Vec::new(), ..provider("a.example") };
    assert_eq!(refused(commit!(storage, OidcProviderWrite::Insert { provider: again })).0, AlreadyExists);
    let found = walk!(|page| storage.oidc_providers().list(&page));
    let found: Vec<OidcProvider> = found.into_iter().map(|provider| provider.record).collect();
    assert_eq!(found, ["a.example", "b.example", "c.example"].map(provider));

    let before = storage.oidc_providers().get(&provider("b.example").arn).await.unwrap().unwrap();
    commit!(storage, OidcProviderWrite::Delete { before: before.clone() }).unwrap();
    assert!(storage.oidc_providers().get(&before.arn).await.unwrap().is_none());
    assert_eq!(refused(commit!(storage, OidcProviderWrite::Delete { before })).0, Conflict);
}

fn saml_provider(name: &str, metadata: &str) -> SamlProvider {
    SamlProvider {
        arn: format!("arn:aws:iam::123456789012:saml-provider/{name}"),
        name: name.to_owned(),
        metadata: metadata.repeat(10_000),
        uuid: "11111111-2222-4333-8444-555555555555".to_owned(),
        tags: BTreeMap::from([("team".to_owned(), "one".to_owned())]),
        created_at: AT,
    }
}

/// Once, whole, by its ARN, in pages; changed from what was read, and gone when it was removed.
pub async fn a_saml_provider_is_found_changed_and_removed(storage: &dyn VendingStorage) {
    for name in ["c", "a", "b"] {
        commit!(storage, SamlWrite::Insert { provider: saml_provider(name, "1") }).unwrap();
    }
    let again = commit!(storage, SamlWrite::Insert { provider: saml_provider("a", "2") });
    assert_eq!(refused(again).0, AlreadyExists);
    let found = walk!(|page| storage.saml_providers().list(&page));
    let found: Vec<SamlProvider> = found.into_iter().map(|provider| provider.record).collect();
    assert_eq!(found, ["a", "b", "c"].map(|name| saml_provider(name, "1")));

    let before = storage.saml_providers().get(&found[1].arn).await.unwrap().unwrap();
    let update = |metadata: &str| SamlWrite::Update { before: before.clone(), after: saml_provider("b", metadata) };
    commit!(storage, update("3")).unwrap();
    assert_eq!(refused(commit!(storage, update("4"))).0, Conflict);
    assert_eq!(refused(commit!(storage, SamlWrite::Delete { before: before.clone() })).0, Conflict);
    let now = storage.saml_providers().get(&found[1].arn).await.unwrap().unwrap();
    assert_eq!(now.record, saml_provider("b", "3"));
    commit!(storage, SamlWrite::Delete { before: now }).unwrap();
    assert!(storage.saml_providers().get(&found[1].arn).await.unwrap().is_none());
}

/// Of many that use it, one does; another's of the same id is another, and a removed provider's stays used.
pub async fn an_assertion_is_used_once(storage: &dyn VendingStorage) {
    let of = |name: &str, id: &str| {
        let provider = saml_provider(name, "").arn;
        SamlWrite::Use { used: UsedAssertion { provider, id: id.to_owned(), usable_until: AT } }
    };
    let is_used = |name: &str, id: &'static str| {
        let arn = saml_provider(name, "").arn;
        async move { storage.saml_providers().is_used(&arn, id).await.unwrap() }
    };
    commit!(storage, SamlWrite::Insert { provider: saml_provider("a", "1") }).unwrap();

    assert!(!is_used("a", "_1").await);
    one_won(join_all((0..16).map(|_| storage.commit(vec![of("a", "_1").into()]))).await, AlreadyExists);
    commit!(storage, of("b", "_1")).unwrap();
    commit!(storage, of("a", "_2")).unwrap();

    let before = storage.saml_providers().get(&saml_provider("a", "").arn).await.unwrap().unwrap();
    commit!(storage, SamlWrite::Delete { before }).unwrap();
    assert!(is_used("a", "_1").await);
    assert!(!is_used("a", "_3").await);
    assert_eq!(refused(commit!(storage, of("a", "_2"))).0, AlreadyExists);
}

/// Put in the place of the one before, changed and removed as it was read, listed by id.
pub async fn operators_keys_are_put_changed_and_removed(storage: &dyn VendingStorage) {
    let read = |id: &'static str| async move { storage.operators().get(id).await.unwrap() };
    for id in ["OPC", "OPA", "OPB"] {
        commit!(storage, OperatorWrite::Put { key: operator(id, "1") }).unwrap();
    }
    commit!(storage, OperatorWrite::Put { key: operator("OPB", "2") }).unwrap();
    assert_eq!(read("OPB").await.unwrap().record, operator("OPB", "2"));
    assert!(read("OP").await.is_none());

    let before = read("OPB").await.unwrap();
    let update = |policy: &str| OperatorWrite::Update { before: before.clone(), after: operator("OPB", policy) };
    commit!(storage, update("3")).unwrap();
    assert_eq!(refused(commit!(storage, update("4"))).0, Conflict);
    assert_eq!(refused(commit!(storage, OperatorWrite::Delete { before: before.clone() })).0, Conflict);
    let found = walk!(|page| storage.operators().list(&page));
    let found: Vec<(String, String)> =
        found.into_iter().map(|key| (key.record.access_key_id, key.record.policy)).collect();
    let expected = [("OPA", "1"), ("OPB", "3"), ("OPC", "1")].map(|(id, policy)| (id.to_owned(), policy.to_owned()));
    assert_eq!(found, expected);
    commit!(storage, OperatorWrite::Delete { before: read("OPB").await.unwrap() }).unwrap();
    assert!(read("OPB").await.is_none());
}

/// The last one of each thing counts, until it is forgotten; all of them are given, however many.
pub async fn revocations_are_found_alone_and_together(storage: &dyn VendingStorage) {
    let put = |id, what: Revoked| RevocationWrite::Put { revocation: Revocation { id, what, at: AT } };
    let session = |number: u64| Revoked::Session(format!("ASIA{number}"));
    for number in 0..130 {
        commit!(storage, put(number, session(number))).unwrap();
    }
    commit!(storage, put(500, session(7)), put(501, Revoked::Everything)).unwrap();
    commit!(storage, RevocationWrite::Forget { what: session(3) }, RevocationWrite::Forget { what: session(999) })
        .unwrap();

    let mut all: Vec<u64> = storage.revocations().all().await.unwrap().into_iter().map(|found| found.id).collect();
    all.sort_unstable();
    let expected: Vec<u64> = (0..130).filter(|id| ![3, 7].contains(id)).chain([500, 501]).collect();
    assert_eq!(all, expected);
    let wanted = [session(7), session(3), Revoked::Identity("ASIA5".to_owned()), Revoked::Everything, session(5)];
    let found = storage.revocations().of(&wanted).await.unwrap();
    let mut found: Vec<(u64, Revoked)> = found.into_iter().map(|found| (found.id, found.what)).collect();
    found.sort();
    assert_eq!(found, [(5, session(5)), (500, session(7)), (501, Revoked::Everything)]);
}

/// What is kept of a session is found by its access key id, with those of others, and nothing takes its place.
pub async fn what_is_kept_of_a_session_is_found_by_its_access_key_id(storage: &dyn VendingStorage) {
    let insert = |id: &str| AuditedWrite::Insert { session: audited(id) };
    for id in ["ASIA1", "ASIA12", "ASIA2"] {
        commit!(storage, insert(id)).unwrap();
    }
    assert_eq!(refused(commit!(storage, insert("ASIA2"))).0, AlreadyExists);

    let mut found = storage.audited().of(&["ASIA2", "ASIA3", "ASIA1"]).await.unwrap();
    found.sort_by(|one, other| one.access_key_id.cmp(&other.access_key_id));
    assert_eq!(found, [audited("ASIA1"), audited("ASIA2")]);
    assert!(storage.audited().of(&[]).await.unwrap().is_empty());
}

/// Says something in each of its members that a session with an identity and a caller before it has.
fn audited(access_key_id: &str) -> AuditedSession {
    let login = LoginRecord { provider: "idp".to_owned(), subject: access_key_id.to_owned(), ..LoginRecord::default() };
    AuditedSession {
        access_key_id: access_key_id.to_owned(),
        session_arn: "arn:aws:sts::123456789012:assumed-role/app/s1".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/app".to_owned(),
        identity: Some(IdentityStamp {
            identity: "ada".to_owned(),
            pool: "pool".to_owned(),
            amr: vec!["a".to_owned()],
        }),
        chain: AuditChain { logins: vec![login], role: RoleReason::Guest },
        via: Vec::new(),
        source_identity: Some("ada".to_owned()),
        origin: Some(OriginIdentity { subject: "ada".to_owned(), ..OriginIdentity::default() }),
        description: Some("for the helper".to_owned()),
        issued_at: AT,
        expires_at: AT.plus_seconds(900),
        kept_until: AT.plus_seconds(1800),
    }
}

/// Of two rotations at once, one wins.
pub async fn vending_keys_are_set_from_what_was_read(storage: &dyn VendingStorage) {
    let read = || async { storage.vending_keys().get().await.unwrap() };
    let set = |before: Option<Versioned<Vec<NumberedKey>>>, number: u32| {
        let after = places(&[&format!("A{number}")]);
        storage.commit(vec![VendingKeysWrite::Set { before, after }.into()])
    };
    assert!(read().await.is_none());
    one_won(join_all((0..16).map(|number| set(None, number))).await, AlreadyExists);
    let before = read().await;
    one_won(join_all((16..32).map(|number| set(before.clone(), number))).await, Conflict);
    let now = read().await.unwrap();
    assert!(now.len() == 1 && now[0].number.len() == 3, "{now:?}");
}

/// Every write of a commit is there afterwards, or none; the refused one is named.
pub async fn a_commit_holds_as_a_whole_or_not_at_all(storage: &dyn VendingStorage) {
    commit!(storage, RoleWrite::Insert { role: role("taken") }).unwrap();
    let provider_write = || OidcProviderWrite::Insert { provider: provider("a.example") };
    let outcome = commit!(storage, provider_write(), RoleWrite::Insert { role: role("taken") });
    assert_eq!(refused(outcome), (AlreadyExists, Some(1)));
    assert!(storage.oidc_providers().get(&provider("a.example").arn).await.unwrap().is_none());
    commit!(storage, provider_write(), RoleWrite::Insert { role: role("new") }).unwrap();
    assert!(storage.oidc_providers().get(&provider("a.example").arn).await.unwrap().is_some());
    assert!(read_role(storage, "new").await.is_some());
    storage.commit(Vec::new()).await.unwrap();
}
