//! Kills under write load: what was answered is there afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use http::StatusCode;
use serde_json::json;

use crate::Store;
use crate::caller::Caller;

const WRITERS: u32 = 16;

/// Serves, writes from 16 callers at once, kills the node (on PostgreSQL every other time the database too) at an
/// arbitrary moment, starts again, and looks for everything that was ever answered. Says how much that was and how long
/// the node took to be ready.
pub async fn run(store: &Store, rounds: u32) -> String {
    let mut pool = None;
    let mut answered: Vec<String> = Vec::new();
    let mut slowest = Duration::ZERO;
    for round in 0..rounds {
        let started = Instant::now();
        let server = store.serve();
        let caller = Caller::new(&server.url);
        let pool = match &pool {
            Some(pool) => pool,
            None => pool.insert(caller.pool().await.0),
        };
        let (status, _) = caller.admin("ListGroups", &json!({"UserPoolId": pool})).await.unwrap();
        assert_eq!(status, StatusCode::OK);
        if round > 0 {
            slowest = slowest.max(started.elapsed());
        }
        // All of the last rounds, and a sample of those before.
        let recent = answered.len().saturating_sub(600);
        let looked_for = answered.iter().enumerate().filter(|(at, _)| *at >= recent || at % 97 == round as usize % 97);
        for (_, name) in looked_for {
            let (status, _) = caller.admin("GetGroup", &json!({"UserPoolId": pool, "GroupName": name})).await.unwrap();
            assert_eq!(status, StatusCode::OK, "lost after round {round}: {name}");
        }

        let next = Arc::new(AtomicU64::new(0));
        let writers = (0..WRITERS).map(|_| {
            let (caller, pool, next) = (caller.clone(), pool.clone(), Arc::clone(&next));
            tokio::spawn(async move { write(&caller, &pool, round, &next).await })
        });
        let writers: Vec<_> = writers.collect();
        let moment = u64::from(WRITERS + round * 37 % 400);
        while next.load(Ordering::Relaxed) < moment {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if round % 2 == 1
            && let Some(cluster) = &store.cluster
        {
            cluster.kill().unwrap();
            server.kill();
            cluster.boot().unwrap();
        } else {
            server.kill();
        }
        for names in join_all(writers).await {
            answered.extend(names.unwrap());
        }
        if round % 10 == 9 {
            println!("round {}: {} writes answered, none lost", round + 1, answered.len());
        }
    }
    format!("{rounds} kills: {} writes answered, none lost; slowest start {} ms", answered.len(), slowest.as_millis())
}

/// Writes until no answer comes; the names that were answered.
async fn write(caller: &Caller, pool: &str, round: u32, next: &AtomicU64) -> Vec<String> {
    let mut answered = Vec::new();
    loop {
        let name = format!("g-{round}-{}", next.fetch_add(1, Ordering::Relaxed));
        match caller.admin("CreateGroup", &json!({"UserPoolId": pool, "GroupName": name})).await {
            Some((StatusCode::OK, _)) => answered.push(name),
            // The database went first: refused, and not counted as written.
            Some((status, _)) if status.is_server_error() => {}
            Some((status, body)) => panic!("{status} {body}"),
            None => return answered,
        }
    }
}
