//! Pools that watch sign-ins: events, risks and what is done about them, addresses, passwords that others know.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use document_store::page::PageRequest;
use identity_kernel::context::RequestContext;
use userpool_core::model::pool::AccountRules;
use userpool_core::model::risk::{
    AccountTakeover, AddressLists, CompromisedCredentials, CredentialEvent, MailText, NotifyTexts, ProtectionMode,
    RiskAction, RiskConfiguration, RiskLevel, TakeoverAction,
};
use userpool_core::model::sign_in_history::{AuthEvent, AuthEventKind, AuthEventResponse, Place};
use userpool_core::ops::sign_in::{AuthOutcome, Caller, InitiateAuth, SignInFlow};
use userpool_core::ports::{Action, Actor, Event, Events, MessageReason, Outcome, Places};
use userpool_core::reasons::PasswordProblem;
use userpool_core::storage::Protections;
use userpool_core::{DocumentUserPools, Error, Invalid, Refusal, UserPools};

use crate::world::{PASSWORD, World, parts, world, world_with};

pub(crate) async fn watching(mode: ProtectionMode) -> World {
    let world = world_with(|pool, _| {
        pool.settings.protection.mode = mode;
        pool.settings.account_rules = AccountRules::COGNITO;
    })
    .await;
    world.user("ada").await;
    world
}

/// The pools as somebody sees them who calls from there with this software.
fn from(world: &World, source: &str, user_agent: &str) -> UserPools {
    world.pools.for_request(RequestContext {
        source: Some(source.parse().unwrap()),
        user_agent: Some(user_agent.to_owned()),
        ..RequestContext::default()
    })
}

async fn sign_in(world: &World, pools: &UserPools, password: &str) -> Result<AuthOutcome, Error> {
    let flow = SignInFlow::UserPassword { username: "ada".to_owned(), password: password.into() };
    let request = InitiateAuth { client: world.client.id.clone(), caller: Caller::Public, secret_hash: None, flow };
    pools.initiate_auth(request).await
}

async fn configure(world: &World, configuration: RiskConfiguration) {
    world.pools.set_risk_configuration(&world.pool.id, None, configuration).await.unwrap();
}

fn with_actions(actions: [RiskAction; 3], notify: bool) -> RiskConfiguration {
    let [low, medium, high] = actions.map(|action| Some(TakeoverAction { action, notify }));
    let text = |subject: &str| {
        let html = Some("<p>{username} {ip-address} {event-id} {feedback-token}</p>".to_owned());
        Some(MailText { subject: subject.to_owned(), html, text: None })
    };
    let (block, no_action, mfa) = (text("blocked"), text("let in"), text("asked"));
    let notify = Some(NotifyTexts { block, no_action, mfa, ..NotifyTexts::default() });
    let takeover = Some(AccountTakeover { low, medium, high, notify });
    RiskConfiguration { takeover, ..RiskConfiguration::default() }
}

async fn events(world: &World) -> Vec<AuthEvent> {
    world.pools.admin_list_user_auth_events(&world.pool.id, "ada", &PageRequest::default()).await.unwrap().items
}

const HOME: (&str, &str) = ("192.0.2.1", "Firefox");
const AWAY: (&str, &str) = ("203.0.113.9", "curl");

#[tokio::test]
async fn a_pool_that_does_not_watch_keeps_nothing_and_has_no_events() {
    let world = watching(ProtectionMode::Off).await;
    sign_in(&world, &from(&world, HOME.0, HOME.1), PASSWORD).await.unwrap();

    let sub = world.pools.admin_get_user(&world.pool.id, "ada").await.unwrap().sub;
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    assert!(storage.history(&world.pool.id, &sub).await.unwrap().is_none());
    let page = PageRequest::default();
    let listed = world.pools.admin_list_user_auth_events(&world.pool.id, "ada", &page).await;
    assert_eq!(listed.unwrap_err(), Error::ProtectionOff);
    let set = world.pools.set_risk_configuration(&world.pool.id, None, RiskConfiguration::default()).await;
    assert_eq!(set.unwrap_err(), Error::ProtectionOff);
}

