//! Users sign up, sign in and out, over memory storage with a clock that stands still.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cognito_srp::{ClientSecret, Identity, PublicValue, Salt, Verifier, write_timestamp};
use host_adapters::{Argon2Hasher, HashingCost, MemoryOutbox};
use identity_kernel::documents::{DocumentStore as _, Key};
use identity_kernel::entropy::SystemEntropy;
use identity_kernel::page::PageRequest;
use identity_kernel::place::Place;
use identity_kernel::sealing::MasterKey;
use identity_kernel::secret::SecretString;
use identity_kernel::time::{Clock, ManualClock, Timestamp};
use jwt_tokens::{Algorithm, KeySet, Verifier as TokenVerifier};
use storage_memory::MemoryStore;
use userpool_core::model::attributes::Attributes;
use userpool_core::model::client::AppClient;
use userpool_core::model::client::{AllowedFlow, Rotation};
use userpool_core::model::pool::UserPool;
use userpool_core::model::pool::{Alias, Contact, SignInNames};
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::groups::GroupSpec;
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::ops::sign_in::{Answer, AuthOutcome, Door, InitiateAuth, RespondToChallenge, SignInFlow};
use userpool_core::ops::sign_up::{ConfirmSignUp, ResendCode, SignUp};
use userpool_core::ops::srp::VerifierAnswer;
use userpool_core::ops::tokens::{RefreshTokens, RevokeToken, Tokens};
use userpool_core::ops::users::{AdminCreateUser, Invitation, PasswordLifetime};
use userpool_core::{Defaults, DocumentUserPools, Error, IssuerForm, Parts, UserPools};

const PASSWORD: &str = "Corr3ct!horse";

struct World {
    pools: UserPools,
    clock: Arc<ManualClock>,
    outbox: Arc<MemoryOutbox>,
    store: Arc<MemoryStore>,
    pool: UserPool,
    client: AppClient,
}

fn service(clock: &Arc<ManualClock>, outbox: &Arc<MemoryOutbox>, store: &Arc<MemoryStore>) -> UserPools {
    UserPools::new(Parts {
        storage: Arc::new(DocumentUserPools::new(Arc::clone(store))),
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        entropy: Arc::new(SystemEntropy::new()),
        master_key: MasterKey::new([9; 32]),
        hasher: Arc::new(Argon2Hasher::new(HashingCost { memory_kib: 64, passes: 1 }, 4)),
        messenger: Arc::clone(outbox) as Arc<dyn userpool_core::ports::Messenger>,
        place: Place::new("123456789012", "us-east-1"),
        issuer: IssuerForm::Own("http://127.0.0.1:9229".to_owned()),
        defaults: Defaults { algorithm: Algorithm::Es256, ..Defaults::hardened() },
    })
}

async fn world_with(change: impl FnOnce(&mut CreateUserPool, &mut CreateClient)) -> World {
    let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_793_696_707)));
    let outbox = Arc::new(MemoryOutbox::new());
    let store = Arc::new(MemoryStore::new());
    let pools = service(&clock, &outbox, &store);
    let mut pool = CreateUserPool::named("p", &pools);
    pool.settings.auto_verified = BTreeSet::from([Contact::Email]);
    let mut settings = pools.default_client_settings("app");
    settings.flows = BTreeSet::from([
        AllowedFlow::UserPassword,
        AllowedFlow::UserSrp,
        AllowedFlow::RefreshToken,
        AllowedFlow::AdminUserPassword,
    ]);
    let mut client = CreateClient { pool: "us-east-1_x".parse().unwrap(), settings, with_secret: false };
    change(&mut pool, &mut client);
    let pool = pools.create_user_pool(pool).await.unwrap();
    client.pool = pool.id.clone();
    let client = pools.create_user_pool_client(client).await.unwrap().client;
    World { pools, clock, outbox, store, pool, client }
}

async fn world() -> World {
    world_with(|_, _| {}).await
}

