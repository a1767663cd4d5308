//! Every operation that is built, called once and answered: one journey through the API.

use std::collections::BTreeSet;
use std::sync::Mutex;

use cenote::{Builder, Cenote};
use cognito_http::{Options, coverage};
use cognito_wire::Auth;
use cognito_wire::Service::{self, Iam, IdentityPools, Sts, UserPools};
use serde_json::{Value, json};

use test_support::saml::IdentityProvider;

use crate::world::{Keys, Outgoing, TRUST, World, operation};

/// A world that keeps account of what was called.
pub(crate) struct Journey {
    pub(crate) world: World,
    called: Mutex<BTreeSet<String>>,
}

impl Journey {
    pub(crate) async fn call(&self, service: Service, name: &str, body: Value) -> Value {
        let answer = self.try_call(service, name, body).await;
        assert_eq!(answer.0, 200, "{name}: {}", answer.1);
        answer.1
    }

    pub(crate) async fn try_call(&self, service: Service, name: &str, body: Value) -> (u16, Value) {
        let info = operation(service, name);
        let mut outgoing = Outgoing::of(info, &body);
        if info.auth == Auth::SigV4 {
            self.world.sign(&mut outgoing, &Keys::operator());
        }
        let answer = self.world.send(outgoing).await;
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["cache-control"], "no-store");
        self.called.lock().unwrap().insert(name.to_owned());
        let value = serde_json::from_str(&answer.text).unwrap_or(Value::String(answer.text));
        (answer.status, value)
    }

    /// The text between `<tag>` and its end in an answer in XML.
    async fn xml(&self, service: Service, name: &str, body: Value, tag: &str) -> String {
        let answer = self.call(service, name, body).await;
        let text = answer.as_str().unwrap();
        let (_, after) = text.split_once(&format!("<{tag}>")).unwrap_or_else(|| panic!("{text}"));
        after.split_once(&format!("</{tag}>")).unwrap().0.to_owned()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value}")).to_owned()
}

#[tokio::test]
async fn every_built_operation_is_answered_over_memory() {
    every_built_operation_is_answered(Cenote::in_memory()).await;
}

#[tokio::test]
async fn every_built_operation_is_answered_over_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    every_built_operation_is_answered(Cenote::builder().data_folder(folder.path()).unwrap()).await;
}

#[tokio::test]
async fn every_built_operation_is_answered_over_postgresql() {
    let Some(url) = throwaway_postgres::fresh_schema() else { return };
    let folder = tempfile::tempdir().unwrap();
    let builder = Cenote::builder().postgres(&url, cenote::postgres::Options::default(), folder.path()).await.unwrap();
    every_built_operation_is_answered(builder).await;
}

async fn every_built_operation_is_answered(builder: Builder) {
    let world = World::over(builder, Options::default()).await;
    let journey = Journey { world, called: Mutex::default() };

    let pool = user_pool(&journey).await;
    let client = client(&journey, &pool).await;
    crate::secrets_and_tags::journey(&journey, &pool).await;
    resource_servers(&journey, &pool).await;
    crate::identity_providers::journey(&journey, &pool).await;
    terms(&journey, &pool, &client).await;
    domains(&journey, &pool).await;
    account(&journey, &pool, &client).await;
    directory(&journey, &pool, &client).await;
    protection(&journey).await;
    let token = sign_ins(&journey, &pool, &client).await;
    second_factors(&journey, &pool, &client).await;
    identities(&journey, &pool, &client, &token).await;
    crate::developers::journey(&journey, &pool, &client, &token).await;
    roles(&journey, &token).await;
    crate::sessions::journey(&journey, &pool, &client, by_password(&client, "bob")).await;
    crate::devices::journey(&journey, &pool, by_password(&client, "bob")).await;
    removal(&journey, &pool, &client).await;

    let called = journey.called.into_inner().unwrap();
    let built: BTreeSet<String> =
        coverage().into_iter().filter(|state| state.built).map(|state| state.name.to_owned()).collect();
    assert_eq!(built.difference(&called).collect::<Vec<_>>(), Vec::<&String>::new());
}

async fn user_pool(journey: &Journey) -> String {
    let pool = text(&journey.call(UserPools, "CreateUserPool", json!({"PoolName": "people"})).await["UserPool"]["Id"]);
    let update = json!({"UserPoolId": pool, "PoolName": "folk", "DeletionProtection": "INACTIVE"});
    journey.call(UserPools, "UpdateUserPool", update).await;
    let described = journey.call(UserPools, "DescribeUserPool", json!({"UserPoolId": pool})).await;
    assert_eq!(described["UserPool"]["Name"], "folk");
    assert_eq!(described["UserPool"]["EmailConfiguration"]["EmailSendingAccount"], "COGNITO_DEFAULT");
    let plan = json!([{"Name": "plan", "AttributeDataType": "String"}]);
    journey.call(UserPools, "AddCustomAttributes", json!({"UserPoolId": pool, "CustomAttributes": plan})).await;
    let mfa = journey.call(UserPools, "GetUserPoolMfaConfig", json!({"UserPoolId": pool})).await;
    assert_eq!(mfa, json!({"MfaConfiguration": "OFF"}));
    journey.call(UserPools, "ListUserPools", json!({"MaxResults": 1})).await;
    pool
}

