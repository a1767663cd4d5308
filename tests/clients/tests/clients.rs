//! Other people's clients, unmodified, against the binary. Each server logs at the level of traces, and what it and its
//! clients told each other in confidence is looked for in its log and its files (line 118).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::net::TcpListener;

use client_tests::{Language, Server, chromium, failed, functions, moto, our_script, shared_script, steps};
use regex::Regex;
use throwaway_postgres::Cluster;

fn server() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::watched(folder.path(), &[]);
    (folder, server)
}

/// A server whose new pools are as loose as Cognito's: the shared scripts' password has 13 characters.
fn compatible_server() -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::watched(folder.path(), &["--compat"]);
    (folder, server)
}

#[test]
fn boto3_runs_a_user_pool_from_creation_to_sign_out_everywhere() {
    let (_folder, server) = server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_user_pool.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 15, "{steps:?}");
}

#[test]
fn boto3_deletes_attributes_of_users() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_attributes.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 4, "{steps:?}");
}

#[test]
fn boto3_makes_finds_changes_and_removes_terms_of_clients() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_terms.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 2, "{steps:?}");
}

#[test]
fn boto3_makes_reads_changes_and_removes_identity_providers() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_identity_providers.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 6, "{steps:?}");
}

#[test]
fn boto3_makes_resource_servers_and_allows_clients_their_scopes() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_resource_servers.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 4, "{steps:?}");
}

#[test]
fn boto3_makes_domains_and_sets_what_clients_may_do_at_the_oauth_endpoints() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_domains.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 4, "{steps:?}");
}

#[test]
fn openid_client_and_oauth4webapi_sign_in_refresh_ask_revoke_and_sign_out() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Node, &our_script("openid_client.mjs")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 7, "{steps:?}");
}

#[test]
fn authlib_signs_in_judges_the_id_token_refreshes_asks_and_revokes() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Python, &our_script("authlib_client.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 3, "{steps:?}");
}

#[test]
fn boto3_imports_users_with_their_passwords_and_searches_them() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_directory.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 8, "{steps:?}");
}

#[test]
fn boto3_runs_a_user_pool_that_postgresql_keeps() {
    let Some(cluster) = Cluster::of_a_test() else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::watched(folder.path(), &["--database-url", &cluster.url()]).with_files_below(cluster.folder());
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_user_pool.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 15, "{steps:?}");
}

#[test]
fn boto3_runs_an_identity_pool_but_for_roles_that_trust_every_pool() {
    let (_folder, server) = compatible_server();
    let Some(script) = shared_script("boto3_identity.py") else { return };
    let Some(steps) = steps(&server, Language::Python, &script) else { return };

    // It trusts the logins of every identity pool, which docs/compatibility.md says is refused.
    let roles = "roles in IAM, where the server has an IAM (optional)";
    assert_eq!(failed(&steps), [roles]);
    assert!(steps.len() >= 25, "{steps:?}");
}

#[test]
fn boto3_links_merges_and_parts_logins_and_tags_sessions() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_identities.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 12, "{steps:?}");
}

#[test]
fn boto3_gets_credentials_that_another_security_token_service_vends() {
    let Some(other) = moto() else { return };
    let folder = tempfile::tempdir().unwrap();
    let account = format!("111122223333={}/", other.url);
    let server = Server::watched(folder.path(), &["--compat", "--aws-sts", &account]).telling("OTHER_STS", &other.url);
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_other_sts.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 4, "{steps:?}");
}

#[test]
fn amazon_cognito_identity_js_signs_in_by_srp_with_an_authenticator_app_and_from_a_device() {
    let (_folder, server) = compatible_server();
    let Some(script) = shared_script("cij_srp.mjs") else { return };
    let Some(steps) = steps(&server, Language::Node, &script) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 13, "{steps:?}");
}

#[test]
fn functions_written_for_cognitos_triggers_run_unchanged() {
    let Some(functions) = functions("lambda_functions.cjs") else { return };
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--compat", "--lambda-endpoint", &functions.url, "--lambda-key", "lambda-caller:lambda-secret"];
    let server = Server::watched(folder.path(), &flags);
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_triggers.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 8, "{steps:?}");
}

