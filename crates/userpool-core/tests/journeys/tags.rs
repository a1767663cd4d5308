//! The tags of pools.

use std::collections::BTreeMap;

use userpool_core::reasons::TagProblem;
use userpool_core::{Error, Kind};

use crate::world::{World, world, world_with};

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

async fn listed(world: &World) -> BTreeMap<String, String> {
    world.pools.list_tags_for_user_pool(&world.pool.id).await.unwrap()
}

#[tokio::test]
async fn tags_are_added_replaced_and_taken_away_by_their_keys() {
    let world = world_with(|pool, _| pool.settings.tags = tags(&[("team", "blue"), ("stage", "test")])).await;
    let (pools, pool) = (&world.pools, &world.pool.id);

    pools.tag_user_pool(pool, &tags(&[("team", "red"), ("Team", "")])).await.unwrap();
    assert_eq!(listed(&world).await, tags(&[("Team", ""), ("stage", "test"), ("team", "red")]));
    pools.untag_user_pool(pool, &["team".to_owned(), "nobody has it".to_owned()]).await.unwrap();

    assert_eq!(listed(&world).await, tags(&[("Team", ""), ("stage", "test")]));
    assert_eq!(pools.describe_user_pool(pool).await.unwrap().settings.tags, listed(&world).await);
}

#[tokio::test]
async fn a_pool_has_fifty_tags_at_most_whichever_way_they_come() {
    let world = world().await;
    let many: BTreeMap<_, _> = (0..50).map(|number| (format!("t{number}"), String::new())).collect();
    world.pools.tag_user_pool(&world.pool.id, &many).await.unwrap();
    world.pools.tag_user_pool(&world.pool.id, &tags(&[("t7", "again")])).await.unwrap();

    let one_more = world.pools.tag_user_pool(&world.pool.id, &tags(&[("t50", "")])).await.unwrap_err();
    assert_eq!(one_more, Error::Tags(TagProblem::TooMany));
    let mut settings = world.pools.default_settings();
    settings.tags = many.clone();
    settings.tags.insert("t50".to_owned(), String::new());
    let update = world.pools.update_user_pool(&world.pool.id, settings.clone()).await.unwrap_err();
    assert_eq!(update, Error::Tags(TagProblem::TooMany));
    let mut create = userpool_core::ops::pools::CreateUserPool::named("p", &world.pools);
    create.settings = settings;
    assert_eq!(world.pools.create_user_pool(create).await.unwrap_err(), Error::Tags(TagProblem::TooMany));
    assert_eq!(listed(&world).await.len(), 50);
}

#[tokio::test]
async fn a_malformed_tag_changes_nothing_and_so_does_one_of_no_pool() {
    let world = world().await;
    let (pools, pool) = (&world.pools, &world.pool.id);

    let reserved = pools.tag_user_pool(pool, &tags(&[("a", "b"), ("aws:x", "")])).await.unwrap_err();
    assert_eq!(reserved, Error::Tags(TagProblem::Reserved));
    assert_eq!(pools.untag_user_pool(pool, &[String::new()]).await.unwrap_err(), Error::Tags(TagProblem::Key));
    let nowhere = "us-east-1_Nowhere01".parse().unwrap();
    let refused = pools.tag_user_pool(&nowhere, &tags(&[("a", "b")])).await.unwrap_err();
    assert_eq!(refused, Error::NotFound(Kind::Pool(nowhere)));
    assert_eq!(listed(&world).await, tags(&[]));
}
