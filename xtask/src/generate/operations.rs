//! A type for each operation, and what the model says of it.

use std::fmt::Write as _;

use serde_json::Value;

use crate::Failure;
use crate::generate::model::{Model, shape_at};
use crate::generate::names::{constant, service_variant, type_name};
use crate::generate::readers;
use crate::generate::resources::{self, Resource};

/// Writes the list of the operations, and each of them.
pub(super) fn write(out: &mut String, model: &Model<'_>) -> Result<(), Failure> {
    let names: Vec<String> = model.operations.keys().map(|name| format!("&{}_INFO", constant(name))).collect();
    let (count, names) = (names.len(), names.join(", "));
    writeln!(
        out,
        "/// Every operation of the service, by name.\npub static OPERATIONS: [&OperationInfo; {count}] = [{names}];\n"
    )?;
    model.operations.iter().try_for_each(|(name, operation)| one(out, model, name, operation))
}

fn one(out: &mut String, model: &Model<'_>, name: &str, operation: &Value) -> Result<(), Failure> {
    let (input, output) = (shape_at(operation, "input"), shape_at(operation, "output"));
    let signed = operation.get("authtype").and_then(Value::as_str) != Some("none");
    let resources = if signed { resources_of(model, name, input)? } else { Vec::new() };
    let kind = |name: Option<&str>| name.map_or("Empty".to_owned(), type_name);
    writeln!(
        out,
        "/// The operation `{name}`.\n#[derive(Clone, Copy, Debug)]\npub struct {name};\n\n\
         impl Operation for {name} {{\n    type Input = {};\n    type Output = {};\n    \
         const NAME: &'static str = {name:?};\n    \
         const INFO: &'static OperationInfo = &{}_INFO;\n{}}}\n",
        kind(input),
        kind(output),
        constant(name),
        if signed { methods(model, name, input, &resources)? } else { String::new() },
    )?;
    info(out, model, name, operation, &resources)
}

/// What the model says of an operation, as data.
fn info(
    out: &mut String,
    model: &Model<'_>,
    name: &str,
    operation: &Value,
    resources: &[Resource],
) -> Result<(), Failure> {
    let shape =
        |part: &str| shape_at(operation, part).map_or("EMPTY".to_owned(), |name| format!("S_{}", constant(name)));
    let errors = operation.get("errors").and_then(Value::as_array).into_iter().flatten();
    let errors = errors.filter_map(|error| error.get("shape").and_then(Value::as_str));
    let errors: Vec<String> = errors.map(|error| format!("{:?}", model.error_code(error))).collect();
    let told = |resource: &Resource| {
        format!("ResourceInfo {{ kind: {:?}, members: &{:?} }}", resource.target, resource.members)
    };
    let told: Vec<String> = resources.iter().map(told).collect();
    let signed = operation.get("authtype").and_then(Value::as_str) != Some("none");
    writeln!(
        out,
        "static {}_INFO: OperationInfo = OperationInfo {{ name: {name:?}, service: Service::{}, \
         auth: Auth::{}, input: &{}, output: &{}, errors: &[{}], resources: &[{}] }};\n",
        constant(name),
        service_variant(model.service),
        if signed { "SigV4" } else { "None" },
        shape("input"),
        shape("output"),
        errors.join(", "),
        told.join(", "),
    )?;
    Ok(())
}

fn resources_of(model: &Model<'_>, operation: &str, input: Option<&str>) -> Result<Vec<Resource>, Failure> {
    resources::of(model.service, operation, input.map(|name| model.shape(name)))
        .ok_or_else(|| format!("{operation} of {}: say in resources.rs what it is about", model.service).into())
}

/// The methods that say what a request is about, which roles it hands over, and which tags it gives or takes away. Who may
/// call unsigned is not judged by policies.
fn methods(model: &Model<'_>, operation: &str, input: Option<&str>, resources: &[Resource]) -> Result<String, Failure> {
    let shape = input.map(|name| model.shape(name));
    let input = input.unwrap_or_default();
    let targets = resources.iter().map(|resource| readers::target(model, input, resource));
    let passed = resources::passed(model.service, operation).iter().map(|path| readers::texts(model, input, path));
    let tags = resources::tags(shape).map(|member| readers::tags(model, input, member));
    let removed = resources::tag_keys(shape).map(|member| readers::texts(model, input, &[member, "*"]));
    let mut out = String::new();
    method(&mut out, "targets", "Target<'_>", &targets.collect::<Result<Vec<_>, _>>()?)?;
    method(&mut out, "passed_roles", "&str", &passed.collect::<Result<Vec<_>, _>>()?)?;
    method(&mut out, "tags", "(&str, &str)", &tags.collect::<Result<Vec<_>, _>>()?)?;
    method(&mut out, "removed_tags", "&str", &removed.into_iter().collect::<Result<Vec<_>, _>>()?)?;
    Ok(out)
}

/// A method that gives what all these expressions go through; none if there are no expressions.
fn method(out: &mut String, name: &str, item: &str, parts: &[String]) -> Result<(), Failure> {
    if !parts.is_empty() {
        writeln!(out, "\n    fn {name}(input: &Self::Input) -> Vec<{item}> {{")?;
        writeln!(out, "        let mut out = Vec::new();")?;
        parts.iter().try_for_each(|part| writeln!(out, "        out.extend({part});"))?;
        writeln!(out, "        out\n    }}")?;
    }
    Ok(())
}
