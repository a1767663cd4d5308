//! What policies would decide, from the command line.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::Command;

use cenote::Cenote;
use cenote::vending::ops::roles::CreateRole;

const OWN: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Sid": "Own", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/${aws:userid}/*"},
    {"Sid": "Plain", "Effect": "Deny", "Action": "s3:*", "Resource": "*",
     "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}"#;

/// Runs the command: whether it went well, and what it says.
fn simulate(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_cenote"))
        .current_dir(folder)
        .args(["simulate", "policy"])
        .args(arguments)
        .output()
        .unwrap();
    let text = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn a_simulation_names_what_decides_what_matches_and_what_was_not_given() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("own.json"), OWN).unwrap();
    let asked = ["--policy", "own.json", "--action", "s3:GetObject", "--resource", "arn:aws:s3:::b/ada/cat"];

    let (_, bare) = simulate(folder.path(), &asked);
    assert_eq!(
        bare,
        "s3:GetObject on arn:aws:s3:::b/ada/cat: implicitly denied\n  \
         decided by: no statement of the identity policy allows it\n  \
         not given: aws:SecureTransport, aws:userid\n"
    );
    let (_, given) = simulate(folder.path(), &[&asked[..], &["--context", "aws:userid=ada"]].concat());
    assert!(
        given.contains("cat: allowed\n  decided by: statement Own of the identity policy \"own.json\"\n"),
        "{given}"
    );
    let plain = ["--context", "aws:userid=ada", "--context", "AWS:securetransport=false"];
    let (_, denied) = simulate(folder.path(), &[&asked[..], &plain].concat());
    assert!(
        denied.contains("explicitly denied")
            && denied.contains("matches: statement Own")
            && denied.ends_with("matches: statement Plain of the identity policy \"own.json\" denies\n"),
        "{denied}"
    );
}

#[test]
fn each_limit_and_the_resources_own_policy_have_their_say() {
    let folder = tempfile::tempdir().unwrap();
    let statement = |text: &str| format!(r#"{{"Version": "2012-10-17", "Statement": {{"Effect": {text}}}}}"#);
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    write("all.json", statement(r#""Allow", "Action": "*", "Resource": "*""#));
    write("queues.json", statement(r#""Allow", "Action": "sqs:*", "Resource": "*""#));
    let ada =
        r#""Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:user/ada"}, "Action": "s3:*", "Resource": "*""#;
    write("bucket.json", statement(ada));
    let verdict = |arguments: &[&str]| {
        let (went_well, text) = simulate(folder.path(), &[&["--action", "s3:GetObject"], arguments].concat());
        assert!(went_well, "{text}");
        text.lines().nth(1).unwrap().trim().to_owned()
    };

    let all = ["--policy", "all.json"];
    assert_eq!(
        verdict(&[&all[..], &["--boundary", "queues.json"]].concat()),
        "decided by: no statement of the permissions boundary allows it"
    );
    assert_eq!(
        verdict(&[&all[..], &["--session-policy", "queues.json"]].concat()),
        "decided by: no statement of the session policy allows it"
    );
    let by_bucket = ["--resource-policy", "bucket.json", "--caller"];
    assert!(
        verdict(&[&by_bucket[..], &["arn:aws:iam::123456789012:user/ada"]].concat()).contains("the resource policy")
    );
    assert!(verdict(&[&by_bucket[..], &["arn:aws:iam::123456789012:role/ada/s"]].concat()).contains("no statement"));
}

#[tokio::test]
async fn a_stored_role_is_simulated_with_what_its_sessions_bring() {
    let folder = tempfile::tempdir().unwrap();
    let cenote = Cenote::builder().data_folder(folder.path()).unwrap().build().await.unwrap();
    let trust = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"},
        "Action": "sts:AssumeRole"}}"#;
    let own = OWN.replace("${aws:userid}", "${aws:PrincipalAccount}");
    cenote.vending().create_role(CreateRole::named("app", trust)).await.unwrap();
    cenote.vending().put_role_policy("app", "own", own).await.unwrap();
    drop(cenote);

    let resource = "arn:aws:s3:::b/123456789012/cat";
    let asked = ["--role", "app", "--data", ".", "--action", "s3:GetObject", "--resource", resource];
    let (went_well, text) = simulate(folder.path(), &asked);

    assert!(went_well && text.contains("decided by: statement Own of the identity policy \"own\""), "{text}");
    assert!(text.ends_with("not given: aws:SecureTransport\n"), "{text}");
}

#[tokio::test]
async fn when_the_session_of_a_simulated_role_was_vended_is_what_the_caller_says_or_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let cenote = Cenote::builder().data_folder(folder.path()).unwrap().build().await.unwrap();
    let trust = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": {"AWS": "*"},
        "Action": "sts:AssumeRole"}}"#;
    let revoking = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Sid": "Old", "Effect": "Deny", "Action": "*", "Resource": "*",
         "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2099-01-01T00:00:00Z"}}}]}"#;
    cenote.vending().create_role(CreateRole::named("app", trust)).await.unwrap();
    cenote.vending().put_role_policy("app", "own", revoking.to_owned()).await.unwrap();
    drop(cenote);
    let verdict = |more: &[&str]| {
        let asked = ["--role", "app", "--data", ".", "--action", "s3:GetObject"];
        simulate(folder.path(), &[&asked[..], more].concat()).1
    };

    let unknown = verdict(&[]);
    assert!(unknown.contains(": allowed") && unknown.contains("not given: aws:TokenIssueTime"), "{unknown}");
    let before = verdict(&["--context", "aws:TokenIssueTime=2026-01-01T00:00:00Z"]);
    assert!(before.contains("explicitly denied") && !before.contains("not given"), "{before}");
    let after = verdict(&["--context", "AWS:tokenissuetime=2099-06-01T00:00:00Z"]);
    assert!(after.contains(": allowed") && !after.contains("not given"), "{after}");
}

#[test]
fn a_document_that_is_no_policy_is_named_with_the_place_of_its_fault() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("bad.json"), r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}"#)
        .unwrap();

    let (went_well, text) = simulate(folder.path(), &["--policy", "bad.json", "--action", "s3:GetObject"]);

    assert!(!went_well && text.contains("bad.json") && text.contains("Statement[0].Effect"), "{text}");
}
