//! How many requests of a kind are taken in a second.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The most that a rate can be raised to: so many times the one that holds when nothing is said.
pub const HIGHEST_FACTOR: u32 = 10;

macro_rules! categories {
    ($($(#[$doc:meta])* $name:ident $rate:literal,)*) => {
        /// A kind of request, as Amazon's quotas sort them.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum RequestCategory {
            $($(#[$doc])* $name,)*
        }

        impl RequestCategory {
            /// Every category.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// Requests in a second when nothing is said: Amazon's default.
            pub fn default_rate(self) -> u32 {
                match self {
                    $(Self::$name => $rate,)*
                }
            }
        }
    };
}

categories! {
    /// The OAuth endpoints' client credentials.
    ClientAuthentication 150,
    /// These limits.
    LimitManagement 1,
    /// Lost and changed passwords.
    UserAccountRecovery 30,
    /// Sign-ins and their challenges; challenges have three times as many.
    UserAuthentication 120,
    /// Sign-ups, and users whom administrators make.
    UserCreation 50,
    /// Outside providers' users.
    UserFederation 25,
    /// Lists of users.
    UserList 30,
    /// App clients, read.
    UserPoolClientRead 15,
    /// App clients, changed.
    UserPoolClientUpdate 15,
    /// Pools, read.
    UserPoolRead 15,
    /// What belongs to a pool, read.
    UserPoolResourceRead 20,
    /// What belongs to a pool, changed.
    UserPoolResourceUpdate 15,
    /// Pools, changed.
    UserPoolUpdate 15,
    /// Users, read.
    UserRead 120,
    /// What belongs to a user, read.
    UserResourceRead 50,
    /// What belongs to a user, changed.
    UserResourceUpdate 25,
    /// Refresh tokens.
    UserToken 120,
    /// Users, changed.
    UserUpdate 25,
}

impl RequestCategory {
    /// The category of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|category| category.name() == name)
    }

    /// The most requests in a second that an operator can ask for.
    pub fn highest_rate(self) -> u32 {
        self.default_rate() * HIGHEST_FACTOR
    }
}

/// The rates that an operator has set, by category's name. Those that are not named are the default.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct ProvisionedRates {
    /// Requests in a second.
    pub rates: BTreeMap<String, u32>,
}

impl ProvisionedRates {
    /// Requests of this category in a second.
    pub fn of(&self, category: RequestCategory) -> u32 {
        self.rates.get(category.name()).copied().unwrap_or_else(|| category.default_rate())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_has_one_name_and_a_rate_that_an_operator_raises_to_ten_times_as_much() {
        for category in RequestCategory::ALL {
            assert_eq!(RequestCategory::named(category.name()), Some(*category));
            assert_eq!(category.highest_rate(), 10 * category.default_rate());
            assert_eq!(ProvisionedRates::default().of(*category), category.default_rate());
        }
        assert_eq!(RequestCategory::named("Nothing"), None);
        let set = ProvisionedRates { rates: [("UserToken".to_owned(), 300)].into() };
        assert_eq!((set.of(RequestCategory::UserToken), set.of(RequestCategory::UserUpdate)), (300, 25));
    }
}
