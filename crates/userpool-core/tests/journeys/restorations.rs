//! A pool's directory is set back to how it was.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::PageRequest;
use document_store::{Batch, Document, DocumentStore, Key, Range, Tenant};
use identity_kernel::time::{Clock, Timestamp};
use storage_conformance::Counting;
use storage_memory::MemoryStore;
use userpool_core::model::attributes::Attributes;
use userpool_core::model::history::{HistorySettings, LEAST_AGE_SECONDS};
use userpool_core::model::ids::{RestorationId, UserPoolId};
use userpool_core::model::pool::{Alias, SignInNames};
use userpool_core::model::restoration::{Counts, Restoration, RestorationStatus};
use userpool_core::model::user::UserStatus;
use userpool_core::ops::groups::GroupSpec;
use userpool_core::ops::sign_in::AuthOutcome;
use userpool_core::ops::users::{AdminCreateUser, PasswordLifetime};
use userpool_core::{DocumentUserPools, Error, Invalid, Kind, UserPools};

use crate::imports::{Mortal, over};
use crate::world::{PASSWORD, World, attributes, parts, service, world, world_with};

const NEW: &str = "An0ther!horse-battery";

/// A pool that keeps its history for two weeks, a day after it was made.
async fn kept() -> World {
    let world = world_with(|pool, _| pool.settings.history = HistorySettings { days: 14 }).await;
    world.clock.advance_seconds(86_400);
    world
}

impl World {
    /// The moment, some seconds after which things change; and it lies far enough back.
    fn mark(&self) -> Timestamp {
        let moment = self.clock.now().plus_seconds(1);
        self.clock.advance_seconds(LEAST_AGE_SECONDS + 2);
        moment
    }

    async fn preview(&self, moment: Timestamp) -> Restoration {
        self.clock.advance_seconds(LEAST_AGE_SECONDS);
        let id = self.pools.initiate_point_in_time_recovery(&self.pool.id, moment).await.unwrap().id;
        self.described(&id).await
    }

    async fn described(&self, id: &RestorationId) -> Restoration {
        self.pools.describe_point_in_time_recovery(&self.pool.id, id).await.unwrap()
    }

    async fn restore(&self, moment: Timestamp) -> Restoration {
        let preview = self.preview(moment).await;
        assert_eq!(preview.status, RestorationStatus::PreviewGenerated);
        self.pools.start_point_in_time_recovery(&self.pool.id, &preview.id).await.unwrap();
        let restored = self.described(&preview.id).await;
        assert_eq!(restored.status, RestorationStatus::Completed);
        restored
    }

    async fn set(&self, name: &str, given: &[(&str, &str)]) -> Result<(), Error> {
        let given: Attributes = attributes(given);
        self.pools.admin_update_user_attributes(&self.pool.id, name, given).await
    }

    async fn group(&self, name: &str) {
        let name = name.parse().unwrap();
        self.pools.create_group(GroupSpec::new(self.pool.id.clone(), name)).await.unwrap();
    }

    async fn join(&self, name: &str, group: &str) {
        self.pools.admin_add_user_to_group(&self.pool.id, name, &group.parse().unwrap()).await.unwrap();
    }

    async fn get(&self, name: &str) -> Result<userpool_core::model::user::User, Error> {
        self.pools.admin_get_user(&self.pool.id, name).await
    }

    async fn size(&self) -> usize {
        let tenant = Tenant::new("user-pool", self.pool.id.as_str());
        self.store.scan(&Range::of(tenant.key(&["past"]), 10_000)).await.unwrap().len()
    }
}

fn counts(create: u64, update: u64, delete: u64) -> Counts {
    Counts { create, update, delete }
}

