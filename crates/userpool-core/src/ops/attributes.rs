//! What may be written into a user's attributes, and the operation that writes them for administrators.

use crate::error::Error;
use crate::model::attributes::{self, Attributes, ValueProblem, is_email, is_phone_number};
use crate::model::client::AppClient;
use crate::model::code::CodePurpose;
use crate::model::delivery::Delivery;
use crate::model::ids::{Subject, UserPoolId};
use crate::model::pool::{Alias, Contact, SignInNames, UserPool};
use crate::model::user::{User, UserStatus};
use crate::ops::account::Authenticated;
use crate::ops::address_guard::{keep_sign_in_address, replaced_by};
use crate::ops::messages::CodeOrder;
use crate::ops::notices::FactorChange;
use crate::ops::rounds::{MOST_ROUNDS, is_overtaken};
use crate::ops::taken::taken_alias;
use crate::ports::MessageReason;
use crate::reasons::{Invalid, Refusal};
use crate::service::UserPools;
use crate::storage::{UserWrite, Write};

/// Who writes.
#[derive(Clone, Copy)]
pub(crate) enum Author<'a> {
    /// A user, through a client.
    User(&'a AppClient),
    /// An administrator.
    Administrator,
}

/// Checks every attribute against the schema and what the author may write; unknown ones are refused. An empty value is
/// a removal, which is a write as any other: who may not write an attribute does not remove it, and nobody removes a
/// required one.
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
        if value.is_empty() {
            if schema.required {
                return Err(Invalid::AttributeMissing(name.clone()).into());
            }
            continue;
        }
        if let Some(problem) = attributes::problem(schema, value).or_else(|| alias_problem(pool, name, value)) {
            return Err(Invalid::AttributeValue(name.clone(), problem).into());
        }
    }
    Ok(())
}

/// A changeable name that signs in must not pass for an address, which signs in only when it is proved, nor for somebody's
/// subject.
fn alias_problem(pool: &UserPool, name: &str, value: &str) -> Option<ValueProblem> {
    let signs_in = name == "preferred_username"
        && matches!(&pool.sign_in_names, SignInNames::UsernameOr(aliases) if aliases.contains(&Alias::PreferredUsername));
    let like_another = is_email(value) || is_phone_number(value) || looks_like_subject(value);
    (signs_in && like_another).then_some(ValueProblem::LooksLikeAnotherName)
}

/// Whether a name has the form of a subject, under which users are found too.
pub(crate) fn looks_like_subject(name: &str) -> bool {
    name.to_lowercase().parse::<Subject>().is_ok()
}

/// The required attributes that a user lacks.
pub(crate) fn missing<'a>(pool: &'a UserPool, user: &'a Attributes) -> impl Iterator<Item = &'a str> {
    let required = pool.schema.iter().filter(|schema| schema.required && schema.name != "sub");
    required.map(|schema| schema.name.as_str()).filter(|name| !user.contains_key(*name))
}

/// Values as they are kept: booleans in lower case; no empty ones; an address that is not said to be verified is not.
pub(crate) fn normalized(given: Attributes) -> Attributes {
    let mut kept: Attributes = given.into_iter().map(in_lower_case_if_flag).collect();
    kept.retain(|_, value| !value.is_empty());
    for contact in [Contact::Email, Contact::PhoneNumber] {
        if kept.contains_key(contact.attribute()) {
            kept.entry(contact.verified_attribute().to_owned()).or_insert_with(|| "false".to_owned());
        }
    }
    kept
}

fn in_lower_case_if_flag((name, value): (String, String)) -> (String, String) {
    let is_flag = matches!(name.as_str(), "email_verified" | "phone_number_verified");
    let value = if is_flag { value.to_lowercase() } else { value };
    (name, value)
}

