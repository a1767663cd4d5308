//! The AWS Query protocol: a form in, XML out, by the same shapes as JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesText, Event};
use serde_json::{Map, Number, Value};

use crate::schema::{Kind, Member, Shape};

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

/// Writes `value` as XML elements in the order of its shape; times become ISO 8601 through `time`.
///
/// # Errors
///
/// What writing gives.
pub fn write_xml<W: Write>(
    out: &mut Writer<W>,
    shape: &Shape,
    value: &Value,
    time: &dyn Fn(f64) -> String,
) -> io::Result<()> {
    match (&shape.kind, value) {
        (Kind::Structure(members), Value::Object(object)) => {
            let present = |member: &&Member| object.get(member.name).is_some_and(|value| !value.is_null());
            members.iter().filter(present).try_for_each(|member| {
                let value = object.get(member.name).unwrap_or(&Value::Null);
                element(out, member.name, |out| write_xml(out, member.shape, value, time))
            })
        }
        (Kind::List(member, _), Value::Array(items)) => {
            items.iter().try_for_each(|item| element(out, "member", |out| write_xml(out, member, item, time)))
        }
        (Kind::Map(key, member, _), Value::Object(object)) => object.iter().try_for_each(|(name, item)| {
            element(out, "entry", |out| {
                element(out, "key", |out| write_xml(out, key, &Value::String(name.clone()), time))?;
                element(out, "value", |out| write_xml(out, member, item, time))
            })
        }),
        (Kind::Timestamp, Value::Number(seconds)) => text(out, &time(seconds.as_f64().unwrap_or(0.0))),
        (_, Value::String(value)) => text(out, value),
        (_, other) => text(out, &other.to_string()),
    }
}

fn element<W: Write>(
    out: &mut Writer<W>,
    name: &str,
    content: impl FnOnce(&mut Writer<W>) -> io::Result<()>,
) -> io::Result<()> {
    out.create_element(name).write_inner_content(content)?;
    Ok(())
}

fn text<W: Write>(out: &mut Writer<W>, text: &str) -> io::Result<()> {
    out.write_event(Event::Text(BytesText::new(&displayable(text))))
}

/// `text` without the characters that XML 1.0 cannot carry (§2.2): each becomes `?`.
pub fn displayable(text: &str) -> Cow<'_, str> {
    let bad = |letter: char| {
        (letter < ' ' && !matches!(letter, '\t' | '\n' | '\r')) || matches!(letter, '\u{fffe}' | '\u{ffff}')
    };
    if text.contains(bad) { Cow::Owned(text.replace(bad, "?")) } else { Cow::Borrowed(text) }
}
