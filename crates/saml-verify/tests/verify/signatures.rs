//! Lines 93 and 94: one signature, of one form, by the provider's own keys.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use saml_verify::Refused;
use test_support::saml::{DS, IdentityProvider, signed_info};

use crate::{IDP, facts, replaced, verify, with_assertion, with_response};

/// A response whose assertion carries a signature with this in the place of its `SignedInfo`.
fn with_signed_info(change: impl FnOnce(String) -> String) -> String {
    let assertion = IDP.assertion(&facts());
    let id = format!("{}a", facts().id);
    let signature = IDP.signature_of(&change(signed_info(&id, assertion.as_bytes())));
    IDP.response(&facts(), &replaced(&assertion, "</saml:Issuer>", &format!("</saml:Issuer>{signature}")))
}

const ENVELOPED: &str =
    "<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>";
const EXCLUSIVE: &str = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></ds:Transform>";

#[test]
fn line_93_a_signature_of_another_form_is_refused_though_it_is_the_providers() {
    let inclusive = EXCLUSIVE.replace("2001/10/xml-exc-c14n#", "TR/2001/REC-xml-c14n-20010315");
    let xpath =
        format!("{ENVELOPED}<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xpath-19991116\"></ds:Transform>");
    let end = "</ds:Reference>";
    for (from, to, reason) in [
        (EXCLUSIVE, inclusive.as_str(), Refused::Transform),
        (EXCLUSIVE, "", Refused::SignatureForm),
        (ENVELOPED, "", Refused::SignatureForm),
        (ENVELOPED, EXCLUSIVE, Refused::Transform),
        (ENVELOPED, &xpath, Refused::SignatureForm),
        ("URI=\"#", "URI=\"", Refused::Reference),
        ("URI=\"#", "Type=\"", Refused::Reference),
        ("URI=\"#", "URI=\"https://idp.example/#", Refused::Reference),
        ("URI=\"#", "URI=\"#xpointer(/)", Refused::Reference),
        (end, &format!("{end}<ds:Reference URI=\"#x\"></ds:Reference>"), Refused::SignatureForm),
        ("<ds:DigestValue>", "<ds:DigestValue>AAAA</ds:DigestValue><ds:DigestValue>", Refused::SignatureForm),
        ("<ds:CanonicalizationMethod", "x<ds:CanonicalizationMethod", Refused::SignatureForm),
        ("xmldsig-more#ecdsa-sha256", "xmldsig-more#ecdsa-sha1", Refused::Algorithm),
        ("2001/04/xmldsig-more#ecdsa-sha256", "2000/09/xmldsig#hmac-sha256", Refused::Algorithm),
        ("2001/04/xmldsig-more#ecdsa-sha256", "2001/04/xmldsig-more#hmac-sha256", Refused::Algorithm),
        ("2001/04/xmldsig-more#ecdsa-sha256", "2001/04/xmldsig-more#rsa-sha256", Refused::Signature),
        ("2001/04/xmlenc#sha256", "2000/09/xmldsig#sha1", Refused::Algorithm),
        ("#ecdsa-sha256\">", "#ecdsa-sha256\"><ds:HMACOutputLength>0</ds:HMACOutputLength>", Refused::SignatureForm),
    ] {
        let response = with_signed_info(|info| replaced(&info, from, to));

        assert_eq!(verify(&response), Err(reason), "{to} in the place of {from}");
    }
}

#[test]
fn line_93_a_comment_in_a_digest_does_not_hide_another() {
    let response = IDP.respond(&facts());
    let wrong = "A".repeat(43) + "=";
    let smuggled = replaced(&response, "<ds:DigestValue>", &format!("<ds:DigestValue><!--{wrong}-->"));
    let second = replaced(&response, "<ds:DigestValue>", &format!("<ds:DigestValue>{wrong}"));

    assert!(verify(&smuggled).is_ok());
    assert!(verify(&second).is_err());
}

#[test]
fn line_93_a_second_signed_info_or_signature_is_refused() {
    let response = IDP.respond(&facts());
    let (_, from) = response.split_once("<ds:SignedInfo>").unwrap();
    let info = format!("<ds:SignedInfo>{}</ds:SignedInfo>", from.split_once("</ds:SignedInfo>").unwrap().0);
    let signature = IDP.signature(&IDP.assertion(&facts()));
    for (from, to) in [
        ("<ds:SignedInfo>", format!("{info}<ds:SignedInfo>")),
        ("</ds:Signature>", format!("{info}</ds:Signature>")),
        ("</ds:Signature>", "<ds:Object></ds:Object></ds:Signature>".to_owned()),
        ("</ds:Signature>", format!("</ds:Signature>{signature}")),
    ] {
        assert_eq!(verify(&replaced(&response, from, &to)), Err(Refused::SignatureForm), "{to}");
    }
}

