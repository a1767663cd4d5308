"""boto3: a user pool from creation to sign-out everywhere."""
import base64
import hashlib
import hmac
import json
import urllib.error
import urllib.request

import boto3
import jwt
from botocore import UNSIGNED
from botocore.config import Config

from harness import OUTBOX, PASSWORD, REGION, TARGET, code_for, done, idp, refused, step

admin = idp()
public = boto3.client("cognito-idp", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
s = {}
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"]


def sign_in(username="ada", password=PASSWORD):
    parameters = {"USERNAME": username, "PASSWORD": password}
    return public.initiate_auth(ClientId=s["client"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)


@step("CreateUserPool, DescribeUserPool, ListUserPools, UpdateUserPool")
def _():
    schema = [{"Name": "plan", "AttributeDataType": "String", "Mutable": True}]
    pool = admin.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"], Schema=schema,
                                  UserPoolTags={"team": "identity"})["UserPool"]
    s["pool"] = pool["Id"]
    assert pool["Id"].startswith("us-east-1_") and pool["Arn"].endswith(pool["Id"]), pool
    described = admin.describe_user_pool(UserPoolId=s["pool"])["UserPool"]
    names = {attribute["Name"] for attribute in described["SchemaAttributes"]}
    assert {"sub", "email", "custom:plan"} <= names, names
    assert described["UserPoolTags"] == {"team": "identity"}
    admin.update_user_pool(UserPoolId=s["pool"], AutoVerifiedAttributes=["email"])
    assert s["pool"] in [pool["Id"] for pool in admin.list_user_pools(MaxResults=60)["UserPools"]]


@step("CreateUserPoolClient, Describe, Update, List")
def _():
    client = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="app", ExplicitAuthFlows=FLOWS)["UserPoolClient"]
    s["client"] = client["ClientId"]
    assert "ClientSecret" not in client and len(s["client"]) == 26
    described = admin.describe_user_pool_client(UserPoolId=s["pool"], ClientId=s["client"])["UserPoolClient"]
    assert sorted(described["ExplicitAuthFlows"]) == sorted(FLOWS)
    updated = admin.update_user_pool_client(UserPoolId=s["pool"], ClientId=s["client"], ClientName="app",
                                            ExplicitAuthFlows=FLOWS, AccessTokenValidity=10,
                                            TokenValidityUnits={"AccessToken": "minutes"})["UserPoolClient"]
    assert updated["AccessTokenValidity"] == 10
    listed = admin.list_user_pool_clients(UserPoolId=s["pool"], MaxResults=10)["UserPoolClients"]
    assert [client["ClientId"] for client in listed] == [s["client"]]


