//! The rules of a user pool storage.

use std::collections::{BTreeMap, BTreeSet};

use document_store::Versioned;
use document_store::error::StorageErrorKind::{AlreadyExists, Conflict};
use document_store::page::PageRequest;
use futures::future::join_all;
use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, SealedKey};
use userpool_core::UserPoolStorage;
use userpool_core::model::attempts::Attempts;
use userpool_core::model::cleanup::{Cleanup, CleanupTask};
use userpool_core::model::client::{AppClient, ClientSettings, TimeUnit, UnlistedAttributes, Validity};
use userpool_core::model::code::{Code, CodePurpose};
use userpool_core::model::code_budget::CodeBudget;
use userpool_core::model::group::Group;
use userpool_core::model::ids::{ClientId, GroupId, GroupName, Subject, UserPoolId};
use userpool_core::model::password::PasswordPolicy;
use userpool_core::model::pool::{
    AccountRules, Contact, InvalidationMark, MessageTexts, PoolSettings, SignInNames, UserPool,
};
use userpool_core::model::rate::Spent;
use userpool_core::model::session::{Grant, Session};
use userpool_core::model::user::{Credential, NameKind, User, UserStatus};
use userpool_core::storage::{
    AttemptsWrite, ChallengeWrite, CleanupWrite, ClientWrite, CodeWrite, GroupWrite, KeyWrite, PasswordWrite,
    PoolWrite, Search, SessionWrite, UserWrite, Write,
};

use crate::macros::{commit, walk};
use crate::{everything, one_won, refused};

const AT: Timestamp = Timestamp::from_epoch_seconds(1_700_000_000);

fn pool_id() -> UserPoolId {
    "us-east-1_Conform1".parse().unwrap()
}

fn other_pool() -> UserPoolId {
    "us-east-1_Conform10".parse().unwrap()
}

fn pool(id: &str) -> UserPool {
    UserPool {
        id: id.parse().unwrap(),
        name: "people".to_owned(),
        settings: PoolSettings {
            password_policy: PasswordPolicy::HARDENED,
            auto_verified: BTreeSet::new(),
            admin_create_only: false,
            messages: MessageTexts::default(),
            account_rules: AccountRules::HARDENED,
            deletion_protected: false,
            tags: BTreeMap::new(),
            passthrough: BTreeMap::new(),
        },
        sign_in_names: SignInNames::Username,
        case_sensitive: false,
        schema: Vec::new(),
        algorithm: Algorithm::Es256,
        invalidations: Vec::new(),
        created_at: AT,
        modified_at: AT,
        deleted_at: None,
    }
}

fn subject(number: u32) -> Subject {
    format!("00000000-0000-4000-8000-{number:012x}").parse().unwrap()
}

/// A user called `name`, with an address of that name.
fn user(number: u32, name: &str) -> User {
    let email = format!("{name}@example.com");
    User {
        pool: pool_id(),
        sub: subject(number),
        username: name.parse().unwrap(),
        names: BTreeMap::from([(NameKind::Username, name.to_owned()), (NameKind::Email, email.clone())]),
        attributes: BTreeMap::from([("email".to_owned(), email)]),
        pending: BTreeMap::new(),
        status: UserStatus::Confirmed,
        enabled: true,
        memberships: BTreeMap::new(),
        epoch: 0,
        created_at: AT,
        modified_at: AT,
    }
}

fn client(id: &str) -> AppClient {
    let hour = Validity { value: 1, unit: TimeUnit::Hours };
    AppClient {
        id: id.parse().unwrap(),
        pool: pool_id(),
        sealed_secret: Some(vec![0, 127, 255]),
        settings: ClientSettings {
            name: "app".to_owned(),
            explicit_auth_flows: BTreeSet::new(),
            read_attributes: None,
            write_attributes: None,
            unlisted_attributes: UnlistedAttributes::All,
            access_token: hour,
            id_token: hour,
            refresh_token: hour,
            rotation: None,
            revocation: true,
            prevent_user_existence_errors: true,
            challenge_minutes: 3,
            passthrough: BTreeMap::new(),
        },
        created_at: AT,
        modified_at: AT,
    }
}

fn group_id(number: u32) -> GroupId {
    format!("00000000-0000-4000-9000-{number:012x}").parse().unwrap()
}

fn group(name: &str) -> Group {
    Group {
        pool: pool_id(),
        id: group_id(1),
        name: name.parse().unwrap(),
        description: None,
        role_arn: None,
        precedence: None,
        created_at: AT,
        modified_at: AT,
    }
}

fn session(id: &str, number: u32) -> Session {
    Session {
        pool: pool_id(),
        id: id.to_owned(),
        sub: subject(number),
        client: "client1".parse().unwrap(),
        epoch: 0,
        mark: InvalidationMark::default(),
        auth_time: AT,
        event_id: "event".to_owned(),
        grant: Grant { scopes: vec!["openid".to_owned()], nonce: Some("n".to_owned()), ..Grant::default() },
        expires_at: AT.plus_seconds(3600),
        refresh_seed: "seed".to_owned(),
        generation: 0,
        rotated_at: None,
        revoked_at: None,
    }
}

fn code(number: u32, purpose: CodePurpose, hash: u8) -> Code {
    Code {
        pool: pool_id(),
        sub: subject(number),
        purpose,
        contact: Contact::Email,
        address: "ada@example.com".to_owned(),
        hash: vec![hash],
        mark: InvalidationMark::default(),
        requested_from: None,
        created_at: AT,
        expires_at: AT.plus_seconds(3600),
    }
}

fn password(hash: &str) -> Credential {
    Credential {
        hash: hash.to_owned(),
        srp_salt: "5a17".to_owned(),
        sealed_verifier: vec![0, 128, 255],
        expires_at: Some(AT),
    }
}

fn put_password(number: u32, hash: &str) -> PasswordWrite {
    PasswordWrite::Put { pool: pool_id(), sub: subject(number), password: password(hash) }
}

fn key(kid: &str, byte: u8) -> SealedKey {
    SealedKey {
        kid: kid.to_owned(),
        algorithm: Algorithm::Es256,
        sealed_pkcs8: vec![byte],
        created_at: AT,
        signs_from: AT,
        retires_at: Some(AT.plus_seconds(1)),
    }
}

async fn insert(storage: &dyn UserPoolStorage, number: u32, name: &str) -> Versioned<User> {
    insert_user(storage, user(number, name)).await
}

async fn insert_user(storage: &dyn UserPoolStorage, user: User) -> Versioned<User> {
    let (pool, sub) = (user.pool.clone(), user.sub.clone());
    commit!(storage, UserWrite::Insert { user }).unwrap();
    storage.users().get(&pool, &sub).await.unwrap().unwrap()
}

async fn read_pool(storage: &dyn UserPoolStorage) -> Versioned<UserPool> {
    storage.pools().get(&pool_id()).await.unwrap().unwrap()
}

