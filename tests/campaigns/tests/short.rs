//! The short form of each campaign. `cargo xtask crash`, `race` and `hiding` run the long ones.

use campaigns::hiding::Kept;
use campaigns::{Store, crash, embedded, hiding, race};

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
async fn line_38_a_user_and_nobody_get_the_same_answer_from_each_operation_but_sign_up() {
    for kept in [Kept::InMemory, Kept::OnSqlite] {
        let measured = hiding::run(kept, 3).await;

        let (sign_up, others) = measured.split_last().unwrap();
        for other in others {
            let [there, nobody] = &other.answers;
            assert_eq!(there, nobody, "{other}");
        }
        assert_eq!(sign_up.answers, ["UsernameExists", "accepted"]);
        assert_eq!(others.len(), 6);
    }
}
