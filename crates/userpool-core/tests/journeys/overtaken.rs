//! Calls that others overtake go on, and calls whose storage goes away say so: at each commit and each document of it.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use document_store::error::StorageError;
use document_store::page::PageRequest;
use document_store::{Batch, Change, Document, DocumentStore, Key, Range};
use identity_kernel::time::Clock as _;
use storage_conformance::Yielding;
use storage_memory::MemoryStore;
use userpool_core::model::case_change::CaseRule;
use userpool_core::model::client::Rotation;
use userpool_core::model::factors::{MfaMode, SecondFactor};
use userpool_core::model::pool::Contact;
use userpool_core::model::risk::ProtectionMode;
use userpool_core::ops::devices::RememberedStatus;
use userpool_core::ops::groups::GroupSpec;
use userpool_core::ops::recovery::{ConfirmForgotPassword, ForgotPassword};
use userpool_core::ops::required::Requirement;
use userpool_core::ops::resource_servers::ResourceServerSpec;
use userpool_core::ops::sign_in::{Answer, Caller, InitiateAuth, RespondToChallenge, SignInFlow};
use userpool_core::ops::sign_up::ConfirmSignUp;
use userpool_core::ops::software_token::Enrolment;
use userpool_core::ops::tokens::{RefreshTokens, RevokeToken};
use userpool_core::{Error, Refusal, UserPools};

use crate::devices::{STANDS_IN, confirmed, secret_of, tracking};
use crate::factors::{App, challenged, pool_with, wrong};
use crate::imports::over;
use crate::protection::watching;
use crate::world::{PASSWORD, World, attributes, world, world_with};

type Call = Box<dyn FnOnce(UserPools) -> Pin<Box<dyn Future<Output = Result<(), Error>>>>>;

fn call<F>(work: impl FnOnce(UserPools) -> F + 'static) -> Call
where
    F: Future<Output = Result<(), Error>> + 'static,
{
    Box::new(move |pools| Box::pin(work(pools)))
}

/// What happens at one commit of a call.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    None,
    /// Somebody writes the document of this place in the batch again just before, as it stands.
    Overtaken(usize),
    /// The storage does not answer.
    Away,
}

/// A store in which one commit meets trouble.
struct Troubled {
    store: Arc<MemoryStore>,
    commits: AtomicUsize,
    at: usize,
    trouble: Trouble,
    /// For each commit: the places of the documents in it that can be overtaken.
    places: std::sync::Mutex<Vec<Vec<usize>>>,
}

impl Troubled {
    fn new(world: &World, at: usize, trouble: Trouble) -> Arc<Self> {
        let (commits, places) = (AtomicUsize::new(0), std::sync::Mutex::default());
        Arc::new(Self { store: Arc::clone(&world.store), commits, at, trouble, places })
    }
}

#[async_trait]
impl DocumentStore for Troubled {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        self.store.get(key).await
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        self.store.get_many(keys).await
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        self.store.scan(range).await
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        let places = batch.iter().enumerate();
        let places = places
            .filter(|(_, (_, change))| matches!(change, Change::Replace(..) | Change::Expect(_) | Change::Remove(_)));
        self.places.lock().unwrap().push(places.map(|(at, _)| at).collect());
        if self.commits.fetch_add(1, Ordering::SeqCst) == self.at {
            match self.trouble {
                Trouble::None => {}
                Trouble::Away => return Err(StorageError::unavailable("the storage is away")),
                Trouble::Overtaken(place) => {
                    let key = &batch[place].0;
                    let found = self.store.get(key).await?.unwrap();
                    self.store.commit(vec![(key.clone(), Change::Put(found.body))]).await?;
                }
            }
        }
        self.store.commit(batch).await
    }
}

async fn rotating(grace_seconds: i64) -> World {
    let world = world_with(|_, client| client.settings.rotation = Some(Rotation { grace_seconds })).await;
    world.user("ada").await;
    world
}

async fn ada() -> World {
    let world = world().await;
    world.user("ada").await;
    world
}

