//! Faults of a user pool storage.

use document_store::{Document, Range};

use super::*;
use crate::broken::Case;

const POOL: Of = Of("user-pool", "pool", "record");
const KEY: Of = Of("user-pool", "key", "record");
const CLIENT: Of = Of("user-pool", "client", "record");
const USER: Of = Of("user-pool", "user", "record");
const NAME: Of = Of("user-pool", "user", "name");
const FOUND_BY: Of = Of("user-pool", "user", "by");
const PASSWORD: Of = Of("user-pool", "password", "record");
const PASSKEYS: Of = Of("user-pool", "passkeys", "record");
const PASSKEY_NAME: Of = Of("user-pool", "passkeys", "name");
const FACTORS: Of = Of("user-pool", "second-factors", "record");
const GROUP: Of = Of("user-pool", "group", "record");
const IDENTITY_PROVIDER: Of = Of("user-pool", "identity-provider", "record");
const IDENTIFIER: Of = Of("user-pool", "identity-provider", "name");
const TERMS: Of = Of("user-pool", "terms", "record");
const TERMS_NAME: Of = Of("user-pool", "terms", "name");
const RESOURCE_SERVER: Of = Of("user-pool", "resource-server", "record");
const AUTHORIZATION: Of = Of("user-pool", "authorization-code", "record");
const BROWSER: Of = Of("user-pool", "browser-session", "record");
const DOMAIN: Of = Of("user-pool", "domain", "record");
const SESSION: Of = Of("user-pool", "session", "record");
const SESSION_BY: Of = Of("user-pool", "session", "by");
const TRACKED: Of = Of("user-pool", "tracked-sessions", "record");
const DEVICE: Of = Of("user-pool", "device", "record");
const DEVICE_BY: Of = Of("user-pool", "device", "by");
const CODE: Of = Of("user-pool", "code", "record");
const BUDGET: Of = Of("user-pool", "code-budget", "record");
const ATTEMPTS: Of = Of("user-pool", "attempts", "record");
const HISTORY: Of = Of("user-pool", "sign-in-history", "record");
const RATES: Of = Of("directory", "request-rates", "record");
const CLEANUP: Of = Of("user-pool", "cleanup", "record");
const IMPORT: Of = Of("user-pool", "import-job", "record");
const IMPORT_PART: Of = Of("user-pool", "import-part", "record");
const IMPORT_REPORT: Of = Of("user-pool", "import-report", "record");
const PAST: Of = Of("user-pool", "past", "*");
const RESTORATION: Of = Of("user-pool", "restoration", "record");
const PLAN: Of = Of("user-pool", "restoration-plan", "record");
const ENDING: Of = Of("user-pool", "ending", "*");
const WHOLE: Of = Of("user-pool", "", "");
const LISTED: Of = Of("directory", "pool", "record");
const DOMAIN_PLACE: Of = Of("directory", "domain", "record");
const PLACE: Of = Of("directory", "client", "record");

