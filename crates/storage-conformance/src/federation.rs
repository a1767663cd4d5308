//! The rules of an identity pool storage.

use std::collections::{BTreeMap, BTreeSet};

use document_store::Versioned;
use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use futures::future::join_all;
use identity_federation::FederationStorage;
use identity_federation::model::identity::{Identity, Login};
use identity_federation::model::ids::{IdentityId, IdentityPoolId};
use identity_federation::model::pool::{IdentityPool, IdentityPoolSettings, PoolRoles};
use identity_federation::model::principal_tags::PrincipalTagMap;
use identity_federation::storage::{IdentityWrite, KeyWrite, PoolWrite};
use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, KeyUse, SealedKey};

use crate::macros::{commit, walk};
use crate::{everything, one_won, refused};

const AT: Timestamp = Timestamp::from_epoch_seconds(1_700_000_000);

fn pool_id(number: u32) -> IdentityPoolId {
    format!("us-east-1:00000000-0000-4000-9000-{number:012x}").parse().unwrap()
}

fn pool(number: u32) -> IdentityPool {
    let settings = IdentityPoolSettings {
        name: format!("pool {number}"),
        allow_guests: true,
        allow_classic: Some(false),
        public_providers: BTreeMap::from([("idp.example".to_owned(), "app".to_owned())]),
        oidc_provider_arns: vec!["arn:aws:iam::123456789012:oidc-provider/idp.example".to_owned()],
        tags: BTreeMap::from([("team".to_owned(), "one".to_owned())]),
        ..IdentityPoolSettings::default()
    };
    let roles = PoolRoles { unauthenticated: Some("guest".to_owned()), ..PoolRoles::default() };
    let principal_tags = BTreeMap::from([(
        "idp.example".to_owned(),
        PrincipalTagMap { use_defaults: false, claims: BTreeMap::from([("team".to_owned(), "team".to_owned())]) },
    )]);
    IdentityPool { id: pool_id(number), settings, roles, principal_tags, created_at: AT }
}

fn login(subject: &str) -> Login {
    Login { provider: "idp.example/pool".to_owned(), subject: subject.to_owned() }
}

fn identity_id(number: u32) -> IdentityId {
    format!("us-east-1:00000000-0000-4000-8000-{number:012x}").parse().unwrap()
}

fn identity(number: u32, subjects: &[&str]) -> Identity {
    Identity {
        id: identity_id(number),
        pool: pool_id(1),
        logins: subjects.iter().map(|subject| login(subject)).collect(),
        created_at: AT,
        modified_at: AT,
        signed_in_at: (!subjects.is_empty()).then_some(AT),
        merged_into: None,
    }
}

/// As an identity is that was merged into another.
fn merged(number: u32, into: u32) -> Identity {
    Identity { merged_into: Some(identity_id(into)), signed_in_at: Some(AT), ..identity(number, &[]) }
}

fn key(kid: &str, byte: u8) -> SealedKey {
    SealedKey {
        kid: kid.to_owned(),
        algorithm: Algorithm::Es256,
        usage: KeyUse::EveryToken,
        sealed_pkcs8: vec![byte],
        created_at: AT,
        signs_from: AT,
        retires_at: Some(AT.plus_seconds(1)),
    }
}

async fn insert(storage: &dyn FederationStorage, number: u32, subjects: &[&str]) -> Versioned<Identity> {
    commit!(storage, IdentityWrite::Insert { identity: identity(number, subjects) }).unwrap();
    storage.identities().get(&identity_id(number)).await.unwrap().unwrap()
}

async fn owners(storage: &dyn FederationStorage, pool: u32, subjects: &[&str]) -> Vec<IdentityId> {
    let logins: Vec<Login> = subjects.iter().map(|subject| login(subject)).collect();
    let logins: Vec<&Login> = logins.iter().collect();
    let found = storage.identities().of_logins(&pool_id(pool), &logins).await.unwrap();
    let mut ids: Vec<IdentityId> = found.into_iter().map(|identity| identity.record.id).collect();
    ids.sort();
    ids
}

async fn read_pool(storage: &dyn FederationStorage) -> Option<Versioned<IdentityPool>> {
    storage.pools().get(&pool_id(1)).await.unwrap()
}

/// As it was written, once.
pub async fn a_pool_is_added_once(storage: &dyn FederationStorage) {
    commit!(storage, PoolWrite::Insert { pool: pool(1) }).unwrap();
    assert_eq!(read_pool(storage).await.unwrap().record, pool(1));
    assert!(storage.pools().get(&pool_id(2)).await.unwrap().is_none());
    let again = IdentityPool { roles: PoolRoles { authenticated: Some("r".to_owned()), ..pool(1).roles }, ..pool(1) };
    assert_eq!(refused(commit!(storage, PoolWrite::Insert { pool: again })), (AlreadyExists, Some(0)));
    assert_eq!(read_pool(storage).await.unwrap().record, pool(1));
}

