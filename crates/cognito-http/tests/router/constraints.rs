//! Every operation that is built holds its request to each constraint of the model, and wants the signature that the
//! model wants.

use cognito_http::coverage;
use cognito_wire::schema::{Bounds, Kind, Member, Shape};
use cognito_wire::{Auth, OperationInfo, Protocol, Service};
use serde_json::{Map, Value, json};

use crate::world::{Keys, Outgoing, World, operation, user_pool_arn};

fn built() -> Vec<&'static OperationInfo> {
    let service = |name: &str| Service::ALL.into_iter().find(|service| service.name() == name).unwrap();
    coverage().iter().filter(|state| state.built).map(|state| operation(service(state.service), state.name)).collect()
}

/// Texts of which one fits each pattern of the models.
const TEXTS: [&str; 23] = [
    "us-east-1_Ab3dEf9hJ",
    "us-east-1_0af",
    "us-east-1:0a1b2c3d-1111-4222-8333-444455556666",
    "arn:aws:iam::123456789012:role/app",
    "https://example.com/x",
    "Code {####}",
    "abcdef",
    "123456789012",
    "authenticated",
    "0a",
    "a@b",
    "1",
    "",
    "eyJhbGciOiJub25lIn0.e30.",
    "Level1",
    "openid",
    "00000000-0000-4000-8000-000000000000",
    "tkn0123456789abcdefghijklmno",
    "import-1a2b3c",
    "123456",
    "v1",
    "terms-of-use",
    "cognito:default",
];

/// Shorter than a request may be at most.
const LONGEST: i64 = 1_000_000;

fn length(text: &str) -> i64 {
    i64::try_from(text.chars().count()).unwrap()
}

fn within(bounds: &Bounds, measure: i64) -> bool {
    bounds.min.is_none_or(|min| measure >= min) && bounds.max.is_none_or(|max| measure <= max)
}

/// A value that the shape takes, with nothing in it that need not be.
fn least(shape: &Shape) -> Value {
    match &shape.kind {
        Kind::Structure(members) => least_of(members),
        // A list of nothing is none in the query protocol.
        Kind::List(member, bounds) => Value::Array((0..bounds.min.unwrap_or(1)).map(|_| least(member)).collect()),
        Kind::Map(..) | Kind::Document => json!({}),
        Kind::Text(bounds, pattern, values) => {
            let fits =
                |text: &&str| within(bounds, length(text)) && pattern.is_none_or(|pattern| pattern.matches(text));
            let long = "a".repeat(usize::try_from(bounds.min.unwrap_or(0)).unwrap());
            let texts = values.iter().copied().chain(TEXTS).chain([long.as_str()]);
            json!(texts.into_iter().find(fits).unwrap_or_else(|| panic!("no text fits {shape:?}")))
        }
        Kind::Integer(bounds) => json!(bounds.min.unwrap_or(1)),
        Kind::Boolean => json!(false),
        Kind::Timestamp => json!(0),
        Kind::Blob => json!("AA=="),
    }
}

fn least_of(members: &[Member]) -> Value {
    let needed = members.iter().filter(|member| member.required);
    Value::Object(needed.map(|member| (member.name.to_owned(), least(member.shape))).collect())
}

/// Values that the shape does not take, each with what is wrong with it.
fn wrong(shape: &Shape, protocol: Protocol, depth: usize) -> Vec<(String, Value)> {
    let mut out = Vec::new();
    let mut say = |what: &str, value: Value| out.push((what.to_owned(), value));
    match &shape.kind {
        Kind::Text(bounds, pattern, values) => {
            if bounds.min.is_some_and(|min| min > 0) {
                say("too short", json!(""));
            }
            // What is longer than a request may be is refused as such.
            if let Some(max) = bounds.max.filter(|max| *max < LONGEST) {
                say("too long", json!("a".repeat(usize::try_from(max).unwrap() + 1)));
            }
            if !values.is_empty() {
                say("not of the set", json!("NOT_OF_THE_SET"));
            }
            let odd = ["\u{0}", " ", "a b\u{7}", "ä/\"\\ \u{200b}"];
            let misfit = pattern.and_then(|pattern| odd.into_iter().find(|text| !pattern.matches(text)));
            if let Some(misfit) = misfit {
                say("not of the pattern", json!(misfit));
            }
            if protocol == Protocol::Json {
                say("no text", json!(7));
            }
        }
        Kind::Integer(bounds) => {
            if let Some(min) = bounds.min {
                say("too small", json!(min - 1));
            }
            if let Some(max) = bounds.max {
                say("too great", json!(max + 1));
            }
            say("no number", json!("seven"));
        }
        Kind::Boolean => say("not true or false", json!("perhaps")),
        Kind::List(member, bounds) => {
            if let Some(max) = bounds.max.filter(|max| *max <= 1000) {
                say("too many", Value::Array((0..=max).map(|_| least(member)).collect()));
            }
            out.extend(
                wrong(member, protocol, depth).into_iter().map(|(what, bad)| (format!("item {what}"), json!([bad]))),
            );
        }
        Kind::Map(key, member, _) => {
            let key = least(key);
            let entry = |bad: Value| Value::Object(Map::from_iter([(key.as_str().unwrap().to_owned(), bad)]));
            if protocol == Protocol::Json {
                out.extend(
                    wrong(member, protocol, depth).into_iter().map(|(what, bad)| (format!("value {what}"), entry(bad))),
                );
            }
        }
        Kind::Structure(members) if depth > 0 => out.extend(wrong_in(members, protocol, depth - 1)),
        Kind::Structure(_) | Kind::Timestamp | Kind::Blob | Kind::Document => {}
    }
    out
}

