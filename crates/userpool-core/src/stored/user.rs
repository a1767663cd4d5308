//! Users and their passwords.

use std::collections::BTreeMap;

use document_store::error::StorageError;
use document_store::{Index, Name, Stored};
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::Bytes;
use crate::model::attributes::{Attributes, is_own};
use crate::model::ids::{GroupId, GroupName, Subject, UserPoolId, Username};
use crate::model::login::{Login, LoginKey};
use crate::model::pool::Contact;
use crate::model::user::{Credential, NameKind, User, UserStatus};

/// How a user is stored.
#[derive(Serialize, Deserialize)]
pub struct UserForm {
    pool: UserPoolId,
    sub: Subject,
    username: Username,
    names: BTreeMap<NameKind, String>,
    attributes: Attributes,
    pending: BTreeMap<Contact, String>,
    status: UserStatus,
    enabled: bool,
    memberships: BTreeMap<GroupName, GroupId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    logins: Vec<Login>,
    epoch: u64,
    created_at: Timestamp,
    modified_at: Timestamp,
}

/// A password, with whose it is.
pub(crate) struct StoredPassword {
    pub(crate) sub: Subject,
    pub(crate) credential: Credential,
}

/// The name under which a login leads to its user. No name that anybody signs in with is one: those are in the form NFKC, in which
/// the letter in front does not occur.
pub(crate) fn login_entry(login: &LoginKey) -> String {
    let LoginKey { provider, by, value } = login;
    format!("\u{fb01}{provider}\n{by}\n{value}")
}

/// How a password is stored.
#[derive(Serialize, Deserialize)]
pub(crate) struct PasswordForm {
    sub: Subject,
    hash: String,
    srp_salt: String,
    sealed_verifier: Bytes,
    srp_name: String,
    expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    history: Vec<String>,
}

impl Stored for StoredPassword {
    type Form = PasswordForm;
    const KIND: &'static str = "password";
    const VERSION: u32 = 1;

    fn to_form(&self) -> PasswordForm {
        let Credential { hash, srp_salt, sealed_verifier, srp_name, expires_at, history } = self.credential.clone();
        let (sub, sealed_verifier) = (self.sub.clone(), Bytes(sealed_verifier));
        PasswordForm { sub, hash, srp_salt, sealed_verifier, srp_name, expires_at, history }
    }

    fn from_form(form: PasswordForm) -> Result<Self, StorageError> {
        let PasswordForm { sub, hash, srp_salt, sealed_verifier, srp_name, expires_at, history } = form;
        let Bytes(sealed_verifier) = sealed_verifier;
        let credential = Credential { hash, srp_salt, sealed_verifier, srp_name, expires_at, history };
        Ok(Self { sub, credential })
    }

    fn id(&self) -> Vec<&str> {
        vec![self.sub.as_str()]
    }
}

/// An index by an attribute of the same name.
macro_rules! by_attribute {
    ($attribute:literal) => {
        Index {
            name: $attribute,
            since: 1,
            values: |user| user.attributes.get($attribute).cloned().into_iter().collect(),
        }
    };
}

/// The users of a group.
pub(crate) const BY_GROUP: Index<User> =
    Index { name: "group", since: 1, values: |user| user.memberships.values().map(ToString::to_string).collect() };

/// The attributes of a pool's own: what an index entry says is [`own_entry`].
pub(crate) const BY_OWN: Index<User> = Index {
    name: "own",
    since: 1,
    values: |user| {
        let own = user.attributes.iter().filter(|(name, _)| is_own(name));
        own.map(|(name, value)| own_entry(name, value)).collect()
    },
};

/// An own attribute and its value, or the beginning of it, as one text. No name has a blank.
pub(crate) fn own_entry(name: &str, value: &str) -> String {
    format!("{name} {value}")
}

/// One for each of [`SEARCHABLE`](crate::storage::SEARCHABLE) but `sub`, by which users stand anyway, in its order; and the
/// members of groups, and what has an own attribute.
const USER_INDEXES: [Index<User>; 11] = [
    Index { name: "cognito:user_status", since: 1, values: |user| vec![user.status.name().to_owned()] },
    by_attribute!("email"),
    by_attribute!("family_name"),
    by_attribute!("given_name"),
    by_attribute!("name"),
    by_attribute!("phone_number"),
    by_attribute!("preferred_username"),
    Index {
        name: "status",
        since: 1,
        values: |user| (!user.enabled).then(|| user.state().to_owned()).into_iter().collect(),
    },
    Index { name: "username", since: 1, values: |user| vec![user.username.to_string()] },
    BY_GROUP,
    BY_OWN,
];

impl Stored for User {
    type Form = UserForm;
    const KIND: &'static str = "user";
    const VERSION: u32 = 1;

    fn to_form(&self) -> UserForm {
        let Self {
            pool,
            sub,
            username,
            names,
            attributes,
            pending,
            status,
            enabled,
            memberships,
            logins,
            epoch,
            created_at,
            modified_at,
        } = self.clone();
        UserForm {
            pool,
            sub,
            username,
            names,
            attributes,
            pending,
            status,
            enabled,
            memberships,
            logins,
            epoch,
            created_at,
            modified_at,
        }
    }

    fn from_form(form: UserForm) -> Result<Self, StorageError> {
        let UserForm {
            pool,
            sub,
            username,
            names,
            attributes,
            pending,
            status,
            enabled,
            memberships,
            logins,
            epoch,
            created_at,
            modified_at,
        } = form;
        Ok(Self {
            pool,
            sub,
            username,
            names,
            attributes,
            pending,
            status,
            enabled,
            memberships,
            logins,
            epoch,
            created_at,
            modified_at,
        })
    }

    fn id(&self) -> Vec<&str> {
        vec![self.sub.as_str()]
    }

    fn names(&self) -> Vec<Name> {
        let names = self.names.iter().map(|(kind, name)| Name { name: name.clone(), label: kind.label() });
        let logins = self.logins.iter().map(|login| Name { name: login_entry(&login.key), label: "login" });
        names.chain(logins).collect()
    }

    fn indexes() -> &'static [Index<Self>] {
        &USER_INDEXES
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::SEARCHABLE;

    #[test]
    fn every_searchable_attribute_but_the_subject_has_an_index_of_its_name() {
        let names: Vec<&str> = User::indexes().iter().map(|index| index.name).collect();

        let indexed: Vec<&str> = SEARCHABLE.into_iter().filter(|name| *name != "sub").collect();
        assert_eq!(names[..indexed.len()], indexed);
    }
}
