"""boto3: a client's secret is replaced while it is in use; a pool's tags."""
import base64
import hashlib
import hmac

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from harness import PASSWORD, REGION, TARGET, done, idp, refused, step

admin = idp()
public = boto3.client("cognito-idp", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
s = {}
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


def sign_in(secret):
    text = ("ada" + s["client"]).encode()
    proof = base64.b64encode(hmac.new(secret.encode(), text, hashlib.sha256).digest()).decode()
    parameters = {"USERNAME": "ada", "PASSWORD": PASSWORD, "SECRET_HASH": proof}
    answer = public.initiate_auth(ClientId=s["client"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    return answer["AuthenticationResult"]


def named():
    return {"UserPoolId": s["pool"], "ClientId": s["client"]}


@step("a client with a secret of its own")
def _():
    pool = admin.create_user_pool(PoolName="people", UserPoolTags={"team": "blue"})["UserPool"]
    s["pool"], s["arn"] = pool["Id"], pool["Arn"]
    s["first"] = "Brought_along+0123456789"
    made = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="app", ExplicitAuthFlows=FLOWS,
                                         ClientSecret=s["first"])["UserPoolClient"]
    s["client"] = made["ClientId"]
    assert made["ClientSecret"] == s["first"]
    admin.admin_create_user(UserPoolId=s["pool"], Username="ada", MessageAction="SUPPRESS")
    admin.admin_set_user_password(UserPoolId=s["pool"], Username="ada", Password=PASSWORD, Permanent=True)
    sign_in(s["first"])


@step("AddUserPoolClientSecret: both secrets count, and there is no third")
def _():
    added = admin.add_user_pool_client_secret(**named())["ClientSecretDescriptor"]
    s["second"] = added["ClientSecretValue"]
    for secret in (s["first"], s["second"]):
        token = sign_in(secret)["RefreshToken"]
        public.get_tokens_from_refresh_token(ClientId=s["client"], ClientSecret=secret, RefreshToken=token)
        public.revoke_token(ClientId=s["client"], ClientSecret=secret, Token=token)
    refused("LimitExceededException", admin.add_user_pool_client_secret, **named())


@step("DeleteUserPoolClientSecret: the other one stays, and the last one cannot go")
def _():
    listed = admin.list_user_pool_client_secrets(**named())["ClientSecrets"]
    first, second = (secret["ClientSecretId"] for secret in listed)
    assert first.startswith(s["client"] + "--") and all("ClientSecretValue" not in secret for secret in listed)
    admin.delete_user_pool_client_secret(**named(), ClientSecretId=first)
    refused("NotAuthorizedException", lambda: sign_in(s["first"]))
    sign_in(s["second"])
    refused("InvalidParameterException", admin.delete_user_pool_client_secret, **named(), ClientSecretId=second)
    refused("ResourceNotFoundException", admin.delete_user_pool_client_secret, **named(), ClientSecretId=first)


@step("TagResource, UntagResource, ListTagsForResource")
def _():
    admin.tag_resource(ResourceArn=s["arn"], Tags={"stage": "test", "team": "red"})
    admin.untag_resource(ResourceArn=s["arn"], TagKeys=["stage"])
    assert admin.list_tags_for_resource(ResourceArn=s["arn"])["Tags"] == {"team": "red"}
    assert admin.describe_user_pool(UserPoolId=s["pool"])["UserPool"]["UserPoolTags"] == {"team": "red"}
    refused("InvalidParameterException", admin.tag_resource, ResourceArn=s["arn"],
            Tags={f"t{number}": "" for number in range(50)})
    refused("ResourceNotFoundException", admin.list_tags_for_resource, ResourceArn=s["arn"] + "x")


done()
