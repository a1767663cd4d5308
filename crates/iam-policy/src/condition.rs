//! Conditions: operators, set operators, and what they say of absent keys.

use std::cmp::Ordering;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity_kernel::calendar::parse_iso8601;
use ipnet::IpNet;

use crate::context::Context;
use crate::error::PolicyError;
use crate::pattern::Pattern;
use crate::variable::Malformed;

/// What is compared, and how.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Test {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    Numeric(Comparison),
    Date(Comparison),
    Bool,
    Binary,
    Ip,
    Arn,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// How many of the request's values must pass.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Quantifier {
    /// The key has one value.
    Single,
    /// `ForAllValues:`
    All,
    /// `ForAnyValue:`
    Any,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Operator {
    /// `Null`: whether the key is absent.
    Null,
    Compare {
        test: Test,
        negated: bool,
        quantifier: Quantifier,
        if_exists: bool,
    },
}

/// One operator applied to one key.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    operator: Operator,
    /// As the policy writes it.
    written: String,
    key: String,
    values: Vec<Value>,
}

/// A value as its operator reads it, once.
#[derive(Clone, Debug)]
enum Value {
    Text(Pattern),
    Arn(Box<[Pattern; 6]>),
    Number(f64),
    /// Milliseconds since 1970.
    Date(i64),
    Bool(bool),
    Binary(Vec<u8>),
    Network(IpNet),
}

impl Condition {
    /// Reads one key of one operator. Values that are not of the operator's type are refused here, so that no
    /// statement, least of all a denying one, silently says nothing.
    pub(crate) fn read(operator: &str, key: &str, values: &[String], variables: bool) -> Result<Self, PolicyError> {
        let parsed = read_operator(operator).ok_or_else(|| PolicyError::UnknownOperator(operator.to_owned()))?;
        if !key.contains(':') {
            return Err(PolicyError::ActionWithoutVendor);
        }
        let read = |value: &String| {
            let wrong = || PolicyError::ConditionValue { operator: operator.to_owned(), value: value.clone() };
            let value = read_value(parsed, value, variables);
            value.map_err(|Malformed(text)| PolicyError::MalformedVariable(text))?.ok_or_else(wrong)
        };
        let values = values.iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { operator: parsed, written: operator.to_owned(), key: key.to_ascii_lowercase(), values })
    }

    /// The operator and the key.
    pub(crate) fn names(&self) -> (&str, &str) {
        (&self.written, &self.key)
    }

    /// Whether the condition holds.
    pub(crate) fn holds(&self, context: &Context) -> bool {
        let given = context.values(&self.key).filter(|values| !values.is_empty());
        match self.operator {
            Operator::Null => {
                self.values.iter().any(|value| matches!(value, Value::Bool(absent) if *absent == given.is_none()))
            }
            Operator::Compare { test, negated, quantifier, if_exists } => {
                let passes =
                    |value: &String| self.values.iter().any(|own| compare(test, own, value, context)) != negated;
                match (quantifier, given) {
                    (Quantifier::All, None) => true,
                    (Quantifier::All, Some(values)) => values.iter().all(passes),
                    (Quantifier::Any, None) => if_exists,
                    (Quantifier::Any, Some(values)) => values.iter().any(passes),
                    (Quantifier::Single, None) => if_exists || negated,
                    (Quantifier::Single, Some([one])) => passes(one),
                    // A key of several values needs a set operator: without one a positive test fails, a negated holds.
                    (Quantifier::Single, Some(values)) => negated && values.iter().all(passes),
                }
            }
        }
    }
}

fn read_operator(written: &str) -> Option<Operator> {
    let (quantifier, rest) = if let Some(rest) = written.strip_prefix("ForAllValues:") {
        (Quantifier::All, rest)
    } else if let Some(rest) = written.strip_prefix("ForAnyValue:") {
        (Quantifier::Any, rest)
    } else {
        (Quantifier::Single, written)
    };
    if rest == "Null" {
        return (quantifier == Quantifier::Single).then_some(Operator::Null);
    }
    let (name, if_exists) = rest.strip_suffix("IfExists").map_or((rest, false), |name| (name, true));
    let (test, negated) = read_test(name)?;
    Some(Operator::Compare { test, negated, quantifier, if_exists })
}

