//! Somebody has lost the password, changes it, or is told to.

use std::sync::Arc;

use identity_kernel::secret::SecretString;
use userpool_core::model::client::Rotation;
use userpool_core::model::factors::{MfaMode, SecondFactor};
use userpool_core::model::notices::Notice;
use userpool_core::model::pool::{AccountRules, Contact};
use userpool_core::model::recovery::{RecoveryMechanism, RecoverySettings};
use userpool_core::ops::recovery::{ConfirmForgotPassword, ForgotPassword};
use userpool_core::ops::sign_in::{Answer, AuthOutcome};
use userpool_core::ops::users::PasswordLifetime;
use userpool_core::ports::MessageReason;
use userpool_core::reasons::PasswordProblem;
use userpool_core::{Error, Invalid, Refusal};

use crate::factors::pool_with;
use crate::world::{PASSWORD, World, attributes, service, world, world_with};

const NEXT: &str = "quite another battery";
const THIRD: &str = "a third long password";

impl World {
    pub(crate) async fn forgot(&self, name: &str) -> Result<userpool_core::model::delivery::Delivery, Error> {
        self.pools.forgot_password(ForgotPassword::new(self.client.id.clone(), name)).await
    }

    pub(crate) async fn reset(&self, name: &str, code: &str, password: &str) -> Result<(), Error> {
        let request = ConfirmForgotPassword::new(self.client.id.clone(), name, code, password);
        self.pools.confirm_forgot_password(request).await
    }

    /// The code that was sent to reset the password.
    fn reset_code(&self, name: &str) -> String {
        let mut sent = self.outbox.to(name);
        sent.retain(|message| message.reason == MessageReason::ForgotPassword);
        sent.pop().unwrap().code.expose().to_owned()
    }
}

async fn legacy_world() -> World {
    world_with(|_, client| client.settings.prevent_user_existence_errors = false).await
}

#[tokio::test]
async fn a_forgotten_password_is_set_anew_with_the_code_that_goes_to_the_verified_address() {
    let world = world().await;
    world.user("ada").await;

    let sent = world.forgot("ada").await.unwrap();
    assert_eq!((sent.contact, sent.destination.as_str()), (Contact::Email, "a***@e***"));
    world.reset("ada", &world.reset_code("ada"), NEXT).await.unwrap();

    assert_eq!(world.password("ada", PASSWORD).await.unwrap_err(), Error::NotAuthorized(Refusal::WrongCredentials));
    assert!(matches!(world.password("ada", NEXT).await.unwrap(), AuthOutcome::Tokens(_)));
}

#[tokio::test]
async fn line_47_a_reset_code_lives_an_hour_and_is_spent_once_on_any_node() {
    let world = legacy_world().await;
    world.user("ada").await;
    world.forgot("ada").await.unwrap();
    let other_node = service(&world.clock, &world.outbox, &world.store);
    let code = world.reset_code("ada");

    world.clock.advance_seconds(3599);
    world.reset("ada", &code, NEXT).await.unwrap();
    let again = ConfirmForgotPassword::new(world.client.id.clone(), "ada", code.as_str(), THIRD);
    assert_eq!(other_node.confirm_forgot_password(again).await, Err(Error::ExpiredCode));

    world.forgot("ada").await.unwrap();
    world.clock.advance_seconds(3600);
    assert_eq!(world.reset("ada", &world.reset_code("ada"), THIRD).await, Err(Error::ExpiredCode));
}

#[tokio::test]
async fn line_47_a_code_that_confirms_an_address_resets_no_password() {
    let world = world().await;
    world.user("ada").await;
    world.sign_up("eve").await.unwrap();
    world.forgot("ada").await.unwrap();
    let (reset, sign_up) = (world.reset_code("ada"), world.outbox.code_for("eve").unwrap());

    assert_eq!(world.reset("eve", &sign_up, NEXT).await, Err(Error::CodeMismatch));
    assert_eq!(world.confirm("ada", &reset).await, Err(Error::CodeMismatch));
    assert_eq!(world.reset("eve", &reset, NEXT).await, Err(Error::CodeMismatch), "another user's code");
}

