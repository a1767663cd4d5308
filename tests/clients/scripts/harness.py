"""Steps of a client script: each is run now, recorded as ok or FAIL, and the script goes on."""
import json
import os
import sys
import urllib.parse
import urllib.request

TARGET = os.environ["TARGET"]
OUTBOX = os.environ["OUTBOX"]
REGION = "us-east-1"
PASSWORD = "Corr3ct!horse-battery"
results = []


def step(name):
    def run(function):
        try:
            function()
            state, note = "ok", ""
        except BaseException as error:  # noqa: B902 - whatever it is, it is recorded
            state, note = "FAIL", f"{type(error).__name__}: {error}"
        results.append({"step": name, "state": state, "note": note})
        print(f"{state:4} {name} {note}", flush=True)
    return run


def done():
    with open(os.environ["OUT"], "w") as out:
        json.dump(results, out)
    sys.exit(any(result["state"] == "FAIL" for result in results))


def refused(code, function, **parameters):
    from botocore.exceptions import ClientError
    try:
        function(**parameters)
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error.response["Error"]
        return error.response["Error"].get("Message")
    raise AssertionError(f"{code} was wanted, the call succeeded")


def code_for(username, trigger):
    query = urllib.parse.urlencode({"username": username})
    rows = [row for row in json.load(urllib.request.urlopen(f"{OUTBOX}?{query}")) if row["trigger"] == trigger]
    # A message is on its way before the call that caused it is answered.
    assert rows, f"no {trigger} message for {username}"
    return rows[-1]["code"]


def idp():
    import boto3
    return boto3.client("cognito-idp", REGION, endpoint_url=TARGET)
