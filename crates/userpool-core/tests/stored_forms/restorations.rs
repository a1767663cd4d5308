//! Restorations of a pool.

use std::collections::BTreeMap;

use document_store::page::PageRequest;
use userpool_core::model::past::{Plan, PlanSubject, Span, UserPlan};
use userpool_core::model::restoration::{Counts, Restoration, RestorationCounts, RestorationStatus, Step};
use userpool_core::storage::{RestorationWrite, UserPoolStorage, Write};

use crate::factors::{passkeys, second_factors};
use crate::user::{group, password, user};
use crate::{AT, pool_id, restoration_id, sub};

fn restoration() -> Restoration {
    let counts = Counts { create: 1, update: 2, delete: 3 };
    Restoration {
        pool: pool_id(),
        id: restoration_id(),
        status: RestorationStatus::Restoring,
        moment: AT,
        triggered_at: AT,
        start_before: Some(AT),
        started_at: Some(AT),
        ended_at: Some(AT),
        counts: RestorationCounts { users: counts, groups: counts, mfas: counts, passkeys: counts },
        skipped: 7,
        step: Step::Restore,
        page: Some("page".to_owned()),
        worked_at: AT,
    }
}

fn plan() -> Plan {
    let subject = PlanSubject::User(UserPlan {
        sub: sub(),
        user: Some(Span { then: Some(user()), last: None }),
        password: Some(Span { then: Some(password()), last: Some(password()) }),
        passkeys: Some(Span { then: None, last: Some(passkeys()) }),
        factors: Some(Span { then: Some(second_factors()), last: None }),
        epoch: 8,
        sign_counts: BTreeMap::from([("passkey".to_owned(), 9)]),
        last_step: 10,
    });
    Plan { pool: pool_id(), restoration: restoration_id(), subject }
}

fn group_plan() -> Plan {
    Plan { subject: PlanSubject::Group("staff".parse().unwrap(), Some(group())), ..plan() }
}

/// Of a restoration and what it plans.
pub(crate) fn writes() -> Vec<Write> {
    vec![
        RestorationWrite::Insert { restoration: restoration() }.into(),
        RestorationWrite::PutPlan { plan: plan() }.into(),
        RestorationWrite::PutPlan { plan: group_plan() }.into(),
    ]
}

pub(crate) async fn are_read(storage: &dyn UserPoolStorage) {
    let (id, page) = (pool_id(), PageRequest::default());
    assert_eq!(storage.histories().restorations(&id, &page).await.unwrap().items[0].record, restoration());
    let plans = storage.histories().plans(&id, &restoration_id(), &page).await.unwrap();
    assert_eq!(plans.items, [group_plan(), plan()]);
}
