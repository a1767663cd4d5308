//! What a sign-in over HTTP costs the server beside the raw cost of its primitives, in turns within one run.
//!
//! CPU time of the server's process, as the system counts it, over that of as many threads as there are processors that do
//! nothing but the primitives. What the callers cost is not in it.

use std::fmt;
use std::hint::black_box;
use std::process;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cenote::kernel::time::{Clock as _, SystemClock};
use cenote::srp;
use cenote::tokens::{Algorithm, SigningKey};
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U256, U3072};
use futures::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};

use crate::Store;
use crate::caller::{Caller, text};

const PASSWORD: &str = "Correct-horse-1";

/// Callers at once, for each processor.
const CALLERS: usize = 4;

/// How long each part of a round is measured.
const SPAN: Duration = Duration::from_millis(1500);

/// What was measured of one way to sign in.
#[derive(Debug)]
pub struct Measured {
    /// How.
    pub way: &'static str,
    /// Milliseconds of CPU time of the primitives of one sign-in, each round.
    pub raw: Vec<f64>,
    /// Milliseconds of the server's CPU time for one sign-in, each round.
    pub server: Vec<f64>,
    /// Sign-ins a second, while the callers ran on the same machine.
    pub rate: Vec<f64>,
    /// Page faults of the server for one sign-in that needed no reading.
    pub faults: Vec<f64>,
}

impl Measured {
    /// The server's cost over the primitives', round by round.
    pub fn ratios(&self) -> Vec<f64> {
        self.server.iter().zip(&self.raw).map(|(server, raw)| server / raw).collect()
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { way, raw, server, rate, faults } = self;
        write!(f, "| {way} |")?;
        for column in [raw, server, &self.ratios(), rate, faults] {
            let mut sorted = column.clone();
            sorted.sort_by(f64::total_cmp);
            write!(f, " {:.3} ({:.3} to {:.3}) |", sorted[sorted.len() / 2], sorted[0], sorted[sorted.len() - 1])?;
        }
        Ok(())
    }
}

/// Measures so many rounds.
pub async fn run(store: &Store, rounds: u32) -> Vec<Measured> {
    let server = store.serve();
    let people = Arc::new(People::new(&server.url).await);
    let pid = server.process();
    let key = Arc::new(SigningKey::generate(Algorithm::Rs256).unwrap());
    let none = |way| Measured { way, raw: Vec::new(), server: Vec::new(), rate: Vec::new(), faults: Vec::new() };
    let mut measured = [none("password"), none("SRP")];
    people.sign_in(pid, Way::Password).await;
    for round in 0..rounds {
        let key = Arc::clone(&key);
        let signature = move || {
            let key = Arc::clone(&key);
            move || drop(black_box(key.sign(&json!({"sub": "ada"})).unwrap()))
        };
        let signatures = raw(signature) * 2.0;
        for (at, way) in [Way::Password, Way::Srp].into_iter().enumerate() {
            let primitive = match way {
                Way::Password => raw(argon2id),
                Way::Srp => raw(three_exponentiations),
            };
            let Signed { cpu, rate, faults } = people.sign_in(pid, way).await;
            measured[at].raw.push(primitive + signatures);
            measured[at].server.push(cpu);
            measured[at].rate.push(rate);
            measured[at].faults.push(faults);
        }
        println!("round {}", round + 1);
    }
    measured.into()
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Milliseconds of CPU time that a call takes where every processor does nothing else.
fn raw<F: FnMut()>(call: impl Fn() -> F + Clone + Send + 'static) -> f64 {
    let before = Usage::of(process::id());
    let threads = (0..processors()).map(|_| {
        let call = call.clone();
        std::thread::spawn(move || {
            let (began, mut call) = (Instant::now(), call());
            let mut calls = 0_u32;
            while began.elapsed() < SPAN {
                call();
                calls += 1;
            }
            calls
        })
    });
    let threads: Vec<_> = threads.collect();
    let calls: u32 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    (Usage::of(process::id()).cpu - before.cpu) / f64::from(calls)
}

/// Argon2id with 19 MiB and two passes, in memory that is used again, by the crate that the server hashes with.
#[cfg(feature = "argon2-simd")]
fn argon2id() -> impl FnMut() {
    use argon2_rust::{Algorithm, Argon2, Params, Version};

    let mut hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::OWASP).hasher();
    move || {
        let mut out = [0; 32];
        hasher.hash_into(b"Correct-horse-1", &[7; 16], &mut out).unwrap();
        black_box(out);
    }
}

/// Argon2id with 19 MiB and two passes, in memory that is used again, by the crate that the server hashes with.
#[cfg(not(feature = "argon2-simd"))]
fn argon2id() -> impl FnMut() {
    use argon2::{Algorithm, Argon2, Block, Params, Version};

    let parameters = Params::new(19_456, 2, 1, Some(32)).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    let mut memory = vec![Block::default(); 19_456];
    move || {
        let mut out = [0; 32];
        argon2.hash_password_into_with_memory(b"Correct-horse-1", &[7; 16], &mut out, &mut memory).unwrap();
        black_box(out);
    }
}