#[tokio::test]
async fn a_wrong_change_of_everybody_is_previewed_and_undone() {
    let world = kept().await;
    for name in ["ada", "bob", "eve"] {
        world.user(name).await;
    }
    world.group("staff").await;
    world.join("ada", "staff").await;
    let (ada, bob, eve) =
        (world.get("ada").await.unwrap(), world.get("bob").await.unwrap(), world.get("eve").await.unwrap());
    let moment = world.mark();

    world.set("ada", &[("given_name", "Nobody")]).await.unwrap();
    world.set("ada", &[("given_name", "Nobody at all")]).await.unwrap();
    world.pools.admin_disable_user(&world.pool.id, "bob").await.unwrap();
    world.pools.admin_delete_user(&world.pool.id, "eve").await.unwrap();
    world.pools.delete_group(&world.pool.id, &"staff".parse().unwrap()).await.unwrap();
    world.group("late").await;
    world.user("mallory").await;
    let preview = world.preview(moment).await;
    assert_eq!(preview.status, RestorationStatus::PreviewGenerated);
    assert_eq!((preview.counts.users, preview.counts.groups), (counts(1, 2, 1), counts(1, 0, 1)));
    world.pools.start_point_in_time_recovery(&world.pool.id, &preview.id).await.unwrap();

    assert_eq!(world.described(&preview.id).await.status, RestorationStatus::Completed);
    let now = world.get("ada").await.unwrap();
    assert_eq!((now.attributes, now.memberships), (ada.attributes, ada.memberships));
    assert!(world.pools.is_in_group(&world.get("ada").await.unwrap(), &"staff".parse().unwrap()).await.unwrap());
    let now = world.get("bob").await.unwrap();
    assert!(now.enabled && now.epoch > bob.epoch, "{now:?}");
    let now = world.get("eve").await.unwrap();
    assert_eq!((now.sub, now.attributes, now.created_at), (eve.sub, eve.attributes, eve.created_at));
    assert_eq!(world.get("mallory").await, Err(Error::NotFound(Kind::User)));
    let late = world.pools.get_group(&world.pool.id, &"late".parse().unwrap()).await;
    assert_eq!(late, Err(Error::NotFound(Kind::Group)));
    for name in ["ada", "bob", "eve"] {
        world.tokens(name).await;
    }
}

#[tokio::test]
async fn nothing_is_changed_before_the_start_nor_by_a_cancelled_one() {
    let world = kept().await;
    world.user("ada").await;
    let moment = world.mark();
    world.set("ada", &[("given_name", "Nobody")]).await.unwrap();
    let changed = world.get("ada").await.unwrap();

    let preview = world.preview(moment).await;
    assert_eq!(world.get("ada").await.unwrap(), changed);
    let cancelled = world.pools.cancel_point_in_time_recovery(&world.pool.id, &preview.id).await.unwrap();

    assert_eq!(cancelled.status, RestorationStatus::PreviewCancelled);
    assert_eq!(world.get("ada").await.unwrap(), changed);
    let start = world.pools.start_point_in_time_recovery(&world.pool.id, &preview.id).await;
    assert_eq!(start, Err(Invalid::RestorationState.into()));
    world.set("ada", &[("given_name", "Ada")]).await.unwrap();
    let plans = world.pools.list_point_in_time_recoveries(&world.pool.id, PageRequest::default()).await.unwrap();
    assert_eq!(plans.items.len(), 1);
    let tenant = Tenant::new("user-pool", world.pool.id.as_str());
    let left = world.store.scan(&Range::of(tenant.key(&["restoration-plan"]), 10)).await.unwrap();
    assert_eq!(left.len(), 0, "what was collected is removed");
}

