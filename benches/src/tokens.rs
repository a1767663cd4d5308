//! An ID token of about 1 KB, signed and verified.

use std::hint::black_box;

use identity_kernel::time::Timestamp;
use jwt_tokens::{Algorithm, KeySet, SigningKey, Verifier};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Group, Operation};

#[cfg(feature = "aws-lc")]
use aws_lc_rs as provider;
#[cfg(not(feature = "aws-lc"))]
use ring as provider;

use provider::rand::SystemRandom;
use provider::signature::{self, EcdsaKeyPair, Ed25519KeyPair};

const ISSUER: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Ab3dEf9hJ";
const NOW: i64 = 1_700_000_000;

fn claims() -> Value {
    json!({
        "sub": "7b1f6c1e-5b0a-4d0b-9a31-0b2a6f2f5f61", "iss": ISSUER, "aud": "1h57kf5cpq17m0eml12EXAMPLE",
        "token_use": "id", "auth_time": NOW, "iat": NOW, "exp": NOW + 3600,
        "jti": "a1b2c3d4-1111-2222-3333-444455556666", "origin_jti": "a1b2c3d4-5555-6666-7777-888899990000",
        "event_id": "64f513be-32db-42b0-b78e-b02127b4f463", "cognito:username": "ada.lovelace",
        "cognito:groups": ["admins", "editors"], "cognito:roles": ["arn:aws:iam::123456789012:role/admin"],
        "cognito:preferred_role": "arn:aws:iam::123456789012:role/admin", "email": "ada.lovelace@example.com",
        "email_verified": true, "phone_number": "+441632960123", "phone_number_verified": false,
        "given_name": "Ada", "family_name": "Lovelace", "name": "Ada Lovelace", "locale": "en-GB",
        "zoneinfo": "Europe/London", "custom:department": "Analytical engines, first floor, second door",
    })
}

/// Every claim, borrowed.
#[derive(Deserialize)]
#[allow(dead_code, reason = "reading them is what is measured")]
struct All<'a> {
    sub: &'a str,
    iss: &'a str,
    aud: &'a str,
    token_use: &'a str,
    auth_time: i64,
    iat: i64,
    exp: i64,
    jti: &'a str,
    origin_jti: &'a str,
    event_id: &'a str,
    #[serde(rename = "cognito:username")]
    username: &'a str,
    #[serde(rename = "cognito:groups", borrow)]
    groups: Vec<&'a str>,
    #[serde(rename = "cognito:roles", borrow)]
    roles: Vec<&'a str>,
    #[serde(rename = "cognito:preferred_role")]
    preferred_role: &'a str,
    email: &'a str,
    email_verified: bool,
    phone_number: &'a str,
    phone_number_verified: bool,
    given_name: &'a str,
    family_name: &'a str,
    name: &'a str,
    locale: &'a str,
    zoneinfo: &'a str,
    #[serde(rename = "custom:department")]
    department: &'a str,
}

/// Every claim, owned: `jsonwebtoken` gives no others.
#[derive(Deserialize)]
#[allow(dead_code, reason = "reading them is what is measured")]
struct Owned {
    sub: String,
    iss: String,
    aud: String,
    token_use: String,
    auth_time: i64,
    iat: i64,
    exp: i64,
    jti: String,
    origin_jti: String,
    event_id: String,
    #[serde(rename = "cognito:username")]
    username: String,
    #[serde(rename = "cognito:groups")]
    groups: Vec<String>,
    #[serde(rename = "cognito:roles")]
    roles: Vec<String>,
    #[serde(rename = "cognito:preferred_role")]
    preferred_role: String,
    email: String,
    email_verified: bool,
    phone_number: String,
    phone_number_verified: bool,
    given_name: String,
    family_name: String,
    name: String,
    locale: String,
    zoneinfo: String,
    #[serde(rename = "custom:department")]
    department: String,
}

/// The RSA key is the example of RFC 7520 §3.4: ring cannot make one.
fn key(algorithm: Algorithm) -> SigningKey {
    match algorithm {
        Algorithm::Rs256 => SigningKey::from_jwk(include_bytes!("rfc7520-rsa.json")).unwrap(),
        other => SigningKey::generate(other).unwrap(),
    }
}

