//! A pool with a client, and what people do with them.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use cognito_srp::{ClientSecret, Identity, PublicValue, Salt, write_timestamp};
use host_adapters::{Argon2Hasher, HashingCost, MemoryOutbox};
use identity_kernel::sealing::MasterKey;
use identity_kernel::secret::SecretString;
use identity_kernel::time::{Clock, ManualClock, Timestamp};
use jwt_tokens::Algorithm;
use storage_memory::MemoryStore;
use userpool_core::model::attributes::Attributes;
use userpool_core::model::client::AllowedFlow;
use userpool_core::model::client::AppClient;
use userpool_core::model::pool::Contact;
use userpool_core::model::pool::UserPool;
use userpool_core::model::session_tracking::SessionTracking;
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::ops::resend::ResendCode;
use userpool_core::ops::sign_in::{Answer, AuthOutcome, Caller, InitiateAuth, RespondToChallenge, SignInFlow};
use userpool_core::ops::sign_up::{ConfirmSignUp, SignUp};
use userpool_core::ops::srp::{PasswordVerifier, VerifierAnswer};
use userpool_core::ops::tokens::{RefreshTokens, Tokens};
use userpool_core::ops::users::AdminCreateUser;
use userpool_core::{Defaults, DocumentUserPools, Error, IssuerForm, Parts, UserPools};

pub(crate) const PASSWORD: &str = "Corr3ct!horse-battery";

pub(crate) struct World {
    pub pools: UserPools,
    pub clock: Arc<ManualClock>,
    pub outbox: Arc<MemoryOutbox>,
    pub store: Arc<MemoryStore>,
    pub pool: UserPool,
    pub client: AppClient,
}

pub(crate) fn service(clock: &Arc<ManualClock>, outbox: &Arc<MemoryOutbox>, store: &Arc<MemoryStore>) -> UserPools {
    UserPools::new(parts(clock, outbox, store))
}

pub(crate) fn parts(clock: &Arc<ManualClock>, outbox: &Arc<MemoryOutbox>, store: &Arc<MemoryStore>) -> Parts {
    let storage = Arc::new(DocumentUserPools::new(Arc::clone(store)));
    let hasher = Arc::new(Argon2Hasher::new(HashingCost { memory_kib: 64, passes: 1 }, 4));
    let mut parts = Parts::new(storage, hasher, MasterKey::new([9; 32]));
    parts.clock = Arc::clone(clock) as Arc<dyn Clock>;
    parts.messenger = Arc::clone(outbox) as Arc<dyn userpool_core::ports::Messenger>;
    parts.issuer = IssuerForm::Own("http://127.0.0.1:9229".to_owned());
    parts.defaults = Defaults { algorithm: Algorithm::Es256, ..Defaults::hardened() };
    parts
}

pub(crate) async fn world_with(change: impl FnOnce(&mut CreateUserPool, &mut CreateClient)) -> World {
    let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_793_696_707)));
    let outbox = Arc::new(MemoryOutbox::new());
    let store = Arc::new(MemoryStore::new());
    let pools = service(&clock, &outbox, &store);
    let mut pool = CreateUserPool::named("p", &pools);
    pool.settings.auto_verified = BTreeSet::from([Contact::Email]);
    let mut settings = pools.default_client_settings("app");
    settings.explicit_auth_flows = BTreeSet::from([
        AllowedFlow::UserPassword,
        AllowedFlow::UserSrp,
        AllowedFlow::RefreshToken,
        AllowedFlow::AdminUserPassword,
    ]);
    let mut client = CreateClient { pool: "us-east-1_x".parse().unwrap(), settings, with_secret: false };
    change(&mut pool, &mut client);
    let pool = Box::pin(pools.create_user_pool(pool)).await.unwrap();
    client.pool = pool.id.clone();
    let client = Box::pin(pools.create_user_pool_client(client)).await.unwrap().client;
    World { pools, clock, outbox, store, pool, client }
}

pub(crate) async fn world() -> World {
    world_with(|_, _| {}).await
}

