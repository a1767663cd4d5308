//! A JSON text is read the same whether a glance is enough for it or not.
#![allow(clippy::unwrap_used, reason = "a test panics when a rule is broken")]

use std::collections::{BTreeMap, HashSet};

use identity_kernel::strict_json::{self, Text};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};

fn text(json: &str) -> Text {
    Text::new(json.as_bytes().to_vec()).unwrap()
}

fn is_plain(json: &str) -> bool {
    text(json).plain_members().is_some()
}

#[test]
fn the_claims_of_a_user_pool_need_no_more_than_a_glance() {
    let claims = json!({
        "sub": "ada", "aud": ["a", "b"], "exp": 1_700_000_600, "email_verified": true, "phone_number_verified": false,
        "nonce": null, "cognito:groups": [], "scores": [1, 0, null, true], "name": "Zoë",
    });
    let members = text(&claims.to_string());
    let names: Vec<_> = members.plain_members().unwrap().map(|member| member.name().to_vec()).collect();
    assert_eq!(names.len(), 9);
    assert!(names.contains(&b"cognito:groups".to_vec()));
    assert!(is_plain("{}"));
}

#[test]
fn what_needs_more_than_a_glance_is_not_plain() {
    for json in [
        r#"{"a": 1}"#,
        r#" {"a":1}"#,
        r#"{"a":1} "#,
        r#"{"a":"\n"}"#,
        "{\"a\":\"\n\"}",
        r#"{"a\u0062":1}"#,
        r#"{"a":{}}"#,
        r#"{"a":[[]]}"#,
        r#"{"a":[{}]}"#,
        r#"{"a":-1}"#,
        r#"{"a":1.5}"#,
        r#"{"a":1e3}"#,
        r#"{"a":01}"#,
        r#"{"a":1,}"#,
        r#"{"a":1234567890123456}"#,
        r#"{"a":[1,]}"#,
        r#"{"a":[,1]}"#,
        r#"{,"a":1}"#,
        r#"{"a"}"#,
        r#"{"a":}"#,
        "{a:1}",
        r#"{"a":1}}"#,
        r#"{"a":1"b":2}"#,
        r#"{"a":"b""c":1}"#,
        r#"{"a":truefalse}"#,
        r#"{"a":nul}"#,
        r#"["a"]"#,
        "",
        "{",
        r#"{"a":"b"#,
        r#"{"a":1"#,
        r#"x"a":1}"#,
        "\"",
        "}",
        r#"{"a":1,"b":2,"a":1}"#,
        r#"{"":1,"":2}"#,
        r#"{"a":1"}"#,
    ] {
        assert!(!is_plain(json), "{json}");
    }
    assert!(!is_plain(&format!(r#"{{"a":"{}"}}"#, "x".repeat(5000))));
}

#[test]
fn types_of_every_kind_are_read() {
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Kind {
        Id,
    }
    #[derive(Debug, Deserialize, PartialEq)]
    struct Number(u64);
    #[derive(Debug, Deserialize, PartialEq)]
    struct Claims<'a> {
        sub: &'a str,
        kind: Kind,
        exp: Number,
        nonce: Option<&'a str>,
        name: Option<String>,
        absent: Option<u8>,
        share: f64,
        letter: char,
        pair: (u8, bool),
        nothing: (),
    }
    let json = r#"{"sub":"ada","kind":"id","exp":7,"nonce":null,"name":"Ada","share":2,"letter":"é","pair":[1,true],"nothing":null}"#;
    assert!(is_plain(json));
    let claims = text(json);
    assert_eq!(claims.read::<Claims<'_>>().unwrap(), serde_json::from_str(json).unwrap());
    assert_eq!(claims.read::<BTreeMap<String, u64>>(), None);
    let members: Map<String, Value> = claims.read().unwrap();
    assert!(members.keys().map(String::as_str).collect::<HashSet<_>>().contains("letter"));
}

fn value() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (0..1_000_000_u64).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f32>().prop_map(Value::from),
        "[ -~]{0,80}".prop_map(Value::from),
        "[a-zé日🙂]{0,8}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    scalar.prop_recursive(2, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-z]{0,3}", inner), 0..4).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = String> {
    vec(("[a-z:_]{0,9}", value()), 0..40)
        .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>()).to_string())
}

proptest! {
    #[test]
    fn an_object_is_read_as_it_was_written(json in object()) {
        prop_assert_eq!(text(&json).read::<Map<String, Value>>(), strict_json::object(json.as_bytes()));
    }

    #[test]
    fn a_bent_object_is_read_only_if_it_is_one_by_the_book(
        json in object(), bends in vec((any::<prop::sample::Index>(), prop::sample::select(b"\"\\{}[],:0 9etn-.\n".to_vec())), 1..3)
    ) {
        let mut bytes = json.into_bytes();
        for (at, byte) in bends {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let Some(bent) = Text::new(bytes.clone()) else { return Ok(()) };
        let strict = strict_json::object(&bytes);
        if bent.plain_members().is_some() {
            prop_assert_eq!(bent.read::<Map<String, Value>>(), strict);
        }
    }
}