const CALLS: [&str; 39] = [
    "revoke",
    "refresh with grace",
    "refresh without grace",
    "refresh without rotation",
    "confirm a sign-up",
    "confirm a sign-up wrongly",
    "resend",
    "prove an address",
    "forget the password",
    "reset the password",
    "change the password",
    "sign in",
    "sign in wrongly",
    "set attributes",
    "set own attributes",
    "set own address",
    "join a group",
    "leave a group",
    "delete a group",
    "tag a pool",
    "make a resource server",
    "require attributes",
    "invalidate",
    "rename",
    "confirm a device",
    "rate an event",
    "prove an app",
    "prefer a factor",
    "disable",
    "set a password",
    "sign out everywhere",
    "change the case rule",
    "sign in while sessions are tracked",
    "sign in while sign-ins are watched",
    "sign in with an app",
    "sign in with an app wrongly",
    "demand a reset",
    "forget a device",
    "remember a device",
];

#[allow(clippy::too_many_lines, reason = "a table")]
async fn prepared(name: &str) -> (World, Call) {
    let world = match name {
        "revoke" | "refresh with grace" => rotating(10).await,
        "refresh without grace" => rotating(0).await,
        "confirm a sign-up" | "confirm a sign-up wrongly" | "resend" => world().await,
        "confirm a device" | "forget a device" | "remember a device" => tracking(STANDS_IN).await,
        "rate an event" | "sign in while sign-ins are watched" => watching(ProtectionMode::Audit).await,
        "prove an app" | "prefer a factor" | "sign in with an app" | "sign in with an app wrongly" => {
            let world = pool_with(MfaMode::Optional, &[SecondFactor::SoftwareToken]).await;
            world.user("ada").await;
            world
        }
        _ => ada().await,
    };
    let (pool, client) = (world.pool.id.clone(), world.client.id.clone());
    let call = match name {
        "revoke" => {
            let token = world.tokens("ada").await.refresh_token.unwrap();
            call(
                move |pools| async move { pools.revoke_token(RevokeToken { client, client_secret: None, token }).await },
            )
        }
        "refresh with grace" | "refresh without grace" => {
            let token = world.tokens("ada").await.refresh_token.unwrap();
            let request = RefreshTokens { client, client_secret: None, token };
            call(move |pools| async move { pools.get_tokens_from_refresh_token(request).await.map(drop) })
        }
        "refresh without rotation" => {
            world.track(5).await;
            let token = world.tokens("ada").await.refresh_token.unwrap();
            world.clock.advance_seconds(3600);
            let flow = SignInFlow::RefreshToken { token };
            let request = InitiateAuth { client, caller: Caller::Public, secret_hash: None, flow };
            call(move |pools| async move { pools.initiate_auth(request).await.map(drop) })
        }
        "confirm a sign-up" | "confirm a sign-up wrongly" => {
            world.sign_up("ada").await.unwrap();
            let code = world.outbox.code_for("ada").unwrap();
            let right = name == "confirm a sign-up";
            let code = if right { code } else { "no code".to_owned() };
            call(move |pools| async move {
                match pools.confirm_sign_up(ConfirmSignUp::new(client, "ada", code)).await {
                    Err(Error::CodeMismatch) if !right => Ok(()),
                    outcome => outcome.map(drop),
                }
            })
        }
        "resend" => {
            world.sign_up("ada").await.unwrap();
            let request = userpool_core::ops::resend::ResendCode::new(client, "ada");
            call(move |pools| async move { pools.resend_confirmation_code(request).await.map(drop) })
        }
        "prove an address" => {
            let token = world.tokens("ada").await.access_token;
            world.pools.update_user_attributes(&token, attributes(&[("email", "new@example.com")])).await.unwrap();
            let code = world.outbox.code_for("ada").unwrap().into();
            call(move |pools| async move { pools.verify_user_attribute(&token, Contact::Email, &code).await })
        }
        "forget the password" => {
            let request = ForgotPassword::new(client, "ada");
            call(move |pools| async move { pools.forgot_password(request).await.map(drop) })
        }
        "reset the password" => {
            world.forgot("ada").await.unwrap();
            let code = world.outbox.code_for("ada").unwrap();
            let request = ConfirmForgotPassword::new(client, "ada", code, "quite another battery");
            call(move |pools| async move { pools.confirm_forgot_password(request).await })
        }
        "change the password" => {
            let token = world.tokens("ada").await.access_token;
            call(move |pools| async move {
                pools.change_password(&token, Some(&PASSWORD.into()), &"quite another battery".into()).await
            })
        }
        "sign in" | "sign in wrongly" | "sign in while sessions are tracked" | "sign in while sign-ins are watched" => {
            let right = name != "sign in wrongly";
            if name == "sign in while sessions are tracked" {
                world.track(1).await;
            }
            world.password("ada", PASSWORD).await.unwrap();
            let password = if right { PASSWORD.into() } else { "wrong password".into() };
            let flow = SignInFlow::UserPassword { username: "ada".to_owned(), password };
            let request = InitiateAuth { client, caller: Caller::Public, secret_hash: None, flow };
            call(move |pools| async move {
                match pools.initiate_auth(request).await {
                    Err(Error::NotAuthorized(_)) if !right => Ok(()),
                    outcome => outcome.map(drop),
                }
            })
        }
        "set attributes" => call(move |pools| async move {
            pools.admin_update_user_attributes(&pool, "ada", attributes(&[("nickname", "a")])).await
        }),
        "set own attributes" | "set own address" => {
            let token = world.tokens("ada").await.access_token;
            let given = if name == "set own address" { ("email", "new@example.com") } else { ("nickname", "a") };
            call(move |pools| async move { pools.update_user_attributes(&token, attributes(&[given])).await.map(drop) })
        }
        "join a group" | "leave a group" | "delete a group" => {
            let group = "staff".parse().unwrap();
            world.pools.create_group(GroupSpec::new(pool.clone(), group)).await.unwrap();
            let group = "staff".parse().unwrap();
            match name {
                "join a group" => {
                    call(move |pools| async move { pools.admin_add_user_to_group(&pool, "ada", &group).await })
                }
                "leave a group" => {
                    world.pools.admin_add_user_to_group(&pool, "ada", &group).await.unwrap();
                    call(move |pools| async move { pools.admin_remove_user_from_group(&pool, "ada", &group).await })
                }
                _ => call(move |pools| async move { pools.delete_group(&pool, &group).await }),
            }
        }
        "tag a pool" => call(move |pools| async move {
            pools.tag_user_pool(&pool, &BTreeMap::from([("team".to_owned(), "a".to_owned())])).await
        }),
        "make a resource server" => call(move |pools| async move {
            let spec =
                ResourceServerSpec { pool, id: "orders".parse().unwrap(), name: "orders".to_owned(), scopes: vec![] };
            pools.create_resource_server(spec).await.map(drop)
        }),
        "require attributes" => call(move |pools| async move {
            let changes = [("nickname".to_owned(), Requirement::Required)].into();
            pools.set_required_attributes(&pool, &changes).await.map(drop)
        }),
        "invalidate" => {
            let now = world.clock.now();
            call(move |pools| async move { pools.invalidate_since(now).await.map(drop) })
        }
        "rename" => call(move |pools| async move { pools.admin_rename_user(&pool, "ada", "grace").await.map(drop) }),
        "confirm a device" => {
            let tokens = world.tokens("ada").await;
            let (_, request) = secret_of(&tokens);
            call(move |pools| async move { pools.confirm_device(&tokens.access_token, request).await.map(drop) })
        }
        "rate an event" => {
            world.password("ada", PASSWORD).await.unwrap();
            let events = world.pools.admin_list_user_auth_events(&pool, "ada", &PageRequest::default()).await.unwrap();
            let event = events.items[0].id.clone();
            call(move |pools| async move { pools.admin_update_auth_event_feedback(&pool, "ada", &event, true).await })
        }
        "prove an app" => {
            let token = world.tokens("ada").await.access_token;
            let seed = world.pools.associate_software_token(Enrolment::SignedIn(&token)).await.unwrap();
            let code = App::new(&seed.secret_code).code(&world);
            call(move |pools| async move {
                pools.verify_software_token(Enrolment::SignedIn(&token), &code, None).await.map(drop)
            })
        }
        "prefer a factor" => {
            world.enrol(&world.tokens("ada").await).await;
            call(move |pools| async move {
                let factor = SecondFactor::SoftwareToken;
                let wish = [userpool_core::ops::factors::Preference { factor, enabled: true, preferred: true }];
                pools.admin_set_user_mfa_preference(&pool, "ada", &wish).await
            })
        }
        "disable" => call(move |pools| async move { pools.admin_disable_user(&pool, "ada").await }),
        "set a password" => call(move |pools| async move {
            let lifetime = userpool_core::ops::users::PasswordLifetime::Permanent;
            pools.admin_set_user_password(&pool, "ada", &"quite another battery".into(), lifetime).await
        }),
        "sign out everywhere" => {
            let token = world.tokens("ada").await.access_token;
            call(move |pools| async move { pools.global_sign_out(&token).await })
        }
        "change the case rule" => {
            call(move |pools| async move { pools.start_case_change(&pool, CaseRule::Sensitive).await.map(drop) })
        }
        "sign in with an app" | "sign in with an app wrongly" => {
            let right = name == "sign in with an app";
            let app = world.enrol(&world.tokens("ada").await).await;
            world.prefer("ada", SecondFactor::SoftwareToken, true).await;
            world.clock.advance_seconds(60);
            let asked = challenged(world.password("ada", PASSWORD).await);
            let code = app.code(&world);
            let code = if right { code } else { wrong(&code) };
            let answer = Answer::SoftwareToken { session: asked.session, code };
            let request = RespondToChallenge {
                client,
                caller: Caller::Public,
                secret_hash: None,
                username: "ada".to_owned(),
                answer,
            };
            call(move |pools| async move {
                match pools.respond_to_auth_challenge(request).await {
                    Err(Error::CodeMismatch) if !right => Ok(()),
                    outcome => outcome.map(drop),
                }
            })
        }
        "demand a reset" => call(move |pools| async move { pools.admin_reset_user_password(&pool, "ada").await }),
        "forget a device" | "remember a device" => {
            let (kept, tokens) = confirmed(&world, "ada").await;
            let token = tokens.access_token;
            if name == "forget a device" {
                call(move |pools| async move { pools.forget_device(&token, &kept.key).await })
            } else {
                call(move |pools| async move {
                    pools.update_device_status(&token, &kept.key, RememberedStatus::NotRemembered).await
                })
            }
        }
        other => panic!("{other}"),
    };
    (world, call)
}

