use crate::model::attributes::{BoundsProblem, ValueProblem};
use crate::model::flow::AllowedFlow;
use crate::model::ids::UserPoolId;
use crate::model::redirect::RedirectProblem;
use crate::model::resource_server::{ResourceServerId, ScopeName};

/// Which text of a message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MessageText {
    /// One with a code.
    Code,
    /// An invitation.
    Invitation,
    /// One with a link.
    Link,
}

impl MessageText {
    /// What it lacks.
    pub fn text(self) -> &'static str {
        match self {
            Self::Code => "a text with a code has a place for it: {####}",
            Self::Invitation => "an invitation has places for name and password: {username} and {####}",
            Self::Link => "a text with a link has its words: {##words##}",
        }
    }
}

/// What is wrong with a member of a provider's details.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DetailProblem {
    /// Two members that say the same thing are both there.
    #[error("only one of them can be said")]
    Both,
    /// It is not there, or empty.
    #[error("is missing")]
    Missing,
    /// The scopes of a provider of OpenID Connect lack `openid`.
    #[error("lacks openid")]
    NoOpenId,
    /// Neither `true` nor `false`.
    #[error("is neither true nor false")]
    NotFlag,
    /// None of the values that it can have.
    #[error("is none of {}", .0.join(", "))]
    NotOneOf(&'static [&'static str]),
    /// Not an address of HTTPS, or of HTTP on this machine.
    #[error("is not an HTTPS address")]
    NotUrl,
    /// Longer than 2,048 characters, or, for metadata, 100,000 bytes.
    #[error("is too long")]
    TooLong,
    /// Providers of this kind have no such member.
    #[error("is not known for this kind of provider")]
    Unknown,
}

