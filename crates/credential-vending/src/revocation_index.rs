//! A list of revocations, by what they are about.

use std::collections::HashMap;

use crate::model::{Revocation, Revoked};
use crate::revocation_list::RevocationList;
use crate::session::SessionStamp;

/// A list, found by what each revocation is about: how long a look takes does not grow with the list.
#[derive(Debug)]
pub(crate) struct RevocationIndex {
    list: RevocationList,
    /// Places in the list. Of what is revoked by time, the latest time alone: it revokes what the others do.
    by_what: HashMap<Revoked, Vec<usize>>,
    by_time: Option<usize>,
}

impl RevocationIndex {
    pub(crate) fn of(list: RevocationList) -> Self {
        let mut by_what: HashMap<Revoked, Vec<usize>> = HashMap::new();
        let mut latest = None;
        for (at, revocation) in list.revocations.iter().enumerate() {
            match revocation.what {
                Revoked::IssuedBefore(time) => latest = latest.max(Some((time, at))),
                _ => by_what.entry(revocation.what.clone()).or_default().push(at),
            }
        }
        Self { list, by_what, by_time: latest.map(|(_, at)| at) }
    }

    /// The list.
    pub(crate) fn list(&self) -> &RevocationList {
        &self.list
    }

    /// Whether a session is revoked by it.
    pub(crate) fn revokes(&self, stamp: &SessionStamp, access_key_id: &str) -> bool {
        self.about(stamp, access_key_id).any(|revocation| stamp.is_revoked_by(revocation, access_key_id))
    }

    /// The revocations that are about this session or something that it is of, and those by time.
    fn about<'a>(&'a self, stamp: &'a SessionStamp, access_key_id: &'a str) -> impl Iterator<Item = &'a Revocation> {
        let sessions = stamp.access_key_ids(access_key_id).map(|id| Revoked::Session(id.to_owned()));
        let whats = stamp.revocable().into_iter().chain(sessions);
        let places = whats.flat_map(|what| self.by_what.get(&what).map(Vec::as_slice).unwrap_or_default());
        places.chain(&self.by_time).filter_map(|at| self.list.revocations.get(*at))
    }
}

#[cfg(test)]
mod tests {
    use identity_kernel::time::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::carried::{Carried, Via};
    use crate::session::{IdentityStamp, NewSession};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_epoch_seconds(seconds)
    }

    fn list(whats: impl IntoIterator<Item = Revoked>) -> RevocationList {
        let numbered = whats.into_iter().zip(0..);
        let revocations = numbered.map(|(what, id)| Revocation { id, what, at: at(0) }).collect();
        RevocationList { issued_at: at(0), revocations }
    }

    /// A session of small names, made by another.
    fn stamp(names: [u8; 6], issued: i64, seen: Vec<u64>) -> SessionStamp {
        let [role, identity, pool, via_role, via_identity, via_key] = names;
        let via = Via {
            access_key_id: format!("k{via_key}"),
            role_arn: Some(format!("r{via_role}")),
            identity: Some(format!("i{via_identity}")),
            pool: Some(format!("p{pool}")),
            issued_at: Some(at(issued - 1)),
            arn: "arn".to_owned(),
        };
        let new = NewSession {
            role_arn: &format!("r{role}"),
            role_id: "AROAX",
            session_name: "s1",
            issued_at: at(issued),
            seconds: 900,
        };
        SessionStamp {
            identity: Some(IdentityStamp {
                identity: format!("i{identity}"),
                pool: format!("p{pool}"),
                amr: Vec::new(),
            }),
            carried: Carried { via: vec![via], ..Carried::default() },
            revocations_seen: seen,
            ..SessionStamp::new(new)
        }
    }

    fn revoked() -> impl Strategy<Value = Revoked> {
        prop_oneof![
            Just(Revoked::Everything),
            (0..4u8).prop_map(|n| Revoked::Role(format!("r{n}"))),
            (0..4u8).prop_map(|n| Revoked::Identity(format!("i{n}"))),
            (0..4u8).prop_map(|n| Revoked::Pool(format!("p{n}"))),
            (0..4u8).prop_map(|n| Revoked::Session(format!("k{n}"))),
            (0..8i64).prop_map(|n| Revoked::IssuedBefore(at(n))),
        ]
    }

    proptest! {
        #[test]
        fn what_the_index_says_is_what_each_revocation_says(
            whats in prop::collection::vec(revoked(), 0..6), names in prop::array::uniform6(0..4u8), key in 0..4u8,
            issued in 0..8i64, seen in prop::collection::vec(0..6u64, 0..4)
        ) {
            let (list, stamp, key) = (list(whats), stamp(names, issued, seen), format!("k{key}"));
            let one_by_one = list.revocations.iter().any(|revocation| stamp.is_revoked_by(revocation, &key));

            prop_assert_eq!(RevocationIndex::of(list).revokes(&stamp, &key), one_by_one);
        }
    }

    #[test]
    fn a_session_is_held_to_what_is_about_it_however_long_the_list_is() {
        let others = |count: u32| (0..count).map(|n| Revoked::Identity(format!("other{n}")));
        let times = (0..50).map(|n| Revoked::IssuedBefore(at(n)));
        let own = [Revoked::Role("r1".to_owned()), Revoked::Session("k9".to_owned())];
        let stamp = stamp([1; 6], 100, Vec::new());

        for count in [10, 20_000] {
            let index = RevocationIndex::of(list(others(count).chain(own.clone()).chain(times.clone())));
            // The role's own, once for each of the two sessions that it is of, the session's, and the latest time.
            assert_eq!(index.about(&stamp, "k9").count(), 4, "{count}");
        }
    }
}
