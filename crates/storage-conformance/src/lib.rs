//! The storage contracts as named rules that any backend runs.
//!
//! [`documents`] holds a [`DocumentStore`](document_store::DocumentStore) to its contract, [`user_pools`] a
//! [`UserPoolStorage`], [`federation`] a
//! [`FederationStorage`]. Each rule is a function that panics when it is broken;
//! [`all_rules!`] makes a test of each.
//!
//! ```ignore
//! async fn store() -> MyStore { /* an empty one */ }
//!
//! storage_conformance::all_rules!(Some(store().await));
//! ```
#![expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "a broken rule panics: that is how a test fails")]

pub mod documents;
pub mod federation;
pub mod user_pools;

/// Makes a test of every rule, over what the expression gives each time, in an async context: a fresh, empty document
/// store, or `None` if the backend is not there, which passes the test over.
///
/// The tests run under `#[tokio::test]`: the crate that calls this needs `tokio` among its development dependencies.
#[macro_export]
macro_rules! all_rules {
    ($store:expr) => {
        $crate::rules!(
            documents,
            $store,
            [
                a_document_is_found_as_it_was_written,
                an_insert_over_something_is_refused_and_named,
                a_replacement_or_removal_needs_the_stored_version,
                a_refused_batch_writes_nothing,
                a_scan_gives_its_prefix_in_order_in_pages,
                keys_and_bodies_may_be_hostile_or_large,
                of_many_that_insert_one_wins,
                of_many_that_spend_one_wins,
                pages_stay_whole_under_writes,
                clearing_leaves_nothing,
            ]
        );
        $crate::rules!(
            user_pools,
            userpool_core_over($store),
            [
                a_name_leads_to_one_user,
                a_taken_name_is_refused_with_its_kind,
                a_changed_user_is_found_by_new_values_only,
                a_name_moves_from_one_user_to_another,
                a_user_is_changed_from_the_version_that_was_read,
                a_deleted_user_leaves_no_trace,
                a_deleted_user_leaves_no_code,
                a_budget_for_codes_is_spent_by_one_at_a_time,
                searches_find_values_and_prefixes_in_pages,
                a_client_leads_to_its_pool,
                members_follow_their_groups,
                a_challenge_is_spent_once,
                a_purged_pool_is_empty,
            ]
        );
        $crate::rules!(
            federation,
            federation_over($store),
            [a_login_leads_to_one_identity, an_unlinked_login_is_free_again, a_deleted_identity_frees_its_logins,]
        );

        fn userpool_core_over<S: $crate::Store>(store: Option<S>) -> Option<impl $crate::UserPoolStorage> {
            store.map($crate::DocumentUserPools::new)
        }

        fn federation_over<S: $crate::Store>(store: Option<S>) -> Option<impl $crate::FederationStorage> {
            store.map($crate::DocumentFederation::new)
        }
    };
}

/// Makes a test of each named rule of a module.
#[macro_export]
macro_rules! rules {
    ($module:ident, $store:expr, [$($rule:ident),* $(,)?]) => {
        mod $module {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $rule() {
                    if let Some(store) = $store {
                        $crate::$module::$rule(&store).await;
                    }
                }
            )*
        }
    };
}

#[doc(hidden)]
pub use document_store::DocumentStore as Store;
#[doc(hidden)]
pub use identity_federation::{DocumentFederation, FederationStorage};
#[doc(hidden)]
pub use userpool_core::{DocumentUserPools, UserPoolStorage};
