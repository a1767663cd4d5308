//! Many users from a file and into one, while the process that reads it is killed again and again.
//!
//! Each of the users is in one group, so that a group of as many members is looked at too.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cenote::adapters::{Argon2Hasher, HashingCost};
use cenote::userpool::ports::PasswordHasher as _;
use futures::StreamExt as _;
use http::StatusCode;
use serde_json::{Value, json};

use crate::Store;
use crate::caller::{Caller, text};

/// How many sign in at once.
const AT_ONCE: usize = 16;
/// The group that everybody is in.
const GROUP: &str = "everybody";

/// Imports so many users with hashes of their passwords, killing the process that does it at arbitrary moments, exports them,
/// imports the export into another pool without kills, exports that, and compares. Every `stride`th user signs in to the second pool
/// over HTTP; the hashes of all are computed, which is what a sign-in does with them.
pub async fn run(store: &Store, users: u32, kills: u32, stride: usize) -> String {
    let folder = store.folder.path();
    let server = store.serve();
    let caller = Caller::new(&server.url);
    let ((first, _), (second, client)) = (caller.pool().await, caller.pool().await);
    drop(server);
    let written = write_file(folder, &first, users).await;

    let killed = import_and_kill(folder, &first, &written, kills, users);
    let once = export(folder, &first, "once.csv").0;
    assert_eq!(lines(&once), lines(&written), "what was imported is what stood in the file");
    let (imported, seconds, memory) = ended(&["import", &second, &name(&once)], folder);
    assert!(imported.trim().is_empty(), "lines that made no user: {imported}");
    let (twice, out_seconds, out_memory) = export(folder, &second, "twice.csv");
    assert_eq!(lines(&twice), lines(&once), "an export read in and written out again is the same but for the order");

    let server = store.serve();
    let caller = Caller::new(&server.url);
    let signed_in = sign_in(&caller, &client, (users, stride), &twice).await;
    let group = look_at_the_group(&caller, &second, users).await;
    format!(
        "{users} users: {killed} kills, none lost, none twice; read in at {:.0} users a second (at most {memory} MiB), \
         written out at {:.0} (at most {out_memory} MiB); {signed_in}; {group}",
        f64::from(users) / seconds,
        f64::from(users) / out_seconds,
    )
}

pub(crate) fn password(number: u32) -> String {
    format!("Imported-password-{number}!")
}

/// A file as an export writes it. Of ten hashes eight are PBKDF2 of 1,000 rounds, one is bcrypt of cost 4 and one a small Argon2id:
/// cheap ones, so that each can be computed.
async fn write_file(folder: &Path, pool: &str, users: u32) -> PathBuf {
    let empty = export(folder, pool, "empty.csv").0;
    let header = std::fs::read_to_string(&empty).unwrap();
    let columns: Vec<&str> = header.trim_end().split(',').collect();
    let argon2 = cheap_hasher();
    let mut text = header.clone();
    for number in 0..users {
        let hash = match number % 10 {
            0 => bcrypt::hash_with_salt(password(number), 4, salt(number)).unwrap().to_string(),
            1 => argon2.hash(&password(number).into(), salt(number)).await.unwrap(),
            _ => django(&password(number), number),
        };
        let values = columns.iter().map(|column| match *column {
            "cognito:username" => format!("user-{number:06}"),
            "email" => format!("user-{number}@example.com"),
            "email_verified" | "cognito:enabled" => "true".to_owned(),
            "cognito:password_hash" => hash.replace('\\', "\\\\").replace(',', "\\,"),
            "cognito:user_status" => "CONFIRMED".to_owned(),
            "cognito:groups" => GROUP.to_owned(),
            _ => String::new(),
        });
        writeln!(text, "{}", values.collect::<Vec<_>>().join(",")).unwrap();
    }
    let file = folder.join("users.csv");
    std::fs::write(&file, text).unwrap();
    file
}

fn salt(number: u32) -> [u8; 16] {
    u128::from(number).to_be_bytes()
}

/// A user's salt, and the hash of a password with it by PBKDF2 of 1,000 rounds.
pub(crate) fn pbkdf2(password: &str, number: u32) -> (String, [u8; 32]) {
    let (salt, mut hash) = (format!("salt-{number}"), [0; 32]);
    let rounds = std::num::NonZeroU32::new(1000).unwrap();
    ring::pbkdf2::derive(ring::pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt.as_bytes(), password.as_bytes(), &mut hash);
    (salt, hash)
}

/// In Django's form.
fn django(password: &str, number: u32) -> String {
    let (salt, hash) = pbkdf2(password, number);
    format!("pbkdf2_sha256$1000${salt}${}", STANDARD.encode(hash))
}

fn cheap_hasher() -> Arc<Argon2Hasher> {
    Arc::new(Argon2Hasher::new(HashingCost { memory_kib: 64, passes: 1 }, AT_ONCE))
}

fn name(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// The lines of a file without an order: users stand by subject, and subjects are new in each pool.
fn lines(path: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let (count, lines) = (text.lines().count(), text.lines().map(str::to_owned).collect::<BTreeSet<_>>());
    assert_eq!(count, lines.len(), "no line stands twice");
    lines
}

fn cenote(words: &[&str], folder: &Path) -> Child {
    let mut command = Command::new(client_tests::binary());
    command.args(words).arg("--data").arg(folder).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// What a command wrote, how many seconds it took, and how much memory in MiB. Progress must have been shown.
fn ended(words: &[&str], folder: &Path) -> (String, f64, u64) {
    let began = Instant::now();
    let mut child = cenote(words, folder);
    let progress = child.stderr.take().unwrap();
    let progress = std::thread::spawn(move || {
        let mut text = String::new();
        let mut progress = progress;
        progress.read_to_string(&mut text).map(|_| text)
    });
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(memory_of(child.id()));
        std::thread::sleep(Duration::from_millis(20));
    }
    let (output, shown) = (child.wait_with_output().unwrap(), progress.join().unwrap().unwrap());
    assert!(output.status.success() && shown.contains("a second"), "{words:?}: {shown}");
    (String::from_utf8(output.stdout).unwrap(), began.elapsed().as_secs_f64(), most)
}

/// The most memory that a process has had, in MiB.
fn memory_of(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).map_or(0, |kib| kib / 1024)
}

