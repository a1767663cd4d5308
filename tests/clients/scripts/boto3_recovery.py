"""boto3: passwords that are lost, changed, remembered and demanded anew; what answers tell of who is there."""
import boto3
from botocore import UNSIGNED
from botocore.config import Config

from harness import PASSWORD, REGION, TARGET, code_for, done, idp, refused, step

admin = idp()
public = boto3.client("cognito-idp", REGION, endpoint_url=TARGET, config=Config(signature_version=UNSIGNED))
s = {}
NEXT, THIRD = "An0ther!horse-battery", "A-th1rd!horse-battery"
RECOVERY = {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}, {"Priority": 2, "Name": "verified_phone_number"}]}


def sign_in(password):
    parameters = {"USERNAME": "ada", "PASSWORD": password}
    answer = public.initiate_auth(ClientId=s["client"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
    return answer["AuthenticationResult"]["AccessToken"]


def reset(code, password, name="ada"):
    public.confirm_forgot_password(ClientId=s["client"], Username=name, ConfirmationCode=code, Password=password)


@step("AccountRecoverySetting and PasswordHistorySize are kept and shown")
def _():
    policy = {"PasswordPolicy": {"MinimumLength": 15, "PasswordHistorySize": 3}}
    pool = admin.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"], Policies=policy,
                                  AccountRecoverySetting=RECOVERY)["UserPool"]
    s["pool"] = pool["Id"]
    described = admin.describe_user_pool(UserPoolId=s["pool"])["UserPool"]
    assert described["AccountRecoverySetting"] == RECOVERY, described
    assert described["Policies"]["PasswordPolicy"]["PasswordHistorySize"] == 3
    refused("InvalidParameterException", admin.create_user_pool, PoolName="p", AccountRecoverySetting={
        "RecoveryMechanisms": [{"Priority": 1, "Name": "admin_only"}, {"Priority": 2, "Name": "verified_email"}]})
    client = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="app", ExplicitAuthFlows=[
        "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]
    s["client"] = client["ClientId"]
    attributes = [{"Name": "email", "Value": "ada@example.com"}, {"Name": "email_verified", "Value": "true"}]
    admin.admin_create_user(UserPoolId=s["pool"], Username="ada", UserAttributes=attributes, MessageAction="SUPPRESS")
    admin.admin_set_user_password(UserPoolId=s["pool"], Username="ada", Password=PASSWORD, Permanent=True)


@step("ChangePassword, and what the history refuses")
def _():
    token = sign_in(PASSWORD)
    refused("NotAuthorizedException", public.change_password, AccessToken=token, PreviousPassword="wrong!", ProposedPassword=NEXT)
    refused("PasswordHistoryPolicyViolationException", public.change_password, AccessToken=token,
            PreviousPassword=PASSWORD, ProposedPassword=PASSWORD)
    public.change_password(AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=NEXT)
    public.get_user(AccessToken=token)
    refused("PasswordHistoryPolicyViolationException", admin.admin_set_user_password, UserPoolId=s["pool"], Username="ada",
            Password=PASSWORD, Permanent=True)


@step("ForgotPassword, ConfirmForgotPassword")
def _():
    sent = public.forgot_password(ClientId=s["client"], Username="ada")["CodeDeliveryDetails"]
    assert sent == {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}, sent
    code = code_for("ada", "ForgotPassword")
    wrong = "000000" if code != "000000" else "111111"
    refused("CodeMismatchException", public.confirm_forgot_password, ClientId=s["client"], Username="ada",
            ConfirmationCode=wrong, Password=THIRD)
    refused("PasswordHistoryPolicyViolationException", public.confirm_forgot_password, ClientId=s["client"], Username="ada",
            ConfirmationCode=code, Password=NEXT)
    reset(code, THIRD)
    sign_in(THIRD)
    refused("CodeMismatchException", public.confirm_forgot_password, ClientId=s["client"], Username="ada",
            ConfirmationCode=code, Password="A-f0urth!horse-battery")


@step("a name of nobody is answered as one of somebody")
def _():
    sent = public.forgot_password(ClientId=s["client"], Username="nobody")["CodeDeliveryDetails"]
    assert sent["DeliveryMedium"] == "EMAIL" and sent["AttributeName"] == "email", sent
    refused("CodeMismatchException", public.confirm_forgot_password, ClientId=s["client"], Username="nobody",
            ConfirmationCode="000000", Password=THIRD)


@step("AdminResetUserPassword")
def _():
    token = sign_in(THIRD)
    admin.admin_reset_user_password(UserPoolId=s["pool"], Username="ada")
    assert admin.admin_get_user(UserPoolId=s["pool"], Username="ada")["UserStatus"] == "RESET_REQUIRED"
    parameters = {"USERNAME": "ada", "PASSWORD": THIRD}
    refused("PasswordResetRequiredException", public.initiate_auth, ClientId=s["client"], AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters=parameters)
    reset(code_for("ada", "ForgotPassword"), "A-f0urth!horse-battery")
    refused("NotAuthorizedException", public.get_user, AccessToken=token)
    sign_in("A-f0urth!horse-battery")


done()
