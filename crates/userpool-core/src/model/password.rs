//! What a password must be.

use std::collections::HashSet;
use std::sync::LazyLock;

use ring::digest;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::reasons::PasswordProblem;

/// A pool's demands on passwords.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct PasswordPolicy {
    /// At least this many characters, 6 to 99. Default 15 in hardened pools, where the password is the only factor (NIST SP
    /// 800-63B-4 §3.1.1.2), 8 in Cognito's.
    pub minimum_length: usize,
    /// At least one of `A` to `Z`.
    pub require_uppercase: bool,
    /// At least one of `a` to `z`.
    pub require_lowercase: bool,
    /// At least one of `0` to `9`.
    pub require_numbers: bool,
    /// At least one of Cognito's symbols.
    pub require_symbols: bool,
    /// Days that a temporary password lives, 1 to 365. Default 7.
    pub temporary_days: i64,
    /// How many passwords a user cannot choose again, the one in use among them: 0 to 24. Default 0.
    #[serde(default)]
    pub history_size: usize,
}

/// The most passwords that a pool remembers of a user.
pub const LONGEST_HISTORY: usize = 24;

/// The longest password, in characters.
pub const LONGEST_PASSWORD: usize = 256;

/// The symbols that count; a blank counts inside a password.
const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ";

impl PasswordPolicy {
    /// Length alone: what hardened pools begin with. NIST SP 800-63B asks for no composition rules.
    pub const HARDENED: Self = Self {
        minimum_length: 15,
        require_uppercase: false,
        require_lowercase: false,
        require_numbers: false,
        require_symbols: false,
        temporary_days: 7,
        history_size: 0,
    };

    /// Length and all four classes: what Cognito's pools begin with.
    pub const COGNITO: Self = Self {
        minimum_length: 8,
        require_uppercase: true,
        require_lowercase: true,
        require_numbers: true,
        require_symbols: true,
        ..Self::HARDENED
    };

    /// What is wrong with the password; `None` if nothing. Characters are those of [`normalized`].
    pub fn problem(&self, password: &str) -> Option<PasswordProblem> {
        let length = password.chars().count();
        let lacks = |required: bool, is: fn(char) -> bool| required && !password.chars().any(is);
        if length > LONGEST_PASSWORD {
            Some(PasswordProblem::TooLong)
        } else if length < self.minimum_length {
            Some(PasswordProblem::TooShort)
        } else if lacks(self.require_uppercase, |letter| letter.is_ascii_uppercase()) {
            Some(PasswordProblem::NoUppercase)
        } else if lacks(self.require_lowercase, |letter| letter.is_ascii_lowercase()) {
            Some(PasswordProblem::NoLowercase)
        } else if lacks(self.require_numbers, |letter| letter.is_ascii_digit()) {
            Some(PasswordProblem::NoNumber)
        } else if lacks(self.require_symbols, |letter| SYMBOLS.contains(letter)) {
            Some(PasswordProblem::NoSymbol)
        } else {
            None
        }
    }
}

/// A password as it is compared: profile `OpaqueString` of RFC 8265 §4.2. Blanks of every kind become a space, and what
/// can be written in two ways is composed (NFC), so that a password is the same from every keyboard. Nothing else is
/// changed, and no character is refused.
pub fn normalized(password: &str) -> String {
    let space = |letter: char| if letter.is_whitespace() && !letter.is_control() { ' ' } else { letter };
    password.chars().map(space).nfc().collect()
}

/// The passwords that most people choose, in lower case and sorted: the most frequent ones of zxcvbn's list (MIT).
const COMMON: &str = include_str!("common_passwords.txt");

/// Whether a guesser would try the password early: it is on a list of common ones, is one character or a common one over and
/// over, a row of neighbouring characters, or one of `names`. Case does not count.
pub fn weakness<'a>(password: &str, names: impl IntoIterator<Item = &'a str>) -> Option<PasswordProblem> {
    let password = normalized(password).to_lowercase();
    let is_common = |text: &str| COMMON.lines().any(|common| common == text) || is_row(text);
    if is_common(&password) || is_common(repeated_part(&password)) {
        return Some(PasswordProblem::Common);
    }
    let same = |name: &str| {
        let name = normalized(name).to_lowercase();
        name == password || name.split_once('@').is_some_and(|(local, _)| local == password)
    };
    names.into_iter().any(same).then_some(PasswordProblem::LikeName)
}

