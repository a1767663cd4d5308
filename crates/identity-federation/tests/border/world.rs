//! A pool with a user pool and an outside provider, on one node or two.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use credential_vending::ops::assume::AssumeRole;
use credential_vending::ops::roles::CreateRole;
use credential_vending::{
    BackendError, Caller, CredentialBackend, CredentialVending, Credentials, DocumentVending, SessionStamp,
};
use document_store::page::PageRequest;
use identity_federation::model::identity::{Identity, Login};
use identity_federation::model::ids::{IdentityId, IdentityPoolId};
use identity_federation::model::pool::{IdentityPoolSettings, PoolRoles, UserPoolProvider};
use identity_federation::model::role_mapping::RoleMapping;
use identity_federation::ops::credentials::{GetCredentials, PROVIDER};
use identity_federation::ops::developer::GetOpenIdTokenForDeveloper;
use identity_federation::ops::identities::Listed;
use identity_federation::ops::logins::Logins;
use identity_federation::ops::web_identity::AssumeRoleWithWebIdentity;
use identity_federation::ports::{ClaimWriters, Event, Events, LoginState, LoginStates, Unavailable};
use identity_federation::{Defaults, DocumentFederation, Error, IdentityPools, IssuerForm, Parts};
use identity_kernel::sealing::MasterKey;
use identity_kernel::secret::SecretString;
use identity_kernel::time::{Clock, ManualClock, Timestamp};
use jwt_tokens::{Algorithm, KeySet, SigningKey};
use login_providers::http::{HttpError, HttpPort, HttpRequest, HttpResponse};
use login_providers::{
    AccessTokenChecks, AccessTokens, Assertion, Issuers, LoginVerifiers, OidcIdTokens, TrustedIssuer, Unreachable,
};
use serde_json::{Value, json};
use storage_conformance::Yielding;
use storage_memory::MemoryStore;

pub(crate) const NOW: i64 = 1_700_000_000;
pub(crate) const USER_POOL: &str = "idp.example/us-east-1_pool";
pub(crate) const OIDC: &str = "login.example";
/// The name under which the operator's own system logs users in.
pub(crate) const OWN: &str = "login.mine";
pub(crate) const MEMBER: &str = "arn:aws:iam::123456789012:role/member";
pub(crate) const STAFF: &str = "arn:aws:iam::123456789012:role/staff";
pub(crate) const GUEST: &str = "arn:aws:iam::123456789012:role/guest";

/// Every provider has the one key, and `https://` in front of its name as issuer.
struct OneKey(Arc<KeySet>);

#[async_trait]
impl Issuers for OneKey {
    async fn issuer_of(&self, provider: &str, _: Option<&str>) -> Result<Option<TrustedIssuer>, Unreachable> {
        if provider == "down.example" {
            return Err(Unreachable("no answer".into()));
        }
        Ok(Some(TrustedIssuer { issuer: format!("https://{provider}"), keys: Arc::clone(&self.0) }))
    }
}

/// Facebook and Amazon: `app:user` is an access token of a user for an app, `down` is none that is answered. Facebook tells an app
/// of its own tokens alone.
struct AccessTokenProviders;

#[async_trait]
impl HttpPort for AccessTokenProviders {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let mut parameters = request.url.query_pairs();
        let token =
            parameters.find(|(name, _)| name == "input_token" || name == "access_token").unwrap().1.into_owned();
        let Some((app, user)) = token.split_once(':') else { return Err(HttpError::NotHttps) };
        let asking = request.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
        let (status, body) = match request.url.host_str().unwrap() {
            "graph.facebook.com" if asking.unwrap().starts_with(&format!("Bearer {app}|")) => {
                (200, json!({"data": {"app_id": app, "user_id": user, "is_valid": true, "expires_at": 0}}))
            }
            "api.amazon.com" => {
                let issuer = "https://www.amazon.com";
                (200, json!({"iss": issuer, "app_id": app, "aud": "client", "user_id": user, "exp": 60}))
            }
            _ => (400, json!({})),
        };
        let (status, body) = (status.try_into().unwrap(), body.to_string().into_bytes());
        Ok(HttpResponse { status, headers: http::HeaderMap::new(), body })
    }
}