/// Runs the call with this trouble at this commit. Gives the places that can be overtaken in each commit, too.
async fn troubled(name: &str, at: usize, trouble: Trouble) -> (Result<(), Error>, Vec<Vec<usize>>) {
    let (world, call) = Box::pin(prepared(name)).await;
    let store = Troubled::new(&world, at, trouble);
    let outcome = call(over(&world, Arc::clone(&store) as Arc<dyn DocumentStore>)).await;
    let places = store.places.lock().unwrap().clone();
    (outcome, places)
}

/// What is told to whoever comes second: to something that is used once, or that was to be changed as it was seen.
fn told(name: &str, at: usize, place: usize) -> Result<(), Error> {
    match (name, at, place) {
        ("refresh without grace", ..) => Err(Error::RefreshTokenReuse),
        ("confirm a sign-up" | "prove an address" | "reset the password", 1, 0) => Err(Error::CodeMismatch),
        ("change the password" | "prove an app", 1, _)
        | ("set own attributes" | "set own address", 0, 0)
        | ("sign in with an app", 2, _)
        | ("prefer a factor" | "sign out everywhere" | "forget a device" | "remember a device", ..) => {
            Err(Error::Concurrent)
        }
        _ => Ok(()),
    }
}

/// The last commit that decides: what comes after it is told, tidied up or kept as a history, and fails unheard.
fn last_that_decides(name: &str) -> usize {
    match name {
        "delete a group" | "confirm a device" | "set a password" | "change the case rule" => 0,
        "sign in with an app" => 2,
        _ => 1,
    }
}

