//! Races between nodes: of many that want the same one thing, one gets it.

use futures::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};

use crate::Store;
use crate::caller::{Caller, text};

pub(crate) const RACERS: usize = 32;

/// Lets 32 callers, on two nodes where the store allows it, race for a name, a code, and a refresh token, each round.
pub async fn run(store: &Store, rounds: u32) -> String {
    let servers = [store.serve(), store.serve()];
    let nodes: Vec<Caller> = servers.iter().map(|server| Caller::new(&server.url)).collect();
    let (_, client) = nodes[0].pool().await;
    for round in 0..rounds {
        let name = format!("user-{round}");
        let sign_up = json!({"ClientId": client, "Username": name, "Password": "Correct-horse-1",
            "UserAttributes": [{"Name": "email", "Value": format!("{name}@example.com")}]});
        one_wins(&nodes, "SignUp", &sign_up, "UsernameExistsException").await;

        let codes = join_all(nodes.iter().map(|node| node.code_for(&name))).await;
        let code = codes.into_iter().flatten().next().expect("the winner's node has sent a code");
        let confirm = json!({"ClientId": client, "Username": name, "ConfirmationCode": code});
        one_wins(&nodes, "ConfirmSignUp", &confirm, "").await;

        let sign_in = json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": name, "PASSWORD": "Correct-horse-1"}});
        let (status, tokens) = nodes[round as usize % 2].call("InitiateAuth", &sign_in).await.unwrap();
        assert_eq!(status, StatusCode::OK, "{tokens}");
        let refresh = text(&tokens["AuthenticationResult"]["RefreshToken"]);
        let refresh = json!({"ClientId": client, "RefreshToken": refresh});
        one_wins(&nodes, "GetTokensFromRefreshToken", &refresh, "").await;
        if round % 10 == 9 {
            println!("round {}: one winner each", round + 1);
        }
    }
    format!("{rounds} rounds of {RACERS} racers for a name, a code and a refresh token: one winner each")
}

/// Of all racers one gets 200 and the others a client error (of this type, if one is said).
async fn one_wins(nodes: &[Caller], operation: &str, body: &Value, error: &str) {
    let racers = (0..RACERS).map(|at| nodes[at % nodes.len()].call(operation, body));
    let outcomes: Vec<(StatusCode, Value)> = join_all(racers).await.into_iter().map(Option::unwrap).collect();
    let winners = outcomes.iter().filter(|(status, _)| *status == StatusCode::OK).count();
    assert_eq!(winners, 1, "{operation}: {outcomes:?}");
    for (status, body) in outcomes.iter().filter(|(status, _)| *status != StatusCode::OK) {
        assert_eq!(*status, StatusCode::BAD_REQUEST, "{operation}: {body}");
        assert!(error.is_empty() || body["__type"] == error, "{operation}: {body}");
    }
}
