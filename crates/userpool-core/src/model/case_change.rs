//! A later change of whether case counts in names, and how far it has come.

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::Username;

/// Whether `Ada` and `ada` are two names.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum CaseRule {
    /// They are.
    Sensitive,
    /// They are one.
    Insensitive,
}

impl CaseRule {
    /// The rule of a pool in which case counts, or does not.
    pub fn of(case_sensitive: bool) -> Self {
        if case_sensitive { Self::Sensitive } else { Self::Insensitive }
    }

    /// Whether case counts.
    pub fn is_sensitive(self) -> bool {
        self == Self::Sensitive
    }

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        Self::of(!self.is_sensitive())
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sensitive => "sensitive",
            Self::Insensitive => "insensitive",
        }
    }
}

/// How long after the beginning of a phase somebody may still write by what was the rule before it, in seconds: a quarter of an
/// hour. No call takes so long, and the clocks of all nodes agree on what came first.
pub const SETTLED_AFTER_SECONDS: i64 = 900;

/// How far a change has come.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum CasePhase {
    /// Everybody gets the names of the new rule beside those of the old one, which is in force.
    Claiming,
    /// Two users would have one name by the new rule; the old one is in force.
    Stopped,
    /// The new rule is in force. Everybody has the names of both.
    InForce,
    /// Everybody gives the names up that are of the rule which is not in force.
    Releasing,
}

impl CasePhase {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Claiming => "claiming",
            Self::Stopped => "stopped",
            Self::InForce => "in force",
            Self::Releasing => "releasing",
        }
    }

    /// Whether users are gone through in it.
    pub fn is_work(self) -> bool {
        matches!(self, Self::Claiming | Self::Releasing)
    }
}

/// A change of a pool's case rule under way.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct CaseChange {
    /// How far it has come.
    pub phase: CasePhase,
    /// When the phase began.
    pub phase_began_at: Timestamp,
    /// When all users are gone through anew, or when that began: once more a quarter of an hour after the phase began, for whoever
    /// has written meanwhile by what was before.
    pub pass_begins_at: Timestamp,
    /// Behind which user it goes on.
    pub page: Option<String>,
    /// How many users it has looked at.
    pub users: u64,
    /// How many of them would have a name by the new rule that is somebody's already.
    pub taken: u64,
}

impl CaseChange {
    /// The beginning of a phase.
    pub fn begin(phase: CasePhase, now: Timestamp) -> Self {
        Self { phase, phase_began_at: now, pass_begins_at: now, page: None, users: 0, taken: 0 }
    }

    /// Whether whoever writes a user claims the names of both rules.
    pub fn claims_both(&self) -> bool {
        self.phase != CasePhase::Releasing
    }

    /// Whether users are to be gone through now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.phase.is_work() && now >= self.pass_begins_at
    }

    /// What follows once every user was looked at; `None` if the change is over. `taken` are the users whose names are somebody's.
    #[must_use]
    pub fn after_pass(self, now: Timestamp) -> Option<Self> {
        let settled_at = self.phase_began_at.plus_seconds(SETTLED_AFTER_SECONDS);
        match self.phase {
            CasePhase::Claiming if self.taken > 0 => Some(Self { phase: CasePhase::Stopped, page: None, ..self }),
            CasePhase::Claiming | CasePhase::Releasing if self.pass_begins_at < settled_at => {
                Some(Self { pass_begins_at: settled_at.max(now), page: None, users: 0, taken: 0, ..self })
            }
            CasePhase::Claiming => Some(Self::begin(CasePhase::InForce, now)),
            CasePhase::Releasing => None,
            CasePhase::Stopped | CasePhase::InForce => Some(self),
        }
    }
}

/// What a change of a pool's case rule would come to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CasePlan {
    /// How many users the pool has.
    pub users: u64,
    /// How many of them can sign in by SRP again only after a sign-in by `USER_PASSWORD_AUTH` or a new password: their verifiers
    /// are of a username that would be written otherwise. As long as the change is not [finished], taking it back brings them
    /// back too.
    ///
    /// [finished]: crate::UserPools::finish_case_change
    pub verifiers: u64,
    /// How many names (usernames, and addresses and preferred usernames that sign in) more than one user would have.
    pub collisions: u64,
    /// The first of them, in order.
    pub shown: Vec<Collision>,
}

/// A name that more than one user would have.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Collision {
    /// The name, as it would be compared.
    pub name: String,
    /// The usernames of who would have it.
    pub usernames: Vec<Username>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_epoch_seconds(seconds)
    }

    #[test]
    fn a_phase_ends_with_a_pass_that_began_a_quarter_of_an_hour_after_it_or_later() {
        let first = CaseChange { users: 9, ..CaseChange::begin(CasePhase::Claiming, at(0)) };
        assert!(first.is_due(at(0)));

        let second = first.clone().after_pass(at(60)).unwrap();
        assert_eq!(second.users, 0, "each pass counts anew");
        assert_eq!((second.phase, second.pass_begins_at), (CasePhase::Claiming, at(900)));
        assert!(!second.is_due(at(899)) && second.is_due(at(900)));
        assert_eq!(first.after_pass(at(5000)).unwrap().pass_begins_at, at(5000));

        let in_force = second.after_pass(at(960)).unwrap();
        assert_eq!(in_force, CaseChange::begin(CasePhase::InForce, at(960)));
        assert!(!in_force.is_due(at(9999)));
        let releasing = CaseChange::begin(CasePhase::Releasing, at(0)).after_pass(at(1)).unwrap();
        assert_eq!(releasing.after_pass(at(901)), None);
    }

    #[test]
    fn each_phase_and_rule_has_a_name_for_people() {
        let phases = [CasePhase::Claiming, CasePhase::Stopped, CasePhase::InForce, CasePhase::Releasing];
        assert_eq!(phases.map(CasePhase::name), ["claiming", "stopped", "in force", "releasing"]);
        assert_eq!([CaseRule::Sensitive, CaseRule::Insensitive].map(CaseRule::name), ["sensitive", "insensitive"]);
    }

    #[test]
    fn names_that_are_taken_stop_a_change_after_the_first_pass() {
        let found = CaseChange { taken: 1, users: 9, ..CaseChange::begin(CasePhase::Claiming, at(0)) };

        let stopped = found.after_pass(at(1)).unwrap();

        assert_eq!((stopped.phase, stopped.taken, stopped.users), (CasePhase::Stopped, 1, 9));
        assert!(stopped.claims_both() && !stopped.is_due(at(9999)));
    }
}
