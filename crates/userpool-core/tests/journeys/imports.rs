//! Users from a file, and into one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use base64::Engine as _;
use document_store::error::StorageError;
use document_store::page::PageRequest;
use document_store::{Batch, Document, DocumentStore, Key, Range};
use identity_kernel::secret::SecretString;
use storage_memory::MemoryStore;
use userpool_core::model::foreign_hash::HashingAlgorithm;
use userpool_core::model::ids::UserPoolId;
use userpool_core::model::import::{ImportForm, ImportJob, ImportStatus};
use userpool_core::model::pool::Contact;
use userpool_core::model::user::UserStatus;
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::groups::GroupSpec;
use userpool_core::ops::imports::CreateImportJob;
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::ops::sign_in::AuthOutcome;
use userpool_core::ops::users::PasswordLifetime;
use userpool_core::ports::{Background, Job, Routine};
use userpool_core::{DocumentUserPools, Error, Invalid, Precondition, Refusal, UserPools};

use crate::world::{PASSWORD, World, parts, world, world_with};

/// The header of Cognito's form, and a row with these values.
async fn file(world: &World, rows: &[&[(&str, &str)]]) -> String {
    let mut header = world.pools.user_file_header(&world.pool.id, ImportForm::Cognito).await.unwrap();
    header.push("cognito:password_hash".to_owned());
    let row = |values: &&[(&str, &str)]| {
        let value = |column: &String| {
            let given = values.iter().find(|(name, _)| name == column).map(|(_, value)| *value);
            given.unwrap_or(if column == "cognito:mfa_enabled" { "FALSE" } else { "" }).to_owned()
        };
        header.iter().map(value).collect::<Vec<_>>().join(",")
    };
    [vec![header.join(",")], rows.iter().map(row).collect()].concat().join("\n")
}

async fn uploaded(
    pools: &UserPools,
    pool: &UserPoolId,
    form: ImportForm,
    algorithm: Option<HashingAlgorithm>,
    file: &str,
) -> ImportJob {
    let request = CreateImportJob { pool: pool.clone(), name: "old".to_owned(), logs_role: None, algorithm, form };
    let job = pools.create_user_import_job(request).await.unwrap();
    let mut upload = pools.upload(pool, &job.id).await.unwrap();
    for bytes in file.as_bytes().chunks(1000) {
        upload.push(bytes).await.unwrap();
    }
    upload.finish().await.unwrap();
    job
}

async fn imported(world: &World, algorithm: Option<HashingAlgorithm>, file: &str) -> ImportJob {
    let pool = &world.pool.id;
    let job = uploaded(&world.pools, pool, ImportForm::Cognito, algorithm, file).await;
    world.pools.start_user_import_job(pool, &job.id).await.unwrap();
    world.pools.describe_user_import_job(pool, &job.id).await.unwrap()
}

async fn reported(pools: &UserPools, job: &ImportJob) -> Vec<String> {
    let reports = pools.user_import_reports(&job.pool, &job.id, PageRequest::default()).await.unwrap();
    reports.items.iter().flat_map(|report| &report.lines).map(ToString::to_string).collect()
}

const PBKDF2: &str = "$pbkdf2-sha256$i=4096,l=32$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o";