async fn pool_of(storage: &dyn UserPoolStorage, id: &ClientId) -> Option<(AppClient, UserPool)> {
    let found = storage.clients().with_pool(id).await.unwrap();
    found.map(|(client, pool)| (client.record, pool.record))
}

async fn read_password(storage: &dyn UserPoolStorage, number: u32) -> Option<Versioned<Credential>> {
    storage.passwords().get(&pool_id(), &subject(number)).await.unwrap()
}

fn cleanup(group: u32) -> Cleanup {
    Cleanup { pool: pool_id(), task: CleanupTask::Members(group_id(group)) }
}

async fn cleanups(storage: &dyn UserPoolStorage) -> Vec<Cleanup> {
    walk!(|page| storage.cleanups().of_pool(&pool_id(), &page))
}

async fn read_group(storage: &dyn UserPoolStorage, name: &str) -> Option<Versioned<Group>> {
    storage.groups().get(&pool_id(), &name.parse().unwrap()).await.unwrap()
}

async fn read_session(storage: &dyn UserPoolStorage, id: &str) -> Option<Versioned<Session>> {
    storage.sessions().get(&pool_id(), id).await.unwrap()
}

async fn sessions_of(storage: &dyn UserPoolStorage, number: u32) -> Vec<String> {
    let found = walk!(|page| storage.sessions().of_user(&pool_id(), &subject(number), &page));
    found.into_iter().map(|session| session.record.id).collect()
}

async fn found(storage: &dyn UserPoolStorage, attribute: &str, value: &str, prefix: bool) -> Vec<String> {
    let search = Search { attribute: attribute.to_owned(), value: value.to_owned(), prefix };
    names(walk!(|page| storage.users().search(&pool_id(), &search, &page)))
}

fn names(users: Vec<Versioned<User>>) -> Vec<String> {
    users.into_iter().map(|user| user.record.username.to_string()).collect()
}

async fn members(storage: &dyn UserPoolStorage, group: u32) -> Vec<String> {
    names(walk!(|page| storage.users().members(&pool_id(), &group_id(group), &page)))
}

/// As it was written, once, and not under another id.
pub async fn a_pool_is_added_once(storage: &dyn UserPoolStorage) {
    commit!(storage, PoolWrite::Insert { pool: pool("us-east-1_Conform1") }).unwrap();
    assert_eq!(read_pool(storage).await.record, pool("us-east-1_Conform1"));
    assert!(storage.pools().get(&other_pool()).await.unwrap().is_none());
    let again = UserPool { name: "again".to_owned(), ..pool("us-east-1_Conform1") };
    assert_eq!(refused(commit!(storage, PoolWrite::Insert { pool: again })), (AlreadyExists, Some(0)));
    assert_eq!(read_pool(storage).await.name, "people");
}

/// A change or removal of what has changed since is refused.
pub async fn a_pool_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    commit!(storage, PoolWrite::Insert { pool: pool("us-east-1_Conform1") }).unwrap();
    let before = read_pool(storage).await;
    let update = |name: &str| {
        let after = UserPool { name: name.to_owned(), ..before.record.clone() };
        PoolWrite::Update { before: before.clone(), after }
    };
    commit!(storage, update("new")).unwrap();
    assert_eq!(read_pool(storage).await.name, "new");
    assert_eq!(refused(commit!(storage, update("newer"))).0, Conflict);
    assert_eq!(refused(commit!(storage, PoolWrite::Delete { before: before.clone() })).0, Conflict);
    assert_eq!(read_pool(storage).await.name, "new");
    commit!(storage, PoolWrite::Delete { before: read_pool(storage).await }).unwrap();
    assert!(storage.pools().get(&pool_id()).await.unwrap().is_none());
}

/// By id, whatever the size of the page.
pub async fn pools_come_in_pages(storage: &dyn UserPoolStorage) {
    let ids = ["us-east-1_a", "us-east-1_B", "us-east-1_b", "eu-west-1_a", "us-east-1_a1"];
    for id in ids {
        commit!(storage, PoolWrite::Insert { pool: pool(id) }).unwrap();
    }
    let found = walk!(|page| storage.pools().list(&page));
    let found: Vec<String> = found.into_iter().map(|pool| pool.record.id.to_string()).collect();
    assert_eq!(found, ["eu-west-1_a", "us-east-1_B", "us-east-1_a", "us-east-1_a1", "us-east-1_b"]);
}

/// All of them, however many; replaced by name; one that was removed signs nothing any more.
pub async fn keys_are_put_and_removed(storage: &dyn UserPoolStorage) {
    let put = |number: u32, byte| KeyWrite::Put { pool: pool_id(), key: key(&format!("key-{number:04}"), byte) };
    for number in 0..120 {
        commit!(storage, put(number, 1)).unwrap();
    }
    commit!(storage, put(7, 2)).unwrap();
    let remove = |kid: &str| KeyWrite::Remove { pool: pool_id(), kid: kid.to_owned() };
    commit!(storage, remove("key-0003"), remove("key-none")).unwrap();

    let mut keys = storage.pools().keys(&pool_id()).await.unwrap();
    keys.sort_by(|one, other| one.kid.cmp(&other.kid));
    assert_eq!(keys.len(), 119);
    assert!(keys.iter().all(|key| key.kid != "key-0003"));
    assert_eq!(keys[6], key("key-0007", 2));
    assert!(storage.pools().keys(&other_pool()).await.unwrap().is_empty());
}

/// A client's id alone leads to it and to its pool, as they are now; the id is taken once in all pools, and free again when
/// the client has gone.
pub async fn a_client_leads_to_its_pool(storage: &dyn UserPoolStorage) {
    for id in [pool_id(), other_pool()] {
        commit!(storage, PoolWrite::Insert { pool: pool(id.as_str()) }).unwrap();
    }
    let client = client("client1");
    assert_eq!(pool_of(storage, &client.id).await, None);
    commit!(storage, ClientWrite::Insert { client: client.clone() }).unwrap();
    assert_eq!(pool_of(storage, &client.id).await, Some((client.clone(), pool(pool_id().as_str()))));
    let elsewhere = AppClient { pool: other_pool(), ..client.clone() };
    for again in [client.clone(), elsewhere.clone()] {
        assert_eq!(refused(commit!(storage, ClientWrite::Insert { client: again })).0, AlreadyExists);
    }
    assert_eq!(pool_of(storage, &client.id).await, Some((client.clone(), pool(pool_id().as_str()))));
    assert!(storage.clients().get(&other_pool(), &client.id).await.unwrap().is_none());

    let before = storage.clients().get(&pool_id(), &client.id).await.unwrap().unwrap();
    assert_eq!(before.record, client);
    commit!(storage, ClientWrite::Delete { before }).unwrap();
    assert_eq!(pool_of(storage, &client.id).await, None);
    assert!(storage.clients().get(&pool_id(), &client.id).await.unwrap().is_none());
    commit!(storage, ClientWrite::Insert { client: elsewhere.clone() }).unwrap();
    assert_eq!(pool_of(storage, &client.id).await, Some((elsewhere, pool(other_pool().as_str()))));
}

