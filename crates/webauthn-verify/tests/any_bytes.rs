//! Whatever comes, it is judged, and nothing panics.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;
use serde_json::json;
use test_support::authenticator::Authenticator;
use webauthn_verify::{
    Algorithm, AssertionResponse, CredentialId, Expected, Known, PublicKey, Refused, RegistrationResponse,
    RelyingPartyId, UserVerification,
};

const CHALLENGE: [u8; 16] = [0; 16];

fn verify(client_data: Vec<u8>, attestation_object: Vec<u8>, id: &[u8]) -> Result<(), Refused> {
    let response = RegistrationResponse {
        id: CredentialId::new(id).unwrap(),
        client_data,
        attestation_object,
        transports: Vec::new(),
        attachment: None,
    };
    expected(&"example.com".parse().unwrap()).verify_registration(&response).map(|_| ())
}

fn expected(relying_party: &RelyingPartyId) -> Expected<'_> {
    Expected {
        challenge: &CHALLENGE,
        relying_party,
        other_origins: &[],
        framing_origins: &[],
        user_verification: UserVerification::Preferred,
        algorithms: &Algorithm::ALL,
    }
}

fn good() -> (Authenticator, RegistrationResponse) {
    let mut authenticator = Authenticator::new("https://example.com");
    let options = json!({"challenge": "A".repeat(22), "rp": {"id": "example.com"}, "user": {"id": "AAAA"}});
    let response = authenticator.create(&options).to_string();
    (authenticator, RegistrationResponse::from_json(response.as_bytes()).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_as_attestation_object_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (_, response) = good();
        prop_assert!(verify(response.client_data, bytes, response.id.as_bytes()).is_err());
    }

    #[test]
    fn any_bytes_as_key_json_or_client_data_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (_, response) = good();
        prop_assert!(PublicKey::from_cose(&bytes).is_err());
        prop_assert!(RegistrationResponse::from_json(&bytes).is_err());
        prop_assert!(AssertionResponse::from_json(&bytes).is_err());
        prop_assert!(verify(bytes, response.attestation_object, response.id.as_bytes()).is_err());
    }

    #[test]
    fn a_bent_registration_is_read_without_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let (_, response) = good();
        prop_assert!(verify(response.client_data.clone(), response.attestation_object.clone(), response.id.as_bytes()).is_ok());
        let mut bent = response.attestation_object.clone();
        let at = at.index(bent.len());
        bent[at] = byte;
        let _ = verify(response.client_data.clone(), bent, response.id.as_bytes());
        let mut short = response.attestation_object;
        short.truncate(cut.index(short.len()));
        prop_assert!(verify(response.client_data, short, response.id.as_bytes()).is_err());
    }

    #[test]
    fn bent_authenticator_data_do_not_pass(at in any::<prop::sample::Index>(), byte in 1..=255_u8) {
        let (mut authenticator, registration) = good();
        let relying_party = "example.com".parse().unwrap();
        let new = expected(&relying_party).verify_registration(&registration).unwrap();
        let answer = authenticator.get(&json!({"challenge": "A".repeat(22), "rpId": "example.com"})).to_string();
        let mut response = AssertionResponse::from_json(answer.as_bytes()).unwrap();
        let known = Known { id: &new.id, public_key: &new.public_key, sign_count: 0, backup_eligible: true, user_handle: &[0, 0, 0] };
        prop_assert!(expected(&relying_party).verify_assertion(&known, &response).is_ok());
        let at = at.index(response.authenticator_data.len());
        response.authenticator_data[at] ^= byte;
        prop_assert!(expected(&relying_party).verify_assertion(&known, &response).is_err());
    }
}
