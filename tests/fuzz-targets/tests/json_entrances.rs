//! What `JSONTestSuite` calls no JSON is taken by no entrance, and what it calls JSON is refused by none for its form. Each
//! text is put into a document that is good without it, so that nothing but its form can be the reason.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::PathBuf;

use fuzz_targets::answer_to_json;
use iam_policy::{Policy, PolicyError, PolicyKind};
use jwt_tokens::KeySet;

/// The texts whose names begin so, by name.
fn texts(kind: char) -> Option<Vec<(String, Vec<u8>)>> {
    let folder = shared_vectors::path("jsontestsuite/test_parsing")?;
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let named = |path: PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with(kind).then(|| (name, std::fs::read(path).unwrap()))
    };
    Some(paths.filter_map(named).collect())
}

/// A key set with a member that holds the text.
fn key_set(text: &[u8]) -> Vec<u8> {
    [br#"{"keys":[],"x":"#.as_slice(), text, b"}"].concat()
}

/// A policy in which a condition's value is the text.
fn policy(text: &[u8]) -> Vec<u8> {
    let start = br#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringLike":{"aws:k":"#;
    [start.as_slice(), text, b"}}}]}"].concat()
}

/// Whether a policy document is refused for not being JSON. One that is JSON and no policy is refused for something else.
fn is_no_json(policy: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(policy) else { return true };
    match Policy::parse("p", PolicyKind::Identity, text) {
        Err(PolicyError::Syntax(fault)) => !fault.is_json(),
        Err(PolicyError::TooLong) => true,
        _ => false,
    }
}

/// A request to an operation whose other members are good.
fn body(text: &[u8]) -> Vec<u8> {
    [br#"{"IdentityPoolId":"us-east-1:00000000-0000-4000-8000-000000000000","AccountId":"#.as_slice(), text, b"}"]
        .concat()
}

fn is_broken(answer: &str) -> bool {
    answer.contains("SerializationException") && answer.contains("not valid JSON")
}

#[test]
fn the_documents_are_good_with_a_text_that_is() {
    assert!(KeySet::from_json(&key_set(b"1")).is_ok());
    assert!(Policy::parse("p", PolicyKind::Identity, std::str::from_utf8(&policy(b"\"v\"")).unwrap()).is_ok());
    assert!(!is_broken(&answer_to_json(&body(b"\"123456789012\""))));
}

#[test]
fn what_is_no_json_is_taken_by_no_entrance() {
    let Some(texts) = texts('n') else { return };
    for (name, text) in &texts {
        assert!(KeySet::from_json(&key_set(text)).is_err(), "{name}: key set");
        assert!(is_no_json(&policy(text)), "{name}: policy");
        assert!(is_broken(&answer_to_json(&body(text))), "{name}: body");
        // Alone it is no body either; but no body at all is an empty request.
        assert!(is_broken(&answer_to_json(text)) || text.is_empty(), "{name}: body alone");
    }
    assert_eq!(texts.len(), 188);
}

#[test]
fn what_is_json_is_refused_by_no_entrance_for_its_form() {
    let Some(texts) = texts('y') else { return };
    for (name, text) in &texts {
        // Line 9: a member twice is refused, which the suite allows.
        assert_eq!(KeySet::from_json(&key_set(text)).is_err(), name.contains("duplicated_key"), "{name}: key set");
        assert_eq!(is_no_json(&policy(text)), name.contains("duplicated_key"), "{name}: policy");
        assert!(!is_broken(&answer_to_json(&body(text))), "{name}: body");
        assert!(!is_broken(&answer_to_json(text)), "{name}: body alone");
    }
    assert_eq!(texts.len(), 95);
}
