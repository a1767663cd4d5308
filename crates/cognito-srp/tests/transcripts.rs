//! Line 53: results equal the shared transcripts bit for bit. Line 52: values that break the protocol are refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used, reason = "tests")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_srp::{Challenge, Client, ClientSecret, Identity, PublicValue, Salt, ServerSecret, SrpError, Verifier};
use serde_json::Value;

fn vectors(file: &str) -> Option<Value> {
    shared_vectors::json(&format!("cognito-srp/{file}"))
}

#[test]
fn line_53_both_sides_equal_every_shared_transcript() {
    let Some(transcripts) = vectors("transcripts.json") else { return };
    let transcripts = transcripts.as_array().unwrap();

    for case in transcripts {
        let text = |name: &str| case[name].as_str().unwrap_or_default();
        let (pool_name, user_id) = if text("kind") == "device" {
            (text("device_group_key"), text("device_key"))
        } else {
            (text("user_pool_id").split_once('_').unwrap().1, text("user_id_for_srp"))
        };
        let identity = Identity { pool_name, user_id };
        let salt = Salt::from_hex(text("salt")).unwrap();
        let block = STANDARD.decode(text("secret_block")).unwrap();

        let verifier = Verifier::compute(&identity, text("password"), &salt);
        let client = ClientSecret::from_hex(text("a")).unwrap();
        let a = PublicValue::from_hex(text("SRP_A")).unwrap();
        let step = ServerSecret::from_hex(text("b")).unwrap().respond(&verifier, &a).unwrap();
        let b = PublicValue::from_hex(text("SRP_B")).unwrap();
        let key = client.session_key(&identity, text("password"), &salt, &b).unwrap();

        let id = &case["id"];
        assert_eq!(hex(verifier.expose()), padded(text("verifier"), 768), "verifier of {id}");
        assert_eq!(client.public_value(), a, "A of {id}");
        assert_eq!(step.public, b, "B of {id}");
        assert_eq!(hex(step.key.expose()), padded(text("hkdf_key"), 32), "server key of {id}");
        assert_eq!(key.expose(), step.key.expose(), "client key of {id}");
        let signature = key.sign(&identity, &block, text("timestamp"));
        assert_eq!(signature, text("password_claim_signature"), "signature of {id}");
        assert!(step.key.accepts(&signature, &identity, &block, text("timestamp")));
        assert!(cognito_srp::parse_timestamp(text("timestamp")).is_some(), "{}", text("timestamp"));
    }
    assert_eq!(transcripts.len(), 60);
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn padded(hex: &str, width: usize) -> String {
    format!("{hex:0>width$}")
}

/// Line 53: what another implementation has written down of itself: the client's half, with a user's and a device's password.
#[test]
fn line_53_signatures_and_the_verifier_of_another_client_come_out() {
    let Some(file) = vectors("aws-cognito-srp-crate.json") else { return };
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let client = ClientSecret::from_hex(&text(&file["a_hex"])).unwrap();
    assert_eq!(client.public_value().to_hex(), text(&file["A_hex"]));
    let (block, timestamp) = (STANDARD.decode(text(&file["secret_block"])).unwrap(), text(&file["timestamp"]));
    let (pool, device) = (text(&file["pool_id"]), &file["device"]);
    let pool_name = pool.split_once('_').unwrap().1;
    let user = (pool_name.to_owned(), text(&file["user_id_for_srp"]), text(&file["password"]));
    let device_user = (text(&device["device_group_key"]), text(&device["device_key"]), text(&device["password"]));

    let mut judged = 0;
    for (cases, (pool_name, user_id, password)) in [("user_cases", &user), ("device_cases", &device_user)] {
        let identity = Identity { pool_name, user_id };
        for case in file[cases].as_array().unwrap() {
            let (b, salt) = (PublicValue::from_hex(&text(&case["B"])), Salt::from_hex(&text(&case["salt"])));
            let key = client.session_key(&identity, password, &salt.unwrap(), &b.unwrap()).unwrap();
            assert_eq!(key.sign(&identity, &block, &timestamp), text(&case["signature"]), "{cases} {case}");
            judged += 1;
        }
    }
    assert_eq!(judged, 4);

    let stored = &file["device_verifier"];
    let decoded = |name: &str| STANDARD.decode(text(&stored[name])).unwrap();
    // A quirk of that client: the salt is the text of the digits, not the number.
    let salt = Salt::from_hex(&hex(&decoded("salt_b64"))).unwrap();
    let identity = Identity { pool_name: &device_user.0, user_id: &device_user.1 };
    let verifier = Verifier::compute(&identity, &text(&stored["random_password_b64"]), &salt);
    assert_eq!(STANDARD.encode(verifier.expose()), text(&stored["verifier_b64"]));
}

#[test]
fn line_53_the_client_of_two_steps_proves_what_every_users_transcript_says() {
    let Some(transcripts) = vectors("transcripts.json") else { return };
    let mut judged = 0;
    for case in transcripts.as_array().unwrap().iter().filter(|case| case["kind"] == "user") {
        let text = |name: &str| case[name].as_str().unwrap_or_default();
        let mut random = [0; 128];
        let a: Vec<u8> = padded(text("a"), 256).as_bytes().chunks(2).map(byte).collect();
        random.copy_from_slice(&a);
        let client = Client::new(text("user_pool_id"), random).unwrap();
        let challenge = Challenge {
            user_id_for_srp: text("user_id_for_srp"),
            salt: text("salt"),
            srp_b: text("SRP_B"),
            secret_block: text("secret_block"),
        };
        let now = cognito_srp::parse_timestamp(text("timestamp")).unwrap();

        let proof = client.prove(&challenge, text("password"), now).unwrap();

        assert_eq!(client.srp_a(), text("SRP_A").trim_start_matches('0'), "{}", case["id"]);
        if proof.timestamp == text("timestamp") {
            assert_eq!(proof.signature, text("password_claim_signature"), "{}", case["id"]);
            judged += 1;
        }
    }
    assert_eq!(judged, 45);
}

fn byte(digits: &[u8]) -> u8 {
    u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap()
}

#[test]
fn a_client_needs_a_pools_id_and_a_whole_challenge() {
    assert_eq!(Client::new("Ab3dEf9hJ", [3; 128]).map(drop), Err(SrpError::Malformed));
    let client = Client::new("eu-west-1_Ab3dEf9hJ", [3; 128]).unwrap();
    let good = Challenge { user_id_for_srp: "ada", salt: "0a", srp_b: "7", secret_block: "AAAA" };
    let now = cognito_srp::Timestamp::from_epoch_seconds(1_700_000_000);
    let outcome = |challenge: Challenge<'_>| client.prove(&challenge, "password", now).map(drop);

    assert_eq!(outcome(good), Ok(()));
    assert_eq!(outcome(Challenge { salt: "", ..good }), Err(SrpError::Malformed));
    assert_eq!(outcome(Challenge { srp_b: "x", ..good }), Err(SrpError::Malformed));
    assert_eq!(outcome(Challenge { srp_b: "0", ..good }), Err(SrpError::Forbidden));
    assert_eq!(outcome(Challenge { secret_block: "A", ..good }), Err(SrpError::Malformed));
}

#[test]
fn secrets_and_verifiers_of_another_length_are_refused() {
    for bad in ["", "xyz", &"f".repeat(257)] {
        assert_eq!(ClientSecret::from_hex(bad).map(drop), Err(SrpError::Malformed), "{bad}");
        assert_eq!(ServerSecret::from_hex(bad).map(drop), Err(SrpError::Malformed), "{bad}");
    }
    for length in [0, 21, 383, 385, 768] {
        assert_eq!(Verifier::from_bytes(&vec![7; length]).map(drop), Err(SrpError::Malformed), "{length}");
    }
    let whole = Verifier::from_bytes(&[7; 384]).unwrap();
    assert_eq!(whole.expose(), [7; 384]);
    assert_eq!(Verifier::pretended([7; 384]).expose(), whole.expose());
}

#[test]
fn a_secret_is_the_same_from_text_and_from_bytes() {
    let a = [&[0; 100][..], &[9; 28]].concat();
    let client = ClientSecret::from_hex(&hex(&a)).unwrap();
    assert_eq!(client.public_value(), ClientSecret::new(a.clone().try_into().unwrap()).public_value());
    assert_eq!(ClientSecret::from_hex(&hex(&a[100..])).unwrap().public_value(), client.public_value());

    let verifier = Verifier::pretended([7; 384]);
    let public = |secret: ServerSecret| secret.respond(&verifier, &client.public_value()).unwrap().public;
    let long = [&[1; 97][..], &[5; 31]].concat();
    for b in [vec![5; 32], long] {
        let mut whole = [0; 128];
        whole[128 - b.len()..].copy_from_slice(&b);
        assert_eq!(public(ServerSecret::from_hex(&hex(&b)).unwrap()), public(ServerSecret::new(whole)));
    }
}

#[test]
fn line_52_values_that_give_the_key_away_are_refused() {
    assert_eq!(PublicValue::from_hex("0"), Err(SrpError::Forbidden));
    assert_eq!(PublicValue::from_hex(&"0".repeat(770)), Err(SrpError::Forbidden));
    assert_eq!(PublicValue::from_hex(PRIME), Err(SrpError::Forbidden));
    assert_eq!(PublicValue::from_hex(&PRIME.to_uppercase()), Err(SrpError::Forbidden));
    assert_eq!(PublicValue::from_hex(&format!("00{PRIME}")), Err(SrpError::Forbidden));
    // 2N and more are longer than N. No exponentiation is in their reach: all of them take a `PublicValue`.
    let twice = doubled(PRIME);
    assert_eq!(PublicValue::from_hex(&twice), Err(SrpError::Malformed));
    assert_eq!(PublicValue::from_hex(&doubled(&twice)), Err(SrpError::Malformed));
    assert_eq!(PublicValue::from_hex(&format!("1{}", "0".repeat(768))), Err(SrpError::Malformed));
    for bad in ["", "xyz", "-1", "0x10", &"0".repeat(771), &"0".repeat(1024 * 1024)] {
        assert_eq!(PublicValue::from_hex(bad), Err(SrpError::Malformed));
    }
}

#[test]
fn a_salt_is_written_without_leading_zeros() {
    assert_eq!(Salt::from_hex("00AB0c").unwrap().to_hex(), "ab0c");
    assert_eq!(Salt::from_hex("abc").unwrap().to_hex(), "abc");
    let mut bytes = [0; 16];
    bytes[15] = 0x5f;
    assert_eq!(Salt::new(bytes).to_hex(), "5f");
}

#[test]
fn secrets_and_what_is_made_of_them_print_their_names_alone() {
    let ada = Identity { pool_name: "pool", user_id: "ada" };
    let verifier = Verifier::compute(&ada, "right", &Salt::new([9; 16]));
    let client = ClientSecret::new([3; 128]);
    let server = ServerSecret::new([5; 32]);
    let step = server.respond(&verifier, &client.public_value()).unwrap();

    assert_eq!(format!("{verifier:?} {client:?} {server:?}"), "Verifier(..) ClientSecret(..) ServerSecret(..)");
    assert_eq!(format!("{:?}", step.key), "SessionKey(..)");
}

/// Twice a number of hexadecimal digits.
fn doubled(hex: &str) -> String {
    let mut carry = 0;
    let twice = |digit: char| {
        let value = digit.to_digit(16).unwrap() * 2 + carry;
        carry = value / 16;
        char::from_digit(value % 16, 16).unwrap()
    };
    let mut digits: Vec<char> = hex.chars().rev().map(twice).collect();
    digits.push(char::from_digit(carry, 16).unwrap());
    digits.into_iter().rev().collect::<String>().trim_start_matches('0').to_owned()
}

/// The prime of RFC 3526 §5.
const PRIME: &str = "\
    ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd\
    ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed\
    ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f\
    83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b\
    e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510\
    15728e5a8aaac42dad33170d04507a33a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7\
    abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864d87602733ec86a64521f2b18177b200c\
    bbe117577a615d6c770988c0bad946e208e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2caffffffffffffffff\
    ";

#[test]
fn a_wrong_password_a_wrong_block_and_a_wrong_time_are_not_accepted() {
    let ada = Identity { pool_name: "pool", user_id: "ada" };
    let salt = Salt::new([9; 16]);
    let verifier = Verifier::compute(&ada, "right", &salt);
    let client = ClientSecret::new([3; 128]);
    let step = ServerSecret::new([5; 32]).respond(&verifier, &client.public_value()).unwrap();
    let right = client.session_key(&ada, "right", &salt, &step.public).unwrap();
    let wrong = client.session_key(&ada, "wrong", &salt, &step.public).unwrap();

    assert!(step.key.accepts(&right.sign(&ada, b"block", "time"), &ada, b"block", "time"));
    assert!(!step.key.accepts(&wrong.sign(&ada, b"block", "time"), &ada, b"block", "time"));
    assert!(!step.key.accepts(&right.sign(&ada, b"other", "time"), &ada, b"block", "time"));
    assert!(!step.key.accepts(&right.sign(&ada, b"block", "later"), &ada, b"block", "time"));
    assert!(!step.key.accepts("", &ada, b"block", "time"));
}
