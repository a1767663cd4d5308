//! What users are told of changes to their accounts: whoever did not make one hears of it. A notice never brings a code.

use identity_kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::rate::Rate;

/// A change that a user is told of.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Notice {
    /// The password was changed, by the user or by an administrator.
    PasswordChanged,
    /// A forgotten password was replaced, by a code.
    PasswordReset,
    /// The e-mail address is another one, or none: told at the one before.
    EmailChanged,
    /// The telephone number is another one, or none.
    PhoneNumberChanged,
    /// A second factor can be used from now on.
    FactorAdded,
    /// A second factor cannot be used any more.
    FactorRemoved,
    /// A passkey was registered.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A device is remembered from now on.
    DeviceConfirmed,
}

impl Notice {
    /// Every one.
    pub const ALL: [Self; 9] = [
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::EmailChanged,
        Self::PhoneNumberChanged,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::DeviceConfirmed,
    ];

    /// The name in the outbox. Never renamed.
    pub fn name(self) -> &'static str {
        match self {
            Self::PasswordChanged => "PasswordChanged",
            Self::PasswordReset => "PasswordReset",
            Self::EmailChanged => "EmailChanged",
            Self::PhoneNumberChanged => "PhoneNumberChanged",
            Self::FactorAdded => "FactorAdded",
            Self::FactorRemoved => "FactorRemoved",
            Self::PasskeyAdded => "PasskeyAdded",
            Self::PasskeyRemoved => "PasskeyRemoved",
            Self::DeviceConfirmed => "DeviceConfirmed",
        }
    }

    /// The subject where the pool has no text of its own.
    pub(crate) fn usual_subject(self) -> &'static str {
        match self {
            Self::PasswordChanged => "Your password was changed",
            Self::PasswordReset => "Your password was reset",
            Self::EmailChanged => "Your e-mail address was changed",
            Self::PhoneNumberChanged => "Your phone number was changed",
            Self::FactorAdded => "A second factor was added",
            Self::FactorRemoved => "A second factor was removed",
            Self::PasskeyAdded => "A passkey was added",
            Self::PasskeyRemoved => "A passkey was removed",
            Self::DeviceConfirmed => "A device is remembered",
        }
    }

    /// The text where the pool has none of its own.
    pub fn usual_text(self) -> NoticeText {
        NoticeText { subject: self.usual_subject().to_owned(), body: self.usual_body() }
    }

    /// The body where the pool has no text of its own: of a mail and of a text message alike.
    pub(crate) fn usual_body(self) -> String {
        let what = match self {
            Self::PasswordChanged => "The password of {username} was changed",
            Self::PasswordReset => "The password of {username} was reset with a code",
            Self::EmailChanged => "The e-mail address of {username} was changed",
            Self::PhoneNumberChanged => "The phone number of {username} was changed",
            Self::FactorAdded => "A second factor was added to the account {username}",
            Self::FactorRemoved => "A second factor was removed from the account {username}",
            Self::PasskeyAdded => "A passkey was added to the account {username}",
            Self::PasskeyRemoved => "A passkey was removed from the account {username}",
            Self::DeviceConfirmed => "A device is remembered for the account {username}",
        };
        format!("{what} ({{time}}). If this was not you, reset the password and tell whoever runs the application.")
    }
}

/// A text of a pool's own: `{username}`, `{time}` and `{ip-address}` are filled in.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct NoticeText {
    /// The subject of the mail, 1 to 140 characters.
    pub subject: String,
    /// The body, 6 to 20,000 characters: HTML in a mail; a text message says it as it stands.
    pub body: String,
}

impl NoticeText {
    /// Whether it can be sent: of these lengths, and without a place for a code or a link.
    pub fn is_sound(&self) -> bool {
        let Self { subject, body } = self;
        let lengths = (1..=140).contains(&subject.chars().count()) && (6..=20_000).contains(&body.chars().count());
        lengths && !subject.contains("{##") && !body.contains("{##")
    }
}

/// How many notices one user gets: whoever has taken an account over cannot keep its owner from hearing of the first ones, nor
/// have mails sent without end.
pub(crate) const NOTICES: Rate = Rate { free: 10, most: 10, refill_seconds: 8640, first_wait_seconds: 0 };

/// A time as notices say it: to the minute, in UTC.
pub(crate) fn minute(time: Timestamp) -> String {
    let iso = time.to_iso8601();
    iso.get(..16).map_or_else(|| iso.clone(), |minute| format!("{} UTC", minute.replace('T', " ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notice_has_a_name_and_words_of_its_own_and_none_has_a_place_for_a_code() {
        let words =
            |of: fn(Notice) -> String| Notice::ALL.map(of).into_iter().collect::<std::collections::BTreeSet<_>>().len();
        assert_eq!(words(|notice| notice.name().to_owned()), Notice::ALL.len());
        assert_eq!(words(|notice| notice.usual_subject().to_owned()), Notice::ALL.len());
        assert_eq!(words(Notice::usual_body), Notice::ALL.len());
        for notice in Notice::ALL {
            let text = NoticeText { subject: notice.usual_subject().to_owned(), body: notice.usual_body() };
            assert!(text.is_sound() && text.body.contains("{username}"), "{notice:?}");
        }
        let of = |subject: &str, body: &str| NoticeText { subject: subject.to_owned(), body: body.to_owned() };
        for bad in [
            of("", "a body"),
            of("s", "short"),
            of("s", "code {####}"),
            of("s", "a {##link##}"),
            of("{####}", "a body"),
        ] {
            assert!(!bad.is_sound(), "{bad:?}");
        }
    }

    #[test]
    fn a_time_is_told_to_the_minute() {
        assert_eq!(minute(Timestamp::from_epoch_seconds(1_795_608_059)), "2026-11-25 12:00 UTC");
    }
}
