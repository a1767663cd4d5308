//! The sentences that Cognito's clients know: for each reason of the domain, Cognito's text.

use userpool_core::model::attributes::{BoundsProblem, ValueProblem};
use userpool_core::model::client::AllowedFlow;
use userpool_core::model::user::NameKind;
use userpool_core::reasons::{FlowProblem, PasswordProblem};
use userpool_core::{Error, Invalid, Kind, Refusal};

/// What Cognito says where a user pool says `error`.
pub(crate) fn sentence(error: &Error) -> String {
    let fixed = match error {
        Error::AliasExists(kind) => return format!("An account with the {} already exists.", kind.label()),
        Error::InvalidParameter(reason) => return invalid(reason),
        Error::InvalidPassword(problem) => {
            return format!("Password did not conform with policy: {}", password(*problem));
        }
        Error::HookFailed(trigger, _) => {
            return format!("{trigger} invocation failed due to an error of the function.");
        }
        Error::HookInvalid(..) => "Unrecognizable lambda output",
        Error::HookRefused(trigger, words) => {
            return format!("{trigger} failed with error {}.", words.trim_end_matches('.'));
        }
        Error::NotAuthorized(reason) => return refusal(reason),
        Error::NotFound(kind) => return not_found(kind),
        Error::CodeMismatch => "Invalid verification code provided, please try again.",
        Error::DeviceKeyExists => "Device key already exists.",
        Error::ExpiredCode => "Invalid code provided, please request a code again.",
        Error::ScopeDoesNotExist(scope) => return format!("Invalid scope requested: {scope}"),
        Error::InvalidOAuthFlow(problem) => return flow_problem(problem),
        Error::GroupExists => "A group with the name already exists",
        Error::HistoryOff => "Point-in-time recovery is not available in the feature plan of this user pool.",
        Error::RestorationUnderWay => "The operation is not enabled while the user pool is being recovered.",
        Error::ProviderExists(name) => return format!("Identity provider {name} already exists."),
        Error::PasswordHistory => "Password has previously been used",
        Error::PasswordResetRequired => "Password reset required for the user",
        Error::ProtectionOff => "User pool add-ons are not enabled: AdvancedSecurityMode is OFF",
        Error::RefreshTokenReuse => "Refresh token reuse detected",
        Error::LimitExceeded { .. } => "Attempt limit exceeded, please try after some time.",
        Error::SoftwareTokenMismatch => "Code mismatch",
        Error::SoftwareTokenNotFound => "Software Token MFA has not been enabled by the userPool",
        Error::SoftwareTokenUsed => "Your software token has already been used once.",
        Error::TermsExist => "Terms already exist for the client.",
        Error::TooManyAttempts { .. } => "Password attempts exceeded",
        Error::TooManyRequests => "Rate exceeded",
        Error::UnsupportedOperation => "Token revocation is not enabled for this client",
        Error::UnsupportedUserState => "Resend not possible. status is not FORCE_CHANGE_PASSWORD",
        Error::UserNotConfirmed => "User is not confirmed.",
        Error::UsernameExists(NameKind::Email) => "An account with the given email already exists.",
        Error::UsernameExists(NameKind::PhoneNumber) => "An account with the given phone_number already exists.",
        Error::UsernameExists(_) => "User already exists",
        other => return other.to_string(),
    };
    fixed.to_owned()
}

fn flow_problem(problem: &FlowProblem) -> String {
    match problem {
        FlowProblem::ClientCredentialsBesideOthers => {
            "client_credentials flow can not be selected along with code flow or implicit flow.".to_owned()
        }
        FlowProblem::ClientCredentialsWithoutSecret => {
            "client_credentials flow can not be selected if client does not have a client secret.".to_owned()
        }
        FlowProblem::ScopeOfUsers(scope) => format!("{scope} is not supported with client_credentials flow."),
        other => other.to_string(),
    }
}

