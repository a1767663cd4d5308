//! `GET` and `POST /oauth2/authorize` (RFC 6749 §3.1).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::request::Parts as Head;
use axum::response::Response;
use userpool_core::ops::oauth::{Decision, SignedIn};

use crate::Parts;
use crate::context::Call;
use crate::cookies::Cookie;
use crate::federation::{self, Wanted, wanted};
use crate::pages::go;
use crate::parameters::{Malformed, Parameters};
use crate::refusals::{no_such_pool, twice, unanswerable};

pub(crate) async fn get(State(parts): State<Arc<Parts>>, Path(pool): Path<String>, head: Head) -> Response {
    let asked = Parameters::read(head.uri.query().unwrap_or_default().as_bytes());
    answer(&parts, &pool, &head, asked).await
}

/// OpenID Connect Core §3.1.2.1 wants it; the parameters stand in the form.
pub(crate) async fn post(
    State(parts): State<Arc<Parts>>,
    Path(pool): Path<String>,
    head: Head,
    body: Bytes,
) -> Response {
    let asked = Parameters::of_form(&head.headers, &body);
    answer(&parts, &pool, &head, asked).await
}

async fn answer(parts: &Parts, pool: &str, head: &Head, asked: Result<Parameters, Malformed>) -> Response {
    let Some(call) = Call::of(parts, pool, head) else { return no_such_pool() };
    let Ok(asked) = asked else { return twice() };
    let authorization = match call.users.begin_authorization(&call.pool, &asked.authorization()).await {
        Ok(authorization) => authorization,
        Err(refused) => return unanswerable(refused),
    };
    let wanted = match wanted(&call, &authorization, &asked).await {
        Ok(wanted) => wanted,
        Err(error) => return go(&call.users.decline_authorization(&authorization, &error)),
    };
    if let (Wanted::Named(name), false) = (&wanted, authorization.is_silent()) {
        return federation::begin(parts, &call, head, &authorization, (name, &asked)).await;
    }
    let browser = Cookie::SignIn.read(&call, &head.headers);
    match call.users.decide_authorization(&authorization, browser.as_ref(), SignedIn::Before).await {
        Ok(Decision::Answer(location)) => go(&location),
        Ok(Decision::SignIn) if let Wanted::Only(name) = &wanted => {
            federation::begin(parts, &call, head, &authorization, (name, &asked)).await
        }
        // Named from here: what this server is called, no request says.
        Ok(Decision::SignIn) => go(&format!("../login?{}", asked.query())),
        Err(refused) => unanswerable(refused),
    }
}
