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
///
/// Its life is written into it, so that every node, and a node that was restarted, takes the same steps at the same
/// times: it is published from the moment it is stored, signs from `signs_from` until a younger key of the same use does,
/// and verifies until `retires_at`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct SealedKey {
    /// The key's name.
    pub kid: String,
    /// How it signs.
    pub algorithm: Algorithm,
    /// What it signs.
    #[serde(default)]
    pub usage: KeyUse,
    /// The private key, sealed.
    pub sealed_pkcs8: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it may sign.
    #[serde(default)]
    pub signs_from: Timestamp,
    /// From when on nothing it signed counts; `None` until a younger key has taken its place.
    #[serde(default)]
    pub retires_at: Option<Timestamp>,
}

/// What a key of an issuer signs. Whatever it is, all keys of the issuer are published in one key set, and verify.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub enum KeyUse {
    /// All tokens.
    #[default]
    EveryToken,
    /// Access tokens.
    AccessTokens,
    /// ID tokens.
    IdTokens,
}

impl KeyUse {
    /// Whether a key of this use signs tokens of that one.
    fn covers(self, wanted: Self) -> bool {
        self == wanted || self == Self::EveryToken
    }
}

/// How a new key takes the old one's place.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Rotation {
    /// The new key is published now and signs after so many seconds: as long as anybody may go on with a key set that
    /// was fetched before. The old keys verify until the last token they can have signed has expired.
    Planned {
        /// How long the new key is published before it signs: at least how long key sets are cached.
        publish_ahead_seconds: i64,
        /// The longest life of a token.
        longest_token_seconds: i64,
    },
    /// The new key signs at once and nothing of the old keys counts any more: for a key that has leaked.
    AtOnce,
}

impl Rotation {
    /// For key sets cached for 5 minutes and tokens that live a day at most.
    pub const PLANNED: Self = Self::Planned { publish_ahead_seconds: 600, longest_token_seconds: 86_400 };
}

/// What is to be stored after a rotation.
#[derive(Clone, Debug)]
pub struct Rotated {
    /// The owner's keys from now on.
    pub keys: Vec<SealedKey>,
    /// The `kid`s of those that are to be removed.
    pub gone: Vec<String>,
}

/// For what signing keys are sealed.
const PURPOSE: &str = "signing-key";

impl SealedKey {
    /// A fresh key, sealed for `owner`: it opens for nobody else. It may sign at once.
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
        Ok(Self::seal(master, entropy, owner, &SigningKey::generate(algorithm)?, now))
    }

    /// A key that is there already, sealed for `owner`.
    pub fn seal(master: &MasterKey, entropy: &dyn Entropy, owner: &str, key: &SigningKey, now: Timestamp) -> Self {
        let sealed_pkcs8 = master.seal(entropy, PURPOSE, owner.as_bytes(), key.expose_pkcs8());
        let (kid, algorithm) = (key.kid().to_owned(), key.algorithm());
        let usage = KeyUse::EveryToken;
        Self { kid, algorithm, usage, sealed_pkcs8, created_at: now, signs_from: now, retires_at: None }
    }

    /// The same key for these tokens alone.
    #[must_use]
    pub fn for_use(self, usage: KeyUse) -> Self {
        Self { usage, ..self }
    }

    /// Puts a new key beside an owner's keys, in the place of those of the same use. Keys that had retired are gone.
    #[must_use]
    pub fn rotate(new: Self, keys: &[Self], rotation: Rotation, now: Timestamp) -> Rotated {
        let mut new = new;
        let end = match rotation {
            Rotation::AtOnce => now,
            Rotation::Planned { publish_ahead_seconds, longest_token_seconds } => {
                new.signs_from = now.plus_seconds(publish_ahead_seconds.max(0));
                new.signs_from.plus_seconds(longest_token_seconds.max(0))
            }
        };
        let ended = |key: &Self| {
            let retires_at = Some(key.retires_at.map_or(end, |at| at.min(end)));
            let replaced = key.usage.covers(new.usage);
            Self { retires_at: if replaced { retires_at } else { key.retires_at }, ..key.clone() }
        };
        let (mut left, gone): (Vec<_>, Vec<_>) = keys.iter().map(ended).partition(|key| key.verifies(now));
        left.push(new);
        Rotated { keys: left, gone: gone.into_iter().map(|key| key.kid).collect() }
    }

    fn verifies(&self, now: Timestamp) -> bool {
        self.retires_at.is_none_or(|end| now < end)
    }

    fn open(&self, master: &MasterKey, owner: &str) -> Result<SigningKey, KeyError> {
        let pkcs8 = master.open(PURPOSE, owner.as_bytes(), &self.sealed_pkcs8).map_err(|_| KeyError::Sealed)?;
        SigningKey::from_pkcs8(self.algorithm, &pkcs8)
    }
}

