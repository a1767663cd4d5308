"""Authlib: code with PKCE through the sign-in page, the ID token judged, userInfo, refresh, introspection, revocation."""
import html
import os
import re

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebKey, jwt
from authlib.oidc.core import CodeIDToken

from harness import PASSWORD, TARGET, done, idp, step

admin = idp()
s = {}
CALLBACK = "http://localhost:3000/cb"


def sign_in(url):
    """A browser that follows the page up to the application."""
    browser = requests.Session()
    shown = browser.get(url)
    assert shown.status_code == 200, shown.text
    csrf = html.unescape(re.search(r'name="csrf" value="([^"]*)"', shown.text).group(1))
    form = {"csrf": csrf, "username": "ada", "password": PASSWORD}
    left = browser.post(shown.url, data=form, allow_redirects=False)
    assert left.status_code == 303, left.text
    return left.headers["Location"]


@step("a pool with a client that signs users in at the endpoints")
def _():
    s["pool"] = admin.create_user_pool(PoolName="people")["UserPool"]["Id"]
    admin.admin_create_user(UserPoolId=s["pool"], Username="ada", MessageAction="SUPPRESS",
                            UserAttributes=[{"Name": "email", "Value": "ada@example.com"}])
    admin.admin_set_user_password(UserPoolId=s["pool"], Username="ada", Password=PASSWORD, Permanent=True)
    client = admin.create_user_pool_client(
        UserPoolId=s["pool"], ClientName="app", GenerateSecret=True, AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"], AllowedOAuthScopes=["openid", "email"], CallbackURLs=[CALLBACK])["UserPoolClient"]
    s["server"] = requests.get(f"{TARGET}/{s['pool']}/.well-known/openid-configuration").json()
    s["session"] = OAuth2Session(client["ClientId"], client["ClientSecret"], scope="openid email", redirect_uri=CALLBACK,
                                 code_challenge_method="S256", token_endpoint_auth_method="client_secret_post")
    s["client"] = client["ClientId"]


@step("code with PKCE; the ID token's signature, issuer, audience, nonce and at_hash")
def _():
    verifier, nonce = generate_token(48), generate_token()
    url, _ = s["session"].create_authorization_url(s["server"]["authorization_endpoint"], code_verifier=verifier, nonce=nonce)
    tokens = s["session"].fetch_token(s["server"]["token_endpoint"], authorization_response=sign_in(url), code_verifier=verifier)
    keys = JsonWebKey.import_key_set(requests.get(s["server"]["jwks_uri"]).json())
    wanted = {"iss": {"essential": True, "value": s["server"]["issuer"]}, "aud": {"essential": True, "value": s["client"]}}
    parameters = {"nonce": nonce, "access_token": tokens["access_token"], "client_id": s["client"]}
    claims = jwt.decode(tokens["id_token"], keys, claims_cls=CodeIDToken, claims_options=wanted, claims_params=parameters)
    claims.validate(leeway=60)
    assert claims["at_hash"] and claims["email"] == "ada@example.com", claims


@step("userInfo, refresh, introspection, revocation")
def _():
    assert s["session"].get(s["server"]["userinfo_endpoint"]).json()["email"] == "ada@example.com"
    before = s["session"].token["refresh_token"]
    fresh = s["session"].refresh_token(s["server"]["token_endpoint"], refresh_token=before)
    told = s["session"].introspect_token(s["server"]["introspection_endpoint"], token=fresh["access_token"]).json()
    assert (told["active"], told["username"]) == (True, "ada"), told
    assert s["session"].revoke_token(s["server"]["revocation_endpoint"], token=before).status_code == 200
    told = s["session"].introspect_token(s["server"]["introspection_endpoint"], token=fresh["access_token"]).json()
    assert told == {"active": False}, told


done()
