//! Operators have permanent keys.

use credential_vending::{Caller, CredentialError, Error, SecretString};
use document_store::page::PageRequest;
use iam_policy::Context;

use crate::world::{GET_ALL, world};

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

#[tokio::test]
async fn operators_keys_are_listed_without_secrets_given_a_policy_and_removed() {
    let world = world().await;
    world.vending.put_operator_key("one", &"1".into()).await.unwrap();
    world.vending.put_operator_key("two", &"2".into()).await.unwrap();

    let listed = world.vending.list_operator_keys(PageRequest::default()).await.unwrap().items;
    let ids: Vec<_> = listed.iter().map(|key| key.access_key_id.as_str()).collect();
    assert_eq!(ids, ["one", "two"]);

    let caller = async || world.vending.holder("one", None).await.map(|(caller, _)| caller);
    world.vending.set_operator_policy("one", GET_ALL.to_owned()).await.unwrap();
    let may = async |action: &str| {
        let caller = caller().await.unwrap();
        world.vending.decide(&caller, action, "*", Context::new()).await.unwrap().is_allowed()
    };
    assert_eq!((may("s3:GetObject").await, may("iam:DeleteRole").await), (true, false));
    let broken = world.vending.set_operator_policy("one", "{}".to_owned()).await;
    assert!(matches!(broken, Err(Error::MalformedPolicy(_))));

    world.vending.remove_operator_key("one").await.unwrap();
    assert!(matches!(caller().await, Err(CredentialError::Invalid)));
    assert!(matches!(world.vending.remove_operator_key("one").await, Err(Error::NoSuchEntity(_))));
    let gone = world.vending.set_operator_policy("one", GET_ALL.to_owned()).await;
    assert!(matches!(gone, Err(Error::NoSuchEntity(_))));
    assert!(world.vending.holder("two", None).await.is_ok());
}

#[tokio::test]
async fn a_key_that_is_configured_no_more_is_refused() {
    let world = world().await;
    let (old, new) = (SecretString::from("old"), SecretString::from("new"));
    world.vending.set_configured_operators([("OLD", &old), ("BOTH", &old)]).unwrap();
    assert!(world.vending.first_operator_key().await.unwrap().is_none());
    assert_eq!(world.vending.holder("OLD", None).await.unwrap().1, old);
    assert!(
        world.vending.list_operator_keys(PageRequest::default()).await.unwrap().items.is_empty(),
        "nothing is stored"
    );

    world.vending.set_configured_operators([("NEW", &new), ("BOTH", &new)]).unwrap();

    assert!(matches!(world.vending.holder("OLD", None).await, Err(CredentialError::Invalid)));
    assert_eq!(world.vending.holder("BOTH", None).await.unwrap().1, new);
    assert!(world.vending.set_configured_operators([("ok", &new), ("not ok", &new)]).is_err());
    assert!(world.vending.holder("NEW", None).await.is_ok() && world.vending.holder("ok", None).await.is_err());
}
