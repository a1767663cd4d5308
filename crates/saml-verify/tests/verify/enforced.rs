//! Line 96: every element that is enforced, removed or changed one by one.

use saml_verify::{Answers, Expected, Refused};

use crate::{IDP, NOW, RECIPIENT, expected, facts, replaced, verify, with_assertion, with_response};

/// What the genuine assertion has, what stands in its place, and why that is refused.
const OF_ASSERTION: [(&str, &str, Refused); 22] = [
    (" Version=\"2.0\"", " Version=\"1.1\"", Refused::Version),
    (" Version=\"2.0\"", "", Refused::Version),
    (" IssueInstant=\"2027-01-15T08:00:00Z\"", "", Refused::Time),
    (" IssueInstant=\"2027-01-15T08:00:00Z\"", " IssueInstant=\"2027-01-15T08:01:01Z\"", Refused::NotYetValid),
    ("https://idp.example<", "https://other.example<", Refused::Issuer),
    ("</saml:Issuer>", "</saml:Issuer><saml:Issuer>https://idp.example</saml:Issuer>", Refused::Issuer),
    (">ada</saml:NameID>", "></saml:NameID>", Refused::Subject),
    ("</saml:NameID>", "</saml:NameID><saml:NameID>eve</saml:NameID>", Refused::Subject),
    (">ada</saml:NameID>", ">a<b></b>da</saml:NameID>", Refused::Subject),
    ("cm:bearer", "cm:sender-vouches", Refused::Confirmation),
    (" Recipient=\"https://app.example/saml\"", " Recipient=\"https://app.example/saml/\"", Refused::Confirmation),
    (" Recipient=\"https://app.example/saml\"", "", Refused::Confirmation),
    (" NotOnOrAfter=\"2027-01-15T08:05:00Z\" Recipient", " Recipient", Refused::Confirmation),
    (
        " NotOnOrAfter=\"2027-01-15T08:05:00Z\" Recipient",
        " NotOnOrAfter=\"2027-01-15T07:59:00Z\" Recipient",
        Refused::Expired,
    ),
    (
        " NotOnOrAfter=\"2027-01-15T08:05:00Z\" Recipient",
        " NotBefore=\"2027-01-15T08:01:01Z\" NotOnOrAfter=\"2027-01-15T08:05:00Z\" Recipient",
        Refused::NotYetValid,
    ),
    ("<saml:Audience>https://app.example/saml<", "<saml:Audience>https://other.example/saml<", Refused::Audience),
    ("<saml:Audience>https://app.example/saml</saml:Audience>", "", Refused::Audience),
    (
        "NotBefore=\"2027-01-15T08:00:00Z\" NotOnOrAfter",
        "NotBefore=\"2027-01-15T08:01:01Z\" NotOnOrAfter",
        Refused::NotYetValid,
    ),
    (
        "NotOnOrAfter=\"2027-01-15T08:05:00Z\"><saml:Aud",
        "NotOnOrAfter=\"2027-01-15T07:59:00Z\"><saml:Aud",
        Refused::Expired,
    ),
    ("</saml:Conditions>", "<saml:Moon></saml:Moon></saml:Conditions>", Refused::Condition),
    (
        "AuthnInstant=\"2027-01-15T08:00:00Z\"",
        "AuthnInstant=\"2027-01-15T08:00:00Z\" SessionNotOnOrAfter=\"2027-01-15T07:59:00Z\"",
        Refused::Expired,
    ),
    ("AuthnInstant=\"2027-01-15T08:00:00Z\"", "AuthnInstant=\"soon\"", Refused::Time),
];

/// The same of a signed response.
const OF_RESPONSE: [(&str, &str, Refused); 9] = [
    (" Version=\"2.0\"", " Version=\"2.1\"", Refused::Version),
    (" IssueInstant=\"2027-01-15T08:00:00Z\"", "", Refused::Time),
    (" Destination=\"https://app.example/saml\"", "", Refused::Destination),
    (" Destination=\"https://app.example/saml\"", " Destination=\"https://app.example/other\"", Refused::Destination),
    (">https://idp.example<", ">https://other.example<", Refused::Issuer),
    ("status:Success", "status:Requester", Refused::Status),
    ("<samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:Success\"></samlp:StatusCode>", "", Refused::Status),
    (" IssueInstant=", " InResponseTo=\"_1\" IssueInstant=", Refused::ResponseTo),
    ("</samlp:Status>", "</samlp:Status><samlp:Status></samlp:Status>", Refused::Status),
];