/// Whether logins are over, and whether that can be asked.
#[derive(Default)]
pub(crate) struct Ended(pub(crate) AtomicBool, pub(crate) AtomicBool);

#[async_trait]
impl LoginStates for Ended {
    async fn state_of(&self, _: &Assertion) -> Result<LoginState, Unavailable> {
        if self.1.load(Ordering::SeqCst) {
            return Err(Unavailable("the storage is down".into()));
        }
        Ok(if self.0.load(Ordering::SeqCst) { LoginState::Ended } else { LoginState::Alive })
    }
}

/// Users of the user pool write `custom:department`; of others nothing is known.
struct Department;

#[async_trait]
impl ClaimWriters for Department {
    async fn written_by_users(&self, provider: &str, claims: &BTreeSet<String>) -> Option<BTreeSet<String>> {
        let own = claims.iter().filter(|claim| *claim == "custom:department").cloned();
        (provider == USER_POOL).then(|| own.collect())
    }
}

/// The account whose roles another service vends.
pub(crate) const ELSEWHERE: &str = "999999999999";

/// Another service: what it answers next, and what it was asked.
#[derive(Default)]
pub(crate) struct Elsewhere {
    pub(crate) refusal: Mutex<Option<BackendError>>,
    pub(crate) asked: Mutex<Vec<(AssumeRole, SecretString)>>,
}

#[async_trait]
impl CredentialBackend for Elsewhere {
    fn needs_token(&self) -> bool {
        true
    }

    async fn assume_role(
        &self,
        request: AssumeRole,
        token: Option<&SecretString>,
    ) -> Result<Credentials, BackendError> {
        self.asked.lock().unwrap().push((request, token.unwrap().clone()));
        match self.refusal.lock().unwrap().take() {
            Some(refusal) => Err(refusal),
            None => Ok(Credentials {
                access_key_id: "ASIAELSEWHERE".to_owned(),
                secret: "secret".into(),
                session_token: "token".into(),
                expires_at: Timestamp::from_epoch_seconds(NOW + 3600),
            }),
        }
    }
}

#[derive(Clone)]
pub(crate) struct World {
    pub(crate) pools: IdentityPools,
    /// Another node over the same storage.
    pub(crate) other: IdentityPools,
    pub(crate) vending: Arc<CredentialVending>,
    pub(crate) elsewhere: Arc<Elsewhere>,
    pub(crate) key: Arc<SigningKey>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) ended: Arc<Ended>,
    pub(crate) events: Arc<Heard>,
    pub(crate) pool: IdentityPoolId,
}

/// Every event so far, of pools and of vending.
#[derive(Default)]
pub(crate) struct Heard {
    pools: Mutex<Vec<Event>>,
    vending: Mutex<Vec<credential_vending::ports::Event>>,
}

impl Heard {
    /// What was heard since this was last asked.
    pub(crate) fn take(&self) -> (Vec<Event>, Vec<credential_vending::ports::Event>) {
        (std::mem::take(&mut self.pools.lock().unwrap()), std::mem::take(&mut self.vending.lock().unwrap()))
    }
}

#[async_trait]
impl Events for Heard {
    async fn record(&self, event: &Event) {
        self.pools.lock().unwrap().push(event.clone());
    }
}

#[async_trait]
impl credential_vending::ports::Events for Heard {
    async fn record(&self, event: &credential_vending::ports::Event) {
        self.vending.lock().unwrap().push(event.clone());
    }
}

pub(crate) async fn world_with(change: impl FnOnce(&mut IdentityPoolSettings)) -> World {
    world_verifying(LoginVerifiers::new(), change).await
}

/// A world that asks Facebook and Amazon about access tokens.
pub(crate) async fn asking_world() -> World {
    let checks = AccessTokenChecks {
        facebook_app_secrets: ["fb1", "fb2"].map(|app| (app.to_owned(), "secret".into())).into(),
        ..AccessTokenChecks::default()
    };
    let access_tokens = AccessTokens::new(Arc::new(AccessTokenProviders), checks);
    world_verifying(LoginVerifiers::new().with(Arc::new(access_tokens)), |_| {}).await
}

