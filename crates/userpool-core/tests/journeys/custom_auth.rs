//! Sign-ins of the application's own making: a riddle after nothing, or after the password.

use base64::Engine as _;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use identity_kernel::secret::SecretString;
use userpool_core::model::client::AllowedFlow;
use userpool_core::model::custom::{AnsweredChallenge, CustomChallenge, NextStep};
use userpool_core::model::factors::{MfaMode, SecondFactor};
use userpool_core::ops::sign_in::{Answer, AuthOutcome, Caller, InitiateAuth, RespondToChallenge, SignInFlow};
use userpool_core::ports::{Candidate, HookCall, HookError, Hooks};
use userpool_core::{Error, Invalid, Refusal, UserPools};

use crate::world::{PASSWORD, World, parts, world_with};

/// Asks a riddle until it is answered, three times at most; after SRP for the password first.
#[derive(Default)]
struct Riddle {
    seen: Mutex<Vec<String>>,
    /// What is said at once instead.
    says: Option<NextStep>,
}

#[async_trait]
impl Hooks for Riddle {
    async fn define_auth_challenge(
        &self,
        _: &HookCall<'_>,
        who: &Candidate<'_>,
        answered: &[AnsweredChallenge],
    ) -> Result<Option<NextStep>, HookError> {
        let told: Vec<String> = answered.iter().map(|one| format!("{}={}", one.name, one.right)).collect();
        self.seen.lock().unwrap().push(format!("{} {} {}", who.username, who.user.is_some(), told.join(",")));
        if let Some(says) = &self.says {
            return Ok(Some(says.clone()));
        }
        let riddles = answered.iter().filter(|one| one.name == "CUSTOM_CHALLENGE").count();
        Ok(Some(match answered.last() {
            Some(last) if last.name == "SRP_A" => NextStep::Challenge("PASSWORD_VERIFIER".to_owned()),
            Some(last) if last.name == "CUSTOM_CHALLENGE" && last.right => NextStep::IssueTokens,
            _ if riddles >= 3 => NextStep::Fail,
            _ => NextStep::Challenge("CUSTOM_CHALLENGE".to_owned()),
        }))
    }

    async fn create_auth_challenge(
        &self,
        _: &HookCall<'_>,
        _: &Candidate<'_>,
        _: &[AnsweredChallenge],
    ) -> Result<CustomChallenge, HookError> {
        let map = |name: &str, value: &str| [(name.to_owned(), value.to_owned())].into();
        Ok(CustomChallenge { public: map("question", "6 x 7"), private: map("answer", "forty-two"), metadata: None })
    }

    async fn verify_auth_challenge(
        &self,
        _: &HookCall<'_>,
        _: &Candidate<'_>,
        challenge: &CustomChallenge,
        answer: &str,
    ) -> Result<bool, HookError> {
        Ok(challenge.private["answer"] == answer)
    }
}

/// A world of this riddle.
async fn with(riddle: Riddle, hidden: bool) -> (World, Arc<Riddle>) {
    let mut world = world_with(|_, client| {
        client.settings.allow(AllowedFlow::Custom);
        client.settings.prevent_user_existence_errors = hidden;
    })
    .await;
    let riddle = Arc::new(riddle);
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.hooks = Arc::clone(&riddle) as Arc<dyn Hooks>;
    world.pools = UserPools::new(parts);
    (world, riddle)
}

/// A world in which who signs in is asked a riddle.
pub(crate) async fn riddled() -> World {
    with(Riddle::default(), true).await.0
}

pub(crate) fn custom(name: &str) -> SignInFlow {
    SignInFlow::Custom { username: name.to_owned(), client_public: None }
}

/// This answer to the riddle that was asked.
#[expect(clippy::needless_pass_by_value, reason = "a step is asked once and answered once")]
pub(crate) fn solved(asked: AuthOutcome, answer: &str) -> Answer {
    Answer::Custom { session: session(&asked), answer: answer.into() }
}

fn session(asked: &AuthOutcome) -> SecretString {
    let AuthOutcome::Challenged(challenge) = asked else { panic!("no riddle: {asked:?}") };
    assert_eq!(challenge.name, "CUSTOM_CHALLENGE");
    challenge.session.clone()
}

