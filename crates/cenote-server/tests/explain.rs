//! Why somebody gets a role, from the command line.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::Command;

use cenote::Cenote;
use cenote::federation::model::pool::{IdentityPoolSettings, PoolRoles, UserPoolProvider};
use cenote::federation::model::role_mapping::{AmbiguousRoleResolution, MappingType, MatchType, RoleMapping, Rule};

const PROVIDER: &str = "localhost/us-east-1_Ab3dEf9hJ";

/// A pool in this folder whose staff are told by a claim.
async fn pool(folder: &Path) -> String {
    let cenote = Cenote::builder().data_folder(folder).unwrap().build().await.unwrap();
    let provider =
        UserPoolProvider { provider_name: PROVIDER.to_owned(), client_id: "web".to_owned(), server_side_check: None };
    let settings =
        IdentityPoolSettings { name: "app".to_owned(), user_pools: vec![provider], ..IdentityPoolSettings::default() };
    let pool = cenote.identity_pools().create_identity_pool(None, settings).await.unwrap().id;
    let staff = Rule {
        claim: "cognito:groups".to_owned(),
        match_type: MatchType::Contains,
        value: "staff".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/staff".to_owned(),
    };
    let mapping = RoleMapping {
        mapping_type: MappingType::Rules(vec![staff]),
        ambiguous_role_resolution: AmbiguousRoleResolution::Deny,
    };
    let roles = PoolRoles { mappings: [(format!("{PROVIDER}:web"), mapping)].into(), ..PoolRoles::default() };
    cenote.identity_pools().set_identity_pool_roles(&pool, roles).await.unwrap();
    pool.to_string()
}

/// What the command says of these claims: whether it went well, and its output.
fn explain(folder: &Path, pool: &str, claims: &str) -> (bool, String) {
    let file = folder.join("claims.json");
    fs::write(&file, claims).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_cenote"))
        .args(["explain", "role", pool, "--login", &format!("{PROVIDER}={}", file.display())])
        .args(["--data", folder.to_str().unwrap()])
        .output()
        .unwrap();
    let text = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[tokio::test]
async fn the_role_that_claims_lead_to_is_explained_rule_by_rule() {
    let folder = tempfile::tempdir().unwrap();
    let pool = pool(folder.path()).await;

    let (went_well, text) =
        explain(folder.path(), &pool, r#"{"sub": "ada", "aud": "web", "cognito:groups": ["staff"]}"#);
    assert!(went_well, "{text}");
    assert!(text.contains("rule 1: cognito:groups Contains \"staff\" matches (seen: [\"staff\"])\n"), "{text}");
    assert!(
        text.ends_with("nobody has created the role: its sessions may do nothing\ncredentials are vended\n"),
        "{text}"
    );

    let (went_well, text) = explain(folder.path(), &pool, r#"{"sub": "eve", "aud": "web"}"#);
    assert!(
        went_well && text.contains("does not match (seen: absent)\n") && text.ends_with("no credentials\n"),
        "{text}"
    );

    let (went_well, text) = explain(folder.path(), &pool, r#"{"sub": "eve", "aud": "another"}"#);
    assert!(!went_well && text.contains("not for a client that the pool trusts"), "{text}");
    let (went_well, text) = explain(folder.path(), &pool, r#"{"sub": "eve"}"#);
    assert!(!went_well && text.contains("the claims name no client"), "{text}");
}
