//! What a relying party expects of every response.

use crate::client_data::ClientData;
use crate::origin::{Origin, RelyingPartyId};
use crate::public_key::Algorithm;
use crate::refused::Refused;

/// Whether the authenticator must verify the user, by PIN or biometrics.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum UserVerification {
    /// A response without is refused.
    Required,
    /// A response without is taken; whether the user was verified stands in the outcome.
    Preferred,
}

impl UserVerification {
    /// Its name in options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Preferred => "preferred",
        }
    }
}

/// What a relying party expects of a response.
#[derive(Clone, Debug)]
pub struct Expected<'a> {
    /// The challenge that was put into the options: 16 random bytes at least, used once.
    pub challenge: &'a [u8],
    /// The relying party.
    pub relying_party: &'a RelyingPartyId,
    /// Origins that pages may have besides `https://` and the relying party's domain or one below it.
    pub other_origins: &'a [Origin],
    /// Origins of pages in whose frames a page may stand. A page in a frame of another origin is refused, and so is one whose
    /// browser does not say in whose frame it stands.
    pub framing_origins: &'a [Origin],
    /// Whether the user must be verified.
    pub user_verification: UserVerification,
    /// The algorithms that were offered. A registration of any other is refused.
    pub algorithms: &'a [Algorithm],
}

impl Expected<'_> {
    /// Checks what the browser says.
    pub(crate) fn check(&self, client_data: &ClientData, kind: &str) -> Result<(), Refused> {
        if client_data.kind != kind {
            return Err(Refused::Type);
        }
        if client_data.challenge != self.challenge || self.challenge.len() < 16 {
            return Err(Refused::Challenge);
        }
        let named = |origins: &[Origin], origin: &str| origins.iter().any(|named| named.as_str() == origin);
        let origin = client_data.origin.as_str();
        if !self.relying_party.is_home_of(origin) && !named(self.other_origins, origin) {
            return Err(Refused::Origin);
        }
        let framed = client_data.cross_origin || client_data.top_origin.is_some();
        let by_named = client_data.top_origin.as_deref().is_some_and(|top| named(self.framing_origins, top));
        if framed && !by_named { Err(Refused::CrossOrigin) } else { Ok(()) }
    }
}
