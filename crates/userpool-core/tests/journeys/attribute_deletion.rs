//! Attributes are deleted, with what hangs on an address.

use std::collections::BTreeSet;

use identity_kernel::secret::SecretString;
use userpool_core::Error;
use userpool_core::model::attributes::{AttributeSchema, AttributeType, standard};
use userpool_core::model::factors::{MfaMode, SecondFactor};
use userpool_core::model::pool::{AccountRules, Alias, Contact, SignInNames};
use userpool_core::ops::recovery::{ConfirmForgotPassword, ForgotPassword};
use userpool_core::reasons::{Invalid, Refusal};

use crate::factors::{challenged, pool_with, signed_in};
use crate::world::{PASSWORD, World, attributes, world, world_with};

fn names(list: &[&str]) -> Vec<String> {
    list.iter().map(|name| (*name).to_owned()).collect()
}

fn schema(name: &str, mutable: bool) -> AttributeSchema {
    let data_type = AttributeType::Text;
    AttributeSchema { name: name.to_owned(), data_type, mutable, required: false, min: None, max: None }
}

async fn admin_delete(world: &World, list: &[&str]) -> Result<(), Error> {
    admin_delete_of(world, "ada", list).await
}

async fn admin_delete_of(world: &World, name: &str, list: &[&str]) -> Result<(), Error> {
    world.pools.admin_delete_user_attributes(&world.pool.id, name, &names(list)).await
}

#[tokio::test]
async fn line_50_a_user_deletes_what_the_client_may_write_and_nobody_deletes_what_the_pool_requires_or_fixes() {
    let world = world_with(|pool, client| {
        let name = standard().into_iter().find(|own| own.name == "name").unwrap();
        pool.attributes = vec![schema("custom:role", true), schema("custom:badge", false)];
        pool.attributes.push(AttributeSchema { required: true, ..name });
        let writes = ["custom:badge", "email", "name", "nickname"];
        client.settings.write_attributes = Some(writes.map(str::to_owned).into());
    })
    .await;
    let given = [("email", "ada@example.com"), ("name", "Ada"), ("nickname", "countess"), ("custom:badge", "7")];
    world.sign_up_with("ada", &given).await.unwrap();
    world.confirm("ada", &world.outbox.code_for("ada").unwrap()).await.unwrap();
    world.pools.admin_update_user_attributes(&world.pool.id, "ada", attributes(&[("custom:role", "a")])).await.unwrap();
    let before = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    let token = world.tokens("ada").await.access_token;
    let own = async |list: &[&str]| world.pools.delete_user_attributes(&token, &names(list)).await.unwrap_err();

    for name in ["custom:role", "email_verified", "sub"] {
        assert_eq!(own(&["nickname", name]).await, Refusal::AttributeNotWritable.into(), "{name}");
    }
    for (name, refused) in [
        ("name", Invalid::AttributeMissing("name".to_owned())),
        ("custom:badge", Invalid::AttributeImmutable("custom:badge".to_owned())),
        ("custom:none", Invalid::AttributeUnknown("custom:none".to_owned())),
    ] {
        assert_eq!(own(&["nickname", name]).await, refused.clone().into(), "{name}");
        assert_eq!(admin_delete(&world, &["nickname", name]).await.unwrap_err(), refused.into(), "{name}");
    }
    assert_eq!(admin_delete(&world, &["sub"]).await.unwrap_err(), Refusal::AttributeNotWritable.into());
    let untouched = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    assert_eq!(untouched, before, "all or nothing");

    world.pools.delete_user_attributes(&token, &names(&["nickname", "nickname"])).await.unwrap();
    world.pools.delete_user_attributes(&token, &names(&["nickname"])).await.unwrap();
    admin_delete(&world, &["custom:role", "given_name"]).await.unwrap();
    let after = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    let gone: BTreeSet<&String> =
        before.attributes.keys().filter(|name| !after.attributes.contains_key(*name)).collect();
    assert_eq!(gone.into_iter().collect::<Vec<_>>(), ["custom:role", "nickname"]);
}

#[tokio::test]
async fn with_an_address_go_its_flag_the_name_it_was_and_the_one_that_waited() {
    let world = world_with(|pool, _| {
        pool.sign_in_names = SignInNames::UsernameOr(BTreeSet::from([Alias::Email]));
        pool.settings.account_rules = AccountRules::HARDENED;
    })
    .await;
    world.user("ada").await;
    let token = world.tokens("ada@example.com").await.access_token;
    world.pools.update_user_attributes(&token, attributes(&[("email", "new@example.com")])).await.unwrap();
    let code: SecretString = world.outbox.code_for("ada").unwrap().into();

    world.pools.delete_user_attributes(&token, &names(&["email"])).await.unwrap();

    let ada = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    assert!(!ada.attributes.contains_key("email") && !ada.attributes.contains_key("email_verified"), "{ada:?}");
    assert!(ada.pending.is_empty());
    assert!(world.password("ada@example.com", PASSWORD).await.is_err());
    world.tokens("ada").await;
    let late = world.pools.verify_user_attribute(&token, Contact::Email, &code).await;
    assert_eq!(late, Err(Error::ExpiredCode));
    let again = attributes(&[("email", "new@example.com")]);
    world.pools.admin_update_user_attributes(&world.pool.id, "ada", again).await.unwrap();
    let late = world.pools.verify_user_attribute(&token, Contact::Email, &code).await;
    assert_eq!(late, Err(Error::ExpiredCode), "the code went with the address");
    world.sign_up_with("eve", &[("email", "ada@example.com")]).await.unwrap();
    world.confirm("eve", &world.outbox.code_for("eve").unwrap()).await.unwrap();
    world.tokens("ada@example.com").await;
}

