//! What a document consists of once it is parsed. Comments are not part of it, and text on both sides of one is one text.

use std::rc::Rc;

/// An element with everything in it.
#[derive(Debug)]
pub(crate) struct Element<'a> {
    /// The prefix; empty for none.
    pub(crate) prefix: &'a str,
    pub(crate) local: &'a str,
    /// The namespace; empty for none.
    pub(crate) namespace: Rc<str>,
    pub(crate) attributes: Vec<Attribute<'a>>,
    /// The namespaces declared here: prefix and name.
    pub(crate) declared: Vec<(&'a str, Rc<str>)>,
    pub(crate) children: Vec<Node<'a>>,
}

/// An attribute that declares no namespace.
#[derive(Debug)]
pub(crate) struct Attribute<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) local: &'a str,
    /// The namespace; empty without prefix.
    pub(crate) namespace: Rc<str>,
    /// The value, with references resolved.
    pub(crate) value: String,
}

/// What stands in an element. No two texts stand beside each other.
#[derive(Debug)]
pub(crate) enum Node<'a> {
    Element(Element<'a>),
    Text(String),
}

impl<'a> Element<'a> {
    /// Whether it is this element of this namespace.
    pub(crate) fn is(&self, namespace: &str, local: &str) -> bool {
        &*self.namespace == namespace && self.local == local
    }

    /// The elements directly in it.
    pub(crate) fn elements(&self) -> impl Iterator<Item = &Element<'a>> {
        self.children.iter().filter_map(|child| match child {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    /// The elements directly in it that have this name.
    pub(crate) fn named<'s>(&'s self, namespace: &'s str, local: &'s str) -> impl Iterator<Item = &'s Element<'a>> {
        self.elements().filter(move |element| element.is(namespace, local))
    }

    /// The value of an attribute without prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let mut own = self.attributes.iter().filter(|attribute| attribute.prefix.is_empty());
        own.find(|attribute| attribute.local == name).map(|attribute| attribute.value.as_str())
    }

    /// The text in it without white space at its ends; `None` if there are elements in it.
    pub(crate) fn text(&self) -> Option<&str> {
        let text = match self.children.as_slice() {
            [] => "",
            [Node::Text(text)] => text.as_str(),
            _ => return None,
        };
        Some(text.trim_matches([' ', '\t', '\n', '\r']))
    }

    /// Whether nothing but elements and white space stands directly in it.
    pub(crate) fn has_elements_only(&self) -> bool {
        self.children.iter().all(|child| match child {
            Node::Element(_) => true,
            Node::Text(text) => text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')),
        })
    }

    /// This element and all below it, outer ones first.
    pub(crate) fn all<'s>(&'s self) -> Vec<&'s Element<'a>> {
        let mut found = vec![self];
        let mut next = 0;
        while let Some(element) = found.get(next).copied() {
            found.extend(element.elements());
            next += 1;
        }
        found
    }
}
