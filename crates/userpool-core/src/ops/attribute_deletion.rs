//! Attributes are deleted, and what hung on an address goes with it.

use document_store::Versioned;

use crate::error::Error;
use crate::model::attributes::Attributes;
use crate::model::code::CodePurpose;
use crate::model::factors::{SecondFactor, SecondFactors};
use crate::model::ids::UserPoolId;
use crate::model::pool::{Contact, UserPool};
use crate::model::user::User;
use crate::ops::account::Proof;
use crate::ops::notices::FactorChange;
use crate::ops::software_token::set_second;
use crate::service::UserPools;
use crate::storage::{CodeWrite, Write};

impl UserPools {
    /// Deletes my attributes of these names, as far as my client may write them. One that I do not have is no matter. With an
    /// address go its verified flag, the name that it was to sign in with, one that waited to take its place, codes that were
    /// sent to it, and the second factor by it.
    ///
    /// # Errors
    ///
    /// [`Error::NotAuthorized`] also for an attribute the client may not write, or, for an address that codes of second
    /// factors go to, a sign-in that proved too little for a change of second factors; [`Error::InvalidParameter`] for an
    /// attribute that the pool does not know, requires, or does not let change.
    pub async fn delete_user_attributes<'a>(
        &self,
        caller: impl Into<Proof<'a>>,
        names: &[String],
    ) -> Result<(), Error> {
        self.update_user_attributes(caller, emptied(names)).await.map(drop)
    }

    /// Deletes attributes of a user, verified flags included. One that the user does not have is no matter; with an address
    /// goes what [`delete_user_attributes`](Self::delete_user_attributes) says.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::NotAuthorized`] for `sub`; [`Error::InvalidParameter`] for an attribute that the pool
    /// does not know, requires, or does not let change.
    pub async fn admin_delete_user_attributes(
        &self,
        pool: &UserPoolId,
        username: &str,
        names: &[String],
    ) -> Result<(), Error> {
        self.admin_update_user_attributes(pool, username, emptied(names)).await
    }

    /// What goes with the addresses that a user has had.
    pub(crate) async fn losses(&self, pool: &UserPool, (before, after): (&User, &User)) -> Result<Losses, Error> {
        let contacts = [Contact::Email, Contact::PhoneNumber].into_iter();
        let gone = |contact: &Contact| {
            before.provable_address(*contact).is_some() && after.provable_address(*contact).is_none()
        };
        let gone: Vec<Contact> = contacts.clone().filter(gone).collect();
        let mut losses = Losses::default();
        let delete = |purpose| CodeWrite::Delete { pool: pool.id.clone(), sub: before.sub.clone(), purpose }.into();
        losses.codes.extend(gone.iter().map(|contact| delete(CodePurpose::VerifyAttribute(*contact))));
        if !gone.is_empty() {
            losses.codes.push(delete(CodePurpose::SignUp));
        }
        let is_another =
            |contact: Contact| before.address(contact).is_some_and(|old| after.address(contact) != Some(old));
        if contacts.clone().any(is_another) {
            losses.codes.push(delete(CodePurpose::ResetPassword));
        }
        if !gone.is_empty() {
            let second = self.storage.factors().second(&pool.id, &before.sub).await?;
            losses.factors = second.and_then(|second| {
                let after = without(&second, &gone)?;
                Some((second, after))
            });
        }
        Ok(losses)
    }
}

/// What goes with addresses.
#[derive(Default)]
pub(crate) struct Losses {
    codes: Vec<Write>,
    factors: Option<(Versioned<SecondFactors>, SecondFactors)>,
}

impl Losses {
    /// The second factors as they were, where one goes.
    pub(crate) fn second(&self) -> Option<&SecondFactors> {
        self.factors.as_ref().map(|(before, _)| &**before)
    }

    /// What becomes of second factors.
    pub(crate) fn change(&self) -> Option<FactorChange> {
        self.factors.as_ref().map(|(before, after)| FactorChange::between(Some(before), after))
    }

    /// The writes that take it all.
    pub(crate) fn into_writes(self, user: &User) -> impl Iterator<Item = Write> {
        let Self { codes, factors } = self;
        let set = factors.map(|(before, after)| set_second(&user.pool, &user.sub, Some(before), after));
        codes.into_iter().chain(set)
    }
}

/// The same factors without those by these addresses; `None` if none of them is turned on.
fn without(second: &SecondFactors, gone: &[Contact]) -> Option<SecondFactors> {
    let by_them = |factor: &SecondFactor| factor.contact().is_some_and(|contact| gone.contains(&contact));
    let mut after = second.clone();
    after.active.retain(|factor| !by_them(factor));
    after.preferred = after.preferred.filter(|preferred| !by_them(preferred));
    (after != *second).then_some(after)
}

/// An empty value deletes.
fn emptied(names: &[String]) -> Attributes {
    names.iter().map(|name| (name.clone(), String::new())).collect()
}
