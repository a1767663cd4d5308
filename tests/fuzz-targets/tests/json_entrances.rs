//! What `JSONTestSuite` calls no JSON is taken by no entrance, and what it calls JSON is refused by none for its form.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use fuzz_targets::answer_to_json;
use iam_policy::{Policy, PolicyError, PolicyKind};
use jwt_tokens::KeySet;

#[test]
fn every_json_entrance_judges_as_jsontestsuite_says() {
    let Some(folder) = shared_vectors::path("jsontestsuite/test_parsing") else { return };
    let (mut good, mut bad) = (0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read(&path).unwrap();
        let body = answer_to_json(&text);
        let broken_body = body.contains("SerializationException") && body.contains("not valid JSON");
        match name.chars().next() {
            Some('n') => {
                assert!(KeySet::from_json(&text).is_err(), "{name}: key set");
                let policy = std::str::from_utf8(&text).map(|text| Policy::parse("p", PolicyKind::Identity, text));
                assert!(
                    matches!(policy, Err(_) | Ok(Err(PolicyError::Syntax | PolicyError::TooLong))),
                    "{name}: policy"
                );
                // No body at all is an empty request.
                assert!(broken_body || text.is_empty(), "{name}: {body}");
                bad += 1;
            }
            Some('y') => {
                let keys = [br#"{"keys":["#.as_slice(), &text, b"]}"].concat();
                assert!(KeySet::from_json(&keys).is_ok(), "{name}: key set");
                assert!(!broken_body, "{name}: {body}");
                good += 1;
            }
            _ => {}
        }
    }
    println!("JSONTestSuite: {good} texts of JSON and {bad} that are none, at key sets, policies and AWS JSON bodies");
    assert!(good > 90 && bad > 180);
}
