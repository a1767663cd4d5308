//! Second factors, choices of the first, and sign-ups that go on into a sign-in.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use base64::Engine as _;
use document_store::page::PageRequest;
use identity_kernel::secret::SecretString;
use identity_kernel::time::Clock as _;
use userpool_core::model::ceremony::FirstFactor;
use userpool_core::model::client::{AllowedFlow, Rotation};
use userpool_core::model::factors::{MfaMode, MfaSettings, SecondFactor, SecondFactors};
use userpool_core::model::pool::{AccountRules, Contact};
use userpool_core::model::user::UserStatus;
use userpool_core::ops::choice::FirstAnswer;
use userpool_core::ops::factors::{Preference, Preferences};
use userpool_core::ops::sign_in::{Answer, AuthOutcome, Challenged, SignInFlow};
use userpool_core::ops::sign_up::{ConfirmSignUp, SignUp};
use userpool_core::ops::software_token::Enrolment;
use userpool_core::ops::tokens::Tokens;
use userpool_core::{DocumentUserPools, Error, Invalid, Refusal, UserPoolStorage};

use crate::imports::{Mortal, over};
use crate::world::{PASSWORD, World, service, world_with};

pub(crate) const PHONE: &str = "+14155550123";

/// A pool with second factors of these kinds, and a client with every flow.
pub(crate) async fn pool_with(mode: MfaMode, kinds: &[SecondFactor]) -> World {
    let kinds = kinds.iter().copied().collect();
    world_with(|pool, client| {
        pool.settings.mfa = MfaSettings { mode, kinds, ..MfaSettings::default() };
        client.settings.explicit_auth_flows.insert(AllowedFlow::User);
    })
    .await
}

/// A pool whose sign-ins may begin with codes.
pub(crate) async fn pool_of_codes() -> World {
    world_with(|pool, client| {
        pool.settings.first_factors.allowed = FirstFactor::ALL.into();
        client.settings.explicit_auth_flows.insert(AllowedFlow::User);
    })
    .await
}

/// An authenticator app.
pub(crate) struct App {
    seed: Vec<u8>,
}

impl App {
    pub(crate) fn new(secret_code: &SecretString) -> Self {
        let value = |letter: u8| if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter - b'A' };
        let bits = |letter| (0..5).rev().map(move |at| value(letter) >> at & 1);
        let bits: Vec<u8> = secret_code.expose().bytes().flat_map(bits).collect();
        let seed = bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | bit));
        Self { seed: seed.collect() }
    }

    /// What it shows now.
    pub(crate) fn code(&self, world: &World) -> SecretString {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.seed);
        let step = world.clock.now().epoch_seconds() / 30;
        let tag = ring::hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = usize::from(tag[19] & 15);
        let number = u32::from_be_bytes(tag[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
        format!("{:06}", number % 1_000_000).into()
    }
}

/// A code that is not this one.
pub(crate) fn wrong(code: &SecretString) -> SecretString {
    let last = if code.expose().ends_with('0') { "1" } else { "0" };
    format!("{}{last}", &code.expose()[..code.expose().len() - 1]).into()
}

