//! Text with wildcards and variables, and its matching.

use std::borrow::Cow;

use crate::context::Context;

/// A piece of a pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece {
    Text(String),
    /// `?`: any one character.
    One,
    /// `${key}` or `${key, 'default'}`, the key in lower case.
    Variable(String, Option<String>),
}

/// Text as a policy writes it: with `*` and `?`, and, from version 2012-10-17 on, with `${variables}`; read once.
///
/// What a variable brings in is only ever compared as text: it never acts as a pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Pattern {
    /// The parts between runs; a pattern without `*` has one.
    segments: Vec<Vec<Piece>>,
    has_variables: bool,
}

impl Pattern {
    /// Reads text. Variables are read only if `variables`; otherwise `${` is text.
    pub(crate) fn read(text: &str, variables: bool) -> Self {
        let mut segments = vec![Vec::new()];
        let mut has_variables = false;
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            // INVARIANT: there is always a last segment.
            let Some(segment) = segments.last_mut() else { break };
            if variables && let Some((piece, after)) = variable(rest) {
                has_variables |= matches!(piece, Piece::Variable(..));
                segment.push(piece);
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
        Self { segments, has_variables }
    }

    /// An ARN's pattern, as its six parts: what stands between the first five colons, and the rest whole. A variable's
    /// value never adds a colon that parts. `None` if there are fewer.
    pub(crate) fn read_arn(text: &str, variables: bool) -> Option<[Self; 6]> {
        let parts: Vec<Self> = text.splitn(6, ':').map(|part| Self::read(part, variables)).collect();
        parts.try_into().ok()
    }

    /// Whether the whole of `text` matches; `None` if a variable has no value: then nothing can be said.
    ///
    /// Each part between runs is looked for once, from left to right: the time grows with the text, not with the ways in
    /// which it could match.
    pub(crate) fn matches(&self, text: &str, context: &Context) -> Option<bool> {
        if self.has_variables && !self.pieces().all(|piece| piece.text(context).is_some()) {
            return None;
        }
        Some(self.match_resolved(text, context))
    }

    fn match_resolved(&self, text: &str, context: &Context) -> bool {
        let (Some((first, later)), mut rest) = (self.segments.split_first(), text) else { return false };
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

    /// The text itself, with variables' values and wildcards as the characters they are; `None` if a value is absent.
    pub(crate) fn literal<'a>(&'a self, context: &'a Context) -> Option<Cow<'a, str>> {
        if let [only] = self.segments.as_slice()
            && let [one] = only.as_slice()
        {
            return one.text(context).map(Cow::Borrowed);
        }
        let mut text = String::new();
        for (at, segment) in self.segments.iter().enumerate() {
            if at > 0 {
                text.push('*');
            }
            for piece in segment {
                text.push_str(piece.text(context)?);
            }
        }
        Some(Cow::Owned(text))
    }

    /// Whether a variable stands in it.
    pub(crate) fn has_variables(&self) -> bool {
        self.has_variables
    }

    /// Whether the pattern is one variable and nothing else.
    pub(crate) fn is_bare_variable(&self) -> bool {
        matches!(self.segments.as_slice(), [only] if matches!(only.as_slice(), [Piece::Variable(..)]))
    }

    fn pieces(&self) -> impl Iterator<Item = &Piece> {
        self.segments.iter().flatten()
    }
}

impl Piece {
    /// The piece as text; `None` for a variable without value.
    fn text<'a>(&'a self, context: &'a Context) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            Self::One => Some("?"),
            Self::Variable(key, default) => context.single(key).or(default.as_deref()),
        }
    }

    /// What is left of `text` behind this piece at its start.
    fn strip_front<'t>(&self, text: &'t str, context: &Context) -> Option<&'t str> {
        match self {
            Self::One => {
                let mut letters = text.chars();
                letters.next()?;
                Some(letters.as_str())
            }
            other => text.strip_prefix(other.text(context)?),
        }
    }

    /// What is left of `text` before this piece at its end.
    fn strip_back<'t>(&self, text: &'t str, context: &Context) -> Option<&'t str> {
        match self {
            Self::One => {
                let mut letters = text.chars();
                letters.next_back()?;
                Some(letters.as_str())
            }
            other => text.strip_suffix(other.text(context)?),
        }
    }
}

