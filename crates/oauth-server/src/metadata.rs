//! `GET /.well-known/oauth-authorization-server/{pool}` (RFC 8414 §3.1): the issuer's path stands behind the well-known name.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use userpool_core::model::ids::UserPoolId;

use crate::Parts;
use crate::answers::no_pool;

pub(crate) async fn get(State(parts): State<Arc<Parts>>, Path(pool): Path<String>) -> Response {
    let users = &parts.user_pools;
    let Ok(pool) = pool.parse::<UserPoolId>() else { return no_pool() };
    let (Ok(_), Some(mut document)) = (users.key_set(&pool).await, users.oauth_metadata(&pool)) else {
        return no_pool();
    };
    let issuer = users.issuer(&pool);
    document.insert("jwks_uri".to_owned(), json!(format!("{issuer}/.well-known/jwks.json")));
    document.insert("issuer".to_owned(), json!(issuer));
    let headers = [(header::CACHE_CONTROL, "public, max-age=300"), (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")];
    (headers, Json(Value::Object(document))).into_response()
}
