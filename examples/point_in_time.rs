//! A wrong change of everybody, seen before it is undone: a pool that keeps its history is set back to how it was.
//! `cargo run --package cenote-examples --example point_in_time`

use cenote::kernel::time::{Clock, ManualClock, Timestamp};
use cenote::prelude::*;
use cenote_examples::{Failure, pool_with_ada};

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let clock = Arc::new(ManualClock::at(Timestamp::from_epoch_seconds(1_700_000_000)));
    let cenote = Cenote::in_memory().clock(Arc::clone(&clock) as Arc<dyn Clock>).build().await?;
    let users = cenote.user_pools();
    let (pool, _) = pool_with_ada(users, "people").await?;

    // From now on what stands before each change of the directory is kept for a week. Off, it costs nothing.
    let mut settings = users.describe_user_pool(&pool).await?.settings;
    settings.history.days = 7;
    users.update_user_pool(&pool, settings).await?;
    clock.advance_seconds(86_400);
    let before_the_mistake = clock.now();

    clock.advance_seconds(60);
    users.admin_disable_user(&pool, "ada").await?;
    println!("a script goes wrong: ada is enabled: {}", users.admin_get_user(&pool, "ada").await?.enabled);

    // The preview says what would change. A moment lies a quarter of an hour back at least.
    clock.advance_seconds(900);
    let id = users.initiate_point_in_time_recovery(&pool, before_the_mistake).await?.id;
    let preview = loop {
        let seen = users.describe_point_in_time_recovery(&pool, &id).await?;
        if seen.status.name() != "PREVIEW_GENERATING" {
            break seen;
        }
        tokio::task::yield_now().await;
    };
    println!("{}: {} users would be changed", preview.status.name(), preview.counts.users.update);
    let refused = users.admin_enable_user(&pool, "ada").await;
    println!("meanwhile nobody writes: {}", refused.err().map(|error| error.to_string()).unwrap_or_default());

    users.start_point_in_time_recovery(&pool, &id).await?;
    while !users.describe_point_in_time_recovery(&pool, &id).await?.status.is_final() {
        tokio::task::yield_now().await;
    }
    println!("ada is enabled: {}", users.admin_get_user(&pool, "ada").await?.enabled);
    Ok(())
}