/// A change, a removal or an expectation of what has changed since is refused.
pub async fn a_pool_is_changed_from_the_version_that_was_read(storage: &dyn FederationStorage) {
    commit!(storage, PoolWrite::Insert { pool: pool(1) }).unwrap();
    let before = read_pool(storage).await.unwrap();
    let update = |role: &str| {
        let roles = PoolRoles { authenticated: Some(role.to_owned()), ..PoolRoles::default() };
        PoolWrite::Update { before: before.clone(), after: IdentityPool { roles, ..before.record.clone() } }
    };
    commit!(storage, PoolWrite::Expect { before: before.clone() }).unwrap();
    commit!(storage, update("one")).unwrap();
    let stale =
        [update("two"), PoolWrite::Delete { before: before.clone() }, PoolWrite::Expect { before: before.clone() }];
    for write in stale {
        assert_eq!(refused(commit!(storage, write)).0, Conflict);
    }
    let now = read_pool(storage).await.unwrap();
    assert_eq!(now.roles.authenticated.as_deref(), Some("one"));
    commit!(storage, PoolWrite::Delete { before: now }).unwrap();
    assert!(read_pool(storage).await.is_none());
}

/// By id, whatever the size of the page.
pub async fn pools_come_in_pages(storage: &dyn FederationStorage) {
    for number in [3, 1, 2, 5, 4] {
        commit!(storage, PoolWrite::Insert { pool: pool(number) }).unwrap();
    }
    let found = walk!(|page| storage.pools().list(&page));
    let found: Vec<IdentityPoolId> = found.into_iter().map(|pool| pool.record.id).collect();
    assert_eq!(found, (1..=5).map(pool_id).collect::<Vec<_>>());
}

/// All of them, however many; replaced by name; one that was removed signs nothing any more.
pub async fn keys_are_put_and_removed(storage: &dyn FederationStorage) {
    let put = |number: u32, byte| KeyWrite::Put { pool: pool_id(1), key: key(&format!("key-{number:04}"), byte) };
    for number in 0..120 {
        commit!(storage, put(number, 1)).unwrap();
    }
    commit!(storage, put(7, 2)).unwrap();
    commit!(storage, KeyWrite::Remove { pool: pool_id(1), kid: "key-0003".to_owned() }).unwrap();

    let mut keys = storage.pools().keys(&pool_id(1)).await.unwrap();
    keys.sort_by(|one, other| one.kid.cmp(&other.kid));
    assert_eq!(keys.len(), 119);
    assert!(keys.iter().all(|key| key.kid != "key-0003"));
    assert_eq!(keys[6].record, key("key-0007", 2));
    assert!(storage.pools().keys(&pool_id(2)).await.unwrap().is_empty());
}

/// Only as it was read, whether it is replaced or removed: of two who read the same, one wins.
pub async fn a_key_is_changed_as_it_was_read(storage: &dyn FederationStorage) {
    let put = |byte| KeyWrite::Put { pool: pool_id(1), key: key("k", byte) };
    commit!(storage, put(1)).unwrap();
    let read = async || storage.pools().keys(&pool_id(1)).await.unwrap().remove(0);
    let change = |before, after| KeyWrite::Change { pool: pool_id(1), before, after };

    let first = read().await;
    commit!(storage, change(first.clone(), Some(key("k", 2)))).unwrap();
    assert_eq!(read().await.record, key("k", 2));
    for after in [Some(key("k", 3)), None] {
        assert_eq!(refused(commit!(storage, change(first.clone(), after))).0, Conflict);
    }
    let second = read().await;
    assert_eq!(second.record, key("k", 2));
    commit!(storage, change(second.clone(), None)).unwrap();
    assert!(storage.pools().keys(&pool_id(1)).await.unwrap().is_empty());
    for after in [Some(key("k", 3)), None] {
        assert_eq!(refused(commit!(storage, change(second.clone(), after))).0, Conflict);
    }
}

/// As it was written, by its id alone; the id is given once in all pools.
pub async fn an_identity_is_found_by_its_id(storage: &dyn FederationStorage) {
    assert_eq!(insert(storage, 1, &["ada"]).await.record, identity(1, &["ada"]));
    assert!(storage.identities().get(&identity_id(2)).await.unwrap().is_none());
    let elsewhere = Identity { pool: pool_id(2), ..identity(1, &["eve"]) };
    for again in [identity(1, &["eve"]), elsewhere] {
        assert_eq!(refused(commit!(storage, IdentityWrite::Insert { identity: again })).0, AlreadyExists);
    }
    assert_eq!(storage.identities().get(&identity_id(1)).await.unwrap().unwrap().record, identity(1, &["ada"]));
    assert!(owners(storage, 1, &["eve"]).await.is_empty() && owners(storage, 2, &["eve"]).await.is_empty());
}

