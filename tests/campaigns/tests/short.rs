//! The short form of each campaign. `cargo xtask crash`, `race`, `hiding` and `import` run the long ones.

use campaigns::hiding::Kept;
use campaigns::{Store, crash, embedded, hiding, imports, race, server_imports};

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

#[tokio::test(flavor = "multi_thread")]
async fn line_38_a_user_in_each_state_and_nobody_get_the_same_answer_from_each_operation() {
    for kept in [Kept::InMemory, Kept::OnSqlite] {
        let measured = hiding::run(kept, 3).await;

        for one in &measured {
            let [there, nobody] = &one.answers;
            assert_eq!(there, nobody, "{one}");
        }
        assert_eq!(measured.len(), 40);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_user_of_a_file_is_there_once_and_signs_in_however_often_the_import_is_killed() {
    println!("{}", imports::run(&Store::sqlite(), 600, 6, 10).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_goes_on_by_itself_when_the_server_that_does_it_is_killed_and_started_again() {
    println!("{}", server_imports::run(&Store::sqlite(), 3000, 3, 1500).await);
}
