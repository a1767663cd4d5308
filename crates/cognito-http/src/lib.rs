#![doc = include_str!("../README.md")]

mod authentication;
mod authorization;
mod call;
mod cross_origin;
mod discovery;
mod dispatch;
mod entry;
mod error;
mod iam;
mod iam_saml;
mod identity_pools;
mod limits;
mod page_token;
mod peer;
mod replay;
mod reply;
mod role_sentences;
mod sentences;
mod sts;
mod table;
mod user_pools;
mod xml;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post, put};
use credential_vending::CredentialVending;
use identity_federation::IdentityPools;
use identity_kernel::entropy::Entropy;
use identity_kernel::sealing::MasterKey;
use identity_kernel::time::Clock;
use tower_http::catch_panic::CatchPanicLayer;
use userpool_core::UserPools;

use call::Services;
pub use cross_origin::{CrossOrigin, Origins};
use dispatch::FrontEnd;
use entry::Entry;
pub use limits::RequestLimits;
use page_token::PageTokens;
pub use peer::Peer;
use replay::ReplayMemory;
pub use table::OperationState;
use table::Table;
use user_pools::{confirm_page, feedback_page, pages};

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
    /// What an operator chooses.
    pub options: Options,
    /// How far a signature's time may lie from now, in seconds: 300, or 900 as on AWS.
    pub signature_skew_seconds: i64,
}

/// What an operator chooses of the front end.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Options {
    /// Which web pages may call.
    pub cross_origin: CrossOrigin,
    /// Whether a signed call that changes something is taken once only, by each node, while its signature lives. Off by
    /// default, as on AWS: two equal calls within one second have one signature, and the second is refused.
    pub refuse_replays: bool,
    /// Whether requests are limited by category. Off by default.
    pub request_limits: RequestLimits,
    /// Under which URL the front end is reached, without a slash at its end: files are uploaded below it. Without one it is the
    /// base of the pools' issuers.
    pub public_url: Option<String>,
}

/// The largest request body, in bytes: 2 MiB. A larger one is answered with 413 before it is read.
pub const LARGEST_BODY: usize = 2 * 1024 * 1024;

/// The routes of the front end, ready to be served or mounted.
pub fn router(parts: Parts) -> Router {
    let cors = parts.options.cross_origin.layer();
    let services = Services {
        user_pools: parts.user_pools,
        identity_pools: parts.identity_pools,
        vending: parts.vending,
        skew_seconds: parts.signature_skew_seconds,
        page_tokens: PageTokens::new(parts.page_token_key),
        replays: parts.options.refuse_replays.then(ReplayMemory::default),
        limits: limits::Limits::new(parts.options.request_limits),
        clock: parts.clock,
        entropy: parts.entropy,
        public_url: parts.options.public_url,
    };
    let front_end = FrontEnd { services: Arc::new(services), table: Arc::new(built()) };
    Router::new()
        .route("/", post(dispatch::post))
        .route("/imports/{pool}/{job}", put(user_pools::imports::upload))
        .route("/{pool}/confirmUser", get(confirm_page::page).post(confirm_page::confirm))
        .route("/{pool}/feedback", get(feedback_page::page).post(feedback_page::say))
        .route("/pages/confirm.js", get(pages::script))
        .route("/pages/confirm.css", get(pages::style))
        .route("/{pool}/.well-known/jwks.json", get(discovery::key_set))
        .route("/{pool}/.well-known/openid-configuration", get(discovery::configuration))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(CatchPanicLayer::custom(dispatch::panicked))
        .layer(cors)
        .layer(map_response(no_sniffing))
        .with_state(front_end)
}

/// No browser guesses what an answer is.
async fn no_sniffing(mut response: Response) -> Response {
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
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
    [user_pools::entries(), identity_pools::entries(), sts::entries(), iam::entries(), iam_saml::entries()]
        .into_iter()
        .flatten()
        .collect()
}
