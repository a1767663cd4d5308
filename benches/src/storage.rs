//! Reads and durable writes of 600-byte documents, in wall-clock time: most of it is waiting for the disk.

use std::sync::Arc;
use std::time::Instant;

use document_store::{Change, DocumentStore, Key};
use storage_postgres::{Options, PostgresStore};
use storage_sqlite::SqliteStore;

/// A figure of the report.
pub struct Figure {
    /// The store.
    pub store: &'static str,
    /// What was measured.
    pub what: String,
    /// How much, with its unit.
    pub value: String,
}

fn key(at: usize) -> Key {
    Key::new(&["pool", "user", &format!("{:08x}", (at as u32).wrapping_mul(0x9E37_79B1))])
}

async fn fill(store: &dyn DocumentStore, from: usize, to: usize) {
    for start in (from..to).step_by(1000) {
        let batch = (start..(start + 1000).min(to)).map(|at| (key(at), Change::Put(vec![b'x'; 600]))).collect();
        store.commit(batch).await.unwrap();
    }
}

/// The median of 4,000 lookups, in microseconds.
async fn lookup(store: &dyn DocumentStore, users: usize) -> f64 {
    let mut spans = Vec::new();
    for round in 0..4000_usize {
        let key = key(round.wrapping_mul(7919) % users);
        let start = Instant::now();
        assert!(store.get(&key).await.unwrap().is_some());
        spans.push(start.elapsed().as_secs_f64() * 1e6);
    }
    spans.sort_by(f64::total_cmp);
    spans[spans.len() / 2]
}

/// Durable writes a second by so many callers at once.
async fn writes(store: &Arc<dyn DocumentStore>, callers: usize, each: usize, tag: &str) -> f64 {
    let start = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (store, tag) = (Arc::clone(store), tag.to_owned());
            tokio::spawn(async move {
                for at in 0..each {
                    let key = Key::new(&["written", &tag, &format!("{caller}-{at}")]);
                    store.commit(vec![(key, Change::Insert(vec![b'x'; 600]))]).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    (callers * each) as f64 / start.elapsed().as_secs_f64()
}

async fn measure(name: &'static str, store: Arc<dyn DocumentStore>, sizes: [usize; 2], figures: &mut Vec<Figure>) {
    let mut push = |what: &str, value: String| figures.push(Figure { store: name, what: what.to_owned(), value });
    let mut singles = Vec::new();
    let mut groups = Vec::new();
    for round in 0..5 {
        singles.push(writes(&store, 1, 300, &format!("one-{round}")).await);
        groups.push(writes(&store, 64, 60, &format!("many-{round}")).await);
    }
    singles.sort_by(f64::total_cmp);
    groups.sort_by(f64::total_cmp);
    push("durable writes by one caller", format!("{:.0} /s", singles[2]));
    push("durable writes by 64 callers", format!("{:.0} /s", groups[2]));
    push("64 callers to one", format!("{:.1} times", groups[2] / singles[2]));
    let mut filled = 0;
    let mut medians = Vec::new();
    for size in sizes {
        fill(store.as_ref(), filled, size).await;
        filled = size;
        lookup(store.as_ref(), size).await;
        medians.push(lookup(store.as_ref(), size).await);
        push(&format!("lookup among {size}, median"), format!("{:.1} us", medians[medians.len() - 1]));
    }
    push(&format!("lookup among {} to {}", sizes[1], sizes[0]), format!("{:.2} times", medians[1] / medians[0]));
}

/// Measures both stores; PostgreSQL where it is installed.
pub async fn figures(sizes: [usize; 2]) -> Vec<Figure> {
    let mut figures = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    let sqlite: Arc<dyn DocumentStore> = Arc::new(SqliteStore::open(&folder.path().join("bench.db")).unwrap());
    measure("SQLite", sqlite, sizes, &mut figures).await;
    if let Some(cluster) = throwaway_postgres::Cluster::start().unwrap() {
        let store = PostgresStore::open(&cluster.url(), Options { max_connections: 64, ..Options::default() }).await;
        measure("PostgreSQL", Arc::new(store.unwrap()), sizes, &mut figures).await;
    }
    figures
}