#[tokio::test]
async fn a_call_that_is_overtaken_goes_on_unless_it_comes_second_to_what_is_used_once_or_was_seen_otherwise() {
    for name in CALLS {
        let (outcome, commits) = Box::pin(troubled(name, usize::MAX, Trouble::None)).await;
        assert_eq!(outcome, Ok(()), "{name}");
        for (at, places) in commits.iter().enumerate() {
            for place in places {
                let (outcome, _) = Box::pin(troubled(name, at, Trouble::Overtaken(*place))).await;

                assert_eq!(outcome, told(name, at, *place), "{name}: commit {at}, document {place}");
            }
        }
    }
}

#[tokio::test]
async fn a_call_that_cannot_be_decided_for_want_of_the_storage_says_so_and_writes_no_more() {
    for name in CALLS {
        let (_, commits) = Box::pin(troubled(name, usize::MAX, Trouble::None)).await;
        for at in 0..commits.len() {
            let (outcome, tried) = Box::pin(troubled(name, at, Trouble::Away)).await;

            if at <= last_that_decides(name) {
                assert!(matches!(outcome, Err(Error::Storage(_))), "{name}: commit {at}: {outcome:?}");
                // What is watched is written down, whatever became of it.
                let watched = usize::from(name == "sign in while sign-ins are watched");
                assert_eq!(tried.len(), at + 1 + watched, "{name}: commit {at}");
            } else {
                assert_eq!(outcome, Ok(()), "{name}: commit {at}");
            }
        }
    }
}