#[tokio::test]
async fn of_many_who_reset_with_one_code_one_wins() {
    let world = Arc::new(world().await);
    world.user("ada").await;
    world.forgot("ada").await.unwrap();
    let code = world.reset_code("ada");

    let passwords: Vec<String> = (0..4).map(|number| format!("a long password, number {number}")).collect();
    let tries = passwords.iter().map(|password| world.reset("ada", &code, password));
    let won = futures::future::join_all(tries).await.into_iter().flatten().count();

    assert_eq!(won, 1);
}

#[tokio::test]
async fn a_password_that_the_pool_refuses_does_not_spend_the_code() {
    let world = world().await;
    world.user("ada").await;
    world.forgot("ada").await.unwrap();
    let code = world.reset_code("ada");

    assert_eq!(world.reset("ada", &code, "short").await, Err(PasswordProblem::TooShort.into()));
    assert_eq!(world.reset("ada", &code, "passwordpassword").await, Err(PasswordProblem::Common.into()));

    world.reset("ada", &code, NEXT).await.unwrap();
}

#[tokio::test]
async fn a_wrong_code_and_a_common_password_are_answered_as_a_wrong_code_so_that_no_name_is_told() {
    let world = world().await;
    world.user("ada").await;

    for name in ["ada", "nobody"] {
        assert_eq!(world.reset(name, "000000", "ada@example.com").await, Err(Error::CodeMismatch), "{name}");
    }
}

#[tokio::test]
async fn line_48_a_reset_ends_sessions_tells_the_user_and_lifts_the_wait_and_the_pool_may_keep_sessions() {
    for (rules, ends) in [(AccountRules::HARDENED, true), (AccountRules::COGNITO, false)] {
        let world = world_with(|pool, client| {
            pool.settings.account_rules = rules;
            client.settings.rotation = Some(Rotation { grace_seconds: 0 });
        })
        .await;
        world.user("ada").await;
        let tokens = world.tokens("ada").await;
        for _ in 0..7 {
            let _ = world.password("ada", "wrong").await;
        }
        assert!(matches!(world.password("ada", PASSWORD).await, Err(Error::TooManyAttempts { .. })));
        world.forgot("ada").await.unwrap();

        world.reset("ada", &world.reset_code("ada"), NEXT).await.unwrap();

        assert_eq!(world.pools.get_user(&tokens.access_token).await.is_err(), ends);
        assert_eq!(world.refresh(&tokens.refresh_token.unwrap()).await.is_err(), ends);
        let told =
            world.outbox.to("ada").iter().any(|sent| sent.reason == MessageReason::Notice(Notice::PasswordReset));
        assert_eq!(told, ends);
        world.password("ada", NEXT).await.unwrap();
    }
}

#[tokio::test]
async fn line_48_whoever_has_a_new_password_is_asked_for_the_second_factor_as_before() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    let app = world.user_with_app("ada").await;
    let asked = async |password: &str| match world.password("ada", password).await.unwrap() {
        AuthOutcome::Challenged(asked) => asked,
        other => panic!("{other:?}"),
    };

    world.forgot("ada").await.unwrap();
    world.reset("ada", &world.reset_code("ada"), NEXT).await.unwrap();
    assert_eq!(asked(NEXT).await.name, "SOFTWARE_TOKEN_MFA");
    let (again, lasting) = (SecretString::from(PASSWORD), PasswordLifetime::Permanent);
    world.pools.admin_set_user_password(&world.pool.id, "ada", &again, lasting).await.unwrap();
    let challenge = asked(PASSWORD).await;
    assert_eq!(challenge.name, "SOFTWARE_TOKEN_MFA");

    world.clock.advance_seconds(60);
    let answer = Answer::SoftwareToken { session: challenge.session, code: app.code(&world) };
    assert!(matches!(world.answer("ada", answer).await.unwrap(), AuthOutcome::Tokens(_)));
}

