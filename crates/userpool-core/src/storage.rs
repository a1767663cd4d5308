//! What a user pool asks of a storage backend.

mod authorizations;
mod devices;
mod directory_writes;
mod domains;
mod factors;
mod history;
mod identity_providers;
mod imports;
mod passkeys;
mod protection;
mod resource_servers;
mod session_tracking;
mod terms;
mod writes;

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use identity_kernel::time::Timestamp;
use jwt_tokens::SealedKey;

use crate::model::attempts::Attempts;
use crate::model::cleanup::Cleanup;
use crate::model::client::AppClient;
use crate::model::code::{Code, CodePurpose};
use crate::model::code_budget::CodeBudget;
use crate::model::group::Group;
use crate::model::ids::{ClientId, GroupId, GroupName, Subject, UserPoolId};
use crate::model::login::LoginKey;
use crate::model::pool::UserPool;
use crate::model::session::Session;
use crate::model::user::{Credential, User};

pub use authorizations::{AuthorizationWrite, Authorizations};
pub use devices::{DeviceWrite, Devices};
pub(crate) use directory_writes::is_of_the_directory;
pub use domains::{DomainAndPool, DomainWrite, Domains};
pub use factors::{FactorWrite, Factors};
pub use history::{Histories, HistoryWrite, RestorationWrite};
pub use identity_providers::{IdentityProviderWrite, IdentityProviders};
pub use imports::{ImportWrite, Imports};
pub use passkeys::{PasskeyWrite, Passkeys};
pub use protection::{ProtectionWrite, Protections};
pub use resource_servers::{ResourceServerWrite, ResourceServers};
pub use session_tracking::{Tracking, TrackingWrite};
pub use terms::{TermsOfClients, TermsWrite};
pub use writes::{
    AttemptsWrite, ChallengeWrite, CleanupWrite, ClientWrite, CodeWrite, GroupWrite, KeyWrite, PasswordWrite,
    PoolWrite, SessionWrite, UserWrite, Write,
};

/// The records behind one [`UserPools`](crate::UserPools).
///
/// # Contract
///
/// - [`commit`](Self::commit) applies every write or none; after `Ok` all of them are durable. Its writes are all of one
///   pool. A refusal names the write by its place, and with [`condition`](StorageError::condition) what of it failed: for
///   users the kind of name that is taken (`username`, `email`, `phone_number`, `preferred_username`).
/// - A lookup sees every commit that returned `Ok` before the lookup began.
/// - Finding nothing is `Ok(None)` or an empty page. `Err` means that the backend failed.
/// - Pages come in the order that the lookup names, texts compared byte for byte. A page's `limit` of 0 is 60. A page's
///   token stays good whatever is added or removed meanwhile, and a page may hold less than its limit and not be the last.
/// - What has ended is removed by [`sweep`](Self::sweep), never by a commit: sessions, codes, attempts and budgets that time
///   has forgiven, histories of sign-ins, and spent challenges.
///
/// `storage_conformance::user_pool_rules!` holds a backend to each rule.
/// [`DocumentUserPools`](crate::DocumentUserPools) is an implementation over any document store.
#[async_trait]
pub trait UserPoolStorage: Send + Sync {
    /// Pools and their keys.
    fn pools(&self) -> &dyn Pools;
    /// App clients.
    fn clients(&self) -> &dyn Clients;
    /// Users.
    fn users(&self) -> &dyn Users;
    /// Users' passwords.
    fn passwords(&self) -> &dyn Passwords;
    /// Users' second factors.
    fn factors(&self) -> &dyn Factors;
    /// Groups.
    fn groups(&self) -> &dyn Groups;
    /// Outside providers.
    fn identity_providers(&self) -> &dyn IdentityProviders;
    /// Terms of clients.
    fn terms(&self) -> &dyn TermsOfClients;
    /// Resource servers.
    fn resource_servers(&self) -> &dyn ResourceServers;
    /// Domains.
    fn domains(&self) -> &dyn Domains;
    /// Authorizations.
    fn authorizations(&self) -> &dyn Authorizations;
    /// Sessions.
    fn sessions(&self) -> &dyn Sessions;
    /// Users' devices.
    fn devices(&self) -> &dyn Devices;
    /// Which sessions of users are tracked.
    fn tracking(&self) -> &dyn Tracking;
    /// One-time codes and what is spent of the budgets for them.
    fn codes(&self) -> &dyn Codes;
    /// Tries of passwords.
    fn attempts(&self) -> &dyn PasswordAttempts;
    /// Passkeys.
    fn passkeys(&self) -> &dyn Passkeys;
    /// What deletions left to be removed.
    fn cleanups(&self) -> &dyn Cleanups;
    /// What is kept to protect accounts.
    fn protections(&self) -> &dyn Protections;
    /// Imports of users.
    fn imports(&self) -> &dyn Imports;
    /// What stood before changes, and restorations.
    fn histories(&self) -> &dyn Histories;
    /// Applies `writes` as one.
    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError>;
    /// Removes up to `limit` of the records in a deleted pool, all but the pool's own, and says how many they were: 0 when
    /// that one alone is left. `Conflict` unless the pool stands as it was read: a pool of the same id that was made since
    /// keeps what is its. Can be called again after it was interrupted, and on several nodes at once.
    async fn purge(&self, pool: &Versioned<UserPool>, limit: usize) -> Result<usize, StorageError>;
    /// Removes up to `limit` records of a pool that ended before this time: a session at its `expires_at`,
    /// what is tracked of a user at its `ends_at`, a code at its,
    /// [`Attempts`] when they are [forgiven](Attempts::forgiven_at), a [`CodeBudget`] when it is
    /// [whole](CodeBudget::whole_at), a spent challenge at its `until`. It may keep a record a day longer, and never removes
    /// one earlier. Whether there may be more. Can be called at any time, on several nodes at once; what somebody changes at
    /// the same moment may stay for the next call.
    async fn sweep(&self, pool: &UserPoolId, ended_before: Timestamp, limit: usize) -> Result<bool, StorageError>;
    /// Forgets what stood before up to `limit` changes of a pool that were made before this time, where
    /// [`Keep`](HistoryWrite::Keep) has kept it. Whether there are more. Can be called at any time, on several nodes at once.
    async fn forget_history(
        &self,
        pool: &UserPoolId,
        made_before: Timestamp,
        limit: usize,
    ) -> Result<bool, StorageError>;
}

