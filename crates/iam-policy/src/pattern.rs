//! Text with wildcards and variables, and its matching.

use crate::context::Context;
use crate::steps;
use crate::variable::{self, Malformed, Variable};
use crate::wild::Wild;

/// A piece of a pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece {
    Text(String),
    /// `?`: any one character.
    One,
    Variable(Variable),
}

/// Text as a policy writes it: with `*` and `?`, and, from version 2012-10-17 on, with `${variables}`; read once.
///
/// What a variable brings in is only ever compared as text: it never acts as a pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Pattern {
    /// The text that it begins with: most patterns that do not match are told by it alone.
    prefix: Box<str>,
    /// What follows, as the parts between runs; a pattern without `*` has one.
    segments: Vec<Vec<Piece>>,
    has_variables: bool,
}

impl Pattern {
    /// Reads text. Variables are read only if `variables`; otherwise `${` is text.
    pub(crate) fn read(text: &str, variables: bool) -> Result<Self, Malformed> {
        let mut segments = vec![Vec::new()];
        let mut has_variables = false;
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            // INVARIANT: there is always a last segment.
            let Some(segment) = segments.last_mut() else { break };
            if variables && rest.starts_with("${") {
                let (piece, after) = variable::read(rest)?;
                match piece {
                    variable::Read::Escape(letter) => push_char(segment, letter),
                    variable::Read::Variable(variable) => {
                        has_variables = true;
                        segment.push(Piece::Variable(variable));
                    }
                }
                rest = after;
                continue;
            }
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            match letter {
                '*' => segments.push(Vec::new()),
                '?' => segment.push(Piece::One),
                other => push_char(segment, other),
            }
        }
        let prefix = segments.first_mut().map(take_text).unwrap_or_default();
        Ok(Self { prefix, segments, has_variables })
    }

    /// An ARN's pattern, as its six parts: what stands between the first five colons, and the rest whole. A variable's
    /// value never adds a colon that parts. `None` if there are fewer.
    pub(crate) fn read_arn(text: &str, variables: bool) -> Result<Option<[Self; 6]>, Malformed> {
        let parts: Vec<Self> = text.splitn(6, ':').map(|part| Self::read(part, variables)).collect::<Result<_, _>>()?;
        Ok(parts.try_into().ok())
    }

    /// Whether the whole of `text` matches; `None` if that hangs on a variable without a value.
    ///
    /// The work: each part between runs is looked for once, from left to right, and what lies before it is not looked at
    /// again. A part of text takes a number of steps that grows with the text that it passes; a part with `?` takes one
    /// step for each character that it passes and each 64 characters of its own. In all that is at most
    /// `4 * (n + 1) * (1 + w / 64)` steps and one for each piece of the pattern, where `n` is the length of the text and
    /// `w` that of the longest part with `?` that could stand in it, which is at most `n`.
    pub(crate) fn matches(&self, text: &str, context: &Context) -> Option<bool> {
        steps::count(self.prefix.len().min(text.len()));
        let Some(text) = text.strip_prefix(&*self.prefix) else { return Some(false) };
        if self.has_variables && !self.is_resolved(context) {
            return if match_resolved(&self.widened(context), text, context) { None } else { Some(false) };
        }
        Some(match_resolved(&self.segments, text, context))
    }

    /// Whether the pattern is this text, wildcards being the characters they are. A variable without value is no text.
    pub(crate) fn equals(&self, text: &str, context: &Context) -> bool {
        let left = self.fold(context, Some(text), |rest, part| {
            steps::count(part.len().min(rest.len()));
            rest.strip_prefix(part)
        });
        left.is_some_and(str::is_empty)
    }

    /// As [`equals`](Self::equals), letters of either case being one.
    pub(crate) fn equals_ignoring_case(&self, text: &str, context: &Context) -> bool {
        let mut letters = text.chars().flat_map(char::to_lowercase);
        let same = self.fold(context, Some(()), |(), part| {
            part.chars().flat_map(char::to_lowercase).all(|own| letters.next() == Some(own)).then_some(())
        });
        same.is_some() && letters.next().is_none()
    }

    /// Goes over the texts of the pieces from left to right, as long as there is an answer: nothing is put together.
    fn fold<'a, T>(
        &'a self,
        context: &'a Context,
        start: Option<T>,
        mut step: impl FnMut(T, &'a str) -> Option<T>,
    ) -> Option<T> {
        let mut now = step(start?, &self.prefix);
        for (at, segment) in self.segments.iter().enumerate() {
            if at > 0 {
                now = step(now?, "*");
            }
            for piece in segment {
                now = step(now?, piece.text(context)?);
            }
        }
        now
    }

    fn is_resolved(&self, context: &Context) -> bool {
        self.segments.iter().flatten().all(|piece| piece.text(context).is_some())
    }

    /// The same parts, where a variable without value could be any text: what they do not match, no value would match.
    fn widened(&self, context: &Context) -> Vec<Vec<Piece>> {
        let mut segments = vec![Vec::new()];
        for (at, segment) in self.segments.iter().enumerate() {
            if at > 0 {
                segments.push(Vec::new());
            }
            for piece in segment {
                match segments.last_mut() {
                    Some(last) if piece.text(context).is_some() => last.push(piece.clone()),
                    _ => segments.push(Vec::new()),
                }
            }
        }
        segments
    }

    /// Whether a variable stands in it.
    pub(crate) fn has_variables(&self) -> bool {
        self.has_variables
    }

    /// Whether the pattern is one variable and nothing else.
    pub(crate) fn is_bare_variable(&self) -> bool {
        let is_variable = |only: &[Piece]| matches!(only, [Piece::Variable(_)]);
        self.prefix.is_empty() && matches!(self.segments.as_slice(), [only] if is_variable(only))
    }
}

