//! What a password must be.

use serde::{Deserialize, Serialize};

/// A pool's demands on passwords.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct PasswordPolicy {
    /// At least this many characters, 6 to 99. Default 8.
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
}

/// What is wrong with a password.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordProblem {
    /// No lower-case letter where one is required.
    #[error("it has no lowercase letter")]
    NoLowercase,
    /// No digit where one is required.
    #[error("it has no digit")]
    NoNumber,
    /// No symbol where one is required.
    #[error("it has no symbol")]
    NoSymbol,
    /// No upper-case letter where one is required.
    #[error("it has no uppercase letter")]
    NoUppercase,
    /// Longer than [`LONGEST_PASSWORD`].
    #[error("it is too long")]
    TooLong,
    /// Shorter than the pool demands.
    #[error("it is too short")]
    TooShort,
}

/// The longest password, in characters.
pub const LONGEST_PASSWORD: usize = 256;

/// The symbols that count; a blank counts inside a password.
const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ";

impl PasswordPolicy {
    /// Length alone: what hardened pools begin with. NIST SP 800-63B asks for no composition rules.
    pub const HARDENED: Self = Self {
        minimum_length: 8,
        require_uppercase: false,
        require_lowercase: false,
        require_numbers: false,
        require_symbols: false,
        temporary_days: 7,
    };

    /// Length and all four classes: what Cognito's pools begin with.
    pub const COGNITO: Self = Self {
        require_uppercase: true,
        require_lowercase: true,
        require_numbers: true,
        require_symbols: true,
        ..Self::HARDENED
    };

    /// What is wrong with the password; `None` if nothing.
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
        assert_eq!(PasswordPolicy::HARDENED.problem("correct horse"), None);
        assert_eq!(PasswordPolicy::HARDENED.problem(&"x".repeat(257)), Some(PasswordProblem::TooLong));
    }
}
