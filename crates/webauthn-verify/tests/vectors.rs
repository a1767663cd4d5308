//! The test vectors of WebAuthn Level 3.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeMap;

use serde_json::Value;
use webauthn_verify::{
    Algorithm, AssertionResponse, Attestation, CredentialId, Expected, Known, Malformed, Origin, Refused, Registered,
    RegistrationResponse, RelyingPartyId, UserVerification,
};

/// What a case must come to: the algorithm and what its statement is worth, or why it is refused.
type Outcome = Result<(Algorithm, Attestation), Refused>;

/// Every case with a credential, by the end of its anchor.
const CASES: [(&str, Outcome); 15] = [
    ("none-es256", Ok((Algorithm::Es256, Attestation::None))),
    ("packed-self-es256", Ok((Algorithm::Es256, Attestation::Own))),
    ("none-es256-crossOrigin", Err(Refused::CrossOrigin)),
    ("none-es256-topOrigin", Ok((Algorithm::Es256, Attestation::None))),
    ("none-es256-long-credential-id", Ok((Algorithm::Es256, Attestation::None))),
    ("packed-es256", Ok((Algorithm::Es256, Attestation::Ignored))),
    ("packed-es384", Ok((Algorithm::Es384, Attestation::Ignored))),
    ("packed-es512", Err(Refused::Algorithm(-36))),
    ("packed-rs256", Ok((Algorithm::Rs256, Attestation::Ignored))),
    ("packed-eddsa", Ok((Algorithm::EdDsa, Attestation::Ignored))),
    ("packed-ed448", Err(Refused::Algorithm(-53))),
    ("tpm-es256", Ok((Algorithm::Es256, Attestation::Ignored))),
    ("android-key-es256", Ok((Algorithm::Es256, Attestation::Ignored))),
    ("apple-es256", Ok((Algorithm::Es256, Attestation::Ignored))),
    ("fido-u2f-es256", Ok((Algorithm::Es256, Attestation::Ignored))),
];

#[test]
fn every_w3c_vector_comes_to_its_outcome() {
    let Some(vectors) = shared_vectors::json("webauthn-w3c/webauthn-l3-vectors.json") else { return };
    let relying_party = vectors["rp_id"].as_str().unwrap().parse().unwrap();
    let framing: Vec<Origin> = vec![vectors["top_origin"].as_str().unwrap().parse().unwrap()];
    let cases: BTreeMap<String, &Value> = vectors["cases"].as_array().unwrap().iter().map(named).collect();
    assert_eq!(cases.len(), CASES.len() + 1, "the last is the certificate of the authenticators' maker");

    for (name, outcome) in CASES {
        let blocks = &cases[name]["blocks"];
        let (registration, assertion) = (&blocks[0]["values"], &blocks[1]["values"]);

        let registered = register(&relying_party, &framing, registration);

        let known =
            registered.as_ref().map(|new| (new.public_key.algorithm(), new.attestation)).map_err(|error| *error);
        assert_eq!(known, outcome, "{name}");
        if let Ok(registered) = registered {
            assert_eq!(registered.id.as_bytes(), bytes(registration, "credential_id"), "{name}");
            assert_eq!(registered.aaguid.to_vec(), bytes(registration, "aaguid"), "{name}");
            assert_eq!(judge(&relying_party, &framing, &registered, assertion), Ok(()), "{name}");
            assert_no_bit_can_change(name, &relying_party, &framing, &registered, assertion);
        }
    }
}

fn named(case: &Value) -> (String, &Value) {
    (case["anchor"].as_str().unwrap().trim_start_matches("sctn-test-vectors-").to_owned(), case)
}

fn bytes(values: &Value, name: &str) -> Vec<u8> {
    values[name].as_str().map(|text| hex::decode(text).unwrap()).unwrap_or_default()
}

fn expected<'a>(relying_party: &'a RelyingPartyId, framing_origins: &'a [Origin], challenge: &'a [u8]) -> Expected<'a> {
    Expected {
        challenge,
        relying_party,
        other_origins: &[],
        framing_origins,
        user_verification: UserVerification::Preferred,
        algorithms: &Algorithm::ALL,
    }
}

fn register(id: &RelyingPartyId, framing: &[Origin], values: &Value) -> Result<Registered, Refused> {
    let response = RegistrationResponse {
        id: credential_id(values).unwrap_or_else(|_| CredentialId::new(b"x").unwrap()),
        client_data: bytes(values, "clientDataJSON"),
        attestation_object: bytes(values, "attestationObject"),
        transports: Vec::new(),
        attachment: None,
    };
    expected(id, framing, &bytes(values, "challenge")).verify_registration(&response)
}

fn credential_id(values: &Value) -> Result<CredentialId, Refused> {
    CredentialId::new(&bytes(values, "credential_id"))
}

fn judge(id: &RelyingPartyId, framing: &[Origin], new: &Registered, values: &Value) -> Result<(), Refused> {
    let response = AssertionResponse {
        id: new.id.clone(),
        client_data: bytes(values, "clientDataJSON"),
        authenticator_data: bytes(values, "authenticatorData"),
        signature: bytes(values, "signature"),
        user_handle: None,
    };
    let known = Known {
        id: &new.id,
        public_key: &new.public_key,
        sign_count: new.sign_count,
        backup_eligible: new.flags.backup_eligible(),
        user_handle: b"u",
    };
    expected(id, framing, &bytes(values, "challenge")).verify_assertion(&known, &response).map(|_| ())
}

/// Of an assertion that passes, no bit of what is signed or of the signature can be another.
fn assert_no_bit_can_change(name: &str, id: &RelyingPartyId, framing: &[Origin], new: &Registered, values: &Value) {
    for part in ["clientDataJSON", "authenticatorData", "signature"] {
        let whole = bytes(values, part);
        for bit in (0..whole.len() * 8).step_by(3) {
            let mut bent = whole.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            let mut values = values.clone();
            values[part] = hex::encode(bent).into();

            let judged = judge(id, framing, new, &values);

            assert!(judged.is_err(), "{name}: bit {bit} of {part}");
        }
    }
}

#[test]
fn a_credential_id_has_1_to_1023_bytes() {
    assert_eq!(CredentialId::new(&[]), Err(Refused::Malformed(Malformed::CredentialId)));
    assert!(CredentialId::new(&[7; 1023]).is_ok());
    assert_eq!(CredentialId::new(&[7; 1024]), Err(Refused::Malformed(Malformed::CredentialId)));
}
