//! Where the members of a plain object stand.

use wide::u8x16;

use crate::claims_json::Marks;

/// One member: its name without the quotes, and its value as it is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) name: Place,
    pub(super) value: Place,
}

/// A part of the text, in bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    start: u32,
    end: u32,
}

impl Place {
    fn new(start: usize, end: usize) -> Option<Self> {
        Some(Self { start: u32::try_from(start).ok()?, end: u32::try_from(end).ok()? })
    }

    pub(super) fn bytes_of(self, text: &str) -> Option<&[u8]> {
        text.as_bytes().get(self.start as usize..self.end as usize)
    }

    pub(super) fn of(self, text: &str) -> Option<&str> {
        text.get(self.start as usize..self.end as usize)
    }
}

/// The members, if the text is one plain object and nothing else.
pub(super) fn members(text: &str) -> Option<Vec<Member>> {
    let bytes = text.as_bytes();
    if bytes == b"{}" {
        return Some(Vec::new());
    }
    let mut blocks = [0; LONGEST / 64];
    find_quotes(bytes, &mut blocks)?;
    let mut quotes = Quotes { left: blocks[0], block: 0, blocks: &blocks };
    let mut members = Vec::with_capacity(USUAL_MEMBERS);
    let mut end = 0;
    while bytes.get(end) == Some(if members.is_empty() { &b'{' } else { &b',' }) {
        let name = end + 1;
        let colon = quotes.end_of_text(name)?;
        if bytes.get(colon) != Some(&b':') {
            return None;
        }
        let value = colon + 1;
        end = end_of_value(bytes, &mut quotes, value)?;
        members.push(Member { name: Place::new(name + 1, colon - 1)?, value: Place::new(value, end)? });
    }
    let ended = !members.is_empty() && bytes.get(end..) == Some(b"}");
    (ended && names_stand_once(&members, text)).then_some(members)
}

fn names_stand_once(members: &[Member], text: &str) -> bool {
    let name = |member: &Member| member.name.bytes_of(text);
    let mut marks = Marks::default();
    members.iter().enumerate().all(|(at, member)| {
        let new = marks.add(name(member).unwrap_or_default());
        new || !members.iter().take(at).any(|other| name(other) == name(member))
    })
}

const USUAL_MEMBERS: usize = 32;

fn end_of_value(bytes: &[u8], quotes: &mut Quotes<'_>, start: usize) -> Option<usize> {
    match bytes.get(start)? {
        b'"' => quotes.end_of_text(start),
        b'[' => end_of_array(bytes, quotes, start),
        _ => end_of_scalar(bytes, quotes, start),
    }
}

fn end_of_array(bytes: &[u8], quotes: &mut Quotes<'_>, start: usize) -> Option<usize> {
    if bytes.get(start + 1) == Some(&b']') {
        return Some(start + 2);
    }
    let mut end = end_of_scalar(bytes, quotes, start + 1)?;
    while bytes.get(end) == Some(&b',') {
        end = end_of_scalar(bytes, quotes, end + 1)?;
    }
    (bytes.get(end) == Some(&b']')).then_some(end + 1)
}

fn end_of_scalar(bytes: &[u8], quotes: &mut Quotes<'_>, start: usize) -> Option<usize> {
    let word = |word: &[u8]| bytes.get(start..)?.starts_with(word).then_some(start + word.len());
    match bytes.get(start)? {
        b'"' => quotes.end_of_text(start),
        b'0'..=b'9' => end_of_number(bytes, start),
        b't' => word(b"true"),
        b'f' => word(b"false"),
        b'n' => word(b"null"),
        _ => None,
    }
}

/// A whole number without leading zeros, of at most 15 digits.
fn end_of_number(bytes: &[u8], start: usize) -> Option<usize> {
    let digits = bytes.get(start..)?.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let leading_zero = digits > 1 && bytes.get(start) == Some(&b'0');
    (digits <= 15 && !leading_zero).then_some(start + digits)
}

/// The places of the quotes.
struct Quotes<'a> {
    /// A bit for each byte of the text.
    blocks: &'a [u64; LONGEST / 64],
    block: usize,
    /// The quotes in the block that were not asked for yet.
    left: u64,
}

/// Longer texts than this are not plain: claims seldom take a quarter of it.
const LONGEST: usize = 4096;

impl Quotes<'_> {
    /// Just behind the text whose quotes come next, if the first of them stands at `start`.
    #[inline]
    fn end_of_text(&mut self, start: usize) -> Option<usize> {
        let (open, close) = (self.next_quote()?, self.next_quote()?);
        (open == start).then_some(close + 1)
    }

    #[inline]
    fn next_quote(&mut self) -> Option<usize> {
        while self.left == 0 {
            self.block += 1;
            self.left = *self.blocks.get(self.block)?;
        }
        let place = self.left.trailing_zeros() as usize;
        self.left &= self.left - 1;
        Some(self.block * 64 + place)
    }
}

/// `None` if the text is too long, or has an escape or a control character.
fn find_quotes(bytes: &[u8], found: &mut [u64]) -> Option<()> {
    let (blocks, rest) = bytes.as_chunks::<64>();
    let mut last = [b' '; 64];
    last.get_mut(..rest.len())?.copy_from_slice(rest);
    for (place, block) in found.get_mut(..=blocks.len())?.iter_mut().zip(blocks.iter().chain([&last])) {
        *place = quotes_in(block)?;
    }
    Some(())
}

/// A bit for each quote, unless there is an escape or a control character.
fn quotes_in(block: &[u8; 64]) -> Option<u64> {
    let (quarters, _) = block.as_chunks::<16>();
    let (mut quotes, mut others) = (0, u8x16::ZERO);
    for quarter in quarters.iter().rev() {
        let bytes = u8x16::new(*quarter);
        quotes = quotes << 16 | u64::from(bytes.simd_eq(u8x16::splat(b'"')).to_bitmask());
        let control = bytes.min(u8x16::splat(b' ' - 1)).simd_eq(bytes);
        others |= bytes.simd_eq(u8x16::splat(b'\\')) | control;
    }
    (!others.any()).then_some(quotes)
}
