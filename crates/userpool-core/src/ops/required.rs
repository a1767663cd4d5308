//! Which attributes a pool requires, changed later.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::model::attributes::is_own;
use crate::model::ids::UserPoolId;
use crate::model::pool::UserPool;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::reasons::Invalid;
use crate::service::UserPools;
use crate::storage::PoolWrite;

/// Whether an attribute is required.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Requirement {
    /// Every new user has it, and nobody deletes it.
    Required,
    /// Users may have it.
    Optional,
}

/// What it would come to if attributes were required.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct RequiredPlan {
    /// How many users the pool has.
    pub users: u64,
    /// How many of them lack each of the attributes.
    pub lacking: BTreeMap<String, u64>,
}

impl UserPools {
    /// Counts how many users of a pool lack each of these attributes. It reads every user, and changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] for an attribute that cannot be required.
    pub async fn plan_required_attributes(&self, pool: &UserPoolId, names: &[String]) -> Result<RequiredPlan, Error> {
        let pool = self.pool(pool).await?;
        names.iter().try_for_each(|name| check_can_be_required(&pool, name))?;
        let mut plan = RequiredPlan { users: 0, lacking: names.iter().map(|name| (name.clone(), 0)).collect() };
        self.each_user(&pool.id, |user| {
            plan.users += 1;
            for (name, lacking) in &mut plan.lacking {
                *lacking += u64::from(!user.attributes.contains_key(name));
            }
        })
        .await?;
        Ok(plan)
    }

    /// Sets which attributes of a pool are required and which are not, all of them at once; others stay as they are. It holds from
    /// now on: whoever signs up gives what is required, and nobody deletes it. Users who lack it go on as before; whoever must choose a
    /// password at the next sign-in gives it there, as do users whom administrators make without it. A requirement can be taken
    /// back at any time.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] for an attribute that cannot be required: one of the pool's own, `sub`, a
    /// flag of an address, or none; [`Error::Concurrent`] if the pool is changed again and again meanwhile.
    pub async fn set_required_attributes(
        &self,
        pool: &UserPoolId,
        changes: &BTreeMap<String, Requirement>,
    ) -> Result<UserPool, Error> {
        let mut rounds = 0;
        loop {
            let before = self.pool(pool).await?;
            let after = with_requirements(&before, changes)?;
            if after == before.record {
                return Ok(after);
            }
            let after = UserPool { modified_at: self.now(), ..after };
            let written = self.storage.commit(vec![PoolWrite::Update { before, after: after.clone() }.into()]).await;
            rounds += 1;
            match written {
                // A change of the case rule, say, goes on in the background and writes the pool too.
                Err(error) if is_overtaken(&error) && rounds < MOST_ROUNDS => {}
                other => return Ok(other.map(|()| after)?),
            }
        }
    }
}

fn with_requirements(pool: &UserPool, changes: &BTreeMap<String, Requirement>) -> Result<UserPool, Error> {
    let mut after = pool.clone();
    for (name, requirement) in changes {
        check_can_be_required(pool, name)?;
        let schema = after.schema.iter_mut().filter(|schema| schema.name == *name);
        schema.for_each(|schema| schema.required = *requirement == Requirement::Required);
    }
    Ok(after)
}

fn check_can_be_required(pool: &UserPool, name: &str) -> Result<(), Error> {
    if is_own(name) {
        return Err(Invalid::CustomAttributeRequired.into());
    }
    let is_fixed = name == "sub" || name.ends_with("_verified");
    if is_fixed || pool.attribute(name).is_none() {
        return Err(Invalid::AttributeUnknown(name.to_owned()).into());
    }
    Ok(())
}