/// Of 16 that insert an identity for one login, one wins, and the login leads there.
pub async fn a_login_leads_to_one_identity(storage: &dyn FederationStorage) {
    let insert = |number| storage.commit(vec![IdentityWrite::Insert { identity: identity(number, &["ada"]) }.into()]);
    one_won(join_all((1..=16).map(insert)).await, AlreadyExists);
    let [owner] = owners(storage, 1, &["ada"]).await.try_into().unwrap();
    assert!(storage.identities().get(&owner).await.unwrap().is_some());
    for number in (1..=16).filter(|number| identity_id(*number) != owner) {
        assert!(storage.identities().get(&identity_id(number)).await.unwrap().is_none());
    }
    let refusal = commit!(storage, IdentityWrite::Insert { identity: identity(20, &["ada"]) }).unwrap_err();
    assert_eq!((refusal.write(), refusal.condition()), (Some(0), Some("login")));
    assert!(owners(storage, 2, &["ada"]).await.is_empty(), "another pool");
}

/// Each identity once, and logins of nobody are passed over.
pub async fn many_logins_are_looked_up_at_once(storage: &dyn FederationStorage) {
    insert(storage, 1, &["a", "b", "c"]).await;
    insert(storage, 2, &["d"]).await;
    assert_eq!(owners(storage, 1, &["a", "none", "c"]).await, [identity_id(1)]);
    assert_eq!(owners(storage, 1, &["b", "d"]).await, [identity_id(1), identity_id(2)]);
    assert!(owners(storage, 1, &[]).await.is_empty());
}

/// Where a provider ends and a subject begins is never mistaken, every byte of both counts, and both may be long.
pub async fn logins_of_different_providers_are_different(storage: &dyn FederationStorage) {
    let (long, other) = ("s".repeat(1024), format!("{}t", "s".repeat(1023)));
    let short = [("a", "b:c"), ("a:b", "c"), ("a", "B:c"), ("a", "b"), ("ab", "")];
    let pairs = [(long.as_str(), "x"), (other.as_str(), "x"), ("x", long.as_str()), ("x", other.as_str())];
    for (number, (provider, subject)) in (1..).zip(short.into_iter().chain(pairs)) {
        let login = Login { provider: provider.to_owned(), subject: subject.to_owned() };
        let identity = Identity { logins: BTreeSet::from([login.clone()]), ..identity(number, &[]) };
        commit!(storage, IdentityWrite::Insert { identity }).unwrap();
        let found = storage.identities().of_logins(&pool_id(1), &[&login]).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].id, identity_id(number));
    }
}

/// Of many that change one version, one wins.
pub async fn an_identity_is_changed_from_the_version_that_was_read(storage: &dyn FederationStorage) {
    let before = insert(storage, 1, &["ada"]).await;
    let link = |number: u32| {
        let after = identity(1, &["ada", &format!("more-{number}")]);
        storage.commit(vec![IdentityWrite::Update { before: before.clone(), after }.into()])
    };
    one_won(join_all((1..=16).map(link)).await, Conflict);
    assert_eq!(refused(commit!(storage, IdentityWrite::Delete { before })).0, Conflict);
    assert_eq!(storage.identities().get(&identity_id(1)).await.unwrap().unwrap().logins.len(), 2);
}

/// A login that leads to one identity is not linked to another.
pub async fn a_linked_login_is_taken(storage: &dyn FederationStorage) {
    insert(storage, 1, &["ada"]).await;
    let before = insert(storage, 2, &["eve"]).await;
    let after = identity(2, &["eve", "ada"]);
    let refusal = commit!(storage, IdentityWrite::Update { before: before.clone(), after }).unwrap_err();
    assert_eq!((refusal.kind(), refusal.condition()), (AlreadyExists, Some("login")));
    assert_eq!(storage.identities().get(&identity_id(2)).await.unwrap(), Some(before));
    assert_eq!(owners(storage, 1, &["ada"]).await, [identity_id(1)]);
}

/// Another identity may take it.
pub async fn an_unlinked_login_is_free_again(storage: &dyn FederationStorage) {
    let before = insert(storage, 1, &["ada", "bob"]).await;
    commit!(storage, IdentityWrite::Update { before, after: identity(1, &["bob"]) }).unwrap();
    assert!(owners(storage, 1, &["ada"]).await.is_empty());
    assert_eq!(owners(storage, 1, &["bob"]).await, [identity_id(1)]);
    insert(storage, 2, &["ada"]).await;
}

