use std::fmt;

use crypto_bigint::{U256, U512, U1024, U3072};
use ring::digest::{self, digest};
use zeroize::Zeroizing;

use crate::SrpError;
use crate::generator::{self, EXPONENT_BYTES};
use crate::group::{self, PRIME};
use crate::identity::Identity;
use crate::integer::{BYTES, from_bytes, from_hex, pad, strip, to_bytes, to_hex};
use crate::session_key::SessionKey;

/// A salt of any length, as an integer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Salt(Vec<u8>);

impl Salt {
    /// A salt of 16 random bytes.
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(strip(&bytes).to_vec())
    }

    /// A salt from hexadecimal text.
    ///
    /// # Errors
    ///
    /// [`SrpError::Malformed`] if it is empty, longer than 768 digits, or not hexadecimal.
    pub fn from_hex(text: &str) -> Result<Self, SrpError> {
        let bytes = from_hex(text).filter(|bytes| bytes.len() <= BYTES).ok_or(SrpError::Malformed)?;
        Ok(Self(strip(&bytes).to_vec()))
    }

    /// A salt from its bytes.
    ///
    /// # Errors
    ///
    /// [`SrpError::Malformed`] if it is empty or longer than 384 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SrpError> {
        let fits = (1..=BYTES).contains(&bytes.len());
        if fits { Ok(Self(strip(bytes).to_vec())) } else { Err(SrpError::Malformed) }
    }

    /// Lower-case hexadecimal, without leading zeros.
    pub fn to_hex(&self) -> String {
        to_hex(&self.0)
    }
}

/// `A` or `B`: what one side shows the other. Not zero modulo the prime.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicValue(U3072);

impl PublicValue {
    /// A value from hexadecimal text of either case, with or without leading zeros.
    ///
    /// # Errors
    ///
    /// [`SrpError::Malformed`] if it is empty, not hexadecimal, or longer than the prime; [`SrpError::Forbidden`] if
    /// it is zero modulo the prime: whoever sends that knows the key without the password.
    pub fn from_hex(text: &str) -> Result<Self, SrpError> {
        // The length is judged before anything is decoded: a megabyte of zeros is no number of this group either.
        if text.len() > 2 * BYTES + 2 {
            return Err(SrpError::Malformed);
        }
        let bytes = from_hex(text).ok_or(SrpError::Malformed)?;
        let significant = strip(&bytes);
        if significant.len() > BYTES {
            return Err(SrpError::Malformed);
        }
        // Below 2^3072, which is below twice the prime, only 0 and the prime itself are zero modulo the prime.
        let value = from_bytes(significant);
        if value == U3072::ZERO || value == *PRIME.as_ref() { Err(SrpError::Forbidden) } else { Ok(Self(value)) }
    }

    /// Lower-case hexadecimal, without leading zeros.
    pub fn to_hex(&self) -> String {
        to_hex(&to_bytes(&self.0))
    }

    fn padded(&self) -> Vec<u8> {
        pad(&to_bytes(&self.0))
    }
}

/// What a server keeps instead of the password: g to the power of the salted hash.
///
/// A guess against it costs one exponentiation, thousands of times less than Argon2id: it belongs under seal. Does
/// not print itself.
#[derive(Clone)]
pub struct Verifier(Zeroizing<Vec<u8>>);

impl Verifier {
    /// The verifier of a password.
    pub fn compute(identity: &Identity<'_>, password: &str, salt: &Salt) -> Self {
        let power = generator::power(&private_key(identity, password, salt));
        Self(Zeroizing::new(to_bytes(&power.retrieve())))
    }

    /// A verifier from its stored bytes.
    ///
    /// # Errors
    ///
    /// [`SrpError::Malformed`] unless there are just 384: hexadecimal text, say, or a record that was cut.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SrpError> {
        if bytes.len() == BYTES { Ok(Self(Zeroizing::new(bytes.to_vec()))) } else { Err(SrpError::Malformed) }
    }

    /// A verifier that a client has computed, as a big-endian integer with or without leading zeros.
    ///
    /// # Errors
    ///
    /// [`SrpError::Malformed`] if it is longer than the prime; [`SrpError::Forbidden`] for 0, 1 and what is not below the prime
    /// less 1: with these the key follows from what both sides show.
    pub fn from_client(bytes: &[u8]) -> Result<Self, SrpError> {
        let significant = strip(bytes);
        if significant.len() > BYTES {
            return Err(SrpError::Malformed);
        }
        let value = from_bytes(significant);
        let least = U3072::from_u8(2);
        let is_sound = value >= least && value < PRIME.as_ref().wrapping_sub(&U3072::ONE);
        if is_sound { Ok(Self(Zeroizing::new(to_bytes(&value)))) } else { Err(SrpError::Forbidden) }
    }

    /// Any 384 bytes in the place of a verifier: for somebody who is not there, so that answering takes as long as for
    /// somebody who is.
    pub fn pretended(bytes: [u8; BYTES]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// The 384 bytes to seal and store.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(..)")
    }
}

/// The server's answer to a client's `A`.
#[derive(Debug)]
pub struct ServerStep {
    /// `B`, for the client.
    pub public: PublicValue,
    /// The key that a client with the right password has too.
    pub key: SessionKey,
}

/// The server's secret exponent `b`, fresh for each sign-in: 256 random bits are enough (line 54) and three times as
/// fast as 1024; up to 1024 are taken. Does not print itself.
pub struct ServerSecret(Zeroizing<Vec<u8>>);

