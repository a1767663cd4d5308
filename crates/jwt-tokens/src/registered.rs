//! The claims that are checked, read from the payload in one pass that borrows.

use std::borrow::Cow;
use std::fmt;

use crate::claims_json::{self, PlainMember, Skip};
use identity_kernel::time::Timestamp;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

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
    groups: Texts<'a>,
    audience: Texts<'a>,
}

impl<'a> Registered<'a> {
    pub(crate) fn read(payload: &'a claims_json::Text) -> Result<Self, TokenError> {
        let picked = payload.plain_members().and_then(Self::pick);
        picked.or_else(|| payload.read()).ok_or(TokenError::Malformed)
    }

    /// The claims among these members.
    fn pick(members: impl Iterator<Item = PlainMember<'a>>) -> Option<Self> {
        let mut claims = Self::default();
        for member in members {
            let Some(claim) = Claim::named(member.name()) else { continue };
            Slot { claims: &mut claims, claim }.deserialize(member.value()).ok()?;
        }
        Some(claims)
    }

    /// `aud`, if it names just one.
    pub(crate) fn only_audience(&self) -> Option<&str> {
        match self.audience.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// Every name in `aud`.
    pub(crate) fn audience(&self) -> &[Cow<'a, str>] {
        self.audience.as_slice()
    }

    /// The groups in `cognito:groups`.
    pub(crate) fn groups(&self) -> &[Cow<'a, str>] {
        self.groups.as_slice()
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
        let mut names = claims_json::Names::new();
        while let Some(Text(name)) = members.next_key()? {
            match Claim::named(name.as_bytes()) {
                Some(claim) => members.next_value_seed(Slot { claims: &mut claims, claim })?,
                None => members.next_value_seed(Skip::at_the_top())?,
            }
            names.add(name).map_err(A::Error::custom)?;
        }
        Ok(claims)
    }
}

/// Which of the claims it is.
#[derive(Clone, Copy)]
enum Claim {
    Issuer,
    Expires,
    NotBefore,
    IssuedAt,
    TokenUse,
    Client,
    Scope,
    Groups,
    Audience,
}

impl Claim {
    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"iss" => Self::Issuer,
            b"exp" => Self::Expires,
            b"nbf" => Self::NotBefore,
            b"iat" => Self::IssuedAt,
            b"token_use" => Self::TokenUse,
            b"client_id" => Self::Client,
            b"scope" => Self::Scope,
            b"cognito:groups" => Self::Groups,
            b"aud" => Self::Audience,
            _ => return None,
        })
    }
}

/// Where a claim's value goes.
struct Slot<'c, 'a> {
    claims: &'c mut Registered<'a>,
    claim: Claim,
}

impl<'de> DeserializeSeed<'de> for Slot<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, value: D) -> Result<(), D::Error> {
        let claims = self.claims;
        let text = |value: D| Text::deserialize(value).map(|Text(text)| Some(text));
        match self.claim {
            Claim::Issuer => claims.iss = text(value)?,
            Claim::Expires => claims.exp = Some(NumericDate::deserialize(value)?),
            Claim::NotBefore => claims.nbf = Some(NumericDate::deserialize(value)?),
            Claim::IssuedAt => claims.iat = Some(NumericDate::deserialize(value)?),
            Claim::TokenUse => claims.token_use = text(value)?,
            Claim::Client => claims.client_id = text(value)?,
            Claim::Scope => claims.scope = text(value)?,
            Claim::Groups => claims.groups = Texts::deserialize(value)?,
            Claim::Audience => claims.audience = Texts::deserialize(value)?,
        }
        Ok(())
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
#[derive(Debug)]
enum Texts<'a> {
    One([Cow<'a, str>; 1]),
    Many(Vec<Cow<'a, str>>),
}

impl<'a> Texts<'a> {
    fn as_slice(&self) -> &[Cow<'a, str>] {
        match self {
            Self::One(one) => one,
            Self::Many(many) => many,
        }
    }
}

impl Default for Texts<'_> {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl<'de> Deserialize<'de> for Texts<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextsVisitor)
    }
}

struct TextsVisitor;

impl<'de> Visitor<'de> for TextsVisitor {
    type Value = Texts<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or texts")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Texts::One([Cow::Borrowed(text)]))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Texts::One([Cow::Owned(text.to_owned())]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while let Some(Text(text)) = items.next_element()? {
            texts.push(text);
        }
        Ok(Texts::Many(texts))
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
