//! Refresh tokens that rotate: one family, one token in force.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::join_all;
use identity_kernel::secret::SecretString;
use userpool_core::model::client::Rotation;
use userpool_core::ops::clients::CreateClient;
use userpool_core::ops::tokens::{RefreshTokens, RevokeToken};
use userpool_core::{DocumentUserPools, Error, Refusal, UserPoolStorage};

use crate::world::{World, service, world_with};

async fn rotating(grace_seconds: i64) -> (World, SecretString) {
    let world = world_with(|_, client| client.settings.rotation = Some(Rotation { grace_seconds })).await;
    world.user("ada").await;
    let first = world.tokens("ada").await.refresh_token.unwrap();
    (world, first)
}

async fn next(world: &World, token: &SecretString) -> SecretString {
    world.refresh(token).await.unwrap().refresh_token.unwrap()
}

#[tokio::test]
async fn line_25_any_older_token_of_a_family_reveals_the_theft() {
    for grace in [0, 10] {
        let (world, stolen) = rotating(grace).await;
        let second = next(&world, &stolen).await;
        let third = next(&world, &second).await;
        world.clock.advance_seconds(grace);

        assert_eq!(world.refresh(&stolen).await.unwrap_err(), Error::RefreshTokenReuse, "grace {grace}");

        let dead = world.refresh(&third).await.unwrap_err();
        assert_eq!(dead, Error::NotAuthorized(Refusal::RefreshTokenRevoked), "grace {grace}");
    }
}

#[tokio::test]
async fn line_25_two_generations_back_is_reuse_also_within_the_grace() {
    let (world, first) = rotating(10).await;
    let second = next(&world, &first).await;
    next(&world, &second).await;

    assert_eq!(world.refresh(&first).await.unwrap_err(), Error::RefreshTokenReuse);
}

