//! Resource servers, and the scopes that clients may be allowed.

use std::sync::Arc;

use document_store::page::PageRequest;
use storage_conformance::Yielding;
use userpool_core::model::client::ClientSettings;
use userpool_core::model::oauth::OAuthSettings;
use userpool_core::model::resource_server::{MOST_RESOURCE_SERVERS, ResourceScope, ResourceServer};
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::ops::resource_servers::ResourceServerSpec;
use userpool_core::reasons::{Invalid, Quota};
use userpool_core::{Error, Kind};

use crate::imports::over;
use crate::world::{World, world};

fn scope(name: &str) -> ResourceScope {
    ResourceScope { name: name.parse().unwrap(), description: format!("may {name}") }
}

fn spec(world: &World, id: &str, scopes: &[&str]) -> ResourceServerSpec {
    let scopes = scopes.iter().map(|name| scope(name)).collect();
    ResourceServerSpec { pool: world.pool.id.clone(), id: id.parse().unwrap(), name: "Orders".to_owned(), scopes }
}

async fn listed(world: &World) -> Vec<ResourceServer> {
    world.pools.list_resource_servers(&world.pool.id, PageRequest::default()).await.unwrap().items
}

fn settings(world: &World, scopes: &[&str]) -> ClientSettings {
    let scopes = scopes.iter().map(|scope| scope.parse().unwrap()).collect();
    ClientSettings { oauth: OAuthSettings { scopes, ..OAuthSettings::default() }, ..world.client.settings.clone() }
}

async fn allow(world: &World, scopes: &[&str]) -> Result<Vec<String>, Error> {
    let settings = settings(world, scopes);
    let changed = world.pools.update_user_pool_client(&world.pool.id, &world.client.id, settings).await?;
    Ok(changed.client.settings.oauth.scopes.iter().map(ToString::to_string).collect())
}

#[tokio::test]
async fn a_resource_server_is_made_once_seen_replaced_as_a_whole_and_removed() {
    let world = world().await;
    let made = world.pools.create_resource_server(spec(&world, "orders", &["read", "write"])).await.unwrap();
    let id = made.id.clone();
    let again = world.pools.create_resource_server(spec(&world, "orders", &[])).await.unwrap_err();
    assert_eq!(again, Invalid::ResourceServerExists(id.clone(), world.pool.id.clone()).into());
    assert_eq!(listed(&world).await, std::slice::from_ref(&made));

    let replaced = world.pools.update_resource_server(spec(&world, "orders", &[])).await.unwrap();
    assert!(replaced.scopes.is_empty(), "what is not said is not kept");
    assert_eq!(world.pools.describe_resource_server(&world.pool.id, &id).await.unwrap(), replaced);

    world.pools.delete_resource_server(&world.pool.id, &id).await.unwrap();
    let gone = Error::NotFound(Kind::ResourceServer(id.clone()));
    assert_eq!(world.pools.describe_resource_server(&world.pool.id, &id).await.unwrap_err(), gone);
    assert_eq!(world.pools.update_resource_server(spec(&world, "orders", &[])).await.unwrap_err(), gone);
    assert_eq!(world.pools.delete_resource_server(&world.pool.id, &id).await.unwrap_err(), gone);
}

#[tokio::test]
async fn a_resource_server_has_a_hundred_scopes_at_most_each_once_and_texts_for_people_that_fit() {
    let world = world().await;
    let names: Vec<String> = (0..101).map(|number| format!("s{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let make = |spec| world.pools.create_resource_server(spec);

    assert_eq!(make(spec(&world, "many", &names)).await.unwrap_err(), Invalid::TooManyScopes.into());
    let twice = make(spec(&world, "twice", &["a", "b", "a"])).await.unwrap_err();
    assert_eq!(twice, Invalid::ScopeTwice("a".parse().unwrap()).into());
    for text in [String::new(), "x".repeat(257)] {
        let named = ResourceServerSpec { name: text.clone(), ..spec(&world, "named", &[]) };
        assert_eq!(make(named).await.unwrap_err(), Invalid::ResourceServerText.into());
        let mut described = spec(&world, "described", &["a"]);
        described.scopes[0].description = text;
        assert_eq!(make(described).await.unwrap_err(), Invalid::ResourceServerText.into());
    }
    assert!(listed(&world).await.is_empty());
    make(spec(&world, "just", &names[..100])).await.unwrap();
}

#[tokio::test]
async fn a_pool_has_twenty_five_resource_servers_also_when_two_are_made_at_once() {
    let world = world().await;
    for number in 1..MOST_RESOURCE_SERVERS {
        world.pools.create_resource_server(spec(&world, &format!("r{number}"), &[])).await.unwrap();
    }
    let racing = over(&world, Arc::new(Yielding(Arc::clone(&world.store))));
    let (one, two) = tokio::join!(
        racing.create_resource_server(spec(&world, "one", &[])),
        racing.create_resource_server(spec(&world, "two", &[])),
    );

    let refused = one.err().or(two.err()).unwrap();
    assert_eq!(refused, Quota::ResourceServers.into());
    assert_eq!(listed(&world).await.len(), MOST_RESOURCE_SERVERS);
}

#[tokio::test]
async fn a_client_is_allowed_the_scopes_of_every_pool_and_those_of_its_pools_resource_servers_alone() {
    let world = world().await;
    world.pools.create_resource_server(spec(&world, "https://api.example/v1", &["read"])).await.unwrap();
    let other = Box::pin(world.pools.create_user_pool(CreateUserPool::named("other", &world.pools))).await.unwrap();
    let foreign = ResourceServerSpec { pool: other.id.clone(), ..spec(&world, "foreign", &["read"]) };
    world.pools.create_resource_server(foreign).await.unwrap();

    let given = ["profile", "https://api.example/v1/read", "openid", "aws.cognito.signin.user.admin"];
    assert_eq!(allow(&world, &given).await.unwrap(), given, "in their order");
    for unknown in
        ["Cognito", "https://api.example/v1/write", "https://api.example/read", "foreign/read", "orders/", "/"]
    {
        let refused = allow(&world, &["openid", unknown]).await.unwrap_err();
        assert_eq!(refused, Error::ScopeDoesNotExist(unknown.parse().unwrap()), "{unknown}");
        let (pool, settings) = (world.pool.id.clone(), settings(&world, &[unknown]));
        let made = world.pools.create_user_pool_client(CreateClient { pool, settings, with_secret: false }).await;
        assert_eq!(made.unwrap_err(), Error::ScopeDoesNotExist(unknown.parse().unwrap()), "{unknown}");
    }
    let many: Vec<String> = (0..51).map(|number| format!("s{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(allow(&world, &many).await.unwrap_err(), Invalid::TooManyScopes.into());
}

#[tokio::test]
async fn a_client_keeps_a_scope_that_has_gone_and_is_not_given_it_anew() {
    let world = world().await;
    world.pools.create_resource_server(spec(&world, "orders", &["read"])).await.unwrap();
    allow(&world, &["orders/read"]).await.unwrap();

    world.pools.delete_resource_server(&world.pool.id, &"orders".parse().unwrap()).await.unwrap();

    let kept = world.pools.describe_user_pool_client(&world.pool.id, &world.client.id).await.unwrap().client;
    assert_eq!(kept.settings.oauth.scopes, ["orders/read".parse().unwrap()]);
    assert!(allow(&world, &["orders/read"]).await.is_err());
}
