//! The examples run, and boto3 uses their S3 server with vended keys.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cenote::federation::ops::logins::Logins;
use cenote::prelude::*;
use cenote_examples::{S3Server, create_roles};
use client_tests::{Language, example, interpreter, our_script};
use serde_json::Value;

#[test]
fn border_control_runs_to_its_end() {
    let output = Command::new(example("border_control")).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);

    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    for line in
        ["signed in: ada", "uploaded below", "below another's prefix: User: ", "as a guest: ", "after revocation: "]
    {
        assert!(told.contains(line), "{line} is missing in:\n{told}");
    }
}

/// Runs an example to its end and gives what it told.
fn told(name: &str) -> String {
    let output = Command::new(example(name)).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    told
}

#[test]
fn verify_tokens_fetches_once_for_each_issuer_and_refuses_what_is_not_an_access_token() {
    let told = told("verify_tokens");

    assert!(told.contains("accepted 2,000 access tokens of two issuers after 2 fetches"), "{told}");
    assert!(told.contains("refused an ID token: the token is of another kind"), "{told}");
    assert!(told.contains("refused a forged one"), "{told}");
}

#[test]
fn verify_credentials_knows_sessions_without_a_database() {
    let told = told("verify_credentials");

    let answers: Vec<&str> = told.lines().map(|line| line.split_once(':').unwrap().1.trim()).collect();
    let starts = [
        "200 by statement",
        "403 AccessDenied: ",
        "403 SignatureDoesNotMatch: ",
        "403 InvalidToken: the credentials have been revoked",
        "403 InvalidToken: the credentials are not valid",
    ];
    assert!(answers.len() == 5 && answers.iter().zip(starts).all(|(own, start)| own.starts_with(start)), "{told}");
}

#[test]
fn scoped_credentials_are_refused_beside_their_prefix_and_after_their_minute() {
    let told = told("scoped_credentials");

    let lines: Vec<(&str, &str)> = told.lines().filter_map(|line| line.rsplit_once(": ")).collect();
    for how in ["in process", "over HTTP"] {
        for (when, what) in [
            ("below the prefix", "stored"),
            ("beside the prefix", "AccessDenied"),
            ("with the service's key id and token", "SignatureDoesNotMatch"),
            ("a minute later", "ExpiredToken"),
        ] {
            assert!(lines.contains(&(format!("{how}, {when}").as_str(), what)), "{how}, {when}: {told}");
        }
    }
    assert!(lines.contains(&("the service itself", "stored")), "{told}");
}

#[test]
fn custom_storage_keeps_a_pool_in_its_own_table() {
    assert!(told("custom_storage").contains("rows of our own table"));
}

#[test]
fn own_tables_joins_users_with_orders_over_a_restart_and_removes_both_at_once() {
    let told = told("own_tables");

    let bought = r#"[("ada@example.com", "an umbrella")]"#;
    for line in [
        &format!("sold: {bought}"),
        &format!("after a restart ada signs in, and has bought: {bought}"),
        "ada is gone, with her orders: []",
    ] {
        assert!(told.lines().any(|told| told == line), "{line} is missing in:\n{told}");
    }
}

#[test]
fn rotate_keys_shows_every_step() {
    let told = told("rotate_keys");

    for line in [
        "at the rotation: 4 keys are published, the old key signs, its token is accepted",
        "ten minutes later: 4 keys are published, the new key signs, its token is accepted",
        "a day later: 2 keys are published, the new key signs, its token is accepted",
        "after a leak: its token is refused",
    ] {
        assert!(told.contains(line), "{line} is missing in:\n{told}");
    }
}

/// The example `embed` as a process that listens.
struct Embed {
    child: Child,
    url: String,
}

impl Embed {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(example("embed"))
            .env("DATA", folder)
            .env("LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let line = BufReader::new(child.stdout.take().unwrap()).lines().next().unwrap().unwrap();
        let url = line.strip_prefix("listening on ").unwrap().to_owned();
        Self { child, url }
    }

    fn post(&self, path: &str, body: &str) -> Value {
        json(&ask(&self.url, "POST", path, None, body))
    }