/// Each with the rule that notices it.
pub(crate) const FAULTS: &[Case<Fault>] = &[
    (Changes(POOL, over), "adds a pool over another", "a_pool_is_added_once"),
    (
        Changes(POOL, any_version),
        "lets the last of two changes of a pool win",
        "a_pool_is_changed_from_the_version_that_was_read",
    ),
    (
        Changes(POOL, unexpected),
        "writes beside a pool that has changed",
        "a_pool_is_changed_from_the_version_that_was_read",
    ),
    (Changes(LISTED, lose), "does not list what was added", "pools_come_in_pages"),
    (Scans(LISTED, reversed), "lists pools from the last to the first", "pools_come_in_pages"),
    (Ranges(KEY, a_hundred), "gives a hundred keys of more", "keys_are_put_and_removed"),
    (Changes(KEY, keep), "keeps keys that were removed", "keys_are_put_and_removed"),
    (Changes(PLACE, over), "gives one client id in two pools", "a_client_leads_to_its_pool"),
    (Changes(PLACE, keep), "does not free the id of a deleted client", "a_client_leads_to_its_pool"),
    (Data(CLIENT, without!("secrets")), "loses a client's secrets", "a_client_leads_to_its_pool"),
    (
        Changes(CLIENT, any_version),
        "lets the last of two changes of a client win",
        "a_client_is_changed_from_the_version_that_was_read",
    ),
    (Keys(CLIENT, of_all_tenants), "lists the clients of all pools", "clients_come_in_pages"),
    (Scans(CLIENT, skipping), "skips a client between two pages", "clients_come_in_pages"),
    (Changes(NAME, lose), "forgets a user's names", "a_name_leads_to_one_user"),
    (Keys(NAME, folded), "takes two names for one that differ in case", "a_name_leads_to_one_user"),
    (Keys(NAME, of_all_tenants), "leads from one pool's name to another's user", "a_name_leads_to_one_user"),
    (Changes(NAME, keep), "keeps logins that lead nowhere any more", "a_login_leads_to_one_user"),
    (Data(USER, without!("attributes")), "loses a user's attributes", "a_name_leads_to_one_user"),
    (Changes(NAME, over), "gives a name to whoever asks last", "a_taken_name_is_refused_with_its_kind"),
    (Unnamed, "does not say what was refused", "a_taken_name_is_refused_with_its_kind"),
    (OneByOne, "writes each write of a commit by itself", "a_commit_holds_as_a_whole_or_not_at_all"),
    (FirstOnly, "writes the first write of a commit", "a_commit_holds_as_a_whole_or_not_at_all"),
    (Changes(USER, over), "gives a subject twice", "a_subject_is_given_once"),
    (Changes(NAME, keep), "keeps names that were given up", "a_changed_user_is_found_by_new_values_only"),
    (Changes(NAME, never_over), "lets no name move from one user to another", "a_name_moves_from_one_user_to_another"),
    (
        Changes(USER, any_version),
        "lets the last of two changes of a user win",
        "a_user_is_changed_from_the_version_that_was_read",
    ),
    (Changes(USER, keep), "keeps the record of a deleted user", "a_deleted_user_leaves_no_trace"),
    (Changes(PASSWORD, keep), "keeps the password of a deleted user", "a_deleted_user_leaves_no_trace"),
    (Changes(CODE, keep), "keeps the codes of a deleted user, and what was spent", "a_deleted_user_leaves_no_trace"),
    (Changes(ATTEMPTS, keep), "keeps the tries of a deleted user", "a_deleted_user_leaves_no_trace"),
    (Changes(CLEANUP, lose), "leaves a deleted user's sessions", "a_deleted_user_leaves_no_trace"),
    (Changes(PASSKEYS, keep), "keeps the passkeys of a deleted user", "a_deleted_user_leaves_no_trace"),
    (Changes(PASSKEYS, over), "gives a user's first passkeys twice", "passkeys_are_their_users"),
    (Changes(PASSKEYS, any_version), "loses passkeys that are added at once", "passkeys_are_their_users"),
    (Keys(PASSKEYS, of_all_tenants), "gives one pool's passkeys to another's user", "passkeys_are_their_users"),
    (Data(PASSKEYS, |data| empty(data, "list")), "loses passkeys", "passkeys_are_their_users"),
    (Changes(PASSKEY_NAME, over), "gives a passkey to whoever asks last", "a_passkey_has_one_owner"),
    (Changes(PASSKEY_NAME, keep), "keeps a passkey that was removed", "a_passkey_has_one_owner"),
    (Keys(PASSKEY_NAME, folded), "takes two passkeys for one that differ in case", "a_passkey_has_one_owner"),
    (Keys(PASSKEY_NAME, of_all_tenants), "shares passkeys between pools", "a_passkey_has_one_owner"),
    (Changes(PASSWORD, keep), "keeps a removed password", "a_password_is_removed"),
    (Keys(PASSWORD, of_all_tenants), "removes a password of another pool", "a_password_is_removed"),
    (
        Changes(PASSWORD, over),
        "adds a first password over another",
        "a_first_password_is_added_once_and_removed_as_it_was_read",
    ),
    (
        Changes(PASSWORD, any_version),
        "removes a password that nobody has read",
        "a_first_password_is_added_once_and_removed_as_it_was_read",
    ),
    (Changes(PAST, lose), "keeps nothing of what stood", "what_stood_before_a_change_is_kept"),
    (Keys(PAST, of_all_tenants), "shares histories between pools", "what_stood_before_a_change_is_kept"),
    (Scans(PAST, reversed), "tells a history from its end", "what_stood_before_a_change_is_kept"),
    (Scans(PAST, skipping), "skips a change between two pages", "what_stood_before_a_change_is_kept"),
    (
        Changes(POOL, unexpected),
        "keeps the history of a pool that has changed",
        "the_history_of_an_older_pool_is_not_kept_by_mistake",
    ),
    (Changes(PAST, keep), "forgets no history", "a_history_is_forgotten_from_its_beginning"),
    (
        Changes(RESTORATION, any_version),
        "lets two go on with one restoration",
        "a_restoration_is_changed_from_the_version_that_was_read",
    ),
    (
        Changes(RESTORATION, over),
        "adds a restoration over another",
        "a_restoration_is_changed_from_the_version_that_was_read",
    ),
    (Changes(PLAN, keep), "carries a plan out twice", "plans_are_their_restorations"),
    (Scans(PLAN, reversed), "lists plans from the last to the first", "plans_are_their_restorations"),
    (Changes(CODE, keep), "keeps a removed code", "a_code_is_removed"),
    (Keys(CODE, of_one_purpose), "removes a code for another purpose", "a_code_is_removed"),
    (Keys(PASSWORD, of_all_tenants), "gives one pool's password to another's user", "a_password_is_its_users"),
    (Changes(PASSWORD, never_over), "refuses a new password in the place of another", "a_password_is_its_users"),
    (Data(PASSWORD, without!("expires_at")), "loses when a password ends", "a_password_is_its_users"),
    (Data(PASSWORD, without!("sealed_verifier")), "loses a password's verifier", "a_password_is_its_users"),
    (Data(PASSWORD, without!("srp_name")), "loses for whose name a verifier was made", "a_password_is_its_users"),
    (Changes(PASSWORD, any_version), "rehashes over a newer password", "a_password_is_replaced_as_it_was_read"),
    (Many(PASSWORD, first_of_many), "gives a user without the password", "users_are_read_with_their_passwords"),
    (
        Keys(FACTORS, of_all_tenants),
        "gives one pool's second factors to another's user",
        "second_factors_are_their_users",
    ),
    (Changes(FACTORS, keep), "keeps removed second factors", "second_factors_are_their_users"),
    (Data(FACTORS, without!("preferred")), "loses which second factor is preferred", "second_factors_are_their_users"),
    (Changes(FACTORS, any_version), "takes a time step twice", "second_factors_are_set_as_they_were_read"),
    (Keys(USER, of_all_tenants), "lists the users of all pools", "users_come_in_pages"),
    (Scans(USER, reversed), "lists users from the last to the first", "users_come_in_pages"),
    (Scans(USER, skipping), "skips a user between two pages", "users_come_in_pages"),
    (Changes(FOUND_BY, lose), "does not find who is disabled", "searches_find_states_subjects_and_own_attributes"),
    (Changes(FOUND_BY, lose), "forgets an index", "searches_find_values_and_prefixes_in_pages"),
    (Many(USER, first_of_many), "finds the first of several users", "searches_find_values_and_prefixes_in_pages"),
    (Scans(FOUND_BY, reversed), "finds users in no order", "searches_find_values_and_prefixes_in_pages"),
    (Keys(FOUND_BY, folded), "searches without regard to case", "searches_find_values_and_prefixes_in_pages"),
    (Data(USER, cut_attributes), "cuts long values", "long_values_are_found"),
    (Changes(GROUP, over), "adds a group over another", "a_group_is_added_once"),
    (Keys(GROUP, of_all_tenants), "shares groups between pools", "a_group_is_added_once"),
    (
        Changes(GROUP, any_version),
        "lets the last of two changes of a group win",
        "a_group_is_changed_from_the_version_that_was_read",
    ),
    (
        Changes(GROUP, unexpected),
        "lets users join a group that is gone",
        "a_group_that_is_joined_must_stand_as_it_was_read",
    ),
    (Many(POOL, first_of_many), "gives a pool without its group", "a_group_is_read_with_its_pool"),
    (Many(GROUP, first_of_many), "gives the first of many groups", "groups_are_found_alone_and_together"),
    (
        Keys(FOUND_BY, of_groups_alike),
        "takes a group for one whose name begins with its own",
        "members_follow_their_groups",
    ),
    (Changes(IDENTITY_PROVIDER, over), "adds an identity provider over another", "an_identity_provider_is_added_once"),
    (
        Changes(IDENTITY_PROVIDER, any_version),
        "lets the last of two changes of an identity provider win",
        "an_identity_provider_is_changed_from_the_version_that_was_read",
    ),
    (
        Changes(IDENTIFIER, over),
        "gives an identifier to whoever asks last",
        "an_identifier_leads_to_one_identity_provider",
    ),
    (Changes(IDENTIFIER, keep), "keeps identifiers that were let go", "an_identifier_leads_to_one_identity_provider"),
    (
        Many(IDENTITY_PROVIDER, first_of_many),
        "gives the first of many identity providers",
        "identity_providers_are_found_alone_and_together",
    ),
    (Changes(TERMS_NAME, over), "gives a client terms of a name twice", "a_client_has_terms_of_a_name_once"),
    (
        Changes(TERMS, any_version),
        "lets the last of two changes of terms win",
        "terms_are_changed_from_the_version_that_was_read",
    ),
    (Changes(RESOURCE_SERVER, over), "adds a resource server over another", "a_resource_server_is_added_once"),
    (Keys(RESOURCE_SERVER, of_all_tenants), "shares resource servers between pools", "a_resource_server_is_added_once"),
    (
        Changes(RESOURCE_SERVER, any_version),
        "lets the last of two changes of a resource server win",
        "a_resource_server_is_changed_from_the_version_that_was_read",
    ),
    (
        Many(RESOURCE_SERVER, first_of_many),
        "gives the first of many resource servers",
        "resource_servers_are_found_alone_and_together",
    ),
    (
        Changes(AUTHORIZATION, any_version),
        "lets two redeem one authorization code",
        "an_authorization_code_is_spent_once",
    ),
    (
        Data(AUTHORIZATION, without!("challenge")),
        "loses the challenge of a code",
        "an_authorization_code_is_spent_once",
    ),
    (Changes(BROWSER, keep), "keeps a browser signed in", "a_browsers_sign_in_is_found_until_it_ends"),
    (Changes(DOMAIN_PLACE, over), "gives one domain to two pools", "a_domain_leads_to_its_pool"),
    (Changes(DOMAIN_PLACE, keep), "does not free a deleted domain", "a_domain_leads_to_its_pool"),
    (
        Changes(DOMAIN, any_version),
        "lets the last of two changes of a domain win",
        "a_domain_is_changed_from_the_version_that_was_read",
    ),
    (Changes(SESSION, over), "adds a session over another", "a_session_is_changed_from_the_version_that_was_read"),
    (
        Changes(SESSION, any_version),
        "lets two refresh one session",
        "a_session_is_changed_from_the_version_that_was_read",
    ),
    (
        Data(SESSION, |data| empty(&mut data["grant"], "scopes")),
        "loses what a session was granted",
        "a_session_is_changed_from_the_version_that_was_read",
    ),
    (Changes(SESSION_BY, lose), "does not find a user's sessions", "sessions_are_found_by_their_user"),
    (Many(SESSION, first_of_many), "gives the first of many sessions", "sessions_are_found_together_by_their_ids"),
    (Changes(DEVICE, over), "confirms a device over another", "a_device_is_its_users"),
    (Data(DEVICE, without!("sealed_verifier")), "loses a device's verifier", "a_device_is_its_users"),
    (Changes(DEVICE, keep), "remembers a forgotten device", "a_device_is_changed_from_the_version_that_was_read"),
    (Changes(DEVICE_BY, lose), "does not find a user's devices", "devices_of_a_user_come_in_pages"),
    (Changes(TRACKED, any_version), "lets two sign-ins pass the cap", "tracked_sessions_are_set_from_what_was_read"),
    (Changes(TRACKED, keep), "tracks what was forgotten", "tracked_sessions_are_set_from_what_was_read"),
    (Data(TRACKED, without!("ids")), "loses what is tracked", "tracked_sessions_are_set_from_what_was_read"),
    (Changes(CODE, never_over), "refuses a new code in the place of another", "a_code_voids_the_one_before"),
    (Keys(CODE, of_one_purpose), "takes a code for another purpose", "a_code_voids_the_one_before"),
    (Changes(CODE, any_version), "spends a code twice", "a_code_is_spent_once"),
    (Changes(BUDGET, any_version), "loses guesses that are made at once", "budgets_are_spent_from_what_was_read"),
    (Changes(BUDGET, over), "begins a budget anew for each of many at once", "budgets_are_spent_from_what_was_read"),
    (
        Many(BUDGET, without_the_missing),
        "gives budgets in another order than was asked",
        "budgets_are_spent_from_what_was_read",
    ),
    (Changes(ENDING, over), "spends a challenge twice", "a_challenge_is_spent_once"),
    (Keys(ENDING, of_all_tenants), "takes one pool's challenge for another's", "a_challenge_is_spent_once"),
    (Changes(ATTEMPTS, any_version), "loses tries that are made at once", "attempts_are_counted_from_what_was_read"),
    (Changes(ATTEMPTS, keep), "never forgets a try", "attempts_are_counted_from_what_was_read"),
    (
        Changes(HISTORY, any_version),
        "loses events that are written at once",
        "a_history_is_its_users_and_set_from_what_was_read",
    ),
    (
        Keys(HISTORY, of_all_tenants),
        "takes one pool's history for another's",
        "a_history_is_its_users_and_set_from_what_was_read",
    ),
    (
        Changes(HISTORY, keep),
        "keeps a history that was to be forgotten",
        "a_history_is_its_users_and_set_from_what_was_read",
    ),
    (Changes(RATES, any_version), "lets the last of two rates win", "rates_are_set_from_what_was_read"),
    (Changes(CLEANUP, lose), "forgets what is left to be removed", "cleanups_stand_until_they_are_done"),
    (Changes(CLEANUP, keep), "goes on removing what is gone", "cleanups_stand_until_they_are_done"),
    (Changes(CLEANUP, any_version), "ends a cleanup that was begun anew", "a_cleanup_that_is_begun_anew_stands"),
    (Keys(CLEANUP, of_all_tenants), "gives every pool the cleanups of all", "cleanups_stand_until_they_are_done"),
    (
        Changes(IMPORT, any_version),
        "lets two nodes do one line of an import",
        "an_import_is_changed_from_the_version_that_was_read",
    ),
    (
        Keys(IMPORT, of_all_tenants),
        "gives every pool the imports of all",
        "an_import_is_changed_from_the_version_that_was_read",
    ),
    (Changes(IMPORT_PART, keep), "keeps the file of an import", "parts_and_reports_are_their_jobs"),
    (Scans(IMPORT_REPORT, reversed), "reports an import from its end", "parts_and_reports_are_their_jobs"),
    (Many(USER, first_of_many), "finds the first of many names", "many_users_and_passwords_are_read_at_once"),
    (Many(PASSWORD, first_of_many), "gives the first of many passwords", "many_users_and_passwords_are_read_at_once"),
    (Unversioned(POOL), "gives no versions of pools", "a_client_and_its_pool_are_read_at_their_versions"),
    (Unversioned(POOL), "purges a pool that was made anew", "only_the_pool_that_was_read_is_purged"),
    (Scans(WHOLE, nothing), "purges nothing", "a_purged_pool_is_empty"),
    (Scans(WHOLE, but_sessions), "leaves the sessions of a purged pool", "a_purged_pool_is_empty"),
    (
        Ranges(FOUND_BY, from_the_beginning),
        "begins every page at the beginning",
        "searches_find_values_and_prefixes_in_pages",
    ),
    (Lost(FOUND_BY), "ends a listing behind what was removed", "a_listing_goes_on_behind_what_was_removed"),
    (Scans(ENDING, nothing), "sweeps nothing", "what_has_ended_is_swept"),
    (Ranges(ENDING, without_limit), "sweeps more than it was asked for", "what_has_ended_is_swept"),
    (Changes(ENDING, lose), "forgets what ends", "what_has_ended_is_swept"),
    (Ended(CODE), "sweeps codes at the end of those before them", "what_goes_on_is_not_swept_at_its_former_end"),
];

fn cut_attributes(data: &mut Value) {
    for value in data["attributes"].as_object_mut().unwrap().values_mut() {
        *value = value.as_str().unwrap().chars().take(255).collect::<String>().into();
    }
}

fn of_groups_alike(parts: &mut [String]) {
    if parts.get(4).is_some_and(|by| by == "group") && parts.len() > 5 {
        parts[5].truncate(4);
    }
}

fn of_one_purpose(parts: &mut [String]) {
    if parts.len() > 5 {
        "any".clone_into(&mut parts[5]);
    }
}

fn without_the_missing(found: &mut [Option<Document>]) {
    found.sort_by_key(Option::is_none);
}

fn but_sessions(_: &Range, mut found: Vec<Document>) -> Vec<Document> {
    found.retain(|document| !SESSION.has(&document.key));
    found
}
