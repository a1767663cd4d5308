//! Exclusive XML Canonicalization 1.0 without comments, of one element.

use std::collections::BTreeMap;

use crate::malformed::Malformed;
use crate::xml::{Attribute, Element, Limits, Node};

/// The most that a canonical form may be: a short prefix may stand for a long namespace that is declared again and again.
const MOST_BYTES: usize = Limits::CANONICAL.bytes;

/// The algorithm's name.
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";

/// What is made canonical.
pub(crate) struct Apex<'s, 'a> {
    /// The element.
    pub(crate) element: &'s Element<'a>,
    /// The elements around it, outermost first.
    pub(crate) around: &'s [&'s Element<'a>],
    /// An element that is left out.
    pub(crate) without: Option<&'s Element<'a>>,
    /// The prefixes of `InclusiveNamespaces`; the default namespace is the empty prefix.
    pub(crate) listed: &'s [String],
}

/// The canonical form.
pub(crate) fn canonical(apex: &Apex<'_, '_>) -> Result<String, Malformed> {
    let mut writer = Writer { out: String::new(), apex, rendered: Vec::new(), in_scope: Vec::new() };
    for element in apex.around {
        writer.declare(element);
    }
    writer.element(apex.element)?;
    Ok(writer.out)
}

struct Writer<'s, 'a> {
    out: String,
    apex: &'s Apex<'s, 'a>,
    /// What is declared in the output here.
    rendered: Vec<(&'s str, &'s str)>,
    /// What is declared in the document here, of the listed prefixes.
    in_scope: Vec<(&'s str, &'s str)>,
}

impl<'s> Writer<'s, '_> {
    fn declare(&mut self, element: &'s Element<'_>) {
        let declared = element.declared.iter().map(|(prefix, namespace)| (*prefix, &**namespace));
        self.in_scope.extend(declared.filter(|(prefix, _)| self.apex.listed.iter().any(|listed| listed == prefix)));
    }

    fn element(&mut self, element: &'s Element<'_>) -> Result<(), Malformed> {
        let (rendered, in_scope) = (self.rendered.len(), self.in_scope.len());
        self.declare(element);
        let namespaces = self.namespaces(element);
        self.push("<", element);
        for (prefix, namespace) in namespaces {
            self.namespace(prefix, namespace);
            self.rendered.push((prefix, namespace));
        }
        for attribute in sorted(&element.attributes) {
            self.attribute(attribute);
        }
        self.out.push('>');
        self.children(element)?;
        self.push("</", element);
        self.out.push('>');
        self.rendered.truncate(rendered);
        self.in_scope.truncate(in_scope);
        if self.out.len() > MOST_BYTES { Err(Malformed::TooLarge) } else { Ok(()) }
    }

    fn children(&mut self, element: &'s Element<'_>) -> Result<(), Malformed> {
        for child in &element.children {
            match child {
                Node::Text(text) => escape(&mut self.out, text, in_text),
                Node::Element(child) if self.apex.without.is_some_and(|without| std::ptr::eq(without, child)) => {}
                Node::Element(child) => self.element(child)?,
            }
            if self.out.len() > MOST_BYTES {
                return Err(Malformed::TooLarge);
            }
        }
        Ok(())
    }

    fn push(&mut self, before: &str, element: &Element<'_>) {
        self.out.push_str(before);
        push_name(&mut self.out, element.prefix, element.local);
    }

    /// What must be declared at this element, in order: the prefixes that it uses itself and those that are listed, unless
    /// the output says the same already.
    fn namespaces(&self, element: &'s Element<'_>) -> BTreeMap<&'s str, &'s str> {
        let listed = self.in_scope.iter().copied();
        let own = std::iter::once((element.prefix, &*element.namespace));
        let prefixed = element.attributes.iter().filter(|attribute| !attribute.prefix.is_empty());
        let used = own.chain(prefixed.map(|attribute| (attribute.prefix, &*attribute.namespace)));
        let mut wanted: BTreeMap<_, _> = listed.chain(used).filter(|(prefix, _)| *prefix != "xml").collect();
        wanted.retain(|prefix, namespace| self.rendered_for(prefix) != *namespace);
        wanted
    }

    fn rendered_for(&self, prefix: &str) -> &'s str {
        self.rendered.iter().rev().find(|(other, _)| *other == prefix).map_or("", |(_, namespace)| namespace)
    }

    fn namespace(&mut self, prefix: &str, namespace: &str) {
        self.out.push_str(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
        self.out.push_str(prefix);
        self.quoted(namespace);
    }

    fn attribute(&mut self, attribute: &Attribute<'_>) {
        self.out.push(' ');
        push_name(&mut self.out, attribute.prefix, attribute.local);
        self.quoted(&attribute.value);
    }

    fn quoted(&mut self, value: &str) {
        self.out.push_str("=\"");
        escape(&mut self.out, value, in_attribute);
        self.out.push('"');
    }
}

/// By namespace, then by name; those without namespace first.
fn sorted<'s, 'a>(attributes: &'s [Attribute<'a>]) -> Vec<&'s Attribute<'a>> {
    let mut sorted: Vec<_> = attributes.iter().collect();
    sorted.sort_by(|one, other| (&*one.namespace, one.local).cmp(&(&*other.namespace, other.local)));
    sorted
}

fn push_name(out: &mut String, prefix: &str, local: &str) {
    if !prefix.is_empty() {
        out.push_str(prefix);
        out.push(':');
    }
    out.push_str(local);
}

fn escape(out: &mut String, text: &str, special: fn(char) -> Option<&'static str>) {
    let mut rest = text;
    while let Some((at, escaped)) = rest.char_indices().find_map(|(at, c)| special(c).map(|escaped| (at, escaped))) {
        let (before, behind) = rest.split_at(at);
        out.push_str(before);
        out.push_str(escaped);
        rest = behind.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
}

fn in_text(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        _ => None,
    }
}

fn in_attribute(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    }
}
