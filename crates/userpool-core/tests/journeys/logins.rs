//! Logins at outside providers that lead to users of the pool.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;
use storage_conformance::Yielding;
use userpool_core::model::identity_provider::ProviderKind;
use userpool_core::model::login::{BY_SUBJECT, LoginKey, MOST_LOGINS};
use userpool_core::model::user::{User, UserStatus};
use userpool_core::ops::identity_providers::{NewProvider, ProviderChange};
use userpool_core::ops::logins::LinkTo;
use userpool_core::ops::users::PasswordLifetime;
use userpool_core::reasons::{Invalid, Quota};
use userpool_core::{DocumentUserPools, Error, Kind, Refusal, UserPoolStorage};

use crate::custom_auth::{custom, riddled, solved};
use crate::imports::over;
use crate::world::{PASSWORD, World, world};

fn map(members: &[(&str, &str)]) -> BTreeMap<String, String> {
    members.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

async fn world_with_providers() -> World {
    with_providers(world().await).await
}

/// The world with Google and a provider of OpenID Connect, whose `mail`, `verified` and `given` become attributes.
pub(crate) async fn with_providers(world: World) -> World {
    let client = [("client_id", "app"), ("client_secret", "hidden")];
    for (name, kind) in [("Corporate", ProviderKind::Oidc), ("Google", ProviderKind::Google)] {
        let mut details = map(&client);
        if kind == ProviderKind::Oidc {
            details.insert("oidc_issuer".to_owned(), "https://op.example".to_owned());
        }
        let mapping = Some(map(&[("email", "mail"), ("email_verified", "verified"), ("given_name", "given")]));
        let said = ProviderChange { details: Some(details), mapping, ..ProviderChange::default() };
        let new = NewProvider { pool: world.pool.id.clone(), name: name.parse().unwrap(), kind, said };
        world.pools.create_identity_provider(new).await.unwrap();
    }
    crate::identity_providers::list(&world, &["COGNITO", "Corporate", "Google"]).await.unwrap();
    world
}

fn corporate(value: &str) -> LoginKey {
    LoginKey::subject("Corporate".parse().unwrap(), value)
}

fn named(name: &str) -> LinkTo {
    LinkTo::User(name.to_owned())
}

async fn link(world: &World, to: &LinkTo, login: LoginKey) -> Result<User, Error> {
    world.pools.admin_link_provider_for_user(&world.pool.id, to, login).await
}

#[tokio::test]
async fn a_login_is_linked_to_one_user_and_told_in_the_attribute_identities() {
    let world = world_with_providers().await;
    world.user("ada").await;
    world.user("eve").await;

    let ada = link(&world, &named("ada"), corporate("1")).await.unwrap();

    let told: serde_json::Value = serde_json::from_str(&ada.shown_attributes()["identities"]).unwrap();
    assert_eq!(
        (&told[0]["userId"], &told[0]["providerName"], &told[0]["providerType"], &told[0]["issuer"]),
        (&json!("1"), &json!("Corporate"), &json!("OIDC"), &json!("https://op.example"))
    );
    assert_eq!(told[0]["primary"], json!(false));
    assert_eq!(link(&world, &named("ada"), corporate("1")).await.unwrap_err(), Invalid::LoginLinked.into());
    assert_eq!(link(&world, &named("eve"), corporate("1")).await.unwrap_err(), Invalid::LoginOfAnother.into());
    let by_login = link(&world, &LinkTo::Login(corporate("1")), corporate("2")).await.unwrap();
    assert_eq!((by_login.sub, by_login.logins.len()), (ada.sub, 2));
}

#[tokio::test]
async fn a_login_leads_to_one_user_also_when_two_are_linked_at_once() {
    let world = world_with_providers().await;
    world.user("ada").await;
    world.user("eve").await;
    let racing = over(&world, Arc::new(Yielding(Arc::clone(&world.store))));
    let (ada, eve) = (named("ada"), named("eve"));

    let (one, two) = tokio::join!(
        racing.admin_link_provider_for_user(&world.pool.id, &ada, corporate("1")),
        racing.admin_link_provider_for_user(&world.pool.id, &eve, corporate("1")),
    );

    let refused = one.err().or(two.err()).expect("a login leads to one user");
    assert_eq!(refused, Invalid::LoginOfAnother.into());
}

#[tokio::test]
async fn five_logins_are_linked_to_a_user_at_most() {
    let world = world_with_providers().await;
    world.user("ada").await;
    for number in 0..MOST_LOGINS {
        link(&world, &named("ada"), corporate(&number.to_string())).await.unwrap();
    }

    assert_eq!(link(&world, &named("ada"), corporate("one more")).await.unwrap_err(), Quota::Logins.into());
}

#[tokio::test]
async fn what_is_linked_is_known_by_its_subject_or_by_an_attribute_that_the_provider_fills() {
    let world = world_with_providers().await;
    world.user("ada").await;
    let by = |provider: &str, by: &str| LoginKey {
        provider: provider.parse().unwrap(),
        by: by.to_owned(),
        value: "ada@corp.example".to_owned(),
    };

    link(&world, &named("ada"), by("Corporate", "email")).await.unwrap();
    for (provider, attribute) in [("Corporate", "name"), ("Google", "email"), ("Google", "sub")] {
        let refused = link(&world, &named("ada"), by(provider, attribute)).await.unwrap_err();
        assert_eq!(refused, Invalid::LoginBy(attribute.to_owned()).into(), "{provider}");
    }
    link(&world, &named("ada"), by("Google", BY_SUBJECT)).await.unwrap();
    let unknown = link(&world, &named("ada"), by("Facebook", BY_SUBJECT)).await.unwrap_err();
    assert_eq!(unknown, Invalid::ProviderUnknown("Facebook".to_owned(), world.pool.id.clone()).into());
    let nobody = link(&world, &named("nobody"), corporate("9")).await.unwrap_err();
    assert_eq!(nobody, Error::NotFound(Kind::User));
    for value in [String::new(), "x".repeat(2049)] {
        assert_eq!(link(&world, &named("ada"), corporate(&value)).await.unwrap_err(), Invalid::LoginValue.into());
    }
}

/// The sessions that it began could otherwise go on for years.
#[tokio::test]
async fn a_login_that_is_unlinked_leads_nowhere_and_ends_the_sessions_of_its_user() {
    let world = world_with_providers().await;
    world.user("ada").await;
    world.user("eve").await;
    let before = link(&world, &named("ada"), corporate("1")).await.unwrap();

    let after = world.pools.admin_unlink_provider_for_user(&world.pool.id, &corporate("1")).await.unwrap();

    assert_eq!((after.logins.len(), after.epoch), (0, before.epoch + 1));
    let gone = world.pools.admin_unlink_provider_for_user(&world.pool.id, &corporate("1")).await.unwrap_err();
    assert_eq!(gone, Error::NotFound(Kind::User));
    link(&world, &named("eve"), corporate("1")).await.unwrap();
}

#[tokio::test]
async fn the_logins_of_a_deleted_user_are_free() {
    let world = world_with_providers().await;
    world.user("ada").await;
    world.user("eve").await;
    link(&world, &named("ada"), corporate("1")).await.unwrap();

    world.pools.admin_delete_user(&world.pool.id, "ada").await.unwrap();

    assert!(link(&world, &named("eve"), corporate("1")).await.is_ok());
}

/// Neither by the password, nor by one that a code brings back, until an administrator sets one.
#[tokio::test]
async fn a_user_whose_password_was_taken_signs_in_by_nothing_of_the_pools() {
    let world = world_with_providers().await;
    world.user("ada").await;
    assert!(world.password("ada", PASSWORD).await.is_ok());

    let disabled = world.pools.admin_disable_password(&world.pool.id, "ada").await.unwrap();

    assert_eq!(disabled.status, UserStatus::ExternalProvider);
    assert_eq!(world.password("ada", PASSWORD).await.unwrap_err(), Error::NotAuthorized(Refusal::WrongCredentials));
    let password = PASSWORD.into();
    let permanent = PasswordLifetime::Permanent;
    world.pools.admin_set_user_password(&world.pool.id, "ada", &password, permanent).await.unwrap();
    assert!(world.password("ada", PASSWORD).await.is_ok());
}

/// Whatever the application's own challenges find: the pool has no proof of such a user.
#[tokio::test]
async fn a_user_whose_password_was_taken_gets_no_tokens_by_the_applications_own_challenges() {
    let world = riddled().await;
    world.user("ada").await;
    world.user("eve").await;
    world.pools.admin_disable_password(&world.pool.id, "ada").await.unwrap();

    let asked = world.begin(custom("ada")).await.unwrap();
    let refused = world.answer("ada", solved(asked, "forty-two")).await.unwrap_err();

    assert_eq!(refused, Error::NotAuthorized(Refusal::WrongCredentials));
    let asked = world.begin(custom("eve")).await.unwrap();
    assert!(world.answer("eve", solved(asked, "forty-two")).await.is_ok());
}

/// A name that somebody chooses must never be a login: whoever could choose one would be signed in as another.
#[tokio::test]
async fn no_name_that_a_user_chooses_is_found_as_a_login_and_no_login_as_a_name() {
    let world = world_with_providers().await;
    world.user("ada").await;
    link(&world, &named("ada"), corporate("1")).await.unwrap();
    let entry = "\u{fb01}Corporate\nCognito_Subject\n1";

    for name in [entry, "Corporate\nCognito_Subject\n1", "fiCorporate\nCognito_Subject\n1"] {
        let found = DocumentUserPools::new(Arc::clone(&world.store))
            .users()
            .named(&world.pool.id, &world.pool.fold(name))
            .await
            .unwrap();
        assert!(found.is_none(), "{name:?}");
        let found = world.pools.admin_get_user(&world.pool.id, name).await;
        assert_eq!(found.unwrap_err(), Error::NotFound(Kind::User), "{name:?}");
    }
}
