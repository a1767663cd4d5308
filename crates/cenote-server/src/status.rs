//! What a load balancer, a verifier elsewhere, and somebody who is merely curious ask this server.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use cenote::Cenote;
use cenote::documents::page::PageRequest;

/// `GET /`, `/health` (the process answers), `/ready` (and the storage does), and the signed list of revocations.
pub(crate) fn router(cenote: Cenote) -> Router {
    Router::new()
        .route("/", get(about))
        .route("/health", get(|| async { "ok" }))
        .route("/_cenote/health", get(|| async { "ok" }))
        .route("/ready", get(ready))
        .route("/.well-known/cenote-revocations", get(revocations))
        .with_state(cenote)
}

async fn about() -> String {
    format!(
        "Cenote {}: user pools and identity pools over the protocols of Amazon Cognito.\n\n\
         AWS SDKs and the aws command call this address as their endpoint (POST /).\n\
         GET /health  GET /ready  GET /{{pool}}/.well-known/openid-configuration  GET /{{pool}}/.well-known/jwks.json\n\
         GET /.well-known/cenote-revocations\n",
        env!("CARGO_PKG_VERSION")
    )
}

async fn ready(State(cenote): State<Cenote>) -> Response {
    match cenote.vending().list_operator_keys(PageRequest { limit: 1, after: None }).await {
        Ok(_) => "ready".into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the storage does not answer").into_response()
        }
    }
}

/// The list that verifiers of temporary credentials poll. It is signed under the vending key, and names no secret.
async fn revocations(State(cenote): State<Cenote>) -> Response {
    match cenote.vending().signed_revocation_list().await {
        Ok(list) => ([(CONTENT_TYPE, "text/plain"), (CACHE_CONTROL, "no-store")], list).into_response(),
        Err(error) => {
            tracing::warn!(%error, "no list of revocations");
            (StatusCode::SERVICE_UNAVAILABLE, "the storage does not answer").into_response()
        }
    }
}
