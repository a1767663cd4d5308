//! Responses that another implementation has signed: signxml 5.2.0 over lxml, in Python. `tests/clients/scripts/boto3_saml.py` makes
//! more like them.

use identity_kernel::time::Timestamp;
use saml_verify::{Answers, Assertion, Expected, Metadata, Refused};

use crate::{NOW, replaced};

const METADATA: &str = include_str!("signxml/metadata.xml");
const SIGNED: [&str; 6] = [
    include_str!("signxml/assertion-rsa-sha256.xml"),
    include_str!("signxml/assertion-rsa-sha384.xml"),
    include_str!("signxml/assertion-rsa-sha512.xml"),
    include_str!("signxml/response-rsa-sha256.xml"),
    include_str!("signxml/response-rsa-sha384.xml"),
    include_str!("signxml/response-rsa-sha512.xml"),
];

fn judged(xml: &str, now: Timestamp) -> Result<Assertion, Refused> {
    let metadata = Metadata::parse(METADATA).unwrap();
    let expected = Expected {
        issuer: &metadata.entity_id,
        keys: &metadata.keys,
        audiences: &["urn:amazon:webservices"],
        recipients: &["https://signin.aws.amazon.com/saml"],
        answers: Answers::Nothing,
        skew_seconds: 60,
    };
    expected.verify_xml(xml, now)
}

#[test]
fn responses_that_signxml_has_signed_are_taken_for_what_they_say() {
    for xml in SIGNED {
        let assertion = judged(xml, NOW).unwrap();

        assert_eq!(
            (assertion.issuer.as_str(), assertion.name_id.value.as_str()),
            ("https://idp.example/metadata", "ada")
        );
        let tag = "https://aws.amazon.com/SAML/Attributes/PrincipalTag:team";
        assert_eq!(assertion.values(tag).collect::<Vec<_>>(), ["a < b & \"c\""]);
    }
}

#[test]
fn the_same_responses_changed_or_too_late_are_refused() {
    for xml in SIGNED {
        assert_eq!(judged(&replaced(xml, ">ada</saml:NameID>", ">eve</saml:NameID>"), NOW), Err(Refused::Digest));
        assert_eq!(judged(xml, NOW.plus_seconds(360)), Err(Refused::Expired));
    }
}
