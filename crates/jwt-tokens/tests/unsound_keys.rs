//! What looks like a key and is none, or one that can be broken, is refused with either backend, and the reason is said.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use base64_simd::URL_SAFE_NO_PAD;
use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, DroppedKey, KeyError, KeySet, SigningKey, Verifier, VerifyingKey};
use serde_json::{Value, json};

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

fn judged(jwk: &Value) -> Result<(), KeyError> {
    VerifyingKey::from_jwk(&serde_json::from_value(jwk.clone()).unwrap()).map(drop)
}

fn ed25519(x: &str) -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "kid": "k", "x": encode(&hex::decode(x).unwrap())})
}

/// The points of the small subgroup of Ed25519, in each encoding that decoders have been seen to take.
const SMALL: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

#[test]
fn line_12_an_ed25519_key_of_a_small_subgroup_is_weak_and_what_is_no_point_is_off_the_curve() {
    for x in &SMALL[..8] {
        assert_eq!(judged(&ed25519(x)), Err(KeyError::Weak), "{x}");
    }
    for x in &SMALL[8..] {
        assert_eq!(judged(&ed25519(x)), Err(KeyError::OffCurve), "{x}: no canonical encoding (RFC 8032 §5.1.3)");
    }
    let no_point = "02".to_owned() + &"00".repeat(31);
    assert_eq!(judged(&ed25519(&no_point)), Err(KeyError::OffCurve));
    assert_eq!(judged(&ed25519("01")), Err(KeyError::Unreadable));
}

/// An honest point with a point of order two added: every signature check of it depends on who computes it.
#[test]
fn line_12_an_ed25519_key_outside_the_large_subgroup_is_weak() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let honest = URL_SAFE_NO_PAD.decode_to_vec(serde_json::to_value(key.public_jwk()).unwrap()["x"].as_str().unwrap());
    let encoded = curve25519_dalek::edwards::CompressedEdwardsY::from_slice(&honest.unwrap()).unwrap();
    let mixed = encoded.decompress().unwrap() + curve25519_dalek::constants::EIGHT_TORSION[4];

    assert_eq!(judged(&ed25519(&hex::encode(mixed.compress().as_bytes()))), Err(KeyError::Weak));
}

