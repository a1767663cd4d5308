//! A backup that is taken under load, and what an operator does after it was restored.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};

use crate::Store;
use crate::caller::{Caller, text};

const PASSWORD: &str = "Correct-horse-1";

impl Store {
    /// What an operator does for a backup.
    fn back_up(&self, to: &Path) {
        match &self.cluster {
            None => cenote(&["backup", path(to), "--data", path(self.folder.path())]),
            Some(cluster) => cluster.operate("pg_dump", &["--format=custom", "--file", path(to)]).unwrap(),
        }
    }

    /// What an operator does to have it back, while nobody serves it.
    fn restore(&self, from: &Path) {
        match &self.cluster {
            None => cenote(&["restore", path(from), "--data", path(self.folder.path())]),
            Some(cluster) => cluster.operate("pg_restore", &["--clean", "--single-transaction", path(from)]).unwrap(),
        }
    }

    fn invalidate_since(&self, time: &str) {
        let url = self.cluster.as_ref().map(throwaway_postgres::Cluster::url);
        let database: Vec<&str> = url.iter().flat_map(|url| ["--database-url", url.as_str()]).collect();
        cenote(&[&["invalidate", "--since", time, "--data", path(self.folder.path())], &database[..]].concat());
    }
}

fn cenote(arguments: &[&str]) {
    let done = Command::new(client_tests::binary()).args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A user of one client, and what they do.
struct User<'a> {
    caller: &'a Caller,
    client: &'a str,
}

impl User<'_> {
    async fn call(&self, operation: &str, mut body: Value) -> (StatusCode, Value) {
        body["ClientId"] = self.client.into();
        self.caller.call(operation, &body).await.unwrap()
    }

    /// Signs up. Returns the code.
    async fn signs_up(&self) -> String {
        let attributes = json!([{"Name": "email", "Value": "ada@example.com"}]);
        let body = json!({"Username": "ada", "Password": PASSWORD, "UserAttributes": attributes});
        let (status, answer) = self.call("SignUp", body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        self.caller.code_for("ada").await.unwrap()
    }

    async fn confirms(&self, code: &str) -> bool {
        self.call("ConfirmSignUp", json!({"Username": "ada", "ConfirmationCode": code})).await.0 == StatusCode::OK
    }

    /// Signs in. Returns the refresh token.
    async fn signs_in(&self) -> String {
        let parameters = json!({"USERNAME": "ada", "PASSWORD": PASSWORD});
        let body = json!({"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
        let (status, answer) = self.call("InitiateAuth", body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        text(&answer["AuthenticationResult"]["RefreshToken"])
    }

    /// The successor of a refresh token, if it still counts.
    async fn refreshes(&self, token: &str) -> Option<String> {
        let (status, answer) = self.call("GetTokensFromRefreshToken", json!({"RefreshToken": token})).await;
        (status == StatusCode::OK).then(|| text(&answer["AuthenticationResult"]["RefreshToken"]))
    }

    async fn revokes(&self, token: &str) {
        assert_eq!(self.call("RevokeToken", json!({"Token": token})).await.0, StatusCode::OK);
    }
}

/// Takes a backup while 8 callers write, goes on, restores it, and looks: what was answered before is there; what was
/// spent, rotated and revoked before is still so; what was revoked after it is not, until the operator says that all
/// since then counts no more; and people sign in again.
pub async fn run(store: &Store) -> String {
    let backup = tempfile::tempdir().unwrap();
    let backup = backup.path().join("backup");
    let server = store.serve();
    let caller = Caller::new(&server.url);
    let (pool, client) = caller.pool().await;
    let ada = User { caller: &caller, client: &client };
    let code = ada.signs_up().await;
    assert!(ada.confirms(&code).await);
    let (revoked, rotated, revoked_later) = (ada.signs_in().await, ada.signs_in().await, ada.signs_in().await);
    ada.revokes(&revoked).await;
    ada.refreshes(&rotated).await.expect("a successor");

    let done = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> =
        (0..8).map(|writer| tokio::spawn(write(caller.clone(), pool.clone(), writer, Arc::clone(&done)))).collect();
    let before: Vec<String> = write_some(&caller, &pool).await;
    tokio::task::block_in_place(|| store.back_up(&backup));
    done.store(true, Ordering::SeqCst);
    let meanwhile: usize = join_all(writers).await.into_iter().map(Result::unwrap).sum();
    ada.revokes(&revoked_later).await;
    server.kill();

    tokio::task::block_in_place(|| store.restore(&backup));
    let server = store.serve();
    let caller = Caller::new(&server.url);
    let ada = User { caller: &caller, client: &client };
    for name in &before {
        let (status, _) = caller.admin("GetGroup", &json!({"UserPoolId": pool, "GroupName": name})).await.unwrap();
        assert_eq!(status, StatusCode::OK, "lost: {name}");
    }
    assert!(!ada.confirms(&code).await, "a code that was spent before the backup");
    assert!(ada.refreshes(&revoked).await.is_none(), "a sign-in that was revoked before the backup");
    assert!(ada.refreshes(&rotated).await.is_none(), "a refresh token that was rotated before the backup");
    let revived = ada.refreshes(&revoked_later).await.expect("a backup knows nothing of what came after it");

    tokio::task::block_in_place(|| store.invalidate_since("0"));
    assert!(ada.refreshes(&revived).await.is_none(), "a sign-in of before the operator's word");
    let anew = ada.signs_in().await;
    assert!(ada.refreshes(&anew).await.is_some());
    format!(
        "a backup while {meanwhile} writes were answered: {} before it are there, nothing spent came back",
        before.len()
    )
}

async fn write_some(caller: &Caller, pool: &str) -> Vec<String> {
    let names: Vec<String> = (0..50).map(|number| format!("before-{number}")).collect();
    for name in &names {
        assert!(group(caller, pool, name).await);
    }
    names
}

/// Writes until it is done. Returns how many writes were answered.
async fn write(caller: Caller, pool: String, writer: u32, done: Arc<AtomicBool>) -> usize {
    let mut answered = 0;
    while !done.load(Ordering::SeqCst) {
        assert!(group(&caller, &pool, &format!("load-{writer}-{answered}")).await);
        answered += 1;
    }
    answered
}

async fn group(caller: &Caller, pool: &str, name: &str) -> bool {
    let answer = caller.admin("CreateGroup", &json!({"UserPoolId": pool, "GroupName": name})).await;
    answer.is_some_and(|(status, _)| status == StatusCode::OK)
}
