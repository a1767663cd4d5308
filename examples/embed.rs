//! Sign-up, sign-in and a protected route in a service of your own: no AWS protocol, no second process.
//! `cargo run --package cenote-examples --example embed`, then for instance
//! `curl -d '{"username": "ada", "password": "correct horse battery", "email": "ada@example.com"}' -H 'content-type:
//! application/json' localhost:3000/sign-up`

use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use cenote::adapters::FileOutbox;
use cenote::prelude::*;
use cenote::userpool::model::client::ClientSettings;
use cenote::userpool::model::ids::ClientId;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Clone, FromRef)]
struct App {
    users: Arc<UserPools>,
    client: ClientId,
    guard: Guard,
}

#[derive(Deserialize)]
struct Form {
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    code: String,
}

type Answer = Result<Json<Value>, (StatusCode, String)>;

#[allow(clippy::needless_pass_by_value, reason = "what map_err gives")]
fn refused(error: cenote::userpool::Error) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, error.to_string())
}

async fn sign_up(State(App { users, client, .. }): State<App>, Json(form): Json<Form>) -> Answer {
    let request = SignUp::new(client, form.username, form.password).attribute("email", form.email);
    let signed_up = users.sign_up(request).await.map_err(refused)?;
    Ok(Json(json!({"sub": signed_up.sub.as_str(), "code_sent": signed_up.delivery.is_some()})))
}

async fn confirm(State(App { users, client, .. }): State<App>, Json(form): Json<Form>) -> Answer {
    let request = ConfirmSignUp::new(client, form.username, form.code);
    users.confirm_sign_up(request).await.map_err(refused)?;
    Ok(Json(json!({"confirmed": true})))
}

async fn sign_in(State(App { users, client, .. }): State<App>, Json(form): Json<Form>) -> Answer {
    let flow = SignInFlow::UserPassword { username: form.username, password: form.password.into() };
    let request = InitiateAuth { client, caller: Caller::Public, secret_hash: None, flow };
    match users.initiate_auth(request).await.map_err(refused)? {
        AuthOutcome::Tokens(tokens) => Ok(Json(json!({"access_token": tokens.access_token.expose()}))),
        _ => Err((StatusCode::CONFLICT, "this user must first choose a password".to_owned())),
    }
}

async fn me(Bearer(me): Bearer) -> Json<Value> {
    Json(json!({"username": me.user.username.as_str(), "email": me.user.attributes.get("email")}))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let folder = std::path::PathBuf::from(std::env::var("DATA").unwrap_or_else(|_| "cenote-data".to_owned()));
    std::fs::create_dir_all(&folder)?;
    let outbox = Arc::new(FileOutbox::open(&folder.join("outbox.jsonl"))?);
    let cenote = Cenote::builder().data_folder(&folder)?.messenger(outbox).build().await?;

    // Opened by name: made at the first start, found at every later one.
    let verified = |pool: &mut CreateUserPool| {
        pool.settings.auto_verified.insert(Contact::Email);
    };
    let pool = cenote.ensure_user_pool("people", verified).await?.id;
    let with_password = |settings: &mut ClientSettings| {
        settings.allow(AllowedFlow::UserPassword);
    };
    let client = cenote.ensure_client(&pool, "app", with_password).await?.client.id;

    let users = Arc::clone(cenote.user_pools());
    let guard = Guard::new(&users, pool, [client.clone()]);
    let app = Router::new()
        .route("/sign-up", post(sign_up))
        .route("/confirm", post(confirm))
        .route("/sign-in", post(sign_in))
        .route("/me", get(me))
        .with_state(App { users, client, guard });
    let listener =
        tokio::net::TcpListener::bind(std::env::var("LISTEN").unwrap_or("127.0.0.1:3000".to_owned())).await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
