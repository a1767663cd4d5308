//! A name under which a pool's pages and OAuth endpoints are reached.

use identity_kernel::text_id;
use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::ids::UserPoolId;

text_id! {
    /// A domain of a pool: a prefix (one label, `people`), or a domain of the operator's own (`login.example.com`). 1 to 63 small
    /// letters, digits, hyphens and dots; letters and digits at the ends.
    DomainName, "domain", |text| is_domain(text)
}

impl DomainName {
    /// Whether it is one label, below the domain of all pools.
    pub fn is_prefix(&self) -> bool {
        !self.as_str().contains('.')
    }
}

fn is_domain(text: &str) -> bool {
    let of_end = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    let bytes = text.as_bytes();
    let labels = !text.contains("..") && !text.contains(".-") && !text.contains("-.");
    bytes.len() <= 63 && of_end(bytes.first()) && of_end(bytes.last()) && bytes.iter().copied().all(inside) && labels
}

/// A name of one's own, and what was said of its certificate: TLS ends where the operator ends it, so that both are kept and
/// shown again.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct OwnDomain {
    /// The certificate.
    pub certificate_arn: String,
    /// Which versions of TLS are spoken.
    pub security_policy: Option<String>,
}

/// A domain of a pool. No two pools have the same; a pool has one prefix and one domain of its own at most.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct PoolDomain {
    /// The pool.
    pub pool: UserPoolId,
    /// The domain.
    pub name: DomainName,
    /// What was said of the certificate; `None` for a prefix.
    pub own: Option<OwnDomain>,
    /// Which generation of pages was asked for: 1 or 2.
    pub managed_login_version: u8,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub modified_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_small_labels() {
        for good in ["a", "people", "a-b", "login.example.com", &"a".repeat(63)] {
            assert!(good.parse::<DomainName>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", ".a", "a.", "a..b", "a.-b", "a-.b", "a/b", "a:80", "ä", &"a".repeat(64)]
        {
            assert!(bad.parse::<DomainName>().is_err(), "{bad}");
        }
        assert!("people".parse::<DomainName>().unwrap().is_prefix());
        assert!(!"a.b".parse::<DomainName>().unwrap().is_prefix());
    }
}
