//! Kills under write load: what was answered is there afterwards, whole, and what was not is there whole or not at all.
//!
//! A killed process leaves to the system what it had handed over: this asks what the program does, not what a disk does
//! when the power fails.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use futures::future::join_all;
use http::StatusCode;
use serde_json::json;
use tokio::sync::Semaphore;

use crate::Store;
use crate::caller::{Caller, text};
use crate::written::{Begun, Place, Seen};

const WRITERS: u32 = 16;

/// How many of those that were seen whole before are looked at again each round.
const OLDER: usize = 200;

/// Serves, writes from 16 callers at once, kills the node (on PostgreSQL every other time the database too) at an
/// arbitrary moment, starts again, and looks at everything of the round before, the last one included, and at a sample of
/// what is older. Says how much that was and how long the node took to be ready.
pub async fn run(store: &Store, rounds: u32) -> String {
    let mut place: Option<Place> = None;
    let (mut older, mut answered, mut slowest) = (Vec::new(), 0, Duration::ZERO);
    let mut begun: Vec<Begun> = Vec::new();
    for round in 0..=rounds {
        let started = Instant::now();
        let server = store.serve();
        let caller = Caller::new(&server.url);
        let place = if let Some(place) = place.as_mut() {
            place
        } else {
            let (pool, client) = caller.pool().await;
            place.insert(Place { pool, client, group: String::new() })
        };
        let (status, _) = caller.admin("ListGroups", &json!({"UserPoolId": place.pool})).await.unwrap();
        assert_eq!(status, StatusCode::OK);
        slowest = slowest.max(if round > 0 { started.elapsed() } else { Duration::ZERO });
        answered += begun.iter().map(Begun::answered).sum::<usize>();
        look_at_the_last_round(&caller, place, &begun, store).await;
        look_again(&caller, place, &older, round as usize).await;
        older.append(&mut begun);
        if round == rounds {
            break;
        }

        place.begin(&caller, round).await;
        begun = write_until_killed(&caller, place, round, || kill(store, server, round)).await;
        if round % 10 == 9 {
            println!("round {}: {answered} writes answered, none lost", round + 1);
        }
    }
    format!(
        "{rounds} kills: {answered} writes answered, none lost, none half; slowest start {} ms",
        slowest.as_millis()
    )
}

/// Kills the node; on PostgreSQL every other time the database before it.
fn kill(store: &Store, server: client_tests::Server, round: u32) {
    match &store.cluster {
        Some(cluster) if round % 2 == 1 => {
            cluster.kill().unwrap();
            server.kill();
            cluster.boot().unwrap();
        }
        _ => server.kill(),
    }
}

/// Lets the writers write, and kills when they have begun so many writes that they are in the midst of others.
async fn write_until_killed(caller: &Caller, place: &Place, round: u32, kill: impl FnOnce()) -> Vec<Begun> {
    let (next, begun) = (Arc::new(AtomicU64::new(0)), Arc::new(Semaphore::new(0)));
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let (caller, place, next, begun) = (caller.clone(), place.clone(), Arc::clone(&next), Arc::clone(&begun));
            tokio::spawn(async move { write(&caller, &place, round, &next, &begun).await })
        })
        .collect();
    // Closed if a writer has failed: then the kill ends the others, and joining them says why.
    let _ = begun.acquire_many(WRITERS + round * 37 % 150).await;
    tokio::task::block_in_place(kill);
    join_all(writers).await.into_iter().flat_map(Result::unwrap).collect()
}

/// Closes the counter when a writer ends, however it ends.
struct Closes<'a>(&'a Semaphore);

impl Drop for Closes<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Writes until no answer comes.
async fn write(caller: &Caller, place: &Place, round: u32, next: &AtomicU64, counter: &Semaphore) -> Vec<Begun> {
    let mut written = Vec::new();
    let _closes = Closes(counter);
    loop {
        counter.add_permits(1);
        let mut one = Begun::new(format!("{round}-{}", next.fetch_add(1, Ordering::Relaxed)));
        let goes_on = one.write(caller, place).await;
        written.push(one);
        if goes_on.is_none() {
            return written;
        }
    }
}

/// All that was begun in the round before the kill.
async fn look_at_the_last_round(caller: &Caller, place: &Place, begun: &[Begun], store: &Store) {
    if begun.is_empty() {
        return;
    }
    let members = place.members(caller).await;
    let codes = codes_in_the_outbox(store);
    let (members, codes) = (&members, &codes);
    let looks = begun.iter().map(|one| async move {
        let seen = one.look(caller, place).await;
        assert!(one.agrees_with(&seen, members), "{one:?}: {seen:?}");
        if one.signed_up() {
            one.confirm(caller, place, codes.get(&one.user()).map(String::as_str)).await;
        }
    });
    futures::stream::iter(looks).buffer_unordered(WRITERS as usize).collect::<Vec<()>>().await;
}

/// A sample of what was seen whole in an earlier round.
async fn look_again(caller: &Caller, place: &Place, older: &[Begun], round: usize) {
    let step = older.len() / OLDER + 1;
    let looks = older.iter().skip(round % step).step_by(step).map(|one| async move {
        let seen: Seen = one.look(caller, place).await;
        assert!(one.still_agrees_with(&seen), "after round {round}: {one:?}: {seen:?}");
    });
    futures::stream::iter(looks).buffer_unordered(WRITERS as usize).collect::<Vec<()>>().await;
}

/// The codes that were sent, by user name.
fn codes_in_the_outbox(store: &Store) -> BTreeMap<String, String> {
    let lines = std::fs::read_to_string(store.folder.path().join("outbox.jsonl")).unwrap_or_default();
    // A kill may have cut the last line short.
    let rows = lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    rows.map(|row| (text(&row["username"]), text(&row["code"]))).collect()
}
