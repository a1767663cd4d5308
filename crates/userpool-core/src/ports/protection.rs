use std::net::IpAddr;

use async_trait::async_trait;

use crate::error::Error;
use crate::model::password;
use crate::model::sign_in_history::Place;

/// Knows passwords that have become public.
///
/// # Contract
///
/// - A password is named by its SHA-1, as the lists of such passwords name theirs; it is normalised before
///   ([`password::normalized`]).
/// - Nothing of it leaves the machine.
#[async_trait]
pub trait BreachedPasswords: Send + Sync {
    /// Whether the password of this hash is known.
    async fn knows(&self, sha1: &[u8; 20]) -> Result<bool, BreachesUnreadable>;
}

/// Passwords that have become public could not be looked up.
#[derive(Debug, thiserror::Error)]
#[error("the list of breached passwords cannot be read")]
pub struct BreachesUnreadable(#[source] pub Box<dyn std::error::Error + Send + Sync>);

impl From<BreachesUnreadable> for Error {
    fn from(error: BreachesUnreadable) -> Self {
        Self::internal("looking a password up among breached ones", error)
    }
}

/// Knows the passwords that most people choose, and no others: what is built in.
#[derive(Clone, Copy, Debug, Default)]
pub struct CommonPasswords;

#[async_trait]
impl BreachedPasswords for CommonPasswords {
    async fn knows(&self, sha1: &[u8; 20]) -> Result<bool, BreachesUnreadable> {
        Ok(password::is_common_sha1(sha1))
    }
}

/// Knows where on earth addresses are.
pub trait Places: Send + Sync {
    /// The place of this address; `None` if it is not known.
    fn place(&self, address: IpAddr) -> Option<Place>;
}

/// Knows no place.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPlaces;

impl Places for NoPlaces {
    fn place(&self, _: IpAddr) -> Option<Place> {
        None
    }
}