/// An issuer's keys at one moment, opened and parsed once: of each use the youngest that may sign signs, all that have not
/// retired verify and are published.
#[derive(Debug)]
pub struct KeyRing {
    access: Arc<SigningKey>,
    id: Arc<SigningKey>,
    public: Vec<Jwk>,
    set: Arc<KeySet>,
    /// When the ring has to be opened anew, because a key begins to sign or retires.
    good_until: Option<Timestamp>,
}

impl KeyRing {
    /// Opens an owner's keys as they are at `now`.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoLivingKey`] if all of one use have retired; [`KeyError::Sealed`] if one does not open: it was sealed for another
    /// owner or under another master key.
    pub fn open(master: &MasterKey, owner: &str, mut keys: Vec<SealedKey>, now: Timestamp) -> Result<Self, KeyError> {
        keys.retain(|key| key.verifies(now));
        keys.sort_by_key(|key| std::cmp::Reverse((key.signs_from, key.created_at)));
        let steps = keys.iter().flat_map(|key| [Some(key.signs_from), key.retires_at]).flatten();
        let good_until = steps.filter(|step| *step > now).min();
        let opened = keys.iter().map(|key| key.open(master, owner).map(Arc::new)).collect::<Result<Vec<_>, _>>()?;
        let signer = |wanted| {
            let of_use = || keys.iter().zip(&opened).filter(|(key, _)| key.usage.covers(wanted));
            // None may sign yet if the node that made the only key has a clock that runs ahead of this one: the oldest signs.
            let found = of_use().find(|(key, _)| key.signs_from <= now).or_else(|| of_use().next_back());
            found.map(|(_, key)| Arc::clone(key)).ok_or(KeyError::NoLivingKey)
        };
        let (access, id) = (signer(KeyUse::AccessTokens)?, signer(KeyUse::IdTokens)?);
        let public: Vec<Jwk> = opened.iter().map(|key| key.public_jwk()).collect();
        let set = Arc::new(KeySet::from_jwks(public.iter().cloned()));
        Ok(Self { access, id, public, set, good_until })
    }

    /// The key that signs; of keys for either kind of token, the one for access tokens.
    pub fn signing(&self) -> &SigningKey {
        &self.access
    }

    /// The key that signs these tokens.
    pub fn signing_for(&self, usage: KeyUse) -> &SigningKey {
        match usage {
            KeyUse::EveryToken | KeyUse::AccessTokens => &self.access,
            KeyUse::IdTokens => &self.id,
        }
    }

    /// The keys that verify.
    pub fn key_set(&self) -> &KeySet {
        &self.set
    }

    /// The keys that verify, to keep beyond the ring.
    pub fn shared_key_set(&self) -> Arc<KeySet> {
        Arc::clone(&self.set)
    }

    /// The key set to publish.
    pub fn publish(&self) -> JwkSet {
        KeySet::publish(self.public.iter().cloned())
    }
}

/// How long a ring stays open before its keys are looked up again, in seconds: how late another node learns of a
/// rotation, and so the least that a key must be published ahead.
const REFRESHED_AFTER_SECONDS: i64 = 60;

/// So many rings are open at once. One of an RSA key takes about 10 KiB.
const MOST_OPEN: usize = 1024;

/// Rings that are kept open, by owner, for a minute each: 1024 at most, of which the one opened first goes when another
/// comes.
#[derive(Debug)]
pub struct KeyRings<K>(RwLock<HashMap<K, Open>>);

/// A ring, and when it was opened.
#[derive(Debug)]
struct Open {
    ring: Arc<KeyRing>,
    at: Timestamp,
}

impl<K> Default for KeyRings<K> {
    fn default() -> Self {
        Self(RwLock::new(HashMap::new()))
    }
}

impl<K: Clone + Eq + Hash> KeyRings<K> {
    /// The owner's ring, if it is open and as the keys are at `now`.
    pub fn get(&self, owner: &K, now: Timestamp) -> Option<Arc<KeyRing>> {
        let rings = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let open = rings.get(owner)?;
        // A clock that is set back must not keep the ring open for longer.
        let fresh = now.is_within(open.at, REFRESHED_AFTER_SECONDS);
        let good = open.ring.good_until.is_none_or(|step| now < step);
        (fresh && good).then(|| Arc::clone(&open.ring))
    }

    /// Keeps a ring open.
    pub fn insert(&self, owner: &K, ring: KeyRing, now: Timestamp) -> Arc<KeyRing> {
        let ring = Arc::new(ring);
        let mut rings = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if rings.len() >= MOST_OPEN && !rings.contains_key(owner) {
            make_room(&mut rings, now);
        }
        rings.insert(owner.clone(), Open { ring: Arc::clone(&ring), at: now });
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

/// Closes the rings that have to be opened anew anyhow, or else the one that was opened first.
fn make_room<K: Clone + Eq + Hash>(rings: &mut HashMap<K, Open>, now: Timestamp) {
    rings.retain(|_, open| now.is_within(open.at, REFRESHED_AFTER_SECONDS));
    if rings.len() >= MOST_OPEN {
        let first = rings.iter().min_by_key(|(_, open)| open.at).map(|(owner, _)| owner.clone());
        first.map(|first| rings.remove(&first));
    }
}
