//! Sign-ups that are confirmed by a link.

use userpool_core::model::ids::UserPoolId;
use userpool_core::model::links::LinkTexts;
use userpool_core::model::pool::MessageTexts;
use userpool_core::model::user::UserStatus;
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::links::ConfirmByLink;
use userpool_core::ops::pools::CreateUserPool;
use userpool_core::ops::recovery::ForgotPassword;
use userpool_core::ops::sign_up::SignUp;
use userpool_core::reasons::MessageText;
use userpool_core::{Error, Invalid, UserPools};

use crate::world::{PASSWORD, World, parts, world, world_with};

const BASE: &str = "https://id.example.com";

/// The world's services, where links lead below [`BASE`].
fn with_base(world: &World) -> UserPools {
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.link_base = Some(format!("{BASE}/"));
    UserPools::new(parts)
}

async fn by_links() -> World {
    let mut world = world().await;
    world.pools = with_base(&world);
    let mut settings = world.pool.settings.clone();
    settings.messages.by_link.enabled = true;
    world.pools.update_user_pool(&world.pool.id, settings).await.unwrap();
    world
}

/// What the newest mail's link says of client, name and code.
fn brought(world: &World, name: &str) -> ConfirmByLink {
    let mail = world.outbox.to(name).pop().unwrap();
    let link = mail.body.expose().split('"').nth(1).unwrap().replace("&amp;", "&");
    let (page, fragment) = link.split_once('#').unwrap();
    assert_eq!(page, format!("{BASE}/{}/confirmUser", world.pool.id));
    assert!(!page.contains(mail.code.expose()) && fragment.ends_with(mail.code.expose()), "{link}");
    let value = |name: &str| fragment.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap();
    ConfirmByLink {
        pool: world.pool.id.clone(),
        client: value("client_id=").parse().unwrap(),
        username: value("user_name=").to_owned(),
        code: value("confirmation_code=").into(),
    }
}

async fn status(world: &World, name: &str) -> UserStatus {
    world.pools.admin_get_user(&world.pool.id, name).await.unwrap().status
}

#[tokio::test]
async fn line_64_a_link_confirms_once_and_has_its_code_behind_the_fragment() {
    let world = by_links().await;
    world.sign_up("ada").await.unwrap();
    let request = brought(&world, "ada");

    world.pools.confirm_sign_up_by_link(request.clone()).await.unwrap();

    let user = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap();
    assert_eq!((user.status, user.attributes["email_verified"].as_str()), (UserStatus::Confirmed, "true"));
    assert!(matches!(world.pools.confirm_sign_up_by_link(request).await, Err(Error::CodeMismatch)));
}

#[tokio::test]
async fn line_47_a_newer_link_voids_the_one_before_and_the_newer_one_can_be_typed() {
    let world = by_links().await;
    world.sign_up("ada").await.unwrap();
    let first = brought(&world, "ada");
    world.resend("ada").await;
    let second = brought(&world, "ada");

    assert!(matches!(world.pools.confirm_sign_up_by_link(first).await, Err(Error::CodeMismatch)));
    world.confirm("ada", second.code.expose()).await.unwrap();
}

#[tokio::test]
async fn line_47_a_link_is_dead_after_a_day() {
    let world = by_links().await;
    world.sign_up("ada").await.unwrap();
    world.clock.advance_seconds(24 * 3600);

    assert!(matches!(world.pools.confirm_sign_up_by_link(brought(&world, "ada")).await, Err(Error::CodeMismatch)));
    assert_eq!(status(&world, "ada").await, UserStatus::Unconfirmed);
}

#[tokio::test]
async fn line_43_tries_by_link_and_tries_by_typing_spend_the_same_budget() {
    let world = by_links().await;
    world.sign_up("ada").await.unwrap();
    let right = brought(&world, "ada");
    let wrong = ConfirmByLink { code: "a".repeat(26).into(), ..right.clone() };

    for _ in 0..3 {
        let refused = world.pools.confirm_sign_up_by_link(wrong.clone()).await;
        assert!(matches!(refused, Err(Error::CodeMismatch)), "{refused:?}");
    }
    for _ in 0..2 {
        assert!(matches!(world.confirm("ada", "000000").await, Err(Error::CodeMismatch)));
    }

    assert!(matches!(world.pools.confirm_sign_up_by_link(right).await, Err(Error::LimitExceeded { .. })));
}

