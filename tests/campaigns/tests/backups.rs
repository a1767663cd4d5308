//! Line 116: backups under load, and what comes after them.

use campaigns::{Store, backups};

#[tokio::test(flavor = "multi_thread")]
async fn line_116_a_sqlite_backup_under_load_is_one_moment_and_revives_nothing_that_was_dead_in_it() {
    println!("{}", backups::run(&Store::sqlite()).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_116_a_postgres_dump_under_load_is_one_moment_and_revives_nothing_that_was_dead_in_it() {
    let Some(store) = Store::postgres() else { return };
    println!("{}", backups::run(&store).await);
}
