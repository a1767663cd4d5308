"""boto3: sessions are listed, capped, and ended one by one."""
import boto3
from botocore import UNSIGNED
from botocore.config import Config

from harness import PASSWORD, REGION, TARGET, done, idp, refused, step

admin = idp()
public = boto3.client("cognito-idp", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
s = {}


def sign_in():
    parameters = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    answer = public.initiate_auth(ClientId=s["client"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    return answer["AuthenticationResult"]


def user():
    return {"UserPoolId": s["pool"], "Username": "ada"}


def own_session(token):
    listed = public.list_user_sessions(AccessToken=token)["Sessions"]
    return next(session for session in listed if session["IsCurrentSession"])


@step("a pool that tracks two sessions of each user")
def _():
    s["pool"] = admin.create_user_pool(PoolName="people")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="app", ExplicitAuthFlows=flows)
    s["client"] = made["UserPoolClient"]["ClientId"]
    admin.admin_create_user(**user(), MessageAction="SUPPRESS")
    admin.admin_set_user_password(**user(), Password=PASSWORD, Permanent=True)
    assert admin.get_user_pool_session_configuration(UserPoolId=s["pool"])["UserSessionTracking"] == "DISABLED"
    admin.set_user_pool_session_configuration(UserPoolId=s["pool"], UserSessionTracking="ENABLED",
                                              TokenSession={"MaxPerUser": 2})
    client = {"UserPoolId": s["pool"], "ClientId": s["client"]}
    admin.set_user_pool_client_session_configuration(**client, SSOSession={"MaxValidityMinutes": 0})
    read = admin.get_user_pool_client_session_configuration(**client)
    assert read["SSOSession"]["MaxValidityMinutes"] == 0


@step("ListUserSessions: my own is marked, and says with what I came")
def _():
    s["first"], s["second"] = sign_in(), sign_in()
    own = own_session(s["first"]["AccessToken"])
    assert own["SessionType"] == "TOKEN" and own["ClientId"] == s["client"], own
    assert own["DeviceType"].endswith("Boto3") and own["LastIPAddress"] in ("127.0.0.1", "::1"), own


@step("the third session ends the one that was used longest ago, which is dead at once")
def _():
    public.initiate_auth(ClientId=s["client"], AuthFlow="REFRESH_TOKEN_AUTH",
                         AuthParameters={"REFRESH_TOKEN": s["first"]["RefreshToken"]})
    s["third"] = sign_in()
    refused("NotAuthorizedException", public.get_user, AccessToken=s["second"]["AccessToken"])
    public.get_user(AccessToken=s["first"]["AccessToken"])
    assert len(admin.admin_list_user_sessions(**user())["Sessions"]) == 2


@step("RevokeUserSession ends another one of mine and not the one that asks; AdminRevokeUserSession any")
def _():
    first = own_session(s["first"]["AccessToken"])["SessionId"]
    third = own_session(s["third"]["AccessToken"])["SessionId"]
    token = s["third"]["AccessToken"]
    refused("InvalidParameterException", public.revoke_user_session, AccessToken=token, SessionId=third)
    public.revoke_user_session(AccessToken=token, SessionId=first, RevokeAssociatedSessions="LINKED")
    refused("NotAuthorizedException", public.get_user, AccessToken=s["first"]["AccessToken"])
    refused("ResourceNotFoundException", public.revoke_user_session, AccessToken=token, SessionId=first)
    admin.admin_revoke_user_session(**user(), SessionId=third)
    refused("NotAuthorizedException", public.get_user, AccessToken=token)


done()
