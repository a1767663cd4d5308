//! What operators set and ask for.

use std::collections::BTreeSet;

use userpool_core::model::limits::RequestCategory;
use userpool_core::model::pool::{Contact, SignInNames};
use userpool_core::model::risk::{LogDelivery, LogSource};
use userpool_core::model::user::UserStatus;
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::sign_in::AuthOutcome;
use userpool_core::ops::users::{AdminCreateUser, Invitation};
use userpool_core::{Error, Invalid, IssuerForm, UserPools};

use crate::world::{parts, world, world_with};

#[tokio::test]
async fn a_rate_is_raised_from_the_default_up_to_ten_times_as_much() {
    let world = world().await;
    let (category, pools) = (RequestCategory::UserToken, &world.pools);
    let (least, most) = (category.default_rate(), 10 * category.default_rate());
    for rate in [least, least + 1, most] {
        pools.set_provisioned_rate(category, rate).await.unwrap();
        assert_eq!(pools.provisioned_rates().await.unwrap().of(category), rate);
    }

    assert_eq!(pools.set_provisioned_rate(category, least - 1).await, Err(Invalid::RateTooLow.into()));
    assert_eq!(pools.set_provisioned_rate(category, most + 1).await, Err(Error::QuotaExceeded { most }));

    let rates = pools.provisioned_rates().await.unwrap();
    assert_eq!(rates.of(category), most);
    assert_eq!(rates.of(RequestCategory::UserUpdate), RequestCategory::UserUpdate.default_rate());
}

#[tokio::test]
async fn the_logs_of_a_pool_go_where_it_was_said_each_source_once() {
    let world = world().await;
    let to = |source| LogDelivery { source, destination: None };
    let (told, events) = (to(LogSource::UserNotification), to(LogSource::UserAuthEvents));
    let set = async |logs: &[&LogDelivery]| {
        let logs = logs.iter().map(|log| (*log).clone()).collect();
        world.pools.set_log_delivery(&world.pool.id, logs).await.map(|pool| pool.protection.logs)
    };

    for logs in [vec![&told, &events], vec![&events], vec![]] {
        set(&logs).await.unwrap();
        let kept = world.pools.log_delivery(&world.pool.id).await.unwrap();
        assert_eq!(kept.iter().collect::<Vec<_>>(), logs);
    }
    for logs in [vec![&told, &told], vec![&told, &events, &told]] {
        assert_eq!(set(&logs).await, Err(Invalid::LogDeliveries.into()));
    }
}

#[tokio::test]
async fn a_client_of_any_page_that_writes_a_claim_is_told_of() {
    let world = world().await;
    let claims = BTreeSet::from(["nickname".to_owned(), "locale".to_owned()]);
    let written = async || world.pools.claims_that_users_write(&world.pool.id, &claims).await.unwrap();
    let mut none = world.client.settings.clone();
    none.write_attributes = Some(BTreeSet::from(["email".to_owned()]));
    world.pools.update_user_pool_client(&world.pool.id, &world.client.id, none.clone()).await.unwrap();
    for _ in 0..60 {
        let client = CreateClient { pool: world.pool.id.clone(), settings: none.clone(), with_secret: false };
        Box::pin(world.pools.create_user_pool_client(client)).await.unwrap();
    }
    assert_eq!(written().await, BTreeSet::new());

    let page = document_store::page::PageRequest { limit: 60, after: None };
    let first = world.pools.list_user_pool_clients(&world.pool.id, page).await.unwrap();
    let rest = document_store::page::PageRequest { limit: 60, after: first.next };
    let last = world.pools.list_user_pool_clients(&world.pool.id, rest).await.unwrap().items.pop().unwrap();
    none.write_attributes = Some(BTreeSet::from(["nickname".to_owned()]));
    world.pools.update_user_pool_client(&world.pool.id, &last.id, none).await.unwrap();

    assert_eq!(written().await, BTreeSet::from(["nickname".to_owned()]));
}

