//! What each operation is about, as policies name it. The service models do not say it: this table follows the service
//! authorisation reference (actions, resources and condition keys of each service).

use serde_json::Value;

/// A resource of an operation: its kind, and the declared members that name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resource {
    /// A variant of `Target`.
    pub(super) target: &'static str,
    /// The members, as the variant's fields want them.
    pub(super) members: &'static [&'static str],
}

const fn one(target: &'static str, members: &'static [&'static str]) -> Resource {
    Resource { target, members }
}

/// Operations whose resources are not told by a member's name alone.
const ODD: &[(&str, &str, &[Resource])] = &[
    ("cognito-idp", "CreateUserPool", &[]),
    ("cognito-idp", "DescribeUserPoolDomain", &[]),
    ("cognito-idp", "GetClientToken", &[one("UserPoolOfClient", &["ClientId"])]),
    ("cognito-idp", "GetDerivedToken", &[one("UserPoolOfClient", &["ClientId"])]),
    ("cognito-idp", "GetProvisionedLimit", &[]),
    ("cognito-idp", "ListUserPools", &[]),
    ("cognito-idp", "UpdateProvisionedLimit", &[]),
    ("cognito-identity", "CreateIdentityPool", &[]),
    ("cognito-identity", "DeleteIdentities", &[one("Identity", &["IdentityIdsToDelete"])]),
    ("cognito-identity", "ListIdentityPools", &[]),
    ("iam", "CreateOpenIDConnectProvider", &[one("NewOidcProvider", &["Url"])]),
    ("iam", "AttachRolePolicy", &[one("RoleAndPolicy", &["RoleName", "PolicyArn"])]),
    ("iam", "CreatePolicy", &[one("NewPolicy", &["Path", "PolicyName"])]),
    ("iam", "CreateRole", &[one("NewRole", &["Path", "RoleName", "PermissionsBoundary"])]),
    ("iam", "DetachRolePolicy", &[one("RoleAndPolicy", &["RoleName", "PolicyArn"])]),
    ("iam", "CreateSAMLProvider", &[one("NewSamlProvider", &["Name"])]),
    ("iam", "ListOpenIDConnectProviders", &[]),
    ("iam", "ListPolicies", &[]),
    ("iam", "ListRoles", &[]),
    ("iam", "ListSAMLProviders", &[]),
    ("iam", "PutRolePermissionsBoundary", &[one("RoleAndBoundary", &["RoleName", "PermissionsBoundary"])]),
    ("sts", "AssumeRoot", &[]),
    ("sts", "DecodeAuthorizationMessage", &[]),
    ("sts", "GetAccessKeyInfo", &[]),
    ("sts", "GetCallerIdentity", &[]),
    ("sts", "GetDelegatedAccessToken", &[]),
    ("sts", "GetFederationToken", &[]),
    ("sts", "GetScopedCredentials", &[]),
    ("sts", "GetSessionToken", &[]),
    ("sts", "GetWebIdentityToken", &[]),
];

/// Members that name a resource wherever an operation of a service declares them.
const BY_MEMBER: &[(&str, &str, &str)] = &[
    ("cognito-idp", "UserPoolId", "UserPool"),
    ("cognito-idp", "ResourceArn", "Arn"),
    ("cognito-identity", "IdentityPoolId", "IdentityPool"),
    ("cognito-identity", "IdentityId", "Identity"),
    ("cognito-identity", "ResourceArn", "Arn"),
    ("iam", "PolicyArn", "Arn"),
    ("iam", "RoleName", "Role"),
    ("iam", "OpenIDConnectProviderArn", "Arn"),
    ("iam", "SAMLProviderArn", "Arn"),
    ("sts", "RoleArn", "Arn"),
];

/// Where an operation hands a role to a service, which acts in it later: the caller needs `iam:PassRole` for it. `*` is
/// every item of a list and every value of a map.
const PASSED: &[(&str, &str, &[&[&str]])] = &[
    ("cognito-idp", "CreateGroup", &[&["RoleArn"]]),
    ("cognito-idp", "UpdateGroup", &[&["RoleArn"]]),
    ("cognito-idp", "CreateUserImportJob", &[&["CloudWatchLogsRoleArn"]]),
    (
        "cognito-idp",
        "CreateUserPool",
        &[&["SmsConfiguration", "SnsCallerArn"], &["SmsConfiguration", "EumsSms", "CallerArn"]],
    ),
    (
        "cognito-idp",
        "UpdateUserPool",
        &[&["SmsConfiguration", "SnsCallerArn"], &["SmsConfiguration", "EumsSms", "CallerArn"]],
    ),
    (
        "cognito-idp",
        "SetUserPoolMfaConfig",
        &[
            &["SmsMfaConfiguration", "SmsConfiguration", "SnsCallerArn"],
            &["SmsMfaConfiguration", "SmsConfiguration", "EumsSms", "CallerArn"],
        ],
    ),
    ("cognito-idp", "CreateUserPoolClient", &[&["AnalyticsConfiguration", "RoleArn"]]),
    ("cognito-idp", "UpdateUserPoolClient", &[&["AnalyticsConfiguration", "RoleArn"]]),
    (
        "cognito-identity",
        "SetIdentityPoolRoles",
        &[&["Roles", "*"], &["RoleMappings", "*", "RulesConfiguration", "Rules", "*", "RoleARN"]],
    ),
];

/// Members that give tags to what an operation makes or changes, wherever one is declared.
const TAGS: [&str; 3] = ["IdentityPoolTags", "Tags", "UserPoolTags"];

/// The member that names tags to be taken away.
const TAG_KEYS: &str = "TagKeys";

/// The resources of a signed operation; `None` if neither table knows it, so that somebody decides.
pub(super) fn of(service: &str, operation: &str, input: Option<&Value>) -> Option<Vec<Resource>> {
    if let Some((.., resources)) = ODD.iter().find(|(own, name, _)| *own == service && *name == operation) {
        return Some(resources.to_vec());
    }
    let found: Vec<Resource> = BY_MEMBER
        .iter()
        .filter(|(own, member, _)| *own == service && declares(input, member))
        .map(|(_, member, target)| one(target, std::slice::from_ref(member)))
        .collect();
    (!found.is_empty()).then_some(found)
}

/// The paths of the roles that an operation hands over.
pub(super) fn passed(service: &str, operation: &str) -> &'static [&'static [&'static str]] {
    PASSED.iter().find(|(own, name, _)| *own == service && *name == operation).map_or(&[], |(.., paths)| paths)
}

/// The members by which an operation gives tags.
pub(super) fn tags(input: Option<&Value>) -> impl Iterator<Item = &'static str> {
    TAGS.into_iter().filter(move |member| declares(input, member))
}

/// The member by which an operation takes tags away, if it has one.
pub(super) fn tag_keys(input: Option<&Value>) -> Option<&'static str> {
    Some(TAG_KEYS).filter(|member| declares(input, member))
}

fn declares(input: Option<&Value>, member: &str) -> bool {
    input.is_some_and(|input| input.pointer(&format!("/members/{member}")).is_some())
}
