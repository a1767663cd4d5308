//! The writes that set users and groups back.

use document_store::Versioned;
use identity_kernel::time::Timestamp;

use crate::model::cleanup::{Cleanup, CleanupTask};
use crate::model::code::CodePurpose;
use crate::model::factors::SecondFactors;
use crate::model::group::Group;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::passkeys::UserPasskeys;
use crate::model::past::Standing;
use crate::model::past_goal::Goal;
use crate::model::user::{Credential, User};
use crate::ops::removal::removal_of;
use crate::storage::{CleanupWrite, CodeWrite, FactorWrite, GroupWrite, PasskeyWrite, PasswordWrite, UserWrite, Write};

/// The writes of a plan, and the names that they take.
pub(crate) struct Restored {
    pub(crate) writes: Vec<Write>,
    pub(crate) names: Vec<String>,
}

/// What a user gives up before anybody is set back: everything, if nobody was there; names that were not the user's, and
/// passkeys. Who loses a passkey is signed out.
pub(crate) fn released(now: Standing, goal: &Goal, at: Timestamp) -> Vec<Write> {
    let Some(stands) = now.user else { return Vec::new() };
    let Some(user) = &goal.user else { return removal_of(stands, now.passkeys) };
    let mut writes = Vec::new();
    let kept = |id: &str| goal.passkeys.iter().flat_map(|passkeys| &passkeys.list).any(|passkey| passkey.id == id);
    let mut after = stands.record.clone();
    after.names.retain(|_, name| user.names.values().any(|kept| kept == name));
    if let Some(before) = now.passkeys.filter(|passkeys| !passkeys.list.iter().all(|passkey| kept(&passkey.id))) {
        let mut left = before.record.clone();
        left.list.retain(|passkey| kept(&passkey.id));
        after.epoch += 1;
        writes.push(if left.list.is_empty() {
            PasskeyWrite::Delete { before }.into()
        } else {
            PasskeyWrite::Update { before, after: left }.into()
        });
    }
    if after != stands.record {
        after.modified_at = at;
        writes.push(UserWrite::Update { before: stands, after }.into());
    }
    writes
}

/// What sets a user back.
pub(crate) fn restored_user(pool: &UserPoolId, now: Standing, goal: Goal, at: Timestamp) -> Restored {
    let Goal { user, password, passkeys, factors } = goal;
    let Some(user) = user else {
        let writes = now.user.map(|stands| removal_of(stands, now.passkeys)).unwrap_or_default();
        return Restored { writes, names: Vec::new() };
    };
    let (sub, names) = (user.sub.clone(), user.names.values().cloned().collect());
    let mut writes: Vec<Write> = Vec::new();
    writes.extend(user_write(now.user, user, at));
    writes.extend(password_write(pool, &sub, now.password.as_ref(), password));
    writes.extend(passkey_write(now.passkeys, passkeys));
    writes.extend(factor_write(pool, &sub, now.factors, factors));
    if !writes.is_empty() {
        // A code that was asked for meanwhile proves nothing about what stands now.
        let delete = |purpose| CodeWrite::Delete { pool: pool.clone(), sub: sub.clone(), purpose }.into();
        writes.extend(CodePurpose::ALL.map(delete));
    }
    Restored { writes, names }
}

fn user_write(now: Option<Versioned<User>>, goal: User, at: Timestamp) -> Option<Write> {
    let after = User { modified_at: at, ..goal };
    let Some(before) = now else { return Some(UserWrite::Insert { user: after }.into()) };
    let same = User { modified_at: at, ..before.record.clone() } == after;
    (!same).then(|| UserWrite::Update { before, after }.into())
}

/// A password that stands is never replaced.
fn password_write(
    pool: &UserPoolId,
    sub: &Subject,
    now: Option<&Versioned<Credential>>,
    goal: Option<Credential>,
) -> Option<Write> {
    let password = goal.filter(|_| now.is_none())?;
    Some(PasswordWrite::Insert { pool: pool.clone(), sub: sub.clone(), password }.into())
}

fn passkey_write(now: Option<Versioned<UserPasskeys>>, goal: Option<UserPasskeys>) -> Option<Write> {
    match (now, goal) {
        (None, Some(passkeys)) => Some(PasskeyWrite::Insert { passkeys }.into()),
        (Some(before), None) => Some(PasskeyWrite::Delete { before }.into()),
        (Some(before), Some(after)) if before.record != after => Some(PasskeyWrite::Update { before, after }.into()),
        _ => None,
    }
}

fn factor_write(
    pool: &UserPoolId,
    sub: &Subject,
    now: Option<Versioned<SecondFactors>>,
    goal: Option<SecondFactors>,
) -> Option<Write> {
    let (pool, sub) = (pool.clone(), sub.clone());
    match (now, goal) {
        (Some(before), None) => Some(FactorWrite::RemoveSecond { pool, sub, before }.into()),
        (before, Some(after)) if before.as_deref() != Some(&after) => {
            Some(FactorWrite::SetSecond { pool, sub, before, after }.into())
        }
        _ => None,
    }
}

/// What sets a group back. The memberships in it are its members', and set back with them: what was to be tidied up of a
/// group that comes back is not any more.
pub(crate) fn restored_group(pool: &UserPoolId, now: Option<Versioned<Group>>, then: Option<Group>) -> Restored {
    let members = |group: &Group| Cleanup { pool: pool.clone(), task: CleanupTask::Members(group.id.clone()) };
    let same_id = now.as_ref().map(|group| &group.id) == then.as_ref().map(|group| &group.id);
    let mut writes: Vec<Write> = Vec::new();
    if !same_id {
        writes.extend(now.iter().map(|gone| CleanupWrite::Begin { cleanup: members(gone) }.into()));
        writes.extend(then.iter().map(|back| CleanupWrite::CallOff { cleanup: members(back) }.into()));
    }
    writes.extend(match (now, then) {
        (None, Some(group)) => Some(GroupWrite::Insert { group }.into()),
        (Some(before), None) => Some(GroupWrite::Delete { before }.into()),
        (Some(before), Some(after)) if before.record != after => Some(GroupWrite::Update { before, after }.into()),
        _ => None,
    });
    Restored { writes, names: Vec::new() }
}
