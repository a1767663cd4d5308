//! What clients may do at the OAuth endpoints, as it is set.

use userpool_core::model::client::ClientSettings;
use userpool_core::model::oauth::{CodeRules, FlowProblem, MOST_URIS, OAuthFlow, OAuthSettings};
use userpool_core::ops::clients::CreateClient;
use userpool_core::reasons::Invalid;
use userpool_core::{Defaults, Error};

use crate::world::{World, world};

async fn made(world: &World, with_secret: bool, oauth: OAuthSettings) -> Result<OAuthSettings, Error> {
    let settings = ClientSettings { oauth, ..world.client.settings.clone() };
    let request = CreateClient { pool: world.pool.id.clone(), settings, with_secret };
    Ok(world.pools.create_user_pool_client(request).await?.client.settings.oauth)
}

fn oauth(flows: &[OAuthFlow], scopes: &[&str]) -> OAuthSettings {
    OAuthSettings {
        enabled: true,
        flows: flows.iter().copied().collect(),
        scopes: scopes.iter().map(|scope| scope.parse().unwrap()).collect(),
        redirect_uris: vec!["https://app.example.com/cb".parse().unwrap()],
        ..OAuthSettings::default()
    }
}

/// All cases of the vectors: each registered text that can be registered, and what a request of each other text comes to.
#[test]
fn line_17_a_redirect_uri_is_compared_as_an_exact_string() {
    let Some(cases) = shared_vectors::json("redirect-fosite/redirect_match.json") else { return };
    let cases = cases.as_array().unwrap();
    assert_eq!(cases.len(), 19);
    for case in cases {
        let texts = case["registered"].as_array().unwrap().iter().map(|text| text.as_str().unwrap());
        let redirect_uris = texts.filter_map(|text| text.parse().ok()).collect();
        let settings = OAuthSettings { redirect_uris, ..OAuthSettings::default() };

        let found = settings.redirect_uri(case["requested"].as_str()).map(|uri| uri.as_str().to_owned());

        assert_eq!(found.as_deref(), case["resolved"].as_str(), "{case}");
        assert_eq!(found.is_some(), case["accepted"].as_bool().unwrap(), "{case}");
    }
}

#[tokio::test]
async fn the_clients_own_flow_stands_alone_has_a_secret_and_speaks_of_no_user() {
    let world = world().await;
    let own = OAuthFlow::ClientCredentials;

    let beside = made(&world, true, oauth(&[own, OAuthFlow::Code], &["openid"])).await;
    assert_eq!(beside, Err(Error::InvalidOAuthFlow(FlowProblem::ClientCredentialsBesideOthers)));
    let public = made(&world, false, oauth(&[own], &["openid"])).await;
    assert_eq!(public, Err(Error::InvalidOAuthFlow(FlowProblem::ClientCredentialsWithoutSecret)));
    let of_users = made(&world, true, oauth(&[own], &["openid"])).await;
    assert_eq!(of_users, Err(Error::InvalidOAuthFlow(FlowProblem::ScopeOfUsers("openid".parse().unwrap()))));
    let unknown = made(&world, true, oauth(&[own], &["orders/read"])).await;
    assert_eq!(unknown, Err(Error::ScopeDoesNotExist("orders/read".parse().unwrap())));
    assert!(made(&world, false, oauth(&[OAuthFlow::Code, OAuthFlow::Implicit], &["openid"])).await.is_ok());
}

#[tokio::test]
async fn the_default_redirect_uri_is_registered_and_lists_are_bounded() {
    let world = world().await;
    let plain = || oauth(&[OAuthFlow::Code], &["openid"]);
    let elsewhere = Some("https://app.example.com/CB".parse().unwrap());
    let many = vec!["https://app.example.com/cb".parse().unwrap(); MOST_URIS + 1];

    let refused = made(&world, false, OAuthSettings { default_redirect_uri: elsewhere, ..plain() }).await;
    assert_eq!(refused, Err(Invalid::DefaultRedirectUri.into()));
    let refused = made(&world, false, OAuthSettings { redirect_uris: many.clone(), ..plain() }).await;
    assert_eq!(refused, Err(Invalid::TooManyUris.into()));
    let refused = made(&world, false, OAuthSettings { logout_uris: many, ..plain() }).await;
    assert_eq!(refused, Err(Invalid::TooManyUris.into()));
    for settings in [oauth(&[], &["openid"]), oauth(&[OAuthFlow::Code], &[])] {
        assert_eq!(made(&world, false, settings.clone()).await, Err(Invalid::OAuthFlowsAndScopes.into()));
        assert!(made(&world, false, OAuthSettings { enabled: false, ..settings }).await.is_ok());
    }
    for seconds in [0, 301] {
        let codes = CodeRules { seconds, ..CodeRules::HARDENED };
        let refused = made(&world, false, OAuthSettings { codes, ..plain() }).await;
        assert_eq!(refused, Err(Invalid::CodeSeconds.into()));
    }
}

#[tokio::test]
async fn line_20_a_client_asks_for_codes_with_a_challenge_where_nothing_is_said() {
    let world = world().await;

    assert_eq!(world.pools.default_client_settings("c").oauth.codes, CodeRules::HARDENED);
    assert_eq!(Defaults::hardened().codes, CodeRules::HARDENED);
    assert_eq!(Defaults::cognito().codes, CodeRules::COGNITO);
}
