//! What goes with a user.

use document_store::Versioned;

use crate::model::cleanup::{Cleanup, CleanupTask};
use crate::model::code::CodePurpose;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::passkeys::UserPasskeys;
use crate::model::user::User;
use crate::ops::app_guesses::{app_budget, set_up_budget};
use crate::ops::codes::budget_of;
use crate::ops::notices::notices_of;
use crate::service::UserPools;
use crate::storage::{
    CleanupWrite, CodeWrite, FactorWrite, PasskeyWrite, PasswordWrite, ProtectionWrite, TrackingWrite, UserWrite, Write,
};

/// The writes that remove a user with everything that is the user's, for one commit. The user's own is the first.
///
/// Whatever hangs on a user is removed here, by a write of its own subject: a storage need not know what belongs to whom, and
/// may keep each subject where it likes. What a user can have hundreds of has a [`Cleanup`].
///
/// Passkeys are given as they were read; a user who gets the first meanwhile is not the one that was read any more.
///
/// What is spent of the budgets of an address stays: it belongs to the address, whoever signs up with it next, and names
/// nobody.
pub fn removal_of(user: Versioned<User>, passkeys: Option<Versioned<UserPasskeys>>) -> Vec<Write> {
    let (pool, sub) = (user.pool.clone(), user.sub.clone());
    let mut writes: Vec<Write> = vec![UserWrite::Delete { before: user }.into()];
    writes.push(PasswordWrite::Delete { pool: pool.clone(), sub: sub.clone() }.into());
    writes.extend(passkeys.map(|before| PasskeyWrite::Delete { before }.into()));
    writes.push(FactorWrite::DeleteSecond { pool: pool.clone(), sub: sub.clone() }.into());
    writes.extend(removal_of_codes(&pool, &sub));
    for name in [app_budget(&sub), set_up_budget(&sub), notices_of(&sub)] {
        writes.push(CodeWrite::ForgetBudget { pool: pool.clone(), name }.into());
    }
    writes.extend(UserPools::forget_all_attempts(&pool, &sub));
    writes.push(ProtectionWrite::ForgetHistory { pool: pool.clone(), sub: sub.clone() }.into());
    writes.push(TrackingWrite::Forget { pool: pool.clone(), sub: sub.clone() }.into());
    writes.push(CleanupWrite::Begin { cleanup: Cleanup { pool, task: CleanupTask::Sessions(sub) } }.into());
    writes
}

/// The codes, and what was spent of the user's budgets.
fn removal_of_codes(pool: &UserPoolId, sub: &Subject) -> impl Iterator<Item = Write> {
    CodePurpose::ALL.into_iter().flat_map(move |purpose| {
        let code = CodeWrite::Delete { pool: pool.clone(), sub: sub.clone(), purpose };
        let budget = CodeWrite::ForgetBudget { pool: pool.clone(), name: budget_of(sub, purpose) };
        [code.into(), budget.into()]
    })
}
