"""boto3: point-in-time recovery. The server's clock is moved on by the test API, and the
client's signatures with it."""
import datetime
import json
import time
import urllib.request

import botocore.auth

from harness import OUTBOX, done, idp, refused, step

admin = idp()
s = {}
machine_time = botocore.auth.get_current_datetime
ahead = datetime.timedelta()


def now():
    return datetime.datetime.now(datetime.timezone.utc) + ahead


def advance(minutes):
    """The server's clock and that of boto3's signatures go on by so many minutes."""
    global ahead
    clock = OUTBOX.replace("/outbox", "/clock")
    body = json.dumps({"advance_seconds": minutes * 60}).encode()
    request = urllib.request.Request(clock, body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request).read()
    ahead += datetime.timedelta(minutes=minutes)
    botocore.auth.get_current_datetime = lambda *given, **named: machine_time(*given, **named) + ahead


def reached(recovery, *states):
    """What is said of a recovery once it is in one of these states."""
    for _ in range(200):
        told = admin.describe_point_in_time_recovery(UserPoolId=s["pool"], RestoreId=recovery)["Restoration"]
        if told["RestoreStatus"] in states:
            return told
        time.sleep(0.05)
    raise AssertionError(told)


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
    for minutes in [0, 14, 16, 60 * 24 * 15]:
        moment = now() - datetime.timedelta(minutes=minutes)
        refused("InvalidParameterException", admin.initiate_point_in_time_recovery, UserPoolId=s["pool"],
                RestoreTimestamp=moment)
    refused("FeatureUnavailableInTierException", admin.initiate_point_in_time_recovery, UserPoolId=s["lite"],
            RestoreTimestamp=now() - datetime.timedelta(hours=1))


@step("a recovery that is not there is neither started, cancelled nor described")
def _():
    assert admin.list_point_in_time_recoveries(UserPoolId=s["pool"])["Restorations"] == []
    unknown = {"UserPoolId": s["pool"], "RestoreId": "01234567-89ab-4cde-8f01-23456789abcd"}
    refused("ResourceNotFoundException", admin.start_point_in_time_recovery, **unknown)
    refused("ResourceNotFoundException", admin.cancel_point_in_time_recovery, **unknown)
    refused("ResourceNotFoundException", admin.describe_point_in_time_recovery, **unknown)


@step("a wrong change is previewed, undone, and nobody writes meanwhile")
def _():
    pool = {"UserPoolId": s["pool"]}
    for name in ["eve", "bob"]:
        admin.admin_create_user(Username=name, MessageAction="SUPPRESS", **pool)
    advance(20)
    moment = now()
    advance(1)
    admin.admin_disable_user(Username="eve", **pool)
    admin.admin_delete_user(Username="bob", **pool)
    admin.admin_create_user(Username="late", MessageAction="SUPPRESS", **pool)
    advance(16)
    begun = admin.initiate_point_in_time_recovery(RestoreTimestamp=moment, **pool)["Restoration"]
    preview = reached(begun["RestoreId"], "PREVIEW_GENERATED")
    print(preview)
    refused("OperationNotEnabledException", admin.admin_enable_user, Username="eve", **pool)
    admin.start_point_in_time_recovery(RestoreId=begun["RestoreId"], **pool)
    reached(begun["RestoreId"], "RESTORE_COMPLETED")
    assert admin.admin_get_user(Username="eve", **pool)["Enabled"]
    assert admin.admin_get_user(Username="bob", **pool)["Username"] == "bob"
    refused("UserNotFoundException", admin.admin_get_user, Username="late", **pool)
    listed = admin.list_point_in_time_recoveries(**pool)["Restorations"]
    assert [one["RestoreId"] for one in listed] == [begun["RestoreId"]], listed
    s["again"] = moment


@step("a recovery that is cancelled changes nothing")
def _():
    pool = {"UserPoolId": s["pool"]}
    admin.admin_disable_user(Username="eve", **pool)
    advance(16)
    begun = admin.initiate_point_in_time_recovery(RestoreTimestamp=now() - datetime.timedelta(minutes=17), **pool)["Restoration"]
    reached(begun["RestoreId"], "PREVIEW_GENERATED")
    admin.cancel_point_in_time_recovery(RestoreId=begun["RestoreId"], **pool)
    assert reached(begun["RestoreId"], "PREVIEW_CANCELLED")
    refused("InvalidParameterException", admin.start_point_in_time_recovery, RestoreId=begun["RestoreId"], **pool)
    assert not admin.admin_get_user(Username="eve", **pool)["Enabled"]


done()
