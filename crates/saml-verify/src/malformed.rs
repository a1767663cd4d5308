//! Why a text is not taken as XML.

use std::fmt;

/// Why a text is not taken as XML.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Malformed {
    /// The text is no Base64 of UTF-8.
    Encoding,
    /// A document type declaration: no XML here has one.
    Doctype,
    /// An entity besides the five of XML, or a reference to a character that XML has not.
    Entity,
    /// A processing instruction.
    Instruction,
    /// Not well-formed XML with namespaces.
    Syntax,
    /// More elements within each other than the limit.
    TooDeep,
    /// More bytes, attributes or namespaces than the limit, or more work than such a text needs.
    TooLarge,
    /// An element of `XInclude`.
    XInclude,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Encoding => "it is not base64 of utf-8",
            Self::Doctype => "it has a document type declaration",
            Self::Entity => "it names an entity that xml has not",
            Self::Instruction => "it has a processing instruction",
            Self::Syntax => "it is not well-formed",
            Self::TooDeep => "it is nested too deeply",
            Self::TooLarge => "it is too large",
            Self::XInclude => "it includes other documents",
        })
    }
}

impl std::error::Error for Malformed {}
