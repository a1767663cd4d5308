//! The sentences of STS and IAM: for each reason of the domain, theirs.

use credential_vending::{CredentialError, Error, Invalid, Kind, Limit};

/// What STS or IAM says where vending says `error`.
pub(crate) fn sentence(error: &Error) -> String {
    let fixed = match error {
        Error::EntityAlreadyExists(Kind::Role(name)) => return format!("Role with name {name} already exists."),
        Error::EntityAlreadyExists(Kind::OidcProvider(arn) | Kind::SamlProvider(arn)) => {
            return format!("{arn} already exists.");
        }
        Error::EntityAlreadyExists(Kind::ManagedPolicy(name)) => {
            return format!("A policy called {name} already exists. Duplicate names are not allowed.");
        }
        Error::InUse(Kind::ManagedPolicy(_)) => "Cannot delete a policy attached to entities.",
        Error::InUse(Kind::Role(_)) => "Cannot delete entity, must detach all policies first.",
        Error::InUse(Kind::PolicyVersion(number)) => {
            return format!(
                "The version v{number} must not be the default one, and a policy is deleted with its last version alone."
            );
        }
        Error::LimitExceeded(Limit::AttachedPolicies) => "Cannot exceed quota for PoliciesPerRole: 20",
        Error::LimitExceeded(Limit::PolicyVersions) => {
            "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version."
        }
        Error::InvalidInput(reason) => return invalid(reason),
        Error::NoSuchEntity(kind) => return missing(kind),
        Error::PackedPolicyTooLarge(percent) => {
            return format!("Packed size of session policies and tags consumes {percent}% of allotted space.");
        }
        Error::InsufficientSessionLifetime => {
            "The requested DurationSeconds exceeds the remaining lifetime of the calling session."
        }
        Error::NotNarrowable => {
            "The calling credentials cannot be scoped: they are not temporary, or have three layers of scoped policies."
        }
        Error::AccessDenied => "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        Error::DurationTooLong => "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        other => return other.to_string(),
    };
    fixed.to_owned()
}

fn missing(kind: &Kind) -> String {
    match kind {
        Kind::OidcProvider(arn) => format!("OpenIDConnect Provider not found for arn {arn}"),
        Kind::ManagedPolicy(arn) => format!("Policy {arn} does not exist or is not attachable."),
        Kind::PolicyVersion(number) => format!("Policy version v{number} does not exist."),
        Kind::OperatorKey(id) => format!("The Access Key with id {id} cannot be found."),
        Kind::SamlProvider(arn) => format!("SAML Provider not found for arn {arn}"),
        Kind::Role(name) => format!("The role with name {name} cannot be found."),
        Kind::RolePolicy(name) => format!("The role policy with name {name} cannot be found."),
        other => format!("{other} cannot be found."),
    }
}

fn invalid(reason: &Invalid) -> String {
    let fixed = match reason {
        Invalid::RoleArn(arn) | Invalid::PolicyArn(arn) => return format!("{arn} is invalid"),
        Invalid::Duration => "DurationSeconds must be from 900 to 43200.",
        Invalid::ChainedDuration => {
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"
        }
        Invalid::TransitiveTags => "The specified transitive tag key must be included in the requested tags.",
        Invalid::TransitiveTagTaken => {
            "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session."
        }
        Invalid::MaxSessionDuration => "MaxSessionDuration must be from 3600 to 43200.",
        Invalid::Name => "A name has 1 to 64 letters, digits and +=,.@-_ only, that of a policy up to 128.",
        Invalid::ProviderId => "ProviderId must be www.amazon.com or graph.facebook.com.",
        Invalid::ProviderUrl => "Invalid Open ID Connect Provider URL",
        Invalid::NothingNarrowed => "At least one of Policy and DurationSeconds must be given.",
        Invalid::RolePath => "The path must begin and end with a slash.",
        Invalid::SamlMetadata(_) => return format!("Could not parse metadata: {reason}."),
        Invalid::SessionName => "A session name has 2 to 64 letters, digits and +=,.@-_ only.",
        other => return other.to_string(),
    };
    fixed.to_owned()
}

/// What AWS says where credentials do not count.
pub(crate) fn of_credentials(error: &CredentialError) -> String {
    let fixed = match error {
        CredentialError::Expired => "The security token included in the request is expired",
        CredentialError::Invalid => "The security token included in the request is invalid.",
        CredentialError::Revoked => "The security token included in the request has been revoked",
        CredentialError::UnknownRestriction => {
            "The security token included in the request is restricted in a way that is not known here"
        }
        other => return other.to_string(),
    };
    fixed.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_clients_know_word_for_word() {
        let role = || Kind::Role("reader".to_owned());
        for (error, sentence_of_aws) in [
            (Error::NoSuchEntity(role()), "The role with name reader cannot be found."),
            (Error::EntityAlreadyExists(role()), "Role with name reader already exists."),
            (Error::AccessDenied, "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
            (Error::DurationTooLong, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."),
        ] {
            assert_eq!(sentence(&error), sentence_of_aws);
        }
        assert_eq!(of_credentials(&CredentialError::Expired), "The security token included in the request is expired");
    }
}