pub(crate) fn challenged(outcome: Result<AuthOutcome, Error>) -> Challenged {
    match outcome {
        Ok(AuthOutcome::Challenged(challenge)) => *challenge,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn signed_in(outcome: Result<AuthOutcome, Error>) -> Tokens {
    match outcome {
        Ok(AuthOutcome::Tokens(tokens)) => *tokens,
        other => panic!("{other:?}"),
    }
}

impl World {
    pub(crate) async fn set_mfa(&self, mode: MfaMode, kinds: &[SecondFactor]) {
        let settings = MfaSettings { mode, kinds: kinds.iter().copied().collect(), ..MfaSettings::default() };
        self.pools.set_user_pool_mfa_config(&self.pool.id, settings, None).await.unwrap();
    }

    /// Sets an app up for somebody who is signed in.
    pub(crate) async fn enrol(&self, tokens: &Tokens) -> App {
        let by = Enrolment::SignedIn(&tokens.access_token);
        let app = App::new(&self.pools.associate_software_token(by).await.unwrap().secret_code);
        self.pools.verify_software_token(by, &app.code(self), None).await.unwrap();
        app
    }

    pub(crate) async fn prefer(&self, name: &str, factor: SecondFactor, preferred: bool) {
        let wish = [Preference { factor, enabled: true, preferred }];
        self.pools.admin_set_user_mfa_preference(&self.pool.id, name, &wish).await.unwrap();
    }

    /// A confirmed user with an app that is asked for. The app's current code is not spent.
    pub(crate) async fn user_with_app(&self, name: &str) -> App {
        self.user(name).await;
        let app = self.enrol(&self.tokens(name).await).await;
        self.prefer(name, SecondFactor::SoftwareToken, true).await;
        self.clock.advance_seconds(60);
        app
    }

    pub(crate) async fn choose(&self, name: &str, preferred: Option<FirstFactor>) -> Result<AuthOutcome, Error> {
        let answer = FirstAnswer { password: Some(PASSWORD.into()), client_public: None };
        self.begin(SignInFlow::User { username: name.to_owned(), preferred, answer, step_up: None }).await
    }

    pub(crate) async fn app_code(
        &self,
        name: &str,
        session: &SecretString,
        code: &SecretString,
    ) -> Result<AuthOutcome, Error> {
        let answer = Answer::SoftwareToken { session: session.clone(), code: code.clone() };
        self.answer(name, answer).await
    }

    pub(crate) async fn sent_code(
        &self,
        name: &str,
        session: &SecretString,
        contact: Contact,
        code: &SecretString,
    ) -> Result<AuthOutcome, Error> {
        self.answer(name, Answer::Code { session: session.clone(), contact, code: code.clone() }).await
    }

    /// How the only session that proved a second factor was begun.
    async fn last_amr(&self) -> Vec<String> {
        let storage = DocumentUserPools::new(Arc::clone(&self.store));
        let user = storage.users().named(&self.pool.id, "ada").await.unwrap().unwrap();
        let all = storage.sessions().of_user(&self.pool.id, &user.sub, &PageRequest::default()).await.unwrap();
        let strong = all.items.into_iter().filter(|session| session.grant.amr.len() == 3).map(|session| session.record);
        strong.map(|session| session.grant.amr).find(|amr| amr.first().is_some_and(|first| first == "pwd")).unwrap()
    }

    pub(crate) fn code(&self, name: &str) -> SecretString {
        self.outbox.code_for(name).unwrap().into()
    }
}

#[tokio::test]
async fn an_app_counts_once_it_is_proved_and_asked_for_and_a_code_is_taken_once() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;
    let by = Enrolment::SignedIn(&tokens.access_token);
    let app = App::new(&world.pools.associate_software_token(by).await.unwrap().secret_code);
    let unproved = [Preference { factor: SecondFactor::SoftwareToken, enabled: true, preferred: true }];
    let refused = world.pools.set_user_mfa_preference(&tokens.access_token, &unproved).await.unwrap_err();
    assert_eq!(refused, Invalid::SecondFactorNotSetUp("SOFTWARE_TOKEN_MFA").into(), "line 63");
    let code = app.code(&world);
    let mismatch = world.pools.verify_software_token(by, &wrong(&code), None).await.unwrap_err();
    assert_eq!(mismatch, Error::SoftwareTokenMismatch);
    world.pools.verify_software_token(by, &code, Some("phone".to_owned())).await.unwrap();
    signed_in(world.password("ada", PASSWORD).await);

    world.pools.set_user_mfa_preference(&tokens.access_token, &unproved).await.unwrap();
    let asked = challenged(world.password("ada", PASSWORD).await);

    assert_eq!(asked.name, "SOFTWARE_TOKEN_MFA");
    assert_eq!(asked.parameters["FRIENDLY_DEVICE_NAME"], "phone");
    assert_eq!(world.app_code("ada", &asked.session, &code).await.unwrap_err(), Error::SoftwareTokenUsed, "line 58");
    world.clock.advance_seconds(30);
    signed_in(world.app_code("ada", &asked.session, &app.code(&world)).await);
    assert_eq!(world.last_amr().await, ["pwd", "otp", "mfa"]);
    let again = challenged(world.password("ada", PASSWORD).await);
    assert_eq!(world.app_code("ada", &again.session, &app.code(&world)).await.unwrap_err(), Error::SoftwareTokenUsed);
}

#[tokio::test]
async fn line_58_of_many_that_bring_one_code_at_once_one_signs_in() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    let app = world.user_with_app("ada").await;
    let mut sessions = Vec::new();
    for _ in 0..4 {
        sessions.push(challenged(world.password("ada", PASSWORD).await).session);
    }
    let code = app.code(&world);

    let all = futures::future::join_all(sessions.iter().map(|session| world.app_code("ada", session, &code))).await;

    assert_eq!(all.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{all:?}");
}

#[tokio::test]
async fn line_59_a_challenge_takes_five_wrong_codes_and_a_new_one_resets_nothing() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    let app = world.user_with_app("ada").await;
    let asked = challenged(world.password("ada", PASSWORD).await);
    let code = app.code(&world);
    let mut mismatches = 0;
    for _ in 0..40 {
        match world.app_code("ada", &asked.session, &wrong(&code)).await.unwrap_err() {
            Error::CodeMismatch => mismatches += 1,
            Error::TooManyAttempts { retry_after_seconds } | Error::LimitExceeded { retry_after_seconds } => {
                world.clock.advance_seconds(retry_after_seconds);
            }
            Error::NotAuthorized(Refusal::SessionInvalid | Refusal::SessionExpired) => break,
            other => panic!("{other:?}"),
        }
    }
    assert!(mismatches <= 5, "{mismatches}");
    let right = world.app_code("ada", &asked.session, &app.code(&world)).await;
    assert!(right.is_err(), "the challenge is over: {right:?}");
}

