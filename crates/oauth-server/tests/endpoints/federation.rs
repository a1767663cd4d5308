//! Signing in through an outside provider. The provider is another pool of the same server, reached through its own endpoints.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cenote::logins::http::{HttpError, HttpPort, HttpRequest, HttpResponse};
use cenote::userpool::UserPools;
use cenote::userpool::model::client::ClientSettings;
use cenote::userpool::model::identity_provider::ProviderKind;
use cenote::userpool::model::ids::{ClientId, UserPoolId};
use cenote::userpool::model::oauth::{OAuthFlow, OAuthSettings};
use cenote::userpool::ops::clients::CreateClient;
use cenote::userpool::ops::identity_providers::{NewProvider, ProviderChange};
use cenote::userpool::ops::pools::CreateUserPool;
use cenote::userpool::ops::users::{AdminCreateUser, Invitation, PasswordLifetime};
use cenote::{Cenote, IssuerForm};
use serde_json::Value;
use tower::ServiceExt as _;

use crate::{Answer, Browser, CALLBACK, PASSWORD, URL, VERIFIER, World, encoded};

/// The way out, which leads back in.
#[derive(Default)]
struct Inward(OnceLock<Router>);

#[async_trait]
impl HttpPort for Inward {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let place = &request.url[url::Position::BeforePath..];
        let mut inward = Request::builder().method(request.method.clone()).uri(place);
        for (name, value) in &request.headers {
            inward = inward.header(name, value);
        }
        let response =
            self.0.get().unwrap().clone().oneshot(inward.body(Body::from(request.body)).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap().to_vec();
        Ok(HttpResponse { status: head.status, headers: head.headers, body })
    }
}

/// A server with two pools: people who sign in through the staff's pool, and the staff, of whom `ada` is one.
struct Two {
    world: World,
    cenote: Cenote,
    staff: UserPoolId,
}

fn oauth(base: OAuthSettings, callback: &str, providers: &[&str]) -> OAuthSettings {
    OAuthSettings {
        enabled: true,
        flows: [OAuthFlow::Code].into(),
        scopes: ["openid", "email"].iter().map(|scope| scope.parse().unwrap()).collect(),
        redirect_uris: vec![callback.parse().unwrap()],
        providers: providers.iter().map(|name| name.parse().unwrap()).collect(),
        ..base
    }
}

async fn make_client(
    users: &UserPools,
    pool: &UserPoolId,
    callback: &str,
    with_secret: bool,
) -> (ClientId, Option<String>) {
    let base = users.default_client_settings("app");
    let settings = ClientSettings { oauth: oauth(base.oauth.clone(), callback, &[]), ..base };
    let made = users.create_user_pool_client(CreateClient { pool: pool.clone(), settings, with_secret }).await.unwrap();
    (made.client.id, made.secret.map(|secret| secret.expose().to_owned()))
}

