use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use identity_kernel::entropy::Entropy;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::Timestamp;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use serde::{Deserialize, Serialize};

use crate::algorithm::Algorithm;
use crate::error::KeyError;
use crate::key_set::KeySet;
use crate::signing_key::SigningKey;

/// A signing key under seal, as it is stored.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct SealedKey {
    /// The key's name.
    pub kid: String,
    /// How it signs.
    pub algorithm: Algorithm,
    /// The private key, sealed.
    pub sealed_pkcs8: Vec<u8>,
    /// When it was made; the newest signs.
    pub created_at: Timestamp,
}

/// For what signing keys are sealed.
const PURPOSE: &str = "signing-key";

impl SealedKey {
    /// A fresh key, sealed for `owner`: it opens for nobody else.
    ///
    /// # Errors
    ///
    /// [`KeyError::CannotGenerate`] for RSA without the feature `aws-lc`.
    pub fn generate(
        master: &MasterKey,
        entropy: &dyn Entropy,
        owner: &str,
        algorithm: Algorithm,
        now: Timestamp,
    ) -> Result<Self, KeyError> {
        let key = SigningKey::generate(algorithm)?;
        let sealed_pkcs8 = master.seal(entropy, PURPOSE, owner.as_bytes(), key.expose_pkcs8());
        Ok(Self { kid: key.kid().to_owned(), algorithm, sealed_pkcs8, created_at: now })
    }

    fn open(&self, master: &MasterKey, owner: &str) -> Result<SigningKey, KeyError> {
        let pkcs8 = master.open(PURPOSE, owner.as_bytes(), &self.sealed_pkcs8).map_err(|_| KeyError::Malformed)?;
        SigningKey::from_pkcs8(self.algorithm, &pkcs8)
    }
}

/// An issuer's keys, opened and parsed once: the newest signs, all verify.
#[derive(Debug)]
pub struct KeyRing {
    signing: SigningKey,
    public: Vec<Jwk>,
    set: KeySet,
}

impl KeyRing {
    /// Opens an owner's keys.
    ///
    /// # Errors
    ///
    /// [`KeyError::Malformed`] if there is none, or one does not open: it was sealed for another owner or under another
    /// master key.
    pub fn open(master: &MasterKey, owner: &str, mut keys: Vec<SealedKey>) -> Result<Self, KeyError> {
        keys.sort_by_key(|key| std::cmp::Reverse(key.created_at));
        let opened = keys.iter().map(|key| key.open(master, owner)).collect::<Result<Vec<_>, _>>()?;
        let public: Vec<Jwk> = opened.iter().map(SigningKey::public_jwk).collect();
        let set = KeySet::from_jwks(public.iter().cloned());
        let signing = opened.into_iter().next().ok_or(KeyError::Malformed)?;
        Ok(Self { signing, public, set })
    }

    /// The key that signs.
    pub fn signing(&self) -> &SigningKey {
        &self.signing
    }

    /// The keys that verify.
    pub fn key_set(&self) -> &KeySet {
        &self.set
    }

    /// The key set to publish.
    pub fn publish(&self) -> JwkSet {
        KeySet::publish(self.public.iter().cloned())
    }
}

/// Rings that are kept open, by owner.
#[derive(Debug)]
pub struct KeyRings<K>(RwLock<HashMap<K, Arc<KeyRing>>>);

impl<K> Default for KeyRings<K> {
    fn default() -> Self {
        Self(RwLock::new(HashMap::new()))
    }
}

impl<K: Clone + Eq + Hash> KeyRings<K> {
    /// The owner's ring, if it is open.
    pub fn get(&self, owner: &K) -> Option<Arc<KeyRing>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(owner).cloned()
    }

    /// Keeps a ring open.
    pub fn keep(&self, owner: &K, ring: KeyRing) -> Arc<KeyRing> {
        let ring = Arc::new(ring);
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(owner.clone(), Arc::clone(&ring));
        ring
    }

    /// Closes the owner's ring.
    pub fn forget(&self, owner: &K) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(owner);
    }

    /// Closes every ring.
    pub fn forget_all(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