/// What leads to a client and its pool gives both at the versions that changes must name.
pub async fn a_client_and_its_pool_are_read_at_their_versions(storage: &dyn UserPoolStorage) {
    commit!(storage, PoolWrite::Insert { pool: pool(pool_id().as_str()) }).unwrap();
    commit!(storage, ClientWrite::Insert { client: client("client1") }).unwrap();
    let before = read_pool(storage).await;
    let after = UserPool { name: "new".to_owned(), ..before.record.clone() };
    commit!(storage, PoolWrite::Update { before, after }).unwrap();

    let (client, pool) = storage.clients().with_pool(&"client1".parse().unwrap()).await.unwrap().unwrap();

    assert_eq!(pool.name, "new");
    let after = AppClient { sealed_secret: None, ..client.record.clone() };
    let again = pool.record.clone();
    commit!(storage, ClientWrite::Update { before: client, after }, PoolWrite::Update { before: pool, after: again })
        .unwrap();
}

/// A change or removal of what has changed since is refused.
pub async fn a_client_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    commit!(storage, ClientWrite::Insert { client: client("client1") }).unwrap();
    let read = || async { storage.clients().get(&pool_id(), &"client1".parse().unwrap()).await.unwrap() };
    let before = read().await.unwrap();
    let update = |secret| {
        let after = AppClient { sealed_secret: secret, ..before.record.clone() };
        ClientWrite::Update { before: before.clone(), after }
    };
    commit!(storage, update(None)).unwrap();
    assert_eq!(read().await.unwrap().sealed_secret, None);
    assert_eq!(refused(commit!(storage, update(Some(vec![1])))).0, Conflict);
    assert_eq!(refused(commit!(storage, ClientWrite::Delete { before: before.clone() })).0, Conflict);
    assert_eq!(read().await.unwrap().sealed_secret, None);
}

/// By id, of this pool alone.
pub async fn clients_come_in_pages(storage: &dyn UserPoolStorage) {
    for id in ["c", "a", "B", "aa", "b"] {
        commit!(storage, ClientWrite::Insert { client: client(id) }).unwrap();
    }
    let elsewhere = AppClient { pool: other_pool(), ..client("x") };
    commit!(storage, ClientWrite::Insert { client: elsewhere }).unwrap();
    let found = walk!(|page| storage.clients().list(&pool_id(), &page));
    let found: Vec<String> = found.into_iter().map(|client| client.record.id.to_string()).collect();
    assert_eq!(found, ["B", "a", "aa", "b", "c"]);
}

/// By every name it has, and by its subject.
pub async fn a_name_leads_to_one_user(storage: &dyn UserPoolStorage) {
    let ada = insert(storage, 1, "ada").await;
    assert_eq!(ada.record, user(1, "ada"));
    for name in ["ada", "ada@example.com"] {
        assert_eq!(storage.users().named(&pool_id(), name).await.unwrap().as_deref(), Some(&ada.record));
    }
    assert!(storage.users().named(&pool_id(), "Ada").await.unwrap().is_none());
    assert!(storage.users().named(&other_pool(), "ada").await.unwrap().is_none());
    assert!(storage.users().get(&other_pool(), &subject(1)).await.unwrap().is_none());
}

/// `AlreadyExists`, with the kind of name as condition; nothing of the refused user is there.
pub async fn a_taken_name_is_refused_with_its_kind(storage: &dyn UserPoolStorage) {
    insert(storage, 1, "ada").await;
    let mut same_name = user(2, "ada");
    same_name.names.remove(&NameKind::Email);
    let mut same_mail = user(3, "eve");
    same_mail.names.insert(NameKind::Email, "ada@example.com".to_owned());

    for (user, condition) in [(same_name, "username"), (same_mail, "email")] {
        let write = UserWrite::Insert { user: user.clone() };
        let error = commit!(storage, GroupWrite::Insert { group: group("g") }, write).unwrap_err();
        assert_eq!((error.kind(), error.write()), (AlreadyExists, Some(1)));
        assert_eq!(error.condition(), Some(condition));
        assert!(storage.users().get(&pool_id(), &user.sub).await.unwrap().is_none());
    }
    assert!(storage.users().named(&pool_id(), "eve").await.unwrap().is_none());
    assert!(read_group(storage, "g").await.is_none(), "nothing of a refused commit is there");
}

/// The same subject is refused, too, and the user who has it stays.
pub async fn a_subject_is_given_once(storage: &dyn UserPoolStorage) {
    insert(storage, 1, "ada").await;
    assert_eq!(refused(commit!(storage, UserWrite::Insert { user: user(1, "eve") })).0, AlreadyExists);
    assert_eq!(storage.users().get(&pool_id(), &subject(1)).await.unwrap().unwrap().username.as_str(), "ada");
    assert!(storage.users().named(&pool_id(), "eve").await.unwrap().is_none());
}

/// The old name and value lead nowhere, and another may have them.
pub async fn a_changed_user_is_found_by_new_values_only(storage: &dyn UserPoolStorage) {
    let before = insert(storage, 1, "ada").await;
    let mut after = before.record.clone();
    after.attributes.insert("email".to_owned(), "new@example.com".to_owned());
    after.names.insert(NameKind::Email, "new@example.com".to_owned());
    commit!(storage, UserWrite::Update { before, after: after.clone() }).unwrap();

    assert_eq!(storage.users().get(&pool_id(), &subject(1)).await.unwrap().as_deref(), Some(&after));
    assert!(storage.users().named(&pool_id(), "ada@example.com").await.unwrap().is_none());
    assert!(storage.users().named(&pool_id(), "new@example.com").await.unwrap().is_some());
    assert!(found(storage, "email", "ada@example.com", false).await.is_empty());
    assert_eq!(found(storage, "email", "new@example.com", false).await, ["ada"]);
    insert(storage, 2, "ada@example.com").await;
}

