//! A strict parser of XML 1.0 with namespaces: no document type, no instructions, no entities but the five of XML.

use std::rc::Rc;

use super::cursor::Cursor;
use super::scopes::Scopes;
use super::text;
use super::tree::{Attribute, Element, Node};
use crate::malformed::Malformed;

const XINCLUDE: &str = "http://www.w3.org/2001/XInclude";

/// What a document may have at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) bytes: usize,
    pub(crate) depth: usize,
    pub(crate) attributes: usize,
    pub(crate) namespaces: usize,
    /// Comparisons of prefixes and of attributes' names.
    pub(crate) steps: usize,
}

impl Limits {
    /// Of a response.
    pub(crate) const RESPONSE: Self =
        Self { bytes: 256 * 1024, depth: 64, attributes: 1000, namespaces: 200, steps: 4_000_000 };
    /// Of what a response becomes in canonical form: each namespace may be declared again further down.
    pub(crate) const CANONICAL: Self = Self { bytes: 1024 * 1024, namespaces: 4000, ..Self::RESPONSE };
    /// Of metadata.
    pub(crate) const METADATA: Self = Self { bytes: 1024 * 1024, ..Self::RESPONSE };
}

/// The root element of a document.
pub(crate) fn parse(text: &str, limits: Limits) -> Result<Element<'_>, Malformed> {
    parse_and_count(text, limits).map(|(root, _)| root)
}

/// The root, and what is left of the limits.
fn parse_and_count(text: &str, limits: Limits) -> Result<(Element<'_>, Limits), Malformed> {
    if text.len() > limits.bytes {
        return Err(Malformed::TooLarge);
    }
    let mut parser = Parser { cursor: Cursor::new(text), scopes: Scopes::new(), left: limits };
    parser.declaration()?;
    parser.between()?;
    let root = parser.element()?;
    parser.between()?;
    if parser.cursor.is_at_end() { Ok((root, parser.left)) } else { Err(Malformed::Syntax) }
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    scopes: Scopes<'a>,
    /// What is left of each limit.
    left: Limits,
}

/// A start tag as it is written.
struct Tag<'a> {
    name: (&'a str, &'a str),
    attributes: Vec<((&'a str, &'a str), String)>,
    declared: Vec<(&'a str, Rc<str>)>,
    is_empty: bool,
}

impl<'a> Parser<'a> {
    /// `<?xml version="1.0" ...?>`: XML 1.0 in UTF-8.
    fn declaration(&mut self) -> Result<(), Malformed> {
        if !self.cursor.starts_with("<?xml ") {
            return Ok(());
        }
        let inside = self.cursor.until("?>")?.replace('\'', "\"").to_ascii_lowercase();
        let mut words = inside.split_ascii_whitespace().skip(1);
        let known = |word| matches!(word, "encoding=\"utf-8\"" | "standalone=\"yes\"" | "standalone=\"no\"");
        let sound = words.next() == Some("version=\"1.0\"") && words.all(known);
        sound.then_some(()).ok_or(Malformed::Syntax)
    }

    /// What stands before and after the root.
    fn between(&mut self) -> Result<(), Malformed> {
        loop {
            self.cursor.spaces();
            if self.cursor.starts_with("<?") {
                return Err(Malformed::Instruction);
            } else if self.cursor.starts_with("<!DOCTYPE") {
                return Err(Malformed::Doctype);
            } else if self.cursor.starts_with("<!--") {
                self.comment()?;
            } else {
                return Ok(());
            }
        }
    }

    fn comment(&mut self) -> Result<(), Malformed> {
        self.cursor.expect("<!--")?;
        let inside = self.cursor.until("--")?;
        text::push_plain(&mut String::new(), inside)?;
        self.cursor.expect(">")
    }

