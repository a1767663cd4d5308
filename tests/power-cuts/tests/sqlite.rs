//! What `storage-sqlite` has answered is there after a power cut, whatever the disk had not been told to keep.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;

use document_store::{Document, DocumentStore, Key, Range};
use power_cuts::{Disk, Event, Left, watch};
use storage_sqlite::SqliteStore;

/// Runs the writer. `None` where nothing can be watched.
fn events(what: &str) -> Option<Vec<Event>> {
    watch(env!("CARGO_BIN_EXE_power-cuts"), &[what]).map(|watched| watched.events)
}

/// Looks at what each of many cuts leaves: with nothing of what was not synced after every answer, and at every so many
/// events with any part of it. `look` is given the folder and how much was answered before the cut. Returns the number of
/// cuts and the first objection.
async fn cut(events: &[Event], look: impl AsyncFn(&Path, usize) -> Result<(), String>) -> (usize, Result<(), String>) {
    let (mut disk, mut answered, mut cuts) = (Disk::default(), 0, 0);
    for (at, event) in events.iter().enumerate() {
        disk.happens(event);
        let mut left = vec![Left::Some(at as u64)];
        if matches!(event, Event::Answered(_)) {
            answered += 1;
            left = vec![Left::Nothing, Left::Everything];
        } else if at % 13 != 0 {
            continue;
        }
        for left in left {
            let folder = tempfile::tempdir().unwrap();
            disk.cut(folder.path(), left);
            cuts += 1;
            if let Err(objection) = look(folder.path(), answered).await {
                return (cuts, Err(format!("cut after event {at}, {left:?}, {answered} answered: {objection}")));
            }
        }
    }
    (cuts, Ok(()))
}

/// Every record that was answered is there, and of what was not, each batch is whole or absent.
async fn all_that_was_answered(folder: &Path, answered: usize) -> Result<(), String> {
    whole(&folder.join("cenote.db"), answered).await
}

async fn whole(database: &Path, answered: usize) -> Result<(), String> {
    let store = SqliteStore::open(database).map_err(|error| format!("{error:?}"))?;
    let found = store.scan(&Range::of(Key::new(&["pool"]), 10_000)).await.map_err(|error| format!("{error:?}"))?;
    let body = |number: usize, side: &str| {
        let key = Key::new(&["pool", &number.to_string(), side]);
        found.iter().find(|document| document.key == key).map(|Document { body, .. }| body)
    };
    if let Some(lost) = (0..answered).find(|number| body(*number, "left").is_none()) {
        return Err(format!("{lost} was answered and is lost"));
    }
    for number in 0..=answered {
        let (left, right) = (body(number, "left"), body(number, "right"));
        let right_bytes = left.is_none_or(|body| body.starts_with(number.to_string().as_bytes()));
        if left != right || !right_bytes {
            return Err(format!("{number} is there in part"));
        }
    }
    Ok(())
}

#[tokio::test]
async fn line_112_a_power_cut_takes_nothing_that_sqlite_has_answered() {
    let Some(events) = events("store") else { return };
    let count = |wanted: fn(&Event) -> bool| events.iter().filter(|event| wanted(event)).count();
    assert_eq!(count(|event| matches!(event, Event::Answered(_))), 110);
    // The log was brought into the database under way, and not at its closing alone.
    let restarts = count(|event| matches!(event, Event::Written(name, 0, _) if name == "cenote.db-wal"));
    assert!(restarts >= 3, "the log was begun {restarts} times");

    let (cuts, outcome) = cut(&events, all_that_was_answered).await;

    assert_eq!(outcome, Ok(()));
    assert!(cuts > 300, "{cuts} cuts");
}

#[tokio::test]
async fn line_116_a_power_cut_takes_nothing_of_a_backup_that_was_answered() {
    let Some(events) = events("backup") else { return };

    let (cuts, outcome) = cut(&events, async |folder: &Path, answered| {
        whole(&folder.join("cenote.db"), answered.min(10)).await?;
        let copy = folder.join("copy.db");
        match answered {
            11 => whole(&copy, 10).await,
            _ if copy.exists() => whole(&copy, 10).await,
            _ => Ok(()),
        }
    })
    .await;

    assert_eq!(outcome, Ok(()));
    assert!(cuts > 22, "{cuts} cuts");
}

/// What judges a store that waits for its disk catches those that do not.
#[tokio::test]
async fn a_store_that_does_not_wait_for_its_disk_is_caught() {
    for setting in ["synchronous=OFF", "synchronous=NORMAL"] {
        let Some(events) = events(setting) else { return };

        let (_, outcome) = cut(&events, all_that_was_answered).await;

        assert!(outcome.as_ref().is_err_and(|objection| objection.contains("lost")), "{setting}: {outcome:?}");
    }
}