/// Structures of which one member is wrong or missing.
fn wrong_in(members: &[Member], protocol: Protocol, depth: usize) -> Vec<(String, Value)> {
    let mut out = Vec::new();
    for member in members {
        let mut with = |what: &str, value: Option<Value>| {
            let mut body = least_of(members);
            match value {
                Some(value) => body[member.name] = value,
                None => drop(body.as_object_mut().unwrap().remove(member.name)),
            }
            out.push((format!("{} {what}", member.name), body));
        };
        if member.required {
            with("missing", None);
        }
        for (what, value) in wrong(member.shape, protocol, depth) {
            with(&what, Some(value));
        }
    }
    out
}

async fn send(world: &World, info: &OperationInfo, body: &Value) -> (u16, String) {
    let mut outgoing = Outgoing::of(info, body);
    if info.auth == Auth::SigV4 {
        world.sign(&mut outgoing, &Keys::operator());
    }
    let answer = world.send(outgoing).await;
    (answer.status, answer.code())
}

#[tokio::test]
async fn every_constraint_of_every_built_operation_is_held() {
    let world = World::new().await;
    let mut passed = Vec::new();
    let mut tried = 0;

    for info in built() {
        let Kind::Structure(members) = &info.input.kind else { panic!("{}", info.name) };
        for (what, body) in wrong_in(members, info.service.protocol(), 2) {
            let (status, code) = send(&world, info, &body).await;
            tried += 1;
            if status != 400 || (code != info.service.validation_error() && code != "SerializationException") {
                passed.push(format!("{} {what}: {status} {code}", info.name));
            }
        }
    }

    assert!(passed.is_empty(), "{passed:#?}");
    assert!(tried > 1000, "{tried}");
}

#[tokio::test]
async fn every_signed_operation_refuses_a_call_without_signature() {
    let world = World::new().await;
    for info in Service::ALL.iter().flat_map(|service| service.operations()).filter(|info| info.auth == Auth::SigV4) {
        let answer = world.send(Outgoing::of(info, &json!({}))).await;

        assert!(answer.code().starts_with("MissingAuthenticationToken"), "{} {answer:?}", info.name);
    }
}

#[tokio::test]
async fn every_signed_operation_refuses_a_signature_by_another_secret() {
    let world = World::new().await;
    let keys = Keys { secret: "another secret".to_owned(), ..Keys::operator() };
    for info in Service::ALL.iter().flat_map(|service| service.operations()).filter(|info| info.auth == Auth::SigV4) {
        let answer = world.call_as(&keys, info.service, info.name, json!({})).await;

        let wanted = match info.service.protocol() {
            Protocol::Json => "InvalidSignatureException",
            Protocol::Query => "SignatureDoesNotMatch",
        };
        assert_eq!(answer.code(), wanted, "{}", info.name);
    }
}

#[tokio::test]
async fn every_signed_operation_refuses_who_may_do_nothing_here() {
    let world = World::new().await;
    let elsewhere = json!([{"Effect": "Allow", "Action": "*", "Resource":
        ["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Another0",
         "arn:aws:cognito-identity:us-east-1:123456789012:identitypool/us-east-1:00000000-0000-4000-8000-000000000000",
         "arn:aws:iam::123456789012:role/another"]}]);
    let keys = world.with_policy("delegate", &elsewhere).await;
    // What a role's trust policy decides, and what everybody may do.
    let free = ["AssumeRole", "GetCallerIdentity", "GetScopedCredentials", "GetSessionToken", "GetWebIdentityToken"];
    for info in built().into_iter().filter(|info| info.auth == Auth::SigV4 && !free.contains(&info.name)) {
        let mut body = least(info.input);
        if body.get("ResourceArn").is_some() {
            // An ARN of another region is not there, whoever asks.
            body["ResourceArn"] = json!(user_pool_arn("us-east-1_Ab3dEf9hJ"));
        }
        let answer = world.call_as(&keys, info.service, info.name, body).await;

        let wanted = match info.service.protocol() {
            Protocol::Json => "AccessDeniedException",
            Protocol::Query => "AccessDenied",
        };
        assert_eq!(answer.code(), wanted, "{} {}", info.name, answer.text);
    }
}

#[tokio::test]
async fn an_operation_that_is_not_built_says_so() {
    let world = World::new().await;
    let states = coverage();
    for state in states.iter().filter(|state| !state.built) {
        let service = Service::ALL.into_iter().find(|service| service.name() == state.service).unwrap();
        let (status, code) = send(&world, operation(service, state.name), &json!({})).await;

        assert_eq!((status, code.as_str()), (400, "UnsupportedOperation"), "{}", state.name);
    }
}
