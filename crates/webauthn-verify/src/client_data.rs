//! What the browser says of a ceremony (WebAuthn §5.8.1).

use identity_kernel::strict_json;
use serde_json::{Map, Value};

use crate::base64url;
use crate::refused::{Malformed, Refused};

/// The longest client data that are read, in bytes.
const LONGEST: usize = 8192;

/// The members of `clientDataJSON` that are checked. Others may stand beside them.
#[derive(Debug)]
pub(crate) struct ClientData {
    pub(crate) kind: String,
    pub(crate) challenge: Vec<u8>,
    pub(crate) origin: String,
    pub(crate) cross_origin: bool,
    pub(crate) top_origin: Option<String>,
}

impl ClientData {
    pub(crate) fn read(json: &[u8]) -> Result<Self, Refused> {
        let object = if json.len() <= LONGEST { strict_json::object(json) } else { None };
        object.and_then(|object| Self::of(&object)).ok_or(Refused::Malformed(Malformed::ClientData))
    }

    fn of(object: &Map<String, Value>) -> Option<Self> {
        let text = |name| object.get(name).and_then(Value::as_str);
        Some(Self {
            kind: text("type")?.to_owned(),
            challenge: base64url::read(text("challenge")?)?,
            origin: text("origin")?.to_owned(),
            cross_origin: object.get("crossOrigin").map_or(Some(false), Value::as_bool)?,
            top_origin: match object.get("topOrigin") {
                None => None,
                Some(top) => Some(top.as_str()?.to_owned()),
            },
        })
    }
}
