"""boto3 and `aws s3 cp` of the AWS CLI against the example shared_photos, which this starts: prefixes of one's own and of a team, guests,
multipart uploads, presigned addresses, revocation, expiry."""
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config

from harness import done, refused, step

REGION = "us-east-1"
example = subprocess.Popen([os.environ["EXAMPLE"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
words = example.stdout.readline().split()
place = dict(zip(words[::2], words[1::2]))
public = Config(signature_version=UNSIGNED)
idp = boto3.client("cognito-idp", REGION, endpoint_url=place["cenote"], config=public)
identities = boto3.client("cognito-identity", REGION, endpoint_url=place["cenote"], config=public)
BIG = os.urandom(9 * 1024 * 1024)
s = {}


def tell(line):
    """Says something to the example, and waits until it is done."""
    example.stdin.write(line + "\n")
    example.stdin.flush()
    assert example.stdout.readline() == "done\n"


class Person:
    """Somebody with credentials: a user who signs in, or a guest."""

    def __init__(self, name=None):
        logins = {}
        if name:
            tokens = idp.initiate_auth(ClientId=place["client"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters={
                "USERNAME": name, "PASSWORD": "Correct-horse-1"})["AuthenticationResult"]
            logins = {place["provider"]: tokens["IdToken"]}
        self.id = identities.get_id(IdentityPoolId=place["pool"], Logins=logins)["IdentityId"]
        keys = identities.get_credentials_for_identity(IdentityId=self.id, Logins=logins)["Credentials"]
        self.keys = {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretKey"],
                     "aws_session_token": keys["SessionToken"]}
        self.s3 = boto3.client("s3", REGION, endpoint_url=place["s3"], **self.keys, config=Config(
            signature_version="s3v4", s3={"addressing_style": "path"}))

    def put(self, key, body=b"a cat"):
        self.s3.put_object(Bucket="photos", Key=key, Body=body)

    def get(self, key):
        return self.s3.get_object(Bucket="photos", Key=key)["Body"].read()

    def denied(self, function, **parameters):
        refused("AccessDenied", function, Bucket="photos", **parameters)

    def cp(self, *arguments):
        """`aws s3 cp`: whether it went well, and what it says."""
        environment = {"PATH": os.environ["PATH"], "HOME": s["home"], "AWS_DEFAULT_REGION": REGION,
                       "AWS_EC2_METADATA_DISABLED": "true",
                       **{name.upper(): value for name, value in self.keys.items()}}
        command = [os.path.join(os.path.dirname(sys.executable), "aws"), "--endpoint-url", place["s3"], "s3", "cp"]
        ran = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True)
        return ran.returncode == 0, ran.stdout + ran.stderr


@step("three users of two teams and a guest get credentials")
def _():
    s.update({name: Person(name) for name in ("ada", "charles", "eve")})
    s["guest"], s["home"] = Person(), tempfile.mkdtemp()


@step("the own prefix is one's own")
def _():
    ada, charles = s["ada"], s["charles"]
    ada.put(f"{ada.id}/cat.jpg")
    assert ada.get(f"{ada.id}/cat.jpg") == b"a cat"
    charles.denied(charles.s3.get_object, Key=f"{ada.id}/cat.jpg")
    charles.denied(charles.s3.put_object, Key=f"{ada.id}/cat.jpg", Body=b"a dog")
    charles.denied(charles.s3.delete_object, Key=f"{ada.id}/cat.jpg")
    listed = ada.s3.list_objects_v2(Bucket="photos", Prefix=f"{ada.id}/")
    assert [entry["Key"] for entry in listed["Contents"]] == [f"{ada.id}/cat.jpg"]
    charles.denied(charles.s3.list_objects_v2, Prefix=f"{ada.id}/")
    charles.denied(charles.s3.list_objects_v2)


@step("the team's prefix is the team's, by the session tag that comes from a claim")
def _():
    ada, charles, eve = s["ada"], s["charles"], s["eve"]
    ada.put("teams/engines/plan.txt", b"a plan")
    assert charles.get("teams/engines/plan.txt") == b"a plan"
    eve.denied(eve.s3.get_object, Key="teams/engines/plan.txt")
    eve.put("teams/looms/plan.txt")
    ada.denied(ada.s3.get_object, Key="teams/looms/plan.txt")
    eve.denied(eve.s3.copy_object, Key="teams/looms/stolen", CopySource="photos/teams/engines/plan.txt")


@step("a guest reads what is public, and writes nothing")
def _():
    guest = s["guest"]
    assert guest.get("public/welcome.txt") == b"welcome"
    for person in (guest, s["ada"]):
        person.denied(person.s3.put_object, Key="public/welcome.txt", Body=b"x")
    for key in (f"{s['ada'].id}/cat.jpg", "teams/engines/plan.txt", "teams//plan.txt", f"{guest.id}/mine"):
        guest.denied(guest.s3.get_object, Key=key)
    guest.denied(guest.s3.list_objects_v2, Prefix="public/")


@step("a multipart upload arrives whole, and is another's to neither begin nor take part in")
def _():
    ada, eve = s["ada"], s["eve"]
    path = os.path.join(s["home"], "big.bin")
    with open(path, "wb") as file:
        file.write(BIG)
    parts = TransferConfig(multipart_threshold=5 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024)
    ada.s3.upload_file(path, "photos", "teams/engines/big.bin", Config=parts)
    assert s["charles"].get("teams/engines/big.bin") == BIG
    upload = ada.s3.create_multipart_upload(Bucket="photos", Key="teams/engines/half.bin")["UploadId"]
    eve.denied(eve.s3.upload_part, Key="teams/engines/half.bin", UploadId=upload, PartNumber=1, Body=b"x")
    eve.denied(eve.s3.create_multipart_upload, Key="teams/engines/other.bin")
    ada.s3.abort_multipart_upload(Bucket="photos", Key="teams/engines/half.bin", UploadId=upload)


@step("`aws s3 cp` copies up and down, in parts too, and is refused elsewhere")
def _():
    ada, eve, home = s["ada"], s["eve"], s["home"]
    down = os.path.join(home, "down.bin")
    for key, size in (("small.txt", 5), ("big-by-cli.bin", len(BIG))):
        path = os.path.join(home, key)
        with open(path, "wb") as file:
            file.write(BIG[:size])
        went, told = ada.cp(path, f"s3://photos/teams/engines/{key}")
        assert went, told
        went, told = s["charles"].cp(f"s3://photos/teams/engines/{key}", down)
        assert went and open(down, "rb").read() == BIG[:size], told
        went, told = eve.cp(path, f"s3://photos/teams/engines/{key}")
        assert not went and "AccessDenied" in told, told
        went, told = eve.cp(f"s3://photos/teams/engines/{key}", down)
        assert not went and ("403" in told or "AccessDenied" in told), told


def fetch(url):
    """What stands at an address, or the code of the refusal."""
    try:
        return urllib.request.urlopen(url).read()
    except urllib.error.HTTPError as error:
        return error.read().decode()


@step("a presigned address is for whoever has it, for its object, while it lives")
def _():
    key = f"{s['ada'].id}/cat.jpg"
    sign = s["ada"].s3.generate_presigned_url
    s["url"] = sign("get_object", Params={"Bucket": "photos", "Key": key}, ExpiresIn=3000)
    assert fetch(s["url"]) == b"a cat"
    assert "SignatureDoesNotMatch" in fetch(s["url"].replace("cat.jpg", "dog.jpg"))
    of_another = s["eve"].s3.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": key}, ExpiresIn=60)
    assert "AccessDenied" in fetch(of_another)


@step("what is revoked ends at once, presigned addresses too, and nobody else's")
def _():
    tell(f"revoke {s['ada'].id}")
    refused("InvalidToken", s["ada"].s3.get_object, Bucket="photos", Key="teams/engines/plan.txt")
    assert "InvalidToken" in fetch(s["url"])
    assert s["charles"].get("teams/engines/plan.txt") == b"a plan"
    assert Person("ada").get("teams/engines/plan.txt") == b"a plan", "new credentials are as good as before"


@step("credentials end after an hour")
def _():
    tell("later 3601")
    refused("ExpiredToken", s["charles"].s3.get_object, Bucket="photos", Key="teams/engines/plan.txt")


example.kill()
done()