/// Writes `given` into `user`: an empty value removes; a new address is not verified unless that is said with it. What
/// cannot be changed can be set until the first sign-in is complete, if it is absent.
pub(crate) fn apply(pool: &UserPool, user: &mut User, given: Attributes) -> Result<(), Error> {
    let begun = user.status != UserStatus::ForceChangePassword;
    for name in given.keys() {
        let fixed = pool.attribute(name).is_some_and(|schema| !schema.mutable);
        if fixed && (begun || user.attributes.contains_key(name)) {
            return Err(Invalid::AttributeImmutable(name.clone()).into());
        }
    }
    for contact in [Contact::Email, Contact::PhoneNumber] {
        let Some(new) = given.get(contact.attribute()) else { continue };
        user.pending.remove(&contact);
        if new.is_empty() {
            user.attributes.remove(contact.verified_attribute());
        } else if user.attributes.get(contact.attribute()) != Some(new) {
            user.attributes.insert(contact.verified_attribute().to_owned(), "false".to_owned());
        }
    }
    for (name, value) in given.into_iter().map(in_lower_case_if_flag) {
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
        check(&pool, Author::Administrator, &given)?;
        for _ in 0..MOST_ROUNDS {
            let before = self.named_user(&pool, username).await?;
            let mut after = before.record.clone();
            apply(&pool, &mut after, given.clone())?;
            if after == before.record {
                return Ok(());
            }
            after.modified_at = self.now();
            let losses = self.losses(&pool, (&before, &after)).await?;
            let (old, change) = (before.record.clone(), losses.change());
            let mut writes: Vec<Write> = vec![UserWrite::Update { before, after: after.clone() }.into()];
            writes.extend(losses.into_writes(&old));
            match self.storage.commit(writes).await {
                Ok(()) => {
                    Box::pin(self.tell_of_attributes(&pool, None, (&old, &after), change)).await;
                    return Ok(());
                }
                Err(error) if is_overtaken(&error) => {}
                Err(error) => return Err(taken_alias(error)),
            }
        }
        Err(Error::Concurrent)
    }

    /// Tells a user of addresses that are others now, and of second factors that went with them.
    async fn tell_of_attributes(
        &self,
        pool: &UserPool,
        client: Option<&AppClient>,
        (before, after): (&User, &User),
        change: Option<FactorChange>,
    ) {
        self.tell_of_new_addresses(pool, client, (before, after)).await;
        if let Some(change) = change {
            self.tell_of_factors(pool, client, before, change).await;
        }
    }

    /// Writes what a user says of themselves. A new address that the pool proves is sent a code; where the pool keeps
    /// the old one until then, the new one waits.
    pub(crate) async fn write_own_attributes(
        &self,
        me: Authenticated,
        mut given: Attributes,
    ) -> Result<Vec<Delivery>, Error> {
        let (pool, client, before) = (&me.pool, &me.client, me.user.clone());
        check(pool, Author::User(client), &given)?;
        let replaced = replaced_by(&before, &given);
        let mut after = before.record.clone();
        let (mut waiting, mut to_prove) = (Vec::new(), Vec::new());
        for contact in [Contact::Email, Contact::PhoneNumber] {
            let Some(new) = given.get(contact.attribute()).filter(|new| !new.is_empty()).cloned() else { continue };
            if after.address(contact).as_ref() == Some(&new) || !pool.settings.auto_verified.contains(&contact) {
                continue;
            }
            to_prove.push((contact, new.clone()));
            if pool.keeps_until_verified(contact) {
                ensure_mutable(pool, contact.attribute())?;
                given.remove(contact.attribute());
                waiting.push((contact, new));
            }
        }
        apply(pool, &mut after, given)?;
        keep_sign_in_address(pool, (&before, &after))?;
        after.pending.extend(waiting);
        after.modified_at = self.now();
        self.may_replace_addresses(&me, &replaced).await?;
        let losses = self.losses(pool, (&before, &after)).await?;
        if let Some(second) = losses.second() {
            self.may_change_factors(&me, Some(second)).await?;
        }
        let (old, change) = (before.record.clone(), losses.change());
        let mut writes: Vec<Write> = vec![UserWrite::Update { before, after: after.clone() }.into()];
        writes.extend(losses.into_writes(&old));
        let mut sent = Vec::new();
        for (contact, address) in to_prove {
            let (user, purpose) = (&after, CodePurpose::VerifyAttribute(contact));
            let reason = MessageReason::UpdateUserAttribute;
            let by = Some(client);
            let order = CodeOrder { pool, client: by, user, purpose, contact, address, reason, within: None };
            match self.send_code(order, std::mem::take(&mut writes)).await {
                Ok(delivery) => sent.push(delivery),
                Err(error) => {
                    // What was committed before the code did not leave stands, and is told all the same.
                    let now = self.storage.users().get(&pool.id, &old.sub).await?;
                    Box::pin(self.tell_of_new_addresses(pool, Some(client), (&old, now.as_deref().unwrap_or(&old))))
                        .await;
                    return Err(error);
                }
            }
        }
        if !writes.is_empty() {
            self.storage.commit(writes).await.map_err(taken_alias)?;
        }
        Box::pin(self.tell_of_attributes(pool, Some(client), (&old, &after), change)).await;
        Ok(sent)
    }
}

fn ensure_mutable(pool: &UserPool, name: &str) -> Result<(), Error> {
    match pool.attribute(name) {
        Some(schema) if !schema.mutable => Err(Invalid::AttributeImmutable(name.to_owned()).into()),
        _ => Ok(()),
    }
}