#[tokio::test]
async fn whoever_comes_with_a_hash_signs_in_with_the_password_and_from_then_on_by_srp() {
    let firebase = "$firebase-scrypt$ln=14,r=8,p=1$42xEC+ixf3L2lw==$Bw==$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjL\
                    NmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+V\
                    HjoZilo78198JAdRuid5lQ==";
    for (algorithm, hash, password) in [
        (HashingAlgorithm::Pbkdf2Sha256, PBKDF2, "password"),
        (HashingAlgorithm::Bcrypt, "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        (HashingAlgorithm::Scrypt, firebase, "user1password"),
    ] {
        let world = world().await;
        let row = [("cognito:username", "ada"), ("email", "ada@example.com"), ("email_verified", "TRUE")];
        // A comma inside of a value is escaped.
        let escaped = hash.replace(',', "\\,");
        let rows = [&row[..], &[("cognito:password_hash", escaped.as_str())]].concat();
        let job = imported(&world, Some(algorithm), &file(&world, &[&rows]).await).await;
        assert_eq!((job.status, job.imported), (ImportStatus::Succeeded, 1), "{job:?}");
        let storage = DocumentUserPools::new(Arc::clone(&world.store));
        let kept = async || {
            use userpool_core::UserPoolStorage as _;
            let ada = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
            storage.passwords().get(&world.pool.id, &ada.sub).await.unwrap().unwrap().record
        };
        assert_eq!(kept().await.hash, hash);

        let (_, proof) = world.srp("ada", password).await.unwrap();
        assert_eq!(world.answer("ada", proof).await.unwrap_err(), Refusal::WrongCredentials.into(), "not yet");
        assert!(world.password("ada", "another").await.is_err());
        assert_eq!(kept().await.hash, hash);
        world.clock.advance_seconds(60);
        assert!(matches!(world.password("ada", password).await.unwrap(), AuthOutcome::Tokens(_)));

        assert!(kept().await.hash.starts_with("$argon2id$"));
        let (_, proof) = world.srp("ada", password).await.unwrap();
        assert!(matches!(world.answer("ada", proof).await.unwrap(), AuthOutcome::Tokens(_)));
        assert!(matches!(world.password("ada", password).await.unwrap(), AuthOutcome::Tokens(_)));
    }
}

#[tokio::test]
async fn a_line_is_a_user_or_reported_by_its_number_and_no_line_is_lost() {
    let world = world().await;
    world.user("here").await;
    let good =
        |name: &'static str| vec![("cognito:username", name), ("email", "a@example.com"), ("email_verified", "true")];
    let rows: Vec<Vec<(&str, &str)>> = vec![
        good("one"),
        good("here"),
        vec![("cognito:username", "two"), ("email", "a@example.com")],
        good("one"),
        [
            good("three"),
            vec![("cognito:password_hash", "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")],
        ]
        .concat(),
        [good("four"), vec![("cognito:password_hash", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]]
            .concat(),
        [good("five"), vec![("birthdate", "12/24/1815"), ("address", "a\\, b")]].concat(),
        [good("six"), vec![("birthdate", "1815-12-24")]].concat(),
        vec![("email", "a@example.com"), ("email_verified", "true")],
        [good("seven"), vec![("cognito:mfa_enabled", "TRUE")]].concat(),
    ];
    let mut text = file(&world, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>()).await;
    text.push_str("\n\nfew,values\r\n");

    let job = imported(&world, Some(HashingAlgorithm::Pbkdf2Sha256), &text).await;

    assert_eq!((job.status, job.imported, job.skipped, job.failed), (ImportStatus::Succeeded, 2, 2, 7));
    let reports = reported(&world.pools, &job).await;
    assert_eq!(reports[0], "[SKIPPED] Line Number 3 - The user already exists.");
    let verified =
        "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).";
    assert_eq!(reports[1], format!("[FAILED] Line Number 4 - {verified}"));
    let lines: Vec<&str> = reports.iter().map(|line| line.split(' ').nth(3).unwrap()).collect();
    assert_eq!(lines, ["3", "4", "5", "6", "7", "9", "10", "11", "13"]);
    let five = world.pools.admin_get_user(&world.pool.id, "five").await.unwrap();
    assert_eq!((five.attributes["birthdate"].as_str(), five.attributes["address"].as_str()), ("1815-12-24", "a, b"));
    assert_eq!(five.status, UserStatus::ResetRequired);
    assert!(!reports.concat().contains("example.com"), "reports name nobody");
}

#[tokio::test]
async fn a_header_that_does_not_fit_fails_the_job_before_any_line() {
    let world = world().await;
    let whole = file(&world, &[]).await;
    for header in [
        whole.replace("nickname,", ""),
        whole.replace("nickname,", "nickname,cognito:groups,"),
        whole.replace("nickname,", "nickname,name,"),
        whole.replace("nickname", "cognito:user_status"),
    ] {
        let job = imported(&world, Some(HashingAlgorithm::Bcrypt), &format!("{header}\nx,y\n")).await;
        assert_eq!((job.status, job.imported + job.failed), (ImportStatus::Failed, 0), "{header}");
    }
    let hash_without_algorithm = imported(&world, None, &whole).await;
    assert_eq!(hash_without_algorithm.status, ImportStatus::Failed);
}

/// Fails every commit after so many.
pub(crate) struct Mortal {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) left: AtomicUsize,
}

#[async_trait]
impl DocumentStore for Mortal {
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
        let alive = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        alive.map_err(|_| StorageError::unavailable("killed"))?;
        self.store.commit(batch).await
    }
}

