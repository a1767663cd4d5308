//! Line 94: metadata, and the keys that are believed.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use saml_verify::{InvalidMetadata, Malformed, Metadata, SigningKey, UnusableCertificate};

use crate::{IDP, KEYS, replaced};

#[test]
fn line_94_keys_for_signing_and_for_no_named_use_are_taken_and_no_others() {
    for attributes in ["", " use=\"signing\""] {
        let metadata = Metadata::parse(&IDP.metadata(attributes)).unwrap();

        assert_eq!((metadata.entity_id.as_str(), metadata.keys.as_slice()), ("https://idp.example", &KEYS[..]));
    }
    for attributes in [" use=\"encryption\"", " use=\"\"", " use=\"Signing\""] {
        assert_eq!(Metadata::parse(&IDP.metadata(attributes)), Err(InvalidMetadata::NoUsableKey), "{attributes}");
    }
}

#[test]
fn line_94_metadata_without_a_usable_key_are_refused() {
    let good = IDP.metadata("");
    let certificate = BASE64_STANDARD.encode(IDP.certificate());

    for text in [
        replaced(&good, &certificate, ""),
        replaced(&good, &certificate, "AAAA"),
        replaced(&good, &certificate, &BASE64_STANDARD.encode(short_rsa())),
        replaced(&good, "ds:X509Certificate>", "ds:Other>").replacen("/ds:X509Certificate>", "/ds:Other>", 1),
    ] {
        assert_eq!(Metadata::parse(&text), Err(InvalidMetadata::NoUsableKey), "{text}");
    }
}

/// A certificate whose RSA key has 1,024 bits.
fn short_rsa() -> Vec<u8> {
    rsa(128)
}

/// A certificate with an RSA modulus of so many bytes.
fn rsa(bytes: usize) -> Vec<u8> {
    let modulus = [vec![0], vec![0xC1; bytes]].concat();
    let key = der(0x30, &[der(2, &[modulus]), vec![2, 3, 1, 0, 1]]);
    let algorithm = [vec![0x30, 13, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1], vec![5, 0]].concat();
    let info = der(0x30, &[algorithm, der(3, &[vec![0], key])]);
    let empty = vec![0x30, 0];
    let body = der(0x30, &[vec![2, 1, 1], empty.clone(), empty.clone(), empty.clone(), empty.clone(), info]);
    der(0x30, &[body, empty, vec![3, 1, 0]])
}

fn der(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let content = parts.concat();
    let length = match u16::try_from(content.len()).unwrap() {
        short @ 0..=0x7F => vec![u8::try_from(short).unwrap()],
        middle @ 0x80..=0xFF => vec![0x81, u8::try_from(middle).unwrap()],
        long => [vec![0x82], long.to_be_bytes().to_vec()].concat(),
    };
    [vec![tag], length, content].concat()
}

#[test]
fn line_94_rsa_keys_have_at_least_2048_bits() {
    assert!(SigningKey::from_certificate(&rsa(256)).is_ok());
    assert_eq!(SigningKey::from_certificate(&rsa(255)), Err(UnusableCertificate));
    assert_eq!(SigningKey::from_certificate(&short_rsa()), Err(UnusableCertificate));
}

#[test]
fn metadata_that_describe_no_single_provider_of_saml_2_are_refused() {
    let good = IDP.metadata("");
    let provider = &good[good.find("<md:IDPSSODescriptor").unwrap()..good.find("</md:EntityDescriptor>").unwrap()];
    for text in [
        replaced(&good, " entityID=\"https://idp.example\"", ""),
        replaced(&good, "entityID=\"https://idp.example\"", "entityID=\"\""),
        replaced(&good, "SAML:2.0:protocol", "SAML:1.1:protocol"),
        replaced(&good, provider, ""),
        replaced(&good, provider, &format!("{provider}{provider}")),
        good.replace("EntityDescriptor", "EntitiesDescriptor"),
        replaced(&good, " entityID", " validUntil=\"soon\" entityID"),
    ] {
        assert_eq!(Metadata::parse(&text), Err(InvalidMetadata::NoProvider), "{text}");
    }
    let doctype = Metadata::parse(&format!("<!DOCTYPE a>{good}"));
    assert_eq!(doctype, Err(InvalidMetadata::Malformed(Malformed::Doctype)));
}

#[test]
fn certificates_are_der_and_nothing_else_and_never_cause_a_panic() {
    let good = IDP.certificate();
    for cut in 0..good.len() {
        assert_eq!(SigningKey::from_certificate(&good[..cut]), Err(UnusableCertificate), "{cut}");
    }
    for at in 0..good.len() {
        let mut bent = good.clone();
        bent[at] ^= 0x81;
        let _ = SigningKey::from_certificate(&bent);
    }
}

#[test]
fn the_key_of_a_real_certificate_is_read() {
    let Some(path) = shared_vectors::path("saml-node-saml/test/static/acme_tools_com.cert") else { return };
    let pem = std::fs::read_to_string(path).unwrap();
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();

    assert!(SigningKey::from_certificate(&BASE64_STANDARD.decode(base64).unwrap()).is_ok());
}
