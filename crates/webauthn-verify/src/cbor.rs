//! CBOR as authenticators write it (CTAP 2 canonical form): definite lengths, no tags, no floats, no key twice, shallow.

use minicbor::Decoder;
use minicbor::data::Type;

/// How deep arrays and maps may nest. CTAP 2 allows four levels.
const DEEPEST: u8 = 4;

/// How many values one item may hold, counting those within others.
const MOST_VALUES: usize = 512;

/// A value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Value {
    Integer(i64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Value>),
    Map(Map),
    Bool(bool),
    Null,
}

/// A map, no key twice.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Map(Vec<(Value, Value)>);

impl Map {
    /// The value under a text.
    pub(crate) fn named(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(key, _)| matches!(key, Value::Text(text) if text == name)).map(|(_, value)| value)
    }

    /// The value under a number.
    pub(crate) fn numbered(&self, number: i64) -> Option<&Value> {
        self.0.iter().find(|(key, _)| *key == Value::Integer(number)).map(|(_, value)| value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The map that `bytes` begin with, and what follows it.
pub(crate) fn map(bytes: &[u8]) -> Option<(Map, &[u8])> {
    let mut reader = Reader { decoder: Decoder::new(bytes), left: MOST_VALUES };
    let Value::Map(map) = reader.value(0)? else { return None };
    Some((map, bytes.get(reader.decoder.position()..)?))
}

struct Reader<'a> {
    decoder: Decoder<'a>,
    left: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: u8) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        let decoder = &mut self.decoder;
        match decoder.datatype().ok()? {
            Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::I8 | Type::I16 | Type::I32 | Type::I64 => {
                decoder.i64().ok().map(Value::Integer)
            }
            Type::Bytes => decoder.bytes().ok().map(|bytes| Value::Bytes(bytes.to_vec())),
            Type::String => decoder.str().ok().map(|text| Value::Text(text.to_owned())),
            Type::Bool => decoder.bool().ok().map(Value::Bool),
            Type::Null => decoder.null().ok().map(|()| Value::Null),
            Type::Array => self.array(deeper(depth)?),
            Type::Map => self.map(deeper(depth)?),
            _ => None,
        }
    }

    fn array(&mut self, depth: u8) -> Option<Value> {
        let length = self.decoder.array().ok()??;
        // What is announced is not made room for: it may be more than there is.
        let mut values = Vec::new();
        for _ in 0..length {
            values.push(self.value(depth)?);
        }
        Some(Value::Array(values))
    }

    fn map(&mut self, depth: u8) -> Option<Value> {
        let length = self.decoder.map().ok()??;
        let mut entries: Vec<(Value, Value)> = Vec::new();
        for _ in 0..length {
            let key = self.value(depth)?;
            let simple = matches!(key, Value::Integer(_) | Value::Text(_));
            if !simple || entries.iter().any(|(other, _)| *other == key) {
                return None;
            }
            let value = self.value(depth)?;
            entries.push((key, value));
        }
        Some(Value::Map(Map(entries)))
    }
}

fn deeper(depth: u8) -> Option<u8> {
    (depth < DEEPEST).then_some(depth + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_71_malformed_cbor_is_no_map() {
        let cases: [(&str, &[u8]); 10] = [
            ("nothing", b""),
            ("no map", b"\x01"),
            ("cut off", b"\xa1\x01"),
            ("a key twice", b"\xa2\x01\x02\x01\x03"),
            ("a key twice, once written longer", b"\xa2\x01\x02\x18\x01\x03"),
            ("a map of indefinite length", b"\xbf\x01\x02\xff"),
            ("a text of indefinite length", b"\xa1\x01\x7f\x61a\xff"),
            ("a tag", b"\xa1\x01\xc0\x61a"),
            ("five levels", b"\xa1\x01\x81\x81\x81\x81\x01"),
            ("more announced than there is", b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02"),
        ];

        for (name, bytes) in cases {
            assert_eq!(map(bytes), None, "{name}");
        }
        assert!(map(b"\xa1\x01\x81\x81\x81\x01").is_some(), "four levels");
    }

    #[test]
    fn line_71_no_item_holds_more_than_512_values() {
        let array = |items: usize| {
            let mut bytes = b"\xa1\x01\x99".to_vec();
            bytes.extend(u16::try_from(items).unwrap().to_be_bytes());
            bytes.extend(std::iter::repeat_n(0, items));
            bytes
        };

        // The map, the key and the array count too.
        assert!(map(&array(509)).is_some());
        assert_eq!(map(&array(510)), None);
    }

    #[test]
    fn what_follows_a_map_is_left_to_the_caller() {
        let (read, rest) = map(b"\xa1\x61a\x20rest").unwrap();

        assert_eq!(read.named("a"), Some(&Value::Integer(-1)));
        assert_eq!(rest, b"rest");
    }
}
