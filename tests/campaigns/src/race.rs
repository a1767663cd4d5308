//! Races between nodes: of many that want the same one thing, one gets it.

use std::sync::Arc;
use std::time::Instant;

use futures::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::Barrier;

use crate::Store;
use crate::caller::{Caller, text};

pub(crate) const RACERS: usize = 32;

/// Why a sign-up that came too late is refused.
const TAKEN: &[&str] = &["UsernameExistsException"];
/// Why a code that another has spent is refused: as a wrong one, or because five guesses at it were judged already.
const SPENT: &[&str] = &["CodeMismatchException", "LimitExceededException"];
/// Why a refresh token that another has used is refused: as used before, or as one of a session that is revoked for it.
const USED: &[&str] = &["RefreshTokenReuseException", "NotAuthorizedException", "TooManyRequestsException"];

/// Lets 32 callers, on two nodes where the store allows it, race for a name, a code, and a refresh token, each round.
pub async fn run(store: &Store, rounds: u32) -> String {
    let servers = [store.serve(), store.serve()];
    let nodes: Vec<Caller> = servers.iter().map(|server| Caller::new(&server.url)).collect();
    let (_, client) = nodes[0].pool().await;
    let mut closest = RACERS;
    for round in 0..rounds {
        let name = format!("user-{round}");
        let sign_up = json!({"ClientId": client, "Username": name, "Password": "Correct-horse-1",
            "UserAttributes": [{"Name": "email", "Value": format!("{name}@example.com")}]});
        closest = closest.min(one_wins(&nodes, "SignUp", &sign_up, TAKEN).await);

        let codes = join_all(nodes.iter().map(|node| node.code_for(&name))).await;
        let code = codes.into_iter().flatten().next().expect("the winner's node has sent a code");
        let confirm = json!({"ClientId": client, "Username": name, "ConfirmationCode": code});
        closest = closest.min(one_wins(&nodes, "ConfirmSignUp", &confirm, SPENT).await);

        let sign_in = json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": name, "PASSWORD": "Correct-horse-1"}});
        let (status, tokens) = nodes[round as usize % 2].call("InitiateAuth", &sign_in).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{tokens}");
        let refresh = text(&tokens["AuthenticationResult"]["RefreshToken"]);
        let refresh = json!({"ClientId": client, "RefreshToken": refresh});
        closest = closest.min(one_wins(&nodes, "GetTokensFromRefreshToken", &refresh, USED).await);
        if round % 10 == 9 {
            println!("round {}: one winner each", round + 1);
        }
    }
    format!(
        "{rounds} rounds of {RACERS} racers for a name, a code and a refresh token: one winner each, at least {closest} \
         others under way when it was answered"
    )
}

/// What one racer did.
struct Run {
    node: usize,
    began: Instant,
    ended: Instant,
    status: StatusCode,
    body: Value,
}

/// Of all racers one gets 200 and the others a refusal for one of these reasons. Some of them, on each node, had begun
/// before the winner was answered; returns how many.
async fn one_wins(nodes: &[Caller], operation: &str, body: &Value, reasons: &[&str]) -> usize {
    let start = Arc::new(Barrier::new(RACERS));
    let racers = (0..RACERS).map(|at| {
        let node = at % nodes.len();
        let (caller, operation, body, start) =
            (nodes[node].clone(), operation.to_owned(), body.clone(), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            let began = Instant::now();
            let (status, body) = caller.call(&operation, &body).await.unwrap();
            Run { node, began, ended: Instant::now(), status, body }
        })
    });
    let runs: Vec<Run> = join_all(racers).await.into_iter().map(Result::unwrap).collect();
    let (winners, losers): (Vec<&Run>, Vec<&Run>) = runs.iter().partition(|run| run.status == StatusCode::OK);
    let [winner] = winners.as_slice() else { panic!("{operation}: {} winners", winners.len()) };
    let mut judged = 0;
    for Run { status, body, .. } in &losers {
        assert_eq!(*status, StatusCode::BAD_REQUEST, "{operation}: {body}");
        // A code is good for a few tries at once: the others are not judged, so these do not count as losers of a race.
        let turned_away = operation == "ConfirmSignUp" && body["__type"] == "LimitExceededException";
        assert!(turned_away || reasons.iter().any(|reason| body["__type"] == *reason), "{operation}: {body}");
        judged += usize::from(!turned_away);
    }
    assert!(judged > 0, "{operation}: nobody lost by the race itself");
    let under_way = |node: usize| losers.iter().filter(|run| run.node == node && run.began < winner.ended).count();
    assert!((0..nodes.len()).all(|node| under_way(node) > 0), "{operation}: nobody raced with the winner on a node");
    (0..nodes.len()).map(under_way).sum()
}
