//! Line 91: however a signed document is changed, it says what was signed or is refused.

use proptest::prelude::*;
use proptest::sample::Index;
use quick_xml::Reader;
use quick_xml::events::Event;
use saml_verify::Assertion;

use crate::{IDP, expected, facts, verify, with_response};

fn genuine() -> [String; 2] {
    [IDP.respond(&facts()), with_response(|response| response)]
}

/// Pieces that attacks are made of.
const PIECES: [&str; 14] = [
    "<!---->",
    "<![CDATA[",
    "]]>",
    "</saml:NameID>",
    "<saml:NameID>eve</saml:NameID>",
    "eve",
    "&#101;",
    "\r\n",
    "\"",
    "<",
    "/>",
    " ID=\"x\"",
    "<saml:Assertion>",
    "\u{FEFF}",
];

fn says_what_was_signed(assertion: &Assertion) -> bool {
    let genuine = verify(&genuine()[0]).unwrap();
    (&assertion.name_id, &assertion.attributes, &assertion.id) == (&genuine.name_id, &genuine.attributes, &genuine.id)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn line_91_no_mutation_of_a_signed_document_yields_another_subject(
        which in 0..2usize, edits in prop::collection::vec((any::<Index>(), any::<Index>(), any::<Index>(), 0..3u8), 1..4)
    ) {
        let mut text: Vec<char> = genuine()[which].chars().collect();
        for (from, to, piece, kind) in edits {
            let (from, to) = (from.index(text.len()), to.index(text.len()));
            match kind {
                0 => { text.splice(from..from, PIECES[piece.index(PIECES.len())].chars()); }
                1 => { text.splice(from..(from + to % 40).min(text.len()), []); }
                _ => {
                    let moved: Vec<char> = text[from..(from + to % 400).min(text.len())].to_vec();
                    text.splice(to..to, moved);
                }
            }
        }
        let text: String = text.into_iter().collect();

        if let Ok(assertion) = verify(&text) {
            prop_assert!(says_what_was_signed(&assertion), "{text}");
        }
    }

    #[test]
    fn whatever_bytes_come_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(verify(&String::from_utf8_lossy(&bytes)).is_err());
        prop_assert!(expected().verify(&String::from_utf8_lossy(&bytes), crate::NOW).is_err());
    }
}

/// The text of the only `NameID`, as another parser reads it.
fn name_by_quick_xml(xml: &str) -> String {
    let mut reader = Reader::from_str(xml);
    let (mut name, mut within) = (String::new(), false);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(tag) => within = tag.local_name().as_ref() == b"NameID",
            Event::End(_) => within = false,
            Event::Text(text) if within => name.push_str(&text.decode().unwrap()),
            Event::Eof => return name,
            _ => {}
        }
    }
}

#[test]
fn another_parser_reads_the_same_name() {
    for text in genuine() {
        assert_eq!(name_by_quick_xml(&text), verify(&text).unwrap().name_id.value);
    }
}
