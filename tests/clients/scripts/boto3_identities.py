"""boto3: one person's identity, from guest to many logins: linked, merged, parted; developers' users; tags of sessions."""
import json

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from harness import PASSWORD, REGION, TARGET, done, idp, refused, step

users = idp()
admin = boto3.client("cognito-identity", REGION, endpoint_url=TARGET)
public = boto3.client("cognito-identity", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
sts = boto3.client("sts", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
iam = boto3.client("iam", REGION, endpoint_url=TARGET)
OWN, COGNITO = "login.mine", "cognito-identity.amazonaws.com"
s = {}


def user_pool(name):
    """A user pool with a client: a provider of logins."""
    schema = [{"Name": "team", "AttributeDataType": "String", "Mutable": True}]
    pool = users.create_user_pool(PoolName=name, Schema=schema)["UserPool"]["Id"]
    client = users.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=[
        "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]["ClientId"]
    return pool, client


def sign_up(pool, name, **attributes):
    given = [{"Name": key.replace("_", ":"), "Value": value} for key, value in attributes.items()]
    users.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS", UserAttributes=given)
    users.admin_set_user_password(UserPoolId=pool, Username=name, Password=PASSWORD, Permanent=True)


def login(which, name):
    """What this user shows of this provider."""
    pool, client = s[which]
    result = users.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH",
                                 AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD})["AuthenticationResult"]
    return {provider(which): result["IdToken"]}


def provider(which):
    return f"cognito-idp.{REGION}.amazonaws.com/{s[which][0]}"


def role(name, *actions, who="authenticated"):
    """A role that trusts the pool's identities."""
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Federated": COGNITO}, "Action": list(actions),
        "Condition": {"StringEquals": {f"{COGNITO}:aud": s["pool"]},
                      "ForAnyValue:StringLike": {f"{COGNITO}:amr": who}}}]}
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]


def credentials(identity, logins=None, **more):
    given = {"Logins": logins} if logins else {}
    return public.get_credentials_for_identity(IdentityId=identity, **given, **more)


def arn_of(keys):
    client = boto3.client("sts", REGION, endpoint_url=TARGET, aws_access_key_id=keys["AccessKeyId"],
                          aws_secret_access_key=keys["SecretKey"], aws_session_token=keys["SessionToken"])
    return client.get_caller_identity()["Arn"]


@step("a pool with two providers, a developer provider, and a role for guests and one for the others")
def _():
    s["people"], s["partners"] = user_pool("people"), user_pool("partners")
    providers = [{"ProviderName": provider(which), "ClientId": s[which][1]} for which in ("people", "partners")]
    s["pool"] = admin.create_identity_pool(
        IdentityPoolName="everybody", AllowUnauthenticatedIdentities=True, AllowClassicFlow=True,
        DeveloperProviderName=OWN, CognitoIdentityProviders=providers)["IdentityPoolId"]
    s["arn"] = f"arn:aws:cognito-identity:{REGION}:123456789012:identitypool/{s['pool']}"
    s["member"] = role("member", "sts:AssumeRoleWithWebIdentity", "sts:TagSession")
    s["visitor"] = role("visitor", "sts:AssumeRoleWithWebIdentity", who="unauthenticated")
    admin.set_identity_pool_roles(IdentityPoolId=s["pool"],
                                  Roles={"authenticated": s["member"], "unauthenticated": s["visitor"]})
    sign_up(s["people"][0], "ada", custom_team="engines")
    sign_up(s["people"][0], "eve", custom_team="looms")
    sign_up(s["partners"][0], "ada")


