"""boto3: second factors: what pools and users say of them, and sign-ins that ask for one, by users and administrators."""
from factors import App, SignIns, another, public, sent_code, token
from harness import PASSWORD, done, idp, refused, step

admin = idp()
s = {}
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
KINDS = {"SoftwareTokenMfaConfiguration": {"Enabled": True},
         "SmsMfaConfiguration": {"SmsAuthenticationMessage": "in with {####}",
                                 "SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms"}},
         "EmailMfaConfiguration": {"Message": "in with {####}", "Subject": "in"}}


def user(name, **attributes):
    verified = {f"{attribute}_verified": "true" for attribute in attributes}
    given = [{"Name": key, "Value": value} for key, value in {**attributes, **verified}.items()]
    admin.admin_create_user(UserPoolId=s["pool"], Username=name, UserAttributes=given, MessageAction="SUPPRESS")
    admin.admin_set_user_password(UserPoolId=s["pool"], Username=name, Password=PASSWORD, Permanent=True)


def begin(name):
    return s["users"].begin("USER_PASSWORD_AUTH", name, PASSWORD=PASSWORD)


def admin_begin(name):
    return s["server"].begin("ADMIN_USER_PASSWORD_AUTH", name, PASSWORD=PASSWORD)


def of(name):
    return {"UserPoolId": s["pool"], "Username": name}


def shown(name):
    found = admin.admin_get_user(**of(name))
    return found.get("UserMFASettingList"), found.get("PreferredMfaSetting")


@step("SetUserPoolMfaConfig, GetUserPoolMfaConfig: what is set is shown, what contradicts itself is refused")
def _():
    s["pool"] = admin.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"], AccountRecoverySetting={
        "RecoveryMechanisms": [{"Priority": 1, "Name": "verified_phone_number"}]})["UserPool"]["Id"]
    assert admin.get_user_pool_mfa_config(UserPoolId=s["pool"])["MfaConfiguration"] == "OFF"
    refused("InvalidParameterException", admin.set_user_pool_mfa_config, UserPoolId=s["pool"], MfaConfiguration="ON")
    refused("InvalidParameterException", admin.set_user_pool_mfa_config, UserPoolId=s["pool"], MfaConfiguration="OFF",
            **KINDS)
    admin.set_user_pool_mfa_config(UserPoolId=s["pool"], MfaConfiguration="OPTIONAL", **KINDS)
    found = admin.get_user_pool_mfa_config(UserPoolId=s["pool"])
    assert found["MfaConfiguration"] == "OPTIONAL", found
    assert found["SoftwareTokenMfaConfiguration"] == {"Enabled": True}, found
    assert found["SmsMfaConfiguration"]["SmsAuthenticationMessage"] == "in with {####}", found
    assert found["EmailMfaConfiguration"] == {"Message": "in with {####}", "Subject": "in"}, found
    assert admin.describe_user_pool(UserPoolId=s["pool"])["UserPool"]["MfaConfiguration"] == "OPTIONAL"
    made = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="app", ExplicitAuthFlows=FLOWS)
    client = made["UserPoolClient"]["ClientId"]
    s["users"], s["server"] = SignIns(client), SignIns(client, s["pool"], admin)


@step("AssociateSoftwareToken, VerifySoftwareToken by token: the app counts once a code of it was shown, and is preferred")
def _():
    user("mia")
    me = token(begin("mia"))
    preferred = {"SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": True}}
    refused("InvalidParameterException", public.set_user_mfa_preference, AccessToken=me, **preferred)
    refused("SoftwareTokenMFANotFoundException", public.verify_software_token, AccessToken=me, UserCode="000000")
    given = public.associate_software_token(AccessToken=me)
    app = s["app"] = App(given["SecretCode"])
    assert "Session" not in given and len(app.key) == 20, given
    refused("EnableSoftwareTokenMFAException", public.verify_software_token, AccessToken=me, UserCode=app.wrong_code())
    assert token(begin("mia")), "an app that nobody has proved is not asked for"
    verified = public.verify_software_token(AccessToken=me, UserCode=app.next_code(), FriendlyDeviceName="phone")
    assert verified["Status"] == "SUCCESS", verified
    public.set_user_mfa_preference(AccessToken=me, **preferred)
    found = public.get_user(AccessToken=me)
    assert (found["UserMFASettingList"], found["PreferredMfaSetting"]) == (["SOFTWARE_TOKEN_MFA"], "SOFTWARE_TOKEN_MFA"), found


