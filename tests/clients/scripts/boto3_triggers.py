"""Trigger functions written for Amazon Cognito, unchanged, have their word in what boto3 does."""
import base64
import json
import urllib.request

from harness import OUTBOX, PASSWORD, done, idp, refused, step

s = {}
client = idp()
ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
TRIGGERS = ["PreSignUp", "PreAuthentication", "CustomMessage", "UserMigration", "DefineAuthChallenge",
            "CreateAuthChallenge", "VerifyAuthChallengeResponse"]
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_CUSTOM_AUTH"]


def arn(trigger):
    return ARN + trigger[0].lower() + trigger[1:]


def claims(token):
    body = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


def sign_in(name, password, **more):
    parameters = {"USERNAME": name, "PASSWORD": password}
    return client.initiate_auth(ClientId=s["client"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters, **more)


@step("a pool names its functions and shows them")
def _():
    config = {trigger: arn(trigger) for trigger in TRIGGERS}
    config["PreTokenGenerationConfig"] = {"LambdaVersion": "V2_0", "LambdaArn": arn("PreTokenGeneration")}
    pool = client.create_user_pool(PoolName="p", LambdaConfig=config, AutoVerifiedAttributes=["email"])["UserPool"]
    s["pool"] = pool["Id"]
    shown = client.describe_user_pool(UserPoolId=s["pool"])["UserPool"]["LambdaConfig"]
    assert shown == config | {"PreTokenGeneration": arn("PreTokenGeneration")}, shown
    made = client.create_user_pool_client(UserPoolId=s["pool"], ClientName="c", ExplicitAuthFlows=FLOWS)
    s["client"] = made["UserPoolClient"]["ClientId"]


@step("a function before the sign-up confirms, and refuses in its own words")
def _():
    attributes = [{"Name": "email", "Value": "ada@example.com"}]
    made = client.sign_up(ClientId=s["client"], Username="ada", Password=PASSWORD, UserAttributes=attributes,
                          ClientMetadata={"invited": "yes"})
    assert made["UserConfirmed"] is True and "CodeDeliveryDetails" not in made, made
    user = client.admin_get_user(UserPoolId=s["pool"], Username="ada")
    assert user["UserStatus"] == "CONFIRMED", user
    assert {"Name": "email_verified", "Value": "true"} in user["UserAttributes"], user
    evil = [{"Name": "email", "Value": "eve@evil.example"}]
    said = refused("UserLambdaValidationException", client.sign_up, ClientId=s["client"], Username="eve",
                   Password=PASSWORD, UserAttributes=evil)
    assert said == "PreSignUp failed with error Domain not allowed.", said
    refused("UserNotFoundException", client.admin_get_user, UserPoolId=s["pool"], Username="eve")


@step("a function writes the mail")
def _():
    attributes = [{"Name": "email", "Value": "bob@example.com"}]
    client.sign_up(ClientId=s["client"], Username="bob", Password=PASSWORD, UserAttributes=attributes)
    rows = json.load(urllib.request.urlopen(f"{OUTBOX}?username=bob"))
    assert rows[-1]["subject"] == "Welcome", rows
    assert rows[-1]["body"] == f"<p>Hello bob, your code is {rows[-1]['code']}</p>", rows


@step("a function changes the claims of both tokens, and not who somebody is")
def _():
    answer = sign_in("ada", PASSWORD)["AuthenticationResult"]
    s["access"] = answer["AccessToken"]
    id_token, access = claims(answer["IdToken"]), claims(answer["AccessToken"])
    assert id_token["tier"] == "gold" and "email" not in id_token, id_token
    assert id_token["sub"] == access["sub"] != "somebody else", id_token
    assert access["rights"] == {"orders": ["read"]}, access
    assert access["scope"] == "aws.cognito.signin.user.admin orders/read", access
    assert access["cognito:groups"] == id_token["cognito:groups"] == ["staff"], access
    assert client.get_user(AccessToken=s["access"])["Username"] == "ada"


@step("a function before the sign-in is told the metadata as validation data, and refuses")
def _():
    def begin(**_):
        return sign_in("ada", PASSWORD, ClientMetadata={"place": "moon"})
    said = refused("UserLambdaValidationException", begin)
    assert said == "PreAuthentication failed with error Not from there.", said


@step("a function knows a user of another directory by the password")
def _():
    # The client tells which names exist, as Cognito's do unless they are told not to.
    refused("UserNotFoundException", lambda **_: sign_in("grace", "a guess"))
    answer = sign_in("grace", "old password")["AuthenticationResult"]
    assert claims(answer["IdToken"])["cognito:username"] == "grace"
    assert client.admin_get_user(UserPoolId=s["pool"], Username="grace")["UserStatus"] == "CONFIRMED"


@step("a function that answers no event fails the call, and one that is not there too")
def _():
    for name, code in [("silent", "InvalidLambdaResponseException"), ("absent", "UnexpectedLambdaException")]:
        pool = client.create_user_pool(PoolName=name, LambdaConfig={"PreSignUp": ARN + name})["UserPool"]["Id"]
        app = client.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
        refused(code, client.sign_up, ClientId=app, Username="ada", Password=PASSWORD)


@step("a challenge of the application's own is answered, wrongly and rightly, and ends after three")
def _():
    def ask():
        begun = client.initiate_auth(ClientId=s["client"], AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": "ada"})
        assert begun["ChallengeName"] == "CUSTOM_CHALLENGE", begun
        assert begun["ChallengeParameters"] == {"USERNAME": "ada", "question": "What is 6 times 7?"}, begun
        return begun["Session"]

    def answer(session, text, **more):
        responses = {"USERNAME": "ada", "ANSWER": text}
        return client.respond_to_auth_challenge(ClientId=s["client"], ChallengeName="CUSTOM_CHALLENGE", Session=session,
                                                ChallengeResponses=responses, **more)
    again = answer(ask(), "41")
    assert again["ChallengeName"] == "CUSTOM_CHALLENGE", again
    tokens = answer(again["Session"], "42", ClientMetadata={"from": "boto3"})["AuthenticationResult"]
    assert claims(tokens["AccessToken"])["told"] == {"from": "boto3"}
    session = ask()
    for _ in range(2):
        session = answer(session, "41")["Session"]
    refused("NotAuthorizedException", lambda **_: answer(session, "41"))


done()