fn attributes(pairs: &[(&str, &str)]) -> Attributes {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl World {
    async fn sign_up(&self, name: &str) -> Result<userpool_core::ops::sign_up::SignedUp, Error> {
        self.sign_up_with(name, &[("email", &format!("{}@example.com", name.to_lowercase()))]).await
    }

    async fn sign_up_with(
        &self,
        name: &str,
        given: &[(&str, &str)],
    ) -> Result<userpool_core::ops::sign_up::SignedUp, Error> {
        let request = SignUp {
            client: self.client.id.clone(),
            secret_hash: None,
            username: name.to_owned(),
            password: PASSWORD.into(),
            attributes: attributes(given),
        };
        self.pools.sign_up(request).await
    }

    async fn confirm(&self, name: &str, code: &str) -> Result<(), Error> {
        let request = ConfirmSignUp {
            client: self.client.id.clone(),
            secret_hash: None,
            username: name.to_owned(),
            code: code.into(),
            force_alias: false,
        };
        self.pools.confirm_sign_up(request).await
    }

    async fn user(&self, name: &str) {
        self.sign_up(name).await.unwrap();
        let code = self.outbox.code_for(name).unwrap();
        self.confirm(name, &code).await.unwrap();
    }

    async fn begin(&self, flow: SignInFlow) -> Result<AuthOutcome, Error> {
        let request = InitiateAuth { client: self.client.id.clone(), door: Door::Public, secret_hash: None, flow };
        self.pools.initiate_auth(request).await
    }

    async fn password(&self, name: &str, password: &str) -> Result<AuthOutcome, Error> {
        self.begin(SignInFlow::UserPassword { username: name.to_owned(), password: password.into() }).await
    }

    async fn tokens(&self, name: &str) -> Tokens {
        match self.password(name, PASSWORD).await.unwrap() {
            AuthOutcome::Tokens(tokens) => *tokens,
            other => panic!("{other:?}"),
        }
    }

    async fn answer(&self, username: &str, answer: Answer) -> Result<AuthOutcome, Error> {
        let request = RespondToChallenge {
            client: self.client.id.clone(),
            door: Door::Public,
            secret_hash: None,
            username: username.to_owned(),
            answer,
        };
        self.pools.respond_to_auth_challenge(request).await
    }

    /// The first SRP step and the answer to it.
    async fn srp(&self, name: &str, password: &str) -> Result<(String, Answer), Error> {
        let secret = ClientSecret::new([3; 128]);
        let flow = SignInFlow::UserSrp { username: name.to_owned(), client_public: secret.public_value().to_hex() };
        let AuthOutcome::PasswordVerifier(challenge) = self.begin(flow).await? else { panic!("no verifier asked") };
        let identity = Identity { pool_name: self.pool.id.short_name(), user_id: &challenge.user_id };
        let server = PublicValue::from_hex(&challenge.server_public).unwrap();
        let salt = Salt::from_hex(&challenge.salt).unwrap();
        let key = secret.session_key(&identity, password, &salt, &server).unwrap();
        let block = BASE64.decode(&challenge.secret_block).unwrap();
        let timestamp = write_timestamp(self.clock.now());
        let signature = key.sign(&identity, &block, &timestamp).into();
        let answer = VerifierAnswer { secret_block: challenge.secret_block, signature, timestamp };
        Ok((challenge.user_id, Answer::PasswordVerifier(answer)))
    }
}

#[tokio::test]
async fn a_user_signs_up_confirms_and_signs_in_and_the_tokens_verify_offline() {
    let world = world().await;
    let signed_up = world.sign_up("Ada").await.unwrap();
    assert_eq!(signed_up.delivery.unwrap().destination, "a***@e***");
    assert!(matches!(world.password("ada", PASSWORD).await, Err(Error::UserNotConfirmed)));

    world.confirm("ada", &world.outbox.code_for("Ada").unwrap()).await.unwrap();
    let tokens = world.tokens("ADA").await;

    let keys = KeySet::from_jwks(world.pools.key_set(&world.pool.id).await.unwrap().keys);
    let verifier = TokenVerifier::new(format!("http://127.0.0.1:9229/{}", world.pool.id));
    let id = verifier.verify(&keys, tokens.id_token.expose(), world.clock.now()).unwrap();
    let id = id.into_id_token(&[world.client.id.as_str()]).unwrap();
    assert_eq!((id.sub, id.username.as_str()), (signed_up.sub.to_string(), "Ada"));
    assert_eq!(id.attributes["email_verified"], serde_json::json!(true));
    let access = verifier.verify(&keys, tokens.access_token.expose(), world.clock.now()).unwrap();
    assert!(access.clone().into_id_token(&[world.client.id.as_str()]).is_err());
    assert_eq!(access.into_access_token(&[world.client.id.as_str()]).unwrap().origin_jti, id.origin_jti);
}

#[tokio::test]
async fn srp_signs_in_with_the_right_password_once() {
    let world = world().await;
    world.user("ada").await;

    let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();
    assert!(matches!(world.answer(&name, answer.clone()).await, Ok(AuthOutcome::Tokens(_))));
    let again = world.answer(&name, answer).await;
    assert!(matches!(again, Err(Error::NotAuthorized("Incorrect username or password."))), "{again:?}");
    let (name, wrong) = world.srp("ada", "Wr0ng!horse").await.unwrap();
    assert!(matches!(world.answer(&name, wrong).await, Err(Error::NotAuthorized(_))));
}

#[tokio::test]
async fn line_54_an_srp_challenge_dies_after_three_minutes_and_fits_no_other_client() {
    let world = world().await;
    world.user("ada").await;
    let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();
    world.clock.advance_seconds(180);
    assert!(matches!(world.answer(&name, answer).await, Err(Error::NotAuthorized(_))));

    let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();
    let settings = world.pools.default_client_settings("other");
    let request = CreateClient { pool: world.pool.id.clone(), settings, with_secret: false };
    let other = world.pools.create_user_pool_client(request).await.unwrap().client.id;
    let request = RespondToChallenge { client: other, door: Door::Public, secret_hash: None, username: name, answer };
    assert!(matches!(world.pools.respond_to_auth_challenge(request).await, Err(Error::NotAuthorized(_))));
}

#[tokio::test]
async fn line_55_a_name_of_nobody_gets_a_challenge_that_stays_the_same_and_no_answer_passes() {
    let world = world().await;
    let flow = || SignInFlow::UserSrp { username: "nobody".to_owned(), client_public: "2".to_owned() };
    let salt = |outcome| match outcome {
        AuthOutcome::PasswordVerifier(challenge) => challenge.salt,
        other => panic!("{other:?}"),
    };

    let (one, two) = (world.begin(flow()).await.unwrap(), world.begin(flow()).await.unwrap());

    assert_eq!(salt(one), salt(two));
    let (name, answer) = world.srp("nobody", PASSWORD).await.unwrap();
    let refused = world.answer(&name, answer).await;
    assert!(matches!(refused, Err(Error::NotAuthorized("Incorrect username or password."))), "{refused:?}");
    let refused = world.password("nobody", PASSWORD).await;
    assert!(matches!(refused, Err(Error::NotAuthorized("Incorrect username or password."))), "{refused:?}");
}

#[tokio::test]
async fn line_56_an_srp_verifier_is_stored_under_seal_alone() {
    let world = world().await;
    world.user("ada").await;
    let secret = ClientSecret::new([3; 128]);
    let flow = SignInFlow::UserSrp { username: "ada".to_owned(), client_public: secret.public_value().to_hex() };
    let AuthOutcome::PasswordVerifier(challenge) = world.begin(flow).await.unwrap() else {
        panic!("no verifier asked")
    };
    let identity = Identity { pool_name: world.pool.id.short_name(), user_id: &challenge.user_id };
    let verifier = Verifier::compute(&identity, PASSWORD, &Salt::from_hex(&challenge.salt).unwrap());
    let bytes = verifier.expose();
    let numbers = bytes.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
    let forms =
        [bytes.to_vec(), hex::encode(bytes).into(), BASE64.encode(bytes).into(), numbers.into(), PASSWORD.into()];

    let stored = world.store.scan(&Key::new(&[]), None, 1000).await.unwrap();
    assert!(stored.len() > 3);
    for document in stored {
        for form in &forms {
            let found = document.body.windows(form.len()).any(|window| window.eq_ignore_ascii_case(form));
            assert!(!found, "{:?}", document.key);
        }
    }
}

#[tokio::test]
async fn line_111_what_another_pool_has_is_as_absent_as_what_nobody_has() {
    let world = world().await;
    world.user("ada").await;
    let other = world.pools.create_user_pool(CreateUserPool::named("other", &world.pools)).await.unwrap().id;
    let told = |error: Error, name: &str| error.to_string().replace(name, "…");

    let foreign = world.pools.admin_get_user(&other, "ada").await.unwrap_err();
    let absent = world.pools.admin_get_user(&other, "nobody").await.unwrap_err();
    assert_eq!(told(foreign, "ada"), told(absent, "nobody"));
    let nobodys: userpool_core::model::ids::ClientId = "a".repeat(26).parse().unwrap();
    let foreign = world.pools.describe_user_pool_client(&other, &world.client.id).await.unwrap_err();
    let absent = world.pools.describe_user_pool_client(&other, &nobodys).await.unwrap_err();
    assert_eq!(told(foreign, world.client.id.as_str()), told(absent, nobodys.as_str()));
}

#[tokio::test]
async fn a_client_that_hides_nobody_says_that_a_user_does_not_exist() {
    let world = world_with(|_, client| client.settings.hide_users = false).await;

    assert!(matches!(world.password("nobody", PASSWORD).await, Err(Error::UserNotFound("User does not exist."))));
    assert!(matches!(world.srp("nobody", PASSWORD).await, Err(Error::UserNotFound(_))));
}

#[tokio::test]
async fn line_47_a_code_dies_after_five_wrong_tries_a_day_or_a_newer_one() {
    let world = world().await;
    world.sign_up("ada").await.unwrap();
    let first = world.outbox.code_for("ada").unwrap();
    let resend = ResendCode { client: world.client.id.clone(), secret_hash: None, username: "ada".to_owned() };
    world.pools.resend_confirmation_code(resend.clone()).await.unwrap();
    let second = world.outbox.code_for("ada").unwrap();
    if first != second {
        assert!(matches!(world.confirm("ada", &first).await, Err(Error::CodeMismatch)));
    }
    for _ in 0..5 {
        let _ = world.confirm("ada", "x").await;
    }
    assert!(matches!(world.confirm("ada", &second).await, Err(Error::ExpiredCode)));

    world.pools.resend_confirmation_code(resend.clone()).await.unwrap();
    world.clock.advance_seconds(24 * 3600);
    let old = world.outbox.code_for("ada").unwrap();
    assert!(matches!(world.confirm("ada", &old).await, Err(Error::ExpiredCode)));

    world.pools.resend_confirmation_code(resend).await.unwrap();
    let good = world.outbox.code_for("ada").unwrap();
    world.confirm("ada", &good).await.unwrap();
    assert!(matches!(world.confirm("ada", &good).await, Err(Error::NotAuthorized(_))));
}

#[tokio::test]
async fn line_43_guesses_are_slowed_down_and_the_owner_comes_back_in_time() {
    let world = world().await;
    world.user("ada").await;
    for _ in 0..5 {
        assert!(matches!(world.password("ada", "wrong-pass").await, Err(Error::NotAuthorized(_))));
    }

    let slowed = world.password("ada", PASSWORD).await;
    assert!(matches!(slowed, Err(Error::NotAuthorized("Password attempts exceeded"))), "{slowed:?}");
    let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();
    assert!(matches!(world.answer(&name, answer).await, Err(Error::NotAuthorized("Password attempts exceeded"))));
    world.clock.advance_seconds(1);
    world.tokens("ada").await;
    world.tokens("ada").await;
}

#[tokio::test]
async fn two_sign_ups_for_one_name_make_one_user_whatever_the_case() {
    let world = Arc::new(world().await);
    let tasks: Vec<_> = (0..8)
        .map(|at| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.sign_up(if at % 2 == 0 { "ada" } else { "ADA" }).await.is_ok() })
        })
        .collect();

    let mut won = 0;
    for task in tasks {
        won += usize::from(task.await.unwrap());
    }

    assert_eq!(won, 1);
    assert!(matches!(world.sign_up("Ada").await, Err(Error::UsernameExists("User already exists"))));
}

