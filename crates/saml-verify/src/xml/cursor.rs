//! A place in a text that only moves forward.

use crate::malformed::Malformed;

pub(super) struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    pub(super) fn starts_with(&self, token: &str) -> bool {
        self.rest.starts_with(token)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Moves behind `token`, if it stands here.
    pub(super) fn take(&mut self, token: &str) -> bool {
        let behind = self.rest.strip_prefix(token);
        self.rest = behind.unwrap_or(self.rest);
        behind.is_some()
    }

    pub(super) fn expect(&mut self, token: &str) -> Result<(), Malformed> {
        self.take(token).then_some(()).ok_or(Malformed::Syntax)
    }

    /// What stands before the next `token`; moves behind it.
    pub(super) fn until(&mut self, token: &str) -> Result<&'a str, Malformed> {
        let (before, behind) = self.rest.split_once(token).ok_or(Malformed::Syntax)?;
        self.rest = behind;
        Ok(before)
    }

    /// What stands before the next `end`, or all; moves to it.
    pub(super) fn up_to(&mut self, end: char) -> &'a str {
        self.split_at(self.rest.find(end).unwrap_or(self.rest.len()))
    }

    /// Moves over white space; whether there was some.
    pub(super) fn spaces(&mut self) -> bool {
        let behind = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        let moved = behind.len() < self.rest.len();
        self.rest = behind;
        moved
    }

    /// A name with at most one colon: prefix, which may be empty, and local part.
    pub(super) fn qualified_name(&mut self) -> Result<(&'a str, &'a str), Malformed> {
        let first = self.plain_name()?;
        if self.take(":") { Ok((first, self.plain_name()?)) } else { Ok(("", first)) }
    }

    /// A name without colon (Namespaces in XML 1.0, section 3).
    fn plain_name(&mut self) -> Result<&'a str, Malformed> {
        let end = self.rest.find(|c| !is_name_char(c)).unwrap_or(self.rest.len());
        let name = self.split_at(end);
        name.starts_with(is_name_start).then_some(name).ok_or(Malformed::Syntax)
    }

    fn split_at(&mut self, at: usize) -> &'a str {
        let (before, behind) = self.rest.split_at_checked(at).unwrap_or((self.rest, ""));
        self.rest = behind;
        before
    }
}

/// XML 1.0, production 4, without the colon.
fn is_name_start(c: char) -> bool {
    matches!(c, 'A'..='Z' | '_' | 'a'..='z'
        | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}' | '\u{370}'..='\u{37D}'
        | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}' | '\u{2C00}'..='\u{2FEF}'
        | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}')
}

/// XML 1.0, production 4a, without the colon.
fn is_name_char(c: char) -> bool {
    is_name_start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}
