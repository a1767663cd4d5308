//! Which prefix stands for which namespace, from the root to where the parser is.

use std::rc::Rc;

use crate::malformed::Malformed;

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

pub(super) struct Scopes<'a> {
    bound: Vec<(&'a str, Rc<str>)>,
    none: Rc<str>,
    xml: Rc<str>,
}

impl<'a> Scopes<'a> {
    pub(super) fn new() -> Self {
        Self { bound: Vec::new(), none: "".into(), xml: XML.into() }
    }

    /// What no prefix stands for on an attribute.
    pub(super) fn none(&self) -> Rc<str> {
        Rc::clone(&self.none)
    }

    /// How many are bound here: to return to with [`leave`](Self::leave).
    pub(super) fn depth(&self) -> usize {
        self.bound.len()
    }

    pub(super) fn leave(&mut self, depth: usize) {
        self.bound.truncate(depth);
    }

    /// Binds what an element declares.
    pub(super) fn enter(&mut self, declared: &[(&'a str, Rc<str>)]) -> Result<(), Malformed> {
        for (prefix, namespace) in declared {
            let twice = declared.iter().filter(|(other, _)| other == prefix).count() > 1;
            let reserved = matches!(*prefix, "xml" | "xmlns") || matches!(&**namespace, XML | XMLNS);
            if twice || reserved || (!prefix.is_empty() && namespace.is_empty()) {
                return Err(Malformed::Syntax);
            }
        }
        self.bound.extend(declared.iter().cloned());
        Ok(())
    }

    /// What a prefix stands for, and how many were looked at.
    pub(super) fn find(&self, prefix: &str) -> Result<(Rc<str>, usize), Malformed> {
        if prefix == "xml" {
            return Ok((Rc::clone(&self.xml), 1));
        }
        let mut inner_first = self.bound.iter().rev().enumerate();
        match inner_first.find(|(_, (bound, _))| *bound == prefix) {
            Some((before, (_, namespace))) => Ok((Rc::clone(namespace), before + 1)),
            None if prefix.is_empty() => Ok((self.none(), self.bound.len() + 1)),
            None => Err(Malformed::Syntax),
        }
    }
}
