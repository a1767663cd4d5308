//! Passwords, SRP, signatures and session tokens.

use std::hint::black_box;

use argon2::{Argon2, Block, Params};
use cognito_srp::{ClientSecret, Identity, Salt, ServerSecret, Verifier};
use credential_vending::{NewSession, SessionStamp, VendingKey};
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U256, U3072};
use host_adapters::{Argon2Hasher, HashingCost};
use identity_kernel::entropy::SystemEntropy;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::Timestamp;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::{digest, hkdf, hmac};
use sigv4_verify::{Body, HttpRequest, Rules, Scope, Signer};
use userpool_core::ports::PasswordHasher;

use crate::{Group, Operation};

pub fn groups() -> Vec<Group> {
    vec![srp(), argon2id(), signed_request(), session_token()]
}

/// The server's step beside its three exponentiations with exponents of 256 bits.
fn srp() -> Group {
    let ada = Identity { pool_name: "Ab3dEf9hJ", user_id: "ada" };
    let verifier = Verifier::compute(&ada, "correct horse", &Salt::new([7; 16]));
    let client = ClientSecret::new([3; 128]).public_value();
    let modulus = Odd::new(U3072::MAX).unwrap();
    let parameters = FixedMontyParams::new(modulus);
    let base = FixedMontyForm::new(&U3072::from_u64(0xdead_beef), &parameters);
    let exponent = U256::MAX;
    Group {
        name: "SRP server step",
        operations: vec![
            Operation::new("raw", move || {
                for _ in 0..3 {
                    black_box(base.pow(black_box(&exponent)));
                }
            }),
            Operation::new("cenote", move || {
                black_box(ServerSecret::new([5; 32]).respond(black_box(&verifier), &client).unwrap());
            })
            .at_most(1.05),
        ],
    }
}

fn argon2id() -> Group {
    let cost = HashingCost { memory_kib: 19 * 1024, passes: 2 };
    let argon2 = Argon2::new(
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        Params::new(19 * 1024, 2, 1, Some(32)).unwrap(),
    );
    let mut memory = vec![Block::default(); 19 * 1024];
    let hasher = Argon2Hasher::new(cost, 1);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    Group {
        name: "Argon2id, 19 MiB, 2 passes",
        operations: vec![
            Operation::new("raw", move || {
                let mut out = [0; 32];
                argon2.hash_password_into_with_memory(b"correct horse", &[7; 16], &mut out, &mut memory).unwrap();
                black_box(out);
            }),
            Operation::new("cenote", move || {
                runtime.block_on(async {
                    black_box(hasher.hash(&"correct horse".into(), [7; 16]).await.unwrap());
                });
            })
            .at_most(1.05),
        ],
    }
}

/// A signed request verified, beside its hashes and HMACs alone: the body's, the canonical request's, the four of the key and the
/// signature's.
fn signed_request() -> Group {
    let now = Timestamp::from_epoch_seconds(1_700_000_000);
    let scope = Scope::new("us-east-1", "cognito-idp");
    let body = br#"{"UserPoolId":"us-east-1_Ab3dEf9hJ","Username":"ada"}"#;
    let mut request = HttpRequest::new("POST", "/").header("host", "127.0.0.1:9229").header("x-amz-target", "A.B");
    Signer { access_key_id: "AKID", secret: "secret", session_token: None, scope: scope.clone() }
        .sign(&mut request, &Body::Bytes(body), now)
        .unwrap();
    let rules = Rules::for_service(scope);
    let canonical = [b'x'; 320];
    let to_sign = [b'x'; 150];
    Group {
        name: "a signed request",
        operations: vec![
            Operation::new("raw, hashes and HMACs alone", move || {
                let mut key = hmac_of(b"AWS4secret", black_box(b"20231114"));
                for part in [&b"us-east-1"[..], b"cognito-idp", b"aws4_request"] {
                    key = hmac_of(key.as_ref(), black_box(part));
                }
                black_box(digest::digest(&digest::SHA256, black_box(body)));
                black_box(digest::digest(&digest::SHA256, black_box(&canonical)));
                black_box(hmac_of(key.as_ref(), black_box(&to_sign)));
            }),
            Operation::new("SigV4 verification", move || {
                let signature = sigv4_verify::read(black_box(&request)).unwrap().unwrap();
                black_box(signature.verify(&request, &Body::Bytes(body), "secret", &rules, now).unwrap());
            }),
        ],
    }
}

fn hmac_of(key: &[u8], message: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message)
}

/// A session token opened and its secret derived, beside the two key derivations, the opening and the HMAC alone.
fn session_token() -> Group {
    let now = Timestamp::from_epoch_seconds(1_700_000_000);
    let key = VendingKey::from_master(&MasterKey::new([7; 32]), VendingKey::FIRST);
    let stamp = SessionStamp::new(NewSession {
        role_arn: "arn:aws:iam::123456789012:role/app",
        role_id: "AROAEXAMPLE",
        session_name: "s1",
        issued_at: now,
        seconds: 3600,
    });
    let vended = key.vend(&SystemEntropy::new(), &stamp).unwrap();
    let length = vended.session_token.expose().len() / 4 * 3;
    let aead = || LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[7; 32]).unwrap());
    let mut sealed = vec![b'x'; length - AES_256_GCM.tag_len()];
    let nonce = || Nonce::assume_unique_for_key([7; 12]);
    aead().seal_in_place_append_tag(nonce(), Aad::from(b"ASIA"), &mut sealed).unwrap();
    Group {
        name: "a session token",
        operations: vec![
            Operation::new("raw, derivations, opening and HMAC", move || {
                black_box(derived(b"salt"));
                let mut copy = sealed.clone();
                black_box(aead().open_in_place(nonce(), Aad::from(b"ASIA"), &mut copy).unwrap());
                black_box(hmac_of(&derived(b""), b"ASIAEXAMPLE"));
            }),
            Operation::new("opened, secret derived", move || {
                let token = vended.session_token.expose();
                black_box(key.open(black_box(&vended.access_key_id), token, now).unwrap());
                black_box(key.secret_of(&vended.access_key_id));
            }),
        ],
    }
}

fn derived(salt: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(black_box(&[7; 32]));
    extracted.expand(&[b"purpose"], hkdf::HKDF_SHA256).unwrap().fill(&mut out).unwrap();
    out
}
