//! What messages say of where the server is.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use axum::response::Response;
use cenote::Cenote;
use cenote::userpool::ports::{DeliveryError, Message, Messenger};
use cognito_http::Options;
use cognito_wire::Service::UserPools;
use serde_json::json;
use std::sync::Mutex;
use tower::ServiceExt;

use crate::world::{Outgoing, World, operation};

const PASSWORD: &str = "Correct-horse-7-battery";

/// Keeps what is sent.
#[derive(Default)]
pub(crate) struct Sent(Mutex<Vec<Message>>);

#[async_trait]
impl Messenger for Sent {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        self.0.lock().unwrap().push(message.clone());
        Ok(())
    }

    fn is_prompt(&self) -> bool {
        true
    }
}

#[tokio::test]
async fn line_49_no_message_speaks_of_the_host_that_a_request_names() {
    let sent = Arc::new(Sent::default());
    let builder = Cenote::in_memory().messenger(Arc::clone(&sent) as Arc<dyn Messenger>);
    let world = World::over(builder, Options::default()).await;
    let pool = json!({"PoolName": "p", "AutoVerifiedAttributes": ["email"]});
    let pool = world.call(UserPools, "CreateUserPool", pool).await.ok()["UserPool"]["Id"].clone();
    let client = json!({"UserPoolId": pool, "ClientName": "c"});
    let client = world.call(UserPools, "CreateUserPoolClient", client).await.ok()["UserPoolClient"]["ClientId"].clone();
    let email = json!([{"Name": "email", "Value": "ada@example.com"}]);

    for (name, body) in [
        (
            "SignUp",
            json!({"ClientId": client, "Username": "ada", "Password": "Correct-horse-7-battery", "UserAttributes": email}),
        ),
        ("ResendConfirmationCode", json!({"ClientId": client, "Username": "ada"})),
    ] {
        let mut outgoing = Outgoing::of(operation(UserPools, name), &body);
        outgoing.headers.retain(|(name, _)| name != "host");
        for header in ["host", "x-forwarded-host", "forwarded", "origin"] {
            outgoing.headers.push((header.to_owned(), "evil.example".to_owned()));
        }
        world.send(outgoing).await.ok();
    }

    let sent = sent.0.lock().unwrap();
    assert_eq!(sent.len(), 2);
    for message in sent.iter() {
        let text = format!("{} {}", message.subject, message.body.expose());
        assert!(!text.contains("evil.example") && !text.contains("http"), "{text}");
    }
}

/// A pool and a client whose sign-ups are confirmed by links that lead to `https://id.example.com`.
async fn by_links(sent: &Arc<Sent>) -> (World, String, String) {
    let builder = Cenote::in_memory().messenger(Arc::clone(sent) as Arc<dyn Messenger>);
    let world = World::over(builder.link_base("https://id.example.com"), Options::default()).await;
    let template = json!({
        "DefaultEmailOption": "CONFIRM_WITH_LINK",
        "EmailMessageByLink": "Please {##confirm##}.",
        "EmailSubjectByLink": "A link",
    });
    let pool = json!({
        "PoolName": "p", "AutoVerifiedAttributes": ["email"], "VerificationMessageTemplate": template.clone(),
    });
    let pool = world.call(UserPools, "CreateUserPool", pool).await.ok()["UserPool"].clone();
    for (name, value) in template.as_object().unwrap() {
        assert_eq!(&pool["VerificationMessageTemplate"][name], value);
    }
    let pool = pool["Id"].as_str().unwrap().to_owned();
    let client = json!({"UserPoolId": pool, "ClientName": "c"});
    let client = world.call(UserPools, "CreateUserPoolClient", client).await.ok()["UserPoolClient"].clone();
    let client = client["ClientId"].as_str().unwrap();
    let email = json!([{"Name": "email", "Value": "ada@example.com"}]);
    let body = json!({"ClientId": client, "Username": "ada", "Password": PASSWORD, "UserAttributes": email});
    let mut outgoing = Outgoing::of(operation(UserPools, "SignUp"), &body);
    outgoing.headers.retain(|(name, _)| name != "host");
    outgoing.headers.push(("host".to_owned(), "evil.example".to_owned()));
    world.send(outgoing).await.ok();
    let client = client.to_owned();
    (world, pool, client)
}

async fn fetch(world: &World, method: &str, path: &str, body: &str) -> Response {
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    world.router.clone().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap()
}

#[tokio::test]
async fn line_49_a_link_leads_to_the_configured_address_and_a_person_confirms_there_by_a_click() {
    let sent = Arc::new(Sent::default());
    let (world, pool, client) = by_links(&sent).await;
    let mail = sent.0.lock().unwrap().pop().unwrap();
    let start =
        format!("Please <a href=\"https://id.example.com/{pool}/confirmUser#client_id={client}&amp;user_name=ada&amp;");
    assert!(mail.body.expose().starts_with(&start), "{}", mail.body.expose());
    let path = format!("/{pool}/confirmUser");
    let status = async || {
        let body = json!({"UserPoolId": pool, "Username": "ada"});
        world.call(UserPools, "AdminGetUser", body).await.ok()["UserStatus"].clone()
    };

    // What scanners and previews do.
    for method in ["GET", "HEAD", "OPTIONS"] {
        assert!(fetch(&world, method, &path, "").await.status().is_success(), "{method}");
    }
    assert_eq!(status().await, "UNCONFIRMED");

    let code = mail.code.expose();
    let posted = |pool: &str, code: &str| {
        let body = json!({"client_id": client, "user_name": "ada", "confirmation_code": code}).to_string();
        let path = format!("/{pool}/confirmUser");
        let world = &world;
        async move { fetch(world, "POST", &path, &body).await.status().as_u16() }
    };
    assert_eq!(posted(&pool, "a".repeat(26).as_str()).await, 400);
    assert_eq!(posted("us-east-1_Ab3dEf9hJ", code).await, 400);
    assert_eq!(posted("x", code).await, 400);
    assert_eq!(fetch(&world, "POST", &path, "{}").await.status().as_u16(), 400);
    assert_eq!(posted(&pool, code).await, 204);
    assert_eq!(status().await, "CONFIRMED");
    assert_eq!(posted(&pool, code).await, 400, "once");
}

