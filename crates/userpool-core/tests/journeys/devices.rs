//! Devices: offered, confirmed, proved by their own secret, and forgotten.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cognito_srp::{ClientSecret, Identity, PublicValue, Salt, Verifier, write_timestamp};
use document_store::page::PageRequest;
use identity_kernel::context::RequestContext;
use identity_kernel::secret::SecretString;
use identity_kernel::time::Clock as _;
use userpool_core::model::device::{Device, DeviceKey, DeviceSettings, MOST_DEVICES};
use userpool_core::model::factors::{MfaMode, SecondFactor};
use userpool_core::ops::devices::{ConfirmDevice, Confirmed, RememberedStatus};
use userpool_core::ops::sign_in::{Answer, AuthOutcome, Caller, Challenged, InitiateAuth, SignInFlow};
use userpool_core::ops::srp::VerifierAnswer;
use userpool_core::ops::tokens::Tokens;
use userpool_core::ops::users::PasswordLifetime;
use userpool_core::storage::{DeviceWrite, PoolWrite};
use userpool_core::{DocumentUserPools, Error, Invalid, Kind, Refusal, UserPoolStorage};

use crate::world::{PASSWORD, World, world, world_with};

/// What a device keeps.
#[derive(Clone)]
pub(crate) struct Kept {
    pub key: DeviceKey,
    group_key: String,
    secret: String,
}

impl Kept {
    fn identity(&self) -> Identity<'_> {
        Identity { pool_name: &self.group_key, user_id: self.key.as_str() }
    }
}

pub(crate) async fn tracking(settings: DeviceSettings) -> World {
    let world = world_with(|pool, _| pool.settings.devices = Some(settings)).await;
    world.user("ada").await;
    world
}

pub(crate) const STANDS_IN: DeviceSettings =
    DeviceSettings { stands_for_second_factor: true, remembered_on_prompt: false };

/// What a client computes of the device that was offered.
pub(crate) fn secret_of(tokens: &Tokens) -> (Kept, ConfirmDevice) {
    let offered = tokens.new_device.clone().unwrap();
    let kept = Kept { key: offered.key, group_key: offered.group_key, secret: "device secret".to_owned() };
    let salt = [7; 16];
    let verifier = Verifier::compute(&kept.identity(), &kept.secret, &Salt::new(salt)).expose().to_vec();
    let (key, name) = (kept.key.clone(), Some("phone".to_owned()));
    (kept, ConfirmDevice { key, name, salt: salt.to_vec(), verifier })
}

/// Signs in without a device, and confirms the one that is offered.
pub(crate) async fn confirmed(world: &World, name: &str) -> (Kept, Tokens) {
    let tokens = world.tokens(name).await;
    let (kept, request) = secret_of(&tokens);
    world.pools.confirm_device(&tokens.access_token, request).await.unwrap();
    (kept, tokens)
}

/// The same world, called from a device.
pub(crate) fn from(world: &World, key: &str) -> World {
    let context = RequestContext { device_key: Some(key.to_owned()), ..RequestContext::default() };
    World {
        pools: world.pools.for_request(context),
        clock: Arc::clone(&world.clock),
        outbox: Arc::clone(&world.outbox),
        store: Arc::clone(&world.store),
        pool: world.pool.clone(),
        client: world.client.clone(),
    }
}

pub(crate) fn challenged(outcome: Result<AuthOutcome, Error>) -> Challenged {
    match outcome {
        Ok(AuthOutcome::Challenged(challenged)) => *challenged,
        other => panic!("{other:?}"),
    }
}

fn tokens(outcome: Result<AuthOutcome, Error>) -> Tokens {
    match outcome {
        Ok(AuthOutcome::Tokens(tokens)) => *tokens,
        other => panic!("{other:?}"),
    }
}

const PUBLIC: [u8; 128] = [5; 128];

