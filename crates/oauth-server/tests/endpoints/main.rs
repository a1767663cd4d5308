//! The endpoints and pages over HTTP, as a browser and a client meet them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

mod federation;

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use cenote::userpool::model::ids::{ClientId, UserPoolId};
use cenote::userpool::model::oauth::{OAuthFlow, OAuthSettings};
use cenote::userpool::ops::clients::CreateClient;
use cenote::userpool::ops::domains::DomainSpec;
use cenote::userpool::ops::pools::CreateUserPool;
use cenote::userpool::ops::users::{AdminCreateUser, Invitation};
use cenote::{Cenote, IssuerForm};
use serde_json::Value;
use tower::ServiceExt as _;

const URL: &str = "http://127.0.0.1:9229";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const TEMPORARY: &str = "Corr3ct!horse-battery";
const PASSWORD: &str = "An0ther!horse-battery";
const CALLBACK: &str = "https://app.example/cb";

struct World {
    app: Router,
    pool: UserPoolId,
    client: ClientId,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().unwrap())
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The value of a hidden field of the page.
    fn hidden(&self, name: &str) -> String {
        let (_, rest) =
            self.body.split_once(&format!("name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{}", self.body));
        rest.split_once('"').unwrap().0.to_owned()
    }

    fn parameter(&self, name: &str) -> Option<String> {
        let (_, query) = self.location().split_once('?')?;
        form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// A browser: what it keeps of cookies.
#[derive(Default)]
struct Browser(BTreeMap<String, String>);

impl Browser {
    async fn send(&mut self, world: &World, request: axum::http::request::Builder, body: String) -> Answer {
        let cookies: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer =
            world.send(request.header(header::COOKIE, cookies.join("; ")).body(Body::from(body)).unwrap()).await;
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let cookie = cookie.to_str().unwrap();
            assert!(cookie.contains("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            let _before = self.0.insert(name.to_owned(), value.to_owned());
        }
        self.0.retain(|_, value| !value.is_empty());
        answer
    }

    async fn get(&mut self, world: &World, path: &str) -> Answer {
        self.send(world, Request::get(path), String::new()).await
    }

    async fn post(&mut self, world: &World, path: &str, form: &[(&str, &str)]) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(world, request, encoded(form)).await
    }

    /// The page of the sign-in, and through it with this password.
    async fn sign_in(&mut self, world: &World, password: &str) -> Answer {
        let path = world.path(&format!("/login?{}", world.query(&[])));
        let csrf = self.get(world, &path).await.hidden("csrf");
        self.post(world, &path, &[("csrf", &csrf), ("username", "ada"), ("password", password)]).await
    }
}

fn encoded(form: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish()
}

impl World {
    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        Answer { status: head.status, headers: head.headers, body }
    }

    fn path(&self, rest: &str) -> String {
        format!("/{}{rest}", self.pool)
    }

    /// A request's query with these parameters in the place of its own.
    fn query(&self, others: &[(&str, &str)]) -> String {
        let mut query = BTreeMap::from([
            ("client_id", self.client.as_str()),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid email"),
            ("state", "s"),
            ("nonce", "n"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        query.extend(others.iter().copied());
        encoded(&query.into_iter().collect::<Vec<_>>())
    }

    async fn token(&self, form: &[(&str, &str)]) -> Answer {
        Browser::default().post(self, &self.path("/oauth2/token"), form).await
    }
}

/// A pool with `ada`, whose password is a temporary one, and a public client.
async fn world() -> World {
    let builder = Cenote::in_memory().issuer(IssuerForm::Own(URL.to_owned())).oauth_base(URL);
    let cenote = builder.build().await.unwrap();
    let users = cenote.user_pools();
    let pool = users.create_user_pool(CreateUserPool::named("people", users)).await.unwrap().id;
    let mut settings = users.default_client_settings("app");
    settings.oauth = OAuthSettings {
        enabled: true,
        flows: [OAuthFlow::Code].into(),
        scopes: ["openid", "email"].iter().map(|scope| scope.parse().unwrap()).collect(),
        redirect_uris: vec![CALLBACK.parse().unwrap()],
        logout_uris: vec!["https://app.example/out".parse().unwrap()],
        ..settings.oauth
    };
    let client = CreateClient { pool: pool.clone(), settings, with_secret: false };
    let client = users.create_user_pool_client(client).await.unwrap().client.id;
    let ada = AdminCreateUser {
        temporary_password: Some(TEMPORARY.into()),
        invitation: Invitation::Suppress,
        ..AdminCreateUser::new(pool.clone(), "ada")
    };
    users.admin_create_user(ada.attribute("email", "ada@example.com")).await.unwrap();
    let domain =
        DomainSpec { pool: pool.clone(), name: "people".parse().unwrap(), own: None, managed_login_version: None };
    users.create_user_pool_domain(domain).await.unwrap();
    let app = cenote.by_host(cenote.aws_router().merge(cenote.oauth_router(URL, None)), URL);
    World { app, pool, client }
}

/// The same, and a browser in which `ada` has chosen a password, with the answer that leads back to the client.
async fn signed_in() -> (World, Browser, Answer) {
    let world = world().await;
    let mut browser = Browser::default();
    let asked = browser.sign_in(&world, TEMPORARY).await;
    assert!(asked.body.contains("Choose a new password"), "{}", asked.body);
    let path = world.path(&format!("/login?{}", world.query(&[])));
    let kept = ["csrf", "challenge", "session", "username"].map(|name| (name, asked.hidden(name)));
    let mut form: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (*name, value.as_str())).collect();
    form.push(("new_password", PASSWORD));
    let back = browser.post(&world, &path, &form).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.body);
    (world, browser, back)
}

#[tokio::test]
async fn a_browser_signs_in_and_its_client_gets_tokens_refreshes_asks_and_revokes() {
    let (world, mut browser, back) = signed_in().await;
    assert!(back.location().starts_with(&format!("{CALLBACK}?")), "{}", back.location());
    assert_eq!(back.parameter("iss"), Some(format!("{URL}/{}", world.pool)));
    let code = back.parameter("code").unwrap();
    let redeem = [
        ("grant_type", "authorization_code"),
        ("client_id", world.client.as_str()),
        ("code", &code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];

    let tokens = world.token(&redeem).await;

    assert_eq!((tokens.status, &tokens.headers[header::CACHE_CONTROL]), (StatusCode::OK, &"no-store".parse().unwrap()));
    let tokens = tokens.json();
    assert_eq!((&tokens["token_type"], &tokens["scope"]), (&"Bearer".into(), &"openid email".into()));
    let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    let info = Request::get(world.path("/oauth2/userInfo")).header(header::AUTHORIZATION, format!("Bearer {access}"));
    let info = browser.send(&world, info, String::new()).await;
    assert_eq!(info.json()["email"], "ada@example.com");
    let again = [("grant_type", "refresh_token"), ("client_id", world.client.as_str()), ("refresh_token", refresh)];
    assert_eq!(world.token(&again).await.status, StatusCode::OK);
    let revoke = [("token", refresh), ("client_id", world.client.as_str())];
    assert_eq!(browser.post(&world, &world.path("/oauth2/revoke"), &revoke).await.status, StatusCode::OK);
    assert_eq!(world.token(&again).await.json()["error"], "invalid_grant");

    let once_more = browser.get(&world, &world.path(&format!("/oauth2/authorize?{}", world.query(&[])))).await;
    assert!(once_more.parameter("code").is_some(), "{}", once_more.location());
    let out = format!("/logout?client_id={}&logout_uri=https://app.example/out", world.client);
    assert_eq!(browser.get(&world, &world.path(&out)).await.location(), "https://app.example/out");
    let asked = browser.get(&world, &world.path(&format!("/oauth2/authorize?{}", world.query(&[])))).await;
    assert!(asked.location().starts_with("../login?"), "{}", asked.location());
}

#[tokio::test]
async fn line_75_a_form_is_taken_from_the_browser_that_was_shown_it_alone() {
    let world = world().await;
    let path = world.path(&format!("/login?{}", world.query(&[])));
    let (mut ada, mut mallory) = (Browser::default(), Browser::default());
    let (of_ada, of_mallory) = (ada.get(&world, &path).await, mallory.get(&world, &path).await);
    let form = |csrf: &str| {
        vec![("csrf", csrf.to_owned()), ("username", "ada".to_owned()), ("password", TEMPORARY.to_owned())]
    };
    let post = async |browser: &mut Browser, csrf: &str, site: Option<&str>| {
        let form = form(csrf);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut request = Request::post(&path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        browser.send(&world, request, encoded(&form)).await.status
    };

    assert_eq!(post(&mut ada, &of_mallory.hidden("csrf"), None).await, StatusCode::FORBIDDEN);
    assert_eq!(post(&mut ada, "", None).await, StatusCode::FORBIDDEN);
    assert_eq!(post(&mut Browser::default(), &of_ada.hidden("csrf"), None).await, StatusCode::FORBIDDEN);
    assert_eq!(post(&mut ada, &of_ada.hidden("csrf"), Some("cross-site")).await, StatusCode::FORBIDDEN);
    assert_eq!(post(&mut ada, &of_ada.hidden("csrf"), Some("same-site")).await, StatusCode::FORBIDDEN);
    assert_eq!(post(&mut ada, &of_ada.hidden("csrf"), Some("same-origin")).await, StatusCode::OK);
}

#[tokio::test]
async fn line_74_cookies_over_tls_are_of_this_host_alone_and_new_at_each_sign_in() {
    let (world, mut browser, _) = signed_in().await;
    let name = format!("cenote.{}", world.pool);
    let before = browser.0[&name].clone();
    let back = browser.sign_in(&world, PASSWORD).await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.body);
    assert_ne!(browser.0[&name], before);
    let mut old = Browser(BTreeMap::from([(name, before)]));
    let asked = old.get(&world, &world.path(&format!("/oauth2/authorize?{}", world.query(&[])))).await;
    assert!(asked.location().starts_with("../login?"), "the one before has ended");

    let mut request = Request::get(world.path(&format!("/login?{}", world.query(&[])))).body(Body::empty()).unwrap();
    request.extensions_mut().insert(cenote::oauth::Peer { address: None, secure: true });
    let page = world.send(request).await;
    let cookie = page.headers[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.starts_with("__Host-cenote-forms.") && cookie.ends_with("; Secure"), "{cookie}");
}

#[tokio::test]
async fn line_18_and_76_pages_say_what_is_wrong_and_reflect_and_frame_nothing() {
    let world = world().await;
    let mut browser = Browser::default();
    for (name, value) in [("redirect_uri", "https://evil.example/\"><script>"), ("client_id", "<script>")] {
        let query = world.query(&[(name, value)]);
        for path in ["/oauth2/authorize", "/login"] {
            let answer = browser.get(&world, &world.path(&format!("{path}?{query}"))).await;
            assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, ""));
            assert!(!answer.body.contains("<script>") && !answer.body.contains("evil"), "{}", answer.body);
        }
    }
    let query = world.query(&[("login_hint", "\"><script>alert(1)</script>")]);
    let page = browser.get(&world, &world.path(&format!("/login?{query}"))).await;
    assert!(page.body.contains("&quot;&gt;&lt;script&gt;") && !page.body.contains("<script"), "{}", page.body);
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("form-action 'self' https://app.example;"), "{policy}");
    assert_eq!(page.headers[header::REFERRER_POLICY], "no-referrer");
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    let style = browser.get(&world, &world.path("/pages/login.css")).await;
    assert_eq!(
        (style.status, &style.headers[header::CONTENT_TYPE]),
        (StatusCode::OK, &"text/css; charset=utf-8".parse().unwrap())
    );
}

