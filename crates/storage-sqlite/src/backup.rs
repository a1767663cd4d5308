//! Copies of the file: taken while it is in use, and put in its place.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use document_store::error::StorageError;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::{LAYOUT, connect, create_private};

/// Copies the database at `from` into the new file `to`, as it is at one moment, while others read and write it.
///
/// What was answered before the call is in the copy; of what is written meanwhile, each batch is there whole or not at
/// all. The copy is one file, durable when this returns, readable by its owner alone. What is sealed in it opens under
/// the master key alone, which is not in it: keep both, apart.
///
/// # Errors
///
/// `Unavailable` if `from` is not there, there is a file at `to` already, or it cannot be written.
pub fn back_up(from: &Path, to: &Path) -> Result<(), StorageError> {
    if to.exists() {
        return Err(at(to, "there is a file already"));
    }
    let source = connect(from)?;
    by_way_of_partial(to, |partial| {
        let name = partial.to_str().ok_or_else(|| at(partial, "the path is no text"))?;
        source.execute("VACUUM INTO ?1", [name]).map_err(|error| at(partial, error))?;
        Ok(())
    })
}

/// Puts the backup `from` in the place of the database at `to`, which nobody may have open. The database that was there
/// is kept beside it; returns where.
///
/// # Errors
///
/// `Unavailable` if `from` is no sound backup or of a newer version, or the database is in use.
pub fn restore(from: &Path, to: &Path) -> Result<Option<PathBuf>, StorageError> {
    let mut kept = None;
    by_way_of_partial(to, |partial| {
        copy(from, partial).map_err(|error| at(from, error))?;
        check(partial).map_err(|problem| at(from, problem))?;
        kept = set_aside(to)?;
        Ok(())
    })?;
    Ok(kept)
}

/// Has `fill` write a file of its owner alone, and then gives it its final name, durably. What failed leaves nothing.
fn by_way_of_partial(to: &Path, fill: impl FnOnce(&Path) -> Result<(), StorageError>) -> Result<(), StorageError> {
    let partial = beside(to, "partial");
    remove_if_there(&partial)?;
    create_private(&partial).map_err(|error| at(&partial, error))?;
    let outcome = fill(&partial).and_then(|()| put_in_place(&partial, to));
    if outcome.is_err() {
        remove_if_there(&partial)?;
    }
    outcome
}

fn copy(from: &Path, to: &Path) -> std::io::Result<u64> {
    std::io::copy(&mut File::open(from)?, &mut File::options().write(true).open(to)?)
}

/// Refuses a file that is no sound database of a version this one knows.
fn check(file: &Path) -> Result<(), String> {
    let connection = Connection::open(file).map_err(|error| error.to_string())?;
    let sound: String =
        connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(|error| error.to_string())?;
    let layout: i64 =
        connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|error| error.to_string())?;
    match (sound.as_str(), layout) {
        ("ok", 1..=LAYOUT) => Ok(()),
        ("ok", 0) => Err("it is no backup of this store".to_owned()),
        ("ok", _) => Err("it was written by a newer version".to_owned()),
        (problem, _) => Err(problem.to_owned()),
    }
}

/// Gives the database, if there is one, a second name, under which it stays when its first is given to another. A log that
/// lies there goes along, with or without its database: the next one must not find it.
fn set_aside(database: &Path) -> Result<Option<PathBuf>, StorageError> {
    let kept = (1..1000).map(|number| beside(database, &format!("replaced-{number}"))).find(|path| !path.exists());
    let kept = kept.ok_or_else(|| at(database, "too many replaced databases lie beside it"))?;
    match leave_log(database) {
        Ok(()) => {}
        Err(rusqlite::Error::SqliteFailure(failure, _)) if failure.code == ErrorCode::DatabaseBusy => {
            return Err(at(database, "the database is in use: stop whoever serves it"));
        }
        // A database that is broken or not there.
        Err(_) => {
            for ending in ["-wal", "-shm"] {
                let (from, to) = (sidecar(database, ending), sidecar(&kept, ending));
                if from.exists() {
                    fs::rename(&from, to).map_err(|error| at(&from, error))?;
                }
            }
        }
    }
    if !database.exists() {
        return Ok(None);
    }
    fs::hard_link(database, &kept).map_err(|error| at(&kept, error))?;
    Ok(Some(kept))
}

/// Leaves the write-ahead log, which needs the database alone: everything is in its one file afterwards.
fn leave_log(database: &Path) -> Result<(), rusqlite::Error> {
    let connection = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
}

/// `cenote.db-wal`, beside `cenote.db`.
fn sidecar(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Makes a file durable under its final name.
fn put_in_place(partial: &Path, to: &Path) -> Result<(), StorageError> {
    let durable = || -> std::io::Result<()> {
        File::open(partial)?.sync_all()?;
        fs::rename(partial, to)?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()
    };
    durable().map_err(|error| at(to, error))
}

fn remove_if_there(path: &Path) -> Result<(), StorageError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(at(path, error)),
        _ => Ok(()),
    }
}

/// `cenote.db.partial`, beside `cenote.db`.
fn beside(path: &Path, ending: &str) -> PathBuf {
    sidecar(path, &format!(".{ending}"))
}

fn at(path: &Path, problem: impl std::fmt::Display) -> StorageError {
    StorageError::unavailable(format!("{}: {problem}", path.display()))
}