#[tokio::test]
async fn a_typed_code_is_no_link_and_a_link_is_of_its_pool_and_client() {
    let mut world = by_links().await;
    world.sign_up("ada").await.unwrap();
    let right = brought(&world, "ada");
    let other_pool: UserPoolId = "us-east-1_Ab3dEf9hJ".parse().unwrap();
    let settings = world.pools.default_client_settings("other");
    let client = CreateClient { pool: world.pool.id.clone(), settings, with_secret: true };
    let with_secret = world.pools.create_user_pool_client(client).await.unwrap().client;
    let nobody = "4h57k2lmnp8qrstv6wxyz0abcd".parse().unwrap();

    for wrong in [
        ConfirmByLink { pool: other_pool, ..right.clone() },
        ConfirmByLink { client: nobody, ..right.clone() },
        ConfirmByLink { username: "nobody".to_owned(), ..right.clone() },
        ConfirmByLink { code: "123456".into(), ..right.clone() },
    ] {
        let refused = world.pools.confirm_sign_up_by_link(wrong).await;
        assert!(matches!(refused, Err(Error::CodeMismatch)), "{refused:?}");
    }
    assert_eq!(status(&world, "ada").await, UserStatus::Unconfirmed);

    // Codes of six digits are guessed at the door that asks for the client's secret, and at no other.
    let mut settings = world.pool.settings.clone();
    settings.messages.by_link.enabled = false;
    world.pools.update_user_pool(&world.pool.id, settings.clone()).await.unwrap();
    world.client = with_secret;
    let typed = ConfirmByLink { client: world.client.id.clone(), ..right.clone() };
    assert!(matches!(world.pools.confirm_sign_up_by_link(typed).await, Err(Error::CodeMismatch)));
    assert!(matches!(world.pools.confirm_sign_up_by_link(right.clone()).await, Err(Error::CodeMismatch)));
    settings.messages.by_link.enabled = true;
    world.pools.update_user_pool(&world.pool.id, settings).await.unwrap();
    world.pools.confirm_sign_up_by_link(right).await.unwrap();
}

#[tokio::test]
async fn a_name_with_any_letters_is_told_from_the_rest_of_its_link() {
    let world = by_links().await;
    let name = "ada&confirmation_code=x#ü";
    let request = SignUp::new(world.client.id.clone(), name, PASSWORD).attribute("email", "ada@example.com");
    world.pools.sign_up(request).await.unwrap();

    let body = world.outbox.to(name).pop().unwrap().body;

    let encoded = "user_name=ada%26confirmation_code%3Dx%23%C3%BC&amp;confirmation_code=";
    assert!(body.expose().contains(encoded), "{}", body.expose());
}

#[tokio::test]
async fn a_forgotten_password_is_reset_by_a_code_where_sign_ups_are_confirmed_by_links() {
    let world = by_links().await;
    world.sign_up("ada").await.unwrap();
    world.pools.confirm_sign_up_by_link(brought(&world, "ada")).await.unwrap();

    let request = ForgotPassword { client: world.client.id.clone(), secret_hash: None, username: "ada".to_owned() };
    world.pools.forgot_password(request).await.unwrap();

    let mail = world.outbox.to("ada").pop().unwrap();
    assert_eq!((mail.code.expose().len(), mail.body.expose().contains("href")), (6, false));
}

#[tokio::test]
async fn the_pools_text_says_what_the_link_is() {
    let world = by_links().await;
    let mut settings = world.pools.describe_user_pool(&world.pool.id).await.unwrap().settings;
    let body = Some("<p>{username}: {##go <b>on</b>##}</p>".to_owned());
    settings.messages.by_link = LinkTexts { enabled: true, subject: Some("Go on".to_owned()), body };
    world.pools.update_user_pool(&world.pool.id, settings).await.unwrap();
    world.sign_up("ada").await.unwrap();

    let mail = world.outbox.to("ada").pop().unwrap();

    assert_eq!(mail.subject, "Go on");
    assert!(mail.body.expose().starts_with("<p>ada: <a href=\"https://id.example.com/"), "{}", mail.body.expose());
    assert!(mail.body.expose().ends_with("\">go <b>on</b></a></p>"), "{}", mail.body.expose());
}

#[tokio::test]
async fn line_49_links_are_refused_where_nobody_has_said_where_they_lead() {
    let world = world().await;
    let mut settings = world.pool.settings.clone();
    settings.messages.by_link.enabled = true;

    let refused = world.pools.update_user_pool(&world.pool.id, settings.clone()).await;
    assert!(matches!(refused, Err(Error::InvalidParameter(Invalid::NoLinkBase))), "{refused:?}");

    // Said once and no more: no message leaves that leads nowhere.
    with_base(&world).update_user_pool(&world.pool.id, settings).await.unwrap();
    assert!(matches!(world.sign_up("ada").await, Err(Error::CodeDelivery(_))));
    assert!(world.outbox.to("ada").is_empty());
}

#[tokio::test]
async fn a_text_without_a_place_for_what_the_message_brings_is_refused() {
    let world = world_with(|_, _| {}).await;
    let text = |text: &str| Some(text.to_owned());
    let with = |messages: MessageTexts| {
        let mut pool = CreateUserPool::named("p", &world.pools);
        pool.settings.messages = messages;
        pool
    };
    let link = |body: &str| MessageTexts {
        by_link: LinkTexts { body: text(body), ..LinkTexts::default() },
        ..MessageTexts::default()
    };
    for (messages, which) in [
        (MessageTexts { verification_body: text("no code"), ..MessageTexts::default() }, MessageText::Code),
        (MessageTexts { verification_sms: text("no code"), ..MessageTexts::default() }, MessageText::Code),
        (MessageTexts { invitation_body: text("{####}"), ..MessageTexts::default() }, MessageText::Invitation),
        (MessageTexts { invitation_sms: text("{username}"), ..MessageTexts::default() }, MessageText::Invitation),
        (link("{####}"), MessageText::Link),
        (link("{##x"), MessageText::Link),
    ] {
        let refused = world.pools.create_user_pool(with(messages)).await;
        let refused = refused.map(drop);
        assert!(
            matches!(&refused, Err(Error::InvalidParameter(Invalid::MessageText(own))) if *own == which),
            "{refused:?}"
        );
    }
    world.pools.create_user_pool(with(link("{##x##}"))).await.unwrap();
}
