//! The users whom logins at outside providers lead to.

use std::collections::BTreeSet;
use std::sync::Arc;

use storage_conformance::Yielding;
use userpool_core::model::attributes::{AttributeSchema, standard};
use userpool_core::model::federated_login::FederatedLogin;
use userpool_core::model::login::LoginKey;
use userpool_core::model::pool::{Contact, SignInNames};
use userpool_core::model::user::{User, UserStatus};
use userpool_core::ops::logins::LinkTo;
use userpool_core::ops::sign_up::SignUp;
use userpool_core::reasons::{Invalid, Refusal};
use userpool_core::{Error, Kind};

use crate::imports::over;
use crate::logins::with_providers;
use crate::world::{PASSWORD, World, world, world_with};

fn login(claims: &[(&str, &str)]) -> FederatedLogin {
    let claims = claims.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    FederatedLogin { provider: "Corporate".parse().unwrap(), claims }
}

async fn come(world: &World, claims: &[(&str, &str)]) -> Result<User, Error> {
    world.pools.federated_user(&world.client.id, &login(claims)).await
}

async fn providers() -> World {
    with_providers(world().await).await
}

fn attribute<'a>(user: &'a User, name: &str) -> Option<&'a str> {
    user.attributes.get(name).map(String::as_str)
}

#[tokio::test]
async fn the_first_login_makes_a_user_and_the_next_leads_to_the_same_one() {
    let world = providers().await;

    let made = come(&world, &[("sub", "Ada|1"), ("mail", "ada@corp.example")]).await.unwrap();

    assert_eq!((made.username.as_str(), made.status), ("Corporate_Ada|1", UserStatus::ExternalProvider));
    assert_eq!(
        (attribute(&made, "email"), attribute(&made, "email_verified")),
        (Some("ada@corp.example"), Some("false"))
    );
    assert!(made.shown_attributes()["identities"].contains("\"primary\":true"));
    let groups = world.pools.admin_list_groups_for_user(&world.pool.id, "Corporate_Ada|1").await;
    assert_eq!(groups.unwrap()[0].name.as_str(), format!("{}_Corporate", world.pool.id));
    let again = come(&world, &[("sub", "Ada|1"), ("mail", "ada@corp.example")]).await.unwrap();
    assert_eq!(again, made);
    let other = come(&world, &[("sub", "ada|1")]).await.unwrap();
    assert_ne!(other.sub, made.sub, "case counts");
    assert_eq!(other.memberships, made.memberships);
}

/// Requirement 86: with a name that leads nowhere but to the username, also where addresses are names.
#[tokio::test]
async fn line_86_the_same_address_or_name_leads_to_nobody_else() {
    let by_address = |names: bool| async move {
        let world = world_with(|pool, _| {
            if names {
                pool.sign_in_names = SignInNames::Address(BTreeSet::from([Contact::Email]));
            }
        });
        with_providers(world.await).await
    };
    for names in [false, true] {
        let world = by_address(names).await;
        let name = if names { "ada@example.com" } else { "ada" };
        let sign_up = SignUp::new(world.client.id.clone(), name, PASSWORD).attribute("email", "ada@example.com");
        world.pools.sign_up(sign_up).await.unwrap();
        let local = world.pools.admin_get_user(&world.pool.id, name).await.unwrap();

        let outside = come(&world, &[("sub", name), ("mail", "ada@example.com"), ("verified", "true")]).await.unwrap();

        assert_ne!(outside.sub, local.sub);
        assert_eq!(outside.names.len(), 1, "{:?}", outside.names);
        assert_eq!(world.pools.admin_get_user(&world.pool.id, name).await.unwrap(), local);
    }
}

#[tokio::test]
async fn a_user_who_took_the_name_that_a_login_would_have_is_not_led_to() {
    let world = providers().await;
    world.user("Corporate_1").await;

    let outside = come(&world, &[("sub", "1")]).await.unwrap();

    assert_eq!(outside.username.as_str(), format!("Corporate_{}", outside.sub));
    let odd = come(&world, &[("sub", "two words")]).await.unwrap();
    assert_eq!(odd.username.as_str(), format!("Corporate_{}", odd.sub));
}

