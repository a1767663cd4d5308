//! Listings of users: filters, and pages while users come, go and change.

use std::collections::{BTreeMap, BTreeSet};

use document_store::page::PageRequest;
use identity_kernel::entropy::{self, SeededEntropy};
use storage_conformance::Counting;
use userpool_core::model::attributes::{AttributeSchema, AttributeType};
use userpool_core::model::filter::FilterGrammar;
use userpool_core::ops::users::{AdminCreateUser, Invitation};
use userpool_core::{Defaults, Error, Invalid, UserPools};

use crate::world::{PASSWORD, World, attributes, parts, world_with};

async fn world() -> World {
    world_with(|pool, _| {
        let name = "custom:team".to_owned();
        let data_type = AttributeType::Text;
        pool.attributes =
            vec![AttributeSchema { name, data_type, mutable: true, required: false, min: None, max: None }];
    })
    .await
}

async fn make(world: &World, name: &str, given: &[(&str, &str)]) {
    let user = AdminCreateUser {
        temporary_password: Some(PASSWORD.into()),
        invitation: Invitation::Suppress,
        attributes: attributes(given),
        ..AdminCreateUser::new(world.pool.id.clone(), name)
    };
    world.pools.admin_create_user(user).await.unwrap();
}

/// The names on all pages, of so many users each.
async fn listed(world: &World, filter: &str, limit: usize) -> Result<Vec<String>, Error> {
    let (mut names, mut page) = (Vec::new(), PageRequest { limit, after: None });
    loop {
        let found = world.pools.list_users(&world.pool.id, filter, page).await?;
        names.extend(found.items.into_iter().map(|user| user.username.to_string()));
        let Some(next) = found.next else { break };
        page = PageRequest { limit, after: Some(next) };
    }
    names.sort_unstable();
    Ok(names)
}

#[tokio::test]
async fn filters_find_standard_attributes_states_own_attributes_and_several_at_once() {
    let world = world().await;
    make(&world, "ada", &[("given_name", "Ada \"the\" first"), ("custom:team", "red"), ("email", "ada@example.com")])
        .await;
    make(&world, "bob", &[("given_name", "Bob"), ("custom:team", "red")]).await;
    make(&world, "cy", &[("given_name", "Bobby"), ("custom:team", "reddish")]).await;
    world.pools.admin_disable_user(&world.pool.id, "cy").await.unwrap();
    let ada = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap().sub;
    let by_sub = format!("sub ^= \"{}\"", &ada.as_str()[..30]);

    for (filter, expected) in [
        ("", "ada bob cy"),
        ("given_name = \"Ada \\\"the\\\" first\"", "ada"),
        ("given_name ^= \"Bob\"", "bob cy"),
        ("given_name = \"bob\"", ""),
        ("status = \"Disabled\"", "cy"),
        ("status = \"Enabled\"", "ada bob"),
        ("status = \"enabled\"", ""),
        ("cognito:user_status = \"force_change_password\"", "ada bob cy"),
        ("cognito:user_status ^= \"Conf\"", ""),
        ("custom:team = \"red\"", "ada bob"),
        ("custom:team ^= \"red\" and given_name ^= \"Bob\"", "bob cy"),
        ("custom:team ^= \"red\" and status = \"Enabled\" and given_name = \"Bob\"", "bob"),
        ("email = \"ada@example.com\" and custom:team = \"reddish\"", ""),
        (by_sub.as_str(), "ada"),
    ] {
        for limit in [1, 2, 60] {
            assert_eq!(listed(&world, filter, limit).await.unwrap().join(" "), expected, "{filter}");
        }
    }
}

#[tokio::test]
async fn with_cognitos_defaults_an_own_attribute_cannot_be_searched() {
    let world = world().await;
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.defaults = Defaults { filter_grammar: FilterGrammar::Cognito, ..parts.defaults };
    let pools = UserPools::new(parts);

    let refused = pools.list_users(&world.pool.id, "custom:team = \"red\"", PageRequest::default()).await;

    assert_eq!(refused.unwrap_err(), Invalid::FilterAttribute("custom:team".to_owned()).into());
}

#[tokio::test]
async fn whoever_stays_unchanged_stands_on_one_page_once_whatever_comes_and_goes() {
    for seed in 1..=12_u64 {
        let world = world().await;
        let source = SeededEntropy::new(seed);
        let below = |most: usize| usize::from(entropy::bytes::<1>(&source)[0]) % most;
        for number in 0..40 {
            make(&world, &format!("stays{number}"), &[("custom:team", ["a", "ab", "b"][number % 3])]).await;
            make(&world, &format!("goes{number}"), &[("custom:team", "ab")]).await;
        }
        let filter = ["", "custom:team ^= \"a\"", "cognito:user_status ^= \"F\"", "sub ^= \"\""][below(4)];
        let limit = 1 + below(9);
        let (mut seen, mut page) = (BTreeMap::<String, usize>::new(), PageRequest { limit, after: None });
        let mut gone = 0;
        for round in 0.. {
            let found = world.pools.list_users(&world.pool.id, filter, page).await.unwrap();
            for user in found.items {
                *seen.entry(user.username.to_string()).or_default() += 1;
            }
            let Some(next) = found.next else { break };
            page = PageRequest { limit, after: Some(next) };
            make(&world, &format!("comes{round}"), &[("custom:team", "a")]).await;
            if gone < 40 {
                world.pools.admin_delete_user(&world.pool.id, &format!("goes{gone}")).await.unwrap();
                gone += 1;
            }
        }

        let expected: BTreeSet<String> = (0..40_usize)
            .filter(|number| !filter.starts_with("custom") || number % 3 < 2)
            .map(|number| format!("stays{number}"))
            .collect();
        let stayed: BTreeSet<String> = seen.keys().filter(|name| name.starts_with("stays")).cloned().collect();
        assert_eq!(stayed, expected, "{seed}: {filter}");
        assert!(seen.values().all(|times| *times == 1), "{seed}: {filter}: {seen:?}");
    }
}

#[tokio::test]
async fn a_page_takes_three_reads_however_many_users_there_are() {
    let world = world().await;
    for (users, _) in [(0..5, ""), (5..90, "")] {
        for number in users {
            make(&world, &format!("u{number}"), &[("custom:team", "red"), ("name", "x")]).await;
        }
        let store = std::sync::Arc::new(Counting::new(std::sync::Arc::clone(&world.store)));
        let mut parts = parts(&world.clock, &world.outbox, &world.store);
        parts.storage = std::sync::Arc::new(userpool_core::DocumentUserPools::new(std::sync::Arc::clone(&store)));
        let pools = UserPools::new(parts);
        for filter in ["custom:team = \"red\" and name = \"x\"", "status = \"Disabled\"", "sub ^= \"0\"", ""] {
            let before = store.reads();
            pools.list_users(&world.pool.id, filter, PageRequest { limit: 5, after: None }).await.unwrap();
            assert!(store.reads() - before <= 3, "{filter}");
        }
    }
}
