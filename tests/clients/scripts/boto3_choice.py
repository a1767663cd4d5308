"""boto3, with pycognito's arithmetic: sign-ins of the user's choice (USER_AUTH), and sign-ups that go on into one."""
import base64
import json

from pycognito.aws_srp import AWSSRP

from factors import App, SignIns, another, public, sent_code, token
from harness import PASSWORD, code_for, done, idp, refused, step

admin = idp()
s = {}
FACTORS = ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]


def claims(jwt):
    payload = jwt.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def sides():
    """A user's own client, and an administrator's server."""
    return s["users"], s["server"]


def srp(name):
    return AWSSRP(username=name, password=PASSWORD, pool_id=s["pool"], client_id=s["client"], client=public)


def prove(side, client, asked, parameters):
    """Answers PASSWORD_VERIFIER."""
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER", asked
    answer = client.process_challenge(asked["ChallengeParameters"], parameters)
    return side.respond_to("PASSWORD_VERIFIER", asked.get("Session"), answer.pop("USERNAME"), **answer)


@step("a pool whose sign-ins may begin with a password or a code, and a user who has all")
def _():
    made = admin.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"], Policies={
        "SignInPolicy": {"AllowedFirstAuthFactors": FACTORS}})["UserPool"]
    s["pool"] = made["Id"]
    described = admin.describe_user_pool(UserPoolId=s["pool"])["UserPool"]["Policies"]["SignInPolicy"]
    assert sorted(described["AllowedFirstAuthFactors"]) == sorted(FACTORS), described
    flows = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="app", ExplicitAuthFlows=flows)
    s["client"] = client["UserPoolClient"]["ClientId"]
    s["users"], s["server"] = SignIns(s["client"]), SignIns(s["client"], s["pool"], admin)
    attributes = {"email": "ada@example.com", "email_verified": "true", "phone_number": "+12025550123",
                  "phone_number_verified": "true"}
    admin.admin_create_user(UserPoolId=s["pool"], Username="ada", MessageAction="SUPPRESS", UserAttributes=[
        {"Name": name, "Value": value} for name, value in attributes.items()])
    admin.admin_set_user_password(UserPoolId=s["pool"], Username="ada", Password=PASSWORD, Permanent=True)
    found = admin.admin_get_user_auth_factors(UserPoolId=s["pool"], Username="ada")
    assert found["ConfiguredUserAuthFactors"] == FACTORS, found


@step("SELECT_CHALLENGE: each factor is offered, chosen and answered; a question is answered once")
def _():
    for side in sides():
        asked = side.begin("USER_AUTH", "ada")
        assert asked["ChallengeName"] == "SELECT_CHALLENGE", asked
        assert sorted(asked["AvailableChallenges"]) == sorted([*FACTORS, "PASSWORD_SRP"]), asked
        token(side.respond(asked, "ada", ANSWER="PASSWORD", PASSWORD=PASSWORD))
        refused("NotAuthorizedException", side.respond, asked=asked, username="ada", ANSWER="PASSWORD", PASSWORD=PASSWORD)
        asked = side.begin("USER_AUTH", "ada")
        refused("NotAuthorizedException", side.respond, asked=asked, username="ada", ANSWER="PASSWORD", PASSWORD="wrong!")
        client = srp("ada")
        parameters = client.get_auth_params()
        asked = side.respond(side.begin("USER_AUTH", "ada"), "ada", ANSWER="PASSWORD_SRP", SRP_A=parameters["SRP_A"])
        token(prove(side, client, asked, parameters))
        for factor in ("EMAIL_OTP", "SMS_OTP"):
            chosen = side.respond(side.begin("USER_AUTH", "ada"), "ada", ANSWER=factor)
            assert chosen["ChallengeName"] == factor, chosen
            token(side.respond(chosen, "ada", **{f"{factor}_CODE": sent_code("ada")}))


