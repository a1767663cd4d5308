//! How often operations ask the storage: each time is a round trip where the storage is reached over a network.

use std::net::IpAddr;
use std::sync::Arc;

use document_store::page::PageRequest;
use identity_kernel::context::RequestContext;
use storage_conformance::Counting;
use storage_memory::MemoryStore;
use userpool_core::model::factors::{MfaMode, SecondFactor};
use userpool_core::model::risk::{AccountTakeover, ProtectionMode, RiskAction, RiskConfiguration, TakeoverAction};
use userpool_core::model::user::NameKind;
use userpool_core::ops::groups::GroupSpec;
use userpool_core::ops::sign_in::SignInFlow;
use userpool_core::storage::{UserPoolStorage, UserWrite};
use userpool_core::{DocumentUserPools, UserPools};

use crate::factors::pool_with;
use crate::world::{PASSWORD, World, parts, world, world_with};

pub(crate) type Counted = Counting<Arc<MemoryStore>>;

/// The same world, served over a store that counts.
pub(crate) fn counted(mut world: World) -> (World, Arc<Counted>) {
    let store = Arc::new(Counting::new(Arc::clone(&world.store)));
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.storage = Arc::new(DocumentUserPools::new(Arc::clone(&store)));
    world.pools = UserPools::new(parts);
    (world, store)
}

/// Ada, who is in a group, and 69 others like her.
async fn seventy_users(world: &World) {
    users(world, 70).await;
}

/// Ada, who is in a group, and others like her, so many in all.
async fn users(world: &World, count: usize) {
    world.user("ada").await;
    join(world, 1).await;
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let ada = storage.users().named(&world.pool.id, "ada").await.unwrap().unwrap().record;
    for number in 1..count {
        let mut user = ada.clone();
        user.sub = format!("00000000-0000-4000-8000-{number:012x}").parse().unwrap();
        user.username = format!("ada{number}").parse().unwrap();
        user.names = [(NameKind::Username, format!("ada{number}"))].into();
        storage.commit(vec![UserWrite::Insert { user }.into()]).await.unwrap();
    }
}

async fn join(world: &World, groups: usize) {
    for number in 0..groups {
        let name = format!("group{number:03}").parse().unwrap();
        world.pools.create_group(GroupSpec::new(world.pool.id.clone(), name)).await.unwrap();
        let name = format!("group{number:03}").parse().unwrap();
        world.pools.admin_add_user_to_group(&world.pool.id, "ada", &name).await.unwrap();
    }
}

/// The reads and commits of a sign-in by password.
async fn sign_in(world: &World, store: &Counted) -> (usize, usize) {
    // The signing keys are read once, and kept.
    world.tokens("ada").await;
    store.reset();
    world.tokens("ada").await;
    (store.reads(), store.commits())
}

#[tokio::test]
async fn a_page_of_sixty_users_costs_three_reads_at_most() {
    let world = world().await;
    seventy_users(&world).await;
    let (world, store) = counted(world);
    let (pools, pool) = (&world.pools, &world.pool.id);
    let page = PageRequest { limit: 60, after: None };
    for filter in ["", "username ^= \"ada\"", "email = \"ada@example.com\"", "status = \"Enabled\""] {
        store.reset();
        let found = pools.list_users(pool, filter, page.clone()).await.unwrap();
        assert_eq!((found.items.len(), found.next.is_some()), (60, true), "{filter}");
        assert!(store.reads() <= 3, "{filter}: {}", store.reads());
    }
    store.reset();

    let members = pools.list_users_in_group(pool, &"group000".parse().unwrap(), page).await.unwrap();

    assert_eq!((members.items.len(), members.next.is_some()), (60, true));
    assert!(store.reads() <= 3, "{}", store.reads());
}

#[tokio::test]
async fn what_members_of_a_group_cost_does_not_grow_with_their_number() {
    let mut costs = Vec::new();
    for size in [70, 1400] {
        let world = world().await;
        users(&world, size).await;
        let (world, store) = counted(world);
        let (pools, pool, group) = (&world.pools, &world.pool.id, "group000".parse().unwrap());
        let mut cost = Vec::new();
        let mut note = || {
            cost.push((store.reads(), store.keys(), store.commits(), store.changes()));
            store.reset();
        };
        world.tokens("ada").await;
        store.reset();

        world.tokens("ada").await;
        note();
        let first = pools.list_users_in_group(pool, &group, PageRequest { limit: 10, after: None }).await.unwrap();
        note();
        let second =
            pools.list_users_in_group(pool, &group, PageRequest { limit: 10, after: first.next }).await.unwrap();
        note();
        assert_eq!(second.items.len(), 10);
        pools.admin_remove_user_from_group(pool, "ada", &group).await.unwrap();
        note();
        pools.admin_add_user_to_group(pool, "ada", &group).await.unwrap();
        note();
        costs.push(cost);
    }

    assert_eq!(costs[0], costs[1], "tokens, two pages, leaving and joining");
}

