//! A service model, as it is read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::Failure;

/// A published model, and what of it stands in requests and answers.
pub(super) struct Model<'a> {
    /// The service's name in signatures and policies.
    pub(super) service: &'a str,
    /// The operations by name.
    pub(super) operations: BTreeMap<&'a str, &'a Value>,
    /// The shapes that stand in a request or an answer.
    pub(super) used: BTreeSet<&'a str>,
    /// Their patterns, numbered.
    pub(super) patterns: BTreeMap<&'a str, usize>,
    /// Whether one of them is text that must not be shown.
    pub(super) has_sensitive: bool,
    shapes: BTreeMap<&'a str, &'a Value>,
}

/// A member of a structure.
pub(super) struct Member<'a> {
    /// Its name on the wire.
    pub(super) name: &'a str,
    /// The name of its shape.
    pub(super) target: &'a str,
    /// Whether a value must be there.
    pub(super) required: bool,
}

impl<'a> Model<'a> {
    pub(super) fn new(model: &'a Value, service: &'a str) -> Result<Self, Failure> {
        let mut out = Self {
            service,
            operations: object(model, "operations")?,
            shapes: object(model, "shapes")?,
            used: BTreeSet::new(),
            patterns: BTreeMap::new(),
            has_sensitive: false,
        };
        let parts = |operation: &&'a Value| ["input", "output"].map(|part| shape_at(operation, part));
        let reached: Vec<&str> = out.operations.values().flat_map(parts).flatten().collect();
        for name in reached {
            out.reach(name);
        }
        let mut patterns = BTreeSet::new();
        for name in &out.used {
            let shape = out.shape(name);
            out.has_sensitive |= shape.get("sensitive").is_some() && text(shape, "type") == "string";
            patterns.extend(shape.get("pattern").and_then(Value::as_str));
        }
        out.patterns = patterns.into_iter().enumerate().map(|(at, pattern)| (pattern, at)).collect();
        Ok(out)
    }

    /// The shape of this name; null if there is none.
    pub(super) fn shape(&self, name: &str) -> &'a Value {
        self.shapes.get(name).copied().unwrap_or(&Value::Null)
    }

    /// Whether a shape of this type is used.
    pub(super) fn uses(&self, shape_type: &str) -> bool {
        self.used.iter().any(|name| text(self.shape(name), "type") == shape_type)
    }

    /// A structure's member.
    pub(super) fn member(&self, structure: &str, name: &str) -> Result<Member<'a>, Failure> {
        let found = members(self.shape(structure)).find(|member| member.name == name);
        found.ok_or_else(|| format!("{structure} has no member {name}").into())
    }

    /// The code under which an error goes over the wire.
    pub(super) fn error_code(&self, shape: &'a str) -> &'a str {
        self.shape(shape).pointer("/error/code").and_then(Value::as_str).unwrap_or(shape)
    }

    fn reach(&mut self, name: &'a str) {
        let Some(shape) = self.shapes.get(name).copied() else { return };
        if !self.used.insert(name) {
            return;
        }
        let parts = ["member", "key", "value"].into_iter().filter_map(|part| shape_at(shape, part));
        let next: Vec<&str> = members(shape).map(|member| member.target).chain(parts).collect();
        for name in next {
            self.reach(name);
        }
    }
}

/// The name of the shape that stands at a part: of an operation `input` and `output`, of a list `member`, of a map `key` and
/// `value`.
pub(super) fn shape_at<'a>(of: &'a Value, part: &str) -> Option<&'a str> {
    of.get(part)?.get("shape")?.as_str()
}

/// A text of a shape; empty if it has none.
pub(super) fn text<'a>(shape: &'a Value, name: &str) -> &'a str {
    shape.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// The texts of a list; none if there is no list.
pub(super) fn texts<'a>(shape: &'a Value, name: &str) -> impl Iterator<Item = &'a str> {
    shape.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// A structure's members, as the model lists them.
pub(super) fn members(shape: &Value) -> impl Iterator<Item = Member<'_>> {
    let required: BTreeSet<&str> = texts(shape, "required").collect();
    let members = shape.get("members").and_then(Value::as_object).into_iter().flatten();
    members.map(move |(name, member)| Member {
        name,
        target: text(member, "shape"),
        required: required.contains(name.as_str()),
    })
}

/// A bound of a shape.
pub(super) fn bound(shape: &Value, name: &str) -> Option<i64> {
    shape.get(name).and_then(Value::as_i64)
}

fn object<'a>(value: &'a Value, name: &str) -> Result<BTreeMap<&'a str, &'a Value>, Failure> {
    let map = value.get(name).and_then(Value::as_object).ok_or_else(|| format!("the model has no {name}"))?;
    Ok(map.iter().map(|(name, value)| (name.as_str(), value)).collect())
}
