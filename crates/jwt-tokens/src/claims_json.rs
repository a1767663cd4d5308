//! The texts of claims: read more than once, fast where they are plain, and never with two meanings.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

mod plain;

use plain::PlainObject;
pub use plain::{PlainMember, Written};

/// How deep arrays and objects may nest.
const DEEPEST: usize = 32;

/// A text of JSON that is read more than once.
///
/// ```
/// use jwt_tokens::claims_json::Text;
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

/// From three of the name's bytes and its length. The factor gives the claims that user pools write a mark each; a
/// name whose mark is taken costs a few comparisons more, and nothing else (`docs/decisions/0015-shortcuts-of-the-token-reader.md`).
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
