use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_bigint::U256;
use identity_kernel::secret::constant_time_eq;
use ring::{hkdf, hmac};
use zeroize::Zeroizing;

use crate::identity::Identity;
use crate::integer::pad;

/// The 16 bytes that both sides have if the password is right. Does not print itself.
#[derive(Clone)]
pub struct SessionKey(Zeroizing<[u8; 16]>);

/// How much is derived.
struct SixteenBytes;

impl hkdf::KeyType for SixteenBytes {
    fn len(&self) -> usize {
        16
    }
}

impl SessionKey {
    /// HKDF-SHA256 (RFC 5869) with pad(u) as salt, pad(S) as input and `Caldera Derived Key` as info.
    #[expect(clippy::expect_used, reason = "HKDF gives 16 bytes")]
    pub(crate) fn derive(u: &U256, shared: &[u8]) -> Self {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &pad(u.to_be_bytes().as_ref()));
        let mut key = Zeroizing::new([0; 16]);
        // INVARIANT: 16 bytes are asked for where HKDF-SHA256 has up to 8160.
        salt.extract(&pad(shared))
            .expand(&[b"Caldera Derived Key"], SixteenBytes)
            .and_then(|bytes| bytes.fill(key.as_mut_slice()))
            .expect("HKDF gives 16 bytes");
        Self(key)
    }

    /// A key that was sealed between two steps.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, to be sealed between two steps.
    pub fn expose(&self) -> &[u8; 16] {
        &self.0
    }

    /// `PASSWORD_CLAIM_SIGNATURE`: Base64 of the HMAC over pool name, user id, secret block and timestamp.
    ///
    /// `secret_block` is the *decoded* `SECRET_BLOCK`, which travels as Base64; what comes out travels as it is. `timestamp` is
    /// the very text of `TIMESTAMP`.
    pub fn sign(&self, identity: &Identity<'_>, secret_block: &[u8], timestamp: &str) -> String {
        STANDARD.encode(self.mac(identity, secret_block, timestamp).as_ref())
    }

    /// Whether `signature` is what [`sign`](Self::sign) gives, compared in constant time.
    ///
    /// It does not judge the timestamp: how old a proof may be (see [`parse_timestamp`](crate::parse_timestamp)), and that a
    /// secret block is answered once, is the server's to say.
    pub fn accepts(&self, signature: &str, identity: &Identity<'_>, secret_block: &[u8], timestamp: &str) -> bool {
        let given = STANDARD.decode(signature).unwrap_or_default();
        constant_time_eq(self.mac(identity, secret_block, timestamp).as_ref(), &given)
    }

    fn mac(&self, identity: &Identity<'_>, secret_block: &[u8], timestamp: &str) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice()));
        for part in [identity.pool_name.as_bytes(), identity.user_id.as_bytes(), secret_block, timestamp.as_bytes()] {
            context.update(part);
        }
        context.sign()
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}
