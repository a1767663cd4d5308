//! The claims that are checked, read from the payload in one pass that borrows.

use std::borrow::Cow;
use std::fmt;

use identity_kernel::strict_json::{self, Skip};
use identity_kernel::time::Timestamp;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::error::TokenError;

/// The claims of RFC 7519 §4.1 and of user pools that a verifier looks at. Every other claim is passed over, but held
/// to the rules of [`strict_json`].
#[derive(Debug, Default)]
pub(crate) struct Registered<'a> {
    pub(crate) iss: Option<Cow<'a, str>>,
    pub(crate) exp: Option<NumericDate>,
    pub(crate) nbf: Option<NumericDate>,
    pub(crate) iat: Option<NumericDate>,
    pub(crate) token_use: Option<Cow<'a, str>>,
    pub(crate) client_id: Option<Cow<'a, str>>,
    pub(crate) scope: Option<Cow<'a, str>>,
    pub(crate) groups: Vec<Cow<'a, str>>,
    audience: Vec<Cow<'a, str>>,
}

impl<'a> Registered<'a> {
    pub(crate) fn read(payload: &'a [u8]) -> Result<Self, TokenError> {
        strict_json::from_slice(payload).ok_or(TokenError::Malformed)
    }

    /// `aud`, if it names just one.
    pub(crate) fn only_audience(&self) -> Option<&str> {
        match self.audience.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Registered<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Claims)
    }
}

struct Claims;

impl<'de> Visitor<'de> for Claims {
    type Value = Registered<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("claims")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Registered<'de>, A::Error> {
        let mut claims = Registered::default();
        let mut names = strict_json::Names::new();
        while let Some(Text(name)) = members.next_key()? {
            let text = |members: &mut A| members.next_value().map(|Text(text)| Some(text));
            match name.as_ref() {
                "iss" => claims.iss = text(&mut members)?,
                "exp" => claims.exp = members.next_value().map(Some)?,
                "nbf" => claims.nbf = members.next_value().map(Some)?,
                "iat" => claims.iat = members.next_value().map(Some)?,
                "token_use" => claims.token_use = text(&mut members)?,
                "client_id" => claims.client_id = text(&mut members)?,
                "scope" => claims.scope = text(&mut members)?,
                "aud" => claims.audience = members.next_value().map(|Texts(texts)| texts)?,
                "cognito:groups" => claims.groups = members.next_value().map(|Texts(texts)| texts)?,
                _ => members.next_value_seed(Skip::at_the_top())?,
            }
            names.add(name).map_err(A::Error::custom)?;
        }
        Ok(claims)
    }
}

/// A text, borrowed where it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TextVisitor).map(Self)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// One text, or an array of texts.
struct Texts<'a>(Vec<Cow<'a, str>>);

impl<'de> Deserialize<'de> for Texts<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor).map(Self)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Vec<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or texts")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(vec![Cow::Borrowed(text)])
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(vec![Cow::Owned(text.to_owned())])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while let Some(Text(text)) = items.next_element()? {
            texts.push(text);
        }
        Ok(texts)
    }
}

/// A numeric date (RFC 7519 §2): a number from 0 to 2^53. Anything else makes the token invalid, never the claim absent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NumericDate(i64);

impl NumericDate {
    const LATEST: u64 = 1 << 53;

    pub(crate) fn time(self) -> Timestamp {
        Timestamp::from_epoch_millis(self.0)
    }
}

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DateVisitor)
    }
}

struct DateVisitor;

impl Visitor<'_> for DateVisitor {
    type Value = NumericDate;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number from 0 to 2^53")
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<NumericDate, E> {
        let seconds = i64::try_from(seconds).ok().filter(|_| seconds <= NumericDate::LATEST);
        let millis = seconds.and_then(|seconds| seconds.checked_mul(1000));
        millis.map(NumericDate).ok_or_else(|| E::custom("out of range"))
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "2^53 has an exact double, and the range is checked"
    )]
    fn visit_f64<E: Error>(self, seconds: f64) -> Result<NumericDate, E> {
        if !(0.0..=NumericDate::LATEST as f64).contains(&seconds) {
            return Err(E::custom("out of range"));
        }
        Ok(NumericDate((seconds * 1000.0) as i64))
    }
}
