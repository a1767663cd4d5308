//! From rules to tests.

/// Commits writes of any subjects.
macro_rules! commit {
    ($storage:expr, $($write:expr),+ $(,)?) => {
        $storage.commit(vec![$($write.into()),+]).await
    };
}
pub(crate) use commit;

/// Everything that a lookup gives, page by page of two, and the same as one page.
macro_rules! walk {
    (|$page:ident| $lookup:expr) => {{
        let all = {
            let $page = crate::everything();
            $lookup.await.unwrap()
        };
        assert_eq!(all.next, None, "everything fits the page");
        let (mut items, mut after) = (Vec::new(), None);
        loop {
            let $page = document_store::page::PageRequest { limit: 2, after };
            let found = $lookup.await.unwrap();
            assert!(found.items.len() <= 2, "no page is larger than it may be");
            items.extend(found.items);
            assert!(items.len() <= all.items.len(), "nothing comes twice");
            after = found.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(items, all.items, "pages give what one page gives");
        items
    }};
}
pub(crate) use walk;

/// Makes a test of every rule, over what the expression gives each time, in an async context: a fresh, empty document
/// store, or `None` if the backend is not there, which passes the test over.
///
/// The tests run under `#[tokio::test]`: the crate that calls this needs `tokio` among its development dependencies.
#[macro_export]
macro_rules! all_rules {
    ($store:expr) => {
        $crate::document_rules!($store);
        $crate::user_pool_rules!(user_pools_over($store));
        $crate::federation_rules!(federation_over($store));
        $crate::vending_rules!(vending_over($store));

        fn user_pools_over<S: $crate::Store>(store: Option<S>) -> Option<impl $crate::UserPoolStorage> {
            store.map($crate::DocumentUserPools::new)
        }

        fn federation_over<S: $crate::Store>(store: Option<S>) -> Option<impl $crate::FederationStorage> {
            store.map($crate::DocumentFederation::new)
        }

        fn vending_over<S: $crate::Store>(store: Option<S>) -> Option<impl $crate::VendingStorage> {
            store.map($crate::DocumentVending::new)
        }
    };
}

/// Makes a test of every rule of a document store; the expression as for [`all_rules!`].
#[macro_export]
macro_rules! document_rules {
    ($store:expr) => {
        $crate::each_document_rule!(rules, $store);
    };
}

/// Makes a test of every rule of a user pool storage; the expression gives a fresh, empty one each time, or `None`.
#[macro_export]
macro_rules! user_pool_rules {
    ($storage:expr) => {
        $crate::each_user_pool_rule!(rules, $storage);
    };
}

/// Makes a test of every rule of an identity pool storage; the expression gives a fresh, empty one each time, or `None`.
#[macro_export]
macro_rules! federation_rules {
    ($storage:expr) => {
        $crate::each_federation_rule!(rules, $storage);
    };
}

/// Makes a test of every rule of a vending storage; the expression gives a fresh, empty one each time, or `None`.
#[macro_export]
macro_rules! vending_rules {
    ($storage:expr) => {
        $crate::each_vending_rule!(rules, $storage);
    };
}

/// Makes a test of each named rule of a module.
#[doc(hidden)]
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

/// Makes a list of each named rule of a module, for a storage of this type.
#[doc(hidden)]
#[macro_export]
macro_rules! list {
    ($module:ident, $storage:ty, [$($rule:ident),* $(,)?]) => {
        [$((stringify!($rule), {
            fn run<'a>(storage: &'a ($storage)) -> $crate::Running<'a> {
                ::std::boxed::Box::pin($crate::$module::$rule(storage))
            }
            run as for<'a> fn(&'a ($storage)) -> $crate::Running<'a>
        })),*]
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! each_document_rule {
    ($then:ident, $($with:tt)*) => {
        $crate::$then! {
            documents,
            $($with)*,
            [
                a_document_is_found_as_it_was_written,
                an_insert_over_something_is_refused_and_named,
                a_replacement_or_removal_needs_the_stored_version,
                a_refused_batch_writes_nothing,
                a_batch_is_written_as_a_whole,
                a_batch_with_a_key_twice_is_refused,
                a_batch_of_two_tenants_is_refused,
                an_expectation_guards_what_it_does_not_change,
                what_was_removed_begins_anew,
                a_scan_gives_its_prefix_in_order_in_pages,
                a_scan_goes_backward_too,
                a_scan_may_begin_anywhere,
                many_are_read_in_the_order_asked,
                many_may_be_a_thousand,
                what_one_call_reads_is_of_one_moment,
                the_longest_keys_are_taken_and_longer_ones_refused,
                keys_and_bodies_may_be_hostile_or_large,
                of_many_that_insert_one_wins,
                of_many_that_spend_one_wins,
                no_write_is_lost_among_many,
                pages_stay_whole_under_writes,
                removing_everything_leaves_nothing,
            ]
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! each_user_pool_rule {
    ($then:ident, $($with:tt)*) => {
        $crate::$then! {
            user_pools,
            $($with)*,
            [
                a_pool_is_added_once,
                a_pool_is_changed_from_the_version_that_was_read,
                pools_come_in_pages,
                keys_are_put_and_removed,
                a_client_leads_to_its_pool,
                a_client_and_its_pool_are_read_at_their_versions,
                a_client_is_changed_from_the_version_that_was_read,
                clients_come_in_pages,
                a_login_leads_to_one_user,
                a_name_leads_to_one_user,
                a_taken_name_is_refused_with_its_kind,
                a_subject_is_given_once,
                a_changed_user_is_found_by_new_values_only,
                a_name_moves_from_one_user_to_another,
                a_user_is_changed_from_the_version_that_was_read,
                a_deleted_user_leaves_no_trace,
                passkeys_are_their_users,
                a_passkey_has_one_owner,
                a_password_is_its_users,
                a_password_is_removed,
                a_first_password_is_added_once_and_removed_as_it_was_read,
                a_password_is_replaced_as_it_was_read,
                users_are_read_with_their_passwords,
                second_factors_are_their_users,
                second_factors_are_set_as_they_were_read,
                users_come_in_pages,
                searches_find_states_subjects_and_own_attributes,
                searches_find_values_and_prefixes_in_pages,
                long_values_are_found,
                what_stood_before_a_change_is_kept,
                the_history_of_an_older_pool_is_not_kept_by_mistake,
                a_history_is_forgotten_from_its_beginning,
                a_restoration_is_changed_from_the_version_that_was_read,
                plans_are_their_restorations,
                a_group_is_added_once,
                a_group_is_changed_from_the_version_that_was_read,
                a_group_that_is_joined_must_stand_as_it_was_read,
                a_group_is_read_with_its_pool,
                groups_are_found_alone_and_together,
                members_follow_their_groups,
                an_identity_provider_is_added_once,
                an_identity_provider_is_changed_from_the_version_that_was_read,
                an_identifier_leads_to_one_identity_provider,
                identity_providers_are_found_alone_and_together,
                a_client_has_terms_of_a_name_once,
                terms_are_changed_from_the_version_that_was_read,
                a_resource_server_is_added_once,
                a_resource_server_is_changed_from_the_version_that_was_read,
                resource_servers_are_found_alone_and_together,
                an_authorization_code_is_spent_once,
                a_browsers_sign_in_is_found_until_it_ends,
                a_domain_leads_to_its_pool,
                a_domain_is_changed_from_the_version_that_was_read,
                a_session_is_changed_from_the_version_that_was_read,
                sessions_are_found_by_their_user,
                a_device_is_its_users,
                a_device_is_changed_from_the_version_that_was_read,
                devices_of_a_user_come_in_pages,
                sessions_are_found_together_by_their_ids,
                tracked_sessions_are_set_from_what_was_read,
                a_code_voids_the_one_before,
                a_code_is_removed,
                a_code_is_spent_once,
                budgets_are_spent_from_what_was_read,
                a_challenge_is_spent_once,
                attempts_are_counted_from_what_was_read,
                a_history_is_its_users_and_set_from_what_was_read,
                rates_are_set_from_what_was_read,
                a_cleanup_that_is_begun_anew_stands,
                cleanups_stand_until_they_are_done,
                an_import_is_changed_from_the_version_that_was_read,
                parts_and_reports_are_their_jobs,
                many_users_and_passwords_are_read_at_once,
                a_commit_holds_as_a_whole_or_not_at_all,
                a_purged_pool_is_empty,
                only_the_pool_that_was_read_is_purged,
                a_listing_goes_on_behind_what_was_removed,
                what_has_ended_is_swept,
                what_goes_on_is_not_swept_at_its_former_end,
            ]
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! each_federation_rule {
    ($then:ident, $($with:tt)*) => {
        $crate::$then! {
            federation,
            $($with)*,
            [
                a_pool_is_added_once,
                a_pool_is_changed_from_the_version_that_was_read,
                pools_come_in_pages,
                keys_are_put_and_removed,
                a_key_is_changed_as_it_was_read,
                an_identity_is_found_by_its_id,
                a_login_leads_to_one_identity,
                many_logins_are_looked_up_at_once,
                logins_of_different_providers_are_different,
                an_identity_is_changed_from_the_version_that_was_read,
                a_linked_login_is_taken,
                an_unlinked_login_is_free_again,
                logins_change_hands_in_one_commit,
                logins_change_hands_once,
                a_deleted_identity_frees_its_logins,
                identities_come_in_pages,
                a_purged_pool_is_empty,
            ]
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! each_vending_rule {
    ($then:ident, $($with:tt)*) => {
        $crate::$then! {
            vending,
            $($with)*,
            [
                a_role_is_known_in_any_case,
                a_role_is_changed_from_the_version_that_was_read,
                roles_come_in_pages,
                roles_are_found_by_their_managed_policies,
                managed_policies_are_known_in_any_case_and_changed_as_read,
                a_provider_is_found_by_its_arn,
                a_saml_provider_is_found_changed_and_removed,
                an_assertion_is_used_once,
                operators_keys_are_put_changed_and_removed,
                revocations_are_found_alone_and_together,
                what_is_kept_of_a_session_is_found_by_its_access_key_id,
                vending_keys_are_set_from_what_was_read,
                a_commit_holds_as_a_whole_or_not_at_all,
            ]
        }
    };
}