#[tokio::test]
async fn the_directory_is_not_written_while_a_restoration_is_under_way_and_sign_ins_go_on() {
    let world = kept().await;
    world.user("ada").await;
    world.group("staff").await;
    let moment = world.mark();
    world.set("ada", &[("given_name", "Nobody")]).await.unwrap();
    let tokens = world.tokens("ada").await;
    let preview = world.preview(moment).await;
    // Another node, which has not heard of it.
    let elsewhere = service(&world.clock, &world.outbox, &world.store);

    for pools in [&world.pools, &elsewhere] {
        let world = World {
            pools: pools.clone(),
            clock: Arc::clone(&world.clock),
            outbox: Arc::clone(&world.outbox),
            store: Arc::clone(&world.store),
            pool: world.pool.clone(),
            client: world.client.clone(),
        };
        let (pools, pool) = (&world.pools, &world.pool.id);
        let paused = Some(Error::RestorationUnderWay);
        assert_eq!(world.sign_up("bob").await.err(), paused);
        assert_eq!(
            pools
                .admin_create_user(AdminCreateUser::new(pool.clone(), "bob").attribute("email", "bob@example.com"))
                .await
                .err(),
            paused
        );
        assert_eq!(world.set("ada", &[("given_name", "Ada")]).await.err(), paused);
        assert_eq!(pools.admin_delete_user(pool, "ada").await.err(), paused);
        assert_eq!(pools.admin_disable_user(pool, "ada").await.err(), paused);
        let set = pools.admin_set_user_password(pool, "ada", &NEW.into(), PasswordLifetime::Permanent).await;
        assert_eq!(set.err(), paused);
        assert_eq!(pools.create_group(GroupSpec::new(pool.clone(), "new".parse().unwrap())).await.err(), paused);
        assert_eq!(pools.admin_add_user_to_group(pool, "ada", &"staff".parse().unwrap()).await.err(), paused);
        assert_eq!(pools.delete_group(pool, &"staff".parse().unwrap()).await.err(), paused);
        world.tokens("ada").await;
        world.get("ada").await.unwrap();
    }
    // Whoever must be stopped is stopped: that writes nothing that is restored.
    world.pools.admin_user_global_sign_out(&world.pool.id, "ada").await.unwrap();
    assert!(world.refresh(&tokens.refresh_token.clone().unwrap()).await.is_err());

    world.pools.cancel_point_in_time_recovery(&world.pool.id, &preview.id).await.unwrap();
    world.sign_up("bob").await.unwrap();
    elsewhere.admin_delete_user(&world.pool.id, "ada").await.unwrap();
}

#[tokio::test]
async fn whoever_comes_back_has_no_session_of_before_and_the_last_password() {
    let world = kept().await;
    world.user("ada").await;
    let moment = world.mark();
    world.pools.admin_set_user_password(&world.pool.id, "ada", &NEW.into(), PasswordLifetime::Permanent).await.unwrap();
    let AuthOutcome::Tokens(tokens) = world.password("ada", NEW).await.unwrap() else { panic!() };
    world.pools.admin_delete_user(&world.pool.id, "ada").await.unwrap();

    world.restore(moment).await;

    assert!(world.refresh(&tokens.refresh_token.clone().unwrap()).await.is_err());
    assert!(world.password("ada", PASSWORD).await.is_err());
    assert!(matches!(world.password("ada", NEW).await, Ok(AuthOutcome::Tokens(_))));
    world.pools.maintain().await.unwrap();
    assert!(matches!(world.password("ada", NEW).await, Ok(AuthOutcome::Tokens(_))));
}

#[tokio::test]
async fn who_has_another_password_since_keeps_it_and_is_not_asked_for_another() {
    let world = kept().await;
    world.user("ada").await;
    let pool = &world.pool.id;
    world.pools.admin_set_user_password(pool, "ada", &PASSWORD.into(), PasswordLifetime::Temporary).await.unwrap();
    let moment = world.mark();
    world.pools.admin_set_user_password(pool, "ada", &NEW.into(), PasswordLifetime::Permanent).await.unwrap();
    world.set("ada", &[("given_name", "Nobody")]).await.unwrap();

    world.restore(moment).await;

    let ada = world.get("ada").await.unwrap();
    assert_eq!((ada.status, ada.attributes.get("given_name")), (UserStatus::Confirmed, None));
    assert!(matches!(world.password("ada", NEW).await, Ok(AuthOutcome::Tokens(_))));
}

