//! Protected routes: who passes, and what everybody else is answered.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod failing_store;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use cenote::kernel::sealing::MasterKey;
use cenote::memory::MemoryStore;
use cenote::prelude::*;
use cenote::userpool::model::ids::{ClientId, UserPoolId};
use failing_store::FailingStore;
use tower::ServiceExt as _;

const PASSWORD: &str = "correct horse battery";

struct Admins;

impl Group for Admins {
    const GROUP: &'static str = "admins";
}

struct Orders;

impl Scope for Orders {
    const SCOPE: &'static str = "orders/read";
}

struct SelfService;

impl Scope for SelfService {
    const SCOPE: &'static str = "aws.cognito.signin.user.admin";
}

async fn name(Bearer(me): Bearer) -> String {
    me.user.username.to_string()
}

async fn guest_or_name(me: Option<Bearer>) -> String {
    me.map_or_else(|| "guest".to_owned(), |Bearer(me)| me.user.username.to_string())
}

async fn admins(admin: RequireGroup<Admins>) -> String {
    admin.caller.user.username.to_string()
}

async fn orders(_: RequireScope<Orders>) -> &'static str {
    "orders"
}

async fn own(_: RequireScope<SelfService>) -> &'static str {
    "own"
}

struct World {
    cenote: Cenote,
    broken: Arc<AtomicBool>,
    pool: UserPoolId,
    client: ClientId,
    app: Router,
}

async fn world() -> World {
    let broken = Arc::new(AtomicBool::new(false));
    let store = Arc::new(FailingStore { inner: MemoryStore::new(), broken: Arc::clone(&broken) });
    let cenote = Cenote::builder().store(store, MasterKey::new([7; 32])).build().await.unwrap();
    let (pool, client) = pool(&cenote, "people").await;
    let app = Router::new()
        .route("/me", get(name))
        .route("/page", get(guest_or_name))
        .route("/admins", get(admins))
        .route("/orders", get(orders))
        .route("/own", get(own))
        .with_state(Guard::new(cenote.user_pools(), pool.clone(), [client.clone()]));
    World { cenote, broken, pool, client, app }
}

/// A pool with the user `ada`, and its client.
async fn pool(cenote: &Cenote, name: &str) -> (UserPoolId, ClientId) {
    let pool = cenote.ensure_user_pool(name, |_| {}).await.unwrap().id;
    let client = client(cenote, &pool, "app").await;
    let (username, attributes) = ("ada".to_owned(), Attributes::new());
    let sign_up =
        SignUp { client: client.clone(), secret_hash: None, username, password: Some(PASSWORD.into()), attributes };
    cenote.user_pools().sign_up(sign_up).await.unwrap();
    cenote.user_pools().admin_confirm_sign_up(&pool, "ada").await.unwrap();
    (pool, client)
}

async fn client(cenote: &Cenote, pool: &UserPoolId, name: &str) -> ClientId {
    let allow = |settings: &mut cenote::userpool::model::client::ClientSettings| {
        settings.allow(AllowedFlow::UserPassword);
    };
    cenote.ensure_client(pool, name, allow).await.unwrap().client.id
}

async fn token(cenote: &Cenote, client: &ClientId) -> String {
    let flow = SignInFlow::UserPassword { username: "ada".to_owned(), password: PASSWORD.into() };
    let request = InitiateAuth { client: client.clone(), caller: Caller::Public, secret_hash: None, flow };
    match cenote.user_pools().initiate_auth(request).await.unwrap() {
        AuthOutcome::Tokens(tokens) => tokens.access_token.expose().to_owned(),
        other => panic!("{other:?}"),
    }
}

impl World {
    async fn get(&self, path: &str, authorization: &[&str]) -> Response {
        let mut request = Request::get(path);
        for value in authorization {
            request = request.header(header::AUTHORIZATION, *value);
        }
        self.app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }
}

fn challenge(response: &Response) -> (StatusCode, &str) {
    let header = response.headers().get(header::WWW_AUTHENTICATE);
    (response.status(), header.map_or("", |value| value.to_str().unwrap()))
}

#[tokio::test]
async fn a_good_token_passes_whatever_the_case_of_the_scheme() {
    let w = world().await;
    let token = token(&w.cenote, &w.client).await;

    for scheme in ["Bearer", "bearer", "BEARER"] {
        let response = w.get("/me", &[&format!("{scheme} {token}")]).await;
        assert_eq!(response.status(), StatusCode::OK, "{scheme}");
    }
}

