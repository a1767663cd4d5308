//! Passwords, SRP, signatures and session tokens.

use std::hint::black_box;

use argon2::{Argon2, Block, Params};
use cognito_srp::{ClientSecret, Identity, Salt, ServerSecret, Verifier};
use credential_vending::{SessionStamp, VendingKey};
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U256, U3072};
use host_adapters::{Argon2Hasher, HashingCost};
use identity_kernel::entropy::SystemEntropy;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::Timestamp;
use sigv4_verify::{Body, HttpRequest, Rules, Scope, Signer};
use userpool_core::ports::PasswordHasher;

use crate::{Group, Operation};

pub fn groups() -> Vec<Group> {
    vec![srp(), argon2id(), requests()]
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

fn requests() -> Group {
    let now = Timestamp::from_epoch_seconds(1_700_000_000);
    let scope = Scope::new("us-east-1", "cognito-idp");
    let body = br#"{"UserPoolId":"us-east-1_Ab3dEf9hJ","Username":"ada"}"#;
    let mut request = HttpRequest::new("POST", "/").header("host", "127.0.0.1:9229").header("x-amz-target", "A.B");
    Signer { access_key_id: "AKID", secret: "secret", session_token: None, scope: scope.clone() }.sign(
        &mut request,
        &Body::Bytes(body),
        now,
    );
    let rules = Rules::for_service(scope);
    let key = VendingKey::from_master(&MasterKey::new([7; 32]), VendingKey::FIRST);
    let stamp = SessionStamp::of_role("arn:aws:iam::123456789012:role/app", "AROAEXAMPLE", "s1", now, 3600);
    let vended = key.vend(&SystemEntropy::new(), &stamp);
    Group {
        name: "a signed request",
        operations: vec![
            Operation::new("SigV4 verification", move || {
                let signature = sigv4_verify::read(black_box(&request)).unwrap().unwrap();
                black_box(signature.verify(&request, &Body::Bytes(body), "secret", &rules, now).unwrap());
            }),
            Operation::new("session token opened, secret derived", move || {
                let token = vended.session_token.expose();
                black_box(key.open(black_box(&vended.access_key_id), token, now).unwrap());
                black_box(key.secret_of(&vended.access_key_id));
            }),
        ],
    }
}
