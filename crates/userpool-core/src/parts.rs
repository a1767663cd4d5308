//! What the service is made of.

use std::sync::Arc;

use identity_kernel::account_region::AccountRegion;
use identity_kernel::entropy::{Entropy, SystemEntropy};
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::{Clock, SystemClock};
use jwt_tokens::{Algorithm, IssuerForm, SigningKey};

use crate::model::client::UnlistedAttributes;
use crate::model::filter::FilterGrammar;
use crate::model::message_limits::MessageLimits;
use crate::model::oauth::CodeRules;
use crate::model::passkeys::Origin;
use crate::model::password::PasswordPolicy;
use crate::model::pool::AccountRules;
use crate::ports::{
    Background, BreachedPasswords, CommonPasswords, Events, Hooks, Inline, Messenger, NoEvents, NoHooks, NoMessenger,
    NoPlaces, Offload, Pace, PasswordHasher, Places,
};
use crate::storage::UserPoolStorage;

/// What a [`UserPools`](crate::UserPools) is made of.
///
/// Begin with [`Parts::new`] and put in the place of a default what the program has.
#[non_exhaustive]
pub struct Parts {
    /// Where the records are.
    pub storage: Arc<dyn UserPoolStorage>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
    /// What seals secrets at rest.
    pub master_key: MasterKey,
    /// What hashes passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// What brings messages to people.
    pub messenger: Arc<dyn Messenger>,
    /// The account and region in which pools are made.
    pub account_region: AccountRegion,
    /// How issuers are written.
    pub issuer: IssuerForm,
    /// What a pool or client begins with when nothing is said.
    pub defaults: Defaults,
    /// The application's word in what happens.
    pub hooks: Arc<dyn Hooks>,
    /// Who hears what happened.
    pub events: Arc<dyn Events>,
    /// What takes computing off the threads that serve.
    pub offload: Arc<dyn Offload>,
    /// What runs jobs that outlast a call.
    pub background: Arc<dyn Background>,
    /// What holds answers back that would tell by their time who exists.
    pub pace: Arc<dyn Pace>,
    /// Which passwords have become public.
    pub breached: Arc<dyn BreachedPasswords>,
    /// Where on earth addresses are.
    pub places: Arc<dyn Places>,
    /// Origins of pages and apps that register and use passkeys, besides `https://` and a pool's relying party or what is below
    /// it: other ports, `http://localhost:3000` while developing, apps of Android. Default none.
    pub passkey_origins: Vec<Origin>,
    /// Under which URL the front end is reached, without a slash at its end: links in messages lead below it, whatever host a
    /// request names. Default none: pools whose messages bring links are refused.
    pub link_base: Option<String>,
    /// Under which URL the OAuth endpoints of pools are reached, without a slash at its end: those of a pool lead below it and its
    /// id. Default none: then discovery names none.
    pub oauth_base: Option<String>,
}

impl Parts {
    /// The parts that have no default, and defaults for the others: the system's clock and entropy, a messenger that
    /// refuses, the account `123456789012` in `us-east-1`, issuers below `http://localhost`, hardened pools, no hooks, nobody
    /// who hears, all computing and all jobs where they stand, answers at once, the most common passwords for those that have become public, and
    /// no knowledge of where addresses are.
    pub fn new(storage: Arc<dyn UserPoolStorage>, hasher: Arc<dyn PasswordHasher>, master_key: MasterKey) -> Self {
        Self {
            storage,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy::new()),
            master_key,
            hasher,
            messenger: Arc::new(NoMessenger),
            account_region: AccountRegion::new("123456789012", "us-east-1"),
            issuer: IssuerForm::Own("http://localhost".to_owned()),
            defaults: Defaults::hardened(),
            hooks: Arc::new(NoHooks),
            events: Arc::new(NoEvents),
            offload: Arc::new(Inline),
            background: Arc::new(Inline),
            pace: Arc::new(Inline),
            breached: Arc::new(CommonPasswords),
            places: Arc::new(NoPlaces),
            passkey_origins: Vec::new(),
            link_base: None,
            oauth_base: None,
        }
    }
}

/// What a pool or client begins with when nothing is said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Defaults {
    /// Demands on passwords.
    pub password_policy: PasswordPolicy,
    /// Rules for accounts in which a safe pool and Cognito differ.
    pub account_rules: AccountRules,
    /// Whether answers hide which users exist.
    pub prevent_user_existence_errors: bool,
    /// Which attributes clients read and write where nobody has listed any.
    pub unlisted_attributes: UnlistedAttributes,
    /// Rules of authorization codes.
    pub codes: CodeRules,
    /// How tokens are signed.
    pub algorithm: Algorithm,
    /// How many messages a pool sends at most that has no limits of its own.
    pub message_limits: MessageLimits,
    /// For how many days a pool keeps what stood before each change of its directory; 0 for not at all.
    pub history_days: u32,
    /// What filters of [`list_users`](crate::UserPools::list_users) may say.
    pub filter_grammar: FilterGrammar,
}

impl Defaults {
    /// The safe defaults. Tokens are signed RS256 where RSA keys can be made (feature `aws-lc`), else ES256.
    pub fn hardened() -> Self {
        let rsa = SigningKey::can_generate(Algorithm::Rs256);
        let algorithm = if rsa { Algorithm::Rs256 } else { Algorithm::Es256 };
        Self {
            password_policy: PasswordPolicy::HARDENED,
            account_rules: AccountRules::HARDENED,
            prevent_user_existence_errors: true,
            unlisted_attributes: UnlistedAttributes::Standard,
            codes: CodeRules::HARDENED,
            algorithm,
            history_days: 0,
            filter_grammar: FilterGrammar::Extended,
            message_limits: MessageLimits::HARDENED,
        }
    }

    /// Cognito's defaults: composition rules for passwords, answers that tell which users exist, and clients that write every
    /// attribute.
    pub fn cognito() -> Self {
        Self {
            password_policy: PasswordPolicy::COGNITO,
            account_rules: AccountRules::COGNITO,
            prevent_user_existence_errors: false,
            unlisted_attributes: UnlistedAttributes::All,
            codes: CodeRules::COGNITO,
            filter_grammar: FilterGrammar::Cognito,
            message_limits: MessageLimits::NONE,
            ..Self::hardened()
        }
    }
}