/// Names that were handed on in a ring since: everybody has their own again.
#[tokio::test]
async fn aliases_that_others_have_now_come_back_to_whoever_had_them() {
    let aliases = [Alias::PreferredUsername].into();
    let world = world_with(|pool, _| {
        pool.settings.history = HistorySettings { days: 14 };
        pool.sign_in_names = SignInNames::UsernameOr(aliases);
    })
    .await;
    world.clock.advance_seconds(86_400);
    for name in ["ada", "bob", "eve"] {
        world.user(name).await;
        world.set(name, &[("preferred_username", &format!("{name}-nick"))]).await.unwrap();
    }
    let moment = world.mark();
    world.set("ada", &[("preferred_username", "free")]).await.unwrap();
    world.set("bob", &[("preferred_username", "ada-nick")]).await.unwrap();
    world.set("eve", &[("preferred_username", "bob-nick")]).await.unwrap();
    world.set("ada", &[("preferred_username", "eve-nick")]).await.unwrap();

    let restored = world.restore(moment).await;

    assert_eq!(restored.skipped, 0);
    for name in ["ada", "bob", "eve"] {
        assert_eq!(world.get(&format!("{name}-nick")).await.unwrap().username.as_str(), name);
    }
}

#[tokio::test]
async fn a_name_that_was_taken_since_by_somebody_new_goes_back_to_its_owner() {
    let world = kept().await;
    world.user("ada").await;
    let sub = world.get("ada").await.unwrap().sub;
    let moment = world.mark();
    world.pools.admin_delete_user(&world.pool.id, "ada").await.unwrap();
    world.user("ada").await;
    let impostor = world.tokens("ada").await;

    let restored = world.restore(moment).await;

    assert_eq!((restored.counts.users, restored.skipped), (counts(1, 0, 1), 0));
    assert_eq!(world.get("ada").await.unwrap().sub, sub);
    assert!(world.refresh(&impostor.refresh_token.clone().unwrap()).await.is_err());
    world.tokens("ada").await;
}

/// Restored twice, to before the first restoration and to after it: both are moments like others.
#[tokio::test]
async fn a_restoration_is_itself_undone_by_another_one() {
    let world = kept().await;
    world.user("ada").await;
    let first = world.mark();
    world.pools.admin_delete_user(&world.pool.id, "ada").await.unwrap();
    let second = world.mark();
    world.restore(first).await;
    let ada = world.get("ada").await.unwrap();

    world.restore(second).await;
    assert_eq!(world.get("ada").await, Err(Error::NotFound(Kind::User)));
    world.restore(first).await;

    let again = world.get("ada").await.unwrap();
    assert_eq!((&again.sub, &again.attributes), (&ada.sub, &ada.attributes));
    assert!(again.epoch > ada.epoch, "no epoch falls");
    world.tokens("ada").await;
}

#[tokio::test]
async fn a_moment_outside_of_what_is_kept_is_refused_and_so_is_a_second_restoration() {
    let world = kept().await;
    let pool = &world.pool.id;
    world.user("ada").await;
    let now = world.clock.now();
    let initiate = async |moment| world.pools.initiate_point_in_time_recovery(pool, moment).await;
    for bad in [now, now.plus_seconds(1 - LEAST_AGE_SECONDS), now.plus_seconds(-86_400), now.plus_seconds(-20 * 86_400)]
    {
        assert_eq!(initiate(bad).await.err(), Some(Invalid::RestorationMoment.into()), "{bad:?}");
    }
    let moment = now.plus_seconds(-LEAST_AGE_SECONDS);
    initiate(moment).await.unwrap();

    assert!(matches!(initiate(moment).await, Err(Error::CountExceeded(_))));
    let mut settings = world.pools.describe_user_pool(pool).await.unwrap().settings;
    settings.history.days = 0;
    assert_eq!(world.pools.update_user_pool(pool, settings).await, Err(Error::RestorationUnderWay));
    let without = crate::world::world().await;
    let refused = without.pools.initiate_point_in_time_recovery(&without.pool.id, moment).await;
    assert_eq!(refused.err(), Some(Error::HistoryOff));
}