/// In one commit one user gives a name up and another takes it; without the first, the second is refused.
pub async fn a_name_moves_from_one_user_to_another(storage: &dyn UserPoolStorage) {
    let (ada, eve) = (insert(storage, 1, "ada").await, insert(storage, 2, "eve").await);
    let with_email = |user: &User, email: Option<&str>| {
        let mut user = user.clone();
        user.names.remove(&NameKind::Email);
        user.names.extend(email.map(|email| (NameKind::Email, email.to_owned())));
        user
    };
    let read = |number| async move { storage.users().get(&pool_id(), &subject(number)).await.unwrap().unwrap() };
    let takes = || UserWrite::Update { before: eve.clone(), after: with_email(&eve, Some("ada@example.com")) };
    let gives_up = || UserWrite::Update { before: ada.clone(), after: with_email(&ada, None) };

    let refusal = commit!(storage, takes()).unwrap_err();
    assert_eq!((refusal.kind(), refusal.condition()), (AlreadyExists, Some("email")));
    commit!(storage, gives_up(), takes()).unwrap();

    let found = storage.users().named(&pool_id(), "ada@example.com").await.unwrap().unwrap();
    assert_eq!(found.sub, subject(2));
    assert_eq!(refused(commit!(storage, gives_up(), takes())), (Conflict, Some(0)));

    let (ada, eve) = (read(1).await, found);
    let takes_back = UserWrite::Update { before: ada.clone(), after: with_email(&ada, Some("ada@example.com")) };
    commit!(storage, takes_back, UserWrite::Update { before: eve.clone(), after: with_email(&eve, None) }).unwrap();
    let found = storage.users().named(&pool_id(), "ada@example.com").await.unwrap().unwrap();
    assert_eq!(found.sub, subject(1), "whichever of the two writes comes first");
}

/// Of two changes of one version, one wins.
pub async fn a_user_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    let before = insert(storage, 1, "ada").await;
    let change = |epoch| {
        let after = User { epoch, ..before.record.clone() };
        storage.commit(vec![UserWrite::Update { before: before.clone(), after }.into()])
    };
    one_won(join_all((1..=16).map(change)).await, Conflict);
    assert_eq!(refused(commit!(storage, UserWrite::Delete { before })).0, Conflict);
    assert!(storage.users().get(&pool_id(), &subject(1)).await.unwrap().is_some_and(|user| user.epoch > 0));
}

/// Names, index, record, password and codes are gone; those of others stay.
pub async fn a_deleted_user_leaves_no_trace(storage: &dyn UserPoolStorage) {
    let mut ada = user(1, "ada");
    ada.memberships.insert("staff".parse().unwrap(), group_id(1));
    let ada = insert_user(storage, ada).await;
    commit!(storage, put_password(1, "ada's"), put_password(2, "other's")).unwrap();
    for purpose in CodePurpose::ALL {
        commit!(storage, CodeWrite::Put { code: code(1, purpose, 1) }).unwrap();
        commit!(storage, CodeWrite::Put { code: code(2, purpose, 1) }).unwrap();
    }

    commit!(storage, UserWrite::Delete { before: ada }).unwrap();

    assert!(storage.users().get(&pool_id(), &subject(1)).await.unwrap().is_none());
    assert!(found(storage, "username", "a", true).await.is_empty());
    assert!(members(storage, 1).await.is_empty());
    assert!(read_password(storage, 1).await.is_none() && read_password(storage, 2).await.is_some());
    for purpose in CodePurpose::ALL {
        assert!(storage.codes().get(&pool_id(), &subject(1), purpose).await.unwrap().is_none());
        assert!(storage.codes().get(&pool_id(), &subject(2), purpose).await.unwrap().is_some());
    }
    insert(storage, 3, "ada").await;
}

/// As it was written, of this user alone; a new one takes its place, whatever stood there.
pub async fn a_password_is_its_users(storage: &dyn UserPoolStorage) {
    insert(storage, 1, "ada").await;
    assert!(read_password(storage, 1).await.is_none());
    commit!(storage, put_password(1, "first")).unwrap();
    commit!(storage, put_password(2, "other")).unwrap();
    assert_eq!(read_password(storage, 1).await.unwrap().record, password("first"));
    commit!(storage, put_password(1, "second")).unwrap();
    assert_eq!(read_password(storage, 1).await.unwrap().record, password("second"));
    assert_eq!(read_password(storage, 2).await.unwrap().record, password("other"));
    assert!(storage.passwords().get(&other_pool(), &subject(1)).await.unwrap().is_none());
}

/// Of 16 that replace it, one wins; one that was set anew meanwhile is not replaced.
pub async fn a_password_is_replaced_as_it_was_read(storage: &dyn UserPoolStorage) {
    let update = |before: &Versioned<Credential>, hash: &str| {
        let (before, after) = (before.clone(), password(hash));
        storage.commit(vec![PasswordWrite::Update { pool: pool_id(), sub: subject(1), before, after }.into()])
    };
    commit!(storage, put_password(1, "old")).unwrap();
    let old = read_password(storage, 1).await.unwrap();
    commit!(storage, put_password(1, "new")).unwrap();
    assert_eq!(refused(update(&old, "stale").await).0, Conflict);
    let new = read_password(storage, 1).await.unwrap();
    assert_eq!(new.record, password("new"));
    one_won(join_all((0..16).map(|_| update(&new, "rehashed"))).await, Conflict);
    assert_eq!(read_password(storage, 1).await.unwrap().record, password("rehashed"));
}

/// By subject and by every name, each with their own, or with none.
pub async fn users_are_read_with_their_passwords(storage: &dyn UserPoolStorage) {
    let (ada, bob) = (insert(storage, 1, "ada").await, insert(storage, 2, "bob").await);
    commit!(storage, put_password(1, "ada's")).unwrap();
    let passwords = storage.passwords();

    for found in [
        passwords.with_user(&pool_id(), &subject(1)).await.unwrap(),
        passwords.with_named_user(&pool_id(), "ada").await.unwrap(),
        passwords.with_named_user(&pool_id(), "ada@example.com").await.unwrap(),
    ] {
        let (user, found) = found.unwrap();
        assert_eq!((user, found.unwrap().record), (ada.clone(), password("ada's")));
    }
    let none = passwords.with_named_user(&pool_id(), "bob").await.unwrap();
    assert_eq!(none, Some((bob, None)));
    assert!(passwords.with_user(&pool_id(), &subject(3)).await.unwrap().is_none());
    assert!(passwords.with_named_user(&pool_id(), "Ada").await.unwrap().is_none());
    assert!(passwords.with_named_user(&other_pool(), "ada").await.unwrap().is_none());
    let (user, found) = passwords.with_user(&pool_id(), &subject(1)).await.unwrap().unwrap();
    let update = UserWrite::Update { after: user.record.clone(), before: user };
    let (pool, sub) = (pool_id(), subject(1));
    let rehash = PasswordWrite::Update { pool, sub, before: found.unwrap(), after: password("new") };
    commit!(storage, update, rehash).unwrap();
}

/// By subject, of this pool alone.
pub async fn users_come_in_pages(storage: &dyn UserPoolStorage) {
    for (number, name) in [(3, "c"), (1, "a"), (2, "b"), (5, "e"), (4, "d")] {
        insert(storage, number, name).await;
    }
    insert_user(storage, User { pool: other_pool(), ..user(6, "x") }).await;
    assert_eq!(names(walk!(|page| storage.users().list(&pool_id(), &page))), ["a", "b", "c", "d", "e"]);
}

