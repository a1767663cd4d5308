//! The short form of each campaign. `cargo xtask crash` and `cargo xtask race` run the long ones.

use campaigns::{Store, crash, embedded, race};

#[tokio::test(flavor = "multi_thread")]
async fn line_112_sqlite_loses_nothing_that_was_answered() {
    println!("{}", crash::run(&Store::sqlite(), 4).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_112_postgres_loses_nothing_that_was_answered_also_when_it_is_killed_itself() {
    let Some(store) = Store::postgres() else { return };
    println!("{}", crash::run(&store, 4).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_113_two_nodes_on_one_postgres_have_one_winner_of_each_race() {
    let Some(store) = Store::postgres() else { return };
    println!("{}", race::run(&store, 3).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_113_two_processes_on_one_sqlite_file_have_one_winner_of_each_race() {
    println!("{}", race::run(&Store::sqlite(), 3).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_113_an_embedders_process_has_one_winner_of_each_race_on_sqlite() {
    println!("{}", embedded::run(3).await);
}
