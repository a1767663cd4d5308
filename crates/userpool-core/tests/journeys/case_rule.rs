//! Whether case counts in a pool's names, changed later.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use userpool_core::model::case_change::{CasePhase, CaseRule, SETTLED_AFTER_SECONDS};
use userpool_core::model::ids::Username;
use userpool_core::model::pool::{Alias, SignInNames};
use userpool_core::model::user::NameKind;
use userpool_core::ops::sign_in::AuthOutcome;
use userpool_core::ports::{Background, Job, Routine};
use userpool_core::storage::UserWrite;
use userpool_core::{DocumentUserPools, Error, Invalid, UserPoolStorage, UserPools};

use crate::imports::{Mortal, over};
use crate::round_trips::counted;
use crate::world::{PASSWORD, World, attributes, parts, world_with};

async fn sensitive() -> World {
    world_with(|pool, _| pool.case_sensitive = true).await
}

async fn insensitive() -> World {
    world_with(|pool, _| pool.case_sensitive = false).await
}

impl World {
    async fn case_phase(&self) -> Option<CasePhase> {
        let state = self.pools.describe_case_change(&self.pool.id).await.unwrap();
        state.change.map(|change| change.phase)
    }

    async fn case_rule(&self) -> CaseRule {
        self.pools.describe_case_change(&self.pool.id).await.unwrap().rule
    }

    async fn start_case(&self, to: CaseRule) -> Result<(), Error> {
        self.pools.start_case_change(&self.pool.id, to).await.map(drop)
    }

    /// Starts a change, and waits until the new rule is in force.
    async fn change_case(&self, to: CaseRule) {
        self.start_case(to).await.unwrap();
        self.settle_case().await;
        assert_eq!((self.case_phase().await, self.case_rule().await), (Some(CasePhase::InForce), to));
    }

    async fn settle_case(&self) {
        self.clock.advance_seconds(SETTLED_AFTER_SECONDS);
        self.case_phase().await;
    }

    async fn finish_case(&self) {
        self.pools.finish_case_change(&self.pool.id).await.unwrap();
        self.settle_case().await;
        assert_eq!(self.case_phase().await, None);
    }

    async fn revert_case(&self) {
        self.pools.revert_case_change(&self.pool.id).await.unwrap();
    }

    async fn gets_in(&self, name: &str) -> bool {
        matches!(self.password(name, PASSWORD).await, Ok(AuthOutcome::Tokens(_)))
    }

    async fn gets_in_by_srp(&self, name: &str) -> bool {
        let (name, answer) = self.srp(name, PASSWORD).await.unwrap();
        matches!(self.answer(&name, answer).await, Ok(AuthOutcome::Tokens(_)))
    }

    async fn names_of(&self, name: &str) -> Vec<(NameKind, String)> {
        self.pools.admin_get_user(&self.pool.id, name).await.unwrap().names.into_iter().collect()
    }
}

#[tokio::test]
async fn a_plan_tells_names_that_two_users_would_have_and_changes_nothing() {
    let aliases = [Alias::Email, Alias::PreferredUsername].into();
    let world = world_with(|pool, _| {
        pool.case_sensitive = true;
        pool.sign_in_names = SignInNames::UsernameOr(aliases);
    })
    .await;
    for (name, email) in [("Ada", "one@example.com"), ("ada", "two@example.com"), ("bob", "Two@example.com")] {
        world.sign_up_with(name, &[("email", email), ("preferred_username", &format!("the {name}"))]).await.unwrap();
        world.confirm(name, &world.outbox.code_for(name).unwrap()).await.unwrap();
    }
    world.user("eve").await;
    let (world, store) = counted(world);
    store.reset();

    let plan = world.pools.plan_case_change(&world.pool.id, CaseRule::Insensitive, 2).await.unwrap();

    assert_eq!((plan.users, plan.collisions), (4, 3));
    let shown: Vec<(&str, Vec<&str>)> = plan
        .shown
        .iter()
        .map(|collision| (collision.name.as_str(), collision.usernames.iter().map(Username::as_str).collect()))
        .collect();
    assert_eq!(shown, [("ada", vec!["Ada", "ada"]), ("the ada", vec!["Ada", "ada"])]);
    let other = world.pools.plan_case_change(&world.pool.id, CaseRule::Sensitive, 2).await.unwrap();
    assert_eq!((other.users, other.collisions), (4, 0));
    assert_eq!(store.commits(), 0);
}

