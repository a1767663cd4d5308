"""Codes for custom senders are opened by the AWS Encryption SDK, with a raw AES key in the place of one of KMS."""
import base64
import itertools
import json
import os

import aws_encryption_sdk
from aws_encryption_sdk.identifiers import Algorithm, CommitmentPolicy, EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider
from botocore.exceptions import ClientError

from harness import PASSWORD, done, idp, step

s = {}
client = idp()
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
KEY_NAME = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
SHARED_KEY = bytes(range(32))
opener = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


class Keys(RawMasterKeyProvider):
    provider_id = "cenote"

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.key = SHARED_KEY

    def _get_raw_key(self, key_id):
        algorithm = WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING
        return WrappingKey(algorithm, self.key, EncryptionKeyType.SYMMETRIC)


def provider(key=SHARED_KEY):
    keys = Keys()
    keys.key = key
    keys.add_master_key(KEY_NAME)
    return keys


def part(number):
    """A part of what the sender was told: the function that hears of sign-ups repeats it."""
    try:
        client.sign_up(ClientId=s["client"], Username=f"what-was-sent-{number}", Password=PASSWORD,
                       UserAttributes=[{"Name": "email", "Value": "x@example.com"}])
    except ClientError as error:
        text = error.response["Error"]["Message"]
        return text[text.index("<") + 1:text.rindex(">")]
    raise AssertionError("the function refuses nothing")


def sent():
    """What the sender was told so far."""
    text = "".join(iter(map(part, itertools.count()).__next__, ""))
    return json.loads(text)


def opened(text):
    return opener.decrypt(source=base64.b64decode(text), key_provider=provider())


@step("a pool hands its codes to a custom sender")
def _():
    config = {"PreSignUp": ARN + "preSignUp", "KMSKeyID": KEY_NAME,
              "CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": ARN + "customEmailSender"}}
    pool = client.create_user_pool(PoolName="p", LambdaConfig=config, AutoVerifiedAttributes=["email"])["UserPool"]
    s["pool"] = pool["Id"]
    s["client"] = client.create_user_pool_client(UserPoolId=s["pool"], ClientName="c")["UserPoolClient"]["ClientId"]
    client.sign_up(ClientId=s["client"], Username="ada", Password=PASSWORD,
                   UserAttributes=[{"Name": "email", "Value": "ada@example.com"}])
    [s["event"]] = sent()
    assert s["event"]["triggerSource"] == "CustomEmailSender_SignUp", s["event"]


@step("the SDK opens the code, in a message with key commitment whose context names the pool")
def _():
    code, header = opened(s["event"]["request"]["code"])
    assert header.algorithm is Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY, header.algorithm
    assert header.encryption_context == {"userpool-id": s["pool"]}, header.encryption_context
    s["code"] = code.decode()
    assert len(s["code"]) == 6 and s["code"].isdigit()


@step("the code that was opened confirms the sign-up")
def _():
    client.confirm_sign_up(ClientId=s["client"], Username="ada", ConfirmationCode=s["code"])


@step("a second message has a data key and nonces of its own")
def _():
    client.forgot_password(ClientId=s["client"], Username="ada")
    first, second = [base64.b64decode(event["request"]["code"]) for event in sent()]
    assert len(first) == len(second)
    assert first[3:35] != second[3:35], "the message's id"
    opened(base64.b64encode(second))


@step("the SDK refuses the message when any part of it is changed, and under another key")
def _():
    message = base64.b64decode(s["event"]["request"]["code"])
    refusals = 0
    for at in range(0, len(message), 3):
        changed = bytearray(message)
        changed[at] ^= 1
        try:
            opened(base64.b64encode(bytes(changed)))
        except Exception:  # noqa: B902 - whatever the SDK refuses with
            refusals += 1
            continue
        raise AssertionError(f"byte {at} can be changed")
    assert refusals > 80, refusals
    try:
        opener.decrypt(source=message, key_provider=provider(os.urandom(32)))
    except Exception:  # noqa: B902 - of the SDK, or of the library below it
        return
    raise AssertionError("another key opens it")


done()
