//! Links that prove an address in the place of a code that is typed.

use std::fmt::Write as _;

use identity_kernel::secret::SecretString;
use serde::{Deserialize, Serialize};

use crate::model::ids::{ClientId, UserPoolId, Username};

/// Whether and how a sign-up is confirmed by a link. `None` stands for the default text.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct LinkTexts {
    /// Whether mails about sign-ups bring a link. Text messages and every other mail bring a code all the same.
    pub enabled: bool,
    /// Subject of a mail with a link.
    pub subject: Option<String>,
    /// Body of a mail with a link, HTML: `{##these words##}` are the link, `{username}` the name.
    pub body: Option<String>,
}

/// What the code behind a link is drawn from: nothing that could be mistaken for something else.
pub(crate) const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
/// How many of them: 128 bits.
pub(crate) const LENGTH: usize = 26;

/// Whether a code is of the form that codes of links have.
pub(crate) fn is_link_code(code: &SecretString) -> bool {
    code.expose().len() == LENGTH && code.expose().bytes().all(|byte| LETTERS.contains(&byte))
}

/// The text before the first link of a template, its words, and the text after it.
pub(crate) fn split(template: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let at = from + template.get(from..)?.find("{##")?;
        let inner = template.get(at + 3..)?;
        let words = inner.get(..inner.find("##}")?)?;
        if !words.is_empty() {
            return Some((template.get(..at)?, words, inner.get(words.len() + 3..)?));
        }
        from = at + 3;
    }
}

/// The address that a link leads to. Everything behind `#` stays in the browser: no server's log and no `Referer` has it, and
/// whoever fetches the page without showing it to a person confirms nothing.
pub(crate) fn address(
    base: &str,
    pool: &UserPoolId,
    client: &ClientId,
    username: &Username,
    code: &SecretString,
) -> SecretString {
    let (client, name, code) = (encoded(client.as_str()), encoded(username.as_str()), encoded(code.expose()));
    format!("{base}/{pool}/confirmUser#client_id={client}&user_name={name}&confirmation_code={code}").into()
}

/// The address of the page where a user says whether an event was theirs (`Valid`) or not (`Invalid`), behind `#` too.
pub(crate) fn feedback_address(
    base: &str,
    pool: &UserPoolId,
    username: &Username,
    (event, token): (&str, &SecretString),
    value: &str,
) -> String {
    let (name, event, token) = (encoded(username.as_str()), encoded(event), encoded(token.expose()));
    format!("{base}/{pool}/feedback#user_name={name}&event_id={event}&feedback_token={token}&value={value}")
}

/// A value of a query or fragment (RFC 3986 §2.3: unreserved characters stand for themselves).
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_has_words_and_a_code_is_none() {
        assert_eq!(split("a {##b c##} d"), Some(("a ", "b c", " d")));
        assert_eq!(split("{####} {##x##}"), Some(("{####} ", "x", "")));
        for none in ["", "{####}", "{##", "{##x", "##}", "{##x##"] {
            assert_eq!(split(none), None, "{none}");
        }
    }

    #[test]
    fn line_64_the_code_of_a_link_stands_behind_its_fragment_and_nothing_breaks_out_of_its_place() {
        let link = address(
            "https://id.example.com",
            &"us-east-1_Ab3dEf9hJ".parse().unwrap(),
            &"4h57k2lmnp8qrstv6wxyz0abcd".parse().unwrap(),
            &"a&confirmation_code=1\"#é".parse().unwrap(),
            &"abc".into(),
        );

        assert_eq!(
            link.expose(),
            "https://id.example.com/us-east-1_Ab3dEf9hJ/confirmUser#client_id=4h57k2lmnp8qrstv6wxyz0abcd&\
             user_name=a%26confirmation_code%3D1%22%23%C3%A9&confirmation_code=abc"
        );
    }

    #[test]
    fn what_is_typed_is_no_code_of_a_link() {
        assert!(is_link_code(&"abcdefghjkmnpqrstuvwxyz234".into()));
        for other in
            ["123456", "abcdefghjkmnpqrstuvwxyz23", "ABCDEFGHJKMNPQRSTUVWXYZ234", "abcdefghjkmnpqrstuvwxyz2340"]
        {
            assert!(!is_link_code(&other.into()), "{other}");
        }
    }
}
