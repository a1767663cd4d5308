//! Signing in through outside providers: `identity_provider` and `idp_identifier` at the authorization endpoint, and
//! `GET /oauth2/idpresponse`, where providers send browsers back to.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::request::Parts as Head;
use axum::http::{StatusCode, header};
use axum::response::Response;
use identity_kernel::secret::SecretString;
use login_providers::relying_party::{AuthorizationRequest, Callback, Expected, RelyingPartyError};
use tracing::warn;
use userpool_core::model::federated_login::FederatedLogin;
use userpool_core::model::identity_provider::OWN_PROVIDER;
use userpool_core::model::ids::ProviderName;
use userpool_core::ops::oauth::{Authorization, FederationReturned, OAuthCode, OAuthError, Refused};
use userpool_core::ops::sign_in::AuthOutcome;

use crate::Parts;
use crate::answers::note;
use crate::context::Call;
use crate::cookies::Cookie;
use crate::hosts::ByDomain;
use crate::leave::leave;
use crate::outside::{Outside, Unasked};
use crate::pages::{go, wrong};
use crate::parameters::{NAMING, Parameters};
use crate::refusals::{no_such_pool, twice, unanswerable};

/// Which provider a request is for.
pub(crate) enum Wanted {
    /// None: the pool's own page.
    Page,
    /// This one, since the request names it.
    Named(ProviderName),
    /// This one, since the client lists no other, and not the pool.
    Only(ProviderName),
}

/// Which provider the request is for.
pub(crate) async fn wanted(
    call: &Call,
    authorization: &Authorization,
    asked: &Parameters,
) -> Result<Wanted, OAuthError> {
    let unknown = || refused("there is no such provider");
    if let Some(name) = asked.get("identity_provider") {
        let page = name == OWN_PROVIDER;
        return if page { Ok(Wanted::Page) } else { Ok(Wanted::Named(name.parse().map_err(|_| unknown())?)) };
    }
    if let Some(identifier) = asked.get("idp_identifier") {
        let identifier = identifier.parse().map_err(|_| unknown())?;
        let found = call.users.identity_provider_by_identifier(&call.pool, &identifier).await;
        return Ok(Wanted::Named(found.map_err(|_| unknown())?.provider.name));
    }
    Ok(match authorization.client().settings.oauth.providers.as_slice() {
        [only] if only.as_str() != OWN_PROVIDER => Wanted::Only(only.clone()),
        _ => Wanted::Page,
    })
}

