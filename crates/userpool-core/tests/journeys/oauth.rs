//! The OAuth endpoints as operations: authorizations, codes, and what is got by them.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::join_all;
use identity_kernel::secret::SecretString;
use serde_json::Value;
use userpool_core::Error;
use userpool_core::model::client::{AllowedFlow, ClientSettings};
use userpool_core::model::oauth::{CodeRules, OAuthFlow, OAuthSettings};
use userpool_core::model::resource_server::ResourceScope;
use userpool_core::ops::clients::{ClientWithSecret, CreateClient};
use userpool_core::ops::oauth::{
    AfterSignOut, Authorization, AuthorizationRequest, ClientProof, Decision, Granting, OAuthError, Redemption,
    SignedIn,
};
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::ops::resource_servers::ResourceServerSpec;
use userpool_core::ops::sign_in::{AuthOutcome, Caller, InitiateAuth, SignInFlow};

use crate::world::{PASSWORD, World, attributes, world};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const CALLBACK: &str = "https://app.example/cb";

fn oauth(scopes: &[&str]) -> OAuthSettings {
    OAuthSettings {
        enabled: true,
        flows: [OAuthFlow::Code].into(),
        scopes: scopes.iter().map(|scope| scope.parse().unwrap()).collect(),
        redirect_uris: vec![CALLBACK.parse().unwrap(), "https://app.example/other".parse().unwrap()],
        logout_uris: vec!["https://app.example/out".parse().unwrap()],
        ..OAuthSettings::default()
    }
}

async fn set(world: &World, change: impl FnOnce(&mut ClientSettings)) {
    world.pools.change_user_pool_client(&world.pool.id, &world.client.id, change).await.unwrap();
}

/// A world whose client signs `ada` in at the endpoints.
async fn there() -> World {
    let world = world().await;
    world.user("ada").await;
    set(&world, |settings| settings.oauth = oauth(&["openid", "email", "profile"])).await;
    world
}

async fn another_client(world: &World, with_secret: bool, oauth: OAuthSettings) -> ClientWithSecret {
    let settings = ClientSettings { oauth, ..world.client.settings.clone() };
    let request = CreateClient { pool: world.pool.id.clone(), settings, with_secret };
    world.pools.create_user_pool_client(request).await.unwrap()
}

fn request(world: &World) -> AuthorizationRequest {
    let text = |text: &str| Some(text.to_owned());
    AuthorizationRequest {
        client_id: text(world.client.id.as_str()),
        redirect_uri: text(CALLBACK),
        response_type: text("code"),
        scope: text("openid email"),
        state: text("s t&te"),
        nonce: text("n-1"),
        code_challenge: text(CHALLENGE),
        code_challenge_method: text("S256"),
        ..AuthorizationRequest::default()
    }
}

async fn begun(world: &World, request: &AuthorizationRequest) -> Authorization {
    world.pools.begin_authorization(&world.pool.id, request).await.unwrap()
}

async fn sign_in(world: &World, name: &str, password: &str) -> Result<SecretString, Error> {
    let flow = SignInFlow::ManagedLogin { username: name.to_owned(), password: password.into() };
    let (client, caller) = (world.client.id.clone(), Caller::Page(world.pool.id.clone()));
    match world.pools.initiate_auth(InitiateAuth { client, caller, secret_hash: None, flow }).await? {
        AuthOutcome::AtPage(browser) => Ok(browser.0),
        other => panic!("{other:?}"),
    }
}

fn parameter(location: &str, name: &str) -> Option<String> {
    let answer = location.split_once(['?', '#'])?.1;
    answer.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, v)| v.to_owned())
}

async fn decided(world: &World, request: &AuthorizationRequest, browser: &SecretString) -> String {
    let authorization = begun(world, request).await;
    match world.pools.decide_authorization(&authorization, Some(browser), SignedIn::JustNow).await.unwrap() {
        Decision::Answer(location) => location,
        Decision::SignIn => panic!("nobody has signed in"),
    }
}

async fn code(world: &World) -> SecretString {
    let browser = sign_in(world, "ada", PASSWORD).await.unwrap();
    let location = decided(world, &request(world), &browser).await;
    parameter(&location, "code").unwrap().into()
}

fn proof(world: &World) -> ClientProof {
    ClientProof { id: world.client.id.to_string(), secret: None }
}

fn redemption(code: &SecretString) -> Redemption {
    let (redirect_uri, verifier) = (Some(CALLBACK.to_owned()), Some(VERIFIER.into()));
    Redemption { code: code.clone(), redirect_uri, verifier }
}

