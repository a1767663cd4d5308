"""boto3: outside providers of a user pool, as Terraform makes, reads, changes and removes them."""
import json

from harness import done, idp, refused, step

admin = idp()
s = {}
OIDC = {"client_id": "app", "client_secret": "hidden", "oidc_issuer": "https://op.example", "authorize_scopes": "openid",
        "attributes_request_method": "GET"}
GOOGLE = {"client_id": "app", "client_secret": "hidden", "authorize_scopes": "email openid"}


def of(name, **more):
    return {"UserPoolId": s["pool"], "ProviderName": name, **more}


def contains(shown, said):
    return all(shown.get(key) == value for key, value in said.items())


@step("CreateIdentityProvider, DescribeIdentityProvider twice: what was said is shown")
def _():
    s["pool"] = admin.create_user_pool(PoolName="people")["UserPool"]["Id"]
    made = admin.create_identity_provider(**of("Corporate", ProviderType="OIDC", ProviderDetails=OIDC,
                                               AttributeMapping={"email": "mail", "username": "sub"},
                                               IdpIdentifiers=["example.com"]))["IdentityProvider"]
    assert contains(made["ProviderDetails"], OIDC), made
    for _ in range(2):
        assert admin.describe_identity_provider(**of("Corporate"))["IdentityProvider"] == made
    google = admin.create_identity_provider(**of("Google", ProviderType="Google", ProviderDetails=GOOGLE))
    assert google["IdentityProvider"]["ProviderDetails"]["authorize_url"].startswith("https://accounts.google.com/")
    refused("DuplicateProviderException", admin.create_identity_provider,
            **of("Google", ProviderType="Google", ProviderDetails=GOOGLE))
    refused("InvalidParameterException", admin.create_identity_provider,
            **of("Mine", ProviderType="Google", ProviderDetails=GOOGLE))


@step("GetIdentityProviderByIdentifier, ListIdentityProviders")
def _():
    found = admin.get_identity_provider_by_identifier(UserPoolId=s["pool"], IdpIdentifier="example.com")
    assert found["IdentityProvider"]["ProviderName"] == "Corporate"
    refused("ResourceNotFoundException", admin.get_identity_provider_by_identifier, UserPoolId=s["pool"],
            IdpIdentifier="example.org")
    names, token = [], {}
    for _ in range(2):
        page = admin.list_identity_providers(UserPoolId=s["pool"], MaxResults=1, **token)
        names += [provider["ProviderName"] for provider in page["Providers"]]
        token = {"NextToken": page.get("NextToken")}
    assert (names, token) == (["Corporate", "Google"], {"NextToken": None}), (names, token)


@step("SupportedIdentityProviders: the pool itself, and what there is")
def _():
    made = admin.create_user_pool_client(UserPoolId=s["pool"], ClientName="app",
                                         SupportedIdentityProviders=["COGNITO", "Corporate"])["UserPoolClient"]
    assert made["SupportedIdentityProviders"] == ["COGNITO", "Corporate"], made
    said = refused("InvalidParameterException", admin.update_user_pool_client, UserPoolId=s["pool"],
                   ClientId=made["ClientId"], SupportedIdentityProviders=["COGNITO", "Facebook"])
    assert said == f"The provider Facebook does not exist for User Pool {s['pool']}.", said


@step("UpdateIdentityProvider: one member, the others stay")
def _():
    admin.update_identity_provider(**of("Corporate", ProviderDetails={**OIDC, "client_id": "other"}))
    seen = admin.describe_identity_provider(**of("Corporate"))["IdentityProvider"]
    assert seen["ProviderDetails"]["client_id"] == "other", seen
    assert seen["AttributeMapping"] == {"email": "mail", "username": "sub"}
    assert seen["IdpIdentifiers"] == ["example.com"]
    refused("InvalidParameterException", admin.update_identity_provider,
            **of("Corporate", AttributeMapping={"username": "email"}))


@step("AdminLinkProviderForUser, AdminDisableProviderForUser: a login leads to a user, and no more")
def _():
    pool = {"UserPoolId": s["pool"]}
    for name in ("ada", "eve"):
        admin.admin_create_user(**pool, Username=name)

    def user(provider, value, by="Cognito_Subject"):
        return {"ProviderName": provider, "ProviderAttributeName": by, "ProviderAttributeValue": value}

    def link(name, source):
        return {**pool, "DestinationUser": user("Cognito", name), "SourceUser": source}

    admin.admin_link_provider_for_user(**link("ada", user("Corporate", "1")))
    admin.admin_link_provider_for_user(**link("ada", user("Corporate", "ada@corp.example", by="email")))
    said = refused("InvalidParameterException", admin.admin_link_provider_for_user, **link("ada", user("Corporate", "1")))
    assert said == "SourceUser is already linked to DestinationUser", said
    refused("InvalidParameterException", admin.admin_link_provider_for_user, **link("eve", user("Corporate", "1")))
    refused("UserNotFoundException", admin.admin_link_provider_for_user, **link("nobody", user("Corporate", "2")))
    ada = admin.admin_get_user(**pool, Username="ada")
    identities = json.loads({a["Name"]: a["Value"] for a in ada["UserAttributes"]}["identities"])
    assert [(i["userId"], i["providerName"], i["primary"]) for i in identities] == [
        ("1", "Corporate", False), ("ada@corp.example", "Corporate", False)], identities
    admin.admin_disable_provider_for_user(**pool, User=user("Corporate", "1"))
    refused("UserNotFoundException", admin.admin_disable_provider_for_user, **pool, User=user("Corporate", "1"))
    admin.admin_disable_provider_for_user(**pool, User=user("Cognito", "ada"))
    assert admin.admin_get_user(**pool, Username="ada")["UserStatus"] == "EXTERNAL_PROVIDER"


@step("DeleteIdentityProvider: once")
def _():
    admin.delete_identity_provider(**of("Corporate"))
    refused("ResourceNotFoundException", admin.delete_identity_provider, **of("Corporate"))
    refused("ResourceNotFoundException", admin.describe_identity_provider, **of("Corporate"))


done()
