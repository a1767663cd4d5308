//! Settings that mean nothing here yet: harmless ones are kept and shown again, others are refused.
//!
//! A setting that would promise safety that is not there (a second factor, a trigger that denies) is never swallowed.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::Failure;

/// The members of `request` with these names, as JSON by name.
pub(crate) fn keep<T: Serialize>(request: &T, names: &[&str]) -> BTreeMap<String, String> {
    let object = object(request);
    let given = names.iter().filter_map(|name| Some(((*name).to_owned(), object.get(*name)?.to_string())));
    given.collect()
}

/// `answer` with what was kept put back.
pub(crate) fn restore<T: Serialize + DeserializeOwned>(
    answer: &T,
    kept: &BTreeMap<String, String>,
) -> Result<T, Failure> {
    let mut object = object(answer);
    for (name, json) in kept {
        if let Ok(value) = serde_json::from_str(json) {
            object.insert(name.clone(), value);
        }
    }
    serde_json::from_value(Value::Object(object)).map_err(|error| Failure::internal(&error))
}

/// Refuses a request that has one of these members with a value that asks for something.
pub(crate) fn refuse_unbuilt<T: Serialize>(request: &T, names: &[&str]) -> Result<(), Failure> {
    let object = object(request);
    match names.iter().find(|name| object.get(**name).is_some_and(asks_for_something)) {
        None => Ok(()),
        Some(name) => Err(Failure::invalid_parameter(format!("{name} is not supported by this server yet."))),
    }
}

fn asks_for_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) | Value::Number(_) => true,
        Value::String(text) => !matches!(text.as_str(), "" | "OFF"),
        Value::Array(items) => items.iter().any(asks_for_something),
        Value::Object(members) => members.values().any(asks_for_something),
    }
}

fn object<T: Serialize>(value: &T) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(object)) => object,
        _ => Map::new(),
    }
}
