//! The application's hooks: when they are asked, what they are told, and what they may change.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use identity_kernel::context::RequestContext;
use serde_json::json;
use userpool_core::model::client::{Rotation, TimeUnit, Validity};
use userpool_core::model::group::GroupClaims;
use userpool_core::model::pool::{Contact, UserPool};
use userpool_core::model::triggers::{LambdaSettings, Trigger};
use userpool_core::model::user::{User, UserStatus};
use userpool_core::ops::sign_in::{Answer, AuthOutcome, Caller, InitiateAuth, SignInFlow};
use userpool_core::ops::users::{AdminCreateUser, Invitation};
use userpool_core::ports::{
    Candidate, ClaimChanges, ClaimEdits, Confirmation, CustomText, HookCall, HookError, Hooks, MessageDraft,
    MigratedUser, Migration, NewUser, Outgoing, SignUpChange, TokenRequest,
};
use userpool_core::{Error, Invalid, UserPools};

use crate::world::{PASSWORD, World, attributes, parts, world, world_with};

/// Hooks that write down when they are asked, and answer what the test has put here.
#[derive(Default)]
struct Application {
    asked: Mutex<Vec<String>>,
    refuse: Option<Trigger>,
    sign_up: SignUpChange,
    claims: ClaimChanges,
    text: Option<CustomText>,
    migrated: Option<MigratedUser>,
    brings: bool,
}

