//! The races of [`race`](crate::race) in one process: an embedder's service on a SQLite file.

use cenote::Cenote;
use cenote::prelude::*;
use cenote::userpool::Error;
use cenote::userpool::model::client::Rotation;
use cenote::userpool::model::ids::ClientId;
use cenote::userpool::ops::tokens::RefreshTokens;
use futures::future::join_all;

use crate::race::RACERS;

const PASSWORD: &str = "Correct-horse-1";

/// Lets 32 callers race for a name, a code, and a refresh token, each round, on the file in this folder.
pub async fn run(rounds: u32) -> String {
    let folder = tempfile::tempdir().unwrap();
    let outbox = Arc::new(MemoryOutbox::new());
    let cenote = Cenote::builder().data_folder(folder.path()).unwrap().messenger(outbox.clone()).build().await.unwrap();
    let users = cenote.user_pools();
    let client = client(users).await;
    for round in 0..rounds {
        let name = format!("user-{round}");
        let sign_up = SignUp {
            client: client.clone(),
            secret_hash: None,
            username: name.clone(),
            password: PASSWORD.into(),
            attributes: Attributes::from([("email".to_owned(), format!("{name}@example.com"))]),
        };
        let refused = one_wins(users, move |users| {
            let request = sign_up.clone();
            async move { users.sign_up(request).await }
        })
        .await;
        assert!(refused.iter().all(|error| matches!(error, Error::UsernameExists(_))), "{refused:?}");

        let code = outbox.code_for(&name).unwrap();
        let confirm = ConfirmSignUp {
            client: client.clone(),
            secret_hash: None,
            username: name.clone(),
            code: code.as_str().into(),
            force_alias: false,
        };
        one_wins(users, move |users| {
            let request = confirm.clone();
            async move { users.confirm_sign_up(request).await }
        })
        .await;

        let flow = SignInFlow::UserPassword { username: name, password: PASSWORD.into() };
        let sign_in = InitiateAuth { client: client.clone(), door: Door::Public, secret_hash: None, flow };
        let AuthOutcome::Tokens(tokens) = users.initiate_auth(sign_in).await.unwrap() else { panic!("no tokens") };
        let token = tokens.refresh_token.unwrap();
        let refresh = RefreshTokens { client: client.clone(), client_secret: None, token };
        one_wins(users, move |users| {
            let request = refresh.clone();
            async move { users.get_tokens_from_refresh_token(request).await }
        })
        .await;
        if round % 10 == 9 {
            println!("round {}: one winner each", round + 1);
        }
    }
    format!("{rounds} rounds of {RACERS} racers in one process for a name, a code and a refresh token: one winner each")
}

async fn client(users: &Arc<UserPools>) -> ClientId {
    let mut pool = CreateUserPool::named("people", users);
    pool.settings.auto_verified.insert(Contact::Email);
    let pool = users.create_user_pool(pool).await.unwrap().id;
    let mut settings = users.default_client_settings("app");
    settings.flows.insert(AllowedFlow::UserPassword);
    settings.rotation = Some(Rotation { grace_seconds: 0 });
    let made = users.create_user_pool_client(CreateClient { pool, settings, with_secret: false }).await.unwrap();
    made.client.id
}

/// Runs all racers on the runtime's threads. Returns what those were told who did not win.
async fn one_wins<T, F>(users: &Arc<UserPools>, racer: impl Fn(Arc<UserPools>) -> F) -> Vec<Error>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    let racers: Vec<_> = (0..RACERS).map(|_| tokio::spawn(racer(Arc::clone(users)))).collect();
    let outcomes = join_all(racers).await.into_iter().map(Result::unwrap);
    let refused: Vec<Error> = outcomes.filter_map(Result::err).collect();
    assert_eq!(refused.len(), RACERS - 1, "{refused:?}");
    refused
}
