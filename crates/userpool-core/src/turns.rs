//! One task of a kind at a time in this process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::ids::UserPoolId;

/// The pools that somebody works on, each with whether somebody else wanted to meanwhile.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns(Arc<Mutex<BTreeMap<UserPoolId, bool>>>);

/// The turn of whoever works on a pool. Dropped, it is over.
pub(crate) struct Turn {
    turns: Turns,
    /// `None` once the turn has ended: the pool may be another's by then.
    pool: Option<UserPoolId>,
}

impl Turns {
    /// The turn at a pool; `None` if somebody else has it, who is told to go on when done.
    pub(crate) fn take(&self, pool: &UserPoolId) -> Option<Turn> {
        let mut under_way = self.lock();
        if let Some(wanted) = under_way.get_mut(pool) {
            *wanted = true;
            return None;
        }
        under_way.insert(pool.clone(), false);
        Some(Turn { turns: self.clone(), pool: Some(pool.clone()) })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<UserPoolId, bool>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Ends the turn, unless somebody wanted it meanwhile: then there may be more to do.
    pub(crate) fn end(mut self) -> Result<(), Self> {
        let Some(pool) = self.pool.take() else { return Ok(()) };
        let mut under_way = self.turns.lock();
        let wanted = under_way.get_mut(&pool).is_some_and(std::mem::take);
        if !wanted {
            under_way.remove(&pool);
            drop(under_way);
            return Ok(());
        }
        drop(under_way);
        self.pool = Some(pool);
        Err(self)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.take() {
            self.turns.lock().remove(&pool);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_has_the_turn_and_goes_on_for_the_others() {
        let (turns, pool) = (Turns::default(), "us-east-1_a".parse().unwrap());
        let first = turns.take(&pool).unwrap();
        assert!(turns.take(&pool).is_none() && turns.take(&pool).is_none());
        assert!(turns.take(&"us-east-1_b".parse().unwrap()).is_some());

        let first = first.end().err().unwrap();

        assert!(turns.take(&pool).is_none());
        let first = first.end().err().unwrap();
        assert!(first.end().is_ok());
        assert!(turns.take(&pool).is_some());
    }

    #[test]
    fn a_turn_that_is_broken_off_is_over() {
        let (turns, pool) = (Turns::default(), "us-east-1_a".parse().unwrap());

        drop(turns.take(&pool));

        assert!(turns.take(&pool).is_some());
    }
}
