use std::fmt;
use std::sync::Arc;

use credential_vending::{Caller, CredentialVending};
use identity_federation::IdentityPools;
use identity_kernel::entropy::{self, Entropy};
use identity_kernel::time::{Clock, Timestamp};
use userpool_core::UserPools;

use crate::Parts;
use crate::error::Failure;
use crate::table::Table;

/// The services behind the front end, and the table of what is built.
pub struct Services {
    pub(crate) user_pools: Arc<UserPools>,
    pub(crate) identity_pools: Arc<IdentityPools>,
    pub(crate) vending: Arc<CredentialVending>,
    pub(crate) skew_seconds: i64,
    pub(crate) table: Table,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Services {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            user_pools: parts.user_pools,
            identity_pools: parts.identity_pools,
            vending: parts.vending,
            skew_seconds: parts.signature_skew_seconds,
            table: Table::built(),
            clock: parts.clock,
            entropy: parts.entropy,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn request_id(&self) -> String {
        entropy::uuid(self.entropy.as_ref())
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Services")
    }
}

/// One call of an operation.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) services: Arc<Services>,
    /// Who signed it; `None` for operations that want no signature.
    pub(crate) caller: Option<Caller>,
    /// The region of the signature's scope.
    pub(crate) region: Option<String>,
}

impl Call {
    pub(crate) fn users(&self) -> &UserPools {
        &self.services.user_pools
    }

    pub(crate) fn identities(&self) -> &IdentityPools {
        &self.services.identity_pools
    }

    pub(crate) fn vending(&self) -> &CredentialVending {
        &self.services.vending
    }
}

/// Text from the wire as a domain id, or the refusal that AWS gives.
pub(crate) fn parse<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Failure::invalid_parameter(format!("Invalid {what}.")))
}
