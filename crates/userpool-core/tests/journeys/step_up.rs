//! Sign-ins that are to reach a level (`acr`), from nothing or from what a session has proved.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use identity_kernel::secret::SecretString;
use serde_json::{Value, json};
use userpool_core::model::acr::{AcrSettings, Level};
use userpool_core::model::factors::{FirstFactor, MfaMode, SecondFactor};
use userpool_core::ops::choice::FirstAnswer;
use userpool_core::ops::sign_in::{Answer, AuthOutcome, SignInFlow};
use userpool_core::ops::step_up::StepUp;
use userpool_core::ops::tokens::Tokens;
use userpool_core::{Error, Invalid, Refusal};

use crate::factors::{App, challenged, pool_with, signed_in};
use crate::world::{PASSWORD, World};

const FOUR: &str = "urn:cognito:loa:4";
const THREE: &str = "urn:cognito:loa:3";

fn to(levels: &[&str]) -> StepUp {
    StepUp { levels: levels.iter().map(|level| (*level).to_owned()).collect(), ..StepUp::default() }
}

fn with(token: &SecretString, step_up: StepUp) -> StepUp {
    StepUp { access_token: Some(token.clone()), ..step_up }
}

impl World {
    async fn aim(&self, name: &str, step_up: StepUp) -> Result<AuthOutcome, Error> {
        let answer = FirstAnswer { password: Some(PASSWORD.into()), client_public: None };
        let preferred = Some(FirstFactor::Password);
        self.begin(SignInFlow::User { username: name.to_owned(), preferred, answer, step_up: Some(step_up) }).await
    }

    async fn show(&self, app: &App, asked: Result<AuthOutcome, Error>) -> Tokens {
        let asked = challenged(asked);
        assert_eq!(asked.name, "SOFTWARE_TOKEN_MFA");
        self.clock.advance_seconds(60);
        let answer = Answer::SoftwareToken { session: asked.session, code: app.code(self) };
        signed_in(self.answer("ada", answer).await)
    }

    /// Somebody with an app that no pool and no preference asks for.
    async fn with_app(&self) -> (App, Tokens) {
        self.user("ada").await;
        let tokens = self.tokens("ada").await;
        (self.enrol(&tokens).await, self.tokens("ada").await)
    }
}

async fn optional() -> World {
    pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await
}

fn claims(token: &SecretString) -> (Value, Value) {
    let payload = token.expose().split('.').nth(1).unwrap();
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let claim = |name| payload.get(name).cloned().unwrap_or_default();
    (claim("acr"), claim("amr"))
}

#[tokio::test]
async fn a_sign_in_to_a_level_asks_for_what_it_takes_and_its_tokens_say_so_also_refreshed() {
    let world = optional().await;
    let (app, plain) = world.with_app().await;
    assert_eq!(claims(&plain.access_token), (Value::Null, Value::Null), "nobody asked for a level");

    let asked = world.aim("ada", to(&[FOUR])).await;
    let tokens = world.show(&app, asked).await;

    let refreshed = world.refresh(&tokens.refresh_token.clone().unwrap()).await.unwrap();
    for token in [&tokens.access_token, &tokens.id_token, &refreshed.access_token, &refreshed.id_token] {
        assert_eq!(claims(token), (json!(FOUR), json!(["pwd", "otp", "mfa"])));
    }
}

#[tokio::test]
async fn a_session_is_made_stronger_by_what_is_missing_alone() {
    let world = optional().await;
    let (app, weak) = world.with_app().await;

    let asked = world.choose_with("ada", with(&weak.access_token, to(&[FOUR]))).await;

    let strong = world.show(&app, asked).await;
    assert_eq!(claims(&strong.access_token).0, FOUR);
    let again = world.aim("ada", with(&strong.access_token, to(&[FOUR]))).await.unwrap_err();
    assert_eq!(again, Error::InvalidParameter(Invalid::AcrReached));
    world.pools.get_user(&weak.access_token).await.unwrap();
}

impl World {
    /// With no password at hand.
    async fn choose_with(&self, name: &str, step_up: StepUp) -> Result<AuthOutcome, Error> {
        let answer = FirstAnswer::default();
        let flow = SignInFlow::User { username: name.to_owned(), preferred: None, answer, step_up: Some(step_up) };
        self.begin(flow).await
    }
}

