use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity_kernel::secret::SecretString;
use userpool_core::UserPools;
use userpool_core::ops::account::Authenticated;

/// Extracts whoever holds the access token in `Authorization: Bearer` (RFC 6750 §2.1), checked against the directory.
///
/// ```
/// use cenote::prelude::*;
///
/// async fn whoami(Bearer(me): Bearer) -> String {
///     format!("you are {}", me.user.username)
/// }
/// # let _ = whoami;
/// ```
#[derive(Clone, Debug)]
pub struct Bearer(pub Authenticated);

/// No good token: 401 with `WWW-Authenticate` (RFC 6750 §3). Why is not said.
#[derive(Clone, Copy, Debug)]
pub struct Unauthorized;

impl IntoResponse for Unauthorized {
    fn into_response(self) -> Response {
        (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")]).into_response()
    }
}

impl<S> FromRequestParts<S> for Bearer
where
    S: Send + Sync,
    Arc<UserPools>: FromRef<S>,
{
    type Rejection = Unauthorized;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Unauthorized> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).ok_or(Unauthorized)?;
        let users = Arc::<UserPools>::from_ref(state);
        users.authenticate(&SecretString::from(token)).await.map(Self).map_err(|_| Unauthorized)
    }
}
