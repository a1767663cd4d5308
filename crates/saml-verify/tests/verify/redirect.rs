//! Line 98: messages in the query of a URL, both ways.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use miniz_oxide::inflate::decompress_to_vec;
use proptest::prelude::*;
use proptest::sample::Index;
use saml_verify::{
    Answers, AuthnRequest, Expected, InvalidRequest, Message, RedirectAlgorithm, Redirected, Refused, SigningKey,
};
use test_support::saml::{IdentityProvider, escaped_base64};

use crate::{IDP, KEYS, NOW, RECIPIENT, expected, replaced};

fn packed(xml: &str) -> String {
    escaped_base64(&miniz_oxide::deflate::compress_to_vec(xml.as_bytes(), 6))
}

fn request() -> String {
    IDP.logout_request("ada", RECIPIENT, NOW)
}

fn query() -> String {
    IDP.redirected("SAMLRequest", &request(), Some("a%20b"))
}

fn judged(query: &str) -> Result<Redirected, Refused> {
    expected().verify_redirect(query, NOW)
}

/// The judgement on a message whose text was changed before it was signed.
fn changed(from: &str, to: &str) -> Refused {
    judged(&IDP.redirected("SAMLRequest", &replaced(&request(), from, to), None)).unwrap_err()
}

#[test]
fn line_98_a_signed_message_is_read_with_its_relay_state() {
    let redirected = judged(&query()).unwrap();

    assert_eq!(redirected.relay_state.as_deref(), Some("a b"));
    let Message::LogoutRequest(request) = redirected.message else { panic!("{redirected:?}") };
    assert_eq!((request.id.as_str(), request.name_id.value.as_str()), ("_out", "ada"));
    assert_eq!(request.session_indexes, ["s1"]);
    assert_eq!(request.usable_until, NOW.plus_seconds(360));
}

#[test]
fn line_98_a_parameter_that_stands_twice_is_refused_also_where_both_are_signed() {
    let whole = query();
    for parameter in whole.split('&') {
        let (name, _) = parameter.split_once('=').unwrap();
        for twice in [
            format!("{whole}&{parameter}"),
            format!("{parameter}&{whole}"),
            format!("{whole}&{name}="),
            replaced(&whole, parameter, &format!("{parameter}&{parameter}")),
        ] {
            assert_eq!(judged(&twice), Err(Refused::Query), "{twice}");
        }
    }
    let unsigned = whole.split_once("&Signature=").unwrap().0;
    let signed_twice = IDP.signed_query(&replaced(unsigned, "&SigAlg", "&RelayState=c&SigAlg"));
    assert_eq!(judged(&signed_twice), Err(Refused::Query));
    let both = IDP.signed_query(&replaced(unsigned, "&SigAlg", &format!("&SAMLResponse={}&SigAlg", packed("<a/>"))));
    assert_eq!(judged(&both), Err(Refused::Query));
}

#[test]
fn line_98_parameters_that_are_not_the_bindings_or_are_written_otherwise_are_refused() {
    let whole = query();
    for other in [
        format!("{whole}&a=b"),
        format!("a=b&{whole}"),
        format!("{whole}&"),
        format!("{whole}&SAMLEncoding=urn%3Aoasis%3Anames%3Atc%3ASAML%3A2.0%3Abindings%3AURL-Encoding%3ADEFLATE"),
        format!("{whole}&Relay%53tate=c"),
        replaced(&whole, "SAMLRequest=", "SAML%52equest="),
        replaced(&whole, "RelayState", "relayState"),
        replaced(&whole, "RelayState=", "RelayState"),
        replaced(&whole, "%20", "%2"),
        whole.split('&').rev().collect::<Vec<_>>().join("&"),
        String::new(),
    ] {
        let refused = judged(&other).unwrap_err();
        assert!(matches!(refused, Refused::Query | Refused::Signature), "{other}: {refused:?}");
    }
    assert_eq!(judged(&format!("{whole}&a={}", "b".repeat(64 * 1024))), Err(Refused::Query));
}

#[test]
fn line_98_the_signature_is_over_the_octets_as_they_came_in_their_order() {
    let whole = query();
    let (signed, signature) = whole.split_once("&Signature=").unwrap();
    let (message, rest) = signed.split_once('&').unwrap();

    assert_eq!(judged(&format!("{message}&Signature={signature}&{rest}")).map(|_| ()), Ok(()), "only its place");
    for other in [
        replaced(&whole, "%20", "+"),
        replaced(&whole, "%3A", "%3a"),
        replaced(&whole, "a%20b", "%61%20b"),
        replaced(&whole, "&RelayState=a%20b", ""),
        replaced(&whole, "SAMLRequest", "SAMLResponse"),
    ] {
        assert_eq!(judged(&other), Err(Refused::Signature), "{other}");
    }
    let (state, algorithm) = rest.split_once('&').unwrap();
    assert_eq!(judged(&IDP.signed_query(&format!("{message}&{algorithm}&{state}"))), Err(Refused::Query));
}

