//! Sign-in with a passkey.

use identity_kernel::secret::SecretString;
use serde_json::{Value, json};
use test_support::authenticator::{Authenticator, USUAL_FLAGS};
use userpool_core::model::factors::{FirstFactor, MfaMode, MfaSettings, SecondFactor};
use userpool_core::model::passkeys::PasskeyFactor;
use userpool_core::ops::choice::FirstAnswer;
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::factors::{Preference, Preferences};
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::ops::sign_in::{Answer, AuthOutcome};
use userpool_core::ops::tokens::Tokens;
use userpool_core::{Error, Invalid, Refusal};

use crate::passkeys::takes_passkeys;
use crate::world::{World, service, world_with};

/// What is asked for with a passkey: the session, and the options for the browser.
#[derive(Clone)]
pub(crate) struct Asked {
    session: SecretString,
    options: Value,
}

impl Asked {
    /// The answer, with this passkey.
    pub(crate) fn signed(&self, with: &mut Authenticator) -> Answer {
        let credential = with.get(&self.options).to_string().into_bytes();
        Answer::Passkey { session: self.session.clone(), credential }
    }
}

impl World {
    pub(crate) async fn ask(&self, name: &str) -> Asked {
        asked(self.choose(name, Some(FirstFactor::Passkey)).await.unwrap())
    }

    async fn sign(&self, name: &str, asked: &Asked, with: &mut Authenticator) -> Result<AuthOutcome, Error> {
        self.answer(name, asked.signed(with)).await
    }

    async fn owner(&self, name: &str) -> Authenticator {
        let token = self.member(name).await;
        self.register(&token).await.0
    }
}

fn asked(outcome: AuthOutcome) -> Asked {
    let AuthOutcome::Challenged(challenge) = outcome else { panic!("{outcome:?}") };
    assert_eq!(challenge.name, "WEB_AUTHN");
    let options = serde_json::from_str(&challenge.parameters["CREDENTIAL_REQUEST_OPTIONS"]).unwrap();
    Asked { session: challenge.session, options }
}

fn tokens(outcome: Result<AuthOutcome, Error>) -> Tokens {
    match outcome {
        Ok(AuthOutcome::Tokens(tokens)) => *tokens,
        other => panic!("{other:?}"),
    }
}

fn offered(outcome: &AuthOutcome) -> Vec<String> {
    let AuthOutcome::Challenged(challenge) = outcome else { panic!("{outcome:?}") };
    assert_eq!(challenge.name, "SELECT_CHALLENGE");
    challenge.available.clone()
}

/// A pool that asks everybody for an authenticator app, and takes a passkey that has verified its user for two factors.
fn multi_factor(pool: &mut CreateUserPool, client: &mut CreateClient) {
    single_factor_with_mfa(pool, client);
    pool.settings.passkeys.factor = PasskeyFactor::MultiWhenVerified;
}

fn single_factor_with_mfa(pool: &mut CreateUserPool, client: &mut CreateClient) {
    takes_passkeys(pool, client);
    pool.settings.mfa = MfaSettings {
        mode: MfaMode::Optional,
        kinds: [SecondFactor::SoftwareToken, SecondFactor::Email].into(),
        ..MfaSettings::default()
    };
}

#[tokio::test]
async fn somebody_signs_in_with_a_passkey_chosen_at_once_or_from_the_list() {
    let world = world_with(takes_passkeys).await;
    let mut passkey = world.owner("ada").await;

    let at_once = world.ask("ada").await;
    assert_eq!(at_once.options["rpId"], "example.com");
    assert_eq!(at_once.options["allowCredentials"][0]["id"], passkey.id_text());
    let access = tokens(world.sign("ada", &at_once, &mut passkey).await).access_token;
    world.pools.get_user(&access).await.unwrap();

    let list = world.choose("ada", None).await.unwrap();
    assert!(offered(&list).contains(&"WEB_AUTHN".to_owned()));
    let AuthOutcome::Challenged(list) = list else { unreachable!() };
    let choice =
        Answer::First { session: list.session.clone(), choice: FirstFactor::Passkey, answer: FirstAnswer::default() };
    let chosen = asked(world.answer("ada", choice).await.unwrap());
    tokens(world.sign("ada", &chosen, &mut passkey).await);
    let listed = world.pools.list_passkeys(&access).await.unwrap();
    assert_eq!(listed[0].last_used_at, Some(listed[0].created_at));
}