#[tokio::test]
async fn line_76_the_page_loads_nothing_from_elsewhere_and_is_neither_kept_nor_framed() {
    let world = World::new().await;
    let (confirm, feedback) = ("/us-east-1_Ab3dEf9hJ/confirmUser", "/us-east-1_Ab3dEf9hJ/feedback");
    for path in [confirm, feedback, "/pages/confirm.js", "/pages/confirm.css"] {
        let response = fetch(&world, "GET", path, "").await;
        assert_eq!(response.status(), 200, "{path}");
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; ") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'), "{policy}");
        for (name, value) in [
            ("referrer-policy", "no-referrer"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(header(name), value, "{path}");
        }
        let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        for outside in ["http:", "https:", "//cdn", "<script>", "style=", "onclick", "innerHTML", "eval("] {
            assert!(!text.contains(outside), "{path}: {outside}");
        }
    }
}

#[tokio::test]
async fn line_49_a_person_says_by_a_click_on_the_page_of_a_notification_whether_it_was_them() {
    let sent = Arc::new(Sent::default());
    let builder = Cenote::in_memory().messenger(Arc::clone(&sent) as Arc<dyn Messenger>);
    let world = World::over(builder.link_base("https://id.example.com"), Options::default()).await;
    let pool = json!({"PoolName": "p", "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"}});
    let pool = world.call(UserPools, "CreateUserPool", pool).await.ok()["UserPool"]["Id"].as_str().unwrap().to_owned();
    let client = json!({"UserPoolId": pool, "ClientName": "c", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]});
    let client = world.call(UserPools, "CreateUserPoolClient", client).await.ok()["UserPoolClient"]["ClientId"].clone();
    let mail = json!({"Subject": "a new device", "TextBody": "{one-click-link-valid} {one-click-link-invalid}"});
    let notify =
        json!({"SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@example.com", "NoActionEmail": mail});
    let actions = json!({"LowAction": {"Notify": true, "EventAction": "NO_ACTION"}});
    let takeover = json!({"Actions": actions, "NotifyConfiguration": notify});
    let risk = json!({"UserPoolId": pool, "AccountTakeoverRiskConfiguration": takeover});
    world.call(UserPools, "SetRiskConfiguration", risk).await.ok();
    let email = json!([{"Name": "email", "Value": "ada@example.com"}, {"Name": "email_verified", "Value": "true"}]);
    let ada = json!({"UserPoolId": pool, "Username": "ada", "UserAttributes": email, "MessageAction": "SUPPRESS"});
    world.call(UserPools, "AdminCreateUser", ada).await.ok();
    let password = json!({"UserPoolId": pool, "Username": "ada", "Password": PASSWORD, "Permanent": true});
    world.call(UserPools, "AdminSetUserPassword", password).await.ok();
    for agent in ["at home", "elsewhere"] {
        let parameters = json!({"USERNAME": "ada", "PASSWORD": PASSWORD});
        let body = json!({"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
        let mut outgoing = Outgoing::of(operation(UserPools, "InitiateAuth"), &body);
        outgoing.headers.push(("user-agent".to_owned(), agent.to_owned()));
        world.send(outgoing).await.ok();
    }
    let links = sent.0.lock().unwrap().iter().rev().find(|mail| mail.subject == "a new device").unwrap().body.clone();
    let link = links.expose().split(' ').nth(1).unwrap();
    let fragment = link.strip_prefix(&format!("https://id.example.com/{pool}/feedback#")).unwrap();
    let brought: serde_json::Map<String, serde_json::Value> =
        form_urlencoded::parse(fragment.as_bytes()).map(|(name, value)| (name.into_owned(), json!(value))).collect();
    let path = format!("/{pool}/feedback");
    let feedback = async || {
        let body = json!({"UserPoolId": pool, "Username": "ada"});
        world.call(UserPools, "AdminListUserAuthEvents", body).await.ok()["AuthEvents"][0]["EventFeedback"].clone()
    };
    let posted = async |pool: &str, member: &str, value: &str| {
        let mut body = brought.clone();
        body.insert(member.to_owned(), json!(value));
        let body = serde_json::Value::Object(body).to_string();
        fetch(&world, "POST", &format!("/{pool}/feedback"), &body).await.status().as_u16()
    };

    // What scanners and previews do.
    for method in ["GET", "HEAD", "OPTIONS"] {
        assert!(fetch(&world, method, &path, "").await.status().is_success(), "{method}");
    }
    assert!(feedback().await.is_null());
    for (member, wrong) in [
        ("feedback_token", "eyJ"),
        ("user_name", "eve"),
        ("event_id", "another"),
        ("value", "Maybe"),
        ("more", "members"),
    ] {
        assert_eq!(posted(&pool, member, wrong).await, 400, "{member}");
    }
    assert_eq!(posted("us-east-1_Ab3dEf9hJ", "value", "Invalid").await, 400);
    assert_eq!(posted("x", "value", "Invalid").await, 400);
    assert!(feedback().await.is_null());
    assert_eq!(posted(&pool, "value", "Invalid").await, 204);
    assert_eq!(feedback().await["FeedbackValue"], "Invalid");
    assert_eq!(posted(&pool, "value", "Valid").await, 400, "once");
    assert_eq!(feedback().await["FeedbackValue"], "Invalid");
}
