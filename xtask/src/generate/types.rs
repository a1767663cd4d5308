//! A type for each structure.

use std::fmt::Write as _;

use serde_json::Value;

use crate::Failure;
use crate::generate::model::{Model, bound, members, shape_at, text, texts};
use crate::generate::names::{field, type_name};

const DERIVES: &str = "Clone, Debug, Default, PartialEq, Serialize, Deserialize";

/// Writes the types.
pub(super) fn write(out: &mut String, model: &Model<'_>) -> Result<(), Failure> {
    writeln!(
        out,
        "/// Nothing: what an operation takes or gives when the model names no shape.\n\
         #[derive({DERIVES})]\npub struct Empty {{}}\n"
    )?;
    let structures = model.used.iter().filter(|name| text(model.shape(name), "type") == "structure");
    structures.into_iter().try_for_each(|name| structure(out, model, name))
}

fn structure(out: &mut String, model: &Model<'_>, name: &str) -> Result<(), Failure> {
    let type_name = type_name(name);
    writeln!(out, "/// `{name}` of the service model.\n#[derive({DERIVES})]\npub struct {type_name} {{")?;
    for member in members(model.shape(name)) {
        let shape = model.shape(member.target);
        let plain = rust_type(model, member.target);
        let (wire, field) = (member.name, field(member.name));
        writeln!(out, "    /// {}", describe(wire, shape, member.required))?;
        if member.required {
            writeln!(out, "    #[serde(rename = {wire:?})]\n    pub {field}: {plain},")?;
        } else {
            let skip = "skip_serializing_if = \"Option::is_none\"";
            writeln!(out, "    #[serde(rename = {wire:?}, default, {skip})]\n    pub {field}: Option<{plain}>,")?;
        }
    }
    writeln!(out, "}}\n")?;
    Ok(())
}

fn rust_type(model: &Model<'_>, name: &str) -> String {
    let shape = model.shape(name);
    let inner = |part: &str| rust_type(model, shape_at(shape, part).unwrap_or_default());
    match text(shape, "type") {
        "structure" if shape.get("document").is_some() => "serde_json::Value".to_owned(),
        "structure" => type_name(name),
        "list" => format!("Vec<{}>", inner("member")),
        "map" if shape.get("sensitive").is_some() => "BTreeMap<String, Sensitive>".to_owned(),
        "map" => format!("BTreeMap<String, {}>", inner("value")),
        "integer" | "long" => "i64".to_owned(),
        "boolean" => "bool".to_owned(),
        "timestamp" => "f64".to_owned(),
        "string" if shape.get("sensitive").is_some() => "Sensitive".to_owned(),
        _ => "String".to_owned(),
    }
}

/// A member's doc comment: what the model allows.
fn describe(member: &str, shape: &Value, required: bool) -> String {
    let mut words = format!("`{member}`");
    if required {
        words.push_str(", required");
    }
    let (min, max) = (bound(shape, "min"), bound(shape, "max"));
    if min.is_some() || max.is_some() {
        let shown = |bound: Option<i64>| bound.map_or_else(String::new, |bound| bound.to_string());
        let _ = write!(words, ", {}..={}", shown(min), shown(max));
    }
    let values: Vec<String> = texts(shape, "enum").map(|value| format!("`{value}`")).collect();
    if shape.get("enum").is_some() {
        let _ = write!(words, ": {}", values.join(", "));
    }
    words + "."
}
