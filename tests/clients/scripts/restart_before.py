"""Before a kill: a pool, a user, a session, an identity, credentials; what must be there afterwards goes into a file."""
import json
import os

import boto3

from harness import PASSWORD, REGION, TARGET, done, idp, step

NOTE = os.path.join(os.path.dirname(os.environ["OUT"]), "..", "restart-note.json")


@step("everything that must survive")
def _():
    admin = idp()
    pool = admin.create_user_pool(PoolName="p")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = admin.create_user_pool_client(UserPoolId=pool, ClientName="c", ExplicitAuthFlows=flows)["UserPoolClient"]["ClientId"]
    admin.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    admin.admin_set_user_password(UserPoolId=pool, Username="ada", Password=PASSWORD, Permanent=True)
    tokens = admin.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH",
                                 AuthParameters={"USERNAME": "ada", "PASSWORD": PASSWORD})["AuthenticationResult"]
    identity = boto3.client("cognito-identity", REGION, endpoint_url=TARGET)
    border = identity.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=True)["IdentityPoolId"]
    role = "arn:aws:iam::123456789012:role/guest"
    identity.set_identity_pool_roles(IdentityPoolId=border, Roles={"unauthenticated": role})
    guest = identity.get_id(IdentityPoolId=border)["IdentityId"]
    keys = identity.get_credentials_for_identity(IdentityId=guest)["Credentials"]
    keys.pop("Expiration")
    with open(NOTE, "w") as note:
        json.dump({"pool": pool, "client": client, "refresh": tokens["RefreshToken"], "guest": guest, "keys": keys}, note)


done()