/// Exact values and prefixes, by value and then by subject, in pages.
pub async fn searches_find_values_and_prefixes_in_pages(storage: &dyn UserPoolStorage) {
    for (number, name) in [(1, "ada"), (2, "adam"), (3, "bob"), (4, "ad%"), (5, "Ada")] {
        insert(storage, number, name).await;
    }
    for (number, family) in [(6, "ada"), (7, "adams"), (8, "ada")] {
        let mut user = user(number, &format!("f{number}"));
        user.attributes.insert("family_name".to_owned(), family.to_owned());
        insert_user(storage, user).await;
    }
    assert_eq!(found(storage, "username", "ada", false).await, ["ada"]);
    assert_eq!(found(storage, "username", "ada", true).await, ["ada", "adam"]);
    assert_eq!(found(storage, "username", "ad%", true).await, ["ad%"]);
    assert_eq!(found(storage, "email", "ad", true).await, ["ad%", "ada", "adam"]);
    assert_eq!(found(storage, "family_name", "ada", false).await, ["f6", "f8"]);
    assert_eq!(found(storage, "family_name", "a", true).await, ["f6", "f8", "f7"]);
    assert!(found(storage, "family_name", "b", true).await.is_empty());
}

/// 2,048 characters of any writing are found as a whole and by their beginning, and are not taken for others.
pub async fn long_values_are_found(storage: &dyn UserPoolStorage) {
    for (number, letter) in [(1, "a"), (2, "ш"), (3, "漢")] {
        let mut user = user(number, &format!("u{number}"));
        user.attributes.insert("name".to_owned(), letter.repeat(2048));
        insert_user(storage, user).await;
        let name = [format!("u{number}")];
        assert_eq!(found(storage, "name", &letter.repeat(2048), false).await, name);
        assert_eq!(found(storage, "name", &letter.repeat(2047), true).await, name);
        assert!(found(storage, "name", &letter.repeat(2047), false).await.is_empty());
        assert!(found(storage, "name", &format!("{}b", letter.repeat(2046)), true).await.is_empty());
    }
}

/// `AlreadyExists`, and the group that is there stays.
pub async fn a_group_is_added_once(storage: &dyn UserPoolStorage) {
    commit!(storage, GroupWrite::Insert { group: group("staff") }).unwrap();
    let again = Group { role_arn: Some("other".to_owned()), ..group("staff") };
    assert_eq!(refused(commit!(storage, GroupWrite::Insert { group: again })).0, AlreadyExists);
    assert_eq!(read_group(storage, "staff").await.unwrap().record, group("staff"));
    assert!(read_group(storage, "Staff").await.is_none(), "case counts");
    assert!(storage.groups().get(&other_pool(), &"staff".parse().unwrap()).await.unwrap().is_none());
}

/// A change or removal of what has changed since is refused, and what was removed is gone.
pub async fn a_group_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    commit!(storage, GroupWrite::Insert { group: group("staff") }).unwrap();
    let before = read_group(storage, "staff").await.unwrap();
    let update = |rank| {
        let after = Group { precedence: Some(rank), ..before.record.clone() };
        GroupWrite::Update { before: before.clone(), after }
    };
    commit!(storage, update(1)).unwrap();
    assert_eq!(refused(commit!(storage, update(2))).0, Conflict);
    assert_eq!(refused(commit!(storage, GroupWrite::Delete { before: before.clone() })).0, Conflict);
    let now = read_group(storage, "staff").await.unwrap();
    assert_eq!(now.precedence, Some(1));
    commit!(storage, GroupWrite::Delete { before: now }).unwrap();
    assert!(read_group(storage, "staff").await.is_none());
}

/// Whoever joins a group that was removed or changed meanwhile is refused, and joins nothing.
pub async fn a_group_that_is_joined_must_stand_as_it_was_read(storage: &dyn UserPoolStorage) {
    commit!(storage, GroupWrite::Insert { group: group("staff") }).unwrap();
    let (staff, ada) = (read_group(storage, "staff").await.unwrap(), insert(storage, 1, "ada").await);
    let join = |ada: Versioned<User>| {
        let mut after = ada.record.clone();
        after.memberships.insert("staff".parse().unwrap(), group_id(1));
        (GroupWrite::Expect { before: staff.clone() }, UserWrite::Update { before: ada, after })
    };
    let (expect, joins) = join(ada.clone());
    commit!(storage, expect, joins).unwrap();
    assert_eq!(members(storage, 1).await, ["ada"]);
    assert_eq!(read_group(storage, "staff").await.unwrap().version, staff.version, "it was not changed");

    let eve = insert(storage, 2, "eve").await;
    commit!(storage, GroupWrite::Delete { before: staff.clone() }).unwrap();
    let (expect, joins) = join(eve);
    assert_eq!(refused(commit!(storage, expect, joins)), (Conflict, Some(0)));
    assert_eq!(members(storage, 1).await, ["ada"]);
}

/// A pool that is not there has no groups, whatever is left of them.
pub async fn a_group_is_read_with_its_pool(storage: &dyn UserPoolStorage) {
    let read = |name: &str| {
        let name = name.parse().unwrap();
        async move { storage.groups().with_pool(&pool_id(), &name).await.unwrap() }
    };
    commit!(storage, GroupWrite::Insert { group: group("staff") }).unwrap();
    assert!(read("staff").await.is_none());
    commit!(storage, PoolWrite::Insert { pool: pool(pool_id().as_str()) }).unwrap();
    let staff = read_group(storage, "staff").await;
    assert_eq!(read("staff").await, Some((read_pool(storage).await, staff)));
    assert_eq!(read("other").await, Some((read_pool(storage).await, None)));
}

/// By name, one by one, many at once and in pages.
pub async fn groups_are_found_alone_and_together(storage: &dyn UserPoolStorage) {
    for name in ["c", "a", "B", "aa"] {
        commit!(storage, GroupWrite::Insert { group: group(name) }).unwrap();
    }
    commit!(storage, GroupWrite::Insert { group: Group { pool: other_pool(), ..group("x") } }).unwrap();
    let found = walk!(|page| storage.groups().list(&pool_id(), &page));
    let found: Vec<String> = found.into_iter().map(|group| group.record.name.to_string()).collect();
    assert_eq!(found, ["B", "a", "aa", "c"]);

    let wanted: Vec<GroupName> = ["c", "none", "a", "x"].iter().map(|name| name.parse().unwrap()).collect();
    let wanted: Vec<&GroupName> = wanted.iter().collect();
    let many = storage.groups().get_many(&pool_id(), &wanted).await.unwrap();
    let mut many: Vec<String> = many.into_iter().map(|group| group.record.name.to_string()).collect();
    many.sort();
    assert_eq!(many, ["a", "c"]);
    assert!(storage.groups().get_many(&pool_id(), &[]).await.unwrap().is_empty());
}

