"""pycognito: sign in by SRP, with and without a client secret, and refresh."""

import pycognito

from harness import PASSWORD, REGION, TARGET, done, idp, step

admin = idp()
s = {}
FLOWS = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def cognito(client, secret=None, **more):
    return pycognito.Cognito(s["pool"], client, client_secret=secret, username="ada", user_pool_region=REGION,
                             boto3_client_kwargs={"endpoint_url": TARGET}, **more)


@step("pool, clients, user")
def _():
    s["pool"] = admin.create_user_pool(PoolName="p")["UserPool"]["Id"]
    make = lambda **more: admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="c", ExplicitAuthFlows=FLOWS, **more)["UserPoolClient"]
    s["public"], s["confidential"] = make()["ClientId"], make(GenerateSecret=True)
    admin.admin_create_user(UserPoolId=s["pool"], Username="ada", MessageAction="SUPPRESS")
    admin.admin_set_user_password(UserPoolId=s["pool"], Username="ada", Password=PASSWORD, Permanent=True)


@step("SRP sign-in; pycognito verifies the tokens with the key set")
def _():
    user = cognito(s["public"])
    user.authenticate(password=PASSWORD)
    assert user.id_claims["cognito:username"] == "ada" and user.access_claims["client_id"] == s["public"]
    s["user"] = user


@step("SRP sign-in with a client secret")
def _():
    client = s["confidential"]
    user = cognito(client["ClientId"], client["ClientSecret"])
    user.authenticate(password=PASSWORD)
    assert user.access_token


@step("the wrong password is refused")
def _():
    try:
        cognito(s["public"]).authenticate(password="Wr0ng!horse")
    except Exception as error:
        assert "Incorrect username or password." in str(error), error
    else:
        raise AssertionError("a wrong password was accepted")


@step("renew_access_token")
def _():
    before = s["user"].access_token
    s["user"].renew_access_token()
    assert s["user"].access_token != before


done()
