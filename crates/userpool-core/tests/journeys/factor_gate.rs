//! Every way to tokens, against every state that must keep somebody from them; those by devices and by sign-ins of the
//! application's own making stand in `gate`.

use std::collections::BTreeSet;
use std::sync::Arc;

use cognito_srp::{ClientSecret, write_timestamp};
use identity_kernel::secret::SecretString;
use identity_kernel::time::Clock as _;
use userpool_core::model::attempts::Attempts;
use userpool_core::model::ceremony::{Challenge, FirstFactor};
use userpool_core::model::client::{AllowedFlow, Rotation};
use userpool_core::model::factors::{MfaMode, SecondFactor};
use userpool_core::model::pool::Contact;
use userpool_core::model::user::{User, UserStatus};
use userpool_core::ops::choice::FirstAnswer;
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::ops::sign_in::{Answer, AuthOutcome, Caller, Challenged, InitiateAuth, SignInFlow};
use userpool_core::ops::sign_up::ConfirmSignUp;
use userpool_core::ops::software_token::Enrolment;
use userpool_core::storage::{AttemptsWrite, PoolWrite, UserWrite};
use userpool_core::{DocumentUserPools, Error, UserPoolStorage};

use crate::factors::{App, PHONE, challenged};
use crate::world::{PASSWORD, World, attributes, world_with};

/// A way to tokens. A new flow or challenge is a new way here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Way {
    Password,
    AdminPassword,
    Srp,
    SrpBegunBefore,
    NewPassword,
    ChosenPassword,
    ChosenSrp,
    EmailCode,
    SmsCode,
    SecondSms,
    SecondEmail,
    SecondApp,
    ChosenSecond,
    SetUp,
    SignUp,
    Passkey,
    Refresh,
    RotatingRefresh,
}

const WAYS: [Way; 18] = [
    Way::Password,
    Way::AdminPassword,
    Way::Srp,
    Way::SrpBegunBefore,
    Way::NewPassword,
    Way::ChosenPassword,
    Way::ChosenSrp,
    Way::EmailCode,
    Way::SmsCode,
    Way::SecondSms,
    Way::SecondEmail,
    Way::SecondApp,
    Way::ChosenSecond,
    Way::SetUp,
    Way::SignUp,
    Way::Passkey,
    Way::Refresh,
    Way::RotatingRefresh,
];

impl Way {
    /// The flow that the client must allow; `None` where any client may.
    fn flow(self) -> Option<AllowedFlow> {
        match self {
            Self::Password
            | Self::NewPassword
            | Self::SecondSms
            | Self::SecondEmail
            | Self::SecondApp
            | Self::ChosenSecond
            | Self::SetUp => Some(AllowedFlow::UserPassword),
            Self::AdminPassword => Some(AllowedFlow::AdminUserPassword),
            Self::Srp | Self::SrpBegunBefore => Some(AllowedFlow::UserSrp),
            Self::ChosenPassword | Self::ChosenSrp | Self::EmailCode | Self::SmsCode | Self::SignUp | Self::Passkey => {
                Some(AllowedFlow::User)
            }
            Self::Refresh => Some(AllowedFlow::RefreshToken),
            Self::RotatingRefresh => None,
        }
    }

    /// The challenge that is answered on it.
    fn challenge(self) -> &'static str {
        match self {
            Self::Srp | Self::SrpBegunBefore | Self::ChosenSrp => "PASSWORD_VERIFIER",
            Self::NewPassword => "NEW_PASSWORD_REQUIRED",
            Self::ChosenPassword => "SELECT_CHALLENGE",
            Self::EmailCode | Self::SecondEmail => "EMAIL_OTP",
            Self::SmsCode => "SMS_OTP",
            Self::SecondSms => "SMS_MFA",
            Self::SecondApp => "SOFTWARE_TOKEN_MFA",
            Self::ChosenSecond => "SELECT_MFA_TYPE",
            Self::SetUp => "MFA_SETUP",
            Self::SignUp => "SIGN_UP",
            Self::Passkey => "WEB_AUTHN",
            Self::Password | Self::AdminPassword | Self::Refresh | Self::RotatingRefresh => "PASSWORD",
        }
    }

    /// The second factors that the pool has on this way.
    fn second(self) -> (MfaMode, Vec<SecondFactor>) {
        match self {
            Self::SecondSms => (MfaMode::On, vec![SecondFactor::Sms]),
            Self::SecondEmail => (MfaMode::On, vec![SecondFactor::Email]),
            Self::SecondApp | Self::SetUp => (MfaMode::On, vec![SecondFactor::SoftwareToken]),
            Self::ChosenSecond => (MfaMode::On, vec![SecondFactor::Sms, SecondFactor::Email]),
            _ => (MfaMode::Off, Vec::new()),
        }
    }
}