async fn client(journey: &Journey, pool: &str) -> String {
    let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    let body = json!({"UserPoolId": pool, "ClientName": "app", "ExplicitAuthFlows": flows});
    let made = journey.call(UserPools, "CreateUserPoolClient", body.clone()).await;
    let client = text(&made["UserPoolClient"]["ClientId"]);
    let mut update = body;
    update["ClientId"] = json!(client);
    journey.call(UserPools, "UpdateUserPoolClient", update).await;
    journey.call(UserPools, "DescribeUserPoolClient", json!({"UserPoolId": pool, "ClientId": client})).await;
    journey.call(UserPools, "ListUserPoolClients", json!({"UserPoolId": pool})).await;
    client
}

/// What sign-in pages link to.
async fn terms(journey: &Journey, pool: &str, client: &str) {
    let links = json!({"cognito:default": "https://example.com/terms"});
    let body = json!({"UserPoolId": pool, "ClientId": client, "TermsName": "terms-of-use", "TermsSource": "LINK",
        "Enforcement": "NONE", "Links": links});
    let made = journey.call(UserPools, "CreateTerms", body.clone()).await;
    let again = journey.try_call(UserPools, "CreateTerms", body).await;
    assert_eq!(again.1["__type"], "TermsExistsException");
    let id = text(&made["Terms"]["TermsId"]);
    let named = json!({"UserPoolId": pool, "TermsId": id});
    assert_eq!(journey.call(UserPools, "DescribeTerms", named.clone()).await, made);
    let by = json!({"UserPoolId": pool, "ClientId": client, "TermsName": "terms-of-use"});
    assert_eq!(journey.call(UserPools, "DescribeTermsByClient", by).await, made);
    let mut change = named.clone();
    change["TermsName"] = json!("privacy-policy");
    let changed = journey.call(UserPools, "UpdateTerms", change).await;
    assert_eq!((&changed["Terms"]["TermsName"], &changed["Terms"]["Links"]), (&json!("privacy-policy"), &links));
    let listed = journey.call(UserPools, "ListTerms", json!({"UserPoolId": pool, "MaxResults": 1})).await;
    assert_eq!(listed["Terms"][0]["TermsId"], json!(id));
    journey.call(UserPools, "DeleteTerms", named).await;
}

/// An API of the application, and what a client may ask for there.
async fn resource_servers(journey: &Journey, pool: &str) {
    let server = json!({"UserPoolId": pool, "Identifier": "orders", "Name": "Orders",
        "Scopes": [{"ScopeName": "read", "ScopeDescription": "Reads orders"}]});
    let made = journey.call(UserPools, "CreateResourceServer", server.clone()).await;
    assert_eq!(made["ResourceServer"], server);
    let again = journey.try_call(UserPools, "CreateResourceServer", server.clone()).await;
    assert_eq!(again.1["__type"], "InvalidParameterException");
    let of_orders = json!({"UserPoolId": pool, "Identifier": "orders"});
    assert_eq!(journey.call(UserPools, "DescribeResourceServer", of_orders.clone()).await, made);
    let listed = journey.call(UserPools, "ListResourceServers", json!({"UserPoolId": pool, "MaxResults": 1})).await;
    assert_eq!(listed["ResourceServers"], json!([server]));
    let client =
        |scope: &str| json!({"UserPoolId": pool, "ClientName": "of orders", "AllowedOAuthScopes": ["openid", scope]});
    let allowed = journey.call(UserPools, "CreateUserPoolClient", client("orders/read")).await;
    assert_eq!(allowed["UserPoolClient"]["AllowedOAuthScopes"], json!(["openid", "orders/read"]));
    let refused = journey.try_call(UserPools, "CreateUserPoolClient", client("orders/write")).await;
    assert_eq!(refused.1["__type"], "ScopeDoesNotExistException");
    assert_eq!(refused.1["message"], "Invalid scope requested: orders/write");
    let id = text(&allowed["UserPoolClient"]["ClientId"]);
    journey.call(UserPools, "DeleteUserPoolClient", json!({"UserPoolId": pool, "ClientId": id})).await;
    let mut renamed = of_orders.clone();
    renamed["Name"] = json!("All orders");
    let replaced = journey.call(UserPools, "UpdateResourceServer", renamed).await;
    assert_eq!(replaced["ResourceServer"]["Scopes"], json!([]));
    journey.call(UserPools, "DeleteResourceServer", of_orders.clone()).await;
    let gone = journey.try_call(UserPools, "DescribeResourceServer", of_orders).await;
    assert_eq!(gone.1["__type"], "ResourceNotFoundException");
}

/// A domain, and what there is to say of it.
async fn domains(journey: &Journey, pool: &str) {
    let domain = json!({"UserPoolId": pool, "Domain": "people"});
    journey.call(UserPools, "CreateUserPoolDomain", domain.clone()).await;
    let seen = journey.call(UserPools, "DescribeUserPoolDomain", json!({"Domain": "people"})).await;
    assert_eq!(
        (&seen["DomainDescription"]["UserPoolId"], &seen["DomainDescription"]["Status"]),
        (&json!(pool), &json!("ACTIVE"))
    );
    let shown = journey.call(UserPools, "DescribeUserPool", json!({"UserPoolId": pool})).await;
    assert_eq!(shown["UserPool"]["Domain"], "people");
    let mut second = domain.clone();
    second["ManagedLoginVersion"] = json!(2);
    let changed = journey.call(UserPools, "UpdateUserPoolDomain", second).await;
    assert_eq!(changed["ManagedLoginVersion"], 2);
    let refused = journey.try_call(UserPools, "DeleteUserPool", json!({"UserPoolId": pool})).await;
    assert_eq!(refused.1["__type"], "InvalidParameterException");
    journey.call(UserPools, "DeleteUserPoolDomain", domain).await;
    let none = journey.call(UserPools, "DescribeUserPoolDomain", json!({"Domain": "people"})).await;
    assert_eq!(none, json!({"DomainDescription": {}}));
}

