//! Line 57: how long a secret exponent takes tells nothing about it.
//!
//! No clock is asked: this test program runs itself under valgrind, once for each of two secrets that could not be less
//! alike, and counts the instructions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::process::Command;

use cognito_srp::{ClientSecret, Identity, PublicValue, Salt, ServerSecret, SessionKey, Verifier};

/// What the run under valgrind is to do, and with which byte as secret.
const TASK: &str = "CENOTE_CONSTANT_TIME_TASK";

const IDENTITY: Identity<'static> = Identity { pool_name: "pool", user_id: "ada" };

/// What is counted.
fn perform(task: &str, byte: u8) {
    match task {
        "nothing" => {}
        "server" => {
            let client = PublicValue::from_hex(&"7".repeat(768)).unwrap();
            ServerSecret::new([byte; 32]).respond(&Verifier::pretended([5; 384]), &client).unwrap();
        }
        "client" => {
            ClientSecret::new([byte; 128]).public_value();
        }
        "verifier" => {
            // The exponent is a hash, random to whoever does not know the password.
            let password = char::from(byte % 64 + 32).to_string();
            Verifier::compute(&IDENTITY, &password, &Salt::new([3; 16]));
        }
        "session-key" => {
            let server = PublicValue::from_hex(&"7".repeat(768)).unwrap();
            let client = ClientSecret::new([byte; 128]);
            client.session_key(&IDENTITY, "password", &Salt::new([3; 16]), &server).unwrap();
        }
        "accepts" => {
            let key = SessionKey::from_bytes([9; 16]);
            let mut signature = key.sign(&IDENTITY, b"block", "now").into_bytes();
            // Wrong from its first character on, or in its last one.
            let at = if byte == 0 { 0 } else { signature.len() - 2 };
            let place = signature.get_mut(at).unwrap();
            *place = if *place == b'A' { b'E' } else { b'A' };
            let signature = String::from_utf8(signature).unwrap();
            // One comparison that ends early saves a handful of instructions: enough of them are seen.
            for _ in 0..10_000 {
                assert!(!key.accepts(&signature, &IDENTITY, b"block", "now"));
            }
        }
        other => panic!("no task: {other}"),
    }
}

/// The instructions that a task takes, with those of starting up.
fn instructions(task: &str, byte: u8) -> u64 {
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "line_57_no_secret_exponent_and_no_wrong_signature_takes_longer_than_another",
            "--test-threads=1",
        ])
        .env(TASK, format!("{task} {byte}"))
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{told}");
    let count = told.lines().find_map(|line| line.split_once("Collected : ")).expect("callgrind says how many").1;
    count.trim().parse().unwrap()
}

#[test]
fn line_57_no_secret_exponent_and_no_wrong_signature_takes_longer_than_another() {
    if let Ok(told) = std::env::var(TASK) {
        let (task, byte) = told.split_once(' ').unwrap();
        return perform(task, byte.parse().unwrap());
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        return test_support::missing::report("valgrind", "apt-get install valgrind");
    }
    let nothing = instructions("nothing", 0);
    for (task, one, other) in [
        ("server", 1, 255),
        ("server", 128, 85),
        ("client", 1, 255),
        ("verifier", 1, 50),
        ("session-key", 1, 255),
        ("accepts", 0, 1),
    ] {
        let (one, other) = (instructions(task, one) - nothing, instructions(task, other) - nothing);
        println!("{task}: {one} and {other} instructions");
        // The rest is the length of numbers whose leading zeros the protocol drops, and the test's own words.
        assert!(one.abs_diff(other) < 5_000, "{task}: {one} and {other}");
    }
}
