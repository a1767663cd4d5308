//! Sessions that a pool tracks: shown, capped, and ended one by one.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future::join_all;
use identity_kernel::context::RequestContext;
use identity_kernel::secret::SecretString;
use userpool_core::model::client::{AllowedFlow, Rotation};
use userpool_core::model::session_tracking::SessionTracking;
use userpool_core::ops::session_tracking::{Associated, SessionInfo};
use userpool_core::ops::sign_in::SignInFlow;
use userpool_core::ops::tokens::{RevokeToken, Tokens};
use userpool_core::{DocumentUserPools, Error, Invalid, Kind, Refusal, UserPoolStorage};

use crate::world::{World, world, world_with};

async fn tracking(max_per_user: usize) -> World {
    let world = world().await;
    world.track(max_per_user).await;
    world.user("ada").await;
    world
}

async fn listed(world: &World) -> Vec<SessionInfo> {
    world.pools.admin_list_user_sessions(&world.pool.id, "ada").await.unwrap()
}

fn ids(sessions: &[SessionInfo]) -> BTreeSet<String> {
    sessions.iter().map(|session| session.id.clone()).collect()
}

/// The listed id of the session of these tokens.
async fn id_of(world: &World, tokens: &Tokens) -> String {
    let listed = world.pools.list_user_sessions(&tokens.access_token).await.unwrap();
    listed.into_iter().find(|session| session.is_current).unwrap().id
}

async fn lives(world: &World, tokens: &Tokens) -> bool {
    match world.pools.get_user(&tokens.access_token).await {
        Ok(_) => true,
        Err(Error::NotAuthorized(Refusal::AccessTokenRevoked)) => false,
        Err(other) => panic!("{other:?}"),
    }
}

async fn refresh(world: &World, tokens: &Tokens) -> Result<(), Error> {
    let token = tokens.refresh_token.clone().unwrap();
    world.begin(SignInFlow::RefreshToken { token }).await.map(drop)
}

#[tokio::test]
async fn a_pool_tracks_nothing_until_it_is_told_to_and_shows_nothing_once_it_is_told_to_stop() {
    let world = world().await;
    world.user("ada").await;
    let before = world.tokens("ada").await;
    assert_eq!(world.pools.list_user_sessions(&before.access_token).await.unwrap(), []);

    world.track(20).await;
    let tracked = world.tokens("ada").await;
    assert_eq!(listed(&world).await.len(), 1, "what began before is not tracked");
    let id = id_of(&world, &tracked).await;
    let off = SessionTracking { enabled: false, max_per_user: 20 };
    world.pools.set_user_pool_session_configuration(&world.pool.id, off).await.unwrap();

    assert_eq!(listed(&world).await, []);
    let revoke = world.pools.admin_revoke_user_session(&world.pool.id, "ada", &id, Associated::None).await;
    assert_eq!(revoke.unwrap_err(), Error::NotFound(Kind::Session));
    assert!(lives(&world, &tracked).await);
}

#[tokio::test]
async fn a_session_tells_client_times_address_and_device_of_its_last_use() {
    let mut world = tracking(20).await;
    let seen = |address: &str, user_agent: &str| RequestContext {
        source: Some(address.parse().unwrap()),
        user_agent: Some(user_agent.to_owned()),
        ..RequestContext::default()
    };
    let began_at = identity_kernel::time::Clock::now(world.clock.as_ref());
    world.pools = world.pools.for_request(seen("192.0.2.1", "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"));
    let tokens = world.tokens("ada").await;
    let first = listed(&world).await.remove(0);
    assert_eq!((first.began_at, first.last_active_at), (began_at, began_at));
    assert_eq!((first.device.as_deref(), first.address), (Some("Linux, Firefox"), "192.0.2.1".parse().ok()));
    assert_eq!((first.client.clone(), first.is_current), (world.client.id.clone(), false));

    world.clock.advance_seconds(60);
    world.pools = world.pools.for_request(seen("2001:db8::1", "okhttp/4.12.0"));
    refresh(&world, &tokens).await.unwrap();

    let second = world.pools.list_user_sessions(&tokens.access_token).await.unwrap().remove(0);
    assert_eq!((second.began_at, second.last_active_at), (began_at, began_at.plus_seconds(60)));
    assert_eq!((second.device.as_deref(), second.address), (Some("okhttp"), "2001:db8::1".parse().ok()));
    assert_eq!((&second.id, second.is_current), (&first.id, true));
}

#[tokio::test]
async fn a_rotation_is_a_use_as_well() {
    let world = world_with(|_, client| client.settings.rotation = Some(Rotation { grace_seconds: 0 })).await;
    world.track(20).await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;
    world.clock.advance_seconds(60);

    world.refresh(&tokens.refresh_token.unwrap()).await.unwrap();

    let session = listed(&world).await.remove(0);
    assert_eq!(session.last_active_at, session.began_at.plus_seconds(60));
}

