//! JSON read without forgiveness: no member twice, nothing behind the end, no deeper than 32. For tokens and policies, where
//! two readers must never see two meanings.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::plain_json::PlainObject;
pub use crate::plain_json::{PlainMember, Written};

/// How deep arrays and objects may nest.
const DEEPEST: usize = 32;

/// The object that `json` holds, or `None` if it is anything but one strict JSON object.
pub fn object(json: &[u8]) -> Option<Map<String, Value>> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = Strict(DEEPEST).deserialize(&mut deserializer).ok()?;
    deserializer.end().ok()?;
    match value {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

/// A text of JSON that is read more than once.
///
/// ```
/// use identity_kernel::strict_json::Text;
///
/// #[derive(serde::Deserialize)]
/// struct Who<'a> {
///     sub: &'a str,
///     exp: u64,
/// }
///
/// let text = Text::new(br#"{"sub":"ada","exp":1700000000}"#.to_vec()).unwrap();
/// assert_eq!(text.plain_members().unwrap().count(), 2);
/// let who: Who<'_> = text.read().unwrap();
/// assert_eq!((who.sub, who.exp), ("ada", 1_700_000_000));
///
/// // What a glance is not enough for is read too.
/// let text = Text::new(br#"{ "sub": "\u0061da", "exp": 1.7e9 }"#.to_vec()).unwrap();
/// assert!(text.plain_members().is_none());
/// ```
#[derive(Clone, Debug)]
pub struct Text {
    text: String,
    plain: Option<PlainObject>,
}

impl Text {
    /// Of these bytes, if they are UTF-8.
    pub fn new(json: Vec<u8>) -> Option<Self> {
        let text = String::from_utf8(json).ok()?;
        Some(Self { plain: PlainObject::of(&text), text })
    }

    /// The members as they are written, if the text is one object that needs no more than a glance: without white space
    /// and escapes, without an object or an array in an array, and with every name once.
    pub fn plain_members(&self) -> Option<impl Iterator<Item = PlainMember<'_>>> {
        self.plain.as_ref().map(|object| object.members(&self.text))
    }

    /// The value, if it is a `T`, which may borrow from the text. Nothing may stand behind it; a `T` holds to the other rules
    /// itself, with [`Skip`] and [`Names`].
    pub fn read<'de, T: Deserialize<'de>>(&'de self) -> Option<T> {
        let plain = self.plain.as_ref().and_then(|object| object.read(&self.text));
        plain.or_else(|| serde_json::from_str(&self.text).ok())
    }
}

/// The names of one object's members, each of which may stand once.
#[derive(Debug, Default)]
pub struct Names<'a> {
    marks: Marks,
    /// Up to so many names, comparing with each is faster than any set.
    few: Vec<Cow<'a, str>>,
    many: BTreeSet<Cow<'a, str>>,
}

const FEW: usize = 32;

impl<'a> Names<'a> {
    /// No names yet.
    pub fn new() -> Self {
        Self { few: Vec::with_capacity(FEW), ..Self::default() }
    }

    /// Takes a name.
    ///
    /// # Errors
    ///
    /// A text, if the name stands there already.
    pub fn add(&mut self, name: Cow<'a, str>) -> Result<(), &'static str> {
        if !self.marks.add(name.as_bytes()) && (self.few.contains(&name) || self.many.contains(&name)) {
            return Err("a member stands twice");
        }
        if self.few.len() < FEW {
            self.few.push(name);
        } else {
            self.many.insert(name);
        }
        Ok(())
    }
}

/// One of 256 marks for each name that was seen: most names that were not are told by a mark that was not.
#[derive(Debug)]
pub(crate) struct Marks([bool; 256]);

impl Default for Marks {
    fn default() -> Self {
        Self([false; 256])
    }
}

impl Marks {
    /// Whether the name is certainly new.
    pub(crate) fn add(&mut self, name: &[u8]) -> bool {
        self.0.get_mut(usize::from(mark(name))).is_some_and(|seen| !std::mem::replace(seen, true))
    }
}

/// From three of the name's bytes and its length. The factor gives the claims that user pools write a mark each.
fn mark(name: &[u8]) -> u8 {
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return 0 };
    let [length, ..] = name.len().to_le_bytes();
    let middle = name.get(name.len() / 2).unwrap_or(first);
    let all = u32::from_le_bytes([*first, *middle, *last, length]);
    let [.., mark] = all.wrapping_mul(0x1027_c4d1).to_le_bytes();
    mark
}

/// Passes over a value, which is held to the rules all the same.
#[derive(Clone, Copy, Debug)]
pub struct Skip(usize);

impl Skip {
    /// For the member of an object that is not itself inside anything.
    pub fn at_the_top() -> Self {
        Self(DEEPEST - 1)
    }
}

impl<'de> DeserializeSeed<'de> for Skip {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skip {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("strict JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let inner = self.0.checked_sub(1).ok_or_else(|| A::Error::custom("too deep"))?;
        while items.next_element_seed(Self(inner))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let inner = self.0.checked_sub(1).ok_or_else(|| A::Error::custom("too deep"))?;
        let mut names = Names::new();
        while let Some(name) = members.next_key::<String>()? {
            members.next_value_seed(Self(inner))?;
            names.add(Cow::Owned(name)).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// Reads a value that nests at most this deep.
struct Strict(usize);

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("strict JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.0.checked_sub(1).ok_or_else(|| A::Error::custom("too deep"))?;
        let mut out = Vec::new();
        while let Some(item) = items.next_element_seed(Strict(inner))? {
            out.push(item);
        }
        Ok(Value::Array(out))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.0.checked_sub(1).ok_or_else(|| A::Error::custom("too deep"))?;
        let mut out = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Strict(inner))?;
            if out.insert(name, value).is_some() {
                return Err(A::Error::custom("a member stands twice"));
            }
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use super::object;

    #[test]
    fn duplicates_trailing_bytes_and_depth_are_refused() {
        assert!(object(br#"{"a":{"b":[1,2.5,null,true,"x"]}}"#).is_some());
        for bad in [&br#"{"a":1,"a":1}"#[..], br#"{"a":{"b":1,"b":2}}"#, b"{} ,", b"[]", b"7", b"{\"a\":1e999}"] {
            assert!(object(bad).is_none(), "{}", String::from_utf8_lossy(bad));
        }
        let deep = |depth: usize| format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(object(deep(31).as_bytes()).is_some());
        assert!(object(deep(32).as_bytes()).is_none());
        assert!(object(deep(100_000).as_bytes()).is_none());
    }
}
