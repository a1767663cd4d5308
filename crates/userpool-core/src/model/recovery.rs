//! How somebody who has lost the password comes back in.

use crate::model::contact::Contact;
use crate::model::pool::UserPool;
use crate::model::user::{User, UserStatus};
use crate::reasons::Refusal;

pub use crate::model::recovery_settings::{MOST_MECHANISMS, RecoveryMechanism, RecoverySettings};

impl RecoverySettings {
    /// The user's address that a code goes to: verified, and of no kind that the user gets the codes of a second factor at
    /// (`factors`): one stolen mailbox or telephone would otherwise be both.
    pub fn address(&self, user: &User, factors: &[Contact]) -> Option<(Contact, String)> {
        let usable =
            self.contacts().into_iter().filter(|contact| !factors.contains(contact) && user.has_verified(*contact));
        usable.into_iter().find_map(|contact| Some((contact, user.address(contact)?)))
    }
}

/// Whether this user may reset the password now, by a code.
///
/// # Errors
///
/// [`Refusal::UserDisabled`]; [`Refusal::PasswordNotResettable`] for somebody with a temporary password, or who signs in
/// through outside providers.
pub fn may_reset(user: &User) -> Result<(), Refusal> {
    match user.status {
        _ if !user.enabled => Err(Refusal::UserDisabled),
        UserStatus::ForceChangePassword | UserStatus::ExternalProvider => Err(Refusal::PasswordNotResettable),
        UserStatus::Unconfirmed | UserStatus::Confirmed | UserStatus::ResetRequired => Ok(()),
    }
}

/// Whether an administrator may demand a new password of this user.
///
/// # Errors
///
/// [`Refusal::UserDisabled`]; [`Refusal::PasswordNotResettable`] for somebody who has no password of their own yet.
pub fn may_be_told_to_reset(user: &User) -> Result<(), Refusal> {
    match user.status {
        UserStatus::Unconfirmed if user.enabled => Err(Refusal::PasswordNotResettable),
        _ => may_reset(user),
    }
}

/// The user once the password was reset with a code that went to `address`: confirmed, the address verified if it is still
/// theirs, and signed out everywhere if the pool's rules say so.
pub fn after_reset(pool: &UserPool, before: &User, (contact, address): (Contact, &str)) -> User {
    let mut after = before.clone();
    after.status = UserStatus::Confirmed;
    if after.attributes.get(contact.attribute()).is_some_and(|now| now == address) {
        after.attributes.insert(contact.verified_attribute().to_owned(), "true".to_owned());
    }
    after.epoch += u64::from(pool.settings.account_rules.new_password_ends_sessions);
    after.refresh_names(pool);
    after
}