/// Why a value was not taken.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Invalid {
    /// The algorithm's keys cannot be made by this build.
    #[error("keys of this algorithm cannot be made: turn on the feature aws-lc")]
    AlgorithmUnavailable,
    /// A member of what is said of a provider does not do.
    #[error("{0}: {1}")]
    ProviderDetail(String, DetailProblem),
    /// An identifier that leads to another provider.
    #[error("an identifier leads to another provider already")]
    ProviderIdentifierTaken,
    /// More than 50 identifiers, or one twice.
    #[error("a provider has 50 identifiers at most, each once")]
    ProviderIdentifiers,
    /// An attribute that the pool does not have, or that no provider may write, or a claim without a name.
    #[error("no claim of a provider can become {0}")]
    ProviderMapping(String),
    /// A login is known by who the provider says it is, or, for OpenID Connect and SAML, by an attribute that the mapping fills.
    #[error("a login of this provider is not known by {0}")]
    LoginBy(String),
    /// The login leads to the user already.
    #[error("the login leads to this user already")]
    LoginLinked,
    /// The login leads to another user.
    #[error("the login leads to another user")]
    LoginOfAnother,
    /// A login without a value, or with one of more than 2,048 characters.
    #[error("the value of a login has 1 to 2,048 characters")]
    LoginValue,
    /// Terms without a link, or with one that is no address of the Web of 1,024 bytes at most.
    #[error("terms have links, each an HTTPS address")]
    TermsLink,
    /// What becomes the username of a provider's users never changes.
    #[error("the claim that becomes the username cannot be changed")]
    MappedUsernameFixed,
    /// A social provider is called as its kind is.
    #[error("the provider is called {0}")]
    ProviderNameFixed(&'static str),
    /// The name of the pool itself, or of a social provider.
    #[error("the name stands for another provider")]
    ProviderNameTaken,
    /// A client lists a provider that its pool does not have.
    #[error("there is no provider {0}")]
    ProviderUnknown(String, UserPoolId),
    /// The pool has a resource server of this identifier.
    #[error("the pool has a resource server {0} already")]
    ResourceServerExists(ResourceServerId, UserPoolId),
    /// A name of a resource server or description of a scope that is empty or longer than 256 characters.
    #[error("names of resource servers and descriptions of scopes have 1 to 256 characters")]
    ResourceServerText,
    /// A prefix has no dots, and a domain of one's own has some, and a certificate.
    #[error("a prefix is one label, and a domain of one's own several, with a certificate")]
    DomainForm,
    /// Another pool has the domain, or this one.
    #[error("the domain is taken")]
    DomainTaken,
    /// The pool has a domain of this kind.
    #[error("the pool has a domain of this kind already")]
    DomainThere,
    /// The pool has domains, which go before it does.
    #[error("the pool has a domain")]
    PoolHasDomain,
    /// There are two generations of pages.
    #[error("the version of managed login is 1 or 2")]
    ManagedLoginVersion,
    /// A redirect URI that cannot be one.
    #[error("a redirect URI {0}")]
    RedirectUri(RedirectProblem),
    /// More URIs than a list of a client has.
    #[error("a client has 100 URIs of a kind at most")]
    TooManyUris,
    /// The default is none of the redirect URIs.
    #[error("the default redirect URI is one of the redirect URIs")]
    DefaultRedirectUri,
    /// A client that may use the OAuth endpoints without flows or scopes.
    #[error("a client of the OAuth endpoints has flows and scopes")]
    OAuthFlowsAndScopes,
    /// An authorization code lives 1 to 300 seconds.
    #[error("an authorization code lives from 1 to 300 seconds")]
    CodeSeconds,
    /// A resource server with two scopes of one name.
    #[error("the scope {0} is named twice")]
    ScopeTwice(ScopeName),
    /// More scopes than a resource server (100) or a client (50) has.
    #[error("a resource server has 100 scopes at most, a client 50")]
    TooManyScopes,
    /// The pool has this case rule, its change of it has not come so far or farther, or a restoration of it is under way.
    #[error("the change of the pool's case rule has not come so far, or farther")]
    CaseChangeState,
    /// The user's sign-up is confirmed already.
    #[error("the user is confirmed already")]
    AlreadyConfirmed,
    /// The attribute cannot be changed once it is set.
    #[error("the attribute {0} cannot be changed")]
    AttributeImmutable(String),
    /// No value suits the bounds of the attribute.
    #[error("the bounds of the attribute {0} are malformed: {1}")]
    AttributeBounds(String, BoundsProblem),
    /// The pool has an attribute of this name already.
    #[error("the pool has an attribute {0} already")]
    AttributeExists(String),
    /// The pool requires the attribute.
    #[error("the attribute {0} is required")]
    AttributeMissing(String),
    /// The type of a standard attribute is fixed.
    #[error("the type of the attribute {0} is fixed")]
    AttributeTypeFixed(String),
    /// The pool's schema does not have the attribute.
    #[error("the pool has no attribute {0}")]
    AttributeUnknown(String),
    /// The attribute is defined twice.
    #[error("the attribute {0} is named twice")]
    AttributeTwice(String),
    /// The value does not suit the attribute.
    #[error("the attribute {0} {1}")]
    AttributeValue(String, ValueProblem),
    /// A challenge can be answered for 3 to 15 minutes.
    #[error("challenges live from 3 to 15 minutes")]
    ChallengeMinutes,
    /// A client's list names an attribute that the pool does not have.
    #[error("a readable or writable attribute is not in the pool's schema")]
    ClientAttributes,
    /// A client's secret has 24 to 64 letters, digits, underscores and plus signs.
    #[error("a client's secret has 24 to 64 letters, digits, underscores and plus signs")]
    ClientSecretForm,
    /// A secret is brought along and another is to be made.
    #[error("a client's secret is either brought along or made")]
    ClientSecretTwice,
    /// Custom attributes cannot be required.
    #[error("a custom attribute cannot be required")]
    CustomAttributeRequired,
    /// A pool keeps its history for 0 to 35 days.
    #[error("a pool keeps its history for 0 to 35 days")]
    HistoryDaysRange,
    /// Deletion protection is on.
    #[error("the pool is protected against deletion")]
    DeletionProtected,
    /// A member of the call is missing: its name.
    #[error("{0} is missing")]
    ParameterMissing(&'static str),
    /// The settings of second factors do not fit together.
    #[error("the settings of second factors do not fit together")]
    MfaSettings,
    /// Only one second factor can be the preferred one.
    #[error("only one second factor can be preferred")]
    PreferredTwice,
    /// Two levels of sign-ins would be called alike.
    #[error("two levels of sign-ins have one name")]
    AcrNames,
    /// None of the levels that are asked for is known.
    #[error("none of the levels is known")]
    AcrUnknown,
    /// The user has no factors that reach a level that is asked for.
    #[error("the user has no factors that reach one of the levels")]
    AcrOutOfReach,
    /// The session is of this level already.
    #[error("the session has reached the level")]
    AcrReached,
    /// In this pool a passkey stands for one factor.
    #[error("passkeys stand for one factor in this pool")]
    PasskeyIsOneFactor,
    /// A user whose passkeys stand for two factors has another one turned on.
    #[error("passkeys stand for two factors beside another one that is turned on")]
    PasskeyNeedsAnother,
    /// The user has no address or authenticator app for this second factor.
    #[error("the user has not set up {0}")]
    SecondFactorNotSetUp(&'static str),
    /// The factor is not offered to this user, in this pool.
    #[error("the factor is not offered")]
    FactorNotOffered,
    /// A device's name has at most 1,024 characters.
    #[error("a device's name has at most 1,024 characters")]
    DeviceName,
    /// The verifier or the salt of a device's secret cannot be one.
    #[error("the verifier or salt of the device's secret is invalid")]
    DeviceVerifier,
    /// The pool knows no devices.
    #[error("the pool does not know devices")]
    DevicesOff,
    /// A file of users may have 100 MB.
    #[error("a file of users has at most 100 MB")]
    FileTooLarge,
    /// The filter of a listing cannot be read.
    #[error("the filter cannot be read")]
    Filter,
    /// The filter names an attribute that cannot be searched.
    #[error("the attribute {0} cannot be searched")]
    FilterAttribute(String),
    /// The pool has no functions for a sign-in of the application's own.
    #[error("no hook defines the challenges of a custom sign-in")]
    CustomAuthNotConfigured,
    /// The client does not allow the flow, for public callers.
    #[error("the client does not allow this way to sign in")]
    FlowNotAllowed(AllowedFlow),
    /// The flow is for administrators and the caller is none, or the other way round.
    #[error("this way to sign in is not for this caller")]
    FlowNotForCaller,
    /// A pool has at most one delivery of each log.
    #[error("a pool has at most one delivery of each log")]
    LogDeliveries,
    /// A text of a message lacks a place for what the message brings.
    #[error("{}", .0.text())]
    MessageText(MessageText),
    /// A notice of 6 to 20,000 characters, its subject of 1 to 140, neither with a place for a code.
    #[error("a notice has 6 to 20,000 characters, its subject 1 to 140, and neither has a place for a code")]
    NoticeText,
    /// Links would lead nowhere: nobody has said under which address the front end is reached.
    #[error("links need an address under which the front end is reached")]
    NoLinkBase,
    /// A replaced refresh token works for 0 to 60 seconds.
    #[error("the grace period of rotation is from 0 to 60 seconds")]
    GracePeriod,
    /// A setting names a function that nobody here can call.
    #[error("the function {0} cannot be called from here")]
    FunctionNotCallable(String),
    /// A custom sender without a key: codes would be handed on in the clear.
    #[error("a custom sender needs a key to encrypt codes under")]
    SenderWithoutKey,
    /// A client with secrets keeps one at least.
    #[error("the last secret of a client cannot be removed")]
    LastClientSecret,
    /// The user has no address to send a code to.
    #[error("the user has no address to send a code to")]
    NoAddress,
    /// The user has no address for the medium asked for.
    #[error("the user has no address for this medium")]
    NoAddressForMedium,
    /// The user has no verified address that a code to reset the password could go to.
    #[error("the user has no verified address to reset the password by")]
    NoVerifiedAddress,
    /// A pool remembers 0 to 24 passwords.
    #[error("a pool remembers from 0 to 24 passwords")]
    PasswordHistoryRange,
    /// The answer of a browser about a passkey cannot be read, or the passkey is registered already.
    #[error("the passkey cannot be read, or is registered already")]
    Passkey,
    /// Passwords have at least 6 to 99 characters.
    #[error("the minimum length of passwords is from 6 to 99")]
    PasswordLengthRange,
    /// At most two ways of recovery, none twice, and an administrator alone or not at all.
    #[error("an administrator is a way of recovery alone or not at all, and no way stands twice")]
    RecoveryMechanisms,
    /// The session of the token that asks is ended by signing out.
    #[error("the session that asks cannot be revoked by this operation")]
    OwnSession,
    /// A public client has no secret, and gets none later.
    #[error("the client is public: it has no secrets")]
    PublicClient,
    /// Refresh tokens must outlive access and ID tokens.
    #[error("refresh tokens must live at least as long as access and ID tokens")]
    RefreshTokenTooShort,
    /// Not a region.
    #[error("the region is malformed")]
    Region,
    /// The client rotates refresh tokens, and this flow does not.
    #[error("the client rotates refresh tokens: use the operation that does")]
    RotationEnabled,
    /// The pool does not track sessions.
    #[error("the pool does not track sessions")]
    SessionsNotTracked,
    /// A user has from 1 to 100 sessions at most.
    #[error("a user has from 1 to 100 sessions at most")]
    SessionsPerUser,
    /// The client's public value of SRP breaks the protocol.
    #[error("the public value of SRP is invalid")]
    SrpPublicValue,
    /// A sign-in of the managed login is used again for 0 to 129,600 minutes.
    #[error("a sign-in is used again for 0 to 129,600 minutes")]
    SsoMinutes,
    /// The pool's history does not reach back to the moment, or it is less than a quarter of an hour ago.
    #[error("the moment is outside of what can be restored")]
    RestorationMoment,
    /// The restoration has come further, or has ended.
    #[error("the restoration is not in a state for this")]
    RestorationState,
    /// Temporary passwords live 1 to 365 days.
    #[error("temporary passwords live from 1 to 365 days")]
    TemporaryDaysRange,
    /// The time that the client says cannot be read.
    #[error("the timestamp cannot be read")]
    Timestamp,
    /// Something milder is done about a higher risk.
    #[error("nothing milder can be done about a higher risk")]
    RiskActions,
    /// A list has at most 200 networks.
    #[error("a list has at most 200 networks")]
    TooManyNetworks,
    /// Not a category of requests.
    #[error("there is no category of requests of this name")]
    RequestCategory,
    /// A rate below the one that holds when nothing is said.
    #[error("the rate is below the default")]
    RateTooLow,
    /// A token's life is out of range.
    #[error("the validity of tokens is out of range")]
    TokenValidityRange,
    /// A pool has at most 50 custom attributes.
    #[error("a pool has at most 50 custom attributes")]
    TooManyAttributes,
    /// A user is in at most 100 groups.
    #[error("a user is in at most 100 groups")]
    TooManyGroups,
    /// Not a username.
    #[error("the username is malformed")]
    Username,
    /// In pools where a verified address is an alias, no username looks like one.
    #[error("the username must not look like an e-mail address")]
    UsernameLikeEmail,
    /// In pools where a verified number is an alias, no username looks like one.
    #[error("the username must not look like a phone number")]
    UsernameLikePhoneNumber,
    /// In this pool, the username is an e-mail address.
    #[error("the username must be an e-mail address")]
    UsernameNotEmail,
    /// In this pool, the username is an e-mail address or a telephone number.
    #[error("the username must be an e-mail address or a phone number")]
    UsernameNotEmailOrPhoneNumber,
    /// In this pool, the username is a telephone number.
    #[error("the username must be a phone number")]
    UsernameNotPhoneNumber,
}