#[tokio::test]
async fn a_sign_up_obeys_schema_policy_and_client() {
    let world = world().await;
    let refused = |given: &'static [(&'static str, &'static str)]| world.sign_up_with("ada", given);

    assert!(matches!(refused(&[("custom:plan", "x")]).await, Err(Error::InvalidParameter(_))));
    assert!(matches!(refused(&[("email", "nonsense")]).await, Err(Error::InvalidParameter(_))));
    assert!(matches!(refused(&[("email_verified", "true")]).await, Err(Error::NotAuthorized(_))));
    assert!(matches!(refused(&[("sub", "x")]).await, Err(Error::NotAuthorized(_))));
    let weak = SignUp {
        client: world.client.id.clone(),
        secret_hash: None,
        username: "ada".to_owned(),
        password: "short".into(),
        attributes: Attributes::new(),
    };
    assert!(matches!(world.pools.sign_up(weak).await, Err(Error::InvalidPassword(_))));
    assert!(world.sign_up("a b").await.is_err());
}

#[tokio::test]
async fn a_client_with_a_secret_wants_its_hash_over_the_name_as_sent() {
    let world = world_with(|_, client| client.with_secret = true).await;
    let described = world.pools.describe_user_pool_client(&world.pool.id, &world.client.id).await.unwrap();
    let secret = described.secret.unwrap();
    let hash = |name: &str| {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret.expose().as_bytes());
        let tag = ring::hmac::sign(&key, format!("{name}{}", world.client.id).as_bytes());
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, tag.as_ref())
    };
    let sign_up = |secret_hash: Option<String>| SignUp {
        client: world.client.id.clone(),
        secret_hash,
        username: "ada".to_owned(),
        password: PASSWORD.into(),
        attributes: attributes(&[("email", "ada@example.com")]),
    };

    assert!(matches!(world.pools.sign_up(sign_up(None)).await, Err(Error::NotAuthorizedClient(_))));
    assert!(matches!(world.pools.sign_up(sign_up(Some(hash("eve")))).await, Err(Error::NotAuthorizedClient(_))));
    assert!(world.pools.sign_up(sign_up(Some(hash("ada")))).await.is_ok());
    assert_eq!(format!("{secret:?}"), "SecretString(..)");
}

