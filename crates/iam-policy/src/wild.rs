//! A part of a pattern with `?` in it, looked for in a text: bit-parallel, so that no text makes it slow.

use crate::steps;

/// The part: a character each, `None` for `?`. Sixty-four positions are one word.
///
/// Looking for it is the Shift-And method (Baeza-Yates and Gonnet, "A new approach to text searching", 1992): for each
/// character of the text one step a word.
pub(crate) struct Wild {
    words: Vec<Word>,
    /// The bit of the last position, in the last word.
    last: u64,
}

struct Word {
    /// The positions of `?`.
    any: u64,
    /// The positions of each other character, ordered by character.
    of: Vec<(char, u64)>,
}

impl Wild {
    pub(crate) fn new(part: &[Option<char>]) -> Self {
        let words = part.chunks(64).map(Word::new).collect();
        let last = part.len().checked_sub(1).map_or(0, |at| 1 << (at % 64));
        Self { words, last }
    }

    /// What is left of `text` behind the first place where the part stands.
    pub(crate) fn find<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut state = vec![0_u64; self.words.len()];
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            steps::count(self.words.len());
            let mut carry = 1;
            for (word, state) in self.words.iter().zip(&mut state) {
                let out = *state >> 63;
                *state = ((*state << 1) | carry) & word.mask(letter);
                carry = out;
            }
            if state.last().is_some_and(|state| state & self.last != 0) {
                return Some(letters.as_str());
            }
        }
        None
    }
}

impl Word {
    fn new(part: &[Option<char>]) -> Self {
        let mut word = Self { any: 0, of: Vec::new() };
        for (at, letter) in part.iter().enumerate() {
            let Some(letter) = letter else {
                word.any |= 1 << at;
                continue;
            };
            match word.of.binary_search_by_key(letter, |(own, _)| *own) {
                Ok(found) => {
                    if let Some((_, bits)) = word.of.get_mut(found) {
                        *bits |= 1 << at;
                    }
                }
                Err(place) => word.of.insert(place, (*letter, 1 << at)),
            }
        }
        word
    }

    fn mask(&self, letter: char) -> u64 {
        let found = self.of.binary_search_by_key(&letter, |(own, _)| *own).ok().and_then(|at| self.of.get(at));
        self.any | found.map_or(0, |(_, bits)| *bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The plain way: at each place, letter by letter.
    fn plain<'t>(part: &[Option<char>], text: &'t str) -> Option<&'t str> {
        text.char_indices().map(|(at, _)| &text[at..]).find_map(|rest| {
            let mut letters = rest.chars();
            let stands =
                part.iter().all(|own| letters.next().is_some_and(|letter| own.is_none_or(|own| own == letter)));
            stands.then_some(letters.as_str())
        })
    }

    proptest! {
        #[test]
        fn it_finds_what_the_plain_way_finds(
            part in prop::collection::vec(prop::option::of(prop::sample::select(vec!['a', 'b', 'ü'])), 1..200),
            text in "[abü]{0,300}",
        ) {
            prop_assert_eq!(Wild::new(&part).find(&text), plain(&part, &text));
        }

        #[test]
        fn it_finds_what_is_there(
            part in prop::collection::vec(prop::option::of(prop::sample::select(vec!['a', 'b', 'ü'])), 1..200),
            before in "[ab]{0,100}",
        ) {
            let inside: String = part.iter().map(|letter| letter.unwrap_or('x')).collect();
            let text = format!("{before}{inside}bab");
            prop_assert_eq!(Wild::new(&part).find(&text), plain(&part, &text));
            prop_assert!(Wild::new(&part).find(&text).is_some());
        }
    }
}
