//! Each check, by a response that is right but for one thing.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use serde_json::{Value, json};
use test_support::authenticator::{Authenticator, USUAL_FLAGS};
use webauthn_verify::{
    Algorithm, Assertion, AssertionResponse, Attestation, CreationOptions, Expected, Known, Malformed, Origin,
    PublicKey, Refused, Registered, RegistrationResponse, RelyingPartyId, RequestOptions, UserVerification,
};

/// One thing to be wrong.
type Wrong = fn(&mut Authenticator);

const CHALLENGE: [u8; 32] = [7; 32];
const OWNER: &[u8] = b"owner";
const ORIGIN: &str = "https://example.com";

/// What is expected, owned.
struct Site {
    relying_party: RelyingPartyId,
    other_origins: Vec<Origin>,
    framing_origins: Vec<Origin>,
    user_verification: UserVerification,
    algorithms: Vec<Algorithm>,
}

impl Default for Site {
    fn default() -> Self {
        Self {
            relying_party: "example.com".parse().unwrap(),
            other_origins: vec!["http://localhost:3000".parse().unwrap()],
            framing_origins: Vec::new(),
            user_verification: UserVerification::Preferred,
            algorithms: Algorithm::ALL.to_vec(),
        }
    }
}

impl Site {
    fn expected(&self) -> Expected<'_> {
        Expected {
            challenge: &CHALLENGE,
            relying_party: &self.relying_party,
            other_origins: &self.other_origins,
            framing_origins: &self.framing_origins,
            user_verification: self.user_verification,
            algorithms: &self.algorithms,
        }
    }

    fn creation(&self) -> Value {
        let options = CreationOptions {
            relying_party_name: "Example",
            user_handle: OWNER,
            user_name: "ada",
            display_name: "Ada",
            exclude: &[],
        };
        self.expected().creation_options(&options)
    }

    fn registered(&self, authenticator: &mut Authenticator) -> Result<Registered, Refused> {
        self.takes(&authenticator.create(&self.creation()))
    }

    fn takes(&self, response: &Value) -> Result<Registered, Refused> {
        self.expected().verify_registration(&RegistrationResponse::from_json(response.to_string().as_bytes())?)
    }

    fn asserted(&self, new: &Registered, authenticator: &mut Authenticator) -> Result<Assertion, Refused> {
        let response = authenticator.get(&self.expected().request_options(&RequestOptions { allow: &[] }));
        self.judges(new, &response)
    }

    fn judges(&self, new: &Registered, response: &Value) -> Result<Assertion, Refused> {
        let known = Known {
            id: &new.id,
            public_key: &new.public_key,
            sign_count: new.sign_count,
            backup_eligible: new.flags.backup_eligible(),
            user_handle: OWNER,
        };
        self.expected().verify_assertion(&known, &AssertionResponse::from_json(response.to_string().as_bytes())?)
    }
}

/// What both ceremonies come to when this much is wrong.
fn both(site: &Site, wrong: impl Fn(&mut Authenticator)) -> [Option<Refused>; 2] {
    let mut authenticator = Authenticator::new(ORIGIN);
    let new = Site::default().registered(&mut authenticator).unwrap();
    wrong(&mut authenticator);
    let registered = site.registered(&mut authenticator).err();
    [registered, site.asserted(&new, &mut authenticator).err()]
}

#[test]
fn a_passkey_is_registered_and_used() {
    let site = Site::default();
    let mut authenticator = Authenticator::new(ORIGIN);

    let new = site.registered(&mut authenticator).unwrap();
    let used = site.asserted(&new, &mut authenticator).unwrap();

    assert_eq!(new.id.as_bytes(), authenticator.id);
    assert_eq!(new.attestation, Attestation::None);
    assert_eq!(PublicKey::from_cose(new.public_key.as_cose()), Ok(new.public_key.clone()));
    assert!(used.flags.user_verified() && used.flags.backed_up());
}

#[test]
fn line_66_type_challenge_and_relying_party_are_checked() {
    let site = Site::default();
    let cases: [(&str, Wrong, Refused); 4] = [
        ("type", |by| by.client_data = vec![("type", json!("payment.get"))], Refused::Type),
        ("challenge", |by| by.client_data = vec![("challenge", json!("AAAAAAAAAAAAAAAAAAAAAA"))], Refused::Challenge),
        ("empty challenge", |by| by.client_data = vec![("challenge", json!(""))], Refused::Challenge),
        ("relying party", |by| by.relying_party = Some("example.org".to_owned()), Refused::RelyingParty),
    ];

    for (name, wrong, refused) in cases {
        assert_eq!(both(&site, wrong), [Some(refused); 2], "{name}");
    }
}