@step("PREFERRED_CHALLENGE: PASSWORD, PASSWORD_SRP, EMAIL_OTP, SMS_OTP without a question between")
def _():
    for side in sides():
        token(side.begin("USER_AUTH", "ada", PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD))
        refused("NotAuthorizedException", side.begin, flow="USER_AUTH", username="ada", PREFERRED_CHALLENGE="PASSWORD",
                PASSWORD="wrong!")
        client = srp("ada")
        parameters = client.get_auth_params()
        asked = side.begin("USER_AUTH", "ada", PREFERRED_CHALLENGE="PASSWORD_SRP", SRP_A=parameters["SRP_A"])
        token(prove(side, client, asked, parameters))
        for factor in ("EMAIL_OTP", "SMS_OTP"):
            asked = side.begin("USER_AUTH", "ada", PREFERRED_CHALLENGE=factor)
            assert asked["ChallengeName"] == factor, asked
            assert asked["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == factor[:-4], asked
            token(side.respond(asked, "ada", **{f"{factor}_CODE": sent_code("ada")}))


@step("a code by itself has eight digits, counts in its own sign-in alone, and once")
def _():
    for side in sides():
        first = side.begin("USER_AUTH", "ada", PREFERRED_CHALLENGE="EMAIL_OTP")
        code = sent_code("ada")
        assert len(code) == 8, code
        refused("CodeMismatchException", side.respond, asked=first, username="ada", EMAIL_OTP_CODE=another(code))
        second = side.begin("USER_AUTH", "ada", PREFERRED_CHALLENGE="SMS_OTP")
        refused("CodeMismatchException", side.respond, asked=second, username="ada", SMS_OTP_CODE=code)
        token(side.respond(first, "ada", EMAIL_OTP_CODE=code))
        refused("CodeMismatchException", side.respond, asked=first, username="ada", EMAIL_OTP_CODE=code)
        token(side.respond(second, "ada", SMS_OTP_CODE=sent_code("ada")))


@step("a name of nobody is asked what somebody is asked, and no code is right")
def _():
    pool = {"UserPoolId": s["pool"], "ClientId": s["client"]}
    kept = admin.describe_user_pool_client(**pool)["UserPoolClient"]
    admin.update_user_pool_client(**pool, ClientName="app", ExplicitAuthFlows=kept["ExplicitAuthFlows"],
                                  PreventUserExistenceErrors="ENABLED")
    asked = s["users"].begin("USER_AUTH", "nobody", PREFERRED_CHALLENGE="EMAIL_OTP")
    assert asked["ChallengeName"] == "EMAIL_OTP" and asked["Session"], asked
    assert asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"], asked
    refused("CodeMismatchException", s["users"].respond, asked=asked, username="nobody", EMAIL_OTP_CODE="00000000")


@step("SignUp without a password; ConfirmSignUp with its session signs in, and the session goes on once")
def _():
    made = public.sign_up(ClientId=s["client"], Username="kim", UserAttributes=[{"Name": "email", "Value": "kim@example.com"}])
    assert made["UserConfirmed"] is False and made["Session"], made
    refused("NotAuthorizedException", public.initiate_auth, ClientId=s["client"], AuthFlow="USER_AUTH",
            AuthParameters={"USERNAME": "kim"}, Session=made["Session"])
    confirmed = public.confirm_sign_up(ClientId=s["client"], Username="kim", ConfirmationCode=code_for("kim", "SignUp"),
                                       Session=made["Session"])
    go_on = {"ClientId": s["client"], "AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "kim"},
             "Session": confirmed["Session"]}
    refused("NotAuthorizedException", public.initiate_auth, **{**go_on, "AuthParameters": {"USERNAME": "ada"}})
    me = token(public.initiate_auth(**go_on))
    assert public.get_user(AccessToken=me)["Username"] == "kim"
    refused("NotAuthorizedException", public.initiate_auth, **go_on)
    found = public.get_user_auth_factors(AccessToken=me)
    assert found["ConfiguredUserAuthFactors"] == ["EMAIL_OTP"], found
    offered = s["users"].begin("USER_AUTH", "kim")
    assert (offered["ChallengeName"], offered["AvailableChallenges"]) == ("SELECT_CHALLENGE", ["EMAIL_OTP"]), offered


@step("a sign-up with a password goes on by its session too, and by the password from then on")
def _():
    attributes = [{"Name": "email", "Value": "lou@example.com"}]
    made = public.sign_up(ClientId=s["client"], Username="lou", Password=PASSWORD, UserAttributes=attributes)
    confirmed = public.confirm_sign_up(ClientId=s["client"], Username="lou", ConfirmationCode=code_for("lou", "SignUp"),
                                       Session=made["Session"])
    token(public.initiate_auth(ClientId=s["client"], AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "lou"},
                               Session=confirmed["Session"]))
    token(s["users"].begin("USER_AUTH", "lou", PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD))


