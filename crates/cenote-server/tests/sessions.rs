//! Sessions of vended credentials, from the command line.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Command;

use cenote::Cenote;
use cenote::kernel::time::Clock as _;
use cenote::vending::ops::operator_sessions::GetSessionToken;

/// What the command says: whether it went well, and its output.
fn cenote(folder: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cenote"));
    let output = command.args(arguments).arg("--data").arg(folder).output().unwrap();
    let told = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(told).unwrap())
}

#[tokio::test]
async fn an_access_key_id_is_audited_and_its_session_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let builder = Cenote::builder().data_folder(folder.path()).unwrap().keep_audit_seconds(86_400);
    let served = builder.build().await.unwrap();
    let vending = served.vending();
    vending.put_operator_key("OPA", &"secret".into()).await.unwrap();
    let caller = vending.holder("OPA", None).await.unwrap().0;
    let request = GetSessionToken { caller, duration_seconds: None, minimum_token_size: 0 };
    let keys = vending.get_session_token(request).await.unwrap().credentials;
    let id = keys.access_key_id.as_str();
    assert!(served.clock().now() < keys.expires_at);

    let (known, told) = cenote(folder.path(), &["audit", id]);
    assert!(known && told.contains("made by arn:aws:iam::123456789012:user/OPA with OPA"), "{told}");
    assert!(!cenote(folder.path(), &["audit", "ASIAAANOBODYSNOBODYS"]).0);
    assert!(!cenote(folder.path(), &["revoke"]).0);
    assert!(!cenote(folder.path(), &["revoke", "--session", id, "--everything"]).0);
    assert!(vending.holder(id, Some(keys.session_token.expose())).await.is_ok());

    let (done, told) = cenote(folder.path(), &["revoke", "--session", id]);
    assert!(done && told.contains(id), "{told}");
    assert!(vending.holder(id, Some(keys.session_token.expose())).await.is_err());
}

#[tokio::test]
async fn keys_for_tokens_for_other_services_are_rotated_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let builder = Cenote::builder().data_folder(folder.path()).unwrap().outbound_tokens(true);
    let served = builder.build().await.unwrap();
    let kids = async || {
        served.identity_pools().forget_all_keys();
        let set = serde_json::to_value(served.identity_pools().outbound_key_set().await.unwrap()).unwrap();
        set["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect::<Vec<_>>()
    };
    assert!(kids().await.is_empty());

    let (done, told) = cenote(folder.path(), &["rotate-outbound-key", "--algorithm", "ES384"]);
    assert!(done && told.contains("ES384"), "{told}");
    let first = kids().await;
    assert!(cenote(folder.path(), &["rotate-outbound-key", "--algorithm", "ES384"]).0);
    let both = kids().await;
    assert!(first.len() == 1 && both.len() == 2 && both.contains(&first[0]), "{first:?} {both:?}");
    assert!(cenote(folder.path(), &["rotate-outbound-key", "--algorithm", "ES384", "--at-once"]).0);
    let last = kids().await;
    assert!(last.len() == 1 && !both.contains(&last[0]), "{both:?} {last:?}");
    let (elsewhere, _) =
        cenote(folder.path(), &["rotate-outbound-key", "--algorithm", "ES384", "--account-id", "999999999999"]);
    assert!(elsewhere && kids().await == last, "the issuer of another account");
    assert!(!cenote(folder.path(), &["rotate-outbound-key", "--algorithm", "EdDSA"]).0);
}
