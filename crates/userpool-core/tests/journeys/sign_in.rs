//! Users prove who they are.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cognito_srp::{ClientSecret, Identity, Salt, Verifier};
use document_store::{DocumentStore as _, Key, Range};
use identity_kernel::secret::SecretString;
use userpool_core::model::attributes::Attributes;
use userpool_core::model::client::AllowedFlow;
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::sign_in::{Answer, AuthOutcome, Caller, RespondToChallenge, SignInFlow};
use userpool_core::ops::sign_up::SignUp;
use userpool_core::ops::users::PasswordLifetime;
use userpool_core::{Error, Kind, Refusal};

use crate::client_secrets::secret_hash;
use crate::world::{PASSWORD, attributes, world, world_with};

#[tokio::test]
async fn srp_signs_in_with_the_right_password_once() {
    let world = world().await;
    world.user("ada").await;

    let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();
    assert!(matches!(world.answer(&name, answer.clone()).await, Ok(AuthOutcome::Tokens(_))));
    let again = world.answer(&name, answer).await;
    assert!(matches!(again, Err(Error::NotAuthorized(Refusal::WrongCredentials))), "{again:?}");
    let (name, wrong) = world.srp("ada", "Wr0ng!horse").await.unwrap();
    assert!(matches!(world.answer(&name, wrong).await, Err(Error::NotAuthorized(_))));
}

#[tokio::test]
async fn line_54_an_srp_challenge_dies_after_three_minutes_and_fits_no_other_client() {
    let world = world().await;
    world.user("ada").await;
    let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();
    world.clock.advance_seconds(180);
    assert!(matches!(world.answer(&name, answer).await, Err(Error::NotAuthorized(_))));

    let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();
    let settings = world.pools.default_client_settings("other");
    let request = CreateClient { pool: world.pool.id.clone(), settings, with_secret: false };
    let other = world.pools.create_user_pool_client(request).await.unwrap().client.id;
    let request =
        RespondToChallenge { client: other, caller: Caller::Public, secret_hash: None, username: name, answer };
    assert!(matches!(world.pools.respond_to_auth_challenge(request).await, Err(Error::NotAuthorized(_))));
}

#[tokio::test]
async fn line_55_a_name_of_nobody_gets_a_challenge_that_stays_the_same_and_no_answer_passes() {
    let world = world().await;
    let flow = || SignInFlow::UserSrp { username: "nobody".to_owned(), client_public: "2".to_owned() };
    let salt = |outcome| match outcome {
        AuthOutcome::PasswordVerifier(challenge) => challenge.salt,
        other => panic!("{other:?}"),
    };

    let (one, two) = (world.begin(flow()).await.unwrap(), world.begin(flow()).await.unwrap());

    assert_eq!(salt(one), salt(two));
    let (name, answer) = world.srp("nobody", PASSWORD).await.unwrap();
    let refused = world.answer(&name, answer).await;
    assert!(matches!(refused, Err(Error::NotAuthorized(Refusal::WrongCredentials))), "{refused:?}");
    let refused = world.password("nobody", PASSWORD).await;
    assert!(matches!(refused, Err(Error::NotAuthorized(Refusal::WrongCredentials))), "{refused:?}");
}

#[tokio::test]
async fn line_56_an_srp_verifier_is_stored_under_seal_alone() {
    let world = world().await;
    world.user("ada").await;
    let secret = ClientSecret::new([3; 128]);
    let flow = SignInFlow::UserSrp { username: "ada".to_owned(), client_public: secret.public_value().to_hex() };
    let AuthOutcome::PasswordVerifier(challenge) = world.begin(flow).await.unwrap() else {
        panic!("no verifier asked")
    };
    let identity = Identity { pool_name: world.pool.id.short_name(), user_id: &challenge.user_id };
    let verifier = Verifier::compute(&identity, PASSWORD, &Salt::from_hex(&challenge.salt).unwrap());
    let bytes = verifier.expose();
    let numbers = bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
    let forms =
        [bytes.to_vec(), hex::encode(bytes).into(), BASE64.encode(bytes).into(), numbers.into(), PASSWORD.into()];

    let stored = world.store.scan(&Range::of(Key::new(&[]), 1000)).await.unwrap();
    assert!(stored.len() > 3);
    for document in stored {
        for form in &forms {
            let found = document.body.windows(form.len()).any(|window| window.eq_ignore_ascii_case(form));
            assert!(!found, "{:?}", document.key);
        }
    }
}

#[tokio::test]
async fn a_client_that_hides_nobody_says_that_a_user_does_not_exist() {
    let world = world_with(|_, client| client.settings.prevent_user_existence_errors = false).await;

    assert!(matches!(world.password("nobody", PASSWORD).await, Err(Error::NotFound(Kind::User))));
    assert!(matches!(world.srp("nobody", PASSWORD).await, Err(Error::NotFound(Kind::User))));
}