pub(crate) fn public_value(session: &SecretString) -> Answer {
    let client_public = ClientSecret::new(PUBLIC).public_value().to_hex();
    Answer::DeviceSrp { session: session.clone(), client_public }
}

/// The answer to the demand for a proof.
pub(crate) fn proof(world: &World, kept: &Kept, asked: &Challenged) -> Answer {
    assert_eq!((asked.name, &asked.parameters["DEVICE_KEY"]), ("DEVICE_PASSWORD_VERIFIER", &kept.key.to_string()));
    let server = PublicValue::from_hex(&asked.parameters["SRP_B"]).unwrap();
    let salt = Salt::from_hex(&asked.parameters["SALT"]).unwrap();
    let key = ClientSecret::new(PUBLIC).session_key(&kept.identity(), &kept.secret, &salt, &server).unwrap();
    let secret_block = asked.parameters["SECRET_BLOCK"].clone();
    let timestamp = write_timestamp(world.clock.now());
    let block = BASE64.decode(&secret_block).unwrap();
    let signature = key.sign(&kept.identity(), &block, &timestamp).into();
    Answer::DeviceVerifier(VerifierAnswer { secret_block, signature, timestamp })
}

/// Everything that follows the first factor.
pub(crate) async fn prove(world: &World, kept: &Kept, asked: &Challenged) -> Result<AuthOutcome, Error> {
    assert_eq!(asked.name, "DEVICE_SRP_AUTH");
    let asked = challenged(world.answer("ada", public_value(&asked.session)).await);
    world.answer("ada", proof(world, kept, &asked)).await
}

fn claims(token: &SecretString) -> serde_json::Value {
    let body = token.expose().split('.').nth(1).unwrap();
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    serde_json::from_slice(&engine.decode(body).unwrap()).unwrap()
}

async fn put(world: &World, kept: &Kept, change: impl FnOnce(&mut Device)) {
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let user = storage.users().named(&world.pool.id, "ada").await.unwrap().unwrap();
    let before = storage.devices().get(&world.pool.id, &user.sub, &kept.key).await.unwrap().unwrap();
    let mut after = before.record.clone();
    change(&mut after);
    storage.commit(vec![DeviceWrite::Update { before, after }.into()]).await.unwrap();
}

/// From now on everybody is asked for a second factor, which is a code by mail.
async fn demand_second_factor(world: &World, devices: DeviceSettings) {
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let before = storage.pools().get(&world.pool.id).await.unwrap().unwrap();
    let mut after = before.record.clone();
    after.settings.mfa.mode = MfaMode::On;
    after.settings.mfa.kinds = BTreeSet::from([SecondFactor::Email]);
    after.settings.devices = Some(devices);
    storage.commit(vec![PoolWrite::Update { before, after }.into()]).await.unwrap();
}

#[tokio::test]
async fn a_device_is_offered_where_the_pool_knows_devices_and_not_at_the_administrators_door() {
    let untracked = world().await;
    untracked.user("ada").await;
    assert_eq!(untracked.tokens("ada").await.new_device, None);

    let world = tracking(DeviceSettings::default()).await;
    let (one, two) = (world.tokens("ada").await, world.tokens("ada").await);
    let (first, second) = (one.new_device.unwrap(), two.new_device.unwrap());
    assert_ne!(first.key, second.key);
    assert!(first.key.as_str().starts_with("us-east-1_"), "{}", first.key);
    let flow = SignInFlow::AdminUserPassword { username: "ada".to_owned(), password: PASSWORD.into() };
    let (client, caller) = (world.client.id.clone(), Caller::Admin(world.pool.id.clone()));
    let request = InitiateAuth { client, caller, secret_hash: None, flow };
    assert_eq!(tokens(world.pools.initiate_auth(request).await).new_device, None);
}

