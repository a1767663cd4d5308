use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use identity_kernel::secret::{SecretString, constant_time_eq};
use userpool_core::model::foreign_hash::ForeignHash;
use userpool_core::ports::{Busy, PasswordHasher};

use crate::argon2id::{LENGTH, Memory};
use crate::fair_queue::FairQueue;
use crate::foreign_hashes;
use crate::source::Source;

pub use crate::argon2id::HashingCost;

/// Argon2id (RFC 9106) behind permits. Hashes that were made elsewhere ([`ForeignHash`]) it verifies too, and takes them for
/// such as have to be made anew.
///
/// At most `permits` hashes run at once, each on a blocking thread with memory that is used again; at most sixteen times
/// as many wait, each [`Source`] in a line of its own, and the lines are served in turn: a flood from one source delays
/// another's sign-in by one hash. Beyond that, [`Busy`] comes at once.
pub struct Argon2Hasher {
    cost: HashingCost,
    queue: Arc<FairQueue>,
    /// Memory of hashes that have ended; never more than there are permits.
    idle: Arc<Mutex<Vec<Memory>>>,
}

impl Argon2Hasher {
    /// A hasher with `permits` hashes at once (at least 1).
    pub fn new(cost: HashingCost, permits: usize) -> Self {
        let permits = permits.max(1);
        Self { cost, queue: FairQueue::new(permits, permits * 16), idle: Arc::new(Mutex::new(Vec::new())) }
    }

    /// A hasher with as many permits as the machine has processors.
    pub fn for_this_machine() -> Self {
        Self::new(HashingCost::default(), std::thread::available_parallelism().map_or(1, usize::from))
    }

    async fn compute(
        &self,
        password: &SecretString,
        salt: Vec<u8>,
        cost: HashingCost,
    ) -> Result<Option<[u8; LENGTH]>, Busy> {
        let permit = self.queue.permit(Source::current()).await.ok_or(Busy)?;
        let idle = Arc::clone(&self.idle);
        let password = password.clone();
        let hash = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let mut memory = idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            let hash = memory.hash(password.expose().as_bytes(), &salt, cost);
            idle.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
            hash
        });
        hash.await.map_err(|_| Busy)
    }

    /// Whether a hash that another system made is of this password.
    async fn verify_foreign(&self, password: &SecretString, hash: &str) -> Result<bool, Busy> {
        let Some(hash) = ForeignHash::read(hash) else { return Ok(false) };
        let permit = self.queue.permit(Source::current()).await.ok_or(Busy)?;
        let password = password.clone();
        let verified = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            foreign_hashes::is_of(password.expose().as_bytes(), &hash)
        });
        verified.await.map_err(|_| Busy)
    }
}

#[async_trait]
impl PasswordHasher for Argon2Hasher {
    async fn hash(&self, password: &SecretString, salt: [u8; 16]) -> Result<String, Busy> {
        let hash = self.compute(password, salt.to_vec(), self.cost).await?.ok_or(Busy)?;
        Ok(write(self.cost, &salt, &hash))
    }

    async fn verify(&self, password: &SecretString, hash: &str) -> Result<bool, Busy> {
        let Some((cost, salt, expected)) = read(hash) else { return self.verify_foreign(password, hash).await };
        let computed = self.compute(password, salt, cost).await?;
        Ok(computed.is_some_and(|computed| constant_time_eq(&computed, &expected)))
    }

    fn decoy(&self) -> String {
        write(self.cost, &[0; 16], &[0; LENGTH])
    }

    fn needs_rehash(&self, hash: &str) -> bool {
        read(hash).is_none_or(|(cost, salt, hash)| cost != self.cost || salt.len() < 16 || hash.len() != LENGTH)
    }
}

/// A PHC string.
fn write(cost: HashingCost, salt: &[u8], hash: &[u8]) -> String {
    let HashingCost { memory_kib, passes } = cost;
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    format!("$argon2id$v=19$m={memory_kib},t={passes},p=1${salt}${hash}")
}

/// The parameters, salt and hash of a PHC string as this hasher writes it.
fn read(text: &str) -> Option<(HashingCost, Vec<u8>, Vec<u8>)> {
    let parts: Vec<&str> = text.split('$').collect();
    let ["", "argon2id", "v=19", parameters, salt, hash] = parts.as_slice() else { return None };
    let numbers: Vec<&str> = parameters.split(',').collect();
    let [memory, passes, "p=1"] = numbers.as_slice() else { return None };
    let cost = HashingCost {
        memory_kib: memory.strip_prefix("m=")?.parse().ok().filter(|kib| *kib <= 1_048_576)?,
        passes: passes.strip_prefix("t=")?.parse().ok().filter(|passes| *passes <= 64)?,
    };
    Some((cost, STANDARD_NO_PAD.decode(salt).ok()?, STANDARD_NO_PAD.decode(hash).ok()?))
}