@step("a second factor is asked for after the factor that was chosen, and a code by itself begins no such sign-in")
def _():
    admin.set_user_pool_mfa_config(UserPoolId=s["pool"], MfaConfiguration="OPTIONAL",
                                   SoftwareTokenMfaConfiguration={"Enabled": True})
    me = token(s["users"].begin("USER_AUTH", "lou", PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD))
    app = App(public.associate_software_token(AccessToken=me)["SecretCode"])
    public.verify_software_token(AccessToken=me, UserCode=app.next_code())
    public.set_user_mfa_preference(AccessToken=me, SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True})
    for side in sides():
        offered = side.begin("USER_AUTH", "lou")
        assert sorted(offered["AvailableChallenges"]) == ["PASSWORD", "PASSWORD_SRP"], offered
        asked = side.respond(offered, "lou", ANSWER="PASSWORD", PASSWORD=PASSWORD)
        assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA", asked
        token(side.respond(asked, "lou", SOFTWARE_TOKEN_MFA_CODE=app.next_code()))


@step("TARGET_ACR_VALUES: a level is asked for what it takes, and a session is made stronger by what is missing")
def _():
    pool = admin.create_user_pool(PoolName="levels", AcrConfiguration={"Level4": {"AcrValue": "gold"}})["UserPool"]
    assert pool["AcrConfiguration"]["Level4"]["AcrValue"] == "gold", pool
    admin.set_user_pool_mfa_config(UserPoolId=pool["Id"], MfaConfiguration="OPTIONAL",
                                   SoftwareTokenMfaConfiguration={"Enabled": True})
    flows = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = admin.create_user_pool_client(UserPoolId=pool["Id"], ClientName="app", ExplicitAuthFlows=flows)
    client = client["UserPoolClient"]["ClientId"]
    admin.admin_create_user(UserPoolId=pool["Id"], Username="gus", MessageAction="SUPPRESS")
    admin.admin_set_user_password(UserPoolId=pool["Id"], Username="gus", Password=PASSWORD, Permanent=True)
    plain = {"PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD}
    for side in (SignIns(client), SignIns(client, pool["Id"], admin)):
        weak = token(side.begin("USER_AUTH", "gus", **plain))
        assert "acr" not in claims(weak), claims(weak)
        refused("InvalidParameterException", side.begin, flow="USER_AUTH", username="gus", ACCESS_TOKEN=weak)
        if "app" not in s:
            refused("InvalidParameterException", side.begin, flow="USER_AUTH", username="gus", TARGET_ACR_VALUES="gold")
            s["app"] = App(public.associate_software_token(AccessToken=weak)["SecretCode"])
            public.verify_software_token(AccessToken=weak, UserCode=s["app"].next_code())
            # The session that has set the app up has proved it.
            weak = token(side.begin("USER_AUTH", "gus", **plain))
        asked = side.begin("USER_AUTH", "gus", ACCESS_TOKEN=weak, TARGET_ACR_VALUES="gold urn:cognito:loa:3")
        assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA", asked
        strong = token(side.respond(asked, "gus", SOFTWARE_TOKEN_MFA_CODE=s["app"].next_code()))
        assert claims(strong)["acr"] == "gold" and claims(strong)["amr"] == ["pwd", "otp", "mfa"], claims(strong)
        refused("InvalidParameterException", side.begin, flow="USER_AUTH", username="gus", ACCESS_TOKEN=strong,
                TARGET_ACR_VALUES="gold")


done()
