//! The sentences that Cognito's identity pools say, and STS: for each reason of the domain, theirs.

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
        Error::InvalidConfiguration => "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
        Error::InvalidIdentityToken(problem) => web_token(*problem),
        Error::ResourceConflict(LoginConflict::DifferentIdentities) => {
            "Logins are already linked to different identities."
        }
        Error::ResourceConflict(_) => "Login is already linked to another account.",
        Error::TokenExpired => "Token expired",
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
        Refusal::GuestsNotAllowed => "Unauthenticated access is not supported for this identity pool.",
        Refusal::LoginClientNotTrusted => "Token is not from a supported provider of this identity pool.",
        Refusal::LoginExpired => "Invalid login token. Token expired.",
        Refusal::LoginInvalid => "Invalid login token. Not a valid OpenID Connect identity token.",
        Refusal::LoginIssuer => "Invalid login token. Issuer doesn't match providerName",
        Refusal::LoginRevoked => "Token has been revoked.",
        Refusal::LoginSignature => "Invalid login token. Can't verify its signature.",
        Refusal::LoginStateUnknown => "Token could not be checked with its provider.",
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
        Invalid::UnknownMappingProvider(key) => {
            return format!("{key} is not a valid RoleMapping ProviderName or is not a configured provider.");
        }
        Invalid::ClassicFlowClosed => "Basic (classic) flow is not enabled, please use enhanced flow.",
        Invalid::ClassicFlowWithMappings => {
            "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow."
        }
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
        WebTokenProblem::Audience => "Incorrect token audience",
        WebTokenProblem::NoIssuer => {
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        }
        WebTokenProblem::Signature => "Couldn't verify the token's signature with its issuer's keys",
        WebTokenProblem::UnknownProvider => "No OpenIDConnect provider found in your account for the token.",
        _ => "The ID Token provided is not a valid JWT.",
    }
}
