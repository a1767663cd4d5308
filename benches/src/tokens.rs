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
use provider::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, EcdsaVerificationAlgorithm, Ed25519KeyPair, RsaEncoding, RsaParameters,
};

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
    match RSA.iter().find(|rsa| rsa.algorithm == algorithm) {
        Some(_) => {
            let example = SigningKey::from_jwk(include_bytes!("rfc7520-rsa.json")).unwrap();
            SigningKey::from_pkcs8(algorithm, example.expose_pkcs8()).unwrap()
        }
        None => SigningKey::generate(algorithm).unwrap(),
    }
}

pub fn groups() -> Vec<Group> {
    let mut groups: Vec<Group> = Algorithm::ASYMMETRIC.into_iter().flat_map(|at| [sign(at), verify(at)]).collect();
    if cfg!(feature = "aws-lc") {
        add_jsonwebtoken(&mut groups);
    }
    groups
}

/// The aim of signing, where there is one.
fn signing_aim(algorithm: Algorithm) -> Option<f64> {
    match algorithm {
        Algorithm::Rs256 => Some(1.02),
        Algorithm::Es256 => Some(1.08),
        Algorithm::EdDsa => Some(1.2),
        _ => None,
    }
}

/// An RSA algorithm as the backend names it.
struct Rsa {
    algorithm: Algorithm,
    signs: &'static dyn RsaEncoding,
    verifies: &'static RsaParameters,
}

static RSA: [Rsa; 6] = [
    Rsa {
        algorithm: Algorithm::Rs256,
        signs: &signature::RSA_PKCS1_SHA256,
        verifies: &signature::RSA_PKCS1_2048_8192_SHA256,
    },
    Rsa {
        algorithm: Algorithm::Rs384,
        signs: &signature::RSA_PKCS1_SHA384,
        verifies: &signature::RSA_PKCS1_2048_8192_SHA384,
    },
    Rsa {
        algorithm: Algorithm::Rs512,
        signs: &signature::RSA_PKCS1_SHA512,
        verifies: &signature::RSA_PKCS1_2048_8192_SHA512,
    },
    Rsa {
        algorithm: Algorithm::Ps256,
        signs: &signature::RSA_PSS_SHA256,
        verifies: &signature::RSA_PSS_2048_8192_SHA256,
    },
    Rsa {
        algorithm: Algorithm::Ps384,
        signs: &signature::RSA_PSS_SHA384,
        verifies: &signature::RSA_PSS_2048_8192_SHA384,
    },
    Rsa {
        algorithm: Algorithm::Ps512,
        signs: &signature::RSA_PSS_SHA512,
        verifies: &signature::RSA_PSS_2048_8192_SHA512,
    },
];

/// An algorithm of elliptic curves as the backend names it.
struct Ec {
    algorithm: Algorithm,
    signs: &'static EcdsaSigningAlgorithm,
    verifies: &'static EcdsaVerificationAlgorithm,
}

static EC: [Ec; 2] = [
    Ec {
        algorithm: Algorithm::Es256,
        signs: &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        verifies: &signature::ECDSA_P256_SHA256_FIXED,
    },
    Ec {
        algorithm: Algorithm::Es384,
        signs: &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        verifies: &signature::ECDSA_P384_SHA384_FIXED,
    },
];

fn ec_pair(ec: &Ec, pkcs8: &[u8]) -> EcdsaKeyPair {
    #[cfg(feature = "aws-lc")]
    let pair = EcdsaKeyPair::from_pkcs8(ec.signs, pkcs8);
    #[cfg(not(feature = "aws-lc"))]
    let pair = EcdsaKeyPair::from_pkcs8(ec.signs, pkcs8, &SystemRandom::new());
    pair.unwrap()
}

/// Signs the very bytes that a token signs, and no more.
fn raw_sign(algorithm: Algorithm, key: &SigningKey, message: Vec<u8>) -> Box<dyn FnMut()> {
    let random = SystemRandom::new();
    if let Some(rsa) = RSA.iter().find(|rsa| rsa.algorithm == algorithm) {
        let pair = provider::rsa::KeyPair::from_pkcs8(key.expose_pkcs8()).unwrap();
        return Box::new(move || {
            let mut out = [0; 256];
            pair.sign(rsa.signs, &random, black_box(&message), &mut out).unwrap();
            black_box(out);
        });
    }
    if let Some(ec) = EC.iter().find(|ec| ec.algorithm == algorithm) {
        let pair = ec_pair(ec, key.expose_pkcs8());
        return Box::new(move || {
            black_box(pair.sign(&random, black_box(&message)).unwrap());
        });
    }
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(key.expose_pkcs8()).unwrap();
    Box::new(move || {
        black_box(pair.sign(black_box(&message)));
    })
}

fn sign(algorithm: Algorithm) -> Group {
    let key = key(algorithm);
    let claims = claims();
    let token = key.sign(&claims).unwrap();
    let message = token.rsplit_once('.').unwrap().0.as_bytes().to_vec();
    let raw = Operation { name: "raw", aim: None, run: raw_sign(algorithm, &key, message) };
    let ours = Operation::new("cenote", move || {
        black_box(key.sign(black_box(&claims)).unwrap());
    });
    let ours = match signing_aim(algorithm) {
        Some(aim) => ours.at_most(aim),
        None => ours,
    };
    Group { name: name(algorithm, "sign"), operations: vec![raw, ours] }
}

/// `RS256 sign`.
fn name(algorithm: Algorithm, what: &str) -> &'static str {
    format!("{} {what}", algorithm.name()).leak()
}

