//! `GET /logout`: Cognito's parameters, and those of OpenID Connect RP-Initiated Logout 1.0.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::request::Parts as Head;
use axum::http::{StatusCode, header};
use axum::response::Response;
use userpool_core::ops::oauth::{AfterSignOut, OAuthError};

use crate::Parts;
use crate::answers::note;
use crate::context::Call;
use crate::cookies::Cookie;
use crate::pages::{go, page, wrong};
use crate::parameters::Parameters;
use crate::refusals::{no_such_pool, twice, unanswerable};

pub(crate) async fn get(State(parts): State<Arc<Parts>>, Path(pool): Path<String>, head: Head) -> Response {
    let Some(call) = Call::of(&parts, &pool, &head) else { return no_such_pool() };
    let Ok(asked) = Parameters::read(head.uri.query().unwrap_or_default().as_bytes()) else { return twice() };
    // Where the browser goes next is asked first: a wrong place signs nobody out.
    let response = match next(&call, &asked).await {
        Ok(response) => response,
        Err(refused) => return refused,
    };
    signed_out(&call, &head, response).await
}

async fn next(call: &Call, asked: &Parameters) -> Result<Response, Response> {
    let after = AfterSignOut {
        client_id: asked.owned("client_id"),
        logout_uri: asked.owned("logout_uri"),
        id_token_hint: asked.owned("id_token_hint"),
        post_logout_redirect_uri: asked.owned("post_logout_redirect_uri"),
        state: asked.owned("state"),
    };
    match call.users.after_sign_out(&call.pool, &after).await {
        Ok(Some(location)) => Ok(go(&location)),
        // Cognito's other form: out, and in again as somebody else.
        Ok(None) if asked.get("response_type").is_some() => {
            let again = call.users.begin_authorization(&call.pool, &asked.authorization()).await;
            again.map(|_| go(&format!("login?{}", asked.query()))).map_err(unanswerable)
        }
        Ok(None) if after.client_id.is_some() || after.id_token_hint.is_some() => {
            Ok(page(StatusCode::OK, "You have signed out", "<p>You can close this page.</p>\n", None))
        }
        Ok(None) => Err(wrong(StatusCode::BAD_REQUEST, "The application has not said where to go after signing out.")),
        Err(error @ OAuthError::Refused(_)) => {
            note(&error);
            Err(wrong(StatusCode::BAD_REQUEST, "The application has named a place that is none of its own."))
        }
        Err(error) => {
            note(&error);
            Err(wrong(StatusCode::SERVICE_UNAVAILABLE, "The service is unavailable. Try again later."))
        }
    }
}

async fn signed_out(call: &Call, head: &Head, mut response: Response) -> Response {
    if let Some(secret) = Cookie::SignIn.read(call, &head.headers)
        && let Err(error) = call.users.sign_out_browser(&call.pool, &secret).await
    {
        note(&OAuthError::from(error));
        return wrong(StatusCode::SERVICE_UNAVAILABLE, "The service is unavailable. Try again later.");
    }
    if let Some(forget) = Cookie::SignIn.forget(call) {
        response.headers_mut().append(header::SET_COOKIE, forget);
    }
    response
}