fn wrong() -> Error {
    Error::NotAuthorized(Refusal::WrongCredentials)
}

#[tokio::test]
async fn a_riddle_is_asked_until_it_is_answered_and_its_answer_is_nobodys_to_read() {
    let (world, riddle) = with(Riddle::default(), true).await;
    world.user("ada").await;

    let asked = world.begin(custom("ada")).await.unwrap();
    let AuthOutcome::Challenged(challenge) = &asked else { panic!("{asked:?}") };
    let shown: Vec<(&str, &str)> = challenge.parameters.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(shown, [("USERNAME", "ada"), ("question", "6 x 7")]);
    let sealed = base64::engine::general_purpose::STANDARD.decode(challenge.session.expose()).unwrap();
    assert!(!sealed.windows(9).any(|window| window == b"forty-two"));
    let again = world.answer("ada", solved(asked, "41")).await.unwrap();
    assert!(matches!(world.answer("ada", solved(again, "forty-two")).await.unwrap(), AuthOutcome::Tokens(_)));

    let seen = riddle.seen.lock().unwrap().clone();
    let history = ["", "CUSTOM_CHALLENGE=false", "CUSTOM_CHALLENGE=false,CUSTOM_CHALLENGE=true"];
    assert_eq!(seen, history.map(|answered| format!("ada true {answered}")));
}

#[tokio::test]
async fn a_riddle_after_the_password_is_asked_of_whoever_has_proved_it() {
    let (world, riddle) = with(Riddle::default(), true).await;
    world.user("ada").await;

    let (name, proof) = world.custom_srp("ada", PASSWORD).await.unwrap();
    let asked = world.answer(&name, proof).await.unwrap();
    assert!(matches!(world.answer("ada", solved(asked, "forty-two")).await.unwrap(), AuthOutcome::Tokens(_)));
    let last = riddle.seen.lock().unwrap().last().unwrap().clone();
    assert_eq!(last, "ada true SRP_A=true,PASSWORD_VERIFIER=true,CUSTOM_CHALLENGE=true");

    let (name, proof) = world.custom_srp("ada", "a guess at it").await.unwrap();
    assert_eq!(world.answer(&name, proof).await.unwrap_err(), wrong());
}

#[tokio::test]
async fn line_60_an_answer_is_taken_once_and_of_its_own_user_client_and_step_alone() {
    let (world, _) = with(Riddle::default(), true).await;
    for name in ["ada", "eve"] {
        world.user(name).await;
    }
    let asked = world.begin(custom("ada")).await.unwrap();
    let stolen = world.answer("eve", solved(asked.clone(), "forty-two")).await.unwrap_err();
    assert_eq!(stolen, Error::NotAuthorized(Refusal::SessionInvalid));
    let as_password =
        Answer::NewPassword { session: session(&asked), password: PASSWORD.into(), attributes: [].into() };
    assert!(world.answer("ada", as_password).await.is_err());

    world.answer("ada", solved(asked.clone(), "forty-two")).await.unwrap();
    assert_eq!(world.answer("ada", solved(asked, "forty-two")).await.unwrap_err(), wrong());

    let asked = world.begin(custom("ada")).await.unwrap();
    world.clock.advance_seconds(world.client.settings.challenge_minutes * 60);
    let late = world.answer("ada", solved(asked, "forty-two")).await.unwrap_err();
    assert_eq!(late, Error::NotAuthorized(Refusal::SessionExpired));
}

#[tokio::test]
async fn line_43_wrong_answers_are_counted_with_all_other_guesses_before_they_are_judged() {
    let (world, _) = with(Riddle::default(), true).await;
    world.user("ada").await;
    for _ in 0..5 {
        let asked = world.begin(custom("ada")).await.unwrap();
        world.answer("ada", solved(asked, "41")).await.unwrap();
    }

    let asked = world.begin(custom("ada")).await.unwrap();
    let locked = world.answer("ada", solved(asked, "forty-two")).await.unwrap_err();

    assert!(matches!(locked, Error::TooManyAttempts { .. }), "{locked:?}");
    assert!(matches!(world.password("ada", PASSWORD).await.unwrap_err(), Error::TooManyAttempts { .. }));
}

