//! An identity provider that signs SAML responses. It writes XML that is canonical as it stands and signs those bytes, so it
//! shares no code with what judges it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use identity_kernel::time::Timestamp;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};

/// The namespace of signatures, as an attribute.
pub const DS: &str = " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"";

/// A key, and whose it is.
pub struct IdentityProvider {
    key: EcdsaKeyPair,
    /// The entity id.
    pub entity_id: String,
}

/// What a response says.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The id of the response; the assertion's is the same with `a` behind it.
    pub id: String,
    /// `Recipient` and `Destination`.
    pub recipient: String,
    /// The only audience.
    pub audience: String,
    /// The subject's name.
    pub name_id: String,
    /// `InResponseTo`, with the blank before it, or nothing.
    pub in_response_to: String,
    /// Names and values, in XML.
    pub attributes: Vec<(String, Vec<String>)>,
    /// When it is made; it is valid for five minutes from there.
    pub now: Timestamp,
}

impl Facts {
    /// Of one subject for one recipient, who is the audience as well.
    pub fn of(name_id: &str, recipient: &str, now: Timestamp) -> Self {
        Self {
            id: format!("_{:016x}{name_id:.1}", now.epoch_millis()),
            recipient: recipient.to_owned(),
            audience: recipient.to_owned(),
            name_id: name_id.to_owned(),
            in_response_to: String::new(),
            attributes: Vec::new(),
            now,
        }
    }

    /// With one attribute more.
    #[must_use]
    pub fn with(mut self, name: &str, values: &[&str]) -> Self {
        self.attributes.push((name.to_owned(), values.iter().map(|&value| value.to_owned()).collect()));
        self
    }

    /// With another id.
    #[must_use]
    pub fn with_id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }
}

impl IdentityProvider {
    /// With a new key of P-256.
    pub fn new(entity_id: &str) -> Self {
        #[expect(clippy::disallowed_methods, reason = "tests")]
        let rng = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &rng).unwrap();
        Self { key, entity_id: entity_id.to_owned() }
    }

    /// A certificate in DER that says nothing but the key.
    pub fn certificate(&self) -> Vec<u8> {
        let algorithm = hex::decode("301306072a8648ce3d020106082a8648ce3d030107").unwrap();
        let key = der(0x03, &[&[0], self.key.public_key().as_ref()]);
        let names = der(0x30, &[]);
        let body = der(0x30, &[&[0x02, 1, 1], &names, &names, &names, &names, &der(0x30, &[&algorithm, &key])]);
        der(0x30, &[&body, &names, &[0x03, 1, 0]])
    }

    /// Metadata with that certificate, whose descriptor has these attributes: ` use="signing"`, say.
    pub fn metadata(&self, key_attributes: &str) -> String {
        format!(
            "<md:EntityDescriptor xmlns:md=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"{}\">\
             <md:IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\">\
             <md:KeyDescriptor{key_attributes}><ds:KeyInfo{DS}><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate>\
             </ds:X509Data></ds:KeyInfo></md:KeyDescriptor>\
             <md:SingleSignOnService Binding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\" Location=\"https://idp.example/sso\"/>\
             </md:IDPSSODescriptor></md:EntityDescriptor>",
            self.entity_id,
            BASE64_STANDARD.encode(self.certificate())
        )
    }

    /// An assertion without signature.
    pub fn assertion(&self, facts: &Facts) -> String {
        let Facts { id, recipient, audience, name_id, in_response_to, attributes, now } = facts;
        let (start, end) = (now.to_iso8601(), now.plus_seconds(300).to_iso8601());
        let mut said = String::new();
        for (name, values) in attributes {
            write!(said, "<saml:Attribute Name=\"{name}\">").unwrap();
            for value in values {
                write!(said, "<saml:AttributeValue>{value}</saml:AttributeValue>").unwrap();
            }
            said.push_str("</saml:Attribute>");
        }
        format!(
            "<saml:Assertion xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}a\" IssueInstant=\"{start}\" Version=\"2.0\">\
             <saml:Issuer>{}</saml:Issuer>\
             <saml:Subject><saml:NameID Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\">{name_id}</saml:NameID>\
             <saml:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\"><saml:SubjectConfirmationData{in_response_to} \
             NotOnOrAfter=\"{end}\" Recipient=\"{recipient}\"></saml:SubjectConfirmationData></saml:SubjectConfirmation></saml:Subject>\
             <saml:Conditions NotBefore=\"{start}\" NotOnOrAfter=\"{end}\"><saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience>\
             </saml:AudienceRestriction></saml:Conditions>\
             <saml:AuthnStatement AuthnInstant=\"{start}\"><saml:AuthnContext><saml:AuthnContextClassRef>\
             urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>\
             <saml:AttributeStatement>{said}</saml:AttributeStatement></saml:Assertion>",
            self.entity_id
        )
    }

    /// A response without signature of its own around an assertion.
    pub fn response(&self, facts: &Facts, assertion: &str) -> String {
        let Facts { id, recipient, in_response_to, now, .. } = facts;
        format!(
            "<samlp:Response xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" Destination=\"{recipient}\" ID=\"{id}\"{in_response_to} \
             IssueInstant=\"{}\" Version=\"2.0\"><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}</saml:Issuer>\
             <samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></samlp:StatusCode></samlp:Status>\
             {assertion}</samlp:Response>",
            now.to_iso8601(),
            self.entity_id
        )
    }

    /// Signs an element in canonical form; the signature stands behind its first issuer.
    pub fn sign(&self, element: &str) -> String {
        let signature = self.signature(element);
        let end = element.find("</saml:Issuer>").unwrap() + "</saml:Issuer>".len();
        format!("{}{signature}{}", &element[..end], &element[end..])
    }

    /// The signature over an element in canonical form.
    pub fn signature(&self, element: &str) -> String {
        let id = element.split_once(" ID=\"").unwrap().1.split_once('"').unwrap().0;
        self.signature_of(&signed_info(id, element.as_bytes()))
    }

    /// The signature with this content of `SignedInfo`.
    pub fn signature_of(&self, signed_info: &str) -> String {
        #[expect(clippy::disallowed_methods, reason = "tests")]
        let rng = SystemRandom::new();
        let canonical = format!("<ds:SignedInfo{DS}>{signed_info}</ds:SignedInfo>");
        let value = BASE64_STANDARD.encode(self.key.sign(&rng, canonical.as_bytes()).unwrap());
        format!(
            "<ds:Signature{DS}><ds:SignedInfo>{signed_info}</ds:SignedInfo><ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
        )
    }

    /// A response with a signed assertion.
    pub fn respond(&self, facts: &Facts) -> String {
        self.response(facts, &self.sign(&self.assertion(facts)))
    }

    /// That response as a form carries it.
    pub fn respond_in_base64(&self, facts: &Facts) -> String {
        BASE64_STANDARD.encode(self.respond(facts))
    }
}