#[tokio::test]
async fn an_administrators_user_must_choose_a_password_once() {
    let world = world().await;
    let request = AdminCreateUser {
        pool: world.pool.id.clone(),
        username: "karl".to_owned(),
        attributes: attributes(&[("email", "karl@example.com")]),
        temporary_password: None,
        invitation: Invitation::Send,
        mediums: vec![Contact::Email],
    };
    world.pools.admin_create_user(request).await.unwrap();
    let temporary = world.outbox.code_for("karl").unwrap();
    let Ok(AuthOutcome::NewPasswordRequired(challenge)) = world.password("karl", &temporary).await else {
        panic!("no new password asked")
    };
    let choose = |password: &str, session: &SecretString| Answer::NewPassword {
        session: session.clone(),
        password: password.into(),
        attributes: Attributes::new(),
    };

    assert!(matches!(world.answer("karl", choose("short", &challenge.session)).await, Err(Error::InvalidPassword(_))));
    assert!(matches!(world.answer("eve", choose(PASSWORD, &challenge.session)).await, Err(Error::NotAuthorized(_))));
    let done = world.answer("karl", choose(PASSWORD, &challenge.session)).await;
    assert!(matches!(done, Ok(AuthOutcome::Tokens(_))), "{done:?}");
    assert!(matches!(world.answer("karl", choose(PASSWORD, &challenge.session)).await, Err(Error::NotAuthorized(_))));
    world.tokens("karl").await;
}

