//! Users hear of changes to their accounts.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use identity_kernel::context::RequestContext;
use identity_kernel::secret::SecretString;
use userpool_core::model::factors::{MfaMode, SecondFactor};
use userpool_core::model::message_limits::MessageLimits;
use userpool_core::model::notices::{Notice, NoticeText};
use userpool_core::model::pool::{AccountRules, Contact};
use userpool_core::ops::factors::Preference;
use userpool_core::ops::recovery::{ConfirmForgotPassword, ForgotPassword};
use userpool_core::ops::software_token::Enrolment;
use userpool_core::ops::users::PasswordLifetime;
use userpool_core::ports::{DeliveryError, Message, MessageReason, Messenger};
use userpool_core::{Error, Invalid, UserPools};

use crate::devices::{STANDS_IN, confirmed};
use crate::factors::{App, challenged, pool_with};
use crate::passkeys::takes_passkeys;
use crate::world::{PASSWORD, World, attributes, parts, world, world_with};

const NEXT: &str = "An0ther!battery-staple";

/// The notices that went to this address, oldest first.
fn notices(world: &World, name: &str, address: &str) -> Vec<Notice> {
    let to = world.outbox.to(name).into_iter().filter(|message| message.destination == address);
    to.filter_map(|message| match message.reason {
        MessageReason::Notice(notice) => Some(notice),
        _ => None,
    })
    .collect()
}

async fn change(world: &World, token: &SecretString, from: &str, to: &str) {
    world.pools.change_password(token, Some(&from.into()), &to.into()).await.unwrap();
}

/// A pool whose addresses change at once.
async fn changing_at_once() -> World {
    world_with(|pool, _| {
        pool.settings.account_rules = AccountRules {
            keep_email_until_verified: false,
            keep_phone_number_until_verified: false,
            ..AccountRules::HARDENED
        };
    })
    .await
}

#[tokio::test]
async fn line_62_a_new_password_is_told_whoever_set_it_and_a_reset_is_told_as_one() {
    let world = world().await;
    world.user("ada").await;
    let token = world.tokens("ada").await.access_token;

    change(&world, &token, PASSWORD, NEXT).await;
    let by_admin = PASSWORD.into();
    let set = world.pools.admin_set_user_password(&world.pool.id, "ada", &by_admin, PasswordLifetime::Permanent);
    set.await.unwrap();
    let client = world.client.id.clone();
    let forgot = ForgotPassword { client: client.clone(), secret_hash: None, username: "ada".to_owned() };
    world.pools.forgot_password(forgot).await.unwrap();
    let (code, password) = (world.outbox.code_for("ada").unwrap().into(), NEXT.into());
    let reset = ConfirmForgotPassword { client, secret_hash: None, username: "ada".to_owned(), code, password };
    world.pools.confirm_forgot_password(reset).await.unwrap();

    let told = notices(&world, "ada", "ada@example.com");
    assert_eq!(told, [Notice::PasswordChanged, Notice::PasswordChanged, Notice::PasswordReset]);
}

#[tokio::test]
async fn line_62_a_new_address_is_told_at_the_old_one_whoever_wrote_it_and_however_it_came_to_hold() {
    // Kept until it is proved.
    let world = world().await;
    world.user("ada").await;
    let token = world.tokens("ada").await.access_token;
    let new = attributes(&[("email", "new@example.com")]);
    world.pools.update_user_attributes(&token, new).await.unwrap();
    assert_eq!(notices(&world, "ada", "ada@example.com"), []);
    let code = world.outbox.code_for("ada").unwrap().into();
    world.pools.verify_user_attribute(&token, Contact::Email, &code).await.unwrap();
    assert_eq!(notices(&world, "ada", "ada@example.com"), [Notice::EmailChanged]);
    assert_eq!(notices(&world, "ada", "new@example.com"), []);

    // At once, by the user and by an administrator; removed.
    let world = changing_at_once().await;
    for name in ["bob", "kim", "eve"] {
        world.user(name).await;
    }
    let token = world.tokens("bob").await.access_token;
    world.pools.update_user_attributes(&token, attributes(&[("email", "new@example.com")])).await.unwrap();
    let given = attributes(&[("email", "other@example.com"), ("email_verified", "true")]);
    world.pools.admin_update_user_attributes(&world.pool.id, "kim", given).await.unwrap();
    world.pools.admin_update_user_attributes(&world.pool.id, "eve", attributes(&[("email", "")])).await.unwrap();
    for name in ["bob", "kim", "eve"] {
        assert_eq!(notices(&world, name, &format!("{name}@example.com")), [Notice::EmailChanged], "{name}");
    }
    // The same address again is no change.
    world
        .pools
        .admin_update_user_attributes(&world.pool.id, "kim", attributes(&[("email", "other@example.com")]))
        .await
        .unwrap();
    assert_eq!(notices(&world, "kim", "other@example.com"), []);
}

