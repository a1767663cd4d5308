//! What a service provider demands of a response.

use identity_kernel::time::CLOCK_SKEW_SECONDS;

use crate::refused::Refused;
use crate::signing_key::SigningKey;

/// Which request a response must answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Answers<'a> {
    /// None: the identity provider began (SAML Profiles §4.1.5).
    Nothing,
    /// The one of this id.
    Request(&'a str),
    /// Any or none: for who cannot know, because others send the requests. A stolen response is then as good as an own one
    /// until it is used.
    Anything,
}

impl Answers<'_> {
    /// Holds an `InResponseTo` to the request.
    pub(crate) fn judge(self, answered: Option<&str>) -> Result<(), Refused> {
        let sound = match self {
            Self::Nothing => answered.is_none(),
            Self::Request(id) => answered == Some(id),
            Self::Anything => true,
        };
        if sound { Ok(()) } else { Err(Refused::ResponseTo) }
    }
}

/// What a service provider demands of a response.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The identity provider's entity id.
    pub issuer: &'a str,
    /// Its keys, from its metadata. Without any, every response is refused.
    pub keys: &'a [SigningKey],
    /// The names of the service provider: a response must be for one of them.
    pub audiences: &'a [&'a str],
    /// The addresses at which it takes responses: `Recipient` and `Destination` must each be one of them.
    pub recipients: &'a [&'a str],
    /// The request.
    pub answers: Answers<'a>,
    /// How far the provider's clock may differ, in seconds: from 0 to 60; what is more or less counts as the end of that range.
    pub skew_seconds: i64,
}

impl Expected<'_> {
    pub(crate) fn skew(&self) -> i64 {
        self.skew_seconds.clamp(0, CLOCK_SKEW_SECONDS)
    }
}