#[tokio::test]
async fn line_59_a_guesser_with_the_password_has_twenty_codes_a_day_whatever_they_do() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    let app = world.user_with_app("ada").await;
    let (mut judged, mut waited) = (0, 0);
    while waited < 86_400 {
        let wait = match world.password("ada", PASSWORD).await {
            Ok(AuthOutcome::Challenged(asked)) => loop {
                match world.app_code("ada", &asked.session, &wrong(&app.code(&world))).await.unwrap_err() {
                    Error::CodeMismatch => judged += 1,
                    Error::TooManyAttempts { retry_after_seconds } | Error::LimitExceeded { retry_after_seconds } => {
                        break retry_after_seconds;
                    }
                    _ => break 1,
                }
            },
            Err(Error::TooManyAttempts { retry_after_seconds }) => retry_after_seconds,
            other => panic!("{other:?}"),
        };
        world.clock.advance_seconds(wait);
        waited += wait;
    }
    assert!((1..=20).contains(&judged), "{judged}");
}

#[tokio::test]
async fn line_43_the_password_does_not_forgive_what_was_guessed_at_the_second_factor() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    let app = world.user_with_app("ada").await;
    let asked = challenged(world.password("ada", PASSWORD).await);
    for _ in 0..4 {
        let guess = wrong(&app.code(&world));
        assert_eq!(world.app_code("ada", &asked.session, &guess).await.unwrap_err(), Error::CodeMismatch);
    }

    let locked = world.password("ada", PASSWORD).await.unwrap_err();

    assert_eq!(locked, Error::TooManyAttempts { retry_after_seconds: 1 });
}

#[tokio::test]
async fn line_60_a_step_is_for_its_user_its_order_and_one_right_answer() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken, SecondFactor::Email]).await;
    let app = world.user_with_app("ada").await;
    world.user("mona").await;
    let asked = challenged(world.password("ada", PASSWORD).await);
    let invalid = Error::NotAuthorized(Refusal::SessionInvalid);
    let code = app.code(&world);

    assert_eq!(world.app_code("mona", &asked.session, &code).await.unwrap_err(), invalid);
    let other_kind = world.sent_code("ada", &asked.session, Contact::Email, &code).await;
    assert_eq!(other_kind.unwrap_err(), invalid);
    let skip = Answer::SetUp { session: asked.session.clone(), email: None };
    assert_eq!(world.answer("ada", skip).await.unwrap_err(), invalid);
    let choose = Answer::Second { session: asked.session.clone(), choice: SecondFactor::Email };
    assert_eq!(world.answer("ada", choose).await.unwrap_err(), invalid);
    let by = Enrolment::SigningIn(&asked.session);
    assert_eq!(world.pools.associate_software_token(by).await.unwrap_err(), invalid);
    signed_in(world.app_code("ada", &asked.session, &code).await);
    world.clock.advance_seconds(60);
    let replayed = world.app_code("ada", &asked.session, &app.code(&world)).await.unwrap_err();
    assert_eq!(replayed, Error::NotAuthorized(Refusal::SessionSpent));
}

