//! Temporary credentials as their holder has them.

use identity_kernel::secret::SecretString;
use identity_kernel::time::Timestamp;

/// The longest session token that is made or looked at, in characters.
pub(crate) const LONGEST_TOKEN: usize = 32 * 1024;

/// Temporary credentials.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// `ASIA` and 16 characters, and 32 more for each time they were narrowed.
    pub access_key_id: String,
    /// 40 characters.
    pub secret: SecretString,
    /// What the session is, sealed.
    pub session_token: SecretString,
    /// When they die.
    pub expires_at: Timestamp,
}

impl Credentials {
    /// How much of the longest session token (32 KiB) theirs is, in percent, rounded up.
    pub fn token_percent(&self) -> usize {
        (self.session_token.expose().len() * 100).div_ceil(LONGEST_TOKEN)
    }
}

/// The number of the vending key that vended this access key id.
pub(crate) fn number_of(access_key_id: &str) -> Option<&str> {
    access_key_id.strip_prefix("ASIA")?.get(..2)
}