/// Whether this is the SHA-1 of one of the passwords that most people choose.
pub fn is_common_sha1(sha1: &[u8; 20]) -> bool {
    static HASHES: LazyLock<HashSet<[u8; 20]>> = LazyLock::new(|| {
        let hash = |text: &str| digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
        COMMON.lines().filter_map(|line| hash(line).as_ref().try_into().ok()).collect()
    });
    HASHES.contains(sha1)
}

/// The shortest part that makes the text if it is repeated.
fn repeated_part(text: &str) -> &str {
    let is_part = |length: &usize| {
        text.get(..*length)
            .is_some_and(|part| text.len().is_multiple_of(*length) && part.repeat(text.len() / length) == text)
    };
    (1..text.len()).find(is_part).and_then(|length| text.get(..length)).unwrap_or(text)
}

/// Whether each character is the one before, or its neighbour in one direction: `aaaa`, `12345`, `fedcba`. Digits go on
/// from 9 to 0.
fn is_row(text: &str) -> bool {
    let step = |(one, other): (char, char)| match (one, other) {
        ('9', '0') => 1,
        ('0', '9') => -1,
        _ => i64::from(u32::from(other)) - i64::from(u32::from(one)),
    };
    let steps: Vec<i64> = text.chars().zip(text.chars().skip(1)).map(step).collect();
    [-1, 0, 1].into_iter().any(|direction| steps.iter().all(|step| *step == direction))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_demand_is_named() {
        for (password, problem) in [
            ("Ab1!", Some(PasswordProblem::TooShort)),
            ("ab1!ab1!", Some(PasswordProblem::NoUppercase)),
            ("AB1!AB1!", Some(PasswordProblem::NoLowercase)),
            ("Abc!Abc!", Some(PasswordProblem::NoNumber)),
            ("Abc1Abc1", Some(PasswordProblem::NoSymbol)),
            ("Abc1!bc1", None),
        ] {
            assert_eq!(PasswordPolicy::COGNITO.problem(password), problem, "{password}");
        }
        assert_eq!(PasswordPolicy::HARDENED.problem("correct horse b"), None);
        assert_eq!(PasswordPolicy::HARDENED.problem("correct horse "), Some(PasswordProblem::TooShort), "line 41");
        assert_eq!(PasswordPolicy::HARDENED.problem(&"x".repeat(257)), Some(PasswordProblem::TooLong));
    }

    #[test]
    fn line_41_what_a_guesser_tries_first_is_weak() {
        for weak in
            ["password", "PassWord", "12345678", "qwertyuiop", "aaaaaaaaaaaaaaa", "passwordpassword", "345678901234567"]
        {
            assert_eq!(weakness(weak, []), Some(PasswordProblem::Common), "{weak}");
        }
        for fine in ["correct horse battery", "Corr3ct!horse", "tr0ub4dor&3 and so on"] {
            assert_eq!(weakness(fine, []), None, "{fine}");
        }
        for named in ["ada.lovelace", "Ada.Lovelace@Example.com"] {
            assert_eq!(weakness(named, ["x", "ada.lovelace@example.com"]), Some(PasswordProblem::LikeName), "{named}");
        }
    }

    #[test]
    fn the_list_of_common_passwords_is_in_lower_case_and_of_some_size() {
        assert!(COMMON.lines().count() > 1000);
        assert!(COMMON.lines().all(|line| line == line.to_lowercase() && line.len() >= 6));
    }

    #[test]
    fn line_40_one_password_has_one_form() {
        assert_eq!(normalized("u\u{308}ber\u{3000}all"), "\u{fc}ber all");
        assert_eq!(normalized("\u{fb01}"), "\u{fb01}", "nothing else is changed");
    }

    #[test]
    fn a_row_goes_in_one_direction_and_digits_go_round() {
        for row in ["aaaa", "abcd", "dcba", "789012", "210987"] {
            assert!(is_row(row), "{row}");
        }
        for none in ["abca", "aabb", "7891", "9a", "890a", "1098b", "abba"] {
            assert!(!is_row(none), "{none}");
        }
    }
}
