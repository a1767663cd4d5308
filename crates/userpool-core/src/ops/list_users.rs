//! `ListUsers` and its filter.

use document_store::page::{Page, PageRequest};

use crate::error::Error;
use crate::model::ids::UserPoolId;
use crate::model::user::User;
use crate::reasons::Invalid;
use crate::service::UserPools;
use crate::storage::{SEARCHABLE, Search};

/// The longest filter, in characters.
const LONGEST_FILTER: usize = 256;

/// One comparison over one attribute: `email ^= "ada@"`.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Filter {
    attribute: String,
    value: String,
    prefix: bool,
}

impl Filter {
    /// Reads a filter; `None` for an empty one, which lets everybody through.
    fn parse(text: &str) -> Result<Option<Self>, Error> {
        let error = || Error::from(Invalid::Filter);
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if text.chars().count() > LONGEST_FILTER {
            return Err(error());
        }
        let (left, right) = text.split_once('=').ok_or_else(error)?;
        let (attribute, prefix) = match left.strip_suffix('^') {
            Some(attribute) => (attribute, true),
            None => (left, false),
        };
        let attribute = attribute.trim().trim_matches('"').to_owned();
        let known = |name: &str| SEARCHABLE.contains(&name) || matches!(name, "sub" | "status" | "cognito:user_status");
        if !known(&attribute) {
            return Err(Invalid::FilterAttribute(attribute).into());
        }
        Ok(Some(Self { attribute, value: unquote(right.trim()).ok_or_else(error)?, prefix }))
    }

    fn hits(&self, value: &str) -> bool {
        if self.prefix { value.starts_with(&self.value) } else { value == self.value }
    }
}

/// The text between double quotes, with `\"` and `\\` as the characters they stand for.
fn unquote(quoted: &str) -> Option<String> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::new();
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => out.push(letters.next().filter(|next| matches!(next, '"' | '\\'))?),
            '"' => return None,
            other => out.push(other),
        }
    }
    Some(out)
}

impl UserPools {
    /// A pool's users, all or those that a filter lets through; 60 a page at most. A page may be short, or empty, while
    /// more follow.
    ///
    /// A filter is `attribute = "value"` or `attribute ^= "start"`, over `username`, `email`, `phone_number`, `name`,
    /// `given_name`, `family_name`, `preferred_username`, `sub`, `status` (`Enabled`, `Disabled`) or
    /// `cognito:user_status`. All but the last two are looked up in an index.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`]; [`Error::InvalidParameter`] for a filter that cannot be read.
    pub async fn list_users(&self, pool: &UserPoolId, filter: &str, page: PageRequest) -> Result<Page<User>, Error> {
        let pool = self.pool(pool).await?;
        let limit = if page.limit == 0 { 60 } else { page.limit.min(60) };
        let page = PageRequest { limit, ..page };
        let Some(filter) = Filter::parse(filter)? else {
            return Ok(self.storage.users().list(&pool.id, &page).await?.map(|user| user.record));
        };
        let found = match filter.attribute.as_str() {
            "sub" if !filter.prefix => {
                let user = match filter.value.parse() {
                    Ok(sub) => self.storage.users().get(&pool.id, &sub).await?,
                    Err(_) => None,
                };
                Page { items: user.into_iter().collect(), next: None }
            }
            "sub" | "status" | "cognito:user_status" => {
                let mut all = self.storage.users().list(&pool.id, &page).await?;
                all.items.retain(|user| filter.hits_state(user));
                all
            }
            _ => {
                let Filter { attribute, value, prefix } = filter;
                self.storage.users().search(&pool.id, &Search { attribute, value, prefix }, &page).await?
            }
        };
        Ok(found.map(|user| user.record))
    }
}

impl Filter {
    fn hits_state(&self, user: &User) -> bool {
        match self.attribute.as_str() {
            "sub" => self.hits(user.sub.as_str()),
            "status" => self.hits(if user.enabled { "Enabled" } else { "Disabled" }),
            _ => {
                let upper = Self { value: self.value.to_uppercase(), ..self.clone() };
                upper.hits(user.status.name())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<(String, String, bool)> {
        let filter = Filter::parse(text).ok()??;
        Some((filter.attribute, filter.value, filter.prefix))
    }

    #[test]
    fn a_filter_is_one_attribute_one_operator_and_one_quoted_value() {
        let exact = |a: &str, v: &str| Some((a.to_owned(), v.to_owned(), false));

        assert_eq!(parse("email = \"a@b.co\""), exact("email", "a@b.co"));
        assert_eq!(parse("\"email\"=\"a=b\\\"c\\\\\""), exact("email", "a=b\"c\\"));
        assert_eq!(parse("name ^= \"Ad\""), Some(("name".to_owned(), "Ad".to_owned(), true)));
        assert_eq!(parse("  "), None);
        for bad in ["email", "email = ada", "email = \"a\"b\"", "custom:x = \"1\"", "email = \"a\\n\"", "email > \"a\""]
        {
            assert!(Filter::parse(bad).is_err(), "{bad}");
        }
    }
}
