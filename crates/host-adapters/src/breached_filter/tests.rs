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
    let beyond = with(|bytes| bytes[20..usize::try_from(ENTRIES).unwrap()].as_chunks_mut::<4>().0.fill([1, 0, 0, 2]));
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
