"""boto3: resource servers, and the scopes that clients are allowed at them."""
from harness import done, idp, refused, step

admin = idp()
s = {}
READ = {"ScopeName": "read", "ScopeDescription": "Reads orders"}
WRITE = {"ScopeName": "write", "ScopeDescription": "Places orders"}
API = "https://api.example.com/v1"


def of(identifier, **more):
    return {"UserPoolId": s["pool"], "Identifier": identifier, **more}


@step("CreateResourceServer, DescribeResourceServer: once each")
def _():
    s["pool"] = admin.create_user_pool(PoolName="people")["UserPool"]["Id"]
    made = admin.create_resource_server(**of(API, Name="Orders", Scopes=[READ, WRITE]))["ResourceServer"]
    assert made == of(API, Name="Orders", Scopes=[READ, WRITE]), made
    assert admin.describe_resource_server(**of(API))["ResourceServer"] == made
    refused("InvalidParameterException", admin.create_resource_server, **of(API, Name="Orders"))
    refused("InvalidParameterException", admin.create_resource_server, **of("twice", Name="Twice", Scopes=[READ, READ]))
    refused("ResourceNotFoundException", admin.describe_resource_server, **of("none"))


@step("ListResourceServers: in pages, 25 at most")
def _():
    for number in range(24):
        admin.create_resource_server(**of(f"api-{number:02}", Name="Another"))
    refused("LimitExceededException", admin.create_resource_server, **of("api-24", Name="Another"))
    names, token = [], {}
    while True:
        page = admin.list_resource_servers(UserPoolId=s["pool"], MaxResults=10, **token)
        names += [server["Identifier"] for server in page["ResourceServers"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert names == [f"api-{number:02}" for number in range(24)] + [API], names


@step("AllowedOAuthScopes: what every pool has, and what there is")
def _():
    scopes = ["openid", f"{API}/read"]
    made = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="app", AllowedOAuthScopes=scopes)
    s["client"] = made["UserPoolClient"]["ClientId"]
    assert made["UserPoolClient"]["AllowedOAuthScopes"] == scopes
    for scope in ("Cognito", f"{API}/delete", "none/read"):
        said = refused("ScopeDoesNotExistException", admin.update_user_pool_client, UserPoolId=s["pool"],
                       ClientId=s["client"], AllowedOAuthScopes=["openid", scope])
        assert scope in said, said


@step("UpdateResourceServer, DeleteResourceServer: a client keeps the scope that has gone")
def _():
    updated = admin.update_resource_server(**of(API, Name="All orders"))["ResourceServer"]
    assert (updated["Name"], updated["Scopes"]) == ("All orders", [])
    admin.delete_resource_server(**of(API))
    refused("ResourceNotFoundException", admin.delete_resource_server, **of(API))
    seen = admin.describe_user_pool_client(UserPoolId=s["pool"], ClientId=s["client"])["UserPoolClient"]
    assert seen["AllowedOAuthScopes"] == ["openid", f"{API}/read"]


done()
