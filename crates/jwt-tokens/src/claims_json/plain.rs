//! The commonest JSON, read fast: one object, written without white space, whose texts have no escapes and whose values
//! are texts, whole numbers, truth values, nulls and arrays of these. Claims of tokens are nearly always of this form.
//!
//! What is not of this form is left to `serde_json`. What is, is read as `serde_json` reads it.

mod scan;

use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, MapAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use scan::Member;

/// Where the members of a plain object stand in its text.
#[derive(Clone, Debug)]
pub(crate) struct PlainObject(Vec<Member>);

impl PlainObject {
    /// Of this text, if it is a plain object.
    pub(crate) fn of(text: &str) -> Option<Self> {
        scan::members(text).map(Self)
    }

    /// The members. The text must be the one the object was made of.
    pub(crate) fn members<'de>(&self, text: &'de str) -> impl Iterator<Item = PlainMember<'de>> {
        self.0.iter().map(move |member| PlainMember { text, member: *member })
    }

    /// The object as a `T`. The text must be the one it was made of.
    pub(crate) fn read<'de, T: Deserialize<'de>>(&self, text: &'de str) -> Option<T> {
        let mut members = Members { text, left: self.0.iter(), value: None };
        let value = T::deserialize(MapAccessDeserializer::new(&mut members)).ok()?;
        members.left.next().is_none().then_some(value)
    }
}

/// A member of a plain object.
#[derive(Clone, Copy, Debug)]
pub struct PlainMember<'de> {
    text: &'de str,
    member: Member,
}

impl<'de> PlainMember<'de> {
    /// Its name.
    pub fn name(&self) -> &'de [u8] {
        self.member.name.bytes_of(self.text).unwrap_or_default()
    }

    /// Its value.
    pub fn value(&self) -> Written<'de> {
        Written(self.member.value.of(self.text).unwrap_or_default())
    }
}

/// The value is not what its reader wants.
#[derive(Debug)]
pub struct Unfit;

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not what is wanted")
    }
}

impl std::error::Error for Unfit {}

impl Error for Unfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

struct Members<'a, 'de> {
    text: &'de str,
    left: std::slice::Iter<'a, Member>,
    value: Option<&'de str>,
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = Unfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfit> {
        let Some(member) = self.left.next() else { return Ok(None) };
        self.value = member.value.of(self.text);
        let name = member.name.of(self.text).ok_or(Unfit)?;
        seed.deserialize(BorrowedStrDeserializer::new(name)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unfit> {
        seed.deserialize(Written(self.value.take().ok_or(Unfit)?))
    }
}

/// A value as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Written<'de>(&'de str);

impl<'de> Deserializer<'de> for Written<'de> {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.0.as_bytes() {
            [b'"', ..] => visitor.visit_borrowed_str(inside(self.0)?),
            [b'[', ..] => visitor.visit_seq(Items { left: inside(self.0)? }),
            b"true" => visitor.visit_bool(true),
            b"false" => visitor.visit_bool(false),
            b"null" => visitor.visit_unit(),
            _ => visitor.visit_u64(self.0.parse().map_err(|_| Unfit)?),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if self.0 == "null" { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Unfit> {
        Err(Unfit)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// Without the first and the last character.
fn inside(text: &str) -> Result<&str, Unfit> {
    text.get(1..text.len() - 1).ok_or(Unfit)
}

/// The items of an array that are left, with their commas.
struct Items<'de> {
    left: &'de str,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Unfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Unfit> {
        if self.left.is_empty() {
            return Ok(None);
        }
        let end = match self.left.strip_prefix('"') {
            Some(text) => text.find('"').ok_or(Unfit)? + 2,
            None => self.left.find(',').unwrap_or(self.left.len()),
        };
        let (item, rest) = self.left.split_at_checked(end).ok_or(Unfit)?;
        self.left = rest.strip_prefix(',').unwrap_or(rest);
        seed.deserialize(Written(item)).map(Some)
    }
}
