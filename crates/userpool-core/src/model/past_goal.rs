//! What shall stand when what stood at a moment is brought back.

use std::collections::BTreeMap;

use crate::model::factors::SecondFactors;
use crate::model::group::Group;
use crate::model::passkeys::{Passkey, UserPasskeys};
use crate::model::past::{Standing, UserPlan, last_step};
use crate::model::pool::UserPool;
use crate::model::restoration::RestorationCounts;
use crate::model::user::{Credential, User};

/// What shall stand of a user.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Goal {
    /// The user; `None` for nobody.
    pub user: Option<User>,
    /// The password.
    pub password: Option<Credential>,
    /// The passkeys.
    pub passkeys: Option<UserPasskeys>,
    /// The second factors.
    pub factors: Option<SecondFactors>,
}

impl UserPlan {
    /// What shall stand of the user: everything as it was at the moment, but
    ///
    /// - whoever has chosen another password since keeps it, and with it how far they have come (a password to be replaced
    ///   is not asked for again); who is there no more comes back with the last password;
    /// - no epoch falls: who comes back, and who may do or be more than a moment ago, is signed out everywhere;
    /// - no counter of a passkey falls, and no code of an authenticator app is taken twice; a key of an app that was being set
    ///   up does not come back;
    /// - names follow from what is restored by the rules that the pool has now.
    pub fn goal(&self, pool: &UserPool, now: &Standing) -> Goal {
        let stands = now.user.as_deref();
        let then = match &self.user {
            Some(span) => span.then.as_ref(),
            None => stands,
        };
        let Some(then) = then else { return Goal::default() };
        let (passkeys, factors) = (self.passkeys_then(now), self.factors_then(now));
        let mut user = then.clone();
        user.status = self.status(then, now);
        user.epoch = match stands {
            None => self.epoch + 1,
            Some(stands) => {
                let other = Self::signs_in_otherwise(stands, &user, now, passkeys.as_ref(), factors.as_ref());
                stands.epoch.max(self.epoch) + u64::from(other)
            }
        };
        user.refresh_names(pool);
        Goal { user: Some(user), password: self.password_then(now), passkeys, factors }
    }

    /// The password that stands; of somebody who is gone the last one.
    fn password_then(&self, now: &Standing) -> Option<Credential> {
        let kept = self.password.as_ref().and_then(|span| span.last.clone().or_else(|| span.then.clone()));
        now.password.as_deref().cloned().or(kept)
    }

    fn status(&self, then: &User, now: &Standing) -> crate::model::user::UserStatus {
        let at_the_end = now.user.as_deref().or_else(|| self.user.as_ref().and_then(|span| span.last.as_ref()));
        let then_password = self.password.as_ref().map(|span| &span.then);
        let changed = then_password.is_some_and(|then| match (then, self.password_then(now)) {
            (Some(then), Some(kept)) => !kept.is_same_password(then),
            (None, Some(_)) => true,
            (_, None) => false,
        });
        at_the_end.filter(|_| changed).map_or(then.status, |user| user.status)
    }

    fn passkeys_then(&self, now: &Standing) -> Option<UserPasskeys> {
        let Some(span) = &self.passkeys else { return now.passkeys.as_deref().cloned() };
        let mut then = span.then.clone()?;
        for passkey in &mut then.list {
            let stands = now.passkeys.iter().flat_map(|now| &now.list).find(|stands| stands.id == passkey.id);
            if let Some(stands) = stands {
                *passkey = passkey.with_counters_of(stands);
            }
            let seen = self.sign_counts.get(&passkey.id).copied().unwrap_or_default();
            passkey.sign_count = passkey.sign_count.max(seen);
        }
        Some(then)
    }

    fn factors_then(&self, now: &Standing) -> Option<SecondFactors> {
        let stands = now.factors.as_deref();
        let Some(span) = &self.factors else { return stands.cloned() };
        let mut then = span.then.clone()?;
        then.pending_seed = stands.and_then(|stands| stands.pending_seed.clone());
        if let Some(token) = &mut then.software_token {
            token.last_step = token.last_step.max(self.last_step).max(last_step(stands));
        }
        Some(then)
    }

    /// Whether the user may sign in, or signs in, otherwise than a moment ago: sessions stand for how it was.
    fn signs_in_otherwise(
        stands: &User,
        goal: &User,
        now: &Standing,
        passkeys: Option<&UserPasskeys>,
        factors: Option<&SecondFactors>,
    ) -> bool {
        let ids = |passkeys: Option<&UserPasskeys>| -> Vec<String> {
            passkeys.iter().flat_map(|passkeys| &passkeys.list).map(|passkey| passkey.id.clone()).collect()
        };
        (stands.enabled, stands.status) != (goal.enabled, goal.status)
            || ids(now.passkeys.as_deref()) != ids(passkeys)
            || alike(factors, now.factors.as_deref()).as_ref() != now.factors.as_deref()
    }
}

/// What shall stand of second factors, as far on as what stands is.
fn alike(goal: Option<&SecondFactors>, now: Option<&SecondFactors>) -> Option<SecondFactors> {
    goal.map(|goal| now.map_or_else(|| goal.clone(), |now| goal.with_counters_of(now)))
}