@step("a guest has the guests' role and ceiling, in the enhanced and in the classic flow")
def _():
    s["guest"] = public.get_id(IdentityPoolId=s["pool"])["IdentityId"]
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    iam.put_role_policy(RoleName="visitor", PolicyName="all", PolicyDocument=json.dumps(everything))
    enhanced = credentials(s["guest"])["Credentials"]
    token = public.get_open_id_token(IdentityId=s["guest"])["Token"]
    classic = sts.assume_role_with_web_identity(RoleArn=s["visitor"], RoleSessionName="guest",
                                                WebIdentityToken=token)["Credentials"]
    for keys in (enhanced, {**classic, "SecretKey": classic["SecretAccessKey"]}):
        assert ":assumed-role/visitor/" in arn_of(keys)
        beyond = boto3.client("iam", REGION, endpoint_url=TARGET, aws_access_key_id=keys["AccessKeyId"],
                              aws_secret_access_key=keys["SecretKey"], aws_session_token=keys["SessionToken"])
        refused("AccessDenied", beyond.list_roles)


@step("the guest signs in and keeps the identity")
def _():
    answer = credentials(s["guest"], login("people", "ada"))
    assert answer["IdentityId"] == s["guest"] and ":assumed-role/member/" in arn_of(answer["Credentials"])
    assert public.get_id(IdentityPoolId=s["pool"], Logins=login("people", "ada"))["IdentityId"] == s["guest"]
    message = refused("NotAuthorizedException", credentials, identity=s["guest"])
    assert message == f"Access to Identity '{s['guest']}' is forbidden.", message


@step("a second provider is linked, and nobody else links theirs")
def _():
    message = refused("NotAuthorizedException", credentials, identity=s["guest"], logins=login("people", "eve"))
    assert message.startswith("Logins don't match."), message
    both = {**login("people", "ada"), **login("partners", "ada")}
    assert credentials(s["guest"], both)["IdentityId"] == s["guest"]
    assert public.get_id(IdentityPoolId=s["pool"], Logins=login("partners", "ada"))["IdentityId"] == s["guest"]
    assert sorted(admin.describe_identity(IdentityId=s["guest"])["Logins"]) == sorted(both)
    refused("ResourceConflictException", public.get_id, IdentityPoolId=s["pool"],
            Logins={**login("people", "eve"), **login("partners", "ada")})


@step("UnlinkIdentity: what was parted is another identity when next seen")
def _():
    public.unlink_identity(IdentityId=s["guest"], Logins=login("people", "ada"), LoginsToRemove=[provider("partners")])
    assert admin.describe_identity(IdentityId=s["guest"])["Logins"] == [provider("people")]
    s["other"] = public.get_id(IdentityPoolId=s["pool"], Logins=login("partners", "ada"))["IdentityId"]
    assert s["other"] != s["guest"]


@step("two identities are merged: the older one stays, the other is disabled")
def _():
    both = {**login("people", "ada"), **login("partners", "ada")}
    assert credentials(s["other"], both)["IdentityId"] == s["guest"]
    assert admin.describe_identity(IdentityId=s["other"])["Logins"] == []
    assert credentials(s["other"], login("partners", "ada"))["IdentityId"] == s["guest"]
    refused("NotAuthorizedException", credentials, identity=s["other"])
    page = {"IdentityPoolId": s["pool"], "MaxResults": 60}
    shown = lambda **more: [each["IdentityId"] for each in admin.list_identities(**page, **more)["Identities"]]
    assert s["other"] in shown() and s["other"] not in shown(HideDisabled=True)


@step("GetOpenIdTokenForDeveloperIdentity: a token that credentials are given for, and for no other identity")
def _():
    developer = lambda **more: admin.get_open_id_token_for_developer_identity(IdentityPoolId=s["pool"], **more)
    s["developer"] = developer
    made = developer(Logins={OWN: "ada"}, TokenDuration=120)
    s["ada"] = made["IdentityId"]
    assert developer(Logins={OWN: "ada"})["IdentityId"] == s["ada"]
    answer = credentials(s["ada"], {COGNITO: made["Token"]})
    assert answer["IdentityId"] == s["ada"] and ":assumed-role/member/" in arn_of(answer["Credentials"])
    refused("NotAuthorizedException", credentials, identity=s["guest"], logins={COGNITO: made["Token"]})
    refused("InvalidParameterException", public.get_id, IdentityPoolId=s["pool"], Logins={OWN: "ada"})
    guest = public.get_id(IdentityPoolId=s["pool"])["IdentityId"]
    assert developer(IdentityId=guest, Logins={OWN: "tim"})["IdentityId"] == guest
    refused("DeveloperUserAlreadyRegisteredException", developer, IdentityId=guest, Logins={OWN: "ada"})
    classic = sts.assume_role_with_web_identity(RoleArn=s["member"], RoleSessionName="ada",
                                                WebIdentityToken=made["Token"])
    assert classic["SubjectFromWebIdentityToken"] == s["ada"] and classic["Audience"] == s["pool"]