pub(crate) fn over(world: &World, store: Arc<dyn DocumentStore>) -> UserPools {
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.storage = Arc::new(DocumentUserPools::new(store));
    UserPools::new(parts)
}

async fn many(world: &World, count: usize) -> String {
    let names: Vec<String> = (0..count).map(|number| format!("u{number}")).collect();
    let rows: Vec<Vec<(&str, &str)>> = names
        .iter()
        .map(|name| {
            vec![
                ("cognito:username", name.as_str()),
                ("email", "a@example.com"),
                ("email_verified", if name.ends_with('7') { "" } else { "TRUE" }),
            ]
        })
        .collect();
    file(world, &rows.iter().map(Vec::as_slice).collect::<Vec<_>>()).await
}

#[tokio::test]
async fn an_import_that_is_killed_after_any_commit_goes_on_and_does_each_line_once() {
    for lives in 0..12 {
        let world = world().await;
        let pool = &world.pool.id;
        let job =
            uploaded(&world.pools, pool, ImportForm::Cognito, None, &without_hashes(&many(&world, 350).await)).await;
        let mortal = Mortal { store: Arc::clone(&world.store), left: AtomicUsize::new(lives) };
        let _killed = over(&world, Arc::new(mortal)).start_user_import_job(pool, &job.id).await;
        if lives == 0 {
            world.pools.start_user_import_job(pool, &job.id).await.unwrap();
        }

        world.pools.maintain().await.unwrap();

        let ended = world.pools.describe_user_import_job(pool, &job.id).await.unwrap();
        let counts = (ended.status, ended.imported, ended.skipped, ended.failed);
        assert_eq!(counts, (ImportStatus::Succeeded, 315, 0, 35), "after {lives} commits");
        assert_eq!(world.pools.estimated_users(pool).await.unwrap(), 315);
        let reports = reported(&world.pools, &ended).await;
        assert_eq!(reports.len(), 35, "after {lives} commits");
        let left =
            world.store.scan(&Range::of(Key::new(&["user-pool", pool.as_str(), "import-part"]), 10)).await.unwrap();
        assert!(lives > 6 || left.is_empty(), "the file is removed");
    }
}

