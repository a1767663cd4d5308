//! What an operation costs where users are hidden: for a user in each state as much as for nobody.

use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use host_adapters::MemoryOutbox;
use identity_kernel::context::RequestContext;
use identity_kernel::time::Clock as _;
use userpool_core::model::ceremony::FirstFactor;
use userpool_core::model::client::AllowedFlow;
use userpool_core::model::code_budget::{CodeBudget, POOL_SHARDS};
use userpool_core::model::custom::{AnsweredChallenge, CustomChallenge, NextStep};
use userpool_core::model::device::DeviceSettings;
use userpool_core::model::factors::{MfaMode, MfaSettings, SecondFactor};
use userpool_core::model::message_limits::Volume;
use userpool_core::model::pool::Contact;
use userpool_core::model::rate::Spent;
use userpool_core::model::risk::ProtectionMode;
use userpool_core::ops::recovery::{ConfirmForgotPassword, ForgotPassword};
use userpool_core::ops::resend::ResendCode;
use userpool_core::ops::sign_in::{Answer, SignInFlow};
use userpool_core::ops::sign_up::ConfirmSignUp;
use userpool_core::ports::{
    Background, Candidate, DeliveryError, HookCall, HookError, Hooks, Job, Message, Messenger, Routine,
};
use userpool_core::storage::{CodeWrite, UserPoolStorage as _};
use userpool_core::{DocumentUserPools, Error, UserPools};

use crate::factors::challenged;
use crate::round_trips::{Counted, counted};
use crate::world::{World, attributes, parts, world_with};

/// What an operation asked of the store: reads, documents read by key, commits, documents changed.
type Cost = (usize, usize, usize, usize);

/// Every public operation that takes a name and no session.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Operation {
    Password,
    SrpBegun,
    SrpWrong,
    Custom,
    ResendCode,
    ConfirmSignUp,
    ForgotPassword,
    ConfirmForgotPassword,
    Feedback,
    Choice,
    SentCode,
    SentCodeWrong,
}

pub(crate) const OPERATIONS: [Operation; 12] = [
    Operation::Password,
    Operation::SrpBegun,
    Operation::SrpWrong,
    Operation::Custom,
    Operation::ResendCode,
    Operation::ConfirmSignUp,
    Operation::ForgotPassword,
    Operation::ConfirmForgotPassword,
    Operation::Feedback,
    Operation::Choice,
    Operation::SentCode,
    Operation::SentCodeWrong,
];

