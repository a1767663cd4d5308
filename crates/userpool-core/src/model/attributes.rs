//! What is known of a user besides the name: the standard attributes of OpenID Connect and a pool's own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A user's attributes, by name. Values are text, as Cognito keeps them.
pub type Attributes = BTreeMap<String, String>;

/// What an attribute's values look like.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum AttributeType {
    /// Any text.
    Text,
    /// A whole number in text.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A date and time in text.
    DateTime,
}

/// One attribute of a pool's schema.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct AttributeSchema {
    /// `email`, or `custom:plan`.
    pub name: String,
    /// What values look like.
    pub data_type: AttributeType,
    /// Whether a value may change after creation.
    pub mutable: bool,
    /// Whether a sign-up must give it.
    pub required: bool,
    /// The least length, or number.
    pub min: Option<i64>,
    /// The greatest length, or number.
    pub max: Option<i64>,
}

impl AttributeSchema {
    /// What is wrong with the bounds; `None` if some value suits them.
    pub fn bounds_problem(&self) -> Option<BoundsProblem> {
        let numbers = self.data_type == AttributeType::Number;
        let is_length = |bound: i64| numbers || (0..=LONGEST).contains(&bound);
        if !self.min.into_iter().chain(self.max).all(is_length) {
            return Some(BoundsProblem::NoLength);
        }
        let upside_down = self.min.zip(self.max).is_some_and(|(min, max)| min > max);
        let problem = if numbers { BoundsProblem::NumbersUpsideDown } else { BoundsProblem::LengthsUpsideDown };
        upside_down.then_some(problem)
    }
}

/// What is wrong with the bounds of an attribute.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BoundsProblem {
    /// The least length is above the greatest.
    #[error("the least length is above the greatest")]
    LengthsUpsideDown,
    /// A length below 0 or above 2,048.
    #[error("lengths are from 0 to 2048")]
    NoLength,
    /// The least number is above the greatest.
    #[error("the least number is above the greatest")]
    NumbersUpsideDown,
}

/// What the names of a pool's own attributes begin with.
pub const CUSTOM: &str = "custom:";

/// What the names of those begin with that administrators alone write, whatever a client may write.
pub const DEVELOPER_ONLY: &str = "dev:custom:";

/// Whether the attribute is one that a pool can add to the standard ones.
pub fn is_own(name: &str) -> bool {
    let rest = name.strip_prefix(CUSTOM).or_else(|| name.strip_prefix(DEVELOPER_ONLY));
    rest.is_some_and(|rest| !rest.is_empty())
}

/// The longest value of any attribute, in characters.
const LONGEST: i64 = 2048;

const TEXTS: [&str; 15] = [
    "address",
    "email",
    "family_name",
    "gender",
    "given_name",
    "locale",
    "middle_name",
    "name",
    "nickname",
    "phone_number",
    "picture",
    "preferred_username",
    "profile",
    "website",
    "zoneinfo",
];

/// The standard attributes, none of them required.
pub fn standard() -> Vec<AttributeSchema> {
    let text = |name: &str, min, max| AttributeSchema {
        name: name.to_owned(),
        data_type: AttributeType::Text,
        mutable: true,
        required: false,
        min: Some(min),
        max: Some(max),
    };
    let mut all: Vec<AttributeSchema> = TEXTS.iter().map(|name| text(name, 0, LONGEST)).collect();
    all.push(text("birthdate", 10, 10));
    all.push(AttributeSchema { mutable: false, required: true, ..text("sub", 1, LONGEST) });
    for name in ["email_verified", "phone_number_verified"] {
        all.push(AttributeSchema { data_type: AttributeType::Boolean, min: None, max: None, ..text(name, 0, 0) });
    }
    all.push(AttributeSchema { data_type: AttributeType::Number, max: None, ..text("updated_at", 0, 0) });
    all.sort_by(|one, other| one.name.cmp(&other.name));
    all
}

