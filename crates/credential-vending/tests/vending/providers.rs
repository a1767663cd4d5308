//! Outside login providers are registered by their URL.

use credential_vending::{Error, Kind};
use document_store::page::PageRequest;

use crate::world::world;

#[tokio::test]
async fn a_provider_is_registered_once_found_listed_and_removed() {
    let world = world().await;
    let vending = &world.vending;

    let made = vending.create_oidc_provider("https://login.example/a/", vec!["app".to_owned()]).await.unwrap();

    assert_eq!(made.arn, "arn:aws:iam::123456789012:oidc-provider/login.example/a");
    assert_eq!(made.host_and_path, "login.example/a");
    assert_eq!(vending.oidc_provider(&made.arn).await.unwrap(), made);
    assert_eq!(vending.list_oidc_providers(PageRequest::default()).await.unwrap().items, std::slice::from_ref(&made));
    let again = vending.create_oidc_provider("https://login.example/a", Vec::new()).await;
    assert_eq!(again, Err(Error::EntityAlreadyExists(Kind::OidcProvider(made.arn.clone()))));
    vending.delete_oidc_provider(&made.arn).await.unwrap();
    let gone = Error::NoSuchEntity(Kind::OidcProvider(made.arn.clone()));
    assert_eq!(vending.oidc_provider(&made.arn).await.as_ref(), Err(&gone));
    assert_eq!(vending.delete_oidc_provider(&made.arn).await, Err(gone));
    assert!(vending.list_oidc_providers(PageRequest::default()).await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_provider_is_an_https_url_without_query_with_a_hundred_clients_at_most() {
    let world = world().await;
    let outcome = async |url: &str, clients: usize| {
        world.vending.create_oidc_provider(url, vec!["app".to_owned(); clients]).await.map(drop)
    };

    for bad in [
        "",
        "https://",
        "https:///",
        "http://login.example",
        "login.example",
        "https://login.example/?a=b",
        "https://login.example/#a",
        "https://login .example",
        "https://ada@login.example",
    ] {
        assert!(matches!(outcome(bad, 1).await, Err(Error::InvalidInput(_))), "{bad}");
    }
    assert!(matches!(outcome("https://login.example", 101).await, Err(Error::InvalidInput(_))));
    assert_eq!(outcome("https://login.example", 100).await, Ok(()));
}
