//! Whether time tells which names exist: each public operation for a user who is there and for nobody, in turns.
//!
//! In one process, so that no network hides a difference. The clock that the service sees goes on by two days after each
//! round, so that no limit is ever reached; what is measured is real time.

use std::fmt;
use std::time::Instant;

use cenote::kernel::sealing::MasterKey;
use cenote::kernel::time::{ManualClock, Timestamp};
use cenote::prelude::*;
use cenote::sqlite::SqliteStore;
use cenote::userpool::Error;
use cenote::userpool::model::ids::ClientId;
use cenote::userpool::ops::recovery::{ConfirmForgotPassword, ForgotPassword};
use cenote::userpool::ops::sign_up::ResendCode;
use cenote::{Cenote, srp};

use crate::ranks::Compared;

const PASSWORD: &str = "Correct-horse-1 battery";
const TWO_DAYS: i64 = 2 * 86_400;

/// Where the users of a measurement are kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kept {
    /// In memory: nothing waits for a disk, so small differences show.
    InMemory,
    /// In a SQLite file, as it is in use.
    OnSqlite,
}

/// What is measured, one call of each in a round, in this order.
const OPERATIONS: [&str; 7] = [
    "InitiateAuth, wrong password",
    "InitiateAuth, SRP",
    "ResendConfirmationCode",
    "ConfirmSignUp, wrong code",
    "ForgotPassword",
    "ConfirmForgotPassword, wrong code",
    "SignUp (its answer tells)",
];

/// The figures of one operation.
#[derive(Debug)]
pub struct Measured {
    /// The operation.
    pub operation: &'static str,
    /// The answer for a user who is there and for nobody, by its code.
    pub answers: [String; 2],
    /// What time tells.
    pub compared: Compared,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [there, nobody] = &self.answers;
        write!(f, "| {} | {there} | {nobody} | {} |", self.operation, self.compared)
    }
}

/// Measures each operation so many times for a user who is there and as often for nobody.
pub async fn run(kept: Kept, samples: u32) -> Vec<Measured> {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_800_000_000)));
    let builder = match kept {
        Kept::InMemory => Cenote::in_memory(),
        Kept::OnSqlite => {
            let store = SqliteStore::open(&folder.path().join("cenote.db")).unwrap();
            Cenote::builder().store(Arc::new(store), MasterKey::new([7; 32]))
        }
    };
    let outbox = Arc::new(MemoryOutbox::new());
    let cenote = builder.clock(Arc::clone(&clock) as _).messenger(Arc::clone(&outbox) as _).build().await.unwrap();
    let callers = Callers::new(&cenote, &outbox).await;
    let mut times = OPERATIONS.map(|_| [Vec::new(), Vec::new()]);
    let mut answers = OPERATIONS.map(|_| [String::new(), String::new()]);
    for round in 0..samples {
        clock.advance_seconds(TWO_DAYS);
        for at in 0..OPERATIONS.len() {
            // Who comes first changes irregularly, so that neither always finds what the other left warm.
            let first = usize::from((round.wrapping_mul(2_654_435_769) >> 13) & 1 == 1);
            for who in [first, 1 - first] {
                let began = Instant::now();
                let answer = callers.call(at, who, round).await;
                times[at][who].push(began.elapsed().as_secs_f64() * 1e6);
                answers[at][who] = answer;
            }
        }
        if round % 500 == 499 {
            cenote.user_pools().maintain().await.unwrap();
        }
    }
    let measured = OPERATIONS.into_iter().zip(answers).zip(times);
    let compare = |((operation, answers), [there, nobody]): ((_, _), [Vec<f64>; 2])| Measured {
        operation,
        answers,
        compared: Compared::of(&there, &nobody),
    };
    measured.map(compare).collect()
}

/// A pool with one user who has signed in before and one who has not finished signing up, and whoever calls it.
struct Callers {
    users: Arc<UserPools>,
    client: ClientId,
    srp_a: String,
}

impl Callers {
    async fn new(cenote: &Cenote, outbox: &MemoryOutbox) -> Self {
        let users = Arc::clone(cenote.user_pools());
        let mut pool = CreateUserPool::named("people", &users);
        pool.settings.auto_verified.insert(Contact::Email);
        let pool = users.create_user_pool(pool).await.unwrap().id;
        let mut settings = users.default_client_settings("app");
        settings.allow(AllowedFlow::UserPassword);
        settings.allow(AllowedFlow::UserSrp);
        settings.prevent_user_existence_errors = true;
        let client = CreateClient { pool: pool.clone(), settings, with_secret: false };
        let client = users.create_user_pool_client(client).await.unwrap().client.id;
        let srp_a = srp::Client::new(pool.as_str(), [3; 128]).unwrap().srp_a();
        let callers = Self { users, client, srp_a };
        for name in ["confirmed", "unconfirmed"] {
            callers.sign_up(name).await.unwrap();
        }
        let code = outbox.code_for("confirmed").unwrap();
        let request = ConfirmSignUp::new(callers.client.clone(), "confirmed", code);
        callers.users.confirm_sign_up(request).await.unwrap();
        callers
    }

    /// Calls an operation for a user who is there (0) or for nobody (1), and gives the answer's code.
    async fn call(&self, operation: usize, who: usize, round: u32) -> String {
        let (confirmed, unconfirmed) = [("confirmed", "unconfirmed"), ("nobody-here", "nobody-there")][who];
        let username = confirmed.to_owned();
        let answer = match operation {
            0 => self.begin(SignInFlow::UserPassword { username, password: "a wrong horse".into() }).await,
            1 => self.begin(SignInFlow::UserSrp { username, client_public: self.srp_a.clone() }).await,
            2 => {
                let request = ResendCode::new(self.client.clone(), unconfirmed);
                self.users.resend_confirmation_code(request).await.map(|_| ())
            }
            3 => {
                let request = ConfirmSignUp::new(self.client.clone(), unconfirmed, "none");
                self.users.confirm_sign_up(request).await.map(|_| ())
            }
            4 => self.users.forgot_password(ForgotPassword::new(self.client.clone(), confirmed)).await.map(|_| ()),
            5 => {
                let request = ConfirmForgotPassword::new(self.client.clone(), confirmed, "none", PASSWORD);
                self.users.confirm_forgot_password(request).await
            }
            _ if who == 0 => self.sign_up("confirmed").await,
            _ => self.sign_up(&format!("user-{round}")).await,
        };
        answer.map_or_else(|error| format!("{:?}", error.code()), |()| "accepted".to_owned())
    }

    async fn begin(&self, flow: SignInFlow) -> Result<(), Error> {
        let request = InitiateAuth { client: self.client.clone(), caller: Caller::Public, secret_hash: None, flow };
        self.users.initiate_auth(request).await.map(|_| ())
    }

    async fn sign_up(&self, name: &str) -> Result<(), Error> {
        let request = SignUp::new(self.client.clone(), name, PASSWORD);
        self.users.sign_up(request.attribute("email", format!("{name}@example.com"))).await.map(|_| ())
    }
}