#[tokio::test]
async fn line_51_a_temporary_password_dies_with_its_days() {
    let world = world().await;
    world.user("ada").await;
    let temporary = SecretString::from("T3mp!pass");
    let set = world.pools.admin_set_user_password(&world.pool.id, "ada", &temporary, PasswordLifetime::Temporary);
    set.await.unwrap();
    world.clock.advance_seconds(7 * 86400);

    let refused = world.password("ada", "T3mp!pass").await;

    assert!(matches!(refused, Err(Error::NotAuthorized(text)) if text.contains("expired")));
}

#[tokio::test]
async fn line_78_signing_out_everywhere_and_disabling_end_refresh_and_access_tokens() {
    let world = world().await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;
    world.pools.get_user(&tokens.access_token).await.unwrap();

    world.pools.global_sign_out(&tokens.access_token).await.unwrap();
    let dead = world.pools.get_user(&tokens.access_token).await;
    assert!(matches!(dead, Err(Error::NotAuthorized("Access Token has been revoked"))), "{dead:?}");
    let refresh = SignInFlow::RefreshToken { token: tokens.refresh_token.unwrap() };
    assert!(matches!(world.begin(refresh).await, Err(Error::NotAuthorized("Refresh Token has been revoked"))));

    let tokens = world.tokens("ada").await;
    world.pools.admin_disable_user(&world.pool.id, "ada").await.unwrap();
    assert!(matches!(world.pools.get_user(&tokens.access_token).await, Err(Error::NotAuthorized("User is disabled."))));
    assert!(matches!(world.password("ada", PASSWORD).await, Err(Error::NotAuthorized("User is disabled."))));
    world.pools.admin_enable_user(&world.pool.id, "ada").await.unwrap();
    assert!(world.pools.get_user(&tokens.access_token).await.is_err());
    world.tokens("ada").await;
}