#[tokio::test]
async fn line_62_a_new_number_is_told_by_mail_or_else_at_the_old_number() {
    let world = changing_at_once().await;
    world.user("ada").await;
    world.user("bob").await;
    let number = |number: &str| attributes(&[("phone_number", number), ("phone_number_verified", "true")]);
    for name in ["ada", "bob"] {
        world.pools.admin_update_user_attributes(&world.pool.id, name, number("+14155550101")).await.unwrap();
    }
    world.pools.admin_update_user_attributes(&world.pool.id, "bob", attributes(&[("email", "")])).await.unwrap();
    world.outbox.clear();

    for name in ["ada", "bob"] {
        world.pools.admin_update_user_attributes(&world.pool.id, name, number("+14155550102")).await.unwrap();
    }

    assert_eq!(notices(&world, "ada", "ada@example.com"), [Notice::PhoneNumberChanged]);
    assert_eq!(notices(&world, "bob", "+14155550101"), [Notice::PhoneNumberChanged]);
    assert_eq!(world.outbox.to("ada").len() + world.outbox.to("bob").len(), 2);
}

/// Hands over what goes to the old address, and nothing else.
struct OldAddressAlone(Mutex<Vec<Message>>);

#[async_trait]
impl Messenger for OldAddressAlone {
    async fn send(&self, message: &Message) -> Result<(), DeliveryError> {
        if message.destination != "ada@example.com" {
            return Err(DeliveryError("no such mailbox".into()));
        }
        self.0.lock().unwrap().push(message.clone());
        Ok(())
    }
}

#[tokio::test]
async fn line_62_an_address_that_takes_no_code_does_not_keep_the_notice_from_the_old_one() {
    let world = changing_at_once().await;
    world.user("ada").await;
    let token = world.tokens("ada").await.access_token;
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    let heard = Arc::new(OldAddressAlone(Mutex::default()));
    parts.messenger = Arc::clone(&heard) as Arc<dyn Messenger>;

    let changed = UserPools::new(parts).update_user_attributes(&token, attributes(&[("email", "new@x.example")])).await;

    assert!(matches!(changed, Err(Error::CodeDelivery(_))), "{changed:?}");
    let told: Vec<_> = heard.0.lock().unwrap().iter().map(|message| message.reason).collect();
    assert_eq!(told, [MessageReason::Notice(Notice::EmailChanged)]);
}

#[tokio::test]
async fn line_62_a_passkey_that_is_added_or_removed_is_told() {
    let world = world_with(takes_passkeys).await;
    let token = world.member("ada").await;

    let (_, passkey) = world.register(&token).await;
    world.pools.delete_passkey(&token, &passkey.id).await.unwrap();

    assert_eq!(notices(&world, "ada", "ada@example.com"), [Notice::PasskeyAdded, Notice::PasskeyRemoved]);
}

#[tokio::test]
async fn line_62_a_second_factor_that_is_added_replaced_or_removed_is_told_once_whoever_does_it() {
    let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken, SecondFactor::Sms]).await;
    let told = |world: &World| {
        let told = notices(world, "ada", "ada@example.com");
        world.outbox.clear();
        told
    };
    world.user("ada").await;
    let number = attributes(&[("phone_number", "+14155550101"), ("phone_number_verified", "true")]);
    world.pools.admin_update_user_attributes(&world.pool.id, "ada", number).await.unwrap();
    let tokens = world.tokens("ada").await;
    world.outbox.clear();

    world.enrol(&tokens).await;
    assert_eq!(told(&world), [Notice::FactorAdded], "an app");
    world.prefer("ada", SecondFactor::SoftwareToken, true).await;
    assert_eq!(told(&world), [], "it was told before");
    world.prefer("ada", SecondFactor::Sms, false).await;
    assert_eq!(told(&world), [Notice::FactorAdded], "a number, by an administrator");
    world.clock.advance_seconds(60);
    world.enrol(&tokens).await;
    assert_eq!(told(&world), [Notice::FactorAdded], "another app in its place");
    let off = [Preference { factor: SecondFactor::Sms, enabled: false, preferred: false }];
    world.pools.set_user_mfa_preference(&tokens.access_token, &off).await.unwrap();
    assert_eq!(told(&world), [Notice::FactorRemoved], "the number");
    world.pools.admin_delete_software_token(&world.pool.id, "ada").await.unwrap();
    assert_eq!(told(&world), [Notice::FactorRemoved], "the app");
}

