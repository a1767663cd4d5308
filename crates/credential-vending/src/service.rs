use std::fmt;
use std::sync::Arc;

use document_store::page::PageRequest;
use identity_kernel::entropy::{self, Entropy};
use identity_kernel::place::Place;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, Timestamp};
use ring::digest;

use crate::compiled::CompiledRoles;
use crate::ops::operators::ConfiguredOperators;
use crate::storage::VendingStorage;
use crate::vending_keys::VendingKeys;

/// What a [`CredentialVending`] is made of.
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
    pub place: Place,
}

/// Roles and what is vended from them.
pub struct CredentialVending {
    pub(crate) storage: Arc<dyn VendingStorage>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) master_key: MasterKey,
    pub(crate) vending_keys: VendingKeys,
    pub(crate) compiled: CompiledRoles,
    pub(crate) operators: ConfiguredOperators,
    pub(crate) place: Place,
}

const ID_LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

impl CredentialVending {
    /// The service over these parts.
    pub fn new(parts: Parts) -> Self {
        Self {
            vending_keys: VendingKeys::new(&parts.master_key),
            compiled: CompiledRoles::default(),
            operators: ConfiguredOperators::default(),
            master_key: parts.master_key.derive("operators"),
            storage: parts.storage,
            clock: parts.clock,
            entropy: parts.entropy,
            place: parts.place,
        }
    }

    /// The account in whose name roles stand.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Forgets what was read of the storage: for a store that was emptied underneath.
    pub fn forget_all(&self) {
        self.vending_keys.forget();
        self.compiled.forget();
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
        f.debug_struct("CredentialVending").field("place", &self.place).finish_non_exhaustive()
    }
}
