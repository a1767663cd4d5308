//! The stored bytes of each kind of record: those of each release stay readable, and none changes unnoticed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use document_store::page::PageRequest;
use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, KeyUse, SealedKey};
use storage_memory::MemoryStore;
use test_support::stored;
use userpool_core::DocumentUserPools;
use userpool_core::model::acr::{AcrSettings, Level};
use userpool_core::model::attempts::Attempts;
use userpool_core::model::cleanup::{Cleanup, CleanupTask};
use userpool_core::model::client::{
    AllowedFlow, AppClient, ClientSettings, Rotation, SealedSecret, TimeUnit, UnlistedAttributes, Validity,
};
use userpool_core::model::code::{Code, CodePurpose};
use userpool_core::model::code_budget::CodeBudget;
use userpool_core::model::device::{Device, DeviceSettings};
use userpool_core::model::factors::{
    FirstFactor, FirstFactorSettings, MfaMode, MfaSettings, SecondFactor, SecondFactors, SoftwareToken,
};
use userpool_core::model::foreign_hash::HashingAlgorithm;
use userpool_core::model::group::Group;
use userpool_core::model::history::{HistorySettings, Phase, PoolHistory, UnderWay};
use userpool_core::model::ids::{GroupId, RestorationId, Subject, UserPoolId};
use userpool_core::model::import::{
    ImportFile, ImportForm, ImportJob, ImportPart, ImportReport, ImportStatus, LineOutcome, LineReport,
};
use userpool_core::model::limits::ProvisionedRates;
use userpool_core::model::links::LinkTexts;
use userpool_core::model::message_limits::{MessageLimits, Volume};
use userpool_core::model::notices::{Notice, NoticeText};
use userpool_core::model::passkeys::{Passkey, PasskeyFactor, PasskeySettings, UserPasskeys};
use userpool_core::model::password::PasswordPolicy;
use userpool_core::model::past::{Plan, PlanSubject, Span, UserPlan};
use userpool_core::model::pool::{
    AccountRules, Alias, Contact, Invalidation, MessageTexts, PoolSettings, SignInNames, UserPool,
};
use userpool_core::model::rate::Spent;
use userpool_core::model::recovery::{RecoveryMechanism, RecoverySettings};
use userpool_core::model::resource_server::{OAuthSettings, ResourceScope, ResourceServer};
use userpool_core::model::restoration::{Counts, Restoration, RestorationCounts, RestorationStatus, Step};
use userpool_core::model::risk::{
    AccountTakeover, AddressLists, CompromisedCredentials, CredentialEvent, LogDelivery, LogDestination, LogSource,
    MailText, NotifyTexts, PoolProtection, ProtectionMode, ProtectionSettings, RiskAction, RiskConfiguration,
    RiskLevel, TakeoverAction,
};
use userpool_core::model::session::{Grant, Session};
use userpool_core::model::session_tracking::{Activity, SessionTracking, TrackedSessions};
use userpool_core::model::sign_in_history::{
    AuthEvent, AuthEventKind, AuthEventResponse, Feedback, FeedbackBy, Known, Place, SignInHistory,
};
use userpool_core::model::triggers::{LambdaSettings, TokenEventVersion, Trigger};
use userpool_core::model::user::{Credential, NameKind, User, UserStatus};
use userpool_core::storage::{
    AttemptsWrite, ChallengeWrite, CleanupWrite, ClientWrite, CodeWrite, DeviceWrite, FactorWrite, GroupWrite,
    ImportWrite, KeyWrite, PasskeyWrite, PasswordWrite, PoolWrite, ProtectionWrite, ResourceServerWrite,
    RestorationWrite, SessionWrite, TrackingWrite, UserPoolStorage, UserWrite, Write,
};

const AT: Timestamp = Timestamp::from_epoch_seconds(1_700_000_000);

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures");

fn pool_id() -> UserPoolId {
    "eu-west-1_Stored123".parse().unwrap()
}

fn sub() -> Subject {
    "01234567-89ab-4cde-8f01-23456789abcd".parse().unwrap()
}

fn group_id() -> GroupId {
    "89abcdef-0123-4567-89ab-cdef01234567".parse().unwrap()
}

fn notice_text() -> NoticeText {
    NoticeText { subject: "s".to_owned(), body: "a body".to_owned() }
}