#[tokio::test]
async fn a_session_that_is_too_old_begins_from_nothing() {
    let world = optional().await;
    let (_, weak) = world.with_app().await;
    world.clock.advance_seconds(600);
    let step_up = |max_age| StepUp { max_age: Some(max_age), ..with(&weak.access_token, to(&[FOUR])) };

    assert_eq!(challenged(world.choose_with("ada", step_up(599)).await).name, "SELECT_CHALLENGE");
    assert_eq!(challenged(world.choose_with("ada", step_up(601)).await).name, "SOFTWARE_TOKEN_MFA");
}

#[tokio::test]
async fn a_token_makes_a_sign_in_of_its_own_user_stronger_and_of_nobody_else() {
    let world = optional().await;
    let (_, of_ada) = world.with_app().await;
    world.user("eve").await;
    let eve = world.tokens("eve").await;
    world.enrol(&eve).await;
    let foreign = Error::NotAuthorized(Refusal::WrongCredentials);

    let stolen = world.choose_with("eve", with(&of_ada.access_token, to(&[FOUR]))).await.unwrap_err();
    assert_eq!(stolen, foreign);
    let stolen = world.choose_with("ada", with(&eve.access_token, to(&[FOUR]))).await.unwrap_err();
    assert_eq!(stolen, foreign);
    world.pools.admin_user_global_sign_out(&world.pool.id, "ada").await.unwrap();
    let dead = world.choose_with("ada", with(&of_ada.access_token, to(&[FOUR]))).await;
    assert!(matches!(dead, Err(Error::NotAuthorized(_))), "{dead:?}");
}

#[tokio::test]
async fn the_first_level_that_the_user_can_reach_is_taken_and_none_is_an_error() {
    let world = optional().await;
    world.user("ada").await;

    let none = world.aim("ada", to(&[FOUR])).await.unwrap_err();
    assert_eq!(none, Error::InvalidParameter(Invalid::AcrOutOfReach), "no app, and none is set up for it");
    assert_eq!(world.aim("nobody", to(&[FOUR])).await.unwrap_err(), none);
    let unknown = world.aim("ada", to(&["gold"])).await.unwrap_err();
    assert_eq!(unknown, Error::InvalidParameter(Invalid::AcrUnknown));
    let asked = challenged(world.aim("ada", to(&["gold", FOUR, THREE])).await);
    assert_eq!(asked.name, "EMAIL_OTP", "the address is verified");
    let code = Answer::Code {
        session: asked.session,
        contact: userpool_core::model::pool::Contact::Email,
        code: world.code("ada"),
    };
    let tokens = signed_in(world.answer("ada", code).await);
    assert_eq!(claims(&tokens.id_token), (json!(THREE), json!(["pwd", "email_otp", "mfa"])));
    let low = signed_in(world.aim("ada", to(&["urn:cognito:loa:1"])).await);
    assert_eq!(claims(&low.id_token), (json!("urn:cognito:loa:1"), json!(["pwd"])));
}

#[tokio::test]
async fn a_low_level_takes_nothing_away_from_what_is_demanded() {
    let world = optional().await;
    let app = world.user_with_app("ada").await;

    let asked = world.aim("ada", to(&["urn:cognito:loa:1"])).await;

    let tokens = world.show(&app, asked).await;
    assert_eq!(claims(&tokens.access_token).0, FOUR);
}

#[tokio::test]
async fn pools_name_levels_as_they_like_and_no_two_alike() {
    let world = optional().await;
    let (app, _) = world.with_app().await;
    let mut settings = world.pool.settings.clone();
    settings.acr = AcrSettings { names: [(Level::Four, "gold".to_owned())].into() };
    world.pools.update_user_pool(&world.pool.id, settings.clone()).await.unwrap();

    assert_eq!(world.aim("ada", to(&[FOUR])).await.unwrap_err(), Error::InvalidParameter(Invalid::AcrUnknown));
    let asked = world.aim("ada", to(&["gold"])).await;
    assert_eq!(claims(&world.show(&app, asked).await.access_token).0, "gold");
    settings.acr.names.insert(Level::One, "gold".to_owned());
    let alike = world.pools.update_user_pool(&world.pool.id, settings).await.unwrap_err();
    assert_eq!(alike, Error::InvalidParameter(Invalid::AcrNames));
}
