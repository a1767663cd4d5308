//! What a change of a pool's case rule would come to, counted without changing anything.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use document_store::Versioned;
use document_store::page::PageRequest;

use crate::error::Error;
use crate::model::case_change::{CasePlan, CaseRule, Collision};
use crate::model::ids::{UserPoolId, Username};
use crate::model::pool::{SignInNames, UserPool, fold};
use crate::model::user::User;
use crate::service::UserPools;

/// How many users are read at once.
const READ_AT_ONCE: usize = 500;

impl UserPools {
    /// Counts what it would come to if case counted, or did not count, in the names of a pool: which names more than one user
    /// would have, of which up to `shown` are told, and whose SRP verifiers would not fit. It reads every user once, twice where
    /// there are such names, keeps nine bytes for each name meanwhile, and changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn plan_case_change(&self, pool: &UserPoolId, to: CaseRule, shown: usize) -> Result<CasePlan, Error> {
        let pool = self.pool(pool).await?;
        let mut plan = CasePlan::default();
        let (mut once, mut twice) = (HashSet::new(), HashSet::new());
        self.each_user(&pool.id, |user| {
            plan.users += 1;
            plan.verifiers += u64::from(loses_verifier(&pool, user, to));
            for name in user.names_by(&pool, to).values() {
                let hash = short(name);
                if !once.insert(hash) {
                    twice.insert(hash);
                }
            }
        })
        .await?;
        if twice.is_empty() {
            return Ok(plan);
        }
        let mut owners: BTreeMap<String, BTreeSet<Username>> = BTreeMap::new();
        self.each_user(&pool.id, |user| {
            for name in user.names_by(&pool, to).into_values().filter(|name| twice.contains(&short(name))) {
                owners.entry(name).or_default().insert(user.username.clone());
            }
        })
        .await?;
        owners.retain(|_, usernames| usernames.len() > 1);
        plan.collisions = owners.len() as u64;
        let collision =
            |(name, usernames): (_, BTreeSet<_>)| Collision { name, usernames: usernames.into_iter().collect() };
        plan.shown = owners.into_iter().take(shown).map(collision).collect();
        Ok(plan)
    }

    /// Reads every user of a pool.
    pub(crate) async fn each_user(
        &self,
        pool: &UserPoolId,
        mut see: impl FnMut(&Versioned<User>) + Send,
    ) -> Result<(), Error> {
        let mut page = PageRequest { limit: READ_AT_ONCE, after: None };
        loop {
            let found = self.storage.users().list(pool, &page).await?;
            found.items.iter().for_each(&mut see);
            let Some(next) = found.next else { return Ok(()) };
            page.after = Some(next);
        }
    }
}

/// Whether the verifier of this user's password is of a name that would be written otherwise.
fn loses_verifier(pool: &UserPool, user: &User, to: CaseRule) -> bool {
    let name = user.username.as_str();
    pool.sign_in_names == SignInNames::Username && fold(to, name) != fold(to.other(), name)
}

/// Two names of one hash are looked at again.
fn short(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}
