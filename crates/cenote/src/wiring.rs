//! The services from what the builder was told.

use std::sync::Arc;

use document_store::DocumentStore;
use identity_kernel::account_region::AccountRegion;
use identity_kernel::entropy::Entropy;
use identity_kernel::offload::Offload;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::Clock;
use jwt_tokens::IssuerForm;

use crate::Profile;

/// What every service is made with.
#[cfg_attr(
    not(any(feature = "identity-pools", feature = "user-pools")),
    expect(dead_code, reason = "with neither half there is nothing to wire")
)]
pub(crate) struct Common {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) store: Arc<dyn DocumentStore>,
    pub(crate) master_key: MasterKey,
    pub(crate) account_region: AccountRegion,
    pub(crate) issuer: IssuerForm,
    pub(crate) profile: Profile,
    pub(crate) offload: Arc<dyn Offload>,
}

/// What takes computing off the threads that serve where nothing was said: a permit for each processor, for both halves
/// together.
#[cfg(any(feature = "oidc", feature = "s3s", feature = "user-pools"))]
pub(crate) fn usual_offload() -> Arc<dyn Offload> {
    Arc::new(host_adapters::CpuPool::for_this_machine())
}

/// Nothing, where the adapters are not compiled in.
#[cfg(not(any(feature = "oidc", feature = "s3s", feature = "user-pools")))]
pub(crate) fn usual_offload() -> Arc<dyn Offload> {
    Arc::new(identity_kernel::offload::Inline)
}

/// The parts of the master key. Each label is part of every secret stored under it: renaming one makes them unreadable.
#[cfg(feature = "user-pools")]
const USER_POOLS: &str = "who-you-are";
#[cfg(feature = "identity-pools")]
const IDENTITY_POOLS: &str = "what-you-may-do";

#[cfg(feature = "user-pools")]
pub(crate) mod user_pools {
    use std::sync::Arc;

    use host_adapters::{Argon2Hasher, TokioBackground, TokioPace};
    use userpool_core::model::message_limits::MessageLimits;
    use userpool_core::model::passkeys::Origin;
    use userpool_core::ports::{Background, BreachedPasswords, Events, Hooks, Messenger, Pace, PasswordHasher, Places};
    use userpool_core::{Defaults, DocumentUserPools, Parts, UserPoolStorage, UserPools};

    use super::{Common, USER_POOLS};
    use crate::Profile;

    /// What user pools alone need.
    #[derive(Default)]
    pub(crate) struct Ports {
        pub(crate) storage: Option<Arc<dyn UserPoolStorage>>,
        pub(crate) hasher: Option<Arc<dyn PasswordHasher>>,
        pub(crate) messenger: Option<Arc<dyn Messenger>>,
        pub(crate) hooks: Option<Arc<dyn Hooks>>,
        pub(crate) events: Option<Arc<dyn Events>>,
        pub(crate) background: Option<Arc<dyn Background>>,
        pub(crate) pace: Option<Arc<dyn Pace>>,
        pub(crate) breached: Option<Arc<dyn BreachedPasswords>>,
        pub(crate) places: Option<Arc<dyn Places>>,
        pub(crate) passkey_origins: Vec<Origin>,
        pub(crate) link_base: Option<String>,
        pub(crate) oauth_base: Option<String>,
        pub(crate) message_limits: Option<MessageLimits>,
    }

    pub(crate) fn build(common: &Common, ports: Ports) -> UserPools {
        let storage = ports.storage.unwrap_or_else(|| Arc::new(DocumentUserPools::new(Arc::clone(&common.store))));
        let hasher = ports.hasher.unwrap_or_else(|| Arc::new(Argon2Hasher::for_this_machine()));
        let mut parts = Parts::new(storage, hasher, common.master_key.derive(USER_POOLS));
        parts.clock = Arc::clone(&common.clock);
        parts.entropy = Arc::clone(&common.entropy);
        parts.account_region = common.account_region.clone();
        parts.issuer = common.issuer.clone();
        parts.defaults = match common.profile {
            Profile::Hardened => Defaults::hardened(),
            Profile::Compatible => Defaults::cognito(),
        };
        parts.messenger = ports.messenger.unwrap_or(parts.messenger);
        parts.hooks = ports.hooks.unwrap_or(parts.hooks);
        parts.events = ports.events.unwrap_or(parts.events);
        parts.offload = Arc::clone(&common.offload);
        parts.breached = ports.breached.unwrap_or(parts.breached);
        parts.places = ports.places.unwrap_or(parts.places);
        parts.background = ports.background.unwrap_or_else(|| Arc::new(TokioBackground));
        parts.pace = ports.pace.unwrap_or_else(|| Arc::new(TokioPace::new()));
        parts.passkey_origins = ports.passkey_origins;
        parts.link_base = ports.link_base;
        parts.oauth_base = ports.oauth_base;
        parts.defaults.message_limits = ports.message_limits.unwrap_or(parts.defaults.message_limits);
        UserPools::new(parts)
    }
}

#[cfg(feature = "identity-pools")]
pub(crate) mod identity_pools {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use credential_vending::model::saml::SamlService;
    use credential_vending::{CredentialBackend, CredentialVending, DocumentVending, VendingStorage};
    #[cfg(not(feature = "user-pools"))]
    use identity_federation::ports::NoUserPools;
    use identity_federation::ports::{ClaimWriters, Events, LoginStates};
    use identity_federation::{Defaults, DocumentFederation, FederationStorage, IdentityPools, Parts};
    use jwt_tokens::IssuerForm;
    use login_providers::{Issuers, LoginVerifier, LoginVerifiers, OidcIdTokens};

