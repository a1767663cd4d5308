//! Outside providers: made, seen, changed, removed, and listed by clients.

use std::collections::BTreeMap;
use std::sync::Arc;

use document_store::page::PageRequest;
use storage_conformance::Yielding;
use userpool_core::model::acr::Level;
use userpool_core::model::client::ClientSettings;
use userpool_core::model::identity_provider::{MOST_PROVIDERS, ProviderKind};
use userpool_core::model::oauth::OAuthSettings;
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::identity_providers::{NewProvider, ProviderChange, ProviderWithSecrets};
use userpool_core::reasons::{DetailProblem, Invalid, Quota};
use userpool_core::{Error, Kind};

use crate::imports::over;
use crate::world::{World, world};

fn map(members: &[(&str, &str)]) -> BTreeMap<String, String> {
    members.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn details() -> BTreeMap<String, String> {
    map(&[("client_id", "app"), ("client_secret", "hidden"), ("oidc_issuer", "https://op.example")])
}

fn said() -> ProviderChange {
    ProviderChange { details: Some(details()), ..ProviderChange::default() }
}

fn provider(world: &World, name: &str, said: ProviderChange) -> NewProvider {
    NewProvider { pool: world.pool.id.clone(), name: name.parse().unwrap(), kind: ProviderKind::Oidc, said }
}

async fn make(world: &World, name: &str, said: ProviderChange) -> Result<ProviderWithSecrets, Error> {
    world.pools.create_identity_provider(provider(world, name, said)).await
}

async fn change(world: &World, name: &str, said: ProviderChange) -> Result<ProviderWithSecrets, Error> {
    world.pools.update_identity_provider(&world.pool.id, &name.parse().unwrap(), said).await
}

fn mapped(mapping: &[(&str, &str)]) -> ProviderChange {
    ProviderChange { mapping: Some(map(mapping)), ..said() }
}

fn identified(identifiers: &[&str]) -> ProviderChange {
    let identifiers = identifiers.iter().map(|identifier| identifier.parse().unwrap()).collect();
    ProviderChange { identifiers: Some(identifiers), ..said() }
}

#[tokio::test]
async fn a_provider_is_made_once_seen_with_its_secret_and_removed() {
    let world = world().await;
    let made = make(&world, "Corporate", said()).await.unwrap();
    assert_eq!(made.provider.details["attributes_request_method"], "GET");
    assert_eq!(made.provider.mapping, map(&[("username", "sub")]));
    let again = make(&world, "Corporate", said()).await.unwrap_err();
    assert_eq!(again, Error::ProviderExists("Corporate".parse().unwrap()));

    let name = "Corporate".parse().unwrap();
    let seen = world.pools.describe_identity_provider(&world.pool.id, &name).await.unwrap();
    assert_eq!(seen.provider, made.provider);
    assert_eq!(seen.secrets["client_secret"].expose(), "hidden");
    assert!(!format!("{seen:?}").contains("hidden"));

    world.pools.delete_identity_provider(&world.pool.id, &name).await.unwrap();
    let gone = Error::NotFound(Kind::IdentityProvider("Corporate".to_owned()));
    assert_eq!(world.pools.describe_identity_provider(&world.pool.id, &name).await.unwrap_err(), gone);
    assert_eq!(world.pools.delete_identity_provider(&world.pool.id, &name).await.unwrap_err(), gone);
    assert_eq!(change(&world, "Corporate", said()).await.unwrap_err(), gone);
}

#[tokio::test]
async fn a_change_replaces_what_it_says_and_leaves_the_rest() {
    let world = world().await;
    let levels = Some(BTreeMap::from([(Level::Two, "silver".to_owned())]));
    let begun = ProviderChange { levels, ..identified(&["one"]) };
    make(&world, "Corporate", ProviderChange { mapping: Some(map(&[("email", "mail")])), ..begun }).await.unwrap();

    let other = map(&[("client_id", "other"), ("client_secret", "new"), ("oidc_issuer", "https://op.example")]);
    let only_details = ProviderChange { details: Some(other), ..ProviderChange::default() };
    let changed = change(&world, "Corporate", only_details).await.unwrap();

    assert_eq!(changed.provider.details["client_id"], "other");
    assert_eq!(changed.secrets["client_secret"].expose(), "new");
    assert_eq!(changed.provider.mapping, map(&[("email", "mail"), ("username", "sub")]));
    assert_eq!(changed.provider.identifiers, ["one".parse().unwrap()]);
    assert_eq!(changed.provider.levels[&Level::Two], "silver");
}

/// Accounts would change hands: another claim is another person.
#[tokio::test]
async fn the_claim_that_becomes_the_username_never_changes() {
    let world = world().await;
    make(&world, "Corporate", mapped(&[("username", "employee")])).await.unwrap();

    let refused = change(&world, "Corporate", mapped(&[("username", "email")])).await.unwrap_err();
    assert_eq!(refused, Invalid::MappedUsernameFixed.into());
    let forgotten = change(&world, "Corporate", mapped(&[("email", "mail")])).await.unwrap_err();
    assert_eq!(forgotten, Invalid::MappedUsernameFixed.into());
    assert!(change(&world, "Corporate", mapped(&[("username", "employee")])).await.is_ok());
}

/// Requirement 87.
#[tokio::test]
async fn line_87_no_claim_becomes_an_attribute_that_is_protected_or_not_in_the_schema() {
    let world = world().await;
    for attribute in ["sub", "identities", "cognito:groups", "custom:none", "nothing"] {
        let refused = make(&world, "Corporate", mapped(&[(attribute, "claim")])).await.unwrap_err();
        assert_eq!(refused, Invalid::ProviderMapping(attribute.to_owned()).into());
    }
    let nameless = make(&world, "Corporate", mapped(&[("email", "")])).await.unwrap_err();
    assert_eq!(nameless, Invalid::ProviderMapping("email".to_owned()).into());
    assert!(make(&world, "Corporate", mapped(&[("email_verified", "email_verified")])).await.is_ok());
}

#[tokio::test]
async fn an_identifier_leads_to_one_provider_and_stands_there_once() {
    let world = world().await;
    make(&world, "One", identified(&["Example.com"])).await.unwrap();
    let taken = Error::from(Invalid::ProviderIdentifierTaken);
    assert_eq!(make(&world, "Two", identified(&["example.com"])).await.unwrap_err(), taken);
    make(&world, "Two", said()).await.unwrap();
    assert_eq!(change(&world, "Two", identified(&["EXAMPLE.COM"])).await.unwrap_err(), taken);
    let twice = change(&world, "Two", identified(&["a", "A"])).await.unwrap_err();
    assert_eq!(twice, Invalid::ProviderIdentifiers.into());
    let many: Vec<String> = (0..51).map(|number| format!("i{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(change(&world, "Two", identified(&many)).await.unwrap_err(), Invalid::ProviderIdentifiers.into());
    assert!(change(&world, "Two", identified(&many[1..])).await.is_ok());

    let lookup = |text: &str| {
        let (pools, pool, identifier) = (&world.pools, &world.pool.id, text.parse().unwrap());
        async move { pools.identity_provider_by_identifier(pool, &identifier).await }
    };
    assert_eq!(lookup("EXAMPLE.com").await.unwrap().provider.name.as_str(), "One");
    let nobody = Error::NotFound(Kind::IdentityProvider("none".to_owned()));
    assert_eq!(lookup("none").await.unwrap_err(), nobody);
}

#[tokio::test]
async fn what_is_said_of_a_provider_is_checked_when_it_is_made_and_when_it_is_changed() {
    let world = world().await;
    let missing = Error::from(Invalid::ProviderDetail("client_id".to_owned(), DetailProblem::Missing));
    assert_eq!(make(&world, "Corporate", ProviderChange::default()).await.unwrap_err(), missing);
    make(&world, "Corporate", said()).await.unwrap();
    let empty = ProviderChange { details: Some(BTreeMap::new()), ..ProviderChange::default() };
    assert_eq!(change(&world, "Corporate", empty).await.unwrap_err(), missing);
    for levels in [[(Level::One, ""), (Level::Two, "b")], [(Level::One, "a"), (Level::Two, "a")]] {
        let levels = Some(levels.map(|(level, name)| (level, name.to_owned())).into());
        let refused = change(&world, "Corporate", ProviderChange { levels, ..ProviderChange::default() }).await;
        assert_eq!(refused.unwrap_err(), Invalid::AcrNames.into());
    }
    let social = NewProvider { kind: ProviderKind::Google, ..provider(&world, "Corporate2", said()) };
    let refused = world.pools.create_identity_provider(social).await.unwrap_err();
    assert_eq!(refused, Invalid::ProviderNameFixed("Google").into());
}

#[tokio::test]
async fn a_pool_has_three_hundred_providers_also_when_two_are_made_at_once() {
    let world = world().await;
    for number in 1..MOST_PROVIDERS {
        make(&world, &format!("P{number}"), said()).await.unwrap();
    }
    let racing = over(&world, Arc::new(Yielding(Arc::clone(&world.store))));
    let (one, two) = tokio::join!(
        racing.create_identity_provider(provider(&world, "One", said())),
        racing.create_identity_provider(provider(&world, "Two", said())),
    );

    let refused = one.err().or(two.err()).expect("one of them is one too many");
    assert_eq!(refused, Quota::IdentityProviders.into());
    let listed = world.pools.list_identity_providers(&world.pool.id, PageRequest::default()).await.unwrap();
    assert_eq!(listed.items.len(), 60);
    assert!(listed.next.is_some());
}

#[tokio::test]
async fn a_client_lists_the_pool_itself_and_providers_that_it_has() {
    let world = world().await;
    make(&world, "Corporate", said()).await.unwrap();

    assert_eq!(list(&world, &["COGNITO", "Corporate"]).await, Ok(()));
    for unknown in ["Google", "corporate", "cognito"] {
        let refused = list(&world, &["COGNITO", unknown]).await.unwrap_err();
        assert_eq!(refused, Invalid::ProviderUnknown(unknown.to_owned(), world.pool.id.clone()).into());
    }
    let settings = ClientSettings { oauth: of_providers(&["Google"]), ..world.client.settings.clone() };
    let new = CreateClient { pool: world.pool.id.clone(), settings, with_secret: false };
    let refused = world.pools.create_user_pool_client(new).await.unwrap_err();
    assert_eq!(refused, Invalid::ProviderUnknown("Google".to_owned(), world.pool.id.clone()).into());
}

fn of_providers(names: &[&str]) -> OAuthSettings {
    OAuthSettings { providers: names.iter().map(|name| name.parse().unwrap()).collect(), ..OAuthSettings::default() }
}

/// Lets the client of the world list these providers.
pub(crate) async fn list(world: &World, names: &[&str]) -> Result<(), Error> {
    let settings = ClientSettings { oauth: of_providers(names), ..world.client.settings.clone() };
    world.pools.update_user_pool_client(&world.pool.id, &world.client.id, settings).await.map(drop)
}
