//! Keys that change while tokens and sessions go on: a user pool's signing key, and the vending key.
//! `cargo run --package cenote-examples --example rotate_keys`

use cenote::kernel::time::{Clock, ManualClock, Timestamp};
use cenote::prelude::*;
use cenote::tokens::{KeySet, Rotation, Verifier};
use cenote_examples::{pool_with_ada, sign_in};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_700_000_000)));
    let cenote = Cenote::in_memory().clock(Arc::clone(&clock) as Arc<dyn Clock>).build().await?;
    let users = cenote.user_pools();
    let (pool, client) = pool_with_ada(users, "people").await?;
    let before = sign_in(users, &client).await?.access_token;

    // A planned rotation: two new keys, one for access tokens and one for ID tokens, are published now and sign ten minutes
    // later, and the old ones verify until the last token they can have signed has expired. The steps are written into the
    // keys: nothing has to run in between.
    users.rotate_signing_key(&pool, Rotation::PLANNED).await?;
    for (minutes, what) in [(0, "at the rotation"), (10, "ten minutes later"), (24 * 60, "a day later")] {
        clock.advance_seconds(minutes * 60);
        let fresh = sign_in(users, &client).await?.access_token;
        let published = users.key_set(&pool).await?.keys.len();
        let same = kid(before.expose())? == kid(fresh.expose())?;
        let signer = if same { "the old key" } else { "the new key" };
        println!(
            "{what}: {published} keys are published, {signer} signs, {}",
            state(users, &pool, &clock, &fresh).await?
        );
    }

    // A key that has leaked: everything it signed is dead at once.
    let leaked = sign_in(users, &client).await?.access_token;
    users.rotate_signing_key(&pool, Rotation::AtOnce).await?;
    println!("after a leak: {}", state(users, &pool, &clock, &leaked).await?);

    // The key that vends credentials goes the same way; its number stands in every access key id.
    let vending = cenote.vending();
    vending.rotate_vending_key(600, false).await?;
    println!("vending keys for resource servers: {}", vending.vending_key_texts().await?.len());
    Ok(())
}

fn kid(token: &str) -> Result<Option<String>, Failure> {
    Ok(Verifier::unverified_kid(token)?)
}

/// What a verifier that fetches the keys now says of a token.
async fn state(
    users: &UserPools,
    pool: &cenote::userpool::model::ids::UserPoolId,
    clock: &ManualClock,
    token: &SecretString,
) -> Result<String, Failure> {
    let keys = KeySet::from_jwks(users.key_set(pool).await?.keys);
    let verified = Verifier::new(users.issuer(pool)).any_audience().verify(&keys, token.expose(), clock.now());
    Ok(verified.map_or_else(|error| format!("its token is refused: {error}"), |_| "its token is accepted".to_owned()))
}
