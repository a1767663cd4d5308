//! The master key as a file beside the storage.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;

use identity_kernel::entropy::Entropy;
use identity_kernel::sealing::MasterKey;

use crate::BuildError;

/// Reads the key, or makes one that is durably there before anything is sealed under it.
pub(crate) fn open_or_create(path: &Path, entropy: &dyn Entropy) -> Result<MasterKey, BuildError> {
    let key = MasterKey::generate(entropy);
    match create(path, &key) {
        Ok(()) => Ok(key),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => read(path),
        Err(error) => Err(BuildError::unusable(path)(error)),
    }
}

/// Reads a key file.
///
/// # Errors
///
/// [`BuildError::DataFolder`] if it cannot be read, [`BuildError::KeyFileOpen`] if others can read it too,
/// [`BuildError::KeyFile`] if it holds no key.
pub fn read(path: &Path) -> Result<MasterKey, BuildError> {
    let mut text = String::new();
    let mut file = File::open(path).map_err(BuildError::unusable(path))?;
    let data = file.metadata().map_err(BuildError::unusable(path))?;
    if is_open_to_others(&data) {
        return Err(BuildError::KeyFileOpen { path: path.to_path_buf() });
    }
    file.read_to_string(&mut text).map_err(BuildError::unusable(path))?;
    MasterKey::from_text(&text).ok_or_else(|| BuildError::KeyFile { path: path.to_path_buf() })
}

/// Whether any user of the machine may read or write a file. Its group may: that is how orchestrators hand out secrets.
fn is_open_to_others(data: &std::fs::Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::PermissionsExt::mode(&data.permissions()) & 0o007 != 0;
    #[cfg(not(unix))]
    {
        let _ = data;
        false
    }
}

/// Makes a folder, and those above it, for its owner alone. One that is there stays as it is.
pub(crate) fn create_folder(path: &Path) -> Result<(), BuildError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(BuildError::unusable(path))
}

/// Writes a new key file, readable by its owner alone, and makes it durable.
///
/// # Errors
///
/// What the system says; `AlreadyExists` if the file is there.
pub fn create(path: &Path, key: &MasterKey) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(key.to_text().as_bytes())?;
    file.sync_all()?;
    sync_folder(path)
}

/// A new file's name is durable only once its folder is.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
