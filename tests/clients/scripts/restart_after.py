"""After a kill: what was noted before is there, and works."""
import json
import os

import boto3

from harness import PASSWORD, REGION, TARGET, done, idp, step

NOTE = os.path.join(os.path.dirname(os.environ["OUT"]), "..", "restart-note.json")
with open(NOTE) as note:
    s = json.load(note)
admin = idp()


@step("the user signs in, the refresh token refreshes")
def _():
    parameters = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    admin.initiate_auth(ClientId=s["client"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    answer = admin.initiate_auth(ClientId=s["client"], AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": s["refresh"]})
    admin.get_user(AccessToken=answer["AuthenticationResult"]["AccessToken"])


@step("the identity is there, its keys still count")
def _():
    identity = boto3.client("cognito-identity", REGION, endpoint_url=TARGET)
    assert identity.describe_identity(IdentityId=s["guest"])["IdentityId"] == s["guest"]
    keys = s["keys"]
    sts = boto3.client("sts", REGION, endpoint_url=TARGET, aws_access_key_id=keys["AccessKeyId"],
                       aws_secret_access_key=keys["SecretKey"], aws_session_token=keys["SessionToken"])
    assert "assumed-role/guest" in sts.get_caller_identity()["Arn"]


done()