impl Piece {
    /// The piece as text; `None` for a variable without value.
    fn text<'a>(&'a self, context: &'a Context) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::One => Some("?"),
            Self::Variable(variable) => variable.value(context),
        }
    }

    /// What is left of `text` behind this piece at its start.
    fn strip_front<'t>(&self, text: &'t str, context: &Context) -> Option<&'t str> {
        steps::count(1);
        match self {
            Self::One => {
                let mut letters = text.chars();
                letters.next()?;
                Some(letters.as_str())
            }
            other => {
                let own = other.text(context)?;
                steps::count(own.len().min(text.len()));
                text.strip_prefix(own)
            }
        }
    }

    /// What is left of `text` before this piece at its end.
    fn strip_back<'t>(&self, text: &'t str, context: &Context) -> Option<&'t str> {
        steps::count(1);
        match self {
            Self::One => {
                let mut letters = text.chars();
                letters.next_back()?;
                Some(letters.as_str())
            }
            other => {
                let own = other.text(context)?;
                steps::count(own.len().min(text.len()));
                text.strip_suffix(own)
            }
        }
    }
}

/// Whether the whole of `text` is these parts, with anything between them.
fn match_resolved(segments: &[Vec<Piece>], text: &str, context: &Context) -> bool {
    let (Some((first, later)), mut rest) = (segments.split_first(), text) else { return false };
    match strip_front(rest, first, context) {
        Some(after) => rest = after,
        None => return false,
    }
    let Some((last, middle)) = later.split_last() else { return rest.is_empty() };
    for segment in middle {
        match find(rest, segment, context) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    strip_back(rest, last, context)
}

fn strip_front<'t>(text: &'t str, segment: &[Piece], context: &Context) -> Option<&'t str> {
    segment.iter().try_fold(text, |rest, piece| piece.strip_front(rest, context))
}

fn strip_back(text: &str, segment: &[Piece], context: &Context) -> bool {
    segment.iter().rev().try_fold(text, |rest, piece| piece.strip_back(rest, context)).is_some()
}

/// What is left of `text` behind the first place where the segment stands.
fn find<'t>(text: &'t str, segment: &[Piece], context: &Context) -> Option<&'t str> {
    let wanted = match segment {
        [] => return Some(text),
        [one] if !matches!(one, Piece::One) => return find_text(text, one.text(context)?),
        several => several,
    };
    // Nothing longer than the text is put together: it could not stand there. A `?` is at least one byte.
    let mut length = 0_usize;
    for piece in wanted {
        steps::count(1);
        length = length.saturating_add(piece.text(context)?.len());
        if length > text.len() {
            return None;
        }
    }
    if wanted.contains(&Piece::One) {
        let letters = wanted.iter().flat_map(|piece| -> Vec<Option<char>> {
            match piece {
                Piece::One => vec![None],
                other => other.text(context).unwrap_or_default().chars().map(Some).collect(),
            }
        });
        let letters: Vec<Option<char>> = letters.collect();
        steps::count(letters.len());
        return Wild::new(&letters).find(text);
    }
    let whole: String = wanted.iter().filter_map(|piece| piece.text(context)).collect();
    steps::count(whole.len());
    find_text(text, &whole)
}

/// What is left of `text` behind the first place where `part` stands. The standard library's search is linear.
fn find_text<'t>(text: &'t str, part: &str) -> Option<&'t str> {
    let after = text.find(part).and_then(|at| text.get(at + part.len()..));
    steps::count(part.len().min(text.len()) + text.len() - after.map_or(0, str::len));
    after
}

/// Takes the text out that the part begins with.
fn take_text(segment: &mut Vec<Piece>) -> Box<str> {
    match segment.first_mut() {
        Some(Piece::Text(text)) => {
            let text = std::mem::take(text).into_boxed_str();
            segment.remove(0);
            text
        }
        _ => Box::default(),
    }
}

fn push_char(pieces: &mut Vec<Piece>, letter: char) {
    if let Some(Piece::Text(text)) = pieces.last_mut() {
        text.push(letter);
    } else {
        pieces.push(Piece::Text(letter.to_string()));
    }
}

#[cfg(test)]
mod tests;
