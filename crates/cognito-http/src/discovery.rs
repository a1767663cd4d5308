//! Each pool's key set and discovery document, for whoever checks its tokens.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity_federation::model::ids::IdentityPoolId;
use jwt_tokens::JwkSet;
use serde_json::{Value, json};
use userpool_core::model::ids::UserPoolId;

use crate::call::Services;
use crate::dispatch::FrontEnd;

/// How long a key set may be kept: five minutes.
const CACHE: &str = "public, max-age=300";

/// `GET /{pool}/.well-known/jwks.json`, for user pools and identity pools alike.
pub(crate) async fn key_set(State(front_end): State<FrontEnd>, Path(pool): Path<String>) -> Response {
    match find(&front_end.services, &pool).await {
        Some((_, keys)) => ([(header::CACHE_CONTROL, CACHE)], Json(keys)).into_response(),
        None => not_found(),
    }
}

/// `GET /{pool}/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §3). The issuer is the configured one,
/// whatever `Host` says.
pub(crate) async fn configuration(State(front_end): State<FrontEnd>, Path(pool): Path<String>) -> Response {
    let Some((issuer, keys)) = find(&front_end.services, &pool).await else { return not_found() };
    let algorithms: Vec<Value> =
        keys.keys.iter().filter_map(|key| serde_json::to_value(key.common.key_algorithm?).ok()).collect();
    let document = json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "subject_types_supported": ["public"],
        "response_types_supported": ["code", "token"],
        "id_token_signing_alg_values_supported": algorithms,
    });
    ([(header::CACHE_CONTROL, CACHE)], Json(document)).into_response()
}

async fn find(services: &Services, pool: &str) -> Option<(String, JwkSet)> {
    if let Ok(id) = pool.parse::<UserPoolId>() {
        let keys = services.user_pools.key_set(&id).await.ok()?;
        return Some((services.user_pools.issuer(&id), keys));
    }
    let id: IdentityPoolId = pool.parse().ok()?;
    let keys = services.identity_pools.key_set(&id).await.ok()?;
    Some((services.identity_pools.issuer(&id), keys))
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({"message": "There is no such pool."}))).into_response()
}
