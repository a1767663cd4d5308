//! Who calls, and which identity that is: identities are found, linked and merged by the logins that are shown.

use std::collections::BTreeSet;

use document_store::Versioned;
use document_store::error::StorageErrorKind;
use jwt_tokens::IdentityPoolClaims;

use crate::error::Error;
use crate::model::identity::{Identity, Login};
use crate::model::ids::IdentityId;
use crate::model::linking::{Union, check_logins, unite};
use crate::model::pool::IdentityPool;
use crate::ops::logins::{Logins, Verified};
use crate::ports::Details;
use crate::reasons::{Kind, Refusal};
use crate::service::IdentityPools;
use crate::storage::{IdentityWrite, Write};

/// How often a change is tried again that others overtook.
pub(crate) const TRIES: usize = 8;

/// How many mergers are followed from an identity to the one that it is today.
const MOST_MERGERS: usize = 20;

/// How a caller shows who they are.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    /// By knowing the identity's id.
    Guest,
    /// By logins.
    Logins(Vec<Verified>),
    /// By a token that the pool itself gave, to a developer's user.
    OwnToken(Box<IdentityPoolClaims>),
}

/// Somebody who names an identity, after every check of what is shown.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) pool: IdentityPool,
    pub(crate) named: Versioned<Identity>,
    pub(crate) proof: Proof,
}

/// Who a caller is.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) pool: IdentityPool,
    pub(crate) identity: Identity,
    pub(crate) proof: Proof,
}

pub(crate) fn logins_of(verified: &[Verified]) -> BTreeSet<Login> {
    verified.iter().map(Verified::login).collect()
}

/// Whether somebody else was faster, and a second look helps.
pub(crate) fn is_overtaken(error: &Error) -> bool {
    match error {
        Error::Concurrent => true,
        Error::Storage(error) => error.kind() == StorageErrorKind::AlreadyExists,
        _ => false,
    }
}

impl IdentityPools {
    /// Checks what a caller shows who names this identity. Nothing is written.
    pub(crate) async fn prove(&self, id: &IdentityId, logins: &Logins) -> Result<Caller, Error> {
        let named = self.identity(id).await?;
        let pool = self.pool(&named.pool).await?.record;
        if !logins.is_empty() {
            let verified = self.verify_logins(&pool, logins).await?;
            return Ok(Caller { pool, named, proof: Proof::Logins(verified) });
        }
        if !named.is_guest() {
            return Err(Refusal::IdentityNotYours(id.clone()).into());
        }
        if !pool.settings.allow_guests {
            return Err(Refusal::GuestsNotAllowed.into());
        }
        Ok(Caller { pool, named, proof: Proof::Guest })
    }

    /// Which identity the caller is, after linking and merging what belongs together.
    pub(crate) async fn resolve(&self, caller: Caller, details: &mut Details) -> Result<Resolved, Error> {
        let Caller { pool, named, proof } = caller;
        details.pool = Some(pool.id.clone());
        let identity = match &proof {
            Proof::Logins(verified) => self.join(&pool, Some(named), &logins_of(verified), details).await?,
            Proof::Guest | Proof::OwnToken(_) => named.record,
        };
        details.identity = Some(identity.id.clone());
        Ok(Resolved { pool, identity, proof })
    }

    /// The one identity of these logins, and of the one that is named, from now on. Logins that lead nowhere are linked;
    /// identities to which others lead are merged. It is one commit, or none.
    pub(crate) async fn join(
        &self,
        pool: &IdentityPool,
        mut named: Option<Versioned<Identity>>,
        shown: &BTreeSet<Login>,
        details: &mut Details,
    ) -> Result<Identity, Error> {
        let id = named.as_ref().map(|named| named.id.clone());
        for _ in 0..TRIES {
            let plan = self.plan(pool, named, shown).await;
            if let Some(identity) = self.settle(plan, details).await? {
                return Ok(identity);
            }
            named = match &id {
                Some(id) => Some(self.identity(id).await?),
                None => None,
            };
        }
        Err(Error::Concurrent)
    }

    async fn plan(
        &self,
        pool: &IdentityPool,
        named: Option<Versioned<Identity>>,
        shown: &BTreeSet<Login>,
    ) -> Result<Union, Error> {
        let named = match named {
            Some(named) => Some(self.today(named).await?),
            None => None,
        };
        // Who knows the id of somebody who has logged in is not that somebody: one of the logins must be theirs.
        if named.as_ref().is_some_and(|named| !named.is_guest() && named.logins.is_disjoint(shown)) {
            return Err(Refusal::LoginsNotOfIdentity.into());
        }
        let owners = self.owners(pool, named.as_ref(), shown).await?;
        let members = named.into_iter().chain(owners).collect();
        self.union_of(pool, members, shown)
    }

