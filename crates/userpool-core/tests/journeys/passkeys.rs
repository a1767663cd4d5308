//! Passkeys are registered, listed and removed by their owners.

use identity_kernel::secret::SecretString;
use serde_json::{Value, json};
use test_support::authenticator::{Authenticator, USUAL_FLAGS};
use userpool_core::model::client::AllowedFlow;
use userpool_core::model::factors::FirstFactor;
use userpool_core::model::passkeys::{MOST_PASSKEYS, Passkey, PasskeySettings};
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::reasons::PasskeyProblem;
use userpool_core::{Error, Invalid, Kind, Refusal};

use crate::world::{World, service, world, world_with};

pub(crate) const ORIGIN: &str = "https://app.example.com";

/// A pool that takes passkeys for example.com.
pub(crate) fn takes_passkeys(pool: &mut CreateUserPool, client: &mut CreateClient) {
    client.settings.explicit_auth_flows.insert(AllowedFlow::User);
    pool.settings.first_factors.allowed.insert(FirstFactor::Passkey);
    pool.settings.passkeys =
        PasskeySettings { relying_party: Some("example.com".parse().unwrap()), ..PasskeySettings::default() };
}

impl World {
    pub(crate) async fn start(&self, token: &SecretString) -> Value {
        self.pools.start_passkey_registration(token).await.unwrap()
    }

    pub(crate) async fn complete(&self, token: &SecretString, answer: &Value) -> Result<Passkey, Error> {
        self.pools.complete_passkey_registration(token, answer.to_string().as_bytes()).await
    }

    /// Registers a passkey of the holder of this token.
    pub(crate) async fn register(&self, token: &SecretString) -> (Authenticator, Passkey) {
        let mut authenticator = Authenticator::new(ORIGIN);
        let answer = authenticator.create(&self.start(token).await);
        let passkey = self.complete(token, &answer).await.unwrap();
        (authenticator, passkey)
    }

    pub(crate) async fn member(&self, name: &str) -> SecretString {
        self.user(name).await;
        self.tokens(name).await.access_token
    }
}

fn problem<T>(outcome: Result<T, Error>) -> PasskeyProblem {
    match outcome {
        Err(Error::Passkey(problem)) => problem,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("no error"),
    }
}