#[tokio::test]
async fn what_the_provider_says_now_is_written_over_what_it_said_and_what_it_does_not_say_stays() {
    let world = providers().await;
    let verified = [("sub", "1"), ("mail", "old@corp.example"), ("verified", "true"), ("given", "Ada")];
    let before = come(&world, &verified).await.unwrap();
    assert_eq!(attribute(&before, "email_verified"), Some("true"));

    let after = come(&world, &[("sub", "1"), ("mail", "new@corp.example"), ("given", "")]).await.unwrap();

    assert_eq!(
        (attribute(&after, "email"), attribute(&after, "email_verified")),
        (Some("new@corp.example"), Some("false"))
    );
    assert_eq!(attribute(&after, "given_name"), Some("Ada"));
    let proved = come(&world, &[("sub", "1"), ("mail", "newer@corp.example"), ("verified", "true")]).await.unwrap();
    assert_eq!(attribute(&proved, "email_verified"), Some("true"));
}

#[tokio::test]
async fn a_linked_login_leads_to_the_user_it_was_linked_to_and_is_known_by_its_subject_from_then_on() {
    let world = providers().await;
    world.user("ada").await;
    let by_mail = LoginKey {
        provider: "Corporate".parse().unwrap(),
        by: "email".to_owned(),
        value: "ada@corp.example".to_owned(),
    };
    let to = LinkTo::User("ada".to_owned());
    let ada = world.pools.admin_link_provider_for_user(&world.pool.id, &to, by_mail).await.unwrap();

    let came = come(&world, &[("sub", "1"), ("mail", "ada@corp.example")]).await.unwrap();

    assert_eq!((&came.sub, came.status), (&ada.sub, UserStatus::Confirmed));
    assert_eq!(came.logins[0].key, LoginKey::subject("Corporate".parse().unwrap(), "1"));
    let moved = come(&world, &[("sub", "1"), ("mail", "moved@corp.example")]).await.unwrap();
    assert_eq!(moved.sub, ada.sub);
    let another = come(&world, &[("sub", "2"), ("mail", "ada@corp.example")]).await.unwrap();
    assert_ne!(another.sub, ada.sub, "the address alone leads there no more");
    assert!(world.password("ada", PASSWORD).await.is_ok());
}

#[tokio::test]
async fn two_first_logins_at_once_make_one_user() {
    let world = providers().await;
    let racing = over(&world, Arc::new(Yielding(Arc::clone(&world.store))));
    let come = login(&[("sub", "1")]);

    let (one, two) =
        tokio::join!(racing.federated_user(&world.client.id, &come), racing.federated_user(&world.client.id, &come),);

    assert_eq!(one.unwrap().sub, two.unwrap().sub);
}

#[tokio::test]
async fn a_login_that_does_not_say_who_it_is_or_lacks_what_is_required_makes_nobody() {
    let world = with_providers(
        world_with(|pool, _| {
            let name = standard().into_iter().find(|schema| schema.name == "given_name").unwrap();
            pool.attributes.push(AttributeSchema { required: true, ..name });
        })
        .await,
    )
    .await;

    let nobody = come(&world, &[("mail", "ada@corp.example")]).await.unwrap_err();
    assert_eq!(nobody, Refusal::LoginWithoutSubject.into());
    assert_eq!(come(&world, &[("sub", "")]).await.unwrap_err(), Refusal::LoginWithoutSubject.into());
    let long = "x".repeat(2049);
    assert_eq!(come(&world, &[("sub", &long)]).await.unwrap_err(), Refusal::LoginWithoutSubject.into());
    let lacking = come(&world, &[("sub", "1")]).await.unwrap_err();
    assert_eq!(lacking, Invalid::AttributeMissing("given_name".to_owned()).into());
    let none = world.pools.admin_get_user(&world.pool.id, "Corporate_1").await.unwrap_err();
    assert_eq!(none, Error::NotFound(Kind::User));
    assert!(come(&world, &[("sub", "1"), ("given", "Ada")]).await.is_ok());
}