pub fn groups() -> Vec<Group> {
    let mut groups = vec![
        sign("RS256 sign", Algorithm::Rs256, 1.02),
        verify("RS256 verify", Algorithm::Rs256, Some((1.05, 1.10))),
        sign("ES256 sign", Algorithm::Es256, 1.08),
        verify("ES256 verify", Algorithm::Es256, None),
        sign("EdDSA sign", Algorithm::EdDsa, 1.2),
        verify("EdDSA verify", Algorithm::EdDsa, None),
    ];
    if cfg!(feature = "aws-lc") {
        add_jsonwebtoken(&mut groups);
    }
    groups
}

/// Signs the very bytes that a token signs, and no more.
fn raw_sign(algorithm: Algorithm, key: &SigningKey, message: Vec<u8>) -> Box<dyn FnMut()> {
    let random = SystemRandom::new();
    match algorithm {
        Algorithm::Rs256 => {
            let pair = provider::rsa::KeyPair::from_pkcs8(key.expose_pkcs8()).unwrap();
            Box::new(move || {
                let mut out = [0; 256];
                pair.sign(&signature::RSA_PKCS1_SHA256, &random, black_box(&message), &mut out).unwrap();
                black_box(out);
            })
        }
        Algorithm::Es256 => {
            let how = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
            #[cfg(feature = "aws-lc")]
            let pair = EcdsaKeyPair::from_pkcs8(how, key.expose_pkcs8()).unwrap();
            #[cfg(not(feature = "aws-lc"))]
            let pair = EcdsaKeyPair::from_pkcs8(how, key.expose_pkcs8(), &random).unwrap();
            Box::new(move || {
                black_box(pair.sign(&random, black_box(&message)).unwrap());
            })
        }
        _ => {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(key.expose_pkcs8()).unwrap();
            Box::new(move || {
                black_box(pair.sign(black_box(&message)));
            })
        }
    }
}

fn sign(name: &'static str, algorithm: Algorithm, aim: f64) -> Group {
    let key = key(algorithm);
    let claims = claims();
    let token = key.sign(&claims).unwrap();
    let message = token.rsplit_once('.').unwrap().0.as_bytes().to_vec();
    let raw = Operation { name: "raw", aim: None, run: raw_sign(algorithm, &key, message) };
    let ours = Operation::new("cenote", move || {
        black_box(key.sign(black_box(&claims)).unwrap());
    });
    Group { name, operations: vec![raw, ours.at_most(aim)] }
}

/// Verifies the very bytes that a token signs, with a key that was parsed before, and no more.
#[cfg(feature = "aws-lc")]
fn raw_verify(algorithm: Algorithm, key: &SigningKey, message: Vec<u8>, signed: Vec<u8>) -> Box<dyn FnMut()> {
    use aws_lc_rs::signature::ParsedPublicKey;

    let spki = key.verifying_key().unwrap().spki().unwrap();
    let parsed = match algorithm {
        Algorithm::Rs256 => ParsedPublicKey::new(&signature::RSA_PKCS1_2048_8192_SHA256, spki),
        Algorithm::Es256 => ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, spki),
        _ => ParsedPublicKey::new(&signature::ED25519, spki),
    };
    let parsed = parsed.unwrap();
    Box::new(move || parsed.verify_sig(black_box(&message), black_box(&signed)).unwrap())
}

#[cfg(not(feature = "aws-lc"))]
fn raw_verify(algorithm: Algorithm, key: &SigningKey, message: Vec<u8>, signed: Vec<u8>) -> Box<dyn FnMut()> {
    use ring::rsa::PublicKeyComponents;
    use ring::signature::{KeyPair as _, UnparsedPublicKey};

    let pkcs8 = key.expose_pkcs8();
    match algorithm {
        Algorithm::Rs256 => {
            let pair = ring::rsa::KeyPair::from_pkcs8(pkcs8).unwrap();
            let key = PublicKeyComponents::<Vec<u8>>::from(pair.public());
            Box::new(move || {
                key.verify(&signature::RSA_PKCS1_2048_8192_SHA256, black_box(&message), black_box(&signed)).unwrap();
            })
        }
        Algorithm::Es256 => {
            let how = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
            let pair = EcdsaKeyPair::from_pkcs8(how, pkcs8, &SystemRandom::new()).unwrap();
            let key = UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref().to_vec());
            Box::new(move || key.verify(black_box(&message), black_box(&signed)).unwrap())
        }
        _ => {
            let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).unwrap();
            let key = UnparsedPublicKey::new(&signature::ED25519, pair.public_key().as_ref().to_vec());
            Box::new(move || key.verify(black_box(&message), black_box(&signed)).unwrap())
        }
    }
}

