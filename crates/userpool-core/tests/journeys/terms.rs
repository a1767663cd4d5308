//! Terms of clients: made, found by client, changed, removed with their client.

use std::collections::BTreeMap;
use std::sync::Arc;

use document_store::page::PageRequest;
use storage_conformance::Yielding;
use userpool_core::model::terms::{DEFAULT_LANGUAGE, MOST_TERMS, Terms, TermsName};
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::terms::NewTerms;
use userpool_core::reasons::{Invalid, Quota};
use userpool_core::{Error, Kind};

use crate::imports::over;
use crate::world::{World, world};

fn links(link: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(DEFAULT_LANGUAGE.to_owned(), link.to_owned())])
}

fn new(world: &World, name: TermsName) -> NewTerms {
    let links = links("https://example.com/terms");
    NewTerms { pool: world.pool.id.clone(), client: world.client.id.clone(), name, links }
}

async fn listed(world: &World) -> Vec<Terms> {
    world.pools.list_terms(&world.pool.id, PageRequest::default()).await.unwrap().items
}

#[tokio::test]
async fn a_client_has_terms_of_each_name_once_and_they_are_found_by_it() {
    let world = world().await;
    let made = world.pools.create_terms(new(&world, TermsName::TermsOfUse)).await.unwrap();

    let again = world.pools.create_terms(new(&world, TermsName::TermsOfUse)).await.unwrap_err();
    assert_eq!(again, Error::TermsExist);
    let found = |name| world.pools.terms_of_client(&world.pool.id, &world.client.id, name);
    assert_eq!(found(TermsName::TermsOfUse).await.unwrap(), made);
    assert_eq!(found(TermsName::PrivacyPolicy).await.unwrap_err(), Error::NotFound(Kind::Terms));
    assert_eq!(world.pools.describe_terms(&world.pool.id, &made.id).await.unwrap(), made);
    let nobodys = NewTerms { client: "nobody".parse().unwrap(), ..new(&world, TermsName::TermsOfUse) };
    assert_eq!(
        world.pools.create_terms(nobodys).await.unwrap_err(),
        Error::NotFound(Kind::Client("nobody".parse().unwrap()))
    );
    world.pools.delete_terms(&world.pool.id, &made.id).await.unwrap();
    assert_eq!(world.pools.describe_terms(&world.pool.id, &made.id).await.unwrap_err(), Error::NotFound(Kind::Terms));
}

#[tokio::test]
async fn terms_keep_what_is_not_said_and_take_no_name_that_the_client_has() {
    let world = world().await;
    let made = world.pools.create_terms(new(&world, TermsName::TermsOfUse)).await.unwrap();
    world.pools.create_terms(new(&world, TermsName::PrivacyPolicy)).await.unwrap();
    let change = |name, links| world.pools.update_terms(&world.pool.id, &made.id, name, links);

    assert_eq!(change(Some(TermsName::PrivacyPolicy), None).await.unwrap_err(), Error::TermsExist);
    let changed = change(None, Some(links("https://example.com/new"))).await.unwrap();
    assert_eq!(
        (changed.name, changed.link("cognito:german")),
        (TermsName::TermsOfUse, Some("https://example.com/new"))
    );
    let refused = change(None, Some(links("javascript:alert(1)"))).await.unwrap_err();
    assert_eq!(refused, Invalid::TermsLink.into());
}

#[tokio::test]
async fn terms_go_with_their_client() {
    let world = world().await;
    world.pools.create_terms(new(&world, TermsName::TermsOfUse)).await.unwrap();
    world.pools.create_terms(new(&world, TermsName::PrivacyPolicy)).await.unwrap();

    world.pools.delete_user_pool_client(&world.pool.id, &world.client.id).await.unwrap();

    assert_eq!(listed(&world).await, []);
}

#[tokio::test]
async fn no_terms_are_made_for_a_client_that_is_removed_at_that_moment() {
    let world = world().await;
    let racing = over(&world, Arc::new(Yielding(Arc::clone(&world.store))));

    let (made, removed) = tokio::join!(
        racing.create_terms(new(&world, TermsName::TermsOfUse)),
        racing.delete_user_pool_client(&world.pool.id, &world.client.id),
    );

    assert!(made.is_err() || removed.is_err(), "{made:?} {removed:?}");
    assert_eq!(listed(&world).await.len(), usize::from(made.is_ok()));
}

#[tokio::test]
async fn a_pool_has_forty_terms_at_most() {
    let world = world().await;
    for _ in 0..MOST_TERMS / 2 {
        let (pool, settings) = (world.pool.id.clone(), world.client.settings.clone());
        let made =
            world.pools.create_user_pool_client(CreateClient { pool, settings, with_secret: false }).await.unwrap();
        for name in TermsName::ALL {
            let of_client = NewTerms { client: made.client.id.clone(), ..new(&world, name) };
            world.pools.create_terms(of_client).await.unwrap();
        }
    }

    let one_more = world.pools.create_terms(new(&world, TermsName::TermsOfUse)).await.unwrap_err();
    assert_eq!(one_more, Quota::Terms.into());
}
