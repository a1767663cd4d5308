//! Answers that leave at steps of time where users are hidden: what is done for somebody and not for nobody, or the other way
//! round, is far less than a step.

use std::time::Duration;

use crate::ports::{Action, Outcome};
use crate::service::UserPools;

/// From one step to the next. What is neither hashed nor sent takes a tenth of it.
const STEP: Duration = Duration::from_millis(5);

impl UserPools {
    /// Waits for the next step, counted from `began`.
    pub(crate) async fn wait_for_step(&self, began: Duration) {
        let took = self.pace.moment().saturating_sub(began);
        let steps = took.as_micros() / STEP.as_micros() + 1;
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        self.pace.until(began.saturating_add(STEP.saturating_mul(steps))).await;
    }
}

/// Whether somebody and nobody get the same answer here, so that its time alone could tell them apart. An SRP challenge costs the
/// same big numbers for both.
pub(crate) fn is_told_by_time_alone(action: Action, outcome: &Outcome) -> bool {
    match (action, outcome) {
        (Action::SignIn | Action::AnswerChallenge, Outcome::Challenged(name)) => *name != "PASSWORD_VERIFIER",
        (
            Action::SignIn | Action::AnswerChallenge | Action::ConfirmSignUp | Action::ResetPassword,
            Outcome::Refused(..),
        )
        | (Action::ForgotPassword | Action::ResendCode, _) => true,
        _ => false,
    }
}
