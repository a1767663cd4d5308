//! Passwords against hashes that other systems made. What a hash may cost is bounded where it is read.

use aes::Aes256;
use argon2::{Algorithm, Argon2, Params, Version};
use ctr::cipher::{KeyIvInit as _, StreamCipher as _};
use identity_kernel::secret::constant_time_eq;
use userpool_core::model::foreign_hash::{ForeignHash, ScryptCost};

/// Whether the hash is of this password. Runs for up to some seconds.
pub(crate) fn is_of(password: &[u8], hash: &ForeignHash) -> bool {
    match hash {
        // It looks at no more than 72 bytes, as the system did that made the hash.
        ForeignHash::Bcrypt { text, .. } => bcrypt::verify(password, text).unwrap_or(false),
        ForeignHash::Scrypt { cost, salt, hash } => {
            scrypt(password, *cost, salt, hash.len()).is_some_and(|computed| constant_time_eq(&computed, hash))
        }
        ForeignHash::Firebase { cost, salt, signer_key, hash } => {
            firebase(password, *cost, salt, signer_key).is_some_and(|computed| constant_time_eq(&computed, hash))
        }
        ForeignHash::Argon2id { memory_kib, passes, lanes, salt, hash } => {
            let Ok(parameters) = Params::new(*memory_kib, *passes, *lanes, Some(hash.len())) else { return false };
            let mut computed = vec![0; hash.len()];
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
            let done = argon2.hash_password_into(password, salt, &mut computed);
            done.is_ok() && constant_time_eq(&computed, hash)
        }
        ForeignHash::Pbkdf2Sha256 { rounds, salt, hash } => {
            let Ok(rounds) = std::num::NonZeroU32::try_from(*rounds) else { return false };
            ring::pbkdf2::verify(ring::pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt, password, hash).is_ok()
        }
        _ => false,
    }
}

fn scrypt(password: &[u8], cost: ScryptCost, salt: &[u8], length: usize) -> Option<Vec<u8>> {
    let parameters = scrypt::Params::new(cost.log_n, cost.r, cost.p).ok()?;
    let mut computed = vec![0; length];
    scrypt::scrypt(password, salt, &parameters, &mut computed).ok()?;
    Some(computed)
}

/// The project's key under AES-256-CTR, its counter from 0, with scrypt of the password for a key.
fn firebase(password: &[u8], cost: ScryptCost, salt: &[u8], signer_key: &[u8]) -> Option<Vec<u8>> {
    let derived = scrypt(password, cost, salt, 64)?;
    let key = derived.first_chunk::<32>()?;
    let mut computed = signer_key.to_vec();
    ctr::Ctr128BE::<Aes256>::new(key.into(), &[0; 16].into()).apply_keystream(&mut computed);
    Some(computed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hashes that other implementations made: libxcrypt, RFC 7914, Firebase's published example, the reference
    /// implementation of Argon2, Python's `hashlib` as Django and passlib write it.
    const KNOWN: [(&str, &str); 7] = [
        ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"),
        ("password", "$2b$10$N9qo8uLOickgx2ZMRZoMye8fOsiTWZqYtkxvXkKm8BMzjT7t/vIdq"),
        (
            "pleaseletmein",
            "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofLVQylVYT8Pz2LUlwUkKpr55h6F3A1lHkDfzwF7RVdYhw",
        ),
        (
            "user1password",
            "$firebase-scrypt$ln=14,r=8,p=1$42xEC+ixf3L2lw==$Bw==$jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==",
        ),
        ("password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"),
        ("password", "$pbkdf2-sha256$i=4096,l=32$c2FsdA$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o"),
        ("password", "pbkdf2_sha256$4096$salt$xeR41ZKIyEGqUw22hFxMjZYok6ABzk4RpJY4c6qYE0o="),
    ];

    #[test]
    fn hashes_that_others_made_are_of_their_passwords_alone() {
        for (password, text) in KNOWN {
            let hash = ForeignHash::read(text).unwrap_or_else(|| panic!("{text}"));

            assert!(is_of(password.as_bytes(), &hash), "{text}");
            for other in ["", "Password", "pleaseletmein ", "user2password"] {
                assert!(!is_of(other.as_bytes(), &hash), "{text}: {other}");
            }
        }
    }
}
