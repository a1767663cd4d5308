//! What each write comes to in documents.

use document_store::error::StorageError;
use document_store::{Change, Changes, sortable};

use super::counted::set_counted;
use super::{devices, session_tracking};
use crate::model::attempts::Attempts;
use crate::model::code::Code;
use crate::model::code_budget::CodeBudget;
use crate::model::ids::Subject;
use crate::model::pool::UserPool;
use crate::storage::{
    AttemptsWrite, ChallengeWrite, CleanupWrite, ClientWrite, CodeWrite, GroupWrite, HistoryWrite, KeyWrite,
    PasswordWrite, PoolWrite, SessionWrite, UserWrite, Write,
};
use crate::stored::{Counted, StoredCleanup, StoredKey, StoredPassword, tenant};

/// The changes that one write comes to.
pub(super) fn add(changes: &mut Changes, write: &Write) -> Result<(), StorageError> {
    match write {
        Write::Pool(write) => add_pool(changes, write),
        Write::Key(KeyWrite::Put { pool, key }) => changes.put(&tenant(pool), &StoredKey(key.clone())),
        Write::Key(KeyWrite::Remove { pool, kid }) => {
            changes.clear::<StoredKey>(&tenant(pool), &[kid]);
            Ok(())
        }
        Write::Client(ClientWrite::Insert { client }) => changes.insert(&tenant(&client.pool), client),
        Write::Client(ClientWrite::Update { before, after }) => changes.update(&tenant(&after.pool), before, after),
        Write::Client(ClientWrite::Delete { before }) => changes.remove(&tenant(&before.pool), before),
        Write::Import(write) => super::imports::add(changes, write),
        Write::History(HistoryWrite::Keep { pool, version, .. }) => {
            changes.push(None, tenant(pool).record::<UserPool>(&[]), Change::Expect(*version));
            Ok(())
        }
        Write::Restoration(write) => super::history::add(changes, write),
        Write::User(write) => add_user(changes, write),
        Write::Password(write) => add_password(changes, write),
        Write::Factor(write) => super::factors::add(changes, write),
        Write::Group(write) => add_group(changes, write),
        Write::IdentityProvider(write) => super::identity_providers::add(changes, write),
        Write::Terms(write) => super::terms::add(changes, write),
        Write::ResourceServer(write) => super::resource_servers::add(changes, write),
        Write::Authorization(write) => super::authorizations::add(changes, write),
        Write::Domain(write) => super::domains::add(changes, write),
        Write::Session(SessionWrite::Insert { session }) => changes.insert(&tenant(&session.pool), session),
        Write::Session(SessionWrite::Update { before, after }) => changes.update(&tenant(&after.pool), before, after),
        Write::Session(SessionWrite::Delete { before }) => changes.remove(&tenant(&before.pool), before),
        Write::Device(write) => devices::add(changes, write),
        Write::Tracking(write) => session_tracking::add(changes, write),
        Write::Passkey(write) => super::passkeys::add(changes, write),
        Write::Cleanup(CleanupWrite::Begin { cleanup }) => {
            changes.put(&tenant(&cleanup.pool), &StoredCleanup::from(cleanup.clone()))
        }
        Write::Cleanup(CleanupWrite::End { before }) => {
            changes.remove(&tenant(&before.pool), &before.clone().map(StoredCleanup::from))
        }
        Write::Cleanup(CleanupWrite::CallOff { cleanup }) => {
            changes.clear::<StoredCleanup>(&tenant(&cleanup.pool), &[&cleanup.name()]);
            Ok(())
        }
        Write::Protection(write) => super::protection::add(changes, write),
        Write::Code(write) => add_code(changes, write),
        Write::Challenge(ChallengeWrite::Spend { pool, id, until }) => {
            // Stands where what has ended is looked for: remembering it and sweeping it take one document.
            let key = tenant(pool).key(&["ending", &sortable(until.epoch_millis()), "spent", id]);
            changes.push(None, key, Change::Insert(Vec::new()));
            Ok(())
        }
        Write::Attempts(AttemptsWrite::Set { pool, name, before, after }) => {
            set_counted(changes, &tenant(pool), name, before.as_ref(), after)
        }
        Write::Attempts(AttemptsWrite::Forget { pool, name }) => {
            changes.clear::<Counted<Attempts>>(&tenant(pool), &[name]);
            Ok(())
        }
    }
}

fn add_pool(changes: &mut Changes, write: &PoolWrite) -> Result<(), StorageError> {
    match write {
        PoolWrite::Insert { pool } => changes.insert(&tenant(&pool.id), pool),
        PoolWrite::Update { before, after } => changes.update(&tenant(&after.id), before, after),
        PoolWrite::Expect { before } => {
            changes.expect(&tenant(&before.id), before);
            Ok(())
        }
        PoolWrite::Delete { before } => changes.remove(&tenant(&before.id), before),
    }
}

fn add_user(changes: &mut Changes, write: &UserWrite) -> Result<(), StorageError> {
    match write {
        UserWrite::Insert { user } => changes.insert(&tenant(&user.pool), user),
        UserWrite::Update { before, after } => changes.update(&tenant(&after.pool), before, after),
        UserWrite::Delete { before } => changes.remove(&tenant(&before.pool), before),
    }
}

fn add_password(changes: &mut Changes, write: &PasswordWrite) -> Result<(), StorageError> {
    let stored = |sub: &Subject, credential| StoredPassword { sub: sub.clone(), credential };
    match write {
        PasswordWrite::Put { pool, sub, password } => changes.put(&tenant(pool), &stored(sub, password.clone())),
        PasswordWrite::Update { pool, sub, before, after } => {
            let before = before.clone().map(|credential| stored(sub, credential));
            changes.update(&tenant(pool), &before, &stored(sub, after.clone()))
        }
        PasswordWrite::Insert { pool, sub, password } => changes.insert(&tenant(pool), &stored(sub, password.clone())),
        PasswordWrite::Remove { pool, sub, before } => {
            changes.remove(&tenant(pool), &before.clone().map(|credential| stored(sub, credential)))
        }
        PasswordWrite::Delete { pool, sub } => {
            changes.clear::<StoredPassword>(&tenant(pool), &[sub.as_str()]);
            Ok(())
        }
    }
}

fn add_group(changes: &mut Changes, write: &GroupWrite) -> Result<(), StorageError> {
    match write {
        GroupWrite::Insert { group } => changes.insert(&tenant(&group.pool), group),
        GroupWrite::Update { before, after } => changes.update(&tenant(&after.pool), before, after),
        GroupWrite::Expect { before } => {
            changes.expect(&tenant(&before.pool), before);
            Ok(())
        }
        GroupWrite::Delete { before } => changes.remove(&tenant(&before.pool), before),
    }
}

fn add_code(changes: &mut Changes, write: &CodeWrite) -> Result<(), StorageError> {
    match write {
        CodeWrite::Put { code } => changes.put(&tenant(&code.pool), code),
        CodeWrite::Spend { before } => changes.remove(&tenant(&before.pool), before),
        CodeWrite::Delete { pool, sub, purpose } => {
            changes.clear::<Code>(&tenant(pool), &[sub.as_str(), purpose.label()]);
            Ok(())
        }
        CodeWrite::ForgetBudget { pool, name } => {
            changes.clear::<Counted<CodeBudget>>(&tenant(pool), &[name]);
            Ok(())
        }
        CodeWrite::SetBudget { pool, name, before, after } => {
            set_counted(changes, &tenant(pool), name, before.as_ref(), after)
        }
    }
}