fn pool() -> UserPool {
    UserPool {
        id: pool_id(),
        name: "people".to_owned(),
        settings: PoolSettings {
            password_policy: PasswordPolicy::HARDENED,
            account_rules: AccountRules::HARDENED,
            protection: ProtectionSettings {
                mode: ProtectionMode::Enforced,
                custom_auth_mode: Some(ProtectionMode::Audit),
            },
            recovery: RecoverySettings { mechanisms: vec![RecoveryMechanism::Verified(Contact::Email)] },
            history: HistorySettings { days: 14 },
            auto_verified: BTreeSet::from([Contact::Email]),
            admin_create_only: true,
            messages: MessageTexts {
                verification_subject: Some("Ünï".to_owned()),
                by_link: LinkTexts { enabled: true, subject: Some("s".to_owned()), body: Some("{##b##}".to_owned()) },
                ..MessageTexts::default()
            },
            mfa: MfaSettings {
                mode: MfaMode::Optional,
                kinds: BTreeSet::from([SecondFactor::SoftwareToken, SecondFactor::Email]),
                sms_message: Some("{####}".to_owned()),
                email_subject: Some("code".to_owned()),
                email_message: Some("it is {####}".to_owned()),
            },
            first_factors: FirstFactorSettings {
                allowed: BTreeSet::from([FirstFactor::Password, FirstFactor::EmailCode]),
            },
            lambda: LambdaSettings {
                functions: BTreeMap::from([(
                    Trigger::PreSignUp,
                    "arn:aws:lambda:us-east-1:123456789012:function:f".to_owned(),
                )]),
                token_event: TokenEventVersion::V2,
                key: Some("arn:aws:kms:us-east-1:123456789012:key/k".to_owned()),
            },
            passkeys: PasskeySettings {
                relying_party: Some("example.com".parse().unwrap()),
                verification_required: true,
                factor: PasskeyFactor::MultiWhenVerified,
            },
            acr: AcrSettings { names: [(Level::Four, "gold".to_owned())].into() },
            deletion_protected: true,
            devices: Some(DeviceSettings { stands_for_second_factor: true, remembered_on_prompt: false }),
            tags: BTreeMap::from([("team".to_owned(), "blue".to_owned())]),
            passthrough: BTreeMap::from([("LambdaConfig".to_owned(), "{}".to_owned())]),
        },
        sign_in_names: SignInNames::UsernameOr(BTreeSet::from([Alias::Email])),
        case_sensitive: false,
        schema: Vec::new(),
        algorithm: Algorithm::Es256,
        session_tracking: SessionTracking { enabled: true, max_per_user: 7 },
        invalidations: vec![Invalidation { id: 7, since: AT }],
        protection: PoolProtection { risk: Some(Box::new(risk())), logs: logs() },
        notice_texts: Notice::ALL.map(|notice| (notice, notice_text())).into(),
        message_limits: Some(MessageLimits { mails_a_day: Some(5), texts_a_day: Some(6), texts_a_month: Some(7) }),
        history: kept_history(),
        created_at: AT,
        modified_at: AT,
        deleted_at: None,
    }
}

fn kept_history() -> PoolHistory {
    let restoration = Some(UnderWay { id: restoration_id(), phase: Phase::Waiting(AT) });
    PoolHistory { since: Some(AT), left: true, restoration }
}

fn restoration_id() -> RestorationId {
    "fedcba98-7654-4321-8fed-cba987654321".parse().unwrap()
}

fn restoration() -> Restoration {
    let counts = Counts { create: 1, update: 2, delete: 3 };
    Restoration {
        pool: pool_id(),
        id: restoration_id(),
        status: RestorationStatus::Restoring,
        moment: AT,
        triggered_at: AT,
        start_before: Some(AT),
        started_at: Some(AT),
        ended_at: Some(AT),
        counts: RestorationCounts { users: counts, groups: counts, mfas: counts, passkeys: counts },
        skipped: 7,
        step: Step::Restore,
        page: Some("page".to_owned()),
        worked_at: AT,
    }
}

