//! What a page of users and a lookup by alias cost where a pool has many users: one pool that grows, measured at each size.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cenote::documents::page::PageRequest;
use cenote::documents::{DocumentStore, Key};
use cenote::kernel::entropy::{Entropy, SystemEntropy, bytes};
use cenote::kernel::sealing::MasterKey;
use cenote::postgres::{Options, PostgresStore};
use cenote::prelude::*;
use cenote::sqlite::SqliteStore;
use cenote::userpool::DocumentUserPools;
use cenote::userpool::model::ids::{Subject, UserPoolId};
use cenote::userpool::model::pool::{Alias, SignInNames, UserPool};
use cenote::userpool::model::user::User;
use cenote::userpool::storage::{UserPoolStorage, UserWrite};
use futures::future::join_all;

use crate::Store;

const PASSWORD: &str = "Correct-horse-1";

/// Calls of each operation at each size.
const CALLS: usize = 2000;

/// Users in one commit of the filling.
const AT_ONCE: usize = 100;

/// What is measured at each size.
const OPERATIONS: [&str; 5] = [
    "ListUsers, a first page of 60",
    "ListUsers, a page of 60 from anywhere",
    "ListUsers, email = one of them",
    "ListUsers, email ^= the beginning of a hundred",
    "AdminGetUser by an alias (e-mail)",
];

/// The figures of one operation: microseconds at half and at 95 of 100 calls, at each size.
#[derive(Debug)]
pub struct Measured {
    /// What was called.
    pub operation: &'static str,
    /// For each size, half and 95 of 100.
    pub at_size: Vec<(usize, f64, f64)>,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "| {} |", self.operation)?;
        for (_, half, most) in &self.at_size {
            write!(f, " {half:.0} ({most:.0}) |")?;
        }
        let ends = self.at_size.first().zip(self.at_size.last());
        write!(f, " {:.2} |", ends.map_or(1.0, |(first, last)| last.1 / first.1))
    }
}

/// Fills a pool to each of these sizes, the smallest first, and measures there.
pub async fn run(store: &Store, sizes: &[usize]) -> Vec<Measured> {
    let documents: Arc<dyn DocumentStore> = match store.url() {
        Some(url) => Arc::new(PostgresStore::open(&url, Options::default()).await.unwrap()),
        None => Arc::new(SqliteStore::open(&store.path().join("cenote.db")).unwrap()),
    };
    let cenote = Cenote::builder().store(Arc::clone(&documents), MasterKey::new([7; 32])).build().await.unwrap();
    let crowd = Crowd::new(cenote, documents).await;
    let mut measured = OPERATIONS.map(|operation| Measured { operation, at_size: Vec::new() });
    let mut there = 0;
    for size in sizes {
        crowd.fill(there, *size).await;
        there = *size;
        for (at, measured) in measured.iter_mut().enumerate() {
            let (half, most) = crowd.measure(at, there).await;
            println!("{size} users, {}: {half:.0} us, 95 of 100 within {most:.0}", measured.operation);
            measured.at_size.push((*size, half, most));
        }
    }
    measured.into()
}

struct Crowd {
    users: Arc<UserPools>,
    storage: DocumentUserPools<Arc<dyn DocumentStore>>,
    pool: UserPool,
    /// Whom the others are like.
    first: User,
    entropy: SystemEntropy,
}

impl Crowd {
    async fn new(cenote: Cenote, documents: Arc<dyn DocumentStore>) -> Self {
        let users = Arc::clone(cenote.user_pools());
        let mut pool = CreateUserPool::named("people", &users);
        pool.sign_in_names = SignInNames::UsernameOr([Alias::Email].into());
        let pool = users.create_user_pool(pool).await.unwrap();
        let settings = users.default_client_settings("app");
        let client = CreateClient { pool: pool.id.clone(), settings, with_secret: false };
        let client = users.create_user_pool_client(client).await.unwrap().client.id;
        let sign_up = SignUp::new(client, "first", PASSWORD).attribute("email", "first@example.com");
        users.sign_up(sign_up).await.unwrap();
        users.admin_confirm_sign_up(&pool.id, "first").await.unwrap();
        let first = users.admin_get_user(&pool.id, "first").await.unwrap();
        Self { users, storage: DocumentUserPools::new(documents), pool, first, entropy: SystemEntropy::new() }
    }

    fn id(&self) -> &UserPoolId {
        &self.pool.id
    }

    fn user(&self, at: usize) -> User {
        let mut user = self.first.clone();
        user.sub = Subject::from_random(bytes(&self.entropy));
        user.username = format!("user-{at}").parse().unwrap();
        let attributes = [("email", email(at)), ("email_verified", "true".to_owned()), ("name", format!("Name {at}"))];
        user.attributes.extend(attributes.map(|(name, value)| (name.to_owned(), value)));
        user.attributes.insert("sub".to_owned(), user.sub.to_string());
        user.refresh_names(&self.pool);
        user
    }

    async fn fill(&self, from: usize, to: usize) {
        let began = Instant::now();
        let firsts: Vec<usize> = (from..to).step_by(AT_ONCE).collect();
        for eight in firsts.chunks(8) {
            let commits = eight.iter().map(|first| {
                let writes =
                    (*first..(*first + AT_ONCE).min(to)).map(|at| UserWrite::Insert { user: self.user(at) }.into());
                self.storage.commit(writes.collect())
            });
            join_all(commits).await.into_iter().for_each(Result::unwrap);
            let done = eight[0] + AT_ONCE * eight.len();
            if (done / AT_ONCE) % 400 < 8 {
                println!("{done} of {to} users after {} s", began.elapsed().as_secs());
            }
        }
    }

    /// Microseconds at half and at 95 of 100 calls.
    async fn measure(&self, operation: usize, size: usize) -> (f64, f64) {
        let mut times = Vec::with_capacity(CALLS);
        for call in 0..CALLS * 2 {
            let whom = usize::from_be_bytes(bytes(&self.entropy)) % size;
            let began = Instant::now();
            self.call(operation, whom).await;
            // The first half warms what is kept in memory.
            if call >= CALLS {
                times.push(began.elapsed().as_secs_f64() * 1e6);
            }
        }
        times.sort_by(f64::total_cmp);
        (times[CALLS / 2], times[CALLS * 95 / 100])
    }

    async fn call(&self, operation: usize, whom: usize) {
        let page = |after| PageRequest { limit: 60, after };
        let (filter, after, least) = match operation {
            0 => (String::new(), None, 60),
            1 => (String::new(), Some(self.anywhere()), 0),
            2 => (format!("email = \"{}\"", email(whom)), None, 1),
            3 => (format!("email ^= \"u{:06}\"", whom / 100), None, 60),
            _ => {
                let user = self.users.admin_get_user(self.id(), &email(whom)).await.unwrap();
                assert_eq!(user.attributes.get("email"), Some(&email(whom)));
                return;
            }
        };
        let found = self.users.list_users(self.id(), &filter, page(after)).await.unwrap();
        assert!(found.items.len() >= least, "{filter}: {}", found.items.len());
    }

    /// Where a page may begin: behind a subject that somebody might have.
    fn anywhere(&self) -> String {
        let mut subject = [0; 16];
        self.entropy.fill(&mut subject);
        URL_SAFE_NO_PAD.encode(Key::new(&[Subject::from_random(subject).as_str()]).as_bytes())
    }
}

/// The addresses of a hundred neighbours begin with the same seven characters.
fn email(at: usize) -> String {
    format!("u{:06}-{:02}@example.com", at / 100, at % 100)
}