#[tokio::test]
async fn line_30_what_is_there_twice_is_refused_and_errors_are_those_of_oauth() {
    let world = world().await;
    let id = world.client.as_str();
    let twice = [("grant_type", "refresh_token"), ("client_id", id), ("refresh_token", "a"), ("refresh_token", "b")];
    for (form, error) in [
        (&twice[..], "invalid_request"),
        (&[("client_id", id)], "invalid_request"),
        (&[("grant_type", "password"), ("client_id", id)], "unsupported_grant_type"),
        (&[("grant_type", "authorization_code"), ("client_id", "nobody"), ("code", "c")], "invalid_client"),
        (&[("grant_type", "authorization_code"), ("client_id", id), ("code", "c")], "invalid_grant"),
        (&[("grant_type", "client_credentials"), ("client_id", id)], "unauthorized_client"),
    ] {
        let answer = world.token(form).await;
        assert_eq!((answer.status, &answer.json()["error"]), (StatusCode::BAD_REQUEST, &error.into()), "{form:?}");
    }
    let basic = Request::post(world.path("/oauth2/token"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, "Basic bm9ib2R5OndyaXRlcw==");
    let answer = Browser::default()
        .send(&world, basic, encoded(&[("grant_type", "refresh_token"), ("refresh_token", "a")]))
        .await;
    assert_eq!((answer.status, &answer.json()["error"]), (StatusCode::UNAUTHORIZED, &"invalid_client".into()));
    let twice = format!("/oauth2/authorize?{}&client_id={id}", world.query(&[]));
    let answer = Browser::default().get(&world, &world.path(&twice)).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::BAD_REQUEST, ""));
    let json = Request::post(world.path("/oauth2/token")).header(header::CONTENT_TYPE, "application/json");
    assert_eq!(Browser::default().send(&world, json, "{}".to_owned()).await.json()["error"], "invalid_request");
}

