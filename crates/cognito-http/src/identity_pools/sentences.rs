//! The sentences that Cognito's identity pools say, and STS: for each reason of the domain, theirs.

use credential_vending::BackendError;
use identity_federation::{Error, Invalid, Kind, LoginConflict, Refusal, WebTokenProblem};

/// What Cognito says where an identity pool says `error`.
pub(crate) fn sentence(error: &Error) -> String {
    let fixed = match error {
        Error::InvalidParameter(reason) => return invalid(reason),
        Error::NotAuthorized(reason) => return refusal(reason),
        Error::NotFound(Kind::Identity(id)) => return format!("Identity '{id}' not found."),
        Error::NotFound(Kind::Pool(id)) => return format!("IdentityPool '{id}' not found."),
        Error::RoleDenied { mapping, .. } => {
            return format!("The ambiguous role mapping rules for: {mapping} denied this request.");
        }
        Error::DeveloperUserAlreadyRegistered => {
            "The developer user identifier is already registered under a different identity ID."
        }
        Error::NotFound(Kind::DeveloperUser) => "Developer user identifier not found.",
        Error::Backend(BackendError::Unavailable(_)) => {
            "The security token service of the role's account cannot be reached."
        }
        Error::Backend(_) | Error::InvalidConfiguration => {
            "Invalid identity pool configuration. Check assigned IAM roles for this pool."
        }
        Error::InvalidIdentityToken(problem) => web_token(*problem),
        Error::ResourceConflict(LoginConflict::DeveloperUserElsewhere) => {
            "The developer user identifier is linked to a different identity ID."
        }
        Error::ResourceConflict(_) => "Login is already linked to another account.",
        Error::TokenExpired => "Token expired",
        Error::TooManyRequests => "Rate exceeded",
        other => return other.to_string(),
    };
    fixed.to_owned()
}

fn refusal(reason: &Refusal) -> String {
    let fixed = match reason {
        Refusal::IdentityNotYours(id) => return format!("Access to Identity '{id}' is forbidden."),
        Refusal::LoginClaimMissing(claim) => {
            return format!("Invalid login token. Missing a required claim: {claim}");
        }
        Refusal::TagValue(tag) => return format!("The login's claim for the principal tag {tag} cannot be a tag."),
        Refusal::TagsDiffer(tag) => return format!("The logins give the principal tag {tag} different values."),
        Refusal::GuestsNotAllowed => "Unauthenticated access is not supported for this identity pool.",
        Refusal::LoginClientNotTrusted => "Token is not from a supported provider of this identity pool.",
        Refusal::LoginExpired => "Invalid login token. Token expired.",
        Refusal::LoginInvalid => "Invalid login token. Not a valid OpenID Connect identity token.",
        Refusal::LoginIssuer => "Invalid login token. Issuer doesn't match providerName",
        Refusal::LoginRevoked => "Token has been revoked.",
        Refusal::LoginSignature => "Invalid login token. Can't verify its signature.",
        Refusal::LoginUsed => "Invalid login token. The SAML response was used before.",
        Refusal::SamlInvalid => "Invalid login token. Not a valid SAML response for this identity pool.",
        Refusal::LoginStateUnknown => "Token could not be checked with its provider.",
        Refusal::OwnTokenNotTaken => "Invalid login token. Can't pass in a Cognito token.",
        Refusal::LoginsNotOfIdentity | Refusal::ProviderNotInPool => {
            "Logins don't match. Please include at least one valid login for this identity or identity pool."
        }
        other => return other.to_string(),
    };
    fixed.to_owned()
}

fn invalid(reason: &Invalid) -> String {
    let fixed = match reason {
        Invalid::RuleCount(most) => return format!("A role mapping has 1 to {most} rules."),
        Invalid::TooManyLinkedLogins(most) => return format!("An identity has at most {most} logins."),
        Invalid::TooManyLogins(most) => return format!("A call carries at most {most} logins."),
        Invalid::DeveloperUserId(most) => return format!("A developer user identifier has 1 to {most} characters."),
        Invalid::NotLinked(name) => return format!("The identity has no login of {name}."),
        Invalid::Tag(key) => return format!("The tag {key} is not allowed."),
        Invalid::TokenDuration(most) => return format!("TokenDuration is 1 to {most} seconds."),
        Invalid::UnknownTagProvider(name) => return format!("{name} is not a configured provider."),
        Invalid::UnknownMappingProvider(key) => {
            return format!("{key} is not a valid RoleMapping ProviderName or is not a configured provider.");
        }
        Invalid::ClassicFlowClosed => "Basic (classic) flow is not enabled, please use enhanced flow.",
        Invalid::ClassicFlowWithMappings => {
            "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow."
        }
        Invalid::DeveloperLoginStays => "Please use UnlinkDeveloperIdentity for the developer provider.",
        Invalid::DeveloperProviderInPublic => "Please provide a valid public provider.",
        Invalid::DeveloperProviderName => "The developer provider name is invalid, or that of another provider.",
        Invalid::DeveloperProviderUnknown => "This identity pool does not support the specified developer provider.",
        Invalid::DeveloperUserMissing => "Please provide a user of the developer provider.",
        Invalid::LookupOfNothing => "Either IdentityId or DeveloperUserIdentifier is required.",
        Invalid::OwnTokenWithOthers => "A Cognito token goes without other logins.",
        Invalid::Tags => "Too many tags, or two whose keys differ in case alone.",
        Invalid::TagsBesideDefaults => "PrincipalTags go without UseDefaults.",
        Invalid::DeveloperProviderFixed => "The developer provider name cannot be changed once it is set.",
        Invalid::GuestNamesRole => "A guest cannot ask for a role.",
        Invalid::Region => "Invalid region.",
        other => return other.to_string(),
    };
    fixed.to_owned()
}

/// STS's sentences about web identity tokens.
fn web_token(problem: WebTokenProblem) -> &'static str {
    match problem {
        WebTokenProblem::Ended => "The identity or the login of the token is gone",
        WebTokenProblem::Audience => "Incorrect token audience",
        WebTokenProblem::NoIssuer => {
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        }
        WebTokenProblem::Signature => "Couldn't verify the token's signature with its issuer's keys",
        WebTokenProblem::UnknownProvider => "No OpenIDConnect provider found in your account for the token.",
        _ => "The ID Token provided is not a valid JWT.",
    }
}
