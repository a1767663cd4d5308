//! Passwords that have become public, in one file of three bytes each.

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use userpool_core::ports::{BreachedPasswords, BreachesUnreadable, CommonPasswords};

use crate::breached_lists::{self, RANGES};

/// What a whole filter begins with: what it is, and the version of its form. Written last.
const MAGIC: [u8; 16] = *b"cenote-breached1";
/// What is kept of a hash behind the bits of its range, in bytes.
const KEPT: u64 = 3;
/// As many entries as a range can have at most: each value once.
const MOST_OF_A_RANGE: u32 = 1 << 24;
/// Where the entries begin: behind the number of entries before each range, and of all.
const ENTRIES: u64 = MAGIC.len() as u64 + (RANGES as u64 + 1) * 4;

/// A filter made of the lists of Have I Been Pwned: for each hash its first 44 bits. It knows every password that it was made of,
/// and takes others for one of them: of `n` hashes in all, `n` in 2⁴⁴ of the values that a password can have are taken, one in
/// 17,592 where a billion are held.
///
/// A billion hashes are 3 GB, where the range files are some 40. A look-up reads 8 bytes and one range of 3 KB, off the threads
/// that serve; nothing is kept in memory. The most common passwords are known beside them.
#[derive(Clone, Debug)]
pub struct BreachedPasswordFilter(Arc<Mutex<File>>);

impl BreachedPasswordFilter {
    /// The filter in this file. Its form and its length are checked, 4 MB of it; what its entries say is not.
    ///
    /// # Errors
    ///
    /// If it cannot be read, is no filter, or is not whole.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        let mut magic = [0; MAGIC.len()];
        if length < ENTRIES {
            return Err(invalid("not a filter of breached passwords, or cut short"));
        }
        file.read_exact(&mut magic)?;
        if magic == [0; MAGIC.len()] {
            return Err(invalid("a filter of breached passwords that was not finished"));
        }
        if magic != MAGIC {
            return Err(invalid("not a filter of breached passwords"));
        }
        let total = total_of(&mut file)?;
        if length == ENTRIES + u64::from(total) * KEPT {
            return Ok(Self(Arc::new(Mutex::new(file))));
        }
        Err(invalid("a filter of breached passwords that is cut short, or longer than it says"))
    }

    /// Writes the filter of a list of hashes, of those that were seen so often at least, and gives how many it holds. The list is
    /// a folder of range files (as [`BreachedPasswordRanges`](crate::BreachedPasswordRanges) reads), or one file of all hashes in
    /// their order: a line for each, its 40 hexadecimal digits, a colon and how often it was seen. It is read line by line; what is
    /// held at once is one range. A file of this name is not written over, and none is left behind by an error.
    ///
    /// # Errors
    ///
    /// If the list is not whole or is none, or the filter cannot be written.
    pub fn build(list: &Path, least_count: u64, out: &Path) -> io::Result<u32> {
        Self::build_of(RANGES, list, least_count, out)
    }

    /// The same of a list of the first ranges alone; the others are empty.
    fn build_of(first: u32, list: &Path, least_count: u64, out: &Path) -> io::Result<u32> {
        let file = File::create_new(out)?;
        let built = Writer::begin(file).and_then(|mut writer| {
            breached_lists::each_range(list, first, least_count, |entries| writer.add(entries))?;
            writer.finish()
        });
        if built.is_err() {
            // Whatever became of it, the error is what the caller has to hear.
            let _ = fs::remove_file(out);
        }
        built
    }

    fn holds(&self, sha1: &[u8; 20]) -> io::Result<bool> {
        let [first, second, third, fourth, fifth, sixth, ..] = *sha1;
        let range = u64::from(first) << 12 | u64::from(second) << 4 | u64::from(third) >> 4;
        // The 24 bits behind the range's 20.
        let wanted = [third << 4 | fourth >> 4, fourth << 4 | fifth >> 4, fifth << 4 | sixth >> 4];
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut counts = [[0; 4]; 2];
        file.seek(SeekFrom::Start(MAGIC.len() as u64 + range * 4))?;
        file.read_exact(counts.as_flattened_mut())?;
        let [begin, end] = counts.map(u32::from_le_bytes);
        let length = end.checked_sub(begin).filter(|length| *length <= MOST_OF_A_RANGE);
        let length = length.ok_or_else(|| invalid("the table of the filter of breached passwords was changed"))?;
        file.seek(SeekFrom::Start(ENTRIES + u64::from(begin) * KEPT))?;
        let mut entries = Vec::new();
        (&*file).take(u64::from(length) * KEPT).read_to_end(&mut entries)?;
        let (entries, _) = entries.as_chunks::<3>();
        Ok(entries.binary_search(&wanted).is_ok())
    }
}

#[async_trait]
impl BreachedPasswords for BreachedPasswordFilter {
    async fn knows(&self, sha1: &[u8; 20]) -> Result<bool, BreachesUnreadable> {
        if CommonPasswords.knows(sha1).await? {
            return Ok(true);
        }
        let (filter, sha1) = (self.clone(), *sha1);
        match tokio::task::spawn_blocking(move || filter.holds(&sha1)).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) => Err(BreachesUnreadable(error.into())),
            Err(error) => Err(BreachesUnreadable(error.into())),
        }
    }
}

/// A filter that is being written. Until it is finished it begins with zeros and is none.
struct Writer {
    file: BufWriter<File>,
    /// How many entries stand before each range so far.
    before: Vec<u8>,
    total: u32,
}

impl Writer {
    fn begin(file: File) -> io::Result<Self> {
        let mut file = BufWriter::new(file);
        // In the place of what is known at the end.
        io::copy(&mut io::repeat(0).take(ENTRIES), &mut file)?;
        Ok(Self { file, before: Vec::with_capacity((RANGES as usize + 1) * 4), total: 0 })
    }

    /// The next range.
    fn add(&mut self, mut entries: Vec<[u8; 3]>) -> io::Result<()> {
        entries.sort_unstable();
        entries.dedup();
        self.before.extend_from_slice(&self.total.to_le_bytes());
        let more = u32::try_from(entries.len()).ok().and_then(|more| self.total.checked_add(more));
        self.total = more.ok_or_else(|| invalid("more hashes than a filter holds"))?;
        self.file.write_all(entries.as_flattened())
    }

    /// The ranges that were not added are empty.
    fn finish(mut self) -> io::Result<u32> {
        while self.before.len() <= RANGES as usize * 4 {
            self.before.extend_from_slice(&self.total.to_le_bytes());
        }
        let mut file = self.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(MAGIC.len() as u64))?;
        file.write_all(&self.before)?;
        file.sync_all()?;
        file.rewind()?;
        file.write_all(&MAGIC)?;
        file.sync_all()?;
        Ok(self.total)
    }
}

/// How many entries a filter says it has, from a table that goes up and in which no range has more than it can.
fn total_of(file: &mut File) -> io::Result<u32> {
    let mut table = vec![0; (RANGES as usize + 1) * 4];
    file.read_exact(&mut table)?;
    let (counts, _) = table.as_chunks::<4>();
    let mut before = 0_u32;
    for count in counts {
        let count = u32::from_le_bytes(*count);
        if count.checked_sub(before).is_none_or(|of_range| of_range > MOST_OF_A_RANGE) {
            return Err(invalid("a filter of breached passwords whose table was changed"));
        }
        before = count;
    }
    Ok(before)
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests;
