//! Terms of use and privacy policies that sign-in pages link to.

use std::collections::BTreeMap;

use identity_kernel::text_id;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::{ClientId, UserPoolId};
use crate::model::web_address::is_web_address;
use crate::reasons::Invalid;

text_id! {
    /// Terms of a client: a UUID.
    TermsId, "terms id", |text| text.len() == 36 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// The most terms of a pool.
pub const MOST_TERMS: usize = 40;

/// The longest link, in bytes.
const LONGEST_LINK: usize = 1024;

/// What is linked to.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub enum TermsName {
    /// Terms of use.
    TermsOfUse,
    /// A privacy policy.
    PrivacyPolicy,
}

impl TermsName {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::TermsOfUse, Self::PrivacyPolicy];

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::TermsOfUse => "terms-of-use",
            Self::PrivacyPolicy => "privacy-policy",
        }
    }

    /// What is called so on the wire.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|terms| terms.name() == name)
    }
}

/// The language of the link for everybody whose own has none.
pub const DEFAULT_LANGUAGE: &str = "cognito:default";

/// Terms of a client: what its sign-in pages link to. A client has one of each name.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// The pool.
    pub pool: UserPoolId,
    /// Its id.
    pub id: TermsId,
    /// The client.
    pub client: ClientId,
    /// What is linked to.
    pub name: TermsName,
    /// Where it stands, by language: `cognito:default`, `cognito:english`, ...
    pub links: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
}

impl Terms {
    /// Where it stands for readers of this language.
    pub fn link(&self, language: &str) -> Option<&str> {
        self.links.get(language).or_else(|| self.links.get(DEFAULT_LANGUAGE)).map(String::as_str)
    }
}

/// Whether pages can link there: addresses of the Web, which run nothing.
///
/// # Errors
///
/// [`Invalid::TermsLink`].
pub fn check_links(links: &BTreeMap<String, String>) -> Result<(), Invalid> {
    let fits = |link: &String| link.len() <= LONGEST_LINK && is_web_address(link);
    if !links.is_empty() && links.values().all(fits) { Ok(()) } else { Err(Invalid::TermsLink) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(link: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(DEFAULT_LANGUAGE.to_owned(), link.to_owned())])
    }

    #[test]
    fn line_80_no_link_runs_anything() {
        assert_eq!(check_links(&links("https://example.com/terms")), Ok(()));
        for bad in
            ["javascript:alert(1)", "data:text/html,x", "/terms", &format!("https://a.example/{}", "x".repeat(1024))]
        {
            assert_eq!(check_links(&links(bad)), Err(Invalid::TermsLink), "{bad}");
        }
        assert_eq!(check_links(&BTreeMap::new()), Err(Invalid::TermsLink));
    }
}
