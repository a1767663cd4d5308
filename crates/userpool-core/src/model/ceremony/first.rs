//! What a sign-in of the user's choice can begin with.

use crate::model::acr::Level;
use crate::model::ceremony::facts::Facts;
use crate::model::ceremony::passed::reaches;
use crate::model::challenge::{Challenge, Place};
use crate::model::factors::{Demand, FirstFactor, MfaMode};
use crate::model::passkeys::PasskeyFactor;
use crate::model::pool::Contact;
use crate::model::user::{User, UserStatus};

/// What a sign-in of the user's choice can begin with, in the order of [`FirstFactor::ALL`].
///
/// A code is sent to an address that the user has proved, and not to somebody of whom a second factor is demanded, or who
/// must choose a password: the code would be the only proof. Nobody is offered what an ordinary user is: one with a password
/// and a proved e-mail address, and a telephone number where the pool proves those. Somebody who signs in through outside
/// providers is offered nothing of the pool's.
pub fn first_factors(facts: &Facts<'_>, target: Option<Level>) -> Vec<FirstFactor> {
    let allowed = &facts.pool.settings.first_factors.allowed;
    let has = |factor: FirstFactor| match (factor, facts.user) {
        (FirstFactor::Password | FirstFactor::PasswordSrp, Some(_)) => facts.password.is_some(),
        (FirstFactor::Password | FirstFactor::PasswordSrp, None) => true,
        (FirstFactor::EmailCode, user) => takes_code(facts, user, Contact::Email),
        (FirstFactor::SmsCode, user) => takes_code(facts, user, Contact::PhoneNumber),
        (FirstFactor::Passkey, user) => user.is_some_and(|user| takes_passkey(facts, user)),
    };
    let leads = |factor: FirstFactor| target.is_none_or(|target| reaches(facts, target, &[factor.into()]));
    if facts.user.is_some_and(|user| user.status == UserStatus::ExternalProvider) {
        return Vec::new();
    }
    FirstFactor::ALL.into_iter().filter(|factor| allowed.contains(factor) && has(*factor) && leads(*factor)).collect()
}

/// Whether a choice leads to this challenge.
pub(super) fn leads_to(choice: FirstFactor, next: &Challenge) -> bool {
    let code = |contact| Challenge::Code { contact, place: Place::First };
    match choice {
        FirstFactor::Password => *next == Challenge::Password {},
        FirstFactor::PasswordSrp => matches!(next, Challenge::PasswordVerifier { .. }),
        FirstFactor::EmailCode => *next == code(Contact::Email),
        FirstFactor::SmsCode => *next == code(Contact::PhoneNumber),
        FirstFactor::Passkey => matches!(next, Challenge::Passkey { .. }),
    }
}

fn takes_code(facts: &Facts<'_>, user: Option<&User>, contact: Contact) -> bool {
    let settings = &facts.pool.settings;
    let Some(user) = user else {
        let is_usual = match contact {
            Contact::Email => true,
            Contact::PhoneNumber => {
                let by_mail = settings.first_factors.allowed.contains(&FirstFactor::EmailCode);
                !by_mail || settings.auto_verified.contains(&contact)
            }
        };
        return is_usual && settings.mfa.mode != MfaMode::On;
    };
    let code_is_enough = user.status != UserStatus::ForceChangePassword && facts.demand() == Demand::None;
    code_is_enough && user.address(contact).is_some() && user.has_verified(contact)
}

/// Where a second factor is demanded, only a passkey that can stand for two is of use, to users who want that. Nobody is offered
/// one, as most users are not.
fn takes_passkey(facts: &Facts<'_>, user: &User) -> bool {
    let is_enough = facts.demand() == Demand::None || passkeys_stand_for_two(facts);
    facts.passkey && is_enough && user.status != UserStatus::ForceChangePassword
}

pub(super) fn passkeys_stand_for_two(facts: &Facts<'_>) -> bool {
    facts.second.passkey && facts.pool.settings.passkeys.factor == PasskeyFactor::MultiWhenVerified
}
