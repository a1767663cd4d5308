"""boto3: users from a file with the hashes of their passwords, searches, a pool's own attributes, and a pool's two keys."""
import base64
import hashlib
import json
import time
import urllib.error
import urllib.request

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from harness import REGION, TARGET, done, idp, refused, step

admin = idp()
public = boto3.client("cognito-idp", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
s = {}
ROLE = "arn:aws:iam::123456789012:role/logs"


def hashed(password):
    salt = b"0123456789abcdef"
    text = lambda data: base64.b64encode(data).decode().rstrip("=")  # noqa: E731
    return f"$pbkdf2-sha256$i=1000${text(salt)}${text(hashlib.pbkdf2_hmac('sha256', password.encode(), salt, 1000))}"


def put(url, body):
    request = urllib.request.Request(url, body, {"x-amz-server-side-encryption": "aws:kms"}, method="PUT")
    try:
        return urllib.request.urlopen(request).status
    except urllib.error.HTTPError as error:
        return error.code


def ended(job):
    for _ in range(600):
        found = admin.describe_user_import_job(UserPoolId=s["pool"], JobId=job)["UserImportJob"]
        if found["Status"] not in ("Pending", "InProgress", "Stopping"):
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def sign_in(username, password):
    parameters = {"USERNAME": username, "PASSWORD": password}
    answer = public.initiate_auth(ClientId=s["client"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    return answer["AuthenticationResult"]


@step("a pool and a client")
def _():
    schema = [{"Name": "team", "AttributeDataType": "String", "Mutable": True}]
    pool = admin.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"], Schema=schema)["UserPool"]
    s["pool"] = pool["Id"]
    made = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="app",
                                         ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
    s["client"] = made["UserPoolClient"]["ClientId"]


@step("AddCustomAttributes: one more, for developers alone too, and none twice")
def _():
    level = {"Name": "level", "AttributeDataType": "Number"}
    internal = {"Name": "internal", "AttributeDataType": "String", "DeveloperOnlyAttribute": True}
    admin.add_custom_attributes(UserPoolId=s["pool"], CustomAttributes=[level, internal])
    told = refused("InvalidParameterException", admin.add_custom_attributes, UserPoolId=s["pool"],
                   CustomAttributes=[level])
    assert told == "custom:level: Existing attribute already has name custom:level.", told


@step("GetCSVHeader names every attribute, and the name last")
def _():
    s["header"] = admin.get_csv_header(UserPoolId=s["pool"])["CSVHeader"]
    assert s["header"][0] == "name" and s["header"][-2:] == ["cognito:mfa_enabled", "cognito:username"], s["header"]
    assert {"custom:team", "custom:level"} <= set(s["header"])


@step("a file of a thousand users with hashes is uploaded and imported")
def _():
    header = s["header"] + ["cognito:password_hash"]
    lines = [",".join(header)]
    for number in range(1000):
        user = {"cognito:username": f"u{number}", "cognito:mfa_enabled": "FALSE", "email": f"u{number}@example.com",
                "email_verified": "TRUE", "custom:team": ["red", "blue"][number % 2],
                "cognito:password_hash": hashed(f"password-of-{number}") if number < 3 else ""}
        if number == 500:
            user["email_verified"] = "FALSE"
        lines.append(",".join(user.get(column, "") for column in header))
    lines.append(lines[1])
    job = admin.create_user_import_job(UserPoolId=s["pool"], JobName="old users", CloudWatchLogsRoleArn=ROLE,
                                       PasswordHashingAlgorithm="PBKDF2_SHA256")["UserImportJob"]
    assert job["Status"] == "Created" and job["PasswordHashingAlgorithm"] == "PBKDF2_SHA256", job
    refused("PreconditionNotMetException", admin.start_user_import_job, UserPoolId=s["pool"], JobId=job["JobId"])
    forged = job["PreSignedUrl"][:-1] + ("0" if job["PreSignedUrl"][-1] != "0" else "1")
    assert put(forged, b"x") == 403
    assert put(job["PreSignedUrl"], "\n".join(lines).encode()) == 200
    admin.start_user_import_job(UserPoolId=s["pool"], JobId=job["JobId"])
    found = ended(job["JobId"])
    counts = [found[name] for name in ("Status", "ImportedUsers", "SkippedUsers", "FailedUsers")]
    assert counts == ["Succeeded", 999, 1, 1], found
    jobs = admin.list_user_import_jobs(UserPoolId=s["pool"], MaxResults=10)["UserImportJobs"]
    assert [job["JobName"] for job in jobs] == ["old users"]
    refused("PreconditionNotMetException", admin.stop_user_import_job, UserPoolId=s["pool"], JobId=job["JobId"])


@step("StopUserImportJob: a job that is under way ends, with the users that it has made")
def _():
    user = {"cognito:mfa_enabled": "FALSE", "email_verified": "TRUE"}
    name = lambda number: {**user, "cognito:username": f"w{number}", "email": f"w{number}@example.com"}  # noqa: E731
    lines = [",".join(name(number).get(column, "") for column in s["header"]) for number in range(20000)]
    job = admin.create_user_import_job(UserPoolId=s["pool"], JobName="too many", CloudWatchLogsRoleArn=ROLE)
    job = job["UserImportJob"]
    assert put(job["PreSignedUrl"], "\n".join([",".join(s["header"])] + lines).encode()) == 200
    admin.start_user_import_job(UserPoolId=s["pool"], JobId=job["JobId"])
    stopped = admin.stop_user_import_job(UserPoolId=s["pool"], JobId=job["JobId"])["UserImportJob"]
    assert stopped["Status"] in ("Stopping", "Stopped"), stopped
    found = ended(job["JobId"])
    assert found["Status"] == "Stopped" and found["ImportedUsers"] < 20000, found
    refused("PreconditionNotMetException", admin.stop_user_import_job, UserPoolId=s["pool"], JobId=job["JobId"])


@step("whoever came with a hash signs in with the password, and nobody with another")
def _():
    for number in range(3):
        sign_in(f"u{number}", f"password-of-{number}")
        sign_in(f"u{number}", f"password-of-{number}")
    refused("NotAuthorizedException", lambda: sign_in("u0", "password-of-1"))
    assert admin.admin_get_user(UserPoolId=s["pool"], Username="u3")["UserStatus"] == "RESET_REQUIRED"


@step("ListUsers by a prefix, page by page: each once")
def _():
    pages = admin.get_paginator("list_users").paginate(UserPoolId=s["pool"], Filter='username ^= "u"',
                                                       AttributesToGet=["email"])
    users = [user for page in pages for user in page["Users"]]
    assert len(users) == len({user["Username"] for user in users}) == 999, len(users)
    assert all([name["Name"] for name in user["Attributes"]] == ["email"] for user in users)
    told = refused("InvalidParameterException", admin.list_users, UserPoolId=s["pool"], Filter='nickname = "a"')
    assert told == "Invalid search attribute: nickname", told
    told = refused("InvalidParameterException", admin.list_users, UserPoolId=s["pool"], Filter="email = a")
    assert told == "Error while parsing filter", told


@step("ListUsers by a pool's own attribute and another, where the pool is not as Cognito's")
def _():
    asked = 'custom:team = "blue" and username ^= "u99"'
    told = refused("InvalidParameterException", admin.list_users, UserPoolId=s["pool"], Filter=asked)
    assert told.startswith("Invalid search attribute"), told


@step("ID and access tokens are signed by two keys, both published")
def _():
    tokens = sign_in("u0", "password-of-0")
    kid = lambda token: json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))["kid"]  # noqa: E731
    signers = {kid(tokens["IdToken"]), kid(tokens["AccessToken"])}
    keys = json.load(urllib.request.urlopen(f"{TARGET}/{s['pool']}/.well-known/jwks.json"))["keys"]
    assert len(signers) == 2 and signers == {key["kid"] for key in keys}, (signers, keys)


done()
