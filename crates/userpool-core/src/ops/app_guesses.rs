//! Guesses at codes of authenticator apps are counted.

use document_store::Versioned;

use crate::error::Error;
use crate::model::code_budget::{CodeBudget, guess_of_app};
use crate::model::ids::{Subject, UserPoolId};
use crate::model::rate::TooEarly;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::reasons::Refusal;
use crate::service::UserPools;
use crate::storage::{CodeWrite, Write};

/// What somebody guesses at.
#[derive(Clone, Copy)]
pub(crate) enum AppGuess<'a> {
    /// The code that a step of a sign-in asks for, by the step's id.
    SignIn(&'a str),
    /// The first code of an app that is set up: in the step of a sign-in that has this id, or by somebody who is signed in.
    SetUp(Option<&'a str>),
}

impl AppGuess<'_> {
    /// The names of the budgets that it draws on: the user's, and the step's if it is in one. Who is signed in already cannot
    /// spend what sign-ins draw on.
    fn budgets(self, sub: &Subject) -> (String, Option<String>) {
        let (user, step) = match self {
            Self::SignIn(step) => (app_budget(sub), Some(step)),
            Self::SetUp(step) => (set_up_budget(sub), step),
        };
        (user, step.map(|step| format!("challenge-{step}")))
    }
}

/// The name of the budget of guesses at the codes of a user's app.
pub(crate) fn app_budget(sub: &Subject) -> String {
    format!("user-{sub}-software-token")
}

/// The name of the budget of guesses at the first code of an app that the user sets up.
pub(crate) fn set_up_budget(sub: &Subject) -> String {
    format!("user-{sub}-software-token-set-up")
}

impl UserPools {
    /// Counts a guess before it is looked at, against the user and the step. Gives the write that gives it back.
    pub(crate) async fn count_guess_of_app(
        &self,
        pool: &UserPoolId,
        sub: &Subject,
        guess: AppGuess<'_>,
    ) -> Result<Vec<Write>, Error> {
        let (user_name, step_name) = guess.budgets(sub);
        let names: Vec<String> = std::iter::once(user_name.clone()).chain(step_name.clone()).collect();
        let set = |name: &String, before: Option<Versioned<CodeBudget>>, after| -> Write {
            CodeWrite::SetBudget { pool: pool.clone(), name: name.clone(), before, after }.into()
        };
        for _ in 0..MOST_ROUNDS {
            let mut found = self.storage.codes().budgets(pool, &names).await?.into_iter();
            let (user, step) = (found.next().flatten(), found.next().flatten());
            let (user_after, step_after) =
                guess_of_app(spent(user.as_ref()), spent(step.as_ref()), self.now()).map_err(refused)?;
            let mut writes = vec![set(&user_name, user.clone(), user_after)];
            writes.extend(step_name.iter().map(|name| set(name, step.clone(), step_after)));
            match self.storage.commit(writes).await {
                Ok(()) => {
                    let written = match user {
                        Some(before) => before.written(user_after),
                        None => Versioned::new(user_after, 1),
                    };
                    let back = CodeBudget { guesses: user_after.guesses.one_less(), ..user_after };
                    return Ok(vec![set(&user_name, Some(written), back)]);
                }
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::TooManyRequests)
    }

    /// Gives a guess back that did not count. That somebody guessed meanwhile is no matter: then it stays counted.
    pub(crate) async fn give_back(&self, writes: Vec<Write>) {
        let _ = self.storage.commit(writes).await;
    }
}

fn spent(found: Option<&Versioned<CodeBudget>>) -> CodeBudget {
    found.map(|found| found.record).unwrap_or_default()
}

fn refused(TooEarly(retry_after_seconds): TooEarly) -> Error {
    match retry_after_seconds {
        // The step has no try left.
        0 => Refusal::SessionInvalid.into(),
        _ => Error::LimitExceeded { retry_after_seconds },
    }
}
