//! A sign-in that lasts: what a refresh token stands for.

use std::ops::Deref;

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::device::DeviceKey;
use crate::model::ids::{ClientId, Subject, UserPoolId};
use crate::model::pool::{InvalidationMark, UserPool};
use crate::model::session_tracking::Activity;
use crate::model::user::User;

/// One sign-in and everything that was issued from it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// The pool.
    pub pool: UserPoolId,
    /// Its id, the `origin_jti` of its tokens.
    pub id: String,
    /// The user that it belongs to.
    pub sub: Subject,
    /// The app client that signs in.
    pub client: ClientId,
    /// The user's epoch when it began: it is over when the user's is another.
    pub epoch: u64,
    /// The pool's mark when it began.
    pub mark: InvalidationMark,
    /// When the user proved who they are.
    pub auth_time: Timestamp,
    /// The sign-in's event.
    pub event_id: String,
    /// What was granted, and on what proof.
    pub grant: Grant,
    /// When the refresh token dies; rotation does not move it.
    pub expires_at: Timestamp,
    /// Random text that goes into the MAC of its refresh tokens. Without the master key it makes no token.
    pub refresh_seed: String,
    /// The number of the refresh token in force, from 0. Each rotation adds one.
    pub generation: u32,
    /// When the token in force replaced the one before.
    pub rotated_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// Whether its first tokens offered a device to be confirmed.
    pub device_offered: bool,
    /// The device that it belongs to: it is refreshed from that one alone.
    pub device: Option<DeviceKey>,
    /// Its last use, if it is tracked.
    pub activity: Option<Activity>,
}

/// What a sign-in granted, and on what proof: every token of the session says so.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// The scopes of its access tokens.
    pub scopes: Vec<String>,
    /// How the user proved who they are, as `amr` names it (RFC 8176).
    pub amr: Vec<String>,
    /// Whether a second factor was proved, at the sign-in or when the session set one up.
    pub multi_factor: bool,
    /// How strong that was, as `acr`.
    pub acr: Option<String>,
    /// The application's `nonce`.
    pub nonce: Option<String>,
    /// The outside provider that the user signed in with; `None` for the pool itself.
    pub identity_provider: Option<String>,
    /// The resource that its access tokens are for (RFC 8707).
    pub resource: Option<String>,
}

/// What a genuine refresh token is to its session.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Presented {
    /// The token in force.
    Current,
    /// The one before, still within its grace: whoever comes with it gets the token in force.
    InGrace,
    /// An older one, or the one before, too late: it is in two hands.
    Reused,
    /// One that the session has not given out: made before the storage was set back to a backup.
    Unknown,
}

impl Session {
    /// What the token of this number is to the session.
    pub fn judge(&self, generation: u32, grace_seconds: i64, now: Timestamp) -> Presented {
        if generation == self.generation {
            return Presented::Current;
        }
        if generation > self.generation {
            return Presented::Unknown;
        }
        let in_grace = self.rotated_at.is_some_and(|at| grace_seconds > 0 && now.is_within(at, grace_seconds));
        if generation + 1 == self.generation && in_grace { Presented::InGrace } else { Presented::Reused }
    }

    /// When it was last used, as far as that is known.
    pub fn last_active_at(&self) -> Timestamp {
        self.activity.as_ref().map_or(self.auth_time, |activity| activity.at)
    }

    /// Whether its tokens still count in its pool, for its user as they are now.
    pub fn is_alive(&self, pool: &UserPool, user: &User) -> bool {
        let same_user = self.sub == user.sub && self.epoch == user.epoch;
        same_user && self.revoked_at.is_none() && pool.is_valid_since(self.mark, self.auth_time)
    }
}

/// A user's living sessions, split into those that end so that one more may begin, which were used longest ago, and those
/// that stay.
pub fn make_room<T: Deref<Target = Session>>(mut living: Vec<T>, max_per_user: usize) -> (Vec<T>, Vec<T>) {
    living.sort_by_key(|session| (session.last_active_at(), session.auth_time, session.id.clone()));
    let surplus = (living.len() + 1).saturating_sub(max_per_user).min(living.len());
    let staying = living.split_off(surplus);
    (living, staying)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_epoch_seconds(1_000_000 + seconds)
    }

    /// A session whose third token is in force since the beginning of time here.
    fn session(id: &str, auth_time: i64) -> Session {
        Session {
            pool: "eu-west-1_Pool".parse().unwrap(),
            id: id.to_owned(),
            sub: "01234567-89ab-4cde-8f01-23456789abcd".parse().unwrap(),
            client: "client1".parse().unwrap(),
            epoch: 0,
            mark: InvalidationMark::default(),
            auth_time: at(auth_time),
            event_id: String::new(),
            grant: Grant::default(),
            expires_at: at(86_400),
            refresh_seed: String::new(),
            generation: 2,
            rotated_at: Some(at(0)),
            revoked_at: None,
            device_offered: false,
            device: None,
            activity: None,
        }
    }

    #[test]
    fn only_the_token_before_is_taken_again_and_only_within_its_grace() {
        let judged = |generation, grace, seconds| session("s", 0).judge(generation, grace, at(seconds));

        assert_eq!(judged(2, 0, 9999), Presented::Current);
        assert_eq!(judged(3, 60, 0), Presented::Unknown);
        assert_eq!(judged(1, 60, 59), Presented::InGrace);
        assert_eq!(judged(1, 60, -60), Presented::InGrace, "a node whose clock runs behind");
        assert_eq!(judged(1, 60, 60), Presented::Reused);
        assert_eq!(judged(0, 60, 0), Presented::Reused);
        assert_eq!(judged(1, 0, 0), Presented::Reused);
        assert_eq!(judged(1, 0, -30), Presented::Reused, "no grace, whatever the clock says");
    }

    #[test]
    fn a_token_before_is_reused_where_nobody_knows_when_it_was_replaced() {
        let unknown = Session { rotated_at: None, ..session("s", 0) };

        assert_eq!(unknown.judge(1, 60, at(0)), Presented::Reused);
    }

    #[test]
    fn those_used_longest_ago_make_room_for_one_more() {
        let used = |id: &str, auth_time, used: Option<i64>| {
            let activity = used.map(|seconds| Activity { at: at(seconds), device: None, address: None });
            Box::new(Session { activity, ..session(id, auth_time) })
        };
        let living = || vec![used("c", 1, Some(9)), used("b", 2, None), used("a", 2, None), used("d", 0, Some(3))];
        let split = |most| {
            let (ending, staying) = make_room(living(), most);
            let ids = |part: Vec<Box<Session>>| part.iter().map(|one| one.id.clone()).collect::<String>();
            (ids(ending), ids(staying))
        };

        assert_eq!(split(5), (String::new(), "abdc".to_owned()));
        assert_eq!(split(4), ("a".to_owned(), "bdc".to_owned()));
        assert_eq!(split(2), ("abd".to_owned(), "c".to_owned()));
        assert_eq!(split(1), ("abdc".to_owned(), String::new()));
        assert_eq!(split(0), ("abdc".to_owned(), String::new()));
    }
}
