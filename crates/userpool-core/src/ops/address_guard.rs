//! An address that somebody signs in or comes back by is replaced by a fresh sign-in alone.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::model::attributes::Attributes;
use crate::model::ceremony::FirstFactor;
use crate::model::factors::{Demand, MfaMode, SecondFactor, SecondFactors};
use crate::model::pool::{Contact, SignInNames, UserPool};
use crate::model::user::User;
use crate::ops::account::Authenticated;
use crate::reasons::{Invalid, Refusal};
use crate::service::UserPools;

impl UserPools {
    /// Whether this sign-in may put others in the place of the user's addresses of these kinds, or give the first. Where one is a
    /// factor, or brings the password of somebody back who has a second factor, it must be as good as for a change of factors.
    pub(crate) async fn may_replace_addresses(&self, me: &Authenticated, replaced: &[Contact]) -> Result<(), Error> {
        if replaced.is_empty() || !me.pool.settings.account_rules.factors_need_fresh_sign_in {
            return Ok(());
        }
        let second = self.second_factors(&me.pool, &me.user.sub).await?;
        let second = second.as_deref();
        if replaced.iter().any(|contact| leads_in(&me.pool, second, *contact)) {
            self.may_change_factors(me, second).await?;
        }
        Ok(())
    }
}

/// The kinds of address that these values would make others than they are. One that is taken away is not among them: what goes with
/// it is looked at elsewhere.
pub(crate) fn replaced_by(user: &User, given: &Attributes) -> Vec<Contact> {
    let is_another = |contact: &Contact| {
        let new = given.get(contact.attribute()).filter(|new| !new.is_empty());
        new.is_some() && user.address(*contact).as_ref() != new
    };
    [Contact::Email, Contact::PhoneNumber].into_iter().filter(is_another).collect()
}

/// Refuses another address in the place of one that a second factor will be sent to, or none: whoever has shown none yet would
/// have it sent to themselves, or would not be asked.
pub(crate) fn keep_second_factor(
    pool: &UserPool,
    second: Option<&SecondFactors>,
    (before, after): (&User, &User),
) -> Result<(), Error> {
    let is_lost = |factor: SecondFactor| {
        factor.contact().is_some_and(|contact| before.address(contact) != after.address(contact))
    };
    let none = SecondFactors::default();
    let is_refused = match second.unwrap_or(&none).demand(&pool.settings.mfa, before) {
        Demand::None | Demand::SetUp(_) => false,
        Demand::One(factor) => is_lost(factor),
        Demand::OneOf(factors) => factors.into_iter().any(is_lost),
    };
    if is_refused { Err(Refusal::FreshSignInNeeded.into()) } else { Ok(()) }
}

/// Refuses that a user of a pool whose names are addresses is left without one: the subject alone would sign in.
pub(crate) fn keep_sign_in_address(pool: &UserPool, (before, after): (&User, &User)) -> Result<(), Error> {
    let SignInNames::Address(contacts) = &pool.sign_in_names else { return Ok(()) };
    if !pool.settings.account_rules.keep_sign_in_address {
        return Ok(());
    }
    let name_of = |user: &User| contacts.iter().find(|contact| user.address(**contact).is_some()).copied();
    match (name_of(before), name_of(after)) {
        (Some(lost), None) => Err(Invalid::AttributeMissing(lost.attribute().to_owned()).into()),
        _ => Ok(()),
    }
}

/// Whether an address of this kind is a factor of the user's, or brings back the password of somebody who has turned a second
/// factor on.
fn leads_in(pool: &UserPool, second: Option<&SecondFactors>, contact: Contact) -> bool {
    let settings = &pool.settings;
    let has = |factors: &BTreeSet<SecondFactor>| factors.iter().any(|factor| factor.contact() == Some(contact));
    let first = match contact {
        Contact::Email => FirstFactor::EmailCode,
        Contact::PhoneNumber => FirstFactor::SmsCode,
    };
    let asked_of_everybody = settings.mfa.mode == MfaMode::On && has(&settings.mfa.kinds);
    let active = second.map(|second| &second.active);
    let brings_back =
        active.is_some_and(|active| !active.is_empty()) && settings.recovery.contacts().contains(&contact);
    settings.first_factors.allowed.contains(&first) || asked_of_everybody || active.is_some_and(has) || brings_back
}
