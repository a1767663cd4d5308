//! Vended sessions last, and are revoked.

use credential_vending::CredentialError;
use credential_vending::model::Revoked;
use credential_vending::ops::assume::{AssumeRole, AssumedRole, UndefinedRole};
use credential_vending::ops::roles::CreateRole;
use identity_kernel::time::Clock;

use crate::world::{ROLE, TRUST, request, verifier, world};

#[tokio::test]
async fn sessions_end_by_time_by_name_and_by_identity() {
    let world = world().await;
    let (one, two) =
        (world.vending.assume_role(request()).await.unwrap(), world.vending.assume_role(request()).await.unwrap());

    world.vending.revoke(Revoked::Session(one.credentials.access_key_id.clone())).await.unwrap();
    assert!(matches!(world.caller(&one).await, Err(CredentialError::Revoked)));
    assert!(world.caller(&two).await.is_ok());

    world.vending.revoke(Revoked::Identity("ada".to_owned())).await.unwrap();
    assert!(matches!(world.caller(&two).await, Err(CredentialError::Revoked)));
    let later = world.vending.assume_role(request()).await.unwrap();
    assert!(world.caller(&later).await.is_ok());

    world.clock.advance_seconds(3600);
    assert!(matches!(world.caller(&later).await, Err(CredentialError::Expired)));
}

#[tokio::test]
async fn vended_keys_without_their_token_are_nobodys() {
    let world = world().await;
    let keys = world.vending.assume_role(request()).await.unwrap().credentials;

    assert!(matches!(world.vending.holder(&keys.access_key_id, None).await, Err(CredentialError::Invalid)));
    assert!(matches!(world.vending.holder("AKIANOBODY", None).await, Err(CredentialError::Invalid)));
    assert!(world.vending.put_operator_key("ASIAAAAAAAAAAAAAAAAA", &"x".into()).await.is_err());
}

#[tokio::test]
async fn a_role_and_everything_can_be_revoked_until_now() {
    let world = world().await;
    for what in [Revoked::Role(ROLE.to_owned()), Revoked::Everything] {
        let before = world.vending.assume_role(request()).await.unwrap();
        world.vending.revoke(Revoked::Role("arn:aws:iam::123456789012:role/other".to_owned())).await.unwrap();
        assert!(world.caller(&before).await.is_ok());

        world.vending.revoke(what).await.unwrap();
        assert!(matches!(world.caller(&before).await, Err(CredentialError::Revoked)));
        assert!(world.caller(&world.vending.assume_role(request()).await.unwrap()).await.is_ok());
    }
}

#[tokio::test]
async fn line_115_a_revocation_ends_what_was_vended_before_it_whatever_the_clocks_say() {
    for step in [1800, -3600, 30, -30] {
        let world = world().await;
        let verifier = verifier(&world).await;
        let before = world.vending.assume_role(request()).await.unwrap();
        world.clock.advance_seconds(step);

        world.vending.revoke(Revoked::Role(ROLE.to_owned())).await.unwrap();
        let between = world.vending.assume_role(request()).await.unwrap();
        let list = world.vending.signed_revocation_list().await.unwrap();
        verifier.take_list(&list, world.clock.now()).unwrap();
        let verify = |assumed: &AssumedRole| {
            let credentials = &assumed.credentials;
            verifier.verify(&credentials.access_key_id, credentials.session_token.expose(), world.clock.now())
        };

        assert!(world.caller(&before).await.is_err() && verify(&before).is_err(), "{step}");
        assert!(world.caller(&between).await.is_ok() && verify(&between).is_ok(), "{step}");
        world.vending.revoke(Revoked::Role(ROLE.to_owned())).await.unwrap();
        assert!(matches!(world.caller(&between).await, Err(CredentialError::Revoked)), "{step}: in the same instant");
    }
}

#[tokio::test]
async fn vending_keys_rotate_with_overlap_and_a_leaked_one_dies_at_once() {
    let world = world().await;
    let before = world.vending.assume_role(request()).await.unwrap();
    assert!(before.credentials.access_key_id.starts_with("ASIAAA"));

    world.vending.rotate_vending_key(600, false).await.unwrap();
    assert_eq!(world.vending.vending_key_texts().await.unwrap().len(), 2);
    let ahead = world.vending.assume_role(request()).await.unwrap();
    assert!(ahead.credentials.access_key_id.starts_with("ASIAAA"));
    world.clock.advance_seconds(600);
    let after = world.vending.assume_role(request()).await.unwrap();
    assert!(after.credentials.access_key_id.starts_with("ASIAAB"));
    assert!(world.caller(&before).await.is_ok() && world.caller(&after).await.is_ok());

    world.vending.rotate_vending_key(600, true).await.unwrap();
    assert!(matches!(world.caller(&after).await, Err(CredentialError::Invalid)));
    let newest = world.vending.assume_role(request()).await.unwrap();
    assert!(newest.credentials.access_key_id.starts_with("ASIAAC"));
    assert!(world.caller(&newest).await.is_ok());
}

#[tokio::test]
async fn a_session_is_called_as_get_caller_identity_shows_it() {
    let world = world().await;
    let role = world.vending.create_role(CreateRole { path: "/team/".to_owned(), ..CreateRole::named("far", TRUST) });
    let role = role.await.unwrap();
    let assumed = world.vending.assume_role(AssumeRole { role_arn: role.arn.clone(), ..request() }).await.unwrap();

    let caller = world.caller(&assumed).await.unwrap();

    assert_eq!(role.arn, "arn:aws:iam::123456789012:role/team/far");
    assert_eq!(caller.arn(), "arn:aws:sts::123456789012:assumed-role/far/s1", "AWS drops the path");
    assert_eq!(caller.user_id(), format!("{}:s1", role.id));
}

#[tokio::test]
async fn a_role_that_nobody_created_has_an_id_all_the_same() {
    let world = world().await;
    let id = async |name: &str| {
        let role_arn = format!("{ROLE}{name}");
        let undefined = AssumeRole { role_arn, undefined: UndefinedRole::GrantNothing, ..request() };
        world.vending.assume_role(undefined).await.unwrap().session.role_id
    };

    let one = id("2").await;
    assert!(one.len() == 21 && one.starts_with("AROA") && one.bytes().all(|letter| letter.is_ascii_alphanumeric()));
    assert_eq!(id("2").await, one);
    assert_ne!(id("3").await, one);
}