#[tokio::test]
async fn a_revoked_session_is_dead_at_once_and_the_others_live() {
    let world = tracking(20).await;
    let (one, two) = (world.tokens("ada").await, world.tokens("ada").await);
    let (first, second) = (id_of(&world, &one).await, id_of(&world, &two).await);
    assert_eq!(ids(&listed(&world).await), BTreeSet::from([first.clone(), second.clone()]));

    world.pools.revoke_user_session(&two.access_token, &first, Associated::Linked).await.unwrap();

    assert!(!lives(&world, &one).await && lives(&world, &two).await);
    assert_eq!(refresh(&world, &one).await.unwrap_err(), Error::NotAuthorized(Refusal::RefreshTokenRevoked));
    assert_eq!(ids(&listed(&world).await), BTreeSet::from([second.clone()]));
    let again = world.pools.revoke_user_session(&two.access_token, &first, Associated::None).await;
    assert_eq!(again.unwrap_err(), Error::NotFound(Kind::Session));
    world.pools.admin_revoke_user_session(&world.pool.id, "ada", &second, Associated::None).await.unwrap();
    assert!(!lives(&world, &two).await);
}

#[tokio::test]
async fn nobody_revokes_the_session_that_asks_or_a_session_of_another_user_or_pool() {
    let world = tracking(20).await;
    world.user("bob").await;
    let (ada, bob) = (world.tokens("ada").await, world.tokens("bob").await);
    let (of_ada, of_bob) = (id_of(&world, &ada).await, id_of(&world, &bob).await);
    let other = tracking(20).await;
    other.tokens("ada").await;
    let nothing = Error::NotFound(Kind::Session);

    let own = world.pools.revoke_user_session(&ada.access_token, &of_ada, Associated::None).await;
    assert_eq!(own.unwrap_err(), Error::InvalidParameter(Invalid::OwnSession));
    for id in [of_bob.as_str(), &format!("tkn{}", "0".repeat(25)), &format!("sso{}", &of_ada[3..]), ""] {
        let refused = world.pools.revoke_user_session(&ada.access_token, id, Associated::None).await;
        assert_eq!(refused.unwrap_err(), nothing, "{id}");
    }
    let admin = world.pools.admin_revoke_user_session(&world.pool.id, "ada", &of_bob, Associated::None).await;
    assert_eq!(admin.unwrap_err(), nothing);
    let elsewhere = other.pools.admin_revoke_user_session(&other.pool.id, "ada", &of_ada, Associated::None).await;
    assert_eq!(elsewhere.unwrap_err(), nothing);
    assert!(lives(&world, &ada).await && lives(&world, &bob).await);
}

#[tokio::test]
async fn what_has_ended_otherwise_is_not_shown() {
    let world = tracking(20).await;
    let [one, two, three] = [world.tokens("ada").await, world.tokens("ada").await, world.tokens("ada").await];
    let (client, token) = (world.client.id.clone(), one.refresh_token.unwrap());
    world.pools.revoke_token(RevokeToken { client, client_secret: None, token }).await.unwrap();
    assert_eq!(listed(&world).await.len(), 2);

    world.pools.global_sign_out(&two.access_token).await.unwrap();

    assert_eq!(listed(&world).await, []);
    assert!(!lives(&world, &three).await);
    world.tokens("ada").await;
    assert_eq!(listed(&world).await.len(), 1);
    world.clock.advance_seconds(30 * 86_400);
    assert_eq!(listed(&world).await, []);
}

#[tokio::test]
async fn one_session_too_many_ends_the_one_that_was_used_longest_ago() {
    let world = tracking(3).await;
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(world.tokens("ada").await);
        world.clock.advance_seconds(10);
    }
    refresh(&world, &held[0]).await.unwrap();
    world.clock.advance_seconds(10);

    let newest = world.tokens("ada").await;

    let alive = [lives(&world, &held[0]).await, lives(&world, &held[1]).await, lives(&world, &held[2]).await];
    assert_eq!(alive, [true, false, true]);
    assert!(lives(&world, &newest).await);
    assert_eq!(listed(&world).await.len(), 3);
}