#[test]
fn line_98_a_query_without_signature_or_by_another_key_is_refused() {
    let whole = query();
    let unsigned = whole.split_once("&Signature=").unwrap().0;
    assert_eq!(judged(unsigned), Err(Refused::Unsigned));
    assert_eq!(judged(unsigned.split_once("&SigAlg=").unwrap().0), Err(Refused::Unsigned));
    assert_eq!(judged(&format!("{unsigned}&Signature=")), Err(Refused::Signature));

    let stranger = IdentityProvider::new("https://idp.example");
    let forged = stranger.redirected("SAMLRequest", &request(), None);
    assert_eq!(judged(&forged), Err(Refused::Signature));
    assert_eq!(Expected { keys: &[], ..expected() }.verify_redirect(&whole, NOW), Err(Refused::Signature));
}

#[test]
fn line_98_algorithms_that_are_not_believed_are_refused_in_queries_too() {
    for uri in
        ["2000%2F09%2Fxmldsig%23rsa-sha1", "2001%2F04%2Fxmldsig-more%23hmac-sha256", "2000%2F09%2Fxmldsig%23dsa-sha1"]
    {
        let signed = format!("SAMLRequest={}&SigAlg=http%3A%2F%2Fwww.w3.org%2F{uri}", packed(&request()));
        assert_eq!(judged(&IDP.signed_query(&signed)), Err(Refused::Algorithm), "{uri}");
    }
    let rsa = "http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23rsa-sha256";
    let signed = IDP.signed_query(&format!("SAMLRequest={}&SigAlg={rsa}", packed(&request())));
    assert_eq!(judged(&signed), Err(Refused::Signature), "an algorithm that is not the key's");
}

#[test]
fn line_98_nothing_is_unpacked_before_the_signature_holds() {
    let bomb = packed(&"a".repeat(2 * 1024 * 1024));
    let ecdsa = "SigAlg=http%3A%2F%2Fwww.w3.org%2F2001%2F04%2Fxmldsig-more%23ecdsa-sha256";

    assert_eq!(judged(&format!("SAMLRequest={bomb}&{ecdsa}&Signature=AAAA")), Err(Refused::Signature));
    assert_eq!(judged(&IDP.signed_query(&format!("SAMLRequest={bomb}&{ecdsa}"))), Err(Refused::Inflation));
}

#[test]
fn line_96_messages_by_redirect_are_held_to_issuer_destination_version_and_times() {
    let destination = " Destination=\"https://app.example/saml\"";
    assert_eq!(changed(destination, ""), Refused::Destination);
    assert_eq!(changed(destination, " Destination=\"https://app.example/other\""), Refused::Destination);
    assert_eq!(changed("https://idp.example<", "https://other.example<"), Refused::Issuer);
    assert_eq!(changed(" Version=\"2.0\"", ""), Refused::Version);
    assert_eq!(changed(" ID=\"_out\"", " ID=\"\""), Refused::Version);
    assert_eq!(changed(" IssueInstant=\"2027-01-15T08:00:00Z\"", ""), Refused::Time);
    assert_eq!(changed("2027-01-15T08:00:00Z", "2027-01-15T08:01:01Z"), Refused::NotYetValid);
    assert_eq!(changed("2027-01-15T08:00:00Z", "2027-01-15T07:54:00Z"), Refused::Expired);
    assert_eq!(changed(" ID=", " NotOnOrAfter=\"2027-01-15T07:59:00Z\" ID="), Refused::Expired);
    assert_eq!(changed(">ada<", "><"), Refused::Subject);

    let encrypted = request().replace("NameID", "EncryptedID");
    assert_eq!(judged(&IDP.redirected("SAMLRequest", &encrypted, None)), Err(Refused::Encrypted));
    let enveloped = IDP.sign(&request());
    assert_eq!(judged(&IDP.redirected("SAMLRequest", &enveloped, None)), Err(Refused::SignatureForm));
    let exactly = request().replace("2027-01-15T08:00:00Z", "2027-01-15T07:54:01Z");
    assert_eq!(judged(&IDP.redirected("SAMLRequest", &exactly, None)).map(|_| ()), Ok(()));
}

