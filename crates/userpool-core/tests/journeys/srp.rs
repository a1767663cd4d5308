//! SRP's two steps, and what they must not tell.

use cognito_srp::{ClientSecret, write_timestamp};
use identity_kernel::time::Clock;
use userpool_core::model::pool::{Alias, Contact, SignInNames};
use userpool_core::ops::sign_in::{Answer, AuthOutcome, SignInFlow};
use userpool_core::ops::srp::PasswordVerifier;
use userpool_core::ops::users::PasswordLifetime;
use userpool_core::{Error, Refusal};

use crate::world::{PASSWORD, World, attributes, world, world_with};

const OTHER: &str = "An0ther!horse-and-cart";

async fn challenge(world: &World, name: &str) -> PasswordVerifier {
    let client_public = ClientSecret::new([3; 128]).public_value().to_hex();
    match world.begin(SignInFlow::UserSrp { username: name.to_owned(), client_public }).await.unwrap() {
        AuthOutcome::PasswordVerifier(challenge) => challenge,
        other => panic!("{other:?}"),
    }
}

fn wrong() -> Error {
    Error::NotAuthorized(Refusal::WrongCredentials)
}

#[tokio::test]
async fn line_78_a_challenge_that_was_begun_under_another_password_is_dead() {
    let world = world().await;
    world.user("ada").await;
    let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();

    let (pool, other) = (&world.pool.id, OTHER.into());
    world.pools.admin_set_user_password(pool, "ada", &other, PasswordLifetime::Permanent).await.unwrap();

    assert_eq!(world.answer(&name, answer).await.unwrap_err(), wrong());
    let (name, answer) = world.srp("ada", OTHER).await.unwrap();
    assert!(world.answer(&name, answer).await.is_ok());
}

#[tokio::test]
async fn line_54_a_proof_whose_time_is_far_from_the_servers_is_refused() {
    for (seconds, fits) in [(-301, false), (-300, true), (300, true), (301, false)] {
        let world = world().await;
        world.user("ada").await;
        let said = write_timestamp(world.clock.now().plus_seconds(seconds));
        let (name, answer) = world.srp_at("ada", PASSWORD, &said).await.unwrap();

        let outcome = world.answer(&name, answer).await;

        let refused = Error::NotAuthorized(Refusal::TimestampOutOfRange);
        assert_eq!(outcome.map(drop), if fits { Ok(()) } else { Err(refused) }, "{seconds}");
    }
}

#[tokio::test]
async fn line_54_a_proof_serves_nobody_under_another_users_name() {
    let world = world().await;
    world.user("ada").await;
    world.user("eve").await;
    let (_, answer) = world.srp("eve", PASSWORD).await.unwrap();

    assert_eq!(world.answer("ada", answer).await.unwrap_err(), wrong());
}

#[tokio::test]
async fn line_54_the_servers_secret_is_fresh_each_time() {
    let world = world().await;
    world.user("ada").await;

    let (one, two) = (challenge(&world, "ada").await, challenge(&world, "ada").await);

    assert_ne!(one.server_public, two.server_public);
    assert_eq!(one.salt, two.salt);
}

#[tokio::test]
async fn line_55_two_names_of_nobody_have_two_salts() {
    let world = world().await;

    let (one, two) = (challenge(&world, "nobody").await, challenge(&world, "nowhere").await);

    assert_ne!(one.salt, two.salt);
    assert_eq!(one.salt, challenge(&world, "NOBODY").await.salt, "the pool does not tell case");
}

#[tokio::test]
async fn line_38_a_secret_block_is_as_long_for_nobody_as_for_somebody() {
    let world = world().await;
    world.user("known").await;

    let known = challenge(&world, "known").await;
    for _ in 0..20 {
        let unknown = challenge(&world, "nobod").await;
        assert_eq!(unknown.secret_block.len(), known.secret_block.len());
    }
}

#[tokio::test]
async fn line_38_the_name_that_srp_hashes_has_one_form_for_somebody_and_nobody() {
    let world = world().await;
    world.user("Known").await;
    assert_eq!(challenge(&world, "kNOWN").await.user_id, "known");
    assert_eq!(challenge(&world, "nOBODY").await.user_id, "nobody");

    for names in [SignInNames::Address([Contact::Email].into()), SignInNames::UsernameOr([Alias::Email].into())] {
        let world = world_with(|pool, _| pool.sign_in_names = names).await;
        let name = if matches!(world.pool.sign_in_names, SignInNames::Address(_)) { "a@example.com" } else { "ann" };
        let email: &[(&str, &str)] = if name == "ann" { &[("email", "a@example.com")] } else { &[] };
        world.sign_up_with(name, email).await.unwrap();
        world.pools.admin_confirm_sign_up(&world.pool.id, name).await.unwrap();
        let known = challenge(&world, name).await;
        let unknown = challenge(&world, "b@example.com").await;

        let form = |id: &str| id.bytes().map(|byte| if byte == b'-' { '-' } else { 'x' }).collect::<String>();
        assert_eq!(form(&known.user_id), form(&unknown.user_id));
        assert_eq!(form(&known.user_id).len(), 36);
        assert_eq!(unknown.user_id, challenge(&world, "b@example.com").await.user_id, "the same each time");
        assert_eq!(unknown.secret_block.len(), known.secret_block.len());
        let (id, answer) = world.srp(name, PASSWORD).await.unwrap();
        assert!(matches!(world.answer(&id, answer).await, Ok(AuthOutcome::Tokens(_))));
    }
}

#[tokio::test]
async fn a_sealed_step_of_one_kind_answers_no_other() {
    let world = world().await;
    let temporary = world.invite("karl").await;
    let begun = world.password("karl", &temporary).await.unwrap();
    let AuthOutcome::NewPasswordRequired(asked) = begun else { panic!("{begun:?}") };
    let (name, answer) = world.srp("karl", &temporary).await.unwrap();
    let Answer::PasswordVerifier(mut proof) = answer else { panic!() };

    let block = std::mem::replace(&mut proof.secret_block, asked.session.expose().to_owned());
    assert_eq!(world.answer(&name, Answer::PasswordVerifier(proof)).await.unwrap_err(), wrong());
    let swapped = Answer::NewPassword { session: block.into(), password: OTHER.into(), attributes: attributes(&[]) };
    assert_eq!(world.answer("karl", swapped).await.unwrap_err(), Error::NotAuthorized(Refusal::SessionInvalid));
}

#[tokio::test]
async fn a_proof_takes_three_minutes_at_most_however_long_other_steps_may() {
    for (seconds, fits) in [(179, true), (180, false)] {
        let world = world_with(|_, client| client.settings.challenge_minutes = 15).await;
        world.user("ada").await;
        let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();

        world.clock.advance_seconds(seconds);

        let outcome = world.answer(&name, answer).await;
        assert_eq!(outcome.is_ok(), fits, "{seconds}: {outcome:?}");
    }
}