/// Looks pools up. One that was [deleted](UserPool::deleted_at) is found until its record is removed.
#[async_trait]
pub trait Pools: Send + Sync {
    /// The pool of this id.
    async fn get(&self, id: &UserPoolId) -> Result<Option<Versioned<UserPool>>, StorageError>;
    /// Pools by id.
    async fn list(&self, page: &PageRequest) -> Result<Page<Versioned<UserPool>>, StorageError>;
    /// All signing keys of a pool, in no order.
    async fn keys(&self, pool: &UserPoolId) -> Result<Vec<SealedKey>, StorageError>;
}

/// Looks app clients up.
#[async_trait]
pub trait Clients: Send + Sync {
    /// The client of this id in this pool.
    async fn get(&self, pool: &UserPoolId, id: &ClientId) -> Result<Option<Versioned<AppClient>>, StorageError>;
    /// The client of this id, in whatever pool, with that pool: what every public call begins with.
    async fn with_pool(
        &self,
        id: &ClientId,
    ) -> Result<Option<(Versioned<AppClient>, Versioned<UserPool>)>, StorageError>;
    /// A pool's clients by id.
    async fn list(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<AppClient>>, StorageError>;
}

/// Looks users up.
#[async_trait]
pub trait Users: Send + Sync {
    /// The user of this subject.
    async fn get(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<Versioned<User>>, StorageError>;
    /// The user to whom this name leads, folded as the pool folds names. A name of nobody costs as many reads as one of
    /// somebody: time shall not tell which names exist.
    async fn named(&self, pool: &UserPoolId, name: &str) -> Result<Option<Versioned<User>>, StorageError>;
    /// The user to whom this login at an outside provider leads. No name to sign in with is a login.
    async fn of_login(&self, pool: &UserPoolId, login: &LoginKey) -> Result<Option<Versioned<User>>, StorageError>;
    /// The users to whom these names lead, folded as the pool folds names; each as often as names lead to it, in no order.
    async fn named_many(&self, pool: &UserPoolId, names: &[String]) -> Result<Vec<Versioned<User>>, StorageError>;
    /// A pool's users by subject.
    async fn list(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<User>>, StorageError>;
    /// The users whose value of a searchable attribute is the one sought, or begins with it: by value, then by subject.
    async fn search(
        &self,
        pool: &UserPoolId,
        search: &Search,
        page: &PageRequest,
    ) -> Result<Page<Versioned<User>>, StorageError>;
    /// The users with a membership in this group, by subject.
    async fn members(
        &self,
        pool: &UserPoolId,
        group: &GroupId,
        page: &PageRequest,
    ) -> Result<Page<Versioned<User>>, StorageError>;
}

/// Looks passwords up.
///
/// A user and their password that one call gives are of one moment.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// The password of this user; `None` for a user without, and for nobody.
    async fn get(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<Versioned<Credential>>, StorageError>;
    /// The passwords of these users, each in its user's place. One read.
    async fn of_many(
        &self,
        pool: &UserPoolId,
        subs: &[&Subject],
    ) -> Result<Vec<Option<Versioned<Credential>>>, StorageError>;
    /// The user of this subject, with the password.
    async fn with_user(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<UserAndPassword>, StorageError>;
    /// The user to whom this name leads, folded as the pool folds names, with the password. A name of nobody costs as many
    /// reads as one of somebody.
    async fn with_named_user(&self, pool: &UserPoolId, name: &str) -> Result<Option<UserAndPassword>, StorageError>;
}

/// A user, and the password if they have one.
pub type UserAndPassword = (Versioned<User>, Option<Versioned<Credential>>);

/// Looks groups up.
#[async_trait]
pub trait Groups: Send + Sync {
    /// The group of this name.
    async fn get(&self, pool: &UserPoolId, name: &GroupName) -> Result<Option<Versioned<Group>>, StorageError>;
    /// A pool, with its group of this name if there is one.
    async fn with_pool(&self, pool: &UserPoolId, name: &GroupName) -> Result<Option<PoolAndGroup>, StorageError>;
    /// The groups of these names that are there, in no order.
    async fn get_many(&self, pool: &UserPoolId, names: &[&GroupName]) -> Result<Vec<Versioned<Group>>, StorageError>;
    /// A pool's groups by name.
    async fn list(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<Group>>, StorageError>;
}

/// A pool, and one of its groups if it is there.
pub type PoolAndGroup = (Versioned<UserPool>, Option<Versioned<Group>>);

/// Looks sessions up.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The session of this id.
    async fn get(&self, pool: &UserPoolId, id: &str) -> Result<Option<Versioned<Session>>, StorageError>;
    /// The sessions of these ids that are there, in no order.
    async fn get_many(&self, pool: &UserPoolId, ids: &[&str]) -> Result<Vec<Versioned<Session>>, StorageError>;
    /// A user's sessions by id.
    async fn of_user(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        page: &PageRequest,
    ) -> Result<Page<Versioned<Session>>, StorageError>;
}

/// Looks codes up.
#[async_trait]
pub trait Codes: Send + Sync {
    /// A user's code for a purpose.
    async fn get(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        purpose: CodePurpose,
    ) -> Result<Option<Versioned<Code>>, StorageError>;
    /// What is spent of the budgets for codes under these names, in their order; `None` for one that nothing was spent of.
    async fn budgets(
        &self,
        pool: &UserPoolId,
        names: &[String],
    ) -> Result<Vec<Option<Versioned<CodeBudget>>>, StorageError>;
}

/// Looks tries of passwords up.
#[async_trait]
pub trait PasswordAttempts: Send + Sync {
    /// The tries under a name; `None` if there were none.
    async fn get(&self, pool: &UserPoolId, name: &str) -> Result<Option<Versioned<Attempts>>, StorageError>;
}

/// Looks up what deletions left to be removed.
#[async_trait]
pub trait Cleanups: Send + Sync {
    /// A pool's cleanups by [name](Cleanup::name).
    async fn of_pool(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<Cleanup>>, StorageError>;
}

/// A search over one attribute.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Search {
    /// One of [`SEARCHABLE`], or one of the pool's own attributes (`custom:…`, `dev:custom:…`).
    pub attribute: String,
    /// What the value is, or begins with.
    pub value: String,
    /// Whether values that only begin with it are found too.
    pub prefix: bool,
}

/// What users are searched by besides a pool's own attributes, without reading every user. `status` is `Disabled` for users who
/// are, and nothing for the others; `cognito:user_status` is the [name](crate::model::user::UserStatus::name) of the status.
pub const SEARCHABLE: [&str; 10] = [
    "cognito:user_status",
    "email",
    "family_name",
    "given_name",
    "name",
    "phone_number",
    "preferred_username",
    "status",
    "sub",
    "username",
];