/// Something that must keep the user from tokens. A new state of users, clients or pools is a new one here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Disabled,
    Status(UserStatus),
    Deleted,
    Locked,
    SecondFactorDemanded,
    SignedOutEverywhere,
    WrongClient,
    FlowForbidden,
    ClientDeleted,
    PoolDeleted,
}

fn states() -> Vec<State> {
    let statuses = UserStatus::ALL.into_iter().filter(|status| *status != UserStatus::Confirmed).map(State::Status);
    let others = [
        State::Disabled,
        State::Deleted,
        State::Locked,
        State::SecondFactorDemanded,
        State::SignedOutEverywhere,
        State::WrongClient,
        State::FlowForbidden,
        State::ClientDeleted,
        State::PoolDeleted,
    ];
    statuses.chain(others).collect()
}

/// What somebody holds who has come as far as one step before the tokens.
enum Held {
    Nothing,
    Answer(String, Answer),
    SignUp(SecretString),
    Token(SecretString),
}

fn answer(answer: Answer) -> Held {
    Held::Answer("ada".to_owned(), answer)
}

async fn prepare(way: Way) -> (World, Held) {
    let rotation = (way == Way::RotatingRefresh).then_some(Rotation { grace_seconds: 5 });
    let world = world_with(|pool, client| {
        client.settings.rotation = rotation;
        client.settings.explicit_auth_flows.insert(AllowedFlow::User);
        if way.second().0 == MfaMode::Off {
            pool.settings.first_factors.allowed = FirstFactor::ALL.into();
            pool.settings.passkeys.relying_party = Some("example.com".parse().unwrap());
        }
    })
    .await;
    let held = match way {
        Way::NewPassword => {
            let temporary = world.invite("ada").await;
            let begun = world.password("ada", &temporary).await.unwrap();
            let AuthOutcome::NewPasswordRequired(asked) = begun else { panic!("{begun:?}") };
            answer(Answer::NewPassword {
                session: asked.session,
                password: PASSWORD.into(),
                attributes: attributes(&[]),
            })
        }
        Way::SignUp => {
            let begun = world.sign_up("ada").await.unwrap().session;
            let mut request = ConfirmSignUp::new(world.client.id.clone(), "ada", world.code("ada"));
            request.session = begun;
            Held::SignUp(world.pools.confirm_sign_up(request).await.unwrap().unwrap())
        }
        _ => {
            world.sign_up_with("ada", &[("email", "ada@example.com"), ("phone_number", PHONE)]).await.unwrap();
            world.confirm("ada", &world.outbox.code_for("ada").unwrap()).await.unwrap();
            let verified = |user: &mut User| {
                user.attributes.insert("phone_number_verified".to_owned(), "true".to_owned());
            };
            put(&world, verified).await;
            held_by_user(&world, way).await
        }
    };
    (world, held)
}

async fn held_by_user(world: &World, way: Way) -> Held {
    let (mode, kinds) = way.second();
    if mode != MfaMode::Off {
        world.set_mfa(mode, &kinds).await;
    }
    let sent = async |contact, challenge: Challenged| {
        answer(Answer::Code { session: challenge.session, contact, code: world.code("ada") })
    };
    match way {
        Way::SrpBegunBefore => {
            let (name, answer) = world.srp("ada", PASSWORD).await.unwrap();
            Held::Answer(name, answer)
        }
        Way::ChosenSrp => {
            let secret = ClientSecret::new([3; 128]);
            let begun = FirstAnswer { password: None, client_public: Some(secret.public_value().to_hex()) };
            let preferred = Some(FirstFactor::PasswordSrp);
            let flow = SignInFlow::User { username: "ada".to_owned(), preferred, answer: begun, step_up: None };
            let AuthOutcome::PasswordVerifier(asked) = world.begin(flow).await.unwrap() else { panic!() };
            let (name, answer) = world.proof(&secret, asked, PASSWORD, &write_timestamp(world.clock.now()));
            Held::Answer(name, answer)
        }
        Way::ChosenPassword => {
            let session = challenged(world.choose("ada", None).await).session;
            let given = FirstAnswer { password: Some(PASSWORD.into()), client_public: None };
            answer(Answer::First { session, choice: FirstFactor::Password, answer: given })
        }
        Way::EmailCode => {
            sent(Contact::Email, challenged(world.choose("ada", Some(FirstFactor::EmailCode)).await)).await
        }
        Way::SmsCode => {
            sent(Contact::PhoneNumber, challenged(world.choose("ada", Some(FirstFactor::SmsCode)).await)).await
        }
        Way::SecondSms => sent(Contact::PhoneNumber, challenged(world.password("ada", PASSWORD).await)).await,
        Way::SecondEmail => sent(Contact::Email, challenged(world.password("ada", PASSWORD).await)).await,
        Way::ChosenSecond => {
            let session = challenged(world.password("ada", PASSWORD).await).session;
            answer(Answer::Second { session, choice: SecondFactor::Email })
        }
        Way::SetUp | Way::SecondApp => held_with_app(world, way).await,
        Way::Passkey => {
            let token = world.tokens("ada").await.access_token;
            let mut passkey = world.register(&token).await.0;
            answer(world.ask("ada").await.signed(&mut passkey))
        }
        Way::Refresh | Way::RotatingRefresh => Held::Token(world.tokens("ada").await.refresh_token.unwrap()),
        _ => Held::Nothing,
    }
}

