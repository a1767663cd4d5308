//! Codes cannot be guessed: whatever an attacker does, a day sees a few dozen guesses at one address.

use std::collections::BTreeSet;
use std::sync::Arc;

use identity_kernel::context::RequestContext;
use userpool_core::Error;
use userpool_core::model::pool::{Alias, SignInNames};
use userpool_core::model::user::UserStatus;
use userpool_core::ops::resend::ResendCode;
use userpool_core::ops::sign_up::{ConfirmSignUp, SignUp};
use userpool_core::ops::users::PasswordLifetime;

use crate::world::{PASSWORD, World, service, world, world_with};

const VICTIM: &str = "victim@corp.example";

/// Accounts with the victim's address, new codes and guesses as often as they are taken, for two days, over nodes that
/// start anew all the time.
#[tokio::test]
async fn line_43_no_day_sees_fifty_guesses_at_one_address_whatever_the_attacker_does() {
    let mut world = world_with(|pool, _| {
        pool.sign_in_names = SignInNames::UsernameOr(BTreeSet::from([Alias::Email]));
    })
    .await;
    let (mut accounts, mut guesses): (Vec<String>, Vec<i64>) = (Vec::new(), Vec::new());
    let spellings = [VICTIM, "Victim@Corp.example", "VICTIM@CORP.EXAMPLE", "victim+1@corp.example"];
    let step = 30 * 60;
    for at in 0..(2 * 86_400 / step) {
        world.pools = service(&world.clock, &world.outbox, &world.store);
        let spelling = spellings[usize::try_from(at).unwrap() % spellings.len()];
        let account = format!("account{at}");
        if world.sign_up_with(&account, &[("email", spelling)]).await.is_ok() {
            accounts.push(account);
        }
        for account in &accounts {
            let _ = try_resend(&world, account).await;
            for _ in 0..3 {
                match world.confirm(account, "no code").await {
                    Err(Error::CodeMismatch) => guesses.push(at * step),
                    refused => assert!(matches!(refused, Err(Error::LimitExceeded { .. })), "{refused:?}"),
                }
            }
        }
        world.clock.advance_seconds(step);
    }

    let worst =
        guesses.iter().map(|from| guesses.iter().filter(|at| (*from..from + 86_400).contains(*at)).count()).max();
    assert!((20..50).contains(&worst.unwrap()), "{worst:?} guesses in the worst 24 hours");
    let sent: usize = accounts.iter().map(|account| world.outbox.to(account).len()).sum();
    assert!(sent <= 5 + 2 * 10, "{sent} messages in two days");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn line_47_of_64_guesses_at_once_five_are_judged_at_most() {
    let world = Arc::new(world().await);
    world.sign_up("ada").await.unwrap();

    let answers = at_once(&world, 64, "no code").await;

    let judged = answers.iter().filter(|answer| matches!(answer, Err(Error::CodeMismatch))).count();
    assert!((1..=5).contains(&judged), "{judged}");
    assert!(answers.iter().all(|answer| matches!(answer, Err(Error::CodeMismatch | Error::LimitExceeded { .. }))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_right_code_that_loses_a_race_is_not_told_from_a_wrong_one() {
    for _ in 0..10 {
        let world = Arc::new(world().await);
        world.sign_up("ada").await.unwrap();

        let answers = at_once(&world, 5, &world.outbox.code_for("ada").unwrap()).await;

        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
        assert!(refused.into_iter().all(|error| matches!(error, Error::CodeMismatch)), "{answers:?}");
    }
}

#[tokio::test]
async fn line_44_wrong_guesses_of_strangers_leave_the_owner_a_try_at_a_new_code() {
    let world = world().await;
    world.sign_up("ada").await.unwrap();
    for _ in 0..9 {
        let _ = world.confirm("ada", "no code").await;
    }
    let first = world.outbox.code_for("ada").unwrap();
    assert!(world.confirm("ada", &first).await.is_err(), "the code is dead");

    world.resend("ada").await;

    world.confirm("ada", &world.outbox.code_for("ada").unwrap()).await.unwrap();
}

#[tokio::test]
async fn line_64_codes_for_one_user_come_twice_then_once_a_minute_and_slower() {
    let world = world().await;
    world.sign_up("ada").await.unwrap();
    world.resend("ada").await;
    let refused = try_resend(&world, "ada").await;
    assert!(matches!(refused, Err(Error::LimitExceeded { .. })), "{refused:?}");
    world.clock.advance_seconds(59);
    assert!(try_resend(&world, "ada").await.is_err());
    world.clock.advance_seconds(1);
    try_resend(&world, "ada").await.unwrap();
    assert_eq!(world.outbox.to("ada").len(), 3);
}

#[tokio::test]
async fn line_64_a_sign_up_whose_code_may_not_be_sent_makes_no_account() {
    let world = world().await;
    for name in ["one", "two", "three"] {
        world.sign_up_with(name, &[("email", VICTIM)]).await.unwrap();
    }

    let refused = world.sign_up_with("four", &[("email", VICTIM)]).await;

    assert!(matches!(refused, Err(Error::LimitExceeded { .. })), "{refused:?}");
    assert!(world.pools.admin_get_user(&world.pool.id, "four").await.is_err());
    world.sign_up_with("four", &[("email", "other@corp.example")]).await.unwrap();
}

/// Lines 38 and 39: nobody, unconfirmed, confirmed, disabled, with a temporary password, with a password to be reset.
#[tokio::test]
async fn line_39_confirming_and_resending_answer_alike_for_six_kinds_of_people() {
    let world = world_with(|pool, _| {
        pool.sign_in_names = SignInNames::UsernameOr(BTreeSet::from([Alias::Email]));
    })
    .await;
    let people = ["unconfirmed", "confirmed", "disabled", "invited", "reset", "nobody"];
    people_of_each_kind(&world).await;

    let mut answers = Vec::new();
    for name in people {
        let mut told = Vec::new();
        for _ in 0..7 {
            told.push(format!("{:?}", world.confirm(name, "000000x").await));
        }
        for _ in 0..2 {
            let sent = try_resend(&world, name).await;
            told.push(sent.map_or_else(|error| format!("{error:?}"), |sent| shape(&sent.destination)));
            told.push(format!("{:?}", world.confirm(name, "000000x").await));
        }
        answers.push(told);
    }

    for (name, told) in people.iter().zip(&answers) {
        assert_eq!(told, &answers[0], "{name}");
    }
}

#[tokio::test]
async fn line_39_what_is_said_of_a_message_to_nobody_fits_the_address_that_was_given() {
    let world = world_with(|pool, _| {
        pool.sign_in_names = SignInNames::UsernameOr(BTreeSet::from([Alias::Email]));
    })
    .await;

    let sent = try_resend(&world, "nobody@example.com").await.unwrap();

    assert_eq!(sent.destination, "n***@e***");
}

/// The world as one caller from this address sees it.
fn from(world: &World, address: &str) -> userpool_core::UserPools {
    world.pools.for_request(RequestContext { source: Some(address.parse().unwrap()), ..RequestContext::default() })
}

#[tokio::test]
async fn line_43_a_source_that_guesses_at_many_accounts_is_stopped_and_others_are_not() {
    let world = world().await;
    for at in 0..30 {
        world.sign_up(&format!("user{at}")).await.unwrap();
    }
    let (attacker, other) = (from(&world, "192.0.2.7"), from(&world, "198.51.100.9"));
    let guess = async |pools: &userpool_core::UserPools, at: usize| {
        pools.confirm_sign_up(ConfirmSignUp::new(world.client.id.clone(), format!("user{at}"), "no code")).await
    };

    let mut judged = 0;
    for at in 0..30 {
        for _ in 0..4 {
            judged += usize::from(guess(&attacker, at).await == Err(Error::CodeMismatch));
        }
    }

    assert_eq!(judged, 100);
    assert_eq!(guess(&other, 29).await, Err(Error::CodeMismatch));
}

#[tokio::test]
async fn line_44_the_last_try_is_kept_for_where_the_code_was_asked_for() {
    let world = world().await;
    let (owner, attacker) = (from(&world, "192.0.2.7"), from(&world, "198.51.100.9"));
    let name = "ada";
    let sign_up = SignUp::new(world.client.id.clone(), name, PASSWORD).attribute("email", "ada@example.com");
    owner.sign_up(sign_up).await.unwrap();
    let confirm = |code: &str| ConfirmSignUp::new(world.client.id.clone(), name, code);
    for _ in 0..9 {
        let _ = attacker.confirm_sign_up(confirm("no code")).await;
    }

    owner.confirm_sign_up(confirm(&world.outbox.code_for(name).unwrap())).await.unwrap();
}

async fn people_of_each_kind(world: &World) {
    world.sign_up("unconfirmed").await.unwrap();
    // As many messages as the sign-up above, so that the budgets stand alike.
    for name in ["confirmed", "disabled", "reset"] {
        world.user(name).await;
    }
    world.pools.admin_disable_user(&world.pool.id, "disabled").await.unwrap();
    world.invite("invited").await;
    let lifetime = PasswordLifetime::Temporary;
    world.pools.admin_set_user_password(&world.pool.id, "reset", &PASSWORD.into(), lifetime).await.unwrap();
    let reset = world.pools.admin_get_user(&world.pool.id, "reset").await.unwrap();
    assert_eq!(reset.status, UserStatus::ForceChangePassword);
    for name in ["invited", "nobody"] {
        try_resend(world, name).await.unwrap();
    }
}

fn shape(destination: &str) -> String {
    destination.chars().map(|letter| if letter.is_ascii_alphabetic() { 'x' } else { letter }).collect()
}

async fn try_resend(world: &World, name: &str) -> Result<userpool_core::model::delivery::Delivery, Error> {
    let request = ResendCode { client: world.client.id.clone(), secret_hash: None, username: name.to_owned() };
    world.pools.resend_confirmation_code(request).await
}

async fn at_once(world: &Arc<World>, count: usize, code: &str) -> Vec<Result<(), Error>> {
    let guess = || {
        let request = ConfirmSignUp {
            client: world.client.id.clone(),
            secret_hash: None,
            username: "ada".to_owned(),
            code: code.into(),
            force_alias: false,
            session: None,
        };
        let world = Arc::clone(world);
        tokio::spawn(async move { world.pools.confirm_sign_up(request).await.map(drop) })
    };
    let tasks: Vec<_> = (0..count).map(|_| guess()).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}
