//! Reads and durable writes of 600-byte documents, in wall-clock time: most of it is waiting for the disk.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use document_store::{Change, DocumentStore, Key};
use storage_postgres::{Options, PostgresStore};
use storage_sqlite::SqliteStore;

use crate::{Aim, sign_ins};

/// A figure of the report: the median of several measurements, and their range.
#[derive(Deserialize, Serialize)]
pub struct Figure {
    /// The store.
    pub store: String,
    /// What was measured.
    pub what: String,
    /// The median.
    pub value: f64,
    /// The least and the largest.
    pub range: (f64, f64),
    /// The unit.
    pub unit: String,
    /// What it should be.
    pub aim: Option<Aim>,
}

impl Figure {
    /// The median and range of what was measured several times.
    pub fn of(store: &str, what: &str, unit: &str, measured: &[f64]) -> Self {
        let mut sorted = measured.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (store, what, unit) = (store.to_owned(), what.to_owned(), unit.to_owned());
        let range = (sorted[0], sorted[sorted.len() - 1]);
        Self { store, what, value: sorted[sorted.len() / 2], range, unit, aim: None }
    }

    /// The same with an aim.
    #[must_use]
    pub fn with(self, aim: Aim) -> Self {
        Self { aim: Some(aim), ..self }
    }

    /// How it reads: `2.86 (2.64 to 3.65) times`.
    pub fn told(&self) -> String {
        let digits = if self.value >= 100.0 { 0 } else { 2 };
        let (low, high) = self.range;
        format!("{:.digits$} ({low:.digits$} to {high:.digits$}) {}", self.value, self.unit)
    }
}

/// What was measured, and where the files lay.
#[derive(Deserialize, Serialize)]
pub struct Report {
    /// The type of file system under the stores' files: `ext4`.
    pub file_system: String,
    /// The figures.
    pub figures: Vec<Figure>,
}

/// The type of file system under a folder, as Linux names it; `unknown` elsewhere.
pub fn file_system_of(folder: &Path) -> String {
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let mounts = mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        Some((words.next()?, words.next()?))
    });
    let under = mounts.filter(|(point, _)| folder.starts_with(point));
    under.max_by_key(|(point, _)| point.len()).map_or("unknown", |(_, kind)| kind).to_owned()
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

/// Fresh stores of the sizes are filled so many times.
const FILLS: usize = 5;

/// What one fill of a store gave.
#[derive(Default)]
struct Fill {
    single: f64,
    many: f64,
    lookups: Vec<f64>,
}

async fn one_fill(store: Arc<dyn DocumentStore>, sizes: [usize; 2]) -> Fill {
    // The first writes of a file extend it: they are not what is measured.
    writes(&store, 1, 100, "before").await;
    let single = writes(&store, 1, 300, "one").await;
    let many = writes(&store, 64, 60, "many").await;
    let (mut filled, mut lookups) = (0, Vec::new());
    for size in sizes {
        fill(store.as_ref(), filled, size).await;
        filled = size;
        lookup(store.as_ref(), size).await;
        lookups.push(lookup(store.as_ref(), size).await);
    }
    Fill { single, many, lookups }
}

/// The figures of a store over its fills: `gain` is what 64 callers at once should reach, as a ratio to one.
fn figures_of(name: &str, fills: &[Fill], sizes: [usize; 2], gain: f64) -> Vec<Figure> {
    let over = |what: &str, unit: &str, of: &dyn Fn(&Fill) -> f64| {
        Figure::of(name, what, unit, &fills.iter().map(of).collect::<Vec<_>>())
    };
    let [small, large] = sizes;
    vec![
        over("durable writes by one caller", "/s", &|fill| fill.single),
        over("durable writes by 64 callers", "/s", &|fill| fill.many),
        over("64 callers to one", "times", &|fill| fill.many / fill.single).with(Aim::AtLeast(gain)),
        over(&format!("lookup among {small}, median"), "us", &|fill| fill.lookups[0]),
        over(&format!("lookup among {large}, median"), "us", &|fill| fill.lookups[1]),
        over(&format!("lookup among {large} to {small}"), "times", &|fill| fill.lookups[1] / fill.lookups[0])
            .with(Aim::AtMost(3.0)),
    ]
}

/// Measures both stores; PostgreSQL where it is installed.
pub async fn report(sizes: [usize; 2]) -> Report {
    let mut fills = Vec::new();
    for _ in 0..FILLS {
        let folder = tempfile::tempdir().unwrap();
        fills.push(one_fill(Arc::new(SqliteStore::open(&folder.path().join("bench.db")).unwrap()), sizes).await);
    }
    let mut figures = figures_of("SQLite", &fills, sizes, 4.0);
    if throwaway_postgres::bin_folder().is_some() {
        let mut fills = Vec::new();
        for _ in 0..FILLS {
            let cluster = throwaway_postgres::Cluster::start().unwrap().unwrap();
            let options = Options { max_connections: 64, ..Options::default() };
            fills.push(one_fill(Arc::new(PostgresStore::open(&cluster.url(), options).await.unwrap()), sizes).await);
        }
        figures.extend(figures_of("PostgreSQL", &fills, sizes, 2.0));
        figures.extend(sign_ins::figures().await);
    }
    Report { file_system: file_system_of(&std::env::temp_dir()), figures }
}