fn verify(name: &'static str, algorithm: Algorithm, aims: Option<(f64, f64)>) -> Group {
    let key = key(algorithm);
    let token = key.sign(&claims()).unwrap();
    let keys = KeySet::from_jwks([key.public_jwk()]);
    let verifier = Verifier::new(ISSUER).id_tokens_of(["1h57kf5cpq17m0eml12EXAMPLE"]);
    let now = Timestamp::from_epoch_seconds(NOW + 1);
    let message = token.rsplit_once('.').unwrap().0.as_bytes().to_vec();
    let signed = key.signature(&message).unwrap();
    let raw = Operation { name: "raw", aim: None, run: raw_verify(algorithm, &key, message, signed) };
    let lazy = {
        let (verifier, keys, token) = (verifier.clone(), keys.clone(), token.clone());
        Operation::new("cenote, what is checked", move || {
            black_box(verifier.verify_lazily(&keys, black_box(&token), now).unwrap());
        })
    };
    let all = {
        let (verifier, keys, token) = (verifier.clone(), keys.clone(), token.clone());
        Operation::new("cenote, all claims borrowed", move || {
            let checked = verifier.verify_lazily(&keys, black_box(&token), now).unwrap();
            black_box(checked.claims::<All<'_>>().unwrap());
        })
    };
    let owned = Operation::new("cenote, all claims owned", move || {
        let checked = verifier.verify_lazily(&keys, black_box(&token), now).unwrap();
        black_box(checked.claims::<Owned>().unwrap());
    });
    let (lazy, all) = match aims {
        Some((lazily, fully)) => (lazy.at_most(lazily), all.at_most(fully)),
        None => (lazy, all),
    };
    Group { name, operations: vec![raw, lazy, all, owned] }
}

#[cfg(not(feature = "aws-lc"))]
fn add_jsonwebtoken(_: &mut [Group]) {}

/// `jsonwebtoken` 11 over aws-lc-rs, as its documentation uses it.
#[cfg(feature = "aws-lc")]
fn add_jsonwebtoken(groups: &mut [Group]) {
    use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};

    for group in groups {
        let (algorithm, theirs) = match group.name.split(' ').next().unwrap() {
            "RS256" => (Algorithm::Rs256, jsonwebtoken::Algorithm::RS256),
            "ES256" => (Algorithm::Es256, jsonwebtoken::Algorithm::ES256),
            _ => continue,
        };
        let key = key(algorithm);
        let operation = if group.name.ends_with("sign") {
            let der = key.expose_pkcs8();
            let pkcs1 = pkcs1_of(der);
            let encoding = if algorithm == Algorithm::Rs256 {
                EncodingKey::from_rsa_der(&pkcs1)
            } else {
                EncodingKey::from_ec_der(der)
            };
            let mut header = Header::new(theirs);
            header.kid = Some(key.kid().to_owned());
            let claims = claims();
            Operation::new("jsonwebtoken 11", move || {
                black_box(encode(&header, black_box(&claims), &encoding).unwrap());
            })
        } else {
            let token = key.sign(&claims()).unwrap();
            let decoding = DecodingKey::from_jwk(&key.public_jwk()).unwrap();
            let mut validation = Validation::new(theirs);
            validation.set_audience(&["1h57kf5cpq17m0eml12EXAMPLE"]);
            validation.set_issuer(&[ISSUER]);
            validation.validate_exp = false;
            Operation::new("jsonwebtoken 11", move || {
                black_box(decode::<Owned>(black_box(&token), &decoding, &validation).unwrap());
            })
        };
        group.operations.push(operation);
    }
}

/// The PKCS#1 form inside a PKCS#8 RSA key: behind the header of 26 bytes that every 2048-bit key has.
#[cfg(feature = "aws-lc")]
fn pkcs1_of(der: &[u8]) -> Vec<u8> {
    der[26.min(der.len())..].to_vec()
}
