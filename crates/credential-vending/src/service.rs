use std::fmt;
use std::sync::Arc;

use document_store::page::PageRequest;
use identity_kernel::account_region::AccountRegion;
use identity_kernel::context::RequestContext;
use identity_kernel::entropy::{self, Entropy, SystemEntropy};
use identity_kernel::offload::{self, Inline, Offload};
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, SystemClock, Timestamp};
use ring::digest;

use crate::compiled_roles::CompiledRoles;
use crate::configured_operators::ConfiguredOperators;
use crate::error::Error;
use crate::model::saml::SamlService;
use crate::ports::{Action, Event, Events, NoEvents, Outcome};
use crate::saml_metadata::KnownMetadata;
use crate::storage::VendingStorage;
use crate::vending_keys::VendingKeys;

/// What a [`CredentialVending`] is made of.
///
/// Begin with [`Parts::new`] and put in the place of a default what the program has.
#[non_exhaustive]
pub struct Parts {
    /// Where the records are.
    pub storage: Arc<dyn VendingStorage>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
    /// What seals secrets at rest, and what credentials come from.
    pub master_key: MasterKey,
    /// The account in whose name roles stand.
    pub account_region: AccountRegion,
    /// As whom SAML responses address this service.
    pub saml_service: SamlService,
    /// Where SAML responses and metadata are read and verified: off the threads that serve. By default where the call stands.
    pub offload: Arc<dyn Offload>,
    /// Who hears what happened.
    pub events: Arc<dyn Events>,
    /// For how many seconds after its end it is kept who is behind a session, for [`audit`](CredentialVending::audit). `None`, the
    /// default, keeps nothing: keeping is a write for each session that is vended.
    pub keep_audit_seconds: Option<i64>,
    /// Whether an explanation, sealed, goes along with denials. Off by default: it makes them some hundred bytes longer.
    pub encode_denials: bool,
}

impl Parts {
    /// The parts that have no default, and defaults for the others: the system's clock and entropy, the account
    /// `123456789012` in `us-east-1`, SAML responses for `http://localhost/saml`, and nobody who hears.
    pub fn new(storage: Arc<dyn VendingStorage>, master_key: MasterKey) -> Self {
        Self {
            storage,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy::new()),
            master_key,
            account_region: AccountRegion::new("123456789012", "us-east-1"),
            saml_service: SamlService::at("http://localhost"),
            offload: Arc::new(Inline),
            events: Arc::new(NoEvents),
            keep_audit_seconds: None,
            encode_denials: false,
        }
    }
}

/// Roles and what is vended from them.
///
/// Cheap to clone: clones are handles to the same service. A handle [for one request](Self::for_request) knows where the
/// request comes from.
#[derive(Clone)]
pub struct CredentialVending {
    pub(crate) storage: Arc<dyn VendingStorage>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) master_key: MasterKey,
    pub(crate) vending_keys: Arc<VendingKeys>,
    pub(crate) compiled: Arc<CompiledRoles>,
    pub(crate) operators: Arc<ConfiguredOperators>,
    pub(crate) account_region: Arc<AccountRegion>,
    pub(crate) saml_service: Arc<SamlService>,
    pub(crate) saml_metadata: Arc<KnownMetadata>,
    offload: Arc<dyn Offload>,
    pub(crate) keep_audit_seconds: Option<i64>,
    pub(crate) encode_denials: bool,
    events: Arc<dyn Events>,
    context: Arc<RequestContext>,
}

const ID_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl CredentialVending {
    /// The service over these parts.
    pub fn new(parts: Parts) -> Self {
        Self {
            vending_keys: Arc::new(VendingKeys::new(&parts.master_key)),
            compiled: Arc::default(),
            operators: Arc::default(),
            master_key: parts.master_key.derive("operators"),
            storage: parts.storage,
            clock: parts.clock,
            entropy: parts.entropy,
            account_region: Arc::new(parts.account_region),
            saml_service: Arc::new(parts.saml_service),
            saml_metadata: Arc::default(),
            offload: parts.offload,
            keep_audit_seconds: parts.keep_audit_seconds,
            encode_denials: parts.encode_denials,
            events: parts.events,
            context: Arc::default(),
        }
    }

    /// The same service for one request: what is done by this handle comes from there, and is told so.
    #[must_use]
    pub fn for_request(&self, context: RequestContext) -> Self {
        Self { context: Arc::new(context), ..self.clone() }
    }

    /// The account in whose name roles stand.
    pub fn account_region(&self) -> &AccountRegion {
        &self.account_region
    }

    /// Forgets what was read of the storage: for a store that was emptied underneath.
    pub fn forget_all(&self) {
        self.vending_keys.forget();
        self.compiled.forget();
        self.saml_metadata.forget();
    }

    /// Does something, and tells whoever hears how it ended.
    pub(crate) async fn recorded<T>(
        &self,
        action: Action,
        target: &str,
        work: impl Future<Output = Result<T, Error>> + Send,
    ) -> Result<T, Error> {
        let result = work.await;
        self.record(action, target, None, Outcome::of(&result)).await;
        result
    }

    /// Tells whoever hears what was done, or tried.
    pub(crate) async fn record(&self, action: Action, target: &str, access_key_id: Option<String>, outcome: Outcome) {
        self.tell(Event { access_key_id, ..self.event(action, target, outcome) }).await;
    }

    /// What is told of what was done, or tried.
    pub(crate) fn event(&self, action: Action, target: &str, outcome: Outcome) -> Event {
        Event {
            id: entropy::uuid(self.entropy.as_ref()),
            time: self.now(),
            action,
            target: target.to_owned(),
            access_key_id: None,
            description: None,
            outcome,
            context: Arc::clone(&self.context),
        }
    }

    pub(crate) async fn tell(&self, event: Event) {
        self.events.record(&event).await;
    }

    /// Computes off the threads that serve.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        Ok(offload::compute(self.offload.as_ref(), self.context.source, work).await?)
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A fresh id: a prefix of four letters and 17 more.
    pub(crate) fn new_id(&self, prefix: &str) -> String {
        format!("{prefix}{}", entropy::text(self.entropy.as_ref(), ID_LETTERS, 17))
    }
}

/// The page that is meant: 100 items where no limit is given (IAM's default), and never more than 1000.
pub(crate) fn page_of(page: PageRequest) -> PageRequest {
    match page.limit {
        0 => PageRequest { limit: 100, ..page },
        limit => PageRequest { limit: limit.min(1000), ..page },
    }
}

/// The id of a role that nobody has created: the same for the same ARN.
pub(crate) fn id_of_undefined(arn: &str) -> String {
    let hash = digest::digest(&digest::SHA256, arn.as_bytes());
    let letters = hash.as_ref().iter().filter_map(|byte| ID_LETTERS.get(usize::from(byte % 32)));
    format!("AROA{}", letters.take(17).copied().map(char::from).collect::<String>())
}

impl fmt::Debug for CredentialVending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialVending").field("place", &self.account_region).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_hundred_items_where_no_limit_is_given_and_never_more_than_a_thousand() {
        let page = |limit| page_of(PageRequest { limit, after: Some("a".to_owned()) });

        for (asked, given) in [(0, 100), (1, 1), (1000, 1000), (1001, 1000)] {
            assert_eq!((page(asked).limit, page(asked).after.as_deref()), (given, Some("a")));
        }
    }

    #[test]
    fn a_role_that_nobody_has_created_has_the_same_id_for_ever() {
        assert_eq!(id_of_undefined("arn:aws:iam::123456789012:role/nobody"), "AROAVRPEMBFFQUC2IUW4I");
    }
}