fn plan() -> Plan {
    let subject = PlanSubject::User(UserPlan {
        sub: sub(),
        user: Some(Span { then: Some(user()), last: None }),
        password: Some(Span { then: Some(password()), last: Some(password()) }),
        passkeys: Some(Span { then: None, last: Some(passkeys()) }),
        factors: Some(Span { then: Some(second_factors()), last: None }),
        epoch: 8,
        sign_counts: BTreeMap::from([("passkey".to_owned(), 9)]),
        last_step: 10,
    });
    Plan { pool: pool_id(), restoration: restoration_id(), subject }
}

fn group_plan() -> Plan {
    Plan { subject: PlanSubject::Group("staff".parse().unwrap(), Some(group())), ..plan() }
}

fn second_factors() -> SecondFactors {
    let token =
        SoftwareToken { sealed_seed: vec![9, 8], name: "phone".to_owned(), last_step: 56_666_666, proved_at: AT };
    SecondFactors {
        software_token: Some(token),
        pending_seed: Some(vec![7, 6]),
        active: BTreeSet::from([SecondFactor::SoftwareToken, SecondFactor::Email]),
        preferred: Some(SecondFactor::SoftwareToken),
        passkey: true,
    }
}

fn client() -> AppClient {
    let validity = Validity { value: 1, unit: TimeUnit::Hours };
    AppClient {
        id: "client1".parse().unwrap(),
        pool: pool_id(),
        secrets: vec![SealedSecret { id: "client1--1".to_owned(), sealed: vec![0, 127, 255], created_at: AT }],
        settings: ClientSettings {
            name: "app".to_owned(),
            explicit_auth_flows: BTreeSet::from([AllowedFlow::UserPassword, AllowedFlow::RefreshToken]),
            read_attributes: Some(BTreeSet::from(["email".to_owned()])),
            write_attributes: None,
            unlisted_attributes: UnlistedAttributes::Standard,
            access_token: validity,
            id_token: validity,
            refresh_token: validity,
            rotation: Some(Rotation { grace_seconds: 10 }),
            revocation: true,
            prevent_user_existence_errors: true,
            challenge_minutes: 3,
            oauth: OAuthSettings {
                scopes: vec!["openid".parse().unwrap(), "https://api.example/v1/read".parse().unwrap()],
            },
            passthrough: BTreeMap::new(),
        },
        risk: Some(Box::new(risk())),
        sso_minutes: 61,
        created_at: AT,
        modified_at: AT,
    }
}

fn user() -> User {
    let email = "ada@example.com".to_owned();
    User {
        pool: pool_id(),
        sub: sub(),
        username: "Ada".parse().unwrap(),
        names: BTreeMap::from([(NameKind::Username, "ada".to_owned()), (NameKind::Email, email.clone())]),
        attributes: BTreeMap::from([("email".to_owned(), email)]),
        pending: BTreeMap::from([(Contact::PhoneNumber, "+4912345".to_owned())]),
        status: UserStatus::Confirmed,
        enabled: true,
        memberships: BTreeMap::from([("staff".parse().unwrap(), group_id())]),
        epoch: 3,
        created_at: AT,
        modified_at: AT,
    }
}

fn password() -> Credential {
    let (hash, srp_salt) = ("$argon2id$...".to_owned(), "5a17".to_owned());
    let history = vec!["$argon2id$before".to_owned()];
    Credential { hash, srp_salt, sealed_verifier: vec![0, 128, 255], expires_at: Some(AT), history }
}

fn risk() -> RiskConfiguration {
    let text = || MailText { subject: "s".to_owned(), html: Some("<p>".to_owned()), text: Some("t".to_owned()) };
    RiskConfiguration {
        compromised: Some(CompromisedCredentials { events: BTreeSet::from(CredentialEvent::ALL), block: true }),
        takeover: Some(AccountTakeover {
            low: None,
            medium: Some(TakeoverAction { action: RiskAction::MfaRequired, notify: true }),
            high: Some(TakeoverAction { action: RiskAction::Block, notify: false }),
            notify: Some(NotifyTexts {
                from: Some("f".to_owned()),
                reply_to: Some("r".to_owned()),
                source_arn: "arn".to_owned(),
                block: Some(text()),
                no_action: None,
                mfa: Some(text()),
            }),
        }),
        exceptions: AddressLists {
            blocked: vec!["192.0.2.0/24".parse().unwrap()],
            skipped: vec!["2001:db8::/32".parse().unwrap()],
        },
        modified_at: AT,
    }
}

