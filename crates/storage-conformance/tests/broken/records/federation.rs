//! Faults of an identity pool storage.

use document_store::{Document, Range};

use super::*;
use crate::broken::Case;

const POOL: Of = Of("identity-pool", "pool", "record");
const KEY: Of = Of("identity-pool", "key", "record");
const IDENTITY: Of = Of("identity-pool", "identity", "record");
const LOGIN: Of = Of("identity-pool", "identity", "name");
const LISTED: Of = Of("directory", "pool", "record");
const PLACE: Of = Of("directory", "identity", "record");
const WHOLE: Of = Of("identity-pool", "", "");

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
        "does not look whether a pool is still as it was read",
        "a_pool_is_changed_from_the_version_that_was_read",
    ),
    (Changes(POOL, keep), "keeps the record of a deleted pool", "a_pool_is_changed_from_the_version_that_was_read"),
    (Data(POOL, |data| empty(&mut data["roles"], "unauthenticated")), "loses a pool's roles", "a_pool_is_added_once"),
    (
        Data(POOL, |data| empty(&mut data["settings"], "oidc_provider_arns")),
        "loses a pool's providers",
        "a_pool_is_added_once",
    ),
    (Data(POOL, |data| empty(data, "principal_tags")), "loses which claims become tags", "a_pool_is_added_once"),
    (Changes(LISTED, lose), "does not list what was added", "pools_come_in_pages"),
    (Scans(LISTED, reversed), "lists pools from the last to the first", "pools_come_in_pages"),
    (Scans(LISTED, skipping), "skips a pool between two pages", "pools_come_in_pages"),
    (Ranges(LISTED, from_the_beginning), "begins every page at the beginning", "pools_come_in_pages"),
    (Ranges(KEY, a_hundred), "gives a hundred keys of more", "keys_are_put_and_removed"),
    (Changes(KEY, never_over), "refuses a key in the place of another", "keys_are_put_and_removed"),
    (Changes(KEY, keep), "keeps keys that were removed", "keys_are_put_and_removed"),
    (Keys(KEY, of_all_tenants), "gives every pool the keys of all", "keys_are_put_and_removed"),
    (Data(KEY, without!("sealed_pkcs8")), "loses what a key is made of", "keys_are_put_and_removed"),
    (Data(KEY, without!("retires_at")), "loses when a key retires", "keys_are_put_and_removed"),
    (Changes(KEY, any_version), "lets the last of two changes of a key win", "a_key_is_changed_as_it_was_read"),
    (Changes(PLACE, lose), "does not lead from an id to its identity", "an_identity_is_found_by_its_id"),
    (Changes(PLACE, over), "gives one id in two pools", "an_identity_is_found_by_its_id"),
    (Changes(LOGIN, lose), "forgets which identity a login leads to", "a_login_leads_to_one_identity"),
    (Changes(LOGIN, over), "gives a login to whoever asks last", "a_linked_login_is_taken"),
    (Changes(LOGIN, keep), "keeps logins that were unlinked", "an_unlinked_login_is_free_again"),
    (Keys(LOGIN, of_all_tenants), "leads from one pool's login to another's identity", "a_login_leads_to_one_identity"),
    (Keys(LOGIN, cut_off), "looks at the first 255 bytes of a login", "logins_of_different_providers_are_different"),
    (
        Keys(LOGIN, run_together),
        "does not see where a provider ends and a subject begins",
        "logins_of_different_providers_are_different",
    ),
    (
        Keys(LOGIN, folded),
        "takes two logins for one that differ in case",
        "logins_of_different_providers_are_different",
    ),
    (Many(IDENTITY, first_of_many), "gives the first identity of several logins", "many_logins_are_looked_up_at_once"),
    (Many(LOGIN, first_of_many), "looks the first of several logins up", "many_logins_are_looked_up_at_once"),
    (
        Changes(IDENTITY, any_version),
        "lets the last of two changes of an identity win",
        "an_identity_is_changed_from_the_version_that_was_read",
    ),
    (
        Data(IDENTITY, |data| drop(data.as_object_mut().unwrap().remove("merged_into"))),
        "forgets into which an identity was merged",
        "logins_change_hands_in_one_commit",
    ),
    (Changes(LOGIN, never_over), "does not hand a login over", "logins_change_hands_in_one_commit"),
    (Changes(IDENTITY, any_version), "lets the last of two mergers win", "logins_change_hands_once"),
    (Changes(IDENTITY, keep), "keeps the record of a deleted identity", "a_deleted_identity_frees_its_logins"),
    (Keys(IDENTITY, of_all_tenants), "lists the identities of all pools", "identities_come_in_pages"),
    (Scans(IDENTITY, reversed), "lists identities from the last to the first", "identities_come_in_pages"),
    (Scans(IDENTITY, skipping), "skips an identity between two pages", "identities_come_in_pages"),
    (OneByOne, "writes each part of a write by itself", "a_linked_login_is_taken"),
    (FirstOnly, "writes an identity without its logins", "a_login_leads_to_one_identity"),
    (Unnamed, "does not say what was refused", "a_linked_login_is_taken"),
    (Ranges(WHOLE, without_limit), "purges more than it was asked for", "a_purged_pool_is_empty"),
    (Scans(WHOLE, nothing), "purges nothing", "a_purged_pool_is_empty"),
    (Scans(WHOLE, but_keys), "leaves the keys of a purged pool", "a_purged_pool_is_empty"),
    (Scans(WHOLE, but_logins), "leaves the logins of a purged pool", "a_purged_pool_is_empty"),
];

/// The provider and the subject one behind the other.
fn run_together(parts: &mut [String]) {
    parts[4].retain(|letter| letter != ':' && !letter.is_ascii_digit());
}

fn but_keys(_: &Range, mut found: Vec<Document>) -> Vec<Document> {
    found.retain(|document| !KEY.has(&document.key));
    found
}

fn but_logins(_: &Range, mut found: Vec<Document>) -> Vec<Document> {
    found.retain(|document| !LOGIN.has(&document.key));
    found
}