#[tokio::test]
async fn a_preview_that_nobody_answers_is_void_after_a_day() {
    let world = kept().await;
    world.user("ada").await;
    let moment = world.mark();
    let preview = world.preview(moment).await;
    world.clock.advance_seconds(86_399);
    assert_eq!(world.described(&preview.id).await.status, RestorationStatus::PreviewGenerated);
    assert_eq!(world.set("ada", &[("given_name", "Ada")]).await, Err(Error::RestorationUnderWay));

    world.clock.advance_seconds(1);

    assert_eq!(world.described(&preview.id).await.status, RestorationStatus::PreviewExpired);
    world.set("ada", &[("given_name", "Ada")]).await.unwrap();
    let start = world.pools.start_point_in_time_recovery(&world.pool.id, &preview.id).await;
    assert_eq!(start.err(), Some(Invalid::RestorationState.into()));
    let next = world.preview(moment).await;
    assert_eq!(next.status, RestorationStatus::PreviewGenerated);
    assert_eq!(world.described(&preview.id).await.status, RestorationStatus::PreviewExpired);
}

/// Two nodes at once: one wins, by whichever call.
#[tokio::test]
async fn of_two_that_begin_or_start_at_once_one_wins() {
    let world = kept().await;
    world.user("ada").await;
    let moment = world.mark();
    world.set("ada", &[("given_name", "Nobody")]).await.unwrap();
    world.clock.advance_seconds(LEAST_AGE_SECONDS);
    let elsewhere = service(&world.clock, &world.outbox, &world.store);
    let pool = &world.pool.id;

    let (one, other) = tokio::join!(
        world.pools.initiate_point_in_time_recovery(pool, moment),
        elsewhere.initiate_point_in_time_recovery(pool, moment),
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{one:?} {other:?}");
    let id = one.or(other).unwrap().id;
    let (one, other) = tokio::join!(
        world.pools.start_point_in_time_recovery(pool, &id),
        elsewhere.start_point_in_time_recovery(pool, &id),
    );
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{one:?} {other:?}");

    assert_eq!(world.described(&id).await.status, RestorationStatus::Completed);
    assert_eq!(world.get("ada").await.unwrap().attributes.get("given_name"), None);
}

/// Prints what `docs/operations.md` says of it.
#[tokio::test]
async fn what_is_kept_of_a_change_is_as_large_as_the_record_and_its_key() {
    let world = kept().await;
    world.user("ada").await;
    world.set("ada", &[("given_name", "Ada"), ("family_name", "Lovelace")]).await.unwrap();
    world.pools.admin_delete_user(&world.pool.id, "ada").await.unwrap();

    let tenant = Tenant::new("user-pool", world.pool.id.as_str());
    let kept = world.store.scan(&Range::of(tenant.key(&["past"]), 100)).await.unwrap();
    for document in &kept {
        let (key, body) = (document.key.as_bytes().len(), document.body.len());
        println!("{}: a key of {key} bytes, a body of {body}", document.key.parts()[4]);
        assert!(key <= 160 && body <= 2_000, "{key} {body}");
    }
    assert_eq!(kept.len(), 6, "made, confirmed, changed and removed, and the password made and removed");
}

/// Nothing more is read or written for a history that is off, and nothing is kept.
#[tokio::test]
async fn a_pool_without_history_pays_nothing_and_one_with_it_a_document_for_each_change() {
    let mut paid = Vec::new();
    for days in [0, 14] {
        let mut world = world_with(|pool, _| pool.settings.history = HistorySettings { days }).await;
        world.user("ada").await;
        let store = Arc::new(Counting::new(Arc::clone(&world.store)));
        let mut parts = parts(&world.clock, &world.outbox, &world.store);
        parts.storage = Arc::new(DocumentUserPools::new(Arc::clone(&store)));
        world.pools = UserPools::new(parts);
        world.tokens("ada").await;
        let mut asked = async |what: &str| {
            let before = world.size().await;
            store.reset();
            match what {
                "sign-in" => drop(world.tokens("ada").await),
                "attributes" => world.set("ada", &[("given_name", "A")]).await.unwrap(),
                "password" => {
                    let (password, lifetime) = (NEW.into(), PasswordLifetime::Permanent);
                    world.pools.admin_set_user_password(&world.pool.id, "ada", &password, lifetime).await.unwrap();
                }
                _ => world.pools.admin_delete_user(&world.pool.id, "ada").await.unwrap(),
            }
            paid.push((days, store.reads(), store.commits(), world.size().await - before));
        };
        for what in ["sign-in", "attributes", "password", "deletion"] {
            asked(what).await;
        }
    }

    let (without, with) = paid.split_at(4);
    assert!(without.iter().all(|(_, _, _, kept)| *kept == 0), "{without:?}");
    let more: Vec<(usize, usize, usize)> =
        without.iter().zip(with).map(|(off, on)| (on.1 - off.1, on.2 - off.2, on.3)).collect();
    assert_eq!(more, [(0, 0, 0), (0, 0, 1), (1, 0, 1), (1, 0, 2)], "{paid:?}");
}

#[tokio::test]
async fn what_is_older_than_the_window_is_forgotten_and_all_of_it_once_it_is_turned_off() {
    let world = kept().await;
    world.user("ada").await;
    assert!(world.size().await > 0);
    world.clock.advance_seconds(10 * 86_400);
    world.set("ada", &[("given_name", "Ada")]).await.unwrap();
    world.clock.advance_seconds(5 * 86_400);

    world.pools.maintain().await.unwrap();
    assert_eq!(world.size().await, 1, "the change of five days ago");
    let mut settings = world.pools.describe_user_pool(&world.pool.id).await.unwrap().settings;
    settings.history.days = 0;
    world.pools.update_user_pool(&world.pool.id, settings).await.unwrap();
    world.set("ada", &[("given_name", "Eve")]).await.unwrap();
    world.pools.maintain().await.unwrap();

    assert_eq!(world.size().await, 0);
    assert!(!world.pools.describe_user_pool(&world.pool.id).await.unwrap().history.left);
}

/// A node that has not heard that a history was turned on keeps it all the same, from the first pool it reads.
#[tokio::test]
async fn another_node_keeps_the_history_that_this_one_has_turned_on() {
    let world = world().await;
    world.user("ada").await;
    let elsewhere = service(&world.clock, &world.outbox, &world.store);
    elsewhere.admin_get_user(&world.pool.id, "ada").await.unwrap();
    let mut settings = world.pool.settings.clone();
    settings.history.days = 1;
    world.pools.update_user_pool(&world.pool.id, settings).await.unwrap();

    elsewhere.admin_disable_user(&world.pool.id, "ada").await.unwrap();

    assert_eq!(world.size().await, 1);
}

/// The directory as people see it, without how often everybody was signed out and when a record was last written.
async fn seen(world: &World) -> Vec<(String, Attributes, UserStatus, bool, Vec<String>)> {
    let page = PageRequest { limit: 60, after: None };
    let all = world.pools.list_users(&world.pool.id, "", page).await.unwrap().items;
    let mut seen = Vec::new();
    for user in all {
        let groups = user.memberships.keys().map(ToString::to_string).collect();
        seen.push((user.username.to_string(), user.attributes, user.status, user.enabled, groups));
    }
    seen.sort_by(|one, other| one.0.cmp(&other.0));
    seen
}

/// Killed after each of its commits, and finished by another node.
#[tokio::test]
async fn a_restoration_that_is_killed_anywhere_is_finished_elsewhere() {
    for lives in 0.. {
        let world = kept().await;
        for number in 0..30 {
            world.invite(&format!("user{number:02}")).await;
        }
        world.group("staff").await;
        world.join("user00", "staff").await;
        let (moment, then) = (world.mark(), seen(&world).await);
        for number in 0..30 {
            let name = format!("user{number:02}");
            match number % 3 {
                0 => world.pools.admin_delete_user(&world.pool.id, &name).await.unwrap(),
                1 => world.set(&name, &[("given_name", "Nobody")]).await.unwrap(),
                _ => world.pools.admin_disable_user(&world.pool.id, &name).await.unwrap(),
            }
        }
        world.pools.delete_group(&world.pool.id, &"staff".parse().unwrap()).await.unwrap();
        world.invite("late").await;
        world.clock.advance_seconds(LEAST_AGE_SECONDS);
        let mortal = over(&world, Arc::new(Mortal { store: Arc::clone(&world.store), left: AtomicUsize::new(lives) }));

        let pool = &world.pool.id;
        let begun = mortal.initiate_point_in_time_recovery(pool, moment).await;
        world.pools.maintain().await.unwrap();
        let id = match begun {
            Ok(begun) => begun.id,
            // It died before it had begun.
            Err(_) => world.pools.initiate_point_in_time_recovery(pool, moment).await.unwrap().id,
        };
        let preview = world.described(&id).await;
        assert_eq!(preview.status, RestorationStatus::PreviewGenerated, "{lives}");
        assert_eq!((preview.counts.users, preview.counts.groups), (counts(10, 20, 1), counts(1, 0, 0)), "{lives}");
        let died = mortal.start_point_in_time_recovery(pool, &id).await.is_err();
        if died {
            world.pools.start_point_in_time_recovery(pool, &id).await.unwrap();
        }
        world.pools.maintain().await.unwrap();

        assert_eq!(world.described(&id).await.status, RestorationStatus::Completed, "{lives}");
        assert_eq!(seen(&world).await, then, "{lives}");
        world.set("user01", &[("given_name", "Ada")]).await.unwrap();
        if !died && mortal.admin_disable_user(pool, "user02").await.is_ok() {
            assert!(lives > 6, "{lives}");
            return;
        }
    }
}

/// What it costs follows from what was changed, and not from how many there are.
#[tokio::test]
async fn a_restoration_of_one_of_many_costs_as_much_as_of_one_of_few() {
    let mut paid = Vec::new();
    for others in [0, 200] {
        let mut world = kept().await;
        world.user("ada").await;
        for number in 0..others {
            let request = AdminCreateUser::new(world.pool.id.clone(), format!("user{number}"));
            let request = AdminCreateUser { invitation: userpool_core::ops::users::Invitation::Suppress, ..request };
            world.pools.admin_create_user(request).await.unwrap();
        }
        let moment = world.mark();
        world.set("ada", &[("given_name", "Nobody")]).await.unwrap();
        let store = Arc::new(Counting::new(Arc::clone(&world.store)));
        world.pools = over(&world, Arc::clone(&store) as Arc<dyn DocumentStore>);
        world.restore(moment).await;
        paid.push((store.reads(), store.commits()));
    }

    assert_eq!(paid[0], paid[1]);
}

/// Somebody begins a restoration just before each commit of this store goes through.
struct Raced {
    store: Arc<MemoryStore>,
    other: UserPools,
    pool: UserPoolId,
    moment: Timestamp,
}

#[async_trait]
impl DocumentStore for Raced {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        self.store.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        self.store.get_many(keys).await
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        self.store.scan(range).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        let begun = self.other.initiate_point_in_time_recovery(&self.pool, self.moment).await;
        assert!(matches!(begun, Ok(_) | Err(Error::CountExceeded(_))), "{begun:?}");
        self.store.commit(batch).await
    }
}

