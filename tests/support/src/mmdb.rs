//! Writes databases of MaxMind's form (version 2.0 of its specification): as little of it as places need.

use std::net::IpAddr;

use serde_json::{Value, json};

/// A database of places that is being written.
pub struct Mmdb {
    kind: String,
    nodes: Vec<[Record; 2]>,
    data: Vec<u8>,
}

#[derive(Clone, Copy)]
enum Record {
    Nothing,
    Node(usize),
    Data(usize),
}

/// Zeros between the tree and the data.
const SEPARATOR: usize = 16;

impl Mmdb {
    /// An empty one of a kind, as `GeoLite2-City`.
    pub fn new(kind: &str) -> Self {
        Self { kind: kind.to_owned(), nodes: vec![[Record::Nothing; 2]], data: Vec::new() }
    }

    /// The same with what is known of a network: `192.0.2.0` and 24, say. Networks may not overlap.
    #[must_use]
    pub fn with(mut self, network: &str, length: u8, known: &Value) -> Self {
        let (bits, length) = match network.parse().unwrap() {
            // IPv4 lies in ::/96.
            IpAddr::V4(address) => (u128::from(u32::from(address)), length + 96),
            IpAddr::V6(address) => (u128::from(address), length),
        };
        let data = Record::Data(self.data.len());
        encode(known, &mut self.data);
        let mut node = 0;
        for depth in 0..length {
            let bit = usize::from(bits >> (127 - depth) & 1 == 1);
            if depth + 1 == length {
                self.nodes[node][bit] = data;
                return self;
            }
            node = match self.nodes[node][bit] {
                Record::Node(next) => next,
                Record::Nothing => {
                    self.nodes.push([Record::Nothing; 2]);
                    let next = self.nodes.len() - 1;
                    self.nodes[node][bit] = Record::Node(next);
                    next
                }
                Record::Data(_) => panic!("networks overlap"),
            };
        }
        self
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        let count = self.nodes.len();
        let number = |record: &Record| match record {
            Record::Nothing => count,
            Record::Node(node) => *node,
            Record::Data(offset) => count + SEPARATOR + offset,
        };
        let mut bytes = Vec::new();
        for record in self.nodes.iter().flatten() {
            bytes.extend_from_slice(&u32::try_from(number(record)).unwrap().to_be_bytes()[1..]);
        }
        bytes.extend([0; SEPARATOR]);
        bytes.extend_from_slice(&self.data);
        bytes.extend_from_slice(b"\xab\xcd\xefMaxMind.com");
        let metadata = json!({
            "binary_format_major_version": 2,
            "binary_format_minor_version": 0,
            "build_epoch": 1_793_696_707,
            "database_type": self.kind,
            "description": {"en": "for tests"},
            "ip_version": 6,
            "languages": ["en"],
            "node_count": count,
            "record_size": 24,
        });
        encode(&metadata, &mut bytes);
        bytes
    }
}

/// What City databases say of a place, by the names of its country and its city, and its position.
pub fn city(country: &str, city: &str, [latitude, longitude]: [f64; 2]) -> Value {
    json!({
        "city": {"names": {"en": city}},
        "country": {"iso_code": "XX", "names": {"en": country}},
        "location": {"accuracy_radius": 20, "latitude": latitude, "longitude": longitude},
    })
}

const TEXT: u8 = 2;
const DOUBLE: u8 = 3;
const SHORT: u8 = 5;
const LONG: u8 = 6;
const MAP: u8 = 7;
const VERY_LONG: u8 = 9;
const ARRAY: u8 = 11;

fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::String(text) => {
            control(TEXT, text.len(), out);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Number(number) if number.is_f64() => {
            control(DOUBLE, 8, out);
            out.extend_from_slice(&number.as_f64().unwrap().to_be_bytes());
        }
        Value::Number(_) => whole(SHORT, value, out),
        Value::Object(members) => {
            control(MAP, members.len(), out);
            for (name, member) in members {
                encode(&Value::from(name.as_str()), out);
                match name.as_str() {
                    "build_epoch" => whole(VERY_LONG, member, out),
                    "node_count" => whole(LONG, member, out),
                    _ => encode(member, out),
                }
            }
        }
        Value::Array(items) => {
            control(ARRAY, items.len(), out);
            for item in items {
                encode(item, out);
            }
        }
        Value::Bool(_) | Value::Null => panic!("places have none"),
    }
}

/// A whole number of this kind, without zeros in front.
fn whole(kind: u8, number: &Value, out: &mut Vec<u8>) {
    let number = number.as_u64().unwrap();
    let bytes = &number.to_be_bytes()[(number.leading_zeros() / 8) as usize..];
    control(kind, bytes.len(), out);
    out.extend_from_slice(bytes);
}

/// What kind of value follows, and how long it is.
fn control(kind: u8, length: usize, out: &mut Vec<u8>) {
    let length = u8::try_from(length).unwrap();
    let (short, more) = if length < 29 { (length, None) } else { (29, Some(length - 29)) };
    if kind > MAP {
        out.extend([short, kind - 7]);
    } else {
        out.push(kind << 5 | short);
    }
    out.extend(more);
}