#[tokio::test]
async fn line_34_a_session_that_is_refreshed_while_it_is_revoked_is_revoked_all_the_same() {
    let world = rotating(10).await;
    let token = world.tokens("ada").await.refresh_token.unwrap();
    let yielding = over(&world, Arc::new(Yielding(Arc::clone(&world.store))));
    let revoke = RevokeToken { client: world.client.id.clone(), client_secret: None, token: token.clone() };
    let request = RefreshTokens { client: world.client.id.clone(), client_secret: None, token: token.clone() };

    let (revoked, refreshed) =
        Box::pin(futures::future::join(yielding.revoke_token(revoke), yielding.get_tokens_from_refresh_token(request)))
            .await;

    assert_eq!(revoked, Ok(()));
    for token in [Some(token), refreshed.ok().and_then(|tokens| tokens.refresh_token)].into_iter().flatten() {
        let refused = world.refresh(&token).await.unwrap_err();
        assert_eq!(refused, Error::NotAuthorized(Refusal::RefreshTokenRevoked));
    }
}

#[tokio::test]
async fn line_25_of_two_that_refresh_at_once_without_grace_one_is_refused_and_the_other_goes_on() {
    let world = rotating(0).await;
    let token = world.tokens("ada").await.refresh_token.unwrap();
    let yielding = over(&world, Arc::new(Yielding(Arc::clone(&world.store))));
    let request = || RefreshTokens { client: world.client.id.clone(), client_secret: None, token: token.clone() };

    let (one, other) = Box::pin(futures::future::join(
        yielding.get_tokens_from_refresh_token(request()),
        yielding.get_tokens_from_refresh_token(request()),
    ))
    .await;

    let (won, lost): (Vec<_>, Vec<_>) = [one, other].into_iter().partition(Result::is_ok);
    assert_eq!(lost.into_iter().map(Result::unwrap_err).collect::<Vec<_>>(), [Error::RefreshTokenReuse]);
    let successor = won.into_iter().next().unwrap().unwrap().refresh_token.unwrap();
    world.refresh(&successor).await.unwrap();
}
