"""boto3: what the AWS provider of Terraform asks of IAM and identity pools, call by call, when it makes, reads, changes and
removes `aws_iam_policy`, `aws_iam_role`, `aws_iam_role_policy`, `aws_iam_role_policy_attachment`, `aws_cognito_identity_pool` and
`aws_cognito_identity_pool_roles_attachment`."""
import json
from concurrent.futures import ThreadPoolExecutor

import boto3

from harness import REGION, TARGET, done, refused, step

iam = boto3.client("iam", REGION, endpoint_url=TARGET)
pools = boto3.client("cognito-identity", REGION, endpoint_url=TARGET)

state = {}


def document(action, resource="*", **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, **({"Resource": resource} if "Principal" not in more else {}), **more}]})


def trust(pool):
    return document("sts:AssumeRoleWithWebIdentity", Principal={"Federated": "cognito-identity.amazonaws.com"},
                    Condition={"StringEquals": {"cognito-identity.amazonaws.com:aud": pool}})


def read_role(name):
    role = iam.get_role(RoleName=name)["Role"]
    inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
    attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    return role, inline, [policy["PolicyArn"] for policy in attached]


def read_policy(arn):
    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
    return policy, version["Document"]


@step("apply: pool, policies, roles")
def _():
    made = pools.create_identity_pool(IdentityPoolName="app", AllowUnauthenticatedIdentities=True,
                                      IdentityPoolTags={"team": "a"})
    state["pool"] = made["IdentityPoolId"]
    assert pools.describe_identity_pool(IdentityPoolId=state["pool"])["IdentityPoolTags"] == {"team": "a"}
    for name, action in [("read", "s3:Get*"), ("bound", "s3:*")]:
        # A plus sign and a percent sign come back as they were.
        text = document(action, "arn:aws:s3:::a+b%20c/*")
        made = iam.create_policy(PolicyName=name, Path="/app/", PolicyDocument=text, Description=name,
                                 Tags=[{"Key": "team", "Value": "a"}])["Policy"]
        state[name] = made["Arn"]
        policy, found = read_policy(made["Arn"])
        assert found == json.loads(text), found
        assert (policy["DefaultVersionId"], policy["AttachmentCount"], policy["IsAttachable"]) == ("v1", 0, True), policy
        assert policy["Tags"] == [{"Key": "team", "Value": "a"}], policy
    for name in ["guest", "member"]:
        iam.create_role(RoleName=name, Path="/app/", AssumeRolePolicyDocument=trust(state["pool"]), Description="d",
                        MaxSessionDuration=3600, PermissionsBoundary=state["bound"], Tags=[{"Key": "a", "Value": "1"}])
        role, inline, attached = read_role(name)
        assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == state["bound"], role
        assert role["AssumeRolePolicyDocument"] == json.loads(trust(state["pool"])) and (inline, attached) == ([], [])
        state[name] = role["Arn"]


@step("apply: policies of roles, many at once")
def _():
    with ThreadPoolExecutor(8) as together:
        jobs = [together.submit(iam.put_role_policy, RoleName="member", PolicyName=f"own{number}",
                                PolicyDocument=document("s3:List*")) for number in range(6)]
        jobs += [together.submit(iam.attach_role_policy, RoleName=role, PolicyArn=state[policy])
                 for role in ["guest", "member"] for policy in ["read", "bound"]]
        for job in jobs:
            job.result()
    _, inline, attached = read_role("member")
    assert inline == [f"own{number}" for number in range(6)] and attached == sorted([state["bound"], state["read"]])
    assert iam.get_role_policy(RoleName="member", PolicyName="own3")["PolicyDocument"] == json.loads(document("s3:List*"))
    policy, _ = read_policy(state["bound"])
    assert (policy["AttachmentCount"], policy["PermissionsBoundaryUsageCount"]) == (2, 2), policy
    pools.set_identity_pool_roles(IdentityPoolId=state["pool"],
                                  Roles={"authenticated": state["member"], "unauthenticated": state["guest"]})
    roles = pools.get_identity_pool_roles(IdentityPoolId=state["pool"])["Roles"]
    assert roles == {"authenticated": state["member"], "unauthenticated": state["guest"]}, roles


