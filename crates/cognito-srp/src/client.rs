use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use identity_kernel::time::Timestamp;

use crate::SrpError;
use crate::identity::Identity;
use crate::parties::{ClientSecret, PublicValue, Salt};
use crate::timestamp::write_timestamp;

/// A client that signs in to a user pool, in two steps: [`srp_a`](Self::srp_a) goes with `InitiateAuth`, and
/// [`prove`](Self::prove) answers the challenge `PASSWORD_VERIFIER` that comes back. For one sign-in.
#[derive(Debug)]
pub struct Client {
    pool_name: String,
    secret: ClientSecret,
}

/// The parameters of a challenge `PASSWORD_VERIFIER`, as they arrive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Challenge<'a> {
    /// `USER_ID_FOR_SRP`.
    pub user_id_for_srp: &'a str,
    /// `SALT`, hexadecimal.
    pub salt: &'a str,
    /// `SRP_B`, hexadecimal.
    pub srp_b: &'a str,
    /// `SECRET_BLOCK`, Base64.
    pub secret_block: &'a str,
}

/// What goes back, beside `USERNAME` and the challenge's own `SECRET_BLOCK`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Proof {
    /// `PASSWORD_CLAIM_SIGNATURE`.
    pub signature: String,
    /// `TIMESTAMP`.
    pub timestamp: String,
}

impl Client {
    /// A client of the pool of this id, `eu-west-1_Ab3dEf9hJ`, with 128 fresh random bytes.
    ///
    /// # Errors
    ///
    /// [`SrpError::Malformed`] if the id has no underscore.
    pub fn new(pool_id: &str, random: [u8; 128]) -> Result<Self, SrpError> {
        let (_, pool_name) = pool_id.split_once('_').ok_or(SrpError::Malformed)?;
        Ok(Self { pool_name: pool_name.to_owned(), secret: ClientSecret::new(random) })
    }

    /// `SRP_A`.
    pub fn srp_a(&self) -> String {
        self.secret.public_value().to_hex()
    }

    /// The answer of somebody who knows the password, at this time.
    ///
    /// # Errors
    ///
    /// [`SrpError`] if a value of the challenge is malformed or forbidden. Whether the password was right, the server tells.
    pub fn prove(&self, challenge: &Challenge<'_>, password: &str, now: Timestamp) -> Result<Proof, SrpError> {
        let identity = Identity { pool_name: &self.pool_name, user_id: challenge.user_id_for_srp };
        let (salt, server) = (Salt::from_hex(challenge.salt)?, PublicValue::from_hex(challenge.srp_b)?);
        let block = STANDARD.decode(challenge.secret_block).map_err(|_| SrpError::Malformed)?;
        let key = self.secret.session_key(&identity, password, &salt, &server)?;
        let timestamp = write_timestamp(now);
        Ok(Proof { signature: key.sign(&identity, &block, &timestamp), timestamp })
    }
}