#[tokio::test]
async fn a_known_device_proves_its_secret_after_the_password_and_stands_in_the_tokens() {
    let world = tracking(DeviceSettings::default()).await;
    let (kept, first) = confirmed(&world, "ada").await;
    assert_eq!(claims(&first.access_token)["device_key"], serde_json::Value::Null, "it was not confirmed then");
    let there = from(&world, kept.key.as_str());

    let asked = challenged(there.password("ada", PASSWORD).await);
    let by_password = tokens(prove(&there, &kept, &asked).await);
    let (name, answer) = there.srp("ada", PASSWORD).await.unwrap();
    let asked = challenged(there.answer(&name, answer).await);
    let by_srp = tokens(prove(&there, &kept, &asked).await);

    for tokens in [&by_password, &by_srp] {
        assert_eq!(claims(&tokens.access_token)["device_key"], kept.key.as_str());
        assert_eq!(tokens.new_device, None);
    }
    assert_eq!(claims(&by_srp.id_token)["device_key"], serde_json::Value::Null);
}

#[tokio::test]
async fn a_device_that_is_named_with_the_answer_alone_is_known_as_well() {
    let world = tracking(DeviceSettings::default()).await;
    let (kept, _) = confirmed(&world, "ada").await;
    let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();
    let there = from(&world, kept.key.as_str());

    let asked = challenged(there.answer(&name, answer).await);

    tokens(prove(&there, &kept, &asked).await);
}

#[tokio::test]
async fn line_65_a_device_is_asked_after_the_first_factor_and_never_in_its_place() {
    let world = tracking(STANDS_IN).await;
    let (kept, _) = confirmed(&world, "ada").await;
    let there = from(&world, kept.key.as_str());

    assert_eq!(
        there.password("ada", "Wrong-words-all-9").await.unwrap_err(),
        Error::NotAuthorized(Refusal::WrongCredentials)
    );
    let (_, Answer::PasswordVerifier(unproved)) = there.srp("ada", "Wrong-words-all-9").await.unwrap() else {
        panic!("no proof")
    };
    // What a sign-in holds before its first factor opens no step of the device.
    let begin = there.answer("ada", public_value(&unproved.secret_block.clone().into())).await;
    assert_eq!(begin.unwrap_err(), Error::NotAuthorized(Refusal::SessionInvalid));
    let finish = there.answer("ada", Answer::DeviceVerifier(unproved)).await;
    assert_eq!(finish.unwrap_err(), Error::NotAuthorized(Refusal::WrongCredentials));
    let none = there.answer("ada", public_value(&"".into())).await;
    assert_eq!(none.unwrap_err(), Error::NotAuthorized(Refusal::SessionInvalid));
}