#[tokio::test]
async fn a_user_registers_lists_and_removes_passkeys() {
    let world = world_with(takes_passkeys).await;
    let token = world.member("ada").await;

    let options = world.start(&token).await;
    assert_eq!(options["rp"]["id"], "example.com");
    assert_eq!(options["user"]["name"], "ada");
    assert_eq!(options["pubKeyCredParams"][0], json!({"type": "public-key", "alg": -7}));
    assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
    let (first, _) = world.register(&token).await;
    let (second, _) = world.register(&token).await;

    let excluded = world.start(&token).await["excludeCredentials"].clone();
    assert_eq!(excluded[0]["id"], first.id_text());
    assert_eq!(excluded[1]["id"], second.id_text());
    let listed = world.pools.list_passkeys(&token).await.unwrap();
    let names: Vec<_> = listed.iter().map(|passkey| (passkey.id.clone(), passkey.name.as_str())).collect();
    assert_eq!(names, [(first.id_text(), "Passkey on this device"), (second.id_text(), "Passkey on this device 2")]);
    world.pools.delete_passkey(&token, &first.id_text()).await.unwrap();
    let again = world.pools.delete_passkey(&token, &first.id_text()).await;
    assert_eq!(again, Err(Error::NotFound(Kind::Passkey)));
    world.pools.delete_passkey(&token, &second.id_text()).await.unwrap();
    assert!(world.pools.list_passkeys(&token).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_pool_takes_passkeys_only_if_it_says_so_and_for_which_domain() {
    let off = world().await;
    let token = off.member("ada").await;
    assert_eq!(problem(off.pools.start_passkey_registration(&token).await), PasskeyProblem::NotEnabled);
    let nowhere = world_with(|pool, client| {
        takes_passkeys(pool, client);
        pool.settings.passkeys.relying_party = None;
    });
    let nowhere = nowhere.await;
    let token = nowhere.member("ada").await;
    let refused = problem(nowhere.pools.start_passkey_registration(&token).await);
    assert_eq!(refused, PasskeyProblem::ConfigurationMissing);
}

#[tokio::test]
async fn line_67_a_registration_is_completed_once_also_on_another_node() {
    let world = world_with(takes_passkeys).await;
    let token = world.member("ada").await;
    let other_node = service(&world.clock, &world.outbox, &world.store);
    let options = world.start(&token).await;
    let (mut one, mut two) = (Authenticator::new(ORIGIN), Authenticator::new(ORIGIN));
    let (one, two) = (one.create(&options).to_string(), two.create(&options).to_string());

    let (here, there) = tokio::join!(
        world.pools.complete_passkey_registration(&token, one.as_bytes()),
        other_node.complete_passkey_registration(&token, two.as_bytes()),
    );

    assert!(here.is_ok() != there.is_ok(), "{here:?} {there:?}");
    assert_eq!(problem(if here.is_ok() { there } else { here }), PasskeyProblem::ChallengeNotFound);
    assert_eq!(world.pools.list_passkeys(&token).await.unwrap().len(), 1);
}

#[tokio::test]
async fn line_67_a_registration_ends_after_five_minutes() {
    let world = world_with(takes_passkeys).await;
    let token = world.member("ada").await;
    let (mut soon, mut late) = (Authenticator::new(ORIGIN), Authenticator::new(ORIGIN));
    let (soon, late) = (soon.create(&world.start(&token).await), late.create(&world.start(&token).await));

    world.clock.advance_seconds(299);
    world.complete(&token, &soon).await.unwrap();
    world.clock.advance_seconds(1);

    assert_eq!(problem(world.complete(&token, &late).await), PasskeyProblem::ChallengeNotFound);
}

#[tokio::test]
async fn line_67_a_registration_is_of_its_user_client_and_pool() {
    let world = world_with(takes_passkeys).await;
    let ada = world.member("ada").await;
    let eve = world.member("eve").await;
    let elsewhere = world_with(takes_passkeys).await;
    let of_elsewhere = elsewhere.member("ada").await;
    let answer = Authenticator::new(ORIGIN).create(&world.start(&ada).await);

    assert_eq!(problem(world.complete(&eve, &answer).await), PasskeyProblem::ChallengeNotFound);
    assert_eq!(problem(elsewhere.complete(&of_elsewhere, &answer).await), PasskeyProblem::ChallengeNotFound);
    let mut settings = world.client.settings.clone();
    settings.name = "other".to_owned();
    let other = CreateClient { pool: world.pool.id.clone(), settings, with_secret: false };
    let other = world.pools.create_user_pool_client(other).await.unwrap().client;
    let through_other = World { client: other, ..world };
    let token = through_other.tokens("ada").await.access_token;
    assert_eq!(problem(through_other.complete(&token, &answer).await), PasskeyProblem::ClientMismatch);
    through_other.complete(&ada, &answer).await.unwrap();
}

#[tokio::test]
async fn a_challenge_of_nobodys_making_is_refused() {
    let world = world_with(takes_passkeys).await;
    let token = world.member("ada").await;
    let mut options = world.start(&token).await;
    options["challenge"] = json!("A".repeat(43));

    let answer = Authenticator::new(ORIGIN).create(&options);

    assert_eq!(problem(world.complete(&token, &answer).await), PasskeyProblem::ChallengeNotFound);
}

#[tokio::test]
async fn line_66_a_page_of_another_origin_or_a_passkey_of_another_domain_is_refused() {
    let world = world_with(takes_passkeys).await;
    let token = world.member("ada").await;
    for origin in ["https://badexample.com", "http://app.example.com", "http://localhost:3000"] {
        let answer = Authenticator::new(origin).create(&world.start(&token).await);
        assert_eq!(problem(world.complete(&token, &answer).await), PasskeyProblem::OriginNotAllowed, "{origin}");
    }
    let mut elsewhere = Authenticator::new(ORIGIN);
    elsewhere.relying_party = Some("example.org".to_owned());
    let answer = elsewhere.create(&world.start(&token).await);
    assert_eq!(problem(world.complete(&token, &answer).await), PasskeyProblem::RelyingPartyMismatch);
}

#[tokio::test]
async fn an_unverified_user_is_refused_where_the_pool_requires_verification() {
    let required = world_with(|pool, client| {
        takes_passkeys(pool, client);
        pool.settings.passkeys.verification_required = true;
    });
    let world = required.await;
    let token = world.member("ada").await;
    let options = world.start(&token).await;
    assert_eq!(options["authenticatorSelection"]["userVerification"], "required");
    let mut authenticator = Authenticator::new(ORIGIN);
    authenticator.flags = USUAL_FLAGS & !0x04;

    let answer = authenticator.create(&options);

    assert_eq!(problem(world.complete(&token, &answer).await), PasskeyProblem::NotSupported);
}

#[tokio::test]
async fn line_69_a_passkey_is_registered_once_in_a_pool() {
    let world = world_with(takes_passkeys).await;
    let ada = world.member("ada").await;
    let eve = world.member("eve").await;
    let (mut authenticator, _) = world.register(&ada).await;

    for token in [&eve, &ada] {
        let answer = authenticator.create(&world.start(token).await);
        assert_eq!(world.complete(token, &answer).await.unwrap_err(), Error::InvalidParameter(Invalid::Passkey));
    }
    world.pools.delete_passkey(&ada, &authenticator.id_text()).await.unwrap();
    let answer = authenticator.create(&world.start(&eve).await);
    world.complete(&eve, &answer).await.unwrap();
}

#[tokio::test]
async fn a_user_has_at_most_twenty_passkeys_also_when_many_are_registered_at_once() {
    let world = world_with(takes_passkeys).await;
    let token = world.member("ada").await;
    for _ in 0..MOST_PASSKEYS - 1 {
        world.register(&token).await;
    }
    let (one, two) = (world.start(&token).await, world.start(&token).await);
    let (one, two) = (Authenticator::new(ORIGIN).create(&one), Authenticator::new(ORIGIN).create(&two));

    let (one, two) = tokio::join!(world.complete(&token, &one), world.complete(&token, &two));

    assert!(one.is_ok() != two.is_ok());
    assert_eq!(problem(if one.is_ok() { two } else { one }), PasskeyProblem::TooMany);
    assert_eq!(problem(world.pools.start_passkey_registration(&token).await), PasskeyProblem::TooMany);
}

#[tokio::test]
async fn passkeys_go_with_their_user() {
    let world = world_with(takes_passkeys).await;
    let ada = world.member("ada").await;
    let (mut authenticator, _) = world.register(&ada).await;
    let begun = Authenticator::new(ORIGIN).create(&world.start(&ada).await);

    world.pools.delete_user(&ada).await.unwrap();

    assert!(world.complete(&ada, &begun).await.is_err());
    let eve = world.member("eve").await;
    let answer = authenticator.create(&world.start(&eve).await);
    world.complete(&eve, &answer).await.unwrap();
}

#[tokio::test]
async fn nobody_manages_passkeys_with_a_token_that_counts_no_more() {
    let world = world_with(takes_passkeys).await;
    let token = world.member("ada").await;
    let begun = Authenticator::new(ORIGIN).create(&world.start(&token).await);
    world.pools.global_sign_out(&token).await.unwrap();
    let revoked = Error::NotAuthorized(Refusal::AccessTokenRevoked);

    assert_eq!(world.complete(&token, &begun).await.unwrap_err(), revoked);
    assert_eq!(world.pools.start_passkey_registration(&token).await.unwrap_err(), revoked);
    assert_eq!(world.pools.list_passkeys(&token).await.unwrap_err(), revoked);
    assert_eq!(world.pools.delete_passkey(&token, "AAAA").await.unwrap_err(), revoked);
}

#[tokio::test]
async fn line_62_a_passkey_is_added_and_removed_by_a_fresh_sign_in_alone() {
    let world = world_with(takes_passkeys).await;
    let token = world.member("ada").await;
    let (authenticator, _) = world.register(&token).await;
    let begun = Authenticator::new(ORIGIN).create(&world.start(&token).await);
    let stale = Error::NotAuthorized(Refusal::FreshSignInNeeded);

    world.clock.advance_seconds(15 * 60);

    assert_eq!(world.pools.start_passkey_registration(&token).await.unwrap_err(), stale);
    assert_eq!(world.complete(&token, &begun).await.unwrap_err(), stale);
    assert_eq!(world.pools.delete_passkey(&token, &authenticator.id_text()).await.unwrap_err(), stale);
    assert_eq!(world.pools.list_passkeys(&token).await.unwrap().len(), 1);
}
