//! A JSON text is read the same whether a glance is enough for it or not.
#![allow(clippy::unwrap_used, reason = "a test panics when a rule is broken")]

use std::collections::{BTreeMap, HashSet};

use identity_kernel::strict_json;
use jwt_tokens::claims_json::{self, Text};
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

/// What a reader of two members does with [`strict_json`]'s tools: one member read, the others passed over.
#[derive(Debug, Default, PartialEq)]
struct Picked(Option<u64>);

impl<'de> Deserialize<'de> for Picked {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> serde::de::Visitor<'de> for Members {
            type Value = Picked;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut members: A) -> Result<Picked, A::Error> {
                let (mut picked, mut names) = (Picked::default(), claims_json::Names::new());
                while let Some(name) = members.next_key::<String>()? {
                    if name == "exp" {
                        picked.0 = Some(members.next_value()?);
                    } else {
                        members.next_value_seed(claims_json::Skip::at_the_top())?;
                    }
                    names.add(name.into()).map_err(serde::de::Error::custom)?;
                }
                Ok(picked)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[test]
fn line_9_a_name_that_stands_twice_is_found_among_any_number_and_inside_what_is_passed_over() {
    for members in [0, 1, 31, 32, 33, 300] {
        let others: Vec<String> = (0..members).map(|number| format!("\"m{number}\":{number},")).collect();
        let others = others.concat();
        let plain = format!("{{{others}\"exp\":7}}");
        let spaced = format!("{{ {others}\"exp\":7}}");
        for json in [&plain, &spaced] {
            assert_eq!(text(json).read(), Some(Picked(Some(7))), "{json}");
        }
        for twice in (0..members).step_by(7).map(|number| format!("m{number}")).chain(["exp".to_owned()]) {
            for json in
                [format!("{{{others}\"exp\":7,\"{twice}\":7}}"), format!("{{ {others}\"exp\":7,\"{twice}\":7}}")]
            {
                assert_eq!(text(&json).read::<Picked>(), None, "{json}");
            }
        }
    }
    for (inner, read) in [
        (r#"{"b":1,"c":[{"b":1},{"b":1}]}"#, true),
        (r#"{"b":1,"b":1}"#, false),
        (r#"[{"b":1,"b":1}]"#, false),
        (r#"{"c":{"b":1,"b":1}}"#, false),
    ] {
        assert_eq!(text(&format!("{{\"a\":{inner},\"exp\":7}}")).read::<Picked>().is_some(), read, "{inner}");
    }
}

#[test]
fn line_10_what_is_passed_over_nests_31_deep_in_its_object_and_no_deeper() {
    let nested = |open: &str, close: &str, depth: usize| {
        format!("{{\"a\":{}1{},\"exp\":7}}", open.repeat(depth), close.repeat(depth))
    };
    for (open, close) in [("[", "]"), ("{\"b\":", "}")] {
        assert!(text(&nested(open, close, 31)).read::<Picked>().is_some());
        assert!(text(&nested(open, close, 32)).read::<Picked>().is_none());
    }
}

#[test]
fn a_strict_object_keeps_every_kind_of_value() {
    let json = json!({"a": null, "b": true, "c": -1, "d": 1.5, "e": "x", "f": [1, [2]], "g": {"h": {}}});
    assert_eq!(strict_json::object(json.to_string().as_bytes()).map(Value::Object), Some(json));
}
