//! Text with wildcards and variables, and its matching.

use crate::context::Context;

/// A piece of a pattern.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Piece {
    Text(String),
    /// `*`: any run of characters.
    Run,
    /// `?`: any one character.
    One,
    /// `${key}` or `${key, 'default'}`, the key in lower case.
    Variable(String, Option<String>),
}

/// Text as a policy writes it: with `*` and `?`, and, from version 2012-10-17 on, with `${variables}`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Pattern(Vec<Piece>);

/// What a resolved pattern matches, character by character. What a variable brings in is only ever [`Token::Is`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Token {
    Is(char),
    One,
    Run,
}

/// A pattern whose variables have their values.
#[derive(Clone, Debug)]
pub(crate) struct Resolved(Vec<Token>);

impl Pattern {
    /// Reads text. Variables are read only if `variables`; without wildcards, `*` and `?` are themselves.
    pub(crate) fn read(text: &str, variables: bool) -> Self {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            if variables && let Some((piece, after)) = variable(rest) {
                pieces.push(piece);
                rest = after;
                continue;
            }
            rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            match letter {
                '*' => pieces.push(Piece::Run),
                '?' => pieces.push(Piece::One),
                other => push_char(&mut pieces, other),
            }
        }
        Self(pieces)
    }

    /// The pattern with its variables' values, or `None` if one has none: then nothing matches.
    pub(crate) fn resolve(&self, context: &Context) -> Option<Resolved> {
        let mut tokens = Vec::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => tokens.extend(text.chars().map(Token::Is)),
                Piece::Run => tokens.push(Token::Run),
                Piece::One => tokens.push(Token::One),
                Piece::Variable(key, default) => {
                    let value = context.single(key).or(default.as_deref())?;
                    tokens.extend(value.chars().map(Token::Is));
                }
            }
        }
        Some(Resolved(tokens))
    }

    /// The text itself, with variables' values and wildcards as the characters they are; `None` if a value is absent.
    pub(crate) fn literal(&self, context: &Context) -> Option<String> {
        let letter = |token| match token {
            Token::Is(letter) => letter,
            Token::One => '?',
            Token::Run => '*',
        };
        Some(self.resolve(context)?.0.into_iter().map(letter).collect())
    }

    /// Whether the pattern is `*` alone.
    pub(crate) fn is_everything(&self) -> bool {
        self.0 == [Piece::Run]
    }

    /// Whether a variable stands in it.
    pub(crate) fn has_variables(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Variable(..)))
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

impl Resolved {
    /// Whether the whole of `text` matches. Steps back only to the last run: no text makes it exponential.
    pub(crate) fn matches(&self, text: &str) -> bool {
        matches(&self.0, text, |one, other| one == other)
    }

    /// As [`matches`](Self::matches), without regard to case in ASCII.
    pub(crate) fn matches_any_case(&self, text: &str) -> bool {
        matches(&self.0, text, |one, other| one.eq_ignore_ascii_case(&other))
    }

    /// As ARNs match: part by part between the first five colons, the last part whole.
    pub(crate) fn matches_arn(&self, text: &str) -> bool {
        let patterns: Vec<&[Token]> = self.0.splitn(6, |token| *token == Token::Is(':')).collect();
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        patterns.len() == 6
            && parts.len() == 6
            && patterns.iter().zip(parts).all(|(pattern, part)| matches(pattern, part, |one, other| one == other))
    }
}

fn matches(pattern: &[Token], text: &str, same: impl Fn(char, char) -> bool) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut here) = (0, 0);
    let mut last_run: Option<(usize, usize)> = None;
    while let Some(letter) = text.get(here) {
        match pattern.get(at) {
            Some(Token::Run) => {
                last_run = Some((at, here));
                at += 1;
                continue;
            }
            Some(Token::One) => {}
            Some(Token::Is(wanted)) if same(*wanted, *letter) => {}
            _ => {
                let Some((run, taken)) = last_run else { return false };
                last_run = Some((run, taken + 1));
                at = run + 1;
                here = taken + 1;
                continue;
            }
        }
        at += 1;
        here += 1;
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|token| *token == Token::Run))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hit(pattern: &str, text: &str) -> bool {
        let context = Context::new().with("aws:PrincipalTag/team", "a*");
        Pattern::read(pattern, true).resolve(&context).is_some_and(|pattern| pattern.matches(text))
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
    fn many_stars_against_a_long_text_end_soon() {
        assert!(!hit(&"*a".repeat(40), &"a".repeat(39)));
        assert!(!hit(&format!("{}b", "*a".repeat(40)), &"a".repeat(4000)));
    }
}