fn refusal(reason: &Refusal) -> String {
    let fixed = match reason {
        Refusal::ClientSecretWrong(client) => return format!("Unable to verify secret for client {client}"),
        Refusal::SecretHashMissing(client) => {
            return format!("Client {client} is configured with secret but SECRET_HASH was not received");
        }
        Refusal::SecretHashWrong(client) => return format!("Unable to verify secret hash for client {client}"),
        Refusal::AccessTokenExpired => "Access Token has expired",
        Refusal::AccessTokenInvalid => "Invalid Access Token",
        Refusal::AccessTokenRevoked => "Access Token has been revoked",
        Refusal::AccessTokenSignature => "Could not verify signature for Access Token",
        Refusal::AlreadyConfirmed => "User cannot be confirmed. Current status is CONFIRMED",
        Refusal::AttributeNotWritable => "A client attempted to write unauthorized attribute",
        Refusal::MissingScope => "Access Token does not have required scopes",
        Refusal::PasswordNotResettable => "User password cannot be reset in the current state.",
        Refusal::RecoveryByAdministrator => "Contact administrator to reset password.",
        Refusal::MustChoosePassword | Refusal::RefreshTokenRevoked | Refusal::SecondFactorMissing => {
            "Refresh Token has been revoked"
        }
        Refusal::RefreshTokenExpired => "Refresh Token has expired",
        Refusal::RefreshTokenInvalid => "Invalid Refresh Token",
        Refusal::FeedbackTokenInvalid => "Invalid feedback token",
        Refusal::RiskTooHigh => "Unable to login because of security reasons.",
        Refusal::ResendDisabled => "Cannot resend codes. Auto verification not turned on.",
        Refusal::SessionExpired => "Invalid session for the user, session is expired.",
        Refusal::SessionInvalid => "Invalid session for the user.",
        Refusal::SessionSpent => "Invalid session for the user, session can only be used once.",
        Refusal::SignUpDisabled => "SignUp is not permitted for this user pool",
        Refusal::TemporaryPasswordExpired => "Temporary password has expired and must be reset by an administrator.",
        Refusal::TimestampOutOfRange => "Timestamp is not within the allowed window.",
        Refusal::UserDisabled => "User is disabled.",
        Refusal::WrongCredentials => "Incorrect username or password.",
        other => return other.to_string(),
    };
    fixed.to_owned()
}

fn not_found(kind: &Kind) -> String {
    match kind {
        Kind::Client(client) => format!("User pool client {client} does not exist."),
        Kind::ClientSecret => "Client secret does not exist.".to_owned(),
        Kind::Device => "Device does not exist.".to_owned(),
        Kind::Event => "Event not found.".to_owned(),
        Kind::Group => "Group not found.".to_owned(),
        Kind::IdentityProvider(name) => format!("Identity provider {name} does not exist."),
        Kind::ImportJob(job) => format!("Import job {job} does not exist."),
        Kind::Passkey => "The WebAuthn credential does not exist.".to_owned(),
        Kind::Pool(pool) => format!("User pool {pool} does not exist."),
        Kind::ResourceServer(server) => format!("Resource server {server} does not exist."),
        Kind::Restoration => "Recovery does not exist.".to_owned(),
        Kind::Terms => "Terms do not exist.".to_owned(),
        Kind::Session => "Session does not exist.".to_owned(),
        Kind::UserOfClient => "Username/client id combination not found.".to_owned(),
        _ => "User does not exist.".to_owned(),
    }
}

fn password(problem: PasswordProblem) -> String {
    let fixed = match problem {
        PasswordProblem::Compromised => "Password was found in a list of compromised credentials",
        PasswordProblem::NoLowercase => "Password must have lowercase characters",
        PasswordProblem::NoNumber => "Password must have numeric characters",
        PasswordProblem::NoSymbol => "Password must have symbol characters",
        PasswordProblem::NoUppercase => "Password must have uppercase characters",
        PasswordProblem::TooLong => "Password too long",
        PasswordProblem::TooShort => "Password not long enough",
        other => return other.to_string(),
    };
    fixed.to_owned()
}

