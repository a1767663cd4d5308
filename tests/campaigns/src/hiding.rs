//! Whether time tells which names exist: each public operation for a user in each state and for nobody, in turns.
//!
//! In one process, so that no network hides a difference. The clock that the service sees goes on by two days after each
//! round, so that no limit is ever reached; what is measured is real time.

use std::fmt;
use std::time::Instant;

use async_trait::async_trait;
use cenote::adapters::{Argon2Hasher, HashingCost};
use cenote::kernel::sealing::MasterKey;
use cenote::kernel::time::{Clock as _, ManualClock, Timestamp};
use cenote::prelude::*;
use cenote::sqlite::SqliteStore;
use cenote::userpool::Error;
use cenote::userpool::model::ids::{ClientId, UserPoolId};
use cenote::userpool::model::risk::ProtectionMode;
use cenote::userpool::ops::recovery::{ConfirmForgotPassword, ForgotPassword};
use cenote::userpool::ops::resend::ResendCode;
use cenote::userpool::ops::srp::VerifierAnswer;
use cenote::userpool::ports::{DeliveryError, Message, Messenger};
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
const OPERATIONS: [&str; 8] = [
    "InitiateAuth, wrong password",
    "InitiateAuth, SRP",
    "RespondToAuthChallenge, wrong proof by SRP",
    "ResendConfirmationCode",
    "ConfirmSignUp, wrong code",
    "ForgotPassword",
    "ConfirmForgotPassword, wrong code",
    "UpdateAuthEventFeedback, wrong token",
];

/// Who is there. Each is compared with a name of nobody to which as much was done.
const STATES: [&str; 5] = ["confirmed", "disabled", "locked", "unconfirmed", "must-reset"];

/// The wrong passwords after which somebody waits.
const LOCKS: u32 = 6;

/// The figures of one operation.
#[derive(Debug)]
pub struct Measured {
    /// The operation.
    pub operation: &'static str,
    /// In which state somebody is there.
    pub state: &'static str,
    /// The answer for a user who is there and for nobody, by its code.
    pub answers: [String; 2],
    /// What time tells.
    pub compared: Compared,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [there, nobody] = &self.answers;
        write!(f, "| {} | {} | {there} | {nobody} | {} |", self.operation, self.state, self.compared)
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
    // Cheap hashes: dear ones would hide what else differs.
    let hasher = Argon2Hasher::new(HashingCost { memory_kib: 64, passes: 1 }, 4);
    let builder = builder.clock(Arc::clone(&clock) as _).messenger(Arc::new(Posted(Arc::clone(&outbox))) as _);
    let cenote = builder.hasher(Arc::new(hasher)).build().await.unwrap();
    let callers = Callers::new(&cenote, &outbox, &clock).await;
    let pairs: Vec<(usize, usize)> =
        (0..OPERATIONS.len()).flat_map(|operation| (0..STATES.len()).map(move |state| (operation, state))).collect();
    let mut times = vec![[Vec::new(), Vec::new()]; pairs.len()];
    let mut answers = vec![[String::new(), String::new()]; pairs.len()];
    for round in 0..samples {
        clock.advance_seconds(TWO_DAYS);
        callers.lock().await;
        for (at, (operation, state)) in pairs.iter().enumerate() {
            // Who comes first changes irregularly, so that neither always finds what the other left warm.
            let first = usize::from(
                (round.wrapping_mul(2_654_435_769).wrapping_add(u32::try_from(at).unwrap() * 40_503) >> 13) & 1 == 1,
            );
            for who in [first, 1 - first] {
                let (time, answer) = callers.timed(*operation, *state, who).await;
                times[at][who].push(time);
                answers[at][who] = answer;
            }
        }
        if round % 500 == 499 {
            cenote.user_pools().maintain().await.unwrap();
            outbox.clear();
        }
    }
    let measured = pairs.into_iter().zip(answers).zip(times);
    let compare = |(((operation, state), answers), [there, nobody]): ((_, _), [Vec<f64>; 2])| Measured {
        operation: OPERATIONS[operation],
        state: STATES[state],
        answers,
        compared: Compared::of(&there, &nobody),
    };
    measured.map(compare).collect()
}

/// Posts messages: another machine brings them.
struct Posted(Arc<MemoryOutbox>);

#[async_trait]
impl Messenger for Posted {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        self.0.send(message).await
    }
}

/// A pool with a user in each state, and whoever calls it.
struct Callers {
    users: Arc<UserPools>,
    clock: Arc<ManualClock>,
    pool: UserPoolId,
    client: ClientId,
    srp_a: String,
}