/// The server's part of SRP: three exponentiations modulo 3072 bits with exponents of 256. That one of them is of the generator,
/// whose powers the server has in a table, is not allowed for here.
fn three_exponentiations() -> impl FnMut() {
    let parameters = FixedMontyParams::new(Odd::new(U3072::MAX).unwrap());
    let base = FixedMontyForm::new(&U3072::from_u64(0xdead_beef), &parameters);
    move || {
        for _ in 0..3 {
            black_box(base.pow(black_box(&U256::MAX)));
        }
    }
}

/// What a process has used since it began.
#[derive(Clone, Copy)]
struct Usage {
    /// Milliseconds of CPU time, of all its threads and of those that have ended.
    cpu: f64,
    /// Page faults that needed no reading.
    faults: f64,
}

impl Usage {
    fn of(process: u32) -> Self {
        let told = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        // Behind the name, which may have blanks: proc(5) counts the state as the third.
        let numbers: Vec<&str> = told.rsplit(')').next().unwrap().split_whitespace().collect();
        let number = |field: usize| numbers[field - 3].parse::<f64>().unwrap();
        // A tick is a hundredth of a second wherever Linux runs.
        Self { cpu: (number(14) + number(15)) * 10.0, faults: number(10) }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Way {
    Password,
    Srp,
}

/// What sign-ins came to: each of the server's CPU time in milliseconds, how many in a second, page faults of each.
struct Signed {
    cpu: f64,
    rate: f64,
    faults: f64,
}

/// The users of a pool, one for each caller.
struct People {
    caller: Caller,
    pool: String,
    client: String,
    count: usize,
}

impl People {
    async fn new(url: &str) -> Self {
        let caller = Caller::new(url);
        let pool = json!({"PoolName": "campaign"});
        let pool = text(&caller.admin("CreateUserPool", &pool).await.unwrap().1["UserPool"]["Id"]);
        let client = json!({"UserPoolId": pool, "ClientName": "c",
            "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]});
        let client =
            text(&caller.admin("CreateUserPoolClient", &client).await.unwrap().1["UserPoolClient"]["ClientId"]);
        let count = CALLERS * processors();
        for at in 0..count {
            let user = json!({"UserPoolId": pool, "Username": name(at), "MessageAction": "SUPPRESS"});
            let (status, answer) = caller.admin("AdminCreateUser", &user).await.unwrap();
            assert_eq!(status, StatusCode::OK, "{answer}");
            let password = json!({"UserPoolId": pool, "Username": name(at), "Password": PASSWORD, "Permanent": true});
            let (status, answer) = caller.admin("AdminSetUserPassword", &password).await.unwrap();
            assert_eq!(status, StatusCode::OK, "{answer}");
        }
        Self { caller, pool, client, count }
    }

    /// Everybody signs in, again and again.
    async fn sign_in(self: &Arc<Self>, server: u32, way: Way) -> Signed {
        let (before, began) = (Usage::of(server), Instant::now());
        let callers = (0..self.count).map(|at| {
            let people = Arc::clone(self);
            tokio::spawn(async move {
                let mut sign_ins = 0_u32;
                while began.elapsed() < SPAN * 2 {
                    match way {
                        Way::Password => people.by_password(at).await,
                        Way::Srp => people.by_srp(at).await,
                    }
                    sign_ins += 1;
                }
                sign_ins
            })
        });
        let signed_in: u32 = join_all(callers).await.into_iter().map(Result::unwrap).sum();
        let (after, seconds, signed_in) = (Usage::of(server), began.elapsed().as_secs_f64(), f64::from(signed_in));
        Signed {
            cpu: (after.cpu - before.cpu) / signed_in,
            rate: signed_in / seconds,
            faults: (after.faults - before.faults) / signed_in,
        }
    }

    async fn by_password(&self, at: usize) {
        let request = json!({"ClientId": self.client, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": name(at), "PASSWORD": PASSWORD}});
        self.tokens("InitiateAuth", &request).await;
    }

    async fn by_srp(&self, at: usize) {
        let client = srp::Client::new(&self.pool, [3; 128]).unwrap();
        let request = json!({"ClientId": self.client, "AuthFlow": "USER_SRP_AUTH",
            "AuthParameters": {"USERNAME": name(at), "SRP_A": client.srp_a()}});
        let (status, answer) = self.caller.call("InitiateAuth", &request).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{answer}");
        let parameter = |name: &str| text(&answer["ChallengeParameters"][name]);
        let challenge = srp::Challenge {
            user_id_for_srp: &parameter("USER_ID_FOR_SRP"),
            salt: &parameter("SALT"),
            srp_b: &parameter("SRP_B"),
            secret_block: &parameter("SECRET_BLOCK"),
        };
        let proof = client.prove(&challenge, PASSWORD, SystemClock.now()).unwrap();
        let request = json!({"ClientId": self.client, "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeResponses": {"USERNAME": challenge.user_id_for_srp, "TIMESTAMP": proof.timestamp,
                "PASSWORD_CLAIM_SECRET_BLOCK": challenge.secret_block, "PASSWORD_CLAIM_SIGNATURE": proof.signature}});
        self.tokens("RespondToAuthChallenge", &request).await;
    }

    async fn tokens(&self, operation: &str, request: &Value) {
        let (status, answer) = self.caller.call(operation, request).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{answer}");
        assert!(answer["AuthenticationResult"]["IdToken"].is_string(), "{answer}");
    }
}

fn name(at: usize) -> String {
    format!("user-{at}")
}