#[tokio::test]
async fn several_second_factors_are_chosen_from_unless_one_is_preferred() {
    let kinds = [SecondFactor::SoftwareToken, SecondFactor::Sms, SecondFactor::Email];
    let world = pool_with(MfaMode::Optional, &kinds).await;
    world.sign_up_with("ada", &[("email", "ada@example.com"), ("phone_number", PHONE)]).await.unwrap();
    world.confirm("ada", &world.outbox.code_for("ada").unwrap()).await.unwrap();
    world.prefer("ada", SecondFactor::Sms, false).await;
    world.prefer("ada", SecondFactor::Email, false).await;

    let asked = challenged(world.password("ada", PASSWORD).await);
    assert_eq!(
        (asked.name, asked.parameters["MFAS_CAN_CHOOSE"].as_str()),
        ("SELECT_MFA_TYPE", r#"["SMS_MFA","EMAIL_OTP"]"#)
    );
    let not_offered = Answer::Second { session: asked.session.clone(), choice: SecondFactor::SoftwareToken };
    assert_eq!(world.answer("ada", not_offered).await.unwrap_err(), Invalid::FactorNotOffered.into());
    let choose = Answer::Second { session: asked.session, choice: SecondFactor::Sms };
    let sent = challenged(world.answer("ada", choose).await);
    assert_eq!((sent.name, sent.parameters["CODE_DELIVERY_DELIVERY_MEDIUM"].as_str()), ("SMS_MFA", "SMS"));
    let code = world.code("ada");
    let mismatch = world.sent_code("ada", &sent.session, Contact::PhoneNumber, &wrong(&code)).await;
    assert_eq!(mismatch.unwrap_err(), Error::CodeMismatch);
    signed_in(world.sent_code("ada", &sent.session, Contact::PhoneNumber, &code).await);
    let user = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    assert!(user.has_verified(Contact::PhoneNumber), "a right code proves the number");

    world.prefer("ada", SecondFactor::Email, true).await;
    assert_eq!(challenged(world.password("ada", PASSWORD).await).name, "EMAIL_OTP");
}

#[tokio::test]
async fn a_code_is_good_in_the_sign_in_that_it_was_sent_for_alone() {
    let world = pool_with(MfaMode::On, &[SecondFactor::Email]).await;
    world.user("ada").await;
    let first = challenged(world.password("ada", PASSWORD).await);
    world.clock.advance_seconds(5);
    let second = challenged(world.password("ada", PASSWORD).await);
    let code = world.code("ada");

    let elsewhere = world.sent_code("ada", &first.session, Contact::Email, &code).await;

    assert_eq!(elsewhere.unwrap_err(), Error::CodeMismatch);
    signed_in(world.sent_code("ada", &second.session, Contact::Email, &code).await);
}

#[tokio::test]
async fn who_has_no_second_factor_sets_one_up_in_the_sign_in_that_asks_for_it() {
    let world = pool_with(MfaMode::On, &[SecondFactor::SoftwareToken]).await;
    world.user("ada").await;
    let asked = challenged(world.password("ada", PASSWORD).await);
    assert_eq!((asked.name, asked.parameters["MFAS_CAN_SETUP"].as_str()), ("MFA_SETUP", r#"["SOFTWARE_TOKEN_MFA"]"#));
    let go_on = |session: &SecretString| Answer::SetUp { session: session.clone(), email: None };
    assert!(world.answer("ada", go_on(&asked.session)).await.is_err(), "nothing is set up");

    let seed = world.pools.associate_software_token(Enrolment::SigningIn(&asked.session)).await.unwrap();
    let (app, session) = (App::new(&seed.secret_code), seed.session.unwrap());
    assert!(world.answer("ada", go_on(&session)).await.is_err(), "nothing is proved");
    let by = Enrolment::SigningIn(&session);
    let mismatch = world.pools.verify_software_token(by, &wrong(&app.code(&world)), None).await.unwrap_err();
    assert_eq!(mismatch, Error::SoftwareTokenMismatch);
    let proved = world.pools.verify_software_token(by, &app.code(&world), None).await.unwrap().unwrap();
    signed_in(world.answer("ada", go_on(&proved)).await);

    let next = challenged(world.password("ada", PASSWORD).await);
    assert_eq!(next.name, "SOFTWARE_TOKEN_MFA");
}

#[tokio::test]
async fn an_address_is_set_up_as_a_second_factor_by_the_code_that_it_gets() {
    let world = pool_with(MfaMode::On, &[SecondFactor::Email]).await;
    world.sign_up_with("ada", &[]).await.unwrap();
    world.pools.admin_confirm_sign_up(&world.pool.id, "ada").await.unwrap();
    let asked = challenged(world.password("ada", PASSWORD).await);
    assert_eq!(asked.name, "MFA_SETUP");

    let address = Some("ada@example.com".to_owned());
    let sent = challenged(world.answer("ada", Answer::SetUp { session: asked.session, email: address }).await);
    assert_eq!(sent.name, "EMAIL_OTP");
    signed_in(world.sent_code("ada", &sent.session, Contact::Email, &world.code("ada")).await);

    let user = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    assert!(user.has_verified(Contact::Email));
}

#[tokio::test]
async fn line_61_a_session_that_proved_one_factor_does_not_refresh_once_two_are_demanded() {
    for rotation in [None, Some(Rotation { grace_seconds: 5 })] {
        let world = world_with(|_, client| client.settings.rotation = rotation).await;
        world.user("ada").await;
        let refresh = world.tokens("ada").await.refresh_token.unwrap();
        world.set_mfa(MfaMode::On, &[SecondFactor::Email]).await;

        let refused = match rotation {
            None => world.begin(SignInFlow::RefreshToken { token: refresh }).await.map(drop),
            Some(_) => world.refresh(&refresh).await.map(drop),
        };

        assert_eq!(refused.unwrap_err(), Error::NotAuthorized(Refusal::SecondFactorMissing));
    }
}

#[tokio::test]
async fn a_session_that_sets_a_second_factor_up_goes_on_and_others_end() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    world.user("ada").await;
    let (here, elsewhere) = (world.tokens("ada").await, world.tokens("ada").await);
    world.enrol(&here).await;
    let wish = [Preference { factor: SecondFactor::SoftwareToken, enabled: true, preferred: true }];
    world.pools.set_user_mfa_preference(&here.access_token, &wish).await.unwrap();

    let refresh = |tokens: Tokens| world.begin(SignInFlow::RefreshToken { token: tokens.refresh_token.unwrap() });
    signed_in(refresh(here).await);
    assert_eq!(refresh(elsewhere).await.unwrap_err(), Error::NotAuthorized(Refusal::SecondFactorMissing));
}

#[tokio::test]
async fn line_62_a_second_factor_is_changed_by_a_fresh_sign_in_with_every_factor_alone() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    world.user("ada").await;
    let (old, weak) = (world.tokens("ada").await, world.tokens("ada").await);
    world.enrol(&old).await;
    world.prefer("ada", SecondFactor::SoftwareToken, true).await;
    let off = [Preference { factor: SecondFactor::SoftwareToken, enabled: false, preferred: false }];
    let needed = Error::NotAuthorized(Refusal::FreshSignInNeeded);
    assert_eq!(world.pools.set_user_mfa_preference(&weak.access_token, &off).await.unwrap_err(), needed);
    world.clock.advance_seconds(15 * 60);
    assert_eq!(world.pools.set_user_mfa_preference(&old.access_token, &off).await.unwrap_err(), needed);
    let by = Enrolment::SignedIn(&old.access_token);
    assert_eq!(world.pools.associate_software_token(by).await.unwrap_err(), needed);
}

#[tokio::test]
async fn line_63_a_seed_is_kept_under_seal_and_a_new_one_leaves_the_old_in_force_until_it_is_proved() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;
    let app = world.enrol(&tokens).await;
    let wish = [Preference { factor: SecondFactor::SoftwareToken, enabled: true, preferred: true }];
    world.pools.set_user_mfa_preference(&tokens.access_token, &wish).await.unwrap();
    let by = Enrolment::SignedIn(&tokens.access_token);
    let newer = App::new(&world.pools.associate_software_token(by).await.unwrap().secret_code);
    assert_eq!(newer.seed.len(), 20);
    let everything = document_store::Range::of(document_store::Key::new(&[]), 1000);
    let all = document_store::DocumentStore::scan(world.store.as_ref(), &everything).await.unwrap();
    for seed in [&app.seed, &newer.seed] {
        let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(seed);
        let has = |body: &[u8], part: &[u8]| body.windows(part.len()).any(|window| window == part);
        assert!(all.iter().all(|found| !has(&found.body, seed) && !has(&found.body, text.as_bytes())));
    }
    world.clock.advance_seconds(60);

    let asked = challenged(world.password("ada", PASSWORD).await);
    assert_eq!(world.app_code("ada", &asked.session, &newer.code(&world)).await.unwrap_err(), Error::CodeMismatch);
    signed_in(world.app_code("ada", &asked.session, &app.code(&world)).await);
}

