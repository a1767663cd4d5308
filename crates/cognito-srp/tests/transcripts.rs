//! Line 53: results equal the shared transcripts bit for bit. Line 52: values that break the protocol are refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::expect_used, reason = "tests")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cognito_srp::{ClientSecret, Identity, PublicValue, Salt, ServerSecret, SrpError, Verifier};
use serde_json::Value;

fn vectors(file: &str) -> Option<Value> {
    shared_vectors::json(&format!("cognito-srp/{file}"))
}

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    let hex = format!("{hex:0>width$}", width = 2 * N);
    let bytes: Vec<u8> =
        (0..N).map(|at| u8::from_str_radix(&hex[hex.len() - 2 * N..][2 * at..2 * at + 2], 16).unwrap()).collect();
    bytes.try_into().unwrap()
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
        let client = ClientSecret::new(bytes(text("a")));
        let a = PublicValue::from_hex(text("SRP_A")).unwrap();
        let step = ServerSecret::new(bytes::<128>(text("b"))).respond(&verifier, &a).unwrap();
        let b = PublicValue::from_hex(text("SRP_B")).unwrap();
        let key = client.session_key(&identity, text("password"), &salt, &b).unwrap();

        let id = &case["id"];
        assert_eq!(verifier.expose(), bytes::<384>(text("verifier")), "verifier of {id}");
        assert_eq!(client.public_value(), a, "A of {id}");
        assert_eq!(step.public, b, "B of {id}");
        assert_eq!(step.key.expose(), &bytes::<16>(text("hkdf_key")), "server key of {id}");
        assert_eq!(key.expose(), step.key.expose(), "client key of {id}");
        let signature = key.sign(&identity, &block, text("timestamp"));
        assert_eq!(signature, text("password_claim_signature"), "signature of {id}");
        assert!(step.key.accepts(&signature, &identity, &block, text("timestamp")));
        assert!(cognito_srp::parse_timestamp(text("timestamp")).is_some(), "{}", text("timestamp"));
    }
    println!("{} transcripts equal", transcripts.len());
}

#[test]
fn line_52_values_that_give_the_key_away_are_refused() {
    assert_eq!(PublicValue::from_hex("0"), Err(SrpError::Forbidden));
    assert_eq!(PublicValue::from_hex(&"0".repeat(770)), Err(SrpError::Forbidden));
    assert_eq!(PublicValue::from_hex(PRIME), Err(SrpError::Forbidden));
    assert_eq!(PublicValue::from_hex(&format!("1{}", "0".repeat(768))), Err(SrpError::Malformed));
    for bad in ["", "xyz", "-1", "0x10", &"0".repeat(1024 * 1024)] {
        assert_eq!(PublicValue::from_hex(bad), Err(SrpError::Malformed));
    }
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
