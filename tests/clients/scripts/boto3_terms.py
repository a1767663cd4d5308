"""boto3: terms of use and privacy policies of clients."""
from harness import done, idp, refused, step

admin = idp()
s = {}
LINKS = {"cognito:default": "https://example.com/terms", "cognito:german": "https://example.com/de/terms"}


@step("CreateTerms, DescribeTerms, DescribeTermsByClient: one of each name")
def _():
    s["pool"] = {"UserPoolId": admin.create_user_pool(PoolName="people")["UserPool"]["Id"]}
    client = admin.create_user_pool_client(**s["pool"], ClientName="app")["UserPoolClient"]["ClientId"]
    s["client"] = {**s["pool"], "ClientId": client}
    new = {**s["client"], "TermsName": "terms-of-use", "TermsSource": "LINK", "Enforcement": "NONE", "Links": LINKS}
    s["terms"] = admin.create_terms(**new)["Terms"]
    assert s["terms"]["Links"] == LINKS, s["terms"]
    refused("TermsExistsException", admin.create_terms, **new)
    bad = {"cognito:default": "javascript:alert(1)"}
    refused("InvalidParameterException", admin.create_terms, **{**new, "TermsName": "privacy-policy", "Links": bad})
    named = {**s["pool"], "TermsId": s["terms"]["TermsId"]}
    assert admin.describe_terms(**named)["Terms"] == s["terms"]
    assert admin.describe_terms_by_client(**s["client"], TermsName="terms-of-use")["Terms"] == s["terms"]
    refused("ResourceNotFoundException", admin.describe_terms_by_client, **s["client"], TermsName="privacy-policy")


@step("UpdateTerms, ListTerms, DeleteTerms")
def _():
    named = {**s["pool"], "TermsId": s["terms"]["TermsId"]}
    links = {"cognito:default": "https://example.com/privacy"}
    changed = admin.update_terms(**named, TermsName="privacy-policy", Links=links)["Terms"]
    assert (changed["TermsName"], changed["Links"]) == ("privacy-policy", links), changed
    listed = admin.list_terms(**s["pool"])["Terms"]
    assert [terms["TermsName"] for terms in listed] == ["privacy-policy"], listed
    admin.delete_terms(**named)
    refused("ResourceNotFoundException", admin.describe_terms, **named)


done()
