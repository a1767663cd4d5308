//! What a user pool asks of a storage backend.

use async_trait::async_trait;
use document_store::Versioned;
use document_store::error::StorageError;
use document_store::page::{Page, PageRequest};
use identity_kernel::time::Timestamp;
use jwt_tokens::SealedKey;

use crate::model::attempts::Attempts;
use crate::model::client::AppClient;
use crate::model::code::{Code, CodePurpose};
use crate::model::code_budget::CodeBudget;
use crate::model::group::Group;
use crate::model::ids::{ClientId, GroupName, Subject, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::session::Session;
use crate::model::user::User;

/// The records behind one [`UserPools`](crate::UserPools).
///
/// # Contract
///
/// - [`commit`](Self::commit) applies every write or none; after `Ok` all of them are durable. A refusal names the
///   write by its place, and with [`condition`](StorageError::condition) what of it failed: for users the kind of name
///   that is taken (`username`, `email`, `phone_number`, `preferred_username`).
/// - A lookup sees every commit that returned `Ok` before the lookup began.
/// - Finding nothing is `Ok(None)` or an empty page. `Err` means that the backend failed.
/// - Pages come in a stable order; `limit` is at least 1.
///
/// `storage_conformance` holds a backend to each rule; every backend runs it.
/// [`DocumentUserPools`](crate::DocumentUserPools) is an implementation over any ordered document store.
#[async_trait]
pub trait UserPoolStorage: Send + Sync {
    /// The pool of this id.
    async fn pool(&self, id: &UserPoolId) -> Result<Option<Versioned<UserPool>>, StorageError>;
    /// Pools by id.
    async fn pools(&self, page: &PageRequest) -> Result<Page<Versioned<UserPool>>, StorageError>;
    /// The keys of a pool, in no order.
    async fn keys(&self, pool: &UserPoolId) -> Result<Vec<SealedKey>, StorageError>;

    /// The client of this id in this pool.
    async fn client(&self, pool: &UserPoolId, id: &ClientId) -> Result<Option<Versioned<AppClient>>, StorageError>;
    /// The pool of the client of this id.
    async fn pool_of_client(&self, id: &ClientId) -> Result<Option<UserPoolId>, StorageError>;
    /// A pool's clients by id.
    async fn clients(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<AppClient>>, StorageError>;

    /// The user of this subject.
    async fn user(&self, pool: &UserPoolId, sub: &Subject) -> Result<Option<Versioned<User>>, StorageError>;
    /// The user to whom this name leads, folded as the pool folds names.
    async fn user_named(&self, pool: &UserPoolId, name: &str) -> Result<Option<Versioned<User>>, StorageError>;
    /// A pool's users, in the order of their subjects.
    async fn users(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<User>>, StorageError>;
    /// The users whose value of a searchable attribute is `value`, or begins with it.
    async fn users_where(
        &self,
        pool: &UserPoolId,
        search: &Search,
        page: &PageRequest,
    ) -> Result<Page<Versioned<User>>, StorageError>;

    /// The group of this name.
    async fn group(&self, pool: &UserPoolId, name: &GroupName) -> Result<Option<Versioned<Group>>, StorageError>;
    /// A pool's groups by name.
    async fn groups(&self, pool: &UserPoolId, page: &PageRequest) -> Result<Page<Versioned<Group>>, StorageError>;
    /// The users of a group, in the order of their subjects.
    async fn members(
        &self,
        pool: &UserPoolId,
        group: &GroupName,
        page: &PageRequest,
    ) -> Result<Page<Versioned<User>>, StorageError>;

    /// The session of this id.
    async fn session(&self, pool: &UserPoolId, id: &str) -> Result<Option<Versioned<Session>>, StorageError>;
    /// A user's code for a purpose.
    async fn code(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        purpose: CodePurpose,
    ) -> Result<Option<Versioned<Code>>, StorageError>;
    /// What is spent of the budgets for codes under these names, in their order; `None` for one that nothing was spent of.
    async fn code_budgets(
        &self,
        pool: &UserPoolId,
        names: &[String],
    ) -> Result<Vec<Option<Versioned<CodeBudget>>>, StorageError>;
    /// The tries under a name; `None` if there were none.
    async fn attempts(&self, pool: &UserPoolId, name: &str) -> Result<Option<Versioned<Attempts>>, StorageError>;

    /// Applies `writes` as one.
    async fn commit(&self, writes: Vec<Write>) -> Result<(), StorageError>;
    /// Removes what is left of a deleted pool. Can be called again after it was interrupted.
    async fn purge(&self, pool: &UserPoolId) -> Result<(), StorageError>;
}

/// A search over one attribute.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Search {
    /// One of [`SEARCHABLE`].
    pub attribute: String,
    /// What the value is, or begins with.
    pub value: String,
    /// Whether values that only begin with it are found too.
    pub prefix: bool,
}

/// The attributes that can be searched without reading every user.
pub const SEARCHABLE: [&str; 7] =
    ["email", "family_name", "given_name", "name", "phone_number", "preferred_username", "username"];

/// One change, with the condition under which it holds.
///
/// Exhaustive on purpose: a backend that does not know a new write should not compile.
#[derive(Clone, Debug)]
pub enum Write {
    /// Adds a pool and its first key. `AlreadyExists` if the id is taken.
    InsertPool(UserPool, SealedKey),
    /// Replaces a pool. `Conflict` unless the stored version is this one.
    UpdatePool(u64, UserPool),
    /// Removes a pool's record; [`UserPoolStorage::purge`] removes the rest.
    DeletePool(u64, UserPoolId),
    /// Stores a signing key in the place of the one of the same name, if there is one.
    PutKey(UserPoolId, SealedKey),
    /// Removes the signing key of this name.
    RemoveKey(UserPoolId, String),
    /// Adds a client. `AlreadyExists` if the id is taken in any pool.
    InsertClient(AppClient),
    /// Replaces a client. `Conflict` unless the stored version is this one.
    UpdateClient(u64, AppClient),
    /// Removes a client. `Conflict` unless the stored version is this one.
    DeleteClient(u64, AppClient),
    /// Adds a user. `AlreadyExists` if one of the names is taken.
    InsertUser(User),
    /// Replaces a user. `Conflict` unless the stored version is the first one's; `AlreadyExists` if a new name is
    /// taken.
    UpdateUser(Versioned<User>, User),
    /// Removes a user and their codes. `Conflict` unless the stored version is this one.
    DeleteUser(Versioned<User>),
    /// Adds a group. `AlreadyExists` if the name is taken.
    InsertGroup(Group),
    /// Replaces a group. `Conflict` unless the stored version is this one.
    UpdateGroup(u64, Group),
    /// Removes a group. `Conflict` unless the stored version is this one.
    DeleteGroup(u64, UserPoolId, GroupName),
    /// Adds a session. `AlreadyExists` if the id is taken.
    InsertSession(Session),
    /// Replaces a session. `Conflict` unless the stored version is this one: of two that refresh, one wins.
    UpdateSession(u64, Session),
    /// Stores a code in the place of the one before.
    PutCode(Code),
    /// Spends a code. `Conflict` unless the stored version is this one: of two that spend it, one wins.
    SpendCode(u64, Code),
    /// Sets what is spent of a budget for codes, that was at this version (`None`: nothing was). `Conflict` or
    /// `AlreadyExists` if somebody else spent meanwhile: a guess is never judged uncounted.
    PutCodeBudget(UserPoolId, String, Option<u64>, CodeBudget),
    /// Spends the one-time id of a challenge. `AlreadyExists` if it was spent before.
    SpendChallenge(UserPoolId, String, Timestamp),
    /// Sets the tries under a name, that were at this version (`None`: there were none). `Conflict` or
    /// `AlreadyExists` if somebody else tried meanwhile.
    CountAttempt(UserPoolId, String, Option<u64>, Attempts),
    /// Forgets the tries under a name.
    ForgetAttempts(UserPoolId, String),
}
