//! The attributes that users of a pool may have: given when it is made, and added later. None is ever taken away.

use crate::error::Error;
use crate::model::attributes::{self, AttributeSchema};
use crate::model::ids::UserPoolId;
use crate::model::pool::UserPool;
use crate::reasons::Invalid;
use crate::service::UserPools;
use crate::storage::PoolWrite;

/// The most attributes of its own that a pool may have.
const MOST_OWN: usize = 50;

impl UserPools {
    /// Adds attributes of its own to a pool: all or none. They can neither be changed nor be taken away.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] for a name that the pool has or that no pool can add, a required
    /// attribute, bounds that no value suits, and beyond 50; [`Error::Concurrent`] if the pool was changed meanwhile.
    pub async fn add_custom_attributes(&self, pool: &UserPoolId, added: &[AttributeSchema]) -> Result<(), Error> {
        let before = self.pool(pool).await?;
        let mut schema = before.schema.clone();
        for attribute in added {
            add_own(&mut schema, attribute)?;
        }
        let after = UserPool { schema, modified_at: self.now(), ..before.record.clone() };
        Ok(self.storage.commit(vec![PoolWrite::Update { before, after }.into()]).await?)
    }
}

fn add_own(schema: &mut Vec<AttributeSchema>, attribute: &AttributeSchema) -> Result<(), Error> {
    let name = || attribute.name.clone();
    if !attributes::is_own(&attribute.name) {
        return Err(Invalid::AttributeUnknown(name()).into());
    }
    if schema.iter().any(|other| other.name == attribute.name) {
        return Err(Invalid::AttributeExists(name()).into());
    }
    if attribute.required {
        return Err(Invalid::CustomAttributeRequired.into());
    }
    if let Some(problem) = attribute.bounds_problem() {
        return Err(Invalid::AttributeBounds(name(), problem).into());
    }
    if schema.iter().filter(|attribute| attributes::is_own(&attribute.name)).count() >= MOST_OWN {
        return Err(Invalid::TooManyAttributes.into());
    }
    schema.push(attribute.clone());
    Ok(())
}

/// The standard attributes with what was said of them, and the pool's own.
pub(crate) fn merge_schema(wanted: &[AttributeSchema]) -> Result<Vec<AttributeSchema>, Error> {
    let mut schema = attributes::standard();
    let mut seen = std::collections::BTreeSet::new();
    for attribute in wanted {
        if !seen.insert(&attribute.name) {
            return Err(Invalid::AttributeTwice(attribute.name.clone()).into());
        }
        if attributes::is_standard(&attribute.name) {
            set_standard(&mut schema, attribute)?;
        } else {
            add_own(&mut schema, attribute)?;
        }
    }
    Ok(schema)
}

fn set_standard(schema: &mut [AttributeSchema], attribute: &AttributeSchema) -> Result<(), Error> {
    let name = || attribute.name.clone();
    if let Some(problem) = attribute.bounds_problem() {
        return Err(Invalid::AttributeBounds(name(), problem).into());
    }
    let standard = schema.iter_mut().find(|standard| standard.name == attribute.name);
    let standard = standard.ok_or_else(|| Invalid::AttributeUnknown(name()))?;
    if standard.data_type != attribute.data_type {
        return Err(Invalid::AttributeTypeFixed(name()).into());
    }
    standard.clone_from(attribute);
    Ok(())
}