#[test]
fn line_66_a_response_of_one_ceremony_does_not_pass_in_the_other() {
    let site = Site::default();
    let kinds = both(&site, |by| by.client_data = vec![("type", json!("webauthn.create"))]);
    assert_eq!(kinds, [None, Some(Refused::Type)]);

    let kinds = both(&site, |by| by.client_data = vec![("type", json!("webauthn.get"))]);
    assert_eq!(kinds, [Some(Refused::Type), None]);
}

#[test]
fn line_66_the_origin_is_the_relying_party_s_or_one_that_is_named() {
    let site = Site::default();
    let good = ["https://example.com", "https://app.example.com", "https://a.b.example.com", "http://localhost:3000"];
    let bad = [
        "https://badexample.com",
        "https://example.com.evil.org",
        "https://evil.org",
        "http://example.com",
        "http://app.example.com",
        "https://example.com:8443",
        "https://app.example.com:8443",
        "https://.example.com",
        "https://a/.example.com",
        "https://evil.org#.example.com",
        "https://evil.org?.example.com",
        "https://u@app.example.com",
        "https://EXAMPLE.com",
        "http://localhost",
        "http://localhost:3001",
        "https://localhost:3000",
        "null",
        "",
        "example.com",
        "android:apk-key-hash:x",
    ];

    for origin in good {
        assert_eq!(both(&site, |by| by.origin = origin.to_owned()), [None; 2], "{origin}");
    }
    for origin in bad {
        assert_eq!(both(&site, |by| by.origin = origin.to_owned()), [Some(Refused::Origin); 2], "{origin}");
    }
}

#[test]
fn line_66_a_page_in_a_frame_of_another_origin_is_refused_unless_that_origin_is_named() {
    let framed = |top: &'static str| {
        move |by: &mut Authenticator| {
            by.client_data = vec![("crossOrigin", json!(true)), ("topOrigin", json!(top))];
        }
    };
    let site = Site::default();
    let with_frame = Site { framing_origins: vec!["https://portal.example".parse().unwrap()], ..Site::default() };

    assert_eq!(both(&site, framed("https://portal.example")), [Some(Refused::CrossOrigin); 2]);
    assert_eq!(both(&site, |by| by.client_data = vec![("topOrigin", json!(ORIGIN))]), [Some(Refused::CrossOrigin); 2]);
    assert_eq!(both(&with_frame, framed("https://portal.example")), [None; 2]);
    assert_eq!(both(&with_frame, framed("https://other.example")), [Some(Refused::CrossOrigin); 2]);
    let unsaid = both(&with_frame, |by| by.client_data = vec![("crossOrigin", json!(true))]);
    assert_eq!(unsaid, [Some(Refused::CrossOrigin); 2]);
}

#[test]
fn line_68_somebody_is_present_and_verified_where_that_is_required() {
    let required = Site { user_verification: UserVerification::Required, ..Site::default() };
    let unverified = |by: &mut Authenticator| by.flags = USUAL_FLAGS & !0x04;

    assert_eq!(both(&Site::default(), |by| by.flags = USUAL_FLAGS & !0x01), [Some(Refused::UserPresence); 2]);
    assert_eq!(both(&Site::default(), unverified), [None; 2]);
    assert_eq!(both(&required, unverified), [Some(Refused::UserVerification); 2]);
    assert_eq!(both(&required, |_| ()), [None; 2]);
}

#[test]
fn line_69_an_assertion_is_of_the_credential_and_of_its_owner() {
    let site = Site::default();
    let mut authenticator = Authenticator::new(ORIGIN);
    let new = site.registered(&mut authenticator).unwrap();

    authenticator.user_handle = Some(b"another".to_vec());
    assert_eq!(site.asserted(&new, &mut authenticator), Err(Refused::UserHandle));
    authenticator.user_handle = None;
    assert!(site.asserted(&new, &mut authenticator).is_ok(), "the handle may be left unsaid");
    authenticator.id = b"another".to_vec();
    assert_eq!(site.asserted(&new, &mut authenticator), Err(Refused::Credential));
}

#[test]
fn line_69_the_id_of_a_registration_is_the_one_that_the_authenticator_signs() {
    let mut response = Authenticator::new(ORIGIN).create(&Site::default().creation());
    (response["id"], response["rawId"]) = (json!("AAAA"), json!("AAAA"));

    assert_eq!(Site::default().takes(&response).err(), Some(Refused::Credential));
}

#[test]
fn line_70_an_algorithm_that_was_not_offered_is_refused() {
    let site = Site { algorithms: vec![Algorithm::Rs256], ..Site::default() };

    let refused = site.registered(&mut Authenticator::new(ORIGIN)).err();

    assert_eq!(refused, Some(Refused::Algorithm(-7)));
}