/// Somebody signs up, is confirmed by an administrator, and goes.
async fn account(journey: &Journey, pool: &str, client: &str) {
    let user = json!({"ClientId": client, "Username": "ada", "Password": "Correct-horse-7-battery"});
    journey.call(UserPools, "SignUp", user).await;
    // There is no messenger here: what needs a code is called, and refused.
    let resent = journey.try_call(UserPools, "ResendConfirmationCode", json!({"ClientId": client, "Username": "ada"}));
    assert_eq!(resent.await.0, 400);
    let code = json!({"ClientId": client, "Username": "ada", "ConfirmationCode": "000000"});
    assert_eq!(journey.try_call(UserPools, "ConfirmSignUp", code).await.0, 400);
    journey.call(UserPools, "AdminConfirmSignUp", json!({"UserPoolId": pool, "Username": "ada"})).await;
    let signed_in = journey.call(UserPools, "InitiateAuth", by_password(client, "ada")).await;
    let access = text(&signed_in["AuthenticationResult"]["AccessToken"]);
    journey.call(UserPools, "GetUser", json!({"AccessToken": access})).await;
    let nickname = json!([{"Name": "nickname", "Value": "countess"}]);
    let update = json!({"AccessToken": access, "UserAttributes": nickname});
    journey.call(UserPools, "UpdateUserAttributes", update).await;
    let deletion = json!({"AccessToken": access, "UserAttributeNames": ["nickname"]});
    journey.call(UserPools, "DeleteUserAttributes", deletion).await;
    let unknown = json!({"AccessToken": access, "UserAttributeNames": ["custom:none"]});
    let refused = journey.try_call(UserPools, "DeleteUserAttributes", unknown).await;
    assert_eq!(refused.1["__type"], "InvalidParameterException");
    let address = json!({"AccessToken": access, "AttributeName": "email"});
    assert_eq!(journey.try_call(UserPools, "GetUserAttributeVerificationCode", address).await.0, 400);
    let proof = json!({"AccessToken": access, "AttributeName": "email", "Code": "000000"});
    assert_eq!(journey.try_call(UserPools, "VerifyUserAttribute", proof).await.0, 400);
    passkeys(journey, &access).await;
    let (old, new) = ("Correct-horse-7-battery", "Another-horse-8-battery");
    let change = json!({"AccessToken": access, "PreviousPassword": old, "ProposedPassword": new});
    journey.call(UserPools, "ChangePassword", change).await;
    let forgot = journey.call(UserPools, "ForgotPassword", json!({"ClientId": client, "Username": "nobody"})).await;
    assert_eq!(forgot["CodeDeliveryDetails"]["DeliveryMedium"], "EMAIL");
    let reset = json!({"ClientId": client, "Username": "ada", "ConfirmationCode": "000000", "Password": old});
    assert_eq!(journey.try_call(UserPools, "ConfirmForgotPassword", reset).await.1["__type"], "CodeMismatchException");
    let unreachable = json!({"UserPoolId": pool, "Username": "ada"});
    assert_eq!(journey.try_call(UserPools, "AdminResetUserPassword", unreachable).await.0, 400);
    journey.call(UserPools, "DeleteUser", json!({"AccessToken": access})).await;
}

/// What is watched of sign-ins, where logs go, and how many requests are taken.
async fn protection(journey: &Journey) {
    let add_ons = json!({"AdvancedSecurityMode": "ENFORCED"});
    let pool = json!({"PoolName": "watched", "UserPoolAddOns": add_ons});
    let made = journey.call(UserPools, "CreateUserPool", pool).await;
    assert_eq!(made["UserPool"]["UserPoolAddOns"], add_ons);
    let pool = text(&made["UserPool"]["Id"]);
    let client = client(journey, &pool).await;
    let user = json!({"ClientId": client, "Username": "ada", "Password": "Correct-horse-7-battery"});
    journey.call(UserPools, "SignUp", user).await;
    let ada = json!({"UserPoolId": pool, "Username": "ada"});
    journey.call(UserPools, "AdminConfirmSignUp", ada.clone()).await;
    let risk = json!({"UserPoolId": pool,
        "CompromisedCredentialsRiskConfiguration": {"Actions": {"EventAction": "BLOCK"}, "EventFilter": ["SIGN_IN"]},
        "AccountTakeoverRiskConfiguration": {"Actions": {"HighAction": {"Notify": false, "EventAction": "BLOCK"}}},
        "RiskExceptionConfiguration": {"BlockedIPRangeList": ["192.0.2.0/24"], "SkippedIPRangeList": ["198.51.100.7/32"]}});
    let set = journey.call(UserPools, "SetRiskConfiguration", risk.clone()).await;
    let described = journey.call(UserPools, "DescribeRiskConfiguration", json!({"UserPoolId": pool})).await;
    assert_eq!(described, set);
    for (member, said) in risk.as_object().unwrap() {
        assert_eq!(&described["RiskConfiguration"][member], said);
    }
    let signed_in = journey.call(UserPools, "InitiateAuth", by_password(&client, "ada")).await;
    assert!(signed_in["AuthenticationResult"].is_object());
    let events = journey.call(UserPools, "AdminListUserAuthEvents", ada.clone()).await;
    let event = &events["AuthEvents"][0];
    assert_eq!((event["EventType"].as_str(), event["EventResponse"].as_str()), (Some("SignIn"), Some("Pass")));
    let mut feedback = ada;
    feedback["EventId"] = event["EventId"].clone();
    feedback["FeedbackValue"] = json!("Valid");
    journey.call(UserPools, "AdminUpdateAuthEventFeedback", feedback.clone()).await;
    feedback["FeedbackToken"] = json!("not.a.token");
    let refused = journey.try_call(UserPools, "UpdateAuthEventFeedback", feedback).await;
    assert_eq!(refused.1["__type"], "NotAuthorizedException");
    let group = json!({"LogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:users"});
    let logs = json!([{"LogLevel": "INFO", "EventSource": "userAuthEvents", "CloudWatchLogsConfiguration": group}]);
    let set = json!({"UserPoolId": pool, "LogConfigurations": logs});
    let set = journey.call(UserPools, "SetLogDeliveryConfiguration", set).await;
    assert_eq!(set["LogDeliveryConfiguration"]["LogConfigurations"], logs);
    assert_eq!(journey.call(UserPools, "GetLogDeliveryConfiguration", json!({"UserPoolId": pool})).await, set);
    let limit = json!({"LimitClass": "API_CATEGORY", "Attributes": {"Category": "UserRead"}});
    let update = json!({"LimitDefinition": limit, "RequestedLimitValue": 240});
    journey.call(UserPools, "UpdateProvisionedLimit", update).await;
    let found = journey.call(UserPools, "GetProvisionedLimit", json!({"LimitDefinition": limit})).await;
    assert_eq!(found["Limit"], json!({"LimitDefinition": limit, "ProvisionedLimitValue": 240, "FreeLimitValue": 120}));
}

