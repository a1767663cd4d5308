//! Deletions that are finished whatever happens.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::PageRequest;
use document_store::{Batch, Document, DocumentStore, Key, Range};
use storage_conformance::Counting;
use storage_memory::MemoryStore;
use tokio::sync::Mutex;
use userpool_core::model::cleanup::{Cleanup, CleanupTask};
use userpool_core::model::group::Group;
use userpool_core::model::ids::Subject;
use userpool_core::model::pool::Contact;
use userpool_core::model::user::{NameKind, User};
use userpool_core::ops::groups::GroupSpec;
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::ports::{Background, Job, Routine};
use userpool_core::storage::{CleanupWrite, SessionWrite, UserPoolStorage, UserWrite, Write};
use userpool_core::{DocumentUserPools, Error, Kind, UserPools};

use crate::world::{World, parts, service, world};

/// Takes jobs and keeps them.
#[derive(Default)]
struct Held(Mutex<Vec<Job>>);

#[async_trait]
impl Background for Held {
    async fn start(&self, job: Job) {
        self.0.lock().await.push(job);
    }

    async fn repeat(&self, _: Routine) {}
}

impl Held {
    async fn run(&self) {
        for job in std::mem::take(&mut *self.0.lock().await) {
            job.work.await.unwrap();
        }
    }
}

type Before = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A store that fails after some commits, or for one tenant, and lets something happen before the next commit.
struct Troubled {
    store: Arc<MemoryStore>,
    commits_left: AtomicUsize,
    broken: Mutex<Option<Key>>,
    before: Mutex<Option<Before>>,
}

impl Troubled {
    fn new(store: &Arc<MemoryStore>, commits: usize) -> Arc<Self> {
        let (commits_left, broken, before) = (AtomicUsize::new(commits), Mutex::new(None), Mutex::new(None));
        Arc::new(Self { store: Arc::clone(store), commits_left, broken, before })
    }
}

fn tenant(key: &Key) -> Key {
    Key::from_bytes(key.tenant().to_vec())
}

#[async_trait]
impl DocumentStore for Troubled {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        self.store.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        self.store.get_many(keys).await
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        self.store.scan(range).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        let before = self.before.lock().await.take();
        if let Some(before) = before {
            before.await;
        }
        let left = self.commits_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map_err(|_| StorageError::unavailable("the process died"))?;
        if batch.iter().any(|(key, _)| self.broken.try_lock().is_ok_and(|broken| broken.as_ref() == Some(&tenant(key))))
        {
            return Err(StorageError::unavailable("this part of the storage is away"));
        }
        self.store.commit(batch).await
    }
}

/// The world as another node serves it, over this store.
fn node(world: &World, store: impl DocumentStore + 'static, background: Option<Arc<Held>>) -> UserPools {
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.storage = Arc::new(DocumentUserPools::new(store));
    if let Some(background) = background {
        parts.background = background;
    }
    UserPools::new(parts)
}

/// A node that dies right after each deletion.
fn dying(world: &World) -> UserPools {
    node(world, Arc::clone(&world.store), Some(Arc::default()))
}

fn spec(world: &World, name: &str) -> GroupSpec {
    GroupSpec::new(world.pool.id.clone(), name.parse().unwrap())
}

/// A group with so many members like Ada, and Ada.
async fn large_group(world: &World, members: usize) -> Group {
    world.user("ada").await;
    let group = world.pools.create_group(spec(world, "staff")).await.unwrap();
    world.pools.admin_add_user_to_group(&world.pool.id, "ada", &group.name).await.unwrap();
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let ada = storage.users().named(&world.pool.id, "ada").await.unwrap().unwrap().record;
    let user = |number: usize| {
        let mut user = ada.clone();
        user.sub = format!("00000000-0000-4000-8000-{number:012x}").parse().unwrap();
        user.username = format!("u{number}").parse().unwrap();
        user.names = [(NameKind::Username, format!("u{number}"))].into();
        Write::from(UserWrite::Insert { user })
    };
    for numbers in (1..members).collect::<Vec<_>>().chunks(500) {
        storage.commit(numbers.iter().map(|number| user(*number)).collect()).await.unwrap();
    }
    group
}

