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