async fn held_with_app(world: &World, way: Way) -> Held {
    // Somebody with an address is asked for a code to it; the app alone is offered here.
    let asked = challenged(world.password("ada", PASSWORD).await);
    let seed = world.pools.associate_software_token(Enrolment::SigningIn(&asked.session)).await.unwrap();
    let (app, session) = (App::new(&seed.secret_code), seed.session.unwrap());
    let by = Enrolment::SigningIn(&session);
    let session = world.pools.verify_software_token(by, &app.code(world), None).await.unwrap().unwrap();
    if way == Way::SetUp {
        return answer(Answer::SetUp { session, email: None });
    }
    world.clock.advance_seconds(60);
    let session = challenged(world.password("ada", PASSWORD).await).session;
    answer(Answer::SoftwareToken { session, code: app.code(world) })
}

async fn go(world: &World, way: Way, held: Held) -> Result<AuthOutcome, Error> {
    match (way, held) {
        (Way::ChosenSecond, Held::Answer(name, answer)) => match world.answer(&name, answer).await? {
            AuthOutcome::Challenged(sent) => {
                world.sent_code(&name, &sent.session, Contact::Email, &world.code("ada")).await
            }
            other => Ok(other),
        },
        (_, Held::Answer(name, answer)) => world.answer(&name, answer).await,
        (_, Held::SignUp(session)) => world.begin(SignInFlow::SignedUp { username: "ada".to_owned(), session }).await,
        (Way::RotatingRefresh, Held::Token(token)) => {
            world.refresh(&token).await.map(|tokens| AuthOutcome::Tokens(Box::new(tokens)))
        }
        (_, Held::Token(token)) => world.begin(SignInFlow::RefreshToken { token }).await,
        (Way::Srp, Held::Nothing) => {
            let (name, answer) = world.srp("ada", PASSWORD).await?;
            world.answer(&name, answer).await
        }
        (Way::AdminPassword, Held::Nothing) => {
            let flow = SignInFlow::AdminUserPassword { username: "ada".to_owned(), password: PASSWORD.into() };
            let caller = Caller::Admin(world.client.pool.clone());
            let request = InitiateAuth { client: world.client.id.clone(), caller, secret_hash: None, flow };
            world.pools.initiate_auth(request).await
        }
        _ => world.password("ada", PASSWORD).await,
    }
}

fn storage(world: &World) -> DocumentUserPools<Arc<storage_memory::MemoryStore>> {
    DocumentUserPools::new(Arc::clone(&world.store))
}

/// Changes the user as it is stored.
pub(crate) async fn put(world: &World, change: impl FnOnce(&mut User)) {
    let storage = storage(world);
    let before = storage.users().named(&world.pool.id, "ada").await.unwrap().unwrap();
    let mut after = before.record.clone();
    change(&mut after);
    storage.commit(vec![UserWrite::Update { before, after }.into()]).await.unwrap();
}

async fn demand_second_factor(world: &World) {
    let storage = storage(world);
    let before = storage.pools().get(&world.pool.id).await.unwrap().unwrap();
    let mut after = before.record.clone();
    after.settings.mfa.mode = MfaMode::On;
    after.settings.mfa.kinds.insert(SecondFactor::SoftwareToken);
    storage.commit(vec![PoolWrite::Update { before, after }.into()]).await.unwrap();
}

async fn lock(world: &World) {
    let storage = storage(world);
    let sub = storage.users().named(&world.pool.id, "ada").await.unwrap().unwrap().sub.to_string();
    for name in [sub.clone(), format!("{sub}-admin")] {
        let pool = world.pool.id.clone();
        let before = storage.attempts().get(&pool, &name).await.unwrap();
        let after = Attempts { count: 30, in_a_row: 30, last: Some(world.clock.now()) };
        storage.commit(vec![AttemptsWrite::Set { pool, name, before, after }.into()]).await.unwrap();
    }
}