#[tokio::test]
async fn line_59_the_first_code_of_an_app_is_guessed_five_times_and_then_not_even_rightly_by_a_new_seed_or_node() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;
    let by = Enrolment::SignedIn(&tokens.access_token);
    let app = App::new(&world.pools.associate_software_token(by).await.unwrap().secret_code);
    for _ in 0..5 {
        let mismatch = world.pools.verify_software_token(by, &wrong(&app.code(&world)), None).await.unwrap_err();
        assert_eq!(mismatch, Error::SoftwareTokenMismatch);
    }

    let spent = Error::LimitExceeded { retry_after_seconds: 60 };
    let restarted = service(&world.clock, &world.outbox, &world.store);
    assert_eq!(restarted.verify_software_token(by, &app.code(&world), None).await.unwrap_err(), spent);
    let next = App::new(&restarted.associate_software_token(by).await.unwrap().secret_code);
    assert_eq!(restarted.verify_software_token(by, &next.code(&world), None).await.unwrap_err(), spent);

    world.clock.advance_seconds(60);
    restarted.verify_software_token(by, &next.code(&world), None).await.unwrap();
}

#[tokio::test]
async fn line_59_the_first_code_of_an_app_in_a_sign_in_is_guessed_five_times_and_a_new_sign_in_refills_nothing() {
    let world = pool_with(MfaMode::On, &[SecondFactor::SoftwareToken]).await;
    world.user("ada").await;
    let begun = challenged(world.password("ada", PASSWORD).await).session;
    let seed = world.pools.associate_software_token(Enrolment::SigningIn(&begun)).await.unwrap();
    let (app, session) = (App::new(&seed.secret_code), seed.session.unwrap());
    let by = Enrolment::SigningIn(&session);
    for _ in 0..5 {
        let mismatch = world.pools.verify_software_token(by, &wrong(&app.code(&world)), None).await.unwrap_err();
        assert_eq!(mismatch, Error::SoftwareTokenMismatch);
    }

    let restarted = service(&world.clock, &world.outbox, &world.store);
    let refused = restarted.verify_software_token(by, &app.code(&world), None).await.unwrap_err();
    assert_eq!(refused, Error::NotAuthorized(Refusal::SessionInvalid));
    let again = challenged(world.password("ada", PASSWORD).await).session;
    let by = Enrolment::SigningIn(&again);
    let refused = restarted.verify_software_token(by, &app.code(&world), None).await.unwrap_err();
    assert_eq!(refused, Error::LimitExceeded { retry_after_seconds: 60 });
}

#[tokio::test]
async fn guesses_at_an_app_that_is_set_up_spend_nothing_of_the_ones_at_the_app_in_force() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    let app = world.user_with_app("ada").await;
    let asked = challenged(world.password("ada", PASSWORD).await);
    let tokens = signed_in(world.app_code("ada", &asked.session, &app.code(&world)).await);
    let by = Enrolment::SignedIn(&tokens.access_token);
    let seed = App::new(&world.pools.associate_software_token(by).await.unwrap().secret_code);
    for _ in 0..5 {
        world.pools.verify_software_token(by, &wrong(&seed.code(&world)), None).await.unwrap_err();
    }

    world.clock.advance_seconds(30);
    let asked = challenged(world.password("ada", PASSWORD).await);
    signed_in(world.app_code("ada", &asked.session, &app.code(&world)).await);
}

#[tokio::test]
async fn an_administrator_takes_an_app_away() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    world.user_with_app("ada").await;
    challenged(world.password("ada", PASSWORD).await);

    world.pools.admin_delete_software_token(&world.pool.id, "ada").await.unwrap();

    signed_in(world.password("ada", PASSWORD).await);
}

