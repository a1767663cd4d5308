"""boto3: roles, their policies, and providers of logins, as an operator keeps them."""
import json

import boto3

from harness import REGION, TARGET, done, refused, step

iam = boto3.client("iam", REGION, endpoint_url=TARGET)


def document(action, **more):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, **more}]}


def trust(pool):
    """Trust in the logins of one identity pool."""
    return document("sts:AssumeRoleWithWebIdentity", Principal={"Federated": "cognito-identity.amazonaws.com"},
                    Condition={"StringEquals": {"cognito-identity.amazonaws.com:aud": pool}})


TRUST = trust("us-east-1:00000000-0000-4000-8000-000000000000")
READ = document("s3:GetObject", Resource="arn:aws:s3:::bucket/*")


@step("CreateRole, GetRole, ListRoles")
def _():
    made = iam.create_role(RoleName="reader", Path="/app/", AssumeRolePolicyDocument=json.dumps(TRUST),
                           Description="reads", MaxSessionDuration=7200)["Role"]
    assert made["Arn"].endswith(":role/app/reader") and made["MaxSessionDuration"] == 7200, made
    refused("EntityAlreadyExists", iam.create_role, RoleName="reader", AssumeRolePolicyDocument=json.dumps(TRUST))
    got = iam.get_role(RoleName="reader")["Role"]
    assert got["AssumeRolePolicyDocument"] == TRUST and got["Description"] == "reads", got
    refused("NoSuchEntity", iam.get_role, RoleName="nobody")
    everybody = document("sts:AssumeRoleWithWebIdentity", Principal={"Federated": "cognito-identity.amazonaws.com"})
    refused("MalformedPolicyDocument", iam.create_role, RoleName="any", AssumeRolePolicyDocument=json.dumps(everybody))
    names = lambda **more: [role["RoleName"] for role in iam.list_roles(**more)["Roles"]]
    assert "reader" in names() and names(PathPrefix="/app/") == ["reader"] and names(PathPrefix="/other/") == []


@step("UpdateAssumeRolePolicy")
def _():
    other = trust("us-east-1:00000000-0000-4000-8000-000000000001")
    iam.update_assume_role_policy(RoleName="reader", PolicyDocument=json.dumps(other))
    assert iam.get_role(RoleName="reader")["Role"]["AssumeRolePolicyDocument"] == other
    refused("MalformedPolicyDocument", iam.update_assume_role_policy, RoleName="reader", PolicyDocument="{}")
    assert iam.get_role(RoleName="reader")["Role"]["AssumeRolePolicyDocument"] == other


@step("PutRolePolicy, GetRolePolicy, ListRolePolicies, DeleteRolePolicy")
def _():
    iam.put_role_policy(RoleName="reader", PolicyName="read", PolicyDocument=json.dumps(READ))
    assert iam.get_role_policy(RoleName="reader", PolicyName="read")["PolicyDocument"] == READ
    assert iam.list_role_policies(RoleName="reader")["PolicyNames"] == ["read"]
    iam.delete_role_policy(RoleName="reader", PolicyName="read")
    refused("NoSuchEntity", iam.get_role_policy, RoleName="reader", PolicyName="read")
    assert iam.list_role_policies(RoleName="reader")["PolicyNames"] == []


@step("CreateOpenIDConnectProvider, Get, List, Delete")
def _():
    made = iam.create_open_id_connect_provider(Url="https://login.example.com", ClientIDList=["app"])
    arn = made["OpenIDConnectProviderArn"]
    assert arn.endswith(":oidc-provider/login.example.com"), arn
    got = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert got["Url"] == "login.example.com" and got["ClientIDList"] == ["app"], got
    listed = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert arn in [provider["Arn"] for provider in listed]
    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    refused("NoSuchEntity", iam.get_open_id_connect_provider, OpenIDConnectProviderArn=arn)


@step("DeleteRole")
def _():
    iam.delete_role(RoleName="reader")
    refused("NoSuchEntity", iam.get_role, RoleName="reader")
    refused("NoSuchEntity", iam.delete_role, RoleName="reader")


@step("a key that nobody has, and a wrong secret, are refused")
def _():
    for key, secret, code in [("AKIANOBODY", "x", "InvalidClientTokenId"), ("test", "wrong", "SignatureDoesNotMatch")]:
        other = boto3.client("iam", REGION, endpoint_url=TARGET, aws_access_key_id=key, aws_secret_access_key=secret)
        refused(code, other.list_roles)


done()