#[tokio::test]
async fn line_118_each_sign_in_is_one_event_with_its_outcome_and_the_tokens_name_it() {
    let world = watching(ProtectionMode::Audit).await;
    let home = from(&world, HOME.0, HOME.1);
    let _ = sign_in(&world, &home, "wrong").await.unwrap_err();
    let AuthOutcome::Tokens(tokens) = sign_in(&world, &home, PASSWORD).await.unwrap() else { panic!() };

    let events = events(&world).await;

    let seen: Vec<_> = events.iter().map(|event| (event.kind, event.response)).collect();
    let (pass, fail) = (AuthEventResponse::Pass, AuthEventResponse::Fail);
    let sign_in = AuthEventKind::SignIn;
    assert_eq!(seen, [(sign_in, pass), (sign_in, fail), (AuthEventKind::SignUp, pass)]);
    assert_eq!(events[0].address.as_deref(), Some(HOME.0));
    let me = world.pools.authenticate(&tokens.access_token).await.unwrap();
    assert_eq!(me.claims.event_id.as_deref(), Some(events[0].id.as_str()));
    let printed = format!("{events:?}");
    assert!(!printed.contains(PASSWORD) && !printed.contains(tokens.access_token.expose()));
}

#[tokio::test]
async fn a_right_password_from_a_new_place_and_device_is_refused_where_the_pool_blocks_that() {
    let world = watching(ProtectionMode::Enforced).await;
    configure(&world, with_actions([RiskAction::NoAction, RiskAction::Block, RiskAction::Block], true)).await;
    sign_in(&world, &from(&world, HOME.0, HOME.1), PASSWORD).await.unwrap();

    let away = from(&world, AWAY.0, AWAY.1);
    let refused = sign_in(&world, &away, PASSWORD).await;

    assert_eq!(refused.unwrap_err(), Refusal::RiskTooHigh.into());
    let again = sign_in(&world, &away, PASSWORD).await;
    assert_eq!(again.unwrap_err(), Refusal::RiskTooHigh.into(), "a refused sign-in makes nothing usual");
    let wrong = sign_in(&world, &away, "wrong").await;
    assert_eq!(wrong.unwrap_err(), Refusal::WrongCredentials.into(), "of the risk, who cannot sign in learns nothing");
    let told = world.outbox.to("ada").into_iter().find(|sent| sent.reason == MessageReason::AccountTakeover).unwrap();
    assert_eq!(told.subject, "blocked");
    assert!(told.body.expose().contains(AWAY.0));
    sign_in(&world, &from(&world, HOME.0, HOME.1), PASSWORD).await.expect("line 44: the known device goes on");
    let blocked: Vec<_> = events(&world).await.into_iter().filter(|event| event.blocked).collect();
    assert_eq!(blocked.len(), 2);
    assert_eq!(blocked[0].risk, Some(RiskLevel::Medium));
}

/// Knows two cities.
struct TwoCities;

impl Places for TwoCities {
    fn place(&self, address: IpAddr) -> Option<Place> {
        let (country, position) = match address.to_string().as_str() {
            "192.0.2.1" => ("Germany", (52.5, 13.4)),
            "203.0.113.9" => ("Australia", (-33.9, 151.2)),
            _ => return None,
        };
        Some(Place { country: Some(country.to_owned()), city: None, position: Some(position) })
    }
}