#[tokio::test]
async fn a_sign_in_begins_with_what_the_user_chooses_among_what_they_have() {
    let world = pool_of_codes().await;
    world.user("ada").await;
    let asked = challenged(world.choose("ada", None).await);
    assert_eq!(
        (asked.name, asked.available.join(" ")),
        ("SELECT_CHALLENGE", "PASSWORD_SRP PASSWORD EMAIL_OTP".to_owned())
    );
    assert_eq!(challenged(world.choose("ada", Some(FirstFactor::SmsCode)).await).name, "SELECT_CHALLENGE");
    let choose = |choice| Answer::First {
        session: asked.session.clone(),
        choice,
        answer: FirstAnswer { password: Some(PASSWORD.into()), client_public: None },
    };
    assert_eq!(world.answer("ada", choose(FirstFactor::SmsCode)).await.unwrap_err(), Invalid::FactorNotOffered.into());
    signed_in(world.answer("ada", choose(FirstFactor::Password)).await);
    assert!(world.answer("ada", choose(FirstFactor::Password)).await.is_err(), "line 60: a step is answered once");

    signed_in(world.choose("ada", Some(FirstFactor::Password)).await);
    let sent = challenged(world.choose("ada", Some(FirstFactor::EmailCode)).await);
    assert_eq!((sent.name, sent.available.join(" ")), ("EMAIL_OTP", "EMAIL_OTP".to_owned()));
    let code = world.code("ada");
    assert_eq!(code.expose().len(), 8);
    signed_in(world.sent_code("ada", &sent.session, Contact::Email, &code).await);
    assert!(world.sent_code("ada", &sent.session, Contact::Email, &code).await.is_err());
}