/// How many users have any membership, of how many.
async fn in_groups(world: &World) -> (usize, usize) {
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let (mut with, mut all, mut page) = (0, 0, PageRequest { limit: 1000, after: None });
    loop {
        let users = storage.users().list(&world.pool.id, &page).await.unwrap();
        with += users.items.iter().filter(|user| !user.memberships.is_empty()).count();
        all += users.items.len();
        page.after = users.next;
        if page.after.is_none() {
            return (with, all);
        }
    }
}

/// How many documents there are.
async fn stored(world: &World) -> usize {
    world.store.scan(&Range::of(Key::new(&[]), 100_000)).await.unwrap().len()
}

async fn left_to_do(world: &World) -> usize {
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    storage.cleanups().of_pool(&world.pool.id, &PageRequest::default()).await.unwrap().items.len()
}

#[tokio::test]
async fn a_large_group_is_gone_in_one_commit_and_its_members_are_changed_a_hundred_at_a_time() {
    let world = world().await;
    let group = large_group(&world, 2000).await;
    let (store, held) = (Arc::new(Counting::new(Arc::clone(&world.store))), Arc::new(Held::default()));
    let pools = node(&world, Arc::clone(&store), Some(Arc::clone(&held)));

    pools.delete_group(&world.pool.id, &group.name).await.unwrap();

    assert_eq!((store.reads(), store.commits()), (1, 1));
    assert!(pools.admin_list_groups_for_user(&world.pool.id, "ada").await.unwrap().is_empty(), "at once");
    assert_eq!(in_groups(&world).await, (2000, 2000));
    held.run().await;
    assert_eq!(in_groups(&world).await, (0, 2000));
    assert!(store.commits() <= 2000 / 100 + 2, "{}", store.commits());
    assert_eq!(left_to_do(&world).await, 0);
}

#[tokio::test]
async fn a_group_whose_deletion_died_half_way_is_finished_by_another_node() {
    let world = world().await;
    let group = large_group(&world, 1000).await;
    // One for the deletion, four for a hundred members each.
    let pools = node(&world, Troubled::new(&world.store, 5), None);

    pools.delete_group(&world.pool.id, &group.name).await.unwrap();

    assert_eq!(in_groups(&world).await, (600, 1000));
    let other = service(&world.clock, &world.outbox, &world.store);
    let gone = other.get_group(&world.pool.id, &group.name).await.unwrap_err();
    assert_eq!(gone, Error::NotFound(Kind::Group));
    other.maintain().await.unwrap();
    assert_eq!((in_groups(&world).await, left_to_do(&world).await), ((0, 1000), 0));
}

#[tokio::test]
async fn what_is_to_be_removed_again_while_it_is_found_to_be_done_is_removed() {
    let world = world().await;
    world.user("ada").await;
    let group = world.pools.create_group(spec(&world, "staff")).await.unwrap();
    let (store, held) = (Troubled::new(&world.store, usize::MAX), Arc::new(Held::default()));
    let pools = node(&world, Arc::clone(&store), Some(Arc::clone(&held)));
    pools.delete_group(&world.pool.id, &group.name).await.unwrap();
    let (documents, pool) = (DocumentUserPools::new(Arc::clone(&world.store)), world.pool.id.clone());
    *store.before.lock().await = Some(Box::pin(async move {
        let before = documents.users().named(&pool, "ada").await.unwrap().unwrap();
        let mut after = before.record.clone();
        after.memberships.insert(group.name.clone(), group.id.clone());
        let cleanup = Cleanup { pool, task: CleanupTask::Members(group.id) };
        let begun = CleanupWrite::Begin { cleanup };
        documents.commit(vec![UserWrite::Update { before, after }.into(), begun.into()]).await.unwrap();
    }));

    held.run().await;

    assert_eq!((in_groups(&world).await, left_to_do(&world).await), ((0, 1), 0));
}

