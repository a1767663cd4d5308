"""boto3 with SAML responses that signxml has signed: providers, AssumeRoleWithSAML, and identity pools."""
import base64
import datetime
import json
import uuid

import boto3
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml import XMLSigner, methods

from harness import REGION, TARGET, done, refused, step

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
ISSUER = "https://idp.example/metadata"
RECIPIENT = "https://signin.aws.amazon.com/saml"
ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/"

iam = boto3.client("iam", REGION, endpoint_url=TARGET)
sts = boto3.client("sts", REGION, endpoint_url=TARGET)
pools = boto3.client("cognito-identity", REGION, endpoint_url=TARGET)
account = sts.get_caller_identity()["Account"]
ROLE = f"arn:aws:iam::{account}:role/from-saml"
PROVIDER = f"arn:aws:iam::{account}:saml-provider/corp"


def new_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example")])
    start = datetime.datetime(2024, 1, 1)
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                   .serial_number(1).not_valid_before(start).not_valid_after(start + datetime.timedelta(days=7300))
                   .sign(key, hashes.SHA256()))
    return key, certificate


KEY, CERTIFICATE = new_key()


def metadata(certificate=CERTIFICATE, use='use="signing"'):
    der = base64.encodebytes(certificate.public_bytes(serialization.Encoding.DER)).decode()
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{ISSUER}">
  <!-- one certificate -->
  <IDPSSODescriptor protocolSupportEnumeration="{SAMLP}" WantAuthnRequestsSigned="false">
    <KeyDescriptor {use}>
      <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>
{der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>
    </KeyDescriptor>
    <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="https://idp.example/sso"/>
  </IDPSSODescriptor>
</EntityDescriptor>"""


def response(name="ada", key=KEY, audience="urn:amazon:webservices", seconds=300, sign="assertion", algorithm="rsa-sha256",
             **attributes):
    now = datetime.datetime.utcnow().replace(microsecond=0)
    at = lambda seconds: (now + datetime.timedelta(seconds=seconds)).isoformat() + "Z"
    said = {"Role": [f"{ROLE},{PROVIDER}"], "RoleSessionName": [name], **attributes}
    statement = "".join(
        f'<saml:Attribute Name="{ATTRIBUTE}{key}">' + "".join(
            f'<saml:AttributeValue xmlns:xs="http://www.w3.org/2001/XMLSchema" '
            f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">{value}</saml:AttributeValue>'
            for value in values) + "</saml:Attribute>"
        for key, values in said.items())
    signature = '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"></ds:Signature>'
    there = lambda what: signature if sign == what else ""
    text = f"""<samlp:Response xmlns:samlp="{SAMLP}" xmlns:saml="{SAML}" ID="_{uuid.uuid4()}" Version="2.0"
      IssueInstant="{at(-1)}" Destination="{RECIPIENT}"><saml:Issuer>{ISSUER}</saml:Issuer>{there("response")}
  <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
  <saml:Assertion ID="_{uuid.uuid4()}" Version="2.0" IssueInstant="{at(-1)}">
    <saml:Issuer>{ISSUER}</saml:Issuer>{there("assertion")}
    <saml:Subject>
      <saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{name}</saml:NameID>
      <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
        <saml:SubjectConfirmationData NotOnOrAfter="{at(seconds)}" Recipient="{RECIPIENT}"/>
      </saml:SubjectConfirmation>
    </saml:Subject>
    <saml:Conditions NotBefore="{at(-5)}" NotOnOrAfter="{at(seconds)}">
      <saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>
    </saml:Conditions>
    <saml:AuthnStatement AuthnInstant="{at(-1)}" SessionIndex="_1"><saml:AuthnContext>
      <saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef>
    </saml:AuthnContext></saml:AuthnStatement>
    <saml:AttributeStatement>{statement}</saml:AttributeStatement>
  </saml:Assertion>
</samlp:Response>"""
    root = etree.fromstring(text)
    target = root if sign == "response" else root.find(f"{{{SAML}}}Assertion")
    signer = XMLSigner(method=methods.enveloped, signature_algorithm=algorithm, digest_algorithm="sha256",
                       c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
    signed = signer.sign(target, key=key, cert=[CERTIFICATE.public_bytes(serialization.Encoding.PEM).decode()],
                         reference_uri="#" + target.get("ID"), id_attribute="ID")
    if sign == "assertion":
        root.replace(root.find(f"{{{SAML}}}Assertion"), signed)
    else:
        root = signed
    return base64.b64encode(etree.tostring(root)).decode()


def trust(**condition):
    statements = [{"Effect": "Allow", "Principal": {"Federated": PROVIDER},
                   "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"],
                   "Condition": {"StringEquals": {"saml:aud": RECIPIENT, **condition}}}]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def assume(text, **more):
    return sts.assume_role_with_saml(RoleArn=ROLE, PrincipalArn=PROVIDER, SAMLAssertion=text, **more)


@step("CreateSAMLProvider, GetSAMLProvider, ListSAMLProviders, UpdateSAMLProvider")
def _():
    made = iam.create_saml_provider(Name="corp", SAMLMetadataDocument=metadata(), Tags=[{"Key": "team", "Value": "one"}])
    assert made["SAMLProviderArn"] == PROVIDER and made["Tags"], made
    refused("EntityAlreadyExists", iam.create_saml_provider, Name="corp", SAMLMetadataDocument=metadata())
    refused("InvalidInput", iam.create_saml_provider, Name="none", SAMLMetadataDocument=metadata(use='use="encryption"'))
    refused("InvalidInput", iam.create_saml_provider, Name="none", SAMLMetadataDocument="<x/>" + " " * 1000)
    got = iam.get_saml_provider(SAMLProviderArn=PROVIDER)
    assert got["SAMLMetadataDocument"] == metadata() and "CreateDate" in got, got
    assert PROVIDER in [provider["Arn"] for provider in iam.list_saml_providers()["SAMLProviderList"]]
    refused("NoSuchEntity", iam.get_saml_provider, SAMLProviderArn=PROVIDER + "-none")
    iam.update_saml_provider(SAMLProviderArn=PROVIDER, SAMLMetadataDocument=metadata(use=""))
    assert iam.get_saml_provider(SAMLProviderArn=PROVIDER)["SAMLMetadataDocument"] == metadata(use="")


@step("AssumeRoleWithSAML")
def _():
    iam.create_role(RoleName="from-saml", AssumeRolePolicyDocument=trust(**{"saml:iss": ISSUER, "saml:sub_type": "persistent"}))
    for sign in ["assertion", "response"]:
        session = assume(response(sign=sign, SourceIdentity=["ada"], **{"PrincipalTag:team": ["one"]}))
        assert session["Subject"] == "ada" and session["SubjectType"] == "persistent", session
        assert session["Issuer"] == ISSUER and session["Audience"] == RECIPIENT, session
        assert session["AssumedRoleUser"]["Arn"].endswith(":assumed-role/from-saml/ada"), session
        assert session["SourceIdentity"] == "ada" and session["NameQualifier"], session
        keys = session["Credentials"]
        own = boto3.client("sts", REGION, endpoint_url=TARGET, aws_access_key_id=keys["AccessKeyId"],
                           aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])
        assert own.get_caller_identity()["Arn"] == session["AssumedRoleUser"]["Arn"]


@step("a response is taken once, and only if it is whole, of the provider's key, for AWS and of this time")
def _():
    other, _ = new_key()
    once = response()
    assume(once)
    refused("InvalidIdentityToken", assume, text=once)
    changed = base64.b64decode(response()).replace(b">ada<", b">eve<")
    refused("InvalidIdentityToken", assume, text=base64.b64encode(changed).decode())
    refused("InvalidIdentityToken", assume, text=response(key=other))
    refused("InvalidIdentityToken", assume, text=response(audience="urn:other"))
    refused("ExpiredTokenException", assume, text=response(seconds=-120))
    refused("InvalidIdentityToken", assume, text=response(RoleSessionName=["no blanks"]))


@step("roles that the response does not name, do not exist, or do not trust it, are all refused alike")
def _():
    refused("AccessDenied", assume, text=response(Role=[f"{ROLE}-other,{PROVIDER}"]))
    refused("AccessDenied", sts.assume_role_with_saml, RoleArn=ROLE + "-none", PrincipalArn=PROVIDER,
            SAMLAssertion=response(Role=[f"{ROLE}-none,{PROVIDER}"]))
    iam.update_assume_role_policy(RoleName="from-saml", PolicyDocument=trust(**{"saml:sub": "somebody"}))
    refused("AccessDenied", assume, text=response())


@step("GetId and GetCredentialsForIdentity with a SAML login")
def _():
    pool = pools.create_identity_pool(IdentityPoolName="saml", AllowUnauthenticatedIdentities=False,
                                      SamlProviderARNs=[PROVIDER])["IdentityPoolId"]
    document = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": pool}}}]}
    iam.update_assume_role_policy(RoleName="from-saml", PolicyDocument=json.dumps(document))
    logins = {PROVIDER: response()}
    identity = pools.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"]
    got = pools.get_credentials_for_identity(IdentityId=identity, Logins=logins)
    assert got["IdentityId"] == identity and got["Credentials"]["SessionToken"], got
    refused("NotAuthorizedException", pools.get_credentials_for_identity, IdentityId=identity, Logins=logins)
    refused("NotAuthorizedException", pools.get_id, IdentityPoolId=pool, Logins=logins)
    assert pools.get_id(IdentityPoolId=pool, Logins={PROVIDER: response()})["IdentityId"] == identity
    refused("NotAuthorizedException", pools.get_id, IdentityPoolId=pool, Logins={PROVIDER + "2": response()})


@step("DeleteSAMLProvider ends its logins")
def _():
    iam.delete_saml_provider(SAMLProviderArn=PROVIDER)
    refused("NoSuchEntity", iam.delete_saml_provider, SAMLProviderArn=PROVIDER)
    refused("InvalidIdentityToken", assume, text=response())


done()
