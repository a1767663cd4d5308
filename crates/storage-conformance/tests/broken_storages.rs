//! The rules notice what they are there for: each of many broken storages is caught by the rule that is named beside it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(
    clippy::match_same_arms,
    clippy::enum_glob_use,
    clippy::wildcard_imports,
    clippy::unnecessary_wraps,
    reason = "an arm is a fault, and a table a list of them"
)]

mod broken;

use broken::documents::BrokenStore;
use broken::records::Altered;
use broken::{idle, judge};
use credential_vending::{DocumentVending, VendingStorage};
use document_store::DocumentStore;
use identity_federation::{DocumentFederation, FederationStorage};
use storage_conformance::{Yielding, each_document_rule, each_federation_rule, each_user_pool_rule, each_vending_rule};
use userpool_core::{DocumentUserPools, UserPoolStorage};

#[test]
fn each_broken_document_store_is_caught_by_the_rule_that_is_named() {
    let rules = each_document_rule!(list, dyn DocumentStore + 'static);

    judge("document store", broken::documents::FAULTS, &rules, |fault| Box::new(Yielding(BrokenStore::new(fault))));

    assert_eq!(idle(broken::documents::FAULTS, &rules), [""; 0], "rules that have caught nothing");
}

#[test]
fn each_broken_vending_storage_is_caught_by_the_rule_that_is_named() {
    let (rules, faults) = (each_vending_rule!(list, dyn VendingStorage + 'static), broken::records::vending::FAULTS);

    judge("vending storage", faults, &rules, |fault| Box::new(DocumentVending::new(Yielding(Altered::new(fault)))));

    assert_eq!(idle(faults, &rules), [""; 0], "rules that have caught nothing");
}

#[test]
fn each_broken_identity_pool_storage_is_caught_by_the_rule_that_is_named() {
    let rules = each_federation_rule!(list, dyn FederationStorage + 'static);
    let faults = broken::records::federation::FAULTS;

    judge("identity pool storage", faults, &rules, |fault| {
        Box::new(DocumentFederation::new(Yielding(Altered::new(fault))))
    });

    assert_eq!(idle(faults, &rules), [""; 0], "rules that have caught nothing");
}

#[test]
fn each_broken_user_pool_storage_is_caught_by_the_rule_that_is_named() {
    let rules = each_user_pool_rule!(list, dyn UserPoolStorage + 'static);
    let faults = broken::records::user_pools::FAULTS;

    judge("user pool storage", faults, &rules, |fault| Box::new(DocumentUserPools::new(Yielding(Altered::new(fault)))));

    assert_eq!(idle(faults, &rules), [""; 0], "rules that have caught nothing");
}
