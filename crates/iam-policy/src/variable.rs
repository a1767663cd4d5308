//! Policy variables: `${key}`, `${key, 'default'}`, and the escapes `${*}`, `${?}` and `${$}`.

use crate::context::Context;

/// A `${` that begins no variable. The text is the part of the policy that was read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Malformed(pub(crate) String);

/// A variable: the value of a condition key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Variable {
    /// In lower case: keys have no case.
    key: String,
    default: Option<String>,
}

impl Variable {
    /// Its value: that of the key if it has exactly one, or else the default.
    pub(crate) fn value<'a>(&'a self, context: &'a Context) -> Option<&'a str> {
        context.single(&self.key).or(self.default.as_deref())
    }
}

pub(crate) enum Read {
    /// `${*}`, `${?}` or `${$}`: that character.
    Escape(char),
    Variable(Variable),
}

/// The variable or escape at the start of `text`, which begins with `${`, and what follows it.
///
/// A policy with a `${` that begins neither is refused, as AWS does: as text it would match nothing, and a denying
/// statement with it would silently say nothing.
pub(crate) fn read(text: &str) -> Result<(Read, &str), Malformed> {
    let malformed = || Malformed(text.chars().take(64).collect());
    let (inside, after) = text.get(2..).and_then(|rest| rest.split_once('}')).ok_or_else(malformed)?;
    let read = match inside {
        "*" => Read::Escape('*'),
        "?" => Read::Escape('?'),
        "$" => Read::Escape('$'),
        _ => Read::Variable(inside_of(inside).ok_or_else(malformed)?),
    };
    Ok((read, after))
}

/// The key, as it is written, of the variable at the start of `text`, if it has no default.
pub(crate) fn needed_key(text: &str) -> Option<&str> {
    let (inside, _) = text.strip_prefix("${")?.split_once('}')?;
    let known = inside_of(inside).is_some_and(|variable| variable.default.is_none());
    known.then(|| inside.trim())
}

fn inside_of(inside: &str) -> Option<Variable> {
    let (key, default) = inside.split_once(',').map_or((inside, None), |(key, default)| (key, Some(default)));
    let default = default.map(quoted).map_or(Some(None), |text| text.map(Some))?;
    let key = key.trim();
    let (vendor, name) = key.split_once(':')?;
    let sound = !vendor.is_empty()
        && !name.is_empty()
        && !vendor.contains(char::is_whitespace)
        && !key.contains(|letter: char| letter.is_control() || "${*?'\"\\".contains(letter));
    sound.then(|| Variable { key: key.to_ascii_lowercase(), default })
}

/// The text between two quotation marks.
fn quoted(text: &str) -> Option<String> {
    let text = text.trim().strip_prefix('\'')?.strip_suffix('\'')?;
    (!text.contains('\'')).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_variable_is_refused() {
        for good in [
            "${aws:userid}",
            "${ aws:userid }",
            "${aws:PrincipalTag/cost center}",
            "${cognito-identity.amazonaws.com:sub}",
            "${oidc.eks.us-east-1.amazonaws.com/id/A1:sub}",
            "${aws:userid, 'nobody'}",
            "${aws:userid,''}",
            "${*}",
            "${?}",
            "${$}",
        ] {
            assert!(read(good).is_ok(), "{good}");
        }
        for bad in [
            "${aws:PrincipalTag/tenant",
            "${a:b, x}",
            "${a:b, 'x}",
            "${a:b, 'x'y'}",
            "${a:b,}",
            "${}",
            "${ }",
            "${a}",
            "${:b}",
            "${a:}",
            "${a:${b:c}}",
            "${a:*}",
            "${a b:c}",
            "${**}",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
