//! Relying parties and the origins of their pages.

use std::fmt;
use std::str::FromStr;

/// A name or an origin that cannot be one.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotAnOrigin;

impl fmt::Display for NotAnOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a relying party id or an origin")
    }
}

impl std::error::Error for NotAnOrigin {}

/// The id of a relying party: the domain that its credentials belong to, in lower case: `example.com`, or `localhost`.
///
/// At most 253 bytes of ASCII (a domain with other letters is written in Punycode); no address of numbers, no port, no
/// wildcard.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RelyingPartyId(Box<str>);

impl RelyingPartyId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the origin is `https://` and this domain or one below it, at the port that `https` has.
    pub(crate) fn is_home_of(&self, origin: &str) -> bool {
        let Some(host) = origin.strip_prefix("https://") else { return false };
        let below = host.strip_suffix(self.as_str()).and_then(|rest| rest.strip_suffix('.'));
        host == self.as_str() || below.is_some_and(is_domain)
    }
}

impl FromStr for RelyingPartyId {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let numbers = text.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        if text.len() <= 253 && is_domain(text) && !numbers { Ok(Self(text.into())) } else { Err(NotAnOrigin) }
    }
}

impl fmt::Display for RelyingPartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Labels of 1 to 63 lower-case letters, digits and inner hyphens, with dots between.
fn is_domain(text: &str) -> bool {
    text.split('.').all(|label| {
        let letters = label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        (1..=63).contains(&label.len()) && letters && !label.starts_with('-') && !label.ends_with('-')
    })
}

/// The origin of a page or app, as browsers write it: `https://app.example.com`, `https://app.example.com:8443`,
/// `http://localhost:3000`, `android:apk-key-hash:…`.
///
/// `http` is for `localhost` and names below it alone. There are no wildcards, paths, or ports that go without saying.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Origin(Box<str>);

impl Origin {
    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = NotAnOrigin;

    fn from_str(text: &str) -> Result<Self, NotAnOrigin> {
        let good = match text.split_once("://") {
            Some(("https", rest)) => place(rest, "443").is_some(),
            Some(("http", rest)) => {
                place(rest, "80").is_some_and(|host| host == "localhost" || host.ends_with(".localhost"))
            }
            Some(_) => false,
            None => text.strip_prefix("android:apk-key-hash:").is_some_and(is_hash),
        };
        if good { Ok(Self(text.into())) } else { Err(NotAnOrigin) }
    }
}

/// The host of a host with or without a port, the port not being the one that goes without saying.
fn place<'a>(text: &'a str, usual: &str) -> Option<&'a str> {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let written = |port: &str| port.parse::<u16>().is_ok_and(|number| number.to_string() == port && number != 0);
    let good = is_domain(host) && port.is_none_or(|port| written(port) && port != usual);
    good.then_some(host)
}

fn is_hash(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relying_party_id_is_a_domain() {
        for good in ["example.com", "localhost", "xn--bcher-kva.example", "a-b.c1"] {
            assert!(good.parse::<RelyingPartyId>().is_ok(), "{good}");
        }
        let bad = ["", ".", "example.com.", "*.example.com", "Example.com", "https://example.com", "example.com:1"];
        let worse = ["127.0.0.1", "[::1]", "a..b", "-a.b", "a-.b", "a b", "bücher.example", "a/b", "a@b"];
        for bad in bad.into_iter().chain(worse) {
            assert!(bad.parse::<RelyingPartyId>().is_err(), "{bad}");
        }
        assert!(vec!["a"; 127].join(".").parse::<RelyingPartyId>().is_ok());
        assert!(vec!["a"; 128].join(".").parse::<RelyingPartyId>().is_err());
    }

    #[test]
    fn an_origin_has_no_wildcard_no_path_and_no_port_that_goes_without_saying() {
        let hash = format!("android:apk-key-hash:{}", "a".repeat(43));
        for good in
            ["https://example.com", "https://a.example.com:8443", "http://localhost:3000", "http://a.localhost", &hash]
        {
            assert!(good.parse::<Origin>().is_ok(), "{good}");
        }
        let bad = ["", "https://*", "https://*.example.com", "https://example.com/", "https://example.com:443", "null"];
        let worse = [
            "http://example.com",
            "http://localhost:80",
            "https://a:0",
            "https://a:01",
            "https://a:65536",
            "https://u@a",
        ];
        let worst = ["ftp://a", "android:apk-key-hash:*", "http://notlocalhost", "https://a:+1"];
        for bad in bad.into_iter().chain(worse).chain(worst) {
            assert!(bad.parse::<Origin>().is_err(), "{bad}");
        }
    }
}
