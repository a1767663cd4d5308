//! Your own table under everything: four methods, held to the contract by the conformance suite.
//! `cargo run --package cenote-examples --example custom_storage`; its rules run with `cargo test`.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use async_trait::async_trait;
use cenote::documents::error::StorageError;
use cenote::documents::{Batch, Document, DocumentStore, Effect, Key, judge};
use cenote::kernel::sealing::MasterKey;
use cenote::prelude::*;

/// A table of versioned rows. A real one would be in the database that you have already.
#[derive(Default)]
struct Table(RwLock<BTreeMap<Vec<u8>, Row>>);

/// Version and body.
type Row = (u64, Vec<u8>);

#[async_trait]
impl DocumentStore for Table {
    async fn get(&self, key: &Key) -> Result<Option<Document>, StorageError> {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let found = rows.get(key.as_bytes());
        Ok(found.map(|(version, body)| Document { key: key.clone(), version: *version, body: body.clone() }))
    }

    async fn scan(&self, prefix: &Key, after: Option<&Key>, limit: usize) -> Result<Vec<Document>, StorageError> {
        let rows = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let inside = rows.iter().filter(|(key, _)| key.starts_with(prefix.as_bytes()));
        let behind = inside.filter(|(key, _)| after.is_none_or(|after| key.as_slice() > after.as_bytes()));
        let document = |(key, (version, body)): (&Vec<u8>, &Row)| Document {
            key: Key::from_bytes(key.clone()),
            version: *version,
            body: body.clone(),
        };
        Ok(behind.take(limit).map(document).collect())
    }

    async fn commit(&self, batch: Batch) -> Result<(), StorageError> {
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

    async fn clear(&self) -> Result<(), StorageError> {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
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
        table.scan(&Key::new(&[]), None, 100).await?.len()
    );
    Ok(())
}

#[cfg(test)]
storage_conformance::all_rules!(Some(Table::default()));