fn read_test(name: &str) -> Option<(Test, bool)> {
    Some(match name {
        "StringEquals" => (Test::StringEquals, false),
        "StringNotEquals" => (Test::StringEquals, true),
        "StringEqualsIgnoreCase" => (Test::StringEqualsIgnoreCase, false),
        "StringNotEqualsIgnoreCase" => (Test::StringEqualsIgnoreCase, true),
        "StringLike" => (Test::StringLike, false),
        "StringNotLike" => (Test::StringLike, true),
        "Bool" => (Test::Bool, false),
        "BinaryEquals" => (Test::Binary, false),
        "IpAddress" => (Test::Ip, false),
        "NotIpAddress" => (Test::Ip, true),
        "ArnEquals" | "ArnLike" => (Test::Arn, false),
        "ArnNotEquals" | "ArnNotLike" => (Test::Arn, true),
        other => {
            let (family, comparison): (fn(Comparison) -> Test, _) = match other.strip_prefix("Numeric") {
                Some(rest) => (Test::Numeric, rest),
                None => (Test::Date, other.strip_prefix("Date")?),
            };
            match comparison {
                "Equals" => (family(Comparison::Equal), false),
                "NotEquals" => (family(Comparison::Equal), true),
                "LessThan" => (family(Comparison::Less), false),
                "LessThanEquals" => (family(Comparison::LessOrEqual), false),
                "GreaterThan" => (family(Comparison::Greater), false),
                "GreaterThanEquals" => (family(Comparison::GreaterOrEqual), false),
                _ => return None,
            }
        }
    })
}

/// A policy's value as the operator reads it; `None` if it is not of the operator's type.
fn read_value(operator: Operator, value: &str, variables: bool) -> Result<Option<Value>, Malformed> {
    let Operator::Compare { test, .. } = operator else { return Ok(parse_bool(value).map(Value::Bool)) };
    let text = Pattern::read(value, variables)?;
    Ok(match test {
        Test::StringEquals | Test::StringEqualsIgnoreCase | Test::StringLike => Some(Value::Text(text)),
        Test::Numeric(_) => parse_number(value).map(Value::Number),
        Test::Date(_) => parse_date(value).map(Value::Date),
        Test::Bool if text.has_variables() => Some(Value::Text(text)),
        Test::Bool => parse_bool(value).map(Value::Bool),
        Test::Binary => STANDARD.decode(value).ok().map(Value::Binary),
        Test::Ip => parse_network(value).map(Value::Network),
        Test::Arn if value == "*" || text.is_bare_variable() => Some(Value::Text(text)),
        Test::Arn => Pattern::read_arn(value, variables)?.map(|parts| Value::Arn(Box::new(parts))),
    })
}

fn compare(test: Test, own: &Value, given: &str, context: &Context) -> bool {
    match (test, own) {
        (Test::StringEquals, Value::Text(own)) => own.equals(given, context),
        (Test::StringEqualsIgnoreCase, Value::Text(own)) => own.equals_ignoring_case(given, context),
        (Test::StringLike | Test::Arn, Value::Text(own)) => own.matches(given, context) == Some(true),
        (Test::Arn, Value::Arn(own)) => {
            given.splitn(6, ':').count() == 6
                && own.iter().zip(given.splitn(6, ':')).all(|(own, part)| own.matches(part, context) == Some(true))
        }
        (Test::Numeric(comparison), Value::Number(own)) => {
            let ordering = parse_number(given).and_then(|given| given.partial_cmp(own));
            ordering.is_some_and(|ordering| comparison.holds(ordering))
        }
        (Test::Date(comparison), Value::Date(own)) => {
            parse_date(given).is_some_and(|given| comparison.holds(given.cmp(own)))
        }
        (Test::Bool, Value::Bool(own)) => parse_bool(given) == Some(*own),
        (Test::Bool, Value::Text(own)) => parse_bool(given)
            .is_some_and(|given| own.equals_ignoring_case(if given { "true" } else { "false" }, context)),
        (Test::Binary, Value::Binary(own)) => STANDARD.decode(given).is_ok_and(|given| given == *own),
        (Test::Ip, Value::Network(own)) => given.parse::<IpAddr>().is_ok_and(|given| own.contains(&given)),
        // No value is read as another test's.
        _ => false,
    }
}

fn parse_number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// Milliseconds since 1970: "You must specify date/time values with one of the W3C implementations of the ISO 8601 date
/// formats or in epoch (UNIX) time" (IAM user guide, "Date condition operators"). Four digits are a year: as seconds they
/// would lie within three hours of 1970, which nobody means.
fn parse_date(text: &str) -> Option<i64> {
    if let Some(time) = parse_iso8601(text) {
        return Some(time.epoch_millis());
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.parse::<i64>().ok().filter(|_| plain)?.checked_mul(1000)
}

fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Addresses with a common prefix; a single address is its own network.
fn parse_network(text: &str) -> Option<IpNet> {
    if text.contains('/') { text.parse().ok() } else { text.parse::<IpAddr>().ok().map(IpNet::from) }
}

#[cfg(test)]
mod tests;