#[tokio::test]
async fn a_known_device_that_is_where_nobody_travels_in_the_time_is_refused_and_let_in_after_a_days_journey() {
    for (seconds, passes) in [(7200, false), (2 * 86_400, true)] {
        let mut world = watching(ProtectionMode::Enforced).await;
        let mut parts = parts(&world.clock, &world.outbox, &world.store);
        parts.places = Arc::new(TwoCities);
        world.pools = UserPools::new(parts);
        configure(&world, with_actions([RiskAction::NoAction, RiskAction::NoAction, RiskAction::Block], false)).await;
        sign_in(&world, &from(&world, HOME.0, HOME.1), PASSWORD).await.unwrap();

        world.clock.advance_seconds(seconds);
        let away = sign_in(&world, &from(&world, AWAY.0, HOME.1), PASSWORD).await;

        assert_eq!(away.is_ok(), passes, "{seconds} {away:?}");
        let event = events(&world).await.remove(0);
        assert_eq!(event.country.as_deref(), Some("Australia"));
        assert_eq!(event.risk, Some(if passes { RiskLevel::Medium } else { RiskLevel::High }));
    }
}

#[tokio::test]
async fn whoever_has_no_second_factor_is_refused_where_a_risk_demands_one_and_let_in_where_only_the_configured_are_asked()
 {
    for (action, passes) in [(RiskAction::MfaRequired, false), (RiskAction::MfaIfConfigured, true)] {
        let world = watching(ProtectionMode::Enforced).await;
        configure(&world, with_actions([action; 3], false)).await;
        sign_in(&world, &from(&world, HOME.0, HOME.1), PASSWORD).await.unwrap();

        let outcome = sign_in(&world, &from(&world, AWAY.0, AWAY.1), PASSWORD).await;

        assert_eq!(matches!(outcome, Ok(AuthOutcome::Tokens(_))), passes, "{action:?} {outcome:?}");
    }
}

#[tokio::test]
async fn a_pool_that_only_audits_judges_and_does_nothing() {
    let world = watching(ProtectionMode::Audit).await;
    let mut configuration = with_actions([RiskAction::Block; 3], true);
    configuration.exceptions.blocked = vec!["203.0.113.0/24".parse().unwrap()];
    configure(&world, configuration).await;
    sign_in(&world, &from(&world, HOME.0, HOME.1), PASSWORD).await.unwrap();

    sign_in(&world, &from(&world, AWAY.0, AWAY.1), PASSWORD).await.unwrap();

    assert_eq!(events(&world).await[0].risk, Some(RiskLevel::Medium));
    assert!(world.outbox.to("ada").iter().all(|sent| sent.reason != MessageReason::AccountTakeover));
}

