//! Argon2id itself, in memory that is used again: by the crate `argon2`, or with the feature `argon2-simd` by `argon2-rust`.

#[cfg(not(feature = "argon2-simd"))]
pub(crate) use plain::Memory;
#[cfg(feature = "argon2-simd")]
pub(crate) use simd::Memory;

/// Bytes of a hash.
pub(crate) const LENGTH: usize = 32;

/// What one hash costs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HashingCost {
    /// Memory in KiB. Default 19,456 (19 MiB).
    pub memory_kib: u32,
    /// Passes over it. Default 2.
    pub passes: u32,
}

impl Default for HashingCost {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2 }
    }
}

/// One lane of version 19.
#[cfg(any(test, not(feature = "argon2-simd")))]
mod plain {
    use argon2::{Algorithm, Argon2, Block, Params, Version};

    use super::{HashingCost, LENGTH};

    /// The memory that a hash fills.
    #[derive(Default)]
    pub(crate) struct Memory(Vec<Block>);

    impl Memory {
        /// The hash, or `None` if the parameters are out of Argon2's range.
        pub(crate) fn hash(&mut self, password: &[u8], salt: &[u8], cost: HashingCost) -> Option<[u8; LENGTH]> {
            let parameters = Params::new(cost.memory_kib, cost.passes, 1, Some(LENGTH)).ok()?;
            self.0.resize(parameters.block_count().max(self.0.len()), Block::new());
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
            let mut out = [0; LENGTH];
            argon2.hash_password_into_with_memory(password, salt, &mut out, &mut self.0).ok()?;
            Some(out)
        }
    }
}

/// The same with whatever of AVX-512, AVX2, SSE2 and NEON the processor has; the memory is wiped after each hash.
#[cfg(feature = "argon2-simd")]
mod simd {
    use argon2_rust::params::{Memory as Size, Params};
    use argon2_rust::{Algorithm, Argon2, Hasher, Version};

    use super::{HashingCost, LENGTH};

    /// The memory that a hash fills.
    #[derive(Default)]
    pub(crate) struct Memory(Option<Hasher>);

    impl Memory {
        /// The hash, or `None` if the parameters are out of Argon2's range.
        pub(crate) fn hash(&mut self, password: &[u8], salt: &[u8], cost: HashingCost) -> Option<[u8; LENGTH]> {
            let memory = Size::kib(cost.memory_kib.into());
            let parameters = Params::builder().memory(memory).passes(cost.passes).build().ok()?;
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
            let hasher = self.0.get_or_insert_with(|| argon2.hasher());
            hasher.set_argon2(argon2);
            let mut out = [0; LENGTH];
            hasher.hash_into(password, salt, &mut out).ok()?;
            Some(out)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::HashingCost;
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }

    /// From the test file of the reference implementation: one lane, version 19.
    #[test]
    fn hashes_equal_the_reference_implementations() {
        let mut memory = Memory::default();
        for (password, salt, memory_kib, passes, expected) in [
            ("password", "somesalt", 65_536, 2, "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"),
            ("password", "somesalt", 256, 2, "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"),
            ("password", "somesalt", 65_536, 1, "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98"),
            ("password", "somesalt", 65_536, 4, "9025d48e68ef7395cca9079da4c4ec3affb3c8911fe4f86d1a2520856f63172c"),
            (
                "differentpassword",
                "somesalt",
                65_536,
                2,
                "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde",
            ),
            ("password", "diffsalt", 65_536, 2, "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c"),
        ] {
            let hash = memory.hash(password.as_bytes(), salt.as_bytes(), HashingCost { memory_kib, passes }).unwrap();
            assert_eq!(hex(&hash), expected, "{password} {salt} m={memory_kib} t={passes}");
        }
    }

    #[test]
    fn both_implementations_agree_whatever_the_cost_was_before_and_refuse_the_same() {
        let (mut one, mut other) = (Memory::default(), plain::Memory::default());
        for (length, memory_kib, passes) in
            [(0, 8, 1), (1, 1024, 3), (200, 19_456, 2), (64, 9, 1), (127, 77, 7), (13, 4096, 1), (5, 7, 1), (5, 8, 0)]
        {
            let (password, cost) = (vec![b'x'; length], HashingCost { memory_kib, passes });
            for salt in [&[7; 16][..], &[8; 8], &[9; 64], &[1; 7], &[]] {
                let (one, other) = (one.hash(&password, salt, cost), other.hash(&password, salt, cost));
                assert_eq!(one, other, "{length} {cost:?} {}", salt.len());
                assert_eq!(one.is_some(), memory_kib >= 8 && passes >= 1 && salt.len() >= 8, "{cost:?} {}", salt.len());
            }
        }
    }
}