/// One gives its logins up and the other takes them, in whichever order; the one that is merged says into which.
pub async fn logins_change_hands_in_one_commit(storage: &dyn FederationStorage) {
    for (number, parent_first) in [(10, true), (20, false)] {
        let names = [number, number + 1].map(|number| format!("user-{number}"));
        let parent = insert(storage, number, &[&names[0]]).await;
        let child = insert(storage, number + 1, &[&names[1]]).await;
        let grown = IdentityWrite::Update { before: parent, after: identity(number, &[&names[0], &names[1]]) };
        let gone = IdentityWrite::Update { before: child, after: merged(number + 1, number) };
        let writes = if parent_first { [grown, gone] } else { [gone, grown] };
        storage.commit(writes.map(Into::into).to_vec()).await.unwrap();
        assert_eq!(owners(storage, 1, &[&names[0], &names[1]]).await, [identity_id(number)]);
        let child = storage.identities().get(&identity_id(number + 1)).await.unwrap().unwrap();
        assert_eq!(child.record, merged(number + 1, number));
        assert_eq!(storage.identities().get(&identity_id(number)).await.unwrap().unwrap().logins.len(), 2);
    }
}

/// Of 16 that take one identity's logins, one has them, and of the others nothing has changed.
pub async fn logins_change_hands_once(storage: &dyn FederationStorage) {
    let child = insert(storage, 100, &["ada"]).await;
    let mut parents = Vec::new();
    for number in 1..=16 {
        parents.push((number, insert(storage, number, &[&format!("user-{number}")]).await));
    }
    let merge = |(number, parent): (u32, Versioned<Identity>)| {
        let after = identity(number, &[&format!("user-{number}"), "ada"]);
        let grown = IdentityWrite::Update { before: parent, after };
        let gone = IdentityWrite::Update { before: child.clone(), after: merged(100, number) };
        storage.commit(vec![grown.into(), gone.into()])
    };
    one_won(join_all(parents.into_iter().map(merge)).await, Conflict);
    let [owner] = owners(storage, 1, &["ada"]).await.try_into().unwrap();
    let child = storage.identities().get(&identity_id(100)).await.unwrap().unwrap();
    assert_eq!(child.merged_into.as_ref(), Some(&owner));
    for number in 1..=16 {
        let parent = storage.identities().get(&identity_id(number)).await.unwrap().unwrap();
        assert_eq!(parent.logins.len(), if parent.id == owner { 2 } else { 1 });
    }
}

/// The record, the listing and the logins are gone.
pub async fn a_deleted_identity_frees_its_logins(storage: &dyn FederationStorage) {
    let before = insert(storage, 1, &["ada", "bob"]).await;
    commit!(storage, IdentityWrite::Delete { before }).unwrap();
    assert!(owners(storage, 1, &["ada", "bob"]).await.is_empty());
    assert!(storage.identities().get(&identity_id(1)).await.unwrap().is_none());
    assert!(storage.identities().list(&pool_id(1), &everything()).await.unwrap().items.is_empty());
    insert(storage, 1, &["ada"]).await;
}

/// By id, of this pool alone.
pub async fn identities_come_in_pages(storage: &dyn FederationStorage) {
    for number in [3, 1, 5, 2, 4] {
        insert(storage, number, &[]).await;
    }
    commit!(storage, IdentityWrite::Insert { identity: Identity { pool: pool_id(2), ..identity(9, &[]) } }).unwrap();
    let found = walk!(|page| storage.identities().list(&pool_id(1), &page));
    let found: Vec<IdentityId> = found.into_iter().map(|identity| identity.record.id).collect();
    assert_eq!(found, (1..=5).map(identity_id).collect::<Vec<_>>());
}

/// Everything of the pool is gone, bit by bit; what is of another stays.
pub async fn a_purged_pool_is_empty(storage: &dyn FederationStorage) {
    for number in 1..=9 {
        insert(storage, number, &[&format!("s{number}")]).await;
    }
    commit!(storage, KeyWrite::Put { pool: pool_id(1), key: key("k", 1) }).unwrap();
    let other = Identity { pool: pool_id(2), ..identity(20, &["x"]) };
    commit!(storage, IdentityWrite::Insert { identity: other }).unwrap();
    let mut removed = 0;
    loop {
        let step = storage.purge(&pool_id(1), 4).await.unwrap();
        assert!(step <= 4);
        removed += step;
        if step == 0 {
            break;
        }
    }
    assert!(removed >= 10);
    assert!(storage.identities().get(&identity_id(1)).await.unwrap().is_none());
    assert!(owners(storage, 1, &["s1", "s9"]).await.is_empty());
    assert!(storage.pools().keys(&pool_id(1)).await.unwrap().is_empty());
    assert!(storage.identities().get(&identity_id(20)).await.unwrap().is_some());
    insert(storage, 1, &["s1"]).await;
}
