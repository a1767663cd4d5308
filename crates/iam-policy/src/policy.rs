use std::sync::Arc;

use crate::error::PolicyError;
use crate::kind::PolicyKind;
use crate::parse;
use crate::statement::Statement;

/// A policy document, read and checked once.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(crate) name: String,
    pub(crate) kind: PolicyKind,
    pub(crate) statements: Vec<Statement>,
    json: Arc<str>,
}

/// A document longer than this is refused, in bytes (128 KiB). It may nest 32 deep.
pub const LONGEST_POLICY: usize = 131_072;

impl Policy {
    /// Reads a document. `name` is for people: decisions name it.
    ///
    /// # Errors
    ///
    /// [`PolicyError`], one of its variants for each rule of the grammar that can be broken.
    pub fn parse(name: &str, kind: PolicyKind, json: &str) -> Result<Self, PolicyError> {
        if json.len() > LONGEST_POLICY {
            return Err(PolicyError::TooLong);
        }
        Ok(Self { name: name.to_owned(), kind, statements: parse::statements(kind, json)?, json: json.into() })
    }

    /// The document that allows everything to whoever it is attached to: an operator's.
    pub fn administrator() -> Self {
        let json = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
        // INVARIANT: the text above is a policy; if it were not, the result would allow nothing.
        Self::parse("administrator", PolicyKind::Identity, json).unwrap_or(Self {
            name: "administrator".to_owned(),
            kind: PolicyKind::Identity,
            statements: Vec::new(),
            json: json.into(),
        })
    }

    /// The document as it was read, byte for byte.
    pub fn json(&self) -> &str {
        &self.json
    }

    /// As what it was read.
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}