impl Callers {
    async fn new(cenote: &Cenote, outbox: &MemoryOutbox, clock: &Arc<ManualClock>) -> Self {
        let users = Arc::clone(cenote.user_pools());
        let mut pool = CreateUserPool::named("people", &users);
        pool.settings.auto_verified.insert(Contact::Email);
        pool.settings.protection.mode = ProtectionMode::Audit;
        let pool = users.create_user_pool(pool).await.unwrap().id;
        let mut settings = users.default_client_settings("app");
        settings.allow(AllowedFlow::UserPassword);
        settings.allow(AllowedFlow::UserSrp);
        settings.prevent_user_existence_errors = true;
        let client = CreateClient { pool: pool.clone(), settings, with_secret: false };
        let client = users.create_user_pool_client(client).await.unwrap().client.id;
        let srp_a = srp::Client::new(pool.as_str(), [3; 128]).unwrap().srp_a();
        let callers = Self { users, clock: Arc::clone(clock), pool, client, srp_a };
        for name in STATES {
            let request = SignUp::new(callers.client.clone(), name, PASSWORD);
            callers.users.sign_up(request.attribute("email", format!("{name}@example.com"))).await.unwrap();
            if name != "unconfirmed" {
                let code = outbox.code_for(name).unwrap();
                let request = ConfirmSignUp::new(callers.client.clone(), name, code);
                callers.users.confirm_sign_up(request).await.unwrap();
            }
        }
        callers.users.admin_disable_user(&callers.pool, "disabled").await.unwrap();
        callers.users.admin_reset_user_password(&callers.pool, "must-reset").await.unwrap();
        callers
    }

    /// Who is there, or who is not, in this state.
    fn name(state: usize, who: usize) -> String {
        if who == 0 { STATES[state].to_owned() } else { format!("nobody-{}", STATES[state]) }
    }

    /// Tries at one user, and at one name of nobody, until they have to wait.
    async fn lock(&self) {
        for who in [0, 1] {
            for _ in 0..LOCKS {
                let flow = SignInFlow::UserPassword { username: Self::name(2, who), password: "a wrong horse".into() };
                drop(self.begin(flow).await);
            }
        }
    }

    /// Calls an operation for a user who is there (0) or for nobody (1), and gives the microseconds that it took, and its answer's
    /// code.
    async fn timed(&self, operation: usize, state: usize, who: usize) -> (f64, String) {
        let username = Self::name(state, who);
        let proof = if operation == 2 { Some(self.proof(&username).await) } else { None };
        let began = Instant::now();
        let answer = self.call(operation, username, proof).await;
        let time = began.elapsed().as_secs_f64() * 1e6;
        (time, answer.map_or_else(|error| format!("{:?}", error.code()), |()| "accepted".to_owned()))
    }

    async fn call(&self, operation: usize, username: String, proof: Option<RespondToChallenge>) -> Result<(), Error> {
        let (users, client) = (&self.users, self.client.clone());
        match (operation, proof) {
            (0, _) => {
                self.begin(SignInFlow::UserPassword { username, password: "a wrong horse".into() }).await.map(drop)
            }
            (1, _) => self.begin(SignInFlow::UserSrp { username, client_public: self.srp_a.clone() }).await.map(drop),
            (2, Some(proof)) => users.respond_to_auth_challenge(proof).await.map(drop),
            (3, _) => users.resend_confirmation_code(ResendCode::new(client, username)).await.map(drop),
            (4, _) => users.confirm_sign_up(ConfirmSignUp::new(client, username, "none")).await.map(drop),
            (5, _) => users.forgot_password(ForgotPassword::new(client, username)).await.map(drop),
            (6, _) => {
                let request = ConfirmForgotPassword::new(client, username, "none", PASSWORD);
                users.confirm_forgot_password(request).await
            }
            _ => users.update_auth_event_feedback(&self.pool, &username, ("event", "token"), true).await,
        }
    }

    async fn begin(&self, flow: SignInFlow) -> Result<AuthOutcome, Error> {
        let request = InitiateAuth { client: self.client.clone(), caller: Caller::Public, secret_hash: None, flow };
        self.users.initiate_auth(request).await
    }

    /// A wrong proof of the password.
    async fn proof(&self, name: &str) -> RespondToChallenge {
        let flow = SignInFlow::UserSrp { username: name.to_owned(), client_public: self.srp_a.clone() };
        let AuthOutcome::PasswordVerifier(asked) = self.begin(flow).await.unwrap() else { panic!("no proof is asked") };
        let timestamp = srp::write_timestamp(self.clock.now());
        let signature = SecretString::from("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned());
        RespondToChallenge {
            client: self.client.clone(),
            caller: Caller::Public,
            secret_hash: None,
            username: asked.user_id,
            answer: Answer::PasswordVerifier(VerifierAnswer { secret_block: asked.secret_block, signature, timestamp }),
        }
    }
}
