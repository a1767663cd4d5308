"""What vending costs a server, beside moto: CPU time of the server's process for each request, in turns, so that neither the load of the
machine nor this client counts. Usage: beside_moto.py CENOTE [ROUNDS] [REQUESTS]. Prints a table in Markdown."""
import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import urllib.parse

import boto3
from botocore import UNSIGNED
from botocore.config import Config

BINARY = sys.argv[1]
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 9
REQUESTS = int(sys.argv[3]) if len(sys.argv) > 3 else 400
REGION, PASSWORD, TICKS = "us-east-1", "Corr3ct!horse-battery", os.sysconf("SC_CLK_TCK")
os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION=REGION)


class Server:
    """A process that says where it listens, and how much CPU time it has taken."""

    def __init__(self, command, says, sets_roles):
        self.sets_roles = sets_roles
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = next(line for line in self.process.stdout if says in line).split(says)[1].strip()
        self.line = http.client.HTTPConnection(self.url.split("//")[1])

    def seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def cost(self, headers, body):
        """Milliseconds for each of many equal requests."""
        before = self.seconds()
        for _ in range(REQUESTS):
            self.line.request("POST", "/", body, headers)
            answer = self.line.getresponse()
            content = answer.read()
            assert answer.status == 200, content
        return (self.seconds() - before) * 1000 / REQUESTS


def client(server, name, signed=True):
    config = None if signed else Config(signature_version=UNSIGNED)
    return boto3.client(name, REGION, endpoint_url=server.url, config=config)


def login(server):
    """A user pool of the server's, a client of it, and a user's token."""
    users = client(server, "cognito-idp")
    pool = users.create_user_pool(PoolName="people")["UserPool"]["Id"]
    app = users.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=[
        "ALLOW_USER_PASSWORD_AUTH"])["UserPoolClient"]["ClientId"]
    users.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    users.admin_set_user_password(UserPoolId=pool, Username="ada", Password=PASSWORD, Permanent=True)
    token = users.initiate_auth(ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={
        "USERNAME": "ada", "PASSWORD": PASSWORD})["AuthenticationResult"]["IdToken"]
    return f"{server.url.split('//')[1]}/{pool}", app, token


def requests(server, provider, app, token):
    """A guest's credentials, a user's, and a role assumed with a token, as each server takes them."""
    pools, iam = client(server, "cognito-identity"), client(server, "iam")
    public = client(server, "cognito-identity", signed=False)
    own = pools.create_identity_pool(
        IdentityPoolName="app", AllowUnauthenticatedIdentities=True, AllowClassicFlow=True,
        CognitoIdentityProviders=[{"ProviderName": provider, "ClientId": app}])["IdentityPoolId"]
    trust = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": own}}}}
    role = iam.create_role(RoleName="app", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    if server.sets_roles:
        pools.set_identity_pool_roles(IdentityPoolId=own, Roles={"authenticated": role, "unauthenticated": role})
    guest = public.get_id(IdentityPoolId=own)["IdentityId"]
    ada = public.get_id(IdentityPoolId=own, Logins={provider: token})["IdentityId"]
    own_token = public.get_open_id_token(IdentityId=guest)["Token"]
    target = {"Content-Type": "application/x-amz-json-1.1",
              "X-Amz-Target": "AWSCognitoIdentityService.GetCredentialsForIdentity"}
    # Unsigned, a request names its service by its host: moto goes by it.
    form = {"Content-Type": "application/x-www-form-urlencoded", "Host": "sts.amazonaws.com"}
    assume = urllib.parse.urlencode({
        "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": role, "RoleSessionName": "s1",
        "WebIdentityToken": own_token})
    return {
        "GetCredentialsForIdentity, a guest": (target, json.dumps({"IdentityId": guest})),
        "GetCredentialsForIdentity, a user": (target, json.dumps({"IdentityId": ada, "Logins": {provider: token}})),
        "AssumeRoleWithWebIdentity": (form, assume),
    }


def spread(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


with tempfile.TemporaryDirectory() as folder:
    cenote = Server([BINARY, "serve", "--listen", "127.0.0.1:0", "--compat", "--admin-key", "test:test",
                     "--request-limits", "off", "--data", folder], "cenote is listening on ", True)
    moto = Server([sys.executable, os.path.join(os.path.dirname(__file__), "moto_server.py")], "moto at ", False)
    try:
        # moto looks at no login (any text is one), and its pools have no roles.
        other = ("cognito-idp.us-east-1.amazonaws.com/us-east-1_people", "app", "token")
        ours, theirs = requests(cenote, *login(cenote)), requests(moto, *other)
        print("| request | Cenote on SQLite, ms of CPU | moto, ms of CPU | moto to Cenote |\n|---|---|---|---|")
        for name in ours:
            costs = [(cenote.cost(*ours[name]), moto.cost(*theirs[name])) for _ in range(ROUNDS)]
            ratios = spread([other / own for own, other in costs])
            print(f"| {name} | {spread([own for own, _ in costs])} | {spread([other for _, other in costs])} | {ratios} |")
    finally:
        cenote.process.kill()
        moto.process.kill()