/// A user stands among a group's members exactly while the group's id stands among the user's, under whatever name. Pages
/// by subject.
pub async fn members_follow_their_groups(storage: &dyn UserPoolStorage) {
    for (number, name) in [(3, "c"), (1, "a"), (2, "b")] {
        let mut user = user(number, name);
        user.memberships = [("staff".parse().unwrap(), group_id(1)), ("other".parse().unwrap(), group_id(2))].into();
        insert_user(storage, user).await;
    }
    assert_eq!(members(storage, 1).await, ["a", "b", "c"]);
    let before = storage.users().get(&pool_id(), &subject(2)).await.unwrap().unwrap();
    let memberships = [("other".parse().unwrap(), group_id(2))].into();
    let after = User { memberships, ..before.record.clone() };
    commit!(storage, UserWrite::Update { before, after }).unwrap();
    assert_eq!(members(storage, 1).await, ["a", "c"]);
    assert_eq!(members(storage, 2).await, ["a", "b", "c"]);
    assert!(members(storage, 3).await.is_empty());
    let before = storage.users().get(&pool_id(), &subject(2)).await.unwrap().unwrap();
    let memberships = [("other".parse().unwrap(), group_id(3))].into();
    let after = User { memberships, ..before.record.clone() };
    commit!(storage, UserWrite::Update { before, after }).unwrap();
    assert_eq!(
        (members(storage, 2).await, members(storage, 3).await),
        (vec!["a".to_owned(), "c".to_owned()], vec!["b".to_owned()])
    );
}

/// As it was written, once; of two that refresh it, one wins.
pub async fn a_session_is_changed_from_the_version_that_was_read(storage: &dyn UserPoolStorage) {
    commit!(storage, SessionWrite::Insert { session: session("one", 1) }).unwrap();
    let again = Session { sub: subject(2), ..session("one", 1) };
    assert_eq!(refused(commit!(storage, SessionWrite::Insert { session: again })).0, AlreadyExists);
    let before = read_session(storage, "one").await.unwrap();
    assert_eq!(before.record, session("one", 1));
    assert!(storage.sessions().get(&other_pool(), "one").await.unwrap().is_none());

    let refresh = |number: u32| {
        let after = Session { generation: number, rotated_at: Some(AT), ..before.record.clone() };
        storage.commit(vec![SessionWrite::Update { before: before.clone(), after }.into()])
    };
    one_won(join_all((1..=16).map(refresh)).await, Conflict);
    assert_eq!(refused(commit!(storage, SessionWrite::Delete { before: before.clone() })).0, Conflict);
    let after = read_session(storage, "one").await.unwrap();
    assert_eq!((after.generation > 0, after.rotated_at), (true, Some(AT)));
    assert_eq!((&after.refresh_seed, &after.grant), (&before.refresh_seed, &before.grant));
}

/// A user's alone, by id, in pages.
pub async fn sessions_are_found_by_their_user(storage: &dyn UserPoolStorage) {
    for (id, number) in [("c", 1), ("a", 1), ("x", 2), ("b", 1)] {
        commit!(storage, SessionWrite::Insert { session: session(id, number) }).unwrap();
    }
    assert_eq!(sessions_of(storage, 1).await, ["a", "b", "c"]);
    assert_eq!(sessions_of(storage, 2).await, ["x"]);
    let before = read_session(storage, "b").await.unwrap();
    commit!(storage, SessionWrite::Delete { before }).unwrap();
    assert_eq!(sessions_of(storage, 1).await, ["a", "c"]);
    assert!(read_session(storage, "b").await.is_none());
    let elsewhere = everything();
    assert!(storage.sessions().of_user(&other_pool(), &subject(1), &elsewhere).await.unwrap().items.is_empty());
}

/// A new code takes the place of the one before it, for its purpose alone.
pub async fn a_code_voids_the_one_before(storage: &dyn UserPoolStorage) {
    let [first, second, ..] = CodePurpose::ALL;
    for hash in [1, 2] {
        commit!(storage, CodeWrite::Put { code: code(1, first, hash) }).unwrap();
    }
    commit!(storage, CodeWrite::Put { code: code(1, second, 3) }).unwrap();
    let read = |purpose| async move { storage.codes().get(&pool_id(), &subject(1), purpose).await.unwrap() };
    assert_eq!(read(first).await.unwrap().record, code(1, first, 2));
    assert_eq!(read(second).await.unwrap().record, code(1, second, 3));
    assert!(storage.codes().get(&pool_id(), &subject(2), first).await.unwrap().is_none());
}

/// Of 16 that spend it, one wins, and then it is gone; a code that was sent anew meanwhile is not spent.
pub async fn a_code_is_spent_once(storage: &dyn UserPoolStorage) {
    let [purpose, ..] = CodePurpose::ALL;
    let read = || async { storage.codes().get(&pool_id(), &subject(1), purpose).await.unwrap() };
    commit!(storage, CodeWrite::Put { code: code(1, purpose, 1) }).unwrap();
    let old = read().await.unwrap();
    commit!(storage, CodeWrite::Put { code: code(1, purpose, 2) }).unwrap();
    assert_eq!(refused(commit!(storage, CodeWrite::Spend { before: old })).0, Conflict);
    let before = read().await.unwrap();
    let spend = |_| storage.commit(vec![CodeWrite::Spend { before: before.clone() }.into()]);
    one_won(join_all((0..16).map(spend)).await, Conflict);
    assert!(read().await.is_none());
}

/// In the order asked for; of many that spend at once, one wins, and what was spent is there.
pub async fn budgets_are_spent_from_what_was_read(storage: &dyn UserPoolStorage) {
    let set = |name: &str, before: Option<Versioned<CodeBudget>>, tries| {
        let after = CodeBudget { tries, ..CodeBudget::default() };
        CodeWrite::SetBudget { pool: pool_id(), name: name.to_owned(), before, after }
    };
    let race = |tries: std::ops::Range<u32>, before: Option<Versioned<CodeBudget>>| {
        join_all(tries.map(move |tries| storage.commit(vec![set("a", before.clone(), tries).into()])))
    };
    let names = ["b", "none", "a"].map(str::to_owned);
    let read = || async { storage.codes().budgets(&pool_id(), &names).await.unwrap() };
    one_won(race(1..17, None).await, AlreadyExists);
    commit!(storage, set("b", None, 100)).unwrap();
    let found = read().await;
    assert!(found[0].as_ref().is_some_and(|budget| budget.tries == 100) && found[1].is_none());
    assert!(found[2].as_ref().is_some_and(|budget| (1..17).contains(&budget.tries)));
    one_won(race(20..36, found[2].clone()).await, Conflict);
    assert!(read().await[2].as_ref().is_some_and(|budget| (20..36).contains(&budget.tries)));
    assert!(storage.codes().budgets(&other_pool(), &names).await.unwrap().iter().all(Option::is_none));
    let forget = |name: &str| CodeWrite::ForgetBudget { pool: pool_id(), name: name.to_owned() };
    commit!(storage, forget("a"), forget("nothing")).unwrap();
    let left = read().await;
    assert!(left[0].is_some() && left[2].is_none());
}