fn logs() -> Vec<LogDelivery> {
    let destination = Some(LogDestination::LogGroup("arn".to_owned()));
    vec![LogDelivery { source: LogSource::UserAuthEvents, destination }]
}

fn history() -> SignInHistory {
    let text = |text: &str| Some(text.to_owned());
    let known = |hash: &str| Known { hash: hash.to_owned(), last: AT };
    SignInHistory {
        devices: vec![known("d")],
        networks: vec![known("n")],
        last_place: Some((Place { country: text("Germany"), city: text("Berlin"), position: Some((52.5, 13.5)) }, AT)),
        events: vec![AuthEvent {
            id: "event".to_owned(),
            kind: AuthEventKind::SignIn,
            at: AT,
            response: AuthEventResponse::Pass,
            risk: Some(RiskLevel::Low),
            blocked: false,
            compromised: true,
            client: text("client1"),
            challenge: text("SMS_MFA"),
            address: text("192.0.2.1"),
            device_name: text("Firefox"),
            city: text("Berlin"),
            country: text("Germany"),
            feedback: Some(Feedback { valid: false, by: FeedbackBy::User, at: AT }),
        }],
    }
}

fn rates() -> ProvisionedRates {
    ProvisionedRates { rates: BTreeMap::from([("UserRead".to_owned(), 240)]) }
}

fn resource_server() -> ResourceServer {
    ResourceServer {
        pool: pool_id(),
        id: "https://api.example/v1".parse().unwrap(),
        name: "Orders".to_owned(),
        scopes: vec![ResourceScope { name: "read".parse().unwrap(), description: "Reads orders".to_owned() }],
        created_at: AT,
        modified_at: AT,
    }
}

fn group() -> Group {
    Group {
        pool: pool_id(),
        id: group_id(),
        name: "staff".parse().unwrap(),
        description: Some("all".to_owned()),
        role_arn: Some("arn:aws:iam::123456789012:role/r".to_owned()),
        precedence: Some(1),
        created_at: AT,
        modified_at: AT,
    }
}

fn passkeys() -> UserPasskeys {
    let passkey = Passkey {
        id: "AAEC".to_owned(),
        public_key: vec![0xa5, 1, 2],
        relying_party: "example.com".to_owned(),
        name: "Security key".to_owned(),
        transports: vec!["usb".to_owned(), "nfc".to_owned()],
        attachment: Some("cross-platform".to_owned()),
        aaguid: "00".repeat(16),
        sign_count: 7,
        backup_eligible: true,
        backed_up: false,
        created_at: AT,
        last_used_at: Some(AT),
    };
    UserPasskeys { pool: pool_id(), sub: sub(), list: vec![passkey] }
}

fn session() -> Session {
    let amr = vec!["pwd".to_owned()];
    Session {
        pool: pool_id(),
        id: "session-1".to_owned(),
        sub: sub(),
        client: client().id,
        epoch: 3,
        mark: pool().mark(),
        auth_time: AT,
        event_id: "event-1".to_owned(),
        grant: Grant { scopes: vec!["openid".to_owned()], amr, nonce: Some("n".to_owned()), ..Grant::default() },
        expires_at: AT.plus_seconds(3600),
        refresh_seed: "seed".to_owned(),
        generation: 2,
        rotated_at: Some(AT),
        revoked_at: None,
        device_offered: true,
        device: Some(device().key),
        activity: Some(Activity {
            at: AT,
            device: Some("Linux, Firefox".to_owned()),
            address: Some("2001:db8::1".parse().unwrap()),
        }),
    }
}

fn device() -> Device {
    Device {
        pool: pool_id(),
        sub: sub(),
        key: "eu-west-1_00000000-0000-4000-a000-000000000001".parse().unwrap(),
        name: Some("phone".to_owned()),
        client: client().id,
        salt: "0f".to_owned(),
        sealed_verifier: vec![0, 127, 255],
        bound_to: "fingerprint".to_owned(),
        by_two_factors: true,
        remembered: true,
        created_at: AT,
        modified_at: AT,
        authenticated_at: AT,
        address: Some("192.0.2.1".parse().unwrap()),
    }
}

