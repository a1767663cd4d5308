//! Your own table under everything: four methods, held to the contract by the conformance suite.
//! `cargo run --package cenote-examples --example custom_storage`; its rules run with `cargo test`.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use cenote::documents::error::StorageError;
use cenote::documents::{Batch, Direction, Document, DocumentStore, Effect, Key, Range, check_batch, judge};
use cenote::kernel::sealing::MasterKey;
use cenote::prelude::*;

/// A table of versioned rows. A real one would be in the database that you have already.
#[derive(Default)]
struct Table(RwLock<BTreeMap<Vec<u8>, Row>>);

/// Version and body.
type Row = (u64, Vec<u8>);

fn document(key: &[u8], (version, body): &Row) -> Document {
    Document { key: Key::from_bytes(key.to_vec()), version: *version, body: body.clone() }
}

#[async_trait]
impl DocumentStore for Table {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(rows.get(key.as_bytes()).map(|row| document(key.as_bytes(), row)))
    }

    async fn get_many(&self, keys: &[Key]) -> Result<Vec<Option<Document>>, StorageError> {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Ok(keys.iter().map(|key| rows.get(key.as_bytes()).map(|row| document(key.as_bytes(), row))).collect())
    }

    async fn scan(&self, range: &Range) -> Result<Vec<Document>, StorageError> {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (low, high) = range.bounds();
        let inside = rows.iter().filter(|(key, _)| **key >= low && **key < high).map(|(key, row)| document(key, row));
        Ok(match range.direction {
            Direction::Forward => inside.take(range.limit).collect(),
            Direction::Backward => inside.rev().take(range.limit).collect(),
        })
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
        check_batch(&batch)?;
        let mut rows = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut effects = Vec::new();
        for (at, (key, change)) in batch.iter().enumerate() {
            let version = rows.get(key.as_bytes()).map(|(version, _)| *version);
            let effect = judge(change, version).map_err(|kind| StorageError::refused(kind, at, None))?;
            effects.push((key, effect));
        }
        for (key, effect) in effects {
            match effect {
                Effect::Write(version, body) => drop(rows.insert(key.as_bytes().to_vec(), (version, body.to_vec()))),
                Effect::Remove => drop(rows.remove(key.as_bytes())),
                Effect::Nothing => {}
            }
        }
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = Arc::new(Table::default());
    // The master key comes from outside the storage: a key file, or a secret manager.
    let cenote = Cenote::builder().store(Arc::clone(&table) as Arc<dyn DocumentStore>, MasterKey::new([7; 32]));
    let cenote = cenote.build().await?;
    let users = cenote.user_pools();
    let pool = users.create_user_pool(CreateUserPool::named("people", users)).await?;
    println!(
        "pool {} is kept in {} rows of our own table",
        pool.id,
        table.scan(&Range::of(Key::new(&[]), 100)).await?.len()
    );
    Ok(())
}

#[cfg(test)]
storage_conformance::all_rules!(Some(Table::default()));