/// The pool takes no passkeys: they are asked for, and refused.
async fn passkeys(journey: &Journey, access: &str) {
    let token = json!({"AccessToken": access});
    let refused = journey.try_call(UserPools, "StartWebAuthnRegistration", token.clone()).await;
    assert_eq!(refused.1["__type"], "WebAuthnNotEnabledException");
    let completed = json!({"AccessToken": access, "Credential": {"id": "AAAA"}});
    let refused = journey.try_call(UserPools, "CompleteWebAuthnRegistration", completed).await;
    assert_eq!(refused.1["__type"], "WebAuthnNotEnabledException");
    let listed = journey.call(UserPools, "ListWebAuthnCredentials", token).await;
    assert_eq!(listed, json!({"Credentials": []}));
    let deleted = json!({"AccessToken": access, "CredentialId": "AAAA"});
    let refused = journey.try_call(UserPools, "DeleteWebAuthnCredential", deleted).await;
    assert_eq!(refused.1["__type"], "ResourceNotFoundException");
}

fn by_password(client: &str, name: &str) -> Value {
    let parameters = json!({"USERNAME": name, "PASSWORD": "Correct-horse-7-battery"});
    json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters})
}

/// What administrators do with users and groups.
async fn directory(journey: &Journey, pool: &str, client: &str) {
    let of = |name: &str| json!({"UserPoolId": pool, "Username": name});
    let mut made = of("bob");
    made["TemporaryPassword"] = json!("First-of-all-9-words");
    made["MessageAction"] = json!("SUPPRESS");
    journey.call(UserPools, "AdminCreateUser", made).await;
    let begin = json!({"UserPoolId": pool, "ClientId": client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "bob", "PASSWORD": "First-of-all-9-words"}});
    for (respond, with_pool) in [("RespondToAuthChallenge", false), ("AdminRespondToAuthChallenge", true)] {
        let mut temporary = of("bob");
        temporary["Password"] = json!("First-of-all-9-words");
        temporary["Permanent"] = json!(false);
        journey.call(UserPools, "AdminSetUserPassword", temporary).await;
        let challenge = journey.call(UserPools, "AdminInitiateAuth", begin.clone()).await;
        assert_eq!(challenge["ChallengeName"], "NEW_PASSWORD_REQUIRED");
        let mut answer = json!({"ClientId": client, "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": challenge["Session"],
            "ChallengeResponses": {"USERNAME": "bob", "NEW_PASSWORD": "Correct-horse-7-battery"}});
        if with_pool {
            answer["UserPoolId"] = json!(pool);
        }
        journey.try_call(UserPools, respond, answer).await;
    }
    let mut password = of("bob");
    password["Password"] = json!("Correct-horse-7-battery");
    password["Permanent"] = json!(true);
    journey.call(UserPools, "AdminSetUserPassword", password).await;
    let mut attributes = of("bob");
    attributes["UserAttributes"] = json!([{"Name": "nickname", "Value": "builder"}]);
    journey.call(UserPools, "AdminUpdateUserAttributes", attributes).await;
    let mut deletion = of("bob");
    deletion["UserAttributeNames"] = json!(["nickname"]);
    journey.call(UserPools, "AdminDeleteUserAttributes", deletion).await;
    for name in ["AdminDisableUser", "AdminEnableUser", "AdminUserGlobalSignOut"] {
        journey.call(UserPools, name, of("bob")).await;
    }
    let seen = journey.call(UserPools, "AdminGetUser", of("bob")).await;
    assert_eq!(seen["UserStatus"], "CONFIRMED");
    journey.call(UserPools, "ListUsers", json!({"UserPoolId": pool})).await;
    groups(journey, pool).await;
    imports(journey, pool).await;
    restorations(journey, pool).await;
}