/// Attributes that no user writes for themselves, whatever the client may write.
pub fn is_protected(name: &str) -> bool {
    matches!(name, "sub" | "email_verified" | "phone_number_verified" | "identities")
        || name.starts_with("cognito:")
        || name.starts_with("dev:")
}

/// Whether the attribute is one of OpenID Connect's and not the pool's own.
pub fn is_standard(name: &str) -> bool {
    !name.contains(':')
}

/// What is wrong with the value of an attribute.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueProblem {
    /// A number below or above the schema's bounds.
    #[error("is out of range")]
    OutOfRange,
    /// More characters than the schema allows.
    #[error("is longer than {0} characters")]
    LongerThan(i64),
    /// Neither `true` nor `false`.
    #[error("is not true or false")]
    NotBoolean,
    /// Not a date.
    #[error("is not a date of the form YYYY-MM-DD")]
    NotDate,
    /// Not an e-mail address.
    #[error("is not an e-mail address")]
    NotEmail,
    /// Not an integer.
    #[error("is not a number")]
    NotNumber,
    /// Not a telephone number.
    #[error("is not a phone number")]
    NotPhoneNumber,
    /// In the form of an e-mail address, a telephone number or a subject where it is a name to sign in with.
    #[error("must not look like an e-mail address, a phone number or a subject")]
    LooksLikeAnotherName,
    /// Fewer characters than the schema demands.
    #[error("is shorter than {0} characters")]
    ShorterThan(i64),
    /// Longer than any value may be.
    #[error("is longer than 2048 characters")]
    TooLong,
}

/// What is wrong with a value under its schema; `None` if nothing is.
pub fn problem(schema: &AttributeSchema, value: &str) -> Option<ValueProblem> {
    type_problem(schema, value).or_else(|| match schema.name.as_str() {
        "email" if !is_email(value) => Some(ValueProblem::NotEmail),
        "phone_number" if !is_phone_number(value) => Some(ValueProblem::NotPhoneNumber),
        "birthdate" if !is_date(value) => Some(ValueProblem::NotDate),
        _ => None,
    })
}

/// What is wrong with a value under its type and bounds.
fn type_problem(schema: &AttributeSchema, value: &str) -> Option<ValueProblem> {
    let length = i64::try_from(value.chars().count()).unwrap_or(i64::MAX);
    if length > LONGEST {
        return Some(ValueProblem::TooLong);
    }
    let below = |number: i64| schema.min.filter(|min| number < *min);
    let above = |number: i64| schema.max.filter(|max| number > *max);
    match schema.data_type {
        AttributeType::Text | AttributeType::DateTime => {
            below(length).map(ValueProblem::ShorterThan).or_else(|| above(length).map(ValueProblem::LongerThan))
        }
        AttributeType::Number => match value.parse::<i64>() {
            Err(_) => Some(ValueProblem::NotNumber),
            Ok(number) => below(number).or_else(|| above(number)).map(|_| ValueProblem::OutOfRange),
        },
        AttributeType::Boolean => {
            let known = value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false");
            (!known).then_some(ValueProblem::NotBoolean)
        }
    }
}

/// Whether the text has an e-mail address's form: one `@` with something sensible on both sides. Whether mail arrives
/// there, only a code tells.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let sound = |part: &str| !part.is_empty() && !part.chars().any(|c| c.is_whitespace() || c.is_control() || c == '@');
    let labels = domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    text.len() <= 254 && local.len() <= 64 && sound(local) && sound(domain) && labels && domain.contains('.')
}

/// Whether the text is a telephone number of E.164: a plus sign and 7 to 15 digits.
pub fn is_phone_number(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
    })
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: &str, least: u32, most: u32| part.parse().is_ok_and(|n: u32| (least..=most).contains(&n));
    matches!(parts.as_slice(), [year, month, day]
        if year.len() == 4 && month.len() == 2 && day.len() == 2
            && number(year, 0, 9999) && number(month, 1, 12) && number(day, 1, 31))
}

#[cfg(test)]
mod tests;