#[test]
fn line_93_two_elements_of_one_id_are_refused_however_the_attribute_is_spelled() {
    let id = format!("{}a", facts().id);
    for spelling in ["ID", "Id", "id", "xml:id"] {
        let twice =
            replaced(&IDP.respond(&facts()), "<samlp:Status>", &format!("<x {spelling}=\"{id}\"/><samlp:Status>"));

        assert_eq!(verify(&twice), Err(Refused::DuplicateId), "{spelling}");
    }
}

#[test]
fn line_93_a_signed_response_with_a_wrongly_signed_assertion_is_refused() {
    let other = IdentityProvider::new("https://idp.example");
    let assertion = IDP.assertion(&facts());
    let both = |inner: String| IDP.sign(&IDP.response(&facts(), &inner));

    assert_eq!(verify(&both(IDP.sign(&assertion))).unwrap().name_id.value, "ada");
    assert_eq!(verify(&both(other.sign(&assertion))), Err(Refused::Signature));
}

#[test]
fn line_91_what_is_outside_of_the_signed_element_is_not_read() {
    let response = with_assertion(|assertion| assertion);
    let padded = replaced(
        &response,
        "<samlp:Status>",
        "<saml:Subject xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\"><saml:NameID>eve</saml:NameID></saml:Subject><samlp:Status>",
    );

    assert_eq!(verify(&padded).unwrap().name_id.value, "ada");
}

#[test]
fn line_94_the_key_that_a_signature_brings_is_ignored() {
    let mallory = IdentityProvider::new("https://idp.example");
    let brings = |by: &IdentityProvider, certificate: &[u8]| {
        let info = format!(
            "<ds:KeyInfo{DS}><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></ds:Signature>",
            BASE64_STANDARD.encode(certificate)
        );
        replaced(&by.respond(&facts()), "</ds:Signature>", &info)
    };

    assert_eq!(verify(&brings(&mallory, &mallory.certificate())), Err(Refused::Signature));
    assert_eq!(verify(&brings(&mallory, &IDP.certificate())), Err(Refused::Signature));
    assert!(verify(&brings(&IDP, &mallory.certificate())).is_ok());
}

#[test]
fn unsigned_responses_are_refused() {
    let assertion = IDP.assertion(&facts());

    assert_eq!(verify(&IDP.response(&facts(), &assertion)), Err(Refused::Unsigned));
    assert_eq!(verify(&assertion), Err(Refused::NotAResponse));
    assert_eq!(verify(&IDP.response(&facts(), "")), Err(Refused::Assertions));
    let changed = replaced(&with_response(|response| response), ">ada<", ">eve<");
    assert_eq!(verify(&changed), Err(Refused::Digest));
}

#[test]
fn listed_prefixes_count_in_the_canonical_form() {
    let xs = " xmlns:xs=\"http://www.w3.org/2001/XMLSchema\"";
    let list = "<ec:InclusiveNamespaces xmlns:ec=\"http://www.w3.org/2001/10/xml-exc-c14n#\" PrefixList=\"xs\"></ec:InclusiveNamespaces></ds:Transform></ds:Transforms>";
    // Canonical with `xs` listed: its declaration stands at the element that is signed, in the order of prefixes.
    let assertion = replaced(&IDP.assertion(&facts()), " ID=", &format!("{xs} ID="));
    let info = signed_info(&format!("{}a", facts().id), assertion.as_bytes());
    let signature = IDP.signature_of(&replaced(&info, "</ds:Transform></ds:Transforms>", list));
    let signed = replaced(&assertion, "</saml:Issuer>", &format!("</saml:Issuer>{signature}"));
    let outside = replaced(
        &IDP.response(&facts(), &replaced(&signed, xs, "")),
        "<samlp:Response",
        &format!("<samlp:Response{xs}"),
    );

    assert!(verify(&IDP.response(&facts(), &signed)).is_ok());
    assert!(verify(&outside).is_ok());
    assert_eq!(verify(&outside.replace("XMLSchema", "YMLSchema")), Err(Refused::Digest));
}