impl IdentityProvider {
    /// A request that this user be signed out, for a recipient.
    pub fn logout_request(&self, name_id: &str, recipient: &str, now: Timestamp) -> String {
        format!(
            "<samlp:LogoutRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" Destination=\"{recipient}\" ID=\"_out\" \
             IssueInstant=\"{}\" Version=\"2.0\"><saml:Issuer xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{}</saml:Issuer>\
             <saml:NameID xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\">{name_id}</saml:NameID>\
             <samlp:SessionIndex>s1</samlp:SessionIndex></samlp:LogoutRequest>",
            now.to_iso8601(),
            self.entity_id
        )
    }

    /// The query of a URL that carries a message (SAML Bindings §3.4), by the name of the parameter.
    pub fn redirected(&self, parameter: &str, xml: &str, relay_state: Option<&str>) -> String {
        let packed = escaped_base64(&stored(xml.as_bytes()));
        let state = relay_state.map(|state| format!("&RelayState={state}")).unwrap_or_default();
        let algorithm = "http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23ecdsa-sha256";
        self.signed_query(&format!("{parameter}={packed}{state}&SigAlg={algorithm}"))
    }

    /// A query with the signature over it behind it.
    pub fn signed_query(&self, query: &str) -> String {
        #[expect(clippy::disallowed_methods, reason = "tests")]
        let rng = SystemRandom::new();
        format!("{query}&Signature={}", escaped_base64(self.key.sign(&rng, query.as_bytes()).unwrap().as_ref()))
    }
}

/// Bytes as a parameter of a query.
pub fn escaped_base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes).replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

/// A deflate stream of one block that is not compressed (RFC 1951 §3.2.4).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    [&[1], &length.to_le_bytes()[..], &(!length).to_le_bytes()[..], bytes].concat()
}

/// The content of `SignedInfo` for an element of this id and these canonical bytes.
pub fn signed_info(id: &str, canonical: &[u8]) -> String {
    let digest = BASE64_STANDARD.encode(digest(&SHA256, canonical));
    format!(
        "<ds:CanonicalizationMethod Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256\"></ds:SignatureMethod>\
         <ds:Reference URI=\"#{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>\
         <ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>\
         <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>"
    )
}

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = u8::try_from(content.len()).unwrap();
    let header = if length < 0x80 { vec![tag, length] } else { vec![tag, 0x81, length] };
    [header, content].concat()
}
