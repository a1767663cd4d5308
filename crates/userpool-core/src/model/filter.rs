//! The filter of a listing of users: read, and held against a user.

use crate::error::Error;
use crate::model::attributes;
use crate::model::user::User;
use crate::reasons::Invalid;

/// The longest filter, in characters.
const LONGEST: usize = 256;

/// The most comparisons of one filter.
const MOST_TERMS: usize = 8;

/// What a filter may say.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum FilterGrammar {
    /// One comparison over one of the standard attributes that Cognito searches.
    Cognito,
    /// The same, and a pool's own attributes (`custom:team = "a"`), and several comparisons of which all must hold, joined by
    /// `and`: at most 8.
    #[default]
    Extended,
}

/// What standard attributes and states users are searched by.
pub const STANDARD: [&str; 10] = [
    "cognito:user_status",
    "email",
    "family_name",
    "given_name",
    "name",
    "phone_number",
    "preferred_username",
    "status",
    "sub",
    "username",
];

/// Comparisons that must all hold. None lets everybody through.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Filter {
    pub(crate) terms: Vec<Term>,
}

/// One comparison over one attribute: `email ^= "ada@"`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Term {
    pub(crate) attribute: String,
    pub(crate) value: String,
    /// Whether the value need only begin so.
    pub(crate) prefix: bool,
}

impl Filter {
    /// Reads a filter; an empty one lets everybody through.
    pub(crate) fn parse(text: &str, grammar: FilterGrammar) -> Result<Self, Error> {
        if text.chars().count() > LONGEST {
            return Err(Invalid::Filter.into());
        }
        let mut rest = text.trim();
        let mut terms = Vec::new();
        while !rest.is_empty() {
            if !terms.is_empty() {
                rest = behind_and(rest).filter(|_| grammar == FilterGrammar::Extended).ok_or(Invalid::Filter)?;
            }
            let (term, behind) = Term::read(rest).ok_or(Invalid::Filter)?;
            terms.push(term.known(grammar)?);
            rest = behind.trim_start();
        }
        if terms.len() > MOST_TERMS {
            return Err(Invalid::Filter.into());
        }
        Ok(Self { terms })
    }

    /// Whether every comparison holds of this user.
    pub(crate) fn lets_through(&self, user: &User) -> bool {
        self.terms.iter().all(|term| term.holds_of(user))
    }
}

impl Term {
    /// The comparison that a text begins with, and what stands behind it.
    fn read(text: &str) -> Option<(Self, &str)> {
        let (attribute, rest) = if text.starts_with('"') {
            quoted(text)?
        } else {
            let end = text.find(|letter: char| letter.is_whitespace() || matches!(letter, '=' | '^' | '"'))?;
            let (name, rest) = text.split_at_checked(end)?;
            (name.to_owned(), rest)
        };
        let rest = rest.trim_start();
        let (prefix, rest) = match rest.strip_prefix("^=") {
            Some(rest) => (true, rest),
            None => (false, rest.strip_prefix('=')?),
        };
        let (value, rest) = quoted(rest.trim_start())?;
        (!attribute.is_empty()).then_some((Self { attribute, value, prefix }, rest))
    }

    /// The same, if users are searched by its attribute.
    fn known(mut self, grammar: FilterGrammar) -> Result<Self, Error> {
        let own = grammar == FilterGrammar::Extended && attributes::is_own(&self.attribute);
        if !own && !STANDARD.contains(&self.attribute.as_str()) {
            return Err(Invalid::FilterAttribute(self.attribute).into());
        }
        if self.attribute == "cognito:user_status" {
            self.value = self.value.to_uppercase();
        }
        Ok(self)
    }

    /// Whether a value is the one sought, or begins with it.
    pub(crate) fn hits(&self, value: &str) -> bool {
        if self.prefix { value.starts_with(&self.value) } else { value == self.value }
    }