#[test]
fn a_sign_in_does_not_come_by_redirect_and_no_message_as_the_other_kind() {
    let response = IDP.respond(&crate::facts());
    assert_eq!(judged(&IDP.redirected("SAMLResponse", &response, None)), Err(Refused::Message));
    assert_eq!(judged(&IDP.redirected("SAMLResponse", &request(), None)), Err(Refused::Message));
    let other = request().replace("LogoutRequest", "AuthnRequest");
    assert_eq!(judged(&IDP.redirected("SAMLRequest", &other, None)), Err(Refused::Message));
}

#[test]
fn the_answer_to_a_wish_to_sign_out_names_the_wish() {
    let status = |value: &str| {
        format!(
            "<samlp:Status><samlp:StatusCode Value=\"urn:oasis:names:tc:SAML:2.0:status:{value}\"></samlp:StatusCode></samlp:Status></samlp:LogoutResponse>"
        )
    };
    let answer = |value: &str| {
        let (start, _) =
            request().split_once("<saml:NameID").map(|(start, rest)| (start.to_owned(), rest.to_owned())).unwrap();
        format!(
            "{}{}",
            start.replace("LogoutRequest", "LogoutResponse").replace(" ID=", " InResponseTo=\"_q\" ID="),
            status(value)
        )
    };
    let asked = Expected { answers: Answers::Request("_q"), ..expected() };
    let told = |value: &str| asked.verify_redirect(&IDP.redirected("SAMLResponse", &answer(value), None), NOW);

    let Message::LogoutResponse(success) = told("Success").unwrap().message else { panic!("another message") };
    assert_eq!((success.in_response_to.as_deref(), success.success), (Some("_q"), true));
    let Message::LogoutResponse(partial) = told("PartialLogout").unwrap().message else { panic!("another message") };
    assert!(!partial.success);
    let unasked = judged(&IDP.redirected("SAMLResponse", &answer("Success"), None));
    assert_eq!(unasked, Err(Refused::ResponseTo));
    let other = Expected { answers: Answers::Request("_r"), ..expected() };
    let query = IDP.redirected("SAMLResponse", &answer("Success"), None);
    assert_eq!(other.verify_redirect(&query, NOW), Err(Refused::ResponseTo));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn line_98_a_query_that_was_changed_is_refused_unless_only_the_writing_of_the_signature_was(
        at in any::<Index>(), with in "[ -~]{0,3}", length in 0..4usize
    ) {
        let whole = query();
        let start = at.index(whole.len());
        let end = (start + length).min(whole.len());
        let bent = format!("{}{with}{}", &whole[..start], &whole[end..]);
        let signed_part = whole.find("&Signature=").unwrap();

        if let Ok(redirected) = judged(&bent) {
            prop_assert_eq!(&bent[..signed_part], &whole[..signed_part], "{}", bent);
            prop_assert_eq!(redirected, judged(&whole).unwrap());
        }
    }

    #[test]
    fn no_query_that_nobody_has_signed_is_taken(query in "(SAMLRe(quest|sponse)|RelayState|SigAlg|Signature|[A-Za-z&=%]{0,9}|=|&){0,12}") {
        prop_assert!(judged(&query).is_err());
    }
}

fn sign_in() -> AuthnRequest<'static> {
    AuthnRequest {
        id: "_5f1c",
        destination: "https://idp.example/sso?tenant=a&x=1",
        issuer: "urn:example:<app> & \"co\"",
        consumer: RECIPIENT,
        name_id_format: Some("urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
        force_authn: false,
        issued_at: NOW,
    }
}

