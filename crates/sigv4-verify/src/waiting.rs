//! Bytes that have come and are not yet used, read from the front without moving the rest.

/// A queue of bytes whose work is linear: each byte that comes is copied in once, looked at once for the end of a line,
/// and moved at most once when what stands before it was used.
///
/// That last bound rests on how it is used: after [`push`](Self::push), whatever can be taken is taken, and then
/// [`compact`](Self::compact) is called. So what is left over behind a taken piece came with the latest push.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    bytes: Vec<u8>,
    /// What stands before here was used.
    used: usize,
    /// Between `used` and here no line ends.
    searched: usize,
    /// How many bytes were copied, looked at or moved so far.
    #[cfg(test)]
    pub(crate) steps: usize,
}

impl Waiting {
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len().saturating_sub(self.used)
    }

    /// The next `size` bytes, if so many are there.
    pub(crate) fn take(&mut self, size: usize) -> Option<&[u8]> {
        let end = self.used.checked_add(size).filter(|end| *end <= self.bytes.len())?;
        let taken = self.used..end;
        self.used = end;
        self.searched = end;
        self.bytes.get(taken)
    }

    /// The next line without its end, CR and LF, if a whole one is there.
    pub(crate) fn take_line(&mut self) -> Option<&[u8]> {
        let unseen = self.bytes.get(self.searched..).unwrap_or_default();
        let found = unseen.windows(2).position(|pair| pair == b"\r\n");
        self.count(found.map_or(unseen.len(), |at| at + 2));
        let Some(at) = found else {
            // A CR at the very end may be the first half.
            self.searched = self.bytes.len().saturating_sub(1).max(self.used);
            return None;
        };
        let line = self.searched + at - self.used;
        self.take(line + 2)?.get(..line)
    }

    /// Forgets what was used.
    pub(crate) fn compact(&mut self) {
        if self.used > 0 {
            self.count(self.len());
            self.bytes.drain(..self.used);
            self.searched -= self.used;
            self.used = 0;
        }
    }

    #[cfg(test)]
    fn count(&mut self, steps: usize) {
        self.steps += steps;
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "only tests count the steps")]
    fn count(&mut self, _steps: usize) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_pieces_are_taken_in_turn_whatever_the_pushes() {
        for piece in 1..20 {
            let mut waiting = Waiting::default();
            let mut lines = Vec::new();
            for bytes in b"one\r\n\r\ntwo\rthree\n\r\nrest".chunks(piece) {
                waiting.push(bytes);
                while let Some(line) = waiting.take_line() {
                    lines.push(String::from_utf8(line.to_vec()).unwrap());
                }
                waiting.compact();
            }
            assert_eq!(lines, ["one", "", "two\rthree\n"], "{piece}");
            assert_eq!(waiting.take(5), None);
            assert_eq!(waiting.take(4), Some(&b"rest"[..]));
            assert!(waiting.is_empty());
        }
    }

    #[test]
    fn a_byte_is_counted_once_when_it_comes_and_once_when_a_line_is_sought() {
        let mut waiting = Waiting::default();
        waiting.push(b"four\r\nrest");
        assert_eq!(waiting.take_line(), Some(&b"four"[..]));
        assert_eq!(waiting.steps, 10 + 6);
    }

    #[test]
    fn bytes_that_were_used_are_not_held_on_to() {
        let mut waiting = Waiting::default();
        for _ in 0..100 {
            waiting.push(b"line\r\n12");
            assert!(waiting.take_line().is_some());
            assert!(waiting.take(1).is_some());
            waiting.compact();
            assert!(waiting.take(1).is_some());
            assert!(waiting.bytes.len() <= 2, "{} bytes", waiting.bytes.len());
        }
    }
}