    fn element(&mut self) -> Result<Element<'a>, Malformed> {
        spend(&mut self.left.depth, 1).map_err(|_| Malformed::TooDeep)?;
        let outside = self.scopes.depth();
        let tag = self.tag()?;
        self.scopes.enter(&tag.declared)?;
        let children = if tag.is_empty { Vec::new() } else { self.content(tag.name)? };
        let element = self.resolve(tag, children)?;
        self.scopes.leave(outside);
        self.left.depth += 1;
        Ok(element)
    }

    fn tag(&mut self) -> Result<Tag<'a>, Malformed> {
        self.cursor.expect("<")?;
        let name = self.cursor.qualified_name()?;
        let mut tag = Tag { name, attributes: Vec::new(), declared: Vec::new(), is_empty: false };
        loop {
            let parted = self.cursor.spaces();
            tag.is_empty = self.cursor.take("/>");
            if tag.is_empty || self.cursor.take(">") {
                return Ok(tag);
            } else if !parted {
                return Err(Malformed::Syntax);
            }
            self.attribute(&mut tag)?;
        }
    }

    fn attribute(&mut self, tag: &mut Tag<'a>) -> Result<(), Malformed> {
        let name = self.cursor.qualified_name()?;
        self.cursor.spaces();
        self.cursor.expect("=")?;
        self.cursor.spaces();
        let quote = if self.cursor.take("'") { "'" } else { "\"" };
        if quote == "\"" {
            self.cursor.expect(quote)?;
        }
        let value = text::attribute_value(self.cursor.until(quote)?)?;
        let declared = match name {
            ("", "xmlns") => "",
            ("xmlns", prefix) => prefix,
            _ => {
                tag.attributes.push((name, value));
                return spend(&mut self.left.attributes, 1);
            }
        };
        tag.declared.push((declared, value.into()));
        spend(&mut self.left.namespaces, 1)
    }

    /// What stands in an element, and its end tag.
    fn content(&mut self, name: (&str, &str)) -> Result<Vec<Node<'a>>, Malformed> {
        let mut children = Vec::new();
        let mut text = String::new();
        loop {
            text::push_text(&mut text, self.cursor.up_to('<'))?;
            if self.cursor.take("<![CDATA[") {
                text::push_plain(&mut text, self.cursor.until("]]>")?)?;
                continue;
            } else if self.cursor.starts_with("<!--") {
                self.comment()?;
                continue;
            } else if !text.is_empty() {
                children.push(Node::Text(std::mem::take(&mut text)));
            }
            if self.cursor.take("</") {
                self.end_tag(name)?;
                return Ok(children);
            }
            self.refuse_markup()?;
            children.push(Node::Element(self.element()?));
        }
    }

    fn refuse_markup(&self) -> Result<(), Malformed> {
        if self.cursor.starts_with("<?") {
            Err(Malformed::Instruction)
        } else if self.cursor.starts_with("<!") {
            Err(Malformed::Doctype)
        } else {
            Ok(())
        }
    }

    fn end_tag(&mut self, name: (&str, &str)) -> Result<(), Malformed> {
        let ended = self.cursor.qualified_name()?;
        self.cursor.spaces();
        self.cursor.expect(">")?;
        if ended == name { Ok(()) } else { Err(Malformed::Syntax) }
    }

    /// Puts namespaces in the place of prefixes.
    fn resolve(&mut self, tag: Tag<'a>, children: Vec<Node<'a>>) -> Result<Element<'a>, Malformed> {
        let Tag { name: (prefix, local), attributes: written, declared, is_empty: _ } = tag;
        let namespace = self.namespace(prefix)?;
        if prefix == "xmlns" || &*namespace == XINCLUDE {
            return Err(Malformed::XInclude);
        }
        let mut attributes: Vec<Attribute<'a>> = Vec::with_capacity(written.len());
        for ((prefix, local), value) in written {
            let namespace = if prefix.is_empty() { self.scopes.none() } else { self.namespace(prefix)? };
            spend(&mut self.left.steps, attributes.len())?;
            if attributes.iter().any(|other| other.local == local && other.namespace == namespace) {
                return Err(Malformed::Syntax);
            }
            attributes.push(Attribute { prefix, local, namespace, value });
        }
        Ok(Element { prefix, local, namespace, attributes, declared, children })
    }

    fn namespace(&mut self, prefix: &str) -> Result<Rc<str>, Malformed> {
        let (namespace, steps) = self.scopes.find(prefix)?;
        spend(&mut self.left.steps, steps)?;
        Ok(namespace)
    }
}

fn spend(left: &mut usize, cost: usize) -> Result<(), Malformed> {
    *left = left.checked_sub(cost).ok_or(Malformed::TooLarge)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> usize {
        let (_, left) = parse_and_count(text, Limits::RESPONSE).unwrap();
        Limits::RESPONSE.steps - left.steps
    }

    /// A root that declares so many prefixes, around this.
    fn under_prefixes(count: usize, content: &str) -> String {
        let prefixes: Vec<_> = (0..count).map(|n| format!(" xmlns:p{n}=\"urn:{n}\"")).collect();
        format!("<r{}>{content}</r>", prefixes.concat())
    }

    #[test]
    fn line_99_twice_the_elements_take_twice_the_work() {
        let wrapped = |count: usize| under_prefixes(190, &"<p0:a/>".repeat(count));

        let (once, twice) = (steps(&wrapped(2000)), steps(&wrapped(4000)));

        assert!(once >= 2000 && twice <= 2 * once, "{once} {twice}");
    }

    #[test]
    fn more_comparisons_than_a_sound_document_needs_are_refused() {
        let text = under_prefixes(200, &"<p0:a/>".repeat(30_000));

        assert_eq!(parse(&text, Limits::RESPONSE).unwrap_err(), Malformed::TooLarge);
    }
}
