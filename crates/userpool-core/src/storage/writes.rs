//! What a commit of a user pool storage does.

use super::history::{HistoryWrite, RestorationWrite};
use super::imports::ImportWrite;
use document_store::Versioned;
use identity_kernel::time::Timestamp;
use jwt_tokens::SealedKey;

use crate::model::attempts::Attempts;
use crate::model::cleanup::Cleanup;
use crate::model::client::AppClient;
use crate::model::code::{Code, CodePurpose};
use crate::model::code_budget::CodeBudget;
use crate::model::group::Group;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::pool::UserPool;
use crate::model::session::Session;
use crate::model::user::{Credential, User};
use crate::storage::ProtectionWrite;
use crate::storage::authorizations::AuthorizationWrite;
use crate::storage::devices::DeviceWrite;
use crate::storage::domains::DomainWrite;
use crate::storage::factors::FactorWrite;
use crate::storage::identity_providers::IdentityProviderWrite;
use crate::storage::passkeys::PasskeyWrite;
use crate::storage::resource_servers::ResourceServerWrite;
use crate::storage::session_tracking::TrackingWrite;
use crate::storage::terms::TermsWrite;

/// One change, with the condition under which it holds.
///
/// Exhaustive on purpose: a backend that does not know a new write should not compile.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a write is made, committed and dropped; a commit holds a handful")]
pub enum Write {
    /// Of a pool.
    Pool(PoolWrite),
    /// Of a pool's signing key.
    Key(KeyWrite),
    /// Of an app client.
    Client(ClientWrite),
    /// Of a user.
    User(UserWrite),
    /// Of a user's password.
    Password(PasswordWrite),
    /// Of a user's second factors.
    Factor(FactorWrite),
    /// Of a group.
    Group(GroupWrite),
    /// Of an outside provider.
    IdentityProvider(IdentityProviderWrite),
    /// Of terms of a client.
    Terms(TermsWrite),
    /// Of a resource server.
    ResourceServer(ResourceServerWrite),
    /// Of a domain.
    Domain(DomainWrite),
    /// Of an authorization.
    Authorization(AuthorizationWrite),
    /// Of a session.
    Session(SessionWrite),
    /// Of a device.
    Device(DeviceWrite),
    /// Of which sessions of a user are tracked.
    Tracking(TrackingWrite),
    /// Of a one-time code, or of a budget for them.
    Code(CodeWrite),
    /// Of a challenge.
    Challenge(ChallengeWrite),
    /// Of tries of passwords.
    Attempts(AttemptsWrite),
    /// Of a user's passkeys.
    Passkey(PasskeyWrite),
    /// Of what a deletion left to be removed.
    Cleanup(CleanupWrite),
    /// Of what is kept to protect accounts.
    Protection(ProtectionWrite),
    /// Of an import of users.
    Import(ImportWrite),
    /// Of what stands before the other writes.
    History(HistoryWrite),
    /// Of a restoration.
    Restoration(RestorationWrite),
}

/// A change of a pool.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a write is made, committed and dropped; a commit holds a handful")]
pub enum PoolWrite {
    /// Adds a pool. `AlreadyExists` if the id is taken.
    Insert {
        /// The pool.
        pool: UserPool,
    },
    /// Replaces a pool. `Conflict` unless it stands as it was read.
    Update {
        /// As it was read.
        before: Versioned<UserPool>,
        /// As it is to be.
        after: UserPool,
    },
    /// Changes nothing. `Conflict` unless the pool stands as it was read.
    Expect {
        /// As it was read.
        before: Versioned<UserPool>,
    },
    /// Removes a pool's record, after [`UserPoolStorage::purge`](crate::UserPoolStorage::purge) has removed the rest. `Conflict` unless it stands as it was
    /// read.
    Delete {
        /// As it was read.
        before: Versioned<UserPool>,
    },
}

/// A change of a pool's signing key.
#[derive(Clone, Debug)]
pub enum KeyWrite {
    /// Stores a key in the place of the one of the same name, if there is one.
    Put {
        /// The pool that it belongs to.
        pool: UserPoolId,
        /// The key.
        key: SealedKey,
    },
    /// Removes a key; nothing happens if there is none of this name.
    Remove {
        /// The pool that it belongs to.
        pool: UserPoolId,
        /// The key's name.
        kid: String,
    },
}

