//! Secrets at rest: sealed with AEAD under a master key that lives outside the database.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::{hkdf, hmac};
use zeroize::Zeroizing;

use crate::entropy::{self, Entropy};

/// The key of keys: seals signing keys, SRP verifiers, client secrets and sign-in state, and keys the hashes of codes.
///
/// 32 bytes from outside the database. Each use names a purpose; keys of different purposes and of different uses are
/// unrelated (HKDF-SHA256, RFC 5869, whose `info` is the use, a line feed and the purpose). A purpose is part of every
/// value made under it: renaming one makes stored secrets unreadable. A sealed value is bound to its purpose and to a context, so it
/// does not open in another record's place.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// Random bytes that make each sealed value's key its own.
const SALT_LEN: usize = 16;

/// A sealed value did not open: wrong key, wrong place, or changed bytes. Which of them is not said.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DoesNotOpen;

impl fmt::Display for DoesNotOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the sealed value does not open")
    }
}

impl std::error::Error for DoesNotOpen {}

impl MasterKey {
    /// Wraps 32 bytes of key.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A fresh key.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::new(entropy::bytes(entropy))
    }

    /// Reads the form that [`to_text`](Self::to_text) writes: 43 characters of base64url. `None` for anything else.
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.trim()).ok()?);
        Some(Self::new(bytes.as_slice().try_into().ok()?))
    }

    /// The key as text, for the key file and nothing else.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(self.0.as_slice()))
    }

    /// An unrelated master key for one purpose: what a part of the system gets so that it cannot open the rest.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        Self(self.expand(&[], "derive", purpose))
    }

    /// HMAC-SHA256 of `data` under the key of `purpose`: for codes, tokens and names that must be found but not read.
    pub fn keyed_hash(&self, purpose: &str, data: &[u8]) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.expand(&[], "hash", purpose).as_slice());
        let mut out = [0; 32];
        for (to, from) in out.iter_mut().zip(hmac::sign(&key, data).as_ref()) {
            *to = *from;
        }
        out
    }

    /// Seals `plain` for `purpose`, bound to `context` (say the record's key).
    ///
    /// AES-256-GCM, with a key of its own for each value: a random salt of 16 bytes and a nonce of 12 stand in front, so
    /// that no number of values wears a key out. A value opens only with the same purpose and context.
    ///
    /// # Panics
    ///
    /// For a value of 64 GiB or more.
    #[expect(clippy::expect_used, reason = "no value of ours comes near the limit; documented")]
    pub fn seal(&self, entropy: &dyn Entropy, purpose: &str, context: &[u8], plain: &[u8]) -> Vec<u8> {
        let salt: [u8; SALT_LEN] = entropy::bytes(entropy);
        let nonce: [u8; NONCE_LEN] = entropy::bytes(entropy);
        let mut sealed = [&salt[..], &nonce, plain].concat();
        let body = sealed.get_mut(SALT_LEN + NONCE_LEN..).unwrap_or_default();
        let nonce = Nonce::assume_unique_for_key(nonce);
        // INVARIANT: AES-256-GCM seals anything below 64 GiB.
        let tag = self.aead(purpose, &salt).seal_in_place_separate_tag(nonce, Aad::from(context), body);
        sealed.extend_from_slice(tag.expect("a value of less than 64 GiB can be sealed").as_ref());
        sealed
    }

    /// Opens what [`seal`](Self::seal) made.
    ///
    /// # Errors
    ///
    /// [`DoesNotOpen`] if the key, purpose or context differs or a byte was changed.
    pub fn open(&self, purpose: &str, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        let (salt, rest) = sealed.split_first_chunk::<SALT_LEN>().ok_or(DoesNotOpen)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_LEN>().ok_or(DoesNotOpen)?;
        let mut body = Zeroizing::new(body.to_vec());
        let length = self
            .aead(purpose, salt)
            .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::from(context), body.as_mut_slice())
            .map_err(|_| DoesNotOpen)?
            .len();
        body.truncate(length);
        Ok(body)
    }

    #[expect(clippy::expect_used, reason = "a key of 32 bytes is one of AES-256")]
    fn aead(&self, purpose: &str, salt: &[u8; SALT_LEN]) -> LessSafeKey {
        // INVARIANT: the key is 32 bytes long, as AES-256 wants it.
        LessSafeKey::new(
            UnboundKey::new(&AES_256_GCM, self.expand(salt, "seal", purpose).as_slice()).expect("32 bytes"),
        )
    }

    /// HKDF-SHA256 (RFC 5869): 32 bytes for one use and purpose.
    #[expect(clippy::expect_used, reason = "HKDF-SHA256 gives up to 8160 bytes")]
    fn expand(&self, salt: &[u8], usage: &str, purpose: &str) -> Zeroizing<[u8; 32]> {
        let pseudorandom = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(self.0.as_slice());
        let info = [usage.as_bytes(), b"\n", purpose.as_bytes()];
        let mut out = Zeroizing::new([0; 32]);
        // INVARIANT: 32 bytes are asked for where 8160 can be had.
        pseudorandom
            .expand(&info, hkdf::HKDF_SHA256)
            .and_then(|bytes| bytes.fill(out.as_mut_slice()))
            .expect("HKDF gives 32 bytes");
        out
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;

    fn key() -> MasterKey {
        MasterKey::new([7; 32])
    }

    #[test]
    fn a_sealed_value_opens_in_its_own_place_only() {
        let sealed = key().seal(&SeededEntropy::new(1), "signing-key", b"pool-1", b"secret");

        assert_eq!(key().open("signing-key", b"pool-1", &sealed).unwrap().as_slice(), b"secret");
        assert_eq!(key().open("signing-key", b"pool-2", &sealed), Err(DoesNotOpen));
        assert_eq!(key().open("verifier", b"pool-1", &sealed), Err(DoesNotOpen));
        assert_eq!(MasterKey::new([8; 32]).open("signing-key", b"pool-1", &sealed), Err(DoesNotOpen));
    }

    #[test]
    fn every_changed_byte_and_every_truncation_is_refused() {
        let sealed = key().seal(&SeededEntropy::new(1), "p", b"c", b"secret");

        for at in 0..sealed.len() {
            let mut bent = sealed.clone();
            bent[at] ^= 1;
            assert_eq!(key().open("p", b"c", &bent), Err(DoesNotOpen));
            assert_eq!(key().open("p", b"c", &sealed[..at]), Err(DoesNotOpen));
        }
    }

    #[test]
    fn the_key_survives_its_text_form_and_never_prints() {
        let text = key().to_text();

        let read = MasterKey::from_text(&text).unwrap();

        assert_eq!(read.keyed_hash("p", b"d"), key().keyed_hash("p", b"d"));
        assert!(MasterKey::from_text("short").is_none());
        assert_eq!(format!("{read:?}"), "MasterKey(..)");
    }
}
