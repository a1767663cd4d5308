//! Where a document stands.

use sha2::{Digest, Sha256};

/// A document's place: parts in order, encoded so that keys sort by their parts and no part runs into the next.
///
/// Each part's bytes are followed by `00 01`; a `00` inside a part is written `00 ff`. A part that is longer than
/// [`MOST_PART_BYTES`](Self::MOST_PART_BYTES) stands as its beginning, `00 02`, and its SHA-256 in hex: two long parts are
/// two keys, and a search by prefix still finds the neighbourhood.
///
/// The first two parts are the [tenant](Self::tenant): a namespace, and whose it is within it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Key(Vec<u8>);

impl Key {
    /// The longest key, in encoded bytes. An engine takes every key up to here, and no longer one is ever given to it.
    pub const MOST_BYTES: usize = 1024;
    /// The longest part that stands as it is, in encoded bytes. Two such parts and what goes around them make a key.
    pub const MOST_PART_BYTES: usize = 384;
    /// How much of a longer part stands in front of its hash.
    const HEAD_BYTES: usize = 316;

    /// The key of these parts.
    pub fn new(parts: &[&str]) -> Self {
        let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 2).sum());
        for part in parts {
            push_part(&mut bytes, part);
        }
        Self(bytes)
    }

    /// What every key begins with whose first parts are `parts` and whose next part begins with `start`. A `start` too
    /// long to stand as it is covers more than asked: what is found must be looked at.
    pub fn prefix(parts: &[&str], start: &str) -> Self {
        let mut key = Self::new(parts);
        if encoded_len(start) > Self::HEAD_BYTES {
            push_text(&mut key.0, head(start));
        } else {
            push_text(&mut key.0, start);
        }
        key
    }

    /// The encoded bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// A key from bytes that [`as_bytes`](Self::as_bytes) gave.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The first two parts, encoded: the namespace, and whose it is within it. A batch stays inside one tenant, so that
    /// tenants can lie on different machines.
    pub fn tenant(&self) -> &[u8] {
        let mut ends = self.0.windows(2).enumerate().filter(|(_, pair)| *pair == [0, 1]).map(|(at, _)| at + 2);
        let end = ends.nth(1).unwrap_or(self.0.len());
        self.0.get(..end).unwrap_or_default()
    }

    /// The parts, as text. A part that was too long to stand as it is comes back as what stands for it.
    pub fn parts(&self) -> Vec<String> {
        let (mut parts, mut part, mut bytes) = (Vec::new(), Vec::new(), self.0.iter().copied());
        while let Some(byte) = bytes.next() {
            match (byte, if byte == 0 { bytes.next() } else { None }) {
                (0, Some(0xff)) => part.push(0),
                (0, Some(2)) => part.extend([0, 2]),
                (0, _) => parts.push(String::from_utf8_lossy(&std::mem::take(&mut part)).into_owned()),
                (byte, _) => part.push(byte),
            }
        }
        parts
    }

    /// The last part, as text. Empty if the key has none.
    pub fn last_part(&self) -> String {
        self.parts().pop().unwrap_or_default()
    }

    /// The least key above every key that begins with this one, or `None` if there is none.
    pub fn after_prefix(&self) -> Option<Vec<u8>> {
        let mut bytes = self.0.clone();
        while let Some(last) = bytes.pop() {
            if last < u8::MAX {
                bytes.push(last + 1);
                return Some(bytes);
            }
        }
        None
    }
}

fn encoded_len(text: &str) -> usize {
    text.len() + text.bytes().filter(|byte| *byte == 0).count()
}