#[tokio::test]
async fn revoking_one_sign_in_leaves_the_others() {
    let world = world().await;
    world.user("ada").await;
    let (one, two) = (world.tokens("ada").await, world.tokens("ada").await);
    let revoke = |token: SecretString| RevokeToken { client: world.client.id.clone(), client_secret: None, token };

    world.pools.revoke_token(revoke(one.refresh_token.unwrap())).await.unwrap();

    assert!(world.pools.get_user(&one.access_token).await.is_err());
    assert!(world.pools.get_user(&two.access_token).await.is_ok());
    assert!(matches!(world.pools.revoke_token(revoke(two.access_token)).await, Err(Error::UnsupportedTokenType)));
}

#[tokio::test]
async fn a_refresh_gives_new_tokens_of_the_same_sign_in_until_its_end() {
    let world = world().await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;
    let refresh = tokens.refresh_token.unwrap();
    world.clock.advance_seconds(3600);
    assert!(matches!(
        world.pools.get_user(&tokens.access_token).await,
        Err(Error::NotAuthorized("Access Token has expired"))
    ));

    let again = world.begin(SignInFlow::RefreshToken { token: refresh.clone() }).await.unwrap();
    let AuthOutcome::Tokens(again) = again else { panic!() };
    assert!(again.refresh_token.is_none());
    assert!(world.pools.get_user(&again.access_token).await.is_ok());

    world.clock.advance_seconds(30 * 86400);
    let late = world.begin(SignInFlow::RefreshToken { token: refresh }).await;
    assert!(matches!(late, Err(Error::NotAuthorized("Refresh Token has expired"))), "{late:?}");
}

#[tokio::test]
async fn line_25_a_rotated_token_that_comes_back_ends_the_session() {
    let world = world_with(|_, client| client.settings.rotation = Some(Rotation { grace_seconds: 10 })).await;
    world.user("ada").await;
    let first = world.tokens("ada").await.refresh_token.unwrap();
    let refresh = |token: SecretString| {
        world.pools.get_tokens_from_refresh_token(RefreshTokens {
            client: world.client.id.clone(),
            client_secret: None,
            token,
        })
    };

    let second = refresh(first.clone()).await.unwrap().refresh_token.unwrap();
    assert!(refresh(first.clone()).await.is_ok(), "within the grace");
    world.clock.advance_seconds(10);
    assert!(matches!(refresh(first).await, Err(Error::RefreshTokenReuse)));
    assert!(refresh(second).await.is_err());
}