/// Sends the browser to a provider.
pub(crate) async fn begin(
    parts: &Parts,
    call: &Call,
    head: &Head,
    authorization: &Authorization,
    (name, asked): (&ProviderName, &Parameters),
) -> Response {
    // Providers send back to one address, where the browser must find its cookie.
    if head.extensions.get::<ByDomain>().is_some() {
        return go(&format!("{}/{}/oauth2/authorize?{}", parts.public_url, call.pool, asked.query()));
    }
    match away(parts, call, authorization, (name, asked)).await {
        Ok((location, cookie)) => {
            let mut response = go(&location);
            if let Some(cookie) = Cookie::Federation.set(call, &cookie) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(error) => declined(call, authorization, &error),
    }
}

async fn away(
    parts: &Parts,
    call: &Call,
    authorization: &Authorization,
    (name, asked): (&ProviderName, &Parameters),
) -> Result<(String, SecretString), OAuthError> {
    let outside = parts.outside.as_ref().ok_or(UNREACHABLE)?;
    let begun = call.users.begin_federation(authorization, name, &asked.without(&NAMING).query()).await?;
    let party = outside.party(&begun.provider).await.map_err(unasked)?;
    let scope = begun.provider.provider.details.get("authorize_scopes").map_or("openid", String::as_str);
    let url = party.authorize(&AuthorizationRequest {
        redirect_uri: &redirect_uri(parts, call),
        scope,
        state: &begun.state,
        nonce: &begun.nonce,
        code_challenge: &begun.code_challenge,
        login_hint: authorization.login_hint(),
        prompt: None,
    });
    Ok((url.to_string(), begun.kept))
}

/// `GET /oauth2/idpresponse`.
pub(crate) async fn get(State(parts): State<Arc<Parts>>, Path(pool): Path<String>, head: Head) -> Response {
    let Some(call) = Call::of(&parts, &pool, &head) else { return no_such_pool() };
    let Ok(answer) = Parameters::read(head.uri.query().unwrap_or_default().as_bytes()) else { return twice() };
    let (returned, authorization) = match resume(&call, &head, &answer).await {
        Ok(resumed) => resumed,
        Err(response) => return forgetting(&call, response),
    };
    let response = match finish(&parts, &call, (&authorization, &returned), &answer).await {
        Ok(browser) => leave(&call, &head, &authorization, &browser).await,
        Err(error) => declined(&call, &authorization, &error),
    };
    forgetting(&call, response)
}

/// What this browser was sent away with, once, and the client's request.
async fn resume(
    call: &Call,
    head: &Head,
    answer: &Parameters,
) -> Result<(FederationReturned, Authorization), Response> {
    let lost = || {
        let what =
            "Signing in took too long, or was begun in another browser. Go back to the application and try again.";
        wrong(StatusCode::BAD_REQUEST, what)
    };
    let kept = Cookie::Federation.read(call, &head.headers).ok_or_else(lost)?;
    let state = answer.get("state").unwrap_or_default();
    let returned = call.users.resume_federation(&call.pool, &kept, state).await.map_err(|error| {
        note(&error);
        lost()
    })?;
    let asked = Parameters::read(returned.request.as_bytes()).map_err(|_| twice())?;
    let authorization = call.users.begin_authorization(&call.pool, &asked.authorization()).await;
    Ok((returned, authorization.map_err(unanswerable)?))
}

/// Signs in whoever the provider says it is.
async fn finish(
    parts: &Parts,
    call: &Call,
    (authorization, returned): (&Authorization, &FederationReturned),
    answer: &Parameters,
) -> Result<SecretString, OAuthError> {
    if answer.get("error").is_some() {
        let declined = Refused::new(OAuthCode::AccessDenied, "the user was not signed in at the provider");
        return Err(OAuthError::Refused(declined));
    }
    let outside = parts.outside.as_ref().ok_or(UNREACHABLE)?;
    let code = SecretString::from(answer.get("code").ok_or_else(|| refused("the provider has sent no code"))?);
    let claims = redeemed(outside, (&redirect_uri(parts, call), returned), &code, answer.get("iss")).await?;
    let login = FederatedLogin::from_claims(returned.provider.provider.name.clone(), &claims);
    match call.users.sign_in_federated(&authorization.client().id, &login).await {
        Ok(AuthOutcome::AtPage(browser)) => Ok(browser.0),
        Ok(_) => Err(refused("the sign-in cannot go on")),
        Err(userpool_core::Error::InvalidParameter(reason)) => {
            warn!(provider = %login.provider, reason = %reason, "what a provider says does not suit the pool");
            Err(refused("what the provider says does not suit the user pool"))
        }
        Err(error) => Err(error.into()),
    }
}

async fn redeemed(
    outside: &Outside,
    (redirect_uri, returned): (&str, &FederationReturned),
    code: &SecretString,
    issuer: Option<&str>,
) -> Result<serde_json::Map<String, serde_json::Value>, OAuthError> {
    let party = outside.party(&returned.provider).await.map_err(unasked)?;
    let expected = Expected { redirect_uri, nonce: &returned.nonce, code_verifier: &returned.code_verifier };
    party.redeem(Callback { code, issuer }, expected, outside.now()).await.map_err(|error| failed(&error))
}

/// Back to the client, with the error.
fn declined(call: &Call, authorization: &Authorization, error: &OAuthError) -> Response {
    note(error);
    go(&call.users.decline_authorization(authorization, error))
}

fn forgetting(call: &Call, mut response: Response) -> Response {
    if let Some(forget) = Cookie::Federation.forget(call) {
        response.headers_mut().append(header::SET_COOKIE, forget);
    }
    response
}

fn redirect_uri(parts: &Parts, call: &Call) -> String {
    format!("{}/{}/oauth2/idpresponse", parts.public_url, call.pool)
}

const UNREACHABLE: OAuthError =
    OAuthError::Refused(Refused::new(OAuthCode::InvalidRequest, "the provider cannot be reached"));

fn refused(description: &'static str) -> OAuthError {
    OAuthError::Refused(Refused::new(OAuthCode::InvalidRequest, description))
}

fn unasked(why: Unasked) -> OAuthError {
    match why {
        Unasked::Kind => refused("signing in through providers of this kind is not built yet"),
        Unasked::Failed(error) => failed(&error),
    }
}

/// What the client is told; the operator is told why.
fn failed(error: &RelyingPartyError) -> OAuthError {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    warn!(error = %error, because = cause, "a sign-in at an outside provider came to nothing");
    match error {
        RelyingPartyError::Unreachable(_) => UNREACHABLE,
        _ => refused("the provider's answer cannot be taken"),
    }
}
