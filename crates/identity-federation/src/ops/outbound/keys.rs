//! The account's own issuer: where it is, and its keys.
//!
//! It has keys as an identity pool has, under ids that no pool has: the account stands in them where a pool has random digits.

use std::sync::Arc;

use jwt_tokens::{Algorithm, IssuerForm, JwkSet, KeyRing, Rotated, Rotation, SealedKey};

use crate::error::Error;
use crate::model::ids::IdentityPoolId;
use crate::ports::{Action, Details, Outcome};
use crate::reasons::OutboundProblem;
use crate::service::IdentityPools;
use crate::storage::{KeyWrite, Write};

/// The algorithms of tokens for other services, each with keys of its own.
const ALGORITHMS: [Algorithm; 2] = [Algorithm::Rs256, Algorithm::Es384];

impl IdentityPools {
    /// The `iss` of tokens for other services: one for the account. `None` where they are not turned on, or issuers are Amazon's.
    pub fn outbound_issuer(&self) -> Option<String> {
        match self.issuer.as_ref() {
            IssuerForm::Own(base) if self.defaults.outbound_tokens => {
                Some(format!("{base}/{}", self.outbound_id(0).ok()?))
            }
            _ => None,
        }
    }

    /// Whether this is the id in the issuer's URL.
    pub fn is_outbound_issuer(&self, id: &IdentityPoolId) -> bool {
        self.outbound_issuer().is_some() && self.outbound_id(0).is_ok_and(|own| own == *id)
    }

    /// The public keys for tokens for other services (RFC 7517).
    ///
    /// # Errors
    ///
    /// [`Error::Outbound`] if they are not turned on; [`Error::Storage`].
    pub async fn outbound_key_set(&self) -> Result<JwkSet, Error> {
        self.outbound_issuer().ok_or(OutboundProblem::Disabled)?;
        let mut keys = Vec::new();
        for algorithm in ALGORITHMS {
            let owner = self.outbound_owner(algorithm)?;
            if !self.storage.pools().keys(&owner).await?.is_empty() {
                keys.extend(self.pool_keys(&owner).await?.publish().keys);
            }
        }
        Ok(JwkSet { keys })
    }

    /// Gives the account's issuer a new key of this algorithm, as
    /// [`rotate_signing_key`](IdentityPools::rotate_signing_key) does for a pool. Of two rotations at once, one wins; where there was no
    /// key of the algorithm yet, both have made one, and both count.
    ///
    /// # Errors
    ///
    /// [`Error::Outbound`] for another algorithm; [`Error::Concurrent`]; [`Error::Internal`] if
    /// keys of it cannot be made; [`Error::Storage`].
    pub async fn rotate_outbound_key(&self, algorithm: Algorithm, rotation: Rotation) -> Result<(), Error> {
        let rotated = self.replace_outbound_key(algorithm, rotation).await;
        self.record(Action::RotateOutboundKey, Details::default(), Outcome::of(&rotated)).await;
        rotated
    }

    async fn replace_outbound_key(&self, algorithm: Algorithm, rotation: Rotation) -> Result<(), Error> {
        let owner = self.outbound_owner(algorithm)?;
        let before = self.storage.pools().keys(&owner).await?;
        let new = self.new_key_of(&owner, algorithm).await?;
        let known: Vec<SealedKey> = before.iter().map(|key| key.record.clone()).collect();
        let Rotated { mut keys, gone: _ } = SealedKey::rotate(new, &known, rotation, self.now());
        let mut writes: Vec<Write> = Vec::new();
        // Every key that was there is a condition: whoever rotates at the same time changes the same ones.
        for before in before {
            let at = keys.iter().position(|key| key.kid == before.kid);
            let after = at.map(|at| keys.swap_remove(at));
            writes.push(KeyWrite::Change { pool: owner.clone(), before, after }.into());
        }
        writes.extend(keys.into_iter().map(|key| KeyWrite::Put { pool: owner.clone(), key }.into()));
        self.storage.commit(writes).await?;
        self.forget_keys(&owner);
        Ok(())
    }

    /// The keys that sign by this algorithm, made when they are asked for first. Two nodes that make some at once have made two:
    /// both count, and both are published.
    pub(super) async fn outbound_keys(&self, algorithm: Algorithm) -> Result<Arc<KeyRing>, Error> {
        let owner = self.outbound_owner(algorithm)?;
        if self.storage.pools().keys(&owner).await?.is_empty() {
            let key = self.new_key_of(&owner, algorithm).await?;
            self.storage.commit(vec![KeyWrite::Put { pool: owner.clone(), key }.into()]).await?;
            self.forget_keys(&owner);
        }
        self.pool_keys(&owner).await
    }

    fn outbound_owner(&self, algorithm: Algorithm) -> Result<IdentityPoolId, Error> {
        let at = ALGORITHMS.iter().position(|own| *own == algorithm).ok_or(OutboundProblem::Algorithm)?;
        self.outbound_id(at + 1)
    }

    fn outbound_id(&self, number: usize) -> Result<IdentityPoolId, Error> {
        let place = self.account_region();
        let id = format!("{}:00000000-0000-4000-800{number}-{}", place.region, place.account);
        id.parse().map_err(|_| OutboundProblem::Disabled.into())
    }
}