#[tokio::test]
async fn line_62_a_second_factor_that_is_set_up_in_a_sign_in_is_told() {
    let world = pool_with(MfaMode::On, &[SecondFactor::SoftwareToken]).await;
    world.user("ada").await;
    let asked = challenged(world.password("ada", PASSWORD).await);
    let by = Enrolment::SigningIn(&asked.session);
    let seed = world.pools.associate_software_token(by).await.unwrap();
    let session = seed.session.unwrap();
    let code = App::new(&seed.secret_code).code(&world);

    world.pools.verify_software_token(Enrolment::SigningIn(&session), &code, None).await.unwrap();

    assert_eq!(notices(&world, "ada", "ada@example.com"), [Notice::FactorAdded]);
}

#[tokio::test]
async fn line_62_a_device_that_is_remembered_is_told() {
    let world = crate::devices::tracking(STANDS_IN).await;

    confirmed(&world, "ada").await;

    assert_eq!(notices(&world, "ada", "ada@example.com"), [Notice::DeviceConfirmed]);
}

#[tokio::test]
async fn line_62_a_notice_brings_no_code_and_says_who_when_and_from_where_in_the_pools_own_words() {
    let world = world().await;
    world.user("<ada>").await;
    let text = |body: &str| {
        BTreeMap::from([(Notice::PasswordChanged, NoticeText { subject: "Hm".to_owned(), body: body.to_owned() })])
    };
    for bad in ["{####} is it", "{##here##}", "short"] {
        let refused = world.pools.set_notice_texts(&world.pool.id, text(bad)).await;
        assert!(matches!(refused, Err(Error::InvalidParameter(Invalid::NoticeText))), "{bad}");
    }
    let body = "<b>{username}</b> {time} {ip-address}";
    world.pools.set_notice_texts(&world.pool.id, text(body)).await.unwrap();
    // Settings over the wire say nothing of these texts, and leave them.
    world.pools.update_user_pool(&world.pool.id, world.pool.settings.clone()).await.unwrap();
    let token = world.tokens("<ada>").await.access_token;
    let source: IpAddr = "2001:db8::7".parse().unwrap();
    let here = RequestContext { source: Some(source), ..RequestContext::default() };

    world.pools.for_request(here).change_password(&token, Some(&PASSWORD.into()), &NEXT.into()).await.unwrap();

    let mail = world.outbox.to("<ada>").pop().unwrap();
    assert_eq!((mail.subject.as_str(), mail.code.expose()), ("Hm", ""));
    assert_eq!(mail.body.expose(), "<b>&lt;ada&gt;</b> 2026-11-03 09:05 UTC 2001:db8::7");
}

#[tokio::test]
async fn a_pool_that_does_not_tell_tells_nothing_and_an_address_that_nobody_proved_hears_nothing() {
    let silent = world_with(|pool, _| pool.settings.account_rules.tell_of_changes = false).await;
    silent.user("ada").await;
    let token = silent.tokens("ada").await.access_token;
    change(&silent, &token, PASSWORD, NEXT).await;
    assert_eq!(notices(&silent, "ada", "ada@example.com"), []);

    let world = world().await;
    world.user("ada").await;
    let unproved = attributes(&[("email_verified", "false")]);
    world.pools.admin_update_user_attributes(&world.pool.id, "ada", unproved).await.unwrap();
    let token = world.tokens("ada").await.access_token;
    change(&world, &token, PASSWORD, NEXT).await;
    assert_eq!(notices(&world, "ada", "ada@example.com"), []);
}

#[tokio::test]
async fn line_62_a_pool_whose_messages_are_spent_tells_all_the_same_and_nobody_is_told_without_end() {
    let world = world().await;
    world.user("ada").await;
    let token = world.tokens("ada").await.access_token;
    let none = MessageLimits { mails_a_day: Some(0), texts_a_day: Some(0), texts_a_month: Some(0) };
    world.pools.set_message_limits(&world.pool.id, Some(none)).await.unwrap();

    for turn in 0..12 {
        let (from, to) = if turn % 2 == 0 { (PASSWORD, NEXT) } else { (NEXT, PASSWORD) };
        change(&world, &token, from, to).await;
    }

    assert_eq!(notices(&world, "ada", "ada@example.com").len(), 10);
}

#[tokio::test]
async fn line_62_many_notices_to_one_user_keep_none_from_another() {
    let world = world().await;
    for name in ["ada", "bob"] {
        world.user(name).await;
    }
    let change = async |name: &str| {
        let password = PASSWORD.into();
        let set = world.pools.admin_set_user_password(&world.pool.id, name, &password, PasswordLifetime::Permanent);
        set.await.unwrap();
    };
    for _ in 0..60 {
        change("ada").await;
    }
    assert!(notices(&world, "ada", "ada@example.com").len() < 60, "they are limited");

    change("bob").await;

    assert_eq!(notices(&world, "bob", "bob@example.com"), [Notice::PasswordChanged]);
}