/// The value of a parameter, as another parser of URLs reads it.
fn parameter(url: &str, name: &str) -> Option<String> {
    let url: url::Url = url.parse().unwrap();
    url.query_pairs().find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

fn sent_xml(url: &str) -> String {
    let packed = BASE64_STANDARD.decode(parameter(url, "SAMLRequest").unwrap()).unwrap();
    String::from_utf8(decompress_to_vec(&packed).unwrap()).unwrap()
}

#[test]
fn a_request_for_a_sign_in_says_who_asks_where_and_when() {
    let url = sign_in().redirect(Some("state/1?&="), None).unwrap().to_string();

    assert!(url.starts_with("https://idp.example/sso?tenant=a&x=1&SAMLRequest="), "{url}");
    assert_eq!(parameter(&url, "RelayState").as_deref(), Some("state/1?&="));
    assert_eq!((parameter(&url, "SigAlg"), parameter(&url, "Signature")), (None, None));
    assert_eq!(
        sent_xml(&url),
        "<samlp:AuthnRequest xmlns:samlp=\"urn:oasis:names:tc:SAML:2.0:protocol\" \
         xmlns:saml=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_5f1c\" Version=\"2.0\" \
         IssueInstant=\"2027-01-15T08:00:00Z\" Destination=\"https://idp.example/sso?tenant=a&#38;x=1\" \
         AssertionConsumerServiceURL=\"https://app.example/saml\" \
         ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST\">\
         <saml:Issuer>urn:example:&#60;app&#62; &#38; &#34;co&#34;</saml:Issuer>\
         <samlp:NameIDPolicy Format=\"urn:oasis:names:tc:SAML:2.0:nameid-format:persistent\" AllowCreate=\"true\"/>\
         </samlp:AuthnRequest>"
    );
    let forced = AuthnRequest { force_authn: true, name_id_format: None, ..sign_in() };
    let xml = sent_xml(&forced.redirect(None, None).unwrap().to_string());
    assert!(xml.contains(" ForceAuthn=\"true\">") && xml.contains("<samlp:NameIDPolicy AllowCreate"), "{xml}");
}

#[test]
fn line_98_a_request_is_signed_over_the_query_that_is_sent() {
    let key = test_support::saml::IdentityProvider::new("https://app.example");
    let redirect = sign_in().redirect(Some("s"), Some(RedirectAlgorithm::EcdsaSha256)).unwrap();
    let octets = std::str::from_utf8(redirect.octets()).unwrap().to_owned();
    let signed = key.signed_query(&octets);
    let signature = BASE64_STANDARD.decode(parameter(&format!("https://a/?{signed}"), "Signature").unwrap()).unwrap();

    let url = redirect.signed(&signature);

    assert!(url.ends_with(&format!("&{signed}")), "{url}");
    assert_eq!(parameter(&url, "SigAlg").as_deref(), Some("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"));
    // Whoever judges queries takes the signature, and stumbles over what a provider never sends.
    let keys = [SigningKey::from_certificate(&key.certificate()).unwrap()];
    let query = url.split_once("x=1&").unwrap().1;
    assert_eq!(Expected { keys: &keys, ..expected() }.verify_redirect(query, NOW), Err(Refused::Message));
    assert_eq!(Expected { keys: &*KEYS, ..expected() }.verify_redirect(query, NOW), Err(Refused::Signature));
}

#[test]
fn each_algorithm_is_named_as_providers_know_it() {
    for (algorithm, name) in [
        (RedirectAlgorithm::RsaSha256, "rsa-sha256"),
        (RedirectAlgorithm::EcdsaSha256, "ecdsa-sha256"),
        (RedirectAlgorithm::EcdsaSha384, "ecdsa-sha384"),
    ] {
        let url = sign_in().redirect(None, Some(algorithm)).unwrap().signed(b"s");
        let named = parameter(&url, "SigAlg").unwrap();
        assert_eq!(named, format!("http://www.w3.org/2001/04/xmldsig-more#{name}"));
        assert_eq!(parameter(&url, "Signature").as_deref(), Some("cw=="));
    }
}

#[test]
fn what_separates_the_query_is_what_the_destination_needs() {
    for (destination, start) in [
        ("https://idp.example/sso", "https://idp.example/sso?SAMLRequest="),
        ("https://idp.example/sso?", "https://idp.example/sso?SAMLRequest="),
        ("https://idp.example/sso?a=b", "https://idp.example/sso?a=b&SAMLRequest="),
        ("http://idp.example/sso?a=b&", "http://idp.example/sso?a=b&SAMLRequest="),
    ] {
        let url = AuthnRequest { destination, ..sign_in() }.redirect(None, None).unwrap().to_string();
        assert!(url.starts_with(start), "{url}");
    }
}

#[test]
fn requests_that_could_not_be_sent_as_they_are_are_not_made() {
    let refused = |request: AuthnRequest<'_>| request.redirect(None, None).unwrap_err();
    for destination in
        ["", "https://", "javascript:alert(1)", "https://idp.example/#a", "https://idp.example/a b", "ftp://a"]
    {
        assert_eq!(refused(AuthnRequest { destination, ..sign_in() }), InvalidRequest::Destination, "{destination}");
    }
    for id in ["", "5f1c", "_a b", "_\"", "-a"] {
        assert_eq!(refused(AuthnRequest { id, ..sign_in() }), InvalidRequest::Id, "{id}");
    }
    assert_eq!(refused(AuthnRequest { issuer: "a\u{0}", ..sign_in() }), InvalidRequest::Text);
    assert!(sign_in().redirect(Some(&"s".repeat(80)), None).is_ok());
    assert_eq!(sign_in().redirect(Some(&"s".repeat(81)), None).unwrap_err(), InvalidRequest::RelayState);
}