    /// What is to become of these identities; of none, a new one.
    pub(crate) fn union_of(
        &self,
        pool: &IdentityPool,
        members: Vec<Versioned<Identity>>,
        shown: &BTreeSet<Login>,
    ) -> Result<Union, Error> {
        let developer = pool.settings.developer_provider.as_deref();
        if let Some(union) = unite(members, shown, developer, self.now())? {
            return Ok(union);
        }
        check_logins(shown, developer)?;
        let parent = self.new_identity(pool, shown.clone())?;
        let linked = shown.iter().cloned().collect();
        Ok(Union { parent, linked, disabled: Vec::new(), changes: Vec::new(), is_new: true })
    }

    /// The other identities to which these logins lead.
    pub(crate) async fn owners(
        &self,
        pool: &IdentityPool,
        named: Option<&Versioned<Identity>>,
        shown: &BTreeSet<Login>,
    ) -> Result<Vec<Versioned<Identity>>, Error> {
        // What stands in the identity leads to it.
        let fresh: Vec<&Login> =
            shown.iter().filter(|login| named.is_none_or(|named| !named.logins.contains(login))).collect();
        if fresh.is_empty() {
            return Ok(Vec::new());
        }
        let owners = self.storage.identities().of_logins(&pool.id, &fresh).await?;
        // A login that changed hands while it was looked up leads to who has it no more, or to the one that is named.
        let changed = |owner: &Versioned<Identity>| {
            owner.logins.is_disjoint(shown) || named.is_some_and(|named| named.id == owner.id)
        };
        if owners.iter().any(changed) { Err(Error::Concurrent) } else { Ok(owners) }
    }

    /// Carries out what was planned, and notes it for whoever hears; `None` if somebody else was faster, and a second look
    /// helps.
    pub(crate) async fn settle(
        &self,
        plan: Result<Union, Error>,
        details: &mut Details,
    ) -> Result<Option<Identity>, Error> {
        let settled = match plan {
            Ok(union) => self.commit(union).await,
            refused => refused,
        };
        match settled {
            Ok(union) => Ok(Some(told(union, details))),
            Err(error) if is_overtaken(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Commits what is to become of identities.
    async fn commit(&self, union: Union) -> Result<Union, Error> {
        let mut writes: Vec<Write> = Vec::new();
        if union.is_new {
            writes.push(IdentityWrite::Insert { identity: union.parent.clone() }.into());
        }
        let update = |(before, after): &(Versioned<Identity>, Identity)| {
            IdentityWrite::Update { before: before.clone(), after: after.clone() }.into()
        };
        writes.extend(union.changes.iter().map(update));
        if !writes.is_empty() {
            self.storage.commit(writes).await?;
        }
        Ok(union)
    }

    /// The identity that this one is today, after it was merged into others.
    pub(crate) async fn today(&self, mut identity: Versioned<Identity>) -> Result<Versioned<Identity>, Error> {
        let asked = identity.id.clone();
        for _ in 0..MOST_MERGERS {
            let Some(into) = &identity.merged_into else { return Ok(identity) };
            let Some(next) = self.storage.identities().get(into).await? else { break };
            identity = next;
        }
        Err(Refusal::IdentityNotYours(asked).into())
    }

    pub(crate) fn new_identity(&self, pool: &IdentityPool, logins: BTreeSet<Login>) -> Result<Identity, Error> {
        let now = self.now();
        let signed_in_at = (!logins.is_empty()).then_some(now);
        let (id, pool) = (self.new_identity_id(&pool.id)?, pool.id.clone());
        Ok(Identity { id, pool, logins, created_at: now, modified_at: now, signed_in_at, merged_into: None })
    }

    pub(crate) async fn identity(&self, id: &IdentityId) -> Result<Versioned<Identity>, Error> {
        let found = self.storage.identities().get(id).await?;
        found.ok_or_else(|| Error::NotFound(Kind::Identity(id.clone())))
    }
}

/// Notes for whoever hears what became of identities.
fn told(union: Union, details: &mut Details) -> Identity {
    details.linked = union.linked.into_iter().map(|login| login.provider).collect();
    details.merged = union.disabled;
    union.parent
}
