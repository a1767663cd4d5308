"""boto3: credentials of roles of another account, which another security token service vends (moto, here)."""
import os

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from harness import PASSWORD, REGION, TARGET, done, idp, step

ELSEWHERE = os.environ["OTHER_STS"]
ACCOUNT = "111122223333"
users = idp()
admin = boto3.client("cognito-identity", REGION, endpoint_url=TARGET)
public = boto3.client("cognito-identity", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
s = {}


def keys(answer):
    own = answer["Credentials"]
    return {"aws_access_key_id": own["AccessKeyId"], "aws_secret_access_key": own["SecretKey"],
            "aws_session_token": own["SessionToken"]}


def arn_at(endpoint, answer):
    return boto3.client("sts", REGION, endpoint_url=endpoint, **keys(answer)).get_caller_identity()["Arn"]


@step("a user pool, and an identity pool whose roles are another account's")
def _():
    pool = users.create_user_pool(PoolName="people")["UserPool"]["Id"]
    client = users.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=[
        "ALLOW_USER_PASSWORD_AUTH"])["UserPoolClient"]["ClientId"]
    users.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    users.admin_set_user_password(UserPoolId=pool, Username="ada", Password=PASSWORD, Permanent=True)
    tokens = users.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={
        "USERNAME": "ada", "PASSWORD": PASSWORD})["AuthenticationResult"]
    provider = f"{TARGET.split('://')[1]}/{pool}"
    s["logins"] = {provider: tokens["IdToken"]}
    s["pool"] = admin.create_identity_pool(
        IdentityPoolName="elsewhere", AllowUnauthenticatedIdentities=True,
        CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": client}])["IdentityPoolId"]
    admin.set_identity_pool_roles(IdentityPoolId=s["pool"], Roles={
        "authenticated": f"arn:aws:iam::{ACCOUNT}:role/app", "unauthenticated": f"arn:aws:iam::{ACCOUNT}:role/guest"})


@step("a user's credentials are the other service's, of the role that the pool chose")
def _():
    ada = public.get_id(IdentityPoolId=s["pool"], Logins=s["logins"])["IdentityId"]
    answer = public.get_credentials_for_identity(IdentityId=ada, Logins=s["logins"])
    assert answer["IdentityId"] == ada
    assert arn_at(ELSEWHERE, answer) == f"arn:aws:sts::{ACCOUNT}:assumed-role/app/CognitoIdentityCredentials"


@step("a guest's too, with the guests' ceiling as session policy")
def _():
    guest = public.get_id(IdentityPoolId=s["pool"])["IdentityId"]
    answer = public.get_credentials_for_identity(IdentityId=guest)
    assert arn_at(ELSEWHERE, answer) == f"arn:aws:sts::{ACCOUNT}:assumed-role/guest/CognitoIdentityCredentials"


@step("roles of the own account are vended here, by the same pool")
def _():
    admin.set_identity_pool_roles(IdentityPoolId=s["pool"], Roles={
        "authenticated": "arn:aws:iam::123456789012:role/app"})
    ada = public.get_id(IdentityPoolId=s["pool"], Logins=s["logins"])["IdentityId"]
    answer = public.get_credentials_for_identity(IdentityId=ada, Logins=s["logins"])
    assert arn_at(TARGET, answer) == "arn:aws:sts::123456789012:assumed-role/app/CognitoIdentityCredentials"


done()