#[tokio::test]
async fn where_addresses_are_names_nobody_deletes_their_last_one_and_by_cognitos_rules_they_do() {
    for (rules, refuses) in [(AccountRules::HARDENED, true), (AccountRules::COGNITO, false)] {
        let world = world_with(|pool, _| {
            pool.sign_in_names = SignInNames::Address(BTreeSet::from([Contact::Email, Contact::PhoneNumber]));
            pool.settings.account_rules = rules;
        })
        .await;
        let phone = ("phone_number", "+14155550123");
        let sub = world.sign_up_with("ada@example.com", &[phone]).await.unwrap().sub;
        world.confirm("ada@example.com", &world.outbox.code_for(sub.as_str()).unwrap()).await.unwrap();
        let token = world.tokens("ada@example.com").await.access_token;
        let delete = async |list: &[&str]| world.pools.delete_user_attributes(&token, &names(list)).await;
        let missing = || Error::from(Invalid::AttributeMissing("email".to_owned()));

        assert_eq!(delete(&["phone_number", "email"]).await.err(), refuses.then(missing));
        if refuses {
            delete(&["phone_number"]).await.unwrap();
            assert_eq!(delete(&["email"]).await.unwrap_err(), missing());
            let by_update = world.pools.update_user_attributes(&token, attributes(&[("email", "")])).await;
            assert_eq!(by_update.unwrap_err(), missing());
            world.tokens("ada@example.com").await;
        }
        admin_delete_of(&world, sub.as_str(), &["email"]).await.unwrap();
    }
}

#[tokio::test]
async fn a_code_to_set_a_new_password_dies_with_the_address_that_it_went_to() {
    for removal in [None, Some("mallory@example.com")] {
        let world = world().await;
        world.user("ada").await;
        let request = ForgotPassword { client: world.client.id.clone(), secret_hash: None, username: "ada".to_owned() };
        world.pools.forgot_password(request).await.unwrap();
        let code = world.outbox.code_for("ada").unwrap();

        match removal {
            None => admin_delete(&world, &["email"]).await.unwrap(),
            Some(other) => {
                let given = attributes(&[("email", other), ("email_verified", "true")]);
                world.pools.admin_update_user_attributes(&world.pool.id, "ada", given).await.unwrap();
            }
        }

        let reset = ConfirmForgotPassword {
            client: world.client.id.clone(),
            secret_hash: None,
            username: "ada".to_owned(),
            code: code.into(),
            password: "An0ther!horse-battery".into(),
        };
        assert!(world.pools.confirm_forgot_password(reset).await.is_err(), "{removal:?}");
        world.tokens("ada").await;
    }
}

#[tokio::test]
async fn line_62_a_second_factor_goes_with_its_address_and_a_stale_or_weak_sign_in_deletes_neither() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::Email]).await;
    world.user("ada").await;
    let weak = world.tokens("ada").await.access_token;
    world.prefer("ada", SecondFactor::Email, true).await;
    let asked = challenged(world.password("ada", PASSWORD).await);
    let code = world.code("ada");
    let strong = signed_in(world.sent_code("ada", &asked.session, Contact::Email, &code).await).access_token;
    let delete = async |token: &SecretString| world.pools.delete_user_attributes(token, &names(&["email"])).await;
    let needed: Error = Refusal::FreshSignInNeeded.into();

    assert_eq!(delete(&weak).await.unwrap_err(), needed);
    let by_update = world.pools.update_user_attributes(&weak, attributes(&[("email", "")])).await;
    assert_eq!(by_update.unwrap_err(), needed, "nor by the other operation");
    challenged(world.password("ada", PASSWORD).await);
    delete(&strong).await.unwrap();

    let (_, second) = world.pools.admin_get_user_with_factors(&world.pool.id, "ada").await.unwrap();
    assert!(second.active.is_empty() && second.preferred.is_none(), "{second:?}");
    world.tokens("ada").await;
    let given = attributes(&[("email", "ada@example.com"), ("email_verified", "true")]);
    world.pools.admin_update_user_attributes(&world.pool.id, "ada", given).await.unwrap();
    world.tokens("ada").await;
}

#[tokio::test]
async fn an_administrator_takes_an_address_with_the_second_factor_by_it_and_leaves_the_others() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::Email, SecondFactor::SoftwareToken]).await;
    world.user_with_app("ada").await;
    world.prefer("ada", SecondFactor::Email, true).await;

    admin_delete(&world, &["email"]).await.unwrap();

    let (_, second) = world.pools.admin_get_user_with_factors(&world.pool.id, "ada").await.unwrap();
    assert_eq!(second.active, BTreeSet::from([SecondFactor::SoftwareToken]));
    assert_eq!(challenged(world.password("ada", PASSWORD).await).name, "SOFTWARE_TOKEN_MFA");
}
