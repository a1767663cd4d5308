//! What may be written into a user's attributes, and the operation that writes them for administrators.

use document_store::Versioned;

use crate::error::Error;
use crate::model::attributes::{self, Attributes};
use crate::model::client::AppClient;
use crate::model::ids::UserPoolId;
use crate::model::pool::{Contact, UserPool};
use crate::model::user::{NameKind, User};
use crate::reasons::{Invalid, Refusal};
use crate::service::UserPools;
use crate::storage::Write;

/// Who writes.
#[derive(Clone, Copy)]
pub(crate) enum Author<'a> {
    /// A user, through a client.
    User(&'a AppClient),
    /// An administrator.
    Administrator,
}

/// Checks every attribute against the schema and what the author may write; unknown ones are refused.
pub(crate) fn check(pool: &UserPool, author: Author<'_>, given: &Attributes) -> Result<(), Error> {
    for (name, value) in given {
        let schema = pool.attribute(name).ok_or_else(|| Invalid::AttributeUnknown(name.clone()))?;
        let may = match author {
            Author::User(client) => client.writes(name),
            Author::Administrator => name != "sub",
        };
        if !may {
            return Err(Refusal::AttributeNotWritable.into());
        }
        if let Some(problem) = attributes::problem(schema, value) {
            return Err(Invalid::AttributeValue(name.clone(), problem).into());
        }
    }
    Ok(())
}

/// The required attributes that a user lacks.
pub(crate) fn missing<'a>(pool: &'a UserPool, user: &'a Attributes) -> impl Iterator<Item = &'a str> {
    let required = pool.schema.iter().filter(|schema| schema.required && schema.name != "sub");
    required.map(|schema| schema.name.as_str()).filter(|name| !user.contains_key(*name))
}

/// Values as they are kept: booleans in lower case.
pub(crate) fn normalized(given: Attributes) -> Attributes {
    let keep = |name: &str, value: String| match name {
        "email_verified" | "phone_number_verified" => value.to_lowercase(),
        _ => value,
    };
    given.into_iter().map(|(name, value)| (name.clone(), keep(&name, value))).collect()
}

/// Writes `given` into `user`: an empty value removes, a new address is not verified unless that is said with it.
pub(crate) fn apply(pool: &UserPool, user: &mut User, given: Attributes) -> Result<(), Error> {
    for name in given.keys() {
        let fixed = pool.attribute(name).is_some_and(|schema| !schema.mutable);
        if fixed && user.attributes.contains_key(name) {
            return Err(Invalid::AttributeImmutable(name.clone()).into());
        }
    }
    for contact in [Contact::Email, Contact::PhoneNumber] {
        let new = given.get(contact.attribute());
        if new.is_some() && new != user.attributes.get(contact.attribute()) {
            user.attributes.insert(contact.verified_attribute().to_owned(), "false".to_owned());
        }
    }
    for (name, value) in normalized(given) {
        if value.is_empty() {
            user.attributes.remove(&name);
        } else {
            user.attributes.insert(name, value);
        }
    }
    user.refresh_names(pool);
    Ok(())
}

impl UserPools {
    /// Writes attributes of a user, verified flags included.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] for unknown attributes or unsuited values;
    /// [`Error::AliasExists`] if an address would lead to two users.
    pub async fn admin_update_user_attributes(
        &self,
        pool: &UserPoolId,
        username: &str,
        given: Attributes,
    ) -> Result<(), Error> {
        let pool = self.pool(pool).await?;
        let before = self.named_user(&pool, username).await?;
        self.write_attributes(&pool, before, Author::Administrator, given).await
    }

    pub(crate) async fn write_attributes(
        &self,
        pool: &UserPool,
        before: Versioned<User>,
        author: Author<'_>,
        given: Attributes,
    ) -> Result<(), Error> {
        let (removed, set): (Attributes, Attributes) = given.into_iter().partition(|(_, value)| value.is_empty());
        check(pool, author, &set)?;
        let mut after = before.record.clone();
        apply(pool, &mut after, removed.into_iter().chain(set).collect())?;
        after.modified_at = self.now();
        self.storage.commit(vec![Write::UpdateUser(before, after)]).await.map_err(taken_alias)
    }
}

/// A refused change of a user's names as the alias that is taken.
pub(crate) fn taken_alias(error: document_store::error::StorageError) -> Error {
    match error.condition().and_then(NameKind::of_label) {
        Some(kind) => Error::AliasExists(kind),
        None => error.into(),
    }
}