#[tokio::test]
async fn a_hook_ends_it_after_its_own_number_of_tries() {
    let (world, _) = with(Riddle::default(), true).await;
    world.user("ada").await;
    let mut asked = world.begin(custom("ada")).await.unwrap();
    for _ in 0..2 {
        asked = world.answer("ada", solved(asked, "41")).await.unwrap();
    }

    assert_eq!(world.answer("ada", solved(asked, "41")).await.unwrap_err(), wrong());
}

#[tokio::test]
async fn a_hook_that_asks_nothing_issues_nothing() {
    let (world, _) = with(Riddle { says: Some(NextStep::IssueTokens), ..Riddle::default() }, true).await;
    world.user("ada").await;

    assert_eq!(world.begin(custom("ada")).await.unwrap_err(), wrong());
    assert_eq!(world.custom_srp("ada", PASSWORD).await.unwrap_err().code().as_str(), "HookInvalid");
    let (world, _) =
        with(Riddle { says: Some(NextStep::Challenge("SMS_MFA".to_owned())), ..Riddle::default() }, true).await;
    world.user("ada").await;
    assert_eq!(world.begin(custom("ada")).await.unwrap_err().code().as_str(), "HookInvalid");
}

#[tokio::test]
async fn line_61_a_second_factor_that_is_demanded_is_asked_for_after_the_riddle() {
    let (world, _) = with(Riddle::default(), true).await;
    world.user("ada").await;
    let mut settings = world.pool.settings.clone();
    settings.mfa.mode = MfaMode::On;
    settings.mfa.kinds = [SecondFactor::SoftwareToken].into();
    world.pools.update_user_pool(&world.pool.id, settings).await.unwrap();
    let asked = world.begin(custom("ada")).await.unwrap();

    let outcome = world.answer("ada", solved(asked, "forty-two")).await;

    assert!(!matches!(outcome, Ok(AuthOutcome::Tokens(_))), "{outcome:?}");
}

#[tokio::test]
async fn nobody_is_asked_as_anybody_is_and_no_answer_of_theirs_is_right() {
    let (world, riddle) = with(Riddle::default(), true).await;
    world.user("ada").await;
    let asked = world.begin(custom("nobody")).await.unwrap();
    let of_ada = world.begin(custom("ada")).await.unwrap();
    assert_eq!(session(&asked).expose().len(), session(&of_ada).expose().len());
    assert_eq!(riddle.seen.lock().unwrap()[0], "nobody false ");

    let mut asked = world.answer("nobody", solved(asked, "forty-two")).await.unwrap();
    asked = world.answer("nobody", solved(asked, "forty-two")).await.unwrap();
    assert_eq!(world.answer("nobody", solved(asked, "forty-two")).await.unwrap_err(), wrong());

    let (world, _) = with(Riddle::default(), false).await;
    assert_eq!(world.begin(custom("nobody")).await.unwrap_err().code().as_str(), "UserNotFound");
}

#[tokio::test]
async fn a_pool_without_hooks_for_it_has_no_custom_sign_in_and_a_client_must_allow_one() {
    let world = world_with(|_, client| {
        client.settings.allow(AllowedFlow::Custom);
    })
    .await;
    world.user("ada").await;
    let refused = world.begin(custom("ada")).await.unwrap_err();
    assert_eq!(refused, Error::InvalidParameter(Invalid::CustomAuthNotConfigured));

    let world = crate::world::world().await;
    let refused = world.begin(custom("ada")).await.unwrap_err();
    assert_eq!(refused, Error::InvalidParameter(Invalid::FlowNotAllowed(AllowedFlow::Custom)));
}

#[tokio::test]
async fn an_administrators_server_asks_and_answers_riddles_too() {
    let (world, _) = with(Riddle::default(), true).await;
    world.user("ada").await;
    let (client, caller) = (world.client.id.clone(), Caller::Admin(world.pool.id.clone()));
    let request =
        InitiateAuth { client: client.clone(), caller: caller.clone(), secret_hash: None, flow: custom("ada") };
    let answer = solved(world.pools.initiate_auth(request).await.unwrap(), "forty-two");

    let request = RespondToChallenge { client, caller, secret_hash: None, username: "ada".to_owned(), answer };

    assert!(matches!(world.pools.respond_to_auth_challenge(request).await.unwrap(), AuthOutcome::Tokens(_)));
}
