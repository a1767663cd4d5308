#![doc = include_str!("../README.md")]

mod answers;
mod authorize;
mod context;
mod cookies;
mod federation;
mod hosts;
mod html;
mod introspect;
mod leave;
mod login;
mod login_steps;
mod logout;
mod metadata;
mod outside;
mod pages;
mod parameters;
mod refusals;
mod revoke;
mod token;
mod user_info;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};
use identity_kernel::entropy::Entropy;
use userpool_core::UserPools;

pub use context::Peer;
pub use hosts::{Hosts, by_host};
pub use outside::Outside;

/// What is served.
#[derive(Clone)]
pub struct Parts {
    /// The user pools.
    pub user_pools: Arc<UserPools>,
    /// Where randomness comes from.
    pub entropy: Arc<dyn Entropy>,
    /// Under which URL this is reached, without a slash at its end. Cookies are for `https` alone where it says so.
    pub public_url: String,
    /// The way to outside providers; `None` where nobody signs in through any.
    pub outside: Option<Outside>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

/// The largest request body, in bytes: 64 KiB.
pub const LARGEST_BODY: usize = 64 * 1024;

/// The routes, ready to be served or mounted beside those of the AWS protocols.
pub fn router(parts: Parts) -> Router {
    Router::new()
        .route("/{pool}/oauth2/authorize", get(authorize::get).post(authorize::post))
        .route("/{pool}/oauth2/idpresponse", get(federation::get))
        .route("/{pool}/oauth2/token", post(token::post).options(answers::preflight))
        .route("/{pool}/oauth2/userInfo", get(user_info::get).post(user_info::post).options(answers::preflight))
        .route("/{pool}/oauth2/revoke", post(revoke::post).options(answers::preflight))
        .route("/{pool}/oauth2/introspect", post(introspect::post))
        .route("/{pool}/login", get(login::get).post(login::post))
        .route("/{pool}/logout", get(logout::get))
        .route("/{pool}/pages/login.css", get(pages::style))
        .route("/.well-known/oauth-authorization-server/{pool}", get(metadata::get))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(map_response(no_sniffing))
        .with_state(Arc::new(parts))
}

/// No browser guesses what an answer is.
async fn no_sniffing(mut response: Response) -> Response {
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