/// Of 32 that spend one id, one wins; another id, and the same in another pool, is another challenge.
pub async fn a_challenge_is_spent_once(storage: &dyn UserPoolStorage) {
    let spend = |pool: UserPoolId, id: &str| {
        storage.commit(vec![ChallengeWrite::Spend { pool, id: id.to_owned(), until: AT }.into()])
    };
    for round in 0..20 {
        let id = format!("id-{round}");
        one_won(join_all((0..32).map(|_| spend(pool_id(), &id))).await, AlreadyExists);
        assert_eq!(refused(spend(pool_id(), &id).await).0, AlreadyExists);
    }
    spend(other_pool(), "id-0").await.unwrap();
}

/// Of many that count at once, one wins; what was forgotten begins anew.
pub async fn attempts_are_counted_from_what_was_read(storage: &dyn UserPoolStorage) {
    let set = |before: Option<Versioned<Attempts>>, count| {
        let after = Attempts { count, in_a_row: count, last: Some(AT) };
        storage.commit(vec![AttemptsWrite::Set { pool: pool_id(), name: "ada".to_owned(), before, after }.into()])
    };
    let read = || async { storage.attempts().get(&pool_id(), "ada").await.unwrap() };
    one_won(join_all((1..17).map(|count| set(None, count))).await, AlreadyExists);
    let before = read().await;
    assert!(before.as_ref().is_some_and(|attempts| (1..17).contains(&attempts.count)));
    one_won(join_all((20..36).map(|count| set(before.clone(), count))).await, Conflict);
    assert!(read().await.is_some_and(|attempts| (20..36).contains(&attempts.count)));
    assert!(storage.attempts().get(&pool_id(), "eve").await.unwrap().is_none());
    assert!(storage.attempts().get(&other_pool(), "ada").await.unwrap().is_none());
    commit!(storage, AttemptsWrite::Forget { pool: pool_id(), name: "ada".to_owned() }).unwrap();
    assert!(read().await.is_none());
    set(None, 1).await.unwrap();
}

/// Every write of a commit is there afterwards, or none; the refused one is named.
pub async fn a_commit_holds_as_a_whole_or_not_at_all(storage: &dyn UserPoolStorage) {
    let writes = || -> Vec<Write> {
        vec![
            UserWrite::Insert { user: user(1, "ada") }.into(),
            SessionWrite::Insert { session: session("one", 1) }.into(),
            ChallengeWrite::Spend { pool: pool_id(), id: "id".to_owned(), until: AT }.into(),
            AttemptsWrite::Forget { pool: pool_id(), name: "ada".to_owned() }.into(),
        ]
    };
    commit!(storage, ChallengeWrite::Spend { pool: pool_id(), id: "id".to_owned(), until: AT }).unwrap();
    let attempts = Attempts { count: 3, in_a_row: 7, last: Some(AT) };
    let set = AttemptsWrite::Set { pool: pool_id(), name: "ada".to_owned(), before: None, after: attempts };
    commit!(storage, set).unwrap();

    assert_eq!(refused(storage.commit(writes()).await), (AlreadyExists, Some(2)));
    assert!(storage.users().named(&pool_id(), "ada").await.unwrap().is_none());
    assert!(read_session(storage, "one").await.is_none());
    assert!(storage.attempts().get(&pool_id(), "ada").await.unwrap().is_some());

    let mut writes = writes();
    writes.remove(2);
    storage.commit(writes).await.unwrap();
    assert!(storage.users().named(&pool_id(), "ada").await.unwrap().is_some());
    assert!(read_session(storage, "one").await.is_some());
    assert!(storage.attempts().get(&pool_id(), "ada").await.unwrap().is_none());
    storage.commit(Vec::new()).await.unwrap();
}

/// Everything in the pool goes bit by bit, then its record; what is of another stays.
pub async fn a_purged_pool_is_empty(storage: &dyn UserPoolStorage) {
    for id in [pool_id(), other_pool()] {
        commit!(storage, PoolWrite::Insert { pool: pool(id.as_str()) }).unwrap();
    }
    for number in 1..=5 {
        insert(storage, number, &format!("u{number}")).await;
        commit!(storage, SessionWrite::Insert { session: session(&format!("s{number}"), number) }).unwrap();
    }
    commit!(storage, put_password(1, "u1's"), GroupWrite::Insert { group: group("staff") }).unwrap();
    commit!(storage, CleanupWrite::Begin { cleanup: cleanup(1) }).unwrap();
    commit!(storage, ClientWrite::Insert { client: client("client1") }).unwrap();
    commit!(storage, KeyWrite::Put { pool: pool_id(), key: key("k", 1) }).unwrap();
    insert_user(storage, User { pool: other_pool(), ..user(9, "bob") }).await;
    let before = read_pool(storage).await;

    let mut removed = 0;
    loop {
        let step = storage.purge(&before, 4).await.unwrap();
        assert!(step <= 4);
        removed += step;
        if step == 0 {
            break;
        }
    }

    assert!(removed >= 15);
    assert!(storage.users().named(&pool_id(), "u1").await.unwrap().is_none());
    assert!(storage.users().list(&pool_id(), &everything()).await.unwrap().items.is_empty());
    assert!(read_session(storage, "s1").await.is_none() && read_password(storage, 1).await.is_none());
    assert!(read_group(storage, "staff").await.is_none() && cleanups(storage).await.is_empty());
    assert!(storage.pools().keys(&pool_id()).await.unwrap().is_empty());
    assert!(storage.clients().get(&pool_id(), &client("client1").id).await.unwrap().is_none());
    assert_eq!(pool_of(storage, &client("client1").id).await, None);
    assert_eq!(read_pool(storage).await, before, "the record stays to the end");
    commit!(storage, PoolWrite::Delete { before }).unwrap();
    let left = walk!(|page| storage.pools().list(&page));
    assert_eq!(left.into_iter().map(|pool| pool.record.id).collect::<Vec<_>>(), [other_pool()]);
    assert!(storage.users().named(&other_pool(), "bob").await.unwrap().is_some());
}

/// A pool of the same id that was made since keeps what is its.
pub async fn only_the_pool_that_was_read_is_purged(storage: &dyn UserPoolStorage) {
    commit!(storage, PoolWrite::Insert { pool: pool(pool_id().as_str()) }).unwrap();
    let deleted = read_pool(storage).await;
    commit!(storage, PoolWrite::Update { before: deleted.clone(), after: deleted.record.clone() }).unwrap();
    insert(storage, 1, "ada").await;
    commit!(storage, ClientWrite::Insert { client: client("client1") }).unwrap();

    let refusal = storage.purge(&deleted, 100).await.unwrap_err();

    assert_eq!(refusal.kind(), Conflict);
    assert!(storage.users().named(&pool_id(), "ada").await.unwrap().is_some());
    assert!(pool_of(storage, &client("client1").id).await.is_some());
}