async fn two(providers: &[&str]) -> Two {
    let inward = Arc::new(Inward::default());
    let builder = Cenote::in_memory().issuer(IssuerForm::Own(URL.to_owned())).oauth_base(URL);
    let cenote = builder.build().await.unwrap();
    let users = cenote.user_pools();
    let mut pools = Vec::new();
    for name in ["people", "staff"] {
        pools.push(users.create_user_pool(CreateUserPool::named(name, users)).await.unwrap().id);
    }
    let (people, staff) = (pools[0].clone(), pools[1].clone());
    let back = format!("{URL}/{people}/oauth2/idpresponse");
    let (registered, secret) = make_client(users, &staff, &back, true).await;
    let map = |members: &[(&str, &str)]| {
        members.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let details = map(&[
        ("client_id", registered.as_str()),
        ("client_secret", secret.as_deref().unwrap()),
        ("oidc_issuer", &format!("{URL}/{staff}")),
        ("authorize_scopes", "openid email"),
    ]);
    let mapping = Some(map(&[("email", "email"), ("email_verified", "email_verified")]));
    let identifiers = Some(vec!["staff.example".parse().unwrap()]);
    let said = ProviderChange { details: Some(details), mapping, identifiers, levels: None };
    let new = NewProvider { pool: people.clone(), name: "Staff".parse().unwrap(), kind: ProviderKind::Oidc, said };
    users.create_identity_provider(new).await.unwrap();
    let (client, _) = make_client(users, &people, CALLBACK, false).await;
    let base = users.default_client_settings("app");
    let settings = ClientSettings { oauth: oauth(base.oauth.clone(), CALLBACK, providers), ..base };
    users.update_user_pool_client(&people, &client, settings).await.unwrap();
    let ada = AdminCreateUser { invitation: Invitation::Suppress, ..AdminCreateUser::new(staff.clone(), "ada") };
    let ada = ada.attribute("email", "ada@staff.example").attribute("email_verified", "true");
    users.admin_create_user(ada).await.unwrap();
    users.admin_set_user_password(&staff, "ada", &PASSWORD.into(), PasswordLifetime::Permanent).await.unwrap();
    let outside = Arc::clone(&inward) as Arc<dyn HttpPort>;
    let app = cenote.by_host(cenote.aws_router().merge(cenote.oauth_router(URL, Some(outside))), URL);
    inward.0.set(app.clone()).unwrap();
    Two { world: World { app, pool: people, client }, cenote, staff }
}

/// The place of a location on this server.
fn place(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.location().strip_prefix(URL).unwrap_or_else(|| panic!("{}", answer.location())).to_owned()
}

impl Two {
    fn authorize(&self, more: &[(&str, &str)]) -> String {
        self.world.path(&format!("/oauth2/authorize?{}", self.world.query(more)))
    }

    /// Signs `ada` in at the staff's page, to which the browser was sent; the place to which it is sent back.
    async fn at_the_staffs(&self, browser: &mut Browser, sent: &Answer) -> String {
        let asked = browser.get(&self.world, &place(sent)).await;
        let query = asked.location().split_once('?').unwrap().1.to_owned();
        let login = format!("/{}/login?{query}", self.staff);
        let csrf = browser.get(&self.world, &login).await.hidden("csrf");
        let form = [("csrf", csrf.as_str()), ("username", "ada"), ("password", PASSWORD)];
        place(&browser.post(&self.world, &login, &form).await)
    }

    async fn through(&self, browser: &mut Browser) -> Answer {
        let sent = browser.get(&self.world, &self.authorize(&[("identity_provider", "Staff")])).await;
        let back = self.at_the_staffs(browser, &sent).await;
        browser.get(&self.world, &back).await
    }
}

fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

#[tokio::test]
async fn a_user_signs_in_through_a_provider_and_is_the_same_user_the_next_time() {
    let two = two(&["COGNITO", "Staff"]).await;
    let mut subjects = Vec::new();
    for _ in 0..2 {
        let answer = two.through(&mut Browser::default()).await;
        let code = answer.parameter("code").unwrap_or_else(|| panic!("{} {}", answer.location(), answer.body));
        assert_eq!(answer.parameter("state").as_deref(), Some("s"));
        let client = two.world.client.to_string();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("client_id", client.as_str()),
            ("code_verifier", VERIFIER),
        ];
        let tokens = two.world.token(&form).await.json();
        let id = claims(tokens["id_token"].as_str().unwrap());
        assert_eq!(id["identities"][0]["providerName"], "Staff");
        assert_eq!((id["email"].as_str(), id["email_verified"].as_bool()), (Some("ada@staff.example"), Some(true)));
        assert!(id["cognito:username"].as_str().unwrap().starts_with("Staff_"), "{id}");
        assert_eq!(id["nonce"], "n");
        subjects.push(id["sub"].as_str().unwrap().to_owned());
        let refresh = tokens["refresh_token"].as_str().unwrap();
        let again = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", client.as_str())];
        assert_eq!(two.world.token(&again).await.status, StatusCode::OK);
    }
    assert_eq!(subjects[0], subjects[1]);
}

