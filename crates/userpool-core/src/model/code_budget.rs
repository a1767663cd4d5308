//! How often codes may be guessed and sent, whatever they are for.
//!
//! Four counters judge every guess and every message: of the user and the purpose, of the address that the code proves,
//! of where the caller comes from, and of the pool. None of them begins anew with a new code, another account, client,
//! name or node. `docs/security.md` has the arithmetic.

use identity_kernel::time::{CLOCK_STEP_SECONDS, Timestamp};
use serde::{Deserialize, Serialize};

use crate::model::message_limits::Volume;
use crate::model::rate::{Rate, Spent, TooEarly};

/// Wrong tries after which a code is dead.
pub const MOST_TRIES: u32 = 5;

const HOUR: i64 = 3600;
/// Ten a day.
const TENTH_OF_A_DAY: i64 = 24 * HOUR / 10;

/// Guesses at the codes of one user for one purpose, and at all codes sent to one address.
pub const GUESSES: Rate = Rate { free: 5, most: 10, refill_seconds: TENTH_OF_A_DAY, first_wait_seconds: 60 };
/// Codes sent to one user for one purpose: two, then one a minute and slower, about five an hour.
pub const SENDS_TO_USER: Rate = Rate { free: 2, most: 4, refill_seconds: HOUR / 2, first_wait_seconds: 60 };
/// Codes sent to one address, for all users of the pool and all purposes.
pub const SENDS_TO_ADDRESS: Rate = Rate { free: 3, most: 5, refill_seconds: TENTH_OF_A_DAY, first_wait_seconds: 60 };
/// Wrong guesses from one source.
pub const WRONG_FROM_SOURCE: Rate = Rate { free: 100, most: 100, refill_seconds: 288, first_wait_seconds: 0 };
/// Codes that one source has sent.
pub const SENDS_FROM_SOURCE: Rate = Rate { free: 60, most: 60, refill_seconds: 288, first_wait_seconds: 0 };
/// Wrong guesses in one of the [`POOL_SHARDS`] parts of a pool. Beyond them, only the first guess at each code is judged.
pub const WRONG_IN_POOL: Rate = Rate { free: 250, most: 250, refill_seconds: 86, first_wait_seconds: 0 };
/// Seconds after the last guess and message from when on nothing is spent of any of these, and every code is dead: a day,
/// and the largest step of a clock that is allowed for.
const FORGOTTEN_AFTER: i64 = 24 * HOUR + CLOCK_STEP_SECONDS;
/// The parts in which a pool counts, so that its users do not wait for one another.
pub const POOL_SHARDS: u8 = 16;

/// What is spent under one name: of a user and purpose, an address, a source, a part of a pool, or of one kind of message in a
/// part of a pool.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct CodeBudget {
    /// Tries at the code that was sent last. Means something under a user's name alone.
    pub tries: u32,
    /// Whether the code that was sent last was tried. Means something under a user's name alone.
    pub tried: bool,
    /// Guesses, right ones given back.
    pub guesses: Spent,
    /// Codes sent.
    pub sends: Spent,
    /// Messages of the day and the month. Means something under the name of a kind of message alone.
    #[serde(default)]
    pub volume: Volume,
}

impl CodeBudget {
    /// When the record may be forgotten ([`is_whole`](Self::is_whole)), if nothing more is spent.
    pub fn whole_at(&self) -> Timestamp {
        let quiet = self.guesses.last.max(self.sends.last).plus_seconds(FORGOTTEN_AFTER);
        self.volume.forgotten_at().map_or(quiet, |forgotten| quiet.max(forgotten))
    }

    /// Whether the record may be forgotten: nothing is spent any more, and the code whose tries it counts is dead.
    pub fn is_whole(&self, now: Timestamp) -> bool {
        let quiet = |spent: &Spent| now.seconds_since(spent.last) >= FORGOTTEN_AFTER;
        let counts = self.volume.forgotten_at().is_some_and(|forgotten| now < forgotten);
        quiet(&self.guesses) && quiet(&self.sends) && !counts
    }
}

/// The budgets that a guess or a message draws on.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct CodeBudgets {
    /// Of the user and the purpose.
    pub user: CodeBudget,
    /// Of the address.
    pub address: CodeBudget,
    /// Of where the caller comes from; `None` if that is not known.
    pub source: Option<CodeBudget>,
    /// Of the user's part of the pool.
    pub pool: CodeBudget,
}

