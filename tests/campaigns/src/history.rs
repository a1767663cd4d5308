//! What keeping the history of a pool costs: the same writes to a pool that keeps it and to one that does not, in turns, each on a
//! store of its own.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use cenote::adapters::{Argon2Hasher, HashingCost};
use cenote::documents::DocumentStore;
use cenote::kernel::sealing::MasterKey;
use cenote::memory::MemoryStore;
use cenote::postgres::{Options, PostgresStore};
use cenote::prelude::*;
use cenote::sqlite::SqliteStore;
use cenote::userpool::model::ids::UserPoolId;
use cenote::userpool::ops::users::{AdminCreateUser, Invitation, PasswordLifetime};

use crate::Store;

/// Users of each pool, who are written in turn.
const USERS: usize = 100;

/// Writes of each kind to each pool in a round.
const WRITES: usize = 300;

/// What is written in turn.
const OPERATIONS: [&str; 3] =
    ["AdminUpdateUserAttributes", "AdminSetUserPassword", "AdminAddUserToGroup and out again"];

/// Where both pools are kept, each in a store of its own.
#[derive(Debug)]
pub enum Kept {
    /// In memory: what is left is the work of processors.
    InMemory,
    /// As it is in use.
    On([Store; 2]),
}

/// The figures of one operation.
#[derive(Debug)]
pub struct Measured {
    /// What was called.
    pub operation: &'static str,
    /// For each round, microseconds of half of the calls, without a history and with one.
    pub rounds: Vec<[f64; 2]>,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ratios: Vec<f64> = self.rounds.iter().map(|[without, with]| with / without).collect();
        let column = |at: usize| median(self.rounds.iter().map(|round| round[at]).collect());
        let (least, most) =
            ratios.iter().fold((f64::MAX, f64::MIN), |(least, most), at| (least.min(*at), most.max(*at)));
        let Self { operation, .. } = self;
        let (without, with, ratio) = (column(0), column(1), median(ratios));
        write!(f, "| {operation} | {without:.0} | {with:.0} | {ratio:.2} ({least:.2} to {most:.2}) |")
    }
}

/// Measures so many rounds.
pub async fn run(kept: &Kept, rounds: u32) -> Vec<Measured> {
    let pools = [Pool::new(store(kept, 0).await, 0).await, Pool::new(store(kept, 1).await, 7).await];
    let mut measured = OPERATIONS.map(|operation| Measured { operation, rounds: Vec::new() });
    for round in 0..=rounds {
        for (at, measured) in measured.iter_mut().enumerate() {
            let taken = one_round(&pools, at, round).await;
            // The first round warms what is kept in memory.
            if round > 0 {
                measured.rounds.push(taken);
            }
        }
    }
    measured.into()
}

async fn one_round(pools: &[Pool; 2], operation: usize, round: u32) -> [f64; 2] {
    let mut taken = [Vec::new(), Vec::new()];
    for call in 0..WRITES {
        for which in [call % 2, 1 - call % 2] {
            let began = Instant::now();
            pools[which].write(operation, call, round).await;
            taken[which].push(began.elapsed().as_secs_f64() * 1e6);
        }
    }
    taken.map(median)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn store(kept: &Kept, which: usize) -> Arc<dyn DocumentStore> {
    let Kept::On(stores) = kept else { return Arc::new(MemoryStore::new()) };
    match stores[which].url() {
        Some(url) => Arc::new(PostgresStore::open(&url, Options::default()).await.unwrap()),
        None => Arc::new(SqliteStore::open(&stores[which].path().join("cenote.db")).unwrap()),
    }
}

struct Pool {
    users: Arc<UserPools>,
    id: UserPoolId,
}

impl Pool {
    async fn new(store: Arc<dyn DocumentStore>, days: u32) -> Self {
        // Cheap hashes: dear ones would hide what else differs.
        let hasher = Argon2Hasher::new(HashingCost { memory_kib: 64, passes: 1 }, 4);
        let builder = Cenote::builder().store(store, MasterKey::new([7; 32])).hasher(Arc::new(hasher));
        let users = Arc::clone(builder.build().await.unwrap().user_pools());
        let mut pool = CreateUserPool::named("people", &users);
        pool.settings.history.days = days;
        let id = users.create_user_pool(pool).await.unwrap().id;
        users.create_group(GroupSpec::new(id.clone(), "staff".parse().unwrap())).await.unwrap();
        let pool = Self { users, id };
        for at in 0..USERS {
            let request = AdminCreateUser::new(pool.id.clone(), name(at));
            let request = AdminCreateUser { invitation: Invitation::Suppress, ..request };
            pool.users.admin_create_user(request).await.unwrap();
        }
        pool
    }

    async fn write(&self, operation: usize, call: usize, round: u32) {
        let (id, who) = (&self.id, name(call % USERS));
        match operation {
            0 => {
                let name = [("given_name".to_owned(), format!("Name {round} {call}"))];
                self.users.admin_update_user_attributes(id, &who, Attributes::from(name)).await.unwrap();
            }
            1 => {
                let password = format!("Correct-horse-{round}-{call}").into();
                self.users.admin_set_user_password(id, &who, &password, PasswordLifetime::Permanent).await.unwrap();
            }
            _ => {
                let group = "staff".parse().unwrap();
                self.users.admin_add_user_to_group(id, &who, &group).await.unwrap();
                self.users.admin_remove_user_from_group(id, &who, &group).await.unwrap();
            }
        }
    }
}

fn name(at: usize) -> String {
    format!("user-{at}")
}
