//! Signature wrapping: a genuine signature in a document that says something else. The eight variants of Somorovsky et al.,
//! "On Breaking SAML: Be Whoever You Want to Be".

use saml_verify::Refused;

use crate::{IDP, facts, replaced, verify};

/// A genuine assertion, signed; the same without its signature; the signature.
fn genuine() -> (String, String, String) {
    let plain = IDP.assertion(&facts());
    (IDP.sign(&plain), plain.clone(), IDP.signature(&plain))
}

/// Another's name in the place of the user's, with the genuine id or one of its own.
fn forged(genuine: &str, keeps_id: bool) -> String {
    let forged = replaced(genuine, ">ada<", ">mallory<");
    if keeps_id { forged } else { forged.replace(" ID=\"", " ID=\"evil") }
}

fn with_signature(element: &str, signature: &str) -> String {
    replaced(element, "</saml:Issuer>", &format!("</saml:Issuer>{signature}"))
}

fn into_signature(signature: &str, content: &str) -> String {
    replaced(signature, "</ds:Signature>", &format!("{content}</ds:Signature>"))
}

/// The eight variants, with their numbers.
fn variants(keeps_id: bool) -> Vec<(u8, String)> {
    let facts = facts();
    let (signed, plain, signature) = genuine();
    let evil = forged(&plain, keeps_id);
    let response = IDP.response(&facts, &plain);
    let response_signature = IDP.signature(&response);
    let evil_response = forged(&response, keeps_id);
    let respond = |content: &str| IDP.response(&facts, content);
    let extensions = format!("<samlp:Extensions>{evil}</samlp:Extensions><samlp:Status>");
    let object = format!("<ds:Object>{plain}</ds:Object>");
    vec![
        (1, with_signature(&evil_response, &into_signature(&response_signature, &response))),
        (2, with_signature(&evil_response, &format!("{response}{response_signature}"))),
        (3, respond(&format!("{evil}{signed}"))),
        (4, respond(&replaced(&evil, "</saml:Assertion>", &format!("{signed}</saml:Assertion>")))),
        (5, respond(&format!("{}{plain}", with_signature(&evil, &signature)))),
        (6, respond(&with_signature(&evil, &into_signature(&signature, &plain)))),
        (7, replaced(&respond(&signed), "<samlp:Status>", &extensions)),
        (8, respond(&with_signature(&evil, &into_signature(&signature, &object)))),
    ]
}

#[test]
fn the_genuine_responses_are_taken_that_the_variants_are_made_from() {
    let (signed, plain, _) = genuine();

    for response in [IDP.response(&facts(), &signed), IDP.sign(&IDP.response(&facts(), &plain))] {
        assert_eq!(verify(&response).unwrap().name_id.value, "ada");
    }
}

#[test]
fn line_93_each_of_the_eight_wrapping_variants_is_refused() {
    for keeps_id in [true, false] {
        let variants = variants(keeps_id);

        for (number, response) in &variants {
            assert!(response.contains("mallory"));
            let refused = verify(response).unwrap_err();
            let reasons = [
                Refused::Assertions,
                Refused::Digest,
                Refused::DuplicateId,
                Refused::Reference,
                Refused::SignatureForm,
                Refused::Unsigned,
            ];
            assert!(reasons.contains(&refused), "XSW{number}: {refused:?}");
        }
        assert_eq!(variants.len(), 8);
    }
}

#[test]
fn line_93_a_genuine_assertion_in_the_advice_of_another_is_not_read() {
    let (signed, plain, _) = genuine();
    let advice = format!("<saml:Advice>{signed}</saml:Advice></saml:Assertion>");
    let evil = replaced(&forged(&plain, false), "</saml:Assertion>", &advice);

    assert_eq!(verify(&IDP.response(&facts(), &evil)), Err(Refused::Unsigned));
}

#[test]
fn line_93_a_genuine_signature_moved_to_another_element_is_refused() {
    let (_, plain, signature) = genuine();
    let other = forged(&plain, false);
    let signed_response = IDP.signature(&IDP.response(&facts(), &plain));

    for (response, reason) in [
        (IDP.response(&facts(), &with_signature(&other, &signature)), Refused::Reference),
        (IDP.response(&facts(), &with_signature(&forged(&plain, true), &signature)), Refused::Digest),
        (with_signature(&IDP.response(&facts(), &plain), &signature), Refused::Reference),
        (IDP.response(&facts(), &with_signature(&plain, &signed_response)), Refused::Reference),
    ] {
        assert_eq!(verify(&response), Err(reason));
    }
}
