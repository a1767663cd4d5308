//! What users can be reached at.

use serde::{Deserialize, Serialize};

/// What a user can be reached at.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum Contact {
    /// By mail.
    Email,
    /// By telephone.
    PhoneNumber,
}

impl Contact {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Email, Self::PhoneNumber];

    /// The attribute that holds the address.
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
        }
    }

    /// The attribute that says whether the user has proved to own it.
    pub fn verified_attribute(self) -> &'static str {
        match self {
            Self::Email => "email_verified",
            Self::PhoneNumber => "phone_number_verified",
        }
    }
}
