//! What a browser is shown that cannot be served.

use axum::http::StatusCode;
use axum::response::Response;
use userpool_core::ops::oauth::{OAuthError, Unanswerable};

use crate::answers::note;
use crate::pages::{go, wrong};

pub(crate) fn no_such_pool() -> Response {
    wrong(StatusCode::NOT_FOUND, "There is no such place to sign in.")
}

pub(crate) fn twice() -> Response {
    wrong(StatusCode::BAD_REQUEST, "The application has sent something twice. Go back to it and try again.")
}

/// A request that gets no answer of its own: to the client with the error, or, where there is none to send to, to nobody.
pub(crate) fn unanswerable(refused: Unanswerable) -> Response {
    let Unanswerable { to, error } = refused;
    note(&error);
    if let Some(location) = to {
        return go(&location);
    }
    match error {
        OAuthError::Refused(refused) => {
            let what = format!("The application's request cannot be taken: {}.", refused.description);
            wrong(StatusCode::BAD_REQUEST, &what)
        }
        OAuthError::TooMany(_) => wrong(StatusCode::TOO_MANY_REQUESTS, "Too much at once. Try again later."),
        _ => wrong(StatusCode::SERVICE_UNAVAILABLE, "The service is unavailable. Try again later."),
    }
}