async fn redeem(world: &World, code: &SecretString) -> Result<Granting, &'static str> {
    let redeemed = world.pools.redeem_code(&world.pool.id, &proof(world), &redemption(code)).await;
    redeemed.map_err(|error| error.name())
}

fn claims(token: &SecretString) -> Value {
    let payload = token.expose().split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn a_code_with_its_verifier_gets_tokens_that_say_what_was_granted() {
    let world = there().await;
    let browser = sign_in(&world, "ada", PASSWORD).await.unwrap();
    let location = decided(&world, &request(&world), &browser).await;
    assert!(location.starts_with(&format!("{CALLBACK}?")), "{location}");
    assert_eq!(parameter(&location, "state").as_deref(), Some("s%20t%26te"));
    assert!(parameter(&location, "iss").is_some(), "RFC 9207");

    let granting = redeem(&world, &parameter(&location, "code").unwrap().into()).await.unwrap();

    let (access, id) = (claims(&granting.access_token), claims(granting.id_token.as_ref().unwrap()));
    assert_eq!((&access["scope"], &access["version"]), (&"openid email".into(), &2.into()));
    assert_eq!((&id["nonce"], &id["email"]), (&"n-1".into(), &"ada@example.com".into()));
    assert!(id["at_hash"].is_string() && id["auth_time"].is_number());
    let info = world.pools.user_info(&world.pool.id, &granting.access_token).await.unwrap();
    assert_eq!((&info["sub"], &info["email_verified"]), (&id["sub"], &"true".into()));
    let refused = world.pools.get_user(&granting.access_token).await;
    assert!(refused.is_err(), "the scope of one's own account was not asked for");
}

#[tokio::test]
async fn scopes_tell_which_attributes_are_told() {
    let world = there().await;
    let browser = sign_in(&world, "ada", PASSWORD).await.unwrap();
    world.pools.admin_update_user_attributes(&world.pool.id, "ada", attributes(&[("name", "Ada")])).await.unwrap();
    let told = async |scope: &str| {
        let asked = AuthorizationRequest { scope: Some(scope.to_owned()), ..request(&world) };
        let location = decided(&world, &asked, &browser).await;
        let granting = redeem(&world, &parameter(&location, "code").unwrap().into()).await.unwrap();
        let info = world.pools.user_info(&world.pool.id, &granting.access_token).await.unwrap();
        let id = claims(granting.id_token.as_ref().unwrap());
        for name in ["email", "name"] {
            assert_eq!(info.contains_key(name), id.get(name).is_some(), "{scope} {name}");
        }
        (info.contains_key("email"), info.contains_key("name"))
    };

    assert_eq!(told("openid email").await, (true, false));
    assert_eq!(told("openid profile").await, (false, true));
    assert_eq!(told("openid").await, (true, true));
}

#[tokio::test]
async fn line_19_of_many_that_redeem_one_code_at_once_one_wins_and_its_session_is_revoked() {
    let world = there().await;
    let code = code(&world).await;

    let outcomes = join_all((0..128).map(|_| redeem(&world, &code))).await;

    let won: Vec<Granting> = outcomes.into_iter().filter_map(Result::ok).collect();
    assert_eq!(won.len(), 1);
    assert_eq!(redeem(&world, &code).await.unwrap_err(), "invalid_grant");
    let refresh = won[0].refresh_token.clone().unwrap();
    let refused = world.pools.refresh_grant(&world.pool.id, &proof(&world), &refresh, None).await;
    assert_eq!(refused.unwrap_err().name(), "invalid_grant");
    let info = world.pools.user_info(&world.pool.id, &won[0].access_token).await;
    assert_eq!(info.unwrap_err().name(), "invalid_token");
}

#[tokio::test]
async fn line_19_a_code_is_bound_to_client_place_and_verifier_and_lives_a_minute() {
    let world = there().await;
    let other = another_client(&world, false, oauth(&["openid"])).await.client;
    let as_other = ClientProof { id: other.id.to_string(), secret: None };
    let code = code(&world).await;
    let (pool, own) = (&world.pool.id, proof(&world));
    let refused = async |client: &ClientProof, change: fn(&mut Redemption)| {
        let mut redemption = redemption(&code);
        change(&mut redemption);
        world.pools.redeem_code(pool, client, &redemption).await.unwrap_err().name()
    };

    assert_eq!(refused(&as_other, |_| ()).await, "invalid_grant");
    assert_eq!(refused(&own, |it| it.redirect_uri = None).await, "invalid_grant");
    assert_eq!(
        refused(&own, |it| it.redirect_uri = Some("https://app.example/other".to_owned())).await,
        "invalid_grant"
    );
    assert_eq!(refused(&own, |it| it.verifier = None).await, "invalid_grant");
    assert_eq!(refused(&own, |it| it.verifier = Some("a".repeat(43).into())).await, "invalid_grant");
    world.clock.advance_seconds(59);
    assert!(redeem(&world, &code).await.is_ok(), "none of these has spent it");

    let late = self::code(&world).await;
    world.clock.advance_seconds(60);
    assert_eq!(redeem(&world, &late).await.unwrap_err(), "invalid_grant");
}

#[tokio::test]
async fn line_19_codes_are_stored_nowhere() {
    let world = there().await;
    let code = code(&world).await;
    redeem(&world, &code).await.unwrap();

    let stored = format!("{:?}", world.store);

    assert!(!stored.contains(code.expose()));
}

#[tokio::test]
async fn a_code_or_browser_of_one_pool_is_nothing_in_another() {
    let world = there().await;
    let pool = world.pools.create_user_pool(CreateUserPool::named("others", &world.pools)).await.unwrap().id;
    let settings = ClientSettings { oauth: oauth(&["openid"]), ..world.client.settings.clone() };
    let request_of = CreateClient { pool: pool.clone(), settings, with_secret: false };
    let foreign = world.pools.create_user_pool_client(request_of).await.unwrap().client;
    let (code, browser) = (code(&world).await, sign_in(&world, "ada", PASSWORD).await.unwrap());

    let of_foreign = ClientProof { id: foreign.id.to_string(), secret: None };
    for (pool, client) in [(&pool, &of_foreign), (&pool, &proof(&world)), (&world.pool.id, &of_foreign)] {
        assert!(world.pools.redeem_code(pool, client, &redemption(&code)).await.is_err());
    }
    let asked = AuthorizationRequest {
        client_id: Some(foreign.id.to_string()),
        scope: Some("openid".to_owned()),
        ..request(&world)
    };
    assert!(world.pools.begin_authorization(&world.pool.id, &asked).await.unwrap_err().to.is_none());
    let authorization = world.pools.begin_authorization(&pool, &asked).await.unwrap();
    let decision = world.pools.decide_authorization(&authorization, Some(&browser), SignedIn::JustNow).await.unwrap();
    assert!(matches!(decision, Decision::SignIn));
    let info = redeem(&world, &code).await.unwrap();
    assert_eq!(world.pools.user_info(&pool, &info.access_token).await.unwrap_err().name(), "invalid_token");
}

#[tokio::test]
async fn line_18_with_an_unknown_client_or_place_nobody_is_sent_anywhere() {
    let world = there().await;
    let unanswered = async |change: &dyn Fn(&mut AuthorizationRequest)| {
        let mut request = request(&world);
        change(&mut request);
        world.pools.begin_authorization(&world.pool.id, &request).await.unwrap_err().to
    };
    let text = |text: &str| Some(text.to_owned());

    for uri in
        ["https://app.example/cb/", "https://app.example/CB", "https://evil.example/cb", "https://app.example/cb?x=1"]
    {
        assert_eq!(unanswered(&|request| request.redirect_uri = text(uri)).await, None, "{uri}");
    }
    for id in ["nobody", "", "<script>"] {
        assert_eq!(unanswered(&|request| request.client_id = text(id)).await, None, "{id}");
    }
    let to = unanswered(&|request| request.scope = text("openid orders/read")).await.unwrap();
    assert_eq!(parameter(&to, "error").as_deref(), Some("invalid_scope"));
    set(&world, |settings| settings.oauth.enabled = false).await;
    assert_eq!(unanswered(&|_| ()).await, None);
}

#[tokio::test]
async fn line_27_every_token_of_an_authorization_asks_for_the_state_of_user_and_client() {
    let states: [&str; 6] = ["disabled", "deleted", "signed out", "flow", "client", "second factor"];
    for state in states {
        let world = there().await;
        let (first, spare) = (code(&world).await, code(&world).await);
        let refresh = redeem(&world, &first).await.unwrap().refresh_token.unwrap();
        let browser = sign_in(&world, "ada", PASSWORD).await.unwrap();
        let (pools, pool, client) = (&world.pools, &world.pool.id, &world.client.id);
        match state {
            "disabled" => pools.admin_disable_user(pool, "ada").await.unwrap(),
            "deleted" => pools.admin_delete_user(pool, "ada").await.unwrap(),
            "signed out" => pools.admin_user_global_sign_out(pool, "ada").await.unwrap(),
            "flow" => set(&world, |settings| settings.oauth.enabled = false).await,
            "client" => pools.delete_user_pool_client(pool, client).await.unwrap(),
            _ => {
                let mut settings = world.pool.settings.clone();
                settings.mfa.mode = userpool_core::model::factors::MfaMode::On;
                settings.mfa.kinds = [userpool_core::model::factors::SecondFactor::SoftwareToken].into();
                pools.update_user_pool(pool, settings).await.unwrap();
            }
        }

        assert!(redeem(&world, &spare).await.is_err(), "{state}: a code");
        assert!(pools.refresh_grant(pool, &proof(&world), &refresh, None).await.is_err(), "{state}: a refresh token");
        if let Ok(authorization) = pools.begin_authorization(pool, &request(&world)).await {
            let decided = pools.decide_authorization(&authorization, Some(&browser), SignedIn::Before).await;
            assert!(matches!(decided, Ok(Decision::SignIn)), "{state}: a browser");
        }
    }
}

#[tokio::test]
async fn a_sign_in_is_used_again_as_long_as_client_and_request_say() {
    let world = there().await;
    let browser = sign_in(&world, "ada", PASSWORD).await.unwrap();
    let goes_on = async |change: fn(&mut AuthorizationRequest)| {
        let mut request = request(&world);
        change(&mut request);
        let authorization = begun(&world, &request).await;
        let decided = world.pools.decide_authorization(&authorization, Some(&browser), SignedIn::Before).await;
        match decided {
            Ok(Decision::Answer(_)) => "on",
            Ok(Decision::SignIn) => "sign in",
            Err(refused) => refused.error.name(),
        }
    };
    let silent: fn(&mut AuthorizationRequest) = |request| request.prompt = Some("none".to_owned());

    world.clock.advance_seconds(59 * 60);
    assert_eq!(goes_on(|_| ()).await, "on");
    assert_eq!(goes_on(silent).await, "on");
    assert_eq!(goes_on(|request| request.prompt = Some("login".to_owned())).await, "sign in");
    assert_eq!(goes_on(|request| request.max_age = Some("60".to_owned())).await, "sign in");
    assert_eq!(goes_on(|request| request.max_age = Some("3600".to_owned())).await, "on");
    world.clock.advance_seconds(60);
    assert_eq!(goes_on(|_| ()).await, "sign in");
    assert_eq!(goes_on(silent).await, "login_required");

    world.pools.sign_out_browser(&world.pool.id, &browser).await.unwrap();
    let again = sign_in(&world, "ada", PASSWORD).await.unwrap();
    assert_ne!(again, browser, "line 74: each sign-in has a secret of its own");
}

#[tokio::test]
async fn a_refresh_narrows_scopes_and_never_widens_them() {
    let world = there().await;
    let refresh = redeem(&world, &code(&world).await).await.unwrap().refresh_token.unwrap();
    let refreshed = async |scope: Option<&str>| {
        let outcome = world.pools.refresh_grant(&world.pool.id, &proof(&world), &refresh, scope).await;
        outcome.map(|granting| (granting.scope, granting.id_token.is_some())).map_err(|error| error.name())
    };

    assert_eq!(refreshed(Some("email")).await, Ok(("email".to_owned(), false)));
    assert_eq!(refreshed(Some("openid profile")).await, Err("invalid_scope"));
    assert_eq!(refreshed(None).await, Ok(("openid email".to_owned(), true)));
}

#[tokio::test]
async fn a_client_with_a_secret_gets_tokens_of_its_own_that_are_no_users() {
    let world = there().await;
    let scopes = vec![ResourceScope { name: "read".parse().unwrap(), description: "reads".to_owned() }];
    let (pool, id) = (world.pool.id.clone(), "orders".parse().unwrap());
    let spec = ResourceServerSpec { pool, id, name: "Orders".to_owned(), scopes };
    world.pools.create_resource_server(spec).await.unwrap();
    let flows = BTreeSet::from([OAuthFlow::ClientCredentials]);
    let machine = another_client(&world, true, OAuthSettings { flows, ..oauth(&["orders/read"]) }).await;
    let client = ClientProof { id: machine.client.id.to_string(), secret: machine.secret };
    let pool = &world.pool.id;

    let granting = world.pools.client_credentials(pool, &client, None, None).await.unwrap();

    assert_eq!((granting.scope.as_str(), granting.refresh_token.is_none()), ("orders/read", true));
    assert_eq!(claims(&granting.access_token)["sub"], client.id.as_str());
    assert!(world.pools.user_info(pool, &granting.access_token).await.is_err());
    assert!(world.pools.get_user(&granting.access_token).await.is_err());
    let told = world.pools.introspect(pool, &client, &granting.access_token).await.unwrap().unwrap();
    assert_eq!((&told["active"], &told["scope"]), (&true.into(), &"orders/read".into()));
    for (secret, scope, name) in [
        (None, None, "invalid_client"),
        (Some("wrong"), None, "invalid_client"),
        (Some("right"), Some("orders/write"), "invalid_scope"),
        (Some("right"), Some("openid"), "invalid_scope"),
    ] {
        let secret =
            secret.and_then(|kind: &str| if kind == "right" { client.secret.clone() } else { Some(kind.into()) });
        let client = ClientProof { secret, ..client.clone() };
        let refused = world.pools.client_credentials(pool, &client, scope, None).await;
        assert_eq!(refused.unwrap_err().name(), name);
    }
    let users = world.pools.client_credentials(pool, &proof(&world), None, None).await;
    assert_eq!(users.unwrap_err().name(), "unauthorized_client");
}

#[tokio::test]
async fn a_resource_is_the_audience_of_access_tokens() {
    let world = there().await;
    let browser = sign_in(&world, "ada", PASSWORD).await.unwrap();
    let asked = AuthorizationRequest { resource: Some("https://api.example/".to_owned()), ..request(&world) };
    let location = decided(&world, &asked, &browser).await;

    let granting = redeem(&world, &parameter(&location, "code").unwrap().into()).await.unwrap();

    assert_eq!(claims(&granting.access_token)["aud"], "https://api.example/");
    assert_eq!(claims(granting.id_token.as_ref().unwrap())["aud"], world.client.id.as_str());
}

#[tokio::test]
async fn what_is_revoked_or_somebody_elses_is_told_as_not_active() {
    let world = there().await;
    let asking = another_client(&world, true, oauth(&["openid"])).await;
    let asking = ClientProof { id: asking.client.id.to_string(), secret: asking.secret };
    let granting = redeem(&world, &code(&world).await).await.unwrap();
    let (pool, refresh) = (&world.pool.id, granting.refresh_token.unwrap());
    let active = async |token: &SecretString| world.pools.introspect(pool, &asking, token).await.unwrap().is_some();

    assert!(active(&granting.access_token).await);
    assert!(!active(&refresh).await, "another client's");
    assert!(!active(&"nonsense".into()).await);
    let public = world.pools.introspect(pool, &proof(&world), &granting.access_token).await;
    assert_eq!(public.unwrap_err().name(), "invalid_client");
    world.pools.revoke_grant(pool, &asking, &refresh).await.unwrap();
    assert!(active(&granting.access_token).await, "another client revokes nothing");
    world.pools.revoke_grant(pool, &proof(&world), &refresh).await.unwrap();
    assert!(!active(&granting.access_token).await);
    let access = world.pools.revoke_grant(pool, &proof(&world), &granting.access_token).await;
    assert_eq!(access.unwrap_err().name(), "unsupported_token_type");
}

#[tokio::test]
async fn after_signing_out_a_browser_goes_to_a_registered_place_of_its_client_alone() {
    let world = there().await;
    let granting = redeem(&world, &code(&world).await).await.unwrap();
    let text = |text: &str| Some(text.to_owned());
    let hint = granting.id_token.map(|token| token.expose().to_owned());
    let go = async |after: AfterSignOut| {
        world.pools.after_sign_out(&world.pool.id, &after).await.map_err(|error| error.name())
    };
    let (id, out) = (world.client.id.as_str(), "https://app.example/out");
    let by_client = |uri: &str| AfterSignOut { client_id: text(id), logout_uri: text(uri), ..AfterSignOut::default() };
    world.clock.advance_seconds(86_400 * 3);

    assert_eq!(go(by_client(out)).await, Ok(text(out)));
    assert_eq!(go(by_client("https://app.example/out/")).await, Err("invalid_request"));
    assert_eq!(go(by_client("https://evil.example/")).await, Err("invalid_request"));
    let hinted = AfterSignOut {
        id_token_hint: hint.clone(),
        post_logout_redirect_uri: text(out),
        state: text("a&b"),
        ..AfterSignOut::default()
    };
    assert_eq!(
        go(hinted.clone()).await,
        Ok(text("https://app.example/out?state=a%26b")),
        "an old token still says whose"
    );
    let other = another_client(&world, false, oauth(&["openid"])).await.client;
    assert_eq!(go(AfterSignOut { client_id: text(other.id.as_str()), ..hinted.clone() }).await, Err("invalid_request"));
    let forged = AfterSignOut { id_token_hint: hint.map(|token| format!("{token}x")), ..hinted };
    assert_eq!(go(forged).await, Err("invalid_request"));
}

#[tokio::test]
async fn line_22_tokens_come_with_the_answer_only_where_the_client_lists_it() {
    let world = there().await;
    let browser = sign_in(&world, "ada", PASSWORD).await.unwrap();
    let asked = AuthorizationRequest { response_type: Some("token".to_owned()), ..request(&world) };
    let refused = world.pools.begin_authorization(&world.pool.id, &asked).await.unwrap_err();
    assert_eq!(parameter(&refused.to.unwrap(), "error").as_deref(), Some("unauthorized_client"));
    set(&world, |settings| settings.oauth.flows = [OAuthFlow::Implicit].into()).await;

    let location = decided(&world, &asked, &browser).await;

    assert!(location.starts_with(&format!("{CALLBACK}#")), "{location}");
    assert!(parameter(&location, "access_token").is_some() && parameter(&location, "refresh_token").is_none());
    assert_eq!(parameter(&location, "token_type").as_deref(), Some("bearer"));
}

#[tokio::test]
async fn line_20_without_a_challenge_a_code_is_given_only_where_the_client_says_so() {
    let world = there().await;
    let browser = sign_in(&world, "ada", PASSWORD).await.unwrap();
    let plain = AuthorizationRequest { code_challenge: None, code_challenge_method: None, ..request(&world) };
    assert!(world.pools.begin_authorization(&world.pool.id, &plain).await.is_err());
    set(&world, |settings| settings.oauth.codes = CodeRules::COGNITO).await;

    let code: SecretString = parameter(&decided(&world, &plain, &browser).await, "code").unwrap().into();

    assert_eq!(redeem(&world, &code).await.unwrap_err(), "invalid_grant", "a verifier that answers nothing");
    let without = Redemption { verifier: None, ..redemption(&code) };
    assert!(world.pools.redeem_code(&world.pool.id, &proof(&world), &without).await.is_ok());
}

#[tokio::test]
async fn the_pages_sign_nobody_in_for_a_client_that_does_not_use_them_and_no_other_door_gives_what_they_give() {
    let world = there().await;
    let begin = async |caller: Caller, flow: SignInFlow| {
        let request = InitiateAuth { client: world.client.id.clone(), caller, secret_hash: None, flow };
        world.pools.initiate_auth(request).await.is_ok()
    };
    let name = || "ada".to_owned();
    let managed = || SignInFlow::ManagedLogin { username: name(), password: PASSWORD.into() };
    let page = || Caller::Page(world.pool.id.clone());

    assert!(begin(page(), managed()).await);
    assert!(!begin(Caller::Public, managed()).await);
    assert!(!begin(Caller::Admin(world.pool.id.clone()), managed()).await);
    assert!(!begin(page(), SignInFlow::UserPassword { username: name(), password: PASSWORD.into() }).await);
    set(&world, |settings| {
        settings.oauth.enabled = false;
        settings.explicit_auth_flows.insert(AllowedFlow::ManagedLogin);
    })
    .await;
    assert!(!begin(page(), managed()).await, "no list of flows opens the pages");
}

#[tokio::test]
async fn a_wrong_password_at_the_pages_counts_as_anywhere() {
    let world = there().await;
    let mut locked = false;
    for _ in 0..40 {
        locked |= matches!(sign_in(&world, "ada", "wrong").await, Err(Error::TooManyAttempts { .. }));
    }

    assert!(locked);
    assert!(sign_in(&world, "ada", PASSWORD).await.is_err());
}

#[test]
fn every_error_has_the_name_that_oauth_gives_it() {
    let error = OAuthError::from(Error::RefreshTokenReuse);

    assert_eq!(error.name(), "invalid_grant");
    assert_eq!(OAuthError::from(Error::TooManyRequests).name(), "temporarily_unavailable");
}