@step("LookupDeveloperIdentity, MergeDeveloperIdentities, UnlinkDeveloperIdentity")
def _():
    pool = {"IdentityPoolId": s["pool"]}
    old = s["developer"](Logins={OWN: "countess"})
    merge = {"SourceUserIdentifier": "countess", "DestinationUserIdentifier": "ada", "DeveloperProviderName": OWN}
    assert admin.merge_developer_identities(**pool, **merge)["IdentityId"] == s["ada"]
    refused("NotAuthorizedException", credentials, identity=old["IdentityId"], logins={COGNITO: old["Token"]})
    refused("IDPRejectedClaim", sts.assume_role_with_web_identity, RoleArn=s["member"], RoleSessionName="old",
            WebIdentityToken=old["Token"])
    found = admin.lookup_developer_identity(**pool, IdentityId=s["ada"])
    assert found["DeveloperUserIdentifierList"] == ["ada", "countess"] and "NextToken" not in found, found
    first = admin.lookup_developer_identity(**pool, IdentityId=s["ada"], MaxResults=1)
    rest = admin.lookup_developer_identity(**pool, IdentityId=s["ada"], NextToken=first["NextToken"])
    assert rest["DeveloperUserIdentifierList"] == ["countess"]
    assert admin.lookup_developer_identity(**pool, DeveloperUserIdentifier="countess")["IdentityId"] == s["ada"]
    refused("ResourceConflictException", admin.lookup_developer_identity, **pool, IdentityId=s["guest"],
            DeveloperUserIdentifier="ada")
    parted = {"IdentityId": s["ada"], "DeveloperProviderName": OWN, "DeveloperUserIdentifier": "countess"}
    admin.unlink_developer_identity(**pool, **parted)
    refused("ResourceNotFoundException", admin.lookup_developer_identity, **pool, DeveloperUserIdentifier="countess")


@step("SetPrincipalTagAttributeMap, GetPrincipalTagAttributeMap: a claim is a tag, and a policy decides by it")
def _():
    named = {"IdentityPoolId": s["pool"], "IdentityProviderName": provider("people")}
    usual = admin.set_principal_tag_attribute_map(**named, UseDefaults=True)["PrincipalTags"]
    assert usual == {"client": "aud", "username": "sub"}, usual
    admin.set_principal_tag_attribute_map(**named, UseDefaults=False, PrincipalTags={"team": "custom:team"})
    got = admin.get_principal_tag_attribute_map(**named)
    assert got["UseDefaults"] is False and got["PrincipalTags"] == {"team": "custom:team"}, got
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "cognito-idp:DescribeUserPool", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "engines"}}}]}
    iam.put_role_policy(RoleName="member", PolicyName="engines", PolicyDocument=json.dumps(policy))

    def as_member(keys):
        return boto3.client("cognito-idp", REGION, endpoint_url=TARGET, aws_access_key_id=keys["AccessKeyId"],
                            aws_secret_access_key=keys["SecretKey"], aws_session_token=keys["SessionToken"])

    def of(name):
        shown = login("people", name)
        return as_member(credentials(public.get_id(IdentityPoolId=s["pool"], Logins=shown)["IdentityId"],
                                     shown)["Credentials"])

    of("ada").describe_user_pool(UserPoolId=s["people"][0])
    refused("AccessDeniedException", of("eve").describe_user_pool, UserPoolId=s["people"][0])
    for team, allowed in (("engines", True), ("looms", False)):
        made = s["developer"](Logins={OWN: "ada"}, PrincipalTags={"team": team})
        client = as_member(credentials(made["IdentityId"], {COGNITO: made["Token"]})["Credentials"])
        if allowed:
            client.describe_user_pool(UserPoolId=s["people"][0])
        else:
            refused("AccessDeniedException", client.describe_user_pool, UserPoolId=s["people"][0])


