//! The ways to tokens by devices and by sign-ins of the application's own making, against every state that must keep somebody
//! from them. The other ways stand in `factor_gate`.

use std::sync::Arc;

use document_store::page::PageRequest;
use identity_kernel::secret::SecretString;
use userpool_core::model::client::{AllowedFlow, Rotation};
use userpool_core::model::user::UserStatus;
use userpool_core::ops::sign_in::{Answer, AuthOutcome};
use userpool_core::storage::DeviceWrite;
use userpool_core::{DocumentUserPools, Error, UserPoolStorage};

use crate::custom_auth::{custom, riddled, solved};
use crate::devices::{Kept, STANDS_IN, challenged, confirmed, from, proof, prove, public_value};
use crate::factor_gate::put;
use crate::world::{PASSWORD, World, world_with};

/// A way to tokens. A new flow or challenge of these kinds is a new way here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Way {
    Custom,
    CustomAfterSrp,
    Device,
    DeviceBegunBefore,
    DeviceRefresh,
}

const WAYS: [Way; 5] = [Way::Custom, Way::CustomAfterSrp, Way::Device, Way::DeviceBegunBefore, Way::DeviceRefresh];

impl Way {
    /// The flow that the client must allow; `None` where any client may.
    fn flow(self) -> Option<AllowedFlow> {
        match self {
            Self::Device | Self::DeviceBegunBefore => Some(AllowedFlow::UserPassword),
            Self::DeviceRefresh => None,
            Self::Custom | Self::CustomAfterSrp => Some(AllowedFlow::Custom),
        }
    }

    /// The challenge that is answered on it.
    fn challenge(self) -> Option<&'static str> {
        match self {
            Self::Custom | Self::CustomAfterSrp => Some("CUSTOM_CHALLENGE"),
            Self::Device => Some("DEVICE_SRP_AUTH"),
            Self::DeviceBegunBefore => Some("DEVICE_PASSWORD_VERIFIER"),
            Self::DeviceRefresh => None,
        }
    }
}

/// The flows and challenges of these ways.
pub(crate) fn covered() -> (Vec<AllowedFlow>, Vec<&'static str>) {
    (WAYS.iter().filter_map(|way| way.flow()).collect(), WAYS.iter().filter_map(|way| way.challenge()).collect())
}

/// Something that must keep the user from tokens. A new state of users, clients or pools is a new one here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Disabled,
    Status(UserStatus),
    Deleted,
    FlowForbidden,
    ClientDeleted,
    PoolDeleted,
    SignedOut,
    DeviceForgotten,
}

fn states() -> Vec<State> {
    let statuses = UserStatus::ALL.into_iter().filter(|status| *status != UserStatus::Confirmed).map(State::Status);
    let others = [
        State::Disabled,
        State::Deleted,
        State::FlowForbidden,
        State::ClientDeleted,
        State::PoolDeleted,
        State::SignedOut,
        State::DeviceForgotten,
    ];
    statuses.chain(others).collect()
}

/// What somebody holds who has come as far as one step before the tokens.
enum Held {
    Answer(String, Answer),
    Token(SecretString),
    Device(Kept, Option<Answer>),
}

async fn prepare(way: Way) -> (World, Held) {
    if way.flow() != Some(AllowedFlow::Custom) {
        return Box::pin(prepare_device(way)).await;
    }
    let world = riddled().await;
    world.user("ada").await;
    let asked = if way == Way::Custom {
        world.begin(custom("ada")).await.unwrap()
    } else {
        let (name, answer) = world.custom_srp("ada", PASSWORD).await.unwrap();
        world.answer(&name, answer).await.unwrap()
    };
    (world, Held::Answer("ada".to_owned(), solved(asked, "forty-two")))
}

/// Somebody who comes from a device that was confirmed.
async fn prepare_device(way: Way) -> (World, Held) {
    let world = world_with(|pool, client| {
        pool.settings.devices = Some(STANDS_IN);
        client.settings.rotation = (way == Way::DeviceRefresh).then_some(Rotation { grace_seconds: 5 });
    });
    let world = world.await;
    world.user("ada").await;
    let (kept, tokens) = confirmed(&world, "ada").await;
    let there = from(&world, kept.key.as_str());
    let held = match way {
        Way::DeviceRefresh => Held::Token(tokens.refresh_token.unwrap()),
        Way::DeviceBegunBefore => {
            let asked = challenged(there.password("ada", PASSWORD).await);
            let asked = challenged(there.answer("ada", public_value(&asked.session)).await);
            let answer = proof(&there, &kept, &asked);
            Held::Device(kept, Some(answer))
        }
        _ => Held::Device(kept, None),
    };
    (there, held)
}