impl fmt::Debug for Argon2Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Argon2Hasher").field("cost", &self.cost).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> Argon2Hasher {
        Argon2Hasher::new(HashingCost { memory_kib: 64, passes: 1 }, 2)
    }

    #[tokio::test]
    async fn line_40_a_hash_is_of_its_own_password_alone_and_carries_its_parameters() {
        let hasher = small();
        let hash = hasher.hash(&"pässword".into(), [7; 16]).await.unwrap();

        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert!(hasher.verify(&"pässword".into(), &hash).await.unwrap());
        for other in ["Pässword", "pässword ", "passwörd", ""] {
            assert!(!hasher.verify(&other.into(), &hash).await.unwrap(), "{other}");
        }
        for unreadable in
            ["", "$2b$10$x", "$argon2id$v=19$m=99999999999,t=1,p=1$AA$AA", "$argon2i$v=19$m=64,t=1,p=1$AA$AA"]
        {
            assert!(!hasher.verify(&"pässword".into(), unreadable).await.unwrap(), "{unreadable}");
        }
    }

    #[tokio::test]
    async fn a_decoy_costs_what_a_hash_costs_and_is_of_no_password() {
        let hasher = small();
        let (hash, decoy) = (hasher.hash(&"x".into(), [7; 16]).await.unwrap(), hasher.decoy());

        assert_eq!(read(&decoy).unwrap().0, read(&hash).unwrap().0);
        assert_eq!(decoy.len(), hash.len());
        assert!(!hasher.verify(&"".into(), &decoy).await.unwrap());
    }

    #[tokio::test]
    async fn line_40_a_hash_of_other_parameters_is_told_from_one_of_todays() {
        let hasher = small();
        let hash = hasher.hash(&"x".into(), [7; 16]).await.unwrap();

        assert!(!hasher.needs_rehash(&hash));
        let dearer = Argon2Hasher::new(HashingCost { memory_kib: 128, passes: 1 }, 1);
        assert!(dearer.needs_rehash(&hash));
        assert!(hasher.needs_rehash("$2b$10$x"));
    }

    #[tokio::test]
    async fn a_hash_equals_the_reference_implementations() {
        // Argon2id, m = 256 KiB, t = 2, p = 1, salt "somesalt": from the test file of the reference implementation.
        let expected = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";

        assert!(small().verify(&"password".into(), expected).await.unwrap());
    }

    #[tokio::test]
    async fn line_42_what_does_not_fit_the_queue_is_told_at_once() {
        let hasher = Arc::new(Argon2Hasher::new(HashingCost { memory_kib: 4096, passes: 3 }, 1));
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let hasher = Arc::clone(&hasher);
                tokio::spawn(async move { hasher.hash(&"x".into(), [0; 16]).await })
            })
            .collect();

        let mut busy = 0;
        for task in tasks {
            busy += usize::from(task.await.unwrap().is_err());
        }

        assert!(busy >= 100 - 18, "{busy} refused");
        assert!(hasher.hash(&"x".into(), [0; 16]).await.is_ok());
    }

    #[tokio::test]
    async fn as_many_hashes_as_are_said_wait() {
        let hasher = Argon2Hasher::new(HashingCost { memory_kib: 4096, passes: 3 }, 2);
        let password = SecretString::from("x");

        let all = futures::future::join_all((0..2 + 32).map(|_| hasher.hash(&password, [0; 16]))).await;

        assert_eq!(all.iter().filter(|hash| hash.is_err()).count(), 0);
    }

    #[test]
    fn line_40_a_short_salt_or_a_hash_of_another_length_is_told_from_one_of_todays() {
        let needs_rehash = |salt: usize, hash: usize| {
            let text = write(small().cost, &vec![1; salt], &vec![2; hash]);
            small().needs_rehash(&text)
        };

        assert!(!needs_rehash(16, LENGTH) && !needs_rehash(17, LENGTH));
        assert!(needs_rehash(15, LENGTH));
        assert!(needs_rehash(16, LENGTH - 1) && needs_rehash(16, LENGTH + 1));
    }

    #[tokio::test]
    async fn line_40_parameters_beyond_a_gibibyte_or_64_passes_are_not_computed() {
        let reads = |memory_kib, passes| {
            let hasher = Argon2Hasher::new(HashingCost { memory_kib, passes }, 1);
            !hasher.needs_rehash(&hasher.decoy())
        };

        assert!(reads(1_048_576, 64));
        assert!(!reads(1_048_577, 64) && !reads(1_048_576, 65) && !reads(2_000_000, 100));
    }

    #[test]
    fn a_hash_costs_19_mebibytes_and_two_passes_unless_something_else_is_said() {
        assert_eq!(HashingCost::default(), HashingCost { memory_kib: 19_456, passes: 2 });
    }
}