    use super::{Common, IDENTITY_POOLS};
    use crate::Profile;

    /// What identity pools and vending alone need.
    #[derive(Default)]
    pub(crate) struct Ports {
        pub(crate) storage: Option<Arc<dyn FederationStorage>>,
        pub(crate) vending_storage: Option<Arc<dyn VendingStorage>>,
        pub(crate) outside: Option<Arc<dyn Issuers>>,
        pub(crate) verifiers: Vec<Arc<dyn LoginVerifier>>,
        pub(crate) backends: BTreeMap<String, Arc<dyn CredentialBackend>>,
        pub(crate) events: Option<Arc<dyn Events>>,
        pub(crate) vending_events: Option<Arc<dyn credential_vending::ports::Events>>,
        pub(crate) keep_audit_seconds: Option<i64>,
        pub(crate) encode_denials: bool,
        pub(crate) outbound_tokens: bool,
    }

    /// Whom identity pools ask about logins.
    pub(crate) struct Logins {
        pub(crate) verifiers: LoginVerifiers,
        pub(crate) states: Arc<dyn LoginStates>,
        pub(crate) claim_writers: Arc<dyn ClaimWriters>,
    }

    pub(crate) fn vending(common: &Common, ports: &Ports) -> CredentialVending {
        let stored = || Arc::new(DocumentVending::new(Arc::clone(&common.store))) as Arc<dyn VendingStorage>;
        let storage = ports.vending_storage.clone().unwrap_or_else(stored);
        let mut parts = credential_vending::Parts::new(storage, common.master_key.derive(IDENTITY_POOLS));
        parts.clock = Arc::clone(&common.clock);
        parts.entropy = Arc::clone(&common.entropy);
        parts.account_region = common.account_region.clone();
        parts.saml_service = saml_service(common);
        parts.offload = Arc::clone(&common.offload);
        parts.events = ports.vending_events.clone().unwrap_or(parts.events);
        parts.keep_audit_seconds = ports.keep_audit_seconds;
        parts.encode_denials = ports.encode_denials;
        CredentialVending::new(parts)
    }

    /// As whom SAML responses address this process: by its own address, and under the compatible profile as AWS too.
    fn saml_service(common: &Common) -> SamlService {
        let own = match &common.issuer {
            IssuerForm::Own(base) => SamlService::at(base),
            IssuerForm::Amazon => SamlService::default(),
        };
        match common.profile {
            Profile::Hardened => own,
            Profile::Compatible => own.and_amazon(&common.account_region.region),
        }
    }

    pub(crate) fn build(
        common: &Common,
        ports: Ports,
        vending: &Arc<CredentialVending>,
        logins: Logins,
    ) -> IdentityPools {
        let storage = ports.storage.unwrap_or_else(|| Arc::new(DocumentFederation::new(Arc::clone(&common.store))));
        let mut parts = Parts::new(storage, Arc::clone(vending), common.master_key.derive(IDENTITY_POOLS));
        parts.backends = ports.backends;
        parts.offload = Arc::clone(&common.offload);
        parts.verifiers = logins.verifiers;
        parts.login_states = logins.states;
        parts.claim_writers = logins.claim_writers;
        parts.clock = Arc::clone(&common.clock);
        parts.entropy = Arc::clone(&common.entropy);
        parts.issuer = common.issuer.clone();
        parts.defaults = match common.profile {
            Profile::Hardened => Defaults::hardened(),
            Profile::Compatible => Defaults::cognito(),
        };
        parts.defaults.outbound_tokens = ports.outbound_tokens;
        parts.events = ports.events.unwrap_or(parts.events);
        IdentityPools::new(parts)
    }

    /// What verifies the logins of outside issuers, if any are known, and what the program brings.
    fn outside_verifiers(ports: &Ports) -> LoginVerifiers {
        let none = LoginVerifiers::new();
        let outside = match ports.outside.clone() {
            Some(issuers) => none.with(Arc::new(OidcIdTokens::new(issuers))),
            None => none,
        };
        ports.verifiers.iter().cloned().fold(outside, LoginVerifiers::with)
    }

    /// Whom to ask where this process has user pools of its own.
    #[cfg(feature = "user-pools")]
    pub(crate) fn logins_of(users: &Arc<userpool_core::UserPools>, ports: &Ports) -> Logins {
        use crate::bridge::{OwnUserPools, UserPoolLogins};

        let own = Arc::new(UserPoolLogins::new(Arc::clone(users)));
        Logins {
            verifiers: outside_verifiers(ports).with(Arc::new(OwnUserPools::new(Arc::clone(users)))),
            states: Arc::clone(&own) as Arc<dyn LoginStates>,
            claim_writers: own,
        }
    }

    /// Whom to ask where it has none.
    #[cfg(not(feature = "user-pools"))]
    pub(crate) fn logins_of(ports: &Ports) -> Logins {
        Logins {
            verifiers: outside_verifiers(ports),
            states: Arc::new(NoUserPools),
            claim_writers: Arc::new(NoUserPools),
        }
    }
}