impl Application {
    fn note(&self, trigger: Trigger, call: &HookCall<'_>, more: &str) -> Result<(), HookError> {
        let words =
            |data: &std::collections::BTreeMap<String, String>| data.keys().cloned().collect::<Vec<_>>().join(",");
        let (own, validation) = (words(&call.context.client_metadata), words(&call.context.validation_data));
        let line = format!("{trigger} {more} [{own}] [{validation}]");
        self.asked.lock().unwrap().push(line);
        match self.refuse {
            Some(refused) if refused == trigger => Err(HookError::Refused("not you".to_owned())),
            _ => Ok(()),
        }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

#[async_trait]
impl Hooks for Application {
    fn calls(&self, function: &str) -> bool {
        function == "ours"
    }

    fn migrates(&self, _: &UserPool) -> bool {
        self.migrated.is_some()
    }

    async fn pre_sign_up(&self, call: &HookCall<'_>, new: &NewUser<'_>) -> Result<SignUpChange, HookError> {
        let names: Vec<&str> = new.attributes.keys().map(String::as_str).collect();
        self.note(Trigger::PreSignUp, call, &format!("{:?} {} {}", new.source, new.username, names.join(",")))?;
        Ok(self.sign_up.clone())
    }

    async fn post_confirmation(&self, call: &HookCall<'_>, user: &User, what: Confirmation) -> Result<(), HookError> {
        self.note(Trigger::PostConfirmation, call, &format!("{what:?} {}", user.status.name()))
    }

    async fn pre_authentication(&self, call: &HookCall<'_>, who: &Candidate<'_>) -> Result<(), HookError> {
        self.note(Trigger::PreAuthentication, call, &format!("{} {}", who.username, who.user.is_some()))
    }

    async fn post_authentication(&self, call: &HookCall<'_>, _: &User) -> Result<(), HookError> {
        self.note(Trigger::PostAuthentication, call, "")
    }

    async fn pre_token_generation(
        &self,
        call: &HookCall<'_>,
        about: &TokenRequest<'_>,
    ) -> Result<ClaimChanges, HookError> {
        self.note(Trigger::PreTokenGeneration, call, &format!("{:?}", about.source))?;
        Ok(self.claims.clone())
    }

    async fn migrate_user(&self, call: &HookCall<'_>, who: &Migration<'_>) -> Result<Option<MigratedUser>, HookError> {
        self.note(Trigger::UserMigration, call, who.username)?;
        Ok(self.migrated.clone().filter(|_| who.password.is_some_and(|password| password.expose() == "old password")))
    }

    async fn custom_message(
        &self,
        call: &HookCall<'_>,
        draft: &MessageDraft<'_>,
    ) -> Result<Option<CustomText>, HookError> {
        self.note(Trigger::CustomMessage, call, draft.reason.name())?;
        Ok(self.text.clone())
    }

    async fn send_message(&self, call: &HookCall<'_>, message: &Outgoing<'_>) -> Result<bool, HookError> {
        if self.brings {
            self.note(Trigger::CustomEmailSender, call, message.destination)?;
        }
        Ok(self.brings)
    }
}

/// The world, in which the application has its word.
fn with(mut world: World, application: Application) -> (World, Arc<Application>) {
    let application = Arc::new(application);
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.hooks = Arc::clone(&application) as Arc<dyn Hooks>;
    world.pools = UserPools::new(parts);
    (world, application)
}

/// The same service for a call with these words of the application.
fn saying(pools: &UserPools, word: &str) -> UserPools {
    let client_metadata = [(word.to_owned(), "x".to_owned())].into();
    pools.for_request(RequestContext { client_metadata, ..RequestContext::default() })
}

fn claim(token: &identity_kernel::secret::SecretString, name: &'static str) -> Option<serde_json::Value> {
    use base64::Engine as _;
    let body = token.expose().split('.').nth(1).unwrap();
    let body = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).unwrap();
    serde_json::from_slice::<serde_json::Value>(&body).unwrap().get(name).cloned()
}

#[tokio::test]
async fn hooks_are_asked_in_cognitos_order_and_told_the_words_that_are_for_them() {
    let (mut world, application) = with(world().await, Application::default());
    world.pools = saying(&world.pools, "word");

    world.sign_up("ada").await.unwrap();
    assert_eq!(application.asked(), ["PreSignUp SignUp ada email [word] []", "CustomMessage SignUp [word] []",]);
    world.confirm("ada", &world.outbox.code_for("ada").unwrap()).await.unwrap();
    assert_eq!(application.asked(), ["PostConfirmation SignUp CONFIRMED [word] []"]);

    let refresh = world.tokens("ada").await.refresh_token.unwrap();
    assert_eq!(
        application.asked(),
        [
            "PreAuthentication ada true [] [word]",
            "PostAuthentication  [] [word]",
            "PreTokenGeneration Authentication [] [word]",
        ]
    );
    world.begin(SignInFlow::RefreshToken { token: refresh }).await.unwrap();
    assert_eq!(application.asked(), ["PreTokenGeneration RefreshTokens [] [word]"]);

    let (user_id, answer) = world.srp("ada", PASSWORD).await.unwrap();
    assert_eq!(application.asked(), ["PreAuthentication ada true [] [word]"]);
    world.answer(&user_id, answer).await.unwrap();
    assert_eq!(application.asked(), ["PostAuthentication  [word] []", "PreTokenGeneration Authentication [word] []"]);
}

#[tokio::test]
async fn an_administrators_calls_ask_the_hooks_too_and_a_rotating_refresh_asks_with_its_words() {
    let world = world_with(|_, client| client.settings.rotation = Some(Rotation { grace_seconds: 0 })).await;
    let (mut world, application) = with(world, Application::default());
    let temporary = world.invite("eve").await;
    assert_eq!(
        application.asked(),
        ["PreSignUp AdminCreateUser eve email [] []", "CustomMessage AdminCreateUser [] []"]
    );
    assert!(matches!(world.password("eve", &temporary).await.unwrap(), AuthOutcome::NewPasswordRequired(_)));
    assert_eq!(application.asked(), ["PreAuthentication eve true [] []"], "no tokens yet");

    world.sign_up("ada").await.unwrap();
    application.asked();
    world.pools.admin_confirm_sign_up(&world.pool.id, "ada").await.unwrap();
    assert_eq!(application.asked(), ["PostConfirmation SignUp CONFIRMED [] []"]);
    let refresh = world.tokens("ada").await.refresh_token.unwrap();
    application.asked();
    world.pools = saying(&world.pools, "word");
    world.refresh(&refresh).await.unwrap();
    assert_eq!(application.asked(), ["PreTokenGeneration RefreshTokens [word] []"]);
}

#[tokio::test]
async fn what_a_hook_refuses_is_not_done() {
    for trigger in
        [Trigger::PreSignUp, Trigger::PreAuthentication, Trigger::PostAuthentication, Trigger::PreTokenGeneration]
    {
        let plain = world().await;
        plain.user("ada").await;
        let (world, _) = with(plain, Application { refuse: Some(trigger), ..Application::default() });
        let refused = Error::HookRefused(trigger, "not you".to_owned());

        let (new, old) = (world.sign_up("bob").await, world.password("ada", PASSWORD).await);

        if trigger == Trigger::PreSignUp {
            assert_eq!(new.unwrap_err(), refused);
            assert_eq!(
                world.pools.admin_get_user(&world.pool.id, "bob").await.unwrap_err().code().as_str(),
                "UserNotFound"
            );
            let created = world.pools.admin_create_user(AdminCreateUser::new(world.pool.id.clone(), "bob")).await;
            assert_eq!(created.unwrap_err(), refused);
        } else {
            assert_eq!(old.unwrap_err(), refused, "{trigger}");
        }
    }
}

#[tokio::test]
async fn line_27_no_hook_opens_the_gate() {
    let change = SignUpChange { confirm: true, verify: [Contact::Email].into() };
    let (world, application) = with(world().await, Application { sign_up: change, ..Application::default() });
    let temporary = world.invite("eve").await;
    let eve = world.pools.admin_get_user(&world.pool.id, "eve").await.unwrap();
    assert_eq!((eve.status, eve.attributes.get("email_verified")), (UserStatus::ForceChangePassword, None));
    assert!(matches!(world.password("eve", &temporary).await.unwrap(), AuthOutcome::NewPasswordRequired(_)));

    let made = world.sign_up("ada").await.unwrap();
    assert!(made.confirmed && made.delivery.is_none());
    assert_eq!(world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap().attributes["email_verified"], "true");
    world.pools.admin_disable_user(&world.pool.id, "ada").await.unwrap();
    application.asked();
    assert!(world.password("ada", PASSWORD).await.is_err());
    assert_eq!(application.asked(), ["PreAuthentication ada true [] []"], "who is barred is not told as signed in");
}

#[tokio::test]
async fn an_address_that_was_not_given_is_not_verified_by_a_hook() {
    let change = SignUpChange { confirm: false, verify: [Contact::PhoneNumber].into() };
    let (world, _) = with(world().await, Application { sign_up: change, ..Application::default() });

    let refused = world.sign_up("ada").await.unwrap_err();

    assert_eq!(refused.code().as_str(), "HookInvalid");
    assert!(world.pools.admin_get_user(&world.pool.id, "ada").await.is_err());
}

fn edits(set: &[(&str, serde_json::Value)], suppress: &[&str]) -> ClaimEdits {
    ClaimEdits {
        set: set.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        suppress: suppress.iter().map(|name| (*name).to_owned()).collect(),
    }
}

#[tokio::test]
async fn a_hook_changes_claims_scopes_and_groups_and_never_who_somebody_is() {
    let fixed =
        ["sub", "iss", "exp", "token_use", "cognito:username", "cognito:groups", "origin_jti", "username", "client_id"];
    let forged: Vec<(&str, serde_json::Value)> = fixed.iter().map(|name| (*name, json!("forged"))).collect();
    let own = [("tier", json!({"name": "gold", "level": 3})), ("gone", json!(1)), ("email_verified", json!("yes"))];
    let set = [forged.as_slice(), &own].concat();
    let access = [set.as_slice(), &[("aud", json!("another")), ("scope", json!("admin"))]].concat();
    let claims = ClaimChanges {
        id: edits(&set, &["email", "gone", "sub"]),
        access: edits(&access, &["gone", "sub"]),
        scopes_to_add: ["orders/read", "two words", "aws.cognito.x"].map(str::to_owned).into(),
        scopes_to_suppress: ["aws.cognito.signin.user.admin".to_owned()].into(),
        groups: Some(GroupClaims {
            names: vec!["staff".to_owned()],
            roles: vec!["r".to_owned()],
            preferred_role: None,
        }),
    };
    let plain = world().await;
    plain.user("ada").await;
    let before = plain.tokens("ada").await;
    let (world, _) = with(plain, Application { claims, ..Application::default() });

    let tokens = world.tokens("ada").await;

    let (id, access) = (&tokens.id_token, &tokens.access_token);
    for (token, like) in [(id, &before.id_token), (access, &before.access_token)] {
        for name in ["sub", "iss", "token_use", "cognito:username", "username", "client_id", "aud"] {
            assert_eq!(claim(token, name), claim(like, name), "{name}");
        }
        assert_eq!(claim(token, "tier"), Some(json!({"name": "gold", "level": 3})));
        assert_eq!(claim(token, "gone"), None);
        assert_eq!(claim(token, "cognito:groups"), Some(json!(["staff"])));
        assert_ne!(claim(token, "origin_jti"), Some(json!("forged")));
    }
    assert_eq!((claim(id, "email"), claim(id, "email_verified")), (None, Some(json!(true))));
    assert_eq!(claim(id, "cognito:roles"), Some(json!(["r"])));
    assert_eq!(claim(access, "scope"), Some(json!("orders/read")));
}

#[tokio::test]
async fn the_audience_of_an_access_token_is_the_client_or_nobody_and_too_many_claims_are_no_answer() {
    let plain = world().await;
    plain.user("ada").await;
    let client = plain.client.id.to_string();
    let claims = ClaimChanges { access: edits(&[("aud", json!(client))], &[]), ..ClaimChanges::default() };
    let (world, _) = with(plain, Application { claims, ..Application::default() });
    assert_eq!(claim(&world.tokens("ada").await.access_token, "aud"), Some(json!(client)));

    let many = (0..=ClaimChanges::MOST).map(|number| number.to_string()).collect();
    let claims = ClaimChanges { scopes_to_suppress: many, ..ClaimChanges::default() };
    let (world, _) = with(world, Application { claims, ..Application::default() });
    assert_eq!(world.password("ada", PASSWORD).await.unwrap_err().code().as_str(), "HookInvalid");
}

#[tokio::test]
async fn a_hook_is_told_of_names_of_nobody_where_the_client_hides_who_is_there() {
    for hidden in [true, false] {
        let world = world_with(|_, client| client.settings.prevent_user_existence_errors = hidden).await;
        let (world, application) = with(world, Application::default());

        world.password("nobody", PASSWORD).await.unwrap_err();

        let asked = if hidden { vec!["PreAuthentication nobody false [] []".to_owned()] } else { Vec::new() };
        assert_eq!(application.asked(), asked);
    }
}

#[tokio::test]
async fn a_hooks_texts_are_sent_if_they_have_a_place_for_the_code_and_for_the_name_of_whom_is_invited() {
    let text = |mail: &str| Some(CustomText { mail: Some(mail.to_owned()), subject: Some("Hi".to_owned()), sms: None });
    let (world, _) = with(world().await, Application { text: text("Code: {####}"), ..Application::default() });
    world.sign_up("ada").await.unwrap();
    let sent = world.outbox.to("ada").pop().unwrap();
    assert_eq!((sent.subject.as_str(), sent.body.expose()), ("Hi", format!("Code: {}", sent.code.expose()).as_str()));
    let invited = AdminCreateUser::new(world.pool.id.clone(), "eve").attribute("email", "eve@example.com");
    assert_eq!(world.pools.admin_create_user(invited).await.unwrap_err().code().as_str(), "HookInvalid");

    for bad in ["no code".to_owned(), format!("{{####}}{}", "x".repeat(20_000))] {
        let (world, _) = with(self::world().await, Application { text: text(&bad), ..Application::default() });
        assert_eq!(world.sign_up("ada").await.unwrap_err().code().as_str(), "HookInvalid");
        assert!(world.outbox.to("ada").is_empty());
    }
}

#[tokio::test]
async fn what_a_hook_brings_no_messenger_brings_too() {
    let (world, application) = with(world().await, Application { brings: true, ..Application::default() });

    world.sign_up("ada").await.unwrap();

    assert!(world.outbox.to("ada").is_empty());
    assert_eq!(
        application.asked().pop().unwrap(),
        "CustomEmailSender ada@example.com [] []",
        "and no text was asked for"
    );
}

fn migrated(confirmed: bool, given: &[(&str, &str)]) -> Application {
    let migrated = MigratedUser { attributes: attributes(given), confirmed, force_alias: false };
    Application { migrated: Some(migrated), ..Application::default() }
}

#[tokio::test]
async fn a_user_of_another_directory_is_taken_over_at_the_first_sign_in_with_the_right_password() {
    let given = [("email", "ada@example.com"), ("email_verified", "true"), ("username", "ADA")];
    let (world, application) = with(world().await, migrated(true, &given));
    let wrong = world.password("ada", "guess").await.unwrap_err();
    assert_eq!(wrong, Error::NotAuthorized(userpool_core::Refusal::WrongCredentials));
    assert!(world.pools.admin_get_user(&world.pool.id, "ada").await.is_err());

    assert!(matches!(world.password("ada", "old password").await.unwrap(), AuthOutcome::Tokens(_)));

    let ada = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    assert_eq!((ada.status, ada.attributes["email_verified"].as_str()), (UserStatus::Confirmed, "true"));
    application.asked();
    assert!(matches!(world.password("ada", "old password").await.unwrap(), AuthOutcome::Tokens(_)));
    assert!(application.asked().iter().all(|line| !line.starts_with("UserMigration")));
}

#[tokio::test]
async fn who_is_taken_over_without_confirmation_must_reset_the_password_first() {
    let (world, _) = with(world().await, migrated(false, &[("email", "ada@example.com")]));

    assert_eq!(world.password("ada", "old password").await.unwrap_err(), Error::PasswordResetRequired);
}

#[tokio::test]
async fn another_directorys_answer_about_somebody_else_or_against_the_schema_is_none() {
    for given in [[("username", "eve")], [("plan", "gold")], [("sub", "x")]] {
        let (world, _) = with(world().await, migrated(true, &given));
        assert_eq!(
            world.password("ada", "old password").await.unwrap_err().code().as_str(),
            "HookInvalid",
            "{given:?}"
        );
        assert!(world.pools.admin_get_user(&world.pool.id, "ada").await.is_err());
    }
}

#[tokio::test]
async fn line_41_guesses_at_passwords_of_another_directory_are_counted_before_it_is_asked() {
    let (world, application) = with(world().await, migrated(true, &[("email", "ada@example.com")]));
    for _ in 0..6 {
        world.password("ada", "guess").await.unwrap_err();
    }
    application.asked();

    let locked = world.password("ada", "old password").await.unwrap_err();

    assert!(matches!(locked, Error::TooManyAttempts { .. }), "{locked:?}");
    assert!(application.asked().iter().all(|line| !line.starts_with("UserMigration")));
}

#[tokio::test]
async fn an_administrators_sign_in_asks_the_other_directory_too() {
    let (world, _) = with(world().await, migrated(true, &[("email", "ada@example.com")]));
    let flow = SignInFlow::AdminUserPassword { username: "ada".to_owned(), password: "old password".into() };
    let caller = Caller::Admin(world.pool.id.clone());
    let request = InitiateAuth { client: world.client.id.clone(), caller, secret_hash: None, flow };

    assert!(matches!(world.pools.initiate_auth(request).await.unwrap(), AuthOutcome::Tokens(_)));
}

#[tokio::test]
async fn a_pool_names_no_function_that_nobody_calls_and_passes_nothing_by_one() {
    let (world, _) = with(world().await, Application::default());
    let naming = |function: &str, trigger| {
        let mut settings = world.pool.settings.clone();
        settings.lambda =
            LambdaSettings { functions: [(trigger, function.to_owned())].into(), ..LambdaSettings::default() };
        settings
    };
    let id = &world.pool.id;
    let refused = world.pools.update_user_pool(id, naming("theirs", Trigger::PreSignUp)).await.unwrap_err();
    assert_eq!(refused, Error::InvalidParameter(Invalid::FunctionNotCallable("theirs".to_owned())));
    let refused = world.pools.update_user_pool(id, naming("ours", Trigger::CustomEmailSender)).await.unwrap_err();
    assert_eq!(refused, Error::InvalidParameter(Invalid::SenderWithoutKey));
    world.user("ada").await;
    world.pools.update_user_pool(id, naming("ours", Trigger::PreAuthentication)).await.unwrap();
    world.tokens("ada").await;

    // The same records, served by a process that knows of no functions.
    let bare = crate::world::service(&world.clock, &world.outbox, &world.store);

    let flow = SignInFlow::UserPassword { username: "ada".to_owned(), password: PASSWORD.into() };
    let request = InitiateAuth { client: world.client.id.clone(), caller: Caller::Public, secret_hash: None, flow };
    assert_eq!(bare.initiate_auth(request).await.unwrap_err().code().as_str(), "HookFailed");
}

#[tokio::test]
async fn a_token_hook_is_told_through_what_the_sign_in_ended() {
    let (world, application) = with(world().await, Application::default());
    let request = AdminCreateUser {
        temporary_password: Some("temporary Pass 1".into()),
        invitation: Invitation::Suppress,
        ..AdminCreateUser::new(world.pool.id.clone(), "grace")
    };
    world.pools.admin_create_user(request).await.unwrap();
    let Ok(AuthOutcome::NewPasswordRequired(asked)) = world.password("grace", "temporary Pass 1").await else {
        panic!("a new password is asked for")
    };
    application.asked();
    let answer = Answer::NewPassword {
        session: asked.session.clone(),
        password: "a better Password 9".into(),
        attributes: std::collections::BTreeMap::new(),
    };

    assert!(matches!(world.answer("grace", answer).await, Ok(AuthOutcome::Tokens(_))));

    let told = application.asked();
    assert!(told.iter().any(|line| line.starts_with("PreTokenGeneration NewPasswordChallenge")), "{told:?}");
    world.password("grace", "a better Password 9").await.unwrap();
    let told = application.asked();
    assert!(told.iter().any(|line| line.starts_with("PreTokenGeneration Authentication ")), "{told:?}");
}

#[tokio::test]
async fn each_token_ends_when_the_client_says() {
    let world = world_with(|_, client| {
        client.settings.access_token = Validity { value: 7, unit: TimeUnit::Minutes };
        client.settings.id_token = Validity { value: 2, unit: TimeUnit::Hours };
    });
    let world = world.await;
    world.user("ada").await;

    let tokens = world.tokens("ada").await;

    let lives = |token| claim(token, "exp").unwrap().as_i64().unwrap() - claim(token, "iat").unwrap().as_i64().unwrap();
    assert_eq!((lives(&tokens.access_token), lives(&tokens.id_token), tokens.expires_in), (420, 7200, 420));
}
