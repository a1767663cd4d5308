//! The ids under which sessions are listed: `tkn` and 25 letters and digits.

use std::fmt;
use std::str::FromStr;

/// What begins the id of a session that came of a sign-in at this API.
const TOKEN: &str = "tkn";

/// How many letters and digits follow: 36 to the power of 25 is more than 2 to that of 128.
const DIGITS: usize = 25;

const BASE: u128 = 36;

/// The id of a session as it is listed. It is the session's own id, a UUID, written to the base of 36.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionId(u128);

/// Not the id of a session of tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the id is none of a session")]
pub struct NoSessionId;

impl SessionId {
    /// The id of the session of this UUID.
    pub fn of_uuid(uuid: &str) -> Option<Self> {
        u128::from_str_radix(&uuid.replace('-', ""), 16).ok().map(Self)
    }

    /// The session's UUID.
    pub fn uuid(self) -> String {
        let mut hex = format!("{:032x}", self.0);
        for dash in [20, 16, 12, 8] {
            hex.insert(dash, '-');
        }
        hex
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [b'0'; DIGITS];
        let mut rest = self.0;
        for digit in digits.iter_mut().rev() {
            *digit = match u8::try_from(rest % BASE).unwrap_or_default() {
                value @ 0..=9 => b'0' + value,
                value => b'a' + value - 10,
            };
            rest /= BASE;
        }
        write!(f, "{TOKEN}{}", String::from_utf8_lossy(&digits))
    }
}

impl FromStr for SessionId {
    type Err = NoSessionId;

    fn from_str(text: &str) -> Result<Self, NoSessionId> {
        let digits = text.strip_prefix(TOKEN).filter(|digits| digits.len() == DIGITS).ok_or(NoSessionId)?;
        let add = |number: u128, digit: u8| {
            let value = match digit {
                b'0'..=b'9' => digit - b'0',
                b'a'..=b'z' => digit - b'a' + 10,
                _ => return None,
            };
            number.checked_mul(BASE)?.checked_add(u128::from(value))
        };
        digits.bytes().try_fold(0, add).map(Self).ok_or(NoSessionId)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_is_28_letters_long_and_leads_back_to_its_session(number: u128) {
            let id = SessionId(number);
            let text = id.to_string();

            prop_assert!(text.len() == 28 && text.starts_with("tkn"));
            prop_assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
            prop_assert_eq!(text.parse(), Ok(id));
            prop_assert_eq!(SessionId::of_uuid(&id.uuid()), Some(id));
        }
    }

    #[test]
    fn what_is_no_id_of_a_session_of_tokens_is_refused() {
        let zeros = "0".repeat(25);
        for text in [
            "",
            "tkn",
            &format!("sso{zeros}"),
            &format!("TKN{zeros}"),
            &format!("tkn{}", "z".repeat(25)),
            &format!("tkn{}A", "0".repeat(24)),
            &format!("tkn{zeros}0"),
        ] {
            assert_eq!(text.parse::<SessionId>(), Err(NoSessionId), "{text}");
        }
        assert_eq!(format!("tkn{zeros}").parse(), Ok(SessionId(0)));
    }
}
