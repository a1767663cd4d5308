use std::fmt;
use std::sync::Arc;

use credential_vending::CredentialVending;
use document_store::Versioned;
use identity_kernel::account_region::AccountRegion;
use identity_kernel::context::RequestContext;
use identity_kernel::entropy::{self, Entropy, SystemEntropy};
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, SystemClock, Timestamp};
use jwt_tokens::{Algorithm, IssuerForm, JwkSet, KeyRing, KeyRings, SealedKey, SigningKey};
use login_providers::LoginVerifiers;

use crate::error::Error;
use crate::model::ids::{IdentityId, IdentityPoolId};
use crate::model::pool::IdentityPool;
use crate::ports::{Action, ClaimWriters, Details, Event, Events, LoginStates, NoEvents, NoUserPools, Outcome};
use crate::reasons::{Invalid, Kind};
use crate::storage::FederationStorage;

/// What an [`IdentityPools`] is made of.
///
/// Begin with [`Parts::new`] and put in the place of a default what the program has.
#[non_exhaustive]
pub struct Parts {
    /// Where the records are.
    pub storage: Arc<dyn FederationStorage>,
    /// What vends credentials.
    pub vending: Arc<CredentialVending>,
    /// What verifies logins, by the kind of their provider.
    pub verifiers: LoginVerifiers,
    /// Who knows whether a login still counts.
    pub login_states: Arc<dyn LoginStates>,
    /// Who knows which claims users write themselves.
    pub claim_writers: Arc<dyn ClaimWriters>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
    /// What seals secrets at rest.
    pub master_key: MasterKey,
    /// How issuers are written.
    pub issuer: IssuerForm,
    /// What a pool does when nothing is said.
    pub defaults: Defaults,
    /// Who hears what happened.
    pub events: Arc<dyn Events>,
}

impl Parts {
    /// The parts that have no default, and defaults for the others: no verifiers, so that only guests are taken; no user
    /// pools of the process's own; the system's clock and entropy, issuers below `http://localhost`, hardened pools, and
    /// nobody who hears.
    pub fn new(storage: Arc<dyn FederationStorage>, vending: Arc<CredentialVending>, master_key: MasterKey) -> Self {
        Self {
            storage,
            vending,
            verifiers: LoginVerifiers::new(),
            login_states: Arc::new(NoUserPools),
            claim_writers: Arc::new(NoUserPools),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy::new()),
            master_key,
            issuer: IssuerForm::Own("http://localhost".to_owned()),
            defaults: Defaults::hardened(),
            events: Arc::new(NoEvents),
        }
    }
}

/// What a pool does when nothing is said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Defaults {
    /// Whether callers may choose their role themselves where a pool has never said.
    pub classic_flow: bool,
    /// Whether user pools are asked if a sign-in still counts where a pool has never said.
    pub server_side_check: bool,
    /// What guests may do at most, as policy documents; stamped into what is vended to them in every flow.
    pub guest_ceiling: Vec<String>,
    /// How OpenID tokens are signed.
    pub algorithm: Algorithm,
}

/// The services that Amazon's enhanced flow leaves to guests.
const GUEST_SERVICES: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"GuestServices","Effect":"Allow","Resource":"*",
"Action":["cloudwatch:*","logs:*","dynamodb:*","kinesis:*","mobileanalytics:*","s3:*","ses:*","sns:*","sqs:*","lambda:*",
"machinelearning:*","execute-api:*","iot:*","gamelift:*","cognito-identity:*","cognito-idp:*","lex:*","polly:*",
"comprehend:*","translate:*","transcribe:*","rekognition:*","mobiletargeting:*","firehose:*","appsync:*","personalize:*",
"sagemaker:InvokeEndpoint","cognito-sync:*","codewhisperer:*","textract:DetectDocumentText",
"textract:AnalyzeDocument","sdb:*","rum:PutRumEvents"]}]}"#;

impl Defaults {
    /// The safe defaults: no classic flow, user pools are asked, guests are held to the services that Amazon leaves to
    /// them. Tokens are signed RS256 where RSA keys can be made (feature `aws-lc` of `jwt-tokens`), else ES256.
    pub fn hardened() -> Self {
        let rsa = SigningKey::can_generate(Algorithm::Rs256);
        Self {
            classic_flow: false,
            server_side_check: true,
            guest_ceiling: vec![GUEST_SERVICES.to_owned()],
            algorithm: if rsa { Algorithm::Rs256 } else { Algorithm::Es256 },
        }
    }

    /// Cognito's defaults: the classic flow is open, user pools are not asked.
    pub fn cognito() -> Self {
        Self { classic_flow: true, server_side_check: false, ..Self::hardened() }
    }
}

