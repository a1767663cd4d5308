//! A whole request of vended credentials: signature, session token, revocations and decision.

use std::hint::black_box;
use std::sync::Arc;

use credential_vending::{MasterKey, NewSession, RevocationList, SessionStamp, SystemEntropy, VendingKey};
use identity_kernel::time::{ManualClock, Timestamp};
use resource_server::{Access, ResourceServer, RolePolicies};
use ring::{digest, hmac};
use sigv4_verify::{Body, HttpRequest, Rules, Scope, Signer};

use crate::{Group, Operation};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject",
    "Resource":"arn:aws:s3:::photos/${aws:PrincipalTag/team}/*"}}"#;
const ROLE: &str = "arn:aws:iam::123456789012:role/app";

pub fn groups() -> Vec<Group> {
    vec![whole_request()]
}

fn whole_request() -> Group {
    let now = Timestamp::from_epoch_seconds(1_700_000_000);
    let key = VendingKey::from_master(&MasterKey::new([7; 32]), VendingKey::FIRST);
    let session = NewSession { role_arn: ROLE, role_id: "AROAX", session_name: "s1", issued_at: now, seconds: 3600 };
    let mut session = SessionStamp::new(session);
    session.tags.insert("team".to_owned(), "engines".to_owned());
    let vended = key.vend(&SystemEntropy::new(), &session).unwrap();
    let scope = Scope::new("us-east-1", "s3");
    let server = ResourceServer::new(vec![key.clone()], Rules::for_service(scope.clone()))
        .with_clock(Arc::new(ManualClock::at(now)));
    server.set_role(RolePolicies::from_documents("AROAX", [("own", POLICY)], None).unwrap());
    server.take_revocations(&RevocationList { issued_at: now, revocations: Vec::new() }.sign(&key)).unwrap();
    let mut request = HttpRequest::new("GET", "/photos/engines/1").header("host", "s3.example");
    let (access_key_id, secret) = (vended.access_key_id.as_str(), vended.secret.expose());
    Signer { access_key_id, secret, session_token: Some(vended.session_token.expose()), scope }
        .sign(&mut request, &Body::Bytes(b""), now)
        .unwrap();
    let access = Access::to("s3:GetObject", "arn:aws:s3:::photos/engines/1");
    let server = Arc::new(server);
    let again = (Arc::clone(&server), request.clone());
    Group {
        name: "a request of vended credentials",
        operations: vec![
            Operation::new("raw, the HMAC chain of the signature alone", chain),
            Operation::new("signature, session and revocations", move || {
                black_box(again.0.authenticate(black_box(&again.1), &Body::Bytes(b"")).unwrap());
            }),
            Operation::new("the same with the decision", move || {
                black_box(server.check(black_box(&request), &Body::Bytes(b""), &access).unwrap());
            }),
        ],
    }
}

/// Four HMACs derive the key and a fifth signs.
fn chain() {
    let hmac_of = |key: &[u8], message: &[u8]| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    let mut key = hmac_of(b"AWS4wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", black_box(b"20231114"));
    for part in [&b"us-east-1"[..], b"s3", b"aws4_request"] {
        key = hmac_of(key.as_ref(), black_box(part));
    }
    black_box(digest::digest(&digest::SHA256, black_box(b"")));
    black_box(hmac_of(key.as_ref(), black_box(&[b'x'; 150])));
}