    fn holds_of(&self, user: &User) -> bool {
        match self.attribute.as_str() {
            "cognito:user_status" => self.hits(user.status.name()),
            "status" => self.hits(user.state()),
            "sub" => self.hits(user.sub.as_str()),
            "username" => self.hits(user.username.as_str()),
            name => user.attributes.get(name).is_some_and(|value| self.hits(value)),
        }
    }
}

/// The text between double quotes with which another begins, with `\"` and `\\` as the characters they stand for, and what
/// stands behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut out = String::new();
    let mut letters = text.strip_prefix('"')?.chars();
    loop {
        match letters.next()? {
            '\\' => out.push(letters.next().filter(|next| matches!(next, '"' | '\\'))?),
            '"' => return Some((out, letters.as_str())),
            other => out.push(other),
        }
    }
}

/// What stands behind the word `and`.
fn behind_and(text: &str) -> Option<&str> {
    let (word, rest) = text.split_at_checked(3)?;
    let rest = rest.strip_prefix(char::is_whitespace)?;
    word.eq_ignore_ascii_case("and").then(|| rest.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(attribute: &str, value: &str, prefix: bool) -> Term {
        Term { attribute: attribute.to_owned(), value: value.to_owned(), prefix }
    }

    fn parse(text: &str, grammar: FilterGrammar) -> Result<Vec<Term>, Error> {
        Filter::parse(text, grammar).map(|filter| filter.terms)
    }

    #[test]
    fn a_filter_is_an_attribute_an_operator_and_a_quoted_value_with_escapes() {
        for (text, expected) in [
            ("email = \"a@b.co\"", term("email", "a@b.co", false)),
            ("\"email\"=\"a=b\\\"c\\\\\"", term("email", "a=b\"c\\", false)),
            ("name ^= \"Ad\"", term("name", "Ad", true)),
            ("  name^=\"^= and \"  ", term("name", "^= and ", true)),
            ("cognito:user_status = \"Confirmed\"", term("cognito:user_status", "CONFIRMED", false)),
            ("status=\"Enabled\"", term("status", "Enabled", false)),
        ] {
            for grammar in [FilterGrammar::Cognito, FilterGrammar::Extended] {
                assert_eq!(parse(text, grammar), Ok(vec![expected.clone()]), "{text}");
            }
        }
        assert_eq!(parse("  ", FilterGrammar::Cognito), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_filter_is_refused() {
        let long = format!("name = \"{}\"", "x".repeat(248));
        for bad in [
            "email",
            "email = ada",
            "email = \"a\"b\"",
            "email = \"a\\n\"",
            "email > \"a\"",
            "email = \"a",
            "= \"a\"",
            "\"\" = \"a\"",
            "email =^ \"a\"",
            "email = \"a\" and",
            "email = \"a\" or name = \"b\"",
            "email = \"a\" andname = \"b\"",
            "email = \"a\" name = \"b\"",
            &long,
        ] {
            assert_eq!(parse(bad, FilterGrammar::Extended), Err(Invalid::Filter.into()), "{bad}");
        }
        assert!(parse(&long[..long.len() - 2].replacen('x', "x\"", 0), FilterGrammar::Extended).is_err());
        assert_eq!(
            parse("nickname = \"a\"", FilterGrammar::Extended),
            Err(Invalid::FilterAttribute("nickname".to_owned()).into())
        );
    }

    #[test]
    fn cognitos_grammar_knows_neither_own_attributes_nor_two_comparisons() {
        let two = "custom:team = \"a\" AND email ^= \"b\"";
        let expected = vec![term("custom:team", "a", false), term("email", "b", true)];

        assert_eq!(parse(two, FilterGrammar::Extended), Ok(expected));
        let own = Invalid::FilterAttribute("custom:team".to_owned());
        assert_eq!(parse(two, FilterGrammar::Cognito), Err(own.into()));
        assert_eq!(parse("email = \"a\" and name = \"b\"", FilterGrammar::Cognito), Err(Invalid::Filter.into()));
        let many = ["name = \"b\""; 9].join(" and ");
        assert_eq!(parse(&many, FilterGrammar::Extended), Err(Invalid::Filter.into()));
    }
}
