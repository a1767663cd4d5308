//! Whether a key is one of its family, and not one that can be broken. Asked here and not of the backends, which differ:
//! ring looks at a point only when it checks a signature and takes an RSA key whose private exponent is another, and neither
//! of the two minds an Ed25519 key of a small subgroup.

use crypto_bigint::{BoxedUint, ConcatenatingMul, NonZero};
use curve25519_dalek::edwards::CompressedEdwardsY;
use curve25519_dalek::traits::IsIdentity;

use crate::algorithm::Family;
use crate::backend::Public;
use crate::error::KeyError;
use crate::roca;

/// The key without zeros in front, if it is one of its family and not weak.
pub(crate) fn sound(family: Family, public: Public) -> Result<Public, KeyError> {
    match (&public, family) {
        (Public::Rsa { n, e }, Family::Rsa) => return rsa(n, e),
        (Public::Ec(point), Family::P256) => {
            on_curve(point, 65, |point| p256::PublicKey::from_sec1_bytes(point).is_ok())?;
        }
        (Public::Ec(point), Family::P384) => {
            on_curve(point, 97, |point| p384::PublicKey::from_sec1_bytes(point).is_ok())?;
        }
        (Public::Ed(key), Family::Ed25519) => edwards(key)?,
        _ => return Err(KeyError::OtherAlgorithm),
    }
    Ok(public)
}

fn rsa(n: &[u8], e: &[u8]) -> Result<Public, KeyError> {
    let strip = |bytes: &[u8]| -> Option<Vec<u8>> {
        let at = bytes.iter().position(|byte| *byte != 0)?;
        bytes.get(at..).map(<[u8]>::to_vec)
    };
    let (n, e) = (strip(n).ok_or(KeyError::Weak)?, strip(e).ok_or(KeyError::Weak)?);
    let odd = |bytes: &[u8]| bytes.last().is_some_and(|byte| byte % 2 == 1);
    let bits = n.len() * 8 - n.first().map_or(0, |byte| byte.leading_zeros() as usize);
    let sound = (2048..=8192).contains(&bits) && odd(&n) && odd(&e) && e != [1] && e.len() <= 4 && !roca::marked(&n);
    sound.then_some(Public::Rsa { n, e }).ok_or(KeyError::Weak)
}

/// An uncompressed point (`04 || x || y`, SEC 1 §2.3.4) of this many bytes.
fn on_curve(point: &[u8], length: usize, is_key: impl Fn(&[u8]) -> bool) -> Result<(), KeyError> {
    if point.len() != length || point.first() != Some(&4) {
        return Err(KeyError::Unreadable);
    }
    if is_key(point) { Ok(()) } else { Err(KeyError::OffCurve) }
}

/// A point in its one encoding (RFC 8032 §5.1.3). Honest keys lie in the large subgroup; under a key of a small one a
/// signature can be made that fits many messages, under the identity all.
fn edwards(key: &[u8]) -> Result<(), KeyError> {
    let encoded = CompressedEdwardsY::from_slice(key).map_err(|_| KeyError::Unreadable)?;
    let point = encoded.decompress().filter(|point| point.compress() == encoded).ok_or(KeyError::OffCurve)?;
    if point.is_torsion_free() && !point.is_identity() { Ok(()) } else { Err(KeyError::Weak) }
}

/// Whether the numbers of an RSA key belong together (RFC 8017 §3.2): the backends sign by the primes, and would sign for
/// years with a `d` that other programs cannot use.
pub(crate) fn rsa_is_consistent(key: &pkcs1::RsaPrivateKey<pkcs1::UintRef<'_>>) -> Option<bool> {
    let number = |part: pkcs1::UintRef<'_>| BoxedUint::from_be_slice(part.as_bytes(), bits(part)).ok();
    let less_one = |prime: &BoxedUint| prime.wrapping_sub(BoxedUint::one()).into_nz().into_option();
    let (p, q, d) = (number(key.prime1)?, number(key.prime2)?, number(key.private_exponent)?);
    let (e, dp, dq) = (number(key.public_exponent)?, number(key.exponent1)?, number(key.exponent2)?);
    let inverse_of_q = number(key.coefficient)?;
    let inverse = |one: &BoxedUint, other: &BoxedUint, modulus: &NonZero<BoxedUint>| {
        one.concatenating_mul(other).rem(modulus) == BoxedUint::one()
    };
    let (below_p, below_q) = (less_one(&p)?, less_one(&q)?);
    let product = p.concatenating_mul(&q) == number(key.modulus)?;
    let exponents = d.rem(&below_p) == dp && d.rem(&below_q) == dq;
    let inverses = inverse(&e, &dp, &below_p) && inverse(&e, &dq, &below_q);
    Some(product && exponents && inverses && inverse(&inverse_of_q, &q, &p.to_nz().into_option()?))
}

fn bits(part: pkcs1::UintRef<'_>) -> u32 {
    u32::try_from(part.as_bytes().len() * 8).unwrap_or(u32::MAX)
}