#[tokio::test]
async fn line_43_guesses_are_slowed_down_and_the_owner_comes_back_in_time() {
    let world = world().await;
    world.user("ada").await;
    for _ in 0..5 {
        assert!(matches!(world.password("ada", "wrong-pass").await, Err(Error::NotAuthorized(_))));
    }

    let slowed = world.password("ada", PASSWORD).await;
    assert!(matches!(slowed, Err(Error::TooManyAttempts { .. })), "{slowed:?}");
    let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();
    assert!(matches!(world.answer(&name, answer).await, Err(Error::TooManyAttempts { .. })));
    world.clock.advance_seconds(1);
    world.tokens("ada").await;
    world.tokens("ada").await;
}

#[tokio::test]
async fn a_client_with_a_secret_wants_its_hash_over_the_name_as_sent() {
    let world = world_with(|_, client| client.with_secret = true).await;
    let described = world.pools.describe_user_pool_client(&world.pool.id, &world.client.id).await.unwrap();
    let secret = described.secret.unwrap();
    let hash = |name: &str| secret_hash(&secret, name, &world.client.id);
    let sign_up = |secret_hash: Option<String>| SignUp {
        client: world.client.id.clone(),
        secret_hash,
        username: "ada".to_owned(),
        password: Some(PASSWORD.into()),
        attributes: attributes(&[("email", "ada@example.com")]),
    };

    assert!(matches!(
        world.pools.sign_up(sign_up(None)).await,
        Err(Error::NotAuthorized(Refusal::SecretHashMissing(_)))
    ));
    assert!(matches!(
        world.pools.sign_up(sign_up(Some(hash("eve")))).await,
        Err(Error::NotAuthorized(Refusal::SecretHashWrong(_)))
    ));
    assert!(world.pools.sign_up(sign_up(Some(hash("ada")))).await.is_ok());
    assert_eq!(format!("{secret:?}"), "SecretString(..)");
}

#[tokio::test]
async fn an_administrators_user_must_choose_a_password_once() {
    let world = world().await;
    let temporary = world.invite("karl").await;
    let Ok(AuthOutcome::NewPasswordRequired(challenge)) = world.password("karl", &temporary).await else {
        panic!("no new password asked")
    };
    let choose = |password: &str, session: &SecretString| Answer::NewPassword {
        session: session.clone(),
        password: password.into(),
        attributes: Attributes::new(),
    };

    assert!(matches!(world.answer("karl", choose("short", &challenge.session)).await, Err(Error::InvalidPassword(_))));
    assert!(matches!(world.answer("eve", choose(PASSWORD, &challenge.session)).await, Err(Error::NotAuthorized(_))));
    let done = world.answer("karl", choose(PASSWORD, &challenge.session)).await;
    assert!(matches!(done, Ok(AuthOutcome::Tokens(_))), "{done:?}");
    assert!(matches!(world.answer("karl", choose(PASSWORD, &challenge.session)).await, Err(Error::NotAuthorized(_))));
    world.tokens("karl").await;
}

#[tokio::test]
async fn line_51_a_temporary_password_dies_with_its_days() {
    let world = world().await;
    world.user("ada").await;
    let temporary = SecretString::from("T3mp!pass-phrase");
    let set = world.pools.admin_set_user_password(&world.pool.id, "ada", &temporary, PasswordLifetime::Temporary);
    set.await.unwrap();
    world.clock.advance_seconds(7 * 86400);

    let refused = world.password("ada", "T3mp!pass-phrase").await;

    assert!(matches!(refused, Err(Error::NotAuthorized(Refusal::TemporaryPasswordExpired))));
}

#[tokio::test]
async fn flows_that_a_client_does_not_list_are_refused_and_doors_are_not_mixed() {
    let world =
        world_with(|_, client| client.settings.explicit_auth_flows = BTreeSet::from([AllowedFlow::UserSrp])).await;
    let flow = || SignInFlow::AdminUserPassword { username: "ada".to_owned(), password: PASSWORD.into() };

    assert!(matches!(world.password("ada", PASSWORD).await, Err(Error::InvalidParameter(_))));
    assert!(matches!(world.begin(flow()).await, Err(Error::InvalidParameter(_))));
}

#[tokio::test]
async fn a_huge_broken_or_foreign_token_is_refused() {
    let world = world().await;
    for token in ["A".repeat(1024 * 1024), String::new(), "a.b.c".to_owned(), "e30.e30.e30".to_owned()] {
        let refused = world.pools.get_user(&SecretString::from(token)).await;
        assert!(matches!(refused, Err(Error::NotAuthorized(Refusal::AccessTokenInvalid))), "{refused:?}");
    }
}