/// RFC 6750 §3.1.
#[tokio::test]
async fn without_a_token_the_challenge_carries_no_error_and_with_a_bad_one_invalid_token() {
    let w = world().await;
    let token = token(&w.cenote, &w.client).await;
    let good = format!("Bearer {token}");

    assert_eq!(challenge(&w.get("/me", &[]).await), (StatusCode::UNAUTHORIZED, "Bearer"));
    for bad in [&["Bearer x"][..], &["Basic YTpi"], &["Bearer"], &[&good, &good]] {
        let refused = w.get("/me", bad).await;
        assert_eq!(challenge(&refused), (StatusCode::UNAUTHORIZED, "Bearer error=\"invalid_token\""), "{bad:?}");
    }
}

#[tokio::test]
async fn tokens_of_another_pool_or_another_client_are_refused() {
    let w = world().await;
    let (_, elsewhere) = pool(&w.cenote, "others").await;
    let sibling = client(&w.cenote, &w.pool, "sibling").await;

    for client in [elsewhere, sibling] {
        let token = token(&w.cenote, &client).await;
        assert_eq!(w.get("/me", &[&format!("Bearer {token}")]).await.status(), StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn a_guard_of_any_client_takes_the_tokens_of_all_clients_of_its_pool_and_of_no_other() {
    let w = world().await;
    let (_, elsewhere) = pool(&w.cenote, "others").await;
    let sibling = client(&w.cenote, &w.pool, "sibling").await;
    let guard = Guard::any_client(w.cenote.user_pools(), w.pool.clone());
    let app = Router::new().route("/me", get(name)).with_state(guard);
    let ask = |token: String| {
        let request = Request::get("/me").header(header::AUTHORIZATION, format!("Bearer {token}"));
        app.clone().oneshot(request.body(Body::empty()).unwrap())
    };

    assert_eq!(ask(token(&w.cenote, &sibling).await).await.unwrap().status(), StatusCode::OK);
    assert_eq!(ask(token(&w.cenote, &elsewhere).await).await.unwrap().status(), StatusCode::UNAUTHORIZED);
}

/// A client that is told 401 throws its tokens away.
#[tokio::test]
async fn a_storage_that_fails_is_503_and_not_401() {
    let w = world().await;
    let good = format!("Bearer {}", token(&w.cenote, &w.client).await);
    w.broken.store(true, Ordering::SeqCst);

    let response = w.get("/me", &[&good]).await;

    assert_eq!(challenge(&response), (StatusCode::SERVICE_UNAVAILABLE, ""));
    assert!(response.headers().contains_key(header::RETRY_AFTER));
    assert_eq!(w.get("/page", &[&good]).await.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn an_optional_login_lets_guests_pass_but_no_bad_token() {
    let w = world().await;

    assert_eq!(w.get("/page", &[]).await.status(), StatusCode::OK);
    assert_eq!(w.get("/page", &["Bearer x"]).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_group_is_asked_of_the_directory_and_not_of_the_token() {
    let w = world().await;
    let good = format!("Bearer {}", token(&w.cenote, &w.client).await);
    let users = w.cenote.user_pools();
    let refused = w.get("/admins", &[&good]).await;
    assert_eq!(challenge(&refused), (StatusCode::FORBIDDEN, "Bearer error=\"insufficient_scope\""));

    let name = "admins".parse().unwrap();
    let group = GroupSpec { pool: w.pool.clone(), name, description: None, role_arn: None, precedence: None };
    users.create_group(group).await.unwrap();
    users.admin_add_user_to_group(&w.pool, "ada", &"admins".parse().unwrap()).await.unwrap();

    assert_eq!(w.get("/admins", &[&good]).await.status(), StatusCode::OK);
    assert_eq!(w.get("/admins", &[]).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_member_of_a_group_that_was_deleted_is_none_of_a_later_one_of_that_name() {
    let w = world().await;
    let good = format!("Bearer {}", token(&w.cenote, &w.client).await);
    let users = w.cenote.user_pools();
    let spec = || GroupSpec::new(w.pool.clone(), "admins".parse().unwrap());
    let name = users.create_group(spec()).await.unwrap().name;
    users.admin_add_user_to_group(&w.pool, "ada", &name).await.unwrap();
    assert_eq!(w.get("/admins", &[&good]).await.status(), StatusCode::OK);

    users.delete_group(&w.pool, &name).await.unwrap();
    assert_eq!(w.get("/admins", &[&good]).await.status(), StatusCode::FORBIDDEN);
    users.create_group(spec()).await.unwrap();

    assert_eq!(w.get("/admins", &[&good]).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_scope_that_was_not_granted_is_403_and_named() {
    let w = world().await;
    let good = format!("Bearer {}", token(&w.cenote, &w.client).await);

    let refused = w.get("/orders", &[&good]).await;

    let wanted = "Bearer error=\"insufficient_scope\", scope=\"orders/read\"";
    assert_eq!(challenge(&refused), (StatusCode::FORBIDDEN, wanted));
    assert_eq!(w.get("/own", &[&good]).await.status(), StatusCode::OK);
}