#[tokio::test]
async fn nobody_signs_up_meanwhile_with_a_name_that_would_be_two_users() {
    let world = sensitive().await;
    for name in ["Ada", "bob"] {
        world.user(name).await;
    }
    world.start_case(CaseRule::Insensitive).await.unwrap();
    world.user("Eve").await;

    for taken in ["ada", "Ada", "BOB", "Bob", "eve", "EVE"] {
        let refused = world.sign_up(taken).await;
        assert!(matches!(refused, Err(Error::UsernameExists(NameKind::Username))), "{taken}: {refused:?}");
    }
    assert!(world.gets_in("Ada").await && world.gets_in("bob").await && !world.gets_in("BOB").await);

    world.settle_case().await;
    assert_eq!((world.case_phase().await, world.case_rule().await), (Some(CasePhase::InForce), CaseRule::Insensitive));
    for name in ["Ada", "aDA", "BOB", "eVe"] {
        assert!(world.gets_in(name).await, "{name}");
    }

    world.revert_case().await;
    assert_eq!(world.case_rule().await, CaseRule::Sensitive);
    world.settle_case().await;
    assert_eq!(world.case_phase().await, None);
    assert!(world.gets_in("Ada").await && !world.gets_in("aDA").await && !world.gets_in("ada").await);
    assert_eq!(world.names_of("Ada").await, [(NameKind::Username, "Ada".to_owned())]);
    world.user("ada").await;
}

#[tokio::test]
async fn a_change_stops_at_names_that_two_users_have_and_goes_on_once_one_has_another() {
    let world = sensitive().await;
    for name in ["Ada", "ada", "bob"] {
        world.user(name).await;
    }

    world.start_case(CaseRule::Insensitive).await.unwrap();

    let state = world.pools.describe_case_change(&world.pool.id).await.unwrap();
    let change = state.change.unwrap();
    assert_eq!((state.rule, change.phase, change.taken), (CaseRule::Sensitive, CasePhase::Stopped, 1));
    world.settle_case().await;
    assert_eq!(world.case_phase().await, Some(CasePhase::Stopped));
    for name in ["Ada", "ada"] {
        let token = world.tokens(name).await.access_token;
        world.pools.update_user_attributes(&token, attributes(&[("nickname", "a")])).await.unwrap();
        world.pools.admin_disable_user(&world.pool.id, name).await.unwrap();
        world.pools.admin_enable_user(&world.pool.id, name).await.unwrap();
    }
    assert!(matches!(world.pools.finish_case_change(&world.pool.id).await, Err(Error::InvalidParameter(_))));
    world.pools.admin_rename_user(&world.pool.id, "Ada", "ada2").await.unwrap();
    world.change_case(CaseRule::Insensitive).await;
    world.finish_case().await;
    assert!(world.gets_in("ADA2").await && world.gets_in("ADA").await);
}

#[tokio::test]
async fn case_counts_from_the_end_of_a_change_on_and_names_differ_by_it() {
    let world = insensitive().await;
    world.user("Ada").await;
    world.change_case(CaseRule::Sensitive).await;

    assert!(matches!(world.sign_up("ada").await, Err(Error::UsernameExists(_))), "as long as it can be taken back");
    world.finish_case().await;

    assert!(world.gets_in("Ada").await && !world.gets_in("ada").await);
    world.user("ada").await;
    let plan = world.pools.plan_case_change(&world.pool.id, CaseRule::Insensitive, 9).await.unwrap();
    assert_eq!((plan.collisions, plan.verifiers), (1, 1));
    let refused: Error = Invalid::CaseChangeState.into();
    assert_eq!(world.pools.revert_case_change(&world.pool.id).await.unwrap_err(), refused);
    assert_eq!(world.start_case(CaseRule::Sensitive).await.unwrap_err(), refused);
}

#[tokio::test]
async fn a_change_that_is_killed_after_any_commit_goes_on_and_ends_as_one_that_was_not() {
    for lives in 0..6 {
        let world = sensitive().await;
        world.user("Ada").await;
        let storage = DocumentUserPools::new(Arc::clone(&world.store));
        let ada = world.pools.admin_get_user(&world.pool.id, "Ada").await.unwrap();
        for number in 0..130 {
            let mut user = ada.clone();
            user.sub = format!("00000000-0000-4000-8000-{number:012x}").parse().unwrap();
            user.username = format!("User{number}").parse().unwrap();
            user.refresh_names(&world.pool);
            storage.commit(vec![UserWrite::Insert { user }.into()]).await.unwrap();
        }
        let mortal = Mortal { store: Arc::clone(&world.store), left: AtomicUsize::new(lives) };
        let dying = over(&world, Arc::new(mortal));
        let _killed = dying.start_case_change(&world.pool.id, CaseRule::Insensitive).await;
        if lives == 0 {
            world.start_case(CaseRule::Insensitive).await.unwrap();
        }

        world.pools.maintain().await.unwrap();
        world.clock.advance_seconds(SETTLED_AFTER_SECONDS);
        world.pools.maintain().await.unwrap();

        assert_eq!(
            (world.case_phase().await, world.case_rule().await),
            (Some(CasePhase::InForce), CaseRule::Insensitive)
        );
        for name in ["aDA", "USER0", "user117", "uSER129"] {
            assert!(world.pools.admin_get_user(&world.pool.id, name).await.is_ok(), "{lives}: {name}");
        }
        world.finish_case().await;
        assert_eq!(world.names_of("user7").await, [(NameKind::Username, "user7".to_owned())]);
    }
}