fn export(folder: &Path, pool: &str, file: &str) -> (PathBuf, f64, u64) {
    let path = folder.join(file);
    let (_, seconds, memory) = ended(&["export", pool, &name(&path)], folder);
    (path, seconds, memory)
}

/// Begins the import and kills it at another moment each time; then goes on to the end. How often it was killed.
fn import_and_kill(folder: &Path, pool: &str, file: &Path, kills: u32, users: u32) -> u32 {
    let file = name(file);
    let (mut begun, mut killed) = (false, 0);
    // Longer for longer files, by steps that fit no regular pause.
    let spread = (users / 250).max(60);
    for round in 0..10 * kills {
        let lives = (killed < kills).then(|| Duration::from_millis(40 + u64::from(round * 137 % spread)));
        let words: &[&str] = if begun { &["import", pool] } else { &["import", pool, &file] };
        let (shown, ended) = run_for(cenote(words, folder), lives);
        killed += u32::from(ended.is_none());
        match ended {
            Some(true) => return killed,
            // It ended before the last kill, and was not seen to.
            Some(false) if shown.contains("no import of this pool is under way") => return killed,
            // Killed between its start and its first word: it is under way.
            Some(false) => {
                assert!(!begun, "{shown}");
                begun = true;
            }
            None => begun |= shown.contains("a second"),
        }
    }
    panic!("the import came to no end");
}

/// What a command said, and how it ended by itself; `None` if it was killed.
fn run_for(mut child: Child, lives: Option<Duration>) -> (String, Option<bool>) {
    if let Some(lives) = lives {
        std::thread::sleep(lives);
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
        }
    }
    let output = child.wait_with_output().unwrap();
    (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code().map(|code| code == 0))
}

/// Has every `stride`th user sign in, and computes the hashes of all.
async fn sign_in(caller: &Caller, client: &str, (users, stride): (u32, usize), file: &Path) -> String {
    let begin = |number: u32, password: String| async move {
        let who = json!({"USERNAME": format!("user-{number:06}"), "PASSWORD": password});
        let body = json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": who});
        caller.call("InitiateAuth", &body).await.unwrap()
    };
    assert_eq!(begin(0, password(1)).await.0, StatusCode::BAD_REQUEST, "another's password is none");
    let began = Instant::now();
    let attempts = (0..users).step_by(stride).map(|number| async move {
        let (status, answer) = begin(number, password(number)).await;
        assert!(status == StatusCode::OK && answer["AuthenticationResult"].is_object(), "user-{number:06}: {answer}");
    });
    let signed_in: u32 =
        futures::stream::iter(attempts).buffer_unordered(AT_ONCE).map(|()| 1).collect::<Vec<_>>().await.iter().sum();
    let rate = f64::from(signed_in) / began.elapsed().as_secs_f64();
    let hasher = cheap_hasher();
    for line in std::fs::read_to_string(file).unwrap().lines().skip(1) {
        let number: u32 = line.split("user-").nth(1).unwrap().split(['@', ',']).next().unwrap().parse().unwrap();
        let line = line.replace("\\,", "\u{1}");
        let hash = line.split(',').find(|value| value.contains('$')).unwrap().replace('\u{1}', ",");
        assert!(hasher.verify(&password(number).into(), &hash).await.unwrap(), "user-{number:06}: {hash}");
    }
    format!("every hash is of its password, and {signed_in} users signed in ({rate:.0} a second)")
}

/// Pages through a group of everybody, removes one, and removes the group.
async fn look_at_the_group(caller: &Caller, pool: &str, users: u32) -> String {
    let (mut members, mut next, mut times) = (BTreeSet::new(), Value::Null, Vec::new());
    loop {
        let mut body = json!({"UserPoolId": pool, "GroupName": GROUP, "Limit": 60});
        if next.is_string() {
            body["NextToken"] = next;
        }
        let (time, found) = timed(caller, "ListUsersInGroup", &body).await;
        times.push(time);
        members.extend(found["Users"].as_array().unwrap().iter().map(|user| text(&user["Username"])));
        next = found["NextToken"].clone();
        if !next.is_string() {
            break;
        }
    }
    assert_eq!(members.len(), users as usize, "each member once");
    let (first, last) = (times[0], times[times.len() - 1]);
    times.sort();
    let median = times[times.len() / 2];
    let leaving = json!({"UserPoolId": pool, "GroupName": GROUP, "Username": "user-000007"});
    let (left, _) = timed(caller, "AdminRemoveUserFromGroup", &leaving).await;
    let (gone, _) = timed(caller, "DeleteGroup", &json!({"UserPoolId": pool, "GroupName": GROUP})).await;
    let [median, first, last, left, gone] = [median, first, last, left, gone].map(millis);
    format!(
        "of a group of {users} a page takes {median:.1} ms (the first {first:.1}, the last {last:.1}), leaving it {left:.1}, \
         deleting it {gone:.1}"
    )
}

async fn timed(caller: &Caller, operation: &str, body: &Value) -> (Duration, Value) {
    let began = Instant::now();
    let (status, answer) = caller.admin(operation, body).await.unwrap();
    assert_eq!(status, StatusCode::OK, "{answer}");
    (began.elapsed(), answer)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
