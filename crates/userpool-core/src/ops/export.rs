//! Users as lines of a file, with the hashes of their passwords.

use document_store::page::{Page, PageRequest};

use crate::error::Error;
use crate::model::ids::{GroupName, Subject, UserPoolId};
use crate::model::import::ImportForm;
use crate::model::pool::{Contact, SignInNames, UserPool};
use crate::model::user::User;
use crate::model::user_file::{ENABLED, GROUPS, HASH, STATUS, USERNAME, header, write_line};
use crate::service::UserPools;

/// The most users of one page.
const MOST: usize = 500;

impl UserPools {
    /// A pool's users by subject, each as a line of a file of the form [`ImportForm::Export`], without the header
    /// ([`user_file_header`](Self::user_file_header)); 500 a page at most. Read into another pool it gives the same names,
    /// attributes, states and memberships, and the same passwords; a user's first sign-in there is by `USER_PASSWORD_AUTH`, for
    /// what SRP needs is bound to the pool. Subjects are new; sessions, codes and what was counted stay behind.
    ///
    /// For operators alone: whoever has the file can guess at passwords.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`].
    pub async fn export_users(&self, pool: &UserPoolId, page: PageRequest) -> Result<Page<String>, Error> {
        let pool = self.pool(pool).await?;
        let limit = if page.limit == 0 { MOST } else { page.limit.min(MOST) };
        let found = self.storage.users().list(&pool.id, &PageRequest { limit, ..page }).await?;
        let subs: Vec<&Subject> = found.items.iter().map(|user| &user.sub).collect();
        let passwords = self.storage.passwords().of_many(&pool.id, &subs).await?;
        let joined = found.items.iter().flat_map(|user| user.memberships.keys());
        let names: Vec<&GroupName> = joined.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        let groups = self.storage.groups().get_many(&pool.id, &names).await?;
        let is_member = |user: &User, name: &GroupName| {
            groups.iter().any(|group| group.name == *name && user.memberships.get(name) == Some(&group.id))
        };
        let columns = header(&pool, ImportForm::Export);
        let line = |user: &User, hash: Option<&str>| {
            let groups: Vec<&str> =
                user.memberships.keys().filter(|name| is_member(user, name)).map(GroupName::as_str).collect();
            write_line(columns.iter().map(|column| value(&pool, user, column, hash, &groups)))
        };
        let lines = found.items.iter().zip(&passwords).map(|(user, password)| {
            let hash = password.as_ref().map(|password| password.hash.as_str());
            line(user, hash)
        });
        Ok(Page { items: lines.collect(), next: found.next })
    }
}

fn value(pool: &UserPool, user: &User, column: &str, hash: Option<&str>, groups: &[&str]) -> String {
    match column {
        USERNAME => name_of(pool, user),
        HASH => hash.unwrap_or_default().to_owned(),
        STATUS => user.status.name().to_owned(),
        ENABLED => user.enabled.to_string(),
        GROUPS => groups.join(" "),
        attribute => user.attributes.get(attribute).cloned().unwrap_or_default(),
    }
}

/// The name under which the user is made anew: where addresses are names, the address.
fn name_of(pool: &UserPool, user: &User) -> String {
    let address = match &pool.sign_in_names {
        SignInNames::Address(contacts) => [Contact::Email, Contact::PhoneNumber]
            .into_iter()
            .filter(|contact| contacts.contains(contact))
            .find_map(|c| user.address(c)),
        _ => None,
    };
    address.unwrap_or_else(|| user.username.to_string())
}