#[tokio::test]
async fn from_a_blocked_network_nobody_signs_in_and_from_a_skipped_one_nobody_is_judged() {
    let world = watching(ProtectionMode::Enforced).await;
    let exceptions = AddressLists {
        blocked: vec!["203.0.113.0/24".parse().unwrap()],
        skipped: vec!["203.0.113.9".parse().unwrap(), "198.51.100.0/24".parse().unwrap()],
    };
    configure(&world, RiskConfiguration { exceptions, ..with_actions([RiskAction::Block; 3], false) }).await;
    sign_in(&world, &from(&world, HOME.0, HOME.1), PASSWORD).await.unwrap();

    for password in [PASSWORD, "wrong"] {
        let blocked = sign_in(&world, &from(&world, AWAY.0, HOME.1), password).await;
        assert_eq!(blocked.unwrap_err(), Refusal::RiskTooHigh.into(), "blocked goes before skipped");
    }
    let mapped = sign_in(&world, &from(&world, "::ffff:203.0.113.9", HOME.1), PASSWORD).await;
    assert_eq!(mapped.unwrap_err(), Refusal::RiskTooHigh.into(), "the same address written in IPv6");
    sign_in(&world, &from(&world, "198.51.100.7", "curl"), PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_client_with_a_configuration_of_its_own_goes_by_that() {
    let world = watching(ProtectionMode::Enforced).await;
    configure(&world, with_actions([RiskAction::Block; 3], false)).await;
    let (pools, pool, client) = (&world.pools, &world.pool.id, &world.client.id);
    let own = with_actions([RiskAction::NoAction; 3], false);
    let set = pools.set_risk_configuration(pool, Some(client), own).await.unwrap();
    sign_in(&world, &from(&world, HOME.0, HOME.1), PASSWORD).await.unwrap();

    sign_in(&world, &from(&world, AWAY.0, AWAY.1), PASSWORD).await.unwrap();

    assert_eq!(pools.describe_risk_configuration(pool, Some(client)).await.unwrap(), set);
    assert_ne!(pools.describe_risk_configuration(pool, None).await.unwrap(), set);
}

#[tokio::test]
async fn a_configuration_that_is_milder_about_a_higher_risk_is_refused() {
    let world = watching(ProtectionMode::Enforced).await;
    let milder = with_actions([RiskAction::Block, RiskAction::NoAction, RiskAction::NoAction], false);

    let set = world.pools.set_risk_configuration(&world.pool.id, None, milder).await;

    assert_eq!(set.unwrap_err(), Invalid::RiskActions.into());
}

fn refusing_known(events: &[CredentialEvent], block: bool) -> RiskConfiguration {
    let compromised = Some(CompromisedCredentials { events: events.iter().copied().collect(), block });
    RiskConfiguration { compromised, ..RiskConfiguration::default() }
}

#[tokio::test]
async fn line_41_a_password_that_others_know_is_refused_when_it_is_chosen_and_when_it_signs_in() {
    let known = "1q2w3e4r5t";
    let world = world_with(|pool, _| {
        pool.settings.protection.mode = ProtectionMode::Enforced;
        pool.settings.account_rules = AccountRules::COGNITO;
        pool.settings.password_policy.minimum_length = 6;
    })
    .await;
    world.user("ada").await;
    let token = world.tokens("ada").await.access_token;
    configure(&world, refusing_known(&[CredentialEvent::SignIn, CredentialEvent::PasswordChange], true)).await;

    let changed = world.pools.change_password(&token, Some(&PASSWORD.into()), &known.into()).await;
    assert_eq!(changed, Err(PasswordProblem::Compromised.into()));
    let lifetime = userpool_core::ops::users::PasswordLifetime::Permanent;
    world.pools.admin_set_user_password(&world.pool.id, "ada", &known.into(), lifetime).await.unwrap();

    assert_eq!(world.password("ada", known).await.unwrap_err(), Error::PasswordResetRequired);
    assert_eq!(world.password("ada", "wrong!").await.unwrap_err(), Refusal::WrongCredentials.into());
    world.forgot("ada").await.unwrap();
    let code = world.outbox.code_for("ada").unwrap();
    assert_eq!(world.reset("ada", &code, known).await, Err(PasswordProblem::Compromised.into()));
    world.reset("ada", &code, "a password of nobody else").await.unwrap();
    world.password("ada", "a password of nobody else").await.unwrap();
    assert!(events(&world).await.iter().any(|event| event.compromised));
}

#[tokio::test]
async fn a_pool_that_only_audits_tells_of_a_password_that_others_know_and_lets_it_pass() {
    let known = "1q2w3e4r5t";
    let world = world_with(|pool, _| {
        pool.settings.protection.mode = ProtectionMode::Audit;
        pool.settings.account_rules = AccountRules::COGNITO;
        pool.settings.password_policy.minimum_length = 6;
    })
    .await;
    world.user("ada").await;
    let token = world.tokens("ada").await.access_token;
    configure(&world, refusing_known(&[CredentialEvent::SignIn, CredentialEvent::PasswordChange], true)).await;

    world.pools.change_password(&token, Some(&PASSWORD.into()), &known.into()).await.unwrap();
    world.password("ada", known).await.unwrap();

    assert!(events(&world).await.iter().any(|event| event.compromised));
}

#[tokio::test]
async fn a_token_of_a_notification_speaks_once_of_its_event_alone() {
    let world = watching(ProtectionMode::Enforced).await;
    configure(&world, with_actions([RiskAction::NoAction; 3], true)).await;
    sign_in(&world, &from(&world, HOME.0, HOME.1), PASSWORD).await.unwrap();
    sign_in(&world, &from(&world, AWAY.0, AWAY.1), PASSWORD).await.unwrap();
    let told = world.outbox.to("ada").into_iter().find(|sent| sent.reason == MessageReason::AccountTakeover).unwrap();
    let (token, seen) = (told.code.expose().to_owned(), events(&world).await);
    let say = async |name: &str, event: &str, token: &str| {
        world.pools.update_auth_event_feedback(&world.pool.id, name, (event, token), false).await
    };
    let refused: Result<(), Error> = Err(Refusal::FeedbackTokenInvalid.into());

    assert_eq!(say("ada", &seen[1].id, &token).await, refused, "another event's");
    assert_eq!(say("ada", &seen[0].id, "").await, refused);
    assert_eq!(say("nobody", &seen[0].id, &token).await, refused);
    say("ada", &seen[0].id, &token).await.unwrap();
    assert_eq!(say("ada", &seen[0].id, &token).await, refused, "spent");
    assert!(!events(&world).await[0].feedback.unwrap().valid);
    let (pools, pool) = (&world.pools, &world.pool.id);
    pools.admin_update_auth_event_feedback(pool, "ada", &seen[0].id, true).await.unwrap();
    assert!(events(&world).await[0].feedback.unwrap().valid);
}

#[tokio::test]
async fn the_token_of_a_notification_is_good_for_seven_days() {
    let world = watching(ProtectionMode::Enforced).await;
    configure(&world, with_actions([RiskAction::NoAction; 3], true)).await;
    sign_in(&world, &from(&world, HOME.0, HOME.1), PASSWORD).await.unwrap();
    sign_in(&world, &from(&world, AWAY.0, AWAY.1), PASSWORD).await.unwrap();
    let token = world.outbox.to("ada").pop().unwrap().code.expose().to_owned();
    let event = events(&world).await.remove(0).id;

    world.clock.advance_seconds(7 * 86_400);

    let late = world.pools.update_auth_event_feedback(&world.pool.id, "ada", (&event, &token), true).await;
    assert_eq!(late, Err(Refusal::FeedbackTokenInvalid.into()));
}

#[tokio::test]
async fn events_come_in_pages_and_go_with_the_user() {
    let world = watching(ProtectionMode::Audit).await;
    let home = from(&world, HOME.0, HOME.1);
    for _ in 0..5 {
        sign_in(&world, &home, PASSWORD).await.unwrap();
    }
    let (pools, pool) = (&world.pools, &world.pool.id);
    let all = events(&world).await;
    let mut page = PageRequest { limit: 2, after: None };
    let (mut paged, mut pages) = (Vec::new(), 0);
    loop {
        let found = pools.admin_list_user_auth_events(pool, "ada", &page).await.unwrap();
        pages += 1;
        paged.extend(found.items);
        page.after = found.next;
        if page.after.is_none() {
            break;
        }
    }
    assert_eq!((paged, pages), (all.clone(), 3));
    let ids: BTreeSet<_> = all.iter().map(|event| &event.id).collect();
    assert_eq!(ids.len(), 6, "and the sign-up");

    let sub = pools.admin_get_user(pool, "ada").await.unwrap().sub;
    pools.admin_delete_user(pool, "ada").await.unwrap();

    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    assert!(storage.history(pool, &sub).await.unwrap().is_none());
}

#[derive(Default)]
struct Heard(Mutex<Vec<Event>>);

#[async_trait]
impl Events for Heard {
    async fn record(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

#[tokio::test]
async fn line_118_sign_ups_changed_passwords_and_administrators_acts_are_each_told_once_without_a_secret() {
    let mut world = world().await;
    let heard = Arc::new(Heard::default());
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.events = Arc::clone(&heard) as Arc<dyn Events>;
    world.pools = UserPools::new(parts);
    let (pools, pool) = (&world.pools, &world.pool.id);
    let (next, third) = ("quite another battery", "a third long password");

    world.user("ada").await;
    world.forgot("ada").await.unwrap();
    let code = world.outbox.code_for("ada").unwrap();
    world.reset("ada", &code, next).await.unwrap();
    let AuthOutcome::Tokens(tokens) = world.password("ada", next).await.unwrap() else { panic!() };
    pools.change_password(&tokens.access_token, Some(&next.into()), &third.into()).await.unwrap();
    let lifetime = userpool_core::ops::users::PasswordLifetime::Permanent;
    pools.admin_set_user_password(pool, "ada", &next.into(), lifetime).await.unwrap();
    pools.admin_disable_user(pool, "ada").await.unwrap();
    pools.admin_enable_user(pool, "ada").await.unwrap();
    pools.admin_reset_user_password(pool, "ada").await.unwrap();
    pools.admin_delete_user(pool, "ada").await.unwrap();
    pools.admin_delete_user(pool, "ada").await.unwrap_err();

    let events = std::mem::take(&mut *heard.0.lock().unwrap());
    let told: Vec<(Action, Actor, bool)> =
        events.iter().map(|event| (event.action, event.actor, event.outcome == Outcome::Success)).collect();
    let (user, administrator) = (Actor::User, Actor::Administrator);
    assert_eq!(
        told,
        [
            (Action::SignUp, user, true),
            (Action::ConfirmSignUp, user, true),
            (Action::ForgotPassword, user, true),
            (Action::ResetPassword, user, true),
            (Action::SignIn, user, true),
            (Action::ChangePassword, user, true),
            (Action::SetPassword, administrator, true),
            (Action::DisableUser, administrator, true),
            (Action::EnableUser, administrator, true),
            (Action::RequirePasswordReset, administrator, true),
            (Action::DeleteUser, administrator, true),
            (Action::DeleteUser, administrator, false),
        ]
    );
    let of_ada = events[0].user.clone().unwrap();
    assert!(events[..11].iter().all(|event| event.user.as_ref() == Some(&of_ada)), "the target");
    let ids: BTreeSet<_> = events.iter().map(|event| &event.id).collect();
    assert_eq!(ids.len(), events.len());
    let printed = format!("{events:?}");
    for secret in [PASSWORD, next, third, &code, tokens.access_token.expose()] {
        assert!(!printed.contains(secret));
    }
}

#[tokio::test]
async fn line_64_the_links_of_a_notification_say_behind_the_fragment_whether_it_was_the_user() {
    let mut world = watching(ProtectionMode::Enforced).await;
    let linked = |html: bool| {
        let text = "{one-click-link-valid} {one-click-link-invalid}".to_owned();
        let mut configuration = with_actions([RiskAction::NoAction; 3], true);
        let takeover = configuration.takeover.as_mut().unwrap();
        let (html, text) = if html { (Some(text), None) } else { (None, Some(text)) };
        takeover.notify.as_mut().unwrap().no_action = Some(MailText { subject: "s".to_owned(), html, text });
        configuration
    };
    let nowhere = world.pools.set_risk_configuration(&world.pool.id, None, linked(true)).await;
    assert_eq!(nowhere.unwrap_err(), Invalid::NoLinkBase.into());
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.link_base = Some("https://id.example.com".to_owned());
    world.pools = UserPools::new(parts);

    for (round, html) in [(1, true), (2, false)] {
        configure(&world, linked(html)).await;
        sign_in(&world, &from(&world, HOME.0, HOME.1), PASSWORD).await.unwrap();
        let away = format!("203.0.113.{round}");
        sign_in(&world, &from(&world, &away, &format!("curl {round}")), PASSWORD).await.unwrap();
        let event = events(&world).await.swap_remove(0);
        let mail = world.outbox.to("ada").pop().unwrap();
        let pool = &world.pool.id;
        let token = mail.code.expose();
        let link = |value: &str| {
            let id = &event.id;
            format!(
                "https://id.example.com/{pool}/feedback#user_name=ada&event_id={id}&feedback_token={token}&value={value}"
            )
        };
        let expected = format!("{} {}", link("Valid"), link("Invalid"));
        let expected = if html { expected.replace('&', "&amp;") } else { expected };
        assert_eq!(mail.body.expose(), expected);
    }
}
