//! Attributes that are removed, and addresses that change: the old one counts until the new one is proved.

use std::collections::BTreeSet;

use identity_kernel::secret::SecretString;
use userpool_core::Error;
use userpool_core::model::attributes::{AttributeSchema, AttributeType, ValueProblem};
use userpool_core::model::client::UnlistedAttributes;
use userpool_core::model::pool::{AccountRules, Alias, Contact, SignInNames};
use userpool_core::reasons::{Invalid, Refusal};

use crate::world::{PASSWORD, World, attributes, world_with};

const OLD: &str = "ada@example.com";
const NEW: &str = "new@example.com";

async fn with_email_names(rules: AccountRules) -> World {
    world_with(|pool, _| {
        pool.sign_in_names = SignInNames::Address(BTreeSet::from([Contact::Email]));
        pool.settings.account_rules = rules;
    })
    .await
}

async fn signed_in(world: &World, name: &str) -> SecretString {
    let sub = world.sign_up_with(name, &[]).await.unwrap().sub;
    world.confirm(name, &world.outbox.code_for(sub.as_str()).unwrap()).await.unwrap();
    world.tokens(name).await.access_token
}

async fn code(world: &World, token: &SecretString) -> SecretString {
    let name = world.pools.get_user(token).await.unwrap().username;
    world.outbox.code_for(name.as_str()).unwrap().into()
}

fn custom(name: &str, mutable: bool) -> AttributeSchema {
    let data_type = AttributeType::Text;
    AttributeSchema { name: name.to_owned(), data_type, mutable, required: false, min: None, max: None }
}

#[tokio::test]
async fn line_50_who_may_not_write_an_attribute_does_not_remove_it_and_nobody_removes_a_required_one() {
    let world = world_with(|pool, client| {
        pool.attributes = vec![custom("custom:role", true)];
        let email = userpool_core::model::attributes::standard().into_iter().find(|own| own.name == "email").unwrap();
        pool.attributes.push(AttributeSchema { required: true, ..email });
        client.settings.write_attributes = Some(BTreeSet::from(["email".to_owned(), "nickname".to_owned()]));
    })
    .await;
    world.user("ada").await;
    let restricted = attributes(&[("custom:role", "limited"), ("email_verified", "true")]);
    world.pools.admin_update_user_attributes(&world.pool.id, "ada", restricted).await.unwrap();
    let token = world.tokens("ada").await.access_token;
    let remove = |name: &str| world.pools.update_user_attributes(&token, attributes(&[(name, "")]));

    for name in ["custom:role", "email_verified", "sub"] {
        assert_eq!(remove(name).await.unwrap_err(), Refusal::AttributeNotWritable.into(), "{name}");
    }
    assert_eq!(remove("email").await.unwrap_err(), Invalid::AttributeMissing("email".to_owned()).into());
    assert_eq!(remove("no such").await.unwrap_err(), Invalid::AttributeUnknown("no such".to_owned()).into());
    remove("nickname").await.unwrap();

    let ada = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    assert_eq!(ada.attributes["custom:role"], "limited");
    assert_eq!(ada.attributes["email_verified"], "true");
}

#[tokio::test]
async fn where_nobody_lists_attributes_a_client_has_the_standard_ones_or_as_its_settings_say_all() {
    for (unlisted, has) in [(UnlistedAttributes::Standard, false), (UnlistedAttributes::All, true)] {
        let world = world_with(|pool, client| {
            pool.attributes = vec![custom("custom:team", true)];
            client.settings.unlisted_attributes = unlisted;
        })
        .await;
        world.user("ada").await;
        let token = world.tokens("ada").await.access_token;
        let write = |name: &str| world.pools.update_user_attributes(&token, attributes(&[(name, "a")]));

        write("nickname").await.unwrap();
        assert_eq!(write("custom:team").await.is_ok(), has, "{unlisted:?}");
        assert_eq!(write("email_verified").await.unwrap_err(), Refusal::AttributeNotWritable.into(), "{unlisted:?}");
        let given = attributes(&[("custom:team", "b")]);
        world.pools.admin_update_user_attributes(&world.pool.id, "ada", given).await.unwrap();
        let seen = world.pools.get_user(&token).await.unwrap().attributes;
        assert_eq!((seen.contains_key("custom:team"), seen.contains_key("nickname")), (has, true), "{unlisted:?}");
    }
}

