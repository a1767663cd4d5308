//! The tags of pools.

use std::collections::BTreeMap;

use futures::future::join_all;
use identity_federation::model::pool::IdentityPoolSettings;
use identity_federation::ports::Action;
use identity_federation::{Error, Invalid};

use crate::world::world;

fn tags(tags: &[(&str, &str)]) -> BTreeMap<String, String> {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn tags_are_given_taken_away_and_listed() {
    let world = world().await;
    world.events.take();

    world.pools.tag_identity_pool(&world.pool, &tags(&[("team", "blue"), ("stage", "x")])).await.unwrap();
    world.pools.tag_identity_pool(&world.pool, &tags(&[("team", "red")])).await.unwrap();
    world.pools.untag_identity_pool(&world.pool, &["stage".to_owned(), "none".to_owned()]).await.unwrap();

    assert_eq!(world.pools.list_tags_for_identity_pool(&world.pool).await.unwrap(), tags(&[("team", "red")]));
    let told: Vec<Action> = world.events.take().0.iter().map(|event| event.action).collect();
    assert_eq!(told, [Action::TagPool, Action::TagPool, Action::UntagPool]);
}

#[tokio::test]
async fn malformed_tags_and_more_than_fifty_are_refused_and_nothing_changes() {
    let world = world().await;
    let many =
        |count: usize| (0..count).map(|number| (format!("t{number}"), String::new())).collect::<BTreeMap<_, _>>();
    world.pools.tag_identity_pool(&world.pool, &many(50)).await.unwrap();

    let more = world.pools.tag_identity_pool(&world.pool, &tags(&[("one", "more")])).await.unwrap_err();
    assert_eq!(more, Invalid::Tags.into());
    for (key, value) in [("aws:team", ""), ("", ""), ("a?", ""), ("t0", "a\nb")] {
        let refused = world.pools.tag_identity_pool(&world.pool, &tags(&[(key, value)])).await.unwrap_err();
        assert_eq!(refused, Invalid::Tag(key.to_owned()).into());
    }
    let reserved = world.pools.untag_identity_pool(&world.pool, &["aws:x".to_owned()]).await.unwrap_err();
    assert_eq!(reserved, Invalid::Tag("aws:x".to_owned()).into());
    assert_eq!(world.pools.list_tags_for_identity_pool(&world.pool).await.unwrap(), many(50));
    let settings = IdentityPoolSettings { tags: tags(&[("aws:x", "")]), ..IdentityPoolSettings::default() };
    assert!(matches!(world.pools.create_identity_pool(None, settings).await, Err(Error::InvalidParameter(_))));
}

#[tokio::test]
async fn tags_that_are_given_at_the_same_time_on_two_nodes_all_stay() {
    let world = world().await;
    let given: Vec<_> = (0..6).map(|number| tags(&[(&format!("t{number}"), "x")])).collect();
    let nodes = [&world.pools, &world.other].into_iter().cycle();

    let done = join_all(given.iter().zip(nodes).map(|(tags, node)| node.tag_identity_pool(&world.pool, tags))).await;

    assert!(done.iter().all(Result::is_ok), "{done:?}");
    assert_eq!(world.pools.list_tags_for_identity_pool(&world.pool).await.unwrap().len(), 6);
}