#[test]
fn under_the_identity_point_one_signature_would_fit_every_token() {
    let set = json!({"keys": [ed25519(SMALL[0])]}).to_string();
    let head = encode(br#"{"alg":"EdDSA","kid":"k"}"#);
    let signature = encode(&[&[1][..], &[0; 63]].concat());
    let token = format!("{head}.{}.{signature}", encode(br#"{"iss":"i","sub":"anybody","exp":9}"#));

    let set = KeySet::from_json(set.as_bytes()).unwrap();

    assert!(set.is_empty());
    assert!(Verifier::new("i").any_audience().verify(&set, &token, Timestamp::from_epoch_seconds(1)).is_err());
}

#[test]
fn line_12_an_ec_key_that_is_not_on_its_curve_is_refused() {
    for (algorithm, size) in [(Algorithm::Es256, 32), (Algorithm::Es384, 48)] {
        let good = serde_json::to_value(SigningKey::generate(algorithm).unwrap().public_jwk()).unwrap();
        assert_eq!(judged(&good), Ok(()));
        let with = |x: &[u8], y: &[u8]| {
            let mut jwk = good.clone();
            (jwk["x"], jwk["y"]) = (encode(x).into(), encode(y).into());
            judged(&jwk)
        };
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode_to_vec(good[name].as_str().unwrap()).unwrap();
        let (x, mut bent) = (bytes("x"), bytes("y"));
        bent[size - 1] ^= 1;
        assert_eq!(with(&x, &bent), Err(KeyError::OffCurve));
        assert_eq!(with(&vec![0; size], &vec![0; size]), Err(KeyError::OffCurve));
        assert_eq!(with(&vec![0xff; size], &vec![0xff; size]), Err(KeyError::OffCurve), "beyond the field");
        assert_eq!(with(&x[1..], &bytes("y")[1..]), Err(KeyError::Unreadable));
    }
}

#[test]
fn a_key_set_is_strict_json_and_says_which_of_its_keys_were_dropped_and_why() {
    let good = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let good = serde_json::to_string(&good.public_jwk()).unwrap();
    let set = |text: &str| KeySet::from_json(text.as_bytes());

    for twice in [
        format!(r#"{{"keys":[],"keys":[{good}]}}"#),
        format!(r#"{{"keys":[{{"kid":"a",{}]}}"#, &good[1..]),
        format!(r#"{{"keys":[{good}]}} x"#),
        format!("[{good}]"),
        r#"{"keys":{}}"#.to_owned(),
    ] {
        assert_eq!(set(&twice).unwrap_err(), KeyError::NotAKeySet, "{twice}");
    }

    let odd = json!({"kty": "oct", "kid": "shared", "k": "AAAA"});
    let encrypts = json!({"kty": "RSA", "kid": "enc", "use": "enc", "n": "AQAB", "e": "AQAB"});
    let short = json!({"kty": "RSA", "kid": "short", "n": encode(&[0xff; 128]), "e": "AQAB"});
    let text = format!(r#"{{"keys":[{good},{odd},{encrypts},{short},{{"kty":"new"}}]}}"#);
    let taken = set(&text).unwrap();
    let dropped: Vec<_> = taken.dropped().iter().map(|DroppedKey { kid, why, .. }| (kid.as_deref(), *why)).collect();
    assert_eq!(taken.len(), 1);
    assert_eq!(
        dropped,
        [
            (Some("shared"), KeyError::Unsupported),
            (Some("enc"), KeyError::NotForSignatures),
            (Some("short"), KeyError::Weak),
            (None, KeyError::Unsupported),
        ]
    );
    let twins = set(&format!(r#"{{"keys":[{good},{good}]}}"#)).unwrap();
    assert_eq!((twins.len(), twins.dropped().len(), twins.dropped()[0].why), (0, 2, KeyError::KidTwice));
}

/// The RSA key of RFC 7520 §3.4, as its vectors have it.
fn rsa() -> Option<Value> {
    let example = shared_vectors::json("jose-cookbook/jws/4_1.rsa_v15_signature.json")?;
    Some(example["input"]["key"].clone())
}

fn imported(jwk: &Value) -> Result<String, KeyError> {
    SigningKey::from_jwk(jwk.to_string().as_bytes()).map(|key| key.kid().to_owned())
}

#[test]
fn line_12_a_private_key_whose_parts_do_not_belong_together_is_refused() {
    let Some(rsa) = rsa() else { return };
    assert_eq!(imported(&rsa).as_deref(), Ok("bilbo.baggins@hobbiton.example"), "it brings its name along");
    for part in ["n", "d", "p", "q", "dp", "dq", "qi"] {
        let mut bent = rsa.clone();
        let mut bytes = URL_SAFE_NO_PAD.decode_to_vec(bent[part].as_str().unwrap()).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 2;
        bent[part] = encode(&bytes).into();
        assert!(matches!(imported(&bent), Err(KeyError::Inconsistent)), "{part}: {:?}", imported(&bent));
    }

    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Es384] {
        let private =
            |key: &SigningKey| -> Value { serde_json::from_str(key.to_private_jwk().unwrap().expose()).unwrap() };
        let key = SigningKey::generate(algorithm).unwrap();
        let (mut own, other) = (private(&key), private(&SigningKey::generate(algorithm).unwrap()));
        assert_eq!(imported(&own).as_deref(), Ok(key.kid()));
        (own["x"], own["y"]) = (other["x"].clone(), other["y"].clone());
        assert!(imported(&own).is_err(), "{algorithm}: the public half of another key");
    }
}

#[test]
fn a_private_key_that_says_it_is_for_something_else_is_refused() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let with = |name: &str, value: Value| {
        let mut jwk: Value = serde_json::from_str(key.to_private_jwk().unwrap().expose()).unwrap();
        jwk[name] = value;
        imported(&jwk)
    };

    assert!(with("key_ops", json!(["verify", "sign"])).is_ok());
    assert_eq!(with("key_ops", json!(["verify"])), Err(KeyError::NotForSignatures));
    assert_eq!(with("use", json!("enc")), Err(KeyError::NotForSignatures));
    assert_eq!(with("alg", json!("RS256")), Err(KeyError::OtherAlgorithm));
    assert_eq!(with("alg", json!("HS512")), Err(KeyError::Unsupported));
    assert_eq!(with("kid", json!("k".repeat(257))), Err(KeyError::KidTooLong));
}

#[test]
fn line_12_a_short_private_rsa_key_is_refused() {
    // 1024 bits, made for this test and used nowhere.
    let short = include_str!("short_rsa.pem");

    assert_eq!(SigningKey::from_pem(Algorithm::Rs256, short).map(drop), Err(KeyError::Weak));
}

#[cfg(feature = "danger-hs256")]
#[test]
fn line_3_what_is_public_is_no_shared_secret() {
    use jwt_tokens::SharedSecret;

    let secret = |bytes: &[u8]| SharedSecret::new("k", &bytes.to_vec().into()).map(drop);
    for algorithm in [Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa] {
        let key = SigningKey::generate(algorithm).unwrap();
        let public = key.verifying_key().unwrap();
        let (pem, der) = (public.pem().unwrap(), public.spki().unwrap());
        let jwk = serde_json::to_string(&key.public_jwk()).unwrap();
        let set = serde_json::to_string(&KeySet::publish([key.public_jwk()])).unwrap();
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        for form in [pem.as_bytes(), &der, jwk.as_bytes(), set.as_bytes(), base64.as_bytes(), encode(&der).as_bytes()] {
            assert_eq!(secret(form), Err(KeyError::PublicKeyAsSecret), "{algorithm} {}", String::from_utf8_lossy(form));
        }
        if algorithm == Algorithm::Es256 {
            assert_eq!(secret(&der[der.len() - 65..]), Err(KeyError::PublicKeyAsSecret), "the point alone");
        }
    }
    if let Some(rsa) = rsa() {
        let private = SigningKey::from_jwk(rsa.to_string().as_bytes()).unwrap();
        let public = private.verifying_key().unwrap();
        let modulus = rsa["n"].as_str().unwrap();
        let bytes = URL_SAFE_NO_PAD.decode_to_vec(modulus).unwrap();
        for form in [public.spki().unwrap(), public.pem().unwrap().into_bytes(), serde_json::to_vec(&rsa).unwrap()] {
            assert_eq!(secret(&form), Err(KeyError::PublicKeyAsSecret));
        }
        assert_eq!([secret(&bytes), secret(modulus.as_bytes())], [Err(KeyError::SecretLength); 2], "the modulus");
    }
    assert_eq!(secret(&[7; 32]), Err(KeyError::Weak));
    assert_eq!(secret(b"0123456789012345678901234567890"), Err(KeyError::SecretLength), "31 bytes");
    assert_eq!(secret(b"01234567890123456789012345678901"), Ok(()));
}

#[test]
fn a_pem_text_may_be_indented_or_have_one_long_line() {
    let key = SigningKey::generate(Algorithm::Es384).unwrap();
    let public = key.verifying_key().unwrap();
    let bent = |pem: &str| {
        let (lines, last) = (pem.lines().collect::<Vec<_>>(), pem.lines().count() - 1);
        let long = format!("{}\n{}\n{}\n", lines[0], lines[1..last].concat(), lines[last]);
        let indented = format!("\t  {} \r\n", lines.join(" \r\n\t  "));
        [pem.to_owned(), long, indented]
    };

    for text in bent(&public.pem().unwrap()) {
        assert_eq!(VerifyingKey::from_pem(Algorithm::Es384, &text).as_ref(), Ok(&public), "{text}");
    }
    for text in bent(key.to_pem().unwrap().expose()) {
        assert_eq!(SigningKey::from_pem(Algorithm::Es384, &text).unwrap().kid(), key.kid());
    }
    assert!(VerifyingKey::from_pem(Algorithm::Es384, &public.pem().unwrap().replace("MH", "M H")).is_err());
}

#[test]
fn a_token_says_its_kind_and_its_key_may_have_a_name_of_its_own() {
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap().with_kid("2026-11").unwrap();
    let header = |token: String| -> Value {
        let head = URL_SAFE_NO_PAD.decode_to_vec(token.split('.').next().unwrap()).unwrap();
        serde_json::from_slice(&head).unwrap()
    };

    let plain = header(key.sign(&json!({})).unwrap());
    let typed = header(key.sign_typed("at+jwt", &json!({})).unwrap());

    assert_eq!(plain, json!({"alg": "EdDSA", "kid": "2026-11"}));
    assert_eq!(typed, json!({"alg": "EdDSA", "kid": "2026-11", "typ": "at+jwt"}));
    assert_eq!(serde_json::to_value(key.public_jwk()).unwrap()["kid"], "2026-11");
    assert_eq!(key.with_kid(&"k".repeat(257)).map(drop), Err(KeyError::KidTooLong));
}
