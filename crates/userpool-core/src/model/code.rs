//! One-time codes that were sent to somebody.

use identity_kernel::secret::constant_time_eq;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::{Subject, UserPoolId};
use crate::model::pool::{Contact, InvalidationMark, UserPool};

/// What a code is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum CodePurpose {
    /// To finish a sign-up.
    SignUp,
    /// To set a new password in the place of one that was lost.
    ResetPassword,
    /// To prove an address of a user who is there.
    VerifyAttribute(Contact),
    /// To sign in: as the first factor or as the second.
    SignIn(Contact),
}

impl CodePurpose {
    /// Every purpose.
    pub const ALL: [Self; 6] = [
        Self::SignUp,
        Self::ResetPassword,
        Self::VerifyAttribute(Contact::Email),
        Self::VerifyAttribute(Contact::PhoneNumber),
        Self::SignIn(Contact::Email),
        Self::SignIn(Contact::PhoneNumber),
    ];

    /// The one kind of address that codes of this purpose prove; `None` for whichever the pool proves.
    pub fn contact(self) -> Option<Contact> {
        match self {
            Self::SignUp | Self::ResetPassword => None,
            Self::VerifyAttribute(contact) | Self::SignIn(contact) => Some(contact),
        }
    }

    /// Its name in storage keys and hashes.
    pub fn label(self) -> &'static str {
        match self {
            Self::SignUp => "sign-up",
            Self::ResetPassword => "reset-password",
            Self::VerifyAttribute(Contact::Email) => "verify-email",
            Self::VerifyAttribute(Contact::PhoneNumber) => "verify-phone-number",
            Self::SignIn(Contact::Email) => "sign-in-email",
            Self::SignIn(Contact::PhoneNumber) => "sign-in-phone-number",
        }
    }

    /// How long a code lives, in seconds.
    pub fn lifetime_seconds(self) -> i64 {
        match self {
            Self::ResetPassword => 3600,
            Self::SignUp | Self::VerifyAttribute(_) => 24 * 3600,
            // The sign-in that it is bound to ends earlier, as its client says.
            Self::SignIn(_) => 15 * 60,
        }
    }
}

/// A code, hashed. A user has at most one for each purpose: a new one voids the one before. How often it was tried stands
/// in [`CodeBudget`](crate::model::code_budget::CodeBudget), which outlives it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Code {
    /// The pool.
    pub pool: UserPoolId,
    /// The user that it belongs to.
    pub sub: Subject,
    /// What for.
    pub purpose: CodePurpose,
    /// Where it was sent: what the user proves by knowing it.
    pub contact: Contact,
    /// The address it was sent to, so that a later change of address is not proved by it.
    pub address: String,
    /// Its keyed hash.
    pub hash: Vec<u8>,
    /// The pool's mark when it was made.
    #[serde(default)]
    pub mark: InvalidationMark,
    /// The name of the source that had it sent, if that is known.
    #[serde(default)]
    pub requested_from: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Timestamp,
    /// From when on it is dead.
    pub expires_at: Timestamp,
}

/// What a try with a code comes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CodeVerdict {
    /// It is the one.
    Right,
    /// It is another.
    Wrong,
    /// It has died, of age or by an operator's word.
    Dead,
}

impl Code {
    /// Judges a try in its pool by its hash.
    pub fn judge(&self, pool: &UserPool, hash: &[u8], now: Timestamp) -> CodeVerdict {
        if now >= self.expires_at || !pool.is_valid_since(self.mark, self.created_at) {
            CodeVerdict::Dead
        } else if constant_time_eq(&self.hash, hash) {
            CodeVerdict::Right
        } else {
            CodeVerdict::Wrong
        }
    }
}