impl RestorationCounts {
    /// Counts what becomes of a user.
    pub fn count_user(&mut self, now: &Standing, goal: &Goal) {
        let stands = now.user.as_deref();
        let user = goal.user.as_ref().map(|goal| stands.map_or_else(|| goal.clone(), |now| goal.with_counters_of(now)));
        self.users.count(stands, user.as_ref());
        self.mfas.count(now.factors.as_deref(), alike(goal.factors.as_ref(), now.factors.as_deref()).as_ref());
        let by_id = |passkeys: Option<&UserPasskeys>| -> BTreeMap<String, Passkey> {
            let list = passkeys.iter().flat_map(|passkeys| &passkeys.list);
            list.map(|passkey| (passkey.id.clone(), passkey.clone())).collect()
        };
        let (now, goal) = (by_id(now.passkeys.as_deref()), by_id(goal.passkeys.as_ref()));
        for id in now.keys().chain(goal.keys().filter(|id| !now.contains_key(*id))) {
            let stands = now.get(id);
            let passkey =
                goal.get(id).map(|goal| stands.map_or_else(|| goal.clone(), |now| goal.with_counters_of(now)));
            self.passkeys.count(stands, passkey.as_ref());
        }
    }

    /// Counts what becomes of a group.
    pub fn count_group(&mut self, now: Option<&Group>, goal: Option<&Group>) {
        self.groups.count(now, goal);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use document_store::Versioned;
    use identity_kernel::time::Timestamp;

    use super::*;
    use crate::model::factors::{SecondFactor, SoftwareToken};
    use crate::model::ids::Subject;
    use crate::model::past::{Past, Plan, PlanSubject};

    fn at() -> Timestamp {
        Timestamp::from_epoch_seconds(0)
    }

    fn sub() -> Subject {
        "00000000-0000-4000-8000-000000000001".parse().unwrap()
    }

    fn passkeys(used: &[(&str, u32)]) -> UserPasskeys {
        let passkey = |(id, sign_count): &(&str, u32)| Passkey {
            id: (*id).to_owned(),
            public_key: vec![1],
            relying_party: "example.com".to_owned(),
            name: "key".to_owned(),
            transports: Vec::new(),
            attachment: None,
            aaguid: String::new(),
            sign_count: *sign_count,
            backup_eligible: false,
            backed_up: false,
            created_at: at(),
            last_used_at: None,
        };
        UserPasskeys { pool: "us-east-1_x".parse().unwrap(), sub: sub(), list: used.iter().map(passkey).collect() }
    }

    fn factors(last_step: i64) -> SecondFactors {
        let token = SoftwareToken { sealed_seed: vec![7], name: "app".to_owned(), last_step, proved_at: at() };
        let active = BTreeSet::from([SecondFactor::SoftwareToken]);
        SecondFactors {
            software_token: Some(token),
            pending_seed: Some(vec![8]),
            active,
            preferred: None,
            passkey: false,
        }
    }

    fn plan(changes: Vec<Past>) -> UserPlan {
        let mut changes = changes.into_iter();
        let pool = "us-east-1_x".parse().unwrap();
        let mut plan = Plan::of(&pool, &sub().as_str().parse().unwrap(), changes.next().unwrap());
        changes.for_each(|change| plan.learn(change));
        match plan.subject {
            PlanSubject::User(plan) => plan,
            PlanSubject::Group(..) => unreachable!("a user's"),
        }
    }

    #[test]
    fn a_passkey_that_comes_back_counts_on_from_its_last_use() {
        let plan = plan(vec![
            Past::Passkeys(sub(), Some(passkeys(&[("a", 3), ("b", 1)]))),
            Past::Passkeys(sub(), Some(passkeys(&[("a", 9), ("c", 1)]))),
            Past::Passkeys(sub(), Some(passkeys(&[("c", 2)]))),
        ]);
        let now = Standing { passkeys: Some(Versioned::new(passkeys(&[("b", 5)]), 4)), ..Standing::default() };

        assert_eq!(plan.passkeys_then(&now), Some(passkeys(&[("a", 9), ("b", 5)])));
    }

    #[test]
    fn no_code_of_an_authenticator_app_is_taken_twice_and_no_pending_seed_comes_back() {
        let plan = plan(vec![Past::Factors(sub(), Some(factors(3))), Past::Factors(sub(), Some(factors(9)))]);
        let gone = plan.factors_then(&Standing::default()).unwrap();
        let stands = Standing { factors: Some(Versioned::new(factors(12), 4)), ..Standing::default() };

        assert_eq!((gone.software_token.unwrap().last_step, gone.pending_seed), (9, None));
        assert_eq!(plan.factors_then(&stands), Some(factors(12)));
    }

    #[test]
    fn a_change_that_only_counts_on_is_none_of_the_preview() {
        let mut counts = RestorationCounts::default();
        let now = Standing {
            passkeys: Some(Versioned::new(passkeys(&[("a", 9), ("new", 0)]), 4)),
            factors: Some(Versioned::new(factors(12), 4)),
            ..Standing::default()
        };
        let goal =
            Goal { passkeys: Some(passkeys(&[("a", 3), ("old", 0)])), factors: Some(factors(3)), ..Goal::default() };

        counts.count_user(&now, &goal);

        assert_eq!((counts.passkeys.create, counts.passkeys.update, counts.passkeys.delete), (1, 0, 1));
        assert_eq!(counts.mfas, crate::model::restoration::Counts::default());
    }
}
