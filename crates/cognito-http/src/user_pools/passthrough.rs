//! Settings that mean nothing here yet: harmless ones are kept and shown again, others are refused by name.
//!
//! A setting that would promise safety that is not there (a second factor, a trigger that denies) is never swallowed.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::Failure;

/// What is to be kept, as a part of the answer in which it is shown again: JSON by member, as the domain stores it.
pub(crate) fn keep<T: Serialize>(part: &T) -> Result<BTreeMap<String, String>, Failure> {
    match serde_json::to_value(part).map_err(|error| Failure::internal(&error))? {
        Value::Object(members) => Ok(members.into_iter().map(|(name, value)| (name, value.to_string())).collect()),
        _ => Ok(BTreeMap::new()),
    }
}

/// What was kept, as a part of the answer.
pub(crate) fn restore<T: DeserializeOwned>(kept: &BTreeMap<String, String>) -> Result<T, Failure> {
    let read = |(name, json): (&String, &String)| Some((name.clone(), serde_json::from_str(json).ok()?));
    let members: Map<String, Value> = kept.iter().filter_map(read).collect();
    serde_json::from_value(Value::Object(members)).map_err(|error| Failure::internal(&error))
}

/// Refuses a member that is not built, if it asks for something: `OFF`, `false` and what is empty ask for nothing.
pub(crate) fn refuse<T: Serialize>(name: &str, value: Option<&T>) -> Result<(), Failure> {
    let value = serde_json::to_value(value).map_err(|error| Failure::internal(&error))?;
    if asks_for_something(&value) {
        return Err(Failure::invalid_parameter(format!("{name} is not supported by this server yet.")));
    }
    Ok(())
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
