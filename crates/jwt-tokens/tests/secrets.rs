//! Line 16: private keys leave the crate by the methods that say so, and by nothing else.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use base64_simd::URL_SAFE_NO_PAD;
use identity_kernel::entropy::SeededEntropy;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, KeyRing, KeySet, Rotation, SealedKey, SigningKey, VerifyingKey};
use serde_json::Value;

const ALGORITHMS: [Algorithm; 3] = [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Es384];

/// The secret number of a key, in the forms in which texts might show it.
fn secrets(key: &SigningKey) -> Vec<String> {
    let jwk: Value = serde_json::from_str(key.to_private_jwk().unwrap().expose()).unwrap();
    let base64url = jwk["d"].as_str().unwrap().to_owned();
    let bytes = URL_SAFE_NO_PAD.decode_to_vec(&base64url).unwrap();
    let list = |bytes: &[u8]| format!("{bytes:?}").trim_matches(['[', ']']).to_owned();
    vec![base64_simd::STANDARD.encode_to_string(&bytes), hex::encode(&bytes), list(&bytes), base64url]
}

fn assert_absent(key: &SigningKey, text: &str, what: &str) {
    for secret in secrets(key) {
        assert!(!text.contains(&secret), "{what}");
    }
}

#[test]
fn line_16_what_prints_or_serialises_shows_no_private_key() {
    let (master, entropy, now) = (MasterKey::new([7; 32]), SeededEntropy::new(1), Timestamp::from_epoch_seconds(9));
    for algorithm in ALGORITHMS {
        let key = SigningKey::generate(algorithm).unwrap();
        let sealed = SealedKey::seal(&master, &entropy, "pool", &key, now);
        let rotated = SealedKey::rotate(sealed.clone(), &[], Rotation::AtOnce, now);
        let ring = KeyRing::open(&master, "pool", vec![sealed.clone()], now).unwrap();
        let texts = [
            format!("{key:?}{:?}", key.verifying_key().unwrap()),
            format!("{sealed:?}{rotated:?}{ring:?}{master:?}"),
            serde_json::to_string(&sealed).unwrap(),
            serde_json::to_string(&key.public_jwk()).unwrap(),
            format!("{:?}{:?}", ring.publish(), KeySet::from_jwks([key.public_jwk()])),
            format!("{:?}{:?}", key.to_pem().unwrap(), key.to_private_jwk().unwrap()),
        ];
        for text in texts {
            assert_absent(&key, &text, &text);
        }
        assert_eq!(format!("{key:?}"), format!("SigningKey({algorithm} {}, ..)", key.kid()));
    }
}

/// A refused key is said to be refused, and not repeated.
#[test]
fn line_16_errors_show_no_private_key() {
    for algorithm in ALGORITHMS {
        let key = SigningKey::generate(algorithm).unwrap();
        let (pem, jwk) = (key.to_pem().unwrap(), key.to_private_jwk().unwrap());
        let mut der = key.expose_pkcs8().to_vec();
        der.push(0);
        let refused = [
            SigningKey::from_pem(Algorithm::Rs256, pem.expose()).unwrap_err(),
            SigningKey::from_pem(algorithm, &pem.expose().replace("PRIVATE", "OTHER")).unwrap_err(),
            VerifyingKey::from_pem(algorithm, pem.expose()).unwrap_err(),
            SigningKey::from_jwk(format!("{}x", jwk.expose()).as_bytes()).unwrap_err(),
            SigningKey::from_jwk(jwk.expose().replace("\"sig\"", "\"enc\"").as_bytes()).unwrap_err(),
            SigningKey::from_pkcs8(algorithm, &der).unwrap_err(),
        ];
        for error in refused {
            assert_absent(&key, &format!("{error} {error:?}"), "an error");
        }
    }
}

#[cfg(feature = "danger-hs256")]
#[test]
fn line_16_a_shared_secret_does_not_print_itself() {
    let secret = jwt_tokens::SharedSecret::new("k", &b"0123456789abcdef0123456789abcdef".to_vec().into()).unwrap();

    assert_eq!(format!("{secret:?}"), "SharedSecret(..)");
    assert_eq!(format!("{:?}", secret.verifying_key()), "VerifyingKey(HS256)");
}

// Line 16: types that hold a private key have no serialised form.
static_assertions::assert_not_impl_any!(SigningKey: serde::Serialize, Clone, std::fmt::Display);
static_assertions::assert_not_impl_any!(KeyRing: serde::Serialize, Clone, std::fmt::Display);
