//! Groups, and listings a page at a time.

use document_store::page::PageRequest;
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::groups::GroupSpec;
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::{Error, Kind};

use crate::world::{World, world};

fn spec(world: &World, name: &str) -> GroupSpec {
    GroupSpec::new(world.pool.id.clone(), name.parse().unwrap())
}

#[tokio::test]
async fn a_group_keeps_what_an_update_does_not_say() {
    let world = world().await;
    let role = || Some("arn:aws:iam::123456789012:role/staff".to_owned());
    let made = GroupSpec {
        description: Some("ours".to_owned()),
        role_arn: role(),
        precedence: Some(3),
        ..spec(&world, "staff")
    };
    let made = world.pools.create_group(made).await.unwrap();
    world.clock.advance_seconds(60);

    let same = world.pools.update_group(spec(&world, "staff")).await.unwrap();

    assert_eq!((same.description.as_deref(), &same.role_arn, same.precedence), (Some("ours"), &role(), Some(3)));
    assert_eq!((same.created_at, same.modified_at), (made.created_at, made.created_at.plus_seconds(60)));
    let change = GroupSpec { description: Some("all".to_owned()), precedence: Some(4), ..spec(&world, "staff") };
    let changed = world.pools.update_group(change).await.unwrap();
    assert_eq!((changed.description.as_deref(), changed.role_arn, changed.precedence), (Some("all"), role(), Some(4)));
    assert_eq!(world.pools.get_group(&world.pool.id, &"staff".parse().unwrap()).await.unwrap().precedence, Some(4));
}

#[tokio::test]
async fn whoever_leaves_a_group_is_in_it_no_more_and_in_the_others_still() {
    let world = world().await;
    world.user("ada").await;
    let (pool, staff, board) = (&world.pool.id, "staff".parse().unwrap(), "board".parse().unwrap());
    for name in ["staff", "board"] {
        world.pools.create_group(spec(&world, name)).await.unwrap();
        world.pools.admin_add_user_to_group(pool, "ada", &name.parse().unwrap()).await.unwrap();
    }
    let before = world.pools.admin_get_user(pool, "ada").await.unwrap();
    assert!(world.pools.is_in_group(&before, &staff).await.unwrap());

    world.pools.admin_remove_user_from_group(pool, "ada", &staff).await.unwrap();

    let ada = world.pools.admin_get_user(pool, "ada").await.unwrap();
    assert!(!world.pools.is_in_group(&ada, &staff).await.unwrap());
    assert!(world.pools.is_in_group(&ada, &board).await.unwrap());
    let left = world.pools.admin_list_groups_for_user(pool, "ada").await.unwrap();
    assert_eq!(left.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["board"]);
    let members = world.pools.list_users_in_group(pool, &staff, PageRequest::default()).await.unwrap();
    assert!(members.items.is_empty());
    world.pools.delete_group(pool, &board).await.unwrap();
    let gone = world.pools.get_group(pool, &board).await;
    assert_eq!(gone, Err(Error::NotFound(Kind::Group)));
    assert!(!world.pools.is_in_group(&ada, &board).await.unwrap(), "a group that is gone has no members");
}

#[tokio::test]
async fn a_page_holds_as_many_as_asked_for_and_sixty_where_nothing_is_asked() {
    let world = world().await;
    let pool = &world.pool.id;
    for number in 0..62 {
        world.pools.create_group(spec(&world, &format!("g{number}"))).await.unwrap();
        let (settings, with_secret) = (world.client.settings.clone(), false);
        let client = CreateClient { pool: pool.clone(), settings, with_secret };
        Box::pin(world.pools.create_user_pool_client(client)).await.unwrap();
    }
    for name in ["p2", "p3"] {
        Box::pin(world.pools.create_user_pool(CreateUserPool::named(name, &world.pools))).await.unwrap();
    }
    for name in ["ada", "eve"] {
        world.user(name).await;
        world.pools.admin_add_user_to_group(pool, name, &"g0".parse().unwrap()).await.unwrap();
    }

    for (asked, given) in [(0, 60), (1, 1), (60, 60), (61, 60)] {
        let page = || PageRequest { limit: asked, after: None };
        assert_eq!(world.pools.list_groups(pool, page()).await.unwrap().items.len(), given, "{asked}");
        assert_eq!(world.pools.list_user_pool_clients(pool, page()).await.unwrap().items.len(), given, "{asked}");
    }
    let one = || PageRequest { limit: 1, after: None };
    assert_eq!(world.pools.list_user_pools(one()).await.unwrap().items.len(), 1);
    assert_eq!(world.pools.list_user_pools(PageRequest::default()).await.unwrap().items.len(), 3);
    let members = world.pools.list_users_in_group(pool, &"g0".parse().unwrap(), one()).await.unwrap();
    assert_eq!((members.items.len(), members.next.is_some()), (1, true));
}