fn tracked() -> TrackedSessions {
    TrackedSessions { pool: pool_id(), sub: sub(), ids: vec!["session-1".to_owned()], ends_at: AT }
}

fn code() -> Code {
    Code {
        pool: pool_id(),
        sub: sub(),
        purpose: CodePurpose::VerifyAttribute(Contact::Email),
        contact: Contact::Email,
        address: "ada@example.com".to_owned(),
        hash: vec![1, 2, 3],
        mark: pool().mark(),
        requested_from: Some("source".to_owned()),
        created_at: AT,
        expires_at: AT.plus_seconds(3600),
    }
}

fn key() -> SealedKey {
    SealedKey {
        kid: "key-1".to_owned(),
        algorithm: Algorithm::Es256,
        usage: KeyUse::IdTokens,
        sealed_pkcs8: vec![9, 0, 9],
        created_at: AT,
        signs_from: AT,
        retires_at: None,
    }
}

fn import() -> ImportJob {
    ImportJob {
        pool: pool_id(),
        id: "import-1a2b3c".parse().unwrap(),
        name: "old users".to_owned(),
        logs_role: Some("arn:aws:iam::123456789012:role/logs".to_owned()),
        algorithm: Some(HashingAlgorithm::Bcrypt),
        form: ImportForm::Cognito,
        status: ImportStatus::InProgress,
        created_at: AT,
        started_at: Some(AT),
        completed_at: None,
        uploads: 2,
        file: Some(ImportFile { upload: 2, length: 99 }),
        done: 50,
        lines: 3,
        columns: vec!["cognito:username".to_owned()],
        imported: 1,
        skipped: 0,
        failed: 1,
        message: None,
    }
}

fn import_part() -> ImportPart {
    let (pool, job) = (pool_id(), import().id);
    ImportPart { pool, job, number: 2000, bytes: vec![0, 255], ends_at: AT }
}

fn import_report() -> ImportReport {
    let line = |line, outcome| LineReport { line, outcome };
    let lines = vec![line(2, LineOutcome::Skipped), line(3, LineOutcome::Failed("why".to_owned()))];
    ImportReport { pool: pool_id(), job: import().id, lines }
}

fn budget() -> CodeBudget {
    let spent = |count| Spent { count, since: AT, last: AT };
    let volume = Volume { day: 4, today: 5, month: 6, this_month: 7, last: AT };
    CodeBudget { tries: 1, tried: true, guesses: spent(2), sends: spent(3), volume }
}

fn attempts() -> Attempts {
    Attempts { count: 3, in_a_row: 4, last: Some(AT) }
}

fn cleanups() -> [Cleanup; 2] {
    [CleanupTask::Members(group_id()), CleanupTask::Sessions(sub())].map(|task| Cleanup { pool: pool_id(), task })
}

/// One of every kind of record.
fn everything() -> Vec<Vec<Write>> {
    let (pool, [members, sessions]) = (pool_id(), cleanups());
    let name = || "name".to_owned();
    vec![
        vec![PoolWrite::Insert { pool: self::pool() }.into(), KeyWrite::Put { pool: pool.clone(), key: key() }.into()],
        vec![ClientWrite::Insert { client: client() }.into()],
        vec![ProtectionWrite::SetRates { before: None, after: rates() }.into()],
        vec![
            UserWrite::Insert { user: user() }.into(),
            PasswordWrite::Put { pool: pool.clone(), sub: sub(), password: password() }.into(),
            PasskeyWrite::Insert { passkeys: passkeys() }.into(),
            FactorWrite::SetSecond { pool: pool.clone(), sub: sub(), before: None, after: second_factors() }.into(),
            GroupWrite::Insert { group: group() }.into(),
            ResourceServerWrite::Insert { server: resource_server() }.into(),
            SessionWrite::Insert { session: session() }.into(),
            DeviceWrite::Insert { device: device() }.into(),
            TrackingWrite::Set { before: None, after: tracked() }.into(),
            CodeWrite::Put { code: code() }.into(),
            CodeWrite::SetBudget { pool: pool.clone(), name: name(), before: None, after: budget() }.into(),
            AttemptsWrite::Set { pool: pool.clone(), name: name(), before: None, after: attempts() }.into(),
            ProtectionWrite::SetHistory { pool: pool.clone(), sub: sub(), before: None, after: history() }.into(),
            ChallengeWrite::Spend { pool, id: "challenge-1".to_owned(), until: AT }.into(),
            CleanupWrite::Begin { cleanup: members }.into(),
            CleanupWrite::Begin { cleanup: sessions }.into(),
            ImportWrite::Insert { job: import() }.into(),
            RestorationWrite::Insert { restoration: restoration() }.into(),
            RestorationWrite::PutPlan { plan: plan() }.into(),
            RestorationWrite::PutPlan { plan: group_plan() }.into(),
            ImportWrite::PutPart { part: import_part() }.into(),
            ImportWrite::Report { report: import_report() }.into(),
        ],
    ]
}

