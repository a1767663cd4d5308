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
/// # Errors
///
/// [`Refusal`] with everything that is wrong, up to ten lines.
pub fn read<O: Operation>(body: &Value) -> Result<O::Input, Refusal> {
    let mut broken = Vec::new();
    let clean = walk(O::INFO.input, body, &Path::Root, &mut broken)?;
    if broken.is_empty() {
        serde_json::from_value(clean)
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

fn walk(shape: &Shape, value: &Value, path: &Path<'_>, broken: &mut Vec<String>) -> Result<Value, Refusal> {
    let mistyped = |wanted| Refusal::Mistyped { path: path.to_string(), wanted };
    match &shape.kind {
        Kind::Structure(members) => {
            let object = value.as_object().ok_or_else(|| mistyped("an object"))?;
            walk_members(members, object, path, broken)
        }
        Kind::List(member, bounds) => {
            let items = value.as_array().ok_or_else(|| mistyped("a list"))?;
            check_length(items.len(), *bounds, shape, value, path, broken);
            let clean = items.iter().enumerate().filter(|(_, item)| !item.is_null());
            clean
                .map(|(at, item)| walk(member, item, &Path::Item(path, at + 1), broken))
                .collect::<Result<_, _>>()
                .map(Value::Array)
        }
        Kind::Map(key, member, bounds) => {
            let object = value.as_object().ok_or_else(|| mistyped("an object"))?;
            check_length(object.len(), *bounds, shape, value, path, broken);
            let mut clean = Map::new();
            for (name, item) in object.iter().filter(|(_, item)| !item.is_null()) {
                check_text(key, name, path, broken);
                clean.insert(name.clone(), walk(member, item, &Path::Member(path, name), broken)?);
            }
            Ok(Value::Object(clean))
        }
        Kind::Text(..) => {
            let text = value.as_str().ok_or_else(|| mistyped("a string"))?;
            check_text(shape, text, path, broken);
            Ok(value.clone())
        }
        Kind::Integer(bounds) => {
            let number = value.as_i64().ok_or_else(|| mistyped("a whole number"))?;
            check_bounds(number, *bounds, "value", shape, &value.to_string(), path, broken);
            Ok(value.clone())
        }
        Kind::Boolean => value.is_boolean().then(|| value.clone()).ok_or_else(|| mistyped("true or false")),
        Kind::Timestamp => value.is_number().then(|| value.clone()).ok_or_else(|| mistyped("seconds since 1970")),
        Kind::Blob => value.is_string().then(|| value.clone()).ok_or_else(|| mistyped("Base64 text")),
        Kind::Document => Ok(value.clone()),
    }
}

fn walk_members(
    members: &[Member],
    object: &Map<String, Value>,
    path: &Path<'_>,
    broken: &mut Vec<String>,
) -> Result<Value, Refusal> {
    let mut clean = Map::new();
    for member in members {
        let here = Path::Member(path, member.name);
        match object.get(member.name) {
            None | Some(Value::Null) if member.required => {
                broken.push(format!("Value null at '{here}' failed to satisfy constraint: Member must not be null"));
            }
            None | Some(Value::Null) => {}
            Some(value) => {
                clean.insert(member.name.to_owned(), walk(member.shape, value, &here, broken)?);
            }
        }
    }
    Ok(Value::Object(clean))
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

fn check_length(count: usize, bounds: Bounds, shape: &Shape, value: &Value, path: &Path<'_>, broken: &mut Vec<String>) {
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    check_bounds(count, bounds, "length", shape, &value.to_string(), path, broken);
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