/// As much of the beginning as stands in front of a hash, cut between two characters.
fn head(text: &str) -> &str {
    let mut length = 0;
    let fits = |(at, letter): (usize, char)| {
        length += if letter == '\0' { 2 } else { letter.len_utf8() };
        (length > Key::HEAD_BYTES).then_some(at)
    };
    let end = text.char_indices().find_map(fits).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn push_part(bytes: &mut Vec<u8>, part: &str) {
    if encoded_len(part) > Key::MOST_PART_BYTES {
        push_text(bytes, head(part));
        bytes.extend_from_slice(&[0, 2]);
        for byte in Sha256::digest(part.as_bytes()) {
            bytes.extend_from_slice(format!("{byte:02x}").as_bytes());
        }
    } else {
        push_text(bytes, part);
    }
    bytes.extend_from_slice(&[0, 1]);
}

fn push_text(bytes: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        bytes.push(byte);
        if byte == 0 {
            bytes.push(0xff);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_their_parts_and_a_part_never_runs_into_the_next() {
        let keys = [&["a"][..], &["a", "b"], &["a", "b\0c"], &["a", "b\u{1}"], &["a", "bc"], &["ab"]];

        let encoded: Vec<Key> = keys.iter().map(|parts| Key::new(parts)).collect();

        assert!(encoded.is_sorted(), "{encoded:?}");
        assert_ne!(Key::new(&["a\0", "b"]), Key::new(&["a", "\0b"]));
    }

    #[test]
    fn the_last_part_comes_back_as_it_went_in() {
        for part in ["", "x", "\0", "a\0\u{ff}b", "\u{1}", "ü\0"] {
            assert_eq!(Key::new(&["pool", part]).last_part(), part);
        }
    }

    #[test]
    fn the_end_of_a_prefix_is_above_all_it_covers() {
        let prefix = Key::prefix(&["pool"], "ab");
        let end = prefix.after_prefix().unwrap();

        assert!(Key::new(&["pool", "ab\u{10ffff}"]).as_bytes() < end.as_slice());
        assert!(Key::new(&["pool", "ac"]).as_bytes() >= end.as_slice());
    }

    #[test]
    fn the_tenant_is_the_first_two_parts() {
        let tenant = Key::new(&["user-pool", "p1"]);

        assert_eq!(Key::new(&["user-pool", "p1", "user", "ada"]).tenant(), tenant.as_bytes());
        assert_eq!(Key::new(&["user-pool", "p1\0x", "user"]).tenant(), Key::new(&["user-pool", "p1\0x"]).as_bytes());
        assert_eq!(Key::new(&["alone"]).tenant(), Key::new(&["alone"]).as_bytes());
    }

    #[test]
    fn two_parts_of_any_length_fit_a_key_and_stay_two_keys() {
        let place = ["identity-pool", "us-east-1:00000000-0000-4000-8000-0000000000ff", "login"];
        let key = |provider: &str, subject: &str| Key::new(&[&place[..], &[provider, subject]].concat());
        for letter in ["a", "\0", "ш", "漢", "🦀"] {
            for length in 300..400 {
                let (short, long) = (letter.repeat(length), letter.repeat(length + 1));

                let keys = [key(&short, &short), key(&short, &long), key(&long, &short), key(&long, &long)];

                assert!(keys.iter().all(|key| key.as_bytes().len() <= Key::MOST_BYTES), "{letter:?} {length}");
                assert!(keys.iter().enumerate().all(|(at, key)| !keys[..at].contains(key)), "{letter:?} {length}");
            }
        }
    }

    #[test]
    fn the_prefix_of_a_long_part_covers_it() {
        for letter in ["a", "\0", "ш", "漢"] {
            let whole = letter.repeat(2048);
            for length in [0, 1, 50, 77, 78, 79, 100, 157, 158, 159, 160, 300, 316, 317, 384, 385, 2048] {
                let prefix = Key::prefix(&["by"], &letter.repeat(length));

                assert!(Key::new(&["by", &whole]).as_bytes().starts_with(prefix.as_bytes()), "{letter:?} {length}");
            }
        }
    }

    #[test]
    fn what_stands_for_a_long_part_is_no_other_parts_text() {
        let long = "x".repeat(400);
        let stands = Key::new(&[&long]).last_part();

        assert_ne!(Key::new(&[&stands]), Key::new(&[&long]));
    }
}
