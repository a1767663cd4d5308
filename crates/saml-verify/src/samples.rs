//! The public samples of node-saml and libxml2. Most responses among the former are signed with SHA-1, which is refused: that
//! refusal is lifted here alone, so that the samples judge everything else.

use std::fs;

use crate::canonical::{Apex, canonical};
use crate::malformed::Malformed;
use crate::redirect::signed_query;
use crate::refused::Refused;
use crate::response::{Signed, signed_parts};
use crate::signing_key::SigningKey;
use crate::xml::{Element, Limits, parse};

fn samples(kind: &str) -> Vec<(String, String)> {
    let Some(folder) = shared_vectors::path(&format!("saml-node-saml/test/static/signatures/{kind}")) else {
        return Vec::new();
    };
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let text = |path: std::path::PathBuf| {
        (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read_to_string(path).unwrap())
    };
    files.map(text).collect()
}

/// The key that the samples are to be judged by.
fn key() -> Vec<SigningKey> {
    key_in("cert.pem")
}

fn key_in(file: &str) -> Vec<SigningKey> {
    let Some(path) = shared_vectors::path(&format!("saml-node-saml/test/static/{file}")) else { return Vec::new() };
    let pem = fs::read_to_string(path).unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    vec![SigningKey::from_certificate(&crate::base64_text::decode(&base64).unwrap()).unwrap()]
}

fn judged(xml: &str) -> Result<Signed, Refused> {
    signed_parts(&parse(xml, Limits::RESPONSE)?, &key())
}

#[test]
fn line_100_good_samples_of_node_saml_are_taken_but_for_encryption() {
    crate::old_algorithms::SHA1.set(true);
    let samples = samples("valid");

    for (name, xml) in &samples {
        let judged = judged(xml);

        if name.contains("encrypted") {
            assert_eq!(judged.unwrap_err(), Refused::Encrypted, "{name}");
        } else {
            assert!(judged.is_ok(), "{name}: {judged:?}");
        }
    }
    assert!(matches!(samples.len(), 0 | 16), "{}", samples.len());
}

#[test]
fn line_100_forged_samples_of_node_saml_are_refused_for_what_is_wrong_with_them() {
    crate::old_algorithms::SHA1.set(true);
    let samples = samples("invalid");

    for (name, xml) in &samples {
        let refused = judged(xml).unwrap_err();

        let reasons: &[Refused] = match name.as_str() {
            name if name.contains("encrypted") => &[Refused::Encrypted],
            name if name.contains("transforms") => &[Refused::Transform, Refused::SignatureForm],
            name if name.contains("multiple-root") => &[Refused::Malformed(Malformed::Syntax)],
            name if name.contains("attacker") => &[Refused::Signature],
            name if !name.contains("-signed") => &[Refused::Unsigned],
            _ => &[Refused::Digest, Refused::Signature, Refused::SignatureForm],
        };
        assert!(reasons.contains(&refused), "{name}: {refused:?}");
    }
    assert!(matches!(samples.len(), 0 | 20), "{}", samples.len());
}

#[test]
fn line_94_samples_signed_with_sha1_are_refused_for_that() {
    let samples = samples("valid").into_iter().filter(|(_, xml)| xml.contains("rsa-sha1")).collect::<Vec<_>>();

    for (name, xml) in &samples {
        let expected = if name.contains("encrypted") { Refused::Encrypted } else { Refused::Algorithm };
        assert_eq!(judged(xml).unwrap_err(), expected, "{name}");
    }
    assert!(matches!(samples.len(), 0 | 13), "{}", samples.len());
}

#[test]
fn line_98_queries_of_node_saml_are_signed_as_they_stand() {
    crate::old_algorithms::SHA1.set(true);
    let Some(folder) = shared_vectors::path("saml-node-saml/test/static") else { return };
    let keys = key_in("acme_tools_com.cert");
    for name in ["sp_slo_redirect", "sp_slo_redirect_failure", "idp_slo_redirect"] {
        let sample = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let (_, rest) = sample.split_once("\"originalQuery\": \"").unwrap();
        let (query, _) = rest.split_once('"').unwrap();

        assert!(signed_query(query, &keys).is_ok(), "{name}");
        assert_eq!(signed_query(&query.replacen("SAMLRe", "SAMLRf", 1), &keys).unwrap_err(), Refused::Query);
        assert_eq!(signed_query(&query.replacen("=f", "=g", 1), &keys).unwrap_err(), Refused::Signature, "{name}");
    }
    crate::old_algorithms::SHA1.set(false);
    let sample = fs::read_to_string(folder.join("sp_slo_redirect.json")).unwrap();
    let (_, rest) = sample.split_once("\"originalQuery\": \"").unwrap();
    let refused = signed_query(rest.split_once('"').unwrap().0, &keys).unwrap_err();
    assert_eq!(refused, Refused::Algorithm);
}

fn find<'s, 'a>(element: &'s Element<'a>, name: &str, around: &mut Vec<&'s Element<'a>>) -> Option<&'s Element<'a>> {
    if element.local == name {
        return Some(element);
    }
    around.push(element);
    let found = element.elements().find_map(|child| find(child, name, around));
    if found.is_none() {
        around.pop();
    }
    found
}

#[test]
fn canonical_forms_of_elements_equal_those_of_libxml2() {
    let Some(folder) = shared_vectors::path("c14n-libxml2") else { return };
    for (case, apex, listed) in [
        ("test-0", "e6", ""),
        ("test-1", "e6", "a"),
        ("test-2", "SignedInfo", ""),
        ("merlin-c14n-two-09", "Something", ""),
        ("merlin-c14n-two-18", "Something", "#default"),
    ] {
        let read = |path: &str| fs::read_to_string(folder.join(path)).unwrap();
        let text = read(&format!("test/c14n/exc-without-comments/{case}.xml"));
        let expected = read(&format!("result/c14n/exc-without-comments/{case}"));
        let text = without_doctype(&text).replace("<e9 ", "<e9 attr=\"default\" ");
        let listed: Vec<_> =
            listed.split_whitespace().map(|one| one.trim_start_matches("#default").to_owned()).collect();

        let document = parse(&text, Limits::RESPONSE).unwrap();
        let mut around = Vec::new();
        let element = find(&document, apex, &mut around).unwrap();
        let apex = Apex { element, around: &around, without: None, listed: &listed };

        assert_eq!(canonical(&apex).unwrap(), expected, "{case}");
    }
}

/// The document type gives one element a default attribute, which the caller writes out.
fn without_doctype(text: &str) -> String {
    match (text.find("<!DOCTYPE"), text.find("]>")) {
        (Some(start), Some(end)) => format!("{}{}", &text[..start], &text[end + 2..]),
        _ => text.to_owned(),
    }
}
