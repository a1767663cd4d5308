"""boto3: STS as an operator's services call it."""
import json

import boto3

from harness import REGION, TARGET, done, refused, step

iam = boto3.client("iam", REGION, endpoint_url=TARGET)
identities = boto3.client("cognito-identity", REGION, endpoint_url=TARGET)
s = {}


def allow(action, resource="*", **more):
    return json.dumps({"Version": "2012-10-17",
                       "Statement": [{"Effect": "Allow", "Action": action, "Resource": resource, **more}]})


def client(service, keys):
    return boto3.client(service, REGION, endpoint_url=TARGET, aws_access_key_id=keys["AccessKeyId"],
                        aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])


@step("a session of an identity")
def _():
    pool = identities.create_identity_pool(IdentityPoolName="sts", AllowUnauthenticatedIdentities=False,
                                           DeveloperProviderName="own.login")["IdentityPoolId"]
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": pool}}}]}
    s["role"] = iam.create_role(RoleName="scoping", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="scoping", PolicyName="all", PolicyDocument=allow(["iam:*", "sts:*"]))
    identities.set_identity_pool_roles(IdentityPoolId=pool, Roles={"authenticated": s["role"]})
    made = identities.get_open_id_token_for_developer_identity(IdentityPoolId=pool, Logins={"own.login": "ada"})
    keys = identities.get_credentials_for_identity(
        IdentityId=made["IdentityId"], Logins={"cognito-identity.amazonaws.com": made["Token"]})["Credentials"]
    s["keys"] = {**keys, "SecretAccessKey": keys["SecretKey"]}


@step("GetScopedCredentials")
def _():
    sts = client("sts", s["keys"])
    narrowed = sts.get_scoped_credentials(Policy=allow("iam:GetRole", s["role"]), DurationSeconds=60,
                                          ScopedSessionDescription="looks once")
    keys = narrowed["Credentials"]
    assert narrowed["ScopedPoliciesCount"] == 1 and narrowed["SessionTokenSize"] == len(keys["SessionToken"]), narrowed
    assert narrowed["SessionInfo"]["Arn"] == sts.get_caller_identity()["Arn"], narrowed
    assert client("iam", keys).get_role(RoleName="scoping")["Role"]["Arn"] == s["role"]
    refused("AccessDenied", client("iam", keys).list_roles)
    assert client("iam", s["keys"]).list_roles()["Roles"]
    refused("InsufficientSessionLifetime", client("sts", keys).get_scoped_credentials, DurationSeconds=61)
    refused("InvalidSubjectCredentials", boto3.client("sts", REGION, endpoint_url=TARGET).get_scoped_credentials,
            DurationSeconds=60)


done()
