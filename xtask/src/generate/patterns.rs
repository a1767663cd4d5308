//! The models' patterns, written for Java, as the `regex` crate reads them.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

use crate::Failure;

/// What Java's `.` does not match.
const LINE_ENDS: &str = "\\n\\r\\x{85}\\x{2028}\\x{2029}";

/// A pattern for the `regex` crate.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Translated {
    /// What the whole text must match.
    pub(super) regex: String,
    /// What the text must not match anywhere, if there is such a thing: Java's look-behind before the end.
    pub(super) never: Option<String>,
}

/// The pattern in the other dialect. In Java `\d`, `\w` and `\s` are ASCII, a class may hold `-` anywhere, and code
/// points are written `\uFFFF`.
pub(super) fn translate(pattern: &str) -> Result<Translated, Failure> {
    let pattern = as_taken(pattern);
    // Java reads `\u10000` as U+1000 and a zero; the model means the code point.
    let pattern = pattern.replace("\\u10000-\\u10FFFF", "\\x{10000}-\\x{10FFFF}");
    let (pattern, never) = look_behind(&pattern)?;
    let mut translator = Translator { letters: pattern.chars().peekable(), out: String::new(), dot_is_all: false };
    translator.run()?;
    Ok(Translated { regex: format!("\\A(?:{})\\z", translator.out), never })
}

/// The pattern as the service holds values to it, where that is known to be another one than the model's: domains of one's own
/// have dots.
fn as_taken(pattern: &str) -> &str {
    match pattern {
        r"^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$" => r"^[a-z0-9](?:[a-z0-9\-\.]{0,61}[a-z0-9])?$",
        pattern => pattern,
    }
}

/// Takes `(?<!X)` before the end out of a pattern: the text must not end in X.
fn look_behind(pattern: &str) -> Result<(String, Option<String>), Failure> {
    let Some((before, after)) = pattern.split_once("(?<!") else { return Ok((pattern.to_owned(), None)) };
    match after.strip_suffix(")$") {
        Some(forbidden) if !forbidden.contains(['(', ')']) => {
            Ok((format!("{before}$"), Some(format!("(?:{forbidden})\\z"))))
        }
        _ => Err(format!("{pattern}: a look-behind that does not stand before the end").into()),
    }
}

/// A piece of a character class.
enum Piece {
    One(char),
    /// A whole class, as it stands within another.
    Class(String),
    /// `\b`: a word begins or ends here.
    Boundary,
}

struct Translator<'a> {
    letters: Peekable<Chars<'a>>,
    out: String,
    dot_is_all: bool,
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), Failure> {
        while let Some(letter) = self.letters.next() {
            match letter {
                '[' => self.class()?,
                '\\' => match self.escape()? {
                    Piece::One(letter) => self.literal(letter),
                    Piece::Class(class) => write!(self.out, "[{class}]")?,
                    Piece::Boundary => self.out.push_str("(?-u:\\b)"),
                },
                '.' if !self.dot_is_all => write!(self.out, "[^{LINE_ENDS}]")?,
                '(' => self.group()?,
                other => self.out.push(other),
            }
        }
        Ok(())
    }

    fn group(&mut self) -> Result<(), Failure> {
        self.out.push('(');
        if self.letters.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        match self.letters.next() {
            Some(':') => self.out.push_str("?:"),
            Some('s') if self.letters.next() == Some(')') => {
                self.dot_is_all = true;
                self.out.push_str("?s)");
            }
            other => return Err(format!("a group of an unknown kind: (?{other:?}").into()),
        }
        Ok(())
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<Piece, Failure> {
        let letter = self.letters.next().ok_or("a backslash at the end")?;
        Ok(match letter {
            'd' => Piece::Class("0-9".to_owned()),
            'w' => Piece::Class("A-Za-z0-9_".to_owned()),
            's' => Piece::Class(" \\t\\n\\x0B\\x0C\\r".to_owned()),
            'S' => Piece::Class("^ \\t\\n\\x0B\\x0C\\r".to_owned()),
            'p' => Piece::Class(format!("\\p{}", self.braced()?)),
            'b' => Piece::Boundary,
            't' => Piece::One('\t'),
            'n' => Piece::One('\n'),
            'r' => Piece::One('\r'),
            'u' => Piece::One(self.code_point(4)?),
            'x' if self.letters.peek() == Some(&'{') => Piece::One(point(self.braced()?.trim_matches(['{', '}']))?),
            'x' => Piece::One(self.code_point(2)?),
            other if other.is_alphanumeric() => return Err(format!("an unknown escape: \\{other}").into()),
            other => Piece::One(other),
        })
    }

    fn braced(&mut self) -> Result<String, Failure> {
        let mut out = String::new();
        for letter in self.letters.by_ref() {
            out.push(letter);
            if letter == '}' {
                return Ok(out);
            }
        }
        Err("a brace that does not close".into())
    }

    fn code_point(&mut self, digits: usize) -> Result<char, Failure> {
        let text: String = self.letters.by_ref().take(digits).collect();
        point(&text)
    }

    fn literal(&mut self, letter: char) {
        if letter.is_ascii_alphanumeric() {
            self.out.push(letter);
        } else {
            let _ = write!(self.out, "\\x{{{:X}}}", u32::from(letter));
        }
    }

    fn class(&mut self) -> Result<(), Failure> {
        self.out.push('[');
        if self.letters.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        loop {
            match self.piece()? {
                None => break,
                Some(Piece::Boundary) => return Err("a word boundary within a class".into()),
                Some(Piece::Class(class)) => write!(self.out, "[{class}]")?,
                Some(Piece::One(first)) => {
                    self.literal(first);
                    if self.range_follows()
                        && let Some(Piece::One(last)) = self.piece()?
                    {
                        self.out.push('-');
                        self.literal(last);
                    }
                }
            }
        }
        self.out.push(']');
        Ok(())
    }

    /// The next piece of a class; `None` at its end.
    fn piece(&mut self) -> Result<Option<Piece>, Failure> {
        Ok(match self.letters.next().ok_or("a class that does not close")? {
            ']' => None,
            '\\' => Some(self.escape()?),
            '[' => return Err("a class within a class".into()),
            other => Some(Piece::One(other)),
        })
    }

    /// Whether `-` and another literal follow, so that they make a range; the `-` is taken if so.
    fn range_follows(&mut self) -> bool {
        let mut ahead = self.letters.clone();
        if ahead.next() != Some('-') {
            return false;
        }
        let class = |letter: Option<char>| letter.is_some_and(|letter| "dwsSp".contains(letter));
        let ends = match ahead.next() {
            None | Some(']') => true,
            Some('\\') => class(ahead.next()),
            Some(_) => false,
        };
        if !ends {
            self.letters.next();
        }
        !ends
    }
}

fn point(hex: &str) -> Result<char, Failure> {
    let number = u32::from_str_radix(hex, 16).map_err(|_| format!("{hex} is no code point"))?;
    char::from_u32(number).ok_or_else(|| format!("{hex} is no character").into())
}
