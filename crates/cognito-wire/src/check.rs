//! Reads a request as its operation's input, or says what is wrong with it, as AWS says it.

use std::fmt;

use serde_json::{Map, Value};

use crate::Operation;
use crate::schema::{Bounds, Kind, Member, Shape};

/// Why a request could not be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// A value has the wrong JSON type. AWS answers `SerializationException`.
    Mistyped {
        /// Where, as `userAttributes.1.member.name`.
        path: String,
        /// What is wanted there.
        wanted: &'static str,
    },
    /// Constraints are broken; a line for each, in the model's order. AWS answers with a validation error.
    Broken(Vec<String>),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mistyped { path, wanted } if path.is_empty() => write!(f, "the request must be {wanted}"),
            Self::Mistyped { path, wanted } => write!(f, "the value at '{path}' must be {wanted}"),
            Self::Broken(lines) => {
                let plural = if lines.len() == 1 { "" } else { "s" };
                write!(f, "{} validation error{plural} detected: {}", lines.len(), lines.join("; "))
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// The most constraint violations that one answer names.
const MOST_NAMED: usize = 10;

/// `body` as the input of `O`: JSON nulls count as absent, unknown members are ignored, all constraints hold.
///
/// The constraints are checked where the values stand, and the values are moved into the input: nothing is copied.
///
/// # Errors
///
/// [`Refusal`] with everything that is wrong, up to ten lines.
pub fn read<O: Operation>(mut body: Value) -> Result<O::Input, Refusal> {
    let mut broken = Vec::new();
    walk(O::INFO.input, &mut body, &Path::Root, &mut broken)?;
    if broken.is_empty() {
        serde_json::from_value(body)
            .map_err(|_| Refusal::Mistyped { path: String::new(), wanted: "of this operation's shape" })
    } else {
        broken.truncate(MOST_NAMED);
        Err(Refusal::Broken(broken))
    }
}

/// Where in the request the walk stands; written out only when something is wrong there.
enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, name) => f.write_str(&lower_first(name)),
            Self::Member(parent, name) => write!(f, "{parent}.{}", lower_first(name)),
            Self::Item(parent, at) => write!(f, "{parent}.{at}.member"),
        }
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Holds a value to its shape. Nulls in lists and maps are taken out.
fn walk(shape: &Shape, value: &mut Value, path: &Path<'_>, broken: &mut Vec<String>) -> Result<(), Refusal> {
    if let Kind::List(_, bounds) | Kind::Map(_, _, bounds) = &shape.kind {
        check_count(shape, value, *bounds, path, broken);
    }
    let wanted = match (&shape.kind, value) {
        (Kind::Structure(members), Value::Object(object)) => return walk_members(members, object, path, broken),
        (Kind::List(member, _), Value::Array(items)) => return walk_items(member, items, path, broken),
        (Kind::Map(key, member, _), Value::Object(entries)) => {
            return walk_entries(key, member, entries, path, broken);
        }
        (Kind::Text(..), Value::String(text)) => {
            check_text(shape, text, path, broken);
            return Ok(());
        }
        (Kind::Integer(bounds), Value::Number(number)) if number.is_i64() => {
            let shown = number.to_string();
            check_bounds(number.as_i64().unwrap_or_default(), *bounds, "value", shape, &shown, path, broken);
            return Ok(());
        }
        (Kind::Boolean, Value::Bool(_))
        | (Kind::Timestamp, Value::Number(_))
        | (Kind::Blob, Value::String(_))
        | (Kind::Document, _) => return Ok(()),
        (Kind::Structure(_) | Kind::Map(..), _) => "an object",
        (Kind::List(..), _) => "a list",
        (Kind::Text(..), _) => "a string",
        (Kind::Integer(_), _) => "a whole number",
        (Kind::Boolean, _) => "true or false",
        (Kind::Timestamp, _) => "seconds since 1970",
        (Kind::Blob, _) => "Base64 text",
    };
    Err(Refusal::Mistyped { path: path.to_string(), wanted })
}

fn walk_items(
    member: &Shape,
    items: &mut Vec<Value>,
    path: &Path<'_>,
    broken: &mut Vec<String>,
) -> Result<(), Refusal> {
    for (at, item) in items.iter_mut().enumerate().filter(|(_, item)| !item.is_null()) {
        walk(member, item, &Path::Item(path, at + 1), broken)?;
    }
    items.retain(|item| !item.is_null());
    Ok(())
}

fn walk_entries(
    key: &Shape,
    member: &Shape,
    entries: &mut Map<String, Value>,
    path: &Path<'_>,
    broken: &mut Vec<String>,
) -> Result<(), Refusal> {
    entries.retain(|_, item| !item.is_null());
    for (name, item) in entries {
        check_text(key, name, path, broken);
        walk(member, item, &Path::Member(path, name), broken)?;
    }
    Ok(())
}

fn walk_members(
    members: &[Member],
    object: &mut Map<String, Value>,
    path: &Path<'_>,
    broken: &mut Vec<String>,
) -> Result<(), Refusal> {
    for member in members {
        let here = Path::Member(path, member.name);
        match object.get_mut(member.name) {
            None | Some(Value::Null) if member.required => {
                broken.push(format!("Value null at '{here}' failed to satisfy constraint: Member must not be null"));
            }
            None | Some(Value::Null) => {}
            Some(value) => walk(member.shape, value, &here, broken)?,
        }
    }
    Ok(())
}

fn check_text(shape: &Shape, text: &str, path: &Path<'_>, broken: &mut Vec<String>) {
    let Kind::Text(bounds, pattern, values) = &shape.kind else { return };
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    check_bounds(length, *bounds, "length", shape, text, path, broken);
    if let Some(pattern) = pattern
        && !pattern.matches(text)
    {
        let must = format!("Member must satisfy regular expression pattern: {}", pattern.shown);
        broken.push(line(shape, text, path, &must));
    }
    if !values.is_empty() && !values.contains(&text) {
        let must = format!("Member must satisfy enum value set: [{}]", values.join(", "));
        broken.push(line(shape, text, path, &must));
    }
}

fn check_count(shape: &Shape, value: &Value, bounds: Bounds, path: &Path<'_>, broken: &mut Vec<String>) {
    let count = match value {
        Value::Array(items) => items.len(),
        Value::Object(entries) => entries.len(),
        _ => return,
    };
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    let breaks = bounds.min.is_some_and(|min| count < min) || bounds.max.is_some_and(|max| count > max);
    if breaks {
        check_bounds(count, bounds, "length", shape, &value.to_string(), path, broken);
    }
}

fn check_bounds(
    measure: i64,
    bounds: Bounds,
    of: &str,
    shape: &Shape,
    shown: &str,
    path: &Path<'_>,
    broken: &mut Vec<String>,
) {
    if let Some(min) = bounds.min.filter(|min| measure < *min) {
        let must = format!("Member must have {of} greater than or equal to {min}");
        broken.push(line(shape, shown, path, &must));
    }
    if let Some(max) = bounds.max.filter(|max| measure > *max) {
        let must = format!("Member must have {of} less than or equal to {max}");
        broken.push(line(shape, shown, path, &must));
    }
}

/// Values longer than this are not repeated in a message.
const LONGEST_SHOWN: usize = 256;

fn line(shape: &Shape, shown: &str, path: &Path<'_>, must: &str) -> String {
    if shape.sensitive || shown.len() > LONGEST_SHOWN {
        format!("Value at '{path}' failed to satisfy constraint: {must}")
    } else {
        format!("Value '{shown}' at '{path}' failed to satisfy constraint: {must}")
    }
}