#[tokio::test]
async fn line_65_a_device_stands_for_the_second_factor_only_if_pool_user_and_its_confirmation_say_so() {
    let elsewhere = DeviceSettings { stands_for_second_factor: false, remembered_on_prompt: false };
    // What the pool says; whether the device is remembered, and was confirmed by two factors; whether it stands in.
    let cases = [
        (STANDS_IN, (true, true), true),
        (elsewhere, (true, true), false),
        (STANDS_IN, (false, true), false),
        (STANDS_IN, (true, false), false),
    ];
    for (number, (settings, state, stands_in)) in cases.into_iter().enumerate() {
        let world = tracking(STANDS_IN).await;
        let (kept, _) = confirmed(&world, "ada").await;
        put(&world, &kept, |device| (device.remembered, device.by_two_factors) = state).await;
        demand_second_factor(&world, settings).await;
        let there = from(&world, kept.key.as_str());

        let outcome = there.password("ada", PASSWORD).await;

        match outcome {
            Ok(AuthOutcome::Challenged(asked)) if asked.name == "DEVICE_SRP_AUTH" => {
                assert!(stands_in, "case {number}");
                let held = tokens(prove(&there, &kept, &asked).await);
                let refresh = SignInFlow::RefreshToken { token: held.refresh_token.unwrap() };
                tokens(there.begin(refresh).await);
            }
            other => assert!(!stands_in && !matches!(other, Ok(AuthOutcome::Tokens(_))), "case {number}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn line_61_a_device_that_stands_in_no_more_does_not_finish_what_it_began_and_does_not_refresh() {
    let world = tracking(STANDS_IN).await;
    let (kept, _) = confirmed(&world, "ada").await;
    put(&world, &kept, |device| device.by_two_factors = true).await;
    demand_second_factor(&world, STANDS_IN).await;
    let there = from(&world, kept.key.as_str());
    let held = tokens(prove(&there, &kept, &challenged(there.password("ada", PASSWORD).await)).await);
    let asked = challenged(there.password("ada", PASSWORD).await);
    let asked = challenged(there.answer("ada", public_value(&asked.session)).await);

    put(&world, &kept, |device| device.remembered = false).await;

    let finished = there.answer("ada", proof(&there, &kept, &asked)).await;
    assert!(!matches!(finished, Ok(AuthOutcome::Tokens(_))), "{finished:?}");
    let refresh = there.begin(SignInFlow::RefreshToken { token: held.refresh_token.unwrap() }).await;
    assert!(refresh.is_err(), "{refresh:?}");
}

#[tokio::test]
async fn a_device_that_is_unknown_forgotten_or_another_users_is_told_before_anything_is_judged() {
    let world = tracking(DeviceSettings::default()).await;
    world.user("bob").await;
    let (of_bob, _) = confirmed(&world, "bob").await;
    let (forgotten, tokens) = confirmed(&world, "ada").await;
    world.pools.forget_device(&tokens.access_token, &forgotten.key).await.unwrap();
    let other_pool = tracking(DeviceSettings::default()).await;
    let (elsewhere, _) = confirmed(&other_pool, "ada").await;
    let nothing = Error::NotFound(Kind::Device);

    for key in [&of_bob.key, &forgotten.key, &elsewhere.key] {
        let there = from(&world, key.as_str());
        for _ in 0..7 {
            assert_eq!(there.password("ada", "Wrong-words-all-9").await.unwrap_err(), nothing);
            assert_eq!(there.password("nobody", PASSWORD).await.unwrap_err(), nothing, "nobody is told from anybody");
        }
        let (name, answer) = there.srp("ada", PASSWORD).await.unwrap();
        assert_eq!(there.answer(&name, answer.clone()).await.unwrap_err(), nothing);
        // The client forgets the device and answers again: the proof was not spent.
        assert!(matches!(world.answer(&name, answer).await, Ok(AuthOutcome::Tokens(_))));
    }
    world.tokens("ada").await;
}

#[tokio::test]
async fn line_65_another_password_forgets_the_devices() {
    let world = tracking(DeviceSettings::default()).await;
    let (kept, _) = confirmed(&world, "ada").await;
    let there = from(&world, kept.key.as_str());
    challenged(there.password("ada", PASSWORD).await);

    let (pool, permanent) = (&world.pool.id, PasswordLifetime::Permanent);
    world.pools.admin_set_user_password(pool, "ada", &"Another-pass-word-9".into(), permanent).await.unwrap();
    world.pools.admin_set_user_password(pool, "ada", &PASSWORD.into(), permanent).await.unwrap();

    assert_eq!(there.password("ada", PASSWORD).await.unwrap_err(), Error::NotFound(Kind::Device));
    let all = world.pools.admin_list_devices(pool, "ada", PageRequest::default()).await.unwrap();
    assert_eq!(all.items, []);
    let one = world.pools.admin_get_device(pool, "ada", &kept.key).await;
    assert_eq!(one.unwrap_err(), Error::NotFound(Kind::Device));
}

#[tokio::test]
async fn a_wrong_proof_ends_the_sign_in_and_no_step_is_answered_twice() {
    let world = tracking(DeviceSettings::default()).await;
    let (kept, _) = confirmed(&world, "ada").await;
    let there = from(&world, kept.key.as_str());
    let begun = challenged(there.password("ada", PASSWORD).await);
    let asked = challenged(there.answer("ada", public_value(&begun.session)).await);
    let again = there.answer("ada", public_value(&begun.session)).await;
    assert_eq!(again.unwrap_err(), Error::NotAuthorized(Refusal::SessionSpent));

    let thief = Kept { secret: "another secret".to_owned(), ..kept.clone() };
    assert_eq!(
        there.answer("ada", proof(&there, &thief, &asked)).await.unwrap_err(),
        Error::NotAuthorized(Refusal::WrongCredentials)
    );
    let late = there.answer("ada", proof(&there, &kept, &asked)).await;
    assert_eq!(late.unwrap_err(), Error::NotAuthorized(Refusal::SessionSpent));

    let asked = challenged(there.password("ada", PASSWORD).await);
    let asked = challenged(there.answer("ada", public_value(&asked.session)).await);
    let right = proof(&there, &kept, &asked);
    tokens(there.answer("ada", right.clone()).await);
    let replayed = there.answer("ada", right).await;
    assert_eq!(replayed.unwrap_err(), Error::NotAuthorized(Refusal::SessionSpent));
}

#[tokio::test]
async fn line_60_a_devices_step_is_of_no_use_for_another_user_device_or_after_its_time() {
    let world = tracking(DeviceSettings::default()).await;
    world.user("bob").await;
    let (kept, _) = confirmed(&world, "ada").await;
    let (of_bob, _) = confirmed(&world, "bob").await;
    let there = from(&world, kept.key.as_str());
    let asked = challenged(there.password("ada", PASSWORD).await);
    let invalid = Error::NotAuthorized(Refusal::SessionInvalid);

    let as_bob = there.answer("bob", public_value(&asked.session)).await;
    assert_eq!(as_bob.unwrap_err(), invalid);
    let other_device = from(&world, of_bob.key.as_str()).answer("ada", public_value(&asked.session)).await;
    assert_eq!(other_device.unwrap_err(), invalid);
    let as_proof = Answer::DeviceVerifier(VerifierAnswer {
        secret_block: asked.session.expose().to_owned(),
        signature: "".into(),
        timestamp: write_timestamp(world.clock.now()),
    });
    assert_eq!(there.answer("ada", as_proof).await.unwrap_err(), Error::NotAuthorized(Refusal::WrongCredentials));
    world.clock.advance_seconds(180);
    let late = there.answer("ada", public_value(&asked.session)).await;
    assert_eq!(late.unwrap_err(), Error::NotAuthorized(Refusal::SessionExpired));
}

#[tokio::test]
async fn a_session_of_a_device_is_refreshed_from_that_device_alone_until_it_is_forgotten() {
    let world = tracking(DeviceSettings::default()).await;
    let (other, _) = confirmed(&world, "ada").await;
    let (kept, held) = confirmed(&world, "ada").await;
    let refresh = |there: World| {
        let token = held.refresh_token.clone().unwrap();
        async move { there.begin(SignInFlow::RefreshToken { token }).await }
    };
    let invalid = Error::NotAuthorized(Refusal::RefreshTokenInvalid);

    let refreshed = tokens(refresh(from(&world, kept.key.as_str())).await);
    assert_eq!(claims(&refreshed.access_token)["device_key"], kept.key.as_str());
    for there in [from(&world, other.key.as_str()), from(&world, "x"), from(&world, "")] {
        assert_eq!(refresh(there).await.unwrap_err(), invalid);
    }
    world.pools.forget_device(&held.access_token, &kept.key).await.unwrap();
    assert_eq!(refresh(from(&world, kept.key.as_str())).await.unwrap_err(), invalid);
}

#[tokio::test]
async fn a_sign_in_confirms_the_device_that_it_was_offered_once_and_no_other() {
    let world = tracking(DeviceSettings::default()).await;
    let (one, two) = (world.tokens("ada").await, world.tokens("ada").await);
    let (kept, request) = secret_of(&one);

    let foreign = world.pools.confirm_device(&two.access_token, request.clone()).await;
    assert_eq!(foreign.unwrap_err(), Error::NotFound(Kind::Device));
    let confirmed = world.pools.confirm_device(&one.access_token, request.clone()).await.unwrap();
    assert_eq!(confirmed, Confirmed::Remembered);
    let again = world.pools.confirm_device(&one.access_token, request).await;
    assert_eq!(again.unwrap_err(), Error::DeviceKeyExists);

    // Who signed in from a known device was offered none.
    let there = from(&world, kept.key.as_str());
    let by_device = tokens(prove(&there, &kept, &challenged(there.password("ada", PASSWORD).await)).await);
    let (_, mut request) = secret_of(&two);
    for key in [request.key.clone(), kept.key] {
        request.key = key;
        let refused = world.pools.confirm_device(&by_device.access_token, request.clone()).await;
        assert_eq!(refused.unwrap_err(), Error::NotFound(Kind::Device));
    }
}

#[tokio::test]
async fn a_verifier_that_gives_the_key_away_is_refused_and_so_is_a_name_without_end() {
    let world = tracking(DeviceSettings::default()).await;
    let held = world.tokens("ada").await;
    let (_, good) = secret_of(&held);
    let malformed = [vec![], vec![0; 384], vec![1], vec![0xff; 384], vec![2; 385]];
    for verifier in malformed {
        let refused = world.pools.confirm_device(&held.access_token, ConfirmDevice { verifier, ..good.clone() }).await;
        assert_eq!(refused.unwrap_err(), Error::InvalidParameter(Invalid::DeviceVerifier));
    }
    let long = ConfirmDevice { name: Some("x".repeat(1025)), ..good.clone() };
    let refused = world.pools.confirm_device(&held.access_token, long).await;
    assert_eq!(refused.unwrap_err(), Error::InvalidParameter(Invalid::DeviceName));
    // As a client writes it: with a zero byte in front.
    let padded = ConfirmDevice { verifier: [vec![0], good.verifier.clone()].concat(), ..good };
    world.pools.confirm_device(&held.access_token, padded).await.unwrap();
}

#[tokio::test]
async fn devices_are_listed_remembered_and_forgotten_by_their_user_and_by_administrators() {
    let world = tracking(DeviceSettings { stands_for_second_factor: false, remembered_on_prompt: true }).await;
    let (pools, pool) = (&world.pools, &world.pool.id);
    let (kept, held) = confirmed(&world, "ada").await;
    confirmed(&world, "ada").await;
    let token = &held.access_token;
    let one = pools.get_device(token, &kept.key).await.unwrap();
    assert_eq!((one.name.as_deref(), one.remembered), (Some("phone"), false), "on prompt");

    pools.update_device_status(token, &kept.key, RememberedStatus::Remembered).await.unwrap();
    assert!(pools.admin_get_device(pool, "ada", &kept.key).await.unwrap().remembered);
    let not = RememberedStatus::NotRemembered;
    pools.admin_update_device_status(pool, "ada", &kept.key, not).await.unwrap();
    assert!(!pools.get_device(token, &kept.key).await.unwrap().remembered);
    let first = PageRequest { limit: 1, after: None };
    let page = pools.list_devices(token, first).await.unwrap();
    let second = PageRequest { limit: 1, after: page.next.clone() };
    let rest = pools.admin_list_devices(pool, "ada", second).await.unwrap();
    let listed: BTreeSet<String> = page.items.iter().chain(&rest.items).map(|device| device.key.to_string()).collect();
    assert_eq!(listed.len(), 2);

    pools.admin_forget_device(pool, "ada", &kept.key).await.unwrap();
    let gone = Error::NotFound(Kind::Device);
    assert_eq!(pools.get_device(token, &kept.key).await.unwrap_err(), gone);
    assert_eq!(pools.forget_device(token, &kept.key).await.unwrap_err(), gone);
    assert_eq!(pools.admin_forget_device(pool, "ada", &kept.key).await.unwrap_err(), gone);
    assert_eq!(pools.list_devices(token, PageRequest::default()).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn nobody_sees_or_changes_a_device_of_another_user() {
    let world = tracking(DeviceSettings::default()).await;
    world.user("bob").await;
    let (of_ada, _) = confirmed(&world, "ada").await;
    let bob = world.tokens("bob").await;
    let (pools, nothing) = (&world.pools, Error::NotFound(Kind::Device));

    assert_eq!(pools.get_device(&bob.access_token, &of_ada.key).await.unwrap_err(), nothing);
    assert_eq!(pools.forget_device(&bob.access_token, &of_ada.key).await.unwrap_err(), nothing);
    let update = pools.update_device_status(&bob.access_token, &of_ada.key, RememberedStatus::NotRemembered).await;
    assert_eq!(update.unwrap_err(), nothing);
    assert_eq!(pools.admin_get_device(&world.pool.id, "bob", &of_ada.key).await.unwrap_err(), nothing);
    assert!(pools.list_devices(&bob.access_token, PageRequest::default()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_pool_without_devices_offers_asks_and_lists_none() {
    let world = tracking(DeviceSettings::default()).await;
    let (kept, _) = confirmed(&world, "ada").await;
    world.pools.update_user_pool(&world.pool.id, world.pools.default_settings()).await.unwrap();
    let there = from(&world, kept.key.as_str());

    let held = tokens(there.password("ada", PASSWORD).await);

    assert_eq!(held.new_device, None);
    let off = Error::InvalidParameter(Invalid::DevicesOff);
    assert_eq!(world.pools.get_device(&held.access_token, &kept.key).await.unwrap_err(), off);
    let all = world.pools.admin_list_devices(&world.pool.id, "ada", PageRequest::default()).await;
    assert_eq!(all.unwrap_err(), off);
}

#[tokio::test]
async fn a_users_devices_go_with_the_user() {
    let world = tracking(DeviceSettings::default()).await;
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    confirmed(&world, "ada").await;
    let sub = storage.users().named(&world.pool.id, "ada").await.unwrap().unwrap().record.sub;

    world.pools.admin_delete_user(&world.pool.id, "ada").await.unwrap();

    let left = storage.devices().of_user(&world.pool.id, &sub, &PageRequest::default()).await.unwrap();
    assert!(left.items.is_empty());
}

async fn stored(world: &World) -> Vec<DeviceKey> {
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let sub = storage.users().named(&world.pool.id, "ada").await.unwrap().unwrap().record.sub;
    let page = PageRequest { limit: 1000, after: None };
    let found = storage.devices().of_user(&world.pool.id, &sub, &page).await.unwrap();
    found.items.into_iter().map(|device| device.record.key).collect()
}

#[tokio::test]
async fn a_user_keeps_fifty_devices_and_the_one_that_signed_in_least_lately_makes_room() {
    let world = tracking(DeviceSettings::default()).await;
    let mut kept = Vec::new();
    for _ in 0..MOST_DEVICES {
        world.clock.advance_seconds(1);
        kept.push(confirmed(&world, "ada").await.0);
    }
    let now = world.clock.now();
    put(&world, &kept[0], |device| device.authenticated_at = now).await;
    assert_eq!(stored(&world).await.len(), MOST_DEVICES);

    world.clock.advance_seconds(1);
    let (last, _) = confirmed(&world, "ada").await;

    let left = stored(&world).await;
    assert_eq!(left.len(), MOST_DEVICES);
    assert!(left.contains(&kept[0].key) && left.contains(&last.key) && !left.contains(&kept[1].key));
    let gone = from(&world, kept[1].key.as_str()).password("ada", PASSWORD).await;
    assert_eq!(gone.unwrap_err(), Error::NotFound(Kind::Device));
}

#[tokio::test]
async fn devices_that_another_password_has_forgotten_go_when_one_is_confirmed_again() {
    let world = tracking(DeviceSettings::default()).await;
    for _ in 0..3 {
        confirmed(&world, "ada").await;
    }
    let (pool, permanent) = (&world.pool.id, PasswordLifetime::Permanent);
    world.pools.admin_set_user_password(pool, "ada", &"Another-pass-word-9".into(), permanent).await.unwrap();
    world.pools.admin_set_user_password(pool, "ada", &PASSWORD.into(), permanent).await.unwrap();
    assert_eq!(stored(&world).await.len(), 3);

    let (kept, _) = confirmed(&world, "ada").await;

    assert_eq!(stored(&world).await, [kept.key]);
}

#[tokio::test]
async fn devices_that_another_password_has_forgotten_go_in_the_background_whoever_set_it() {
    for by_user in [true, false] {
        let world = tracking(DeviceSettings::default()).await;
        for _ in 0..3 {
            confirmed(&world, "ada").await;
        }
        let (other, token) = ("Another-pass-word-9".into(), world.tokens("ada").await.access_token);
        if by_user {
            world.pools.change_password(&token, Some(&PASSWORD.into()), &other).await.unwrap();
        } else {
            let permanent = PasswordLifetime::Permanent;
            world.pools.admin_set_user_password(&world.pool.id, "ada", &other, permanent).await.unwrap();
        }
        assert_eq!(stored(&world).await.len(), 3);

        world.pools.maintain().await.unwrap();

        assert_eq!(stored(&world).await.len(), 0, "{by_user}");
    }
}

#[tokio::test]
async fn of_devices_that_are_confirmed_at_one_moment_those_beyond_the_most_go_in_the_background() {
    let world = tracking(DeviceSettings::default()).await;
    let (first, _) = confirmed(&world, "ada").await;
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let sub = storage.users().named(&world.pool.id, "ada").await.unwrap().unwrap().record.sub;
    let device = storage.devices().get(&world.pool.id, &sub, &first.key).await.unwrap().unwrap().record;
    for number in 0..240 {
        let key = format!("us-east-1_00000000-0000-4000-8000-{number:012x}").parse().unwrap();
        let device = Device { key, ..device.clone() };
        storage.commit(vec![DeviceWrite::Insert { device }.into()]).await.unwrap();
    }
    world.clock.advance_seconds(1);
    let (last, _) = confirmed(&world, "ada").await;

    world.pools.maintain().await.unwrap();

    let left = stored(&world).await;
    assert!(left.len() == MOST_DEVICES && left.contains(&last.key), "{}", left.len());
    world.pools.maintain().await.unwrap();
    assert_eq!(stored(&world).await, left);
}

#[tokio::test]
async fn line_56_no_verifier_of_a_device_stands_in_the_storage_as_it_is() {
    let world = tracking(DeviceSettings::default()).await;
    let held = world.tokens("ada").await;
    let (_, request) = secret_of(&held);
    let verifier = request.verifier.clone();
    world.pools.confirm_device(&held.access_token, request).await.unwrap();
    let needles = [verifier[..32].to_vec(), BASE64.encode(&verifier).into_bytes()[..32].to_vec()];

    let everything = document_store::Range::of(document_store::Key::new(&[]), 1000);
    let documents = document_store::DocumentStore::scan(world.store.as_ref(), &everything).await.unwrap();

    assert!(!documents.is_empty());
    for document in documents {
        assert!(needles.iter().all(|needle| !document.body.windows(32).any(|window| window == needle)));
    }
}

#[tokio::test]
async fn a_device_that_is_named_at_the_beginning_alone_is_known_to_the_end() {
    let world = tracking(DeviceSettings::default()).await;
    let (kept, _) = confirmed(&world, "ada").await;
    let asked = challenged(from(&world, kept.key.as_str()).password("ada", PASSWORD).await);

    let held = tokens(prove(&world, &kept, &asked).await);

    assert_eq!(claims(&held.access_token)["device_key"], kept.key.to_string());
}