    fn me(&self, signed_in: &Value) -> Value {
        json(&ask(&self.url, "GET", "/me", signed_in["access_token"].as_str(), ""))
    }
}

impl Drop for Embed {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn embed_signs_up_protects_its_route_and_keeps_its_users_over_a_restart() {
    const ADA: &str = r#"{"username": "ada", "password": "correct horse battery", "email": "ada@example.com"}"#;
    let folder = tempfile::tempdir().unwrap();
    let embed = Embed::start(folder.path());
    embed.post("/sign-up", ADA);
    let outbox = std::fs::read_to_string(folder.path().join("outbox.jsonl")).unwrap();
    let row: Value = serde_json::from_str(outbox.lines().last().unwrap()).unwrap();
    embed.post("/confirm", &format!(r#"{{"username": "ada", "code": {}}}"#, row["code"]));
    let before = embed.post("/sign-in", ADA);
    assert_eq!(embed.me(&before)["email"], "ada@example.com");
    let refused = ask(&embed.url, "GET", "/me", None, "");
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");

    drop(embed);
    let restarted = Embed::start(folder.path());

    assert_eq!(restarted.me(&before)["email"], "ada@example.com", "her token of before the restart");
    assert_eq!(restarted.me(&restarted.post("/sign-in", ADA))["email"], "ada@example.com");
}

/// What a server at this URL answers, head and body.
fn ask(url: &str, method: &str, path: &str, token: Option<&str>, body: &str) -> String {
    let host = url.trim_start_matches("http://");
    let bearer = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let mut server = TcpStream::connect(host).unwrap();
    server.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{bearer}content-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    server.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    server.read_to_string(&mut answer).unwrap();
    answer
}

/// The body of an answer.
fn json(answer: &str) -> Value {
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    serde_json::from_str(body).unwrap_or_else(|_| panic!("{answer}"))
}

#[test]
fn boto3_and_the_aws_cli_share_photos_within_teams() {
    let Some(mut python) = interpreter(Language::Python) else { return };
    let folder = tempfile::tempdir().unwrap();
    python
        .arg(our_script("shared_photos.py"))
        .env("EXAMPLE", example("shared_photos"))
        .env("TARGET", "")
        .env("OUTBOX", "")
        .env("OUT", folder.path().join("steps.json"));
    let output = python.output().unwrap();

    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(told.lines().filter(|line| line.starts_with("ok")).count(), 9, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn boto3_puts_and_gets_with_vended_keys() {
    let Some(mut python) = interpreter(Language::Python) else { return };
    let cenote = Cenote::in_memory().build().await.unwrap();
    let border = cenote.identity_pools();
    let settings =
        IdentityPoolSettings { name: "border".to_owned(), allow_guests: true, ..IdentityPoolSettings::default() };
    let pool = border.create_identity_pool(None, settings).await.unwrap().id;
    let roles = create_roles(&cenote, &pool).await.unwrap();
    // A role for whoever comes: the point here is the S3 server and boto3, not how one logs in.
    let trust = cenote.vending().get_role("guest").await.unwrap().trust;
    cenote.vending().update_trust("member", trust).await.unwrap();
    let pool_roles = PoolRoles { unauthenticated: Some(roles.member), ..PoolRoles::default() };
    border.set_identity_pool_roles(&pool, pool_roles).await.unwrap();
    let identity = border.get_id(&pool, &Logins::new()).await.unwrap();
    let request = GetCredentials { identity: identity.clone(), logins: Logins::new(), custom_role: None };
    let vended = border.get_credentials_for_identity(request).await.unwrap().credentials;
    let server = S3Server::start(&cenote).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    python
        .arg(our_script("boto3_s3.py"))
        .env("S3", format!("http://{}", server.address))
        .env("TARGET", "")
        .env("OUTBOX", "")
        .env("OUT", folder.path().join("steps.json"))
        .env("VENDED_ID", &vended.access_key_id)
        .env("VENDED_SECRET", vended.secret.expose())
        .env("VENDED_TOKEN", vended.session_token.expose())
        .env("IDENTITY", identity.as_str());
    let output = tokio::task::spawn_blocking(move || python.output().unwrap()).await.unwrap();

    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
