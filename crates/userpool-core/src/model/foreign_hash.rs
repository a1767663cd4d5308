//! Hashes of passwords that other systems made: read, and held to what this one is ready to compute.

use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD as STANDARD_ALPHABET};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::{Deserialize, Serialize};

/// How passwords were hashed elsewhere.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum HashingAlgorithm {
    /// `$2a$`, `$2b$` or `$2y$`, cost 4 to 14.
    Bcrypt,
    /// `$scrypt$ln=14,r=8,p=1$salt$hash`, at most 128 MiB, and `$firebase-scrypt$…`.
    Scrypt,
    /// `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, at most 128 MiB.
    Argon2id,
    /// `$pbkdf2-sha256$i=600000$salt$hash` (PHC), `$pbkdf2-sha256$600000$salt$hash` (passlib) or
    /// `pbkdf2_sha256$600000$salt$hash` (Django); at most 2,000,000 rounds.
    Pbkdf2Sha256,
}

/// A hash that can be computed again, for at most some seconds and 128 MiB.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub enum ForeignHash {
    /// bcrypt, as it is written.
    Bcrypt {
        /// The logarithm of the number of rounds.
        cost: u32,
        /// The whole text.
        text: String,
    },
    /// scrypt (RFC 7914).
    Scrypt {
        /// What it costs.
        cost: ScryptCost,
        /// The salt.
        salt: Vec<u8>,
        /// The hash.
        hash: Vec<u8>,
    },
    /// Firebase's: the key of the project, encrypted with AES-256 in counter mode under scrypt of the password.
    Firebase {
        /// What it costs.
        cost: ScryptCost,
        /// The user's salt and the project's separator, one behind the other.
        salt: Vec<u8>,
        /// The project's key.
        signer_key: Vec<u8>,
        /// The hash.
        hash: Vec<u8>,
    },
    /// Argon2id (RFC 9106).
    Argon2id {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over it.
        passes: u32,
        /// Lanes.
        lanes: u32,
        /// The salt.
        salt: Vec<u8>,
        /// The hash.
        hash: Vec<u8>,
    },
    /// PBKDF2 with HMAC-SHA256 (RFC 8018).
    Pbkdf2Sha256 {
        /// The number of rounds.
        rounds: u32,
        /// The salt.
        salt: Vec<u8>,
        /// The hash.
        hash: Vec<u8>,
    },
}

/// What scrypt costs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ScryptCost {
    /// The logarithm of N.
    pub log_n: u8,
    /// The size of a block.
    pub r: u32,
    /// How often it is done.
    pub p: u32,
}

/// The most memory that a hash may take, in KiB: 128 MiB.
const MOST_KIB: u64 = 128 * 1024;
/// The most memory that is gone over, counted as often as it is, in KiB.
const MOST_WORK_KIB: u64 = 8 * MOST_KIB;
const MOST_ROUNDS: u32 = 2_000_000;
const BCRYPT_COSTS: std::ops::RangeInclusive<u32> = 4..=14;
/// The longest salt, hash or key, in bytes.
const LONGEST: usize = 128;

impl ForeignHash {
    /// Reads a hash that it recognises by its beginning; `None` for anything else, and for what is too dear to compute.
    pub fn read(text: &str) -> Option<Self> {
        if text.len() > 8 * LONGEST {
            return None;
        }
        let parts: Vec<&str> = text.split('$').collect();
        match parts.as_slice() {
            ["", "2a" | "2b" | "2y", cost, rest] => bcrypt(text, cost, rest),
            ["", "scrypt", cost, salt, hash] => {
                Some(Self::Scrypt { cost: scrypt_cost(cost)?, salt: bytes(salt)?, hash: non_empty(hash)? })
            }
            ["", "firebase-scrypt", cost, salt, separator, key, hash] => {
                let salt = [bytes(salt)?, bytes(separator)?].concat();
                let (signer_key, hash) = (non_empty(key)?, non_empty(hash)?);
                let fits = signer_key.len() == hash.len();
                fits.then_some(Self::Firebase { cost: scrypt_cost(cost)?, salt, signer_key, hash })
            }
            ["", "argon2id", "v=19", cost, salt, hash] => argon2id(cost, salt, hash),
            ["", "pbkdf2-sha256", rounds, salt, hash] => pbkdf2(rounds, bytes(salt)?, non_empty(hash)?),
            // Django's salt stands as it is.
            ["pbkdf2_sha256", rounds, salt, hash] => pbkdf2(rounds, salt.as_bytes().to_vec(), non_empty(hash)?),
            _ => None,
        }
    }