#[tokio::test]
async fn deletions_at_once_take_turns_and_not_each_others_work() {
    let world = world().await;
    let group = large_group(&world, 1000).await;
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let ada = storage.users().named(&world.pool.id, "ada").await.unwrap().unwrap().record;
    for number in 5000..5020 {
        let mut user = User { memberships: BTreeMap::new(), ..ada.clone() };
        user.sub = format!("00000000-0000-4000-8000-{number:012x}").parse().unwrap();
        user.names = [(NameKind::Username, format!("x{number}"))].into();
        storage.commit(vec![UserWrite::Insert { user }.into()]).await.unwrap();
    }
    let store = Arc::new(Counting::new(storage_conformance::Yielding(Arc::clone(&world.store))));
    let (pools, pool) = (node(&world, Arc::clone(&store), None), &world.pool.id);

    let users = futures::future::join_all((5000..5020).map(async |number: usize| {
        pools.admin_delete_user(pool, &format!("x{number}")).await.unwrap();
    }));
    let (group, _) = futures::future::join(pools.delete_group(pool, &group.name), users).await;

    group.unwrap();
    assert_eq!((in_groups(&world).await, left_to_do(&world).await), ((0, 1000), 0));
    // Each deletion, the slices of the group, and the end of each cleanup.
    assert!(store.commits() <= 21 + 10 + 21, "{}", store.commits());
}

#[tokio::test]
async fn two_nodes_that_finish_a_deletion_at_once_do_no_harm() {
    let world = world().await;
    let group = large_group(&world, 500).await;
    dying(&world).delete_group(&world.pool.id, &group.name).await.unwrap();
    let slow = || node(&world, storage_conformance::Yielding(Arc::clone(&world.store)), None);
    let (one, other) = (slow(), slow());

    let (first, second) = futures::future::join(one.maintain(), other.maintain()).await;

    assert_eq!((first, second), (Ok(()), Ok(())));
    assert_eq!((in_groups(&world).await, left_to_do(&world).await), ((0, 500), 0));
}