#[tokio::test]
async fn groups_stand_in_tokens_with_their_roles() {
    let world = world().await;
    world.user("ada").await;
    for (name, precedence) in [("staff", 5), ("admins", 1)] {
        let spec = GroupSpec {
            pool: world.pool.id.clone(),
            name: name.parse().unwrap(),
            description: None,
            role_arn: Some(format!("arn:aws:iam::123456789012:role/{name}")),
            precedence: Some(precedence),
        };
        world.pools.create_group(spec.clone()).await.unwrap();
        assert!(matches!(world.pools.create_group(spec).await, Err(Error::GroupExists)));
        world.pools.admin_add_user_to_group(&world.pool.id, "ada", &name.parse().unwrap()).await.unwrap();
    }
    let tokens = world.tokens("ada").await;
    let keys = KeySet::from_jwks(world.pools.key_set(&world.pool.id).await.unwrap().keys);
    let verifier = TokenVerifier::new(world.pools.issuer(&world.pool.id));
    let id = verifier.verify(&keys, tokens.id_token.expose(), world.clock.now()).unwrap();
    let id = id.into_id_token(&[world.client.id.as_str()]).unwrap();
    assert_eq!(id.groups, ["admins", "staff"]);
    assert_eq!(id.preferred_role.as_deref(), Some("arn:aws:iam::123456789012:role/admins"));

    let staff = "staff".parse().unwrap();
    let members = world.pools.list_users_in_group(&world.pool.id, &staff, PageRequest::default());
    assert_eq!(members.await.unwrap().items.len(), 1);
    world.pools.delete_group(&world.pool.id, &"staff".parse().unwrap()).await.unwrap();
    assert_eq!(world.pools.admin_list_groups_for_user(&world.pool.id, "ada").await.unwrap().len(), 1);
}

#[tokio::test]
async fn line_46_an_address_signs_in_only_when_verified_and_leads_to_one_user() {
    let world = world_with(|pool, _| {
        pool.sign_in_names = SignInNames::UsernameOr(BTreeSet::from([Alias::Email]));
    })
    .await;
    let email = [("email", "same@example.com")];
    world.sign_up_with("ada", &email).await.unwrap();
    world.sign_up_with("eve", &email).await.unwrap();
    assert!(matches!(world.password("same@example.com", PASSWORD).await, Err(Error::NotAuthorized(_))));
    world.confirm("ada", &world.outbox.code_for("ada").unwrap()).await.unwrap();
    world.tokens("Same@example.com").await;

    let taken = world.confirm("eve", &world.outbox.code_for("eve").unwrap()).await;

    assert!(matches!(taken, Err(Error::AliasExists("email"))), "{taken:?}");
    assert!(world.sign_up("x@example.com").await.is_err(), "a name that looks like an address");
}

#[tokio::test]
async fn where_addresses_are_names_the_username_is_made() {
    let world = world_with(|pool, _| {
        pool.sign_in_names = SignInNames::Address(BTreeSet::from([Contact::Email]));
    })
    .await;
    let signed_up = world.sign_up_with("ada@example.com", &[]).await.unwrap();
    let name = signed_up.sub.to_string();
    world.confirm("ada@example.com", &world.outbox.code_for(&name).unwrap()).await.unwrap();
    world.tokens("ada@example.com").await;
    let (user_id, answer) = world.srp("ada@example.com", PASSWORD).await.unwrap();
    assert_eq!(user_id, name);
    assert!(world.answer(&user_id, answer).await.is_ok());
    let twice = world.sign_up_with("ADA@example.com", &[]).await;
    assert!(
        matches!(twice, Err(Error::UsernameExists("An account with the given email already exists."))),
        "{twice:?}"
    );
    assert!(matches!(world.sign_up_with("ada", &[]).await, Err(Error::InvalidParameter(_))));
}