/// Another client: of the same pool for who holds something, of another pool for who begins.
async fn turn_to_another_client(world: &mut World, held: &Held) {
    let mut settings = world.client.settings.clone();
    settings.explicit_auth_flows = AllowedFlow::ALL.into();
    let mut pool = world.pool.id.clone();
    if matches!(held, Held::Nothing) {
        let request = CreateUserPool::named("another", &world.pools);
        pool = world.pools.create_user_pool(request).await.unwrap().id;
    }
    let request = CreateClient { pool, settings, with_secret: false };
    world.client = world.pools.create_user_pool_client(request).await.unwrap().client;
}

async fn bring_about(world: &mut World, way: Way, state: State, held: &Held) {
    if state == State::WrongClient {
        return turn_to_another_client(world, held).await;
    }
    let (pools, pool, client) = (&world.pools, &world.pool.id, &world.client);
    match state {
        State::Disabled => put(world, |user| user.enabled = false).await,
        State::Status(status) => put(world, |user| user.status = status).await,
        State::Deleted => pools.admin_delete_user(pool, "ada").await.unwrap(),
        State::Locked => lock(world).await,
        State::SecondFactorDemanded => demand_second_factor(world).await,
        State::SignedOutEverywhere => pools.admin_user_global_sign_out(pool, "ada").await.unwrap(),
        State::FlowForbidden => {
            let mut settings = client.settings.clone();
            settings.explicit_auth_flows =
                AllowedFlow::ALL.into_iter().filter(|flow| Some(*flow) != way.flow()).collect();
            pools.update_user_pool_client(pool, &client.id, settings).await.map(drop).unwrap();
        }
        State::ClientDeleted => pools.delete_user_pool_client(pool, &client.id).await.unwrap(),
        State::PoolDeleted => pools.delete_user_pool(pool).await.unwrap(),
        State::WrongClient => {}
    }
}

/// Whether the state is what the way begins with, or none of its business.
fn is_fine(way: Way, state: State) -> bool {
    match state {
        State::FlowForbidden => way.flow().is_none(),
        State::Status(UserStatus::ForceChangePassword) => way == Way::NewPassword,
        // They prove one.
        State::SecondFactorDemanded => {
            matches!(way, Way::SecondSms | Way::SecondEmail | Way::SecondApp | Way::ChosenSecond | Way::SetUp)
        }
        // Whoever begins anew afterwards is what signing out was for.
        State::SignedOutEverywhere => matches!(way, Way::Password | Way::AdminPassword | Way::Srp),
        // Line 44: a refresh guesses at nothing, and what strangers guess does not end the owner's sessions.
        // Nor does a passkey: its owner comes in while a stranger guesses at the password.
        State::Locked => matches!(way, Way::Refresh | Way::RotatingRefresh | Way::Passkey),
        _ => false,
    }
}

#[tokio::test]
async fn line_27_every_way_to_tokens_asks_for_the_state_of_user_client_and_pool() {
    for way in WAYS {
        for state in states() {
            let (mut world, held) = prepare(way).await;
            bring_about(&mut world, way, state, &held).await;

            let outcome = go(&world, way, held).await;

            let signed_in = matches!(outcome, Ok(AuthOutcome::Tokens(_)));
            assert_eq!(signed_in, is_fine(way, state), "{way:?} {state:?}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn every_way_leads_to_tokens_where_nothing_bars_it() {
    for way in WAYS {
        let (world, held) = prepare(way).await;

        let outcome = go(&world, way, held).await;

        assert!(matches!(outcome, Ok(AuthOutcome::Tokens(_))), "{way:?}: {outcome:?}");
    }
}

#[test]
fn the_ways_of_both_tables_cover_every_flow_and_challenge_that_is_built() {
    let (other_flows, other_challenges) = crate::gate::covered();
    let flows: BTreeSet<AllowedFlow> = WAYS.iter().filter_map(|way| way.flow()).chain(other_flows).collect();
    let mut challenges: BTreeSet<&str> = WAYS.iter().map(|way| way.challenge()).chain(other_challenges).collect();

    // Somebody who steps up has tokens already: see `step_up`.
    assert!(challenges.insert("STEP_UP"));
    assert_eq!(flows, BTreeSet::from(AllowedFlow::ALL));
    assert_eq!(challenges, BTreeSet::from(Challenge::NAMES));
}
