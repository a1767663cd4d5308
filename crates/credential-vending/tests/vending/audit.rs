//! What a log says of how a session came to be.

use credential_vending::{AuditChain, RoleReason};

fn logins(amr: &[&str]) -> Vec<(String, String)> {
    let amr: Vec<String> = amr.iter().map(|one| (*one).to_owned()).collect();
    let chain = AuditChain::from_amr(&amr);
    assert_eq!(chain.role, RoleReason::Named);
    chain.logins.into_iter().map(|login| (login.provider, login.subject)).collect()
}

#[test]
fn a_chain_has_each_login_that_an_identity_pools_token_names() {
    let login = |provider: &str, subject: &str| (provider.to_owned(), subject.to_owned());
    let two =
        ["authenticated", "idp.example", "idp.example:OIDC:a:b", "accounts.google.com", "accounts.google.com:x:7"];

    assert_eq!(logins(&two), [login("idp.example", "a:b"), login("accounts.google.com", "7")]);
}

#[test]
fn a_chain_has_no_login_of_a_guest_or_of_a_provider_without_a_subject() {
    for amr in [
        &[][..],
        &["unauthenticated"],
        &["unauthenticated", "idp.example", "idp.example:OIDC:ada"],
        &["authenticated"],
        &["authenticated", "idp.example"],
        &["authenticated", "idp.example", "idp.example:OIDC"],
        &["authenticated", "idp.example", "other.example:OIDC:ada"],
        &["idp.example", "idp.example:OIDC:ada"],
    ] {
        assert!(logins(amr).is_empty(), "{amr:?}");
    }
}

#[test]
fn a_log_says_in_words_why_it_was_this_role_and_by_which_mapping_and_rule() {
    let mapping = || "idp.example:client".to_owned();
    for (reason, words) in [
        (RoleReason::Named, "named by the caller"),
        (RoleReason::Guest, "the pool's role for guests"),
        (RoleReason::NoMapping, "the pool's authenticated role, without a mapping"),
        (
            RoleReason::Otherwise { mapping: mapping() },
            "the pool's authenticated role, as mapping idp.example:client falls back to it",
        ),
        (RoleReason::Token { mapping: mapping() }, "the token's own role, by mapping idp.example:client"),
        (RoleReason::Rule { mapping: mapping(), number: 2 }, "rule 2 of mapping idp.example:client"),
    ] {
        assert_eq!(reason.to_string(), words);
    }
}
