//! Pools, clients and users from the command line, in a folder of their own.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use cenote::Cenote;
use cenote::prelude::*;

/// Runs a command over this folder: whether it went well, and what it wrote to each output.
fn cenote(folder: &Path, arguments: &[&str], input: &str) -> (bool, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cenote"))
        .args(arguments)
        .args(["--data", folder.to_str().unwrap()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

/// What a command wrote that went well, without the end of its line.
#[track_caller]
fn done(folder: &Path, arguments: &[&str]) -> String {
    let (went_well, out, error) = cenote(folder, arguments, "");
    assert!(went_well, "{arguments:?}: {error}");
    out.trim_end().to_owned()
}

async fn sign_in(
    folder: &Path,
    client: &str,
    username: &str,
    password: &str,
) -> Result<AuthOutcome, cenote::userpool::Error> {
    let cenote = Cenote::builder().data_folder(folder).unwrap().build().await.unwrap();
    let flow = SignInFlow::UserPassword { username: username.to_owned(), password: password.into() };
    let request = InitiateAuth { client: client.parse().unwrap(), caller: Caller::Public, secret_hash: None, flow };
    cenote.user_pools().initiate_auth(request).await
}

#[tokio::test]
async fn a_pool_a_client_and_a_user_are_made_in_an_empty_folder_and_the_user_signs_in() {
    let folder = tempfile::tempdir().unwrap();
    let folder = &folder.path().join("data");
    let pool = done(folder, &["pool", "create", "people"]);
    let client = done(folder, &["client", "create", &pool, "web", "--password-sign-in"]);
    let shown = done(folder, &["user", "create", &pool, "ada", "--email", "ada@example.com"]);
    let password = shown.rsplit(' ').next().unwrap();

    let outcome = sign_in(folder, &client, "ada", password).await.unwrap();

    assert!(matches!(outcome, AuthOutcome::Tokens(_)), "{outcome:?}");
    assert!(pool.starts_with("us-east-1_"), "{pool}");
    assert_eq!(done(folder, &["pool", "list"]), format!("{pool}  people"));
    assert_eq!(done(folder, &["client", "list", &pool]), format!("{client}  web"));
    assert_eq!(done(folder, &["user", "list", &pool]), "ada  CONFIRMED");
}

#[tokio::test]
async fn a_password_from_standard_input_is_not_shown_and_may_be_for_one_sign_in() {
    let folder = tempfile::tempdir().unwrap();
    let pool = done(folder.path(), &["pool", "create", "people", "--region", "eu-west-1"]);
    let client = done(folder.path(), &["client", "create", &pool, "web", "--password-sign-in"]);
    let create = ["user", "create", &pool, "ada", "--password-stdin", "--temporary"];

    let (went_well, out, error) = cenote(folder.path(), &create, "correct horse battery\n");

    assert!(went_well && out.is_empty(), "{out}{error}");
    assert!(pool.starts_with("eu-west-1_"), "{pool}");
    let outcome = sign_in(folder.path(), &client, "ada", "correct horse battery").await.unwrap();
    assert!(matches!(outcome, AuthOutcome::NewPasswordRequired { .. }), "{outcome:?}");
}

#[test]
fn a_user_who_cannot_have_the_password_is_not_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    let pool = done(folder.path(), &["pool", "create", "people"]);

    let (went_well, _, error) =
        cenote(folder.path(), &["user", "create", &pool, "ada", "--password-stdin"], "sesame\n");

    assert!(!went_well && !error.contains("sesame") && error.contains("password"), "{error}");
    assert_eq!(done(folder.path(), &["user", "list", &pool]), "");
}

#[test]
fn a_secret_stands_on_a_line_of_its_own_behind_the_id() {
    let folder = tempfile::tempdir().unwrap();
    let pool = done(folder.path(), &["pool", "create", "people"]);

    let shown = done(folder.path(), &["client", "create", &pool, "web", "--secret"]);

    let lengths: Vec<usize> = shown.lines().map(str::len).collect();
    assert_eq!(lengths, [26, 51], "{shown}");
}

#[test]
fn clients_and_users_are_made_only_where_there_is_something() {
    let folder = tempfile::tempdir().unwrap();
    let (went_well, _, error) = cenote(folder.path(), &["client", "create", "us-east-1_Ab3dEf9hJ", "web"], "");
    assert!(!went_well && error.contains("is not there") || error.contains("master.key"), "{error}");

    done(folder.path(), &["pool", "create", "people"]);
    let (went_well, _, error) = cenote(folder.path(), &["user", "create", "us-east-1_Ab3dEf9hJ", "ada"], "");
    assert!(!went_well && error.contains("us-east-1_Ab3dEf9hJ"), "{error}");
}

const PBKDF2: &str = "$pbkdf2-sha256$i=4096$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o";

/// A file of Cognito's form with so many users whose password is `password`, and a line that is no user.
fn users_file(folder: &Path, users: usize) -> String {
    let columns = [
        "name",
        "given_name",
        "family_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "email",
        "email_verified",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "phone_number",
        "phone_number_verified",
        "address",
        "updated_at",
        "cognito:mfa_enabled",
        "cognito:username",
        "cognito:password_hash",
    ];
    let row = |number: usize| {
        let value = |column: &&str| match *column {
            "email" => format!("u{number}@example.com"),
            "email_verified" => "TRUE".to_owned(),
            "cognito:mfa_enabled" => "FALSE".to_owned(),
            "cognito:username" => format!("u{number}"),
            "cognito:password_hash" => PBKDF2.to_owned(),
            _ => String::new(),
        };
        columns.iter().map(value).collect::<Vec<_>>().join(",")
    };
    let lines = [vec![columns.join(",")], (0..users).map(row).collect(), vec!["nobody".to_owned()]].concat();
    let file = folder.join("users.csv");
    std::fs::write(&file, lines.join("\n")).unwrap();
    file.to_str().unwrap().to_owned()
}

/// A pool that proves e-mail addresses, and a client through which users sign in by password.
async fn pool_that_proves(folder: &Path) -> (String, String) {
    let pool = done(folder, &["pool", "create", "people"]);
    let client = done(folder, &["client", "create", &pool, "web", "--password-sign-in"]);
    let cenote = Cenote::builder().data_folder(folder).unwrap().build().await.unwrap();
    let users = cenote.user_pools();
    let id = pool.parse().unwrap();
    let mut settings = users.describe_user_pool(&id).await.unwrap().settings;
    settings.auto_verified = [cenote::userpool::model::pool::Contact::Email].into();
    users.update_user_pool(&id, settings).await.unwrap();
    (pool, client)
}

#[tokio::test]
async fn users_are_imported_with_progress_and_what_made_none_is_named_by_its_line() {
    let parent = tempfile::tempdir().unwrap();
    let folder = &parent.path().join("data");
    let (pool, client) = pool_that_proves(folder).await;
    let file = users_file(parent.path(), 250);

    let (went_well, out, told) = cenote(folder, &["import", &pool, &file, "--hashes", "pbkdf2-sha256"], "");

    assert!(went_well, "{told}");
    assert_eq!(out, "[FAILED] Line Number 252 - The line has 1 values and the header 22.\n");
    assert!(told.lines().last().unwrap().starts_with("250 imported, 0 skipped, 1 failed ("), "{told}");
    assert!(matches!(sign_in(folder, &client, "u249", "password").await.unwrap(), AuthOutcome::Tokens(_)));

    let (again, out, _) = cenote(folder, &["import", &pool, &file, "--hashes", "pbkdf2-sha256"], "");
    assert!(again && out.lines().count() == 251 && out.starts_with("[SKIPPED] Line Number 2 -"), "{out}");
    let other = done(folder, &["pool", "create", "others"]);
    let copy = parent.path().join("copy.csv");
    let copy = copy.to_str().unwrap();
    done(folder, &["export", &pool, copy]);
    done(folder, &["import", &other, copy]);
    let listed = |pool: &str| {
        let mut names: Vec<String> = done(folder, &["user", "list", pool]).lines().map(str::to_owned).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(listed(&other), listed(&pool));
    let (over, _, _) = cenote(folder, &["export", &pool, copy], "");
    assert!(!over, "a file that is there is not written over");
}

#[cfg(unix)]
#[tokio::test]
async fn an_import_that_is_killed_goes_on_and_no_user_is_lost_or_made_twice() {
    use std::os::unix::fs::PermissionsExt as _;

    let parent = tempfile::tempdir().unwrap();
    let folder = &parent.path().join("data");
    let (pool, _) = pool_that_proves(folder).await;
    let file = users_file(parent.path(), 3000);
    let mut child = Command::new(env!("CARGO_BIN_EXE_cenote"))
        .args(["import", &pool, &file, "--hashes", "pbkdf2-sha256", "--data", folder.to_str().unwrap()])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The first word of progress: the import is under way.
    let mut told = std::io::BufReader::new(child.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut told, &mut String::new()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    let (resumed, _, told) = cenote(folder, &["import", &pool], "");

    assert!(resumed || told.contains("no import of this pool is under way"), "{told}");
    assert_eq!(done(folder, &["user", "list", &pool]).lines().count(), 3000);
    let copy = parent.path().join("copy.csv");
    done(folder, &["export", &pool, copy.to_str().unwrap()]);
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_case_rule_and_required_attributes_of_a_pool_are_planned_changed_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let pool = done(folder, &["pool", "create", "people"]);
    done(folder, &["user", "create", &pool, "Ada"]);
    let case = |arguments: &[&str]| done(folder, &[&["pool", "case"], arguments].concat());

    assert_eq!(case(&["show", &pool]), "rule insensitive");
    let plan = case(&["plan", &pool, "--to", "sensitive"]);
    assert_eq!(plan, "users 1  names-of-two 0  verifiers-to-be-made-anew 1");
    let started = case(&["start", &pool, "--to", "sensitive"]);
    assert!(started.starts_with("rule insensitive  change to sensitive: claiming"), "{started}");
    let reverted = case(&["revert", &pool]);
    assert!(reverted.starts_with("rule insensitive  change: releasing"), "{reverted}");

    let required = |arguments: &[&str]| done(folder, &[&["pool", "required", &pool], arguments].concat());
    assert_eq!(required(&["--plan", "--add", "name", "--add", "email"]), "users 1  without-email 1  without-name 1");
    assert_eq!(required(&["--add", "name", "--add", "email"]), "email\nname");
    assert_eq!(required(&["--remove", "email"]), "name");
    assert_eq!(required(&[]), "name");
}

#[test]
fn the_texts_of_notices_are_shown_and_set_from_a_file_and_one_that_cannot_be_sent_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (&folder.path().join("data"), folder.path().join("texts.json"));
    let pool = done(data, &["pool", "create", "people"]);
    let from = ["pool", "notice-texts", &pool, "--from", file.to_str().unwrap()];
    let written = |text: &str| std::fs::write(&file, text).unwrap();
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();

    assert_eq!(done(data, &["pool", "notice-texts", &pool]), "{}");
    let usual = done(data, &["pool", "notice-texts", &pool, "--usual"]);
    assert_eq!(json(&usual).as_object().unwrap().len(), 9);
    let own = r#"{"PasswordChanged": {"subject": "Your password", "body": "It was changed, {username}."}}"#;
    written(own);
    assert_eq!(json(&done(data, &from)), json(own));
    for (bad, why) in [
        (r#"{"PasswordChanged": {"subject": "s", "body": "your code: {####}"}}"#, "PasswordChanged: "),
        (r#"{"PasswordLost": {"subject": "s", "body": "it is lost"}}"#, "PasswordLost is no notice: PasswordChanged, "),
        (r#"{"PasswordChanged": {"subject": "s", "body": "it is lost", "html": ""}}"#, "html"),
        ("[]", "invalid type"),
    ] {
        written(bad);
        let (went_well, _, error) = cenote(data, &from, "");
        assert!(!went_well && error.contains(why), "{bad}: {error}");
    }
    assert_eq!(json(&done(data, &["pool", "notice-texts", &pool])), json(own));
    written(&usual);
    assert_eq!(json(&done(data, &from)), json(&usual));
    written("{}");
    assert_eq!(done(data, &from), "{}");
}