#[test]
fn the_aws_encryption_sdk_opens_codes_for_custom_senders() {
    let Some(functions) = functions("sender_functions.cjs") else { return };
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("sender-key");
    // 32 bytes, 0 to 31.
    std::fs::write(&key, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
    let key = key.to_string_lossy();
    let flags = [
        "--compat",
        "--lambda-endpoint",
        &functions.url,
        "--lambda-key",
        "lambda-caller:lambda-secret",
        "--sender-key-file",
        &key,
    ];
    let server = Server::watched(folder.path(), &flags);
    let Some(steps) = steps(&server, Language::Python, &our_script("encryption_sdk_sender.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 5, "{steps:?}");
}

#[test]
fn amazon_cognito_identity_js_answers_a_challenge_of_the_applications_own_after_srp() {
    let Some(functions) = functions("lambda_functions.cjs") else { return };
    let folder = tempfile::tempdir().unwrap();
    let flags = ["--compat", "--lambda-endpoint", &functions.url, "--lambda-key", "lambda-caller:lambda-secret"];
    let server = Server::watched(folder.path(), &flags);
    let Some(steps) = steps(&server, Language::Node, &our_script("cij_custom.mjs")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 3, "{steps:?}");
}

#[test]
fn boto3_signs_in_with_second_factors_of_each_kind() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_factors.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 10, "{steps:?}");
}

#[test]
fn boto3_signs_in_with_a_first_factor_of_the_users_choice_and_goes_on_from_a_sign_up() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_choice.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 9, "{steps:?}");
}

#[test]
fn boto3_signs_in_with_factors_and_by_choice_in_hardened_pools() {
    for script in ["boto3_factors.py", "boto3_choice.py"] {
        let (_folder, server) = server();
        let Some(steps) = steps(&server, Language::Python, &our_script(script)) else { return };

        assert_eq!(failed(&steps), Vec::<&str>::new(), "{script}");
    }
}

#[test]
fn amplify_signs_up_and_in_with_apps_codes_and_devices_and_has_credentials() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Node, &our_script("amplify.mjs")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 12, "{steps:?}");
}

#[test]
fn amplify_has_an_identity_from_guest_to_user_and_the_roles_that_the_pool_maps() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Node, &our_script("amplify_identities.mjs")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 6, "{steps:?}");
}

#[test]
fn boto3_is_told_that_a_pool_has_no_domain_for_passkeys() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_passkeys.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 4, "{steps:?}");
}

#[test]
fn a_browser_registers_passkeys_and_signs_in_with_them() {
    let Some(chromium) = chromium() else { return };
    // Free now; the script serves its page there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let origin = format!("http://localhost:{port}");
    let folder = tempfile::tempdir().unwrap();
    let server = Server::watched(folder.path(), &["--compat", "--passkey-origin", &origin]);
    let server = server.telling("PAGE_PORT", port).telling("CHROMIUM", chromium.to_str().unwrap());
    let Some(steps) = steps(&server, Language::Node, &our_script("passkeys_in_chromium.mjs")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 8, "{steps:?}");
}

#[test]
fn line_49_a_click_in_a_browser_confirms_a_sign_up_by_its_link_and_nothing_else_does() {
    let Some(chromium) = chromium() else { return };
    let (_folder, server) = compatible_server();
    let server = server.telling("CHROMIUM", chromium.to_str().unwrap());
    let Some(steps) = steps(&server, Language::Node, &our_script("confirm_by_link_in_chromium.mjs")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 5, "{steps:?}");
}

#[test]
fn line_49_a_click_in_a_browser_answers_a_notification_of_a_risky_sign_in_and_nothing_else_does() {
    let Some(chromium) = chromium() else { return };
    let (_folder, server) = compatible_server();
    let server = server.telling("CHROMIUM", chromium.to_str().unwrap());
    let Some(steps) = steps(&server, Language::Node, &our_script("feedback_in_chromium.mjs")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 4, "{steps:?}");
}