/// What is wrong with settings of a pool or a client, or a change of a whole pool.
fn of_settings(reason: &Invalid) -> Option<&'static str> {
    Some(match reason {
        Invalid::AcrNames => "AcrConfiguration: two levels have one AcrValue.",
        Invalid::AcrUnknown => "TARGET_ACR_VALUES: none of the values is an AcrValue of the user pool.",
        Invalid::AcrOutOfReach => "TARGET_ACR_VALUES: the user has no factors that reach one of the values.",
        Invalid::AcrReached => "The access token already satisfies the requested ACR value.",
        Invalid::PasskeyIsOneFactor => {
            "WebAuthn MFA needs a user pool whose passkeys are MULTI_FACTOR_WITH_USER_VERIFICATION."
        }
        Invalid::PasskeyNeedsAnother => "WebAuthn MFA needs at least one other MFA that is enabled.",
        Invalid::HistoryDaysRange => "A history is kept for 0 to 35 days.",
        Invalid::RestorationMoment => {
            "RestoreTimestamp must be at least 15 minutes ago and within the recovery window of the user pool."
        }
        Invalid::ChallengeMinutes => "AuthSessionValidity must be from 3 to 15 minutes.",
        Invalid::ClientAttributes => "Invalid read or write attributes specified while creating a client",
        Invalid::ClientSecretForm => "ClientSecret must have 24 to 64 letters, digits, underscores and plus signs.",
        Invalid::ClientSecretTwice => "ClientSecret cannot be given together with GenerateSecret.",
        Invalid::CustomAttributeRequired => "Required custom attributes are not supported currently.",
        Invalid::DeletionProtected => {
            "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be \
             inactivated first."
        }
        Invalid::SenderWithoutKey => "KMSKeyID is required for custom senders.",
        Invalid::GracePeriod => "RetryGracePeriodSeconds must be from 0 to 60.",
        Invalid::LastClientSecret => "The last secret of a client cannot be deleted.",
        Invalid::MfaSettings => {
            "Invalid MFA configuration given: the pool's factors do not fit together, or a code alone would do where MFA is required."
        }
        Invalid::PasswordHistoryRange => "PasswordHistorySize must be from 0 to 24.",
        Invalid::RecoveryMechanisms => "Invalid account recovery setting: admin_only stands alone, and no name twice.",
        Invalid::PasswordLengthRange => "The minimum length of passwords must be from 6 to 99.",
        Invalid::MessageText(text) => text.text(),
        Invalid::NoticeText => "A notice has 6 to 20000 characters and its subject 1 to 140, without a code.",
        Invalid::NoLinkBase => {
            "CONFIRM_WITH_LINK and links of notifications need an address of this server to which links lead."
        }
        Invalid::LogDeliveries => "A pool has at most one delivery of each log.",
        Invalid::RateTooLow => "The requested limit is below the default.",
        Invalid::RequestCategory => "Unknown category.",
        Invalid::RiskActions => "An action for a higher risk cannot be less restrictive than one for a lower risk.",
        Invalid::TooManyNetworks => "An IP range list has at most 200 entries.",
        Invalid::PublicClient => "The client has no secret: it is a public client.",
        Invalid::RefreshTokenTooShort => "Refresh tokens must live as long as access and ID tokens at least.",
        Invalid::Region => "Invalid region.",
        Invalid::LoginLinked => "SourceUser is already linked to DestinationUser",
        Invalid::LoginOfAnother => {
            "Merging is not currently supported, please provide a SourceUser that has not been signed up in order to link"
        }
        Invalid::LoginValue => "ProviderAttributeValue must have 1 to 2048 characters.",
        Invalid::TermsLink => "Links must be HTTPS addresses of at most 1024 characters.",
        Invalid::MappedUsernameFixed => "AttributeMapping: the mapping of username cannot be changed.",
        Invalid::ProviderIdentifierTaken => "IdpIdentifiers: an identifier is in use by another provider.",
        Invalid::ProviderIdentifiers => "IdpIdentifiers: a provider has at most 50 identifiers, each once.",
        Invalid::ProviderNameTaken => "ProviderName is reserved for another provider.",
        Invalid::SessionsPerUser => "MaxPerUser must be from 1 to 100.",
        Invalid::SsoMinutes => "MaxValidityMinutes must be from 0 to 129600.",
        Invalid::TemporaryDaysRange => "Temporary passwords must live from 1 to 365 days.",
        Invalid::TokenValidityRange => "Invalid range for token validity.",
        Invalid::TooManyAttributes => "A pool has at most 50 custom attributes.",
        Invalid::CaseChangeState => "The change of the case rule is not in a state for this operation.",
        Invalid::RestorationState => "The recovery is not in a state for this operation.",
        _ => return None,
    })
}

fn invalid(reason: &Invalid) -> String {
    let fixed = of_settings(reason).or_else(|| of_request(reason)).map(str::to_owned);
    fixed.or_else(|| with_names(reason)).unwrap_or_else(|| reason.to_string())
}

