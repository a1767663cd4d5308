//! `GET` and `POST /login`: the page where users sign in. What the client asks for stands in the page's query, as it stood at
//! the authorization endpoint, and is judged anew at every step.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::request::Parts as Head;
use axum::http::{StatusCode, header};
use axum::response::Response;
use userpool_core::model::identity_provider::OWN_PROVIDER;
use userpool_core::model::ids::ProviderName;
use userpool_core::ops::oauth::Authorization;
use userpool_core::ops::sign_in::AuthOutcome;

use crate::Parts;
use crate::context::Call;
use crate::cookies::{Cookie, form_token, is_own_form, new_forms_secret};
use crate::html::Text;
use crate::leave::leave;
use crate::login_steps::{Step, said};
use crate::pages::{page, wrong};
use crate::parameters::{NAMING, Parameters};
use crate::refusals::{no_such_pool, twice, unanswerable};

pub(crate) async fn get(State(parts): State<Arc<Parts>>, Path(pool): Path<String>, head: Head) -> Response {
    let Some(call) = Call::of(&parts, &pool, &head) else { return no_such_pool() };
    match authorization(&call, &head).await {
        Ok(authorization) => {
            let name = authorization.login_hint().unwrap_or_default().to_owned();
            show(&parts, &call, &head, &authorization, &Step::Password { name }, None)
        }
        Err(refused) => refused,
    }
}

pub(crate) async fn post(
    State(parts): State<Arc<Parts>>,
    Path(pool): Path<String>,
    head: Head,
    body: Bytes,
) -> Response {
    let Some(call) = Call::of(&parts, &pool, &head) else { return no_such_pool() };
    let Ok(form) = Parameters::of_form(&head.headers, &body) else { return twice() };
    let authorization = match authorization(&call, &head).await {
        Ok(authorization) => authorization,
        Err(refused) => return refused,
    };
    if !is_own_form(&call, &head.headers, form.get("csrf")) {
        let what = "This page was not shown to this browser, or it keeps no cookies. Go back to the application and try again.";
        return wrong(StatusCode::FORBIDDEN, what);
    }
    let Some(step) = Step::read(&form) else { return twice() };
    match step.answer(&call, &authorization, &form).await {
        Ok(AuthOutcome::AtPage(browser)) => leave(&call, &head, &authorization, &browser.0).await,
        Ok(outcome) => {
            let next = Step::of(outcome, form.get("username").unwrap_or_default());
            let unknown =
                "Signing in goes on with a step that this page does not know. Sign in through the application.";
            let problem = next.is_none().then_some(unknown);
            show(&parts, &call, &head, &authorization, &next.unwrap_or_else(Step::begin), problem)
        }
        Err(error) => {
            let (what, again) = said(&error);
            let next = if again { step } else { Step::begin() };
            show(&parts, &call, &head, &authorization, &next, Some(what))
        }
    }
}

async fn authorization(call: &Call, head: &Head) -> Result<Authorization, Response> {
    let asked = Parameters::read(head.uri.query().unwrap_or_default().as_bytes()).map_err(|_| twice())?;
    call.users.begin_authorization(&call.pool, &asked.authorization()).await.map_err(unanswerable)
}

/// The page of a step. A browser without the cookie that binds forms to it gets one.
fn show(
    parts: &Parts,
    call: &Call,
    head: &Head,
    authorization: &Authorization,
    step: &Step,
    problem: Option<&str>,
) -> Response {
    let kept = Cookie::Forms.read(call, &head.headers);
    let secret = kept.clone().unwrap_or_else(|| new_forms_secret(parts.entropy.as_ref()));
    let mut content = step.content(&form_token(call, &secret), problem);
    if matches!(step, Step::Password { .. }) {
        content += &providers(authorization, head);
    }
    let status = if problem.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let mut response = page(status, step.title(), &content, Some(authorization.leads_to()));
    if kept.is_none()
        && let Some(cookie) = Cookie::Forms.set(call, &secret)
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A way to each outside provider that the client lists.
fn providers(authorization: &Authorization, head: &Head) -> String {
    let asked = Parameters::read(head.uri.query().unwrap_or_default().as_bytes()).unwrap_or_default();
    let asked = asked.without(&NAMING).query();
    let outside = authorization.client().settings.oauth.providers.iter().filter(|name| name.as_str() != OWN_PROVIDER);
    let link = |name: &ProviderName| {
        let query = form_urlencoded::Serializer::new(asked.clone()).append_pair(NAMING[0], name.as_str()).finish();
        let (query, name) = (Text(&query).to_string(), Text(name.as_str()).to_string());
        format!("<li><a href=\"oauth2/authorize?{query}\">Sign in with {name}</a></li>\n")
    };
    let links: String = outside.map(link).collect();
    if links.is_empty() { links } else { format!("<ul>\n{links}</ul>\n") }
}
