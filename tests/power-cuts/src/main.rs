//! `power-cuts WHAT FOLDER ANSWERS`: writes records into a database in the folder, and says of each when it is durable.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test program: what goes wrong ends it")]

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use document_store::{Batch, Change, DocumentStore, Key};
use rusqlite::Connection;
use storage_sqlite::{SqliteStore, back_up};

/// So many pages that the log is brought into the database on the way, and begun anew.
const RECORDS: u32 = 110;
/// After so many records the store is closed and opened again.
const REOPEN: u32 = 95;

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [what, folder, answers] = words.as_slice() else { panic!("usage: power-cuts WHAT FOLDER ANSWERS") };
    let (folder, answers) = (PathBuf::from(folder), File::create(answers).unwrap());
    let database = folder.join("cenote.db");
    match *what {
        "store" => store(&database, &answers).await,
        "backup" => backup(&database, &folder.join("copy.db"), &answers).await,
        "synchronous=OFF" | "synchronous=NORMAL" => careless(&database, what, &answers),
        other => panic!("{other} is nothing to write"),
    }
}

/// Two documents of one batch: both or neither.
fn batch(number: u32) -> Batch {
    let body = number.to_string().repeat(24_000 / number.to_string().len());
    ["left", "right"]
        .map(|side| (Key::new(&["pool", &number.to_string(), side]), Change::Insert(body.clone().into())))
        .to_vec()
}

fn answer(mut answers: &File, number: u32) {
    answers.write_all(format!("{number}\n").as_bytes()).unwrap();
}

async fn store(database: &Path, answers: &File) {
    for numbers in [0..REOPEN, REOPEN..RECORDS] {
        let store = SqliteStore::open(database).unwrap();
        for number in numbers {
            store.commit(batch(number)).await.unwrap();
            answer(answers, number);
        }
    }
}

/// A copy is answered as if it were a record.
async fn backup(database: &Path, copy: &Path, answers: &File) {
    let store = SqliteStore::open(database).unwrap();
    for number in 0..10 {
        store.commit(batch(number)).await.unwrap();
        answer(answers, number);
    }
    back_up(database, copy).unwrap();
    answer(answers, 10);
}

/// A store that does not wait for its disk.
fn careless(database: &Path, setting: &str, answers: &File) {
    drop(SqliteStore::open(database).unwrap());
    let mut connection = Connection::open(database).unwrap();
    connection.execute_batch(&format!("PRAGMA {setting}")).unwrap();
    for number in 0..5 {
        let transaction = connection.transaction().unwrap();
        for (key, change) in batch(number) {
            let Change::Insert(body) = change else { panic!("an insert") };
            transaction.execute("INSERT INTO document VALUES (?1, 1, ?2)", (key.as_bytes(), body)).unwrap();
        }
        transaction.commit().unwrap();
        answer(answers, number);
    }
}
