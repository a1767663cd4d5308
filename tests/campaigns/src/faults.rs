//! A disk that is full and a database that goes away, seen from outside.

use http::StatusCode;
use serde_json::{Value, json};

use crate::Store;
use crate::caller::Caller;

/// A pool with a client that signs people up, and who was told that they are.
struct SignUps {
    caller: Caller,
    pool: String,
    client: String,
    answered: usize,
}

impl SignUps {
    async fn new(url: &str) -> Self {
        let caller = Caller::new(url);
        let (pool, client) = caller.pool().await;
        Self { caller, pool, client, answered: 0 }
    }

    /// Signs the next name up.
    async fn next(&mut self) -> (StatusCode, Value) {
        let name = format!("user-{}", self.answered);
        let body = json!({"ClientId": self.client, "Username": name, "Password": "Correct-horse-1",
            "UserAttributes": [{"Name": "email", "Value": format!("{name}@example.com")}]});
        let answer = self.caller.call("SignUp", &body).await.expect("an answer, whatever happens");
        self.answered += usize::from(answer.0 == StatusCode::OK);
        answer
    }

    /// How many users there are, as the server says.
    async fn kept(&self) -> (StatusCode, usize) {
        let body = json!({"UserPoolId": self.pool, "Limit": 60});
        let (status, answer) = self.caller.admin("ListUsers", &body).await.expect("an answer, whatever happens");
        (status, answer["Users"].as_array().map_or(0, Vec::len))
    }
}

/// Signs people up until the disk takes no more, then makes room: every refusal is clean, nothing is half written, nobody
/// who was told otherwise is lost, and writing goes on by itself.
///
/// A limit on the size of the process's files stands for the disk's: any user may set it, and it can be lifted again.
pub async fn full_disk() -> String {
    let store = Store::sqlite();
    let server = store.serve_with_limits();
    let mut people = SignUps::new(&server.url).await;
    people.next().await;
    server.limit_files(store.largest_file() + 64 * 1024);

    let mut refused = people.next().await;
    while refused.0 == StatusCode::OK {
        refused = people.next().await;
    }
    for _ in 0..5 {
        assert!(refused.0.is_server_error(), "{refused:?}");
        assert_eq!(refused.1["__type"], "InternalErrorException", "{refused:?}");
        refused = people.next().await;
    }
    assert_eq!(people.kept().await, (StatusCode::OK, people.answered), "reading goes on, and nothing is half written");

    let before = people.answered;
    server.limit_files(u64::MAX);
    for _ in 0..5 {
        let (status, answer) = people.next().await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    assert_eq!(people.kept().await, (StatusCode::OK, before + 5));
    format!("a full disk: {before} sign-ups before it, none half done, and on again when there is room")
}

/// Kills the database under a server and starts it again. `None` where PostgreSQL is not installed.
pub async fn lost_database() -> Option<String> {
    let store = Store::postgres()?;
    let cluster = store.cluster.as_ref()?;
    let server = store.serve();
    let mut people = SignUps::new(&server.url).await;
    people.next().await;

    cluster.kill().unwrap();
    let refused = people.next().await;
    assert!(refused.0.is_server_error(), "{refused:?}");
    assert_eq!(refused.1["__type"], "InternalErrorException", "{refused:?}");
    assert!(people.kept().await.0.is_server_error());

    cluster.boot().unwrap();
    let (status, answer) = people.next().await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(people.kept().await, (StatusCode::OK, people.answered));
    Some("a lost database: refused cleanly while it is gone, and on by itself when it is back".to_owned())
}