#[tokio::test]
async fn users_are_listed_in_pages_and_found_by_value_and_prefix() {
    let world = world().await;
    for name in ["ada", "adam", "bob"] {
        world.user(name).await;
    }
    let list = |filter: &'static str, limit, after| {
        world.pools.list_users(&world.pool.id, filter, PageRequest { limit, after })
    };
    let names = |users: Vec<userpool_core::model::user::User>| {
        let mut names: Vec<String> = users.into_iter().map(|user| user.username.to_string()).collect();
        names.sort();
        names
    };

    let first = list("", 2, None).await.unwrap();
    let rest = list("", 2, first.next.clone()).await.unwrap();
    assert_eq!(names(first.items.into_iter().chain(rest.items).collect()), ["ada", "adam", "bob"]);
    assert_eq!(rest.next, None);
    assert_eq!(names(list("email = \"ada@example.com\"", 9, None).await.unwrap().items), ["ada"]);
    let page = list("username ^= \"ad\"", 1, None).await.unwrap();
    let next = list("username ^= \"ad\"", 1, page.next.clone()).await.unwrap();
    assert_eq!(names(page.items.into_iter().chain(next.items).collect()), ["ada", "adam"]);
    assert_eq!(names(list("cognito:user_status = \"confirmed\"", 9, None).await.unwrap().items).len(), 3);
    assert!(matches!(list("custom:x = \"1\"", 9, None).await, Err(Error::InvalidParameter(_))));
}

#[tokio::test]
async fn a_deleted_user_is_gone_from_every_index_and_the_name_is_free() {
    let world = world().await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;

    world.pools.admin_delete_user(&world.pool.id, "ada").await.unwrap();

    assert!(matches!(world.pools.get_user(&tokens.access_token).await, Err(Error::UserNotFound(_))));
    let found = world.pools.list_users(&world.pool.id, "email = \"ada@example.com\"", PageRequest::default()).await;
    assert!(found.unwrap().items.is_empty());
    world.user("ada").await;
}

#[tokio::test]
async fn flows_that_a_client_does_not_list_are_refused_and_doors_are_not_mixed() {
    let world = world_with(|_, client| client.settings.flows = BTreeSet::from([AllowedFlow::UserSrp])).await;
    let flow = || SignInFlow::AdminUserPassword { username: "ada".to_owned(), password: PASSWORD.into() };

    assert!(matches!(world.password("ada", PASSWORD).await, Err(Error::InvalidParameter(_))));
    assert!(matches!(world.begin(flow()).await, Err(Error::InvalidParameter(_))));
}

#[tokio::test]
async fn a_protected_pool_stays_and_a_deleted_one_takes_everything_along() {
    let world = world_with(|pool, _| pool.settings.deletion_protected = true).await;
    world.user("ada").await;
    assert!(matches!(world.pools.delete_user_pool(&world.pool.id).await, Err(Error::InvalidParameter(_))));
    let mut settings = world.pool.settings.clone();
    settings.deletion_protected = false;
    world.pools.update_user_pool(&world.pool.id, settings).await.unwrap();

    world.pools.delete_user_pool(&world.pool.id).await.unwrap();

    assert!(matches!(world.password("ada", PASSWORD).await, Err(Error::ResourceNotFound(_))));
    assert!(matches!(world.pools.key_set(&world.pool.id).await, Err(Error::ResourceNotFound(_))));
}

#[tokio::test]
async fn a_huge_broken_or_foreign_token_is_refused() {
    let world = world().await;
    for token in ["A".repeat(1024 * 1024), String::new(), "a.b.c".to_owned(), "e30.e30.e30".to_owned()] {
        let refused = world.pools.get_user(&SecretString::from(token)).await;
        assert!(matches!(refused, Err(Error::NotAuthorized("Invalid Access Token"))), "{refused:?}");
    }
}

#[tokio::test]
async fn a_name_that_is_anothers_subject_stands_in_nobodys_place() {
    let world = world().await;
    let victim = world.sign_up("ada").await.unwrap().sub.to_string();
    world.sign_up_with(&victim, &[]).await.unwrap();

    let found = world.pools.admin_get_user(&world.pool.id, &victim).await.unwrap();

    assert_eq!(found.username.as_str(), "ada");
}

#[tokio::test]
async fn sessions_that_have_ended_are_forgotten() {
    let world = world().await;
    world.user("ada").await;
    let old = world.tokens("ada").await.refresh_token.unwrap();
    world.clock.advance_seconds(30 * 86400 + 1);
    world.tokens("ada").await;

    let refused = world.begin(SignInFlow::RefreshToken { token: old }).await;

    assert!(matches!(refused, Err(Error::NotAuthorized("Invalid Refresh Token"))), "{refused:?}");
}