#[tokio::test]
async fn a_write_that_was_decided_before_a_restoration_began_is_refused() {
    let world = kept().await;
    world.user("ada").await;
    let (moment, before) = (world.mark(), world.get("ada").await.unwrap());
    let (store, other) = (Arc::clone(&world.store), world.pools.clone());
    let raced = over(&world, Arc::new(Raced { store, other, pool: world.pool.id.clone(), moment }));

    let disabled = raced.admin_disable_user(&world.pool.id, "ada").await;

    assert_eq!(disabled, Err(Error::RestorationUnderWay));
    assert_eq!(world.get("ada").await.unwrap(), before);
}

/// A preview that is void is not started, and a write that was made meanwhile is not lost unseen: it is taken back too.
#[tokio::test]
async fn what_was_written_after_a_void_preview_is_part_of_the_next_one() {
    let world = kept().await;
    world.user("ada").await;
    let moment = world.mark();
    let preview = world.preview(moment).await;
    world.clock.advance_seconds(86_400);
    world.set("ada", &[("given_name", "Nobody")]).await.unwrap();
    let start = world.pools.start_point_in_time_recovery(&world.pool.id, &preview.id).await;
    assert_eq!(start.err(), Some(Invalid::RestorationState.into()));

    let restored = world.restore(moment).await;

    assert_eq!(restored.counts.users, counts(0, 1, 0));
    assert_eq!(world.get("ada").await.unwrap().attributes.get("given_name"), None);
}