async fn world_verifying(verifiers: LoginVerifiers, change: impl FnOnce(&mut IdentityPoolSettings)) -> World {
    let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(NOW)));
    let key = Arc::new(SigningKey::generate(Algorithm::EdDsa).unwrap());
    let ended = Arc::new(Ended::default());
    let events = Arc::new(Heard::default());
    let storage = Arc::new(DocumentVending::new(MemoryStore::new()));
    let mut parts = credential_vending::Parts::new(storage, MasterKey::new([4; 32]));
    parts.clock = Arc::clone(&clock) as Arc<dyn Clock>;
    parts.events = Arc::clone(&events) as Arc<dyn credential_vending::ports::Events>;
    let vending = Arc::new(CredentialVending::new(parts));
    let elsewhere = Arc::new(Elsewhere::default());
    let store = Arc::new(MemoryStore::new());
    let node = || {
        let storage = Arc::new(DocumentFederation::new(Yielding(Arc::clone(&store))));
        let mut parts = Parts::new(storage, Arc::clone(&vending), MasterKey::new([4; 32]));
        parts.verifiers = verifiers
            .clone()
            .with(Arc::new(OidcIdTokens::new(Arc::new(OneKey(Arc::new(KeySet::from_jwks([key.public_jwk()])))))));
        parts.backends.insert(ELSEWHERE.to_owned(), Arc::clone(&elsewhere) as Arc<dyn CredentialBackend>);
        parts.login_states = Arc::clone(&ended) as Arc<dyn LoginStates>;
        parts.claim_writers = Arc::new(Department);
        parts.clock = Arc::clone(&clock) as Arc<dyn Clock>;
        parts.issuer = IssuerForm::Own("http://border.example".to_owned());
        parts.defaults = Defaults { algorithm: Algorithm::EdDsa, ..Defaults::hardened() };
        parts.events = Arc::clone(&events) as Arc<dyn Events>;
        IdentityPools::new(parts)
    };
    let (pools, other) = (node(), node());
    let provider = UserPoolProvider {
        provider_name: USER_POOL.to_owned(),
        client_id: "client".to_owned(),
        server_side_check: None,
    };
    let registered = vending.create_oidc_provider("https://login.example", vec!["web".to_owned()]).await.unwrap();
    let mut settings = IdentityPoolSettings {
        name: "border".to_owned(),
        allow_guests: true,
        user_pools: vec![provider],
        oidc_provider_arns: vec![registered.arn],
        ..IdentityPoolSettings::default()
    };
    change(&mut settings);
    let pool = pools.create_identity_pool(None, settings).await.unwrap().id;
    World { pools, other, vending, elsewhere, key, clock, ended, events, pool }
}

pub(crate) async fn world() -> World {
    world_with(|_| {}).await
}