#[test]
fn line_70_type_curve_and_algorithm_of_a_key_agree_and_its_point_is_on_the_curve() {
    let good = Authenticator::new(ORIGIN).cose();
    let with = |at: usize, byte: u8| {
        let mut bent = good.clone();
        bent[at] = byte;
        PublicKey::from_cose(&bent)
    };
    let malformed = Err(Refused::Malformed(Malformed::PublicKey));

    assert!(PublicKey::from_cose(&good).is_ok());
    assert_eq!(with(2, 3), malformed, "another type");
    assert_eq!(with(6, 2), malformed, "another curve");
    assert_eq!(with(4, 0x27), malformed, "EdDSA of a point of P-256");
    assert_eq!(PublicKey::from_cose(&[&good[..], &[0]].concat()), malformed, "something behind it");
    assert_eq!(with(4, 0x20), Err(Refused::Algorithm(-1)));
    let beside = both(&Site::default(), |by| {
        by.bend = |data| {
            if let Some(last) = data.get_mut(37..).and_then(<[u8]>::last_mut) {
                *last ^= 1;
            }
        }
    });
    assert_eq!(beside, [Some(Refused::Malformed(Malformed::PublicKey)), None], "a point beside the curve");
}

#[test]
fn line_70_a_short_or_even_rsa_key_is_refused() {
    let key = |modulus: &[u8], exponent: &[u8]| {
        let length = u16::try_from(modulus.len()).unwrap().to_be_bytes();
        let head = [&b"\xa4\x01\x03\x03\x39\x01\x00\x20\x59"[..], &length, modulus].concat();
        let exponent = [&[0x21, 0x40 + u8::try_from(exponent.len()).unwrap()], exponent].concat();
        PublicKey::from_cose(&[head, exponent].concat()).map(|key| key.algorithm())
    };
    let malformed = Err(Refused::Malformed(Malformed::PublicKey));

    assert_eq!(key(&[0xff; 256], &[1, 0, 1]), Ok(Algorithm::Rs256));
    assert_eq!(key(&[0xff; 255], &[1, 0, 1]), malformed);
    assert_eq!(key(&[&[0x7f], &[0xff; 255][..]].concat(), &[1, 0, 1]), malformed, "2,047 bits");
    assert_eq!(key(&[&[0xff; 255][..], &[0xfe]].concat(), &[1, 0, 1]), malformed, "even");
    assert_eq!(key(&[0xff; 1025], &[1, 0, 1]), malformed);
    for exponent in [&[1][..], &[2], &[], &[0, 3], &[1, 0, 0, 0, 1]] {
        assert_eq!(key(&[0xff; 256], exponent), malformed, "{exponent:?}");
    }
}

#[test]
fn line_71_a_counter_that_does_not_go_up_is_refused() {
    let site = Site::default();
    let mut authenticator = Authenticator::new(ORIGIN);
    authenticator.sign_count = 5;
    let new = site.registered(&mut authenticator).unwrap();

    for (count, outcome) in
        [(6, None), (5, Some(Refused::Counter)), (4, Some(Refused::Counter)), (0, Some(Refused::Counter))]
    {
        authenticator.sign_count = count;
        assert_eq!(site.asserted(&new, &mut authenticator).err(), outcome, "{count}");
    }
}

#[test]
fn line_71_backup_flags_do_not_contradict_each_other_nor_change_eligibility() {
    let site = Site::default();
    let (eligible, backed_up) = (0x08, 0x10);
    let contradictory = both(&site, |by| by.flags = (USUAL_FLAGS | backed_up) & !eligible);
    assert_eq!(contradictory, [Some(Refused::BackupFlags); 2]);

    let changed = both(&site, |by| by.flags = USUAL_FLAGS & !eligible & !backed_up);
    assert_eq!(changed, [None, Some(Refused::BackupFlags)]);
    let no_more_backed_up = both(&site, |by| by.flags = USUAL_FLAGS & !backed_up);
    assert_eq!(no_more_backed_up, [None; 2]);
}

#[test]
fn line_71_bytes_behind_the_authenticator_data_are_refused() {
    let malformed = Some(Refused::Malformed(Malformed::AuthenticatorData));

    assert_eq!(both(&Site::default(), |by| by.bend = |data| data.push(0)), [malformed; 2]);
    assert_eq!(both(&Site::default(), |by| by.bend = |data| data[32] |= 0x80), [malformed; 2], "extensions announced");
    let extended = both(&Site::default(), |by| {
        by.bend = |data| {
            data[32] |= 0x80;
            data.extend(b"\xa1\x61a\xf5");
        }
    });
    assert_eq!(extended, [None; 2]);
}