/// Identity pools: what you may do.
///
/// Cheap to clone: clones are handles to the same service. A handle [for one request](Self::for_request) knows where the
/// request comes from.
#[derive(Clone)]
pub struct IdentityPools {
    pub(crate) storage: Arc<dyn FederationStorage>,
    pub(crate) vending: Arc<CredentialVending>,
    pub(crate) verifiers: LoginVerifiers,
    pub(crate) login_states: Arc<dyn LoginStates>,
    pub(crate) claim_writers: Arc<dyn ClaimWriters>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) defaults: Arc<Defaults>,
    master_key: MasterKey,
    issuer: Arc<IssuerForm>,
    keys: Arc<KeyRings<IdentityPoolId>>,
    events: Arc<dyn Events>,
    context: Arc<RequestContext>,
}

impl IdentityPools {
    /// The service over these parts.
    pub fn new(parts: Parts) -> Self {
        Self {
            storage: parts.storage,
            vending: parts.vending,
            verifiers: parts.verifiers,
            login_states: parts.login_states,
            claim_writers: parts.claim_writers,
            clock: parts.clock,
            entropy: parts.entropy,
            defaults: Arc::new(parts.defaults),
            master_key: parts.master_key.derive("identity-pools"),
            issuer: Arc::new(parts.issuer),
            keys: Arc::default(),
            events: parts.events,
            context: Arc::default(),
        }
    }

    /// The same service for one request: what is done by this handle, and vended by it, comes from there, and is told so.
    #[must_use]
    pub fn for_request(&self, context: RequestContext) -> Self {
        Self {
            vending: Arc::new(self.vending.for_request(context.clone())),
            context: Arc::new(context),
            ..self.clone()
        }
    }

    /// Tells whoever hears what was done, or tried.
    pub(crate) async fn record(&self, action: Action, details: Details, outcome: Outcome) {
        let context = Arc::clone(&self.context);
        let event = Event { id: self.uuid(), time: self.now(), action, details, outcome, context };
        self.events.record(&event).await;
    }

    /// Does something to a pool, and tells whoever hears how it ended.
    pub(crate) async fn recorded<T>(
        &self,
        action: Action,
        pool: &IdentityPoolId,
        work: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Error> {
        let result = work.await;
        let details = Details { pool: Some(pool.clone()), ..Details::default() };
        self.record(action, details, Outcome::of(&result)).await;
        result
    }

    /// The `iss` of this pool's OpenID tokens.
    pub fn issuer(&self, pool: &IdentityPoolId) -> String {
        match self.issuer.as_ref() {
            IssuerForm::Own(base) => format!("{base}/{pool}"),
            IssuerForm::Amazon => "https://cognito-identity.amazonaws.com".to_owned(),
        }
    }

    /// The public keys of a pool, for whoever checks its OpenID tokens (RFC 7517).
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn key_set(&self, pool: &IdentityPoolId) -> Result<JwkSet, Error> {
        self.pool(pool).await?;
        Ok(self.pool_keys(pool).await?.publish())
    }

    /// The ARN of a pool.
    pub fn pool_arn(&self, pool: &IdentityPoolId) -> String {
        self.account_region().in_region(pool.region()).arn("cognito-identity", format!("identitypool/{pool}"))
    }

    /// Forgets every key that was kept opened: for a store that was emptied underneath.
    pub fn forget_all_keys(&self) {
        self.keys.forget_all();
    }

    pub(crate) fn account_region(&self) -> &AccountRegion {
        self.vending.account_region()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn uuid(&self) -> String {
        entropy::uuid(self.entropy.as_ref())
    }

    pub(crate) async fn pool(&self, id: &IdentityPoolId) -> Result<Versioned<IdentityPool>, Error> {
        let found = self.storage.pools().get(id).await?;
        found.ok_or_else(|| Error::NotFound(Kind::Pool(id.clone())))
    }

    pub(crate) fn new_key(&self, pool: &IdentityPoolId) -> Result<SealedKey, Error> {
        let algorithm = self.defaults.algorithm;
        SealedKey::generate(&self.master_key, self.entropy.as_ref(), pool.as_str(), algorithm, self.now())
            .map_err(|error| Error::internal("keys of this algorithm cannot be made", error))
    }

    pub(crate) async fn pool_keys(&self, pool: &IdentityPoolId) -> Result<Arc<KeyRing>, Error> {
        let now = self.now();
        if let Some(ring) = self.keys.get(pool, now) {
            return Ok(ring);
        }
        let sealed = self.storage.pools().keys(pool).await?;
        let ring = KeyRing::open(&self.master_key, pool.as_str(), sealed, now)
            .map_err(|_| corrupt("the pool's keys do not open: were they sealed under another master key?"))?;
        Ok(self.keys.insert(pool, ring, now))
    }

    pub(crate) fn forget_keys(&self, pool: &IdentityPoolId) {
        self.keys.forget(pool);
    }

    pub(crate) fn new_identity_id(&self, pool: &IdentityPoolId) -> Result<IdentityId, Error> {
        format!("{}:{}", pool.region(), self.uuid()).parse().map_err(|_| Invalid::Region.into())
    }
}

fn corrupt(what: &'static str) -> Error {
    Error::Storage(document_store::error::StorageError::corrupt(what))
}

impl fmt::Debug for IdentityPools {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityPools").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
