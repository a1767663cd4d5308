//! Back to the client, signed in.

use axum::http::request::Parts as Head;
use axum::http::{StatusCode, header};
use axum::response::Response;
use identity_kernel::secret::SecretString;
use userpool_core::ops::oauth::{Authorization, Decision, SignedIn};

use crate::context::Call;
use crate::cookies::Cookie;
use crate::pages::{go, wrong};
use crate::refusals::unanswerable;

/// Back to the client, signed in. A sign-in of before ends: whoever signs in anew has a new secret (line 74).
pub(crate) async fn leave(call: &Call, head: &Head, authorization: &Authorization, browser: &SecretString) -> Response {
    if let Some(before) = Cookie::SignIn.read(call, &head.headers)
        && let Err(error) = call.users.sign_out_browser(&call.pool, &before).await
    {
        tracing::warn!(error = %error, "a browser's sign-in of before could not be ended");
    }
    let decided = call.users.decide_authorization(authorization, Some(browser), SignedIn::JustNow).await;
    let mut response = match decided {
        Ok(Decision::Answer(location)) => go(&location),
        Ok(Decision::SignIn) => wrong(StatusCode::FORBIDDEN, "This sign-in is not enough for the application."),
        Err(refused) => unanswerable(refused),
    };
    // The cookie of forms goes with the sign-in that it led to: the next one is bound anew.
    let cookies = [Cookie::SignIn.set(call, browser), Cookie::Forms.forget(call)];
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}
