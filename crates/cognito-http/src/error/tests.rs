use cognito_wire::Service;

use super::*;

/// Every code that a domain's error or a handler becomes.
const CODES: [&str; 50] = [
    "AccessDenied",
    "AliasExistsException",
    "CodeDeliveryFailureException",
    "CodeMismatchException",
    "ConcurrentModification",
    "ConcurrentModificationException",
    "DeveloperUserAlreadyRegisteredException",
    "DeviceKeyExistsException",
    "EntityAlreadyExists",
    "ExpiredCodeException",
    "ExpiredTokenException",
    "ExternalServiceException",
    "FeatureUnavailableInTierException",
    "GroupExistsException",
    "IDPRejectedClaim",
    "InvalidIdentityPoolConfigurationException",
    "InvalidIdentityToken",
    "InvalidInput",
    "InvalidParameterException",
    "InvalidPasswordException",
    "MalformedPolicyDocument",
    "NoSuchEntity",
    "NotAuthorizedException",
    "OperationNotEnabledException",
    "PackedPolicyTooLarge",
    "PasswordHistoryPolicyViolationException",
    "PasswordResetRequiredException",
    "PreconditionNotMetException",
    "RefreshTokenReuseException",
    "ResourceConflictException",
    "ResourceNotFoundException",
    "ServiceQuotaExceededException",
    "TooManyRequestsException",
    "UnauthorizedException",
    "UnsupportedOperationException",
    "UnsupportedTokenTypeException",
    "UnsupportedUserStateException",
    "UserNotConfirmedException",
    "UserNotFoundException",
    "UserPoolAddOnNotEnabledException",
    "UserPoolTaggingException",
    "UsernameExistsException",
    "ValidationError",
    "WebAuthnChallengeNotFoundException",
    "WebAuthnClientMismatchException",
    "WebAuthnConfigurationMissingException",
    "WebAuthnCredentialNotSupportedException",
    "WebAuthnNotEnabledException",
    "WebAuthnOriginNotAllowedException",
    "WebAuthnRelyingPartyMismatchException",
];

#[test]
fn every_refusal_of_an_operation_is_in_its_models_list() {
    for info in Service::ALL.iter().flat_map(|service| service.operations()) {
        for code in CODES {
            let held = Failure::new(code, 400, "").held_to(info);
            let common = COMMON.contains(&held.code) || held.code == info.service.validation_error();

            assert!(common || info.errors.contains(&held.code), "{} {code}: {}", info.name, held.code);
        }
    }
}

#[test]
fn a_code_that_the_model_lists_stays() {
    let group = Service::UserPools.operations().iter().find(|info| info.name == "CreateGroup").unwrap();

    assert_eq!(Failure::new("GroupExistsException", 400, "").held_to(group).code, "GroupExistsException");
    assert_eq!(
        Failure::new("ConcurrentModificationException", 400, "").held_to(group).code,
        "TooManyRequestsException"
    );
}

#[test]
fn a_provider_that_is_not_reached_is_a_communication_error_of_sts_and_an_external_one_of_identity_pools() {
    let unreached = || Failure::from(FederationError::ExternalService(login_providers::Unreachable("down".into())));
    let held = |service: Service, name: &str| {
        let info = service.operations().iter().find(|info| info.name == name).unwrap();
        let held = unreached().held_to(info);
        (held.code, held.status)
    };

    assert_eq!(held(Service::Sts, "AssumeRoleWithWebIdentity"), ("IDPCommunicationError", 400));
    assert_eq!(held(Service::IdentityPools, "GetId"), ("ExternalServiceException", 400));
}
