"""boto3: attributes are deleted, by their owner and by administrators."""
import boto3
from botocore import UNSIGNED
from botocore.config import Config

from harness import PASSWORD, REGION, TARGET, done, idp, refused, step

admin = idp()
public = boto3.client("cognito-idp", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
s = {}
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def sign_in(username):
    parameters = {"USERNAME": username, "PASSWORD": PASSWORD}
    return public.initiate_auth(ClientId=s["client"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)[
        "AuthenticationResult"]["AccessToken"]


def attributes():
    user = admin.admin_get_user(UserPoolId=s["pool"], Username="ada")
    return {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}


@step("a pool whose users sign in by mail address too, and a client that may not write every attribute")
def _():
    schema = [{"Name": "role", "AttributeDataType": "String", "Mutable": True},
              {"Name": "badge", "AttributeDataType": "String", "Mutable": False},
              {"Name": "name", "AttributeDataType": "String", "Mutable": True, "Required": True}]
    s["pool"] = admin.create_user_pool(PoolName="people", AliasAttributes=["email"], Schema=schema)["UserPool"]["Id"]
    made = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="app", ExplicitAuthFlows=FLOWS,
                                         WriteAttributes=["name", "email", "nickname", "custom:badge"])
    s["client"] = made["UserPoolClient"]["ClientId"]
    given = {"name": "Ada", "email": "ada@example.com", "email_verified": "true", "nickname": "countess",
             "custom:role": "limited", "custom:badge": "7"}
    admin.admin_create_user(UserPoolId=s["pool"], Username="ada", MessageAction="SUPPRESS",
                            UserAttributes=[{"Name": name, "Value": value} for name, value in given.items()])
    admin.admin_set_user_password(UserPoolId=s["pool"], Username="ada", Password=PASSWORD, Permanent=True)
    s["token"] = sign_in("ada@example.com")


@step("DeleteUserAttributes: what the client may write, and nothing that is required or fixed")
def _():
    def delete(*names):
        return public.delete_user_attributes(AccessToken=s["token"], UserAttributeNames=list(names))

    for name in ("custom:role", "email_verified", "sub"):
        refused("NotAuthorizedException", lambda: delete("nickname", name))
    for name in ("name", "custom:badge", "custom:none"):
        refused("InvalidParameterException", lambda: delete("nickname", name))
    assert attributes()["nickname"] == "countess"
    delete("nickname")
    assert "nickname" not in attributes()
    delete("nickname")


@step("DeleteUserAttributes: an address goes with its flag and the name that it was")
def _():
    public.delete_user_attributes(AccessToken=s["token"], UserAttributeNames=["email"])
    assert not {"email", "email_verified"} & set(attributes())
    refused("UserNotFoundException", lambda: sign_in("ada@example.com"))
    sign_in("ada")


@step("AdminDeleteUserAttributes: what the client may not write")
def _():
    def delete(username, *names):
        return admin.admin_delete_user_attributes(UserPoolId=s["pool"], Username=username,
                                                  UserAttributeNames=list(names))

    delete("ada", "custom:role")
    assert "custom:role" not in attributes()
    refused("InvalidParameterException", lambda: delete("ada", "name"))
    refused("UserNotFoundException", lambda: delete("nobody", "nickname"))


done()
