"""boto3: a pool that watches sign-ins: risks, events, addresses, logs; how many requests are taken."""
import json
import urllib.request

import boto3
from botocore import UNSIGNED
from botocore.config import Config

from harness import OUTBOX, PASSWORD, REGION, TARGET, done, idp, refused, step

admin = idp()


def with_agent(agent):
    config = Config(signature_version=UNSIGNED, user_agent=agent, retries={"total_max_attempts": 1})
    return boto3.client("cognito-idp", REGION, endpoint_url=TARGET, config=config)


public, elsewhere = with_agent("at-home"), with_agent("elsewhere")
s = {}


def sign_in(client, password=PASSWORD):
    parameters = {"USERNAME": "ada", "PASSWORD": password}
    return client.initiate_auth(ClientId=s["client"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)


def risk(**members):
    return admin.set_risk_configuration(UserPoolId=s["pool"], **members)["RiskConfiguration"]


@step("UserPoolAddOns; SetRiskConfiguration, DescribeRiskConfiguration")
def _():
    pool = admin.create_user_pool(PoolName="people")["UserPool"]
    s["pool"] = pool["Id"]
    actions = {"Actions": {"LowAction": {"Notify": False, "EventAction": "BLOCK"}}}
    refused("UserPoolAddOnNotEnabledException", admin.set_risk_configuration, UserPoolId=s["pool"],
            AccountTakeoverRiskConfiguration=actions)
    admin.update_user_pool(UserPoolId=s["pool"], UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"})
    described = admin.describe_user_pool(UserPoolId=s["pool"])["UserPool"]
    assert described["UserPoolAddOns"] == {"AdvancedSecurityMode": "ENFORCED"}, described
    set_to = risk(AccountTakeoverRiskConfiguration=actions)
    assert set_to["AccountTakeoverRiskConfiguration"] == actions, set_to
    assert admin.describe_risk_configuration(UserPoolId=s["pool"])["RiskConfiguration"] == set_to
    client = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="app", ExplicitAuthFlows=[
        "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])["UserPoolClient"]
    s["client"] = client["ClientId"]
    admin.admin_create_user(UserPoolId=s["pool"], Username="ada", MessageAction="SUPPRESS")
    admin.admin_set_user_password(UserPoolId=s["pool"], Username="ada", Password=PASSWORD, Permanent=True)


@step("a sign-in from a new device is refused, the known one goes on")
def _():
    sign_in(public)
    message = refused("NotAuthorizedException", sign_in, client=elsewhere)
    assert message == "Unable to login because of security reasons.", message
    refused("NotAuthorizedException", sign_in, client=public, password="wrong")
    sign_in(public)


@step("AdminListUserAuthEvents, AdminUpdateAuthEventFeedback, UpdateAuthEventFeedback")
def _():
    events = admin.admin_list_user_auth_events(UserPoolId=s["pool"], Username="ada", MaxResults=3)
    assert [event["EventResponse"] for event in events["AuthEvents"]] == ["Pass", "Fail", "Fail"], events
    blocked = events["AuthEvents"][2]
    assert blocked["EventRisk"] == {"RiskDecision": "Block", "RiskLevel": "Low", "CompromisedCredentialsDetected": False}, blocked
    rest = admin.admin_list_user_auth_events(UserPoolId=s["pool"], Username="ada", NextToken=events["NextToken"])
    assert len(rest["AuthEvents"]) == 1 and "NextToken" not in rest, rest
    about = {"UserPoolId": s["pool"], "Username": "ada", "EventId": blocked["EventId"], "FeedbackValue": "Invalid"}
    admin.admin_update_auth_event_feedback(**about)
    event = admin.admin_list_user_auth_events(UserPoolId=s["pool"], Username="ada")["AuthEvents"][2]
    assert event["EventFeedback"]["FeedbackValue"] == "Invalid", event
    refused("NotAuthorizedException", public.update_auth_event_feedback, FeedbackToken="eyJ.no.token", **about)


@step("UpdateAuthEventFeedback: with the token of the mail, once")
def _():
    mail = {"Subject": "a new device", "TextBody": "{event-id} {feedback-token}"}
    actions = {"LowAction": {"Notify": True, "EventAction": "NO_ACTION"}}
    notify = {"SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@example.com", "NoActionEmail": mail}
    risk(AccountTakeoverRiskConfiguration={"Actions": actions, "NotifyConfiguration": notify})
    verified = [{"Name": "email", "Value": "ada@example.com"}, {"Name": "email_verified", "Value": "true"}]
    admin.admin_update_user_attributes(UserPoolId=s["pool"], Username="ada", UserAttributes=verified)
    sign_in(with_agent("a third"))
    rows = json.load(urllib.request.urlopen(f"{OUTBOX}?username=ada"))
    event, token = [row for row in rows if row["subject"] == "a new device"][-1]["body"].split()
    about = {"UserPoolId": s["pool"], "Username": "ada", "EventId": event, "FeedbackToken": token, "FeedbackValue": "Valid"}
    public.update_auth_event_feedback(**about)
    events = admin.admin_list_user_auth_events(UserPoolId=s["pool"], Username="ada")["AuthEvents"]
    said = [found["EventFeedback"] for found in events if found["EventId"] == event]
    assert (said[0]["FeedbackValue"], said[0]["Provider"]) == ("Valid", "User"), said
    refused("NotAuthorizedException", public.update_auth_event_feedback, **about)


@step("addresses are blocked")
def _():
    risk(RiskExceptionConfiguration={"BlockedIPRangeList": ["127.0.0.0/8", "::1/128"]})
    refused("NotAuthorizedException", sign_in, client=public)
    risk(RiskExceptionConfiguration={"BlockedIPRangeList": ["192.0.2.0/24"]})
    sign_in(public)


@step("a password that others know is refused")
def _():
    policy = {"PasswordPolicy": {"MinimumLength": 6}}
    admin.update_user_pool(UserPoolId=s["pool"], Policies=policy, UserPoolAddOns={"AdvancedSecurityMode": "ENFORCED"})
    risk(CompromisedCredentialsRiskConfiguration={"Actions": {"EventAction": "BLOCK"}})
    token = sign_in(public)["AuthenticationResult"]["AccessToken"]
    refused("InvalidPasswordException", public.change_password, AccessToken=token, PreviousPassword=PASSWORD,
            ProposedPassword="1q2w3e4r5t")


@step("SetLogDeliveryConfiguration, GetLogDeliveryConfiguration")
def _():
    group = {"LogGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:users"}
    logs = [{"LogLevel": "INFO", "EventSource": "userAuthEvents", "CloudWatchLogsConfiguration": group}]
    admin.set_log_delivery_configuration(UserPoolId=s["pool"], LogConfigurations=logs)
    found = admin.get_log_delivery_configuration(UserPoolId=s["pool"])["LogDeliveryConfiguration"]
    assert found == {"UserPoolId": s["pool"], "LogConfigurations": logs}, found


@step("GetProvisionedLimit, UpdateProvisionedLimit")
def _():
    limit = {"LimitClass": "API_CATEGORY", "Attributes": {"Category": "UserList"}}
    found = admin.get_provisioned_limit(LimitDefinition=limit)["Limit"]
    assert (found["ProvisionedLimitValue"], found["FreeLimitValue"]) == (30, 30), found
    assert admin.update_provisioned_limit(LimitDefinition=limit, RequestedLimitValue=60)["Limit"]["ProvisionedLimitValue"] == 60
    refused("ServiceQuotaExceededException", admin.update_provisioned_limit, LimitDefinition=limit, RequestedLimitValue=999)


done()
