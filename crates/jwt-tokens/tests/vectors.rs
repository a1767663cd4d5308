//! Signatures and keys are taken and refused as the public vectors say: Wycheproof, RFC 7515, 7520, 7638 and 8037.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

#[cfg(feature = "danger-hs256")]
use identity_kernel::secret::SecretBytes;
use jwt_tokens::{Algorithm, Jwk, KeySet, SigningKey, VerifyingKey};
use serde_json::Value;

/// Runs every case of a Wycheproof file and counts; `check` says whether the group's key takes the case.
fn wycheproof(file: &str, check: impl Fn(&Value, &Value) -> Option<bool>) {
    let Some(file_of_cases) = shared_vectors::json(&format!("wycheproof/{file}")) else { return };
    let (mut taken, mut refused, mut not_ours) = (0, 0, 0);
    for group in file_of_cases["testGroups"].as_array().unwrap() {
        for case in group["tests"].as_array().unwrap() {
            let Some(outcome) = check(group, case) else {
                not_ours += 1;
                continue;
            };
            match case["result"].as_str().unwrap() {
                "valid" => assert!(outcome, "{file}: {case}"),
                "invalid" => assert!(!outcome, "{file}: {case}"),
                _ => {}
            }
            if outcome { taken += 1 } else { refused += 1 }
        }
    }
    println!("{file}: {taken} taken, {refused} refused, {not_ours} of algorithms that are not ours");
    assert!(taken + refused > 0);
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

/// A file whose groups have a public key as PEM, with signatures over bytes.
fn signatures(file: &str, algorithm: Algorithm) {
    wycheproof(file, |group, case| {
        let key = VerifyingKey::from_pem(algorithm, group["publicKeyPem"].as_str().unwrap()).ok();
        Some(key.is_some_and(|key| key.verify(&bytes(&case["msg"]), &bytes(&case["sig"]))))
    });
}

#[test]
fn line_12_rsa_signatures_are_judged_as_wycheproof_says() {
    signatures("rsa_signature_2048_sha256_test.json", Algorithm::Rs256);
    signatures("rsa_signature_3072_sha256_test.json", Algorithm::Rs256);
    signatures("rsa_pss_2048_sha256_mgf1_32_test.json", Algorithm::Ps256);
}

#[test]
fn line_12_ecdsa_signatures_are_judged_as_wycheproof_says() {
    signatures("ecdsa_secp256r1_sha256_p1363_test.json", Algorithm::Es256);
    signatures("ecdsa_secp384r1_sha384_p1363_test.json", Algorithm::Es384);
}

#[test]
fn line_12_eddsa_signatures_are_judged_as_wycheproof_says() {
    signatures("ed25519_test.json", Algorithm::EdDsa);
}

/// The keys of a JWK or of a set of them; what is no public key for signing is passed over.
fn keys(value: &Value) -> KeySet {
    match value.get("keys") {
        Some(_) => KeySet::from_json(value.to_string().as_bytes()).unwrap(),
        None => KeySet::from_jwks(serde_json::from_value::<Jwk>(value.clone())),
    }
}

#[cfg(feature = "danger-hs256")]
#[expect(clippy::unnecessary_wraps, reason = "without the feature there is none")]
fn shared(value: &Value) -> Option<KeySet> {
    use base64_simd::URL_SAFE_NO_PAD;

    let members = value.get("keys").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![value.clone()]);
    let keys = members.iter().map(|jwk| {
        let secret = URL_SAFE_NO_PAD.decode_to_vec(jwk["k"].as_str()?).ok()?;
        let hs256 = jwk["alg"] == "HS256";
        let kid = jwk["kid"].as_str().unwrap_or_default();
        let secret = jwt_tokens::SharedSecret::new(kid, &SecretBytes::from(secret)).ok().filter(|_| hs256)?;
        Some((jwk["kid"].as_str().map(str::to_owned), secret.verifying_key()))
    });
    Some(KeySet::from_keys(keys.collect::<Option<Vec<_>>>().unwrap_or_default()))
}

#[cfg(not(feature = "danger-hs256"))]
fn shared(_: &Value) -> Option<KeySet> {
    None
}

/// Tags are whole (RFC 7518 §3.2) and keys as long as the hash: what is shorter is not ours.
#[cfg(feature = "danger-hs256")]
#[test]
fn hmac_tags_are_judged_as_wycheproof_says() {
    wycheproof("hmac_sha256_test.json", |group, case| {
        let secret = SecretBytes::from(bytes(&case["key"]));
        let secret = jwt_tokens::SharedSecret::new("k", &secret).ok()?;
        let whole = group["tagSize"] == 256;
        whole.then(|| secret.verifying_key().verify(&bytes(&case["msg"]), &bytes(&case["tag"])))
    });
}