#[tokio::test]
async fn line_50_what_cannot_be_changed_is_not_set_later_either() {
    let world = world_with(|pool, client| {
        pool.attributes = vec![custom("custom:badge", false)];
        client.settings.write_attributes = Some(BTreeSet::from(["custom:badge".to_owned(), "email".to_owned()]));
    })
    .await;
    world.user("ada").await;
    world.sign_up_with("eve", &[("email", "eve@example.com"), ("custom:badge", "7")]).await.unwrap();
    let token = world.tokens("ada").await.access_token;
    let fixed: Error = Invalid::AttributeImmutable("custom:badge".to_owned()).into();

    for value in ["7", ""] {
        let given = attributes(&[("custom:badge", value)]);
        assert_eq!(world.pools.update_user_attributes(&token, given.clone()).await.unwrap_err(), fixed);
        let by_administrator = world.pools.admin_update_user_attributes(&world.pool.id, "eve", given).await;
        assert_eq!(by_administrator.unwrap_err(), fixed);
    }
}

#[tokio::test]
async fn line_46_a_new_address_counts_once_it_is_proved_and_the_old_one_until_then() {
    let world = with_email_names(AccountRules::HARDENED).await;
    let token = signed_in(&world, OLD).await;

    let sent = world.pools.update_user_attributes(&token, attributes(&[("email", NEW)])).await.unwrap();

    assert_eq!(sent.first().unwrap().destination, "n***@e***");
    assert_eq!(world.pools.get_user(&token).await.unwrap().attributes["email"], OLD);
    world.tokens(OLD).await;
    assert!(world.password(NEW, PASSWORD).await.is_err());
    let code = code(&world, &token).await;
    world.pools.verify_user_attribute(&token, Contact::Email, &code).await.unwrap();
    let ada = world.pools.get_user(&token).await.unwrap();
    assert_eq!((ada.attributes["email"].as_str(), ada.attributes["email_verified"].as_str()), (NEW, "true"));
    world.tokens(NEW).await;
    assert!(world.password(OLD, PASSWORD).await.is_err());
    let again = world.pools.verify_user_attribute(&token, Contact::Email, &code).await;
    assert_eq!(again, Err(Error::ExpiredCode), "a code is spent");
}

#[tokio::test]
async fn line_46_an_address_that_waits_keeps_its_owner_from_nothing() {
    let world = with_email_names(AccountRules::HARDENED).await;
    let token = signed_in(&world, OLD).await;
    world.pools.update_user_attributes(&token, attributes(&[("email", NEW)])).await.unwrap();
    let stolen = code(&world, &token).await;

    signed_in(&world, NEW).await;

    let late = world.pools.verify_user_attribute(&token, Contact::Email, &stolen).await;
    assert!(matches!(late, Err(Error::AliasExists(_))), "{late:?}");
    world.tokens(OLD).await;
}

#[tokio::test]
async fn a_code_proves_the_address_it_was_sent_to_and_no_later_one() {
    let world = with_email_names(AccountRules::HARDENED).await;
    let token = signed_in(&world, OLD).await;
    world.pools.update_user_attributes(&token, attributes(&[("email", NEW)])).await.unwrap();
    let first = code(&world, &token).await;
    let ada = world.pools.get_user(&token).await.unwrap().username.to_string();
    let by_administrator = attributes(&[("email", "third@example.com")]);
    world.pools.admin_update_user_attributes(&world.pool.id, &ada, by_administrator).await.unwrap();

    let verified = world.pools.verify_user_attribute(&token, Contact::Email, &first).await;

    assert_eq!(verified, Err(Error::ExpiredCode));
    assert_eq!(world.pools.get_user(&token).await.unwrap().attributes["email"], "third@example.com");
}

