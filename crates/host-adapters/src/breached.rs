//! Passwords that have become public, from files on this machine.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use userpool_core::ports::{BreachedPasswords, BreachesUnreadable, CommonPasswords};

/// A folder of range files as Have I Been Pwned gives them out: for each five hexadecimal digits a file of that name (with or
/// without `.txt`), a line for each hash that begins with them: the other 35 digits, a colon, and how often it was seen. The
/// most common passwords are known beside them.
///
/// A look-up reads one file of some 40 KB, off the threads that serve.
#[derive(Clone, Debug)]
pub struct BreachedPasswordRanges {
    folder: PathBuf,
}

impl BreachedPasswordRanges {
    /// The files of this folder.
    ///
    /// # Errors
    ///
    /// If the first file (`00000`) cannot be read: the folder is another, or incomplete.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let ranges = Self { folder: folder.to_path_buf() };
        read(&ranges.folder, "00000")?;
        Ok(ranges)
    }
}

#[async_trait]
impl BreachedPasswords for BreachedPasswordRanges {
    async fn knows(&self, sha1: &[u8; 20]) -> Result<bool, BreachesUnreadable> {
        if CommonPasswords.knows(sha1).await? {
            return Ok(true);
        }
        let (folder, hash) = (self.folder.clone(), hex(sha1));
        let looked = tokio::task::spawn_blocking(move || {
            let (range, rest) = hash.split_at(5);
            Ok(stands_in(&read(&folder, range)?, rest))
        });
        let looked: Result<io::Result<bool>, _> = looked.await;
        match looked {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => Err(BreachesUnreadable(error.into())),
            Err(error) => Err(BreachesUnreadable(error.into())),
        }
    }
}

pub(crate) fn hex(sha1: &[u8; 20]) -> String {
    sha1.iter().fold(String::with_capacity(40), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

fn read(folder: &Path, range: &str) -> io::Result<String> {
    match fs::read_to_string(folder.join(range)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::read_to_string(folder.join(format!("{range}.txt")))
        }
        other => other,
    }
}

/// Whether the rest of a hash stands in a range. Lines with a count of 0 are there to hide how long the range is.
fn stands_in(range: &str, rest: &str) -> bool {
    let lines = range.lines().filter_map(|line| line.trim().split_once(':'));
    lines.into_iter().any(|(hash, count)| hash.eq_ignore_ascii_case(rest) && !count.trim_matches('0').is_empty())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_hash_stands_in_its_range_unless_it_was_seen_never() {
        let range = "0018A45C4D1DEF81644B54AB7F969B88D65:10\r\n00D4F6E8FA6EECAD2A3AA415EEC418D38EC:0\r\n";

        assert!(stands_in(range, "0018A45C4D1DEF81644B54AB7F969B88D65"));
        assert!(stands_in(range, "0018a45c4d1def81644b54ab7f969b88d65"));
        assert!(!stands_in(range, "00D4F6E8FA6EECAD2A3AA415EEC418D38EC"));
        assert!(!stands_in(range, "0018A45C4D1DEF81644B54AB7F969B88D6"));
    }

    #[tokio::test]
    async fn a_password_is_looked_up_in_the_file_of_the_first_five_digits_of_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        assert!(BreachedPasswordRanges::open(folder.path()).is_err());
        fs::write(folder.path().join("00000"), "").unwrap();
        fs::write(folder.path().join("ABABA.txt"), format!("{}:3\n", "B".to_owned() + &"AB".repeat(17))).unwrap();
        let ranges = BreachedPasswordRanges::open(folder.path()).unwrap();

        assert!(ranges.knows(&[0xAB; 20]).await.unwrap());
        let mut other = [0xAB; 20];
        other[19] = 0;
        assert!(!ranges.knows(&other).await.unwrap());
        assert!(ranges.knows(&[0xCD; 20]).await.is_err(), "a file that is missing is no answer");
    }
}