impl Operation {
    fn is_chosen(self) -> bool {
        matches!(self, Self::Choice | Self::SentCode | Self::SentCodeWrong)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum State {
    Confirmed,
    Disabled,
    Locked,
    Unconfirmed,
    ResetRequired,
    Invited,
    Unreachable,
}

const STATES: [State; 7] = [
    State::Confirmed,
    State::Disabled,
    State::Locked,
    State::Unconfirmed,
    State::ResetRequired,
    State::Invited,
    State::Unreachable,
];

/// Asks a riddle.
struct Riddle;

#[async_trait]
impl Hooks for Riddle {
    async fn define_auth_challenge(
        &self,
        _: &HookCall<'_>,
        _: &Candidate<'_>,
        _: &[AnsweredChallenge],
    ) -> Result<Option<NextStep>, HookError> {
        Ok(Some(NextStep::Challenge("CUSTOM_CHALLENGE".to_owned())))
    }

    async fn create_auth_challenge(
        &self,
        _: &HookCall<'_>,
        _: &Candidate<'_>,
        _: &[AnsweredChallenge],
    ) -> Result<CustomChallenge, HookError> {
        let map = |name: &str, value: &str| [(name.to_owned(), value.to_owned())].into();
        Ok(CustomChallenge { public: map("question", "6 x 7"), private: map("answer", "42"), metadata: None })
    }
}

pub(crate) async fn world_in(state: State, mode: ProtectionMode, source: Option<IpAddr>) -> (World, Arc<Counted>) {
    Box::pin(world_with_factors(state, mode, (source, false))).await
}

/// A world with ada in this state, over a store that counts; what the making of the state has left behind is forgotten.
async fn world_with_factors(
    state: State,
    mode: ProtectionMode,
    (source, factors): (Option<IpAddr>, bool),
) -> (World, Arc<Counted>) {
    let world = world_with(|pool, client| {
        pool.settings.protection.mode = mode;
        pool.settings.first_factors.allowed = FirstFactor::ALL.into();
        if factors {
            let kinds = [SecondFactor::SoftwareToken].into();
            pool.settings.mfa = MfaSettings { mode: MfaMode::Optional, kinds, ..MfaSettings::default() };
            pool.settings.first_factors.allowed = [FirstFactor::Password].into();
            pool.settings.devices = Some(DeviceSettings::default());
        }
        client.settings.explicit_auth_flows.extend([AllowedFlow::Custom, AllowedFlow::User]);
    })
    .await;
    match state {
        State::Unconfirmed => drop(world.sign_up("ada").await.unwrap()),
        State::Invited => drop(world.invite("ada").await),
        _ => world.user("ada").await,
    }
    let (pools, pool) = (&world.pools, &world.pool.id);
    match state {
        State::Disabled => pools.admin_disable_user(pool, "ada").await.unwrap(),
        State::ResetRequired => pools.admin_reset_user_password(pool, "ada").await.unwrap(),
        State::Unreachable => {
            let other = attributes(&[("email", "ada.k@example.com")]);
            pools.admin_update_user_attributes(pool, "ada", other).await.unwrap();
        }
        _ => {}
    }
    world.clock.advance_seconds(10 * 86_400);
    world.pools.maintain().await.unwrap();
    let store = Arc::clone(&world.store);
    let (mut world, counting) = counted(world);
    let mut parts = parts(&world.clock, &world.outbox, &store);
    parts.storage = Arc::new(DocumentUserPools::new(Arc::clone(&counting)));
    parts.hooks = Arc::new(Riddle);
    world.pools = UserPools::new(parts);
    if let Some(source) = source {
        world.pools = world.pools.for_request(RequestContext { source: Some(source), ..RequestContext::default() });
    }
    if matches!(state, State::Locked) {
        for name in ["ada", "nobody"] {
            while !matches!(world.password(name, "wrong").await, Err(Error::TooManyAttempts { .. })) {}
        }
    }
    (world, counting)
}

pub(crate) async fn call(world: &World, operation: Operation, name: &str) {
    let client = || world.client.id.clone();
    let username = name.to_owned();
    match operation {
        Operation::Password => drop(world.password(name, "wrong").await.unwrap_err()),
        Operation::SrpBegun => drop(world.srp(name, "wrong").await.unwrap()),
        Operation::SrpWrong => {
            let (id, proof) = world.srp(name, "wrong").await.unwrap();
            drop(world.answer(&id, proof).await.unwrap_err());
        }
        // The state of somebody is told when the riddles are answered.
        Operation::Custom => drop(world.begin(SignInFlow::Custom { username, client_public: None }).await),
        Operation::ResendCode => {
            drop(world.pools.resend_confirmation_code(ResendCode::new(client(), name)).await.unwrap());
        }
        Operation::ConfirmSignUp => {
            drop(world.pools.confirm_sign_up(ConfirmSignUp::new(client(), name, "1")).await.unwrap_err());
        }
        Operation::ForgotPassword => {
            drop(world.pools.forgot_password(ForgotPassword::new(client(), name)).await.unwrap());
        }
        Operation::ConfirmForgotPassword => {
            let request = ConfirmForgotPassword::new(client(), name, "1", "a long enough password");
            drop(world.pools.confirm_forgot_password(request).await.unwrap_err());
        }
        Operation::Choice => drop(challenged(world.choose(name, None).await)),
        Operation::SentCode => drop(challenged(world.choose(name, Some(FirstFactor::EmailCode)).await)),
        Operation::SentCodeWrong => {
            let sent = challenged(world.choose(name, Some(FirstFactor::EmailCode)).await);
            let (session, code) = (sent.session, "1".into());
            let answer = Answer::Code { contact: Contact::Email, session, code };
            drop(world.answer(name, answer).await.unwrap_err());
        }
        Operation::Feedback => {
            let about = ("event", "token");
            drop(world.pools.update_auth_event_feedback(&world.pool.id, name, about, true).await.unwrap_err());
        }
    }
}

/// What is counted for sources and parts of a pool is written by the first caller, and changed by the next.
async fn warm(world: &World, operation: Operation) {
    call(world, operation, "anybody").await;
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let now = world.clock.now();
    let guesses = Spent { count: 1, since: now, last: now };
    for shard in 0..POOL_SHARDS {
        let (name, after) = (format!("pool-{shard:x}"), CodeBudget { guesses, ..CodeBudget::default() });
        let set = CodeWrite::SetBudget { pool: world.pool.id.clone(), name, before: None, after };
        // One of them the call has written.
        let _ = storage.commit(vec![set.into()]).await;
    }
    let volume = Volume { last: now, ..Volume::default() };
    let parts: Vec<String> = (0..16).map(|part| format!("mails-16-{part}")).chain(["texts-1-0".to_owned()]).collect();
    let found = storage.codes().budgets(&world.pool.id, &parts).await.unwrap();
    for (name, before) in parts.into_iter().zip(found) {
        let after = CodeBudget { volume, ..CodeBudget::default() };
        let set = CodeWrite::SetBudget { pool: world.pool.id.clone(), name, before, after };
        storage.commit(vec![set.into()]).await.unwrap();
    }
}

async fn cost(world: &World, store: &Counted, operation: Operation, name: &str) -> Cost {
    store.reset();
    call(world, operation, name).await;
    (store.reads(), store.keys(), store.commits(), store.changes())
}

#[tokio::test]
async fn line_38_no_state_of_a_user_costs_more_or_less_reads_commits_and_documents_than_nobody() {
    let source: IpAddr = "192.0.2.1".parse().unwrap();
    for (mode, source) in
        [(ProtectionMode::Off, None), (ProtectionMode::Off, Some(source)), (ProtectionMode::Audit, None)]
    {
        for (state, operation) in STATES.iter().flat_map(|state| OPERATIONS.iter().map(move |next| (*state, *next))) {
            if operation.is_chosen() && matches!(state, State::Unconfirmed | State::Invited | State::Unreachable) {
                continue; // They are offered other factors than most users are.
            }
            if (mode, source) != (ProtectionMode::Off, None) && !matches!(state, State::Confirmed | State::Disabled) {
                continue;
            }
            let world = world_in(state, mode, source).await;
            if mode != ProtectionMode::Off {
                // Of somebody there are events already: the sign-up's.
                call(&world.0, Operation::Password, "ada").await;
                call(&world.0, Operation::Password, "nobody").await;
            }
            assert_equal_costs(&world, operation, &format!("{state:?} {mode:?} {source:?}")).await;
        }
    }
}

#[tokio::test]
async fn line_38_where_second_factors_and_devices_are_known_no_state_costs_more_or_less_than_nobody_either() {
    for state in STATES {
        for operation in &OPERATIONS[..9] {
            let world = Box::pin(world_with_factors(state, ProtectionMode::Off, (None, true))).await;
            assert_equal_costs(&world, *operation, &format!("{state:?} with factors")).await;
        }
    }
}

async fn assert_equal_costs((world, store): &(World, Arc<Counted>), operation: Operation, which: &str) {
    warm(world, operation).await;
    for round in ["first", "again"] {
        let user = cost(world, store, operation, "ada").await;
        let nobody = cost(world, store, operation, "nobody").await;

        assert_eq!(user, nobody, "{operation:?} {which} {round}");
        assert!(user.0 > 0, "{operation:?} {which}");
    }
}

#[tokio::test]
async fn line_38_a_code_that_was_asked_for_makes_a_guess_cost_the_same_for_nobody() {
    for state in STATES {
        for (ask, guess) in [
            (Operation::ForgotPassword, Operation::ConfirmForgotPassword),
            (Operation::ResendCode, Operation::ConfirmSignUp),
        ] {
            let (world, store) = world_in(state, ProtectionMode::Off, None).await;
            warm(&world, guess).await;
            let mut costs = Vec::new();
            for name in ["ada", "nobody", "nobody@example.com"] {
                call(&world, ask, name).await;
                let guesses = [cost(&world, &store, guess, name).await, cost(&world, &store, guess, name).await];
                costs.push(guesses);
            }

            assert_eq!(costs[0], costs[1], "{ask:?} {state:?}");
            assert_eq!(costs[0], costs[2], "{ask:?} {state:?}");
        }
    }
}

#[tokio::test]
async fn line_38_asking_for_a_code_costs_a_known_user_five_reads_and_one_commit() {
    let (world, store) = world_in(State::Confirmed, ProtectionMode::Off, None).await;

    let (reads, _, commits, _) = cost(&world, &store, Operation::ForgotPassword, "ada").await;

    // The client's entry; client and pool; the name; the user; the budgets.
    assert_eq!((reads, commits), (5, 1));
}

#[tokio::test]
async fn a_code_that_is_meant_for_nobody_is_right_for_no_guess_and_makes_no_other_name_wait() {
    let (world, _) = world_in(State::Disabled, ProtectionMode::Off, None).await;
    for name in ["ada", "nobody", "other"] {
        call(&world, Operation::ForgotPassword, name).await;
    }
    for guess in ["", "000000", "nobody@nowhere.invalid"] {
        assert_eq!(world.reset("nobody", guess, "a long enough password").await, Err(Error::CodeMismatch), "{guess}");
    }
    for _ in 0..2 {
        assert_eq!(world.reset("nobody", "1", "a long enough password").await, Err(Error::CodeMismatch));
    }

    assert!(matches!(world.reset("nobody", "1", "a long enough password").await, Err(Error::LimitExceeded { .. })));
    assert_eq!(world.reset("other", "1", "a long enough password").await, Err(Error::CodeMismatch));
    assert!(world.outbox.to("nobody").is_empty());
}

/// Brings messages by another machine that refuses them.
struct Away(Arc<MemoryOutbox>);

#[async_trait]
impl Messenger for Away {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        self.0.send(message).await?;
        Err(DeliveryError("the other machine is away".into()))
    }
}

/// Keeps the jobs it is given.
#[derive(Default)]
struct Later(std::sync::Mutex<Vec<Job>>);

#[async_trait]
impl Background for Later {
    async fn start(&self, job: Job) {
        self.0.lock().unwrap().push(job);
    }

