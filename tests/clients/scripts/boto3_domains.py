"""boto3: domains of pools, and what clients may do at the OAuth endpoints, as it is set."""
from harness import done, idp, refused, step

admin = idp()
s = {}


@step("CreateUserPoolDomain, DescribeUserPoolDomain: a prefix, once in all pools")
def _():
    s["pool"] = admin.create_user_pool(PoolName="people")["UserPool"]["Id"]
    s["other"] = admin.create_user_pool(PoolName="others")["UserPool"]["Id"]
    admin.create_user_pool_domain(UserPoolId=s["pool"], Domain="people-of-tests")
    refused("InvalidParameterException", admin.create_user_pool_domain, UserPoolId=s["other"], Domain="people-of-tests")
    refused("InvalidParameterException", admin.create_user_pool_domain, UserPoolId=s["pool"], Domain="another")
    seen = admin.describe_user_pool_domain(Domain="people-of-tests")["DomainDescription"]
    assert (seen["UserPoolId"], seen["Domain"], seen["Status"]) == (s["pool"], "people-of-tests", "ACTIVE"), seen
    assert admin.describe_user_pool_domain(Domain="nobodys")["DomainDescription"] == {}
    assert admin.describe_user_pool(UserPoolId=s["pool"])["UserPool"]["Domain"] == "people-of-tests"


@step("CreateUserPoolDomain, UpdateUserPoolDomain: a domain of one's own")
def _():
    arn = "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-4000-8000-000000000000"
    config = {"CertificateArn": arn}
    admin.create_user_pool_domain(UserPoolId=s["pool"], Domain="login.example.com", CustomDomainConfig=config)
    changed = admin.update_user_pool_domain(UserPoolId=s["pool"], Domain="login.example.com", ManagedLoginVersion=2,
                                            CustomDomainConfig=config)
    assert changed["ManagedLoginVersion"] == 2
    seen = admin.describe_user_pool_domain(Domain="login.example.com")["DomainDescription"]
    assert seen["CustomDomainConfig"]["CertificateArn"] == arn, seen
    assert admin.describe_user_pool(UserPoolId=s["pool"])["UserPool"]["CustomDomain"] == "login.example.com"


@step("DeleteUserPoolDomain: before the pool")
def _():
    said = refused("InvalidParameterException", admin.delete_user_pool, UserPoolId=s["pool"])
    assert "domain" in said, said
    for domain in ("people-of-tests", "login.example.com"):
        refused("ResourceNotFoundException", admin.delete_user_pool_domain, UserPoolId=s["other"], Domain=domain)
        admin.delete_user_pool_domain(UserPoolId=s["pool"], Domain=domain)
    admin.delete_user_pool(UserPoolId=s["pool"])


@step("CreateUserPoolClient: flows, scopes and URLs that go together")
def _():
    def made(**more):
        return admin.create_user_pool_client(UserPoolId=s["other"], ClientName="app",
                                             AllowedOAuthFlowsUserPoolClient=True, **more)["UserPoolClient"]

    urls = ["https://app.example.com/cb", "http://localhost:3000/cb", "myapp://callback"]
    good = {"AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"], "CallbackURLs": urls,
            "LogoutURLs": urls[:1], "DefaultRedirectURI": urls[1]}
    client = made(**good)
    assert {name: client[name] for name in good} == good, client
    create = {"UserPoolId": s["other"], "ClientName": "app"}
    for url in ("http://app.example.com/cb", "https://app.example.com/cb#x", "/cb", "javascript:alert(1)"):
        refused("InvalidParameterException", admin.create_user_pool_client, **create, CallbackURLs=[url])
    refused("InvalidParameterException", admin.create_user_pool_client, **create, CallbackURLs=urls[:1],
            DefaultRedirectURI=urls[1])
    refused("InvalidParameterException", admin.create_user_pool_client, **create, AllowedOAuthFlowsUserPoolClient=True)
    refused("InvalidOAuthFlowException", admin.create_user_pool_client, **create, GenerateSecret=True,
            AllowedOAuthFlows=["client_credentials", "code"])
    refused("InvalidOAuthFlowException", admin.create_user_pool_client, **create,
            AllowedOAuthFlows=["client_credentials"])


done()