/// What hashes the message of an algorithm, where signatures are verified over its digest; `None` for EdDSA.
#[cfg(feature = "aws-lc")]
fn hash(algorithm: Algorithm) -> Option<&'static aws_lc_rs::digest::Algorithm> {
    use aws_lc_rs::digest::{SHA256, SHA384, SHA512};

    match algorithm {
        Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::Es256 => Some(&SHA256),
        Algorithm::Rs384 | Algorithm::Ps384 | Algorithm::Es384 => Some(&SHA384),
        Algorithm::Rs512 | Algorithm::Ps512 => Some(&SHA512),
        _ => None,
    }
}

/// Verifies the very bytes that a token signs, with a key that was parsed before, and no more; by the same calls that
/// `jwt-tokens` makes: the digest, then the signature over it.
#[cfg(feature = "aws-lc")]
fn raw_verify(algorithm: Algorithm, key: &SigningKey, message: Vec<u8>, signed: Vec<u8>) -> Box<dyn FnMut()> {
    let parsed = parsed(algorithm, key);
    match hash(algorithm) {
        Some(hash) => Box::new(move || {
            let digest = aws_lc_rs::digest::digest(hash, black_box(&message));
            parsed.verify_digest_sig(&digest, black_box(&signed)).unwrap();
        }),
        None => Box::new(move || parsed.verify_sig(black_box(&message), black_box(&signed)).unwrap()),
    }
}

#[cfg(feature = "aws-lc")]
fn parsed(algorithm: Algorithm, key: &SigningKey) -> aws_lc_rs::signature::ParsedPublicKey {
    use aws_lc_rs::signature::ParsedPublicKey;

    let spki = key.verifying_key().unwrap().spki().unwrap();
    let rsa = RSA.iter().find(|rsa| rsa.algorithm == algorithm).map(|rsa| ParsedPublicKey::new(rsa.verifies, &spki));
    let ec = EC.iter().find(|ec| ec.algorithm == algorithm).map(|ec| ParsedPublicKey::new(ec.verifies, &spki));
    rsa.or(ec).unwrap_or_else(|| ParsedPublicKey::new(&signature::ED25519, &spki)).unwrap()
}

/// The backend's other way: one call that hashes and verifies, which takes a little longer.
#[cfg(feature = "aws-lc")]
fn other_raw_verify(algorithm: Algorithm, key: &SigningKey, message: Vec<u8>, signed: Vec<u8>) -> Option<Operation> {
    let parsed = parsed(algorithm, key);
    hash(algorithm)?;
    Some(Operation::new("raw, hashed by the key", move || {
        parsed.verify_sig(black_box(&message), black_box(&signed)).unwrap();
    }))
}

#[cfg(not(feature = "aws-lc"))]
fn other_raw_verify(_: Algorithm, _: &SigningKey, _: Vec<u8>, _: Vec<u8>) -> Option<Operation> {
    None
}

#[cfg(not(feature = "aws-lc"))]
fn raw_verify(algorithm: Algorithm, key: &SigningKey, message: Vec<u8>, signed: Vec<u8>) -> Box<dyn FnMut()> {
    use ring::rsa::PublicKeyComponents;
    use ring::signature::{KeyPair as _, UnparsedPublicKey};

    let pkcs8 = key.expose_pkcs8();
    if let Some(rsa) = RSA.iter().find(|rsa| rsa.algorithm == algorithm) {
        let pair = ring::rsa::KeyPair::from_pkcs8(pkcs8).unwrap();
        let key = PublicKeyComponents::<Vec<u8>>::from(pair.public());
        return Box::new(move || key.verify(rsa.verifies, black_box(&message), black_box(&signed)).unwrap());
    }
    if let Some(ec) = EC.iter().find(|ec| ec.algorithm == algorithm) {
        let key = UnparsedPublicKey::new(ec.verifies, ec_pair(ec, pkcs8).public_key().as_ref().to_vec());
        return Box::new(move || key.verify(black_box(&message), black_box(&signed)).unwrap());
    }
    let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).unwrap();
    let key = UnparsedPublicKey::new(&signature::ED25519, pair.public_key().as_ref().to_vec());
    Box::new(move || key.verify(black_box(&message), black_box(&signed)).unwrap())
}

fn verify(algorithm: Algorithm) -> Group {
    let key = key(algorithm);
    let token = key.sign(&claims()).unwrap();
    let keys = KeySet::from_jwks([key.public_jwk()]);
    let verifier = Verifier::new(ISSUER).id_tokens_of(["1h57kf5cpq17m0eml12EXAMPLE"]);
    let now = Timestamp::from_epoch_seconds(NOW + 1);
    let message = token.rsplit_once('.').unwrap().0.as_bytes().to_vec();
    let signed = key.signature(&message).unwrap();
    let other = other_raw_verify(algorithm, &key, message.clone(), signed.clone());
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
    let (lazy, all) = match algorithm {
        Algorithm::Rs256 => (lazy.at_most(1.05), all.at_most(1.10)),
        _ => (lazy, all),
    };
    let operations = [raw, lazy, all, owned].into_iter().chain(other).collect();
    Group { name: name(algorithm, "verify"), operations }
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
            .at_least(if algorithm == Algorithm::Rs256 { 2.0 } else { 1.5 })
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
            .at_least(if algorithm == Algorithm::Rs256 { 1.3 } else { 1.08 })
        };
        group.operations.push(operation);
    }
}

/// The PKCS#1 form inside a PKCS#8 RSA key: behind the header of 26 bytes that every 2048-bit key has.
#[cfg(feature = "aws-lc")]
fn pkcs1_of(der: &[u8]) -> Vec<u8> {
    der[26.min(der.len())..].to_vec()
}