    async fn repeat(&self, _: Routine) {}
}

#[tokio::test]
async fn line_38_where_users_are_hidden_no_answer_waits_for_a_message_or_tells_that_it_failed() {
    let (mut world, _) = world_in(State::Confirmed, ProtectionMode::Off, None).await;
    world.outbox.clear();
    let (later, store) = (Arc::new(Later::default()), Arc::clone(&world.store));
    let mut parts = parts(&world.clock, &world.outbox, &store);
    parts.messenger = Arc::new(Away(Arc::clone(&world.outbox)));
    parts.background = Arc::clone(&later) as _;
    world.pools = UserPools::new(parts);

    let (ada, nobody) = (world.forgot("ada").await.unwrap(), world.forgot("nobody").await.unwrap());

    assert_eq!((ada.contact, nobody.contact), (Contact::Email, Contact::Email));
    assert!(world.outbox.to("ada").is_empty(), "nothing is sent before the answer");
    let jobs = std::mem::take(&mut *later.0.lock().unwrap());
    assert_eq!(jobs.iter().map(|job| job.name).collect::<Vec<_>>(), ["send a code"; 2]);
    let mut failed = Vec::new();
    for job in jobs {
        failed.push(matches!(job.work.await, Err(Error::CodeDelivery(_))));
    }
    assert_eq!(failed, [true, false]);
    assert_eq!(world.outbox.to("ada").len(), 1);
}
