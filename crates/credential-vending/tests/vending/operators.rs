//! Operators have permanent keys.

use credential_vending::{Caller, CredentialError};
use iam_policy::Context;

use crate::world::world;

#[tokio::test]
async fn the_first_operator_key_is_made_once_and_may_do_everything() {
    let world = world().await;

    let (id, secret) = world.vending.first_operator_key().await.unwrap().unwrap();
    assert!(world.vending.first_operator_key().await.unwrap().is_none());

    assert!(id.starts_with("AKIA") && id.len() == 20 && secret.expose().len() == 40);
    let (caller, held) = world.vending.holder(&id, None).await.unwrap();
    assert_eq!(held, secret);
    assert!(matches!(&caller, Caller::Operator(_)));
    assert_eq!((caller.arn(), caller.user_id()), (format!("arn:aws:iam::123456789012:user/{id}"), id));
    let decided = world.vending.decide(&caller, "iam:DeleteRole", "*", Context::new()).await.unwrap();
    assert!(decided.is_allowed());
}

#[tokio::test]
async fn a_key_that_is_set_takes_the_place_of_the_one_before_and_stands_for_the_first() {
    let world = world().await;
    world.vending.put_operator_key("test", &"old".into()).await.unwrap();
    world.vending.put_operator_key("test", &"new".into()).await.unwrap();

    assert!(world.vending.first_operator_key().await.unwrap().is_none());
    assert_eq!(world.vending.holder("test", None).await.unwrap().1.expose(), "new");
    assert!(matches!(world.vending.holder("other", None).await, Err(CredentialError::Invalid)));
    for (id, secret) in [("", "x"), ("a b", "x"), ("ASIATEST", "x"), ("test", ""), (&*"a".repeat(129), "x")] {
        assert!(world.vending.put_operator_key(id, &secret.into()).await.is_err(), "{id}");
    }
}
