//! Lines 91, 92 and 99: what is taken as XML, and how text is read.

use saml_verify::{Expected, Malformed, Refused};

use crate::{IDP, NOW, expected, facts, replaced, verify, with_assertion, with_response};

fn malformed(kind: Malformed) -> Refused {
    Refused::Malformed(kind)
}

#[test]
fn line_92_what_lets_a_document_say_more_than_it_shows_is_refused() {
    let response = IDP.respond(&facts());
    let doctype = "<!DOCTYPE r [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>";
    for (text, reason) in [
        (format!("{doctype}{response}"), Malformed::Doctype),
        (replaced(&response, ">ada<", &format!(">{doctype}ada<")), Malformed::Doctype),
        (replaced(&response, ">ada<", ">&e;ada<"), Malformed::Entity),
        (replaced(&response, ">ada<", ">&#0;ada<"), Malformed::Entity),
        (replaced(&response, ">ada<", ">a<?x y?>da<"), Malformed::Instruction),
        (format!("<?x y?>{response}"), Malformed::Instruction),
        (format!("{response}<?x y?>"), Malformed::Instruction),
        (
            replaced(&response, ">ada<", "><i:include xmlns:i=\"http://www.w3.org/2001/XInclude\" href=\"x\"/>ada<"),
            Malformed::XInclude,
        ),
        (format!("{response}{response}"), Malformed::Syntax),
        (format!("{response}x"), Malformed::Syntax),
        (replaced(&response, ">ada<", ">a\u{1}da<"), Malformed::Syntax),
        (replaced(&response, " Version=\"2.0\"", " Version=\"2.0\" Version=\"2.0\""), Malformed::Syntax),
        (replaced(&response, "<samlp:Status>", "<none:a></none:a><samlp:Status>"), Malformed::Syntax),
    ] {
        assert_eq!(verify(&text), Err(malformed(reason)), "{text}");
    }
}

#[test]
fn line_92_comments_do_not_split_or_shorten_a_text() {
    let signed = IDP.sign(&IDP.assertion(&facts()));
    let response = IDP.response(&facts(), &signed);
    let commented = replaced(&response, ">ada<", "><!-- -->a<!-- -->d<!---->a<!-- x --><");
    let longer = with_assertion(|assertion| replaced(&assertion, ">ada<", ">ada.evil.example<"));
    let cut = replaced(&longer, ">ada.evil.example<", ">ada<!---->.evil.example<");

    assert_eq!(verify(&commented).unwrap().name_id.value, "ada");
    assert_eq!(verify(&cut).unwrap().name_id.value, "ada.evil.example");
}

#[test]
fn line_92_references_and_sections_of_characters_are_the_characters() {
    let response = IDP.respond(&facts());

    for spelling in [">&#97;d&#x61;<", "><![CDATA[ada]]><", ">a<![CDATA[d]]>a<"] {
        assert_eq!(verify(&replaced(&response, ">ada<", spelling)).unwrap().name_id.value, "ada", "{spelling}");
    }
}

#[test]
fn a_document_that_is_written_otherwise_and_says_the_same_is_taken() {
    let response = IDP.respond(&facts());
    let otherwise = replaced(
        &response,
        "<samlp:Response ",
        "<?xml version='1.0' encoding='utf-8'?>\r\n<samlp:Response\r\n  xmlns:unused=\"urn:x\" ",
    );
    let otherwise =
        otherwise.replace("\" Version=\"2.0\"", "'  Version = '2.0'").replace("IssueInstant=\"", "IssueInstant='");

    assert_eq!(verify(&otherwise).map(|taken| taken.name_id.value), Ok("ada".to_owned()));
}

#[test]
fn line_99_documents_beyond_the_limits_are_refused() {
    let response = IDP.respond(&facts());
    let within = |content: &str| replaced(&response, "<samlp:Status>", &format!("{content}<samlp:Status>"));
    let attributes: String = (0..1000).map(|n| format!(" a{n}=\"\"")).collect();
    let namespaces: String = (0..200).map(|n| format!(" xmlns:n{n}=\"urn:{n}\"")).collect();
    for (text, reason) in [
        (within(&"x".repeat(256 * 1024)), Malformed::TooLarge),
        (within(&format!("{}{}", "<x>".repeat(64), "</x>".repeat(64))), Malformed::TooDeep),
        (within(&"<x>".repeat(80_000)), Malformed::TooDeep),
        (within(&format!("<x{attributes}/>")), Malformed::TooLarge),
        (within(&format!("<x{namespaces}/>")), Malformed::TooLarge),
    ] {
        assert_eq!(verify(&text), Err(malformed(reason)));
    }
    assert!(verify(&within(&format!("{}{}", "<x>".repeat(60), "</x>".repeat(60)))).is_ok());
}

#[test]
fn line_99_a_long_namespace_that_would_be_declared_again_and_again_is_refused() {
    let uri = "u".repeat(100_000);
    let response = with_response(|response| response);
    let bomb = replaced(&response, "<samlp:Response ", &format!("<samlp:Response xmlns:p=\"{uri}\" "));
    let bomb = replaced(&bomb, "<samlp:Status>", &format!("{}<samlp:Status>", "<p:a/>".repeat(10_000)));

    assert_eq!(verify(&bomb), Err(malformed(Malformed::TooLarge)));
}

#[test]
fn base64_may_have_lines_and_nothing_else_in_it() {
    let base64 = IDP.respond_in_base64(&facts());
    let lines = base64.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect::<Vec<_>>();

    assert!(expected().verify(&lines.join("\r\n"), NOW).is_ok());
    for text in [lines.join("-"), "*".to_owned(), "/w==".to_owned()] {
        assert_eq!(expected().verify(&text, NOW), Err(malformed(Malformed::Encoding)));
    }
    assert_eq!(expected().verify("", NOW), Err(malformed(Malformed::Syntax)));
}

#[test]
fn line_95_encrypted_assertions_and_names_are_refused_for_that() {
    let response = IDP.respond(&facts());
    for element in ["EncryptedAssertion", "EncryptedID", "EncryptedAttribute", "EncryptedData"] {
        let text = replaced(&response, "<samlp:Status>", &format!("<{element}></{element}><samlp:Status>"));

        assert_eq!(verify(&text), Err(Refused::Encrypted), "{element}");
    }
}

#[test]
fn line_94_without_keys_every_response_is_refused() {
    let keyless = Expected { keys: &[], ..expected() };

    assert_eq!(keyless.verify_xml(&IDP.respond(&facts()), NOW), Err(Refused::Signature));
}
