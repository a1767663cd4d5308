"""boto3, with pycognito's arithmetic: a device is confirmed, proves its own secret, and is forgotten."""
import boto3
from botocore import UNSIGNED
from botocore.config import Config
from pycognito.aws_srp import AWSSRP, generate_hash_device, long_to_hex

from harness import PASSWORD, REGION, TARGET, done, idp, refused, step

admin = idp()
public = boto3.client("cognito-idp", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
s = {}


def srp(**device):
    return AWSSRP(username="ada", password=PASSWORD, pool_id=s["pool"], client_id=s["client"], client=public, **device)


def prove_password(client):
    parameters = client.get_auth_params()
    asked = public.initiate_auth(ClientId=s["client"], AuthFlow="USER_SRP_AUTH", AuthParameters=parameters)
    answer = client.process_challenge(asked["ChallengeParameters"], parameters)
    return public.respond_to_auth_challenge(ClientId=s["client"], ChallengeName="PASSWORD_VERIFIER",
                                            ChallengeResponses=answer)


def respond(name, session, answer):
    return public.respond_to_auth_challenge(ClientId=s["client"], ChallengeName=name, Session=session,
                                            ChallengeResponses=answer)


def named():
    return {"UserPoolId": s["pool"], "Username": "ada", "DeviceKey": s["device"]["device_key"]}


@step("a pool that knows devices offers one with the tokens; ConfirmDevice takes it")
def _():
    s["pool"] = admin.create_user_pool(PoolName="people", DeviceConfiguration={
        "ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False})["UserPool"]["Id"]
    flows = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="app", ExplicitAuthFlows=flows)
    s["client"] = made["UserPoolClient"]["ClientId"]
    admin.admin_create_user(UserPoolId=s["pool"], Username="ada", MessageAction="SUPPRESS")
    admin.admin_set_user_password(UserPoolId=s["pool"], Username="ada", Password=PASSWORD, Permanent=True)
    tokens = prove_password(srp())["AuthenticationResult"]
    offered = tokens["NewDeviceMetadata"]
    secret, verifier = generate_hash_device(offered["DeviceGroupKey"], offered["DeviceKey"])
    confirmed = public.confirm_device(AccessToken=tokens["AccessToken"], DeviceKey=offered["DeviceKey"],
                                      DeviceName="phone", DeviceSecretVerifierConfig=verifier)
    assert confirmed["UserConfirmationNecessary"] is False
    s["device"] = {"device_key": offered["DeviceKey"], "device_group_key": offered["DeviceGroupKey"],
                   "device_password": secret}


@step("DEVICE_SRP_AUTH, DEVICE_PASSWORD_VERIFIER: the device proves its secret, and refreshes by its key alone")
def _():
    client = srp(**s["device"])
    asked = prove_password(client)
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    begin = {"USERNAME": "ada", "DEVICE_KEY": client.device_key, "SRP_A": long_to_hex(client.large_a_value)}
    asked = respond("DEVICE_SRP_AUTH", asked["Session"], begin)
    answer = client.process_device_challenge(asked["ChallengeParameters"])
    s["tokens"] = respond("DEVICE_PASSWORD_VERIFIER", asked["Session"], answer)["AuthenticationResult"]
    assert "NewDeviceMetadata" not in s["tokens"]
    parameters = {"REFRESH_TOKEN": s["tokens"]["RefreshToken"]}
    refresh = {"ClientId": s["client"], "AuthFlow": "REFRESH_TOKEN_AUTH"}
    refused("NotAuthorizedException", public.initiate_auth, **refresh, AuthParameters=parameters)
    public.initiate_auth(**refresh, AuthParameters={**parameters, "DEVICE_KEY": client.device_key})


@step("GetDevice, ListDevices, UpdateDeviceStatus, and the administrators' twins")
def _():
    token, key = s["tokens"]["AccessToken"], s["device"]["device_key"]
    assert public.get_device(AccessToken=token, DeviceKey=key)["Device"]["DeviceKey"] == key
    assert len(public.list_devices(AccessToken=token)["Devices"]) == 1
    public.update_device_status(AccessToken=token, DeviceKey=key, DeviceRememberedStatus="not_remembered")
    admin.admin_update_device_status(**named(), DeviceRememberedStatus="remembered")
    attributes = admin.admin_get_device(**named())["Device"]["DeviceAttributes"]
    assert {"Name": "dev:device_remembered_status", "Value": "remembered"} in attributes
    assert len(admin.admin_list_devices(UserPoolId=s["pool"], Username="ada")["Devices"]) == 1


@step("ForgetDevice: the device is told that it does not exist, and refreshes no more")
def _():
    token, key = s["tokens"]["AccessToken"], s["device"]["device_key"]
    public.forget_device(AccessToken=token, DeviceKey=key)
    words = refused("ResourceNotFoundException", lambda: prove_password(srp(**s["device"])))
    assert words == "Device does not exist."
    refused("ResourceNotFoundException", admin.admin_forget_device, **named())
    refused("NotAuthorizedException", public.initiate_auth, ClientId=s["client"], AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": s["tokens"]["RefreshToken"], "DEVICE_KEY": key})
    assert "NewDeviceMetadata" in prove_password(srp())["AuthenticationResult"]


@step("AdminForgetDevice: a device that was confirmed is forgotten by an administrator")
def _():
    tokens = prove_password(srp())["AuthenticationResult"]
    offered = tokens["NewDeviceMetadata"]
    _, verifier = generate_hash_device(offered["DeviceGroupKey"], offered["DeviceKey"])
    public.confirm_device(AccessToken=tokens["AccessToken"], DeviceKey=offered["DeviceKey"],
                          DeviceSecretVerifierConfig=verifier)
    named = {"UserPoolId": s["pool"], "Username": "ada", "DeviceKey": offered["DeviceKey"]}
    assert admin.admin_get_device(**named)["Device"]["DeviceKey"] == offered["DeviceKey"]
    admin.admin_forget_device(**named)
    refused("ResourceNotFoundException", admin.admin_get_device, **named)


done()