/// A change of an app client.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a write is made, committed and dropped; a commit holds a handful")]
pub enum ClientWrite {
    /// Adds a client. `AlreadyExists` if the id is taken in any pool.
    Insert {
        /// The client.
        client: AppClient,
    },
    /// Replaces a client. `Conflict` unless it stands as it was read.
    Update {
        /// As it was read.
        before: Versioned<AppClient>,
        /// As it is to be.
        after: AppClient,
    },
    /// Removes a client. `Conflict` unless it stands as it was read.
    Delete {
        /// As it was read.
        before: Versioned<AppClient>,
    },
}

/// A change of a user.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a write is made, committed and dropped; a commit holds a handful")]
pub enum UserWrite {
    /// Adds a user. `AlreadyExists` if one of the names is taken.
    Insert {
        /// The user.
        user: User,
    },
    /// Replaces a user. `Conflict` unless it stands as it was read; `AlreadyExists` if a new name is taken, unless another
    /// write of the same commit gives it up.
    Update {
        /// As it was read.
        before: Versioned<User>,
        /// As it is to be.
        after: User,
    },
    /// Removes a user's own record with its names. `Conflict` unless it stands as it was read. What else is the user's is
    /// removed by writes of its own subjects in the same commit: [`removal_of`](crate::ops::removal::removal_of) collects
    /// them.
    Delete {
        /// As it was read.
        before: Versioned<User>,
    },
}

/// A change of a user's password. One that goes with a change of the user stands in one commit with it.
#[derive(Clone, Debug)]
pub enum PasswordWrite {
    /// Stores a password in the place of the one before, if there is one.
    Put {
        /// The user's pool.
        pool: UserPoolId,
        /// The user that it belongs to.
        sub: Subject,
        /// The password.
        password: Credential,
    },
    /// Replaces a password. `Conflict` unless it stands as it was read.
    Update {
        /// The user's pool.
        pool: UserPoolId,
        /// The user that it belongs to.
        sub: Subject,
        /// As it was read.
        before: Versioned<Credential>,
        /// As it is to be.
        after: Credential,
    },
    /// Stores the first password. `AlreadyExists` if there is one.
    Insert {
        /// The user's pool.
        pool: UserPoolId,
        /// The user that it belongs to.
        sub: Subject,
        /// The password.
        password: Credential,
    },
    /// Removes a password. `Conflict` unless it stands as it was read.
    Remove {
        /// The user's pool.
        pool: UserPoolId,
        /// The user that it belongs to.
        sub: Subject,
        /// As it was read.
        before: Versioned<Credential>,
    },
    /// Removes a password; nothing happens if there is none.
    Delete {
        /// The user's pool.
        pool: UserPoolId,
        /// The user that it belongs to.
        sub: Subject,
    },
}

impl PasswordWrite {
    /// The user's pool.
    pub(crate) fn pool(&self) -> &UserPoolId {
        match self {
            Self::Put { pool, .. }
            | Self::Update { pool, .. }
            | Self::Insert { pool, .. }
            | Self::Remove { pool, .. }
            | Self::Delete { pool, .. } => pool,
        }
    }

    /// The password that it stores.
    pub(crate) fn credential(&self) -> Option<&Credential> {
        match self {
            Self::Put { password, .. } | Self::Insert { password, .. } | Self::Update { after: password, .. } => {
                Some(password)
            }
            Self::Remove { .. } | Self::Delete { .. } => None,
        }
    }
}

/// A change of a group.
#[derive(Clone, Debug)]
pub enum GroupWrite {
    /// Adds a group. `AlreadyExists` if the name is taken.
    Insert {
        /// The group.
        group: Group,
    },
    /// Replaces a group. `Conflict` unless it stands as it was read.
    Update {
        /// As it was read.
        before: Versioned<Group>,
        /// As it is to be.
        after: Group,
    },
    /// Changes nothing. `Conflict` unless the group stands as it was read: whoever joins it joins this one.
    Expect {
        /// As it was read.
        before: Versioned<Group>,
    },
    /// Removes a group. `Conflict` unless it stands as it was read.
    Delete {
        /// As it was read.
        before: Versioned<Group>,
    },
}