#[tokio::test]
async fn line_60_a_passkey_challenge_is_answered_once_also_on_another_node() {
    let world = world_with(takes_passkeys).await;
    let mut passkey = world.owner("ada").await;
    let asked = world.ask("ada").await;
    let credential = passkey.get(&asked.options).to_string().into_bytes();
    let other_node = World { pools: service(&world.clock, &world.outbox, &world.store), ..world_parts(&world) };
    let answer = || Answer::Passkey { session: asked.session.clone(), credential: credential.clone() };

    let (here, there) = tokio::join!(world.answer("ada", answer()), other_node.answer("ada", answer()));

    assert!(here.is_ok() != there.is_ok(), "{here:?} {there:?}");
    let again = world.answer("ada", answer()).await.unwrap_err();
    assert_eq!(again, Error::NotAuthorized(Refusal::SessionSpent));
}

fn world_parts(world: &World) -> World {
    World {
        pools: world.pools.clone(),
        clock: world.clock.clone(),
        outbox: world.outbox.clone(),
        store: world.store.clone(),
        pool: world.pool.clone(),
        client: world.client.clone(),
    }
}

#[tokio::test]
async fn line_67_a_passkey_challenge_ends_after_the_clients_minutes_and_never_later_than_five() {
    for (minutes, seconds) in [(3, 180), (15, 300)] {
        let world = world_with(|pool, client| {
            takes_passkeys(pool, client);
            client.settings.challenge_minutes = minutes;
        });
        let world = world.await;
        let mut passkey = world.owner("ada").await;
        let (soon, late) = (world.ask("ada").await, world.ask("ada").await);
        world.clock.advance_seconds(seconds - 1);
        tokens(world.sign("ada", &soon, &mut passkey).await);
        world.clock.advance_seconds(1);
        let late = world.sign("ada", &late, &mut passkey).await.unwrap_err();
        assert_eq!(late, Error::NotAuthorized(Refusal::SessionExpired));
    }
}

#[tokio::test]
async fn line_69_only_the_users_own_passkeys_of_now_sign_in() {
    let world = world_with(takes_passkeys).await;
    let mut of_ada = world.owner("ada").await;
    let mut of_eve = world.owner("eve").await;
    let wrong = Error::NotAuthorized(Refusal::WrongCredentials);

    let asked = world.ask("ada").await;
    assert_eq!(world.sign("ada", &asked, &mut of_eve).await.unwrap_err(), wrong, "another's");
    of_eve.user_handle.clone_from(&of_ada.user_handle);
    assert_eq!(world.sign("ada", &asked, &mut of_eve).await.unwrap_err(), wrong, "another's, for ada");
    let foreign = world.sign("eve", &asked, &mut of_eve).await.unwrap_err();
    assert_eq!(foreign, Error::NotAuthorized(Refusal::SessionInvalid));
    let mut thief = Authenticator::new(crate::passkeys::ORIGIN);
    thief.id.clone_from(&of_ada.id);
    assert_eq!(world.sign("ada", &asked, &mut thief).await.unwrap_err(), wrong, "another key");
    of_ada.origin = "https://badexample.com".to_owned();
    assert_eq!(world.sign("ada", &asked, &mut of_ada).await.unwrap_err(), wrong, "another origin");
    of_ada.origin = crate::passkeys::ORIGIN.to_owned();
    let access = tokens(world.sign("ada", &asked, &mut of_ada).await).access_token;

    let asked = world.ask("ada").await;
    world.pools.delete_passkey(&access, &of_ada.id_text()).await.unwrap();
    assert_eq!(world.sign("ada", &asked, &mut of_ada).await.unwrap_err(), wrong, "removed meanwhile");
}

#[tokio::test]
async fn line_71_a_copied_passkey_whose_counter_goes_back_does_not_sign_in() {
    let world = world_with(takes_passkeys).await;
    let token = world.member("ada").await;
    let mut passkey = Authenticator::new(crate::passkeys::ORIGIN);
    passkey.sign_count = 1;
    let answer = passkey.create(&world.start(&token).await);
    world.complete(&token, &answer).await.unwrap();

    passkey.sign_count = 7;
    tokens(world.sign("ada", &world.ask("ada").await, &mut passkey).await);
    passkey.sign_count = 6;

    let back = world.sign("ada", &world.ask("ada").await, &mut passkey).await.unwrap_err();
    assert_eq!(back, Error::NotAuthorized(Refusal::WrongCredentials));
}

