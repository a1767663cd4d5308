//! Each pool's key set and discovery document, for whoever checks its tokens.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity_federation::Error as FederationError;
use identity_federation::model::ids::IdentityPoolId;
use jwt_tokens::JwkSet;
use serde_json::{Value, json};
use userpool_core::Error as UserPoolError;
use userpool_core::model::ids::UserPoolId;

use crate::call::Services;
use crate::dispatch::FrontEnd;
use crate::error::Failure;

/// How long a key set may be kept: five minutes.
const CACHE: &str = "public, max-age=300";

/// `GET /{pool}/.well-known/jwks.json`, for user pools and identity pools alike.
pub(crate) async fn key_set(State(front_end): State<FrontEnd>, Path(pool): Path<String>) -> Response {
    match find(&front_end.services, &pool).await {
        Ok((_, keys)) => ([(header::CACHE_CONTROL, CACHE)], Json(keys)).into_response(),
        Err(absent) => absent.into_response(),
    }
}

/// `GET /{pool}/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 §3). The issuer is the configured one,
/// whatever `Host` says.
pub(crate) async fn configuration(State(front_end): State<FrontEnd>, Path(pool): Path<String>) -> Response {
    let (issuer, keys) = match find(&front_end.services, &pool).await {
        Ok(found) => found,
        Err(absent) => return absent.into_response(),
    };
    let endpoints = pool.parse().ok().and_then(|pool: UserPoolId| front_end.services.user_pools.oauth_metadata(&pool));
    let algorithms: Vec<Value> =
        keys.keys.iter().filter_map(|key| serde_json::to_value(key.common.key_algorithm?).ok()).collect();
    let mut document = json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/.well-known/jwks.json"),
        "subject_types_supported": ["public"],
        "response_types_supported": ["code", "token"],
        "id_token_signing_alg_values_supported": algorithms,
    });
    if let (Some(members), Some(endpoints)) = (document.as_object_mut(), endpoints) {
        members.extend(endpoints);
    }
    ([(header::CACHE_CONTROL, CACHE)], Json(document)).into_response()
}

/// Why there are no keys to show.
#[derive(Debug, Eq, PartialEq)]
enum Absent {
    /// There is no such pool.
    NoPool,
    /// The pool cannot be looked up now: whoever caches keys keeps what it has, and asks again.
    Outage,
}

impl IntoResponse for Absent {
    fn into_response(self) -> Response {
        let (status, message) = match self {
            Self::NoPool => (StatusCode::NOT_FOUND, "There is no such pool."),
            Self::Outage => (StatusCode::SERVICE_UNAVAILABLE, "The service is unavailable; try again."),
        };
        (status, [(header::CACHE_CONTROL, "no-store")], Json(json!({"message": message}))).into_response()
    }
}

async fn find(services: &Services, pool: &str) -> Result<(String, JwkSet), Absent> {
    if let Ok(id) = pool.parse::<UserPoolId>() {
        let keys = services.user_pools.key_set(&id).await.map_err(|error| no_user_pool(&error))?;
        return Ok((services.user_pools.issuer(&id), keys));
    }
    let id: IdentityPoolId = pool.parse().map_err(|_| Absent::NoPool)?;
    if services.identity_pools.is_outbound_issuer(&id) {
        let issuer = services.identity_pools.outbound_issuer().ok_or(Absent::NoPool)?;
        let keys = services.identity_pools.outbound_key_set().await.map_err(|error| outage(&error))?;
        return Ok((issuer, keys));
    }
    let keys = services.identity_pools.key_set(&id).await.map_err(|error| no_identity_pool(&error))?;
    Ok((services.identity_pools.issuer(&id), keys))
}

fn no_user_pool(error: &UserPoolError) -> Absent {
    if matches!(error, UserPoolError::NotFound(_)) { Absent::NoPool } else { outage(error) }
}

fn no_identity_pool(error: &FederationError) -> Absent {
    if matches!(error, FederationError::NotFound(_)) { Absent::NoPool } else { outage(error) }
}

fn outage(error: &(dyn std::error::Error + 'static)) -> Absent {
    let _told = Failure::internal(error);
    Absent::Outage
}

#[cfg(test)]
mod tests {
    use document_store::error::StorageError;
    use identity_federation::Kind as NoSuch;
    use userpool_core::Kind;

    use super::*;

    #[test]
    fn a_pool_that_cannot_be_looked_up_is_not_a_pool_that_is_not_there() {
        let id: UserPoolId = "us-east-1_Ab3dEf9hJ".parse().unwrap();
        let down = || StorageError::unavailable("down");

        assert_eq!(no_user_pool(&UserPoolError::NotFound(Kind::Pool(id))), Absent::NoPool);
        assert_eq!(no_user_pool(&UserPoolError::from(down())), Absent::Outage);
        let id = "us-east-1:0a1b2c3d-1111-4222-8333-444455556666".parse().unwrap();
        assert_eq!(no_identity_pool(&FederationError::NotFound(NoSuch::Pool(id))), Absent::NoPool);
        assert_eq!(no_identity_pool(&FederationError::Storage(down())), Absent::Outage);
        assert_eq!(Absent::Outage.into_response().status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(Absent::NoPool.into_response().status(), StatusCode::NOT_FOUND);
    }
}
