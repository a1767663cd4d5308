//! The AWS wire protocols over Cenote's services.
//!
//! `POST /` serves user pools and identity pools by `X-Amz-Target` (AWS JSON 1.1), STS and IAM by form `Action` (Query).
//! Each operation is one call of one domain method: the same that an embedder calls. Administrators' calls are
//! authenticated by SigV4 and authorised by policy. `GET /{pool}/.well-known/jwks.json` and `openid-configuration` serve
//! each pool's keys.

mod authentication;
mod authorization;
mod call;
mod discovery;
mod dispatch;
mod entry;
mod error;
mod iam;
mod identity_pools;
mod page_token;
mod peer;
mod reply;
mod sentences;
mod sts;
mod table;
mod user_pools;
mod xml;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, Method};
use axum::routing::{get, post};
use credential_vending::CredentialVending;
use identity_federation::IdentityPools;
use identity_kernel::entropy::Entropy;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::Clock;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{AllowHeaders, Any, CorsLayer};
use userpool_core::UserPools;

use call::Services;
use dispatch::FrontEnd;
use entry::Entry;
use page_token::PageTokens;
pub use peer::Peer;
pub use table::OperationState;
use table::Table;

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
    /// What pagination tokens are sealed under: the same on every node, so that a listing goes on at any of them.
    pub page_token_key: MasterKey,
    /// How far a signature's time may lie from now, in seconds: 300, or 900 as on AWS.
    pub signature_skew_seconds: i64,
}

/// The largest request body, in bytes: 2 MiB. A larger one is answered with 413 before it is read.
pub const LARGEST_BODY: usize = 2 * 1024 * 1024;

/// The routes of the front end, ready to be served or mounted.
pub fn router(parts: Parts) -> Router {
    let services = Services {
        user_pools: parts.user_pools,
        identity_pools: parts.identity_pools,
        vending: parts.vending,
        skew_seconds: parts.signature_skew_seconds,
        page_tokens: PageTokens::new(parts.page_token_key),
        clock: parts.clock,
        entropy: parts.entropy,
    };
    let front_end = FrontEnd { services: Arc::new(services), table: Arc::new(built()) };
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
        .with_state(front_end)
}

/// The state of every operation, from the table that serves them.
pub fn coverage() -> Vec<OperationState> {
    built().states()
}

fn built() -> Table {
    Table::of(entries())
}

/// What is built, service by service.
fn entries() -> Vec<Entry> {
    [user_pools::entries(), identity_pools::entries(), sts::entries(), iam::entries()].into_iter().flatten().collect()
}
