use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use credential_vending::{CredentialBackend, CredentialVending};
use document_store::Versioned;
use identity_kernel::account_region::AccountRegion;
use identity_kernel::context::RequestContext;
use identity_kernel::entropy::{self, Entropy};
use identity_kernel::offload;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, Timestamp};
use jwt_tokens::{Algorithm, IssuerForm, JwkSet, KeyRing, KeyRings, SealedKey};
use login_providers::LoginVerifiers;

use crate::error::Error;
use crate::model::ids::{IdentityId, IdentityPoolId};
use crate::model::pool::IdentityPool;
use crate::parts::{Defaults, Parts};
use crate::ports::{Action, ClaimWriters, Details, Event, Events, LoginStates, Offload, Outcome};
use crate::reasons::{Invalid, Kind};
use crate::storage::FederationStorage;

/// Identity pools: what you may do.
///
/// Cheap to clone: clones are handles to the same service. A handle [for one request](Self::for_request) knows where the
/// request comes from.
#[derive(Clone)]
pub struct IdentityPools {
    pub(crate) storage: Arc<dyn FederationStorage>,
    pub(crate) vending: Arc<CredentialVending>,
    pub(crate) backends: Arc<BTreeMap<String, Arc<dyn CredentialBackend>>>,
    pub(crate) verifiers: LoginVerifiers,
    pub(crate) login_states: Arc<dyn LoginStates>,
    pub(crate) claim_writers: Arc<dyn ClaimWriters>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) defaults: Arc<Defaults>,
    offload: Arc<dyn Offload>,
    master_key: MasterKey,
    pub(crate) issuer: Arc<IssuerForm>,
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
            backends: Arc::new(parts.backends),
            verifiers: parts.verifiers,
            login_states: parts.login_states,
            claim_writers: parts.claim_writers,
            clock: parts.clock,
            entropy: parts.entropy,
            offload: parts.offload,
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

    /// Computes off the threads that serve.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        Ok(offload::compute(self.offload.as_ref(), self.context.source, work).await?)
    }

    /// A fresh signing key for a pool, sealed.
    pub(crate) async fn new_key(&self, pool: &IdentityPoolId) -> Result<SealedKey, Error> {
        self.new_key_of(pool, self.defaults.algorithm).await
    }

    /// A fresh signing key of this algorithm for a pool, or for what has keys as a pool has.
    pub(crate) async fn new_key_of(&self, pool: &IdentityPoolId, algorithm: Algorithm) -> Result<SealedKey, Error> {
        let (master_key, entropy, pool, now) =
            (self.master_key.clone(), Arc::clone(&self.entropy), pool.clone(), self.now());
        let made = move || SealedKey::generate(&master_key, entropy.as_ref(), pool.as_str(), algorithm, now);
        self.compute(made).await?.map_err(|error| Error::internal("keys of this algorithm cannot be made", error))
    }

    pub(crate) async fn pool_keys(&self, pool: &IdentityPoolId) -> Result<Arc<KeyRing>, Error> {
        let now = self.now();
        if let Some(ring) = self.keys.get(pool, now) {
            return Ok(ring);
        }
        let sealed = self.storage.pools().keys(pool).await?;
        let sealed: Vec<_> = sealed.into_iter().map(|key| key.record).collect();
        let (master_key, owner) = (self.master_key.clone(), pool.clone());
        let opened = self.compute(move || KeyRing::open(&master_key, owner.as_str(), sealed, now)).await?;
        let ring =
            opened.map_err(|_| corrupt("the pool's keys do not open: were they sealed under another master key?"))?;
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
