//! Randomness as a value: [`Entropy`] and what is drawn from it.

use std::sync::atomic::{AtomicU64, Ordering};

/// A source of unpredictable bytes. Given to each service at construction.
pub trait Entropy: Send + Sync {
    /// Fills `buffer`.
    ///
    /// # Panics
    ///
    /// A system source panics if the operating system refuses randomness: nothing secret can be made then.
    fn fill(&self, buffer: &mut [u8]);
}

/// `N` fresh bytes.
pub fn bytes<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut out = [0; N];
    entropy.fill(&mut out);
    out
}

/// A fresh UUID of version 4 in lower case: 122 random bits (RFC 9562 §5.4).
pub fn uuid(entropy: &dyn Entropy) -> String {
    let bits = u128::from_be_bytes(bytes(entropy));
    let bits = (bits & !(0xf << 76) | (0x4 << 76)) & !(0x3 << 62) | (0x2 << 62);
    let mut hex = format!("{bits:032x}");
    for dash in [20, 16, 12, 8] {
        hex.insert(dash, '-');
    }
    hex
}

/// `length` characters drawn evenly from `alphabet`. Of an alphabet of more than 256 characters the first 256 count; of an
/// empty one nothing can be drawn, and the text is empty.
pub fn text(entropy: &dyn Entropy, alphabet: &[u8], length: usize) -> String {
    let alphabet = alphabet.get(..256).unwrap_or(alphabet);
    let size = alphabet.len();
    if size == 0 {
        return String::new();
    }
    let fair = 256 - 256 % size;
    let mut out = String::with_capacity(length);
    while out.len() < length {
        let [byte] = bytes::<1>(entropy);
        if usize::from(byte) < fair
            && let Some(letter) = alphabet.get(usize::from(byte) % size)
        {
            out.push(char::from(*letter));
        }
    }
    out
}

/// The operating system's randomness: `getrandom(2)` and what other systems call it.
#[cfg(feature = "system-entropy")]
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

#[cfg(feature = "system-entropy")]
impl SystemEntropy {
    /// The source.
    pub fn new() -> Self {
        Self
    }
}

#[cfg(feature = "system-entropy")]
impl Entropy for SystemEntropy {
    #[expect(clippy::expect_used, reason = "without randomness no secret can be made; documented on the trait")]
    #[expect(clippy::disallowed_methods, reason = "this is the one place where ambient randomness enters")]
    fn fill(&self, buffer: &mut [u8]) {
        // INVARIANT: getrandom(2) does not fail on a running system.
        getrandom::fill(buffer).expect("the operating system gives randomness");
    }
}

/// A repeatable source for tests: the `SplitMix64` sequence of a seed. Never for anything real.
#[derive(Debug)]
pub struct SeededEntropy(AtomicU64);

impl SeededEntropy {
    /// The source that gives the same bytes for the same `seed`, in the order asked.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> [u8; 8] {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut word = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)).to_le_bytes()
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            for (to, from) in chunk.iter_mut().zip(self.next()) {
                *to = from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_carries_version_4_and_the_rfc_variant() {
        let id = uuid(&SeededEntropy::new(7));

        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
    }

    #[test]
    fn the_same_seed_gives_the_same_text_and_the_next_draw_differs() {
        let (one, two) = (SeededEntropy::new(1), SeededEntropy::new(1));

        let first = text(&one, b"0123456789", 6);

        assert_eq!(first, text(&two, b"0123456789", 6));
        assert_ne!(first, text(&one, b"0123456789", 6));
    }

    #[test]
    fn an_alphabet_of_any_length_ends_the_draw() {
        let entropy = SeededEntropy::new(3);

        assert_eq!(text(&entropy, b"", 5), "");
        assert_eq!(text(&entropy, &[b'x'; 1000], 5), "xxxxx");
    }
}
