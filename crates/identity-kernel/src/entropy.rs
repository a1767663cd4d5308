//! Randomness as a value: [`Entropy`] and what is drawn from it.

use std::sync::Mutex;

use ring::digest;
use ring::rand::{SecureRandom, SystemRandom};

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

/// `length` characters drawn evenly from `alphabet` (2 to 256 ASCII characters).
pub fn text(entropy: &dyn Entropy, alphabet: &[u8], length: usize) -> String {
    let size = alphabet.len();
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

/// The operating system's randomness.
pub struct SystemEntropy(SystemRandom);

impl SystemEntropy {
    /// Opens the source.
    #[expect(clippy::disallowed_methods, reason = "this is the one place where ambient randomness enters")]
    pub fn new() -> Self {
        Self(SystemRandom::new())
    }
}

impl Default for SystemEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy for SystemEntropy {
    #[expect(clippy::expect_used, reason = "without randomness no secret can be made; documented on the trait")]
    fn fill(&self, buffer: &mut [u8]) {
        // INVARIANT: getrandom(2) does not fail on a running system.
        self.0.fill(buffer).expect("the operating system gives randomness");
    }
}

/// A repeatable source for tests: SHA-256 of a seed and a counter. Never for anything real.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    drawn: Mutex<u64>,
}

impl SeededEntropy {
    /// The source that gives the same bytes for the same `seed`, in the order asked.
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: Mutex::new(0) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        let mut drawn = self.drawn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for chunk in buffer.chunks_mut(32) {
            let mut block = [0; 16];
            block[..8].copy_from_slice(&self.seed.to_be_bytes());
            block[8..].copy_from_slice(&drawn.to_be_bytes());
            *drawn += 1;
            let hash = digest::digest(&digest::SHA256, &block);
            for (to, from) in chunk.iter_mut().zip(hash.as_ref()) {
                *to = *from;
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
}
