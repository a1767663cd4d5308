//! Customers of a shop in the shop's own SQL table, joined with its orders, and signed in by Cenote: one database, one
//! transaction. `cargo run --package cenote-examples --example own_tables`; its rules run with `cargo test`.
//!
//! `own_tables/customers.rs` is the table, `own_tables/storage.rs` puts it under Cenote. Everything but users and passwords
//! (pools, clients, groups, sessions, codes) stays in Cenote's documents, in the table `document` of the same file.

#[path = "own_tables/customers.rs"]
mod customers;
#[path = "own_tables/storage.rs"]
mod storage;

use std::path::Path;

use cenote::documents::StorageError;
use cenote::kernel::sealing::MasterKey;
use cenote::prelude::*;
use cenote::sqlite::rusqlite::Connection;
use cenote::sqlite::{SqliteStore, connect_beside};
use cenote::userpool::model::client::ClientSettings;

use crate::storage::Shop;

/// The shop's own tables. Whoever is deleted as a user takes their orders along, in the same transaction.
const ORDERS: &str = "CREATE TABLE IF NOT EXISTS purchase (
    number INTEGER PRIMARY KEY, pool TEXT NOT NULL, customer TEXT NOT NULL, item TEXT NOT NULL,
    FOREIGN KEY (pool, customer) REFERENCES customer (pool, id) ON DELETE CASCADE
)";

/// Opens the shop's database and Cenote over it.
async fn open(path: &Path, outbox: &Arc<MemoryOutbox>) -> Result<(Shop, Cenote), Box<dyn std::error::Error>> {
    let documents = Arc::new(SqliteStore::open(path)?);
    let shop = Shop::new(connect_beside(path)?, Arc::clone(&documents))?;
    shop.with(|connection| connection.execute_batch(ORDERS).map_err(StorageError::unavailable)).await?;
    // The master key comes from outside the storage: a key file, or a secret manager.
    let cenote = Cenote::builder()
        .store(documents, MasterKey::new([7; 32]))
        .user_pool_storage(Arc::new(shop.clone()))
        .messenger(Arc::clone(outbox) as Arc<dyn cenote::userpool::ports::Messenger>)
        .build()
        .await?;
    Ok((shop, cenote))
}

/// What everybody has bought, by the e-mail address that they sign in with.
fn receipts(shop: &Connection) -> Result<Vec<(String, String)>, StorageError> {
    let joined = "SELECT c.email, p.item FROM purchase p JOIN customer c ON (c.pool, c.id) = (p.pool, p.customer)";
    let mut query = shop.prepare(joined).map_err(StorageError::unavailable)?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(StorageError::unavailable)?;
    rows.collect::<Result<_, _>>().map_err(StorageError::unavailable)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (folder, outbox) = (tempfile::tempdir()?, Arc::new(MemoryOutbox::new()));
    let path = folder.path().join("shop.db");
    let password = "correct horse battery";

    let (shop, cenote) = open(&path, &outbox).await?;
    let with_address = |pool: &mut CreateUserPool| {
        pool.settings.auto_verified.insert(Contact::Email);
    };
    let pool = cenote.ensure_user_pool("customers", with_address).await?.id;
    let allow = |settings: &mut ClientSettings| {
        settings.allow(AllowedFlow::UserPassword);
    };
    let client = cenote.ensure_client(&pool, "shop", allow).await?.client.id;
    let users = cenote.user_pools();
    let request = SignUp::new(client.clone(), "ada", password).attribute("email", "ada@example.com");
    let ada = users.sign_up(request).await?.sub;
    let code = outbox.code_for("ada").ok_or("no code was sent")?;
    users.confirm_sign_up(ConfirmSignUp::new(client.clone(), "ada", code)).await?;
    let order = (pool.to_string(), ada.to_string(), "an umbrella");
    let buy = "INSERT INTO purchase (pool, customer, item) VALUES (?1, ?2, ?3)";
    shop.with(move |connection| connection.execute(buy, order).map_err(StorageError::unavailable)).await?;
    println!("sold: {:?}", shop.with(|connection| receipts(connection)).await?);
    drop((shop, cenote));

    let (shop, cenote) = open(&path, &outbox).await?;
    let users = cenote.user_pools();
    let flow = SignInFlow::UserPassword { username: "ada".to_owned(), password: password.into() };
    let sign_in = InitiateAuth { client, caller: Caller::Public, secret_hash: None, flow };
    if let AuthOutcome::Tokens(_) = users.initiate_auth(sign_in).await? {
        println!("after a restart ada signs in, and has bought: {:?}", shop.with(|open| receipts(open)).await?);
    }
    users.admin_delete_user(&pool, "ada").await?;
    println!("ada is gone, with her orders: {:?}", shop.with(|connection| receipts(connection)).await?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn shop() -> Shop {
        let path = tempfile::tempdir().unwrap().keep().join("shop.db");
        open(&path, &Arc::new(MemoryOutbox::new())).await.unwrap().0
    }

    storage_conformance::user_pool_rules!(Some(shop().await));
}
