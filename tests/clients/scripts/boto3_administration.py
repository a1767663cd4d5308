"""boto3: what administrators and users do beside the usual journey."""
import json

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from harness import PASSWORD, REGION, TARGET, code_for, done, idp, refused, step

admin = idp()
public = boto3.client("cognito-idp", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
s = {}
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"]


def sign_in(username):
    parameters = {"USERNAME": username, "PASSWORD": PASSWORD}
    answer = public.initiate_auth(ClientId=s["client"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    return answer["AuthenticationResult"]


def attributes(username):
    user = admin.admin_get_user(UserPoolId=s["pool"], Username=username)
    return {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}


@step("a pool and a client")
def _():
    s["pool"] = admin.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    made = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="app", ExplicitAuthFlows=FLOWS)
    s["client"] = made["UserPoolClient"]["ClientId"]


@step("AdminConfirmSignUp: the user signs in without a code, and the address stays unverified")
def _():
    public.sign_up(ClientId=s["client"], Username="ada", Password=PASSWORD,
                   UserAttributes=[{"Name": "email", "Value": "ada@example.com"}])
    refused("UserNotConfirmedException", lambda: sign_in("ada"))
    admin.admin_confirm_sign_up(UserPoolId=s["pool"], Username="ada")
    sign_in("ada")
    assert attributes("ada").get("email_verified", "false") == "false"
    refused("NotAuthorizedException", admin.admin_confirm_sign_up, UserPoolId=s["pool"], Username="ada")


@step("AdminUpdateUserAttributes: also what no user may write")
def _():
    wanted = [{"Name": "email_verified", "Value": "true"}, {"Name": "name", "Value": "Ada"}]
    admin.admin_update_user_attributes(UserPoolId=s["pool"], Username="ada", UserAttributes=wanted)
    assert (attributes("ada")["email_verified"], attributes("ada")["name"]) == ("true", "Ada")
    refused("UserNotFoundException", admin.admin_update_user_attributes, UserPoolId=s["pool"], Username="nobody",
            UserAttributes=wanted)


@step("AdminRespondToAuthChallenge: a temporary password is replaced at an administrator's door")
def _():
    admin.admin_create_user(UserPoolId=s["pool"], Username="dan", DesiredDeliveryMediums=["EMAIL"],
                            UserAttributes=[{"Name": "email", "Value": "dan@example.com"}])
    parameters = {"USERNAME": "dan", "PASSWORD": code_for("dan", "AdminCreateUser")}
    challenge = admin.admin_initiate_auth(UserPoolId=s["pool"], ClientId=s["client"], AuthParameters=parameters,
                                          AuthFlow="ADMIN_USER_PASSWORD_AUTH")
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED", challenge
    answer = admin.admin_respond_to_auth_challenge(
        UserPoolId=s["pool"], ClientId=s["client"], ChallengeName="NEW_PASSWORD_REQUIRED", Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "dan", "NEW_PASSWORD": PASSWORD})
    assert "AccessToken" in answer["AuthenticationResult"]
    sign_in("dan")


@step("AdminUserGlobalSignOut: every token of the user, and of nobody else")
def _():
    tokens, other = sign_in("ada"), sign_in("dan")
    admin.admin_user_global_sign_out(UserPoolId=s["pool"], Username="ada")
    refused("NotAuthorizedException", public.get_user, AccessToken=tokens["AccessToken"])
    refused("NotAuthorizedException", public.initiate_auth, ClientId=s["client"], AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]})
    assert public.get_user(AccessToken=other["AccessToken"])["Username"] == "dan"
    sign_in("ada")


@step("GetUserAttributeVerificationCode, VerifyUserAttribute: an address is proved")
def _():
    token = sign_in("dan")["AccessToken"]
    public.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    refused("CodeMismatchException", public.verify_user_attribute, AccessToken=token, AttributeName="email", Code="x00000")
    code = code_for("dan", "VerifyUserAttribute")
    public.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    assert attributes("dan")["email_verified"] == "true"


@step("GetUserPoolMfaConfig: off")
def _():
    assert admin.get_user_pool_mfa_config(UserPoolId=s["pool"])["MfaConfiguration"] == "OFF"


@step("DeleteUser: a user removes the own account")
def _():
    tokens = sign_in("dan")
    public.delete_user(AccessToken=tokens["AccessToken"])
    refused("UserNotFoundException", admin.admin_get_user, UserPoolId=s["pool"], Username="dan")
    refused("NotAuthorizedException", lambda: sign_in("dan"))


@step("UpdateIdentityPool: guests let in and shut out again")
def _():
    pools = boto3.client("cognito-identity", REGION, endpoint_url=TARGET)
    anyone = boto3.client("cognito-identity", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
    pool = pools.create_identity_pool(IdentityPoolName="border", AllowUnauthenticatedIdentities=True)
    pool.pop("ResponseMetadata")
    anyone.get_id(IdentityPoolId=pool["IdentityPoolId"])
    answer = pools.update_identity_pool(**{**pool, "IdentityPoolName": "closed", "AllowUnauthenticatedIdentities": False})
    assert answer["IdentityPoolName"] == "closed" and answer["AllowUnauthenticatedIdentities"] is False, answer
    described = pools.describe_identity_pool(IdentityPoolId=pool["IdentityPoolId"])
    assert described["IdentityPoolName"] == "closed", described
    refused("NotAuthorizedException", anyone.get_id, IdentityPoolId=pool["IdentityPoolId"])


@step("an identity pool's life: roles, a guest by the classic flow, listed, deleted, and the pool too")
def _():
    pools = boto3.client("cognito-identity", REGION, endpoint_url=TARGET)
    anyone = boto3.client("cognito-identity", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
    pool = pools.create_identity_pool(IdentityPoolName="classic", AllowUnauthenticatedIdentities=True,
                                      AllowClassicFlow=True)["IdentityPoolId"]
    assert pool in [one["IdentityPoolId"] for one in pools.list_identity_pools(MaxResults=60)["IdentityPools"]]
    conditions = {"StringEquals": {"cognito-identity.amazonaws.com:aud": pool},
                  "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "unauthenticated"}}
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"}, "Condition": conditions}]}
    iam = boto3.client("iam", REGION, endpoint_url=TARGET)
    role = iam.create_role(RoleName="guest", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    pools.set_identity_pool_roles(IdentityPoolId=pool, Roles={"unauthenticated": role})
    assert pools.get_identity_pool_roles(IdentityPoolId=pool)["Roles"] == {"unauthenticated": role}

    guest = anyone.get_id(IdentityPoolId=pool)["IdentityId"]
    token = anyone.get_open_id_token(IdentityId=guest)["Token"]
    sts = boto3.client("sts", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
    keys = sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="session", WebIdentityToken=token)["Credentials"]
    session = boto3.client("sts", REGION, endpoint_url=TARGET, aws_access_key_id=keys["AccessKeyId"],
                           aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])
    assert session.get_caller_identity()["Arn"].endswith(":assumed-role/guest/session")

    listed = lambda: [one["IdentityId"] for one in pools.list_identities(IdentityPoolId=pool, MaxResults=60)["Identities"]]
    assert listed() == [guest]
    assert pools.delete_identities(IdentityIdsToDelete=[guest])["UnprocessedIdentityIds"] == []
    assert listed() == []
    pools.delete_identity_pool(IdentityPoolId=pool)
    refused("ResourceNotFoundException", pools.describe_identity_pool, IdentityPoolId=pool)


done()