#[tokio::test]
async fn a_lower_cap_ends_nothing_before_the_next_sign_in_and_a_wrong_password_is_none() {
    let world = tracking(5).await;
    for _ in 0..5 {
        world.tokens("ada").await;
        world.clock.advance_seconds(1);
    }
    world.track(2).await;
    assert_eq!(listed(&world).await.len(), 5);
    world.password("ada", "Wrong-words-all-9").await.unwrap_err();
    assert_eq!(listed(&world).await.len(), 5);

    let newest = world.tokens("ada").await;

    assert_eq!(listed(&world).await.len(), 2);
    assert!(lives(&world, &newest).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_sign_in_at_once_a_user_has_no_more_sessions_than_the_pool_allows() {
    for cap in [1, 3] {
        let world = Arc::new(tracking(cap).await);
        // The admins' door: its tries are counted apart, and the right password forgives them.
        let calls = (0..24).map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                let flow =
                    SignInFlow::UserPassword { username: "ada".to_owned(), password: crate::world::PASSWORD.into() };
                world.begin(flow).await
            })
        });

        let signed_in = join_all(calls).await.into_iter().filter(|outcome| outcome.as_ref().unwrap().is_ok()).count();

        assert!(signed_in >= cap, "{signed_in}");
        assert_eq!(listed(&world).await.len(), cap);
        // Also those that no list names any more: what lives is what is listed.
        let storage = DocumentUserPools::new(Arc::clone(&world.store));
        let user = storage.users().named(&world.pool.id, "ada").await.unwrap().unwrap();
        let page = document_store::page::PageRequest { limit: 100, after: None };
        let all = storage.sessions().of_user(&world.pool.id, &user.sub, &page).await.unwrap();
        let living = all.items.iter().filter(|session| session.is_alive(&world.pool, &user)).count();
        assert_eq!((all.items.len(), living), (signed_in, cap));
    }
}

#[tokio::test]
async fn settings_have_their_ranges_and_outlast_new_settings_of_pool_and_client() {
    let world = world().await;
    let (pools, pool, client) = (&world.pools, &world.pool.id, &world.client.id);
    assert_eq!(pools.get_user_pool_session_configuration(pool).await.unwrap(), SessionTracking::default());
    assert_eq!(pools.get_user_pool_client_session_configuration(pool, client).await.unwrap(), 60);
    for max_per_user in [0, 101] {
        let set = SessionTracking { enabled: true, max_per_user };
        let refused = pools.set_user_pool_session_configuration(pool, set).await.unwrap_err();
        assert_eq!(refused, Error::InvalidParameter(Invalid::SessionsPerUser), "{max_per_user}");
    }
    let early = pools.set_user_pool_client_session_configuration(pool, client, 5).await.unwrap_err();
    assert_eq!(early, Error::InvalidParameter(Invalid::SessionsNotTracked));
    world.track(100).await;
    for minutes in [-1, 129_601] {
        let refused = pools.set_user_pool_client_session_configuration(pool, client, minutes).await.unwrap_err();
        assert_eq!(refused, Error::InvalidParameter(Invalid::SsoMinutes), "{minutes}");
    }
    pools.set_user_pool_client_session_configuration(pool, client, 129_600).await.unwrap();

    pools.update_user_pool(pool, pools.default_settings()).await.unwrap();
    pools.update_user_pool_client(pool, client, pools.default_client_settings("app")).await.unwrap();

    assert_eq!(pools.get_user_pool_session_configuration(pool).await.unwrap().max_per_user, 100);
    assert_eq!(pools.get_user_pool_client_session_configuration(pool, client).await.unwrap(), 129_600);
}

#[tokio::test]
async fn every_way_to_sign_in_is_tracked() {
    let world = world_with(|_, client| {
        client.settings.allow(AllowedFlow::UserSrp);
    });
    let world = world.await;
    world.track(20).await;
    world.user("ada").await;
    world.tokens("ada").await;
    let (name, answer) = world.srp("ada", crate::world::PASSWORD).await.unwrap();
    world.answer(&name, answer).await.unwrap();

    assert_eq!(listed(&world).await.len(), 2);
}

#[tokio::test]
async fn what_is_tracked_of_a_user_goes_with_the_user() {
    let world = tracking(20).await;
    world.tokens("ada").await;
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let sub = storage.users().named(&world.pool.id, "ada").await.unwrap().unwrap().record.sub;
    assert!(storage.tracking().of_user(&world.pool.id, &sub).await.unwrap().is_some());

    world.pools.admin_delete_user(&world.pool.id, "ada").await.unwrap();

    assert!(storage.tracking().of_user(&world.pool.id, &sub).await.unwrap().is_none());
    let listed = world.pools.admin_list_user_sessions(&world.pool.id, "ada").await;
    assert_eq!(listed.unwrap_err(), Error::NotFound(Kind::User));
}

#[tokio::test]
async fn a_dead_or_foreign_token_lists_and_revokes_nothing() {
    let world = tracking(20).await;
    let (one, two) = (world.tokens("ada").await, world.tokens("ada").await);
    let first = id_of(&world, &one).await;
    world.pools.global_sign_out(&two.access_token).await.unwrap();

    let dead = Error::NotAuthorized(Refusal::AccessTokenRevoked);
    assert_eq!(world.pools.list_user_sessions(&two.access_token).await.unwrap_err(), dead);
    let revoke = world.pools.revoke_user_session(&two.access_token, &first, Associated::None).await;
    assert_eq!(revoke.unwrap_err(), dead);
    let id_token: &SecretString = &one.id_token;
    assert!(world.pools.list_user_sessions(id_token).await.is_err());
}