/// What says what the caller named, or chose of several.
fn with_names(reason: &Invalid) -> Option<String> {
    Some(match reason {
        Invalid::AttributeImmutable(name) => {
            format!("user.{name}: Attribute cannot be updated. (changing an immutable attribute)")
        }
        Invalid::AttributeMissing(name) => unfit(name, "The attribute is required"),
        Invalid::AttributeBounds(name, problem) => bounds(name, *problem),
        Invalid::AttributeExists(name) => {
            format!("{name}: Existing attribute already has name {name}.")
        }
        Invalid::AttributeTypeFixed(name) => fixed_standard(name),
        Invalid::FunctionNotCallable(function) => {
            format!("LambdaConfig: {function} cannot be called: this server is not told where functions are.")
        }
        Invalid::AttributeTwice(name) => format!("The attribute {name} is named twice."),
        Invalid::LoginBy(name) => format!("Invalid ProviderAttributeName: {name} is not mapped by the provider."),
        Invalid::ProviderDetail(name, problem) => format!("ProviderDetails: {name}: {problem}."),
        Invalid::ProviderMapping(name) => format!("Invalid AttributeMapping is provided: {name}"),
        Invalid::ProviderNameFixed(name) => format!("ProviderName must be {name} for providers of this type."),
        Invalid::ProviderUnknown(name, pool) => format!("The provider {name} does not exist for User Pool {pool}."),
        Invalid::ResourceServerExists(server, pool) => format!("{server} already exists in user pool {pool}."),
        Invalid::RedirectUri(problem) => format!("Invalid redirect uri: one {problem}."),
        Invalid::DomainTaken => "Domain already associated with another user pool.".to_owned(),
        Invalid::DomainThere => "User pool already has a domain configured.".to_owned(),
        Invalid::PoolHasDomain => {
            "User pool cannot be deleted. It has a domain configured that should be deleted first.".to_owned()
        }
        Invalid::DefaultRedirectUri => "Default redirect URI must be in the list of Callback URLs.".to_owned(),
        Invalid::OAuthFlowsAndScopes => {
            "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."
                .to_owned()
        }
        Invalid::ParameterMissing(name) => format!("Missing required parameter {name}"),
        Invalid::SecondFactorNotSetUp(name) => {
            format!("User does not have delivery config set to turn on {name}")
        }
        Invalid::AttributeUnknown(name) => {
            format!("Attributes did not conform to the schema: Type for attribute {{{name}}} could not be determined")
        }
        Invalid::AttributeValue(name, problem) => value(name, *problem),
        Invalid::FilterAttribute(name) => format!("Invalid search attribute: {name}"),
        _ => return None,
    })
}

/// What is wrong with a request, whoever makes it.
fn of_request(reason: &Invalid) -> Option<&'static str> {
    Some(match reason {
        Invalid::FlowNotAllowed(flow) => flow_sentence(*flow),
        Invalid::AlreadyConfirmed => "User is already confirmed.",
        Invalid::DeviceName => "DeviceName has at most 1024 characters.",
        Invalid::DeviceVerifier => "Invalid DeviceSecretVerifierConfig.",
        Invalid::DevicesOff => "Device tracking is not configured for this user pool.",
        Invalid::FactorNotOffered => "The selected factor is not available to the user.",
        Invalid::Filter => "Error while parsing filter",
        Invalid::CustomAuthNotConfigured => "Custom auth lambda trigger is not configured.",
        Invalid::FlowNotForCaller => "Initiate Auth method not supported.",
        Invalid::PreferredTwice => "Only one MFA can be set as preferred.",
        Invalid::NoAddress => "The user has no address to send a code to.",
        Invalid::NoAddressForMedium => "The user has no address for the desired delivery medium.",
        Invalid::NoVerifiedAddress => {
            "Cannot reset password for the user as there is no registered/verified email or phone_number"
        }
        Invalid::OwnSession => "The current session cannot be revoked by this operation.",
        Invalid::SessionsNotTracked => "User session tracking is not enabled for this user pool.",
        Invalid::RotationEnabled => "Refresh token rotation is enabled for this client: use GetTokensFromRefreshToken",
        Invalid::SrpPublicValue => "Invalid SRP_A value.",
        Invalid::Timestamp => "Invalid timestamp format.",
        Invalid::TooManyGroups => "A user is in at most 100 groups.",
        Invalid::Username => "Invalid username.",
        Invalid::UsernameLikeEmail => {
            "Username cannot be of email format, since user pool is configured for email alias."
        }
        Invalid::UsernameLikePhoneNumber => {
            "Username cannot be of phone number format, since user pool is configured for phone number alias."
        }
        Invalid::UsernameNotEmail => "Username should be an email.",
        Invalid::UsernameNotEmailOrPhoneNumber => "Username should be either an email or a phone number.",
        Invalid::UsernameNotPhoneNumber => "Username should be a phone number.",
        _ => return None,
    })
}