@step("SOFTWARE_TOKEN_MFA: a wrong code leaves the question, a right one signs in, and is taken once")
def _():
    users, app = s["users"], s["app"]
    asked = begin("mia")
    assert (asked["ChallengeName"], asked["ChallengeParameters"]["FRIENDLY_DEVICE_NAME"]) == ("SOFTWARE_TOKEN_MFA", "phone"), asked
    refused("CodeMismatchException", users.respond, asked=asked, username="mia", SOFTWARE_TOKEN_MFA_CODE=app.wrong_code())
    used = app.next_code()
    s["me"] = token(users.respond(asked, "mia", SOFTWARE_TOKEN_MFA_CODE=used))
    again = begin("mia")
    refused("ExpiredCodeException", users.respond, asked=again, username="mia", SOFTWARE_TOKEN_MFA_CODE=used)
    refused("NotAuthorizedException", users.respond, asked=asked, username="mia", SOFTWARE_TOKEN_MFA_CODE=app.next_code())
    token(users.respond(again, "mia", SOFTWARE_TOKEN_MFA_CODE=app.next_code()))


@step("SOFTWARE_TOKEN_MFA for an administrator's server")
def _():
    asked = admin_begin("mia")
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA", asked
    refused("CodeMismatchException", s["server"].respond, asked=asked, username="mia",
            SOFTWARE_TOKEN_MFA_CODE=s["app"].wrong_code())
    token(s["server"].respond(asked, "mia", SOFTWARE_TOKEN_MFA_CODE=s["app"].next_code()))


@step("GetUserAuthFactors, AdminGetUserAuthFactors")
def _():
    mine = public.get_user_auth_factors(AccessToken=s["me"])
    theirs = admin.admin_get_user_auth_factors(**of("mia"))
    for found in (mine, theirs):
        assert found["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"], found
        assert (found["PreferredMfaSetting"], found["ConfiguredUserAuthFactors"]) == ("SOFTWARE_TOKEN_MFA", ["PASSWORD"])


