//! Reads lists of breached passwords: a folder of range files, or one file of all hashes in their order.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

/// The ranges: one for each value of a hash's first 20 bits.
pub(crate) const RANGES: u32 = 1 << 20;
/// The longest line, in bytes: 40 digits, a colon, a count and its end take less.
const LONGEST_LINE: u64 = 80;
/// The digits of a hash behind its first 44 bits.
const LEFT_OUT: usize = 29;

/// What is kept of a hash: the 24 bits behind its range.
pub(crate) type Entry = [u8; 3];

/// Gives what is kept of each of the first ranges, in their order, of the hashes that were seen so often at least. A hash that was
/// seen never only hides how long its range is.
pub(crate) fn each_range(
    list: &Path,
    ranges: u32,
    least_count: u64,
    take: impl FnMut(Vec<Entry>) -> io::Result<()>,
) -> io::Result<()> {
    let least_count = least_count.max(1);
    if list.is_dir() { of_folder(list, ranges, least_count, take) } else { of_file(list, ranges, least_count, take) }
}

fn of_folder(
    folder: &Path,
    ranges: u32,
    least_count: u64,
    mut take: impl FnMut(Vec<Entry>) -> io::Result<()>,
) -> io::Result<()> {
    for range in 0..ranges {
        let path = range_file(folder, range);
        let mut kept = Vec::new();
        each_line(&path, |line| {
            let (value, count) = parsed(line, 35)?;
            if count >= least_count {
                kept.push(entry(value));
            }
            Some(Ok(()))
        })?;
        take(kept)?;
    }
    Ok(())
}

/// With or without `.txt`, as [`BreachedPasswordRanges`](crate::BreachedPasswordRanges) finds it.
fn range_file(folder: &Path, range: u32) -> PathBuf {
    let path = folder.join(format!("{range:05X}"));
    if path.exists() { path } else { path.with_extension("txt") }
}

/// Every range has hashes: one that is passed over, or comes again, is no whole list in its order.
fn of_file(
    list: &Path,
    ranges: u32,
    least_count: u64,
    mut take: impl FnMut(Vec<Entry>) -> io::Result<()>,
) -> io::Result<()> {
    let (mut at, mut kept, mut begun) = (0, Vec::new(), false);
    each_line(list, |line| {
        let (value, count) = parsed(line, 40)?;
        let range = value >> 24;
        if begun && range == at + 1 {
            at = range;
            if let Err(error) = take(std::mem::take(&mut kept)) {
                return Some(Err(error));
            }
        } else if range != at {
            let why = format!(
                "{}: behind the range {at:05X} comes {range:05X}; the list is not whole, or not in \
                               order of the hashes",
                list.display()
            );
            return Some(Err(io::Error::new(io::ErrorKind::InvalidData, why)));
        }
        begun = true;
        if count >= least_count {
            kept.push(entry(value));
        }
        Some(Ok(()))
    })?;
    if !begun || at + 1 != u64::from(ranges) {
        let why = format!("{}: it ends at the range {at:05X}; the list is not whole", list.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    take(kept)
}

/// Gives each line that is not empty, without its end. `None` says that it is none of such a list.
fn each_line(path: &Path, mut take: impl FnMut(&str) -> Option<io::Result<()>>) -> io::Result<()> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut file = BufReader::new(File::open(path).map_err(named)?);
    let (mut line, mut number) = (Vec::new(), 0_u64);
    loop {
        line.clear();
        number += 1;
        if file.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(named)? == 0 {
            return Ok(());
        }
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        let taken = std::str::from_utf8(text).ok().and_then(&mut take);
        taken.unwrap_or_else(|| {
            let why = format!("{}: line {number} is no hash and count", path.display());
            Err(io::Error::new(io::ErrorKind::InvalidData, why))
        })?;
    }
}

/// The first bits of a hash that is written in so many digits, and how often it was seen.
fn parsed(line: &str, digits: usize) -> Option<(u64, u64)> {
    let (hash, count) = line.split_once(':')?;
    let is_hash = hash.len() == digits && hash.bytes().all(|digit| digit.is_ascii_hexdigit());
    let begins = hash.get(..digits - LEFT_OUT).filter(|_| is_hash)?;
    Some((u64::from_str_radix(begins, 16).ok()?, count.parse().ok()?))
}

fn entry(value: u64) -> Entry {
    let [.., first, second, third] = value.to_be_bytes();
    [first, second, third]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn read(text: &str, ranges: u32) -> Result<Vec<usize>, String> {
        let folder = tempfile::tempdir().unwrap();
        let list = folder.path().join("list");
        std::fs::write(&list, text).unwrap();
        let mut lengths = Vec::new();
        let done = each_range(&list, ranges, 0, |entries| {
            lengths.push(entries.len());
            Ok(())
        });
        done.map(|()| lengths).map_err(|error| error.to_string())
    }

    fn line(range: u32, rest: char, count: u32) -> String {
        format!("{range:05X}{}:{count}\n", String::from(rest).repeat(35))
    }

    #[test]
    fn a_list_that_ends_early_or_leaves_a_range_out_or_is_out_of_order_is_refused() {
        let of = |ranges: &[u32]| ranges.iter().map(|range| line(*range, 'A', 1)).collect::<String>();

        assert_eq!(read(&of(&[0, 0, 1, 2]), 3), Ok(vec![2, 1, 1]));
        for (wrong, why) in [
            (of(&[0, 1]), "ends at the range 00001"),
            (String::new(), "ends at the range 00000"),
            (of(&[0, 2]), "behind the range 00000 comes 00002"),
            (of(&[1, 2]), "behind the range 00000 comes 00001"),
            (of(&[0, 1, 0, 2]), "behind the range 00001 comes 00000"),
            (of(&[0, 1, 2, 3]), "ends at the range 00003"),
        ] {
            let told = read(&wrong, 3).unwrap_err();
            assert!(told.contains(why), "{told}");
        }
    }

    #[test]
    fn a_hash_that_was_seen_never_is_left_out_and_its_range_is_there() {
        assert_eq!(read(&format!("{}{}", line(0, 'A', 0), line(1, 'A', 2)), 2), Ok(vec![0, 1]));
    }

    #[test]
    fn a_line_of_another_form_is_named_by_its_number_and_one_without_end_is_not_read_whole() {
        let good = line(0, '0', 1);
        let digits = "0".repeat(40);
        for wrong in [
            digits.clone(),
            format!("{digits}:"),
            format!("{digits}:x"),
            format!("{digits}:-1"),
            format!("+{}:1", &digits[1..]),
            format!("{digits}0:1"),
            format!("{}:1", &digits[1..]),
            format!("{}é:1", &digits[2..]),
            "x".repeat(1000),
        ] {
            assert!(read(&format!("{good}{wrong}\n"), 1).unwrap_err().contains("line 2 is no hash"), "{wrong}");
        }
    }
}
