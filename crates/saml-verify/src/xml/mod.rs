//! XML as SAML needs it: elements, attributes, text. The one parser of this crate.

mod cursor;
mod parser;
mod scopes;
mod text;
mod tree;

pub(crate) use parser::{Limits, parse};
pub(crate) use tree::{Attribute, Element, Node};
