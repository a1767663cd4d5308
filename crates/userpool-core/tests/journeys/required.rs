//! Which attributes a pool requires, changed later.

use std::collections::BTreeMap;

use userpool_core::ops::required::Requirement;
use userpool_core::{Error, Invalid};

use crate::world::{World, attributes, world_with};

async fn set(world: &World, name: &str, requirement: Requirement) -> Result<(), Error> {
    let changes = BTreeMap::from([(name.to_owned(), requirement)]);
    world.pools.set_required_attributes(&world.pool.id, &changes).await.map(drop)
}

#[tokio::test]
async fn a_requirement_holds_for_new_users_and_whoever_lacks_it_goes_on_and_it_is_taken_back() {
    let world = world_with(|_, _| {}).await;
    world.user("ada").await;
    world.sign_up_with("eve", &[("email", "eve@example.com"), ("name", "Eve")]).await.unwrap();
    world.confirm("eve", &world.outbox.code_for("eve").unwrap()).await.unwrap();
    let names = ["name".to_owned(), "email".to_owned()];
    let plan = world.pools.plan_required_attributes(&world.pool.id, &names).await.unwrap();
    assert_eq!((plan.users, plan.lacking["name"], plan.lacking["email"]), (2, 1, 0));
    world.sign_up("early").await.unwrap();

    set(&world, "name", Requirement::Required).await.unwrap();

    let missing: Error = Invalid::AttributeMissing("name".to_owned()).into();
    assert_eq!(world.sign_up("late").await.unwrap_err(), missing);
    let (ada, eve) = (world.tokens("ada").await.access_token, world.tokens("eve").await.access_token);
    let write =
        async |token, name, value| world.pools.update_user_attributes(token, attributes(&[(name, value)])).await;
    write(&ada, "nickname", "countess").await.unwrap();
    assert_eq!(write(&eve, "name", "").await.unwrap_err(), missing);
    world.sign_up_with("mona", &[("email", "mona@example.com"), ("name", "Mona")]).await.unwrap();

    set(&world, "name", Requirement::Optional).await.unwrap();
    write(&eve, "name", "").await.unwrap();
    world.sign_up("late").await.unwrap();
}

#[tokio::test]
async fn what_nobody_writes_and_what_is_the_pools_own_is_not_required() {
    let world = world_with(|_, _| {}).await;

    for name in ["sub", "email_verified", "phone_number_verified", "no such"] {
        let unknown: Error = Invalid::AttributeUnknown(name.to_owned()).into();
        assert_eq!(set(&world, name, Requirement::Required).await.unwrap_err(), unknown);
        let plan = world.pools.plan_required_attributes(&world.pool.id, &[name.to_owned()]).await;
        assert_eq!(plan.unwrap_err(), unknown);
    }
    let own = set(&world, "custom:team", Requirement::Required).await;
    assert_eq!(own.unwrap_err(), Invalid::CustomAttributeRequired.into());
}