fn strip_front<'t>(text: &'t str, segment: &[Piece], context: &Context) -> Option<&'t str> {
    segment.iter().try_fold(text, |rest, piece| piece.strip_front(rest, context))
}

fn strip_back(text: &str, segment: &[Piece], context: &Context) -> bool {
    segment.iter().rev().try_fold(text, |rest, piece| piece.strip_back(rest, context)).is_some()
}

/// What is left of `text` behind the first place where the segment stands.
fn find<'t>(text: &'t str, segment: &[Piece], context: &Context) -> Option<&'t str> {
    let mut from = text;
    loop {
        let start = match segment.first() {
            None => return Some(from),
            Some(Piece::One) => from,
            Some(piece) => from.get(from.find(piece.text(context)?)?..)?,
        };
        if let Some(after) = strip_front(start, segment, context) {
            return Some(after);
        }
        let mut letters = start.chars();
        letters.next()?;
        from = letters.as_str();
    }
}

fn push_char(pieces: &mut Vec<Piece>, letter: char) {
    if let Some(Piece::Text(text)) = pieces.last_mut() {
        text.push(letter);
    } else {
        pieces.push(Piece::Text(letter.to_string()));
    }
}

/// The variable or escape at the start of `text`, and what follows it.
fn variable(text: &str) -> Option<(Piece, &str)> {
    let (inside, after) = text.strip_prefix("${")?.split_once('}')?;
    if matches!(inside, "*" | "?" | "$") {
        return Some((Piece::Text(inside.to_owned()), after));
    }
    let (key, default) = match inside.split_once(',') {
        None => (inside, None),
        Some((key, default)) => {
            let quoted = default.trim().strip_prefix('\'').and_then(|text| text.strip_suffix('\''))?;
            (key, Some(quoted.to_owned()))
        }
    };
    Some((Piece::Variable(key.trim().to_ascii_lowercase(), default), after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(pattern: &str, text: &str) -> bool {
        let context = Context::new().with("aws:PrincipalTag/team", "a*");
        Pattern::read(pattern, true).matches(text, &context) == Some(true)
    }

    #[test]
    fn wildcards_match_runs_and_single_characters() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbbc", true),
            ("a*c", "ac", true),
            ("a?c", "ac", false),
            ("a?c", "aüc", true),
            ("*a*b*", "xxaxxbxx", true),
            ("*a*b", "ab_", false),
            ("", "a", false),
            ("*a?c*", "xxabxadcx", true),
            ("*a?c", "abc_adc", true),
            ("a*b?", "abxbü", true),
            ("a*a", "a", false),
            ("**", "", true),
            ("*?*", "", false),
        ] {
            assert_eq!(hit(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn line_110_a_value_never_acts_as_pattern_and_escapes_are_characters() {
        assert!(hit("x/${aws:principaltag/TEAM}/y", "x/a*/y"));
        assert!(!hit("x/${aws:PrincipalTag/team}/y", "x/abc/y"));
        assert!(hit("a${*}b${?}${$}", "a*b?$"));
        assert!(!hit("a${*}b", "axb"));
    }

    #[test]
    fn an_unset_variable_matches_nothing_unless_it_has_a_default() {
        assert!(!hit("${aws:PrincipalTag/none}", ""));
        assert!(!hit("x*${aws:PrincipalTag/none}", "x"));
        assert!(hit("${aws:PrincipalTag/none, 'd*'}", "d*"));
    }

    #[test]
    fn line_110_many_stars_against_a_long_text_end_soon() {
        assert!(!hit(&"*a".repeat(40), &"a".repeat(39)));
        assert!(!hit(&format!("{}b", "*a".repeat(40)), &"a".repeat(4000)));
    }
}