/// The same file without the column of hashes.
fn without_hashes(file: &str) -> String {
    let cut = |line: &str| line.rsplit_once(',').unwrap().0.to_owned();
    file.lines().map(cut).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn two_nodes_that_go_on_with_one_import_do_each_line_once() {
    let world = world().await;
    let pool = &world.pool.id;
    let file = without_hashes(&many(&world, 450).await);
    let job = uploaded(&world.pools, pool, ImportForm::Cognito, None, &file).await;
    let mortal = Mortal { store: Arc::clone(&world.store), left: AtomicUsize::new(1) };
    let _killed = over(&world, Arc::new(mortal)).start_user_import_job(pool, &job.id).await;
    let store = || Arc::new(storage_conformance::Yielding(Arc::clone(&world.store)));
    let (one, two) = (over(&world, store()), over(&world, store()));

    let (first, second) = futures::future::join(one.maintain(), two.maintain()).await;

    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    let ended = world.pools.describe_user_import_job(pool, &job.id).await.unwrap();
    assert_eq!((ended.status, ended.imported, ended.failed), (ImportStatus::Succeeded, 405, 45));
    assert_eq!(reported(&world.pools, &ended).await.len(), 45);
}

/// Takes jobs, and does none of them.
struct Idle;

#[async_trait]
impl Background for Idle {
    async fn start(&self, _: Job) {}
    async fn repeat(&self, _: Routine) {}
}

#[tokio::test]
async fn one_import_of_a_pool_is_under_way_at_a_time_and_it_can_be_stopped() {
    let world = world().await;
    let pool = &world.pool.id;
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.background = Arc::new(Idle);
    let idle = UserPools::new(parts);
    let file = without_hashes(&many(&world, 3).await);
    let first = uploaded(&idle, pool, ImportForm::Cognito, None, &file).await;
    let second = uploaded(&idle, pool, ImportForm::Cognito, None, &file).await;
    idle.start_user_import_job(pool, &first.id).await.unwrap();

    for job in [&first, &second] {
        let refused = idle.start_user_import_job(pool, &job.id).await.unwrap_err();
        assert!(matches!(refused, Error::PreconditionNotMet(_)), "{refused}");
    }
    assert!(idle.upload(pool, &first.id).await.is_err(), "its file is being read");
    assert_eq!(idle.stop_user_import_job(pool, &first.id).await.unwrap().status, ImportStatus::Stopping);
    world.pools.maintain().await.unwrap();
    let stopped = world.pools.describe_user_import_job(pool, &first.id).await.unwrap();
    assert_eq!((stopped.status, stopped.imported), (ImportStatus::Stopped, 0));
    assert_eq!(
        world.pools.stop_user_import_job(pool, &first.id).await.unwrap_err(),
        Precondition::ImportNotActive.into()
    );
    world.clock.advance_seconds(86_400);
    assert_eq!(world.pools.describe_user_import_job(pool, &second.id).await.unwrap().status, ImportStatus::Expired);
    assert_eq!(
        world.pools.start_user_import_job(pool, &second.id).await.unwrap_err(),
        Precondition::ImportNotNew.into()
    );
}

#[tokio::test]
async fn an_upload_needs_a_permit_of_its_job_that_has_not_expired() {
    let world = world().await;
    let pool = &world.pool.id;
    let create = async || {
        let request = CreateImportJob {
            pool: pool.clone(),
            name: "old".to_owned(),
            logs_role: None,
            algorithm: None,
            form: ImportForm::Cognito,
        };
        world.pools.create_user_import_job(request).await.unwrap()
    };
    let (job, other) = (create().await, create().await);
    let permit = world.pools.upload_permit(&job);
    let refused = Refusal::UploadNotPermitted;
    let upload = async |job: &ImportJob, permit| world.pools.upload_with_permit(pool, &job.id, &permit).await.map(drop);

    assert_eq!(upload(&job, permit.clone()).await, Ok(()));
    assert_eq!(upload(&other, permit.clone()).await, Err(refused.clone().into()));
    let mut later = permit.clone();
    later.expires += 1;
    assert_eq!(upload(&job, later).await, Err(refused.clone().into()));
    assert_eq!(
        world.pools.start_user_import_job(pool, &job.id).await.unwrap_err(),
        Precondition::ImportFileMissing.into(),
        "an upload that is not finished is no file"
    );
    world.clock.advance_seconds(900);
    assert_eq!(upload(&job, permit).await, Err(refused.into()));
}

#[tokio::test]
async fn a_later_upload_takes_the_place_of_an_earlier_one_and_none_is_larger_than_100_mb() {
    let world = world().await;
    let pool = &world.pool.id;
    let job = uploaded(&world.pools, pool, ImportForm::Cognito, None, "nonsense").await;
    let mut earlier = world.pools.upload(pool, &job.id).await.unwrap();
    let mut later = world.pools.upload(pool, &job.id).await.unwrap();
    earlier.push(&vec![b'x'; 300_000]).await.unwrap();
    later.push(without_hashes(&many(&world, 2).await).as_bytes()).await.unwrap();
    later.finish().await.unwrap();
    assert_eq!(earlier.finish().await, Err(Error::Concurrent));

    world.pools.start_user_import_job(pool, &job.id).await.unwrap();
    assert_eq!(world.pools.describe_user_import_job(pool, &job.id).await.unwrap().imported, 2);

    let job = uploaded(&world.pools, pool, ImportForm::Cognito, None, "x").await;
    let mut upload = world.pools.upload(pool, &job.id).await.unwrap();
    let mut outcome = Ok(());
    for _ in 0..101 {
        outcome = upload.push(&vec![b'x'; 1_000_000]).await;
    }
    assert_eq!(outcome, Err(Invalid::FileTooLarge.into()));
}

async fn exported(pools: &UserPools, pool: &UserPoolId) -> String {
    let mut lines = vec![pools.user_file_header(pool, ImportForm::Export).await.unwrap().join(",")];
    let mut page = PageRequest { limit: 2, after: None };
    loop {
        let found = pools.export_users(pool, page).await.unwrap();
        lines.extend(found.items);
        let Some(after) = found.next else { return lines.join("\n") };
        page = PageRequest { limit: 2, after: Some(after) };
    }
}

#[tokio::test]
async fn what_is_exported_and_read_into_another_pool_has_the_same_users_groups_and_passwords() {
    let world = world_with(|pool, _| pool.settings.auto_verified = [Contact::Email].into()).await;
    let pool = &world.pool.id;
    for name in ["ada", "bob", "cy"] {
        world.user(name).await;
    }
    for name in ["staff", "admins"] {
        world.pools.create_group(GroupSpec::new(pool.clone(), name.parse().unwrap())).await.unwrap();
        world.pools.admin_add_user_to_group(pool, "ada", &name.parse().unwrap()).await.unwrap();
    }
    world.pools.delete_group(pool, &"admins".parse().unwrap()).await.unwrap();
    let odd = crate::world::attributes(&[("nickname", " a, \"b\"\\n\nc\r\\"), ("name", "Ünï")]);
    world.pools.admin_update_user_attributes(pool, "ada", odd).await.unwrap();
    world.pools.admin_disable_user(pool, "bob").await.unwrap();
    let temporary = SecretString::from("Anoth3r!horse-battery");
    world.pools.admin_set_user_password(pool, "cy", &temporary, PasswordLifetime::Temporary).await.unwrap();
    let file = exported(&world.pools, pool).await;

    let other = world.pools.create_user_pool(CreateUserPool::named("other", &world.pools)).await.unwrap().id;
    let job = uploaded(&world.pools, &other, ImportForm::Export, None, &file).await;
    world.pools.start_user_import_job(&other, &job.id).await.unwrap();

    let ended = world.pools.describe_user_import_job(&other, &job.id).await.unwrap();
    assert_eq!(
        (ended.status, ended.imported),
        (ImportStatus::Succeeded, 3),
        "{:?}",
        reported(&world.pools, &ended).await
    );
    let sorted = |file: String| {
        let mut lines: Vec<String> = file.lines().map(str::to_owned).collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(sorted(exported(&world.pools, &other).await), sorted(file));
    for name in ["ada", "bob", "cy"] {
        let of = async |pool: &UserPoolId| {
            let mut user = world.pools.admin_get_user(pool, name).await.unwrap();
            user.attributes.remove("sub");
            let groups = world.pools.admin_list_groups_for_user(pool, name).await.unwrap();
            let groups: Vec<String> = groups.into_iter().map(|group| group.name.to_string()).collect();
            (user.username, user.attributes, user.status, user.enabled, user.names, groups)
        };
        assert_eq!(of(pool).await, of(&other).await);
    }
    let settings = world.client.settings.clone();
    let client = CreateClient { pool: other, settings, with_secret: false };
    let client = world.pools.create_user_pool_client(client).await.unwrap().client;
    let elsewhere = World { client, ..world };
    assert!(matches!(elsewhere.password("ada", PASSWORD).await.unwrap(), AuthOutcome::Tokens(_)));
    assert_eq!(elsewhere.password("bob", PASSWORD).await.unwrap_err(), Refusal::UserDisabled.into());
    let challenged = elsewhere.password("cy", temporary.expose()).await.unwrap();
    assert!(matches!(challenged, AuthOutcome::NewPasswordRequired(_)));
}

#[tokio::test]
async fn a_hash_of_what_was_typed_is_of_that_password_and_of_no_other_that_is_typed_alike() {
    let (typed, salt) = ("zwo\u{308}lf Boxka\u{308}mpfer", b"salt salt salt salt");
    let mut hash = [0; 32];
    let rounds = std::num::NonZeroU32::new(1000).unwrap();
    ring::pbkdf2::derive(ring::pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, typed.as_bytes(), &mut hash);
    let base64 = |bytes: &[u8]| base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes);
    let hash = format!("$pbkdf2-sha256$i=1000${}${}", base64(salt), base64(&hash));
    let world = world().await;
    let rows = [
        ("cognito:username", "ada"),
        ("email", "ada@example.com"),
        ("email_verified", "TRUE"),
        ("cognito:password_hash", hash.as_str()),
    ];
    imported(&world, Some(HashingAlgorithm::Pbkdf2Sha256), &file(&world, &[&rows]).await).await;
    let wrong = Error::NotAuthorized(Refusal::WrongCredentials);

    for other in ["zwo\u{308}lf Boxer", "zw\u{f6}lf Boxk\u{e4}mpfer", "a\u{308}"] {
        assert_eq!(world.password("ada", other).await.unwrap_err(), wrong, "{other}");
    }
    world.clock.advance_seconds(60);
    assert!(matches!(world.password("ada", typed).await.unwrap(), AuthOutcome::Tokens(_)));
    assert_eq!(world.password("ada", "zwo\u{308}lf Boxer").await.unwrap_err(), wrong);
    assert!(matches!(world.password("ada", "zw\u{f6}lf Boxk\u{e4}mpfer").await.unwrap(), AuthOutcome::Tokens(_)));
}
