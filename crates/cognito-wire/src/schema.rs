//! What a service model says of its shapes, as data.

use std::sync::OnceLock;

use regex::Regex;

/// One operation of a service.
#[derive(Debug)]
pub struct OperationInfo {
    /// Its name.
    pub name: &'static str,
    /// Whether the model asks for a signature.
    pub auth: Auth,
    /// The shape of a request.
    pub input: &'static Shape,
    /// The shape of an answer.
    pub output: &'static Shape,
    /// The error codes that the model lists for it.
    pub errors: &'static [&'static str],
}

/// Who may call an operation, as the model says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Auth {
    /// Anybody: what is in the request (a token, a client id, a session) decides.
    None,
    /// A caller whose request is signed with SigV4.
    SigV4,
}

/// A shape and whether its values may be shown.
#[derive(Debug)]
pub struct Shape {
    /// What values look like.
    pub kind: Kind,
    /// Values are not repeated in messages.
    pub sensitive: bool,
}

/// The kinds of shapes. Bounds are inclusive: of length in characters, of count, or of value.
#[derive(Debug)]
pub enum Kind {
    /// Named members.
    Structure(&'static [Member]),
    /// Values in order.
    List(&'static Shape, Bounds),
    /// Values by text.
    Map(&'static Shape, &'static Shape, Bounds),
    /// Text.
    Text(Bounds, Option<&'static Pattern>, &'static [&'static str]),
    /// A whole number.
    Integer(Bounds),
    /// True or false.
    Boolean,
    /// Seconds since 1970, with a fraction.
    Timestamp,
    /// Bytes, in Base64.
    Blob,
    /// Any JSON.
    Document,
}

/// The least and the greatest, both allowed.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The least.
    pub min: Option<i64>,
    /// The greatest.
    pub max: Option<i64>,
}

/// A named member of a structure.
#[derive(Debug)]
pub struct Member {
    /// The name on the wire.
    pub name: &'static str,
    /// Its shape.
    pub shape: &'static Shape,
    /// Whether a value must be there.
    pub required: bool,
}

/// A pattern that text must match as a whole.
#[derive(Debug)]
pub struct Pattern {
    /// As the model writes it, and as messages show it.
    pub shown: &'static str,
    regex: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// A pattern from the model's text and its form for the `regex` crate.
    pub const fn new(shown: &'static str, regex: &'static str) -> Self {
        Self { shown, regex, compiled: OnceLock::new() }
    }

    /// Whether the whole of `text` matches. A pattern that does not compile matches nothing; a test compiles them all.
    pub fn matches(&self, text: &str) -> bool {
        self.compiled.get_or_init(|| Regex::new(self.regex).ok()).as_ref().is_some_and(|regex| regex.is_match(text))
    }

    /// Whether the pattern compiles.
    pub fn is_sound(&self) -> bool {
        Regex::new(self.regex).is_ok()
    }
}
