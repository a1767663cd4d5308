//! The AWS wire protocols over Cenote's services.
//!
//! `POST /` serves user pools and identity pools by `X-Amz-Target` (AWS JSON 1.1), STS and IAM by form `Action` (Query).
//! Each operation is one call of one domain method: the same that an embedder calls. Administrators' calls are
//! authenticated by SigV4 and authorised by policy. `GET /{pool}/.well-known/jwks.json` and `openid-configuration` serve
//! each pool's keys.

mod call;
mod discovery;
mod dispatch;
mod error;
mod iam;
mod identity_pools;
mod sentences;
mod sts;
mod table;
mod user_pools;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, Method};
use axum::routing::{get, post};
use credential_vending::CredentialVending;
use identity_federation::IdentityPools;
use identity_kernel::entropy::Entropy;
use identity_kernel::time::Clock;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use userpool_core::UserPools;

pub use call::Services;
pub use table::{OperationState, coverage};

/// What the front end serves.
pub struct Parts {
    /// Who you are.
    pub user_pools: Arc<UserPools>,
    /// What you may do.
    pub identity_pools: Arc<IdentityPools>,
    /// Roles, operators' keys, vended credentials.
    pub vending: Arc<CredentialVending>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where request ids come from.
    pub entropy: Arc<dyn Entropy>,
    /// How far a signature's time may lie from now, in seconds: 300, or 900 as on AWS.
    pub signature_skew_seconds: i64,
}

/// The largest request body, in bytes: 2 MiB. A larger one is answered with 413 before it is read.
pub const LARGEST_BODY: usize = 2 * 1024 * 1024;

/// The routes of the front end, ready to be served or mounted.
pub fn router(parts: Parts) -> Router {
    let services = Arc::new(Services::new(parts));
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::POST, Method::OPTIONS])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(["x-amzn-errortype", "x-amzn-requestid", "x-amz-date"].map(HeaderName::from_static));
    Router::new()
        .route("/", post(dispatch::post))
        .route("/{pool}/.well-known/jwks.json", get(discovery::key_set))
        .route("/{pool}/.well-known/openid-configuration", get(discovery::configuration))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(CatchPanicLayer::custom(dispatch::panicked))
        .layer(cors)
        .with_state(services)
}