impl World {
    /// A token of `provider`, with `more` in the place of the usual claims.
    pub(crate) fn token(&self, provider: &str, more: &Value) -> SecretString {
        let mut claims = json!({
            "iss": format!("https://{provider}"), "sub": "ada", "aud": "client", "token_use": "id", "exp": NOW + 3600
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        self.key.sign(&claims).unwrap().into()
    }

    pub(crate) fn user(&self, sub: &str) -> Logins {
        Logins::from([(USER_POOL.to_owned(), self.token(USER_POOL, &json!({"sub": sub})))])
    }

    pub(crate) fn oidc(&self, sub: &str) -> Logins {
        Logins::from([(OIDC.to_owned(), self.token(OIDC, &json!({"sub": sub, "aud": "web"})))])
    }

    pub(crate) async fn roles(&self, mapping: Option<RoleMapping>) {
        let roles = PoolRoles {
            authenticated: Some(MEMBER.to_owned()),
            unauthenticated: Some(GUEST.to_owned()),
            mappings: mapping.map(|mapping| (format!("{USER_POOL}:client"), mapping)).into_iter().collect(),
        };
        self.pools.set_identity_pool_roles(&self.pool, roles).await.unwrap();
    }

    /// What vended credentials say of themselves.
    pub(crate) async fn session(&self, identity: &IdentityId, logins: Logins) -> SessionStamp {
        let request = GetCredentials { identity: identity.clone(), logins, custom_role: None };
        let keys = self.pools.get_credentials_for_identity(request).await.unwrap().credentials;
        let (caller, _) = self.vending.holder(&keys.access_key_id, Some(keys.session_token.expose())).await.unwrap();
        let Caller::Session(session) = caller else { panic!("vended keys are a session's") };
        *session
    }

    pub(crate) async fn get_id(&self, logins: &Logins) -> Result<IdentityId, Error> {
        self.pools.get_id(&self.pool, logins).await
    }

    pub(crate) async fn credentials(&self, identity: &IdentityId, logins: Logins) -> Result<String, Error> {
        let request = GetCredentials { identity: identity.clone(), logins, custom_role: None };
        self.pools.get_credentials_for_identity(request).await.map(|vended| vended.role_arn)
    }

    pub(crate) async fn refusal(&self, more: &Value) -> Error {
        let logins = Logins::from([(USER_POOL.to_owned(), self.token(USER_POOL, more))]);
        self.get_id(&logins).await.unwrap_err()
    }

    /// A user of the operator's own system, in the words of its calls.
    pub(crate) fn developers(&self, user: &str) -> GetOpenIdTokenForDeveloper {
        GetOpenIdTokenForDeveloper {
            pool: self.pool.clone(),
            identity: None,
            logins: Logins::from([(OWN.to_owned(), user.into())]),
            principal_tags: BTreeMap::new(),
            seconds: None,
        }
    }

    /// The identity of a user of the operator's own system, and a token for it.
    pub(crate) async fn developer(&self, user: &str) -> (IdentityId, Logins) {
        self.as_developer(self.developers(user)).await.unwrap()
    }

    pub(crate) async fn as_developer(
        &self,
        request: GetOpenIdTokenForDeveloper,
    ) -> Result<(IdentityId, Logins), Error> {
        let (identity, token) = self.pools.get_open_id_token_for_developer_identity(request).await?;
        Ok((identity, Logins::from([(PROVIDER.to_owned(), token)])))
    }

    pub(crate) async fn described(&self, identity: &IdentityId) -> Identity {
        self.pools.describe_identity(identity).await.unwrap()
    }

    /// Who has which login, of all identities of the pool: no login may have two.
    pub(crate) async fn owners(&self) -> BTreeMap<Login, IdentityId> {
        let mut owners = BTreeMap::new();
        for identity in self.pools.list_identities(&self.pool, Listed::All, PageRequest::default()).await.unwrap().items
        {
            for login in identity.logins {
                let before = owners.insert(login.clone(), identity.id.clone());
                assert_eq!(before, None, "{login:?} is on two identities");
            }
        }
        owners
    }

    /// A role that trusts this pool for whoever has logged in, and to tag their sessions if `tagging`.
    pub(crate) async fn trusting_role(&self, name: &str, tagging: bool) -> String {
        let mut actions = vec!["sts:AssumeRoleWithWebIdentity"];
        actions.extend(tagging.then_some("sts:TagSession"));
        let trust = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": {"Federated": PROVIDER}, "Action": actions,
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": self.pool.as_str()},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"}
            }
        }});
        self.vending.create_role(CreateRole::named(name, trust.to_string())).await.unwrap().arn
    }
}

/// Assumes a role with a token.
pub(crate) async fn assume(world: &World, token: SecretString, role: &str) -> Result<SessionStamp, Error> {
    let request = AssumeRoleWithWebIdentity {
        role_arn: role.to_owned(),
        session_name: "s1".to_owned(),
        token,
        duration_seconds: 900,
        provider_id: None,
        session_policy: None,
        policy_arns: Vec::new(),
        minimum_token_size: 0,
    };
    world.pools.assume_role_with_web_identity(request).await.map(|session| session.assumed.session)
}

/// Everything that a request to assume a role may say, of a role of this name.
pub(crate) fn by(token: SecretString, role: &str) -> AssumeRoleWithWebIdentity {
    AssumeRoleWithWebIdentity {
        role_arn: format!("arn:aws:iam::123456789012:role/{role}"),
        session_name: "s1".to_owned(),
        token,
        provider_id: None,
        duration_seconds: 900,
        session_policy: None,
        policy_arns: Vec::new(),
        minimum_token_size: 0,
    }
}

/// Logins of several providers in one call.
pub(crate) fn together(mut logins: Logins, more: Logins) -> Logins {
    logins.extend(more);
    logins
}