@step("a role that does not trust the pool to tag sessions is given to nobody with tags")
def _():
    trust = json.loads(json.dumps(iam.get_role(RoleName="member")["Role"]["AssumeRolePolicyDocument"]))
    trust["Statement"][0]["Action"] = "sts:AssumeRoleWithWebIdentity"
    iam.update_assume_role_policy(RoleName="member", PolicyDocument=json.dumps(trust))
    refused("InvalidIdentityPoolConfigurationException", credentials, identity=s["guest"],
            logins=login("people", "ada"))
    assert credentials(s["guest"], login("partners", "ada"))["IdentityId"] == s["guest"]


@step("TagResource, UntagResource, ListTagsForResource")
def _():
    admin.tag_resource(ResourceArn=s["arn"], Tags={"stage": "test", "team": "red"})
    admin.untag_resource(ResourceArn=s["arn"], TagKeys=["stage"])
    assert admin.list_tags_for_resource(ResourceArn=s["arn"])["Tags"] == {"team": "red"}
    assert admin.describe_identity_pool(IdentityPoolId=s["pool"])["IdentityPoolTags"] == {"team": "red"}
    refused("InvalidParameterException", admin.tag_resource, ResourceArn=s["arn"],
            Tags={f"t{number}": "" for number in range(50)})
    refused("ResourceNotFoundException", admin.list_tags_for_resource, ResourceArn=s["arn"] + "x")


@step("roles by token, by rules, ambiguous ones denied, and one of several that is asked for")
def _():
    key = f"{provider('partners')}:{s['partners'][1]}"
    arn = lambda name: f"arn:aws:iam::123456789012:role/{name}"
    roles = {"authenticated": s["member"], "unauthenticated": s["visitor"]}
    rule = lambda claim, value, name: {"Claim": claim, "MatchType": "Contains", "Value": value, "RoleARN": arn(name)}
    named = lambda keys: arn_of(keys["Credentials"]).split("/")[1]
    for name in ("staff", "chief"):
        users.create_group(UserPoolId=s["partners"][0], GroupName=name, RoleArn=arn(name), Precedence=1)
        users.admin_add_user_to_group(UserPoolId=s["partners"][0], Username="ada", GroupName=name)
    shown = login("partners", "ada")
    for kind in ({"Type": "Token"},
                 {"Type": "Rules", "RulesConfiguration": {"Rules": [rule("cognito:groups", "none", "staff")]}}):
        mapping = {key: {"AmbiguousRoleResolution": "Deny", **kind}}
        admin.set_identity_pool_roles(IdentityPoolId=s["pool"], Roles=roles, RoleMappings=mapping)
        message = refused("NotAuthorizedException", credentials, identity=s["guest"], logins=shown)
        assert message == f"The ambiguous role mapping rules for: {provider('partners')} denied this request.", message
    rules = [rule("cognito:groups", "staff", "staff"), rule("cognito:groups", "chief", "chief")]
    mapping = {key: {"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": rules}}}
    admin.set_identity_pool_roles(IdentityPoolId=s["pool"], Roles=roles, RoleMappings=mapping)
    assert named(credentials(s["guest"], shown)) == "staff"
    assert named(credentials(s["guest"], shown, CustomRoleArn=arn("chief"))) == "chief"
    refused("NotAuthorizedException", credentials, identity=s["guest"], logins=shown, CustomRoleArn=s["member"])
    refused("InvalidParameterException", public.get_open_id_token, IdentityId=s["guest"], Logins=shown)


done()
