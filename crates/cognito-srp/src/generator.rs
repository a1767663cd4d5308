//! Powers of the generator, from a table: no squarings, so a fifth of the work that another base takes.

use std::sync::LazyLock;

use crypto_bigint::{CtAssign as _, CtEq as _, U3072};

use crate::group::{self, Element};

/// Bytes of an exponent.
pub(crate) const EXPONENT_BYTES: usize = 32;

/// g to the power of each hexadecimal digit's value at one place, in Montgomery form.
type OfOnePlace = [U3072; 16];

/// For each place of an exponent, from the lowest: 64 times 16 elements, 384 KiB, made at the first use.
static POWERS: LazyLock<Vec<OfOnePlace>> = LazyLock::new(|| {
    let mut base = group::generator();
    let places = (0..EXPONENT_BYTES * 2).map(|_| {
        let (mut power, mut of_place) = (group::one(), [U3072::ZERO; 16]);
        for of_digit in &mut of_place {
            *of_digit = *power.as_montgomery();
            power *= base;
        }
        base = power;
        of_place
    });
    places.collect()
});

/// g to the power of an exponent of 256 bits, big-endian. In constant time: for each digit every element of its place is
/// read, in the same order.
pub(crate) fn power(exponent: &[u8; EXPONENT_BYTES]) -> Element {
    let digits = exponent.iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
    POWERS.iter().zip(digits).fold(group::one(), |product, (powers, digit)| product * of_digit(powers, digit))
}

fn of_digit(powers: &OfOnePlace, digit: u8) -> Element {
    let mut chosen = U3072::ZERO;
    for (power, at) in powers.iter().zip(0_u8..) {
        chosen.ct_assign(power, at.ct_eq(&digit));
    }
    group::from_montgomery(&chosen)
}

#[cfg(test)]
mod tests {
    use crypto_bigint::U256;

    use super::*;

    #[test]
    fn a_power_from_the_table_is_the_power() {
        let mut exponent = [0; EXPONENT_BYTES];
        assert_eq!(power(&exponent), group::one());
        for round in 0..40_u8 {
            for byte in &mut exponent {
                *byte = byte.wrapping_mul(167).wrapping_add(round).wrapping_add(101);
            }
            let expected = group::generator().pow(&U256::from_be_slice(&exponent));
            assert_eq!(power(&exponent), expected, "{exponent:?}");
        }
        exponent = [255; EXPONENT_BYTES];
        assert_eq!(power(&exponent), group::generator().pow(&U256::MAX));
    }
}
