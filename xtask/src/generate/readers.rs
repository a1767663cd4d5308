//! Expressions that read a request: what it is about, which roles it hands over, which tags it gives.

use std::fmt::Write as _;

use crate::Failure;
use crate::generate::model::{Model, shape_at, text};
use crate::generate::names::field;
use crate::generate::resources::Resource;

/// An expression for what a request of this shape is about.
pub(super) fn target(model: &Model<'_>, input: &str, resource: &Resource) -> Result<String, Failure> {
    let target = resource.target;
    match resource.members {
        ["Path", "PolicyName"] => {
            Ok(format!("[Target::{target} {{ path: input.path.as_deref(), name: &input.policy_name }}]"))
        }
        ["Path", "RoleName", "PermissionsBoundary"] => Ok(format!(
            "[Target::{target} {{ path: input.path.as_deref(), name: &input.role_name, \
             boundary: input.permissions_boundary.as_deref() }}]"
        )),
        ["RoleName", policy @ ("PolicyArn" | "PermissionsBoundary")] => {
            Ok(format!("[Target::{target} {{ role: &input.role_name, policy: &input.{} }}]", field(policy)))
        }
        [member] => {
            let shape = model.shape(model.member(input, member)?.target);
            let path: &[&str] = if text(shape, "type") == "list" { &[member, "*"] } else { &[member] };
            Ok(format!("{}.map(Target::{target})", texts(model, input, path)?))
        }
        other => Err(format!("{target} of {other:?} is not known").into()),
    }
}

/// An expression that goes through every text at this path of a request. `*` is every item of a list and every value of a map.
pub(super) fn texts(model: &Model<'_>, input: &str, path: &[&str]) -> Result<String, Failure> {
    let mut out = "std::iter::once(input)".to_owned();
    let mut at = input;
    for step in path {
        if *step == "*" {
            let shape = model.shape(at);
            let (part, each) = if text(shape, "type") == "map" { ("value", "values") } else { ("member", "iter") };
            at = shape_at(shape, part).unwrap_or_default();
            write!(out, ".flat_map(|part| part.{each}())")?;
        } else {
            let member = model.member(at, step)?;
            at = member.target;
            out.push_str(&taken(step, member.required));
        }
    }
    Ok(out + ".map(|text| &**text)")
}

/// An expression that goes through the tags of a request's member: a map, or a list of keys with values.
pub(super) fn tags(model: &Model<'_>, input: &str, name: &str) -> Result<String, Failure> {
    let member = model.member(input, name)?;
    let pair = match text(model.shape(member.target), "type") {
        "map" => "(key, value)| (&**key, &**value)",
        _ => "tag| (&*tag.key, &*tag.value)",
    };
    Ok(format!("std::iter::once(input){}.flat_map(|part| part.iter()).map(|{pair})", taken(name, member.required)))
}

/// A step to a member of what was reached so far.
fn taken(member: &str, required: bool) -> String {
    let field = field(member);
    if required { format!(".map(|part| &part.{field})") } else { format!(".filter_map(|part| part.{field}.as_ref())") }
}
