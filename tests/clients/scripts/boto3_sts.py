"""boto3: STS as an operator's services call it."""
import json

import boto3
import jwt
import requests

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
    pool = identities.create_identity_pool(IdentityPoolName="sts", AllowUnauthenticatedIdentities=False, AllowClassicFlow=True,
                                           DeveloperProviderName="own.login")["IdentityPoolId"]
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": pool}}}]}
    s["role"] = iam.create_role(RoleName="scoping", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName="scoping", PolicyName="all", PolicyDocument=allow(["iam:*", "sts:*"]))
    identities.set_identity_pool_roles(IdentityPoolId=pool, Roles={"authenticated": s["role"]})
    made = identities.get_open_id_token_for_developer_identity(IdentityPoolId=pool, Logins={"own.login": "ada"})
    s["token"] = made["Token"]
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


@step("AssumeRole with tags that go on, a source identity and an external id; a chain of two")
def _():
    sts = boto3.client("sts", REGION, endpoint_url=TARGET)
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}]}
    asking = {**trust, "Statement": [{**trust["Statement"][0],
                                      "Condition": {"StringEquals": {"sts:ExternalId": "42"}}}]}
    first = iam.create_role(RoleName="first", AssumeRolePolicyDocument=json.dumps(asking))["Role"]["Arn"]
    second = iam.create_role(RoleName="second", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    every = {"RoleArn": first, "RoleSessionName": "chain", "SourceIdentity": "ada", "TransitiveTagKeys": ["team"],
             "Tags": [{"Key": "team", "Value": "engines"}, {"Key": "colour", "Value": "red"}]}
    message = refused("AccessDenied", sts.assume_role, **every)
    assert message.endswith(f"is not authorized to perform: sts:AssumeRole on resource: {first}"), message
    assumed = sts.assume_role(**every, ExternalId="42")
    assert assumed["AssumedRoleUser"]["Arn"].endswith(":assumed-role/first/chain"), assumed
    assert assumed["SourceIdentity"] == "ada" and assumed["SessionTokenSize"] == len(assumed["Credentials"]["SessionToken"])
    chained = client("sts", assumed["Credentials"])
    step_on = {"RoleArn": second, "RoleSessionName": "chain"}
    refused("AccessDenied", chained.assume_role, **step_on)
    iam.put_role_policy(RoleName="first", PolicyName="on", PolicyDocument=allow("sts:*", second))
    assert chained.assume_role(**step_on)["SourceIdentity"] == "ada"
    refused("ValidationError", chained.assume_role, **step_on, DurationSeconds=3601)
    message = refused("InvalidParameterValue", chained.assume_role, **step_on, Tags=[{"Key": "TEAM", "Value": "x"}])
    assert "conflicts with a transitive tag key" in message, message
    refused("AccessDenied", chained.assume_role, **step_on, SourceIdentity="eve")


@step("PolicyArns narrow sessions of AssumeRole, of a web identity and of GetFederationToken, and widen none")
def _():
    sts = boto3.client("sts", REGION, endpoint_url=TARGET)

    def managed(name, action):
        return {"arn": iam.create_policy(PolicyName=name, PolicyDocument=allow(action))["Policy"]["Arn"]}

    listing, getting, deleting = (managed(name, f"iam:{name}") for name in ("ListRoles", "GetRole", "DeleteRole"))
    second = {"RoleArn": iam.get_role(RoleName="second")["Role"]["Arn"], "RoleSessionName": "narrow"}
    iam.put_role_policy(RoleName="second", PolicyName="looks", PolicyDocument=allow(["iam:ListRoles", "iam:GetRole"]))
    assumed = sts.assume_role(**second, PolicyArns=[listing, getting])
    assert 0 < assumed["PackedPolicySize"] <= 100, assumed
    both = client("iam", assumed["Credentials"])
    assert both.list_roles()["Roles"] and both.get_role(RoleName="second")["Role"]["Arn"] == second["RoleArn"]
    wider = client("iam", sts.assume_role(**second, PolicyArns=[listing, deleting])["Credentials"])
    assert wider.list_roles()["Roles"]
    refused("AccessDenied", wider.get_role, RoleName="second")
    refused("AccessDenied", wider.delete_role, RoleName="second")
    of_web = boto3.client("sts", REGION, endpoint_url=TARGET).assume_role_with_web_identity(
        RoleArn=s["role"], RoleSessionName="narrow", WebIdentityToken=s["token"], PolicyArns=[listing])["Credentials"]
    assert client("iam", of_web).list_roles()["Roles"]
    refused("AccessDenied", client("iam", of_web).get_role, RoleName="scoping")
    bob = sts.get_federation_token(Name="bob", Policy=allow("iam:GetRole"), PolicyArns=[listing])["Credentials"]
    assert client("iam", bob).list_roles()["Roles"] and client("iam", bob).get_role(RoleName="second")
    refused("AccessDenied", client("iam", bob).delete_role, RoleName="second")
    gone = "arn:aws:iam::123456789012:policy/none"
    message = refused("ValidationError", sts.assume_role, **second, PolicyArns=[{"arn": gone}])
    assert gone in message, message
    refused("ValidationError", sts.assume_role, **second, PolicyArns=[listing] * 11)


@step("GetSessionToken, GetFederationToken, GetAccessKeyInfo")
def _():
    sts = boto3.client("sts", REGION, endpoint_url=TARGET)
    own = sts.get_session_token(DurationSeconds=900)["Credentials"]
    assert client("sts", own).get_caller_identity()["Arn"] == sts.get_caller_identity()["Arn"]
    refused("AccessDenied", client("sts", own).get_session_token)
    refused("AccessDenied", sts.get_session_token, SerialNumber="arn:aws:iam::123456789012:mfa/a", TokenCode="123456")
    assert sts.get_access_key_info(AccessKeyId=own["AccessKeyId"])["Account"] == "123456789012"
    nobody = sts.get_federation_token(Name="bob")
    assert nobody["FederatedUser"]["Arn"] == "arn:aws:sts::123456789012:federated-user/bob", nobody
    refused("AccessDenied", client("iam", nobody["Credentials"]).list_roles)
    reader = sts.get_federation_token(Name="bob", Policy=allow("iam:ListRoles"))["Credentials"]
    assert client("iam", reader).list_roles()["Roles"]
    refused("AccessDenied", client("iam", reader).delete_role, RoleName="second")


@step("DecodeAuthorizationMessage")
def _():
    reader = boto3.client("sts", REGION, endpoint_url=TARGET).get_federation_token(
        Name="bob", Policy=allow("iam:ListRoles"))["Credentials"]
    message = refused("AccessDenied", client("iam", reader).delete_role, RoleName="second")
    encoded = message.split("Encoded authorization failure message: ")[1]
    sts = boto3.client("sts", REGION, endpoint_url=TARGET)
    decoded = json.loads(sts.decode_authorization_message(EncodedMessage=encoded)["DecodedMessage"])
    assert decoded["allowed"] is False and decoded["context"]["action"] == "iam:DeleteRole", decoded
    refused("AccessDenied", client("sts", reader).decode_authorization_message, EncodedMessage=encoded)


@step("GetWebIdentityToken, verified by discovery alone")
def _():
    sts = client("sts", s["keys"])
    for algorithm in ("ES384", "RS256"):
        made = sts.get_web_identity_token(Audience=["https://vault.example"], SigningAlgorithm=algorithm)
        token = made["WebIdentityToken"]
        issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
        document = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()
        assert document["issuer"] == issuer, document
        key = jwt.PyJWKClient(document["jwks_uri"]).get_signing_key_from_jwt(token).key
        claims = jwt.decode(token, key, algorithms=[algorithm], audience="https://vault.example", issuer=issuer)
        assert claims["sub"] == s["role"] and claims["exp"] - claims["iat"] == 300, claims
        person = sts.get_web_identity_token(Audience=["a"], SigningAlgorithm=algorithm, Scope="read write",
                                            SubjectMode="OriginIdentity")["WebIdentityToken"]
        claims = jwt.decode(person, options={"verify_signature": False})
        assert claims["sub"].startswith(f"{REGION}:") and claims["scope"] == "read write", claims
    refused("ValidationError", sts.get_web_identity_token, Audience=["a"], SigningAlgorithm="ES384", Scope="read")


done()
