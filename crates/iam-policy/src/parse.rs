//! From JSON to statements, by the grammar.

use std::collections::BTreeSet;

use identity_kernel::strict_json;
use serde_json::{Map, Value};

use crate::condition::Condition;
use crate::error::PolicyError;
use crate::pattern::Pattern;
use crate::policy::PolicyKind;
use crate::principal::Named;
use crate::statement::{Choice, Effect, ResourcePattern, Statement};

/// The statements of a document.
pub(crate) fn statements(kind: PolicyKind, json: &str) -> Result<Vec<Statement>, PolicyError> {
    let document = strict_json::object(json.as_bytes()).ok_or(PolicyError::Syntax)?;
    only(&document, &["Version", "Id", "Statement"])?;
    let variables = match document.get("Version") {
        None => false,
        Some(Value::String(version)) if version == "2012-10-17" => true,
        Some(Value::String(version)) if version == "2008-10-17" => false,
        Some(_) => return Err(PolicyError::Version),
    };
    let statements = match document.get("Statement") {
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        Some(Value::Array(many)) if !many.is_empty() => many,
        _ => return Err(PolicyError::Syntax),
    };
    let mut sids = BTreeSet::new();
    let mut out = Vec::new();
    for (at, statement) in statements.iter().enumerate() {
        let statement = statement.as_object().ok_or(PolicyError::Syntax)?;
        let sid = text(statement, "Sid")?;
        if sid.is_some_and(|sid| !sids.insert(sid)) {
            return Err(PolicyError::SameSid);
        }
        let name = sid.map_or_else(|| format!("#{}", at + 1), str::to_owned);
        out.push(read_statement(kind, name, statement, variables)?);
    }
    Ok(out)
}

fn read_statement(
    kind: PolicyKind,
    name: String,
    statement: &Map<String, Value>,
    variables: bool,
) -> Result<Statement, PolicyError> {
    let known =
        ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    only(statement, &known)?;
    let effect = match text(statement, "Effect")? {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err(PolicyError::Syntax),
    };
    Ok(Statement {
        name,
        effect,
        principals: principals(kind, statement)?,
        actions: actions(statement)?,
        resources: resources(kind, statement, variables)?,
        conditions: conditions(statement, variables)?,
    })
}

fn only(object: &Map<String, Value>, known: &[&str]) -> Result<(), PolicyError> {
    if object.keys().all(|name| known.contains(&name.as_str())) { Ok(()) } else { Err(PolicyError::Syntax) }
}

fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Result<Option<&'a str>, PolicyError> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(PolicyError::Syntax),
    }
}

/// One text or several.
fn texts(value: &Value) -> Result<Vec<&str>, PolicyError> {
    match value {
        Value::String(one) => Ok(vec![one]),
        Value::Array(many) => many.iter().map(|item| item.as_str().ok_or(PolicyError::Syntax)).collect(),
        _ => Err(PolicyError::Syntax),
    }
}

/// The values of `name`, or of `not_name` as the complement; both at once are an error.
fn choice<'a, T>(
    object: &'a Map<String, Value>,
    name: &str,
    not_name: &str,
    read: impl FnOnce(&'a Value) -> Result<Vec<T>, PolicyError>,
) -> Result<Option<Choice<T>>, PolicyError> {
    match (object.get(name), object.get(not_name)) {
        (None, None) => Ok(None),
        (Some(value), None) => read(value).map(|list| Some(Choice::In(list))),
        (None, Some(value)) => read(value).map(|list| Some(Choice::NotIn(list))),
        (Some(_), Some(_)) => Err(PolicyError::Syntax),
    }
}

fn actions(statement: &Map<String, Value>) -> Result<Choice<Pattern>, PolicyError> {
    let read = |value| -> Result<Vec<Pattern>, PolicyError> {
        let names: Vec<&str> = texts(value)?;
        if names.is_empty() {
            return Err(PolicyError::NoActions);
        }
        names.into_iter().map(action).collect()
    };
    choice(statement, "Action", "NotAction", read)?.ok_or(PolicyError::NoActions)
}