/// Each once, by name, in pages, until it is ended.
pub async fn cleanups_stand_until_they_are_done(storage: &dyn UserPoolStorage) {
    let sessions = Cleanup { pool: pool_id(), task: CleanupTask::Sessions(subject(1)) };
    let elsewhere = Cleanup { pool: other_pool(), ..cleanup(9) };
    let all = [cleanup(2), cleanup(1), sessions.clone(), elsewhere, cleanup(1), cleanup(3)];
    for cleanup in all {
        commit!(storage, CleanupWrite::Begin { cleanup }).unwrap();
    }
    assert_eq!(cleanups(storage).await, [cleanup(1), cleanup(2), cleanup(3), sessions.clone()]);
    for _ in 0..2 {
        commit!(storage, CleanupWrite::End { cleanup: cleanup(2) }).unwrap();
    }
    assert_eq!(cleanups(storage).await, [cleanup(1), cleanup(3), sessions]);
    let end = CleanupWrite::End { cleanup: cleanup(1) };
    commit!(storage, UserWrite::Insert { user: user(1, "ada") }).unwrap();
    refused(commit!(storage, end, UserWrite::Insert { user: user(1, "ada") }));
    assert_eq!(cleanups(storage).await.len(), 3, "nothing of a refused commit is done");
}

/// Deleted users are passed over, and the listing goes on behind them.
pub async fn a_listing_goes_on_behind_what_was_removed(storage: &dyn UserPoolStorage) {
    for number in 1..=6 {
        insert(storage, number, &format!("u{number}")).await;
    }
    let search = Search { attribute: "username".to_owned(), value: "u".to_owned(), prefix: true };
    let page = PageRequest { limit: 2, after: None };
    let first = storage.users().search(&pool_id(), &search, &page).await.unwrap();
    assert_eq!(first.items.len(), 2);
    for number in 1..=4 {
        let before = storage.users().get(&pool_id(), &subject(number)).await.unwrap().unwrap();
        commit!(storage, UserWrite::Delete { before }).unwrap();
    }
    let mut page = PageRequest { limit: 2, after: first.next };
    let mut left = Vec::new();
    while page.after.is_some() {
        let next = storage.users().search(&pool_id(), &search, &page).await.unwrap();
        left.extend(names(next.items));
        page.after = next.next;
    }
    assert_eq!(left, ["u5", "u6"]);
}

/// What has ended by then goes, bit by bit: sessions, codes, forgiven attempts and budgets, spent challenges. Nothing that
/// goes on does, and nothing of another pool.
pub async fn what_has_ended_is_swept(storage: &dyn UserPoolStorage) {
    let [purpose, ..] = CodePurpose::ALL;
    let spend = |pool, id: &str| ChallengeWrite::Spend { pool, id: id.to_owned(), until: AT };
    let attempts = |name: &str, count| {
        let after = Attempts { count, in_a_row: count, last: Some(AT) };
        AttemptsWrite::Set { pool: pool_id(), name: name.to_owned(), before: None, after }
    };
    let spent = Spent { count: 1, since: AT, last: AT };
    let after = CodeBudget { guesses: spent, sends: spent, ..CodeBudget::default() };
    let budget = CodeWrite::SetBudget { pool: pool_id(), name: "b".to_owned(), before: None, after };
    let lasting = Session { expires_at: AT.plus_seconds(1_000_000), ..session("lasting", 1) };
    let elsewhere = Session { pool: other_pool(), ..session("elsewhere", 1) };
    insert(storage, 1, "ada").await;
    for session in [session("one", 1), session("two", 1), lasting, elsewhere] {
        commit!(storage, SessionWrite::Insert { session }).unwrap();
    }
    commit!(storage, CodeWrite::Put { code: code(1, purpose, 1) }, budget, put_password(1, "ada's")).unwrap();
    commit!(storage, attempts("few", 1), attempts("many", 500), spend(pool_id(), "spent")).unwrap();

    assert!(!storage.sweep(&pool_id(), AT, 100).await.unwrap());
    assert_eq!(
        refused(commit!(storage, spend(pool_id(), "spent"))).0,
        AlreadyExists,
        "it has not ended before its end"
    );
    assert_eq!(sessions_of(storage, 1).await, ["lasting", "one", "two"]);

    let mut rounds = 1;
    while storage.sweep(&pool_id(), AT.plus_seconds(300_000), 2).await.unwrap() {
        rounds += 1;
    }

    assert!(rounds >= 3, "two at a time: {rounds}");
    assert_eq!(sessions_of(storage, 1).await, ["lasting"]);
    assert!(storage.sessions().get(&other_pool(), "elsewhere").await.unwrap().is_some());
    assert!(storage.codes().get(&pool_id(), &subject(1), purpose).await.unwrap().is_none());
    assert_eq!(storage.codes().budgets(&pool_id(), &["b".to_owned()]).await.unwrap(), [None]);
    assert!(storage.attempts().get(&pool_id(), "few").await.unwrap().is_none());
    assert!(storage.attempts().get(&pool_id(), "many").await.unwrap().is_some(), "500 are not forgiven so soon");
    commit!(storage, spend(pool_id(), "spent")).unwrap();
    assert!(storage.users().named(&pool_id(), "ada").await.unwrap().is_some());
    assert!(read_password(storage, 1).await.is_some());
}

/// A code that was sent anew, and attempts that went on, are not swept at the end of what they were before.
pub async fn what_goes_on_is_not_swept_at_its_former_end(storage: &dyn UserPoolStorage) {
    let [purpose, ..] = CodePurpose::ALL;
    let anew = Code { expires_at: AT.plus_seconds(500_000), ..code(1, purpose, 2) };
    for code in [code(1, purpose, 1), anew.clone()] {
        commit!(storage, CodeWrite::Put { code }).unwrap();
    }
    let set = |before: Option<Versioned<Attempts>>, last| {
        let after = Attempts { count: 1, in_a_row: 1, last: Some(last) };
        storage.commit(vec![AttemptsWrite::Set { pool: pool_id(), name: "ada".to_owned(), before, after }.into()])
    };
    let read = || async { storage.attempts().get(&pool_id(), "ada").await.unwrap() };
    set(None, AT).await.unwrap();
    set(read().await, AT.plus_seconds(500_000)).await.unwrap();

    while storage.sweep(&pool_id(), AT.plus_seconds(400_000), 100).await.unwrap() {}

    let found = storage.codes().get(&pool_id(), &subject(1), purpose).await.unwrap();
    assert_eq!(found.map(|code| code.record), Some(anew));
    assert!(read().await.is_some());
}