#[test]
fn line_71_a_registration_without_credential_is_refused() {
    let mut authenticator = Authenticator::new(ORIGIN);
    authenticator.bend = |data| {
        data[32] &= !0x40;
        data.truncate(37);
    };

    let refused = Site::default().registered(&mut authenticator).err();

    assert_eq!(refused, Some(Refused::Malformed(Malformed::AuthenticatorData)));
}

#[test]
fn line_72_a_statement_signed_with_the_new_key_is_verified() {
    let mut authenticator = Authenticator::new(ORIGIN);
    authenticator.attests = true;
    let options = Site::default().creation();
    let mut response = authenticator.create(&options);
    assert_eq!(Site::default().takes(&response).unwrap().attestation, Attestation::Own);

    // Another statement of the same key: over another challenge's client data.
    let other = authenticator.create(&json!({"rp": options["rp"], "user": options["user"], "challenge": "AAAA"}));
    response["response"]["attestationObject"] = other["response"]["attestationObject"].clone();

    assert_eq!(Site::default().takes(&response).err(), Some(Refused::Attestation));
}

#[test]
fn a_signature_of_another_key_is_refused() {
    let site = Site::default();
    let mut authenticator = Authenticator::new(ORIGIN);
    let new = site.registered(&mut authenticator).unwrap();
    let mut thief = Authenticator::new(ORIGIN);
    thief.id.clone_from(&authenticator.id);

    assert_eq!(site.asserted(&new, &mut thief), Err(Refused::Signature));
}

#[test]
fn a_challenge_of_fewer_than_sixteen_bytes_is_never_met() {
    let site = Site::default();
    let mut authenticator = Authenticator::new(ORIGIN);
    let short = Expected { challenge: &[1; 15], ..site.expected() };
    let options = json!({"challenge": "AQEBAQEBAQEBAQEBAQEB", "rp": {"id": "example.com"}, "user": {"id": "AAAA"}});
    let response = RegistrationResponse::from_json(authenticator.create(&options).to_string().as_bytes()).unwrap();

    assert_eq!(short.verify_registration(&response).err(), Some(Refused::Challenge));
}

#[test]
fn responses_that_are_no_credentials_are_refused() {
    let good = Authenticator::new(ORIGIN).create(&Site::default().creation());
    let with = |name: &str, value: Value| {
        let mut bent = good.clone();
        bent[name] = value;
        RegistrationResponse::from_json(bent.to_string().as_bytes()).err()
    };
    let malformed = Some(Refused::Malformed(Malformed::Response));

    assert_eq!(with("type", json!("password")), malformed);
    assert_eq!(with("rawId", json!("AAAA")), malformed);
    assert_eq!(with("response", json!([])), malformed);
    assert_eq!(with("id", json!("")), Some(Refused::Malformed(Malformed::CredentialId)));
    assert_eq!(with("id", json!("*")), Some(Refused::Malformed(Malformed::CredentialId)));
    assert_eq!(with("padding", json!("x".repeat(65_536))), malformed, "longer than 64 KiB");
    assert_eq!(RegistrationResponse::from_json(b"[]").err(), malformed);
    assert_eq!(RegistrationResponse::from_json(br#"{"id":"AA","id":"AA"}"#).err(), malformed);
}

#[test]
fn client_data_with_a_member_twice_are_refused() {
    let mut response = AssertionResponse::from_json(
        Authenticator::new(ORIGIN).get(&json!({"challenge": "AAAA", "rpId": "example.com"})).to_string().as_bytes(),
    )
    .unwrap();
    response.client_data = br#"{"type":"webauthn.get","type":"webauthn.get"}"#.to_vec();
    let mut authenticator = Authenticator::new(ORIGIN);
    let new = Site::default().registered(&mut authenticator).unwrap();
    let known = Known {
        id: &response.id,
        public_key: &new.public_key,
        sign_count: 0,
        backup_eligible: true,
        user_handle: OWNER,
    };

    let refused = Site::default().expected().verify_assertion(&known, &response).err();

    assert_eq!(refused, Some(Refused::Malformed(Malformed::ClientData)));
}

#[test]
fn transports_and_attachment_are_words() {
    let mut response = Authenticator::new(ORIGIN).create(&Site::default().creation());
    response["response"]["transports"] = json!(["usb", "<b>", "", 1, "x".repeat(33), "nfc"]);
    response["authenticatorAttachment"] = json!("elsewhere");

    let read = RegistrationResponse::from_json(response.to_string().as_bytes()).unwrap();

    assert_eq!(read.transports, ["usb", "nfc"]);
    assert_eq!(read.attachment, None);
}