#[tokio::test]
async fn the_page_names_providers_and_a_client_of_one_provider_alone_is_sent_there_at_once() {
    let both = two(&["COGNITO", "Staff"]).await;
    let mut browser = Browser::default();
    let page = browser.get(&both.world, &both.world.path(&format!("/login?{}", both.world.query(&[])))).await;
    assert!(page.body.contains("&amp;identity_provider=Staff\">Sign in with Staff</a>"), "{}", page.body);
    let to_page = browser.get(&both.world, &both.authorize(&[])).await;
    assert!(to_page.location().starts_with("../login?"), "{}", to_page.location());
    let by_domain = browser.get(&both.world, &both.authorize(&[("idp_identifier", "STAFF.example")])).await;
    assert!(place(&by_domain).starts_with(&format!("/{}/oauth2/authorize?", both.staff)), "{}", by_domain.location());

    let alone = two(&["Staff"]).await;
    let sent = Browser::default().get(&alone.world, &alone.authorize(&[])).await;
    assert!(place(&sent).starts_with(&format!("/{}/oauth2/authorize?", alone.staff)), "{}", sent.location());
    let silent = Browser::default().get(&alone.world, &alone.authorize(&[("prompt", "none")])).await;
    assert_eq!(silent.parameter("error").as_deref(), Some("login_required"));
}

/// Requirement 84: an answer is of the browser and of the sign-in that it was begun in, and counts once.
#[tokio::test]
async fn line_84_an_answer_counts_in_its_own_browser_with_its_own_state_once() {
    let two = two(&["Staff"]).await;
    let (mut ada, mut eve) = (Browser::default(), Browser::default());
    let sent = ada.get(&two.world, &two.authorize(&[])).await;
    let back = two.at_the_staffs(&mut ada, &sent).await;
    let kept = ada.0.clone();

    let without = eve.get(&two.world, &back).await;
    assert_eq!(without.status, StatusCode::BAD_REQUEST, "no cookie: {}", without.location());
    eve.get(&two.world, &two.authorize(&[])).await;
    let of_another = eve.get(&two.world, &back).await;
    assert_eq!(of_another.status, StatusCode::BAD_REQUEST, "another browser's state: {}", of_another.location());
    let other_state = back.replace("&state=", "&state=x");
    assert_eq!(ada.get(&two.world, &other_state).await.status, StatusCode::BAD_REQUEST);
    ada.0 = kept.clone();
    assert!(ada.get(&two.world, &back).await.parameter("code").is_some());
    ada.0 = kept;
    assert_eq!(ada.get(&two.world, &back).await.status, StatusCode::BAD_REQUEST, "a second time");
}

/// Requirement 89: at once, for flows that were begun and for sessions that go on.
#[tokio::test]
async fn line_89_a_provider_that_is_removed_lets_nobody_in_and_nobody_refresh() {
    let two = two(&["COGNITO", "Staff"]).await;
    let mut browser = Browser::default();
    let code = two.through(&mut browser).await.parameter("code").unwrap();
    let client = two.world.client.to_string();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("client_id", client.as_str()),
        ("code_verifier", VERIFIER),
    ];
    let refresh = two.world.token(&form).await.json()["refresh_token"].as_str().unwrap().to_owned();
    let mut late = Browser::default();
    let sent = late.get(&two.world, &two.authorize(&[("identity_provider", "Staff")])).await;
    let back = two.at_the_staffs(&mut late, &sent).await;

    two.cenote.user_pools().delete_identity_provider(&two.world.pool, &"Staff".parse().unwrap()).await.unwrap();

    let again = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("client_id", client.as_str())];
    assert_eq!(two.world.token(&again).await.json()["error"], "invalid_grant");
    assert!(late.get(&two.world, &back).await.parameter("code").is_none());
    let anew = browser.get(&two.world, &two.authorize(&[("identity_provider", "Staff")])).await;
    assert!(anew.parameter("error").is_some(), "{}", anew.location());
}

#[tokio::test]
async fn what_a_provider_refuses_goes_to_the_client_as_an_error() {
    let two = two(&["Staff"]).await;
    let mut browser = Browser::default();
    let sent = browser.get(&two.world, &two.authorize(&[])).await;
    let state = sent.parameter("state").unwrap();

    let query = encoded(&[("error", "access_denied"), ("state", state.as_str())]);
    let back = browser.get(&two.world, &two.world.path(&format!("/oauth2/idpresponse?{query}"))).await;

    assert!(back.location().starts_with(CALLBACK), "{}", back.location());
    assert_eq!(back.parameter("error").as_deref(), Some("access_denied"));
    assert_eq!(back.parameter("state").as_deref(), Some("s"));
}