#[tokio::test]
async fn codes_go_by_the_first_way_of_recovery_for_which_the_user_has_a_verified_address() {
    let (mail, phone) =
        (RecoveryMechanism::Verified(Contact::Email), RecoveryMechanism::Verified(Contact::PhoneNumber));
    for (mechanisms, goes_to) in [
        (vec![], Some(Contact::PhoneNumber)),
        (vec![phone, mail], Some(Contact::PhoneNumber)),
        (vec![mail, phone], Some(Contact::Email)),
        (vec![mail], Some(Contact::Email)),
        (vec![RecoveryMechanism::AdminOnly], None),
    ] {
        let world = world_with(|pool, _| pool.settings.recovery = RecoverySettings { mechanisms }).await;
        world.user("ada").await;
        let number = [("phone_number", "+14155550199"), ("phone_number_verified", "true")];
        world.pools.admin_update_user_attributes(&world.pool.id, "ada", attributes(&number)).await.unwrap();

        let sent = world.forgot("ada").await.map(|sent| sent.contact);

        assert_eq!(sent, goes_to.ok_or(Error::NotAuthorized(Refusal::RecoveryByAdministrator)));
    }
}

#[tokio::test]
async fn line_46_no_code_goes_to_an_address_that_waits_to_be_verified() {
    let world = world().await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;
    let new = attributes(&[("email", "eve@evil.example")]);
    world.pools.update_user_attributes(&tokens.access_token, new).await.unwrap();

    world.forgot("ada").await.unwrap();

    let sent = world.outbox.to("ada").pop().unwrap();
    assert_eq!((sent.reason, sent.destination.as_str()), (MessageReason::ForgotPassword, "ada@example.com"));
}

#[tokio::test]
async fn an_administrator_demands_another_password_and_no_session_survives_that() {
    let world = legacy_world().await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;

    world.pools.admin_reset_user_password(&world.pool.id, "ada").await.unwrap();

    assert_eq!(world.password("ada", PASSWORD).await.unwrap_err(), Error::PasswordResetRequired);
    assert!(world.pools.get_user(&tokens.access_token).await.is_err());
    world.reset("ada", &world.reset_code("ada"), NEXT).await.unwrap();
    world.password("ada", NEXT).await.unwrap();
    assert!(world.pools.get_user(&tokens.access_token).await.is_err(), "a session of before does not come back");
}

#[tokio::test]
async fn an_administrators_demand_holds_though_a_stranger_has_spent_the_messages() {
    let world = world().await;
    world.user("ada").await;
    while world.forgot("ada").await.is_ok() {}

    let demanded = world.pools.admin_reset_user_password(&world.pool.id, "ada").await;

    assert!(matches!(demanded, Err(Error::LimitExceeded { .. })), "{demanded:?}");
    assert_eq!(world.password("ada", PASSWORD).await.unwrap_err(), Error::PasswordResetRequired);
}

#[tokio::test]
async fn an_administrator_demands_no_other_password_of_whoever_has_none_or_cannot_be_reached() {
    let world = world().await;
    let demand = async |name: &str| world.pools.admin_reset_user_password(&world.pool.id, name).await;
    world.invite("invited").await;
    world.sign_up("unconfirmed").await.unwrap();
    world.user("disabled").await;
    world.pools.admin_disable_user(&world.pool.id, "disabled").await.unwrap();
    world.user("unreachable").await;
    let unproved = attributes(&[("email", "other@example.com")]);
    world.pools.admin_update_user_attributes(&world.pool.id, "unreachable", unproved).await.unwrap();

    assert_eq!(demand("invited").await, Err(Refusal::PasswordNotResettable.into()));
    assert_eq!(demand("unconfirmed").await, Err(Refusal::PasswordNotResettable.into()));
    assert_eq!(demand("disabled").await, Err(Refusal::UserDisabled.into()));
    assert_eq!(demand("unreachable").await, Err(Invalid::NoVerifiedAddress.into()));
}

async fn change(world: &World, token: &SecretString, previous: &str, proposed: &str) -> Result<(), Error> {
    world.pools.change_password(token, Some(&previous.into()), &proposed.into()).await
}