async fn go(world: &World, held: Held) -> Result<AuthOutcome, Error> {
    match held {
        Held::Answer(name, answer) => world.answer(&name, answer).await,
        Held::Device(_, Some(answer)) => world.answer("ada", answer).await,
        Held::Device(kept, None) => match world.password("ada", PASSWORD).await? {
            AuthOutcome::Challenged(asked) => prove(world, &kept, &asked).await,
            other => Ok(other),
        },
        Held::Token(token) => world.refresh(&token).await.map(|tokens| AuthOutcome::Tokens(Box::new(tokens))),
    }
}

async fn bring_about(world: &World, way: Way, state: State) {
    let (pools, pool, client) = (&world.pools, &world.pool.id, &world.client);
    match state {
        State::Disabled => put(world, |user| user.enabled = false).await,
        State::Status(status) => put(world, |user| user.status = status).await,
        State::Deleted => pools.admin_delete_user(pool, "ada").await.unwrap(),
        State::FlowForbidden => {
            let mut settings = client.settings.clone();
            settings.explicit_auth_flows =
                AllowedFlow::ALL.into_iter().filter(|flow| Some(*flow) != way.flow()).collect();
            pools.update_user_pool_client(pool, &client.id, settings).await.map(drop).unwrap();
        }
        State::ClientDeleted => pools.delete_user_pool_client(pool, &client.id).await.unwrap(),
        State::SignedOut => pools.admin_user_global_sign_out(pool, "ada").await.unwrap(),
        State::DeviceForgotten => {
            let storage = DocumentUserPools::new(Arc::clone(&world.store));
            let sub = storage.users().named(pool, "ada").await.unwrap().unwrap().record.sub;
            let devices = storage.devices().of_user(pool, &sub, &PageRequest::default()).await.unwrap();
            for before in devices.items {
                storage.commit(vec![DeviceWrite::Delete { before }.into()]).await.unwrap();
            }
        }
        State::PoolDeleted => pools.delete_user_pool(pool).await.unwrap(),
    }
}

/// Whether the state is what the way begins with, or none of its business.
fn is_fine(way: Way, state: State) -> bool {
    match (way, state) {
        (way, State::FlowForbidden) => way.flow().is_none(),
        // Whoever begins anew afterwards is what signing out was for.
        (way, State::SignedOut) => way == Way::Device,
        (way, State::DeviceForgotten) => !matches!(way, Way::Device | Way::DeviceBegunBefore | Way::DeviceRefresh),
        _ => false,
    }
}

#[tokio::test]
async fn line_27_every_way_by_device_or_custom_challenge_asks_for_the_state_of_user_client_and_pool() {
    for way in WAYS {
        for state in states() {
            let (world, held) = Box::pin(prepare(way)).await;
            bring_about(&world, way, state).await;

            let outcome = go(&world, held).await;

            let signed_in = matches!(outcome, Ok(AuthOutcome::Tokens(_)));
            assert_eq!(signed_in, is_fine(way, state), "{way:?} {state:?}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn every_way_by_device_or_custom_challenge_leads_to_tokens_where_nothing_bars_it() {
    for way in WAYS {
        let (world, held) = Box::pin(prepare(way)).await;

        let outcome = go(&world, held).await;

        assert!(matches!(outcome, Ok(AuthOutcome::Tokens(_))), "{way:?}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_access_token_of_a_user_who_must_choose_a_password_counts_no_more() {
    let world = world_with(|_, _| ()).await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;

    put(&world, |user| user.status = UserStatus::ForceChangePassword).await;

    let refused = world.pools.get_user(&tokens.access_token).await;
    assert_eq!(refused.unwrap_err(), Error::NotAuthorized(userpool_core::Refusal::MustChoosePassword));
}

#[tokio::test]
async fn whoever_was_authenticated_in_a_request_needs_no_second_look_at_the_token() {
    let world = world_with(|_, _| ()).await;
    world.user("ada").await;
    let tokens = world.tokens("ada").await;

    let me = world.pools.authenticate(&tokens.access_token).await.unwrap();

    assert_eq!(world.pools.get_user(&me).await.unwrap().username.as_str(), "ada");
    world.pools.global_sign_out(&me).await.unwrap();
    assert!(world.pools.get_user(&tokens.access_token).await.is_err());
}
