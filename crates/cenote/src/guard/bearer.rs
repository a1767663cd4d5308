use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use userpool_core::ops::account::Authenticated;

use super::{Guard, Rejection};

/// Extracts whoever holds the access token of a request, as the [`Guard`] in the state sees it.
///
/// As `Option<Bearer>` a request without a token passes as a guest's; one with a bad token does not.
#[derive(Clone, Debug)]
pub struct Bearer(pub Authenticated);

impl<S> FromRequestParts<S> for Bearer
where
    S: Send + Sync,
    Guard: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        Guard::from_ref(state).authenticate(&parts.headers).await.map(Self)
    }
}

impl<S> OptionalFromRequestParts<S> for Bearer
where
    S: Send + Sync,
    Guard: FromRef<S>,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        match Guard::from_ref(state).authenticate(&parts.headers).await {
            Ok(caller) => Ok(Some(Self(caller))),
            Err(Rejection::Missing) => Ok(None),
            Err(rejection) => Err(rejection),
        }
    }
}
