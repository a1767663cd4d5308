//! `POST /oauth2/token` (RFC 6749 §3.2).

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts as Head;
use axum::response::Response;
use serde_json::{Map, Value, json};
use userpool_core::ops::oauth::{Granting, OAuthCode, OAuthError, Redemption, Refused};

use crate::Parts;
use crate::answers::{Refusal, client, no_pool, refused, told};
use crate::context::Call;
use crate::parameters::Parameters;

pub(crate) async fn post(
    State(parts): State<Arc<Parts>>,
    Path(pool): Path<String>,
    head: Head,
    body: Bytes,
) -> Response {
    let Some(call) = Call::of(&parts, &pool, &head) else { return no_pool() };
    match grant(&call, &head, &body).await {
        Ok(granting) => told(StatusCode::OK, shape(granting)),
        Err(Refusal(error)) => refused(&error, &head.headers),
    }
}

async fn grant(call: &Call, head: &Head, body: &[u8]) -> Result<Granting, Refusal> {
    let form = Parameters::of_form(&head.headers, body)?;
    let client = client(&head.headers, &form)?;
    let needed = |name: &str, description| {
        let missing = OAuthError::Refused(Refused { code: OAuthCode::InvalidRequest, description });
        form.get(name).ok_or(missing)
    };
    let granting = match needed("grant_type", "grant_type is missing")? {
        "authorization_code" => {
            let redemption = Redemption {
                code: needed("code", "code is missing")?.into(),
                redirect_uri: form.owned("redirect_uri"),
                verifier: form.get("code_verifier").map(Into::into),
            };
            call.users.redeem_code(&call.pool, &client, &redemption).await?
        }
        "refresh_token" => {
            let token = needed("refresh_token", "refresh_token is missing")?.into();
            call.users.refresh_grant(&call.pool, &client, &token, form.get("scope")).await?
        }
        "client_credentials" => {
            let (scope, resource) = (form.get("scope"), form.owned("resource"));
            call.users.client_credentials(&call.pool, &client, scope, resource).await?
        }
        _ => {
            let (code, description) = (OAuthCode::UnsupportedGrantType, "this grant_type is not supported");
            return Err(OAuthError::Refused(Refused { code, description }).into());
        }
    };
    Ok(granting)
}

fn shape(granting: Granting) -> Value {
    let Granting { access_token, id_token, refresh_token, expires_in, scope } = granting;
    let mut shown = Map::from_iter([
        ("access_token".to_owned(), json!(access_token.expose())),
        ("token_type".to_owned(), json!("Bearer")),
        ("expires_in".to_owned(), json!(expires_in)),
        ("scope".to_owned(), json!(scope)),
    ]);
    shown.extend(id_token.map(|token| ("id_token".to_owned(), json!(token.expose()))));
    shown.extend(refresh_token.map(|token| ("refresh_token".to_owned(), json!(token.expose()))));
    Value::Object(shown)
}
