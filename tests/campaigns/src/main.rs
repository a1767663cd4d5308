//! `campaign crash|race sqlite|postgres ROUNDS`, `campaign race embedded ROUNDS`, `campaign hiding memory|sqlite SAMPLES`,
//! `campaign import sqlite|postgres USERS`, or `campaign history memory|sqlite|postgres ROUNDS`
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test program: what goes wrong ends it")]

use campaigns::hiding::Kept;
use campaigns::instructions::Way;
use campaigns::{
    Store, crash, directory, embedded, hiding, history, imports, instructions, race, server_imports, sign_ins,
};

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let ["instructions", store, way, sign_ins] = words.as_slice() {
        let way = match *way {
            "password" => Way::Password,
            "srp" => Way::Srp,
            "http" => Way::PasswordOverHttp,
            other => panic!("{other} is no way to sign in"),
        };
        let kept = if *store == "sqlite" { Kept::OnSqlite } else { Kept::InMemory };
        return instructions::run(kept, way, sign_ins.parse().unwrap()).await;
    }
    let [what, store, rounds] = words.as_slice() else {
        panic!("usage: campaign crash|race sqlite|postgres ROUNDS, or campaign race embedded ROUNDS");
    };
    let rounds = rounds.parse().unwrap();
    if *what == "hiding" {
        let kept = if *store == "sqlite" { Kept::OnSqlite } else { Kept::InMemory };
        println!(
            "| operation | a user | is answered | nobody is answered | us, a user | us, nobody | Welch's t | rank test z |\n|---|---|---|---|---|---|---|---|"
        );
        for measured in hiding::run(kept, rounds).await {
            println!("{measured}");
        }
        return;
    }
    if *what == "history" {
        let kept = match *store {
            "memory" => history::Kept::InMemory,
            other => history::Kept::On([store_named(other), store_named(other)]),
        };
        println!("| | without, us | with, us | ratio |\n|---|---|---|---|");
        for measured in Box::pin(history::run(&kept, rounds)).await {
            println!("{measured}");
        }
        return;
    }
    let store = match *store {
        "embedded" if *what == "race" => return println!("{}", embedded::run(rounds).await),
        other => store_named(other),
    };
    match *what {
        "crash" => println!("{}", crash::run(&store, rounds).await),
        "directory" => {
            // As many as were asked for, and a tenth and a hundredth of them.
            let sizes = [100, 10, 1].map(|part| rounds as usize / part);
            println!(
                "| | {} users, us | {} | {} | largest to smallest |\n|---|---|---|---|---|",
                sizes[0], sizes[1], sizes[2]
            );
            for measured in directory::run(&store, &sizes).await {
                println!("{measured}");
            }
        }
        "sign-ins" => {
            println!(
                "| by | primitives, ms | server, ms | ratio | sign-ins a second | page faults |\n|---|---|---|---|---|---|"
            );
            for measured in sign_ins::run(&store, rounds).await {
                println!("{measured}");
            }
        }
        "import" => {
            println!("{}", imports::run(&store, rounds, 30, 50).await);
            println!("{}", server_imports::run(&store, rounds, 10, 50).await);
        }
        "race" => println!("{}", race::run(&store, rounds).await),
        other => panic!("{other} is no campaign"),
    }
}

fn store_named(name: &str) -> Store {
    match name {
        "sqlite" => Store::sqlite(),
        "postgres" => Store::postgres().unwrap_or_else(|| panic!("PostgreSQL is not installed")),
        other => panic!("{other} is no store"),
    }
}
