//! Resource servers: APIs of the application, and the scopes that a client may be allowed at them.

use identity_kernel::text_id;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::UserPoolId;

text_id! {
    /// What a resource server is called in scopes, often a URL: 1 to 256 visible characters of ASCII, no quotation mark, no
    /// backslash (RFC 6749 §3.3).
    ResourceServerId, "resource server identifier", |text| is_scope_text(text)
}

text_id! {
    /// The name of a scope at its resource server: as its identifier, and without a slash.
    ScopeName, "scope name", |text| is_scope_text(text) && !text.contains('/')
}

text_id! {
    /// A scope as it is asked for: one of [`STANDARD_SCOPES`], or `<resource server>/<scope name>`.
    Scope, "scope", |text| is_scope_text(text)
}

/// The scopes that every pool has.
pub const STANDARD_SCOPES: [&str; 5] = ["aws.cognito.signin.user.admin", "email", "openid", "phone", "profile"];

/// The most resource servers of a pool.
pub const MOST_RESOURCE_SERVERS: usize = 25;

/// The most scopes of a resource server.
pub const MOST_SCOPES: usize = 100;

/// The most scopes that a client may be allowed.
pub const MOST_CLIENT_SCOPES: usize = 50;

/// The longest name of a resource server and description of a scope, in characters.
pub const LONGEST_TEXT: usize = 256;

/// An API of the application.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ResourceServer {
    /// The pool.
    pub pool: UserPoolId,
    /// What it is called in scopes. It stands once in the pool and never changes.
    pub id: ResourceServerId,
    /// What it is called for people: 1 to 256 characters.
    pub name: String,
    /// Its scopes, as they were given.
    pub scopes: Vec<ResourceScope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
}

impl ResourceServer {
    /// Whether it has a scope of this name.
    pub fn has(&self, name: &str) -> bool {
        self.scopes.iter().any(|scope| scope.name.as_str() == name)
    }
}

/// A scope of a resource server.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct ResourceScope {
    /// Its name there.
    pub name: ScopeName,
    /// What it allows, for people: 1 to 256 characters.
    pub description: String,
}

impl Scope {
    /// Whether it is one that every pool has.
    pub fn is_standard(&self) -> bool {
        STANDARD_SCOPES.contains(&self.as_str())
    }

    /// The resource server and the name of the scope there; `None` if it has not this form. An identifier may have slashes, a
    /// scope's name has none.
    pub fn at_server(&self) -> Option<(ResourceServerId, ScopeName)> {
        let (server, name) = self.as_str().rsplit_once('/')?;
        Some((server.parse().ok()?, name.parse().ok()?))
    }
}

/// Visible characters of ASCII but for quotation mark and backslash.
fn is_scope_text(text: &str) -> bool {
    let is_scope = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    (1..=256).contains(&text.len()) && text.bytes().all(is_scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_parted_at_its_last_slash() {
        let scope: Scope = "https://api.example.com/v1/orders:read".parse().unwrap();

        let (server, name) = scope.at_server().unwrap();

        assert_eq!((server.as_str(), name.as_str()), ("https://api.example.com/v1", "orders:read"));
        for plain in ["openid", "orders/", "/read"] {
            assert_eq!(plain.parse::<Scope>().unwrap().at_server(), None, "{plain}");
        }
    }

    #[test]
    fn identifiers_and_names_have_no_spaces_quotes_or_backslashes() {
        for bad in ["", "a b", "a\"b", "a\\b", "ä", "a\u{7f}", &"x".repeat(257)] {
            assert!(bad.parse::<ResourceServerId>().is_err() && bad.parse::<ScopeName>().is_err(), "{bad:?}");
        }
        assert!("a/b".parse::<ResourceServerId>().is_ok() && "a/b".parse::<ScopeName>().is_err());
        assert!("x".repeat(256).parse::<ResourceServerId>().is_ok());
    }
}