#[tokio::test]
async fn tokens_of_a_user_of_a_hundred_groups_cost_one_read_more() {
    let world = world().await;
    world.user("ada").await;
    let (world, store) = counted(world);
    let of_none = sign_in(&world, &store).await;

    join(&world, 100).await;

    assert_eq!(sign_in(&world, &store).await, (of_none.0 + 1, of_none.1));
}

#[tokio::test]
async fn a_user_with_second_factors_costs_an_administrator_four_reads_and_three_where_the_pool_asks_for_none() {
    for (mode, reads) in [(MfaMode::Off, 3), (MfaMode::Optional, 4)] {
        let kinds = if mode == MfaMode::Off { Vec::new() } else { vec![SecondFactor::Email] };
        let world = pool_with(mode, &kinds).await;
        world.user("ada").await;
        let (world, store) = counted(world);
        store.reset();

        let (ada, second) = world.pools.admin_get_user_with_factors(&world.pool.id, "ada").await.unwrap();

        // The pool; the name; the user; and the factors.
        assert_eq!((store.reads(), store.commits()), (reads, 0), "{mode:?}");
        assert!(ada.username.as_str() == "ada" && second.active.is_empty());
    }
}

#[tokio::test]
async fn a_sign_in_by_password_costs_five_reads_and_two_commits() {
    let world = world().await;
    world.user("ada").await;
    let (mut world, store) = counted(world);

    // The client's entry; client and pool; the name; user and password; the tries. The try is counted before the password is
    // judged; the session is stored and the tries forgotten.
    assert_eq!(sign_in(&world, &store).await, (5, 2));

    let source: IpAddr = "192.0.2.1".parse().unwrap();
    world.pools = world.pools.for_request(RequestContext { source: Some(source), ..RequestContext::default() });
    assert_eq!(sign_in(&world, &store).await, (6, 2), "and the failures of the source");
}

#[tokio::test]
async fn a_tracked_sign_in_costs_two_reads_more_and_a_refresh_one_commit() {
    let world = world().await;
    world.user("ada").await;
    let untracked = world.tokens("ada").await.refresh_token.unwrap();
    world.track(20).await;
    let (world, store) = counted(world);

    // Which sessions are tracked, and those; they are stored with the session.
    assert_eq!(sign_in(&world, &store).await, (7, 2));

    let tracked = world.tokens("ada").await.refresh_token.unwrap();
    let mut commits = Vec::new();
    for token in [untracked, tracked] {
        store.reset();
        world.begin(SignInFlow::RefreshToken { token }).await.unwrap();
        commits.push(store.commits());
    }
    assert_eq!(commits, [0, 1]);
}

#[tokio::test]
async fn a_watched_sign_in_costs_a_read_and_a_commit_more_and_another_read_where_something_is_done() {
    for (mode, cost) in [(ProtectionMode::Audit, (6, 3)), (ProtectionMode::Enforced, (7, 3))] {
        let world = world_with(|pool, _| pool.settings.protection.mode = mode).await;
        world.user("ada").await;
        let action = Some(TakeoverAction { action: RiskAction::Block, notify: false });
        let takeover = Some(AccountTakeover { high: action, ..AccountTakeover::default() });
        let configuration = RiskConfiguration { takeover, ..RiskConfiguration::default() };
        world.pools.set_risk_configuration(&world.pool.id, None, configuration).await.unwrap();
        let (world, store) = counted(world);

        assert_eq!(sign_in(&world, &store).await, cost, "{mode:?}");
    }
}

#[tokio::test]
async fn line_38_a_wrong_password_costs_as_many_reads_and_commits_for_nobody_as_for_somebody_watched_or_not() {
    for mode in [ProtectionMode::Off, ProtectionMode::Audit, ProtectionMode::Enforced] {
        let world = world_with(|pool, _| pool.settings.protection.mode = mode).await;
        world.user("ada").await;
        if mode != ProtectionMode::Off {
            let takeover = Some(AccountTakeover::default());
            let configuration = RiskConfiguration { takeover, ..RiskConfiguration::default() };
            world.pools.set_risk_configuration(&world.pool.id, None, configuration).await.unwrap();
        }
        let (world, store) = counted(world);
        let cost = async |name: &str| {
            store.reset();
            world.password(name, "wrong").await.unwrap_err();
            (store.reads(), store.commits())
        };
        let first = (cost("ada").await, cost("nobody").await);

        let again = (cost("ada").await, cost("nobody").await);

        assert_eq!(again.0, again.1, "{mode:?}");
        assert_eq!(first.0, first.1, "{mode:?}");
    }
}

#[tokio::test]
async fn a_sign_in_by_srp_costs_eight_reads_and_two_commits() {
    let world = world().await;
    world.user("ada").await;
    let (world, store) = counted(world);
    world.tokens("ada").await;
    store.reset();

    let (user_id, answer) = world.srp("ada", PASSWORD).await.unwrap();
    assert_eq!((store.reads(), store.commits()), (4, 0));
    world.answer(&user_id, answer).await.unwrap();

    assert_eq!((store.reads(), store.commits()), (8, 2));
}