#[tokio::test]
async fn line_36_no_link_and_no_issuer_follows_from_what_a_request_says_of_hosts() {
    let (world, mut browser, _) = signed_in().await;
    let poisoned = |request: axum::http::request::Builder| {
        request
            .header(header::HOST, "evil.example")
            .header("x-forwarded-host", "evil.example")
            .header("forwarded", "host=evil.example")
    };
    let path = world.path(&format!("/oauth2/authorize?{}", world.query(&[])));
    let back = browser.send(&world, poisoned(Request::get(&path)), String::new()).await;
    assert_eq!(back.parameter("iss"), Some(format!("{URL}/{}", world.pool)));
    let path = world.path(&format!("/oauth2/authorize?{}", world.query(&[("prompt", "login")])));
    let asked = browser.send(&world, poisoned(Request::get(&path)), String::new()).await;
    assert!(asked.location().starts_with("../login?"), "{}", asked.location());
    for path in [
        world.path("/.well-known/openid-configuration"),
        format!("/.well-known/oauth-authorization-server/{}", world.pool),
    ] {
        let document = browser.send(&world, poisoned(Request::get(&path)), String::new()).await;
        assert!(!document.body.contains("evil"), "{}", document.body);
        let document = document.json();
        assert_eq!(document["issuer"], format!("{URL}/{}", world.pool));
        assert_eq!(document["token_endpoint"], format!("{URL}/{}/oauth2/token", world.pool));
        assert_eq!(document["code_challenge_methods_supported"][0], "S256");
    }
}

