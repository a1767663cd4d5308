//! Signing in by password where PostgreSQL keeps the users: how often it is asked, and how many clients of one pool get in.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use cenote::Cenote;
use cenote::adapters::{Argon2Hasher, HashingCost};
use cenote::prelude::*;
use cenote::userpool::model::ids::ClientId;
use document_store::DocumentStore;
use identity_kernel::sealing::MasterKey;
use storage_postgres::{Options, PostgresStore};
use throwaway_postgres::Cluster;

use crate::storage::Figure;

const PASSWORD: &str = "Correct-horse-1";

/// Users of the pool; each of the clients signs in its own.
const USERS: usize = 64;

/// A wire to the database that counts how often the side that speaks changes to the client: the round trips.
struct Wire {
    url: String,
    trips: Arc<AtomicUsize>,
}

impl Wire {
    /// A wire to the cluster at this URL. It lasts as long as the program.
    fn to(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (own, (start, rest)) = (listener.local_addr().unwrap(), url.split_once('@').unwrap());
        let (server, name) = rest.split_once('/').unwrap();
        let (server, trips) = (server.to_owned(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&trips);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&server) else { return };
                for end in [&client, &server] {
                    end.set_nodelay(true).unwrap();
                }
                // Whether the server spoke last.
                let answered = Arc::new(AtomicBool::new(true));
                for (from, to, of_client) in [(&client, &server, true), (&server, &client, false)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let (answered, trips) = (Arc::clone(&answered), Arc::clone(&counted));
                    std::thread::spawn(move || {
                        pass_on(from, to, || {
                            if answered.swap(!of_client, Ordering::SeqCst) && of_client {
                                trips.fetch_add(1, Ordering::SeqCst);
                            }
                        });
                    });
                }
            }
        });
        Self { url: format!("{start}@{own}/{name}"), trips }
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, each: impl Fn()) {
    let mut buffer = [0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        each();
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// A pool of users whose names are their passwords' salt.
struct Pool {
    cenote: Cenote,
    client: ClientId,
}

impl Pool {
    async fn at(url: &str, cost: HashingCost) -> Self {
        let options = Options { max_connections: 64, ..Options::default() };
        let store: Arc<dyn DocumentStore> = Arc::new(PostgresStore::open(url, options).await.unwrap());
        let hasher = Arc::new(Argon2Hasher::new(cost, 4));
        let builder = Cenote::builder().store(store, MasterKey::new([7; 32])).hasher(hasher);
        let cenote = builder.build().await.unwrap();
        let users = cenote.user_pools();
        let pool = users.create_user_pool(CreateUserPool::named("people", users)).await.unwrap().id;
        let mut settings = users.default_client_settings("app");
        settings.allow(AllowedFlow::UserPassword);
        let made =
            users.create_user_pool_client(CreateClient { pool: pool.clone(), settings, with_secret: false }).await;
        let client = made.unwrap().client.id;
        for at in 0..USERS {
            let username = format!("user-{at}");
            let sign_up = SignUp::new(client.clone(), username.clone(), PASSWORD);
            let sign_up = sign_up.attribute("email", format!("{username}@example.com"));
            users.sign_up(sign_up).await.unwrap();
            users.admin_confirm_sign_up(&pool, &username).await.unwrap();
        }
        Self { cenote, client }
    }

    async fn sign_in(&self, at: usize) {
        let flow = SignInFlow::UserPassword { username: format!("user-{}", at % USERS), password: PASSWORD.into() };
        let request = InitiateAuth { client: self.client.clone(), caller: Caller::Public, secret_hash: None, flow };
        let outcome = self.cenote.user_pools().initiate_auth(request).await.unwrap();
        assert!(matches!(outcome, AuthOutcome::Tokens(_)));
    }
}

/// Round trips of one sign-in, several times.
async fn round_trips(url: &str) -> Vec<f64> {
    let wire = Wire::to(url);
    let pool = Pool::at(&wire.url, CHEAP).await;
    pool.sign_in(0).await;
    let mut counted = Vec::new();
    for at in 1..10 {
        let before = wire.trips.load(Ordering::SeqCst);
        pool.sign_in(at).await;
        counted.push((wire.trips.load(Ordering::SeqCst) - before) as f64);
    }
    counted
}

/// A cost of hashing at which the database is what is measured.
const CHEAP: HashingCost = HashingCost { memory_kib: 64, passes: 1 };

/// Sign-ins a second by 64 clients of one pool, five times.
async fn per_second(url: &str, cost: HashingCost, each: usize) -> Vec<f64> {
    let pool = Arc::new(Pool::at(url, cost).await);
    let mut rates = Vec::new();
    for _ in 0..5 {
        let start = Instant::now();
        let clients = (0..USERS).map(|at| {
            let pool = Arc::clone(&pool);
            tokio::spawn(async move {
                for _ in 0..each {
                    pool.sign_in(at).await;
                }
            })
        });
        let clients: Vec<_> = clients.collect();
        for client in clients {
            client.await.unwrap();
        }
        rates.push((USERS * each) as f64 / start.elapsed().as_secs_f64());
    }
    rates
}

/// The figures of a cluster of their own.
pub async fn figures() -> Vec<Figure> {
    let figure = |what: &str, unit: &str, measured: &[f64]| Figure::of("PostgreSQL", what, unit, measured);
    let clusters: Mutex<Vec<Cluster>> = Mutex::default();
    let url = || {
        let cluster = Cluster::start().unwrap().unwrap();
        let url = cluster.url();
        clusters.lock().unwrap().push(cluster);
        url
    };
    let trips = round_trips(&url()).await;
    let cheap = per_second(&url(), CHEAP, 20).await;
    let dear = per_second(&url(), HashingCost::default(), 4).await;
    vec![
        figure("a sign-in by password", "round trips", &trips),
        figure("sign-ins by 64 clients of one pool, hashing left out", "/s", &cheap),
        figure("sign-ins by 64 clients of one pool, hashing as by default", "/s", &dear),
    ]
}
