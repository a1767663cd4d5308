//! The reasons that an [`Error`](crate::Error) carries.

use login_providers::ProviderKind;
use login_providers::http::Cause;

use crate::model::ids::{IdentityId, IdentityPoolId};

/// Why a caller was refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The pool takes no guests.
    #[error("the pool takes no guests")]
    GuestsNotAllowed,
    /// The identity has logins, and the caller shows none.
    #[error("the identity is of somebody who has logged in")]
    IdentityNotYours(IdentityId),
    /// The token lacks a claim that is asked for.
    #[error("the login's token lacks the claim {0}")]
    LoginClaimMissing(String),
    /// The token was made for another client, or is no ID token.
    #[error("the login's token is not for a client that the pool trusts")]
    LoginClientNotTrusted,
    /// The token's life is over.
    #[error("the login's token has expired")]
    LoginExpired,
    /// Not an ID token, or not a whole one.
    #[error("the login's token is no id token")]
    LoginInvalid,
    /// The token is another issuer's.
    #[error("the login's token is not of the provider it is shown for")]
    LoginIssuer,
    /// Its user was signed out, disabled or removed since.
    #[error("the login counts no more")]
    LoginRevoked,
    /// None of the issuer's keys has signed it.
    #[error("the login's signature is not its issuer's")]
    LoginSignature,
    /// Nobody here knows whether the login still counts, and the pool wants to know.
    #[error("nobody knows whether the login still counts")]
    LoginStateUnknown,
    /// The response was used before.
    #[error("the login's response was used before")]
    LoginUsed,
    /// None of the logins is of this identity.
    #[error("none of the logins belongs to the identity")]
    LoginsNotOfIdentity,
    /// A token that the pool itself gave is no login here.
    #[error("a token of an identity pool is taken for credentials alone")]
    OwnTokenNotTaken,
    /// The pool does not take logins of this provider.
    #[error("the pool does not take logins of this provider")]
    ProviderNotInPool,
    /// Nobody here verifies logins of this kind.
    #[error("logins by {0} are not supported")]
    ProviderKindNotSupported(ProviderKind),
    /// Not a SAML response, or one that does not hold.
    #[error("the login's saml response does not hold")]
    SamlInvalid,
    /// The login's claim for this tag cannot be the value of one.
    #[error("the login's claim for the tag {0} cannot be a tag")]
    TagValue(String),
    /// Logins of several providers give this tag different values.
    #[error("the logins give the tag {0} different values")]
    TagsDiffer(String),
}

/// Why a value is not allowed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// The pool's classic flow is closed.
    #[error("the pool's classic flow is closed")]
    ClassicFlowClosed,
    /// The classic flow chooses no roles by rules.
    #[error("the classic flow is closed to pools with role mappings")]
    ClassicFlowWithMappings,
    /// The operator's system alone takes logins of its users away.
    #[error("logins of the developer provider are not unlinked by their users")]
    DeveloperLoginStays,
    /// The operator's system alone says who its users are.
    #[error("users of the developer provider do not log in by themselves")]
    DeveloperProviderInPublic,
    /// Not a name, or the name of another provider.
    #[error("the developer provider's name is none, or that of another provider")]
    DeveloperProviderName,
    /// The pool's developer provider is another, or it has none.
    #[error("the pool does not have this developer provider")]
    DeveloperProviderUnknown,
    /// A user of the operator's own system has a name of 1 to this many characters.
    #[error("a developer's user has an identifier of 1 to {0} characters")]
    DeveloperUserId(usize),
    /// The developer provider is set, and stays.
    #[error("the developer provider stays once it is set")]
    DeveloperProviderFixed,
    /// A call on behalf of a developer's user names none.
    #[error("the logins name no user of the developer provider")]
    DeveloperUserMissing,
    /// A guest asked for a role.
    #[error("a guest asks for no role")]
    GuestNamesRole,
    /// Neither an identity nor a user is looked up.
    #[error("either an identity or a developer's user is looked up")]
    LookupOfNothing,
    /// The identity has no login of this provider.
    #[error("the identity has no login of {0}")]
    NotLinked(String),
    /// A token that the pool itself gave stands for itself.
    #[error("a token of an identity pool is shown without other logins")]
    OwnTokenWithOthers,
    /// Not a region's name.
    #[error("the region is none")]
    Region,
    /// A mapping by rules has from one to this many.
    #[error("a role mapping has 1 to {0} rules")]
    RuleCount(usize),
    /// The tag of this key is not one that a session or a pool may have.
    #[error("the tag {0} is not allowed")]
    Tag(String),
    /// Too many tags, or keys that differ in case alone.
    #[error("there are too many tags, or two whose keys differ in case alone")]
    Tags,
    /// The usual tags are wanted, and others too.
    #[error("tags are either the usual ones or those that are named")]
    TagsBesideDefaults,
    /// A token lives from one second to this many.
    #[error("a token lives 1 to {0} seconds")]
    TokenDuration(i64),
    /// An identity has so many logins at most.
    #[error("an identity has at most {0} logins")]
    TooManyLinkedLogins(usize),
    /// A call carries so many logins at most.
    #[error("a call carries at most {0} logins")]
    TooManyLogins(usize),
    /// The pool has no provider under this mapping key.
    #[error("{0} is no provider of the pool")]
    UnknownMappingProvider(String),
    /// The pool has no provider of this name whose claims could become tags.
    #[error("{0} is no provider whose claims become tags")]
    UnknownTagProvider(String),
}

