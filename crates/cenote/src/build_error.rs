/// Why nothing was built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The data folder or a file in it could not be opened.
    #[error("{} cannot be used", path.display())]
    DataFolder {
        /// The folder or file.
        path: std::path::PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The key file does not hold a key.
    #[error("{} does not hold a master key", path.display())]
    KeyFile {
        /// The folder or file.
        path: std::path::PathBuf,
    },
    /// Any user of the machine may read or write the key file: whoever has it opens every secret in the storage.
    #[error("{} is open to every user of this machine: take the right away (chmod o= ...)", path.display())]
    KeyFileOpen {
        /// The folder or file.
        path: std::path::PathBuf,
    },
    /// The key is here, and what is sealed under it is not: it was emptied or moved away, or belongs to another folder.
    #[error("{} is here, and {} is missing or empty: put the database back, or move the key away to begin anew",
        key.display(), database.display())]
    KeyWithoutStorage {
        /// The key file.
        key: std::path::PathBuf,
        /// The database.
        database: std::path::PathBuf,
    },
    /// The storage holds what is sealed, and the key that opens it is not here.
    #[error("the storage is here, and its key is not: put {} back", key.display())]
    StorageWithoutKey {
        /// The key file.
        key: std::path::PathBuf,
    },
    /// The store was made under another master key.
    #[error("the storage was made under another master key")]
    WrongMasterKey,
    /// Nothing was said of where the state lives.
    #[error("say where the state lives: a data folder, a database, a store of your own, or memory")]
    StorageMissing,
    /// The store could not be opened.
    #[error(transparent)]
    Storage(#[from] document_store::error::StorageError),
}

impl BuildError {
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn unusable(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::DataFolder { path: path.to_path_buf(), source }
    }
}