#[tokio::test]
async fn a_pool_is_served_under_its_domain_and_no_other_is() {
    let world = world().await;
    let at = async |host: &str, path: &str| {
        let request = Request::get(path).header(header::HOST, host).body(Body::empty()).unwrap();
        world.send(request).await
    };
    let login = format!("/login?{}", world.query(&[]));

    let asked = at("people.auth.localhost:9229", &format!("/oauth2/authorize?{}", world.query(&[]))).await;
    assert!(asked.location().starts_with("../login?"));
    assert!(at("people.auth.localhost:9229", &login).await.body.contains("Sign in"));
    assert_eq!(at("PEOPLE.auth.localhost", &login).await.status, StatusCode::OK);
    let issuer = at("people.auth.localhost", "/.well-known/openid-configuration").await.json()["issuer"].clone();
    assert_eq!(issuer, format!("{URL}/{}", world.pool));
    for host in [
        "others.auth.localhost",
        "people.auth.localhost.evil.example",
        "people",
        "a.people.auth.localhost",
        "127.0.0.1",
    ] {
        assert_eq!(at(host, &login).await.status, StatusCode::NOT_FOUND, "{host}");
    }
    assert_eq!(
        at("people.auth.localhost", &world.path(&login)).await.status,
        StatusCode::NOT_FOUND,
        "no pool below a pool"
    );
}

#[tokio::test]
async fn a_page_asks_again_after_a_wrong_password_and_does_not_tell_who_exists() {
    let world = world().await;
    let mut browser = Browser::default();
    let path = world.path(&format!("/login?{}", world.query(&[])));
    let csrf = browser.get(&world, &path).await.hidden("csrf");
    let wrong = async |browser: &mut Browser, name: &str| {
        let answer = browser.post(&world, &path, &[("csrf", &csrf), ("username", name), ("password", "wrong")]).await;
        (answer.status, answer.body.replace(name, "NAME"))
    };

    let (somebody, nobody) = (wrong(&mut browser, "ada").await, wrong(&mut browser, "nobody").await);

    assert_eq!(somebody.0, StatusCode::BAD_REQUEST);
    assert!(somebody.1.contains("Incorrect username or password."), "{}", somebody.1);
    assert_eq!(somebody, nobody);
}