/// A change of a session.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a write is made, committed and dropped; a commit holds a handful")]
pub enum SessionWrite {
    /// Adds a session. `AlreadyExists` if the id is taken.
    Insert {
        /// The session.
        session: Session,
    },
    /// Replaces a session. `Conflict` unless it stands as it was read: of two that refresh, one wins.
    Update {
        /// As it was read.
        before: Versioned<Session>,
        /// As it is to be.
        after: Session,
    },
    /// Removes a session. `Conflict` unless it stands as it was read.
    Delete {
        /// As it was read.
        before: Versioned<Session>,
    },
}

/// A change of a one-time code or of a budget for them.
#[derive(Clone, Debug)]
pub enum CodeWrite {
    /// Stores a code in the place of the one before.
    Put {
        /// The code.
        code: Code,
    },
    /// Spends a code. `Conflict` unless it stands as it was read: of two that spend it, one wins.
    Spend {
        /// As it was read.
        before: Versioned<Code>,
    },
    /// Removes a user's code for a purpose; nothing happens if there is none.
    Delete {
        /// The user's pool.
        pool: UserPoolId,
        /// The user that it belongs to.
        sub: Subject,
        /// What it is for.
        purpose: CodePurpose,
    },
    /// Forgets what was spent of a budget; nothing happens if there is none of this name.
    ForgetBudget {
        /// The pool that it belongs to.
        pool: UserPoolId,
        /// The budget's name.
        name: String,
    },
    /// Sets what is spent of a budget. `Conflict` or `AlreadyExists` if somebody else spent meanwhile: a guess is never
    /// judged uncounted.
    SetBudget {
        /// The pool that it belongs to.
        pool: UserPoolId,
        /// The budget's name.
        name: String,
        /// As it was read; `None` if nothing was spent.
        before: Option<Versioned<CodeBudget>>,
        /// As it is to be.
        after: CodeBudget,
    },
}

/// A change of a challenge.
#[derive(Clone, Debug)]
pub enum ChallengeWrite {
    /// Spends the one-time id of a challenge. `AlreadyExists` if it was spent before.
    Spend {
        /// The challenge's pool.
        pool: UserPoolId,
        /// Its one-time id.
        id: String,
        /// When the challenge ends: always the same for the same id.
        until: Timestamp,
    },
}

/// A change of the tries of passwords.
#[derive(Clone, Debug)]
pub enum AttemptsWrite {
    /// Sets the tries under a name. `Conflict` or `AlreadyExists` if somebody else tried meanwhile.
    Set {
        /// The pool that it belongs to.
        pool: UserPoolId,
        /// The key of the counter: a user, an address, a source.
        name: String,
        /// As they were read; `None` if there were none.
        before: Option<Versioned<Attempts>>,
        /// As they are to be.
        after: Attempts,
    },
    /// Forgets the tries under a name.
    Forget {
        /// The pool that it belongs to.
        pool: UserPoolId,
        /// The key of the counter: a user, an address, a source.
        name: String,
    },
}

/// A change of what is left to be removed.
#[derive(Clone, Debug)]
pub enum CleanupWrite {
    /// Stores a cleanup. One that is stored counts as begun anew: whoever has read it before does not end it.
    Begin {
        /// The cleanup.
        cleanup: Cleanup,
    },
    /// Removes a cleanup that is done. `Conflict` if it was begun anew since it was read, or another node has ended it.
    End {
        /// The cleanup as it was read before its last slice was looked for.
        before: Versioned<Cleanup>,
    },
    /// Removes a cleanup that shall not be done any more, whatever of it is; nothing happens if there is none.
    CallOff {
        /// The cleanup.
        cleanup: Cleanup,
    },
}

macro_rules! from_subject {
    ($($write:ident => $variant:ident),* $(,)?) => {
        $(impl From<$write> for Write {
            fn from(write: $write) -> Self {
                Self::$variant(write)
            }
        })*
    };
}

from_subject! {
    PoolWrite => Pool, KeyWrite => Key, ClientWrite => Client, UserWrite => User, PasswordWrite => Password, FactorWrite => Factor, GroupWrite => Group,
    SessionWrite => Session, CodeWrite => Code, ChallengeWrite => Challenge, AttemptsWrite => Attempts, TrackingWrite => Tracking, DeviceWrite => Device, CleanupWrite => Cleanup, ImportWrite => Import,
    PasskeyWrite => Passkey, HistoryWrite => History, RestorationWrite => Restoration,
    ResourceServerWrite => ResourceServer, TermsWrite => Terms, IdentityProviderWrite => IdentityProvider, DomainWrite => Domain, AuthorizationWrite => Authorization,
}
