//! Characters, references and ends of lines (XML 1.0, sections 2.2, 2.11, 3.3.3 and 4.6).

use crate::malformed::Malformed;

/// Appends character data: ends of lines become `\n`.
pub(super) fn push_plain(out: &mut String, raw: &str) -> Result<(), Malformed> {
    if !raw.chars().all(is_char) {
        return Err(Malformed::Syntax);
    }
    let mut lines = raw.split('\r');
    out.push_str(lines.next().unwrap_or_default());
    for line in lines {
        out.push('\n');
        out.push_str(line.strip_prefix('\n').unwrap_or(line));
    }
    Ok(())
}

/// Appends text with references.
pub(super) fn push_text(out: &mut String, raw: &str) -> Result<(), Malformed> {
    if raw.contains("]]>") {
        return Err(Malformed::Syntax);
    }
    with_references(raw, |piece| match piece {
        Piece::Plain(plain) => push_plain(out, plain),
        Piece::Referred(c) => {
            out.push(c);
            Ok(())
        }
    })
}

/// The value of an attribute: white space that is written as such becomes blanks.
pub(super) fn attribute_value(raw: &str) -> Result<String, Malformed> {
    if raw.contains('<') {
        return Err(Malformed::Syntax);
    }
    let mut value = String::with_capacity(raw.len());
    with_references(raw, |piece| match piece {
        Piece::Plain(plain) => {
            let mut lines = String::with_capacity(plain.len());
            push_plain(&mut lines, plain)?;
            value.extend(lines.chars().map(|c| if matches!(c, '\t' | '\n') { ' ' } else { c }));
            Ok(())
        }
        Piece::Referred(c) => {
            value.push(c);
            Ok(())
        }
    })?;
    Ok(value)
}

enum Piece<'a> {
    Plain(&'a str),
    Referred(char),
}

fn with_references(raw: &str, mut take: impl FnMut(Piece<'_>) -> Result<(), Malformed>) -> Result<(), Malformed> {
    let mut pieces = raw.split('&');
    take(Piece::Plain(pieces.next().unwrap_or_default()))?;
    for piece in pieces {
        let (name, plain) = piece.split_once(';').ok_or(Malformed::Entity)?;
        take(Piece::Referred(referred(name).ok_or(Malformed::Entity)?))?;
        take(Piece::Plain(plain))?;
    }
    Ok(())
}

/// The character that a reference names.
fn referred(name: &str) -> Option<char> {
    let number = match name {
        "amp" => return Some('&'),
        "apos" => return Some('\''),
        "gt" => return Some('>'),
        "lt" => return Some('<'),
        "quot" => return Some('"'),
        number => number.strip_prefix('#')?,
    };
    let (digits, radix) = number.strip_prefix('x').map_or((number, 10), |digits| (digits, 16));
    let sound = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = u32::from_str_radix(digits, radix).ok().filter(|_| sound)?;
    char::from_u32(code).filter(|c| is_char(*c))
}

/// XML 1.0, production 2.
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}
