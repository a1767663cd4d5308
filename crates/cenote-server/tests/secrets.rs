//! Line 118: no secret in any log line at any level, and none in clear in the database's files.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::process::{Command, Stdio};

/// What must never be seen: canaries put in, and what the server answered with.
#[test]
fn secrets_reach_neither_a_log_at_trace_level_nor_the_database_in_clear() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut server = Command::new(env!("CARGO_BIN_EXE_cenote"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--test-api",
            "--admin-key",
            "canary:Canary-operator-secret",
            "--data",
        ])
        .arg(folder.path().join("data"))
        .env("CENOTE_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let url = first_line(&mut server);

    let outcome = std::panic::catch_unwind(|| journey(&url));
    server.kill().unwrap();
    server.wait().unwrap();
    let secrets = outcome.unwrap();

    assert!(secrets.len() >= 8, "{secrets:?}");
    let mut files = vec![log];
    let data = std::fs::read_dir(folder.path().join("data")).unwrap().map(|entry| entry.unwrap().path());
    files.extend(data.filter(|path| !path.ends_with("outbox.jsonl") && !path.ends_with("master.key")));
    assert!(files.len() >= 2);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.is_empty(), "{}", file.display());
        for (what, secret) in &secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "{what} stands in {}", file.display());
        }
    }
}

fn first_line(server: &mut std::process::Child) -> String {
    use std::io::{BufRead as _, BufReader};

    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let mut lines = lines.map(Result::unwrap);
    lines.find_map(|line| line.strip_prefix("cenote is listening on ").map(str::to_owned)).unwrap()
}

fn post(url: &str, operation: &str, body: &serde_json::Value) -> serde_json::Value {
    let output = Command::new("curl")
        .args(["-s", "--max-time", "30", "--aws-sigv4", "aws:amz:us-east-1:cognito-idp"])
        .args(["--user", "canary:Canary-operator-secret", "-H", "content-type: application/x-amz-json-1.1"])
        .args(["-H", &format!("x-amz-target: AWSCognitoIdentityProviderService.{operation}")])
        .args(["-d", &body.to_string(), url])
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{operation}: {output:?}"))
}

/// A sign-up, a sign-in, a refresh and some refusals; gives every secret of them.
fn journey(url: &str) -> Vec<(&'static str, String)> {
    use serde_json::json;

    let text = |value: &serde_json::Value| value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_owned();
    let pool = post(url, "CreateUserPool", &json!({"PoolName": "p", "AutoVerifiedAttributes": ["email"]}));
    let pool = text(pool.pointer("/UserPool/Id").unwrap());
    let client = json!({"UserPoolId": pool, "ClientName": "c", "ExplicitAuthFlows":
        ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]});
    let client = text(post(url, "CreateUserPoolClient", &client).pointer("/UserPoolClient/ClientId").unwrap());
    let with_secret = json!({"UserPoolId": pool, "ClientName": "s", "GenerateSecret": true});
    let with_secret = post(url, "CreateUserPoolClient", &with_secret);

    let (password, wrong) = ("Canary-password-1", "Canary-wrong-password-2");
    post(
        url,
        "SignUp",
        &json!({"ClientId": client, "Username": "ada", "Password": password,
        "UserAttributes": [{"Name": "email", "Value": "ada@example.com"}]}),
    );
    let outbox = Command::new("curl").args(["-s", &format!("{url}/_cenote/outbox?username=ada")]).output().unwrap();
    let outbox: serde_json::Value = serde_json::from_slice(&outbox.stdout).unwrap();
    let code = text(outbox.pointer("/0/code").unwrap());
    post(url, "ConfirmSignUp", &json!({"ClientId": client, "Username": "ada", "ConfirmationCode": code}));
    let sign_in = |password: &str| {
        let body = json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": "ada", "PASSWORD": password}});
        post(url, "InitiateAuth", &body)
    };
    sign_in(wrong);
    let tokens = sign_in(password);
    let token = |name: &str| text(tokens.pointer(&format!("/AuthenticationResult/{name}")).unwrap());
    post(
        url,
        "InitiateAuth",
        &json!({"ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH",
        "AuthParameters": {"REFRESH_TOKEN": token("RefreshToken")}}),
    );
    post(url, "GetUser", &json!({"AccessToken": token("AccessToken")}));
    post(url, "GetUser", &json!({"AccessToken": "Canary-no-token"}));
    vec![
        ("the password", password.to_owned()),
        ("a wrong password", wrong.to_owned()),
        ("the operator's secret", "Canary-operator-secret".to_owned()),
        ("a client's secret", text(with_secret.pointer("/UserPoolClient/ClientSecret").unwrap())),
        ("the refresh token", token("RefreshToken")),
        ("the access token", token("AccessToken")),
        ("the ID token", token("IdToken")),
        ("a token that is none", "Canary-no-token".to_owned()),
        ("the code, as it is kept", format!("\"{code}\"")),
    ]
}