#[tokio::test]
async fn line_25_within_the_grace_everybody_gets_the_same_successor_and_it_lives() {
    let (world, first) = rotating(10).await;
    let world = Arc::new(world);
    let calls = (0..32).map(|_| {
        let (world, first) = (Arc::clone(&world), first.clone());
        tokio::spawn(async move { next(&world, &first).await })
    });

    let successors: Vec<SecretString> = join_all(calls).await.into_iter().map(Result::unwrap).collect();

    assert!(successors.iter().all(|token| token.expose() == successors[0].expose()));
    next(&world, &successors[0]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn line_25_without_grace_one_of_many_that_refresh_at_once_on_two_nodes_succeeds_and_no_token_lives_twice() {
    for _ in 0..8 {
        let (world, first) = rotating(0).await;
        let nodes = [world.pools.clone(), service(&world.clock, &world.outbox, &world.store)];
        let calls = (0..32).map(|number| {
            let (node, token) = (nodes[number % 2].clone(), first.clone());
            let request = RefreshTokens { client: world.client.id.clone(), client_secret: None, token };
            tokio::spawn(async move { node.get_tokens_from_refresh_token(request).await })
        });

        let outcomes: Vec<_> = join_all(calls).await.into_iter().map(Result::unwrap).collect();

        let (succeeded, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!(succeeded.len(), 1);
        let revoked = Error::NotAuthorized(Refusal::RefreshTokenRevoked);
        for error in refused.into_iter().map(Result::unwrap_err) {
            assert!(error == Error::RefreshTokenReuse || error == revoked, "{error:?}");
        }
        let later = world.refresh(&first).await.unwrap_err();
        assert!(later == Error::RefreshTokenReuse || later == revoked, "{later:?}");
        let successor = succeeded.into_iter().next().unwrap().unwrap().refresh_token.unwrap();
        assert_eq!(world.refresh(&successor).await.unwrap_err(), revoked, "the whole family has ended");
    }
}

#[tokio::test]
async fn line_26_rotation_does_not_put_off_the_end_of_the_session() {
    let (world, mut token) = rotating(0).await;
    for _ in 0..29 {
        world.clock.advance_seconds(86_400);
        token = next(&world, &token).await;
    }
    world.clock.advance_seconds(86_399);
    token = next(&world, &token).await;
    world.clock.advance_seconds(1);

    let refused = world.refresh(&token).await.unwrap_err();
    assert_eq!(refused, Error::NotAuthorized(Refusal::RefreshTokenExpired));
}

#[tokio::test]
async fn line_34_revoking_with_a_replaced_token_ends_the_session() {
    let (world, first) = rotating(10).await;
    let second = next(&world, &first).await;
    let third = next(&world, &second).await;

    let revoke = RevokeToken { client: world.client.id.clone(), client_secret: None, token: first };
    world.pools.revoke_token(revoke).await.unwrap();

    let refused = world.refresh(&third).await.unwrap_err();
    assert_eq!(refused, Error::NotAuthorized(Refusal::RefreshTokenRevoked));
}

#[tokio::test]
async fn lines_24_and_34_another_clients_token_neither_refreshes_nor_is_revoked() {
    let (world, token) = rotating(10).await;
    let settings = world.client.settings.clone();
    let other = CreateClient { pool: world.pool.id.clone(), settings, with_secret: false };
    let other = world.pools.create_user_pool_client(other).await.unwrap().client.id;

    let refresh = RefreshTokens { client: other.clone(), client_secret: None, token: token.clone() };
    let refused = world.pools.get_tokens_from_refresh_token(refresh).await.unwrap_err();
    assert_eq!(refused, Error::NotAuthorized(Refusal::RefreshTokenInvalid));
    let revoke = RevokeToken { client: other, client_secret: None, token: token.clone() };
    assert_eq!(world.pools.revoke_token(revoke).await.unwrap_err(), Error::Unauthorized);
    next(&world, &token).await;
}

#[tokio::test]
async fn line_24_no_refresh_token_stands_in_the_storage() {
    let (world, token) = rotating(0).await;
    let successor = next(&world, &token).await;

    let everything = document_store::Range::of(document_store::Key::new(&[]), 1000);
    let documents = document_store::DocumentStore::scan(world.store.as_ref(), &everything);
    for document in documents.await.unwrap() {
        for secret in [&token, &successor] {
            let secret = secret.expose().as_bytes();
            assert!(!document.body.windows(32).any(|window| window == &secret[secret.len() - 32..]));
        }
    }
}

#[tokio::test]
async fn line_24_a_refresh_token_of_which_one_byte_is_another_is_refused_and_nobody_makes_one() {
    let (world, token) = rotating(10).await;
    let genuine = URL_SAFE_NO_PAD.decode(token.expose()).unwrap();
    let refused = Error::NotAuthorized(Refusal::RefreshTokenInvalid);

    for at in [0, 15, 16, 19, 20, 35, 51] {
        let mut forged = genuine.clone();
        forged[at] ^= 1;
        let forged = URL_SAFE_NO_PAD.encode(forged).into();
        assert_eq!(world.refresh(&forged).await.unwrap_err(), refused, "byte {at}");
    }
    for mac in [[0; 32], [1; 32], [0xff; 32]] {
        let forged = URL_SAFE_NO_PAD.encode([&genuine[..20], &mac].concat()).into();
        assert_eq!(world.refresh(&forged).await.unwrap_err(), refused, "{mac:?}");
    }
    let storage = DocumentUserPools::new(Arc::clone(&world.store));
    let mut seeds = std::collections::BTreeSet::new();
    for token in [token.clone(), world.tokens("ada").await.refresh_token.unwrap()] {
        let head = URL_SAFE_NO_PAD.decode(token.expose()).unwrap();
        let mut id = format!("{:032x}", u128::from_be_bytes(*head.first_chunk().unwrap()));
        for dash in [20, 16, 12, 8] {
            id.insert(dash, '-');
        }
        let session = storage.sessions().get(&world.pool.id, &id).await.unwrap().unwrap();
        assert_eq!(session.refresh_seed.len(), 43, "256 random bits");
        seeds.insert(session.refresh_seed.clone());
    }
    assert_eq!(seeds.len(), 2);
    next(&world, &token).await;
}
