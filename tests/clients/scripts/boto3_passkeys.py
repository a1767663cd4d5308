"""boto3: what a pool without a domain for passkeys says to each operation of theirs."""
import boto3
from botocore import UNSIGNED
from botocore.config import Config

from harness import PASSWORD, REGION, TARGET, done, idp, refused, step

admin = idp()
public = boto3.client("cognito-idp", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
s = {}


@step("a user of a pool that names no domain for passkeys")
def _():
    s["pool"] = admin.create_user_pool(PoolName="people")["UserPool"]["Id"]
    made = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="app",
                                         ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    admin.admin_create_user(UserPoolId=s["pool"], Username="ada", MessageAction="SUPPRESS")
    admin.admin_set_user_password(UserPoolId=s["pool"], Username="ada", Password=PASSWORD, Permanent=True)
    answer = public.initiate_auth(ClientId=made["UserPoolClient"]["ClientId"], AuthFlow="USER_PASSWORD_AUTH",
                                  AuthParameters={"USERNAME": "ada", "PASSWORD": PASSWORD})
    s["token"] = answer["AuthenticationResult"]["AccessToken"]


@step("a registration neither begins nor ends there")
def _():
    refused("WebAuthnNotEnabledException", public.start_web_authn_registration, AccessToken=s["token"])
    credential = {"id": "AAAA", "rawId": "AAAA", "type": "public-key",
                  "response": {"clientDataJSON": "e30", "attestationObject": "oA"}}
    refused("WebAuthnNotEnabledException", public.complete_web_authn_registration, AccessToken=s["token"], Credential=credential)


@step("nobody has passkeys there, and what is not there is not removed")
def _():
    assert public.list_web_authn_credentials(AccessToken=s["token"])["Credentials"] == []
    refused("ResourceNotFoundException", public.delete_web_authn_credential, AccessToken=s["token"], CredentialId="AAAA")


@step("a token of nobody's making is refused")
def _():
    refused("NotAuthorizedException", public.list_web_authn_credentials, AccessToken="no.token.here")


done()
