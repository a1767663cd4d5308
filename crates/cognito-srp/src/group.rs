//! The group: RFC 3526 §5, 3072 bits, generator 2.

use std::sync::LazyLock;

use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U3072};

/// Limbs of an integer of the group.
pub(crate) const LIMBS: usize = U3072::LIMBS;

/// An element, in Montgomery form.
pub(crate) type Element = FixedMontyForm<LIMBS>;

/// The prime.
pub(crate) const PRIME: Odd<U3072> = Odd::<U3072>::from_be_hex(
    "\
     FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD\
     EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
     EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F\
     83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B\
     E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510\
     15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7\
     ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C\
     BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF\
     ",
);

/// k = H(pad(N) || pad(g)).
const MULTIPLIER: [u8; 32] = [
    0x53, 0x82, 0x82, 0xc4, 0x35, 0x47, 0x42, 0xd7, 0xcb, 0xbd, 0xe2, 0x35, 0x9f, 0xcf, 0x67, 0xf9, 0xf5, 0xb3, 0xa6,
    0xb0, 0x87, 0x91, 0xe5, 0x01, 0x1b, 0x43, 0xb8, 0xa5, 0xb6, 0x6d, 0x9e, 0xe6,
];

static PARAMETERS: LazyLock<FixedMontyParams<LIMBS>> = LazyLock::new(|| FixedMontyParams::new_vartime(PRIME));

/// The element of this integer, reduced.
pub(crate) fn element(integer: &U3072) -> Element {
    FixedMontyForm::new(integer, &PARAMETERS)
}

/// g.
pub(crate) fn generator() -> Element {
    element(&U3072::from_u8(2))
}

/// 1.
pub(crate) fn one() -> Element {
    FixedMontyForm::one(&PARAMETERS)
}

/// The element of this Montgomery form.
pub(crate) fn from_montgomery(form: &U3072) -> Element {
    FixedMontyForm::from_montgomery(*form, &PARAMETERS)
}

/// The multiplier k as an element.
pub(crate) fn multiplier() -> Element {
    element(&crate::integer::from_bytes(&MULTIPLIER))
}

#[cfg(test)]
mod tests {
    use ring::digest;

    use super::*;
    use crate::integer::pad;

    #[test]
    fn the_multiplier_is_the_hash_of_prime_and_generator() {
        let hashed = [pad(PRIME.to_be_bytes().as_ref()), pad(&[2])].concat();

        assert_eq!(digest::digest(&digest::SHA256, &hashed).as_ref(), MULTIPLIER);
    }
}
