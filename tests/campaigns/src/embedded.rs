//! The races of [`race`](crate::race) in one process: an embedder's service on a SQLite file.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use cenote::Cenote;
use cenote::prelude::*;
use cenote::userpool::model::client::Rotation;
use cenote::userpool::model::ids::ClientId;
use cenote::userpool::ops::tokens::RefreshTokens;
use cenote::userpool::{Error, ErrorCode};
use futures::future::join_all;
use tokio::sync::Barrier;

use crate::race::RACERS;

/// Racers that had begun before the winner of their race was done, over all races.
static MET: AtomicUsize = AtomicUsize::new(0);

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
        let sign_up = SignUp::new(client.clone(), name.clone(), PASSWORD);
        let sign_up = sign_up.attribute("email", format!("{name}@example.com"));
        let refused = one_wins(users, move |users| {
            let request = sign_up.clone();
            async move { users.sign_up(request).await }
        })
        .await;
        assert!(all_are(&refused, &[ErrorCode::UsernameExists]), "{refused:?}");

        let code = outbox.code_for(&name).unwrap();
        let confirm = ConfirmSignUp::new(client.clone(), name.clone(), code.as_str());
        let refused = one_wins(users, move |users| {
            let request = confirm.clone();
            async move { users.confirm_sign_up(request).await }
        })
        .await;
        let spent = [ErrorCode::NotAuthorized, ErrorCode::ExpiredCode, ErrorCode::CodeMismatch, ErrorCode::Concurrent];
        // A code is good for a few tries at once: the others are not judged.
        let (turned_away, judged): (Vec<Error>, Vec<Error>) =
            refused.into_iter().partition(|error| error.code() == ErrorCode::LimitExceeded);
        assert!(!judged.is_empty() && judged.iter().all(|error| spent.contains(&error.code())), "{judged:?}");
        assert_eq!(turned_away.len() + judged.len(), RACERS - 1);

        let flow = SignInFlow::UserPassword { username: name, password: PASSWORD.into() };
        let sign_in = InitiateAuth { client: client.clone(), caller: Caller::Public, secret_hash: None, flow };
        let AuthOutcome::Tokens(tokens) = users.initiate_auth(sign_in).await.unwrap() else { panic!("no tokens") };
        let token = tokens.refresh_token.unwrap();
        let refresh = RefreshTokens { client: client.clone(), client_secret: None, token };
        let refused = one_wins(users, move |users| {
            let request = refresh.clone();
            async move { users.get_tokens_from_refresh_token(request).await }
        })
        .await;
        assert!(
            all_are(&refused, &[ErrorCode::RefreshTokenReuse, ErrorCode::NotAuthorized, ErrorCode::Concurrent]),
            "{refused:?}"
        );
        if round % 10 == 9 {
            println!("round {}: one winner each", round + 1);
        }
    }
    assert!(MET.load(Ordering::Relaxed) > 0, "nobody ever raced with a winner");
    format!("{rounds} rounds of {RACERS} racers in one process for a name, a code and a refresh token: one winner each")
}

async fn client(users: &Arc<UserPools>) -> ClientId {
    let mut pool = CreateUserPool::named("people", users);
    pool.settings.auto_verified.insert(Contact::Email);
    let pool = users.create_user_pool(pool).await.unwrap().id;
    let mut settings = users.default_client_settings("app");
    settings.allow(AllowedFlow::UserPassword);
    settings.rotation = Some(Rotation { grace_seconds: 0 });
    let made = users.create_user_pool_client(CreateClient { pool, settings, with_secret: false }).await.unwrap();
    made.client.id
}

/// Runs all racers on the runtime's threads at once. Returns what those were told who did not win; some of them had begun
/// before the winner was done.
async fn one_wins<T, F>(users: &Arc<UserPools>, racer: impl Fn(Arc<UserPools>) -> F) -> Vec<Error>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    let start = Arc::new(Barrier::new(RACERS));
    let racers = (0..RACERS).map(|_| {
        let (run, start) = (racer(Arc::clone(users)), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            let began = Instant::now();
            (run.await.err(), began, Instant::now())
        })
    });
    let runs: Vec<_> = join_all(racers).await.into_iter().map(Result::unwrap).collect();
    let won: Vec<Instant> = runs.iter().filter(|(error, ..)| error.is_none()).map(|(_, _, ended)| *ended).collect();
    let [won] = won.as_slice() else { panic!("{} winners", won.len()) };
    // One race may be over before the threads take up the next racer; not all of them.
    let met = runs.iter().filter(|(error, began, _)| error.is_some() && began < won).count();
    MET.fetch_add(met, Ordering::Relaxed);
    runs.into_iter().filter_map(|(error, ..)| error).collect()
}

/// Whether all were refused with one of these codes.
fn all_are(refused: &[Error], codes: &[ErrorCode]) -> bool {
    refused.len() == RACERS - 1 && refused.iter().all(|error| codes.contains(&error.code()))
}