#[tokio::test]
async fn who_is_written_by_a_call_that_began_before_the_change_has_both_names_before_it_is_in_force() {
    let world = sensitive().await;
    world.user("Ada").await;
    let ada = world.pools.admin_get_user(&world.pool.id, "Ada").await.unwrap();
    world.start_case(CaseRule::Insensitive).await.unwrap();

    let mut late = ada.clone();
    late.sub = "00000000-0000-4000-8000-000000000001".parse().unwrap();
    late.username = "Late".parse().unwrap();
    late.refresh_names(&world.pool);
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    storage.commit(vec![UserWrite::Insert { user: late }.into()]).await.unwrap();
    world.clock.advance_seconds(SETTLED_AFTER_SECONDS - 1);
    assert_eq!(world.case_phase().await, Some(CasePhase::Claiming));
    world.clock.advance_seconds(1);

    assert_eq!(world.case_phase().await, Some(CasePhase::InForce));
    assert_eq!(world.pools.admin_get_user(&world.pool.id, "late").await.unwrap().username.as_str(), "Late");
}

/// Does jobs where they stand, and keeps routines.
#[derive(Default)]
struct Routines(Mutex<Vec<Routine>>);

#[async_trait]
impl Background for Routines {
    async fn start(&self, job: Job) {
        job.work.await.unwrap();
    }

    async fn repeat(&self, routine: Routine) {
        self.0.lock().unwrap().push(routine);
    }
}

impl Routines {
    /// Runs the next round of the only routine. Whether there was one.
    async fn run(&self) -> bool {
        let round = (self.0.lock().unwrap()[0].round)();
        let there_was = round.is_some();
        if let Some(round) = round {
            round.await.unwrap();
        }
        there_was
    }
}

/// How far the change has come, without going on with it.
async fn stored_phase(world: &World) -> Option<CasePhase> {
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let pool = storage.pools().get(&world.pool.id).await.unwrap().unwrap();
    pool.record.case_change.map(|change| change.phase)
}

#[tokio::test]
async fn a_change_goes_on_by_a_routine_of_its_own_each_minute_until_users_need_no_more_be_gone_through() {
    let world = sensitive().await;
    world.user("Ada").await;
    let routines = Arc::new(Routines::default());
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.background = Arc::clone(&routines) as Arc<dyn Background>;
    let pools = UserPools::new(parts);
    pools.start_case_change(&world.pool.id, CaseRule::Insensitive).await.unwrap();
    pools.maintain().await.unwrap();
    assert_eq!(routines.0.lock().unwrap().len(), 1, "one at a time");
    assert_eq!(routines.0.lock().unwrap()[0].every_seconds, 60);

    assert!(routines.run().await);
    assert_eq!(stored_phase(&world).await, Some(CasePhase::Claiming), "not settled yet");
    world.clock.advance_seconds(SETTLED_AFTER_SECONDS);
    assert!(routines.run().await);

    assert_eq!(stored_phase(&world).await, Some(CasePhase::InForce));
    assert!(routines.run().await, "finds that nothing is left to do");
    assert!(!routines.run().await);
    routines.0.lock().unwrap().clear();
    pools.finish_case_change(&world.pool.id).await.unwrap();
    assert_eq!(routines.0.lock().unwrap().len(), 1, "the turn was given back");
}

#[tokio::test]
async fn two_nodes_at_one_change_do_no_harm() {
    let world = sensitive().await;
    for number in 0..7 {
        world.user(&format!("User{number}")).await;
    }
    let other = over(&world, Arc::clone(&world.store) as Arc<_>);
    world.start_case(CaseRule::Insensitive).await.unwrap();
    world.clock.advance_seconds(SETTLED_AFTER_SECONDS);

    let (one, two) = futures::future::join(world.pools.maintain(), other.maintain()).await;

    one.and(two).unwrap();
    assert_eq!(world.case_phase().await, Some(CasePhase::InForce));
    let (one, two) =
        futures::future::join(world.pools.revert_case_change(&world.pool.id), other.finish_case_change(&world.pool.id))
            .await;
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1, "{one:?} {two:?}");
}

#[tokio::test]
async fn a_verifier_of_a_name_that_is_written_otherwise_counts_again_after_a_sign_in_by_password_or_when_it_is_taken_back()
 {
    let world = insensitive().await;
    for name in ["Ada", "Eve", "bob"] {
        world.user(name).await;
    }
    let plan = world.pools.plan_case_change(&world.pool.id, CaseRule::Sensitive, 0).await.unwrap();
    assert_eq!((plan.users, plan.verifiers), (3, 2));
    world.change_case(CaseRule::Sensitive).await;

    assert!(world.gets_in_by_srp("bob").await && !world.gets_in_by_srp("Ada").await);
    assert!(world.gets_in("Ada").await);
    assert!(world.gets_in_by_srp("Ada").await);

    world.revert_case().await;
    assert!(world.gets_in_by_srp("eve").await && world.gets_in_by_srp("Eve").await);
}
