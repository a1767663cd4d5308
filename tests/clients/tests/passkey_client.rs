//! The `passkey` crates' client and authenticator against the embedded library, with no server between them.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use async_trait::async_trait;
use cenote::prelude::*;
use cenote::userpool::model::factors::FirstFactor;
use cenote::userpool::model::passkeys::RelyingPartyId;
use cenote::userpool::ops::choice::FirstAnswer;
use passkey::authenticator::{Authenticator, UiHint, UserCheck, UserValidationMethod};
use passkey::client::{Client, DefaultClientData};
use passkey::crypto::rust_crypto::RustCryptoBackend;
use passkey::types::Passkey;
use passkey::types::ctap2::{Aaguid, Ctap2Error};
use passkey::types::webauthn::{CredentialCreationOptions, CredentialRequestOptions};
use serde_json::json;
use url::Url;

/// Somebody who is there, and is who they are.
struct Present;

#[async_trait]
impl UserValidationMethod for Present {
    type PasskeyItem = Passkey;

    async fn check_user<'a>(
        &self,
        _hint: UiHint<'a, Passkey>,
        presence: bool,
        verification: bool,
    ) -> Result<UserCheck, Ctap2Error> {
        Ok(UserCheck { presence, verification })
    }

    fn is_presence_enabled(&self) -> bool {
        true
    }

    fn is_verification_enabled(&self) -> Option<bool> {
        Some(true)
    }
}

fn tokens(outcome: AuthOutcome) -> Tokens {
    match outcome {
        AuthOutcome::Tokens(tokens) => *tokens,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_passkey_of_another_library_is_registered_and_signs_its_owner_in() {
    let cenote = Cenote::in_memory().build().await.unwrap();
    let users = cenote.user_pools();
    let mut pool = CreateUserPool::named("people", users);
    pool.settings.passkeys.relying_party = Some("example.com".parse::<RelyingPartyId>().unwrap());
    pool.settings.first_factors.allowed.insert(FirstFactor::Passkey);
    let pool = users.create_user_pool(pool).await.unwrap().id;
    let mut settings = users.default_client_settings("app");
    settings.allow(AllowedFlow::User).allow(AllowedFlow::UserPassword);
    let client = CreateClient { pool: pool.clone(), settings, with_secret: false };
    let client = users.create_user_pool_client(client).await.unwrap().client.id;
    let password = "correct horse battery";
    users.sign_up(SignUp::new(client.clone(), "ada", password)).await.unwrap();
    users.admin_confirm_sign_up(&pool, "ada").await.unwrap();
    let begin = |flow| {
        let request = InitiateAuth { client: client.clone(), caller: Caller::Public, secret_hash: None, flow };
        async { users.initiate_auth(request).await.unwrap() }
    };
    let by_password = SignInFlow::UserPassword { username: "ada".to_owned(), password: password.into() };
    let access = tokens(begin(by_password).await).access_token;
    let origin = Url::parse("https://shop.example.com").unwrap();
    let store: Option<Passkey> = None;
    let mut browser = Client::new(Authenticator::new(Aaguid::new_empty(), store, Present, RustCryptoBackend));

    let options = users.start_passkey_registration(&access).await.unwrap();
    let options: CredentialCreationOptions = serde_json::from_value(json!({"publicKey": options})).unwrap();
    let made = browser.register(&origin, options, DefaultClientData).await.unwrap();
    let kept = users.complete_passkey_registration(&access, &serde_json::to_vec(&made).unwrap()).await.unwrap();
    assert_eq!(users.list_passkeys(&access).await.unwrap(), [kept]);

    let flow = SignInFlow::User {
        username: "ada".to_owned(),
        preferred: Some(FirstFactor::Passkey),
        answer: FirstAnswer::default(),
        step_up: None,
    };
    let AuthOutcome::Challenged(asked) = begin(flow).await else { panic!("no challenge") };
    let options = asked.parameters.get("CREDENTIAL_REQUEST_OPTIONS").unwrap();
    let options: CredentialRequestOptions = serde_json::from_str(&format!("{{\"publicKey\":{options}}}")).unwrap();
    let used = browser.authenticate(&origin, options, DefaultClientData).await.unwrap();
    let answer = Answer::Passkey { session: asked.session, credential: serde_json::to_vec(&used).unwrap() };
    let request =
        RespondToChallenge { client, caller: Caller::Public, secret_hash: None, username: "ada".to_owned(), answer };
    let access = tokens(users.respond_to_auth_challenge(request).await.unwrap()).access_token;
    assert_eq!(users.get_user(&access).await.unwrap().username.as_str(), "ada");
}
