//! Sign-ins one after the other in one thread, for a profiler that counts instructions: what a sign-in costs beside hashing.

use std::sync::Arc;

use cenote::adapters::{Argon2Hasher, HashingCost};
use cenote::kernel::sealing::MasterKey;
use cenote::prelude::*;
use cenote::sqlite::SqliteStore;
use cenote::tokens::Algorithm;
use cenote::userpool::model::ids::{ClientId, UserPoolId};
use cenote::{Cenote, sign_in_by_srp};
use http::{Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use serde_json::json;
use tower::ServiceExt as _;

use crate::hiding::Kept;

const PASSWORD: &str = "Correct-horse-1";

/// How a user signs in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Way {
    /// By password, hashed as cheaply as Argon2id can be.
    Password,
    /// By SRP; the client's part is in it.
    Srp,
    /// By password through the HTTP front end, without a connection.
    PasswordOverHttp,
}

/// Somebody who signs in so many times. Tokens are signed with ES256.
pub async fn run(kept: Kept, way: Way, sign_ins: usize) {
    let folder = tempfile::tempdir().unwrap();
    let builder = match kept {
        Kept::InMemory => Cenote::in_memory(),
        Kept::OnSqlite => {
            let store = SqliteStore::open(&folder.path().join("cenote.db")).unwrap();
            Cenote::builder().store(Arc::new(store), MasterKey::new([7; 32]))
        }
    };
    let cheap = HashingCost { memory_kib: 8, passes: 1 };
    let cenote = builder.hasher(Arc::new(Argon2Hasher::new(cheap, 1))).build().await.unwrap();
    let (pool, client) = somebody(&cenote).await;
    let router = cenote.aws_router();
    for _ in 0..sign_ins {
        match way {
            Way::Srp => {
                let outcome = sign_in_by_srp(&cenote, &pool, &client, "ada", &PASSWORD.into()).await.unwrap();
                assert!(matches!(outcome, AuthOutcome::Tokens(_)));
            }
            Way::Password => {
                let flow = SignInFlow::UserPassword { username: "ada".to_owned(), password: PASSWORD.into() };
                let request = InitiateAuth { client: client.clone(), caller: Caller::Public, secret_hash: None, flow };
                let outcome = cenote.user_pools().initiate_auth(request).await.unwrap();
                assert!(matches!(outcome, AuthOutcome::Tokens(_)));
            }
            Way::PasswordOverHttp => {
                let body = json!({"ClientId": client.as_str(), "AuthFlow": "USER_PASSWORD_AUTH",
                    "AuthParameters": {"USERNAME": "ada", "PASSWORD": PASSWORD}});
                let request = Request::post("/")
                    .header("content-type", "application/x-amz-json-1.1")
                    .header("x-amz-target", "AWSCognitoIdentityProviderService.InitiateAuth")
                    .body(Full::from(body.to_string()));
                let answer = router.clone().oneshot(request.unwrap().map(axum::body::Body::new)).await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK);
                answer.into_body().collect().await.unwrap();
            }
        }
    }
}

/// A pool with a client and a user who has signed up.
async fn somebody(cenote: &Cenote) -> (UserPoolId, ClientId) {
    let users = cenote.user_pools();
    let mut pool = CreateUserPool::named("people", users);
    pool.algorithm = Some(Algorithm::Es256);
    let pool = users.create_user_pool(pool).await.unwrap();
    let mut settings = users.default_client_settings("app");
    settings.allow(AllowedFlow::UserPassword);
    settings.allow(AllowedFlow::UserSrp);
    let made = users.create_user_pool_client(CreateClient { pool: pool.id.clone(), settings, with_secret: false });
    let client = made.await.unwrap().client.id;
    let sign_up = SignUp::new(client.clone(), "ada", PASSWORD).attribute("email", "ada@example.com");
    users.sign_up(sign_up).await.unwrap();
    users.admin_confirm_sign_up(&pool.id, "ada").await.unwrap();
    (pool.id.clone(), client)
}