/// A pool without a plan has no history; of a new one no moment lies far enough back.
async fn restorations(journey: &Journey, pool: &str) {
    let moment = json!({"UserPoolId": pool, "RestoreTimestamp": 1_700_000_000});
    let refused = journey.try_call(UserPools, "InitiatePointInTimeRecovery", moment).await;
    assert_eq!((refused.0, refused.1["__type"].as_str()), (400, Some("FeatureUnavailableInTierException")));
    let plan = json!({"PoolName": "kept", "UserPoolTier": "PLUS"});
    let made = journey.call(UserPools, "CreateUserPool", plan).await["UserPool"]["Id"].clone();
    let moment = json!({"UserPoolId": made, "RestoreTimestamp": 1_700_000_000});
    let refused = journey.try_call(UserPools, "InitiatePointInTimeRecovery", moment).await;
    assert_eq!((refused.0, refused.1["__type"].as_str()), (400, Some("InvalidParameterException")));
    let unknown = json!({"UserPoolId": made, "RestoreId": "01234567-89ab-4cde-8f01-23456789abcd"});
    for name in ["Start", "Cancel", "Describe"] {
        let refused = journey.try_call(UserPools, &format!("{name}PointInTimeRecovery"), unknown.clone()).await;
        assert_eq!((refused.0, refused.1["__type"].as_str()), (400, Some("ResourceNotFoundException")));
    }
    let listed = journey.call(UserPools, "ListPointInTimeRecoveries", json!({"UserPoolId": made})).await;
    assert_eq!(listed["Restorations"], json!([]));
}

/// A job without a file is described, and neither started nor stopped.
async fn imports(journey: &Journey, pool: &str) {
    journey.call(UserPools, "GetCSVHeader", json!({"UserPoolId": pool})).await;
    let role = "arn:aws:iam::123456789012:role/logs";
    let body = json!({"UserPoolId": pool, "JobName": "old", "CloudWatchLogsRoleArn": role});
    let made = journey.call(UserPools, "CreateUserImportJob", body).await;
    let named = json!({"UserPoolId": pool, "JobId": made["UserImportJob"]["JobId"]});
    journey.call(UserPools, "DescribeUserImportJob", named.clone()).await;
    journey.call(UserPools, "ListUserImportJobs", json!({"UserPoolId": pool, "MaxResults": 1})).await;
    for name in ["StartUserImportJob", "StopUserImportJob"] {
        let (status, answer) = journey.try_call(UserPools, name, named.clone()).await;
        assert_eq!((status, answer["__type"].as_str()), (400, Some("PreconditionNotMetException")));
    }
}

async fn groups(journey: &Journey, pool: &str) {
    for name in ["a", "b", "c"] {
        let group = json!({"UserPoolId": pool, "GroupName": name, "Precedence": 1});
        journey.call(UserPools, "CreateGroup", group.clone()).await;
        journey.call(UserPools, "UpdateGroup", group.clone()).await;
        let member = json!({"UserPoolId": pool, "GroupName": name, "Username": "bob"});
        journey.call(UserPools, "AdminAddUserToGroup", member).await;
    }
    let named = json!({"UserPoolId": pool, "GroupName": "c"});
    journey.call(UserPools, "GetGroup", named.clone()).await;
    journey.call(UserPools, "ListGroups", json!({"UserPoolId": pool})).await;
    journey.call(UserPools, "ListUsersInGroup", named.clone()).await;
    assert_eq!(groups_of_bob(journey, pool).await, ["a", "b", "c"]);
    let member = json!({"UserPoolId": pool, "GroupName": "c", "Username": "bob"});
    journey.call(UserPools, "AdminRemoveUserFromGroup", member).await;
    journey.call(UserPools, "DeleteGroup", named).await;
}

/// A user's groups, listed one at a time.
async fn groups_of_bob(journey: &Journey, pool: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut body = json!({"UserPoolId": pool, "Username": "bob", "Limit": 1});
    loop {
        let page = journey.call(UserPools, "AdminListGroupsForUser", body.clone()).await;
        assert_eq!(page["Groups"].as_array().unwrap().len(), 1);
        names.push(text(&page["Groups"][0]["GroupName"]));
        if page["NextToken"].is_null() {
            names.sort();
            return names;
        }
        body["NextToken"] = page["NextToken"].clone();
    }
}

/// Sign-ins, refreshes and their ends; an ID token that is good.
async fn sign_ins(journey: &Journey, pool: &str, client: &str) -> String {
    let tokens = journey.call(UserPools, "InitiateAuth", by_password(client, "bob")).await;
    let refresh = tokens["AuthenticationResult"]["RefreshToken"].clone();
    let body = json!({"ClientId": client, "RefreshToken": refresh});
    journey.call(UserPools, "GetTokensFromRefreshToken", body).await;
    journey.call(UserPools, "RevokeToken", json!({"ClientId": client, "Token": refresh})).await;
    let tokens = journey.call(UserPools, "InitiateAuth", by_password(client, "bob")).await;
    let access = tokens["AuthenticationResult"]["AccessToken"].clone();
    journey.call(UserPools, "GlobalSignOut", json!({"AccessToken": access})).await;
    let begin = json!({"UserPoolId": pool, "ClientId": client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "bob", "PASSWORD": "Correct-horse-7-battery"}});
    let tokens = journey.call(UserPools, "AdminInitiateAuth", begin).await;
    text(&tokens["AuthenticationResult"]["IdToken"])
}