#[tokio::test]
async fn what_is_stored_today_is_what_the_newest_version_stored() {
    let store = Arc::new(MemoryStore::new());
    let storage = DocumentUserPools::new(Arc::clone(&store));
    for writes in everything() {
        storage.commit(writes).await.unwrap();
    }

    stored::hold(FOLDER, "user-pool", &store).await;
}

#[tokio::test]
async fn what_every_version_stored_is_read() {
    let files = stored::fixtures(FOLDER, "user-pool");
    assert!(!files.is_empty());
    for file in files {
        let store = MemoryStore::new();
        stored::load(&file, &store).await;

        is_read(&DocumentUserPools::new(store)).await;
    }
}

async fn is_read(storage: &dyn UserPoolStorage) {
    let (id, page) = (pool_id(), PageRequest::default());
    let (found, in_pool) = storage.clients().with_pool(&client().id).await.unwrap().unwrap();
    assert_eq!((found.record, in_pool.record), (client(), pool()));
    assert_eq!(storage.pools().list(&page).await.unwrap().items.len(), 1);
    assert_eq!(storage.pools().keys(&id).await.unwrap(), [key()]);
    let (found, kept) = storage.passwords().with_named_user(&id, "ada@example.com").await.unwrap().unwrap();
    assert_eq!((found.record, kept.unwrap().record), (user(), password()));
    assert_eq!(storage.passkeys().of_user(&id, &sub()).await.unwrap().unwrap().record, passkeys());
    let members = storage.users().members(&id, &group_id(), &page).await.unwrap();
    assert_eq!(members.items.len(), 1);
    assert_eq!(storage.groups().list(&id, &page).await.unwrap().items[0].record, group());
    assert_eq!(storage.sessions().of_user(&id, &sub(), &page).await.unwrap().items[0].record, session());
    assert_eq!(storage.devices().of_user(&id, &sub(), &page).await.unwrap().items[0].record, device());
    assert_eq!(storage.tracking().of_user(&id, &sub()).await.unwrap().unwrap().record, tracked());
    assert_eq!(storage.codes().get(&id, &sub(), code().purpose).await.unwrap().unwrap().record, code());
    let name = "name".to_owned();
    assert_eq!(storage.attempts().get(&id, &name).await.unwrap().unwrap().record, attempts());
    assert_eq!(storage.codes().budgets(&id, &[name]).await.unwrap()[0].as_ref().unwrap().record, budget());
    assert_eq!(storage.protections().history(&id, &sub()).await.unwrap().unwrap().record, history());
    assert_eq!(storage.protections().rates().await.unwrap().unwrap().record, rates());
    assert_eq!(storage.cleanups().of_pool(&id, &page).await.unwrap().items, cleanups());
    assert_eq!(storage.imports().of_pool(&id, &page).await.unwrap().items, [import()]);
    let part = storage.imports().part(&id, &import().id, import_part().number).await.unwrap();
    assert_eq!(part, Some(import_part()));
    assert_eq!(storage.imports().reports(&id, &import().id, &page).await.unwrap().items, [import_report()]);
    let found = storage.histories().restorations(&id, &page).await.unwrap();
    assert_eq!(found.items[0].record, restoration());
    let plans = storage.histories().plans(&id, &restoration_id(), &page).await.unwrap();
    assert_eq!(plans.items, [group_plan(), plan()]);
    let again = ChallengeWrite::Spend { pool: id, id: "challenge-1".to_owned(), until: AT };
    assert!(storage.commit(vec![again.into()]).await.is_err(), "spent");
}
