//! `campaign crash|race sqlite|postgres ROUNDS`, or `campaign race embedded ROUNDS`
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test program: what goes wrong ends it")]

use campaigns::{Store, crash, embedded, race};

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [what, store, rounds] = words.as_slice() else {
        panic!("usage: campaign crash|race sqlite|postgres ROUNDS, or campaign race embedded ROUNDS");
    };
    let rounds = rounds.parse().unwrap();
    let store = match *store {
        "embedded" if *what == "race" => return println!("{}", embedded::run(rounds).await),
        "sqlite" => Store::sqlite(),
        "postgres" => Store::postgres().unwrap_or_else(|| panic!("PostgreSQL is not installed")),
        other => panic!("{other} is no store"),
    };
    match *what {
        "crash" => println!("{}", crash::run(&store, rounds).await),
        "race" => println!("{}", race::run(&store, rounds).await),
        other => panic!("{other} is no campaign"),
    }
}
