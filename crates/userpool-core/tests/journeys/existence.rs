//! What answers tell of whether somebody is there: each public operation, against each state of a user.

use userpool_core::model::attributes::Attributes;
use userpool_core::model::delivery::Delivery;
use userpool_core::model::pool::Contact;
use userpool_core::ops::resend::ResendCode;
use userpool_core::{Error, Invalid, Kind, Refusal};

use crate::world::{World, attributes, world_with};

/// A public operation by name, with a wrong proof where it takes one.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Password,
    Srp,
    ForgotPassword,
    ConfirmForgotPassword,
    ResendCode,
    ConfirmSignUp,
}

const OPERATIONS: [Operation; 6] = [
    Operation::Password,
    Operation::Srp,
    Operation::ForgotPassword,
    Operation::ConfirmForgotPassword,
    Operation::ResendCode,
    Operation::ConfirmSignUp,
];

/// A state that somebody may be in.
#[derive(Clone, Copy, Debug)]
enum State {
    Nobody,
    Confirmed,
    Disabled,
    Unconfirmed,
    ResetRequired,
    Invited,
    Unreachable,
}

const STATES: [State; 7] = [
    State::Nobody,
    State::Confirmed,
    State::Disabled,
    State::Unconfirmed,
    State::ResetRequired,
    State::Invited,
    State::Unreachable,
];

async fn world_in(state: State, hidden: bool) -> World {
    let world = world_with(|_, client| client.settings.prevent_user_existence_errors = hidden).await;
    match state {
        State::Nobody => {}
        State::Unconfirmed => drop(world.sign_up("ada").await.unwrap()),
        State::Invited => drop(world.invite("ada").await),
        _ => world.user("ada").await,
    }
    let (pools, pool) = (&world.pools, &world.pool.id);
    match state {
        State::Disabled => pools.admin_disable_user(pool, "ada").await.unwrap(),
        State::ResetRequired => pools.admin_reset_user_password(pool, "ada").await.unwrap(),
        State::Unreachable => {
            let other: Attributes = attributes(&[("email", "ada.k@example.com")]);
            pools.admin_update_user_attributes(pool, "ada", other).await.unwrap();
        }
        _ => {}
    }
    world
}

/// What a caller sees: an error, or where a code went, its letters left out, for they are the name's own.
async fn answer(world: &World, operation: Operation) -> Result<(Contact, String), Error> {
    let seen =
        |sent: Delivery| (sent.contact, sent.destination.chars().filter(|letter| !letter.is_alphabetic()).collect());
    let nothing = |()| (Contact::Email, String::new());
    match operation {
        Operation::Password => Err(world.password("ada", "wrong").await.unwrap_err()),
        Operation::Srp => {
            let (name, proof) = world.srp("ada", "wrong").await?;
            Err(world.answer(&name, proof).await.unwrap_err())
        }
        Operation::ForgotPassword => world.forgot("ada").await.map(seen),
        Operation::ConfirmForgotPassword => world.reset("ada", "x", "a long enough password").await.map(nothing),
        Operation::ResendCode => {
            let request = ResendCode::new(world.client.id.clone(), "ada");
            world.pools.resend_confirmation_code(request).await.map(seen)
        }
        Operation::ConfirmSignUp => world.confirm("ada", "x").await.map(nothing),
    }
}

#[tokio::test]
async fn line_39_where_users_are_hidden_no_operation_tells_one_state_from_another() {
    for operation in OPERATIONS {
        let nobody = answer(&world_in(State::Nobody, true).await, operation).await;
        for state in STATES {
            let found = answer(&world_in(state, true).await, operation).await;

            assert_eq!(found, nobody, "{operation:?} {state:?}");
            let texts = [&found, &nobody].map(|answer| answer.as_ref().err().map(ToString::to_string));
            assert_eq!(texts[0], texts[1], "{operation:?} {state:?}");
        }
    }
}

#[tokio::test]
async fn line_39_an_operation_that_is_repeated_until_it_is_refused_is_refused_as_soon_for_nobody() {
    for operation in [Operation::ForgotPassword, Operation::ConfirmForgotPassword] {
        let mut counts = Vec::new();
        for state in STATES.into_iter().filter(|state| !matches!(state, State::ResetRequired)) {
            let world = world_in(state, true).await;
            // What the making of the state spent is refilled.
            world.clock.advance_seconds(3 * 86_400);
            let mut count = 0;
            while !matches!(answer(&world, operation).await, Err(Error::LimitExceeded { .. })) {
                count += 1;
            }
            counts.push(count);
        }
        assert!(counts.iter().all(|count| *count == counts[0] && *count > 0), "{operation:?} {counts:?}");
    }
}

#[tokio::test]
async fn line_39_what_is_said_of_a_code_that_is_not_sent_is_the_same_on_every_node_and_at_any_time() {
    let world = world_in(State::Nobody, true).await;
    let other_node = crate::world::service(&world.clock, &world.outbox, &world.store);
    let request = || userpool_core::ops::recovery::ForgotPassword::new(world.client.id.clone(), "Ada");

    let first = world.forgot("ada").await.unwrap();
    world.clock.advance_seconds(86_400);
    let second = other_node.forgot_password(request()).await.unwrap();

    assert_eq!(first, second);
}

#[tokio::test]
async fn a_client_that_hides_nobody_tells_each_state_in_cognitos_way() {
    use State::{Confirmed, Disabled, Invited, Nobody, ResetRequired, Unconfirmed, Unreachable};

    let sent = || Ok((Contact::Email, "***@***".to_owned()));
    let wrong = || Err(Error::NotAuthorized(Refusal::WrongCredentials));
    for state in STATES {
        let expected: [Result<(Contact, String), Error>; 6] = [
            if matches!(state, Nobody) { Err(Error::NotFound(Kind::User)) } else { wrong() },
            if matches!(state, Nobody) { Err(Error::NotFound(Kind::User)) } else { wrong() },
            match state {
                Nobody => Err(Error::NotFound(Kind::UserOfClient)),
                Disabled => Err(Refusal::UserDisabled.into()),
                Unconfirmed | Unreachable => Err(Invalid::NoVerifiedAddress.into()),
                Invited => Err(Refusal::PasswordNotResettable.into()),
                Confirmed | ResetRequired => sent(),
            },
            match state {
                Nobody => Err(Error::NotFound(Kind::UserOfClient)),
                Disabled => Err(Refusal::UserDisabled.into()),
                Invited => Err(Refusal::PasswordNotResettable.into()),
                ResetRequired => Err(Error::CodeMismatch),
                Confirmed | Unconfirmed | Unreachable => Err(Error::ExpiredCode),
            },
            match state {
                Nobody => Err(Error::NotFound(Kind::UserOfClient)),
                Unconfirmed => sent(),
                _ => Err(Invalid::AlreadyConfirmed.into()),
            },
            match state {
                Nobody => Err(Error::NotFound(Kind::UserOfClient)),
                Unconfirmed => Err(Error::CodeMismatch),
                _ => Err(Refusal::AlreadyConfirmed.into()),
            },
        ];
        for (operation, expected) in OPERATIONS.into_iter().zip(expected) {
            assert_eq!(answer(&world_in(state, false).await, operation).await, expected, "{operation:?} {state:?}");
        }
    }
}
