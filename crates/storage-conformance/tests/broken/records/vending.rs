//! Faults of a vending storage.

use super::*;
use crate::broken::Case;

const ROLE: Of = Of("vending", "role", "record");
const ROLE_BY: Of = Of("vending", "role", "by");
const POLICY: Of = Of("vending", "managed-policy", "record");
const PROVIDER: Of = Of("vending", "oidc-provider", "record");
const SAML: Of = Of("vending", "saml-provider", "record");
const USED: Of = Of("vending", "used-assertion", "record");
const OPERATOR: Of = Of("vending", "operator-key", "record");
const REVOCATION: Of = Of("vending", "revocation", "record");
const AUDITED: Of = Of("vending", "audited-session", "record");
const TIMES: Of = Of("vending", "vending-keys", "record");

/// Each with the rule that notices it.
pub(crate) const FAULTS: &[Case<Fault>] = &[
    (Changes(ROLE, over), "adds a role over another", "a_role_is_known_in_any_case"),
    (Changes(ROLE, lose), "answers a new role and forgets it", "a_role_is_known_in_any_case"),
    (
        Data(ROLE, |data| data["name"] = data["name"].as_str().unwrap().to_lowercase().into()),
        "forgets how a role's name was written",
        "a_role_is_known_in_any_case",
    ),
    (Data(ROLE, without!("trust")), "loses whom a role trusts", "a_role_is_known_in_any_case"),
    (Data(ROLE, without!("policies")), "loses a role's policies", "a_role_is_known_in_any_case"),
    (Data(ROLE, without!("boundary")), "loses a role's boundary", "a_role_is_known_in_any_case"),
    (Data(ROLE, without!("tags")), "loses a role's tags", "a_role_is_known_in_any_case"),
    (
        Data(ROLE, |data| {
            data["trust"] = data["trust"].as_str().unwrap().chars().take(1024).collect::<String>().into();
        }),
        "cuts long policies",
        "a_role_is_known_in_any_case",
    ),
    (
        Changes(ROLE, any_version),
        "lets the last of two changes of a role win",
        "a_role_is_changed_from_the_version_that_was_read",
    ),
    (Changes(ROLE, keep), "keeps a role that was removed", "a_role_is_changed_from_the_version_that_was_read"),
    (Scans(ROLE, reversed), "lists roles from the last to the first", "roles_come_in_pages"),
    (Scans(ROLE, skipping), "skips a role between two pages", "roles_come_in_pages"),
    (Ranges(ROLE, from_the_beginning), "begins every page of roles at the beginning", "roles_come_in_pages"),
    (Data(ROLE, without!("attached")), "loses what is attached to a role", "a_role_is_known_in_any_case"),
    (Data(ROLE, without!("boundary_arn")), "loses which policy bounds a role", "a_role_is_known_in_any_case"),
    (Changes(ROLE_BY, lose), "finds no role by a policy", "roles_are_found_by_their_managed_policies"),
    (Scans(ROLE_BY, skipping), "skips a policy's role between two pages", "roles_are_found_by_their_managed_policies"),
    (Changes(POLICY, over), "adds a policy over another", "managed_policies_are_known_in_any_case_and_changed_as_read"),
    (
        Changes(POLICY, any_version),
        "lets the last of two changes of a policy win",
        "managed_policies_are_known_in_any_case_and_changed_as_read",
    ),
    (
        Changes(POLICY, keep),
        "keeps a policy that was removed",
        "managed_policies_are_known_in_any_case_and_changed_as_read",
    ),
    (
        Data(POLICY, without!("versions")),
        "loses a policy's versions",
        "managed_policies_are_known_in_any_case_and_changed_as_read",
    ),
    (
        Scans(POLICY, reversed),
        "lists policies from the last to the first",
        "managed_policies_are_known_in_any_case_and_changed_as_read",
    ),
    (Changes(PROVIDER, over), "adds a provider over another", "a_provider_is_found_by_its_arn"),
    (Changes(PROVIDER, keep), "keeps a provider that was removed", "a_provider_is_found_by_its_arn"),
    (Changes(PROVIDER, any_version), "removes a provider twice", "a_provider_is_found_by_its_arn"),
    (
        Data(PROVIDER, without!("client_ids")),
        "loses whom a provider's tokens may be for",
        "a_provider_is_found_by_its_arn",
    ),
    (Scans(PROVIDER, reversed), "lists providers from the last to the first", "a_provider_is_found_by_its_arn"),
    (Changes(SAML, over), "adds a SAML provider over another", "a_saml_provider_is_found_changed_and_removed"),
    (Changes(SAML, keep), "keeps a SAML provider that was removed", "a_saml_provider_is_found_changed_and_removed"),
    (
        Changes(SAML, any_version),
        "lets the last of two changes of a SAML provider win",
        "a_saml_provider_is_found_changed_and_removed",
    ),
    (
        Data(SAML, without!("metadata")),
        "loses a SAML provider's metadata",
        "a_saml_provider_is_found_changed_and_removed",
    ),
    (Scans(SAML, skipping), "skips a SAML provider between two pages", "a_saml_provider_is_found_changed_and_removed"),
    (Changes(USED, over), "lets an assertion be used twice", "an_assertion_is_used_once"),
    (Changes(USED, lose), "forgets that an assertion was used", "an_assertion_is_used_once"),
    (
        Changes(OPERATOR, never_over),
        "refuses an operator's key in the place of another",
        "operators_keys_are_put_changed_and_removed",
    ),
    (
        Changes(OPERATOR, any_version),
        "lets the last of two changes of an operator's key win",
        "operators_keys_are_put_changed_and_removed",
    ),
    (Changes(OPERATOR, keep), "keeps an operator's key that was removed", "operators_keys_are_put_changed_and_removed"),
    (
        Data(OPERATOR, without!("sealed_secret")),
        "loses an operator's secret",
        "operators_keys_are_put_changed_and_removed",
    ),
    (
        Scans(OPERATOR, skipping),
        "skips an operator's key between two pages",
        "operators_keys_are_put_changed_and_removed",
    ),
    (Changes(REVOCATION, lose), "forgets a revocation", "revocations_are_found_alone_and_together"),
    (Changes(REVOCATION, never_over), "refuses to revoke again", "revocations_are_found_alone_and_together"),
    (Changes(REVOCATION, keep), "never forgets a revocation", "revocations_are_found_alone_and_together"),
    (Ranges(REVOCATION, a_hundred), "gives a hundred revocations of more", "revocations_are_found_alone_and_together"),
    (
        Many(REVOCATION, first_of_many),
        "gives the first of several revocations",
        "revocations_are_found_alone_and_together",
    ),
    (
        Keys(REVOCATION, without_sort),
        "takes an identity for the session of its name",
        "revocations_are_found_alone_and_together",
    ),
    (Changes(AUDITED, over), "keeps a session over another", "what_is_kept_of_a_session_is_found_by_its_access_key_id"),
    (
        Changes(AUDITED, lose),
        "forgets what is kept of a session",
        "what_is_kept_of_a_session_is_found_by_its_access_key_id",
    ),
    (
        Many(AUDITED, first_of_many),
        "gives the first of several sessions",
        "what_is_kept_of_a_session_is_found_by_its_access_key_id",
    ),
    (
        Data(AUDITED, without!("chain")),
        "loses the logins behind a session",
        "what_is_kept_of_a_session_is_found_by_its_access_key_id",
    ),
    (Changes(TIMES, over), "sets the first keys over others", "vending_keys_are_set_from_what_was_read"),
    (Changes(TIMES, any_version), "lets the last of two rotations win", "vending_keys_are_set_from_what_was_read"),
    (OneByOne, "writes each write of a commit by itself", "a_commit_holds_as_a_whole_or_not_at_all"),
    (FirstOnly, "writes the first write of a commit", "a_commit_holds_as_a_whole_or_not_at_all"),
    (Unnamed, "does not say what was refused", "a_commit_holds_as_a_whole_or_not_at_all"),
];

/// `session/ASIA1` as `ASIA1`.
fn without_sort(parts: &mut [String]) {
    if let Some((sort, _)) = parts.get(4).and_then(|label| label.split_once('/')) {
        let sort = sort.len() + 1;
        parts[4].drain(..sort);
    }
}
