//! Where a resource lives: the account and region that stand in its ARN.

use std::fmt;

/// The account and region under which names are made: `arn:aws:iam::123456789012:role/app`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AccountRegion {
    /// Twelve digits.
    pub account: String,
    /// For instance `us-east-1`.
    pub region: String,
}

impl AccountRegion {
    /// An account and region, unchecked: they come from the operator.
    pub fn new(account: impl Into<String>, region: impl Into<String>) -> Self {
        Self { account: account.into(), region: region.into() }
    }

    /// The same account in another region.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { account: self.account.clone(), region: region.to_owned() }
    }

    /// The ARN of `resource` of `service` here, for instance `userpool/us-east-1_abc` of `cognito-idp`.
    pub fn arn(&self, service: &str, resource: impl fmt::Display) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    /// The ARN of an IAM resource, which has no region: `role/app`.
    pub fn iam_arn(&self, resource: impl fmt::Display) -> String {
        format!("arn:aws:iam::{}:{resource}", self.account)
    }
}
