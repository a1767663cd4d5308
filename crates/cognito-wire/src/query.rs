//! The AWS Query protocol: a form in, XML out, by the same shapes as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

use crate::schema::{Kind, Shape};

/// The form fields of a request as the JSON value that its shape would have: `PolicyArns.member.1.arn` becomes a list
/// of objects. Text that is no number or boolean where one is wanted stays text, and is refused by the check.
pub fn to_json(shape: &Shape, fields: &BTreeMap<String, String>) -> Value {
    build(shape, fields, "").unwrap_or_else(|| Value::Object(Map::new()))
}

fn build(shape: &Shape, fields: &BTreeMap<String, String>, at: &str) -> Option<Value> {
    match &shape.kind {
        Kind::Structure(members) => {
            let mut object = Map::new();
            for member in *members {
                if let Some(value) = build(member.shape, fields, &join(at, member.name)) {
                    object.insert(member.name.to_owned(), value);
                }
            }
            (!object.is_empty() || at.is_empty()).then_some(Value::Object(object))
        }
        Kind::List(member, _) => {
            let items = (1..).map_while(|number| build(member, fields, &format!("{at}.member.{number}")));
            let items: Vec<Value> = items.collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Kind::Map(_, member, _) => {
            let entries = (1..).map_while(|number| {
                let key = fields.get(&format!("{at}.entry.{number}.key"))?;
                Some((key.clone(), build(member, fields, &format!("{at}.entry.{number}.value"))?))
            });
            let entries: Map<String, Value> = entries.collect();
            (!entries.is_empty()).then_some(Value::Object(entries))
        }
        Kind::Integer(_) => fields.get(at).map(|text| number(text)),
        Kind::Boolean => fields.get(at).map(|text| text.parse().map_or_else(|_| text.clone().into(), Value::Bool)),
        _ => fields.get(at).map(|text| text.clone().into()),
    }
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

fn number(text: &str) -> Value {
    text.parse::<i64>().map_or_else(|_| text.into(), |number| Value::Number(Number::from(number)))
}

/// `value` as XML elements in the order of its shape; times become ISO 8601 through `time`.
pub fn to_xml(shape: &Shape, value: &Value, time: &dyn Fn(f64) -> String) -> String {
    let mut out = String::new();
    write_value(&mut out, shape, value, time);
    out
}

fn write_value(out: &mut String, shape: &Shape, value: &Value, time: &dyn Fn(f64) -> String) {
    match (&shape.kind, value) {
        (Kind::Structure(members), Value::Object(object)) => {
            for member in *members {
                if let Some(value) = object.get(member.name).filter(|value| !value.is_null()) {
                    write_element(out, member.name, member.shape, value, time);
                }
            }
        }
        (Kind::List(member, _), Value::Array(items)) => {
            for item in items {
                write_element(out, "member", member, item, time);
            }
        }
        (Kind::Map(key, member, _), Value::Object(object)) => {
            for (name, item) in object {
                out.push_str("<entry>");
                write_element(out, "key", key, &Value::String(name.clone()), time);
                write_element(out, "value", member, item, time);
                out.push_str("</entry>");
            }
        }
        (Kind::Timestamp, Value::Number(seconds)) => out.push_str(&time(seconds.as_f64().unwrap_or(0.0))),
        (_, Value::String(text)) => escape(out, text),
        (_, other) => {
            let _ = write!(out, "{other}");
        }
    }
}

fn write_element(out: &mut String, name: &str, shape: &Shape, value: &Value, time: &dyn Fn(f64) -> String) {
    let _ = write!(out, "<{name}>");
    write_value(out, shape, value, time);
    let _ = write!(out, "</{name}>");
}

/// Appends `text` with the characters escaped that XML gives a meaning; characters XML cannot carry become `?`.
pub fn escape(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\t' | '\n' => out.push(letter),
            other if other < ' ' || matches!(other, '\u{fffe}' | '\u{ffff}') => out.push('?'),
            other => out.push(other),
        }
    }
}