impl CodeBudgets {
    /// What is spent after one more guess, to be stored before the guess is looked at.
    ///
    /// The first guess at each code is judged whatever else was spent on the user, the address and the pool: messages are
    /// limited too, so that these are few, and whoever has the mailbox needs no more. A code's last try belongs to
    /// whoever had it sent (`requester`), so that a stranger's guesses elsewhere do not take it from them.
    ///
    /// # Errors
    ///
    /// [`TooEarly`]. A code that has no try left is refused until another one is sent.
    pub fn guess(mut self, requester: Requester, now: Timestamp) -> Result<Self, TooEarly> {
        if let Some(source) = self.source {
            source.guesses.one_more(&WRONG_FROM_SOURCE, now)?;
        }
        let left = MOST_TRIES.saturating_sub(self.user.tries);
        if left == 0 || (left == 1 && requester == Requester::Another) {
            return Err(TooEarly(self.until_next_send(now)));
        }
        if self.user.tried {
            self.pool.guesses.one_more(&WRONG_IN_POOL, now)?;
            self.user.guesses = self.user.guesses.one_more(&GUESSES, now)?;
            self.address.guesses = self.address.guesses.one_more(&GUESSES, now)?;
        } else {
            self.user.guesses = self.user.guesses.one_anyway(&GUESSES, now);
            self.address.guesses = self.address.guesses.one_anyway(&GUESSES, now);
        }
        self.user.tries += 1;
        self.user.tried = true;
        Ok(self)
    }

    /// What is spent after a guess was wrong.
    #[must_use]
    pub fn wrong(mut self, now: Timestamp) -> Self {
        self.pool.guesses = self.pool.guesses.one_anyway(&WRONG_IN_POOL, now);
        self.source = self
            .source
            .map(|source| CodeBudget { guesses: source.guesses.one_anyway(&WRONG_FROM_SOURCE, now), ..source });
        self
    }

    /// What is spent after a guess was right: it did not count.
    #[must_use]
    pub fn right(mut self) -> Self {
        self.user = CodeBudget { tries: 0, tried: false, guesses: self.user.guesses.one_less(), ..self.user };
        self.address.guesses = self.address.guesses.one_less();
        self
    }

    /// What is spent after one more message with a code, to be stored before it is sent.
    ///
    /// The new code has one try at least and those that the code before had left; all of them when the user's guesses
    /// have been refilled.
    ///
    /// # Errors
    ///
    /// [`TooEarly`].
    pub fn send(mut self, now: Timestamp) -> Result<Self, TooEarly> {
        self.user.sends = self.user.sends.one_more(&SENDS_TO_USER, now)?;
        self.address.sends = self.address.sends.one_more(&SENDS_TO_ADDRESS, now)?;
        if let Some(source) = &mut self.source {
            source.sends = source.sends.one_more(&SENDS_FROM_SOURCE, now)?;
        }
        let forgiven = self.user.guesses.refilled(&GUESSES, now).count == 0;
        self.user.tries = if forgiven { 0 } else { self.user.tries.min(MOST_TRIES - 1) };
        self.user.tried = false;
        Ok(self)
    }

    /// What is spent after a guess was right that somebody signed in with: neither it nor its message counted. The message
    /// reached whoever it was for.
    #[must_use]
    pub fn signed_in(self) -> Self {
        let mut right = self.right();
        right.user.sends = right.user.sends.one_less();
        right.address.sends = right.address.sends.one_less();
        right
    }

    fn until_next_send(&self, now: Timestamp) -> i64 {
        self.send(now).err().map_or(1, |TooEarly(seconds)| seconds)
    }
}

/// What is spent of a user's budget and of a challenge's after one more guess at a code that the user's app makes. Nothing is
/// sent for such a guess, so none of them is free of the budget; a challenge takes [`MOST_TRIES`].
///
/// # Errors
///
/// [`TooEarly`]; with 0 seconds if it is the challenge that has no try left.
pub fn guess_of_app(
    user: CodeBudget,
    challenge: CodeBudget,
    now: Timestamp,
) -> Result<(CodeBudget, CodeBudget), TooEarly> {
    if challenge.tries >= MOST_TRIES {
        return Err(TooEarly(0));
    }
    let user = CodeBudget { guesses: user.guesses.one_more(&GUESSES, now)?, ..user };
    let guesses = challenge.guesses.one_anyway(&GUESSES, now);
    Ok((user, CodeBudget { tries: challenge.tries + 1, guesses, ..challenge }))
}

/// Whether a guess comes from where its code was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Requester {
    /// It does, or it is not known where either came from.
    Same,
    /// It comes from somewhere else.
    Another,
}

#[cfg(test)]
mod tests;