@step("SignUp, and what it refuses")
def _():
    attributes = [{"Name": "email", "Value": "ada@example.com"}]
    answer = public.sign_up(ClientId=s["client"], Username="ada", Password=PASSWORD, UserAttributes=attributes)
    assert answer["UserConfirmed"] is False
    assert answer["CodeDeliveryDetails"] == {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    refused("UsernameExistsException", public.sign_up, ClientId=s["client"], Username="ada", Password=PASSWORD)
    refused("InvalidParameterException", public.sign_up, ClientId=s["client"], Username="eve", Password=PASSWORD,
            UserAttributes=[{"Name": "custom:unknown", "Value": "x"}])
    refused("InvalidPasswordException", public.sign_up, ClientId=s["client"], Username="eve", Password="short1")
    refused("UserNotConfirmedException", sign_in)


@step("ConfirmSignUp, ResendConfirmationCode")
def _():
    first = code_for("ada", "SignUp")
    public.resend_confirmation_code(ClientId=s["client"], Username="ada")
    second = code_for("ada", "ResendCode")
    if first != second:
        refused("CodeMismatchException", public.confirm_sign_up, ClientId=s["client"], Username="ada", ConfirmationCode=first)
    public.confirm_sign_up(ClientId=s["client"], Username="ada", ConfirmationCode=second)
    user = admin.admin_get_user(UserPoolId=s["pool"], Username="ada")
    attributes = {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}
    assert user["UserStatus"] == "CONFIRMED" and attributes["email_verified"] == "true", user


@step("InitiateAuth USER_PASSWORD_AUTH; the tokens verify with the key set")
def _():
    answer = sign_in()
    assert answer["ChallengeParameters"] == {}
    s["tokens"] = answer["AuthenticationResult"]
    assert s["tokens"]["ExpiresIn"] == 600 and s["tokens"]["TokenType"] == "Bearer"
    issuer = f"{TARGET}/{s['pool']}"
    keys = json.load(urllib.request.urlopen(f"{issuer}/.well-known/jwks.json"))["keys"]
    for token, audience in [("IdToken", s["client"]), ("AccessToken", None)]:
        head = jwt.get_unverified_header(s["tokens"][token])
        key = next(key for key in keys if key["kid"] == head["kid"])
        assert {"kty", "kid", "use", "alg", "n", "e"} <= set(key), key
        claims = jwt.decode(s["tokens"][token], jwt.PyJWK(key).key, algorithms=["RS256"], audience=audience, issuer=issuer)
        assert claims["token_use"] == ("id" if token == "IdToken" else "access") and claims["event_id"]
    discovery = json.load(urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration"))
    assert discovery["issuer"] == issuer and discovery["jwks_uri"].startswith(issuer)


@step("wrong password and unknown user get the same answer")
def _():
    wrong = refused("NotAuthorizedException", sign_in, password="Wr0ng!horse")
    unknown = refused("NotAuthorizedException", sign_in, username="nobody")
    assert wrong == unknown == "Incorrect username or password."


@step("AdminInitiateAuth, and flows that a door or client does not have")
def _():
    parameters = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    for flow in ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"]:
        answer = admin.admin_initiate_auth(UserPoolId=s["pool"], ClientId=s["client"], AuthFlow=flow, AuthParameters=parameters)
        assert "AccessToken" in answer["AuthenticationResult"]
    refused("InvalidParameterException", public.initiate_auth, ClientId=s["client"], AuthFlow="ADMIN_NO_SRP_AUTH",
            AuthParameters=parameters)


@step("GetUser, UpdateUserAttributes")
def _():
    user = public.get_user(AccessToken=s["tokens"]["AccessToken"])
    assert user["Username"] == "ada"
    public.update_user_attributes(AccessToken=s["tokens"]["AccessToken"], UserAttributes=[{"Name": "nickname", "Value": "A"}])
    refused("NotAuthorizedException", public.update_user_attributes, AccessToken=s["tokens"]["AccessToken"],
            UserAttributes=[{"Name": "email_verified", "Value": "true"}])
    refused("NotAuthorizedException", public.get_user, AccessToken=s["tokens"]["IdToken"])


@step("refresh by REFRESH_TOKEN_AUTH and GetTokensFromRefreshToken")
def _():
    refresh = s["tokens"]["RefreshToken"]
    answer = public.initiate_auth(ClientId=s["client"], AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": refresh})
    assert "RefreshToken" not in answer["AuthenticationResult"]
    again = public.get_tokens_from_refresh_token(ClientId=s["client"], RefreshToken=refresh)["AuthenticationResult"]
    old, new = (jwt.decode(token, options={"verify_signature": False}) for token in (s["tokens"]["AccessToken"], again["AccessToken"]))
    assert old["origin_jti"] == new["origin_jti"] and old["jti"] != new["jti"] and old["auth_time"] == new["auth_time"]


@step("groups: create, get, update, list, add, tokens, remove, delete")
def _():
    role = "arn:aws:iam::123456789012:role/admins"
    admin.create_group(UserPoolId=s["pool"], GroupName="admins", RoleArn=role, Precedence=1)
    refused("GroupExistsException", admin.create_group, UserPoolId=s["pool"], GroupName="admins")
    admin.update_group(UserPoolId=s["pool"], GroupName="admins", Description="all of them")
    assert admin.get_group(UserPoolId=s["pool"], GroupName="admins")["Group"]["RoleArn"] == role
    admin.admin_add_user_to_group(UserPoolId=s["pool"], Username="ada", GroupName="admins")
    claims = jwt.decode(sign_in()["AuthenticationResult"]["IdToken"], options={"verify_signature": False})
    assert claims["cognito:groups"] == ["admins"] and claims["cognito:preferred_role"] == role
    assert [group["GroupName"] for group in admin.admin_list_groups_for_user(UserPoolId=s["pool"], Username="ada")["Groups"]] == ["admins"]
    assert [user["Username"] for user in admin.list_users_in_group(UserPoolId=s["pool"], GroupName="admins")["Users"]] == ["ada"]
    admin.admin_remove_user_from_group(UserPoolId=s["pool"], Username="ada", GroupName="admins")
    admin.delete_group(UserPoolId=s["pool"], GroupName="admins")
    assert admin.list_groups(UserPoolId=s["pool"])["Groups"] == []


@step("ListUsers: filters, pages, attributes")
def _():
    for name in ["bob", "bea", "cyd"]:
        admin.admin_create_user(UserPoolId=s["pool"], Username=name, MessageAction="SUPPRESS",
                                UserAttributes=[{"Name": "email", "Value": f"{name}@example.com"}])
    names = lambda **more: sorted(user["Username"] for user in admin.list_users(UserPoolId=s["pool"], **more)["Users"])
    assert names() == ["ada", "bea", "bob", "cyd"]
    assert names(Filter='email = "bob@example.com"') == ["bob"]
    assert names(Filter='username ^= "b"') == ["bea", "bob"]
    assert names(Filter='cognito:user_status = "CONFIRMED"') == ["ada"]
    pages = list(admin.get_paginator("list_users").paginate(UserPoolId=s["pool"], PaginationConfig={"PageSize": 2}))
    assert sorted(user["Username"] for page in pages for user in page["Users"]) == ["ada", "bea", "bob", "cyd"]
    refused("InvalidParameterException", admin.list_users, UserPoolId=s["pool"], Filter="nonsense")


@step("AdminCreateUser by invitation, NEW_PASSWORD_REQUIRED")
def _():
    admin.admin_create_user(UserPoolId=s["pool"], Username="dan", DesiredDeliveryMediums=["EMAIL"],
                            UserAttributes=[{"Name": "email", "Value": "dan@example.com"}])
    challenge = sign_in("dan", code_for("dan", "AdminCreateUser"))
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED", challenge
    answer = lambda: public.respond_to_auth_challenge(
        ClientId=s["client"], ChallengeName="NEW_PASSWORD_REQUIRED", Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "dan", "NEW_PASSWORD": PASSWORD, "userAttributes.name": "Dan"})
    assert "AccessToken" in answer()["AuthenticationResult"]
    refused("NotAuthorizedException", answer)


@step("AdminSetUserPassword, AdminDisableUser, AdminEnableUser, AdminDeleteUser")
def _():
    admin.admin_set_user_password(UserPoolId=s["pool"], Username="bob", Password=PASSWORD, Permanent=True)
    tokens = sign_in("bob")["AuthenticationResult"]
    admin.admin_disable_user(UserPoolId=s["pool"], Username="bob")
    refused("NotAuthorizedException", public.get_user, AccessToken=tokens["AccessToken"])
    admin.admin_enable_user(UserPoolId=s["pool"], Username="bob")
    sign_in("bob")
    admin.admin_delete_user(UserPoolId=s["pool"], Username="bob")
    refused("UserNotFoundException", admin.admin_get_user, UserPoolId=s["pool"], Username="bob")


@step("a client with a secret wants SECRET_HASH")
def _():
    client = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="web", GenerateSecret=True, ExplicitAuthFlows=FLOWS)["UserPoolClient"]
    parameters = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    call = lambda: public.initiate_auth(ClientId=client["ClientId"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    assert "SECRET_HASH was not received" in refused("NotAuthorizedException", call)
    parameters["SECRET_HASH"] = "AAAA"
    assert "Unable to verify secret hash" in refused("NotAuthorizedException", call)
    tag = hmac.new(client["ClientSecret"].encode(), ("ada" + client["ClientId"]).encode(), hashlib.sha256).digest()
    parameters["SECRET_HASH"] = base64.b64encode(tag).decode()
    assert "AccessToken" in call()["AuthenticationResult"]


@step("RevokeToken kills the access token at the API")
def _():
    tokens = sign_in()["AuthenticationResult"]
    public.revoke_token(ClientId=s["client"], Token=tokens["RefreshToken"])
    refused("NotAuthorizedException", public.get_user, AccessToken=tokens["AccessToken"])
    refused("NotAuthorizedException", public.initiate_auth, ClientId=s["client"], AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]})


@step("GlobalSignOut kills every token at the API")
def _():
    tokens = sign_in()["AuthenticationResult"]
    public.global_sign_out(AccessToken=tokens["AccessToken"])
    for token in (tokens, s["tokens"]):
        refused("NotAuthorizedException", public.get_user, AccessToken=token["AccessToken"])
    sign_in()


@step("hostile requests get a clear typed error each")
def _():
    def post(target, body):
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
        try:
            return urllib.request.urlopen(urllib.request.Request(TARGET, body, headers))
        except urllib.error.HTTPError as error:
            answer = json.load(error)
            assert error.headers["x-amzn-ErrorType"] == answer["__type"] and error.headers["x-amzn-RequestId"]
            return error.code, answer["__type"], answer["message"]
    service = "AWSCognitoIdentityProviderService."
    assert post(service + "Nonsense", b"{}")[:2] == (400, "UnknownOperationException")
    assert post("Nonsense", b"{}")[:2] == (400, "UnknownOperationException")
    assert post(service + "SignUp", b"{broken")[:2] == (400, "SerializationException")
    assert post(service + "SignUp", b'{"ClientId": 7}')[:2] == (400, "SerializationException")
    assert post(service + "SignUp", b"{}")[:2] == (400, "InvalidParameterException")
    message = refused("UnsupportedOperation", admin.get_ui_customization, UserPoolId="us-east-1_x")
    assert message == "The operation GetUICustomization of cognito-idp is not built yet.", message
    assert post(service + "ListUsers", b'{"UserPoolId": "us-east-1_x"}')[:2] == (400, "MissingAuthenticationTokenException")
    huge = json.dumps({"AccessToken": "A" * 1024 * 1024}).encode()
    assert post(service + "GetUser", huge)[:2] == (413, "RequestEntityTooLargeException")
    assert post(service + "GetUser", b" " * 3 * 1024 * 1024)[0] == 413
    bad = boto3.client("cognito-idp", REGION, endpoint_url=TARGET, aws_access_key_id="test", aws_secret_access_key="wrong")
    refused("InvalidSignatureException", bad.list_user_pools, MaxResults=1)
    unknown = boto3.client("cognito-idp", REGION, endpoint_url=TARGET, aws_access_key_id="AKIANOBODY", aws_secret_access_key="x")
    refused("UnrecognizedClientException", unknown.list_user_pools, MaxResults=1)


@step("a user cannot call administrators' operations with vended keys that no policy covers; they expire")
def _():
    identity = boto3.client("cognito-identity", REGION, endpoint_url=TARGET)
    pool = identity.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=True)["IdentityPoolId"]
    role = "arn:aws:iam::123456789012:role/nobody"
    identity.set_identity_pool_roles(IdentityPoolId=pool, Roles={"unauthenticated": role})
    guest = identity.get_id(IdentityPoolId=pool)["IdentityId"]
    keys = identity.get_credentials_for_identity(IdentityId=guest)["Credentials"]
    as_guest = lambda service: boto3.client(service, REGION, endpoint_url=TARGET, aws_access_key_id=keys["AccessKeyId"],
                                            aws_secret_access_key=keys["SecretKey"], aws_session_token=keys["SessionToken"])
    message = refused("AccessDeniedException", as_guest("cognito-idp").list_users, UserPoolId=s["pool"])
    assert "is not authorized to perform: cognito-idp:ListUsers on resource: arn:aws:cognito-idp:us-east-1" in message
    assert as_guest("sts").get_caller_identity()["Arn"].endswith("assumed-role/nobody/CognitoIdentityCredentials")
    advance = json.dumps({"advance_seconds": 3601}).encode()
    clock = OUTBOX.replace("/outbox", "/clock")
    post = lambda body: urllib.request.urlopen(urllib.request.Request(clock, body, {"Content-Type": "application/json"}))
    post(advance)
    refused("ExpiredToken", as_guest("sts").get_caller_identity)
    post(json.dumps({"advance_seconds": -3601}).encode())


@step("DeleteUserPoolClient, DeleteUserPool")
def _():
    admin.delete_user_pool_client(UserPoolId=s["pool"], ClientId=s["client"])
    refused("ResourceNotFoundException", sign_in)
    admin.delete_user_pool(UserPoolId=s["pool"])
    refused("ResourceNotFoundException", admin.describe_user_pool, UserPoolId=s["pool"])


done()