#[tokio::test]
async fn line_73_a_name_of_nobody_and_a_user_without_passkeys_are_asked_alike() {
    let world = world_with(takes_passkeys).await;
    world.user("eve").await;
    for preferred in [None, Some(FirstFactor::Passkey)] {
        let eve = world.choose("eve", preferred).await.unwrap();
        let nobody = world.choose("nobody", preferred).await.unwrap();
        assert_eq!(offered(&eve), offered(&nobody));
        let length = |outcome: &AuthOutcome| match outcome {
            AuthOutcome::Challenged(challenge) => challenge.session.expose().len(),
            _ => 0,
        };
        assert_eq!(length(&eve), length(&nobody));
        for (name, outcome) in [("eve", eve), ("nobody", nobody)] {
            let AuthOutcome::Challenged(list) = outcome else { unreachable!() };
            let choice = Answer::First {
                session: list.session.clone(),
                choice: FirstFactor::Passkey,
                answer: FirstAnswer::default(),
            };
            let refused = world.answer(name, choice).await.unwrap_err();
            assert_eq!(refused, Error::InvalidParameter(Invalid::FactorNotOffered), "{name}");
        }
    }
}

#[tokio::test]
async fn a_pool_without_passkeys_offers_none_and_reads_none() {
    let world = world_with(takes_passkeys).await;
    let mut passkey = world.owner("ada").await;
    let begun = world.ask("ada").await;
    let mut settings = world.pool.settings.clone();
    settings.first_factors.allowed.remove(&FirstFactor::Passkey);
    world.pools.update_user_pool(&world.pool.id, settings).await.unwrap();

    assert!(!offered(&world.choose("ada", None).await.unwrap()).contains(&"WEB_AUTHN".to_owned()));
    assert!(matches!(world.sign("ada", &begun, &mut passkey).await, Err(Error::Passkey(_))));
}

#[tokio::test]
async fn a_passkey_of_another_domain_that_the_pool_had_signs_nobody_in() {
    let world = world_with(takes_passkeys).await;
    let mut passkey = world.owner("ada").await;
    let begun = world.ask("ada").await;
    let mut settings = world.pool.settings.clone();
    settings.passkeys.relying_party = Some("example.org".parse().unwrap());
    world.pools.update_user_pool(&world.pool.id, settings).await.unwrap();

    assert!(!offered(&world.choose("ada", None).await.unwrap()).contains(&"WEB_AUTHN".to_owned()));
    assert!(world.sign("ada", &begun, &mut passkey).await.is_err());
    passkey.relying_party = Some("example.org".to_owned());
    passkey.origin = "https://example.org".to_owned();
    assert!(world.sign("ada", &begun, &mut passkey).await.is_err());
}

#[tokio::test]
async fn a_disabled_user_does_not_sign_in_with_a_passkey() {
    let world = world_with(takes_passkeys).await;
    let mut passkey = world.owner("ada").await;
    let before = world.ask("ada").await;
    world.pools.admin_disable_user(&world.pool.id, "ada").await.unwrap();
    let after = world.ask("ada").await;

    assert!(matches!(world.sign("ada", &before, &mut passkey).await, Err(Error::NotAuthorized(_))));
    let refused = world.sign("ada", &after, &mut passkey).await.unwrap_err();
    assert_eq!(refused, Error::NotAuthorized(Refusal::UserDisabled));
}

#[tokio::test]
async fn what_a_passkey_proved_stands_in_the_tokens() {
    let world = world_with(multi_factor).await;
    let mut passkey = world.owner("ada").await;

    let tokens = tokens(world.sign("ada", &world.ask("ada").await, &mut passkey).await);

    let caller = world.pools.authenticate(&tokens.access_token).await.unwrap();
    assert_eq!(caller.user.username.as_str(), "ada");
    world.refresh(&tokens.refresh_token.unwrap()).await.unwrap();
}

