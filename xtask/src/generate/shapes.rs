//! The shapes as data, by which requests are checked.

use std::fmt::Write as _;

use serde_json::Value;

use crate::Failure;
use crate::generate::model::{Model, bound, members, shape_at, text};
use crate::generate::names::constant;
use crate::generate::patterns::{self, Translated};

/// Writes the patterns and the shapes.
pub(super) fn write(out: &mut String, model: &Model<'_>) -> Result<(), Failure> {
    if model.operations.values().any(|operation| operation.get("input").is_none() || operation.get("output").is_none())
    {
        writeln!(out, "static EMPTY: Shape = Shape {{ kind: Kind::Structure(&[]), sensitive: false }};\n")?;
    }
    for (pattern, at) in &model.patterns {
        let Translated { regex, never } = patterns::translate(pattern)?;
        writeln!(out, "static P{at}: Pattern = Pattern::new({pattern:?}, {regex:?}, {never:?});")?;
    }
    let all: Vec<String> = (0..model.patterns.len()).map(|at| format!("&P{at}")).collect();
    let (count, all) = (all.len(), all.join(", "));
    writeln!(out, "/// Every pattern of the model.\npub static PATTERNS: [&Pattern; {count}] = [{all}];\n")?;
    for name in &model.used {
        let shape = model.shape(name);
        let (kind, sensitive) = (kind(model, shape), shape.get("sensitive").is_some());
        writeln!(out, "static S_{}: Shape = Shape {{ kind: {kind}, sensitive: {sensitive} }};", constant(name))?;
    }
    Ok(())
}

fn kind(model: &Model<'_>, shape: &Value) -> String {
    let bounds = format!("Bounds {{ min: {:?}, max: {:?} }}", bound(shape, "min"), bound(shape, "max"));
    let inner = |part: &str| format!("&S_{}", constant(shape_at(shape, part).unwrap_or_default()));
    match text(shape, "type") {
        "structure" if shape.get("document").is_some() => "Kind::Document".to_owned(),
        "structure" => structure(shape),
        "list" => format!("Kind::List({}, {bounds})", inner("member")),
        "map" => format!("Kind::Map({}, {}, {bounds})", inner("key"), inner("value")),
        "integer" | "long" => format!("Kind::Integer({bounds})"),
        "boolean" => "Kind::Boolean".to_owned(),
        "timestamp" => "Kind::Timestamp".to_owned(),
        "blob" => "Kind::Blob".to_owned(),
        _ => {
            let pattern = model.patterns.get(text(shape, "pattern"));
            let pattern = pattern.map_or("None".to_owned(), |at| format!("Some(&P{at})"));
            let values = shape.get("enum").and_then(Value::as_array).into_iter().flatten();
            let values: Vec<String> = values.map(ToString::to_string).collect();
            format!("Kind::Text({bounds}, {pattern}, &[{}])", values.join(", "))
        }
    }
}

fn structure(shape: &Value) -> String {
    let members = members(shape).map(|member| {
        let (name, target, required) = (member.name, constant(member.target), member.required);
        format!("Member {{ name: {name:?}, shape: &S_{target}, required: {required} }}")
    });
    format!("Kind::Structure(&[{}])", members.collect::<Vec<_>>().join(", "))
}