/// A standard attribute of which the schema says what cannot be said.
pub(crate) fn fixed_standard(name: &str) -> String {
    format!("You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute {name}")
}

fn bounds(name: &str, problem: BoundsProblem) -> String {
    match problem {
        BoundsProblem::LengthsUpsideDown => format!("user.{name}: Max length cannot be less than min length."),
        BoundsProblem::NoLength => format!("user.{name}: String attributes cannot have a length of more than 2048"),
        BoundsProblem::NumbersUpsideDown => format!("user.{name}: Max value cannot be less than min value."),
        other => other.to_string(),
    }
}

fn flow_sentence(flow: AllowedFlow) -> &'static str {
    match flow {
        AllowedFlow::UserSrp => "USER_SRP_AUTH is not enabled for the client.",
        AllowedFlow::UserPassword => "USER_PASSWORD_AUTH flow not enabled for this client",
        AllowedFlow::RefreshToken => "REFRESH_TOKEN_AUTH is not enabled for the client.",
        _ => "Auth flow not enabled for this client",
    }
}

/// An attribute that does not conform to the schema.
fn unfit(name: &str, what: &str) -> String {
    format!("Attributes did not conform to the schema: {name}: {what}\n")
}

fn value(name: &str, problem: ValueProblem) -> String {
    match problem {
        ValueProblem::LongerThan(most) => unfit(name, &format!("String must be no longer than {most} characters")),
        ValueProblem::NotBoolean => unfit(name, "Invalid boolean"),
        ValueProblem::NotDate => unfit(name, "The date must be of the form YYYY-MM-DD"),
        ValueProblem::NotEmail => "Invalid email address format.".to_owned(),
        ValueProblem::NotNumber => unfit(name, "Invalid number"),
        ValueProblem::NotPhoneNumber => "Invalid phone number format.".to_owned(),
        ValueProblem::OutOfRange => unfit(name, "Number out of range"),
        ValueProblem::ShorterThan(least) => unfit(name, &format!("String must be no shorter than {least} characters")),
        ValueProblem::TooLong => unfit(name, "String must not be longer than 2048 characters"),
        other => unfit(name, &other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentences_that_clients_look_for_are_cognitos_byte_for_byte() {
        for (error, expected) in [
            (Error::NotAuthorized(Refusal::WrongCredentials), "Incorrect username or password."),
            (Error::NotAuthorized(Refusal::UserDisabled), "User is disabled."),
            (Error::NotAuthorized(Refusal::AccessTokenRevoked), "Access Token has been revoked"),
            (Error::NotAuthorized(Refusal::RefreshTokenInvalid), "Invalid Refresh Token"),
            (Error::NotAuthorized(Refusal::SessionInvalid), "Invalid session for the user."),
            (Error::LimitExceeded { retry_after_seconds: 60 }, "Attempt limit exceeded, please try after some time."),
            (Error::TooManyAttempts { retry_after_seconds: 8 }, "Password attempts exceeded"),
            (Error::PasswordHistory, "Password has previously been used"),
            (
                Error::InvalidParameter(Invalid::NoVerifiedAddress),
                "Cannot reset password for the user as there is no registered/verified email or phone_number",
            ),
            (
                Error::NotAuthorized(Refusal::PasswordNotResettable),
                "User password cannot be reset in the current state.",
            ),
            (Error::NotAuthorized(Refusal::RecoveryByAdministrator), "Contact administrator to reset password."),
            (Error::UserNotConfirmed, "User is not confirmed."),
            (Error::NotFound(Kind::User), "User does not exist."),
            (Error::UsernameExists(NameKind::Username), "User already exists"),
            (Error::AliasExists(NameKind::Email), "An account with the email already exists."),
            (
                Error::InvalidPassword(PasswordProblem::TooShort),
                "Password did not conform with policy: Password not long enough",
            ),
            (
                Error::InvalidParameter(Invalid::AttributeMissing("email".to_owned())),
                "Attributes did not conform to the schema: email: The attribute is required\n",
            ),
            (
                Error::InvalidParameter(Invalid::AttributeUnknown("custom:x".to_owned())),
                "Attributes did not conform to the schema: Type for attribute {custom:x} could not be determined",
            ),
        ] {
            assert_eq!(sentence(&error), expected);
        }
    }
}
