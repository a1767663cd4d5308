//! `ListUsers` and its filter.

use document_store::page::{Page, PageRequest};

use crate::error::Error;
use crate::model::filter::{Filter, Term};
use crate::model::ids::UserPoolId;
use crate::model::user::{DISABLED, ENABLED, User};
use crate::service::UserPools;
use crate::storage::Search;

impl UserPools {
    /// A pool's users, all or those that a filter lets through; 60 a page at most. A page may be short, or empty, while
    /// more follow. Whoever is there from the first page to the last and is not changed meanwhile stands on one page of them,
    /// once.
    ///
    /// A filter is `attribute = "value"` or `attribute ^= "start"`, over `username`, `email`, `phone_number`, `name`,
    /// `given_name`, `family_name`, `preferred_username`, `sub`, `status` (`Enabled`, `Disabled`) or
    /// `cognito:user_status`, and, where the [grammar](crate::Defaults::filter_grammar) is the extended one, a pool's own
    /// attributes, and several of these joined by `and`. In a value `\"` stands for a quote and `\\` for a backslash. One
    /// comparison is looked up in an index, and what a page costs does not depend on how many users there are; the others are
    /// held against what was found.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] for a filter that cannot be read.
    pub async fn list_users(&self, pool: &UserPoolId, filter: &str, page: PageRequest) -> Result<Page<User>, Error> {
        let pool = self.pool(pool).await?;
        let filter = Filter::parse(filter, self.defaults.filter_grammar)?;
        let limit = if page.limit == 0 { 60 } else { page.limit.min(60) };
        let page = PageRequest { limit, ..page };
        let users = self.storage.users();
        let mut found = match filter.terms.iter().filter_map(search).min_by_key(|(rank, _)| *rank) {
            Some((_, search)) => users.search(&pool.id, &search, &page).await?,
            None => users.list(&pool.id, &page).await?,
        };
        found.items.retain(|user| filter.lets_through(user));
        Ok(found.map(|user| user.record))
    }
}

/// How a comparison is looked up, and how much it is likely to leave to be looked at: the less, the lower. `None` if everybody
/// has to be looked at.
fn search(term: &Term) -> Option<(u8, Search)> {
    let Term { attribute, value, prefix } = term.clone();
    let rank = match attribute.as_str() {
        // Nearly everybody is enabled: only those who are not are looked up.
        "status" => {
            let disabled_alone = term.hits(DISABLED) && !term.hits(ENABLED);
            return disabled_alone.then(|| (3, Search { attribute, value: DISABLED.to_owned(), prefix: false }));
        }
        "cognito:user_status" => 4,
        "sub" | "username" | "email" | "phone_number" | "preferred_username" if !prefix => 0,
        _ if !prefix => 1,
        _ => 2,
    };
    Some((rank, Search { attribute, value, prefix }))
}