const EMAIL: Preference = Preference { factor: SecondFactor::Email, enabled: true, preferred: true };

/// Somebody who wants passkeys to stand for two factors.
async fn with_second_factor(world: &World) -> Authenticator {
    let passkey = world.owner("ada").await;
    let wish = Preferences { second: &[EMAIL], passkey: Some(true) };
    world.pools.admin_set_user_mfa_preference(&world.pool.id, "ada", wish).await.unwrap();
    passkey
}

#[tokio::test]
async fn line_61_a_passkey_that_stands_for_one_factor_is_not_offered_where_a_second_is_demanded() {
    let world = world_with(single_factor_with_mfa).await;
    let mut passkey = world.owner("ada").await;
    let begun = world.ask("ada").await;
    world.pools.admin_set_user_mfa_preference(&world.pool.id, "ada", &[EMAIL]).await.unwrap();

    assert!(!offered(&world.choose("ada", None).await.unwrap()).contains(&"WEB_AUTHN".to_owned()));
    let outcome = world.sign("ada", &begun, &mut passkey).await.unwrap();
    assert_eq!(outcome.challenge(), Some("EMAIL_OTP"), "the second factor is asked for all the same");
}

#[tokio::test]
async fn line_68_a_passkey_stands_for_two_factors_only_if_it_has_verified_its_user() {
    let world = world_with(multi_factor).await;
    let mut passkey = with_second_factor(&world).await;

    let asked = world.ask("ada").await;
    assert_eq!(asked.options["userVerification"], json!("required"));
    passkey.flags = USUAL_FLAGS & !0x04;
    let unverified = world.sign("ada", &asked, &mut passkey).await.unwrap_err();
    assert_eq!(unverified, Error::NotAuthorized(Refusal::WrongCredentials));
    passkey.flags = USUAL_FLAGS;

    let tokens = tokens(world.sign("ada", &asked, &mut passkey).await);
    world.refresh(&tokens.refresh_token.unwrap()).await.unwrap();
}

#[tokio::test]
async fn line_61_a_passkey_stands_for_two_factors_only_for_users_who_want_that() {
    let world = world_with(multi_factor).await;
    let mut passkey = world.owner("ada").await;
    world.pools.admin_set_user_mfa_preference(&world.pool.id, "ada", &[EMAIL]).await.unwrap();
    assert!(!offered(&world.choose("ada", None).await.unwrap()).contains(&"WEB_AUTHN".to_owned()));

    let want = |wanted| Preferences { second: &[], passkey: Some(wanted) };
    world.pools.admin_set_user_mfa_preference(&world.pool.id, "ada", want(true)).await.unwrap();
    let begun = world.ask("ada").await;
    world.pools.admin_set_user_mfa_preference(&world.pool.id, "ada", want(false)).await.unwrap();

    let outcome = world.sign("ada", &begun, &mut passkey).await.unwrap();
    assert_eq!(outcome.challenge(), Some("EMAIL_OTP"), "who wants it no more is asked for the second factor");
}

#[tokio::test]
async fn passkeys_stand_for_two_factors_where_the_pool_says_so_and_another_factor_is_turned_on() {
    let wish = Preferences { second: &[EMAIL], passkey: Some(true) };
    let alone = Preferences { second: &[], passkey: Some(true) };
    let off = [Preference { enabled: false, preferred: false, ..EMAIL }];
    let single = world_with(single_factor_with_mfa).await;
    single.owner("ada").await;
    let refused = single.pools.admin_set_user_mfa_preference(&single.pool.id, "ada", wish).await.unwrap_err();
    assert_eq!(refused, Error::InvalidParameter(Invalid::PasskeyIsOneFactor));

    let world = world_with(multi_factor).await;
    world.owner("ada").await;
    let set =
        async |wish: Preferences<'_>| world.pools.admin_set_user_mfa_preference(&world.pool.id, "ada", wish).await;
    let needs_another = Error::InvalidParameter(Invalid::PasskeyNeedsAnother);
    assert_eq!(set(alone).await.unwrap_err(), needs_another);
    set(wish).await.unwrap();
    assert_eq!(set((&off).into()).await.unwrap_err(), needs_another, "the last of them stays on");
    set(Preferences { second: &off, passkey: Some(false) }).await.unwrap();
}