    /// How it was made.
    pub fn algorithm(&self) -> HashingAlgorithm {
        match self {
            Self::Bcrypt { .. } => HashingAlgorithm::Bcrypt,
            Self::Scrypt { .. } | Self::Firebase { .. } => HashingAlgorithm::Scrypt,
            Self::Argon2id { .. } => HashingAlgorithm::Argon2id,
            Self::Pbkdf2Sha256 { .. } => HashingAlgorithm::Pbkdf2Sha256,
        }
    }
}

impl std::fmt::Debug for ForeignHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ForeignHash").field(&self.algorithm()).finish()
    }
}

fn bcrypt(text: &str, cost: &str, rest: &str) -> Option<ForeignHash> {
    let cost = cost.parse().ok().filter(|cost| BCRYPT_COSTS.contains(cost))?;
    let well_formed = rest.len() == 53 && rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/'));
    well_formed.then(|| ForeignHash::Bcrypt { cost, text: text.to_owned() })
}

/// `ln=14,r=8,p=1`.
fn scrypt_cost(text: &str) -> Option<ScryptCost> {
    let numbers: Vec<&str> = text.split(',').collect();
    let [log_n, r, p] = numbers.as_slice() else { return None };
    let cost = ScryptCost {
        log_n: log_n.strip_prefix("ln=")?.parse().ok().filter(|log_n| (1..=24).contains(log_n))?,
        r: r.strip_prefix("r=")?.parse().ok().filter(|r| (1..=64).contains(r))?,
        p: p.strip_prefix("p=")?.parse().ok().filter(|p| (1..=16).contains(p))?,
    };
    let kib = (u64::from(cost.r) << cost.log_n) / 8;
    (kib <= MOST_KIB && kib * u64::from(cost.p) <= MOST_WORK_KIB).then_some(cost)
}

/// `m=19456,t=2,p=1`.
fn argon2id(cost: &str, salt: &str, hash: &str) -> Option<ForeignHash> {
    let numbers: Vec<&str> = cost.split(',').collect();
    let [memory, passes, lanes] = numbers.as_slice() else { return None };
    let memory_kib: u32 = memory.strip_prefix("m=")?.parse().ok()?;
    let passes: u32 = passes.strip_prefix("t=")?.parse().ok()?;
    let lanes: u32 = lanes.strip_prefix("p=")?.parse().ok().filter(|lanes| (1..=16).contains(lanes))?;
    let (kib, work) = (u64::from(memory_kib), u64::from(memory_kib) * u64::from(passes));
    let bearable = passes > 0 && memory_kib >= 8 * lanes && kib <= MOST_KIB && work <= MOST_WORK_KIB;
    let (salt, hash) = (bytes(salt)?, bytes(hash)?);
    let well_formed = salt.len() >= 8 && (4..=64).contains(&hash.len());
    (bearable && well_formed).then_some(ForeignHash::Argon2id { memory_kib, passes, lanes, salt, hash })
}

/// `600000`, `i=600000` or `i=600000,l=32`.
fn pbkdf2(rounds: &str, salt: Vec<u8>, hash: Vec<u8>) -> Option<ForeignHash> {
    let (rounds, length) = rounds.split_once(',').map_or((rounds, None), |(rounds, length)| (rounds, Some(length)));
    let rounds = rounds.strip_prefix("i=").unwrap_or(rounds);
    let rounds = rounds.parse().ok().filter(|rounds| (1..=MOST_ROUNDS).contains(rounds))?;
    let fits = length.is_none_or(|length| length.strip_prefix("l=").and_then(|l| l.parse().ok()) == Some(hash.len()));
    (fits && hash.len() <= 64).then_some(ForeignHash::Pbkdf2Sha256 { rounds, salt, hash })
}

/// Base64 with the letters that others use: `-` and `_`, or passlib's `.`, in the place of the two last; padded or not.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let standard: String = text
        .chars()
        .map(|letter| match letter {
            '-' | '.' => '+',
            '_' => '/',
            other => other,
        })
        .collect();
    let alphabet: &Alphabet = &STANDARD_ALPHABET;
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config).decode(standard).ok().filter(|bytes| bytes.len() <= LONGEST)
}

fn non_empty(text: &str) -> Option<Vec<u8>> {
    bytes(text).filter(|bytes| bytes.len() >= 16)
}

#[cfg(test)]
mod tests;
