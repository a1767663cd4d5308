//! Where a browser is sent with an answer, or after signing out.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A URI that a client has registered, kept as the text that it is: `https`, `http` on this machine alone (`localhost`,
/// `127.0.0.1`, `[::1]`), or a scheme of an app's own (RFC 8252 §7). Absolute, without fragment, at most 1,024 visible characters
/// of ASCII.
///
/// Compared byte for byte: two texts that a browser takes for one place are two URIs.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectUri(Box<str>);

/// Why a text is no redirect URI.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RedirectProblem {
    /// Empty, longer than 1,024, or with others than visible characters of ASCII.
    #[error("has 1 to 1,024 visible characters of ASCII, no quotation marks, angle brackets or backslashes")]
    Characters,
    /// No scheme, or nothing behind it.
    #[error("is absolute")]
    NotAbsolute,
    /// It has a fragment.
    #[error("has no fragment")]
    Fragment,
    /// Of `http` or `https` without a host, or with a name or password before it.
    #[error("names a host and nobody")]
    Host,
    /// `http` and another machine.
    #[error("is https, or http on this machine alone")]
    NotSecure,
    /// A scheme that runs or shows what stands in the URI itself.
    #[error("is of a scheme that leads somewhere")]
    Scheme,
}

/// Schemes that run or show what stands in the URI, or lead into the browser or its files.
const FORBIDDEN: [&str; 9] =
    ["about", "blob", "data", "file", "filesystem", "ftp", "javascript", "vbscript", "view-source"];

const THIS_MACHINE: [&str; 3] = ["localhost", "127.0.0.1", "[::1]"];

impl RedirectUri {
    /// The URI as it was registered.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The URI with `answer`, already encoded, behind `mark`: `?` for the query, to which one that is there is kept, or `#`.
    pub fn with(&self, mark: Place, answer: &str) -> String {
        let joint = match mark {
            Place::Fragment => '#',
            Place::Query if !self.0.contains('?') => '?',
            Place::Query => '&',
        };
        format!("{}{joint}{answer}", self.0)
    }
}

/// Where in a URI an answer stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// In the query.
    Query,
    /// In the fragment, which no server sees.
    Fragment,
}

impl FromStr for RedirectUri {
    type Err = RedirectProblem;

    fn from_str(text: &str) -> Result<Self, RedirectProblem> {
        let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`');
        if !(1..=1024).contains(&text.len()) || !text.bytes().all(fits) {
            return Err(RedirectProblem::Characters);
        }
        if text.contains('#') {
            return Err(RedirectProblem::Fragment);
        }
        let (scheme, rest) = text.split_once(':').ok_or(RedirectProblem::NotAbsolute)?;
        let of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
        let begins = scheme.as_bytes().first().is_some_and(u8::is_ascii_alphabetic);
        if !begins || !scheme.bytes().all(of_scheme) || rest.is_empty() {
            return Err(RedirectProblem::NotAbsolute);
        }
        let scheme = scheme.to_ascii_lowercase();
        match scheme.as_str() {
            "https" => host(rest).map(|_| ())?,
            "http" if THIS_MACHINE.contains(&host(rest)?) => {}
            "http" => return Err(RedirectProblem::NotSecure),
            other if FORBIDDEN.contains(&other) => return Err(RedirectProblem::Scheme),
            _ => {}
        }
        Ok(Self(text.into()))
    }
}

/// The host of what follows `http:` or `https:`.
fn host(rest: &str) -> Result<&str, RedirectProblem> {
    let rest = rest.strip_prefix("//").ok_or(RedirectProblem::Host)?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = match authority.rfind(':').filter(|at| !authority.ends_with(']') && *at > 0) {
        Some(at) => authority.split_at(at),
        None => (authority, ""),
    };
    let port = port.strip_prefix(':').unwrap_or_default();
    let of_host = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'[' | b']');
    let is_port = port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
    if host.is_empty() || !host.bytes().all(of_host) || !is_port {
        return Err(RedirectProblem::Host);
    }
    Ok(host)
}

impl TryFrom<String> for RedirectUri {
    type Error = RedirectProblem;

    fn try_from(text: String) -> Result<Self, RedirectProblem> {
        text.parse()
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0.into()
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_this_machine_and_apps_are_led_to_and_nothing_else() {
        for good in [
            "https://app.example.com",
            "https://app.example.com:8443/cb?a=b&c=%20",
            "http://localhost:3000/cb",
            "http://127.0.0.1/cb",
            "http://[::1]:8080/cb",
            "http://localhost",
            "myapp://callback",
            "com.example.app:/oauth",
            "web+application://callback",
        ] {
            assert_eq!(good.parse::<RedirectUri>().map(|uri| uri.to_string()).as_deref(), Ok(good));
        }
        for (bad, problem) in [
            ("", RedirectProblem::Characters),
            ("https://app.example.com/ö", RedirectProblem::Characters),
            ("https://app.example.com/a b", RedirectProblem::Characters),
            ("https://app.example.com/\r\nSet-Cookie:a", RedirectProblem::Characters),
            ("https://app.example.com\\@evil.example", RedirectProblem::Characters),
            ("https://app.example.com/#x", RedirectProblem::Fragment),
            ("/cb", RedirectProblem::NotAbsolute),
            ("//evil.example/cb", RedirectProblem::NotAbsolute),
            ("https:", RedirectProblem::NotAbsolute),
            ("1a://x", RedirectProblem::NotAbsolute),
            ("https:app", RedirectProblem::Host),
            ("https:///cb", RedirectProblem::Host),
            ("https://user@app.example.com/cb", RedirectProblem::Host),
            ("https://a:b@app.example.com/cb", RedirectProblem::Host),
            ("https://app.example.com:port/cb", RedirectProblem::Host),
            ("http://app.example.com/cb", RedirectProblem::NotSecure),
            ("http://localhost.evil.example/cb", RedirectProblem::NotSecure),
            ("http://127.0.0.1.evil.example/cb", RedirectProblem::NotSecure),
            ("HTTP://app.example.com/cb", RedirectProblem::NotSecure),
            ("javascript:alert(1)", RedirectProblem::Scheme),
            ("JavaScript:alert(1)", RedirectProblem::Scheme),
            ("data:text/html,x", RedirectProblem::Scheme),
        ] {
            assert_eq!(bad.parse::<RedirectUri>(), Err(problem), "{bad}");
        }
        assert!(format!("https://a.example/{}", "x".repeat(1024 - 18)).parse::<RedirectUri>().is_ok());
        assert!(format!("https://a.example/{}", "x".repeat(1024 - 17)).parse::<RedirectUri>().is_err());
    }

    #[test]
    fn an_answer_stands_behind_the_query_that_is_there() {
        let uri = |text: &str| text.parse::<RedirectUri>().unwrap();

        assert_eq!(uri("https://a.example/cb").with(Place::Query, "code=1"), "https://a.example/cb?code=1");
        assert_eq!(uri("https://a.example/cb?x=y").with(Place::Query, "code=1"), "https://a.example/cb?x=y&code=1");
        assert_eq!(uri("https://a.example/cb?x=y").with(Place::Fragment, "t=1"), "https://a.example/cb?x=y#t=1");
    }
}
