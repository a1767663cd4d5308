//! JSON read without forgiveness: no member twice, nothing behind the end, no deeper than 32. For tokens and policies, where
//! two readers must never see two meanings.

use std::fmt;

use serde_core::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How deep arrays and objects may nest.
const DEEPEST: usize = 32;

/// Where a text stops being one strict JSON object, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// From 1 on; 0 if the fault is no place in the text.
    pub line: usize,
    /// From 1 on; 0 if the fault lies before the first character.
    pub column: usize,
    /// What is wrong, in words for people.
    pub cause: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, column, cause } = self;
        write!(f, "line {line}, column {column}: {cause}")
    }
}

impl std::error::Error for Fault {}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let cause = text.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&text).to_owned();
        Self { line, column, cause }
    }
}

/// The object that `json` holds, or `None` if it is anything but one strict JSON object.
pub fn object(json: &[u8]) -> Option<Map<String, Value>> {
    read_object(json).ok()
}

/// The object that `json` holds.
///
/// # Errors
///
/// [`Fault`] if it is anything but one strict JSON object.
pub fn read_object(json: &[u8]) -> Result<Map<String, Value>, Fault> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = Strict(DEEPEST).deserialize(&mut deserializer)?;
    deserializer.end()?;
    match value {
        Value::Object(object) => Ok(object),
        _ => Err(Fault { line: 1, column: 1, cause: "not an object".to_owned() }),
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
    use super::{object, read_object};

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

    #[test]
    fn a_fault_has_a_place_and_a_cause() {
        let fault = read_object(b"{\"a\": 1,\n \"a\": 2}").unwrap_err();
        assert_eq!((fault.line, fault.cause.as_str()), (2, "a member stands twice"));
        assert_eq!(read_object(b"[]").unwrap_err().to_string(), "line 1, column 1: not an object");
    }
}
