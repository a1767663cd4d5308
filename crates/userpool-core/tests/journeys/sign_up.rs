//! Users come, and confirm their addresses.

use std::collections::BTreeSet;
use std::sync::Arc;

use identity_kernel::time::Clock;
use jwt_tokens::{KeySet, Verifier as TokenVerifier};
use userpool_core::Error;
use userpool_core::model::attributes::Attributes;
use userpool_core::model::pool::{Alias, Contact, SignInNames};
use userpool_core::model::user::NameKind;
use userpool_core::ops::sign_up::SignUp;

use crate::world::{PASSWORD, world, world_with};

#[tokio::test]
async fn a_user_signs_up_confirms_and_signs_in_and_the_tokens_verify_offline() {
    let world = world().await;
    let signed_up = world.sign_up("Ada").await.unwrap();
    assert_eq!(signed_up.delivery.unwrap().destination, "a***@e***");
    assert!(matches!(world.password("ada", PASSWORD).await, Err(Error::UserNotConfirmed)));

    world.confirm("ada", &world.outbox.code_for("Ada").unwrap()).await.unwrap();
    let tokens = world.tokens("ADA").await;

    let keys = KeySet::from_jwks(world.pools.key_set(&world.pool.id).await.unwrap().keys);
    let issuer = format!("http://127.0.0.1:9229/{}", world.pool.id);
    let ids = TokenVerifier::new(&issuer).id_tokens_of([world.client.id.as_str()]);
    let accesses = TokenVerifier::new(&issuer).access_tokens_of([world.client.id.as_str()]);
    let id = ids.verify(&keys, tokens.id_token.expose(), world.clock.now()).unwrap();
    let id = id.into_id_token().unwrap();
    assert_eq!((id.sub, id.username.as_str()), (signed_up.sub.to_string(), "Ada"));
    assert_eq!(id.attributes["email_verified"], serde_json::json!(true));
    assert!(ids.verify(&keys, tokens.access_token.expose(), world.clock.now()).is_err());
    let access = accesses.verify(&keys, tokens.access_token.expose(), world.clock.now()).unwrap();
    assert!(access.clone().into_id_token().is_err());
    assert_eq!(access.into_access_token().unwrap().origin_jti, id.origin_jti);
}

#[tokio::test]
async fn line_47_four_wrong_tries_are_free_and_the_fifth_kills_a_code() {
    let world = world().await;
    for (name, wrong) in [("ada", 4), ("eve", 5)] {
        world.sign_up(name).await.unwrap();
        for _ in 0..wrong {
            assert!(matches!(world.confirm(name, "x").await, Err(Error::CodeMismatch)));
        }
    }
    assert!(world.confirm("eve", &world.outbox.code_for("eve").unwrap()).await.is_err());
    world.confirm("ada", &world.outbox.code_for("ada").unwrap()).await.unwrap();
}

#[tokio::test]
async fn line_47_a_code_dies_of_a_newer_one_after_a_day_and_when_it_is_spent() {
    let world = world_with(|_, client| client.settings.prevent_user_existence_errors = false).await;
    world.sign_up("ada").await.unwrap();
    let first = world.outbox.code_for("ada").unwrap();
    world.resend("ada").await;
    if first != world.outbox.code_for("ada").unwrap() {
        assert!(matches!(world.confirm("ada", &first).await, Err(Error::CodeMismatch)));
    }
    world.clock.advance_seconds(24 * 3600);
    let old = world.outbox.code_for("ada").unwrap();
    assert!(matches!(world.confirm("ada", &old).await, Err(Error::ExpiredCode)));

    world.resend("ada").await;
    let good = world.outbox.code_for("ada").unwrap();
    world.confirm("ada", &good).await.unwrap();
    assert!(matches!(world.confirm("ada", &good).await, Err(Error::NotAuthorized(_))));
}

#[tokio::test]
async fn two_sign_ups_for_one_name_make_one_user_whatever_the_case() {
    let world = Arc::new(world().await);
    let tasks: Vec<_> = (0..8)
        .map(|at| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.sign_up(if at % 2 == 0 { "ada" } else { "ADA" }).await.is_ok() })
        })
        .collect();

    let mut won = 0;
    for task in tasks {
        won += usize::from(task.await.unwrap());
    }

    assert_eq!(won, 1);
    assert!(matches!(world.sign_up("Ada").await, Err(Error::UsernameExists(NameKind::Username))));
}

#[tokio::test]
async fn a_sign_up_obeys_schema_policy_and_client() {
    let world = world().await;
    let refused = |given: &'static [(&'static str, &'static str)]| world.sign_up_with("ada", given);

    assert!(matches!(refused(&[("custom:plan", "x")]).await, Err(Error::InvalidParameter(_))));
    assert!(matches!(refused(&[("email", "nonsense")]).await, Err(Error::InvalidParameter(_))));
    assert!(matches!(refused(&[("email_verified", "true")]).await, Err(Error::NotAuthorized(_))));
    assert!(matches!(refused(&[("sub", "x")]).await, Err(Error::NotAuthorized(_))));
    let weak = SignUp {
        client: world.client.id.clone(),
        secret_hash: None,
        username: "ada".to_owned(),
        password: Some("short".into()),
        attributes: Attributes::new(),
    };
    assert!(matches!(world.pools.sign_up(weak).await, Err(Error::InvalidPassword(_))));
    assert!(world.sign_up("a b").await.is_err());
}

#[tokio::test]
async fn line_46_an_address_signs_in_only_when_verified_and_leads_to_one_user() {
    let world = world_with(|pool, _| {
        pool.sign_in_names = SignInNames::UsernameOr(BTreeSet::from([Alias::Email]));
    })
    .await;
    let email = [("email", "same@example.com")];
    world.sign_up_with("ada", &email).await.unwrap();
    world.sign_up_with("eve", &email).await.unwrap();
    assert!(matches!(world.password("same@example.com", PASSWORD).await, Err(Error::NotAuthorized(_))));
    world.confirm("ada", &world.outbox.code_for("ada").unwrap()).await.unwrap();
    world.tokens("Same@example.com").await;

    let taken = world.confirm("eve", &world.outbox.code_for("eve").unwrap()).await;

    assert!(matches!(taken, Err(Error::AliasExists(NameKind::Email))), "{taken:?}");
    assert!(world.sign_up("x@example.com").await.is_err(), "a name that looks like an address");
}

#[tokio::test]
async fn where_addresses_are_names_the_username_is_made() {
    let world = world_with(|pool, _| {
        pool.sign_in_names = SignInNames::Address(BTreeSet::from([Contact::Email]));
    })
    .await;
    let signed_up = world.sign_up_with("ada@example.com", &[]).await.unwrap();
    let name = signed_up.sub.to_string();
    world.confirm("ada@example.com", &world.outbox.code_for(&name).unwrap()).await.unwrap();
    world.tokens("ada@example.com").await;
    let (user_id, answer) = world.srp("ada@example.com", PASSWORD).await.unwrap();
    assert_eq!(user_id, name);
    assert!(world.answer(&user_id, answer).await.is_ok());
    let twice = world.sign_up_with("ADA@example.com", &[]).await;
    assert!(matches!(twice, Err(Error::UsernameExists(NameKind::Email))), "{twice:?}");
    assert!(matches!(world.sign_up_with("ada", &[]).await, Err(Error::InvalidParameter(_))));
}