#[test]
fn tokens_and_keys_are_judged_as_wycheproof_says() {
    // Characters that are no base64url, forgiven by the vectors: line 9 is stricter. A PS384 token under a key that says
    // PS256 (Figure20): line 1 is.
    let stricter = ["InvalidCharacterInsertedInHeader", "InvalidCharacterInsertedInPayload", "Figure20"];
    for file in ["json_web_signature_test.json", "json_web_key_test.json", "json_web_crypto_test.json"] {
        wycheproof(file, |group, case| {
            // The rest are encrypted tokens, which are refused everywhere (line 11).
            let token = case["jws"].as_str()?;
            let key = group.get("public").or(group.get("private")).unwrap();
            let text = key.to_string();
            let mixed = text.contains("\"oct\"") && text.contains("\"n\"")
                || text.contains("\"crv\"") && text.contains("\"oct\"");
            let valid = case["result"] == "valid";
            // Two cases are, byte for byte, the token that another case of the same key calls valid.
            if ["invalidBase64Padding", "invalidBase64PaddingInPayload"].contains(&case["comment"].as_str().unwrap()) {
                return None;
            }
            let foreign = ["ES521", "HS384", "HS512"].iter().any(|name| text.contains(name));
            if valid && (foreign || stricter.contains(&case["comment"].as_str().unwrap())) {
                return None;
            }
            let keys = if text.contains("\"oct\"") && !mixed {
                match shared(key) {
                    Some(keys) => keys,
                    None if valid => return None,
                    None => KeySet::default(),
                }
            } else {
                keys(key)
            };
            Some(keys.verify_compact(token).is_ok())
        });
    }
}

#[test]
fn the_examples_of_rfc_7515_and_rfc_8037_are_judged_as_they_say() {
    let Some(examples) = shared_vectors::json("oauth-rfc/jws_rfc7515_rfc8037.json") else { return };
    let mut checked = 0;
    for example in examples.as_array().unwrap() {
        let keys = match example["alg"].as_str().unwrap() {
            "HS256" => match shared(&example["jwk"]) {
                // Of 64 bytes and not bound to an algorithm: bound here.
                Some(_) => shared(&serde_json::json!({"k": example["jwk"]["k"], "alg": "HS256"})).unwrap(),
                None => continue,
            },
            "none" => KeySet::default(),
            _ => keys(&example["jwk"]),
        };
        let outcome = keys.verify_compact(example["jws"].as_str().unwrap());
        assert_eq!(outcome.is_ok(), example["valid"].as_bool().unwrap(), "{example}");
        checked += 1;
    }
    println!("RFC 7515 and 8037: {checked} examples");
    assert!(checked >= 4);
}

#[test]
fn the_examples_of_rfc_7520_verify_and_their_deterministic_ones_are_signed_alike() {
    let mut checked = 0;
    for file in ["4_1.rsa_v15_signature", "4_2.rsa-pss_signature", "4_4.hmac-sha2_integrity_protection"] {
        let Some(mut example) = shared_vectors::json(&format!("jose-cookbook/jws/{file}.json")) else { return };
        example["input"]["key"]["alg"] = example["input"]["alg"].clone();
        let (key, token) = (&example["input"]["key"], example["output"]["compact"].as_str().unwrap());
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let public = if key["kty"] == "oct" { shared(key) } else { Some(keys(key)) };
        let Some(public) = public else { continue };
        if key["alg"] == "RS256" {
            let private = SigningKey::from_jwk(key.to_string().as_bytes()).unwrap();
            let again = private.signature(signed.as_bytes()).unwrap();
            assert_eq!(base64_simd::URL_SAFE_NO_PAD.encode_to_string(again), signature);
        }
        let payload = public.verify_compact(token).unwrap();
        assert_eq!(payload, example["input"]["payload"].as_str().unwrap().as_bytes());
        checked += 1;
    }
    println!("RFC 7520: {checked} examples");
    assert!(checked >= 2);
}

#[test]
fn the_thumbprint_of_rfc_7638_comes_out() {
    let Some(examples) = shared_vectors::json("oauth-rfc/jwk_thumbprint_rfc7638.json") else { return };
    for example in examples.as_array().unwrap() {
        let key = VerifyingKey::from_jwk(&serde_json::from_value(example["jwk"].clone()).unwrap()).unwrap();
        assert_eq!(key.thumbprint().unwrap(), example["sha256"].as_str().unwrap());
    }
}

#[test]
fn json_text_is_taken_and_refused_as_jsontestsuite_says() {
    let Some(folder) = shared_vectors::path("jsontestsuite/test_parsing") else { return };
    let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
    let keys = KeySet::from_jwks([key.public_jwk()]);
    let (mut taken, mut refused, mut either) = (0, 0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // Each text as one claim of a token that is otherwise good.
        let payload = [br#"{"iss":"i","exp":9,"x":"#, std::fs::read(&path).unwrap().as_slice(), b"}"].concat();
        let encode = |bytes: &[u8]| base64_simd::URL_SAFE_NO_PAD.encode_to_string(bytes);
        let head = encode(format!(r#"{{"kid":"{}","alg":"EdDSA"}}"#, key.kid()).as_bytes());
        let signed = format!("{head}.{}", encode(&payload));
        let token = format!("{signed}.{}", encode(&key.signature(signed.as_bytes()).unwrap()));
        let now = identity_kernel::time::Timestamp::from_epoch_seconds(1);
        let outcome = jwt_tokens::Verifier::new("i").verify(&keys, &token, now).is_ok();
        // Line 9: a member twice is refused, which the suite allows.
        let twice = name.contains("duplicated_key");
        match name.as_bytes()[0] {
            b'y' if !twice => {
                assert!(outcome, "{name}");
                taken += 1;
            }
            b'n' => {
                // A text that ends the object and begins another member is one inside a token.
                assert!(!outcome || name == "n_structure_object_with_trailing_garbage.json", "{name}");
                refused += 1;
            }
            _ => either += 1,
        }
    }
    println!("JSONTestSuite as claims: {taken} taken, {refused} refused, {either} either way");
    assert!(taken > 90 && refused > 180);
}