#[tokio::test]
async fn a_later_group_of_the_same_name_has_none_of_the_members() {
    let world = world().await;
    world.user("ada").await;
    let (pool, pools) = (&world.pool.id, dying(&world));
    let old = pools.create_group(spec(&world, "staff")).await.unwrap();
    pools.admin_add_user_to_group(pool, "ada", &old.name).await.unwrap();
    pools.delete_group(pool, &old.name).await.unwrap();

    pools.create_group(GroupSpec { role_arn: Some("arn:great".to_owned()), ..spec(&world, "staff") }).await.unwrap();

    let ada = pools.admin_get_user(pool, "ada").await.unwrap();
    assert!(ada.memberships.contains_key(&old.name), "not tidied up yet");
    assert!(!pools.is_in_group(&ada, &old.name).await.unwrap());
    assert!(pools.admin_list_groups_for_user(pool, "ada").await.unwrap().is_empty());
    assert!(pools.list_users_in_group(pool, &old.name, PageRequest::default()).await.unwrap().items.is_empty());
    pools.admin_add_user_to_group(pool, "ada", &old.name).await.unwrap();
    world.pools.maintain().await.unwrap();
    assert_eq!(pools.admin_list_groups_for_user(pool, "ada").await.unwrap().len(), 1, "the new membership stays");
    assert_eq!(pools.list_users_in_group(pool, &old.name, PageRequest::default()).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn whoever_joins_a_group_at_the_moment_of_its_deletion_does_not_get_in() {
    let world = world().await;
    world.user("ada").await;
    let group = world.pools.create_group(spec(&world, "staff")).await.unwrap();
    let store = Troubled::new(&world.store, usize::MAX);
    let (other, pool, name) = (world.pools.clone(), world.pool.id.clone(), group.name.clone());
    *store.before.lock().await = Some(Box::pin(async move { other.delete_group(&pool, &name).await.unwrap() }));

    let joined =
        node(&world, Arc::clone(&store), None).admin_add_user_to_group(&world.pool.id, "ada", &group.name).await;

    assert_eq!(joined, Err(Error::NotFound(Kind::Group)));
    assert_eq!(in_groups(&world).await.0, 0);
}

#[tokio::test]
async fn memberships_in_groups_that_are_gone_do_not_count_among_the_hundred() {
    let world = world().await;
    world.user("ada").await;
    let (pool, pools) = (&world.pool.id, dying(&world));
    for number in 0..100 {
        let group = pools.create_group(spec(&world, &format!("group{number}"))).await.unwrap();
        pools.admin_add_user_to_group(pool, "ada", &group.name).await.unwrap();
    }
    let one_more = pools.create_group(spec(&world, "one-more")).await.unwrap().name;
    assert!(pools.admin_add_user_to_group(pool, "ada", &one_more).await.is_err());

    pools.delete_group(pool, &"group7".parse().unwrap()).await.unwrap();

    pools.admin_add_user_to_group(pool, "ada", &one_more).await.unwrap();
    assert_eq!(pools.admin_list_groups_for_user(pool, "ada").await.unwrap().len(), 100);
}

#[tokio::test]
async fn a_pool_whose_removal_died_is_gone_at_once_and_removed_by_another_node() {
    let world = world().await;
    large_group(&world, 1000).await;
    let token = world.tokens("ada").await.access_token;
    let full = stored(&world).await;
    // One for the mark, two for the removal.
    let pools = node(&world, Troubled::new(&world.store, 3), None);

    pools.delete_user_pool(&world.pool.id).await.unwrap();

    let other = service(&world.clock, &world.outbox, &world.store);
    let gone = Error::NotFound(Kind::Pool(world.pool.id.clone()));
    assert_eq!(other.describe_user_pool(&world.pool.id).await.unwrap_err(), gone);
    assert_eq!(other.delete_user_pool(&world.pool.id).await.unwrap_err(), gone);
    assert_eq!(other.key_set(&world.pool.id).await.unwrap_err(), gone);
    assert_eq!(other.get_group(&world.pool.id, &"staff".parse().unwrap()).await.unwrap_err(), gone);
    assert!(other.list_user_pools(PageRequest::default()).await.unwrap().items.is_empty());
    assert!(other.authenticate(&token).await.is_err());
    assert!(world.sign_up("eve").await.is_err());
    let left = stored(&world).await;
    assert!(left < full && left > full - 1500, "{left} of {full}");
    other.maintain().await.unwrap();
    world.clock.advance_seconds(3600);
    other.maintain().await.unwrap();
    assert_eq!(stored(&world).await, 0);
}

#[tokio::test]
async fn what_a_call_adds_that_had_begun_before_the_deletion_is_removed_too() {
    let world = world().await;
    world.user("ada").await;
    world.tokens("ada").await;
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let ada = storage.users().named(&world.pool.id, "ada").await.unwrap().unwrap();
    let session = storage.sessions().of_user(&world.pool.id, &ada.sub, &PageRequest::default()).await.unwrap();
    let session = session.items.first().unwrap().record.clone();
    world.pools.delete_user_pool(&world.pool.id).await.unwrap();
    assert_eq!(stored(&world).await, 2, "the pool's record, and what leads to it");

    storage
        .commit(vec![UserWrite::Insert { user: ada.record }.into(), SessionWrite::Insert { session }.into()])
        .await
        .unwrap();
    world.clock.advance_seconds(3599);
    world.pools.maintain().await.unwrap();

    assert_eq!(stored(&world).await, 2);
    world.clock.advance_seconds(1);
    world.pools.maintain().await.unwrap();
    assert_eq!(stored(&world).await, 0);
}

#[tokio::test]
async fn other_pools_keep_what_is_theirs() {
    let world = world().await;
    world.user("ada").await;
    let other = world.pools.create_user_pool(CreateUserPool::named("other", &world.pools)).await.unwrap();

    world.pools.delete_user_pool(&other.id).await.unwrap();

    world.clock.advance_seconds(3600);
    world.pools.maintain().await.unwrap();
    world.tokens("ada").await;
}

#[tokio::test]
async fn an_ensured_pool_that_was_deleted_is_made_anew_with_nothing_of_the_old() {
    let world = world().await;
    let ensure =
        async |pools: &UserPools| pools.ensure_user_pool(CreateUserPool::named("people", pools)).await.unwrap();
    let old = ensure(&world.pools).await;
    let pools = dying(&world);
    pools.create_group(GroupSpec::new(old.id.clone(), "staff".parse().unwrap())).await.unwrap();
    let keys = pools.key_set(&old.id).await.unwrap();
    pools.delete_user_pool(&old.id).await.unwrap();

    let new = ensure(&pools).await;

    assert_eq!((&new.id, new.deleted_at), (&old.id, None));
    assert!(pools.list_groups(&new.id, PageRequest::default()).await.unwrap().items.is_empty());
    assert_ne!(pools.key_set(&new.id).await.unwrap(), keys);
    world.clock.advance_seconds(7200);
    world.pools.maintain().await.unwrap();
    assert!(pools.describe_user_pool(&new.id).await.is_ok(), "the old one's removal is over");
}

#[tokio::test]
async fn the_sessions_of_a_deleted_user_are_removed_also_when_the_deletion_died() {
    let world = world().await;
    world.user("ada").await;
    for _ in 0..3 {
        world.tokens("ada").await;
    }
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let sub = storage.users().named(&world.pool.id, "ada").await.unwrap().unwrap().sub.clone();
    let sessions = async || storage.sessions().of_user(&world.pool.id, &sub, &PageRequest::default()).await.unwrap();
    assert_eq!(sessions().await.items.len(), 3);

    dying(&world).admin_delete_user(&world.pool.id, "ada").await.unwrap();

    assert_eq!((sessions().await.items.len(), left_to_do(&world).await), (3, 1));
    world.pools.maintain().await.unwrap();
    assert_eq!((sessions().await.items.len(), left_to_do(&world).await), (0, 0));
}

/// The keys of the documents that name a user.
async fn naming(world: &World, sub: &Subject) -> Vec<Key> {
    let all = world.store.scan(&Range::of(Key::new(&[]), 100_000)).await.unwrap();
    let names = |document: &Document| {
        let body = String::from_utf8_lossy(&document.body);
        body.contains(sub.as_str()) || document.key.parts().iter().any(|part| part.contains(sub.as_str()))
    };
    all.into_iter().filter(names).map(|document| document.key).collect()
}

#[tokio::test]
async fn no_document_names_a_deleted_user_but_what_says_when_others_would_have_ended() {
    let world = world().await;
    world.user("ada").await;
    let token = world.tokens("ada").await.access_token;
    world.password("ada", "wrong horse battery").await.unwrap_err();
    world.pools.get_user_attribute_verification_code(&token, Contact::Email).await.unwrap();
    world.pools.verify_user_attribute(&token, Contact::Email, &"000000".into()).await.unwrap_err();
    let ada = DocumentUserPools::new(Arc::clone(&world.store));
    let ada = ada.users().named(&world.pool.id, "ada").await.unwrap().unwrap().record.sub;
    assert!(naming(&world, &ada).await.len() > 10);

    world.pools.admin_delete_user(&world.pool.id, "ada").await.unwrap();

    let left = naming(&world, &ada).await;
    assert!(left.iter().all(|key| key.parts()[2] == "ending"), "{left:?}");
    world.clock.advance_seconds(31 * 24 * 3600);
    world.pools.maintain().await.unwrap();
    assert_eq!(naming(&world, &ada).await, []);
}

#[tokio::test]
async fn a_pool_that_cannot_be_done_keeps_no_other_from_it() {
    let world = world().await;
    let group = large_group(&world, 10).await;
    dying(&world).delete_group(&world.pool.id, &group.name).await.unwrap();
    for region in ["aa-first-1", "zz-last-1"] {
        let mut request = CreateUserPool::named("other", &world.pools);
        request.region = Some(region.to_owned());
        let other = world.pools.create_user_pool(request).await.unwrap().id;
        dying(&world).delete_user_pool(&other).await.unwrap();
    }
    let store = Troubled::new(&world.store, usize::MAX);
    let broken = Key::new(&["user-pool", world.pool.id.as_str()]);
    *store.broken.lock().await = Some(broken);
    let pools = node(&world, Arc::clone(&store), None);
    world.clock.advance_seconds(3600);

    assert!(matches!(pools.maintain().await, Err(Error::Storage(_))));

    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let left = storage.pools().list(&PageRequest::default()).await.unwrap().items;
    assert!(left.len() == 1 && left[0].id == world.pool.id, "{left:?}");
    assert_eq!(in_groups(&world).await.0, 10);
    *store.broken.lock().await = None;
    pools.maintain().await.unwrap();
    assert_eq!(in_groups(&world).await.0, 0);
}