#[tokio::test]
async fn line_48_a_changed_password_ends_every_other_session_and_the_one_it_was_changed_in_goes_on() {
    let world = world_with(|_, client| client.settings.rotation = Some(Rotation { grace_seconds: 0 })).await;
    world.user("ada").await;
    let (here, elsewhere) = (world.tokens("ada").await, world.tokens("ada").await);

    change(&world, &here.access_token, PASSWORD, NEXT).await.unwrap();

    world.pools.get_user(&here.access_token).await.unwrap();
    world.refresh(&here.refresh_token.unwrap()).await.unwrap();
    assert!(world.pools.get_user(&elsewhere.access_token).await.is_err());
    assert!(world.refresh(&elsewhere.refresh_token.unwrap()).await.is_err());
    assert_eq!(world.outbox.to("ada").pop().unwrap().reason, MessageReason::Notice(Notice::PasswordChanged));
    world.password("ada", NEXT).await.unwrap();
}

#[tokio::test]
async fn line_43_guesses_at_the_previous_password_are_counted_with_those_at_sign_ins() {
    let world = world().await;
    world.user("ada").await;
    let token = world.tokens("ada").await.access_token;

    for _ in 0..5 {
        assert_eq!(change(&world, &token, "wrong", NEXT).await, Err(Error::NotAuthorized(Refusal::WrongCredentials)));
    }

    let sixth = change(&world, &token, PASSWORD, NEXT).await;
    assert!(matches!(sixth, Err(Error::TooManyAttempts { .. })), "{sixth:?}");
    assert!(matches!(world.password("ada", PASSWORD).await, Err(Error::TooManyAttempts { .. })));
    world.pools.get_user(&token).await.expect("line 44: a session goes on");
}

#[tokio::test]
async fn a_password_is_not_changed_without_the_one_before() {
    let world = world().await;
    world.user("ada").await;
    let token = world.tokens("ada").await.access_token;

    let changed = world.pools.change_password(&token, None, &NEXT.into()).await;

    assert_eq!(changed, Err(Error::NotAuthorized(Refusal::WrongCredentials)));
}

#[tokio::test]
async fn a_pool_that_remembers_three_passwords_takes_the_first_again_as_the_fourth() {
    let world = world_with(|pool, _| pool.settings.password_policy.history_size = 3).await;
    world.user("ada").await;
    let token = || async { world.tokens("ada").await.access_token };
    let first = token().await;

    assert_eq!(change(&world, &first, PASSWORD, PASSWORD).await, Err(Error::PasswordHistory));
    change(&world, &first, PASSWORD, NEXT).await.unwrap();
    assert_eq!(change(&world, &first, NEXT, PASSWORD).await, Err(Error::PasswordHistory));
    change(&world, &first, NEXT, THIRD).await.unwrap();
    assert_eq!(change(&world, &first, THIRD, PASSWORD).await, Err(Error::PasswordHistory), "the third one back");
    change(&world, &first, THIRD, "the fourth long password").await.unwrap();

    change(&world, &first, "the fourth long password", PASSWORD).await.unwrap();
}

#[tokio::test]
async fn no_way_to_a_new_password_goes_round_the_history() {
    let world = world_with(|pool, _| pool.settings.password_policy.history_size = 2).await;
    world.user("ada").await;
    let (pools, pool) = (&world.pools, &world.pool.id);
    pools.admin_set_user_password(pool, "ada", &NEXT.into(), PasswordLifetime::Permanent).await.unwrap();

    for used in [PASSWORD, NEXT] {
        let lifetime = PasswordLifetime::Permanent;
        let by_administrator = pools.admin_set_user_password(pool, "ada", &used.into(), lifetime).await;
        assert_eq!(by_administrator, Err(Error::PasswordHistory));
        world.clock.advance_seconds(3600);
        world.forgot("ada").await.unwrap();
        assert_eq!(world.reset("ada", &world.reset_code("ada"), used).await, Err(Error::PasswordHistory));
    }

    let temporary = "a temporary long password";
    pools.admin_set_user_password(pool, "ada", &temporary.into(), PasswordLifetime::Temporary).await.unwrap();
    let AuthOutcome::NewPasswordRequired(asked) = world.password("ada", temporary).await.unwrap() else { panic!() };
    let answer = Answer::NewPassword { session: asked.session, password: NEXT.into(), attributes: attributes(&[]) };
    assert_eq!(world.answer("ada", answer).await.unwrap_err(), Error::PasswordHistory);
}
