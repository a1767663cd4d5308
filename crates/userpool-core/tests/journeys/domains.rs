//! Domains of pools.

use userpool_core::model::domain::{OwnDomain, PoolDomain};
use userpool_core::model::ids::UserPoolId;
use userpool_core::ops::domains::DomainSpec;
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::reasons::Invalid;
use userpool_core::{Error, Kind};

use crate::world::{World, world};

fn own() -> OwnDomain {
    OwnDomain { certificate_arn: "arn".to_owned(), security_policy: None }
}

fn spec(pool: &UserPoolId, name: &str) -> DomainSpec {
    let own = name.contains('.').then(own);
    DomainSpec { pool: pool.clone(), name: name.parse().unwrap(), own, managed_login_version: None }
}

async fn described(world: &World, name: &str) -> Option<PoolDomain> {
    world.pools.describe_user_pool_domain(&name.parse().unwrap()).await.unwrap()
}

async fn another_pool(world: &World) -> UserPoolId {
    let request = CreateUserPool::named("others", &world.pools);
    world.pools.create_user_pool(request).await.unwrap().id
}

#[tokio::test]
async fn a_domain_is_made_once_in_all_pools_changed_and_free_again() {
    let world = world().await;
    let (pool, other) = (world.pool.id.clone(), another_pool(&world).await);
    let made = world.pools.create_user_pool_domain(spec(&pool, "people")).await.unwrap();
    assert_eq!(described(&world, "people").await, Some(made.clone()));

    let taken = world.pools.create_user_pool_domain(spec(&other, "people")).await;
    assert_eq!(taken.unwrap_err(), Invalid::DomainTaken.into());
    let second = world.pools.create_user_pool_domain(spec(&pool, "more")).await;
    assert_eq!(second.unwrap_err(), Invalid::DomainThere.into());
    world.pools.create_user_pool_domain(spec(&pool, "login.example.com")).await.unwrap();
    let names: Vec<String> =
        world.pools.domains_of(&pool).await.unwrap().iter().map(|domain| domain.name.to_string()).collect();
    assert_eq!(names, ["login.example.com", "people"]);

    let newer = DomainSpec { managed_login_version: Some(2), ..spec(&pool, "login.example.com") };
    let changed = world.pools.update_user_pool_domain(newer).await.unwrap();
    assert_eq!((changed.managed_login_version, changed.own), (2, Some(own())));
    let foreign = world.pools.delete_user_pool_domain(&other, &made.name).await;
    assert_eq!(foreign, Err(Error::NotFound(Kind::Domain(made.name.clone()))));
    world.pools.delete_user_pool_domain(&pool, &made.name).await.unwrap();
    assert_eq!(described(&world, "people").await, None);
    world.pools.create_user_pool_domain(spec(&other, "people")).await.unwrap();
}

#[tokio::test]
async fn a_prefix_is_one_label_and_a_domain_of_ones_own_has_a_certificate() {
    let world = world().await;
    let refused = Err(Error::from(Invalid::DomainForm));
    let with = DomainSpec { own: Some(own()), ..spec(&world.pool.id, "people") };
    let without = DomainSpec { own: None, ..spec(&world.pool.id, "login.example.com") };
    let third = DomainSpec { managed_login_version: Some(3), ..spec(&world.pool.id, "people") };

    assert_eq!(world.pools.create_user_pool_domain(with).await, refused);
    assert_eq!(world.pools.create_user_pool_domain(without).await, refused);
    let refused = Err(Error::from(Invalid::ManagedLoginVersion));
    assert_eq!(world.pools.create_user_pool_domain(third).await, refused);
}

#[tokio::test]
async fn a_pool_goes_only_after_its_domains() {
    let world = world().await;
    let made = world.pools.create_user_pool_domain(spec(&world.pool.id, "people")).await.unwrap();

    assert_eq!(world.pools.delete_user_pool(&world.pool.id).await, Err(Invalid::PoolHasDomain.into()));
    world.pools.delete_user_pool_domain(&world.pool.id, &made.name).await.unwrap();
    world.pools.delete_user_pool(&world.pool.id).await.unwrap();
}
