//! Resource servers verify without a database.

use credential_vending::model::Revoked;
use credential_vending::{CredentialError, RevocationList, SessionVerifier, VendingKey};
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::Clock;

use crate::world::{request, verifier, world};

#[tokio::test]
async fn line_105_a_verifier_without_database_knows_sessions_and_their_revocation() {
    let world = world().await;
    let verifier = verifier(&world).await;
    let assumed = world.vending.assume_role(request()).await.unwrap().credentials;
    let verify = || verifier.verify(&assumed.access_key_id, assumed.session_token.expose(), world.clock.now());

    assert!(matches!(verify(), Err(CredentialError::NoRevocationList)));
    let first = world.vending.signed_revocation_list().await.unwrap();
    verifier.take_list(&first, world.clock.now()).unwrap();
    assert_eq!(verify().unwrap().1, assumed.secret);

    world.clock.advance_seconds(1);
    world.vending.revoke(Revoked::Identity("ada".to_owned())).await.unwrap();
    verifier.take_list(&world.vending.signed_revocation_list().await.unwrap(), world.clock.now()).unwrap();
    assert!(matches!(verify(), Err(CredentialError::Revoked)));
    assert!(verifier.take_list(&first, world.clock.now()).is_err(), "an older list");

    world.clock.advance_seconds(300);
    assert!(matches!(verify(), Err(CredentialError::NoRevocationList)));
}

#[tokio::test]
async fn a_forged_list_is_not_taken() {
    let world = world().await;
    let verifier = verifier(&world).await;
    let list = world.vending.signed_revocation_list().await.unwrap();

    for at in 0..list.len() {
        let mut bytes = list.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert!(verifier.take_list(&String::from_utf8(bytes).unwrap(), world.clock.now()).is_err(), "{at}");
    }
}

#[tokio::test]
async fn a_list_that_another_key_of_the_same_number_signed_is_not_taken() {
    let world = world().await;
    let verifier = verifier(&world).await;
    let other = VendingKey::from_master(&MasterKey::new([5; 32]), VendingKey::FIRST);
    let list = RevocationList { issued_at: world.clock.now(), revocations: Vec::new() };

    assert!(verifier.take_list(&list.sign(&other), world.clock.now()).is_err());

    let own = world.vending.vending_key_texts().await.unwrap();
    let own = VendingKey::from_text(own[0].expose()).unwrap();
    assert!(verifier.take_list(&list.sign(&own), world.clock.now()).is_ok());
}

#[tokio::test]
async fn a_list_is_of_now_or_up_to_a_minute_ahead_and_never_older_than_the_last() {
    let world = world().await;
    let verifier = verifier(&world).await;
    let own = world.vending.vending_key_texts().await.unwrap();
    let own = VendingKey::from_text(own[0].expose()).unwrap();
    let now = world.clock.now();
    let take = |seconds: i64| {
        let list = RevocationList { issued_at: now.plus_seconds(seconds), revocations: Vec::new() };
        verifier.take_list(&list.sign(&own), now).is_ok()
    };

    assert_eq!([61, 60, 60, 59, 3600].map(take), [false, true, true, false, false]);
}

#[tokio::test]
async fn of_two_lists_of_the_same_instant_what_either_revokes_is_revoked_in_whatever_order_they_come() {
    let world = world().await;
    let own = VendingKey::from_text(world.vending.vending_key_texts().await.unwrap()[0].expose()).unwrap();
    let assumed = world.vending.assume_role(request()).await.unwrap().credentials;
    world.vending.revoke(Revoked::Identity("ada".to_owned())).await.unwrap();
    let now = world.clock.now();
    let list = world.vending.signed_revocation_list().await.unwrap();
    let empty = RevocationList { issued_at: now, revocations: Vec::new() }.sign(&own);

    for order in [[&list, &empty, &list], [&empty, &list, &empty]] {
        let verifier = SessionVerifier::new(vec![own.clone()], 300);
        for list in order {
            verifier.take_list(list, now).unwrap();
        }
        let outcome = verifier.verify(&assumed.access_key_id, assumed.session_token.expose(), now);
        assert!(matches!(outcome, Err(CredentialError::Revoked)));
    }
}

#[test]
fn a_vending_key_is_read_as_it_is_written_and_nothing_else_is() {
    let text = VendingKey::from_master(&MasterKey::new([5; 32]), "B7").to_text();
    let text = text.expose();
    assert_eq!(VendingKey::from_text(text).unwrap().to_text().expose(), text);

    let key = text.split_once('.').unwrap().1;
    for bent in ["", "B7", "B7.", &text[1..], &format!("B1.{key}"), &format!("b7.{key}"), &format!("B7A.{key}")] {
        assert!(VendingKey::from_text(bent).is_none(), "{bent}");
    }
    assert!(VendingKey::from_text(&text[..text.len() - 1]).is_none());
}
