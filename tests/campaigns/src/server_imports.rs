//! An import that a caller begins over HTTP, while the server that does it is killed again and again.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use http::StatusCode;
use serde_json::{Value, json};

use crate::Store;
use crate::caller::{Caller, text};
use crate::imports::{password, pbkdf2};

/// What the answers of one import count.
struct Progress {
    status: String,
    imported: u64,
}

/// Has so many users with hashes imported by a server, which is killed so often while it does it and starts again each time; none
/// is lost, none is there twice, and every `stride`th signs in. The import goes on by itself: nobody asks for it again.
pub async fn run(store: &Store, users: u32, kills: u32, stride: usize) -> String {
    let server = store.serve();
    let caller = Caller::new(&server.url);
    let (pool, client) = caller.pool().await;
    let job = begin(&caller, &pool, users).await;
    let (began, mut server, mut caller) = (Instant::now(), server, caller);
    let (mut killed, mut before) = (0, 0);
    while killed < kills {
        let seen = at_least(&caller, &job, before + 1 + u64::from(users / (kills + 1) / 2)).await;
        assert!(seen.imported >= before, "what was done is done no more: {} after {before}", seen.imported);
        before = seen.imported;
        if seen.status != "InProgress" {
            break;
        }
        server.kill();
        killed += 1;
        server = store.serve();
        caller = Caller::new(&server.url);
    }
    let ended = at_least(&caller, &job, u64::MAX).await;
    assert_eq!((ended.status.as_str(), ended.imported), ("Succeeded", u64::from(users)));
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(names(&caller, &pool).await, (0..users).map(name).collect::<Vec<_>>(), "each is there once");
    for number in (0..users).step_by(stride) {
        sign_in(&caller, &client, number).await;
    }
    drop(server);
    format!("{users} users by a server: {killed} kills, none lost, none twice, in {seconds:.1} s, the starts included")
}

/// Makes a job, uploads its file, and starts it.
async fn begin(caller: &Caller, pool: &str, users: u32) -> Value {
    let header = admin(caller, "GetCSVHeader", &json!({"UserPoolId": pool})).await;
    let mut columns: Vec<String> = header["CSVHeader"].as_array().unwrap().iter().map(text).collect();
    columns.push("cognito:password_hash".to_owned());
    let mut file = columns.join(",") + "\n";
    for number in 0..users {
        let value = |column: &String| match column.as_str() {
            "cognito:username" => name(number),
            "cognito:mfa_enabled" => "FALSE".to_owned(),
            "email" => format!("user-{number}@example.com"),
            "email_verified" => "TRUE".to_owned(),
            "cognito:password_hash" => hash(number),
            _ => String::new(),
        };
        writeln!(file, "{}", columns.iter().map(value).collect::<Vec<_>>().join(",")).unwrap();
    }
    let request = json!({"UserPoolId": pool, "JobName": "users", "PasswordHashingAlgorithm": "PBKDF2_SHA256",
        "CloudWatchLogsRoleArn": "arn:aws:iam::123456789012:role/logs"});
    let made = admin(caller, "CreateUserImportJob", &request).await;
    let status = caller.put(&text(&made["UserImportJob"]["PreSignedUrl"]), file).await.unwrap();
    assert_eq!(status, StatusCode::OK);
    let job = json!({"UserPoolId": pool, "JobId": made["UserImportJob"]["JobId"]});
    admin(caller, "StartUserImportJob", &job).await;
    job
}

/// In the form of the passlib library, which Amazon's parameter means by this name.
fn hash(number: u32) -> String {
    let (salt, hash) = pbkdf2(&password(number), number);
    let [salt, hash] = [salt.as_bytes(), &hash].map(|bytes| STANDARD_NO_PAD.encode(bytes));
    format!("$pbkdf2-sha256$i=1000${salt}${hash}")
}

/// Asks until so many users are there, or the import has ended.
async fn at_least(caller: &Caller, job: &Value, users: u64) -> Progress {
    loop {
        let found = admin(caller, "DescribeUserImportJob", job).await;
        let job = &found["UserImportJob"];
        let progress = Progress { status: text(&job["Status"]), imported: job["ImportedUsers"].as_u64().unwrap_or(0) };
        if progress.imported >= users || !["Pending", "InProgress"].contains(&progress.status.as_str()) {
            return progress;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Everybody's name, by the alphabet.
async fn names(caller: &Caller, pool: &str) -> Vec<String> {
    let (mut names, mut next) = (Vec::new(), json!({"UserPoolId": pool}));
    loop {
        let found = admin(caller, "ListUsers", &next).await;
        names.extend(found["Users"].as_array().unwrap().iter().map(|user| text(&user["Username"])));
        if !found["PaginationToken"].is_string() {
            names.sort();
            return names;
        }
        next["PaginationToken"] = found["PaginationToken"].clone();
    }
}

fn name(number: u32) -> String {
    format!("user-{number:06}")
}

async fn sign_in(caller: &Caller, client: &str, number: u32) {
    let who = json!({"USERNAME": name(number), "PASSWORD": password(number)});
    let body = json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": who});
    let (status, answer) = caller.call("InitiateAuth", &body).await.unwrap();
    assert!(status == StatusCode::OK && answer["AuthenticationResult"].is_object(), "{}: {answer}", name(number));
}

async fn admin(caller: &Caller, operation: &str, body: &Value) -> Value {
    let (status, answer) = caller.admin(operation, body).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{operation}: {answer}");
    answer
}
