"""What scripts about factors share: an authenticator app (RFC 6238), codes from the outbox, and steps of a sign-in."""
import base64
import hmac
import json
import struct
import time
import urllib.request

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from harness import OUTBOX, REGION, TARGET, code_for

public = boto3.client("cognito-idp", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))


class App:
    """Shows a code of a step after the last one, each time. Where that step is too far off, the server's clock is put on."""
    ahead = 0

    def __init__(self, seed):
        self.key = base64.b32decode(seed + "=" * (-len(seed) % 8))
        self.step = 0

    def code_of(self, step):
        tag = hmac.digest(self.key, struct.pack(">q", step), "sha1")
        offset = tag[-1] & 15
        number = struct.unpack(">I", tag[offset:offset + 4])[0] & 0x7FFFFFFF
        return f"{number % 1_000_000:06}"

    def next_code(self):
        now = int(time.time() + App.ahead) // 30
        self.step = max(self.step + 1, now)
        if self.step > now + 1:
            forward = json.dumps({"advance_seconds": 30}).encode()
            request = urllib.request.Request(OUTBOX.replace("/outbox", "/clock"), forward,
                                             {"Content-Type": "application/json"})
            urllib.request.urlopen(request)
            App.ahead += 30
        return self.code_of(self.step)

    def wrong_code(self):
        step = int(time.time() + App.ahead) // 30
        near = {self.code_of(step + offset) for offset in range(-2, 4)}
        return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555", "666666")
                    if code not in near)


def another(code):
    """A code as long as this one, and wrong."""
    return ("1" if code[0] != "1" else "2") + code[1:]


def sent_code(username):
    return code_for(username, "Authentication")


class SignIns:
    """Begins sign-ins at a client and answers what they ask, as the user's own or as an administrator's server."""

    def __init__(self, client, pool=None, admin=None):
        self.client, self.pool, self.admin = client, pool, admin

    def begin(self, flow, username, **parameters):
        given = {"AuthFlow": flow, "ClientId": self.client, "AuthParameters": {"USERNAME": username, **parameters}}
        if self.admin:
            return self.admin.admin_initiate_auth(UserPoolId=self.pool, **given)
        return public.initiate_auth(**given)

    def respond(self, asked, username, **responses):
        return self.respond_to(asked["ChallengeName"], asked.get("Session"), username, **responses)

    def respond_to(self, name, session, username, **responses):
        given = {"ChallengeName": name, "ClientId": self.client, "ChallengeResponses": {"USERNAME": username, **responses}}
        if session:
            given["Session"] = session
        if self.admin:
            return self.admin.admin_respond_to_auth_challenge(UserPoolId=self.pool, **given)
        return public.respond_to_auth_challenge(**given)


def token(answer):
    """The access token of a sign-in that is complete."""
    assert "ChallengeName" not in answer, answer["ChallengeName"]
    return answer["AuthenticationResult"]["AccessToken"]