#[tokio::test]
async fn line_38_somebody_who_is_not_there_is_offered_and_sent_what_a_user_is() {
    let world = pool_of_codes().await;
    world.user("ada").await;
    let (ada, nobody) = (world.choose("ada", None).await, world.choose("zoe", None).await);
    let (ada, nobody) = (challenged(ada), challenged(nobody));
    assert_eq!((ada.name, &ada.available), (nobody.name, &nobody.available));
    assert_eq!(ada.session.expose().len(), nobody.session.expose().len());
    let mut answers = Vec::new();
    for name in ["ada", "zoe"] {
        let sent = challenged(world.choose(name, Some(FirstFactor::EmailCode)).await);
        let keys: BTreeSet<String> = sent.parameters.keys().cloned().collect();
        let mut said = Vec::new();
        for _ in 0..7 {
            let wrong = world.sent_code(name, &sent.session, Contact::Email, &"00000000".into()).await;
            said.push(wrong.unwrap_err());
        }
        answers.push((keys, sent.name, sent.session.expose().len(), said));
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn a_code_is_no_first_factor_where_a_second_is_demanded_or_a_password_must_be_chosen() {
    let world = pool_of_codes().await;
    world.set_mfa(MfaMode::Optional, &[SecondFactor::Email]).await;
    world.user("ada").await;
    world.prefer("ada", SecondFactor::Email, true).await;
    let temporary = world.invite("karl").await;
    for name in ["ada", "karl"] {
        let asked = challenged(world.choose(name, Some(FirstFactor::EmailCode)).await);
        assert_eq!((asked.name, asked.available.join(" ")), ("SELECT_CHALLENGE", "PASSWORD_SRP PASSWORD".to_owned()));
    }
    assert!(!temporary.is_empty());
    let on = MfaSettings { mode: MfaMode::On, kinds: [SecondFactor::Email].into(), ..MfaSettings::default() };
    let refused = world.pools.set_user_pool_mfa_config(&world.pool.id, on, None).await.unwrap_err();
    assert_eq!(refused, Invalid::MfaSettings.into());
}

#[tokio::test]
async fn somebody_signs_up_without_a_password_and_goes_on_into_the_sign_in_once() {
    let world = pool_of_codes().await;
    let request = SignUp::without_password(world.client.id.clone(), "ada").attribute("email", "ada@example.com");
    let made = world.pools.sign_up(request).await.unwrap();
    let begun = made.session.unwrap();
    let go_on = |session: &SecretString| SignInFlow::SignedUp { username: "ada".to_owned(), session: session.clone() };
    assert!(world.begin(go_on(&begun)).await.is_err(), "it is not confirmed");
    let mut request = ConfirmSignUp::new(world.client.id.clone(), "ada", world.code("ada"));
    request.session = Some(begun);
    let session = world.pools.confirm_sign_up(request).await.unwrap().unwrap();

    signed_in(world.begin(go_on(&session)).await);
    assert_eq!(world.begin(go_on(&session)).await.unwrap_err(), Error::NotAuthorized(Refusal::SessionSpent));

    let asked = challenged(world.choose("ada", None).await);
    assert_eq!(asked.available, ["EMAIL_OTP"], "there is no password");
    let sent = challenged(world.choose("ada", Some(FirstFactor::EmailCode)).await);
    signed_in(world.sent_code("ada", &sent.session, Contact::Email, &world.code("ada")).await);
    assert_eq!(world.password("ada", PASSWORD).await.unwrap_err(), Error::NotAuthorized(Refusal::WrongCredentials));
}

#[tokio::test]
async fn a_confirmation_says_that_the_storage_failed_and_not_that_the_session_was_none() {
    let world = pool_of_codes().await;
    let request = SignUp::without_password(world.client.id.clone(), "ada").attribute("email", "ada@example.com");
    let begun = world.pools.sign_up(request).await.unwrap().session.unwrap();
    let mut request = ConfirmSignUp::new(world.client.id.clone(), "ada", world.code("ada"));
    request.session = Some(begun.clone());
    // The guess is counted, the sign-up is confirmed, and the session is not spent any more.
    let mortal = Mortal { store: Arc::clone(&world.store), left: AtomicUsize::new(2) };

    let outcome = over(&world, Arc::new(mortal)).confirm_sign_up(request).await;

    assert!(matches!(outcome, Err(Error::Storage(_))), "{outcome:?}");
    let ada = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    assert_eq!(ada.status, UserStatus::Confirmed);
}

#[tokio::test]
async fn a_confirmation_without_the_session_goes_on_into_a_sign_in_only_where_the_code_is_enough() {
    let world = pool_of_codes().await;
    assert!(world.pool.settings.account_rules.confirmation_needs_session);
    world.sign_up("ada").await.unwrap();
    let request = ConfirmSignUp::new(world.client.id.clone(), "ada", world.code("ada"));
    assert!(world.pools.confirm_sign_up(request).await.unwrap().is_none(), "a hardened pool");

    let mut settings = world.pool.settings.clone();
    settings.account_rules = AccountRules::COGNITO;
    world.pools.update_user_pool(&world.pool.id, settings).await.unwrap();
    world.sign_up("eve").await.unwrap();
    let guess = ConfirmSignUp::new(world.client.id.clone(), "eve", wrong(&world.code("eve")));
    assert_eq!(world.pools.confirm_sign_up(guess).await.unwrap_err(), Error::CodeMismatch);
    let request = ConfirmSignUp::new(world.client.id.clone(), "eve", world.code("eve"));
    let session = world.pools.confirm_sign_up(request.clone()).await.unwrap().unwrap();
    assert!(world.pools.confirm_sign_up(request).await.is_err(), "the code is spent");
    let go_on = |name: &str| SignInFlow::SignedUp { username: name.to_owned(), session: session.clone() };
    assert!(world.begin(go_on("ada")).await.is_err(), "it is another user's");
    signed_in(world.begin(go_on("eve")).await);
    assert_eq!(world.begin(go_on("eve")).await.unwrap_err(), Error::NotAuthorized(Refusal::SessionSpent));
}

#[tokio::test]
async fn a_code_is_not_enough_at_a_client_that_does_not_allow_sign_ins_by_choice() {
    let world = world_with(|pool, _| pool.settings.account_rules = AccountRules::COGNITO).await;
    world.sign_up("ada").await.unwrap();
    let request = ConfirmSignUp::new(world.client.id.clone(), "ada", world.code("ada"));
    assert!(world.pools.confirm_sign_up(request).await.unwrap().is_none());
}

#[tokio::test]
async fn what_a_user_can_sign_in_with_is_told_to_them_and_to_administrators() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;
    world.enrol(&tokens).await;
    world.prefer("ada", SecondFactor::SoftwareToken, true).await;

    let mine = world.pools.get_user_auth_factors(&tokens.access_token).await.unwrap();
    let seen = world.pools.admin_get_user_auth_factors(&world.pool.id, "ada").await.unwrap();

    for factors in [mine, seen] {
        assert_eq!(factors.first, [FirstFactor::Password, FirstFactor::EmailCode]);
        assert_eq!(factors.second.preferred, Some(SecondFactor::SoftwareToken));
    }
}

impl World {
    /// A user's second factors as they are stored.
    async fn stored_second(&self, name: &str) -> SecondFactors {
        let storage = DocumentUserPools::new(Arc::clone(&self.store));
        let user = storage.users().named(&self.pool.id, name).await.unwrap().unwrap();
        storage.factors().second(&self.pool.id, &user.sub).await.unwrap().unwrap().record
    }
}

#[tokio::test]
async fn one_of_several_factors_is_preferred_until_it_is_turned_off_or_no_more_wished() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken, SecondFactor::Email]).await;
    world.user_with_app("ada").await;
    let (app, mail) = (SecondFactor::SoftwareToken, SecondFactor::Email);
    let set = async |wishes: &[(SecondFactor, bool, bool)]| {
        let wish = |&(factor, enabled, preferred)| Preference { factor, enabled, preferred };
        let wishes: Vec<Preference> = wishes.iter().map(wish).collect();
        world
            .pools
            .admin_set_user_mfa_preference(&world.pool.id, "ada", Preferences { second: &wishes, passkey: None })
            .await
    };
    let now = async || {
        let second = world.stored_second("ada").await;
        (second.active.into_iter().collect::<Vec<_>>(), second.preferred)
    };
    for (wishes, active, preferred) in [
        (vec![(app, true, true), (mail, true, false)], vec![app, mail], Some(app)),
        (vec![(mail, false, false)], vec![app], Some(app)),
        (vec![(mail, false, true)], vec![app], Some(app)),
        (vec![(mail, true, true)], vec![app, mail], Some(mail)),
        (vec![(mail, true, false)], vec![app, mail], None),
        (vec![(app, true, true)], vec![app, mail], Some(app)),
        (vec![(app, false, false)], vec![mail], None),
    ] {
        set(&wishes).await.unwrap();

        let (mut found, mut expected) = (now().await, (active, preferred));
        found.0.sort_by_key(|factor| factor.name());
        expected.0.sort_by_key(|factor| factor.name());
        assert_eq!(found, expected, "{wishes:?}");
    }
    assert_eq!(set(&[(app, true, true), (mail, true, true)]).await.unwrap_err(), Invalid::PreferredTwice.into());
}