/// What does not exist.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Kind {
    /// A user of the operator's own system.
    #[error("the developer's user")]
    DeveloperUser,
    /// An identity.
    #[error("the identity {0}")]
    Identity(IdentityId),
    /// An identity pool.
    #[error("the identity pool {0}")]
    Pool(IdentityPoolId),
}

/// With what a login is in conflict.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LoginConflict {
    /// The developer's user is another identity.
    #[error("the developer's user is another identity")]
    DeveloperUserElsewhere,
    /// The login, or another of its provider, is linked already.
    #[error("the login is linked to another account")]
    LinkedElsewhere,
}

/// What is wrong with a web identity token.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WebTokenProblem {
    /// It was made for somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// The identity or the login that it tells of is gone since.
    #[error("the token's identity or login is gone")]
    Ended,
    /// Not a token with claims.
    #[error("the token is no id token")]
    Malformed,
    /// Not a token that says who issued it: an access token, perhaps.
    #[error("the token does not say who issued it")]
    NoIssuer,
    /// None of its issuer's keys has signed it.
    #[error("the token's signature is not its issuer's")]
    Signature,
    /// No such provider is registered.
    #[error("the token's provider is not registered")]
    UnknownProvider,
}

/// Why no token for another service is made.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum OutboundProblem {
    /// Only RS256 and ES384 sign such tokens.
    #[error("such a token is signed by RS256 or ES384")]
    Algorithm,
    /// A token is for 1 to 10 audiences of 1 to 1,000 characters.
    #[error("a token is for 1 to 10 audiences of 1 to 1,000 characters")]
    Audience,
    /// The caller's policies do not allow it.
    #[error("the caller may not have such a token")]
    Denied,
    /// Nobody has turned it on, or the issuer's URL is Amazon's.
    #[error("tokens for other services are not turned on")]
    Disabled,
    /// A token lives 60 to 3,600 seconds.
    #[error("such a token lives 60 to 3,600 seconds")]
    Duration,
    /// The token would outlive the session.
    #[error("the token would live longer than the session")]
    DurationEscalation,
    /// Nobody is known behind the session, or their name could be taken for an ARN or holds control characters.
    #[error("nobody is behind the session whom a token could name")]
    Origin,
    /// A scope wants the subject mode `OriginIdentity` and one audience, has 1 to 256 characters, and repeats nothing (RFC 6749 §3.3).
    #[error("a scope stands with one audience and the person behind the session, and repeats nothing")]
    Scope,
    /// The token would be too long.
    #[error("the token would be longer than other services read")]
    TooLarge,
}

/// What failed on this side, with its cause for the operator. Two are equal if the same thing failed.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct Fault {
    what: &'static str,
    #[source]
    source: Cause,
}

impl Fault {
    pub(crate) fn new(what: &'static str, source: impl Into<Cause>) -> Self {
        Self { what, source: source.into() }
    }
}

impl PartialEq for Fault {
    fn eq(&self, other: &Self) -> bool {
        self.what == other.what
    }
}