impl ServerSecret {
    /// A secret from fresh random bytes.
    pub fn new<const N: usize>(bytes: [u8; N]) -> Self {
        const { assert!(N >= 32 && N <= 128, "a secret has 256 to 1024 bits") };
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// A secret from hexadecimal text, as transcripts have it. Leading zeros may be absent; the exponentiations take as long
    /// as for the shortest secret that it fits into, 256 bits or 1024.
    ///
    /// # Errors
    ///
    /// [`SrpError::Malformed`] if it is empty, not hexadecimal, or longer than 1024 bits.
    pub fn from_hex(text: &str) -> Result<Self, SrpError> {
        let secret = secret_from_hex(text)?;
        let short = secret.get(96..).filter(|_| secret.iter().take(96).all(|byte| *byte == 0));
        Ok(Self(Zeroizing::new(short.unwrap_or(secret.as_slice()).to_vec())))
    }

    /// `B` for the client, and the session key already: all that is left is to see the client's proof.
    ///
    /// Three exponentiations in constant time, each as long as its exponent; that of the generator takes a fifth of another's
    /// where the secret has 256 bits.
    ///
    /// # Errors
    ///
    /// [`SrpError::Forbidden`] if the scrambling parameter or `B` is zero, which happens to nobody by chance.
    pub fn respond(&self, verifier: &Verifier, client: &PublicValue) -> Result<ServerStep, SrpError> {
        let b = from_bytes(&self.0);
        let bits = u32::try_from(self.0.len() * 8).unwrap_or(u32::MAX);
        let v = group::element(&from_bytes(verifier.expose()));
        let power = match self.0.as_slice().try_into() {
            Ok(short) => generator::power(short),
            Err(_) => group::generator().pow_bounded_exp(&b, bits),
        };
        let public = PublicValue((group::multiplier() * v + power).retrieve());
        if public.0 == U3072::ZERO {
            return Err(SrpError::Forbidden);
        }
        let u = scramble(client, &public)?;
        let shared = (group::element(&client.0) * v.pow(&u)).pow_bounded_exp(&b, bits).retrieve();
        Ok(ServerStep { public, key: SessionKey::derive(&u, &to_bytes(&shared)) })
    }
}

impl fmt::Debug for ServerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerSecret(..)")
    }
}

/// The client's secret exponent `a`: up to 1024 fresh random bits. Does not print itself.
pub struct ClientSecret(Zeroizing<[u8; 128]>);

impl ClientSecret {
    /// A secret from fresh random bytes.
    pub fn new(bytes: [u8; 128]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A secret from hexadecimal text, as transcripts have it. Leading zeros may be absent.
    ///
    /// # Errors
    ///
    /// [`SrpError::Malformed`] if it is empty, not hexadecimal, or longer than 1024 bits.
    pub fn from_hex(text: &str) -> Result<Self, SrpError> {
        secret_from_hex(text).map(Self)
    }

    /// `A`, for the server.
    pub fn public_value(&self) -> PublicValue {
        PublicValue(group::generator().pow(&U1024::from_be_slice(self.0.as_slice())).retrieve())
    }

    /// The key that the server has too, if the password is right.
    ///
    /// # Errors
    ///
    /// [`SrpError::Forbidden`] if the scrambling parameter is zero.
    pub fn session_key(
        &self,
        identity: &Identity<'_>,
        password: &str,
        salt: &Salt,
        server: &PublicValue,
    ) -> Result<SessionKey, SrpError> {
        let u = scramble(&self.public_value(), server)?;
        let x = private_key(identity, password, salt);
        let base = group::element(&server.0) - group::multiplier() * generator::power(&x);
        let a: U3072 = from_bytes(self.0.as_slice());
        let product: U512 = u.concatenating_mul(&U256::from_be_slice(x.as_slice()));
        let exponent = a.wrapping_add(&from_bytes(product.to_be_bytes().as_ref()));
        let shared = base.pow_bounded_exp(&exponent, 1025).retrieve();
        Ok(SessionKey::derive(&u, &to_bytes(&shared)))
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

fn secret_from_hex(text: &str) -> Result<Zeroizing<[u8; 128]>, SrpError> {
    let bytes = Zeroizing::new(from_hex(text).ok_or(SrpError::Malformed)?);
    let significant = strip(&bytes);
    let mut secret = Zeroizing::new([0; 128]);
    let from = secret.len().checked_sub(significant.len()).ok_or(SrpError::Malformed)?;
    for (to, from) in secret.iter_mut().skip(from).zip(significant) {
        *to = *from;
    }
    Ok(secret)
}

/// x = H(pad(salt) || H(pool name || user id || ":" || password)).
#[expect(clippy::expect_used, reason = "SHA-256 has 32 bytes")]
fn private_key(identity: &Identity<'_>, password: &str, salt: &Salt) -> Zeroizing<[u8; EXPONENT_BYTES]> {
    let mut inner = digest::Context::new(&digest::SHA256);
    for part in [identity.pool_name, identity.user_id, ":", password] {
        inner.update(part.as_bytes());
    }
    let mut outer = digest::Context::new(&digest::SHA256);
    outer.update(&pad(&salt.0));
    outer.update(inner.finish().as_ref());
    // INVARIANT: what SHA-256 gives has 32 bytes.
    Zeroizing::new(outer.finish().as_ref().try_into().expect("SHA-256 has 32 bytes"))
}

/// u = H(pad(A) || pad(B)), not zero.
fn scramble(client: &PublicValue, server: &PublicValue) -> Result<U256, SrpError> {
    let hash = digest(&digest::SHA256, &[client.padded(), server.padded()].concat());
    scrambling(U256::from_be_slice(hash.as_ref()))
}

/// u, if it is not zero: a server that took zero would accept a client without the password (RFC 5054 §2.5.4).
fn scrambling(u: U256) -> Result<U256, SrpError> {
    if u == U256::ZERO { Err(SrpError::Forbidden) } else { Ok(u) }
}

#[cfg(test)]
mod tests;