#[tokio::test]
async fn an_administrator_takes_an_app_away_with_its_seed_and_leaves_the_other_factors() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken, SecondFactor::Email]).await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;
    world.enrol(&tokens).await;
    world.prefer("ada", SecondFactor::SoftwareToken, false).await;
    world.prefer("ada", SecondFactor::Email, true).await;
    let pending = world.pools.associate_software_token(Enrolment::SignedIn(&tokens.access_token)).await;
    assert!(pending.is_ok() && world.stored_second("ada").await.pending_seed.is_some());

    world.pools.admin_delete_software_token(&world.pool.id, "ada").await.unwrap();

    let left = SecondFactors {
        active: [SecondFactor::Email].into(),
        preferred: Some(SecondFactor::Email),
        ..SecondFactors::default()
    };
    assert_eq!(world.stored_second("ada").await, left);
    let again = world.pools.admin_delete_software_token(&world.pool.id, "ada").await.unwrap_err();
    assert_eq!(again, Error::SoftwareTokenNotFound);
}

#[tokio::test]
async fn the_session_that_turns_a_factor_on_goes_on_also_where_another_has_set_it_up() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    world.user("ada").await;
    world.enrol(&world.tokens("ada").await).await;
    let (here, elsewhere) = (world.tokens("ada").await, world.tokens("ada").await);
    let wish = [Preference { factor: SecondFactor::SoftwareToken, enabled: true, preferred: true }];

    world.pools.set_user_mfa_preference(&here.access_token, &wish).await.unwrap();

    let refresh = |tokens: Tokens| world.begin(SignInFlow::RefreshToken { token: tokens.refresh_token.unwrap() });
    signed_in(refresh(here).await);
    assert_eq!(refresh(elsewhere).await.unwrap_err(), Error::NotAuthorized(Refusal::SecondFactorMissing));
}

#[tokio::test]
async fn guesses_at_one_users_app_cost_no_other_user() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    let (of_ada, of_bob) = (world.user_with_app("ada").await, world.user_with_app("bob").await);
    let asked = challenged(world.password("ada", PASSWORD).await);
    let mut last = Error::CodeMismatch;
    while last == Error::CodeMismatch {
        last = world.app_code("ada", &asked.session, &wrong(&of_ada.code(&world))).await.unwrap_err();
    }
    assert!(matches!(last, Error::LimitExceeded { .. } | Error::TooManyAttempts { .. }), "{last:?}");

    let asked = challenged(world.password("bob", PASSWORD).await);
    signed_in(world.app_code("bob", &asked.session, &of_bob.code(&world)).await);
}

#[tokio::test]
async fn right_codes_of_an_app_count_for_nothing() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    let app = world.user_with_app("ada").await;

    for _ in 0..25 {
        let asked = challenged(world.password("ada", PASSWORD).await);
        signed_in(world.app_code("ada", &asked.session, &app.code(&world)).await);
        world.clock.advance_seconds(30);
    }
}

#[tokio::test]
async fn guesses_at_the_app_that_one_user_sets_up_cost_no_other_user() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
    for name in ["ada", "bob"] {
        world.user(name).await;
    }
    let tokens = world.tokens("ada").await;
    let by = Enrolment::SignedIn(&tokens.access_token);
    let app = App::new(&world.pools.associate_software_token(by).await.unwrap().secret_code);
    for _ in 0..6 {
        world.pools.verify_software_token(by, &wrong(&app.code(&world)), None).await.unwrap_err();
    }
    let limited = world.pools.verify_software_token(by, &app.code(&world), None).await.unwrap_err();
    assert!(matches!(limited, Error::LimitExceeded { .. }), "{limited:?}");

    world.enrol(&world.tokens("bob").await).await;
}

/// Else a user could turn a factor on that no sign-in of the pool ever asks for.
#[tokio::test]
async fn no_app_is_set_up_where_the_pool_offers_none() {
    for (mode, kinds) in [(MfaMode::Off, &[][..]), (MfaMode::Optional, &[SecondFactor::Email][..])] {
        let world = pool_with(mode, kinds).await;
        world.user("ada").await;
        let tokens = world.tokens("ada").await;

        let by = Enrolment::SignedIn(&tokens.access_token);
        let refused = world.pools.associate_software_token(by).await.unwrap_err();
        assert_eq!(refused, Error::SoftwareTokenNotFound, "{mode:?}");
    }
}
