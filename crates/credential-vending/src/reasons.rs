//! The reasons that an [`Error`](crate::Error) carries.

use saml_verify::InvalidMetadata;

/// Why a value is not allowed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// A session token can be asked to have 0 to 4,096 characters at least.
    #[error("a session token can be asked to have 0 to 4,096 characters at least")]
    MinimumTokenSize,
    /// Credentials are narrowed by a policy, by a duration, or by both.
    #[error("credentials are narrowed by a policy, a duration, or both")]
    NothingNarrowed,
    /// What narrowed credentials are for is said in 2 to 256 characters.
    #[error("a description has 2 to 256 characters")]
    ScopeDescription,
    /// Narrowed credentials live 1 to 129,600 seconds.
    #[error("narrowed credentials live 1 to 129,600 seconds")]
    ScopeDuration,
    /// A policy that narrows credentials has 2,048 characters at most.
    #[error("a policy that narrows credentials has 2,048 characters at most")]
    ScopePolicyLength,
    /// Not an explanation that this service has sealed.
    #[error("not an authorization message of this service")]
    AuthorizationMessage,
    /// A session that a session makes lives 3,600 seconds at most.
    #[error("a session that a session makes lives 3,600 seconds at most")]
    ChainedDuration,
    /// Somebody whom an operator vouches for has a name of 2 to 32 letters, digits and `+=,.@-_`.
    #[error("a federated user's name has 2 to 32 letters, digits and +=,.@-_ only")]
    FederatedName,
    /// A session of an operator lives 900 to 129,600 seconds.
    #[error("a session of an operator lives 900 to 129,600 seconds")]
    OperatorSessionDuration,
    /// A tag that goes on from the caller's session cannot be given anew.
    #[error("a tag that goes on from the caller's session cannot be given anew")]
    TransitiveTagTaken,
    /// A session lives 900 to 43,200 seconds.
    #[error("a session lives 900 to 43,200 seconds")]
    Duration,
    /// A role's longest session is 3,600 to 43,200 seconds.
    #[error("the longest session of a role is 3,600 to 43,200 seconds")]
    MaxSessionDuration,
    /// A name of a role has 1 to 64 letters, digits and `+=,.@-_`, one of a role's policy 1 to 128.
    #[error("a name has 1 to 64 letters, digits and +=,.@-_ only, that of a policy up to 128")]
    Name,
    /// An operator's access key id has 1 to 128 letters, digits and `_`, and does not begin with `ASIA`; its secret is not
    /// empty.
    #[error("not an operator's access key")]
    OperatorKey,
    /// Not the ARN of a managed policy of this account.
    #[error("{0} is not the arn of a policy of this account")]
    PolicyArn(String),
    /// A session is narrowed by 10 managed policies at most.
    #[error("a session is narrowed by 10 managed policies at most")]
    PolicyArns,
    /// Access tokens are Login with Amazon's or Facebook's.
    #[error("access tokens are taken of www.amazon.com and graph.facebook.com")]
    ProviderId,
    /// A version of a policy is `v1`, `v2` and so on.
    #[error("a version of a policy is v1, v2 and so on")]
    PolicyVersion,
    /// A provider is an `https` URL without query, with 100 clients at most.
    #[error("not the URL of an OpenID Connect provider")]
    ProviderUrl,
    /// Not a role's ARN.
    #[error("{0} is not the ARN of a role")]
    RoleArn(String),
    /// A tag of this key breaks AWS's rules for keys or values.
    #[error("the tag {0:?} is not allowed")]
    Tag(String),
    /// There are 50 tags at most.
    #[error("there are 50 tags at most")]
    Tags,
    /// A role's path begins and ends with a slash, has no empty part, and 512 bytes at most.
    #[error("a path begins and ends with a slash")]
    RolePath,
    /// Metadata of a SAML identity provider that are not taken.
    #[error("{0}")]
    SamlMetadata(InvalidMetadata),
    /// The name of a SAML identity provider has 1 to 128 letters, digits and `._-`.
    #[error("the name of a saml provider has 1 to 128 letters, digits and ._- only")]
    SamlProviderName,
    /// A session's name has 2 to 64 letters, digits and `+=,.@-_`.
    #[error("a session name has 2 to 64 letters, digits and +=,.@-_ only")]
    SessionName,
    /// The session tag of this key breaks AWS's rules for keys or values.
    #[error("the session tag {0:?} is not allowed")]
    SessionTag(String),
    /// A session has 50 tags at most, whose keys differ in more than case.
    #[error("a session has 50 tags at most, whose keys differ in more than case")]
    SessionTags,
    /// A source identity has 2 to 64 letters, digits and `+=,.@-_`.
    #[error("a source identity has 2 to 64 letters, digits and +=,.@-_ only")]
    SourceIdentity,
    /// A tag that goes on into further sessions must be one of the session's.
    #[error("a transitive tag must be one of the session's tags")]
    TransitiveTags,
}

/// Of what there are only so many.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Limit {
    /// A role has twenty managed policies at most.
    #[error("a role has 20 managed policies at most")]
    AttachedPolicies,
    /// A policy has five versions at most.
    #[error("a policy has 5 versions at most")]
    PolicyVersions,
}

/// What exists, or does not.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Kind {
    /// The access key of this id.
    #[error("the access key {0}")]
    AccessKey(String),
    /// The managed policy of this ARN or name.
    #[error("the policy {0}")]
    ManagedPolicy(String),
    /// The OpenID Connect provider of this ARN.
    #[error("the provider {0}")]
    OidcProvider(String),
    /// The operator's key of this access key id.
    #[error("the access key {0}")]
    OperatorKey(String),
    /// The SAML identity provider of this ARN.
    #[error("the provider {0}")]
    SamlProvider(String),
    /// The version of this number.
    #[error("the version v{0}")]
    PolicyVersion(u32),
    /// The role of this name.
    #[error("the role {0}")]
    Role(String),
    /// The role's policy of this name.
    #[error("the role's policy {0}")]
    RolePolicy(String),
}

/// What failed on this side, with its cause for the operator. Two are equal if the same thing failed.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    what: &'static str,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl Fault {
    pub(crate) fn new(what: &'static str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { what, source: source.into() }
    }
}

impl PartialEq for Fault {
    fn eq(&self, other: &Self) -> bool {
        self.what == other.what
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn two_faults_are_equal_if_the_same_thing_failed_whatever_the_cause() {
        let fault = |what, cause: &str| Error::Internal(Fault::new(what, cause));

        assert_eq!(fault("signing", "no key"), fault("signing", "no entropy"));
        assert_ne!(fault("signing", "no key"), fault("sealing", "no key"));
    }
}