/// Second factors, as pools, users and administrators set them. Flows with right codes have tests of their own.
async fn second_factors(journey: &Journey, pool: &str, client: &str) {
    let none = json!({"UserPoolId": pool, "MfaConfiguration": "OPTIONAL"});
    assert_eq!(journey.try_call(UserPools, "SetUserPoolMfaConfig", none).await.0, 400);
    let config = json!({"UserPoolId": pool, "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": {"Enabled": true}, "EmailMfaConfiguration": {"Message": "It is {####}."}});
    let set = journey.call(UserPools, "SetUserPoolMfaConfig", config).await;
    assert_eq!(set["EmailMfaConfiguration"]["Message"], "It is {####}.");
    // What an update does not speak of stays.
    journey.call(UserPools, "UpdateUserPool", json!({"UserPoolId": pool})).await;
    let got = journey.call(UserPools, "GetUserPoolMfaConfig", json!({"UserPoolId": pool})).await;
    assert_eq!(got, set);
    let signed_in = journey.call(UserPools, "InitiateAuth", by_password(client, "bob")).await;
    let access = text(&signed_in["AuthenticationResult"]["AccessToken"]);
    let mine = json!({"AccessToken": access});
    let seed = journey.call(UserPools, "AssociateSoftwareToken", mine.clone()).await;
    assert_eq!(text(&seed["SecretCode"]).len(), 32);
    let verify = json!({"AccessToken": access, "UserCode": "000000"});
    let refused = journey.try_call(UserPools, "VerifySoftwareToken", verify).await;
    assert_eq!(refused.1["__type"], "EnableSoftwareTokenMFAException");
    let mut wish = mine.clone();
    wish["SoftwareTokenMfaSettings"] = json!({"Enabled": true, "PreferredMfa": true});
    assert_eq!(journey.try_call(UserPools, "SetUserMFAPreference", wish).await.0, 400);
    let mut sms = mine.clone();
    sms["MFAOptions"] = json!([{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]);
    assert_eq!(journey.try_call(UserPools, "SetUserSettings", sms).await.0, 400);
    let factors = journey.call(UserPools, "GetUserAuthFactors", mine).await;
    assert_eq!(factors["ConfiguredUserAuthFactors"], json!(["PASSWORD"]));
    let of_bob = |more: Value| {
        let mut body = more;
        body["UserPoolId"] = json!(pool);
        body["Username"] = json!("bob");
        body
    };
    journey.call(UserPools, "AdminGetUserAuthFactors", of_bob(json!({}))).await;
    journey.call(UserPools, "AdminSetUserMFAPreference", of_bob(json!({"SMSMfaSettings": {"Enabled": false}}))).await;
    journey.call(UserPools, "AdminSetUserSettings", of_bob(json!({"MFAOptions": []}))).await;
    journey.call(UserPools, "AdminDeleteSoftwareToken", of_bob(json!({}))).await;
    let again = journey.try_call(UserPools, "AdminDeleteSoftwareToken", of_bob(json!({}))).await;
    assert_eq!(again.0, 400);
    let off = json!({"UserPoolId": pool, "MfaConfiguration": "OFF"});
    assert_eq!(journey.call(UserPools, "SetUserPoolMfaConfig", off).await, json!({"MfaConfiguration": "OFF"}));
}

/// Identity pools, by either name of the user pool.
async fn identities(journey: &Journey, pool: &str, client: &str, token: &str) {
    let amazons = format!("cognito-idp.us-east-1.amazonaws.com/{pool}");
    let ours = format!("localhost/{pool}");
    let mut seen = BTreeSet::new();
    for (configured, keyed) in [(&amazons, &ours), (&ours, &amazons), (&ours, &ours), (&amazons, &amazons)] {
        let provider = json!([{"ProviderName": configured, "ClientId": client}]);
        let body = json!({"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": true,
            "AllowClassicFlow": true, "CognitoIdentityProviders": provider});
        let made = journey.call(IdentityPools, "CreateIdentityPool", body).await;
        let id = text(&made["IdentityPoolId"]);
        let mut logins = serde_json::Map::new();
        logins.insert(keyed.clone(), json!(token));
        let body = json!({"IdentityPoolId": id, "AccountId": "123456789012", "Logins": logins});
        let identity = text(&journey.call(IdentityPools, "GetId", body).await["IdentityId"]);
        assert!(seen.insert(identity.clone()));
        identity_of(journey, &id, &identity, &Value::Object(logins)).await;
        journey.call(IdentityPools, "UpdateIdentityPool", made).await;
        journey.call(IdentityPools, "DescribeIdentityPool", json!({"IdentityPoolId": id})).await;
        journey.call(IdentityPools, "DeleteIdentityPool", json!({"IdentityPoolId": id})).await;
    }
    journey.call(IdentityPools, "ListIdentityPools", json!({"MaxResults": 1})).await;
}

async fn identity_of(journey: &Journey, pool: &str, identity: &str, logins: &Value) {
    let role = journey.world.role(&format!("role-{}", &pool[10..18]), "/").await;
    let roles = json!({"IdentityPoolId": pool, "Roles": {"authenticated": role}});
    journey.call(IdentityPools, "SetIdentityPoolRoles", roles).await;
    journey.call(IdentityPools, "GetIdentityPoolRoles", json!({"IdentityPoolId": pool})).await;
    let named = json!({"IdentityId": identity, "Logins": logins});
    journey.call(IdentityPools, "GetOpenIdToken", named.clone()).await;
    // The role trusts another pool.
    assert_eq!(journey.try_call(IdentityPools, "GetCredentialsForIdentity", named).await.0, 400);
    let described = journey.call(IdentityPools, "DescribeIdentity", json!({"IdentityId": identity})).await;
    assert_eq!(described["Logins"].as_array().unwrap().len(), 1);
    journey.call(IdentityPools, "ListIdentities", json!({"IdentityPoolId": pool, "MaxResults": 1})).await;
    journey.call(IdentityPools, "DeleteIdentities", json!({"IdentityIdsToDelete": [identity]})).await;
}

/// SAML identity providers, and a response that no role trusts.
async fn saml_providers(journey: &Journey) {
    let idp = IdentityProvider::new("https://idp.example");
    // The model wants a thousand characters.
    let metadata = format!("{}<!--{}-->", idp.metadata(""), "x".repeat(1000));
    let made = json!({"Name": "corp", "SAMLMetadataDocument": metadata});
    let arn = journey.xml(Iam, "CreateSAMLProvider", made, "SAMLProviderArn").await;
    let named = json!({"SAMLProviderArn": arn});
    assert!(!journey.xml(Iam, "GetSAMLProvider", named.clone(), "SAMLProviderUUID").await.is_empty());
    assert_eq!(journey.xml(Iam, "ListSAMLProviders", json!({}), "Arn").await, arn);
    let changed = json!({"SAMLProviderArn": arn, "SAMLMetadataDocument": metadata});
    journey.call(Iam, "UpdateSAMLProvider", changed).await;
    let role = "arn:aws:iam::123456789012:role/none";
    let assume = json!({"RoleArn": role, "PrincipalArn": arn, "SAMLAssertion": "PHgvPg=="});
    let refused = journey.try_call(Sts, "AssumeRoleWithSAML", assume).await;
    assert!(refused.1.as_str().unwrap().contains("<Code>InvalidIdentityToken</Code>"), "{refused:?}");
    journey.call(Iam, "DeleteSAMLProvider", named).await;
}

/// What stands by itself and is attached to the role `app`, and what else is said of the role.
async fn managed_policies(journey: &Journey) {
    let allow = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b+%/*"}});
    let (allow, app) = (allow.to_string(), || json!({"RoleName": "app"}));
    let made = json!({"PolicyName": "writes", "PolicyDocument": allow, "Tags": [{"Key": "team", "Value": "a"}]});
    let arn = journey.xml(Iam, "CreatePolicy", made, "Arn").await;
    let policy = |more: &Value| {
        let mut body = json!({"PolicyArn": arn});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let named = || policy(&json!({}));
    let second = policy(&json!({"PolicyDocument": allow, "SetAsDefault": true}));
    assert_eq!(journey.xml(Iam, "CreatePolicyVersion", second, "VersionId").await, "v2");
    let first = || policy(&json!({"VersionId": "v1"}));
    let document = journey.xml(Iam, "GetPolicyVersion", first(), "Document").await;
    assert!(document.starts_with("%7B") && document.contains("b%2B%25%2F%2A"), "{document}");
    journey.call(Iam, "SetDefaultPolicyVersion", first()).await;
    journey.call(Iam, "DeletePolicyVersion", policy(&json!({"VersionId": "v2"}))).await;
    assert_eq!(journey.xml(Iam, "ListPolicyVersions", named(), "VersionId").await, "v1");
    let both = || json!({"RoleName": "app", "PolicyArn": arn});
    journey.call(Iam, "AttachRolePolicy", both()).await;
    assert_eq!(journey.xml(Iam, "ListAttachedRolePolicies", app(), "PolicyArn").await, arn);
    journey.call(Iam, "PutRolePermissionsBoundary", json!({"RoleName": "app", "PermissionsBoundary": arn})).await;
    assert_eq!(journey.xml(Iam, "GetRole", app(), "PermissionsBoundaryArn").await, arn);
    assert_eq!(journey.xml(Iam, "ListEntitiesForPolicy", named(), "RoleName").await, "app");
    assert_eq!(journey.xml(Iam, "GetPolicy", named(), "AttachmentCount").await, "1");
    let refused = journey.try_call(Iam, "DeletePolicy", named()).await;
    assert_eq!(refused.0, 409, "{refused:?}");
    journey.call(Iam, "DeleteRolePermissionsBoundary", app()).await;
    journey.call(Iam, "DetachRolePolicy", both()).await;
    journey.call(Iam, "TagPolicy", policy(&json!({"Tags": [{"Key": "b", "Value": "1"}]}))).await;
    journey.call(Iam, "UntagPolicy", policy(&json!({"TagKeys": ["team"]}))).await;
    assert_eq!(journey.xml(Iam, "ListPolicyTags", named(), "Key").await, "b");
    assert_eq!(journey.xml(Iam, "ListPolicies", json!({}), "PolicyName").await, "writes");
    journey.call(Iam, "DeletePolicy", named()).await;
    journey.call(Iam, "UpdateRole", json!({"RoleName": "app", "MaxSessionDuration": 7200})).await;
    let described = json!({"RoleName": "app", "Description": "reads"});
    assert_eq!(journey.xml(Iam, "UpdateRoleDescription", described, "MaxSessionDuration").await, "7200");
    journey.call(Iam, "TagRole", json!({"RoleName": "app", "Tags": [{"Key": "b", "Value": "1"}]})).await;
    journey.call(Iam, "UntagRole", json!({"RoleName": "app", "TagKeys": ["team"]})).await;
    assert_eq!(journey.xml(Iam, "ListRoleTags", app(), "Key").await, "b");
    assert_eq!(journey.xml(Iam, "ListInstanceProfilesForRole", app(), "IsTruncated").await, "false");
}

/// Roles, providers, and who one is.
async fn roles(journey: &Journey, token: &str) {
    let allow = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let named = json!({"RoleName": "app"});
    let tags = json!([{"Key": "team", "Value": "a b"}]);
    let made = json!({"RoleName": "app", "AssumeRolePolicyDocument": TRUST, "Tags": tags});
    assert_eq!(journey.xml(Iam, "CreateRole", made, "Key").await, "team");
    assert_eq!(journey.xml(Iam, "GetRole", named.clone(), "Value").await, "a b");
    assert_eq!(journey.xml(Iam, "ListRoles", json!({"MaxItems": 1}), "IsTruncated").await, "true");
    journey.call(Iam, "UpdateAssumeRolePolicy", json!({"RoleName": "app", "PolicyDocument": TRUST})).await;
    for name in ["a", "b"] {
        let policy = json!({"RoleName": "app", "PolicyName": name, "PolicyDocument": allow});
        journey.call(Iam, "PutRolePolicy", policy).await;
    }
    let policy = json!({"RoleName": "app", "PolicyName": "a"});
    assert_eq!(journey.xml(Iam, "GetRolePolicy", policy.clone(), "PolicyName").await, "a");
    let first = json!({"RoleName": "app", "MaxItems": 1});
    let marker = journey.xml(Iam, "ListRolePolicies", first, "Marker").await;
    let second = json!({"RoleName": "app", "MaxItems": 1, "Marker": marker});
    assert_eq!(journey.xml(Iam, "ListRolePolicies", second, "member").await, "b");
    journey.call(Iam, "DeleteRolePolicy", policy).await;
    managed_policies(journey).await;
    journey.call(Iam, "DeleteRole", named).await;

    let made = json!({"Url": "https://login.example.com", "ClientIDList": ["app"]});
    let arn = journey.xml(Iam, "CreateOpenIDConnectProvider", made, "OpenIDConnectProviderArn").await;
    let named = json!({"OpenIDConnectProviderArn": arn});
    assert_eq!(journey.xml(Iam, "GetOpenIDConnectProvider", named.clone(), "Url").await, "login.example.com");
    assert_eq!(journey.xml(Iam, "ListOpenIDConnectProviders", json!({}), "Arn").await, arn);
    journey.call(Iam, "DeleteOpenIDConnectProvider", named).await;
    saml_providers(journey).await;

    assert_eq!(journey.xml(Sts, "GetCallerIdentity", json!({}), "Account").await, "123456789012");
    let whose = journey.try_call(Sts, "GetScopedCredentials", json!({"DurationSeconds": 60})).await;
    assert!(whose.1.as_str().unwrap().contains("<Code>InvalidSubjectCredentials</Code>"), "{whose:?}");
    let trusted =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}}"#;
    journey.call(Iam, "CreateRole", json!({"RoleName": "next", "AssumeRolePolicyDocument": trusted})).await;
    let next = json!({"RoleArn": "arn:aws:iam::123456789012:role/next", "RoleSessionName": "s1"});
    assert_eq!(journey.xml(Sts, "AssumeRole", next, "AssumedRoleId").await.rsplit(':').next(), Some("s1"));
    let other = journey.try_call(Sts, "DecodeAuthorizationMessage", json!({"EncodedMessage": "x"})).await;
    assert!(other.1.as_str().unwrap().contains("<Code>InvalidAuthorizationMessageException</Code>"), "{other:?}");
    let outbound = json!({"Audience": ["a"], "SigningAlgorithm": "ES384"});
    let outbound = journey.try_call(Sts, "GetWebIdentityToken", outbound).await;
    assert!(outbound.1.as_str().unwrap().contains("<Code>OutboundWebIdentityFederationDisabledException</Code>"));
    let key = journey.xml(Sts, "GetSessionToken", json!({"MinimumSessionTokenSize": 900}), "AccessKeyId").await;
    assert_eq!(journey.xml(Sts, "GetAccessKeyInfo", json!({"AccessKeyId": key}), "Account").await, "123456789012");
    assert_eq!(
        journey.xml(Sts, "GetFederationToken", json!({"Name": "bob"}), "FederatedUserId").await,
        "123456789012:bob"
    );
    let assume = |role: &str| json!({"RoleArn": role, "RoleSessionName": "s1", "WebIdentityToken": token});
    let refused =
        journey.try_call(Sts, "AssumeRoleWithWebIdentity", assume("arn:aws:iam::123456789012:role/none")).await;
    assert!(refused.0 >= 400, "{refused:?}");
    let bad = journey.try_call(Sts, "AssumeRoleWithWebIdentity", assume("arn:aws:iam::123456789012:user/none")).await;
    assert!(bad.1.as_str().unwrap().contains("<Code>ValidationError</Code>"), "{bad:?}");
}

async fn removal(journey: &Journey, pool: &str, client: &str) {
    journey.call(UserPools, "AdminDeleteUser", json!({"UserPoolId": pool, "Username": "bob"})).await;
    journey.call(UserPools, "DeleteUserPoolClient", json!({"UserPoolId": pool, "ClientId": client})).await;
    journey.call(UserPools, "DeleteUserPool", json!({"UserPoolId": pool})).await;
}