pub(crate) fn attributes(pairs: &[(&str, &str)]) -> Attributes {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl World {
    pub(crate) async fn sign_up(&self, name: &str) -> Result<userpool_core::ops::sign_up::SignedUp, Error> {
        self.sign_up_with(name, &[("email", &format!("{}@example.com", name.to_lowercase()))]).await
    }

    pub(crate) async fn sign_up_with(
        &self,
        name: &str,
        given: &[(&str, &str)],
    ) -> Result<userpool_core::ops::sign_up::SignedUp, Error> {
        let request = SignUp::new(self.client.id.clone(), name, PASSWORD);
        let with = |request: SignUp, (name, value): &(&str, &str)| request.attribute(*name, *value);
        self.pools.sign_up(given.iter().fold(request, with)).await
    }

    pub(crate) async fn confirm(&self, name: &str, code: &str) -> Result<(), Error> {
        let request = ConfirmSignUp::new(self.client.id.clone(), name, code);
        self.pools.confirm_sign_up(request).await.map(drop)
    }

    pub(crate) async fn user(&self, name: &str) {
        self.sign_up(name).await.unwrap();
        let code = self.outbox.code_for(name).unwrap();
        self.confirm(name, &code).await.unwrap();
    }

    pub(crate) async fn begin(&self, flow: SignInFlow) -> Result<AuthOutcome, Error> {
        let request = InitiateAuth { client: self.client.id.clone(), caller: Caller::Public, secret_hash: None, flow };
        self.pools.initiate_auth(request).await
    }

    pub(crate) async fn password(&self, name: &str, password: &str) -> Result<AuthOutcome, Error> {
        self.begin(SignInFlow::UserPassword { username: name.to_owned(), password: password.into() }).await
    }

    pub(crate) async fn tokens(&self, name: &str) -> Tokens {
        match self.password(name, PASSWORD).await.unwrap() {
            AuthOutcome::Tokens(tokens) => *tokens,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn answer(&self, username: &str, answer: Answer) -> Result<AuthOutcome, Error> {
        let request = RespondToChallenge {
            client: self.client.id.clone(),
            caller: Caller::Public,
            secret_hash: None,
            username: username.to_owned(),
            answer,
        };
        self.pools.respond_to_auth_challenge(request).await
    }

    /// The first SRP step and the answer to it.
    pub(crate) async fn srp(&self, name: &str, password: &str) -> Result<(String, Answer), Error> {
        self.srp_at(name, password, &write_timestamp(self.clock.now())).await
    }

    /// The same, at the time that the client says.
    pub(crate) async fn srp_at(&self, name: &str, password: &str, timestamp: &str) -> Result<(String, Answer), Error> {
        let flow = |username, client_public| SignInFlow::UserSrp { username, client_public };
        self.srp_by(flow, name, password, timestamp).await
    }

    /// The same in a sign-in of the application's own making.
    pub(crate) async fn custom_srp(&self, name: &str, password: &str) -> Result<(String, Answer), Error> {
        let flow = |username, client_public| SignInFlow::Custom { username, client_public: Some(client_public) };
        self.srp_by(flow, name, password, &write_timestamp(self.clock.now())).await
    }

    async fn srp_by(
        &self,
        flow: impl FnOnce(String, String) -> SignInFlow,
        name: &str,
        password: &str,
        timestamp: &str,
    ) -> Result<(String, Answer), Error> {
        let secret = ClientSecret::new([3; 128]);
        let flow = flow(name.to_owned(), secret.public_value().to_hex());
        let AuthOutcome::PasswordVerifier(challenge) = self.begin(flow).await? else { panic!("no verifier asked") };
        Ok(self.proof(&secret, challenge, password, timestamp))
    }

    /// The proof that a challenge asks for.
    pub(crate) fn proof(
        &self,
        secret: &ClientSecret,
        challenge: PasswordVerifier,
        password: &str,
        timestamp: &str,
    ) -> (String, Answer) {
        let identity = Identity { pool_name: self.pool.id.short_name(), user_id: &challenge.user_id };
        let server = PublicValue::from_hex(&challenge.server_public).unwrap();
        let salt = Salt::from_hex(&challenge.salt).unwrap();
        let key = secret.session_key(&identity, password, &salt, &server).unwrap();
        let block = BASE64.decode(&challenge.secret_block).unwrap();
        let timestamp = timestamp.to_owned();
        let signature = key.sign(&identity, &block, &timestamp).into();
        let answer = VerifierAnswer { secret_block: challenge.secret_block, signature, timestamp };
        (challenge.user_id, Answer::PasswordVerifier(answer))
    }

    /// The names of the keys that the pool publishes.
    pub(crate) async fn kids(&self) -> Vec<String> {
        let keys = self.pools.key_set(&self.pool.id).await.unwrap().keys;
        keys.into_iter().filter_map(|key| key.common.key_id).collect()
    }

    /// From now on the pool tracks sessions, so many for each user.
    pub(crate) async fn track(&self, max_per_user: usize) {
        let tracking = SessionTracking { enabled: true, max_per_user };
        self.pools.set_user_pool_session_configuration(&self.pool.id, tracking).await.unwrap();
    }

    /// With rotation.
    pub(crate) async fn refresh(&self, token: &SecretString) -> Result<Tokens, Error> {
        let request = RefreshTokens { client: self.client.id.clone(), client_secret: None, token: token.clone() };
        self.pools.get_tokens_from_refresh_token(request).await
    }

    pub(crate) async fn resend(&self, name: &str) {
        let request = ResendCode::new(self.client.id.clone(), name);
        self.pools.resend_confirmation_code(request).await.unwrap();
    }

    /// An administrator makes a user. Returns the temporary password.
    pub(crate) async fn invite(&self, name: &str) -> String {
        let email = format!("{name}@example.com");
        let request = AdminCreateUser::new(self.pool.id.clone(), name).attribute("email", email);
        self.pools.admin_create_user(request).await.unwrap();
        self.outbox.code_for(name).unwrap()
    }
}