#[tokio::test]
async fn by_cognitos_rules_a_new_address_counts_at_once_and_is_proved_by_a_code_all_the_same() {
    let world = with_email_names(AccountRules::COGNITO).await;
    let token = signed_in(&world, OLD).await;

    world.pools.update_user_attributes(&token, attributes(&[("email", NEW)])).await.unwrap();

    let ada = world.pools.get_user(&token).await.unwrap();
    assert_eq!((ada.attributes["email"].as_str(), ada.attributes["email_verified"].as_str()), (NEW, "false"));
    let sent = world.pools.get_user_attribute_verification_code(&token, Contact::Email).await.unwrap();
    assert_eq!(sent.destination, "n***@e***");
    let code = code(&world, &token).await;
    world.pools.verify_user_attribute(&token, Contact::Email, &code).await.unwrap();
    assert_eq!(world.pools.get_user(&token).await.unwrap().attributes["email_verified"], "true");
    let none = world.pools.get_user_attribute_verification_code(&token, Contact::PhoneNumber).await;
    assert_eq!(none.unwrap_err(), Invalid::NoAddress.into());
}

#[tokio::test]
async fn line_43_codes_for_a_changed_address_are_guessed_on_the_same_budget() {
    let world = with_email_names(AccountRules::HARDENED).await;
    let token = signed_in(&world, OLD).await;
    world.pools.update_user_attributes(&token, attributes(&[("email", NEW)])).await.unwrap();
    let guess = || async { world.pools.verify_user_attribute(&token, Contact::Email, &"no code".into()).await };

    for _ in 0..5 {
        assert_eq!(guess().await, Err(Error::CodeMismatch));
    }
    assert!(matches!(guess().await, Err(Error::LimitExceeded { .. })));
}

#[tokio::test]
async fn line_46_a_preferred_username_that_signs_in_looks_like_no_address() {
    let aliases = BTreeSet::from([Alias::PreferredUsername]);
    let world = world_with(|pool, _| pool.sign_in_names = SignInNames::UsernameOr(aliases)).await;
    world.user("ada").await;
    let token = world.tokens("ada").await.access_token;

    for name in ["boss@corp.example", "+14155550199", "00000000-0000-4000-8000-000000000001"] {
        let refused = world.pools.update_user_attributes(&token, attributes(&[("preferred_username", name)])).await;
        let problem = ValueProblem::LooksLikeAnotherName;
        assert_eq!(refused.unwrap_err(), Invalid::AttributeValue("preferred_username".to_owned(), problem).into());
    }
    world.pools.update_user_attributes(&token, attributes(&[("preferred_username", "boss")])).await.unwrap();
    world.tokens("boss").await;
}

#[tokio::test]
async fn line_50_an_address_that_the_schema_fixes_is_not_changed_by_proving_another() {
    let world = world_with(|pool, _| {
        let email = userpool_core::model::attributes::standard().into_iter().find(|own| own.name == "email").unwrap();
        pool.attributes = vec![AttributeSchema { mutable: false, ..email }];
        pool.settings.account_rules = AccountRules::HARDENED;
    })
    .await;
    world.user("ada").await;
    let token = world.tokens("ada").await.access_token;
    let sent = world.outbox.to("ada").len();

    let changed = world.pools.update_user_attributes(&token, attributes(&[("email", NEW)])).await;

    assert_eq!(changed.unwrap_err(), Invalid::AttributeImmutable("email".to_owned()).into());
    let ada = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    assert_eq!((ada.attributes["email"].as_str(), ada.pending.len()), (OLD, 0));
    assert_eq!(world.outbox.to("ada").len(), sent, "nobody is asked to prove it");
}

#[tokio::test]
async fn an_address_that_stays_or_goes_is_sent_no_code() {
    let world = world_with(|pool, _| pool.settings.account_rules = AccountRules::HARDENED).await;
    world.user("ada").await;
    let token = world.tokens("ada").await.access_token;

    let same = world.pools.update_user_attributes(&token, attributes(&[("email", OLD)])).await.unwrap();
    assert_eq!(same, []);
    let ada = world.pools.get_user(&token).await.unwrap();
    assert_eq!((ada.attributes["email"].as_str(), ada.attributes["email_verified"].as_str()), (OLD, "true"));
    let gone = world.pools.update_user_attributes(&token, attributes(&[("email", "")])).await.unwrap();

    assert_eq!(gone, []);
    let ada = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    assert!(ada.pending.is_empty() && !ada.attributes.contains_key("email_verified"));
}
