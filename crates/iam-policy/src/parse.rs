//! From JSON to statements, by the grammar.

use std::collections::BTreeSet;

use identity_kernel::strict_json;
use serde_json::{Map, Value};

use crate::condition::Condition;
use crate::error::{PolicyError, SyntaxFault};
use crate::kind::PolicyKind;
use crate::names;
use crate::pattern::Pattern;
use crate::principal::Named;
use crate::statement::{Choice, Effect, Statement};

/// What a document is read as.
#[derive(Clone, Copy)]
struct Form {
    kind: PolicyKind,
    /// Whether `${` begins a variable.
    variables: bool,
}

/// An element of the document, with its place for errors.
struct Element<'a> {
    at: String,
    members: &'a Map<String, Value>,
}

impl<'a> Element<'a> {
    fn new(at: String, value: &'a Value) -> Result<Self, PolicyError> {
        match value {
            Value::Object(members) => Ok(Self { at, members }),
            _ => Err(SyntaxFault::of_grammar(at, "must be an object")),
        }
    }

    fn place(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_owned() } else { format!("{}.{name}", self.at) }
    }

    fn fault(&self, name: &str, cause: &str) -> PolicyError {
        SyntaxFault::of_grammar(self.place(name), cause)
    }

    fn only(&self, known: &[&str]) -> Result<(), PolicyError> {
        let unknown = self.members.keys().find(|name| !known.contains(&name.as_str()));
        unknown.map_or(Ok(()), |name| Err(self.fault(name, "is not known")))
    }

    fn text(&self, name: &str) -> Result<Option<&'a str>, PolicyError> {
        match self.members.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.fault(name, "must be text")),
        }
    }

    /// One text or several.
    fn texts(&self, name: &str, value: &'a Value) -> Result<Vec<&'a str>, PolicyError> {
        let wrong = || self.fault(name, "must be text or a list of texts");
        match value {
            Value::String(one) => Ok(vec![one]),
            Value::Array(many) => many.iter().map(|item| item.as_str().ok_or_else(wrong)).collect(),
            _ => Err(wrong()),
        }
    }

    /// The values of `name`, or of `not_name` as the complement; both at once are an error.
    fn choice<T>(
        &self,
        name: &str,
        not_name: &str,
        read: impl FnOnce(&str, &'a Value) -> Result<Vec<T>, PolicyError>,
    ) -> Result<Option<Choice<T>>, PolicyError> {
        match (self.members.get(name), self.members.get(not_name)) {
            (None, None) => Ok(None),
            (Some(value), None) => read(name, value).map(|list| Some(Choice::In(list))),
            (None, Some(value)) => read(not_name, value).map(|list| Some(Choice::NotIn(list))),
            (Some(_), Some(_)) => Err(self.fault(not_name, "stands beside its opposite")),
        }
    }
}

/// The statements of a document.
pub(crate) fn statements(kind: PolicyKind, json: &str) -> Result<Vec<Statement>, PolicyError> {
    let members = strict_json::read_object(json.as_bytes()).map_err(SyntaxFault::of_json)?;
    let document = Element { at: String::new(), members: &members };
    document.only(&["Version", "Id", "Statement"])?;
    document.text("Id")?;
    let variables = match document.members.get("Version") {
        None => false,
        Some(Value::String(version)) if version == "2012-10-17" => true,
        Some(Value::String(version)) if version == "2008-10-17" => false,
        Some(_) => return Err(PolicyError::Version),
    };
    let statements = match document.members.get("Statement") {
        Some(one @ Value::Object(_)) => std::slice::from_ref(one),
        Some(Value::Array(many)) if !many.is_empty() => many,
        _ => return Err(document.fault("Statement", "must be an object or a list of objects, not empty")),
    };
    let mut sids = BTreeSet::new();
    let mut out = Vec::new();
    for (at, statement) in statements.iter().enumerate() {
        let element = Element::new(format!("Statement[{at}]"), statement)?;
        // AWS takes an empty one as none.
        let sid = element.text("Sid")?.filter(|sid| !sid.is_empty());
        if sid.is_some_and(|sid| !sids.insert(sid)) {
            return Err(PolicyError::SameSid);
        }
        let name = sid.map_or_else(|| format!("#{}", at + 1), str::to_owned);
        out.push(read_statement(Form { kind, variables }, name, &element)?);
    }
    Ok(out)
}

fn read_statement(form: Form, name: String, statement: &Element<'_>) -> Result<Statement, PolicyError> {
    let known =
        ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
    statement.only(&known)?;
    let effect = match statement.text("Effect")? {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => return Err(statement.fault("Effect", "must be Allow or Deny")),
    };
    Ok(Statement {
        name,
        effect,
        principals: principals(form.kind, effect, statement)?,
        actions: actions(statement)?,
        resources: resources(form, statement)?,
        conditions: conditions(form, statement)?,
    })
}

fn actions(statement: &Element<'_>) -> Result<Choice<Pattern>, PolicyError> {
    let read = |name: &str, value| -> Result<Vec<Pattern>, PolicyError> {
        let names: Vec<&str> = statement.texts(name, value)?;
        if names.is_empty() {
            return Err(PolicyError::NoActions);
        }
        names.into_iter().map(names::action).collect()
    };
    statement.choice("Action", "NotAction", read)?.ok_or(PolicyError::NoActions)
}

fn resources(form: Form, statement: &Element<'_>) -> Result<Option<Choice<Pattern>>, PolicyError> {
    let read = |name: &str, value| -> Result<Vec<Pattern>, PolicyError> {
        let names = statement.texts(name, value)?;
        if names.is_empty() {
            return Err(PolicyError::NoResources);
        }
        names.into_iter().map(|name| names::resource(name, form.variables)).collect()
    };
    let found = statement.choice("Resource", "NotResource", read)?;
    match (form.kind, &found) {
        (PolicyKind::Trust, Some(_)) => Err(statement.fault("Resource", "may not stand in a trust policy")),
        (PolicyKind::Identity | PolicyKind::Resource, None) => Err(PolicyError::NoResources),
        _ => Ok(found),
    }
}

fn conditions(form: Form, statement: &Element<'_>) -> Result<Vec<Condition>, PolicyError> {
    let Some(block) = statement.members.get("Condition") else { return Ok(Vec::new()) };
    let block = Element::new(statement.place("Condition"), block)?;
    let mut out = Vec::new();
    for (operator, keys) in block.members {
        let keys = Element::new(block.place(operator), keys)?;
        if keys.members.is_empty() {
            return Err(block.fault(operator, "names no condition key"));
        }
        // Keys have no case: AWS refuses a key that stands twice, however it is written.
        let mut seen = BTreeSet::new();
        for (key, value) in keys.members {
            if !seen.insert(key.to_ascii_lowercase()) {
                return Err(keys.fault(key, "stands twice: condition keys have no case"));
            }
            out.push(Condition::read(operator, key, &scalars(&keys, key, value)?, form.variables)?);
        }
    }
    Ok(out)
}

/// Condition values: text, numbers and booleans, one or several.
fn scalars(keys: &Element<'_>, key: &str, value: &Value) -> Result<Vec<String>, PolicyError> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        _ => Err(keys.fault(key, "must be text, a number or a boolean, or a list of them")),
    };
    match value {
        Value::Array(many) => many.iter().map(one).collect(),
        other => one(other).map(|one| vec![one]),
    }
}