@step("plan: nothing differs")
def _():
    entities = iam.list_entities_for_policy(PolicyArn=state["read"], EntityFilter="Role")
    assert [role["RoleName"] for role in entities["PolicyRoles"]] == ["guest", "member"], entities
    assert state["read"] in [policy["Arn"] for policy in iam.list_policies(Scope="Local")["Policies"]]
    assert iam.list_policies(Scope="AWS")["Policies"] == []
    assert iam.list_role_tags(RoleName="member")["Tags"] == [{"Key": "a", "Value": "1"}]
    assert iam.list_policy_tags(PolicyArn=state["read"])["Tags"] == [{"Key": "team", "Value": "a"}]


@step("apply again: everything that can change")
def _():
    iam.update_assume_role_policy(RoleName="member", PolicyDocument=trust("us-east-1:00000000-0000-4000-8000-000000000000"))
    iam.update_role(RoleName="member", Description="other", MaxSessionDuration=7200)
    assert iam.update_role_description(RoleName="guest", Description="g")["Role"]["Description"] == "g"
    iam.tag_role(RoleName="member", Tags=[{"Key": "b", "Value": "2"}])
    iam.untag_role(RoleName="member", TagKeys=["a"])
    iam.put_role_permissions_boundary(RoleName="member", PermissionsBoundary=state["read"])
    iam.delete_role_permissions_boundary(RoleName="guest")
    role, _, _ = read_role("member")
    assert (role["Description"], role["MaxSessionDuration"]) == ("other", 7200), role
    assert role["Tags"] == [{"Key": "b", "Value": "2"}], role
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == state["read"], role
    assert "PermissionsBoundary" not in read_role("guest")[0]
    # The provider makes room for a version before it makes one that counts.
    for number in range(2, 8):
        versions = iam.list_policy_versions(PolicyArn=state["read"])["Versions"]
        if len(versions) == 5:
            oldest = min(versions, key=lambda version: int(version["VersionId"][1:]))
            iam.delete_policy_version(PolicyArn=state["read"], VersionId=oldest["VersionId"])
        made = iam.create_policy_version(PolicyArn=state["read"], PolicyDocument=document(f"s3:Get{number}"), SetAsDefault=True)
        assert made["PolicyVersion"]["VersionId"] == f"v{number}", made
    assert read_policy(state["read"])[1] == json.loads(document("s3:Get7"))
    iam.set_default_policy_version(PolicyArn=state["read"], VersionId="v6")
    iam.tag_policy(PolicyArn=state["read"], Tags=[{"Key": "b", "Value": "2"}])
    iam.untag_policy(PolicyArn=state["read"], TagKeys=["team"])
    policy, found = read_policy(state["read"])
    assert found == json.loads(document("s3:Get6")) and policy["Tags"] == [{"Key": "b", "Value": "2"}], policy


@step("destroy: in the provider's order, and in no other")
def _():
    refused("DeleteConflict", iam.delete_policy, PolicyArn=state["read"])
    refused("DeleteConflict", iam.delete_role, RoleName="guest")
    refused("DeleteConflict", iam.delete_policy_version, PolicyArn=state["read"], VersionId="v6")
    refused("NoSuchEntity", iam.attach_role_policy, RoleName="guest", PolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    for role in ["guest", "member"]:
        for policy in ["read", "bound"]:
            iam.detach_role_policy(RoleName=role, PolicyArn=state[policy])
            refused("NoSuchEntity", iam.detach_role_policy, RoleName=role, PolicyArn=state[policy])
    for name in iam.list_role_policies(RoleName="member")["PolicyNames"]:
        iam.delete_role_policy(RoleName="member", PolicyName=name)
    for role in ["guest", "member"]:
        assert iam.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"] == []
        iam.delete_role(RoleName=role)
        refused("NoSuchEntity", iam.get_role, RoleName=role)
    for policy in ["read", "bound"]:
        default = iam.get_policy(PolicyArn=state[policy])["Policy"]["DefaultVersionId"]
        for version in iam.list_policy_versions(PolicyArn=state[policy])["Versions"]:
            if version["VersionId"] != default:
                iam.delete_policy_version(PolicyArn=state[policy], VersionId=version["VersionId"])
        iam.delete_policy(PolicyArn=state[policy])
        refused("NoSuchEntity", iam.get_policy, PolicyArn=state[policy])
    pools.delete_identity_pool(IdentityPoolId=state["pool"])


done()