#[test]
fn pycognito_signs_in_by_srp() {
    let (_folder, server) = server();
    let Some(steps) = steps(&server, Language::Python, &our_script("pycognito_srp.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 3, "{steps:?}");
}

#[test]
fn aws_jwt_verify_accepts_the_tokens_and_refuses_forged_ones() {
    let (_folder, server) = server();
    let Some(steps) = steps(&server, Language::Node, &our_script("jwt_verify.mjs")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 4, "{steps:?}");
}

#[test]
fn aws_jwt_verifys_cognito_verifier_accepts_the_tokens_where_the_issuer_is_written_amazons_way() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::watched(folder.path(), &["--issuer", "aws"]);
    let Some(steps) = steps(&server, Language::Node, &our_script("cognito_jwt_verify.mjs")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert!(steps.len() >= 3, "{steps:?}");
}

#[test]
fn what_was_answered_is_there_after_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let before = Server::watched(folder.path(), &[]);
    let Some(first) = steps(&before, Language::Python, &our_script("restart_before.py")) else { return };
    assert_eq!(failed(&first), Vec::<&str>::new());
    before.kill();

    let after = Server::watched(folder.path(), &[]);
    let Some(second) = steps(&after, Language::Python, &our_script("restart_after.py")) else { return };
    assert_eq!(failed(&second), Vec::<&str>::new());
}

#[test]
fn boto3_keeps_roles_policies_and_providers() {
    let (_folder, server) = server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_iam.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 6, "{steps:?}");
}

#[test]
fn boto3_assumes_roles_and_logs_in_with_saml_responses() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_saml.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 6, "{steps:?}");
}

#[test]
fn boto3_makes_the_calls_of_terraform() {
    let (_folder, server) = server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_terraform.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 5, "{steps:?}");
}

#[test]
fn boto3_narrows_and_assumes_by_sts() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::watched(folder.path(), &["--outbound-tokens", "--encode-denials", "--keep-audit-days", "1"]);
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_sts.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 7, "{steps:?}");
}

#[test]
fn boto3_administers_users_and_identity_pools() {
    let (_folder, server) = server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_administration.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 10, "{steps:?}");
}

#[test]
fn boto3_loses_changes_and_resets_passwords() {
    let (_folder, server) = server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_recovery.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 5, "{steps:?}");
}

#[test]
fn boto3_protects_accounts() {
    let (_folder, server) = server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_protection.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 8, "{steps:?}");
}

#[test]
fn boto3_replaces_a_clients_secret_while_it_is_in_use_and_tags_a_pool() {
    let (_folder, server) = server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_secrets_and_tags.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 4, "{steps:?}");
}

#[test]
fn boto3_asks_for_a_point_in_time_recovery() {
    let (_folder, server) = compatible_server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_point_in_time.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 5, "{steps:?}");
}

#[test]
fn boto3_lists_caps_and_ends_sessions_one_by_one() {
    let (_folder, server) = server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_sessions.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 4, "{steps:?}");
}

#[test]
fn boto3_confirms_a_device_which_proves_its_own_secret_and_forgets_it() {
    let (_folder, server) = server();
    let Some(steps) = steps(&server, Language::Python, &our_script("boto3_devices.py")) else { return };

    assert_eq!(failed(&steps), Vec::<&str>::new());
    assert_eq!(steps.len(), 5, "{steps:?}");
}

/// Of what is called, not of how: a script that calls an operation also says what must come of it.
#[test]
fn every_built_operation_is_called_by_a_script() {
    let called = called_operations();

    let coverage = cognito_http::coverage();
    let built = coverage.iter().filter(|operation| operation.built).map(|operation| operation.name);
    let missing: Vec<&str> = built.filter(|name| !called.contains(&name.to_lowercase())).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

/// The operations that our scripts call, as methods of boto3.
fn called_operations() -> BTreeSet<String> {
    let method = Regex::new(r#"\.([a-z_]+)\(|get_paginator\("([a-z_]+)"\)|, \w+\.([a-z_]+)[,)]"#).unwrap();
    let scripts = std::fs::read_dir(our_script("")).unwrap().map(|script| script.unwrap().path());
    let scripts = scripts.filter(|path| path.extension().is_some_and(|extension| extension == "py"));
    let texts = scripts.map(|script| std::fs::read_to_string(script).unwrap());
    let name = |found: regex::Captures<'_>| found.iter().skip(1).flatten().next().unwrap().as_str().replace('_', "");
    texts
        .flat_map(|text| method.captures_iter(&text).map(name).collect::<Vec<_>>())
        .map(|name| name.to_lowercase())
        .collect()
}
