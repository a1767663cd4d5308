//! How many messages a pool sends at most.

use identity_kernel::context::RequestContext;
use userpool_core::model::message_limits::MessageLimits;
use userpool_core::model::pool::Contact;
use userpool_core::ops::recovery::ForgotPassword;
use userpool_core::ops::resend::ResendCode;
use userpool_core::ops::users::AdminCreateUser;
use userpool_core::{Error, UserPools};

use crate::world::{World, parts, world, world_with};

async fn limited(limits: MessageLimits) -> World {
    let world = world().await;
    world.pools.set_message_limits(&world.pool.id, Some(limits)).await.unwrap();
    world
}

fn mails(a_day: u32) -> MessageLimits {
    MessageLimits { mails_a_day: Some(a_day), ..MessageLimits::NONE }
}

fn spent<T: std::fmt::Debug>(outcome: Result<T, Error>) -> i64 {
    match outcome {
        Err(Error::LimitExceeded { retry_after_seconds }) => retry_after_seconds,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn line_64_a_pool_sends_so_many_mails_a_day_whoever_asks_and_a_sign_up_beyond_them_makes_no_account() {
    let world = limited(mails(2)).await;
    world.sign_up("ada").await.unwrap();
    world.sign_up("bob").await.unwrap();

    let wait = spent(world.sign_up("eve").await);

    assert!(world.pools.admin_get_user(&world.pool.id, "eve").await.is_err());
    assert_eq!(world.outbox.to("eve").len(), 0);
    spent(world.pools.resend_confirmation_code(ResendCode::new(world.client.id.clone(), "ada")).await);
    spent(
        world
            .pools
            .admin_create_user(AdminCreateUser::new(world.pool.id.clone(), "kim").attribute("email", "k@x.de"))
            .await,
    );
    assert!(world.pools.admin_get_user(&world.pool.id, "kim").await.is_err());
    world.clock.advance_seconds(wait - 1);
    spent(world.sign_up("eve").await);
    world.clock.advance_seconds(1);
    world.sign_up("eve").await.unwrap();
}

#[tokio::test]
async fn line_64_text_messages_have_a_day_and_a_month_of_their_own() {
    let world = world_with(|pool, _| pool.settings.auto_verified = [Contact::PhoneNumber].into()).await;
    let limits = MessageLimits { mails_a_day: Some(0), texts_a_day: Some(1), texts_a_month: Some(2) };
    world.pools.set_message_limits(&world.pool.id, Some(limits)).await.unwrap();
    let sign_up = async |name: &str, number: &str| world.sign_up_with(name, &[("phone_number", number)]).await;

    sign_up("ada", "+14155550101").await.unwrap();
    let day = spent(sign_up("bob", "+14155550102").await);
    assert!(day <= 24 * 3600, "{day}");
    world.clock.advance_seconds(day);
    sign_up("bob", "+14155550102").await.unwrap();
    world.clock.advance_seconds(24 * 3600);

    let month = spent(sign_up("eve", "+14155550103").await);

    assert!(month > 24 * 3600, "{month}");
    world.clock.advance_seconds(month);
    sign_up("eve", "+14155550103").await.unwrap();
}

#[tokio::test]
async fn line_39_a_name_of_nobody_is_refused_with_everybody_and_spends_nothing() {
    let world = limited(mails(2)).await;
    let forgot = async |name: &str| {
        let client = world.client.id.clone();
        world.pools.forgot_password(ForgotPassword { client, secret_hash: None, username: name.to_owned() }).await
    };
    world.user("ada").await;
    for name in ["nobody", "no-one", "none"] {
        forgot(name).await.unwrap();
    }
    forgot("ada").await.unwrap();

    assert_eq!(spent(forgot("ada").await), spent(forgot("other").await));
}

#[tokio::test]
async fn a_pool_without_limits_of_its_own_has_the_services_and_the_ones_that_it_has_go_before() {
    let world = world().await;
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.defaults.message_limits = mails(0);
    let pools = UserPools::new(parts).for_request(RequestContext::default());
    let world = World { pools, ..world };
    spent(world.sign_up("ada").await);

    world.pools.set_message_limits(&world.pool.id, Some(mails(1))).await.unwrap();
    world.sign_up("ada").await.unwrap();
    spent(world.sign_up("bob").await);
    // Settings over the wire say nothing of limits, and leave them.
    world.pools.update_user_pool(&world.pool.id, world.pool.settings.clone()).await.unwrap();
    spent(world.sign_up("bob").await);
    world.pools.set_message_limits(&world.pool.id, Some(MessageLimits::NONE)).await.unwrap();
    world.sign_up("bob").await.unwrap();
}

#[tokio::test]
async fn line_64_two_that_ask_at_once_for_the_last_message_do_not_both_get_one() {
    let world = limited(mails(1)).await;

    let (one, other) = futures::future::join(world.sign_up("ada"), world.sign_up("bob")).await;

    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    assert_eq!(world.outbox.to("ada").len() + world.outbox.to("bob").len(), 1);
}
