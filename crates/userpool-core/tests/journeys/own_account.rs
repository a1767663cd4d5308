//! Users manage their own accounts, and administrators confirm them.

use document_store::page::PageRequest;
use userpool_core::Error;
use userpool_core::ops::sign_up::ConfirmSignUp;

use crate::world::{attributes, world, world_with};

#[tokio::test]
async fn a_user_writes_and_removes_attributes_and_in_the_end_the_account() {
    let world = world().await;
    world.user("ada").await;
    let token = world.tokens("ada").await.access_token;
    let write = |name: &str, value: &str| world.pools.update_user_attributes(&token, attributes(&[(name, value)]));
    let read = async |name: &str| world.pools.get_user(&token).await.unwrap().attributes.get(name).cloned();

    write("given_name", "Ada").await.unwrap();
    assert_eq!(read("given_name").await.as_deref(), Some("Ada"));
    write("given_name", "").await.unwrap();
    assert_eq!(read("given_name").await, None);
    assert!(matches!(write("email_verified", "true").await, Err(Error::NotAuthorized(_))), "line 50");

    world.pools.delete_user(&token).await.unwrap();
    assert!(world.pools.get_user(&token).await.is_err());
    let page = PageRequest { limit: 10, after: None };
    assert!(world.pools.list_users(&world.pool.id, "", page).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn an_administrator_confirms_a_sign_up_once_and_proves_no_address() {
    let world = world().await;
    world.sign_up("ada").await.unwrap();

    world.pools.admin_confirm_sign_up(&world.pool.id, "ada").await.unwrap();

    world.tokens("ada").await;
    let ada = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    assert_ne!(ada.attributes.get("email_verified").map(String::as_str), Some("true"));
    let again = world.pools.admin_confirm_sign_up(&world.pool.id, "ada").await;
    assert!(matches!(again, Err(Error::NotAuthorized(_))), "{again:?}");
}

#[tokio::test]
async fn line_46_whoever_proves_an_address_may_take_it_from_another_if_they_say_so() {
    use std::collections::BTreeSet;
    use userpool_core::model::pool::{Alias, SignInNames};

    let world =
        world_with(|pool, _| pool.sign_in_names = SignInNames::UsernameOr(BTreeSet::from([Alias::Email]))).await;
    let email = [("email", "same@example.com")];
    for name in ["ada", "eve"] {
        world.sign_up_with(name, &email).await.unwrap();
    }
    world.confirm("ada", &world.outbox.code_for("ada").unwrap()).await.unwrap();

    let request = ConfirmSignUp {
        client: world.client.id.clone(),
        secret_hash: None,
        username: "eve".to_owned(),
        code: world.outbox.code_for("eve").unwrap().into(),
        force_alias: true,
        session: None,
    };
    world.pools.confirm_sign_up(request).await.unwrap();

    let found = world.pools.admin_get_user(&world.pool.id, "same@example.com").await.unwrap();
    assert_eq!(found.username.as_str(), "eve");
    let ada = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    assert_eq!(ada.attributes.get("email_verified").map(String::as_str), Some("false"));
    world.tokens("ada").await;
}