@step("SMS_MFA, set by SetUserSettings and AdminSetUserSettings; a code that was used, or belongs to another sign-in, is refused")
def _():
    users = s["users"]
    user("sam", phone_number="+12025550123")
    me, by_sms = token(begin("sam")), [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]
    refused("InvalidParameterException", public.set_user_settings, AccessToken=me,
            MFAOptions=[{"DeliveryMedium": "EMAIL", "AttributeName": "email"}])
    public.set_user_settings(AccessToken=me, MFAOptions=by_sms)
    assert shown("sam") == (["SMS_MFA"], None), shown("sam")
    asked = begin("sam")
    assert asked["ChallengeName"] == "SMS_MFA", asked
    assert asked["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == "SMS", asked
    assert asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"].endswith("0123"), asked
    code = sent_code("sam")
    assert len(code) == 6, code
    refused("CodeMismatchException", users.respond, asked=asked, username="sam", SMS_MFA_CODE=another(code))
    token(users.respond(asked, "sam", SMS_MFA_CODE=code))
    refused("CodeMismatchException", users.respond, asked=asked, username="sam", SMS_MFA_CODE=code)
    asked = admin_begin("sam")
    refused("CodeMismatchException", s["server"].respond, asked=asked, username="sam", SMS_MFA_CODE=code)
    token(s["server"].respond(asked, "sam", SMS_MFA_CODE=sent_code("sam")))
    admin.admin_set_user_settings(**of("sam"), MFAOptions=[])
    assert shown("sam") == (None, None)
    token(begin("sam"))
    admin.admin_set_user_settings(**of("sam"), MFAOptions=by_sms)
    assert shown("sam") == (["SMS_MFA"], None)


@step("EMAIL_OTP as the second factor, set by an administrator")
def _():
    user("eve", email="eve@example.com")
    admin.admin_set_user_mfa_preference(**of("eve"), EmailMfaSettings={"Enabled": True, "PreferredMfa": True})
    assert shown("eve") == (["EMAIL_OTP"], "EMAIL_OTP")
    for side, start in ((s["users"], begin), (s["server"], admin_begin)):
        asked = start("eve")
        assert (asked["ChallengeName"], asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"]) == ("EMAIL_OTP", "e***@e***"), asked
        code = sent_code("eve")
        refused("CodeMismatchException", side.respond, asked=asked, username="eve", EMAIL_OTP_CODE=another(code))
        token(side.respond(asked, "eve", EMAIL_OTP_CODE=code))
        refused("CodeMismatchException", side.respond, asked=asked, username="eve", EMAIL_OTP_CODE=code)


@step("SELECT_MFA_TYPE: of two that are on and none preferred, the user chooses")
def _():
    user("pat", email="pat@example.com", phone_number="+12025550144")
    wish = {"EmailMfaSettings": {"Enabled": True}, "SMSMfaSettings": {"Enabled": True}}
    refused("InvalidParameterException", admin.admin_set_user_mfa_preference, **of("pat"), **{
        name: {"Enabled": True, "PreferredMfa": True} for name in wish})
    admin.admin_set_user_mfa_preference(**of("pat"), **wish)
    for side, start, choice in ((s["users"], begin, "EMAIL_OTP"), (s["server"], admin_begin, "SMS_MFA")):
        asked = start("pat")
        assert asked["ChallengeName"] == "SELECT_MFA_TYPE", asked
        assert asked["ChallengeParameters"]["MFAS_CAN_CHOOSE"] == '["SMS_MFA","EMAIL_OTP"]', asked
        refused("NotAuthorizedException", side.respond_to, name=choice, session=asked["Session"], username="pat",
                **{f"{choice}_CODE": "000000"})
        chosen = side.respond(asked, "pat", ANSWER=choice)
        assert chosen["ChallengeName"] == choice, chosen
        token(side.respond(chosen, "pat", **{f"{choice}_CODE": sent_code("pat")}))


@step("AdminDeleteSoftwareToken: the app is asked for no more")
def _():
    admin.admin_delete_software_token(**of("mia"))
    assert shown("mia") == (None, None)
    refused("ResourceNotFoundException", admin.admin_delete_software_token, **of("mia"))
    token(begin("mia"))


@step("MFA_SETUP: in a pool that asks everybody, an app is set up in the sign-in and asked for from then on")
def _():
    admin.set_user_pool_mfa_config(UserPoolId=s["pool"], MfaConfiguration="ON",
                                   SoftwareTokenMfaConfiguration={"Enabled": True})
    for name, side, start in (("nia", s["users"], begin), ("noa", s["server"], admin_begin)):
        user(name)
        asked = start(name)
        assert asked["ChallengeName"] == "MFA_SETUP", asked
        assert asked["ChallengeParameters"]["MFAS_CAN_SETUP"] == '["SOFTWARE_TOKEN_MFA"]', asked
        refused("NotAuthorizedException", side.respond, asked=asked, username=name)
        asked = start(name)
        given = public.associate_software_token(Session=asked["Session"])
        app = App(given["SecretCode"])
        code = app.next_code()
        refused("NotAuthorizedException", public.verify_software_token, Session=asked["Session"], UserCode=code)
        refused("EnableSoftwareTokenMFAException", public.verify_software_token, Session=given["Session"],
                UserCode=app.wrong_code())
        proved = public.verify_software_token(Session=given["Session"], UserCode=code)
        refused("NotAuthorizedException", side.respond_to, name="MFA_SETUP", session=given["Session"], username=name)
        token(side.respond_to("MFA_SETUP", proved["Session"], name))
        asked = start(name)
        assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA", asked
        token(side.respond(asked, name, SOFTWARE_TOKEN_MFA_CODE=app.next_code()))


done()