fn principals(kind: PolicyKind, effect: Effect, statement: &Element<'_>) -> Result<Option<Choice<Named>>, PolicyError> {
    let found = statement.choice("Principal", "NotPrincipal", |name, value| named(statement, name, value))?;
    match (kind, effect, &found) {
        (PolicyKind::Identity, _, Some(_))
        | (PolicyKind::Resource | PolicyKind::Trust, _, None)
        // "You cannot use the NotPrincipal element in an IAM identity-based policy nor in an IAM role trust policy";
        // "NotPrincipal must be used with "Effect":"Deny". Using it with "Effect":"Allow" is not supported."
        | (PolicyKind::Trust, _, Some(Choice::NotIn(_)))
        | (_, Effect::Allow, Some(Choice::NotIn(_))) => Err(PolicyError::Principal),
        _ => Ok(found),
    }
}

fn named<'a>(statement: &Element<'a>, element: &str, value: &'a Value) -> Result<Vec<Named>, PolicyError> {
    if matches!(value, Value::String(all) if all == "*") {
        return Ok(vec![Named::Everyone]);
    }
    let object = Element::new(statement.place(element), value)?;
    object.only(&["AWS", "Federated", "Service", "CanonicalUser"])?;
    let mut out = Vec::new();
    for (family, names) in object.members {
        for name in object.texts(family, names)? {
            out.push(match family.as_str() {
                "AWS" if name == "*" => Named::Everyone,
                "AWS" => Named::Aws(name.to_owned()),
                "Federated" => Named::Federated(name.to_owned()),
                _ => Named::Other,
            });
        }
    }
    if out.is_empty() { Err(statement.fault(element, "names nobody")) } else { Ok(out) }
}
