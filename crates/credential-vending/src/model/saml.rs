//! SAML identity providers, and the assertions of theirs that were used.

use std::collections::BTreeMap;

use identity_kernel::time::{CLOCK_STEP_SECONDS, Timestamp};
use saml_verify::Metadata;
use serde::{Deserialize, Serialize};

/// The attribute that names roles: `role,provider` in each value, both ARNs, in either order.
pub const SAML_ROLE: &str = "https://aws.amazon.com/SAML/Attributes/Role";

/// A SAML identity provider whose responses may assume roles.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct SamlProvider {
    /// `arn:aws:iam::123456789012:saml-provider/name`.
    pub arn: String,
    /// Its name: 1 to 128 letters, digits and `._-`. Unique in the account.
    pub name: String,
    /// Its metadata, as the operator gave them.
    pub metadata: String,
    /// Its own id, a UUID.
    pub uuid: String,
    /// The operator's labels.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl SamlProvider {
    /// Until when the metadata say that they hold. After that its responses are refused.
    pub fn valid_until(&self) -> Option<Timestamp> {
        Metadata::parse(&self.metadata).ok()?.valid_until
    }

    /// `account/name`, as trust policies ask for it by `saml:doc`.
    pub fn document_name(&self) -> String {
        let account = self.arn.split(':').nth(4).unwrap_or_default();
        format!("{account}/{}", self.name)
    }
}

/// The role of a value of [`SAML_ROLE`], if it is for this provider.
pub fn role_for<'a>(value: &'a str, provider_arn: &str) -> Option<&'a str> {
    let (one, other) = value.split_once(',')?;
    match (one.trim(), other.trim()) {
        (role, named) if named == provider_arn => Some(role),
        (named, role) if named == provider_arn => Some(role),
        _ => None,
    }
}

/// That an assertion was used: it is refused while this stands.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct UsedAssertion {
    /// The provider's ARN.
    pub provider: String,
    /// The assertion's id.
    pub id: String,
    /// From when on the assertion is refused for its own times.
    pub usable_until: Timestamp,
}

impl UsedAssertion {
    /// From when on this need not be remembered, even if the clock is set back.
    pub fn ends_at(&self) -> Timestamp {
        self.usable_until.plus_seconds(CLOCK_STEP_SECONDS)
    }
}

/// As whom SAML responses address this service.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SamlService {
    /// Names of this service: a response must be for one of them.
    pub audiences: Vec<String>,
    /// Addresses of this service: a response must be sent to one of them.
    pub recipients: Vec<String>,
}

impl SamlService {
    /// As identity providers know a service at this base URL: `<base>/saml`, as audience and as recipient.
    pub fn at(base: &str) -> Self {
        let own = format!("{}/saml", base.trim_end_matches('/'));
        Self { audiences: vec![own.clone()], recipients: vec![own] }
    }

    /// With the names by which identity providers know AWS too: what they sign for AWS is then taken here as well.
    #[must_use]
    pub fn and_amazon(mut self, region: &str) -> Self {
        let regional = format!("https://{region}.signin.aws.amazon.com/saml");
        let pages = ["https://signin.aws.amazon.com/saml".to_owned(), regional];
        self.audiences.push("urn:amazon:webservices".to_owned());
        self.audiences.extend(pages.iter().cloned());
        self.recipients.extend(pages);
        self
    }
}