fn action(name: &str) -> Result<Pattern, PolicyError> {
    let sound = name == "*"
        || name
            .split_once(':')
            .is_some_and(|(vendor, rest)| !vendor.is_empty() && !vendor.contains(['*', '?']) && !rest.is_empty());
    if sound { Ok(Pattern::read(&name.to_ascii_lowercase(), false)) } else { Err(PolicyError::ActionWithoutVendor) }
}

fn resources(
    kind: PolicyKind,
    statement: &Map<String, Value>,
    variables: bool,
) -> Result<Option<Choice<ResourcePattern>>, PolicyError> {
    let read = |value| -> Result<Vec<ResourcePattern>, PolicyError> {
        let names = texts(value)?;
        if names.is_empty() {
            return Err(PolicyError::NoResources);
        }
        names.into_iter().map(|name| resource(name, variables)).collect()
    };
    let found = choice(statement, "Resource", "NotResource", read)?;
    match (kind, &found) {
        (PolicyKind::Trust, Some(_)) => Err(PolicyError::Syntax),
        (PolicyKind::Identity | PolicyKind::Resource, None) => Err(PolicyError::NoResources),
        _ => Ok(found),
    }
}

fn resource(name: &str, variables: bool) -> Result<ResourcePattern, PolicyError> {
    let not_an_arn = || PolicyError::NotAnArn(name.to_owned());
    if name != "*" && !(name.starts_with("arn:") && name.splitn(6, ':').count() == 6) && !wild_arn(name) {
        return Err(not_an_arn());
    }
    // Variables may stand only behind the fifth colon; in front of it they would choose the service or account.
    let fifth = name.match_indices(':').nth(4).map_or(name.len(), |(at, _)| at);
    if variables && name.get(..fifth).is_some_and(|head| head.contains("${")) {
        return Err(not_an_arn());
    }
    Ok(ResourcePattern { pattern: Pattern::read(name, variables) })
}

/// An ARN pattern whose wildcard stands for several parts: `arn:aws:s3*`.
fn wild_arn(name: &str) -> bool {
    name.starts_with("arn:") && name.contains('*')
}

fn conditions(statement: &Map<String, Value>, variables: bool) -> Result<Vec<Condition>, PolicyError> {
    let Some(block) = statement.get("Condition") else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    for (operator, keys) in block.as_object().ok_or(PolicyError::Syntax)? {
        for (key, value) in keys.as_object().ok_or(PolicyError::Syntax)? {
            out.push(Condition::read(operator, key, &scalars(value)?, variables)?);
        }
    }
    Ok(out)
}

/// Condition values: text, numbers and booleans, one or several.
fn scalars(value: &Value) -> Result<Vec<String>, PolicyError> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err(PolicyError::Syntax),
    };
    match value {
        Value::Array(many) => many.iter().map(one).collect(),
        other => one(other).map(|one| vec![one]),
    }
}

fn principals(kind: PolicyKind, statement: &Map<String, Value>) -> Result<Option<Choice<Named>>, PolicyError> {
    let found = choice(statement, "Principal", "NotPrincipal", named)?;
    match (kind, &found) {
        (PolicyKind::Identity, Some(_))
        | (PolicyKind::Resource | PolicyKind::Trust, None)
        | (PolicyKind::Trust, Some(Choice::NotIn(_))) => Err(PolicyError::Principal),
        _ => Ok(found),
    }
}

fn named(value: &Value) -> Result<Vec<Named>, PolicyError> {
    let object = match value {
        Value::String(all) if all == "*" => return Ok(vec![Named::Everyone]),
        Value::Object(object) => object,
        _ => return Err(PolicyError::Syntax),
    };
    only(object, &["AWS", "Federated", "Service", "CanonicalUser"])?;
    let mut out = Vec::new();
    for (family, names) in object {
        for name in texts(names)? {
            out.push(match family.as_str() {
                "AWS" if name == "*" => Named::Everyone,
                "AWS" => Named::Aws(name.to_owned()),
                "Federated" => Named::Federated(name.to_owned()),
                _ => Named::Other,
            });
        }
    }
    if out.is_empty() { Err(PolicyError::Syntax) } else { Ok(out) }
}
