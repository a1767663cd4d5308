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
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::breached::hex;

    /// A filter of these hashes, all of the ranges 00000 to 00002.
    fn filter_of(hashes: &[[u8; 20]], count: u64, least: u64) -> io::Result<BreachedPasswordFilter> {
        let folder = tempfile::tempdir().unwrap();
        for range in 0..3 {
            let name = format!("{range:05X}");
            let of_range = hashes.iter().map(hex).filter(|hash| hash.starts_with(&name));
            let lines: Vec<String> = of_range.map(|hash| format!("{}:{count}\r\n", &hash[5..])).collect();
            std::fs::write(folder.path().join(format!("{name}.txt")), lines.concat()).unwrap();
        }
        let out = folder.path().join("filter");
        BreachedPasswordFilter::build_of(3, folder.path(), least, &out)?;
        BreachedPasswordFilter::open(&out)
    }

    /// The hash number `n` of a range.
    fn hash(range: u8, n: u32) -> [u8; 20] {
        let mut hash = [0; 20];
        let spread = n.wrapping_mul(0x9E37_79B1).to_be_bytes();
        hash[2] = range << 4 | spread[0] & 15;
        hash[3..6].copy_from_slice(&spread[1..]);
        hash[6..10].copy_from_slice(&n.to_be_bytes());
        hash
    }

    #[tokio::test]
    async fn a_filter_knows_every_hash_that_it_was_made_of_and_hardly_another() {
        let own: Vec<[u8; 20]> = (0..3).flat_map(|range| (0..1000).map(move |n| hash(range, n))).collect();
        let filter = filter_of(&own, 1, 1).unwrap();

        for hash in &own {
            assert!(filter.knows(hash).await.unwrap());
        }
        let others = (0..3).flat_map(|range| (1000..34_000).map(move |n| hash(range, n)));
        let wrong = others.filter(|hash| filter.holds(hash).unwrap()).count();
        // 99,000 others, of which one in 17,000 is to be expected.
        assert!(wrong < 20, "{wrong}");
        assert!(!filter.knows(&[0xAB; 20]).await.unwrap(), "a range without hashes");
    }

    #[test]
    fn what_was_seen_too_seldom_or_never_is_left_out() {
        let own = [hash(1, 7)];
        assert!(filter_of(&own, 5, 5).unwrap().holds(&own[0]).unwrap());
        assert!(!filter_of(&own, 4, 5).unwrap().holds(&own[0]).unwrap());
        assert!(!filter_of(&own, 0, 0).unwrap().holds(&own[0]).unwrap(), "a count of 0 hides how long a range is");
    }

    /// The error of a filter of these bytes.
    fn error_of(bytes: &[u8]) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("filter");
        std::fs::write(&file, bytes).unwrap();
        BreachedPasswordFilter::open(&file).unwrap_err().to_string()
    }

    #[test]
    fn a_file_that_is_no_filter_or_not_whole_or_changed_is_refused_when_it_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let (ranges, out) = (folder.path(), folder.path().join("filter"));
        std::fs::write(ranges.join("00000"), format!("{}:1", "0".repeat(35))).unwrap();
        assert_eq!(BreachedPasswordFilter::build_of(1, ranges, 1, &out).unwrap(), 1);
        let whole = std::fs::read(&out).unwrap();

        for short in [&whole[..whole.len() - 1], &whole[..100], b"cenote", b""] {
            assert!(error_of(short).contains("cut short"), "{}", short.len());
        }
        assert!(error_of(&[whole.as_slice(), b"more"].concat()).contains("longer than it says"));
        let with = |change: fn(&mut Vec<u8>)| {
            let mut bytes = whole.clone();
            change(&mut bytes);
            error_of(&bytes)
        };
        assert!(with(|bytes| bytes[..16].fill(0)).contains("not finished"));
        assert!(with(|bytes| bytes[0] = b'C').starts_with("not a filter"));
        assert!(with(|bytes| bytes[24] = 7).contains("changed"), "more before a range than before the next");
        let beyond =
            with(|bytes| bytes[20..usize::try_from(ENTRIES).unwrap()].as_chunks_mut::<4>().0.fill([1, 0, 0, 2]));
        assert!(beyond.contains("changed"), "more of a range than there can be: {beyond}");
    }

    #[test]
    fn a_filter_that_cannot_be_built_is_not_left_behind_and_one_that_is_there_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let (ranges, out) = (folder.path(), folder.path().join("filter"));
        let build = || BreachedPasswordFilter::build_of(1, ranges, 1, &out);

        assert!(build().unwrap_err().to_string().contains("00000"), "no range file");
        std::fs::write(ranges.join("00000"), "no hash").unwrap();
        assert!(build().unwrap_err().to_string().contains("line 1"));
        assert!(!out.exists());

        std::fs::write(ranges.join("00000"), format!("{}:1", "0".repeat(35))).unwrap();
        build().unwrap();
        let whole = std::fs::read(&out).unwrap();
        assert_eq!(build().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read(&out).unwrap(), whole);
    }

    #[test]
    fn a_list_of_all_hashes_in_their_order_gives_the_filter_that_its_range_files_give() {
        let folder = tempfile::tempdir().unwrap();
        let mut own: Vec<[u8; 20]> = (0..3).flat_map(|range| (0..50).map(move |n| hash(range, n))).collect();
        own.sort_unstable();
        let list = folder.path().join("list.txt");
        let lines: Vec<String> = own.iter().map(|hash| format!("{}:3\r\n", hex(hash))).collect();
        std::fs::write(&list, lines.concat()).unwrap();
        let out = folder.path().join("filter");

        assert_eq!(BreachedPasswordFilter::build_of(3, &list, 1, &out).unwrap(), 150);

        let filter = BreachedPasswordFilter::open(&out).unwrap();
        let of_ranges = filter_of(&own, 3, 1).unwrap();
        let bytes = |filter: &BreachedPasswordFilter| {
            let (mut file, mut bytes) = (filter.0.lock().unwrap(), Vec::new());
            file.rewind().unwrap();
            file.read_to_end(&mut bytes).unwrap();
            bytes
        };
        assert_eq!(bytes(&filter), bytes(&of_ranges));
    }
}
