"""boto3: point-in-time recovery, as far as it goes before a quarter of an hour has passed. botocore 1.44.8 knows the operations;
an older one is shown only what a pool's plan says."""
import datetime

from harness import done, idp, refused, step

admin = idp()
s = {}
KNOWN = hasattr(admin, "initiate_point_in_time_recovery")


@step("a pool's plan is kept and shown")
def _():
    s["pool"] = admin.create_user_pool(PoolName="kept", UserPoolTier="PLUS")["UserPool"]["Id"]
    s["lite"] = admin.create_user_pool(PoolName="lite", UserPoolTier="LITE")["UserPool"]["Id"]
    assert admin.describe_user_pool(UserPoolId=s["pool"])["UserPool"]["UserPoolTier"] == "PLUS"
    admin.admin_create_user(UserPoolId=s["pool"], Username="ada", MessageAction="SUPPRESS")
    admin.admin_disable_user(UserPoolId=s["pool"], Username="ada")
    admin.admin_delete_user(UserPoolId=s["pool"], Username="ada")


@step("moments outside of what is kept are refused")
def _():
    if not KNOWN:
        return
    now = datetime.datetime.now(datetime.timezone.utc)
    for minutes in [0, 14, 16, 60 * 24 * 15]:
        moment = now - datetime.timedelta(minutes=minutes)
        refused("InvalidParameterException", admin.initiate_point_in_time_recovery, UserPoolId=s["pool"],
                RestoreTimestamp=moment)
    refused("FeatureUnavailableInTierException", admin.initiate_point_in_time_recovery, UserPoolId=s["lite"],
            RestoreTimestamp=now - datetime.timedelta(hours=1))


@step("a recovery that is not there is neither started, cancelled nor described")
def _():
    if not KNOWN:
        return
    assert admin.list_point_in_time_recoveries(UserPoolId=s["pool"])["Restorations"] == []
    unknown = {"UserPoolId": s["pool"], "RestoreId": "01234567-89ab-4cde-8f01-23456789abcd"}
    refused("ResourceNotFoundException", admin.start_point_in_time_recovery, **unknown)
    refused("ResourceNotFoundException", admin.cancel_point_in_time_recovery, **unknown)
    refused("ResourceNotFoundException", admin.describe_point_in_time_recovery, **unknown)


done()