/// Requirement 87: values too.
#[tokio::test]
async fn line_87_a_claim_becomes_only_what_the_client_may_write_and_what_suits_the_schema() {
    let world = with_providers(
        world_with(|_, client| client.settings.write_attributes = Some(BTreeSet::from(["email".to_owned()]))).await,
    )
    .await;

    let refused = come(&world, &[("sub", "1"), ("given", "Ada")]).await.unwrap_err();
    assert_eq!(refused, Refusal::AttributeNotWritable.into());
    for mail in ["no address", &format!("{}@corp.example", "x".repeat(2048))] {
        let refused = come(&world, &[("sub", "1"), ("mail", mail)]).await.unwrap_err();
        assert!(matches!(refused, Error::InvalidParameter(Invalid::AttributeValue(..))), "{refused:?}");
    }
    assert!(come(&world, &[("sub", "1"), ("mail", "a@corp.example"), ("verified", "true")]).await.is_ok());
}

#[tokio::test]
async fn an_attribute_that_is_fixed_may_be_said_again_and_not_otherwise() {
    let world = with_providers(
        world_with(|pool, _| {
            let name = standard().into_iter().find(|schema| schema.name == "given_name").unwrap();
            pool.attributes.push(AttributeSchema { mutable: false, ..name });
        })
        .await,
    )
    .await;
    come(&world, &[("sub", "1"), ("given", "Ada")]).await.unwrap();

    assert!(come(&world, &[("sub", "1"), ("given", "Ada")]).await.is_ok());
    let changed = come(&world, &[("sub", "1"), ("given", "Eve")]).await.unwrap_err();
    assert_eq!(changed, Invalid::AttributeImmutable("given_name".to_owned()).into());
}

/// Requirement 89: a provider that is gone leads nobody in, whom it has made before included.
#[tokio::test]
async fn line_89_a_login_of_a_provider_that_was_removed_leads_to_nobody() {
    let world = providers().await;
    come(&world, &[("sub", "1")]).await.unwrap();

    world.pools.delete_identity_provider(&world.pool.id, &"Corporate".parse().unwrap()).await.unwrap();

    let refused = come(&world, &[("sub", "1")]).await.unwrap_err();
    assert_eq!(refused, Invalid::ProviderUnknown("Corporate".to_owned(), world.pool.id.clone()).into());
}

/// Neither password nor code, by whatever flow: the pool has no proof of such a user.
#[tokio::test]
async fn a_user_whom_a_provider_made_signs_in_by_nothing_of_the_pools() {
    let world = providers().await;
    let made = come(&world, &[("sub", "1"), ("mail", "a@corp.example"), ("verified", "true")]).await.unwrap();
    let name = made.username.as_str();

    assert_eq!(world.password(name, PASSWORD).await.unwrap_err(), Refusal::WrongCredentials.into());
    let again = SignUp::new(world.client.id.clone(), name, PASSWORD);
    assert!(matches!(world.pools.sign_up(again).await.unwrap_err(), Error::UsernameExists(_)));
    let confirmed = world.confirm(name, "123456").await.unwrap_err();
    assert!(!matches!(confirmed, Error::Storage(_) | Error::Internal(_)), "{confirmed:?}");
    let reset = world.pools.admin_reset_user_password(&world.pool.id, name).await.unwrap_err();
    assert_eq!(reset, Refusal::PasswordNotResettable.into());
}

/// Requirement 89: at once, also for whom it has let in before.
#[tokio::test]
async fn line_89_a_client_lets_in_the_users_of_those_providers_alone_that_it_lists() {
    let world = providers().await;
    come(&world, &[("sub", "1")]).await.unwrap();

    crate::identity_providers::list(&world, &["COGNITO", "Google"]).await.unwrap();

    assert_eq!(come(&world, &[("sub", "1")]).await.unwrap_err(), Refusal::ProviderNotAllowed.into());
}
