//! A client's settings of the OAuth endpoints, as creation and update give them and as they are shown.

use userpool_core::Error;
use userpool_core::model::oauth::{CodeRules, OAuthFlow, OAuthSettings};
use userpool_core::model::redirect::RedirectUri;
use userpool_core::reasons::Invalid;

use crate::call::parse;
use crate::error::Failure;
use crate::user_pools::shapes::non_empty;

/// The members that speak of it.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) enabled: Option<bool>,
    pub(super) flows: Option<&'a [String]>,
    pub(super) scopes: Option<&'a [String]>,
    pub(super) redirect_uris: Option<&'a [String]>,
    pub(super) logout_uris: Option<&'a [String]>,
    pub(super) default_redirect_uri: Option<&'a str>,
    pub(super) providers: Option<&'a [String]>,
    pub(super) codes: CodeRules,
}

pub(super) fn read(given: Given<'_>) -> Result<OAuthSettings, Failure> {
    let Given { enabled, flows, scopes, redirect_uris, logout_uris, default_redirect_uri, providers, codes } = given;
    let flow = |name: &String| OAuthFlow::ALL.into_iter().find(|flow| flow.name() == name);
    Ok(OAuthSettings {
        enabled: enabled.unwrap_or(false),
        flows: flows.unwrap_or_default().iter().filter_map(flow).collect(),
        scopes: scopes.unwrap_or_default().iter().map(|scope| parse(scope, "scope")).collect::<Result<_, _>>()?,
        redirect_uris: uris(redirect_uris)?,
        logout_uris: uris(logout_uris)?,
        default_redirect_uri: default_redirect_uri.filter(|text| !text.is_empty()).map(uri).transpose()?,
        providers: providers
            .unwrap_or_default()
            .iter()
            .map(|name| parse(name, "provider name"))
            .collect::<Result<_, _>>()?,
        codes,
    })
}

fn uris(given: Option<&[String]>) -> Result<Vec<RedirectUri>, Failure> {
    given.unwrap_or_default().iter().map(|text| uri(text)).collect()
}

fn uri(text: &str) -> Result<RedirectUri, Failure> {
    text.parse().map_err(|problem| Error::from(Invalid::RedirectUri(problem)).into())
}

/// The flows as `AllowedOAuthFlows` lists them.
pub(super) fn flows(settings: &OAuthSettings) -> Option<Vec<String>> {
    non_empty(settings.flows.iter().map(|flow| flow.name().to_owned()).collect())
}