#[test]
fn line_96_each_rule_of_the_assertion_is_enforced() {
    assert_eq!(NOW.to_iso8601(), "2027-01-15T08:00:00Z");
    for (from, to, reason) in OF_ASSERTION {
        let response = with_assertion(|assertion| replaced(&assertion, from, to));

        assert_eq!(verify(&response), Err(reason), "{to} in the place of {from}");
    }
}

#[test]
fn line_96_each_rule_of_the_response_is_enforced() {
    for (from, to, reason) in &OF_RESPONSE {
        let response = with_response(|response| replaced(&response, from, to));

        assert_eq!(verify(&response), Err(*reason), "{to} in the place of {from}");
    }
}

#[test]
fn line_96_an_assertion_without_statement_of_authentication_is_refused() {
    let cut = |assertion: String| {
        let (before, rest) = assertion.split_once("<saml:AuthnStatement").unwrap();
        let (_, behind) = rest.split_once("</saml:AuthnStatement>").unwrap();
        format!("{before}{behind}")
    };

    assert_eq!(verify(&with_assertion(cut)), Err(Refused::Statement));
}

#[test]
fn line_96_times_are_taken_with_a_minute_of_skew_and_no_more() {
    let response = IDP.respond(&facts());
    let at = |seconds| expected().verify_xml(&response, NOW.plus_seconds(seconds)).map(|taken| taken.name_id.value);
    let generous = Expected { skew_seconds: 86_400, ..expected() };

    assert_eq!([at(-60), at(359)].map(|taken| taken.is_ok()), [true; 2]);
    assert_eq!([at(-61), at(360)], [Err(Refused::NotYetValid), Err(Refused::Expired)]);
    assert_eq!(generous.verify_xml(&response, NOW.plus_seconds(360)), Err(Refused::Expired));
}

#[test]
fn line_96_a_response_answers_the_request_that_was_sent_at_both_places() {
    let mut facts = facts();
    let unasked = IDP.respond(&facts);
    facts.in_response_to = " InResponseTo=\"_42\"".to_owned();
    let answer = IDP.respond(&facts);
    let half = replaced(&answer, " InResponseTo=\"_42\"", "");
    let other = replaced(&answer, " InResponseTo=\"_42\"", " InResponseTo=\"_43\"");
    let judge = |answers, response: &str| Expected { answers, ..expected() }.verify_xml(response, NOW).map(|_| ());
    let refused = Err(Refused::ResponseTo);

    assert_eq!(judge(Answers::Request("_42"), &answer), Ok(()));
    assert_eq!(judge(Answers::Anything, &answer), Ok(()));
    assert_eq!(judge(Answers::Anything, &unasked), Ok(()));
    assert_eq!(judge(Answers::Request("_42"), &unasked), refused);
    assert_eq!(judge(Answers::Request("_41"), &answer), refused);
    assert_eq!(judge(Answers::Nothing, &answer), refused);
    assert_eq!(judge(Answers::Nothing, &half), refused);
    assert_eq!(judge(Answers::Request("_42"), &half), refused);
    assert_eq!(judge(Answers::Anything, &other), refused);
}

#[test]
fn a_verified_assertion_says_what_was_signed() {
    let assertion = verify(&with_response(|response| response)).unwrap();

    assert_eq!(assertion.name_id.value, "ada");
    assert_eq!(assertion.name_id.format.as_deref(), Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"));
    assert_eq!((assertion.issuer.as_str(), assertion.audience.as_str()), ("https://idp.example", RECIPIENT));
    assert_eq!(assertion.recipient, RECIPIENT);
    assert_eq!(assertion.values("role").collect::<Vec<_>>(), ["reader", "writer"]);
    assert_eq!((assertion.session_ends_at, assertion.usable_until), (None, NOW.plus_seconds(360)));
    assert_eq!(assertion.id, format!("{}a", facts().id));
}

#[test]
fn of_several_confirmations_one_that_holds_is_enough() {
    let both = with_assertion(|assertion| {
        let start = assertion.find("<saml:SubjectConfirmation ").unwrap();
        let end = assertion.find("</saml:Subject>").unwrap();
        let other = assertion[start..end].replace("app.example", "other.example");
        replaced(&assertion, "<saml:SubjectConfirmation ", &format!("{other}<saml:SubjectConfirmation "))
    });

    assert_eq!(verify(&both).unwrap().recipient, RECIPIENT);
}
