"""boto3: put and get with vended keys against the S3 server of the examples."""
import os

import boto3
from botocore.config import Config

from harness import done, refused, step

CONFIG = Config(signature_version="s3v4", s3={"addressing_style": "path"})
s3 = boto3.client("s3", "us-east-1", endpoint_url=os.environ["S3"], config=CONFIG,
                  aws_access_key_id=os.environ["VENDED_ID"], aws_secret_access_key=os.environ["VENDED_SECRET"],
                  aws_session_token=os.environ["VENDED_TOKEN"])
OWN = os.environ["IDENTITY"] + "/cat.txt"


@step("put_object and get_object below the own prefix")
def _():
    s3.put_object(Bucket="photos", Key=OWN, Body=b"a cat")
    assert s3.get_object(Bucket="photos", Key=OWN)["Body"].read() == b"a cat"


@step("another's prefix, another operation, another secret are refused")
def _():
    refused("AccessDenied", s3.put_object, Bucket="photos", Key="us-east-1:another/cat.txt", Body=b"x")
    refused("AccessDenied", s3.delete_object, Bucket="photos", Key=OWN)
    refused("AccessDenied", s3.copy_object, Bucket="photos", Key=OWN, CopySource="photos/us-east-1:another/cat.txt")
    other = boto3.client("s3", "us-east-1", endpoint_url=os.environ["S3"], config=CONFIG,
                         aws_access_key_id=os.environ["VENDED_ID"], aws_secret_access_key="x" * 40,
                         aws_session_token=os.environ["VENDED_TOKEN"])
    refused("SignatureDoesNotMatch", other.put_object, Bucket="photos", Key=OWN, Body=b"x")


@step("a presigned URL works for its object alone")
def _():
    import urllib.error
    import urllib.request
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": OWN}, ExpiresIn=60)
    assert urllib.request.urlopen(url).read() == b"a cat"
    try:
        urllib.request.urlopen(url.replace("cat.txt", "dog.txt"))
    except urllib.error.HTTPError as error:
        assert error.code == 403, error
    else:
        raise AssertionError("a changed URL was accepted")


done()
