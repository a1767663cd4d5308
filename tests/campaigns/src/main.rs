//! `campaign crash|race sqlite|postgres ROUNDS`, `campaign race embedded ROUNDS`, or `campaign hiding memory|sqlite SAMPLES`
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test program: what goes wrong ends it")]

use campaigns::hiding::Kept;
use campaigns::{Store, crash, embedded, hiding, race};

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [what, store, rounds] = words.as_slice() else {
        panic!("usage: campaign crash|race sqlite|postgres ROUNDS, or campaign race embedded ROUNDS");
    };
    let rounds = rounds.parse().unwrap();
    if *what == "hiding" {
        let kept = if *store == "sqlite" { Kept::OnSqlite } else { Kept::InMemory };
        println!(
            "| operation | a user | nobody | us, a user | us, nobody | Welch's t | rank test z |\n|---|---|---|---|---|---|---|"
        );
        for measured in hiding::run(kept, rounds).await {
            println!("{measured}");
        }
        return;
    }
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
