//! Line 114 from outside: what a server's callers see when its storage fails.

use campaigns::faults;

#[tokio::test(flavor = "multi_thread")]
async fn line_114_a_full_disk_is_refused_cleanly_loses_nothing_and_the_server_goes_on_when_there_is_room() {
    println!("{}", faults::full_disk().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn line_114_a_lost_database_is_told_cleanly_and_the_server_is_back_by_itself() {
    let Some(outcome) = faults::lost_database().await else { return };
    println!("{outcome}");
}
