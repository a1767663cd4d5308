//! When an answer leaves that could tell by its time alone who exists.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use userpool_core::UserPools;
use userpool_core::model::client::ClientSettings;
use userpool_core::model::risk::ProtectionMode;
use userpool_core::ports::Pace;

use crate::hidden_costs::{OPERATIONS, Operation, State, call, world_in};
use crate::world::{World, parts};

/// What each operation takes.
const TAKES: Duration = Duration::from_millis(7);

/// Runs on by [`TAKES`] whenever it is looked at, and writes down for how long it was waited for from the look before the last.
#[derive(Default)]
struct Steps(Mutex<(Duration, Vec<Duration>)>);

#[async_trait]
impl Pace for Steps {
    fn moment(&self) -> Duration {
        let mut steps = self.0.lock().unwrap();
        steps.0 += TAKES;
        steps.0
    }

    async fn until(&self, moment: Duration) {
        let mut steps = self.0.lock().unwrap();
        let since_it_began = (moment + TAKES).saturating_sub(steps.0);
        steps.1.push(since_it_began);
    }
}

async fn paced(state: State) -> (World, Arc<Steps>) {
    let (mut world, _) = world_in(state, ProtectionMode::Audit, None).await;
    let steps = Arc::new(Steps::default());
    let mut parts = parts(&world.clock, &world.outbox, &world.store);
    parts.pace = Arc::clone(&steps) as _;
    world.pools = UserPools::new(parts);
    (world, steps)
}

fn waits(steps: &Steps) -> Vec<u128> {
    std::mem::take(&mut steps.0.lock().unwrap().1).iter().map(Duration::as_millis).collect()
}

#[tokio::test]
async fn line_38_what_an_answer_takes_is_rounded_up_to_five_milliseconds_for_a_user_and_for_nobody() {
    for operation in OPERATIONS {
        let (world, steps) = paced(State::Confirmed).await;
        for name in ["ada", "nobody"] {
            call(&world, operation, name).await;

            let asked_first = matches!(operation, Operation::SentCodeWrong);
            let waited: &[u128] = match operation {
                Operation::SrpBegun => &[],
                _ if asked_first => &[10, 10],
                _ => &[10],
            };
            assert_eq!(waits(&steps), waited, "{operation:?} {name}");
        }
    }
}

#[tokio::test]
async fn tokens_leave_at_once() {
    let (world, steps) = paced(State::Confirmed).await;

    world.tokens("ada").await;

    assert_eq!(waits(&steps), []);
}

#[tokio::test]
async fn where_a_client_does_not_hide_users_its_answers_leave_at_once() {
    let (world, steps) = paced(State::Confirmed).await;
    let (pool, client) = (&world.pool.id, &world.client.id);
    let tell = |settings: &mut ClientSettings| settings.prevent_user_existence_errors = false;
    world.pools.change_user_pool_client(pool, client, tell).await.unwrap();

    world.password("ada", "wrong").await.unwrap_err();
    world.password("nobody", "wrong").await.unwrap_err();
    world.forgot("ada").await.unwrap();

    assert_eq!(waits(&steps), []);
}