#[tokio::test]
async fn issuers_stand_below_the_url_of_the_server_or_look_like_amazons() {
    let world = world().await;
    let id = &world.pool.id;
    assert_eq!(world.pools.base_url(), Some("http://127.0.0.1:9229"));
    assert_eq!(world.pools.issuer(id), format!("http://127.0.0.1:9229/{id}"));
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.issuer = IssuerForm::Amazon;
    let amazons = UserPools::new(parts);

    assert_eq!(amazons.base_url(), None);
    let issuer = amazons.issuer(id);
    assert_eq!(issuer, format!("https://cognito-idp.us-east-1.amazonaws.com/{id}"));
    assert_eq!(amazons.pool_of_issuer(&issuer).as_ref(), Some(id));
    assert_eq!(world.pools.pool_of_issuer(&issuer), None);
    assert!(world.pools.prevents_user_existence_errors_by_default());
}

#[tokio::test]
async fn where_addresses_are_names_another_name_is_refused_with_what_was_expected() {
    let (mail, phone) = (Contact::Email, Contact::PhoneNumber);
    let (address, number) = ("ada@example.com", "+14155550123");
    for (contacts, good, wrong) in [
        (vec![mail], vec![address], vec![("ada", Invalid::UsernameNotEmail), (number, Invalid::UsernameNotEmail)]),
        (
            vec![phone],
            vec![number],
            vec![("ada", Invalid::UsernameNotPhoneNumber), (address, Invalid::UsernameNotPhoneNumber)],
        ),
        (vec![mail, phone], vec![address, number], vec![("ada", Invalid::UsernameNotEmailOrPhoneNumber)]),
    ] {
        let contacts: BTreeSet<Contact> = contacts.into_iter().collect();
        let world = world_with(|pool, _| pool.sign_in_names = SignInNames::Address(contacts)).await;
        for name in good {
            world.sign_up_with(name, &[]).await.unwrap();
        }
        for (name, why) in wrong {
            assert_eq!(world.sign_up_with(name, &[]).await.unwrap_err(), why.into(), "{name}");
        }
    }
}

#[tokio::test]
async fn an_invitation_is_sent_again_with_a_password_that_lives_anew_to_those_alone_who_have_not_come_yet() {
    let world = world().await;
    let first = world.invite("ada").await;
    let days = world.pool.settings.password_policy.temporary_days;
    world.clock.advance_seconds(days * 86_400 - 1);
    let again = |name: &str, mediums: Vec<Contact>| AdminCreateUser {
        invitation: Invitation::Resend,
        mediums,
        ..AdminCreateUser::new(world.pool.id.clone(), name)
    };

    let invited = world.pools.admin_create_user(again("ada", vec![])).await.unwrap();

    assert_eq!(invited.status, UserStatus::ForceChangePassword);
    let second = world.outbox.code_for("ada").unwrap();
    assert_ne!(first, second);
    world.clock.advance_seconds(days * 86_400 - 1);
    assert!(world.password("ada", &first).await.is_err(), "it was replaced");
    assert!(matches!(
        world.password("ada", &second).await.unwrap(),
        AuthOutcome::Challenged(_) | AuthOutcome::NewPasswordRequired(_)
    ));
    world.clock.advance_seconds(1);
    assert!(world.password("ada", &second).await.is_err(), "it has had its days");
    let by_sms = world.pools.admin_create_user(again("ada", vec![Contact::PhoneNumber])).await;
    assert_eq!(by_sms, Err(Invalid::NoAddressForMedium.into()));
    world.user("eve").await;
    assert_eq!(world.pools.admin_create_user(again("eve", vec![])).await, Err(Error::UnsupportedUserState));
}

/// Tools that compare what they asked for would find a difference.
#[tokio::test]
async fn of_an_administrators_user_nothing_is_said_of_addresses_but_what_was_said() {
    let world = world().await;
    let make = |name: &str, flag: Option<&str>| {
        let request =
            AdminCreateUser::new(world.pool.id.clone(), name).attribute("email", format!("{name}@example.com"));
        let request = flag.into_iter().fold(request, |request, flag| request.attribute("email_verified", flag));
        let pools = &world.pools;
        async move { pools.admin_create_user(request).await.unwrap() }
    };

    for (name, said) in [("ada", None), ("bob", Some("true")), ("eve", Some("false"))] {
        let made = make(name, said).await;
        assert_eq!(made.attributes.get("email_verified").map(String::as_str), said, "{name}");
    }
}
